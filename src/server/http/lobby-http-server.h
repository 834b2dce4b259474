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
/* Set by the router: parts of the path matched by {name}. */
const char *lobby_http_exchange_get_parameter  (LobbyHttpExchange *exchange,
                                                const char        *name);
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
void        lobby_http_exchange_answer_file    (LobbyHttpExchange *exchange,
                                                const char        *path,
                                                const char        *content_type);
void        lobby_http_exchange_add_header     (LobbyHttpExchange *exchange,
                                                const char        *name,
                                                const char        *value);      /* before answering */
/* Answers 101 with the given headers and hands the socket over: @callback gets the descriptor (its
 * to close) and any bytes already read behind the request. */
typedef void (*LobbyHttpUpgraded)              (int                fd,
                                                GBytes            *extra,
                                                gpointer           data);
void        lobby_http_exchange_upgrade        (LobbyHttpExchange *exchange,
                                                LobbyHttpUpgraded  callback,
                                                gpointer           data);

typedef void (*LobbyHttpHandler)               (LobbyHttpExchange *exchange,
                                                gpointer           data);

#define LOBBY_TYPE_HTTP_SERVER (lobby_http_server_get_type ())
G_DECLARE_FINAL_TYPE (LobbyHttpServer, lobby_http_server, LOBBY, HTTP_SERVER, GObject)

/* @address like "127.0.0.1:8480" (port 0: any; see get_port). */
LobbyHttpServer *lobby_http_server_new         (const char        *address,
                                                GError           **error);
guint            lobby_http_server_get_port    (LobbyHttpServer   *self);
/* @pattern like "/api/messages/{contactId}"; @max_body bytes (a longer one is answered 413 before it is read). */
void             lobby_http_server_route       (LobbyHttpServer   *self,
                                                const char        *method,
                                                const char        *pattern,
                                                gsize              max_body,
                                                LobbyHttpHandler   handler,
                                                gpointer           data);
/* "GET /api/…" of every route, for the OpenAPI test. (transfer full) */
char           **lobby_http_server_list_routes (LobbyHttpServer   *self);
void             lobby_http_server_stop        (LobbyHttpServer   *self);   /* no new requests; under way ones end */

G_END_DECLS
