/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-http-server.h"
#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * Socket.IO at /socket.io/ for agents: registers its route with the HTTP server, takes over upgraded
 * sockets, authenticates CONNECT by token, keeps rooms "business-<id>", sends what the event log commits
 * (framed once per room, corked), replays `since`. Built of: lobby-socket-source (one epoll GSource),
 * lobby-websocket-frame (pure codec in protocol/), lobby-engine-session, lobby-room.
 */
#define LOBBY_TYPE_HUB (lobby_hub_get_type ())
G_DECLARE_FINAL_TYPE (LobbyHub, lobby_hub, LOBBY, HUB, GObject)

/* Signals (the server's core listens): "typing" (agent_id, conversation_id, gboolean, socket id),
 * "read" (agent_id, conversation_id, up_to or NULL) after checks. */
LobbyHub *lobby_hub_new             (LobbyHttpServer *http,
                                     LobbyStorage    *storage,
                                     guint            ping_interval_msec,
                                     guint            ping_timeout_msec);
guint     lobby_hub_count_sockets   (LobbyHub        *self);
/* A token was revoked: its sockets are closed. */
void      lobby_hub_drop_token      (LobbyHub        *self,
                                     const char      *token_hash);
void      lobby_hub_stop            (LobbyHub        *self);

G_END_DECLS
