/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "lobby-config.h"

G_BEGIN_DECLS

/*
 * The running server: storage, HTTP, hub, WhatsApp and REST, wired to each other. One thread, one main loop.
 */
#define LOBBY_TYPE_SERVER (lobby_server_get_type ())
G_DECLARE_FINAL_TYPE (LobbyServer, lobby_server, LOBBY, SERVER, GObject)

/* Takes @config. Opens the storage and listens. Fails when another lobbyd has this data folder. */
LobbyServer *lobby_server_new         (LobbyConfig        *config,
                                       GError            **error);
gboolean     lobby_server_is_set_up   (LobbyServer        *self);
char       **lobby_server_list_routes (LobbyServer        *self);
/* Prints "Listening on http://127.0.0.1:8480" and serves until SIGTERM or SIGINT; what is under way then
 * has a few seconds to end. On SIGHUP settings, certificates and connections are read anew. */
void         lobby_server_run         (LobbyServer        *self);

G_END_DECLS
