/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whatsapp-fixture.h"

#include "lobby-json.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#define PATIENCE_SEC 60

/* Runs the main loop until the answer is there. Takes @request. */
LobbyHttpResponse *
whatsapp_fixture_exchange (WhatsappFixture *fixture,
                           LobbyHttpRequest *request)
{
  g_autoptr (DexFuture) future = lobby_http_client_send (fixture->client, request, NULL);
  g_autoptr (GError) error = NULL;
  const GValue *value;

  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);
  value = dex_future_get_value (future, &error);
  g_assert_no_error (error);
  return g_value_dup_object (value);
}

JsonObject *
whatsapp_fixture_ask (WhatsappFixture *fixture,
                      const char *method,
                      const char *path,
                      GBytes *body,
                      const char *content_type,
                      guint *status)
{
  g_autofree char *url = g_strconcat (fixture->sandbox_url, path, NULL);
  LobbyHttpRequest *request = lobby_http_request_new (method, url);
  g_autoptr (LobbyHttpResponse) response = NULL;
  GBytes *answer;

  request->bearer = g_strdup ("sandbox-token");
  request->body = body != NULL ? g_bytes_ref (body) : NULL;
  request->content_type = g_strdup (content_type);
  response = whatsapp_fixture_exchange (fixture, request);
  *status = lobby_http_response_get_status (response);
  answer = lobby_http_response_get_body (response);
  return lobby_json_parse_object (g_bytes_get_data (answer, NULL), (gssize)g_bytes_get_size (answer), NULL);
}

JsonObject *
whatsapp_fixture_get (WhatsappFixture *fixture,
                      const char *path)
{
  guint status;
  JsonObject *answer = whatsapp_fixture_ask (fixture, "GET", path, NULL, NULL, &status);

  g_assert_cmpuint (status, ==, 200);
  return answer;
}

G_GNUC_PRINTF (3, 4)
void
whatsapp_fixture_post (WhatsappFixture *fixture,
                       const char *path,
                       const char *format,
                       ...)
{
  g_autofree char *text = NULL;
  g_autoptr (GBytes) body = NULL;
  JsonObject *answer;
  guint status;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  body = g_bytes_new (text, strlen (text));
  answer = whatsapp_fixture_ask (fixture, "POST", path, body, "application/json", &status);
  g_assert_cmpuint (status, ==, 200);
  g_clear_pointer (&answer, json_object_unref);
}

static gboolean
wake_up (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

void
whatsapp_fixture_wait_for (WhatsappFixture *fixture,
                           const char *what,
                           WhatsappCondition condition,
                           gconstpointer data)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_SEC * G_USEC_PER_SEC;
  guint timer = g_timeout_add (20, wake_up, NULL);

  while (!condition (fixture, data))
    {
      if (g_get_monotonic_time () > deadline)
        g_error ("Waited in vain for %s", what);
      g_main_context_iteration (NULL, TRUE);
    }
  g_source_remove (timer);
}

static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start_sandbox (WhatsappFixture *fixture)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree char *line = NULL;

  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  fixture->sandbox = g_subprocess_launcher_spawn (launcher, &error, g_getenv ("LOBBY_SANDBOX"), "--listen", "127.0.0.1:0",
                                                  "--no-script", "--seed", "1", NULL);
  g_assert_no_error (error);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (fixture->sandbox));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (output), FALSE);
  line = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (g_str_has_prefix (line, "Listening on http://"));
  fixture->sandbox_url = g_strchomp (g_strdup (line + strlen ("Listening on ")));
}

gboolean
whatsapp_fixture_is_in_state (WhatsappFixture *fixture,
                              gconstpointer data)
{
  g_autoptr (LobbyConnection) connection = lobby_storage (fixture->storage.storage, get_connection, fixture->connection);

  return g_strcmp0 (connection->state, data) == 0;
}

static void
add_connection (WhatsappFixture *fixture)
{
  g_autofree char *graph_url = g_strconcat (fixture->sandbox_url, "/v25.0", NULL);
  LobbyConnection connection = {
    .business_id = fixture->storage.business,
    .kind = (char *)"cloud",
    .name = (char *)"Sandbox",
    .phone_number = (char *)"+15550783881",
    .graph_url = graph_url,
    .phone_number_id = (char *)PNID,
    .waba_id = (char *)"102290129340398",
    .access_token = (char *)"sandbox-token",
    .app_secret = (char *)"sandbox-secret",
    .verify_token = (char *)"verify-me",
    .send_read_receipts = TRUE,
  };
  g_autoptr (GError) error = NULL;

  fixture->connection = lobby_storage (fixture->storage.storage, add_connection, &connection, &error);
  g_assert_no_error (error);
  storage_fixture_flush (&fixture->storage);
}

void
whatsapp_fixture_start (WhatsappFixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->http = lobby_http_server_new ("127.0.0.1:0", &error);
  g_assert_no_error (error);
  fixture->whatsapp = lobby_whatsapp_new (fixture->http, fixture->storage.storage, fixture->storage.folder);
  lobby_whatsapp_set_settle_msec (fixture->whatsapp, 400);
  lobby_whatsapp_start (fixture->whatsapp);
  whatsapp_fixture_wait_for (fixture, "the connection", whatsapp_fixture_is_in_state, "connected");
  whatsapp_fixture_post (fixture, "/sandbox/webhook", "{\"url\":\"http://127.0.0.1:%u/webhooks/cloud/%s\",\"verify_token\":\"verify-me\"}",
                         lobby_http_server_get_port (fixture->http), fixture->connection);
}

gboolean
whatsapp_fixture_nothing_under_way (WhatsappFixture *fixture,
                                    gconstpointer data)
{
  return lobby_whatsapp_count_under_way (fixture->whatsapp) == 0;
}

static gboolean
storage_is_only_ours (WhatsappFixture *fixture,
                      gconstpointer data)
{
  return G_OBJECT (fixture->storage.storage)->ref_count == 1;
}

void
whatsapp_fixture_stop (WhatsappFixture *fixture)
{
  lobby_whatsapp_stop (fixture->whatsapp);
  whatsapp_fixture_wait_for (fixture, "the last requests", whatsapp_fixture_nothing_under_way, NULL);
  g_clear_object (&fixture->http);
  g_clear_object (&fixture->whatsapp);
  /* Questions that were under way hold it until they are answered. */
  whatsapp_fixture_wait_for (fixture, "the last answers", storage_is_only_ours, NULL);
}

void
whatsapp_fixture_set_up (WhatsappFixture *fixture,
                         gconstpointer data)
{
  storage_fixture_set_up (&fixture->storage, NULL);
  fixture->client = lobby_http_client_new ("test");
  start_sandbox (fixture);
  add_connection (fixture);
  whatsapp_fixture_start (fixture);
  whatsapp_fixture_post (fixture, "/sandbox/knobs", "{\"status_delay_ms\":1,\"retry_ms\":50}");
  whatsapp_fixture_post (fixture, "/sandbox/customers", "{\"wa_id\":\"" CUSTOMER "\",\"name\":\"Ada\"}");
}

/* The loop still has work of fibers whose owners are gone: let it end, or the sanitizer calls it lost. */
void
whatsapp_fixture_drain_loop (void)
{
  gint64 until = g_get_monotonic_time () + 50000;

  while (g_get_monotonic_time () < until)
    {
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (1000);
    }
}

void
whatsapp_fixture_tear_down (WhatsappFixture *fixture,
                            gconstpointer data)
{
  whatsapp_fixture_stop (fixture);
  g_subprocess_force_exit (fixture->sandbox);
  g_subprocess_wait (fixture->sandbox, NULL, NULL);
  whatsapp_fixture_drain_loop ();
  g_clear_object (&fixture->sandbox);
  g_clear_object (&fixture->client);
  storage_fixture_flush (&fixture->storage);
  storage_fixture_check_log (&fixture->storage);
  storage_fixture_tear_down (&fixture->storage, NULL);
  g_free (fixture->sandbox_url);
  g_free (fixture->connection);
}

/* All messages with this customer (wa_id or name), oldest first. */
GPtrArray *
whatsapp_fixture_list_messages (WhatsappFixture *fixture,
                                const char *customer)
{
  const char *businesses[] = { fixture->storage.business, NULL };
  guint total;
  g_autoptr (GPtrArray) contacts = lobby_storage (fixture->storage.storage, list_contacts, businesses, 1, 50, &total);
  g_autofree char *number = g_strconcat ("+", customer, NULL);

  for (guint i = 0; i < contacts->len; i++)
    {
      const LobbyWireContact *contact = g_ptr_array_index (contacts, i);

      if (g_strcmp0 (contact->phone_number, number) == 0 || g_strcmp0 (contact->name, customer) == 0)
        return lobby_storage (fixture->storage.storage, list_messages, contact->id, NULL, 0, NULL, 200);
    }
  return g_ptr_array_new ();
}

/* The newest of them. */
LobbyWireMessage *
whatsapp_fixture_newest (GPtrArray *messages)
{
  return messages->len > 0 ? g_ptr_array_index (messages, 0) : NULL;
}

static gboolean
newest_says (WhatsappFixture *fixture,
             gconstpointer text)
{
  g_autoptr (GPtrArray) messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);

  return whatsapp_fixture_newest (messages) != NULL && g_strcmp0 (whatsapp_fixture_newest (messages)->content, text) == 0;
}

void
whatsapp_fixture_say (WhatsappFixture *fixture,
                      const char *text)
{
  whatsapp_fixture_post (fixture, "/sandbox/say", "{\"wa_id\":\"" CUSTOMER "\",\"type\":\"text\",\"text\":\"%s\"}", text);
  whatsapp_fixture_wait_for (fixture, text, newest_says, text);
}

/* An agent writes in the newest message's conversation. Returns the id. */
char *
whatsapp_fixture_answer_to (WhatsappFixture *fixture,
                            const char *customer,
                            const char *text)
{
  g_autoptr (GPtrArray) messages = whatsapp_fixture_list_messages (fixture, customer);
  g_autofree char *client_id = g_strdup_printf ("client-%u", fixture->clients++);
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gboolean existed;

  g_assert_nonnull (whatsapp_fixture_newest (messages));
  message = storage_fixture_accept (&fixture->storage, whatsapp_fixture_newest (messages)->conversation_id, client_id, text, NULL, &existed, &error);
  g_assert_no_error (error);
  lobby_whatsapp_wake (fixture->whatsapp, fixture->connection);
  return g_strdup (message->id);
}

typedef struct
{
  const char *id;
  LobbyStatus status;
} Expected;

static gboolean
has_status (WhatsappFixture *fixture,
            gconstpointer data)
{
  const Expected *expected = data;
  g_autoptr (LobbyWireMessage) message = lobby_storage (fixture->storage.storage, get_message, expected->id);

  return message->status == expected->status;
}

void
whatsapp_fixture_wait_for_status (WhatsappFixture *fixture,
                                  const char *id,
                                  LobbyStatus status)
{
  const Expected expected = { id, status };

  whatsapp_fixture_wait_for (fixture, lobby_status_to_string (status), has_status, &expected);
}

guint
whatsapp_fixture_count_sent (WhatsappFixture *fixture,
                             const char *text)
{
  g_autoptr (JsonObject) answer = whatsapp_fixture_get (fixture, "/sandbox/sent");
  JsonArray *sent = lobby_json_get_array (answer, "sent");
  guint count = 0;

  for (guint i = 0; i < lobby_json_array_length (sent); i++)
    {
      if (g_strcmp0 (lobby_json_get_string (lobby_json_array_object (sent, i), "body", 5000), text) == 0)
        count++;
    }
  return count;
}
