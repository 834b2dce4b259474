/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * libmicrohttpd with its epoll descriptor inside a GSource, so that one thread serves everything;
 * connection, per-address, memory, body-size and time limits. Handlers get whole requests and may answer later.
 */

typedef struct _LobbyHttpExchange LobbyHttpExchange;   /* one request and its answer to be */

const char *lobby_http_exchange_get_method     (LobbyHttpExchange *exchange);
const char *lobby_http_exchange_get_path       (LobbyHttpExchange *exchange);   /* decoded, without query */
const char *lobby_http_exchange_get_query      (LobbyHttpExchange *exchange,
                                                const char        *name);
const char *lobby_http_exchange_get_header     (LobbyHttpExchange *exchange,
                                                const char        *name);
GBytes     *lobby_http_exchange_get_body       (LobbyHttpExchange *exchange);   /* never NULL */
const char *lobby_http_exchange_get_address    (LobbyHttpExchange *exchange);   /* of the peer */
/* Who asks: the peer or, when that is a trusted proxy, whom it speaks for. */
const char *lobby_http_exchange_get_client     (LobbyHttpExchange *exchange);
/* Set by the router: parts of the path matched by {name}. */
const char *lobby_http_exchange_get_parameter  (LobbyHttpExchange *exchange,
                                                const char        *name);
/* Something of the application's that lives as long as the exchange, unless it is taken out again. */
void        lobby_http_exchange_set_data       (LobbyHttpExchange *exchange,
                                                gpointer           data,
                                                GDestroyNotify     free_data);
gpointer    lobby_http_exchange_get_data       (LobbyHttpExchange *exchange);
gpointer    lobby_http_exchange_steal_data     (LobbyHttpExchange *exchange);
/* Exactly one of these ends the exchange; the pointer is dead afterwards. */
void        lobby_http_exchange_answer         (LobbyHttpExchange *exchange,
                                                guint              status,
                                                const char        *content_type,
                                                GBytes            *body);
void        lobby_http_exchange_answer_json    (LobbyHttpExchange *exchange,
                                                guint              status,
                                                char              *json);       /* (transfer full) */
void        lobby_http_exchange_answer_error   (LobbyHttpExchange *exchange,
                                                guint              status,
                                                const char        *code,
                                                const char        *message);
/* Honours one Range. With an "ETag" header added, If-None-Match is answered 304. 404 when there is no such file. It is opened on a pool
 * thread. */
void        lobby_http_exchange_answer_file    (LobbyHttpExchange *exchange,
                                                const char        *path,
                                                const char        *content_type);
void        lobby_http_exchange_add_header     (LobbyHttpExchange *exchange,
                                                const char        *name,
                                                const char        *value);      /* before answering */
/* Answers 101 with the given headers ("Connection" comes by itself) and hands the socket over: @callback gets the
 * descriptor (its to close; non-blocking, TCP_NODELAY, and no longer counted by the server's limits) and any bytes already
 * read behind the request (borrowed, never NULL). Called exactly once: with -1 when the peer was gone before the 101. */
typedef void (*LobbyHttpUpgraded)              (int                fd,
                                                GBytes            *extra,
                                                gpointer           data);
void        lobby_http_exchange_upgrade        (LobbyHttpExchange *exchange,
                                                LobbyHttpUpgraded  callback,
                                                gpointer           data);

/* @func is called at most once, before the answer: the peer is gone (it closed its end, or the connection broke), or the server
 * itself refused the rest of the request. Before the handler was called the exchange is dead afterwards; later it
 * must still be answered. An answer ends the watching. */
typedef void (*LobbyHttpGone)                  (gpointer           data);
void        lobby_http_exchange_watch          (LobbyHttpExchange *exchange,
                                                LobbyHttpGone      func,
                                                gpointer           data);

typedef void (*LobbyHttpHandler)               (LobbyHttpExchange *exchange,
                                                gpointer           data);

/*
 * A body that is taken as it comes. @data is borrowed. FALSE: there is no room now; the peer waits until
 * lobby_http_exchange_continue, and then the same piece comes again. NULL, with 0 bytes: the connection broke, or the server ends
 * it, and no more comes; the exchange must be answered all the same.
 */
typedef gboolean (*LobbyHttpPiece)             (LobbyHttpExchange *exchange,
                                                const guint8      *bytes,
                                                gsize              size,
                                                gpointer           data);
void        lobby_http_exchange_continue       (LobbyHttpExchange *exchange);

/* 0 in a member means its default. */
typedef struct
{
  guint       max_connections;      /* 16384 */
  guint       max_per_address;      /* 4096: a reverse proxy is one address */
  gsize       max_header_bytes;     /* 32 KiB for everything MHD holds of a connection; more is 431 (or 414) */
  gsize       max_body_bytes;       /* 256 MiB for all bodies under way together; more is 503 */
  guint       idle_sec;             /* 60: silence on a connection without a request */
  guint       request_msec;         /* 20000 for the head, and for a body this plus a second for each 32 KiB; more is 408 */
} LobbyHttpLimits;

#define LOBBY_TYPE_HTTP_SERVER (lobby_http_server_get_type ())
G_DECLARE_FINAL_TYPE (LobbyHttpServer, lobby_http_server, LOBBY, HTTP_SERVER, GObject)

/* @address like "127.0.0.1:8480" (port 0: any; see get_port). */
LobbyHttpServer *lobby_http_server_new         (const char        *address,
                                                GError           **error);
LobbyHttpServer *lobby_http_server_new_with_limits (const char        *address,
                                                    const LobbyHttpLimits *limits,
                                                    GError           **error);
/* Takes the listening socket @listener. With @certificate and @key, PEM files, it speaks TLS and nothing else. */
LobbyHttpServer *lobby_http_server_new_on_socket (int              listener,
                                                  const LobbyHttpLimits *limits,
                                                  const char      *certificate,
                                                  const char      *key,
                                                  GError         **error);
/* Renewed files of a server that speaks TLS. When it fails the old ones stay. */
gboolean         lobby_http_server_load_certificate (LobbyHttpServer *self,
                                                  const char      *certificate,
                                                  const char      *key,
                                                  GError         **error);
gboolean         lobby_http_server_is_secure   (LobbyHttpServer   *self);
/* Whose X-Forwarded-For is believed: addresses and networks like 10.0.0.0/8, separated by blanks or commas. */
gboolean         lobby_http_server_set_trusted_proxies (LobbyHttpServer *self,
                                                  const char      *networks,
                                                  GError         **error);
/* As in LobbyHttpLimits; for requests from now on. */
void             lobby_http_server_set_request_limits (LobbyHttpServer *self,
                                                  guint            request_msec,
                                                  gsize            max_body_bytes);
guint            lobby_http_server_get_port    (LobbyHttpServer   *self);
/* @pattern like "/api/messages/{contactId}"; @max_body bytes (a longer one is answered 413 without being kept).
 * @method "*" is any that no route before it has. */
void             lobby_http_server_route       (LobbyHttpServer   *self,
                                                const char        *method,
                                                const char        *pattern,
                                                gsize              max_body,
                                                LobbyHttpHandler   handler,
                                                gpointer           data);
/* The same; @begun is called with the head alone, before anything is done about the body. It may answer at once,
 * and then @handler is not called. */
void             lobby_http_server_route_early (LobbyHttpServer   *self,
                                                const char        *method,
                                                const char        *pattern,
                                                gsize              max_body,
                                                LobbyHttpHandler   begun,
                                                LobbyHttpHandler   handler,
                                                gpointer           data);
/*
 * The same for bodies of any size up to @max_body, of which nothing is kept here: @piece gets them as they come, and @handler is
 * called at their end. When @begun returns without an answer the exchange is the application's, to be answered once, at any
 * time; what still comes of the body after an answer is dropped. A body without a Content-Length is answered 411.
 */
void             lobby_http_server_route_stream (LobbyHttpServer  *self,
                                                const char        *method,
                                                const char        *pattern,
                                                gsize              max_body,
                                                LobbyHttpHandler   begun,
                                                LobbyHttpPiece     piece,
                                                LobbyHttpHandler   handler,
                                                gpointer           data);
/* @func is called when all requests of a turn are with their handlers and some wait for their answer: it may end what they wait for. */
typedef void (*LobbyHttpSettle)                (gpointer           data);
void             lobby_http_server_set_settle  (LobbyHttpServer   *self,
                                                LobbyHttpSettle    func,
                                                gpointer           data);
/* "GET /api/…" of every route, for the OpenAPI test. (transfer full) */
char           **lobby_http_server_list_routes (LobbyHttpServer   *self);
/* No new connections. What is still asked on those that are there is answered, and each closed with its answer. */
void             lobby_http_server_stop        (LobbyHttpServer   *self);
guint            lobby_http_server_count_connections (LobbyHttpServer *self);  /* without upgraded ones */
/* Requests whose answer has not wholly left: after stop, quit when it is 0. */
guint            lobby_http_server_count_exchanges (LobbyHttpServer *self);
/* Connections on which nothing was asked yet: taken from the queue of those who wait, so likely to ask at once. */
guint            lobby_http_server_count_expected (LobbyHttpServer *self);

G_END_DECLS
