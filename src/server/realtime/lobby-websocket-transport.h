/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-engine-session.h"
#include "lobby-socket-source.h"

G_BEGIN_DECLS

/* Engine.IO over one WebSocket. */

#define LOBBY_WEBSOCKET_MAX_MESSAGE (1024 * 1024)

/* Takes @fd, already upgraded. NULL when the kernel refuses it. Freed by its class's close. */
LobbyTransport *lobby_websocket_transport_new  (LobbySocketSource *source,
                                                int                fd);
/* Bytes that were read behind the upgrade request. */
void            lobby_websocket_transport_feed (LobbyTransport    *transport,
                                                GBytes            *bytes);

G_END_DECLS
