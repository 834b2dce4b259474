/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libdex.h>

G_BEGIN_DECLS

/*
 * A WebSocket to a server, over libsoup. Signals: "text" (GBytes, NUL-terminated UTF-8),
 * "binary" (GBytes), "closed" (guint code, const char *reason, GError *error or NULL): once, after which the object is dead.
 * libsoup refuses payloads over 128 KiB unless told otherwise; this class tells it.
 */
#define LOBBY_TYPE_WEBSOCKET_CLIENT (lobby_websocket_client_get_type ())
G_DECLARE_FINAL_TYPE (LobbyWebsocketClient, lobby_websocket_client, LOBBY, WEBSOCKET_CLIENT, GObject)

#define LOBBY_WEBSOCKET_MAX_PAYLOAD (4 * 1024 * 1024)

/* Resolves to a LobbyWebsocketClient, or rejects with LOBBY_NET_ERROR. @url is http(s) or ws(s). */
DexFuture *lobby_websocket_client_connect   (const char           *url,
                                             GCancellable         *cancellable);
/* Nothing is emitted before this is called: connect the signals first. Frames wait meanwhile. */
void       lobby_websocket_client_start     (LobbyWebsocketClient *self);
void       lobby_websocket_client_send_text (LobbyWebsocketClient *self,
                                             const char           *text);
void       lobby_websocket_client_send_bytes(LobbyWebsocketClient *self,
                                             GBytes               *bytes);
/* Starts the closing handshake; "closed" follows at once if the peer does not answer in 1 s. */
void       lobby_websocket_client_close     (LobbyWebsocketClient *self,
                                             guint                 code,
                                             const char           *reason);

G_END_DECLS
