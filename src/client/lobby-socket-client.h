/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>
#include <libdex.h>

G_BEGIN_DECLS

/*
 * One Socket.IO session over one Engine.IO connection, from the CONNECT to its end; it never comes back.
 * Signals: "event" (const char *name, JsonObject *payload), "closed" (GError *why): once.
 */
#define LOBBY_TYPE_SOCKET_CLIENT (lobby_socket_client_get_type ())
G_DECLARE_FINAL_TYPE (LobbySocketClient, lobby_socket_client, LOBBY, SOCKET_CLIENT, GObject)

/* Resolves to a LobbySocketClient whose CONNECT was accepted. Rejects with LOBBY_NET_ERROR, with
 * LOBBY_CLIENT_ERROR_REFUSED when the server refused the token or the namespace, or with
 * LOBBY_CLIENT_ERROR_NOT_LOBBYD when it speaks something else. */
DexFuture *lobby_socket_client_connect    (const char        *server_url,
                                           const char        *token,
                                           GCancellable      *cancellable);
gboolean   lobby_socket_client_is_open    (LobbySocketClient *self);
/* Takes @arguments (may be NULL). Nothing happens once closed. */
void       lobby_socket_client_emit       (LobbySocketClient *self,
                                           const char        *event,
                                           JsonArray         *arguments);
/* The same and resolves to the ack's JsonObject (JSON_TYPE_OBJECT) when it says "ok"; rejects with
 * LOBBY_CLIENT_ERROR_REFUSED when it does not, _UNREACHABLE when none came. */
DexFuture *lobby_socket_client_call       (LobbySocketClient *self,
                                           const char        *event,
                                           JsonArray         *arguments,
                                           guint              timeout_msec);
/* Closes and says "closed" before it returns, with @why (may be NULL). */
void       lobby_socket_client_close      (LobbySocketClient *self,
                                           const GError      *why);

G_END_DECLS
