/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <microhttpd.h>

#include "lobby-http-peers.h"
#include "lobby-http-proxies.h"
#include "lobby-http-router.h"

G_BEGIN_DECLS

/*
 * What the server (sockets, limits, the main loop) and the exchange (one request) know of each other.
 *
 * An exchange is held by MHD from the request line until MHD says it is completed, and by the
 * application from the call of its handler until it answers; either may let go first. While the
 * application holds it after its handler returned, the connection is suspended in MHD. A streamed exchange is
 * the application's from its head on.
 */

typedef enum
{
  LOBBY_HTTP_RECEIVING,
  LOBBY_HTTP_STREAMING,         /* receiving, and the application's */
  LOBBY_HTTP_HANDLING,
  LOBBY_HTTP_ANSWERED,          /* the answer is made … */
  LOBBY_HTTP_QUEUED,            /* … and given to MHD */
} LobbyHttpState;

struct _LobbyHttpExchange
{
  GList                    link;          /* in the server's list of exchanges */
  guint                    references;
  LobbyHttpServer         *server;        /* NULL when MHD has let go */
  struct MHD_Connection   *connection;    /* NULL likewise */
  LobbyHttpPeer           *peer;
  LobbyHttpState           state;
  gboolean                 suspended;
  gboolean                 deferred;      /* not suspended yet: the turn may answer it */
  gboolean                 malformed;     /* the request line has an escaped NUL */
  gboolean                 too_large;
  gboolean                 draining;      /* answered, but the rest of the body is read first */
  gboolean                 watched;       /* see lobby_http_peer_watch */
  LobbyHttpGone            gone;
  gpointer                 gone_data;

  const LobbyHttpRoute    *route;
  char                    *method;
  char                    *path;
  char                   **parameters;
  char                    *address;
  char                    *client;
  GByteArray              *received;
  gsize                    reserved;      /* counted in the server's bodies under way */
  gsize                    discarded;
  GBytes                  *body;

  gpointer                 data;          /* the application's */
  GDestroyNotify           free_data;

  GPtrArray               *headers;       /* of the answer: name, value, name, value … */
  struct MHD_Response     *response;
  guint                    status;
  LobbyHttpUpgraded        upgraded;
  gpointer                 upgraded_data;
};

/* MHD's callbacks of a request; cls is the server. */
void           *lobby_http_exchange_begin       (void                            *cls,
                                                 const char                      *uri,
                                                 struct MHD_Connection           *connection);
enum MHD_Result lobby_http_exchange_receive     (void                            *cls,
                                                 struct MHD_Connection           *connection,
                                                 const char                      *url,
                                                 const char                      *method,
                                                 const char                      *version,
                                                 const char                      *upload_data,
                                                 size_t                          *upload_data_size,
                                                 void                           **request);
void            lobby_http_exchange_completed   (void                            *cls,
                                                 struct MHD_Connection           *connection,
                                                 void                           **request,
                                                 enum MHD_RequestTerminationCode  why);
void            lobby_http_exchange_unref       (LobbyHttpExchange               *exchange);
/* The server goes away: 503 to whoever still waits. The application's hold stays good. */
void            lobby_http_exchange_give_up     (LobbyHttpExchange               *exchange);

/* No more comes of a streamed body: tells its piece handler so. */
void            lobby_http_exchange_break_off   (LobbyHttpExchange               *exchange);
/* Calls what lobby_http_exchange_watch asked for, once. */
void            lobby_http_exchange_tell_gone   (LobbyHttpExchange               *exchange);

/* For the exchange. */
LobbyHttpRouter *lobby_http_server_get_router   (LobbyHttpServer                 *self);
LobbyHttpProxies *lobby_http_server_get_proxies (LobbyHttpServer                 *self);   /* or NULL */
gboolean         lobby_http_server_is_stopping  (LobbyHttpServer                 *self);
void             lobby_http_server_link         (LobbyHttpServer                 *self,
                                                 LobbyHttpExchange               *exchange);
void             lobby_http_server_unlink       (LobbyHttpServer                 *self,
                                                 LobbyHttpExchange               *exchange);
/* FALSE when the bodies under way would pass their limit. */
gboolean         lobby_http_server_reserve      (LobbyHttpServer                 *self,
                                                 LobbyHttpExchange               *exchange,
                                                 gsize                            bytes);
/* Whether MHD shall ask for the answer of @exchange once more before this turn ends. */
gboolean         lobby_http_server_defer        (LobbyHttpServer                 *self,
                                                 LobbyHttpExchange               *exchange);
/* MHD's hold on an upgraded socket ends as soon as MHD is not on the stack. */
void             lobby_http_server_release      (LobbyHttpServer                 *self,
                                                 struct MHD_UpgradeResponseHandle *handle);

G_END_DECLS
