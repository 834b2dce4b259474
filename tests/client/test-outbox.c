/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-id.h"
#include "lobby-outbox.h"
#include "lobby-wire-records.h"

#include "events.h"
#include "stand-in.h"

static const LobbySyncPeer no_peer;

/* How the server answers from now on. */
static guint status;
static const char *answer; /* NULL: a message */
static const char *retry_after;
static const char *hang_on;  /* a contact whose requests are kept */
static GPtrArray *kept;      /* SoupServerMessage */
static GString *posts;       /* texts in the order of their coming */
static GHashTable *accepted; /* client id → text */
static guint n_unauthorized;

static SoupServer *server;
static char *url;
static LobbyStore *store;
static LobbyApi *api;
static LobbySyncEngine *engine;
static LobbyOutbox *outbox;

static void
accept (SoupServerMessage *message,
        const char *conversation,
        JsonObject *body)
{
  const char *client_id = lobby_json_get_string (body, "clientId", 100);
  g_autofree char *id = g_strconcat ("server-", client_id, NULL);
  g_autofree char *json = message_json (id, client_id, conversation, TRUE, 1);
  g_autofree char *text = g_strdup_printf ("{\"message\":{%s}}", json);

  g_hash_table_insert (accepted, g_strdup (client_id), g_strdup (lobby_json_get_string (body, "text", 100)));
  stand_in_answer (message, 201, text);
}

static void
on_request (SoupServer *unused,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer data)
{
  SoupMessageBody *raw = soup_server_message_get_request_body (message);
  g_autoptr (JsonObject) body = lobby_json_parse_object (raw->data, raw->length, NULL);
  const char *contact = path + strlen ("/api/messages/");

  g_assert_true (g_str_has_prefix (path, "/api/messages/c-"));
  g_string_append_printf (posts, "%s;", lobby_json_get_string (body, "text", 100));
  if (g_strcmp0 (contact, hang_on) == 0)
    {
      soup_server_message_pause (message);
      g_ptr_array_add (kept, g_object_ref (message));
      return;
    }
  if (retry_after != NULL)
    soup_message_headers_append (soup_server_message_get_response_headers (message), "Retry-After", retry_after);
  if (answer != NULL)
    stand_in_answer (message, status, answer);
  else
    accept (message, contact + strlen ("c-"), body);
}

static void
add_conversation (const char *id)
{
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();
  g_autofree char *contact_text = contact_json (id);
  g_autofree char *text = conversation_json (id, "", 1, 1);
  g_autoptr (JsonObject) contact_object = json_of ("%s", contact_text);
  g_autoptr (JsonObject) object = json_of ("%s", text);
  g_autoptr (LobbyWireContact) contact = lobby_wire_contact_from_json (contact_object, NULL);
  g_autoptr (LobbyWireConversation) conversation = lobby_wire_conversation_from_json (object, NULL);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (changes->contacts, lobby_contact_record_from_wire (contact));
  g_ptr_array_add (changes->conversations, lobby_conversation_record_from_wire (conversation));
  g_assert_true (lobby_store_apply (store, changes, &error));
}

static LobbyMessage *
queue (const char *conversation_id,
       const char *text)
{
  g_autoptr (LobbyConversation) conversation = lobby_store_get_conversation (store, conversation_id);
  g_autofree char *client_id = lobby_id_new ();
  g_autoptr (GError) error = NULL;
  LobbyMessage *message = lobby_store_queue_text (store, conversation, client_id, text, NULL, &error);

  g_assert_no_error (error);
  lobby_outbox_kick (outbox);
  return message;
}

static void
count_unauthorized (LobbyApi *unused,
                    gpointer data)
{
  n_unauthorized++;
}

static void
set_up (void)
{
  g_autoptr (GError) error = NULL;

  status = 201;
  answer = retry_after = hang_on = NULL;
  n_unauthorized = 0;
  kept = g_ptr_array_new_with_free_func (g_object_unref);
  posts = g_string_new (NULL);
  accepted = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  server = stand_in_new (on_request, NULL, &url);
  store = lobby_store_open (":memory:", &error);
  g_assert_no_error (error);
  api = lobby_api_new (url);
  lobby_api_set_token (api, "token");
  g_signal_connect (api, "unauthorized", G_CALLBACK (count_unauthorized), NULL);
  engine = lobby_sync_engine_new (store, &no_peer, NULL);
  outbox = lobby_outbox_new (store, api, engine);
  add_conversation ("v1");
  add_conversation ("v2");
}

static void
tear_down (void)
{
  lobby_outbox_set_online (outbox, FALSE);
  lobby_api_cancel (api);
  for (guint i = 0; i < kept->len; i++)
    stand_in_answer (g_ptr_array_index (kept, i), 500, "{}");
  stand_in_free (server);
  for (int i = 0; i < 5; i++)
    loop_until (dex_timeout_new_msec (10), NULL);
  g_assert_finalize_object (outbox);
  g_object_unref (engine);
  g_object_unref (api);
  lobby_store_close (store);
  g_assert_finalize_object (store);
  g_ptr_array_unref (kept);
  g_string_free (posts, TRUE);
  g_hash_table_unref (accepted);
  g_clear_pointer (&url, g_free);
}

/* Nothing more is coming in the next while. */
static void
stay_quiet (void)
{
  g_autofree char *before = g_strdup (posts->str);

  loop_until (dex_timeout_new_msec (150), NULL);
  g_assert_cmpstr (posts->str, ==, before);
}

static void
test_order (void)
{
  set_up ();
  for (int i = 0; i < 5; i++)
    {
      g_autofree char *text = g_strdup_printf ("%d", i);

      g_object_unref (queue ("v1", text));
    }
  stay_quiet ();
  g_assert_cmpstr (posts->str, ==, "");
  lobby_outbox_set_online (outbox, TRUE);
  wait_until (lobby_store_outbox_size (store) == 0);
  g_assert_cmpstr (posts->str, ==, "0;1;2;3;4;");
  tear_down ();
}

static void
test_one_at_a_time (void)
{
  g_autoptr (LobbyMessage) first = NULL;

  set_up ();
  hang_on = "c-v1";
  lobby_outbox_set_online (outbox, TRUE);
  first = queue ("v1", "hangs");
  g_object_unref (queue ("v1", "behind"));
  wait_until (kept->len == 1);
  for (int i = 0; i < 10; i++)
    lobby_outbox_kick (outbox);
  /* Going off and on does not send again what is still on its way. */
  lobby_outbox_set_online (outbox, FALSE);
  lobby_outbox_set_online (outbox, TRUE);
  g_assert_true (lobby_outbox_is_sending (outbox, lobby_message_get_client_id (first)));
  stay_quiet ();
  g_assert_cmpstr (posts->str, ==, "hangs;");

  /* Another conversation does not wait. */
  g_object_unref (queue ("v2", "other"));
  wait_until (g_hash_table_size (accepted) == 1);
  g_assert_cmpstr (posts->str, ==, "hangs;other;");
  g_clear_object (&first);
  tear_down ();
}

static void
test_refused (void)
{
  g_autoptr (LobbyMessage) first = NULL;

  set_up ();
  status = 422;
  answer = "{\"error\":{\"code\":\"too_long\",\"message\":\"Too long\"}}";
  first = queue ("v1", "bad");
  lobby_outbox_set_online (outbox, TRUE);
  wait_until (lobby_message_get_status (first) == LOBBY_MODEL_STATUS_FAILED);
  g_assert_cmpstr (lobby_message_get_record (first)->error_text, ==, "Too long");
  g_assert_cmpint (lobby_message_get_record (first)->error_code, ==, 422);
  answer = NULL;
  g_object_unref (queue ("v1", "good"));
  wait_until (lobby_store_outbox_size (store) == 0 && g_hash_table_size (accepted) == 1);
  g_assert_cmpstr (posts->str, ==, "bad;good;");
  g_clear_object (&first);
  tear_down ();
}

typedef struct
{
  guint status;
  const char *answer;
  const char *retry_after;
} Trouble;

/* Waits, keeps the message, and sends it under the same id when the network is back. */
static void
test_passing_trouble (gconstpointer data)
{
  const Trouble *trouble = data;
  g_autoptr (LobbyMessage) first = NULL;
  g_autofree char *client_id = NULL;

  set_up ();
  status = trouble->status;
  answer = trouble->answer;
  retry_after = trouble->retry_after;
  first = queue ("v1", "kept");
  client_id = g_strdup (lobby_message_get_client_id (first));
  g_object_unref (queue ("v1", "behind"));
  lobby_outbox_set_online (outbox, TRUE);
  wait_until (posts->len > 0);
  stay_quiet ();
  g_assert_cmpstr (posts->str, ==, "kept;");
  g_assert_cmpuint (lobby_store_outbox_size (store), ==, 2);
  g_assert_cmpint (lobby_message_get_status (first), ==, LOBBY_MODEL_STATUS_PENDING);
  g_assert_cmpuint (n_unauthorized, ==, trouble->status == 401 ? 1 : 0);

  answer = NULL;
  retry_after = NULL;
  lobby_outbox_set_online (outbox, FALSE);
  lobby_outbox_set_online (outbox, TRUE);
  wait_until (lobby_store_outbox_size (store) == 0);
  g_assert_cmpstr (posts->str, ==, "kept;kept;behind;");
  g_assert_cmpstr (g_hash_table_lookup (accepted, client_id), ==, "kept");
  g_clear_object (&first);
  tear_down ();
}

static void
test_tries_again (void)
{
  gint64 begin;

  set_up ();
  status = 503;
  answer = "{\"error\":{\"code\":\"busy\",\"message\":\"Later\"}}";
  g_object_unref (queue ("v1", "later"));
  lobby_outbox_set_online (outbox, TRUE);
  wait_until (posts->len > 0);
  begin = g_get_monotonic_time ();
  answer = NULL;
  wait_until (lobby_store_outbox_size (store) == 0);
  g_assert_cmpint (g_get_monotonic_time () - begin, >=, 900 * 1000);
  g_assert_cmpstr (posts->str, ==, "later;later;");
  tear_down ();
}

/* The event came before the answer: the entry has ended, and nothing is sent twice. */
static void
test_event_first (void)
{
  g_autoptr (LobbyMessage) first = NULL;
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();
  g_autoptr (JsonObject) json = NULL;
  g_autoptr (LobbyWireMessage) wire = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *whole = NULL;
  g_autofree char *id = NULL;

  set_up ();
  hang_on = "c-v1";
  first = queue ("v1", "raced");
  lobby_outbox_set_online (outbox, TRUE);
  wait_until (kept->len == 1);
  id = g_strconcat ("server-", lobby_message_get_client_id (first), NULL);
  text = message_json (id, lobby_message_get_client_id (first), "v1", TRUE, 1);
  json = json_of ("{%s}", text);
  wire = lobby_wire_message_from_json (json, &error);
  g_assert_no_error (error);
  g_ptr_array_add (changes->messages, lobby_message_record_from_wire (wire));
  g_assert_true (lobby_store_apply (store, changes, &error));
  g_assert_cmpuint (lobby_store_outbox_size (store), ==, 0);

  hang_on = NULL;
  g_object_unref (queue ("v1", "next"));
  stay_quiet ();
  g_assert_cmpstr (posts->str, ==, "raced;");
  whole = g_strdup_printf ("{\"message\":{%s}}", text);
  stand_in_answer (g_ptr_array_index (kept, 0), 201, whole);
  soup_server_message_unpause (g_ptr_array_index (kept, 0));
  g_ptr_array_set_size (kept, 0);
  wait_until (lobby_store_outbox_size (store) == 0);
  g_assert_cmpstr (posts->str, ==, "raced;next;");
  g_clear_object (&first);
  tear_down ();
}

int
main (int argc,
      char **argv)
{
  static const Trouble troubles[] = {
    { 500, "{\"error\":{\"code\":\"internal\",\"message\":\"x\"}}", NULL },
    { 507, "{\"error\":{\"code\":\"storage_full\",\"message\":\"x\"}}", NULL },
    { 429, "{\"error\":{\"code\":\"slow_down\",\"message\":\"x\"}}", "30" },
    { 401, "{\"error\":{\"code\":\"unauthorized\",\"message\":\"x\"}}", NULL },
    { 200, "<html>Welcome to our hotel</html>", NULL },
    { 404, "<html>Not Found</html>", NULL },
    { 404, "{\"error\":{\"code\":\"not_found\",\"message\":\"x\"}}", NULL },
    { 201, "{}", NULL },
  };

  dex_init ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/outbox/order", test_order);
  g_test_add_func ("/outbox/one-at-a-time", test_one_at_a_time);
  g_test_add_func ("/outbox/refused", test_refused);
  for (guint i = 0; i < G_N_ELEMENTS (troubles); i++)
    {
      g_autofree char *path = g_strdup_printf ("/outbox/passing-trouble/%u-%u", i, troubles[i].status);

      g_test_add_data_func (path, &troubles[i], test_passing_trouble);
    }
  g_test_add_func ("/outbox/tries-again", test_tries_again);
  g_test_add_func ("/outbox/event-first", test_event_first);
  return g_test_run ();
}
