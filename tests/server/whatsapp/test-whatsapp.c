/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "whatsapp-fixture.h"

#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-receipts.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

static void
test_conversation (WhatsappFixture *fixture,
                   gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (GPtrArray) messages = NULL;

  whatsapp_fixture_say (fixture, "Hello");
  whatsapp_fixture_say (fixture, "Anyone?");
  id = whatsapp_fixture_answer_to (fixture, CUSTOMER, "Good morning! https://example.org");
  whatsapp_fixture_wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
  whatsapp_fixture_post (fixture, "/sandbox/read", "{\"wa_id\":\"" CUSTOMER "\"}");
  whatsapp_fixture_wait_for_status (fixture, id, LOBBY_STATUS_READ);
  g_assert_cmpuint (whatsapp_fixture_count_sent (fixture, "Good morning! https://example.org"), ==, 1);
  messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);
  g_assert_cmpuint (messages->len, ==, 3);
  g_assert_cmpstr (whatsapp_fixture_newest (messages)->phone_number, ==, "+" CUSTOMER);
}

/* Each twice, in any order, some lost at first, in batches; one with a wrong signature: once each all the same. */
static gboolean
has_all (WhatsappFixture *fixture,
         gconstpointer data)
{
  g_autoptr (GPtrArray) messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);

  return messages->len == GPOINTER_TO_UINT (data);
}

static gboolean
is_idle (WhatsappFixture *fixture,
         gconstpointer data)
{
  g_autoptr (JsonObject) answer = whatsapp_fixture_get (fixture, "/sandbox/idle");

  return lobby_json_get_boolean_or (answer, "idle", FALSE);
}

static void
test_rough_webhooks (WhatsappFixture *fixture,
                     gconstpointer data)
{
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GHashTable) texts = g_hash_table_new (g_str_hash, g_str_equal);

  whatsapp_fixture_post (fixture, "/sandbox/knobs", "{\"duplicate\":0.5,\"reorder\":0.3,\"drop\":0.2,\"bad_signature\":0.2,\"batch\":7}");
  whatsapp_fixture_post (fixture, "/sandbox/say", "{\"wa_id\":\"" CUSTOMER "\",\"type\":\"text\",\"text\":\"n{n}\",\"count\":40}");
  whatsapp_fixture_wait_for (fixture, "40 messages", has_all, GUINT_TO_POINTER (40));
  whatsapp_fixture_wait_for (fixture, "quiet", is_idle, NULL);
  messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);
  g_assert_cmpuint (messages->len, ==, 40);
  for (guint i = 0; i < messages->len; i++)
    g_hash_table_add (texts, ((LobbyWireMessage *)g_ptr_array_index (messages, i))->content);
  g_assert_cmpuint (g_hash_table_size (texts), ==, 40);
}

/*
 * The disk fails in one turn of the main loop and works in the next: what a commit lost must come again. A limit on the
 * size of files does it: every write behind it fails, whatever was written before stays.
 */
static void
set_disk (gboolean works)
{
  struct rlimit limit;

  getrlimit (RLIMIT_FSIZE, &limit);
  limit.rlim_cur = works ? limit.rlim_max : 4096;
  setrlimit (RLIMIT_FSIZE, &limit);
}

static gboolean
prepare_disk (GSource *source,
              int *timeout)
{
  *timeout = -1;
  set_disk (g_test_rand_int_range (0, 3) > 0);
  return FALSE;
}

static GSourceFuncs disk_source_funcs = { .prepare = prepare_disk };

static void
test_failing_disk (WhatsappFixture *fixture,
                   gconstpointer data)
{
  g_autoptr (GPtrArray) messages = NULL;
  g_autofree char *first = NULL;
  g_autoptr (GSource) disk = g_source_new (&disk_source_funcs, sizeof (GSource));

  signal (SIGXFSZ, SIG_IGN);
  whatsapp_fixture_post (fixture, "/sandbox/knobs", "{\"batch\":60,\"delay_ms\":100,\"duplicate\":0.2,\"retry_ms\":10}");
  g_source_attach (disk, NULL);
  whatsapp_fixture_post (fixture, "/sandbox/say", "{\"wa_id\":\"" CUSTOMER "\",\"type\":\"text\",\"text\":\"n{n}\",\"count\":180}");
  whatsapp_fixture_wait_for (fixture, "180 messages", has_all, GUINT_TO_POINTER (180));
  g_source_destroy (disk);
  set_disk (TRUE);
  whatsapp_fixture_wait_for (fixture, "quiet", is_idle, NULL);
  messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);
  g_assert_cmpuint (messages->len, ==, 180);
  first = whatsapp_fixture_answer_to (fixture, CUSTOMER, "Still here");
  whatsapp_fixture_wait_for_status (fixture, first, LOBBY_STATUS_DELIVERED);
}

static gboolean
all_delivered (WhatsappFixture *fixture,
               gconstpointer data)
{
  const char *const *ids = data;

  for (guint i = 0; ids[i] != NULL; i++)
    {
      g_autoptr (LobbyWireMessage) message = lobby_storage (fixture->storage.storage, get_message, ids[i]);

      if (message->status != LOBBY_STATUS_DELIVERED)
        return FALSE;
    }
  return TRUE;
}

/* What WhatsApp accepted is never sent again, however often that could not be written down. */
static void
test_failing_disk_sending (WhatsappFixture *fixture,
                           gconstpointer data)
{
  g_autoptr (GSource) disk = g_source_new (&disk_source_funcs, sizeof (GSource));
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) ids = NULL;

  signal (SIGXFSZ, SIG_IGN);
  whatsapp_fixture_say (fixture, "Hello");
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *text = g_strdup_printf ("Answer %u", i);

      g_strv_builder_take (builder, whatsapp_fixture_answer_to (fixture, CUSTOMER, text));
    }
  ids = g_strv_builder_end (builder);
  storage_fixture_flush (&fixture->storage);
  g_source_attach (disk, NULL);
  whatsapp_fixture_wait_for (fixture, "all to be delivered", all_delivered, ids);
  g_source_destroy (disk);
  set_disk (TRUE);
  for (guint i = 0; i < 6; i++)
    {
      g_autofree char *text = g_strdup_printf ("Answer %u", i);

      g_assert_cmpuint (whatsapp_fixture_count_sent (fixture, text), ==, 1);
    }
}

static char *
upload (WhatsappFixture *fixture,
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
  answer = whatsapp_fixture_ask (fixture, "POST", "/v25.0/" PNID "/media", body, "multipart/form-data; boundary=XX", &status);
  g_assert_cmpuint (status, ==, 200);
  return g_strdup (lobby_json_get_string (answer, "id", 100));
}

static const char *
media_state (GPtrArray *messages)
{
  return whatsapp_fixture_newest (messages) != NULL ? lobby_json_get_string (whatsapp_fixture_newest (messages)->metadata, "media_state", 20) : NULL;
}

static gboolean
newest_media_is (WhatsappFixture *fixture,
                 gconstpointer state)
{
  g_autoptr (GPtrArray) messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);

  return g_strcmp0 (media_state (messages), state) == 0;
}

static void
test_media (WhatsappFixture *fixture,
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

  whatsapp_fixture_post (fixture, "/sandbox/say", "{\"wa_id\":\"" CUSTOMER "\",\"message\":{\"type\":\"image\",\"image\":{\"id\":\"%s\",\"mime_type\":\"image/png\",\"sha256\":\"%s\",\"caption\":\"Look\"}}}",
                         media_id, sha256);
  whatsapp_fixture_wait_for (fixture, "the file", newest_media_is, "ready");
  messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);
  metadata = whatsapp_fixture_newest (messages)->metadata;
  g_assert_cmpstr (whatsapp_fixture_newest (messages)->content, ==, "Look");
  g_assert_cmpint (lobby_json_get_int_or (metadata, "width", 0), ==, 320);
  g_assert_cmpint (lobby_json_get_int_or (metadata, "height", 0), ==, 240);
  g_assert_cmpstr (lobby_json_get_string (metadata, "sha256", 64), ==, sha256);
  file = lobby_storage (fixture->storage.storage, get_media, whatsapp_fixture_newest (messages)->id, &business);
  g_assert_nonnull (file);
  g_assert_true (g_file_get_contents (file->path, &bytes, &length, NULL));
  g_assert_cmpmem (bytes, length, png, sizeof png - 1);
}

/* The file is not what the webhook said: it is never shown as ready, and is tried again. */
static gboolean
job_was_tried (WhatsappFixture *fixture,
               gconstpointer data)
{
  g_autoptr (GPtrArray) messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);
  g_autoptr (GPtrArray) due = lobby_storage (fixture->storage.storage, list_media_jobs, 10);

  return whatsapp_fixture_newest (messages) != NULL && due->len == 0;
}

static void
test_media_damaged (WhatsappFixture *fixture,
                    gconstpointer data)
{
  g_autofree char *media_id = upload (fixture, "text/plain", "hello", 5);

  whatsapp_fixture_post (fixture, "/sandbox/say", "{\"wa_id\":\"" CUSTOMER "\",\"message\":{\"type\":\"document\",\"document\":{\"id\":\"%s\",\"mime_type\":\"text/plain\",\"sha256\":\"%s\",\"filename\":\"a.txt\"}}}",
                         media_id, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  whatsapp_fixture_wait_for (fixture, "the try", job_was_tried, NULL);
  g_assert_true (newest_media_is (fixture, "pending"));
}

static void
test_receipts (WhatsappFixture *fixture,
               gconstpointer data)
{
  g_autoptr (GPtrArray) messages = NULL;
  g_autofree char *id = NULL;
  g_autoptr (JsonObject) calls = NULL;
  g_autofree char *text = NULL;

  whatsapp_fixture_say (fixture, "Are you there?");
  messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);
  lobby_whatsapp_agent_read (fixture->whatsapp, fixture->connection, whatsapp_fixture_newest (messages)->whatsapp_message_id);
  for (guint i = 0; i < 5; i++)
    lobby_whatsapp_agent_typing (fixture->whatsapp, whatsapp_fixture_newest (messages)->conversation_id, TRUE);
  id = whatsapp_fixture_answer_to (fixture, CUSTOMER, "Yes");
  whatsapp_fixture_wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
  calls = whatsapp_fixture_get (fixture, "/sandbox/calls");
  text = lobby_json_object_to_string (calls);
  g_assert_cmpuint (lobby_json_array_length (lobby_json_get_array (calls, "calls")), ==, 2);
  g_assert_nonnull (strstr (text, whatsapp_fixture_newest (messages)->whatsapp_message_id));
}

/* WhatsApp shows typing for 25 s: however much an agent types, it is told once in 20, for each conversation. */
static void
test_typing_limit (WhatsappFixture *fixture,
                   gconstpointer data)
{
  static const gint64 moments[] = { 5000, 5001, 24999, 25000, 44999 };
  LobbyAdapter *adapter = lobby_whatsapp_get_adapter (fixture->whatsapp, fixture->connection);
  g_autoptr (LobbyReceipts) receipts = lobby_receipts_new (fixture->storage.storage);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (JsonObject) calls = NULL;
  g_autofree char *id = NULL;

  whatsapp_fixture_say (fixture, "Are you there?");
  messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);
  for (guint i = 0; i < G_N_ELEMENTS (moments); i++)
    {
      lobby_receipts_typing (receipts, adapter, whatsapp_fixture_newest (messages)->conversation_id, moments[i]);
      lobby_receipts_typing (receipts, adapter, "of nobody", moments[i]);
    }
  id = whatsapp_fixture_answer_to (fixture, CUSTOMER, "Yes");
  whatsapp_fixture_wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
  calls = whatsapp_fixture_get (fixture, "/sandbox/calls");
  g_assert_cmpuint (lobby_json_array_length (lobby_json_get_array (calls, "calls")), ==, 2);
  for (guint i = 0; i < 2; i++)
    g_assert_cmpstr (lobby_json_get_string (lobby_json_array_object (lobby_json_get_array (calls, "calls"), i), "kind", 64), ==, "typing");
}

/* Accepted, but the answer breaks off: the status with our id settles it; it is not sent twice. */
static void
test_answer_lost (WhatsappFixture *fixture,
                  gconstpointer data)
{
  g_autofree char *id = NULL, *next = NULL;

  whatsapp_fixture_say (fixture, "Hello");
  whatsapp_fixture_post (fixture, "/sandbox/knobs", "{\"close_mid_body\":1,\"fail_count\":1}");
  id = whatsapp_fixture_answer_to (fixture, CUSTOMER, "Only once");
  next = whatsapp_fixture_answer_to (fixture, CUSTOMER, "And then this");
  whatsapp_fixture_wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
  whatsapp_fixture_wait_for_status (fixture, next, LOBBY_STATUS_DELIVERED);
  g_assert_cmpuint (whatsapp_fixture_count_sent (fixture, "Only once"), ==, 1);
  g_assert_cmpuint (whatsapp_fixture_count_sent (fixture, "And then this"), ==, 1);
}

/* A bare 500 tells nothing: not repeated, and shown as failed when no status came. */
static void
test_never_known (WhatsappFixture *fixture,
                  gconstpointer data)
{
  g_autofree char *id = NULL, *next = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;

  whatsapp_fixture_say (fixture, "Hello");
  whatsapp_fixture_post (fixture, "/sandbox/knobs", "{\"http_status\":500,\"fail_count\":1}");
  id = whatsapp_fixture_answer_to (fixture, CUSTOMER, "Lost");
  next = whatsapp_fixture_answer_to (fixture, CUSTOMER, "Sent");
  whatsapp_fixture_wait_for_status (fixture, id, LOBBY_STATUS_FAILED);
  whatsapp_fixture_wait_for_status (fixture, next, LOBBY_STATUS_DELIVERED);
  message = lobby_storage (fixture->storage.storage, get_message, id);
  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (message->metadata, "error"), "title", 100), ==, "May not have been sent");
  g_assert_cmpuint (whatsapp_fixture_count_sent (fixture, "Lost"), ==, 0);
}

/* Too fast for one recipient: that conversation waits, another does not. */
static void
test_pair_rate (WhatsappFixture *fixture,
                gconstpointer data)
{
  g_autofree char *slow = NULL, *quick = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;

  whatsapp_fixture_say (fixture, "Hello");
  whatsapp_fixture_post (fixture, "/sandbox/customers", "{\"wa_id\":\"34600000001\",\"name\":\"Bob\"}");
  whatsapp_fixture_post (fixture, "/sandbox/say", "{\"wa_id\":\"34600000001\",\"type\":\"text\",\"text\":\"Hi\"}");
  whatsapp_fixture_wait_for (fixture, "quiet", is_idle, NULL);
  whatsapp_fixture_post (fixture, "/sandbox/knobs", "{\"fail_code\":131056,\"fail_count\":1}");
  slow = whatsapp_fixture_answer_to (fixture, CUSTOMER, "Slow");
  whatsapp_fixture_wait_for (fixture, "the refusal", whatsapp_fixture_nothing_under_way, NULL);
  whatsapp_fixture_drain_loop ();
  quick = whatsapp_fixture_answer_to (fixture, "34600000001", "Quick");
  whatsapp_fixture_wait_for_status (fixture, quick, LOBBY_STATUS_DELIVERED);
  message = lobby_storage (fixture->storage.storage, get_message, slow);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_PENDING);
  whatsapp_fixture_wait_for_status (fixture, slow, LOBBY_STATUS_DELIVERED);
  g_assert_cmpuint (whatsapp_fixture_count_sent (fixture, "Slow"), ==, 1);
}

static void
test_refused (WhatsappFixture *fixture,
              gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  JsonObject *error;

  whatsapp_fixture_say (fixture, "Hello");
  whatsapp_fixture_post (fixture, "/sandbox/knobs", "{\"fail_code\":131047,\"fail_count\":1}");
  id = whatsapp_fixture_answer_to (fixture, CUSTOMER, "Too late");
  whatsapp_fixture_wait_for_status (fixture, id, LOBBY_STATUS_FAILED);
  message = lobby_storage (fixture->storage.storage, get_message, id);
  error = lobby_json_get_object (message->metadata, "error");
  g_assert_cmpint (lobby_json_get_int_or (error, "code", 0), ==, 131047);
  g_assert_nonnull (lobby_json_get_string (error, "title", 300));
}

/* The token runs out: nothing is lost, the connection says so, and all goes on when it is mended. */
static void
test_token (WhatsappFixture *fixture,
            gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (LobbyConnection) connection = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;

  whatsapp_fixture_say (fixture, "Hello");
  whatsapp_fixture_post (fixture, "/sandbox/knobs", "{\"expire_token\":1}");
  id = whatsapp_fixture_answer_to (fixture, CUSTOMER, "Patience");
  whatsapp_fixture_wait_for (fixture, "the disconnection", whatsapp_fixture_is_in_state, "disconnected");
  connection = lobby_storage (fixture->storage.storage, get_connection, fixture->connection);
  g_assert_nonnull (connection->reason);
  message = lobby_storage (fixture->storage.storage, get_message, id);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_PENDING);
  whatsapp_fixture_post (fixture, "/sandbox/knobs", "{\"expire_token\":0}");
  whatsapp_fixture_wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
  g_assert_true (whatsapp_fixture_is_in_state (fixture, "connected"));
  g_assert_cmpuint (whatsapp_fixture_count_sent (fixture, "Patience"), ==, 1);
}

/* A customer without a visible number is answered by user id. */
static gboolean
hidden_wrote (WhatsappFixture *fixture,
              gconstpointer data)
{
  g_autoptr (GPtrArray) messages = whatsapp_fixture_list_messages (fixture, "Hidden");

  return messages->len == 1;
}

static void
test_no_number (WhatsappFixture *fixture,
                gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (GPtrArray) messages = NULL;

  whatsapp_fixture_post (fixture, "/sandbox/customers", "{\"name\":\"Hidden\",\"bsuid\":\"US.13491208655302741918\",\"username\":\"hidden\"}");
  whatsapp_fixture_post (fixture, "/sandbox/say", "{\"bsuid\":\"US.13491208655302741918\",\"type\":\"text\",\"text\":\"Who am I?\"}");
  whatsapp_fixture_wait_for (fixture, "the hidden customer", hidden_wrote, NULL);
  messages = whatsapp_fixture_list_messages (fixture, "Hidden");
  id = whatsapp_fixture_answer_to (fixture, "Hidden", "Hello, stranger");
  whatsapp_fixture_wait_for_status (fixture, id, LOBBY_STATUS_DELIVERED);
}

/* What a former life of the server left: a delivery not worked in, a message SENDING. */
static void
test_restart (WhatsappFixture *fixture,
              gconstpointer data)
{
  static const char left[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{\"field\":\"messages\",\"value\":{\"metadata\":{\"phone_number_id\":\"" PNID "\"},"
                             "\"messages\":[{\"from\":\"" CUSTOMER "\",\"id\":\"wamid.LEFT\",\"timestamp\":\"%u\",\"type\":\"text\",\"text\":{\"body\":\"Left over\"}}]}}]}]}";
  g_autofree char *text = g_strdup_printf (left, (guint)(lobby_clock_now () / 1000));
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  g_autofree char *id = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;

  whatsapp_fixture_say (fixture, "Hello");
  whatsapp_fixture_stop (fixture);
  fixture->whatsapp = NULL;
  storage_fixture_put_delivery (&fixture->storage, body);
  {
    g_autoptr (GPtrArray) before = whatsapp_fixture_list_messages (fixture, CUSTOMER);
    gboolean existed;
    g_autoptr (LobbyOutbound) work = NULL;
    g_autoptr (LobbyWireMessage) message = storage_fixture_accept (&fixture->storage, whatsapp_fixture_newest (before)->conversation_id,
                                                                   "left", "Sent or not?", NULL, &existed, &error);

    g_assert_no_error (error);
    id = g_strdup (message->id);
    work = storage_fixture_work (&fixture->storage, id);
    g_assert_true (lobby_storage (fixture->storage.storage, outbound_set_state, work->position, LOBBY_OUTBOUND_SENDING, 1, 0, &error));
  }
  storage_fixture_flush (&fixture->storage);
  whatsapp_fixture_start (fixture);
  whatsapp_fixture_wait_for_status (fixture, id, LOBBY_STATUS_FAILED);
  g_assert_cmpuint (whatsapp_fixture_count_sent (fixture, "Sent or not?"), ==, 0);
  messages = whatsapp_fixture_list_messages (fixture, CUSTOMER);
  g_assert_cmpuint (messages->len, ==, 3);
}

/* Meta's requests, made by hand: what must be refused, and how. */
static guint
knock (WhatsappFixture *fixture,
       const char *method,
       const char *connection,
       const char *query,
       const char *body,
       const char *secret,
       char **answer)
{
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/webhooks/cloud/%s%s", lobby_http_server_get_port (fixture->http), connection, query);
  LobbyHttpRequest *request = lobby_http_request_new (method, url);
  g_autoptr (LobbyHttpResponse) response = NULL;
  GBytes *text;

  if (body != NULL)
    request->body = g_bytes_new (body, strlen (body));
  request->content_type = g_strdup ("application/json");
  if (secret != NULL)
    {
      g_autoptr (GBytes) key = g_bytes_new (secret, strlen (secret));
      g_autofree char *digest = g_compute_hmac_for_bytes (G_CHECKSUM_SHA256, key, request->body);
      g_autofree char *header = g_strconcat ("sha256=", digest, NULL);

      lobby_http_request_add_header (request, "X-Hub-Signature-256", header);
    }
  response = whatsapp_fixture_exchange (fixture, request);
  text = lobby_http_response_get_body (response);
  if (answer != NULL)
    *answer = g_strndup (g_bytes_get_data (text, NULL), g_bytes_get_size (text));
  return lobby_http_response_get_status (response);
}

#define VERIFY "?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token="

static void
test_refusals (WhatsappFixture *fixture,
               gconstpointer data)
{
  g_autofree char *challenge = NULL, *huge = g_strnfill (5 * 1024 * 1024, ' ');
  const char *id = fixture->connection;

  g_assert_cmpuint (knock (fixture, "GET", id, VERIFY "verify-me", NULL, NULL, &challenge), ==, 200);
  g_assert_cmpstr (challenge, ==, "1158201444");
  g_assert_cmpuint (knock (fixture, "GET", id, VERIFY "wrong", NULL, NULL, NULL), ==, 403);
  g_assert_cmpuint (knock (fixture, "GET", id, VERIFY, NULL, NULL, NULL), ==, 403);
  g_assert_cmpuint (knock (fixture, "GET", id, "?hub.mode=subscribe&hub.verify_token=verify-me", NULL, NULL, NULL), ==, 403);
  g_assert_cmpuint (knock (fixture, "GET", "01NOBODY", VERIFY "verify-me", NULL, NULL, NULL), ==, 404);
  g_assert_cmpuint (knock (fixture, "POST", id, "", "{}", NULL, NULL), ==, 401);
  g_assert_cmpuint (knock (fixture, "POST", id, "", "{}", "another secret", NULL), ==, 401);
  g_assert_cmpuint (knock (fixture, "POST", id, "", huge, "sandbox-secret", NULL), ==, 413);
  g_assert_cmpuint (knock (fixture, "PUT", id, "", "{}", "sandbox-secret", NULL), ==, 405);
  /* Signed, so it is kept, whatever it is. */
  g_assert_cmpuint (knock (fixture, "POST", id, "", "not JSON", "sandbox-secret", NULL), ==, 200);
  whatsapp_fixture_say (fixture, "And all goes on");
}

/* One address for all numbers of an app: each update goes to its own connection, and one for a stranger's number nowhere. */
#define UPDATE_FOR(number, id)                                                                                   \
  "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{\"field\":\"messages\",\"value\":{"       \
  "\"metadata\":{\"phone_number_id\":\"" number "\"},\"messages\":[{\"from\":\"34600000077\",\"id\":\"" id "\"," \
  "\"type\":\"text\",\"text\":{\"body\":\"For " number "\"}}]}}]}]}"

static gboolean
second_has_it (WhatsappFixture *fixture,
               gconstpointer connection)
{
  g_autoptr (GPtrArray) messages = whatsapp_fixture_list_messages (fixture, "34600000077");

  return messages->len == 1 && g_strcmp0 (whatsapp_fixture_newest (messages)->connection_id, connection) == 0;
}

static gboolean
nothing_to_process (WhatsappFixture *fixture,
                    gconstpointer data)
{
  g_autoptr (GPtrArray) deliveries = lobby_storage (fixture->storage.storage, list_deliveries, 1);

  return deliveries->len == 0;
}

static void
test_two_numbers (WhatsappFixture *fixture,
                  gconstpointer data)
{
  LobbyConnection second = {
    .business_id = fixture->storage.business,
    .kind = (char *)"cloud",
    .name = (char *)"Second",
    .phone_number = (char *)"+15550783882",
    .graph_url = (char *)"http://127.0.0.1:1/v25.0",
    .phone_number_id = (char *)"222",
    .access_token = (char *)"t",
    .app_secret = (char *)"sandbox-secret",
    .verify_token = (char *)"v",
  };
  g_autofree char *id = lobby_storage (fixture->storage.storage, add_connection, &second, NULL);
  g_autoptr (GPtrArray) messages = NULL;

  g_assert_cmpuint (knock (fixture, "POST", fixture->connection, "", UPDATE_FOR ("333", "wamid.X"), "sandbox-secret", NULL), ==, 200);
  g_assert_cmpuint (knock (fixture, "POST", fixture->connection, "", UPDATE_FOR ("222", "wamid.Y"), "sandbox-secret", NULL), ==, 200);
  whatsapp_fixture_wait_for (fixture, "the second number's message", second_has_it, id);
  whatsapp_fixture_wait_for (fixture, "the end", nothing_to_process, NULL);
  messages = whatsapp_fixture_list_messages (fixture, "34600000077");
  g_assert_cmpuint (messages->len, ==, 1);
}

#define ADD(path, test) g_test_add ("/whatsapp/" path, WhatsappFixture, NULL, whatsapp_fixture_set_up, test, whatsapp_fixture_tear_down)

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
  ADD ("failing-disk", test_failing_disk);
  ADD ("failing-disk-sending", test_failing_disk_sending);
  ADD ("media", test_media);
  ADD ("media-damaged", test_media_damaged);
  ADD ("receipts", test_receipts);
  ADD ("typing-limit", test_typing_limit);
  ADD ("answer-lost", test_answer_lost);
  ADD ("never-known", test_never_known);
  ADD ("pair-rate", test_pair_rate);
  ADD ("refused", test_refused);
  ADD ("token", test_token);
  ADD ("no-number", test_no_number);
  ADD ("restart", test_restart);
  ADD ("refusals", test_refusals);
  ADD ("two-numbers", test_two_numbers);
  return g_test_run ();
}
