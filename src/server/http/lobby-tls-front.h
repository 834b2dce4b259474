/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sys/socket.h>

G_BEGIN_DECLS

/*
 * TLS in front of the HTTP server: accepts connections, shakes hands, and hands the plain side of each, one end of a pair
 * of local sockets, to whoever serves HTTP; an upgraded WebSocket is served over the same end and need not know. It
 * is for teams without a reverse proxy: each connection costs two copies and two descriptors more.
 */
typedef struct _LobbyTlsFront LobbyTlsFront;

/* A connection whose handshake is done. @fd (non-blocking) is the receiver's to close. */
typedef void (*LobbyTlsAccepted)     (int                    fd,
                                      const struct sockaddr *address,
                                      socklen_t              length,
                                      gpointer               data);

/* Takes @listener. @certificate and @key are PEM files. */
LobbyTlsFront *lobby_tls_front_new   (int                    listener,
                                      const char            *certificate,
                                      const char            *key,
                                      guint                  handshake_msec,
                                      LobbyTlsAccepted       accepted,
                                      gpointer               data,
                                      GError               **error);
/* For handshakes from now on; those that were there stay when it fails. */
gboolean       lobby_tls_front_load  (LobbyTlsFront         *self,
                                      const char            *certificate,
                                      const char            *key,
                                      GError               **error);
/* Accepts nothing more. What is open stays. */
void           lobby_tls_front_stop  (LobbyTlsFront         *self);
guint          lobby_tls_front_count_handshakes (LobbyTlsFront *self);
void           lobby_tls_front_free  (LobbyTlsFront         *self);

G_END_DECLS
