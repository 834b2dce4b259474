/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <microhttpd.h>

#include "lobby-http-server.h"

G_BEGIN_DECLS

/*
 * The accepted sockets: how long each may take for what it says, and whether the one whose request waits is still there.
 *
 * MHD's own time limit restarts with every byte, so a peer that dribbles could hold a connection for
 * ever. A sweep once a second ends connections whose head or body is late.
 *
 * MHD does not look at a suspended connection, so whoever lets a request wait for long (a poll) has its socket watched by an
 * epoll of our own, which hears of nothing but its end.
 */

typedef enum
{
  LOBBY_HTTP_IDLE,              /* no request, or not yet its first line */
  LOBBY_HTTP_HEAD,              /* the first line is there */
  LOBBY_HTTP_BODY,
  LOBBY_HTTP_BUSY,              /* ours: no time limit */
} LobbyHttpPhase;

typedef struct _LobbyHttpPeer LobbyHttpPeer;     /* one accepted socket */
typedef struct _LobbyHttpPeers LobbyHttpPeers;

/* @limits is borrowed, and may change. */
LobbyHttpPeers *lobby_http_peers_new           (const LobbyHttpLimits           *limits);
/* When MHD has closed them all. */
void            lobby_http_peers_free          (LobbyHttpPeers                  *self);
/* MHD's callback; cls are the peers, the socket's context becomes its LobbyHttpPeer. */
void            lobby_http_peers_changed       (void                            *cls,
                                                struct MHD_Connection           *connection,
                                                void                           **socket_context,
                                                enum MHD_ConnectionNotificationCode code);
guint           lobby_http_peers_count         (const LobbyHttpPeers            *self);
/* Of them: on which nothing was asked yet. */
guint           lobby_http_peers_count_fresh   (const LobbyHttpPeers            *self);

/* @peer may be NULL. */
void            lobby_http_peer_enter_phase    (LobbyHttpPeer                   *peer,
                                                LobbyHttpPhase                   phase,
                                                guint64                          body_bytes);
/* While the exchange is suspended: whether its peer's end closes. */
void            lobby_http_peer_watch          (LobbyHttpExchange               *exchange);
void            lobby_http_peer_unwatch        (LobbyHttpExchange               *exchange);

G_END_DECLS
