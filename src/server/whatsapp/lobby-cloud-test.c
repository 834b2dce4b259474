/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-error.h"
#include "lobby-cloud-reading.h"
#include "lobby-connection-test.h"
#include "lobby-http-client.h"
#include "lobby-json.h"

#include <string.h>

/*
 * The settings of a Cloud API connection, held against what the Graph API says. Its answers name one thing at a time: a
 * token that is refused hides whether the number exists, so what comes after the first refusal is told as unknown.
 */

#define TIMEOUT 15000 /* ms */
#define MAX_NUMBERS 200
#define MAX_URL 2048
/* "Invalid parameter": an object that is not there, or not for this token. */
#define CODE_UNKNOWN_OBJECT 100

typedef struct
{
  const LobbyConnection *connection;
  const char *webhook_url; /* that it should have, or NULL */
  LobbyHttpClient *client;
  GPtrArray *checks;
  char *told_url; /* that it has; NULL: none, or not asked */
} Test;

/* NULL and LOBBY_SEND_ERROR, or the answer of a 200. */
static JsonObject *
ask (Test *test,
     const char *path,
     GError **error)
{
  g_autofree char *url = g_strconcat (test->connection->graph_url, "/", path, NULL);
  LobbyHttpRequest *request = lobby_http_request_new ("GET", url);
  g_autoptr (GError) net_error = NULL;
  g_autoptr (LobbyHttpResponse) response = NULL;
  g_autoptr (JsonObject) answer = NULL;
  GBytes *body;

  request->bearer = g_strdup (test->connection->access_token);
  request->timeout_msec = TIMEOUT;
  response = dex_await_object (lobby_http_client_send (test->client, request, NULL), &net_error);
  if (response == NULL)
    {
      g_propagate_error (error, lobby_cloud_error_from_net (net_error));
      return NULL;
    }
  body = lobby_http_response_get_body (response);
  if (lobby_http_response_get_status (response) == 200)
    answer = lobby_json_parse_object (g_bytes_get_data (body, NULL), (gssize)g_bytes_get_size (body), NULL);
  if (answer == NULL)
    g_propagate_error (error, lobby_cloud_error_from_answer (lobby_http_response_get_status (response), body, test->connection->access_token));
  return g_steal_pointer (&answer);
}

static void
add_unasked (Test *test,
             const char *const *ids)
{
  for (; *ids != NULL; ids++)
    lobby_connection_check_add_unknown (test->checks, *ids, "Not asked, because of what is wrong above");
}

/* Without an envelope of Meta's it is not Meta who answers. */
static gboolean
is_said_by_whatsapp (const GError *error)
{
  return lobby_adapter_get_error (error)->code != 0 || error->code == LOBBY_SEND_ERROR_HOLD_ACCOUNT;
}

static gboolean
same_number (const char *a,
             const char *b)
{
  g_autofree char *left = lobby_cloud_dup_number (a), *right = lobby_cloud_dup_number (b);

  return g_strcmp0 (left, right) == 0;
}

static void
check_number (Test *test,
              JsonObject *number)
{
  const char *shown = lobby_json_get_string (number, "display_phone_number", 64);
  const char *name = lobby_json_get_string (number, "verified_name", 256);

  if (shown != NULL && test->connection->phone_number != NULL && !same_number (shown, test->connection->phone_number))
    lobby_connection_check_add (test->checks, "phone_number", FALSE, "This id is of another number: %s", shown);
  else
    lobby_connection_check_add (test->checks, "phone_number", TRUE, "%s%s%s", shown != NULL ? shown : "The number is there",
                                name != NULL ? ", " : "", name != NULL ? name : "");
}

/* That of the number goes before that of the account, and both before the app's. */
static void
note_webhook (Test *test,
              JsonObject *number)
{
  static const char *const levels[] = { "phone_number", "whatsapp_business_account", "application" };
  JsonObject *configuration = lobby_json_get_object (number, "webhook_configuration");

  for (guint i = 0; i < G_N_ELEMENTS (levels) && test->told_url == NULL; i++)
    test->told_url = g_strdup (lobby_json_get_string (configuration, levels[i], MAX_URL));
}

typedef enum
{
  NOTHING,
  TOKEN,
  NUMBER,
} Accepted;

static Accepted
check_token_and_number (Test *test)
{
  static const char *const after_address[] = { "token", "phone_number", "waba", "app_secret", NULL };
  static const char *const after_token[] = { "phone_number", "waba", "app_secret", NULL };
  g_autofree char *path = g_strdup_printf ("%s?fields=id,display_phone_number,verified_name,webhook_configuration", test->connection->phone_number_id);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) number = ask (test, path, &error);

  if (number == NULL && !is_said_by_whatsapp (error))
    {
      lobby_connection_check_add (test->checks, "address", FALSE, "%s", error->message);
      add_unasked (test, after_address);
      return NOTHING;
    }
  lobby_connection_check_add (test->checks, "address", TRUE, "WhatsApp answers");
  if (number != NULL)
    {
      lobby_connection_check_add (test->checks, "token", TRUE, "WhatsApp accepts the access token");
      check_number (test, number);
      note_webhook (test, number);
      return NUMBER;
    }
  if (lobby_adapter_get_error (error)->code == CODE_UNKNOWN_OBJECT)
    {
      lobby_connection_check_add (test->checks, "token", TRUE, "WhatsApp accepts the access token");
      lobby_connection_check_add (test->checks, "phone_number", FALSE, "WhatsApp has no number with this id for this token");
      return TOKEN;
    }
  lobby_connection_check_add (test->checks, "token", FALSE, "%s", error->message);
  add_unasked (test, after_token);
  return NOTHING;
}

static gboolean
has_number (JsonObject *page,
            const char *phone_number_id)
{
  JsonArray *data = lobby_json_get_array (page, "data");

  for (guint i = 0; i < lobby_json_array_length (data); i++)
    {
      if (g_strcmp0 (lobby_json_get_string (lobby_json_array_object (data, i), "id", 64), phone_number_id) == 0)
        return TRUE;
    }
  return FALSE;
}

/* WhatsApp delivers to the apps that are subscribed to the account, and to nobody else. */
static void
check_account (Test *test)
{
  const char *waba = test->connection->waba_id;
  g_autofree char *numbers_path = g_strdup_printf ("%s/phone_numbers?fields=id&limit=%d", waba, MAX_NUMBERS);
  g_autofree char *apps_path = g_strdup_printf ("%s/subscribed_apps", waba);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) numbers = ask (test, numbers_path, &error);
  g_autoptr (JsonObject) apps = numbers != NULL ? ask (test, apps_path, &error) : NULL;

  if (apps == NULL && lobby_adapter_get_error (error)->code == CODE_UNKNOWN_OBJECT)
    lobby_connection_check_add (test->checks, "waba", FALSE, "WhatsApp has no business account with this id for this token");
  else if (apps == NULL)
    lobby_connection_check_add (test->checks, "waba", FALSE, "%s", error->message);
  else if (!has_number (numbers, test->connection->phone_number_id))
    lobby_connection_check_add (test->checks, "waba", FALSE, "The number does not belong to this business account");
  else if (lobby_json_array_length (lobby_json_get_array (apps, "data")) == 0)
    lobby_connection_check_add (test->checks, "waba", FALSE, "No app is subscribed to this business account, so WhatsApp would deliver nothing. A POST to /%s/subscribed_apps with this token subscribes its app", waba);
  else
    lobby_connection_check_add (test->checks, "waba", TRUE, "The number belongs to this business account, and an app is subscribed to it");
}

/* Meta takes a proof made of the token with the app's secret, and refuses a wrong one. */
static void
check_app_secret (Test *test)
{
  const LobbyConnection *connection = test->connection;
  g_autofree char *proof = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *)connection->app_secret, strlen (connection->app_secret),
                                                      connection->access_token, -1);
  g_autofree char *path = g_strdup_printf ("%s?fields=id&appsecret_proof=%s", connection->phone_number_id, proof);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) answer = ask (test, path, &error);

  if (connection->last_event_at != 0)
    lobby_connection_check_add (test->checks, "app_secret", answer != NULL, "%s",
                                answer != NULL ? "WhatsApp accepts it, and deliveries signed with it have come" : error->message);
  else if (answer != NULL)
    lobby_connection_check_add (test->checks, "app_secret", TRUE, "WhatsApp accepts it");
  else
    lobby_connection_check_add (test->checks, "app_secret", FALSE, "%s", error->message);
}

/* What came is the best proof; before anything did, WhatsApp tells which address it was given. */
static void
check_webhook (Test *test)
{
  const LobbyConnection *connection = test->connection;
  gboolean comparable = connection->last_event_at == 0 && test->webhook_url != NULL && test->told_url != NULL;

  if (comparable && strcmp (test->webhook_url, test->told_url) != 0)
    lobby_connection_check_add (test->checks, "webhook", FALSE, "WhatsApp delivers to %s. Give it %s", test->told_url, test->webhook_url);
  else if (comparable)
    lobby_connection_check_add (test->checks, "webhook", TRUE, "WhatsApp has this server's address; nothing was delivered yet");
  else
    lobby_connection_check_add_webhook (test->checks, connection);
}

void
lobby_cloud_test (const LobbyConnection *connection,
                  const char *webhook_url,
                  GPtrArray *checks)
{
  g_autoptr (LobbyHttpClient) client = lobby_http_client_new ("lobbyd/" LOBBY_VERSION);
  Test test = { .connection = connection, .webhook_url = webhook_url, .client = client, .checks = checks };
  static const char *const app_secret[] = { "app_secret", NULL };
  Accepted accepted = check_token_and_number (&test);

  if (accepted != NOTHING)
    check_account (&test);
  /* It is asked of the number. */
  if (accepted == NUMBER)
    check_app_secret (&test);
  else if (accepted == TOKEN)
    add_unasked (&test, app_secret);
  check_webhook (&test);
  g_free (test.told_url);
}
