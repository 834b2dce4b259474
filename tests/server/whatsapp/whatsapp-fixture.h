/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-http-client.h"
#include "lobby-whatsapp.h"
#include "storage-fixture.h"

G_BEGIN_DECLS

/* The whole WhatsApp side of the server in this process, with its real storage and HTTP server, against a real
 * lobby-sandbox (the environment's LOBBY_SANDBOX). The main loop runs while these wait. */

#define CUSTOMER "16505551234"          /* knows the business */
#define PNID     "106540352242922"

typedef struct
{
  StorageFixture   storage;
  GSubprocess     *sandbox;
  char            *sandbox_url;
  LobbyHttpClient *client;
  LobbyHttpServer *http;
  LobbyWhatsapp   *whatsapp;
  char            *connection;
  guint            clients;             /* client ids given out */
} WhatsappFixture;

typedef gboolean (*WhatsappCondition) (WhatsappFixture *fixture, gconstpointer data);

void               whatsapp_fixture_set_up            (WhatsappFixture   *fixture,
                                                       gconstpointer      data);
void               whatsapp_fixture_tear_down         (WhatsappFixture   *fixture,
                                                       gconstpointer      data);
void               whatsapp_fixture_start             (WhatsappFixture   *fixture);
void               whatsapp_fixture_stop              (WhatsappFixture   *fixture);
void               whatsapp_fixture_drain_loop        (void);
void               whatsapp_fixture_wait_for          (WhatsappFixture   *fixture,
                                                       const char        *what,
                                                       WhatsappCondition  condition,
                                                       gconstpointer      data);
gboolean           whatsapp_fixture_nothing_under_way (WhatsappFixture   *fixture,
                                                       gconstpointer      data);
/* @state: of the connection to the sandbox. */
gboolean           whatsapp_fixture_is_in_state       (WhatsappFixture   *fixture,
                                                       gconstpointer      state);

/* Takes @request. (transfer full) */
LobbyHttpResponse *whatsapp_fixture_exchange          (WhatsappFixture   *fixture,
                                                       LobbyHttpRequest  *request);
/* With the sandbox. (transfer full, may be NULL) */
JsonObject        *whatsapp_fixture_ask               (WhatsappFixture   *fixture,
                                                       const char        *method,
                                                       const char        *path,
                                                       GBytes            *body,
                                                       const char        *content_type,
                                                       guint             *status);
JsonObject        *whatsapp_fixture_get               (WhatsappFixture   *fixture,
                                                       const char        *path);
void               whatsapp_fixture_post              (WhatsappFixture   *fixture,
                                                       const char        *path,
                                                       const char        *format,
                                                       ...) G_GNUC_PRINTF (3, 4);

/* Messages with the customer of this number or name, newest first. (transfer full) */
GPtrArray         *whatsapp_fixture_list_messages     (WhatsappFixture   *fixture,
                                                       const char        *customer);
LobbyWireMessage  *whatsapp_fixture_newest            (GPtrArray         *messages);   /* borrowed; NULL: none */
/* CUSTOMER says it, and it arrives. */
void               whatsapp_fixture_say               (WhatsappFixture   *fixture,
                                                       const char        *text);
/* An agent answers; the message's id. (transfer full) */
char              *whatsapp_fixture_answer_to         (WhatsappFixture   *fixture,
                                                       const char        *customer,
                                                       const char        *text);
void               whatsapp_fixture_wait_for_status   (WhatsappFixture   *fixture,
                                                       const char        *id,
                                                       LobbyStatus        status);
/* How often the sandbox accepted this text. */
guint              whatsapp_fixture_count_sent        (WhatsappFixture   *fixture,
                                                       const char        *text);

G_END_DECLS
