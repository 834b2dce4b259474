/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "lobby-account.h"
#include "lobby-store.h"

G_BEGIN_DECLS

/* The businesses of an account with their people and numbers, as the server told them last; known
 * without a network too. */
typedef struct _LobbyTeam LobbyTeam;

/* What the store remembers. */
LobbyTeam  *lobby_team_new               (LobbyStore *store);
void        lobby_team_free              (LobbyTeam  *self);
/* The answer of GET /api/businesses; FALSE when it is none. Remembered. */
gboolean    lobby_team_update            (LobbyTeam  *self,
                                          JsonObject *answer);
/* A whatsapp:* event. FALSE when nothing changed. */
gboolean    lobby_team_set_state         (LobbyTeam  *self,
                                          const char *connection_id,
                                          const char *state,
                                          const char *reason);
/* (transfer full), NULL-terminated. */
char      **lobby_team_list_business_ids (LobbyTeam  *self);
/* Of the first business, or NULL. */
const char *lobby_team_get_business_name (LobbyTeam  *self);
const char *lobby_team_get_agent_name    (LobbyTeam  *self,
                                          const char *agent_id);
/* (transfer full) of LobbyWhatsappConnection */
GPtrArray  *lobby_team_list_connections  (LobbyTeam  *self);

G_END_DECLS
