/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-engine-packet.h"
#include "lobby-websocket-client.h"

G_BEGIN_DECLS

/*
 * Engine.IO over one open WebSocket: the handshake, the server's pings, and the end of its patience.
 * Signals: "open" (): the handshake is done; "message" (const LobbyEnginePacket *); "closed" (GError *why):
 * once, never from lobby_engine_client_close.
 *
 * The server pings; when nothing came for its ping interval and time-out together, the connection is over. What comes
 * in a burst is handed out by slices, and a frame may be drawn after each: libsoup itself gives in
 * one go whatever has arrived.
 */
#define LOBBY_TYPE_ENGINE_CLIENT (lobby_engine_client_get_type ())
G_DECLARE_FINAL_TYPE (LobbyEngineClient, lobby_engine_client, LOBBY, ENGINE_CLIENT, GObject)

/* @websocket must not have been started. */
LobbyEngineClient *lobby_engine_client_new   (LobbyWebsocketClient *websocket);
/* Connect the signals first. */
void               lobby_engine_client_start (LobbyEngineClient    *self);
/* One text message. Nothing happens once closed. */
void               lobby_engine_client_send  (LobbyEngineClient    *self,
                                              const char           *text);
void               lobby_engine_client_close (LobbyEngineClient    *self);

G_END_DECLS
