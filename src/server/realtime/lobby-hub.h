/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-http-server.h"
#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * Socket.IO at /socket.io/ for agents: registers its route with the HTTP server, takes over upgraded
 * sockets, authenticates CONNECT by token, keeps rooms "business-<id>", sends what the event log commits
 * (framed once per room, corked), replays `since`. From the bottom up:
 *   lobby-socket-source        one epoll GSource with all agents' sockets; lobby-due-list its time-outs
 *   lobby-websocket-transport  frames (the pure codec is in protocol/)
 *   lobby-engine-session       Engine.IO, apart from what carries it
 *   lobby-agent-socket         Socket.IO: CONNECT, requests (lobby-agent-requests)
 *   lobby-room                 fan-out; lobby-membership who is in which, and the replays
 * Stop the HTTP server before the hub is freed.
 */
#define LOBBY_TYPE_HUB (lobby_hub_get_type ())
G_DECLARE_FINAL_TYPE (LobbyHub, lobby_hub, LOBBY, HUB, GObject)

/* Signals, after every check, for WhatsApp's sake (the storage knows already):
 *   "typing" (agent_id, conversation_id, gboolean, socket_id)
 *   "read" (agent_id, conversation_id, whatsapp_message_id): the newest inbound one that is read now; on the disk */
LobbyHub *lobby_hub_new             (LobbyHttpServer *http,
                                     LobbyStorage    *storage,
                                     guint            ping_interval_msec,
                                     guint            ping_timeout_msec);
guint     lobby_hub_count_sockets   (LobbyHub        *self);
/* A token was revoked: its sockets are told to disconnect, and closed. */
void      lobby_hub_drop_token      (LobbyHub        *self,
                                     const char      *token_hash);
void      lobby_hub_stop            (LobbyHub        *self);

G_END_DECLS
