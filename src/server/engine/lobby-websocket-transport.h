/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-engine-private.h"

G_BEGIN_DECLS

/* Engine.IO over one WebSocket. */

/* Takes @fd, already upgraded. NULL when the kernel refuses it. Freed by its class's close. */
LobbyTransport *lobby_websocket_transport_new  (LobbyEngineServer *server,
                                                int                fd);
/* Bytes that were read behind the upgrade request. */
void            lobby_websocket_transport_feed (LobbyTransport    *transport,
                                                GBytes            *bytes);

G_END_DECLS
