/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-whatsapp.h"

#include "lobby-clock.h"
#include "lobby-http-client.h"
#include "lobby-json.h"
#include "storage-fixture.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

/* The whole WhatsApp side of the server in this process, with its real storage and HTTP server, against a real lobby-sandbox. */

#define PATIENCE_SEC 60
#define CUSTOMER "16505551234"
#define PNID "106540352242922"

typedef struct
{
  StorageFixture storage;
  GSubprocess *sandbox;
  char *sandbox_url;
  LobbyHttpClient *client;
  LobbyHttpServer *http;
  LobbyWhatsapp *whatsapp;
  char *connection;
  guint clients; /* client ids given out */
} Fixture;

/* Runs the main loop until the answer is there. */
static JsonObject *
ask (Fixture *fixture,
     const char *method,
     const char *path,
     GBytes *body,
     const char *content_type,
     guint *status)
{
  g_autofree char *url = g_strconcat (fixture->sandbox_url, path, NULL);
  LobbyHttpRequest *request = lobby_http_request_new (method, url);
  g_autoptr (DexFuture) future = NULL;
  LobbyHttpResponse *response;
  g_autoptr (GError) error = NULL;
  const GValue *value;
  GBytes *answer;

  request->bearer = g_strdup ("sandbox-token");
  request->body = body != NULL ? g_bytes_ref (body) : NULL;
  request->content_type = g_strdup (content_type);
  future = lobby_http_client_send (fixture->client, request, NULL);
  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);
  value = dex_future_get_value (future, &error);
  g_assert_no_error (error);
  response = g_value_get_object (value);
  *status = lobby_http_response_get_status (response);
  answer = lobby_http_response_get_body (response);
  return lobby_json_parse_object (g_bytes_get_data (answer, NULL), (gssize)g_bytes_get_size (answer), NULL);
}

static JsonObject *
get (Fixture *fixture,
     const char *path)
{
  guint status;
  JsonObject *answer = ask (fixture, "GET", path, NULL, NULL, &status);

  g_assert_cmpuint (status, ==, 200);
  return answer;
}

G_GNUC_PRINTF (3, 4)
static void
post (Fixture *fixture,
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
  answer = ask (fixture, "POST", path, body, "application/json", &status);
  g_assert_cmpuint (status, ==, 200);
  g_clear_pointer (&answer, json_object_unref);
}

typedef gboolean (*Condition) (Fixture *fixture, gconstpointer data);

static gboolean
wake_up (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_for (Fixture *fixture,
          const char *what,
          Condition condition,
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
start_sandbox (Fixture *fixture)
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

static gboolean
is_connected (Fixture *fixture,
              gconstpointer data)
{
  g_autoptr (LobbyConnection) connection = lobby_storage (fixture->storage.storage, get_connection, fixture->connection);

  return g_strcmp0 (connection->state, data) == 0;
}

static void
add_connection (Fixture *fixture)
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

static void
start_whatsapp (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  fixture->http = lobby_http_server_new ("127.0.0.1:0", &error);
  g_assert_no_error (error);
  fixture->whatsapp = lobby_whatsapp_new (fixture->http, fixture->storage.storage, fixture->storage.folder);
  lobby_whatsapp_set_settle_msec (fixture->whatsapp, 400);
  lobby_whatsapp_start (fixture->whatsapp);
  wait_for (fixture, "the connection", is_connected, "connected");
  post (fixture, "/sandbox/webhook", "{\"url\":\"http://127.0.0.1:%u/webhooks/cloud/%s\",\"verify_token\":\"verify-me\"}",
        lobby_http_server_get_port (fixture->http), fixture->connection);
}

static gboolean
nothing_under_way (Fixture *fixture,
                   gconstpointer data)
{
  return lobby_whatsapp_count_under_way (fixture->whatsapp) == 0;
}

static void
stop_whatsapp (Fixture *fixture)
{
  lobby_whatsapp_stop (fixture->whatsapp);
  wait_for (fixture, "the last requests", nothing_under_way, NULL);
  g_clear_object (&fixture->http);
  g_clear_object (&fixture->whatsapp);
}

static void
fixture_set_up (Fixture *fixture,
                gconstpointer data)
{
  storage_fixture_set_up (&fixture->storage, NULL);
  fixture->client = lobby_http_client_new ("test");
  start_sandbox (fixture);
  add_connection (fixture);
  start_whatsapp (fixture);
  post (fixture, "/sandbox/knobs", "{\"status_delay_ms\":1,\"retry_ms\":50}");
  post (fixture, "/sandbox/customers", "{\"wa_id\":\"" CUSTOMER "\",\"name\":\"Ada\"}");
}

/* The loop still has work of fibers whose owners are gone: let it end, or the sanitizer calls it lost. */
static void
drain_loop (void)
{
  gint64 until = g_get_monotonic_time () + 50000;

  while (g_get_monotonic_time () < until)
    {
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (1000);
    }
}

static void
fixture_tear_down (Fixture *fixture,
                   gconstpointer data)
{
  stop_whatsapp (fixture);
  g_subprocess_force_exit (fixture->sandbox);
  g_subprocess_wait (fixture->sandbox, NULL, NULL);
  drain_loop ();
  g_clear_object (&fixture->sandbox);
  g_clear_object (&fixture->client);
  storage_fixture_flush (&fixture->storage);
  storage_fixture_check_log (&fixture->storage);
  storage_fixture_tear_down (&fixture->storage, NULL);
  g_free (fixture->sandbox_url);
  g_free (fixture->connection);
}

/* All messages with this customer (wa_id or name), oldest first. */
static GPtrArray *
list_messages (Fixture *fixture,
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
static LobbyWireMessage *
newest (GPtrArray *messages)
{
  return messages->len > 0 ? g_ptr_array_index (messages, 0) : NULL;
}

static gboolean
newest_says (Fixture *fixture,
             gconstpointer text)
{
  g_autoptr (GPtrArray) messages = list_messages (fixture, CUSTOMER);

  return newest (messages) != NULL && g_strcmp0 (newest (messages)->content, text) == 0;
}

static void
say (Fixture *fixture,
     const char *text)
{
  post (fixture, "/sandbox/say", "{\"wa_id\":\"" CUSTOMER "\",\"type\":\"text\",\"text\":\"%s\"}", text);
  wait_for (fixture, text, newest_says, text);
}

/* An agent writes in the newest message's conversation. Returns the id. */
static char *
answer_to (Fixture *fixture,
           const char *customer,
           const char *text)
{
  g_autoptr (GPtrArray) messages = list_messages (fixture, customer);
  g_autofree char *client_id = g_strdup_printf ("client-%u", fixture->clients++);
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gboolean existed;

  g_assert_nonnull (newest (messages));
  message = lobby_storage (fixture->storage.storage, accept_text, fixture->storage.agent, newest (messages)->conversation_id, client_id, text, NULL, &existed, &error);
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
has_status (Fixture *fixture,
            gconstpointer data)
{
  const Expected *expected = data;
  g_autoptr (LobbyWireMessage) message = lobby_storage (fixture->storage.storage, get_message, expected->id);

  return message->status == expected->status;
}

static void
wait_for_status (Fixture *fixture,
                 const char *id,
                 LobbyStatus status)
{
  const Expected expected = { id, status };

  wait_for (fixture, lobby_status_to_string (status), has_status, &expected);
}

static guint
count_sent (Fixture *fixture,
            const char *text)
{
  g_autoptr (JsonObject) answer = get (fixture, "/sandbox/sent");
  JsonArray *sent = lobby_json_get_array (answer, "sent");
  guint count = 0;

  for (guint i = 0; i < lobby_json_array_length (sent); i++)
    {
      if (g_strcmp0 (lobby_json_get_string (lobby_json_array_object (sent, i), "body", 5000), text) == 0)
        count++;
    }
  return count;
}

static void
test_conversation (Fixture *fixture,
                   gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (GPtrArray) messages = NULL;

  say (fixture, "Hello");
  say (fixture, "Anyone?");
  id = answer_to (fixture, CUSTOMER, "Good morning! https://example.org");
  wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
  post (fixture, "/sandbox/read", "{\"wa_id\":\"" CUSTOMER "\"}");
  wait_for_status (fixture, id, LOBBY_STATUS_READ);
  g_assert_cmpuint (count_sent (fixture, "Good morning! https://example.org"), ==, 1);
  messages = list_messages (fixture, CUSTOMER);
  g_assert_cmpuint (messages->len, ==, 3);
  g_assert_cmpstr (newest (messages)->phone_number, ==, "+" CUSTOMER);
}

/* Each twice, in any order, some lost at first, in batches; one with a wrong signature: once each all the same. */
static gboolean
has_all (Fixture *fixture,
         gconstpointer data)
{
  g_autoptr (GPtrArray) messages = list_messages (fixture, CUSTOMER);

  return messages->len == 40;
}

static gboolean
is_idle (Fixture *fixture,
         gconstpointer data)
{
  g_autoptr (JsonObject) answer = get (fixture, "/sandbox/idle");

  return lobby_json_get_boolean_or (answer, "idle", FALSE);
}

static void
test_rough_webhooks (Fixture *fixture,
                     gconstpointer data)
{
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GHashTable) texts = g_hash_table_new (g_str_hash, g_str_equal);

  post (fixture, "/sandbox/knobs", "{\"duplicate\":0.5,\"reorder\":0.3,\"drop\":0.2,\"bad_signature\":0.2,\"batch\":7}");
  post (fixture, "/sandbox/say", "{\"wa_id\":\"" CUSTOMER "\",\"type\":\"text\",\"text\":\"n{n}\",\"count\":40}");
  wait_for (fixture, "40 messages", has_all, NULL);
  wait_for (fixture, "quiet", is_idle, NULL);
  messages = list_messages (fixture, CUSTOMER);
  g_assert_cmpuint (messages->len, ==, 40);
  for (guint i = 0; i < messages->len; i++)
    g_hash_table_add (texts, ((LobbyWireMessage *)g_ptr_array_index (messages, i))->content);
  g_assert_cmpuint (g_hash_table_size (texts), ==, 40);
}

static char *
upload (Fixture *fixture,
        const char *type,
        const char *bytes,
        gsize length)
{
  g_autoptr (GByteArray) form = g_byte_array_new ();
  g_autofree char *head = g_strdup_printf ("--XX\r\nContent-Disposition: form-data; name=\"messaging_product\"\r\n\r\nwhatsapp\r\n"
                                           "--XX\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\nContent-Type: %s\r\n\r\n",
                                           type);
  g_autoptr (GBytes) body = NULL;
  g_autoptr (JsonObject) answer = NULL;
  guint status;

  g_byte_array_append (form, (const guint8 *)head, (guint)strlen (head));
  g_byte_array_append (form, (const guint8 *)bytes, (guint)length);
  g_byte_array_append (form, (const guint8 *)"\r\n--XX--\r\n", 10);
  body = g_bytes_new (form->data, form->len);
  answer = ask (fixture, "POST", "/v25.0/" PNID "/media", body, "multipart/form-data; boundary=XX", &status);
  g_assert_cmpuint (status, ==, 200);
  return g_strdup (lobby_json_get_string (answer, "id", 100));
}

static const char *
media_state (GPtrArray *messages)
{
  return newest (messages) != NULL ? lobby_json_get_string (newest (messages)->metadata, "media_state", 20) : NULL;
}

static gboolean
newest_media_is (Fixture *fixture,
                 gconstpointer state)
{
  g_autoptr (GPtrArray) messages = list_messages (fixture, CUSTOMER);

  return g_strcmp0 (media_state (messages), state) == 0;
}

static void
test_media (Fixture *fixture,
            gconstpointer data)
{
  static const char png[] = "\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x40\0\0\0\xf0\x08\x02\0\0\0and so on";
  g_autofree char *sha256 = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *)png, sizeof png - 1);
  g_autofree char *media_id = upload (fixture, "image/png", png, sizeof png - 1);
  g_autofree char *business = NULL, *bytes = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (LobbyMediaFile) file = NULL;
  JsonObject *metadata;
  gsize length;

  post (fixture, "/sandbox/say", "{\"wa_id\":\"" CUSTOMER "\",\"message\":{\"type\":\"image\",\"image\":{\"id\":\"%s\",\"mime_type\":\"image/png\",\"sha256\":\"%s\",\"caption\":\"Look\"}}}",
        media_id, sha256);
  wait_for (fixture, "the file", newest_media_is, "ready");
  messages = list_messages (fixture, CUSTOMER);
  metadata = newest (messages)->metadata;
  g_assert_cmpstr (newest (messages)->content, ==, "Look");
  g_assert_cmpint (lobby_json_get_int_or (metadata, "width", 0), ==, 320);
  g_assert_cmpint (lobby_json_get_int_or (metadata, "height", 0), ==, 240);
  g_assert_cmpstr (lobby_json_get_string (metadata, "sha256", 64), ==, sha256);
  file = lobby_storage (fixture->storage.storage, get_media, newest (messages)->id, &business);
  g_assert_nonnull (file);
  g_assert_true (g_file_get_contents (file->path, &bytes, &length, NULL));
  g_assert_cmpmem (bytes, length, png, sizeof png - 1);
}

/* The file is not what the webhook said: it is never shown as ready, and is tried again. */
static gboolean
job_was_tried (Fixture *fixture,
               gconstpointer data)
{
  g_autoptr (GPtrArray) messages = list_messages (fixture, CUSTOMER);
  g_autoptr (GPtrArray) due = lobby_storage (fixture->storage.storage, list_media_jobs, 10);

  return newest (messages) != NULL && due->len == 0;
}

static void
test_media_damaged (Fixture *fixture,
                    gconstpointer data)
{
  g_autofree char *media_id = upload (fixture, "text/plain", "hello", 5);

  post (fixture, "/sandbox/say", "{\"wa_id\":\"" CUSTOMER "\",\"message\":{\"type\":\"document\",\"document\":{\"id\":\"%s\",\"mime_type\":\"text/plain\",\"sha256\":\"%s\",\"filename\":\"a.txt\"}}}",
        media_id, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  wait_for (fixture, "the try", job_was_tried, NULL);
  g_assert_true (newest_media_is (fixture, "pending"));
}

static void
test_receipts (Fixture *fixture,
               gconstpointer data)
{
  g_autoptr (GPtrArray) messages = NULL;
  g_autofree char *id = NULL;
  g_autoptr (JsonObject) calls = NULL;
  g_autofree char *text = NULL;

  say (fixture, "Are you there?");
  messages = list_messages (fixture, CUSTOMER);
  lobby_whatsapp_agent_read (fixture->whatsapp, fixture->connection, newest (messages)->whatsapp_message_id);
  for (guint i = 0; i < 5; i++)
    lobby_whatsapp_agent_typing (fixture->whatsapp, newest (messages)->conversation_id, TRUE);
  id = answer_to (fixture, CUSTOMER, "Yes");
  wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
  calls = get (fixture, "/sandbox/calls");
  text = lobby_json_object_to_string (calls);
  g_assert_cmpuint (lobby_json_array_length (lobby_json_get_array (calls, "calls")), ==, 2);
  g_assert_nonnull (strstr (text, newest (messages)->whatsapp_message_id));
}

/* Accepted, but the answer breaks off: the status with our id settles it; it is not sent twice. */
static void
test_answer_lost (Fixture *fixture,
                  gconstpointer data)
{
  g_autofree char *id = NULL, *next = NULL;

  say (fixture, "Hello");
  post (fixture, "/sandbox/knobs", "{\"close_mid_body\":1,\"fail_count\":1}");
  id = answer_to (fixture, CUSTOMER, "Only once");
  next = answer_to (fixture, CUSTOMER, "And then this");
  wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
  wait_for_status (fixture, next, LOBBY_STATUS_DELIVERED);
  g_assert_cmpuint (count_sent (fixture, "Only once"), ==, 1);
  g_assert_cmpuint (count_sent (fixture, "And then this"), ==, 1);
}

/* A bare 500 tells nothing: not repeated, and shown as failed when no status came. */
static void
test_never_known (Fixture *fixture,
                  gconstpointer data)
{
  g_autofree char *id = NULL, *next = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;

  say (fixture, "Hello");
  post (fixture, "/sandbox/knobs", "{\"http_status\":500,\"fail_count\":1}");
  id = answer_to (fixture, CUSTOMER, "Lost");
  next = answer_to (fixture, CUSTOMER, "Sent");
  wait_for_status (fixture, id, LOBBY_STATUS_FAILED);
  wait_for_status (fixture, next, LOBBY_STATUS_DELIVERED);
  message = lobby_storage (fixture->storage.storage, get_message, id);
  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (message->metadata, "error"), "title", 100), ==, "May not have been sent");
  g_assert_cmpuint (count_sent (fixture, "Lost"), ==, 0);
}

/* Too fast for one recipient: that conversation waits, another does not. */
static void
test_pair_rate (Fixture *fixture,
                gconstpointer data)
{
  g_autofree char *slow = NULL, *quick = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;

  say (fixture, "Hello");
  post (fixture, "/sandbox/customers", "{\"wa_id\":\"34600000001\",\"name\":\"Bob\"}");
  post (fixture, "/sandbox/say", "{\"wa_id\":\"34600000001\",\"type\":\"text\",\"text\":\"Hi\"}");
  wait_for (fixture, "quiet", is_idle, NULL);
  post (fixture, "/sandbox/knobs", "{\"fail_code\":131056,\"fail_count\":1}");
  slow = answer_to (fixture, CUSTOMER, "Slow");
  wait_for (fixture, "the refusal", nothing_under_way, NULL);
  drain_loop ();
  quick = answer_to (fixture, "34600000001", "Quick");
  wait_for_status (fixture, quick, LOBBY_STATUS_DELIVERED);
  message = lobby_storage (fixture->storage.storage, get_message, slow);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_PENDING);
  wait_for_status (fixture, slow, LOBBY_STATUS_DELIVERED);
  g_assert_cmpuint (count_sent (fixture, "Slow"), ==, 1);
}

static void
test_refused (Fixture *fixture,
              gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  JsonObject *error;

  say (fixture, "Hello");
  post (fixture, "/sandbox/knobs", "{\"fail_code\":131047,\"fail_count\":1}");
  id = answer_to (fixture, CUSTOMER, "Too late");
  wait_for_status (fixture, id, LOBBY_STATUS_FAILED);
  message = lobby_storage (fixture->storage.storage, get_message, id);
  error = lobby_json_get_object (message->metadata, "error");
  g_assert_cmpint (lobby_json_get_int_or (error, "code", 0), ==, 131047);
  g_assert_nonnull (lobby_json_get_string (error, "title", 300));
}

/* The token runs out: nothing is lost, the connection says so, and all goes on when it is mended. */
static void
test_token (Fixture *fixture,
            gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (LobbyConnection) connection = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;

  say (fixture, "Hello");
  post (fixture, "/sandbox/knobs", "{\"expire_token\":1}");
  id = answer_to (fixture, CUSTOMER, "Patience");
  wait_for (fixture, "the disconnection", is_connected, "disconnected");
  connection = lobby_storage (fixture->storage.storage, get_connection, fixture->connection);
  g_assert_nonnull (connection->reason);
  message = lobby_storage (fixture->storage.storage, get_message, id);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_PENDING);
  post (fixture, "/sandbox/knobs", "{\"expire_token\":0}");
  wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
  g_assert_true (is_connected (fixture, "connected"));
  g_assert_cmpuint (count_sent (fixture, "Patience"), ==, 1);
}

/* A customer without a visible number is answered by user id. */
static gboolean
hidden_wrote (Fixture *fixture,
              gconstpointer data)
{
  g_autoptr (GPtrArray) messages = list_messages (fixture, "Hidden");

  return messages->len == 1;
}

static void
test_no_number (Fixture *fixture,
                gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (GPtrArray) messages = NULL;

  post (fixture, "/sandbox/customers", "{\"name\":\"Hidden\",\"bsuid\":\"US.13491208655302741918\",\"username\":\"hidden\"}");
  post (fixture, "/sandbox/say", "{\"bsuid\":\"US.13491208655302741918\",\"type\":\"text\",\"text\":\"Who am I?\"}");
  wait_for (fixture, "the hidden customer", hidden_wrote, NULL);
  messages = list_messages (fixture, "Hidden");
  id = answer_to (fixture, "Hidden", "Hello, stranger");
  wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
}

/* What a former life of the server left: a delivery not worked in, a message SENDING. */
static void
test_restart (Fixture *fixture,
              gconstpointer data)
{
  static const char left[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{\"field\":\"messages\",\"value\":{\"metadata\":{\"phone_number_id\":\"" PNID "\"},"
                             "\"messages\":[{\"from\":\"" CUSTOMER "\",\"id\":\"wamid.LEFT\",\"timestamp\":\"%u\",\"type\":\"text\",\"text\":{\"body\":\"Left over\"}}]}}]}]}";
  g_autofree char *text = g_strdup_printf (left, (guint)(lobby_clock_now () / 1000));
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  g_autofree char *id = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;

  say (fixture, "Hello");
  stop_whatsapp (fixture);
  fixture->whatsapp = NULL;
  g_assert_true (lobby_storage (fixture->storage.storage, put_delivery, fixture->connection, body, &error));
  {
    g_autoptr (GPtrArray) before = list_messages (fixture, CUSTOMER);
    gboolean existed;
    g_autoptr (LobbyWireMessage) message = lobby_storage (fixture->storage.storage, accept_text, fixture->storage.agent, newest (before)->conversation_id,
                                                          "left", "Sent or not?", NULL, &existed, &error);

    g_assert_no_error (error);
    id = g_strdup (message->id);
    g_assert_true (lobby_storage (fixture->storage.storage, outbound_set_state, id, LOBBY_OUTBOUND_SENDING, 1, 0, &error));
  }
  storage_fixture_flush (&fixture->storage);
  start_whatsapp (fixture);
  wait_for_status (fixture, id, LOBBY_STATUS_FAILED);
  g_assert_cmpuint (count_sent (fixture, "Sent or not?"), ==, 0);
  messages = list_messages (fixture, CUSTOMER);
  g_assert_cmpuint (messages->len, ==, 3);
}

#define ADD(path, test) g_test_add ("/whatsapp/" path, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main (int argc,
      char *argv[])
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);
  /* The server warns of the trouble that these tests make. */
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
  ADD ("conversation", test_conversation);
  ADD ("rough-webhooks", test_rough_webhooks);
  ADD ("media", test_media);
  ADD ("media-damaged", test_media_damaged);
  ADD ("receipts", test_receipts);
  ADD ("answer-lost", test_answer_lost);
  ADD ("never-known", test_never_known);
  ADD ("pair-rate", test_pair_rate);
  ADD ("refused", test_refused);
  ADD ("token", test_token);
  ADD ("no-number", test_no_number);
  ADD ("restart", test_restart);
  return g_test_run ();
}
