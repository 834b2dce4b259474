/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-rest.h"
#include "lobby-sign-in-limit.h"
#include "lobby-uploads.h"

G_BEGIN_DECLS

typedef struct _LobbyRestGuard LobbyRestGuard;

struct _LobbyRest
{
  GObject           parent_instance;

  LobbyStorage     *storage;
  LobbyHub         *hub;
  LobbyWhatsapp    *whatsapp;
  LobbyUploads     *uploads;
  LobbySignInLimit *sign_in_limit;
  guint             sign_ins;         /* being checked */
  GPtrArray        *guards;           /* of the routes */
  LobbyHttpServer  *http;             /* not held: its routes lead here */
  char             *public_url;       /* or NULL */
  char             *metrics_token;
  gboolean          draining;
};

/* Bytes of a request body. */
#define LOBBY_REST_SMALL_BODY   (64 * 1024)
#define LOBBY_REST_PICTURE_BODY (1024 * 1024)

/* Who may ask. Whether what is asked about is theirs to see remains to be checked. */
typedef enum
{
  LOBBY_REST_ANYBODY,       /* without a token */
  LOBBY_REST_AGENT,
  LOBBY_REST_OWNER,
} LobbyRestAccess;

/* As lobby_http_server_route; the handler's data is the LobbyRest. */
void lobby_rest_route                    (LobbyRest *self, LobbyHttpServer *http, LobbyRestAccess access,
                                          const char *method, const char *pattern, gsize max_body, LobbyHttpHandler handler);
/* As lobby_http_server_route_stream: whoever may not ask is refused before the body comes. */
void lobby_rest_route_stream             (LobbyRest *self, LobbyHttpServer *http, LobbyRestAccess access,
                                          const char *method, const char *pattern, gsize max_body,
                                          LobbyHttpHandler begun, LobbyHttpPiece piece, LobbyHttpHandler handler);

/* Each file adds its routes. */
void lobby_rest_add_session_routes       (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_token_routes         (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_business_routes      (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_connection_routes    (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_template_routes      (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_number_routes        (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_contact_routes       (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_picture_routes       (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_conversation_routes  (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_message_routes       (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_media_routes         (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_upload_routes        (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_health_route         (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_metrics_route        (LobbyRest *self, LobbyHttpServer *http);

/* Who asks; never NULL, once an exchange, and not on routes for anybody. (transfer full) */
LobbyAgent       *lobby_rest_authenticate  (LobbyHttpExchange *exchange);
gboolean          lobby_rest_is_owner      (const LobbyAgent  *agent);
/* The SHA-256 hex of the request's token, or NULL (nothing is answered). */
char             *lobby_rest_token_hash    (LobbyHttpExchange *exchange);
/*
 * Those that return NULL or FALSE have answered the exchange: 400, 404.
 */
JsonObject       *lobby_rest_body          (LobbyHttpExchange *exchange);
/* The contact {name} of the path, when the agent may see it. */
LobbyWireContact *lobby_rest_contact       (LobbyRest         *self,
                                            LobbyHttpExchange *exchange,
                                            const LobbyAgent  *agent,
                                            const char        *name);
/* The connection of this id (may be NULL), when the agent may see it. */
LobbyConnection  *lobby_rest_connection    (LobbyRest         *self,
                                            LobbyHttpExchange *exchange,
                                            const LobbyAgent  *agent,
                                            const char        *id);
/* A whole number in the query, @fallback when it is absent; 400 outside of the limits. */
gboolean          lobby_rest_query_number  (LobbyHttpExchange *exchange,
                                            const char        *name,
                                            guint              minimum,
                                            guint              maximum,
                                            guint              fallback,
                                            guint             *number);

/* Both take @json and answer when everything written so far is on the disk. */
typedef void (*LobbyRestCommitted)         (LobbyRest         *self,
                                            gpointer           data);
void              lobby_rest_answer        (LobbyRest         *self,
                                            LobbyHttpExchange *exchange,
                                            guint              status,
                                            JsonObject        *json);          /* NULL: no body */
/* @committed runs before the answer, and not at all when the commit failed. */
void              lobby_rest_answer_then   (LobbyRest         *self,
                                            LobbyHttpExchange *exchange,
                                            guint              status,
                                            JsonObject        *json,
                                            LobbyRestCommitted committed,
                                            gpointer           data,
                                            GDestroyNotify     free_data);
/* Ends a session by its token's hash: 204, and its sockets are closed. */
void              lobby_rest_end_token     (LobbyRest         *self,
                                            LobbyHttpExchange *exchange,
                                            const char        *hash);
/* 503: what was asked cannot be read now. */
void              lobby_rest_answer_busy   (LobbyHttpExchange *exchange);
void              lobby_rest_answer_storage_error (LobbyHttpExchange *exchange,
                                            const GError      *error);
/* LOBBY_SEND_ERROR or LOBBY_STORAGE_ERROR: 422 refused, 502 connection_held, 502 whatsapp_unavailable … */
void              lobby_rest_answer_whatsapp_error (LobbyHttpExchange *exchange,
                                            const GError      *error);
void              lobby_rest_answer_not_found (LobbyHttpExchange *exchange);
void              lobby_rest_answer_forbidden (LobbyHttpExchange *exchange);
void              lobby_rest_answer_bad    (LobbyHttpExchange *exchange,
                                            const char        *message);

G_END_DECLS
