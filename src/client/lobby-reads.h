/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-api.h"
#include "lobby-sync-engine.h"

G_BEGIN_DECLS

/* Tells the server what this agent has read, until it knows. One request at a time, and a short pause after it. */
#define LOBBY_TYPE_READS (lobby_reads_get_type ())
G_DECLARE_FINAL_TYPE (LobbyReads, lobby_reads, LOBBY, READS, GObject)

LobbyReads *lobby_reads_new        (LobbyStore      *store,
                                    LobbyApi        *api,
                                    LobbySyncEngine *engine);
void        lobby_reads_set_online (LobbyReads      *self,
                                    gboolean         online);
/* Something was read. */
void        lobby_reads_kick       (LobbyReads      *self);

G_END_DECLS
