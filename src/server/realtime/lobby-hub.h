/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-http-server.h"
#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * Socket.IO at /socket.io/ for agents: authenticates CONNECT by token, keeps rooms "business-<id>", sends what the
 * event log commits (framed once per room, corked), replays `since`. Only Lobby's own rules are here; the protocols, the
 * sockets and the fan-out are in engine/ (lobby-socket-server.h, lobby-room.h):
 *   lobby-agent-socket  an agent's connection; its requests are in lobby-agent-requests
 *   lobby-membership    who is in which room, and the replays
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
                                     guint            ping_timeout_msec,
                                     guint            max_sockets);
guint     lobby_hub_count_sockets   (LobbyHub        *self);
/* A token was revoked: its sockets are told to disconnect, and closed. */
void      lobby_hub_drop_token      (LobbyHub        *self,
                                     const char      *token_hash);
/* Another process has written. Its events are sent, and sockets whose token it revoked, or whose agent it removed, are closed. */
void      lobby_hub_look_outside    (LobbyHub        *self);
gboolean  lobby_hub_has_token       (LobbyHub        *self,
                                     const char      *token_hash);
/* The HTTP server takes no further requests: whoever polls is told to go. */
void      lobby_hub_stop_polling    (LobbyHub        *self);
void      lobby_hub_stop            (LobbyHub        *self);

G_END_DECLS
