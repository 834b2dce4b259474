/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-rest.h"
#include "lobby-sign-in-limit.h"

G_BEGIN_DECLS

struct _LobbyRest
{
  GObject           parent_instance;

  LobbyStorage     *storage;
  LobbyHub         *hub;
  LobbyWhatsapp    *whatsapp;
  LobbySignInLimit *sign_in_limit;
  guint             sign_ins;         /* being checked */
};

/* Bytes of a request body. */
#define LOBBY_REST_SMALL_BODY   (64 * 1024)
#define LOBBY_REST_PICTURE_BODY (1024 * 1024)

/* Each file adds its routes. */
void lobby_rest_add_session_routes       (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_business_routes      (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_contact_routes       (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_picture_routes       (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_conversation_routes  (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_message_routes       (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_media_routes         (LobbyRest *self, LobbyHttpServer *http);
void lobby_rest_add_health_route         (LobbyRest *self, LobbyHttpServer *http);

/*
 * Those that return NULL or FALSE have answered the exchange: 401, 400, 404.
 */
LobbyAgent       *lobby_rest_authenticate  (LobbyRest         *self,
                                            LobbyHttpExchange *exchange);
/* The SHA-256 hex of the request's token, or NULL (nothing is answered). */
char             *lobby_rest_token_hash    (LobbyHttpExchange *exchange);
JsonObject       *lobby_rest_body          (LobbyHttpExchange *exchange);
/* The contact {name} of the path, when the agent may see it. */
LobbyWireContact *lobby_rest_contact       (LobbyRest         *self,
                                            LobbyHttpExchange *exchange,
                                            const LobbyAgent  *agent,
                                            const char        *name);
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
void              lobby_rest_answer_storage_error (LobbyHttpExchange *exchange,
                                            const GError      *error);
void              lobby_rest_answer_not_found (LobbyHttpExchange *exchange);
void              lobby_rest_answer_bad    (LobbyHttpExchange *exchange,
                                            const char        *message);

G_END_DECLS
