/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "lobby-gateway.h"
#include "lobby-life.h"
#include "lobby-sandbox.h"
#include "lobby-world.h"

G_BEGIN_DECLS

struct _LobbySandbox
{
  const LobbySandboxOptions *options;
  LobbyBusiness      business;
  char              *number;        /* digits of business.number */
  char              *token;         /* that the Graph API takes now */
  JsonObject        *refused;       /* code → how many sends were refused with it */
  char              *url;
  LobbyKnobs         knobs;
  LobbySchedule     *schedule;
  GRand             *dice;
  LobbyDeliverer    *deliverer;
  LobbyMediaStore   *media;
  LobbyWorld        *world;
  LobbyLife         *life;          /* NULL without a script */
  LobbyGateway      *gateway;
  LobbyGatewayOptions gateway_options;
  SoupServer        *server;
  JsonObject        *profile;       /* the business's own */
  gboolean           subscribed;
};

/* Answers. */
/* Takes @json. Graph answers are written as Meta writes them. */
void  lobby_answer_json         (SoupServerMessage *message,
                                 guint              status,
                                 JsonObject        *json);
void  lobby_answer_graph_error  (SoupServerMessage *message,
                                 const GError      *error);
/* {"error": …} of our control paths. */
void  lobby_answer_problem      (SoupServerMessage *message,
                                 guint              status,
                                 const char        *problem);
void  lobby_answer_success      (SoupServerMessage *message);
/* The body as a JSON object, or NULL after a Graph error (100) was answered. */
JsonObject *lobby_request_json  (SoupServerMessage *message,
                                 GError           **error);

/* lobby-graph.c: /vNN.N/…, and the addresses of media. */
void  lobby_graph_handle        (LobbySandbox      *self,
                                 SoupServerMessage *message,
                                 const char        *path,
                                 GHashTable        *query);
void  lobby_graph_serve_media   (LobbySandbox      *self,
                                 SoupServerMessage *message,
                                 GHashTable        *query);
/* Bearer check. FALSE after answering 190 or 104. */
gboolean lobby_graph_authorise  (LobbySandbox      *self,
                                 SoupServerMessage *message,
                                 GHashTable        *query);

/* lobby-graph-send.c: POST /{pnid}/messages. */
void  lobby_graph_send          (LobbySandbox      *self,
                                 SoupServerMessage *message);
/* lobby-graph-media.c */
void  lobby_graph_upload        (LobbySandbox      *self,
                                 SoupServerMessage *message);
/* FALSE when @id is no media of ours; else it is answered. */
gboolean lobby_graph_media      (LobbySandbox      *self,
                                 SoupServerMessage *message,
                                 const char        *id);
/* lobby-graph-business.c: what the number and the account tell of themselves. */
gboolean lobby_graph_business   (LobbySandbox      *self,
                                 SoupServerMessage *message,
                                 char             **parts,
                                 GHashTable        *query);
/* The account's templates: {"data":[…]}'s array, and what is in it. Borrowed. */
JsonArray *lobby_graph_templates (void);
JsonObject *lobby_graph_find_template (const char *id);
JsonObject *lobby_graph_find_template_named (const char *name,
                                 const char        *language);
/* The component of @kind (any case) among @components, or NULL. */
JsonObject *lobby_graph_find_component (JsonArray  *components,
                                 const char        *kind);
/* lobby-graph-account.c: /{waba}/message_templates, and POST /sandbox/templates. */
void  lobby_graph_account_templates (LobbySandbox  *self,
                                 SoupServerMessage *message,
                                 GHashTable        *query);
void  lobby_control_template    (LobbySandbox      *self,
                                 SoupServerMessage *message,
                                 JsonObject        *body,
                                 GHashTable        *query);
/* The members of @whole (taken) that ?fields= names, or all of them; @always, too. */
JsonObject *lobby_graph_pick_fields (JsonObject    *whole,
                                 GHashTable        *query,
                                 const char        *always);
/* Whether @template can be sent: 132001, 132000, 132012. */
gboolean lobby_graph_check_template (JsonObject    *template,
                                     GError       **error);

/* lobby-control.c: /sandbox/… */
void  lobby_control_handle      (LobbySandbox      *self,
                                 SoupServerMessage *message,
                                 const char        *path,
                                 GHashTable        *query);
/* The customer that "wa_id" or "bsuid" names; made when it does not exist yet. NULL after answering 400. */
LobbyCustomer *lobby_control_customer (LobbySandbox *self,
                                 SoupServerMessage *message,
                                 JsonObject        *body);
/* {"ids":[…]} */
void  lobby_control_answer_ids  (SoupServerMessage *message,
                                 GPtrArray         *ids);
/* "timestamp": seconds, ms or RFC 3339 → clock ms; 0 when absent or none of these. */
gint64 lobby_control_timestamp  (JsonObject        *body);
/* lobby-control-say.c: POST /sandbox/say */
void  lobby_control_say         (LobbySandbox      *self,
                                 SoupServerMessage *message,
                                 JsonObject        *body,
                                 GHashTable        *query);
/* Verifies and, when that goes well, delivers there and starts the script. Answers @message: Graph's way or ours. */
void  lobby_sandbox_subscribe   (LobbySandbox      *self,
                                 SoupServerMessage *message,
                                 const char        *url,
                                 const char        *verify_token,
                                 gboolean           as_graph);

G_END_DECLS
