/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The app's client library against npm's stock socket.io: what it says and hears is Socket.IO, not our idea of it. */
#include "lobby-accounts.h"
#include "lobby-http-client.h"
#include "lobby-json.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "loop.h"

#define PATIENCE 60 /* s */

static char *folder;
static char *state_file;
static GPid node;
static guint port;
static char *server_url;
static LobbyHttpClient *http;
static LobbyAccounts *accounts;
static LobbyAccount *account;
static LobbyStore *store; /* the account's */
static guint n_notified;

static gboolean
on_impatient (gpointer what)
{
  g_error ("Waited in vain: %s", (const char *)what);
  return G_SOURCE_REMOVE;
}

#define wait_until(condition)                                                              \
  G_STMT_START                                                                             \
  {                                                                                        \
    guint impatience = g_timeout_add_seconds (PATIENCE, on_impatient, (char *)#condition); \
    while (!(condition))                                                                   \
      g_main_context_iteration (NULL, TRUE);                                               \
    g_source_remove (impatience);                                                          \
  }                                                                                        \
  G_STMT_END

/* A test that aborts leaves nothing running. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
start_node (void)
{
  g_autofree char *port_text = g_strdup_printf ("%u", port);
  const char *argv[] = { "node", STAND_IN, port_text, state_file, NULL };
  g_auto (GStrv) environment = g_environ_setenv (g_get_environ (), "NODE_PATH", g_getenv ("LOBBY_NODE_MODULES"), TRUE);
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  GIOChannel *channel;
  int output;

  g_spawn_async_with_pipes (NULL, (char **)argv, environment, G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD,
                            die_with_parent, NULL, &node, NULL, &output, NULL, &error);
  g_assert_no_error (error);
  channel = g_io_channel_unix_new (output);
  g_assert_cmpint (g_io_channel_read_line (channel, &line, NULL, NULL, &error), ==, G_IO_STATUS_NORMAL);
  g_assert_true (g_str_has_prefix (line, "Listening on "));
  port = (guint)g_ascii_strtoull (line + strlen ("Listening on "), NULL, 10);
  g_io_channel_set_close_on_unref (channel, TRUE);
  g_io_channel_unref (channel);
  g_free (server_url);
  server_url = g_strdup_printf ("http://127.0.0.1:%u", port);
}

static void
stop_node (void)
{
  if (node == 0)
    return;

  kill (node, SIGKILL);
  waitpid (node, NULL, 0);
  g_spawn_close_pid (node);
  node = 0;
}

/* The stand-in's answer; borrowed until the next. */
static JsonObject *
control (const char *verb,
         const char *body)
{
  static JsonObject *last;
  g_autofree char *url = g_strconcat (server_url, "/control/", verb, NULL);
  LobbyHttpRequest *request = lobby_http_request_new (body != NULL ? "POST" : "GET", url);
  g_autoptr (GError) error = NULL;
  const GValue *value;

  lobby_http_request_take_json (request, g_strdup (body));
  value = loop_until (lobby_http_client_send (http, request, NULL), &error);
  g_assert_no_error (error);
  g_clear_pointer (&last, json_object_unref);
  last = lobby_json_parse_object (g_bytes_get_data (lobby_http_response_get_body (g_value_get_object (value)), NULL),
                                  (gssize)g_bytes_get_size (lobby_http_response_get_body (g_value_get_object (value))), &error);
  g_assert_no_error (error);
  return last;
}

static gint64
server_seq (void)
{
  return lobby_json_get_int_or (control ("seen", NULL), "seq", -1);
}

static JsonArray *
seen (const char *what)
{
  return lobby_json_get_array (control ("seen", NULL), what);
}

static gint64
last_join (void)
{
  JsonArray *joins = seen ("joins");

  return json_array_get_int_element (joins, json_array_get_length (joins) - 1);
}

static gboolean
is_connected (void)
{
  return lobby_account_get_state (account) == LOBBY_CONNECTION_CONNECTED;
}

static void
assert_level (void)
{
  gint64 seq = server_seq ();

  wait_until (lobby_store_get_seq (store, "b1") == seq);
}

static LobbyConversation *
conversation (const char *id)
{
  LobbyConversation *found = lobby_store_get_conversation (store, id);

  g_assert_nonnull (found);
  return found;
}

static void
on_notify (LobbyAccount *unused,
           LobbyConversation *where,
           LobbyMessage *message,
           gpointer data)
{
  n_notified++;
}

static void
expect_error (DexFuture *future,
              LobbyClientError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (loop_until (future, &error));
  g_assert_error (error, LOBBY_CLIENT_ERROR, (int)code);
}

static void
sign_in (void)
{
  g_autoptr (GError) error = NULL;
  const GValue *value = loop_until (lobby_accounts_sign_in (accounts, server_url, "ana", "good"), &error);

  g_assert_no_error (error);
  g_assert_nonnull (value);
}

/* Each test begins with a server and a connected account. */
static void
set_up (void)
{
  g_autofree char *data = NULL;
  g_autofree char *cache = NULL;
  g_autoptr (GError) error = NULL;

  n_notified = 0;
  port = 0;
  folder = g_dir_make_tmp ("lobby-interop-XXXXXX", &error);
  g_assert_no_error (error);
  state_file = g_build_filename (folder, "state.json", NULL);
  data = g_build_filename (folder, "data", NULL);
  cache = g_build_filename (folder, "cache", NULL);
  start_node ();
  control ("emit", "{\"count\":130}");
  accounts = lobby_accounts_new (data, cache);
  g_assert_true (lobby_accounts_load (accounts, &error));
  sign_in ();
  account = g_list_model_get_item (G_LIST_MODEL (accounts), 0);
  store = lobby_account_get_store (account);
  g_signal_connect (account, "notify-message", G_CALLBACK (on_notify), NULL);
  wait_until (is_connected ());
}

static void
tear_down (void)
{
  const char *argv[] = { "rm", "-rf", folder, NULL };

  loop_until (dex_future_new_true (), NULL);
  lobby_account_stop (account);
  stop_node ();
  for (int i = 0; i < 50; i++)
    g_main_context_iteration (NULL, FALSE);
  g_clear_object (&account);
  g_clear_object (&accounts);
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&state_file, g_free);
}

/* The longest that the main loop was not its own while @condition was awaited. */
static gint64 last_tick;
static gint64 longest;

static gboolean
on_tick (gpointer data)
{
  gint64 now = g_get_monotonic_time ();

  longest = MAX (longest, now - last_tick);
  last_tick = now;
  return G_SOURCE_CONTINUE;
}

/* Printed, not asserted: how a burst of 5,000 is taken in. */
static void
test_burst (void)
{
  gint64 begin;
  GLogFunc chatty;
  guint ticks;

  set_up ();
  /* The tests' own handler prints libsoup's every frame. */
  chatty = g_log_set_default_handler (g_log_default_handler, NULL);
  control ("skip", "{\"count\":5000}");
  longest = 0;
  begin = last_tick = g_get_monotonic_time ();
  /* The priority of a frame. */
  ticks = g_timeout_add_full (G_PRIORITY_HIGH_IDLE + 20, 2, on_tick, NULL, NULL);
  control ("emit", "{}");
  wait_until (lobby_store_get_seq (store, "b1") == 5131);
  g_source_remove (ticks);
  g_log_set_default_handler (chatty, NULL);
  g_test_message ("5,000 messages in %.0f ms, longest without a frame %.1f ms", (g_get_monotonic_time () - begin) / 1000.0, longest / 1000.0);
  g_assert_cmpuint (n_notified, <=, 1);
  tear_down ();
}

static void
test_first_sync (void)
{
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (LobbyWhatsappConnection) connection = NULL;
  g_autoptr (LobbyMessage) last = NULL;

  set_up ();
  list = lobby_store_load_conversations (store, NULL, 0, NULL, 200);
  g_assert_cmpuint (list->len, ==, 120);
  last = lobby_store_get_message (store, "m000130");
  g_assert_nonnull (last);
  g_assert_cmpint (lobby_store_get_seq (store, "b1"), ==, 130);
  g_assert_cmpuint (n_notified, ==, 0);
  g_assert_cmpstr (lobby_account_get_business_name (account), ==, "Bakery");
  g_assert_cmpstr (lobby_account_get_agent_label (account, "a2"), ==, "Ben");
  g_assert_cmpuint (g_list_model_get_n_items (lobby_account_get_connections (account)), ==, 1);
  connection = g_list_model_get_item (lobby_account_get_connections (account), 0);
  g_assert_true (lobby_whatsapp_connection_can (connection, LOBBY_CAPABILITY_CUSTOMER_TYPING));
  g_assert_false (lobby_whatsapp_connection_can (connection, LOBBY_CAPABILITY_EDIT));
  g_assert_cmpstr (lobby_whatsapp_connection_get_label (connection), ==, "Shop");
  tear_down ();
}

static void
test_events (void)
{
  set_up ();
  control ("emit", "{}");
  assert_level ();
  wait_until (n_notified == 1);

  control ("emit", "{\"count\":300,\"conversation\":\"v2\"}");
  assert_level ();
  for (int n = 132; n <= 431; n++)
    {
      g_autofree char *id = g_strdup_printf ("m%06d", n);
      g_autoptr (LobbyMessage) message = lobby_store_get_message (store, id);

      g_assert_nonnull (message);
    }
  tear_down ();
}

static void
test_gap (void)
{
  set_up ();
  control ("skip", "{\"count\":2}");
  control ("emit", "{}");
  assert_level ();
  g_assert_cmpint (last_join (), ==, 130);
  g_assert_true (is_connected ());
  tear_down ();
}

static void
test_reconnect (void)
{
  set_up ();
  control ("disconnect", "{}");
  wait_until (!is_connected ());
  control ("emit", "{\"count\":3}");
  wait_until (is_connected ());
  assert_level ();
  g_assert_cmpint (last_join (), ==, 130);
  /* Few enough to be told of. */
  g_assert_cmpuint (n_notified, ==, 3);
  tear_down ();
}

static void
test_reset (void)
{
  set_up ();
  control ("disconnect", "{}");
  wait_until (!is_connected ());
  control ("emit", "{\"count\":100}");
  control ("prune", "{}");
  wait_until (is_connected ());
  assert_level ();
  g_assert_cmpint (lobby_store_get_seq (store, "b1"), ==, 230);
  control ("emit", "{}");
  assert_level ();
  tear_down ();
}

/* The server does not answer any more, but its socket stays open. */
static void
test_ping_timeout (void)
{
  set_up ();
  kill (node, SIGSTOP);
  wait_until (!is_connected ());
  kill (node, SIGCONT);
  wait_until (is_connected ());
  assert_level ();
  tear_down ();
}

/* And one that sends nothing for longer than its pings is not dropped. */
static void
test_stays (void)
{
  set_up ();
  for (int i = 0; i < 15; i++)
    {
      loop_until (dex_timeout_new_msec (200), NULL);
      g_assert_true (is_connected ());
    }
  g_assert_cmpuint (json_array_get_length (seen ("joins")), ==, 1);
  tear_down ();
}

static void
send_text (const char *text)
{
  g_autoptr (LobbyConversation) where = conversation ("v1");
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyMessage) message = lobby_account_send_text (account, where, text, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (lobby_message_get_status (message), ==, LOBBY_MODEL_STATUS_PENDING);
}

static void
test_send (void)
{
  g_autoptr (LobbyConversation) where = NULL;
  g_autoptr (LobbyMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  where = conversation ("v1");
  message = lobby_account_send_text (account, where, "hello", "m000130", &error);
  g_assert_no_error (error);
  wait_until (lobby_store_outbox_size (store) == 0);
  wait_until (lobby_message_get_status (message) == LOBBY_MODEL_STATUS_SENT);
  g_assert_cmpstr (lobby_message_get_id (message), ==, "m000131");
  g_assert_cmpuint (json_array_get_length (seen ("posts")), ==, 1);

  /* A refusal is final and honest. */
  control ("refuse-next", "{\"status\":422}");
  g_clear_object (&message);
  message = lobby_account_send_text (account, where, "too long", NULL, &error);
  wait_until (lobby_message_get_status (message) == LOBBY_MODEL_STATUS_FAILED);
  g_assert_cmpstr (lobby_message_get_record (message)->error_text, ==, "Refused on purpose");
  g_assert_cmpint (lobby_message_get_record (message)->error_code, ==, 422);
  g_assert_cmpuint (lobby_store_outbox_size (store), ==, 0);
  g_assert_true (lobby_account_retry (account, message, &error));
  wait_until (lobby_message_get_status (message) == LOBBY_MODEL_STATUS_SENT);
  g_clear_object (&message);
  g_clear_object (&where);
  tear_down ();
}

static void
test_send_over_restart (void)
{
  g_autoptr (GPtrArray) latest = NULL;
  JsonArray *posts;

  set_up ();
  stop_node ();
  wait_until (!is_connected ());
  send_text ("one");
  send_text ("two");
  send_text ("three");
  g_assert_cmpuint (lobby_store_outbox_size (store), ==, 3);
  start_node ();
  lobby_account_reconnect_now (account);
  wait_until (lobby_store_outbox_size (store) == 0);
  assert_level ();
  posts = seen ("posts");
  g_assert_cmpuint (json_array_get_length (posts), ==, 3);
  latest = lobby_store_load_latest (store, "v1", 3);
  g_assert_cmpuint (latest->len, ==, 3);
  g_assert_cmpstr (lobby_message_get_content (g_ptr_array_index (latest, 0)), ==, "one");
  g_assert_cmpstr (lobby_message_get_content (g_ptr_array_index (latest, 2)), ==, "three");
  for (guint i = 0; i < 3; i++)
    g_assert_cmpstr (json_array_get_string_element (posts, i), ==, lobby_message_get_client_id (g_ptr_array_index (latest, i)));
  g_clear_pointer (&latest, g_ptr_array_unref);
  tear_down ();
}

static void
test_older (void)
{
  g_autoptr (LobbyConversation) where = NULL;
  guint n_pages = 0;

  set_up ();
  where = conversation ("v1");
  for (;;)
    {
      DexFuture *first = lobby_account_load_older (account, where);
      DexFuture *second = lobby_account_load_older (account, where);
      g_autoptr (GError) error = NULL;
      gboolean any;

      /* Asked twice, it is one request. */
      g_assert_true (first == second || lobby_store_history_is_whole (store, "v1"));
      dex_unref (second);
      any = g_value_get_boolean (loop_until (first, &error));
      g_assert_no_error (error);
      if (!any)
        break;
      n_pages++;
    }
  g_assert_cmpuint (n_pages, ==, 3);
  g_assert_true (lobby_store_history_is_whole (store, "v1"));
  for (int n = 1; n <= 130; n++)
    {
      g_autofree char *id = g_strdup_printf ("m%06d", n);
      g_autoptr (LobbyMessage) message = lobby_store_get_message (store, id);

      g_assert_nonnull (message);
    }
  g_clear_object (&where);
  tear_down ();
}

static void
test_typing (void)
{
  g_autoptr (LobbyConversation) where = NULL;

  set_up ();
  where = conversation ("v1");
  control ("typing", "{\"isTyping\":true}");
  wait_until (lobby_conversation_get_customer_typing (where));
  control ("typing", "{\"isTyping\":false}");
  wait_until (!lobby_conversation_get_customer_typing (where));
  control ("typing", "{\"isTyping\":true}");
  wait_until (lobby_conversation_get_customer_typing (where));
  control ("emit", "{}");
  wait_until (!lobby_conversation_get_customer_typing (where));

  for (int i = 0; i < 5; i++)
    lobby_account_set_typing (account, where, TRUE);
  lobby_account_set_typing (account, where, FALSE);
  wait_until (json_array_get_length (seen ("typing")) == 2);
  g_assert_true (lobby_json_get_boolean_or (lobby_json_array_object (seen ("typing"), 0), "isTyping", FALSE));
  g_assert_false (lobby_json_get_boolean_or (lobby_json_array_object (seen ("typing"), 1), "isTyping", TRUE));
  g_assert_cmpstr (lobby_json_get_string (lobby_json_array_object (seen ("typing"), 0), "contactId", 100), ==, "c-v1");
  g_clear_object (&where);
  tear_down ();
}

static void
test_read (void)
{
  g_autoptr (LobbyConversation) where = NULL;
  g_autoptr (GPtrArray) unsent = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  where = conversation ("v1");
  g_assert_cmpint (lobby_conversation_get_unread_count (where), >, 0);
  g_assert_true (lobby_account_mark_read (account, where, &error));
  g_assert_cmpint (lobby_conversation_get_unread_count (where), ==, 0);
  wait_until (json_array_get_length (seen ("reads")) == 1);
  g_assert_cmpstr (json_array_get_string_element (seen ("reads"), 0), ==, "m000130");
  loop_until (dex_timeout_new_msec (100), NULL);
  unsent = lobby_store_unsent_reads (store);
  g_assert_cmpuint (unsent->len, ==, 0);
  g_assert_cmpint (lobby_conversation_get_unread_count (where), ==, 0);
  g_clear_object (&where);
  tear_down ();
}

static void
test_files (void)
{
  g_autoptr (LobbyConversation) where = NULL;
  g_autoptr (LobbyMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *contents = NULL;
  DexFuture *first, *second;
  const GValue *value;
  gsize length;

  set_up ();
  control ("emit", "{\"more\":{\"message_type\":\"image\",\"media_url\":\"/api/media/x1\",\"metadata\":{\"media_state\":\"ready\"}}}");
  assert_level ();
  message = lobby_store_get_message (store, "m000131");
  g_assert_nonnull (message);
  first = lobby_account_fetch_media (account, message);
  second = lobby_account_fetch_media (account, message);
  g_assert_true (first == second);
  dex_unref (second);
  value = loop_until (first, &error);
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (g_value_get_string (value), &contents, &length, NULL));
  g_assert_cmpuint (length, ==, 100000);

  where = conversation ("v1");
  value = loop_until (lobby_account_fetch_picture (account, lobby_conversation_get_contact (where)), &error);
  g_assert_no_error (error);
  g_assert_true (g_file_test (g_value_get_string (value), G_FILE_TEST_IS_REGULAR));
  g_clear_object (&where);
  g_clear_object (&message);
  tear_down ();
}

static void
test_signed_out (void)
{
  set_up ();
  control ("revoke", "{}");
  wait_until (lobby_account_get_state (account) == LOBBY_CONNECTION_SIGNED_OUT);
  send_text ("kept");
  g_assert_cmpuint (lobby_store_outbox_size (store), ==, 1);
  loop_until (dex_timeout_new_msec (100), NULL);
  g_assert_cmpuint (lobby_store_outbox_size (store), ==, 1);
  g_assert_cmpuint (json_array_get_length (seen ("posts")), ==, 0);

  sign_in ();
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (accounts)), ==, 1);
  wait_until (is_connected ());
  wait_until (lobby_store_outbox_size (store) == 0);
  tear_down ();
}

/* A second start of the program finds everything without the network, and the token in the Secret Service. */
static void
test_load_again (void)
{
  g_autofree char *data = NULL;
  g_autofree char *cache = NULL;
  g_autoptr (GPtrArray) list = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  lobby_account_stop (account);
  for (int i = 0; i < 50; i++)
    g_main_context_iteration (NULL, FALSE);
  g_clear_object (&account);
  loop_until (dex_future_new_true (), NULL);
  g_assert_finalize_object (g_steal_pointer (&accounts));

  data = g_build_filename (folder, "data", NULL);
  cache = g_build_filename (folder, "cache", NULL);
  accounts = lobby_accounts_new (data, cache);
  g_assert_true (lobby_accounts_load (accounts, &error));
  account = g_list_model_get_item (G_LIST_MODEL (accounts), 0);
  g_assert_nonnull (account);
  store = lobby_account_get_store (account);
  g_assert_cmpint (lobby_account_get_state (account), ==, LOBBY_CONNECTION_OFFLINE);
  g_assert_cmpstr (lobby_account_get_agent_label (account, "a2"), ==, "Ben");
  list = lobby_store_load_conversations (store, NULL, 0, NULL, 10);
  g_assert_cmpuint (list->len, ==, 10);
  g_clear_pointer (&list, g_ptr_array_unref);

  lobby_account_start (account);
  wait_until (is_connected ());
  g_assert_cmpint (last_join (), ==, 130);
  tear_down ();
}

/* A store that cannot be opened takes nothing with it: its account stays remembered. */
static void
test_damaged_store (void)
{
  g_autofree char *data = NULL;
  g_autofree char *cache = NULL;
  g_autofree char *store_name = NULL;
  g_autofree char *store_path = NULL;
  g_autofree char *list_path = NULL;
  g_autofree char *list = NULL;
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;

  set_up ();
  id = g_strdup (lobby_account_get_id (account));
  lobby_account_stop (account);
  for (int i = 0; i < 50; i++)
    g_main_context_iteration (NULL, FALSE);
  g_clear_object (&account);
  loop_until (dex_future_new_true (), NULL);
  g_clear_object (&accounts);

  data = g_build_filename (folder, "data", NULL);
  cache = g_build_filename (folder, "cache", NULL);
  store_name = g_strconcat (id, ".db", NULL);
  store_path = g_build_filename (data, store_name, NULL);
  g_assert_true (g_file_set_contents (store_path, "this is no database, whatever its name may say", -1, NULL));
  accounts = lobby_accounts_new (data, cache);
  g_assert_false (lobby_accounts_load (accounts, &error));
  g_assert_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (accounts)), ==, 0);

  sign_in ();
  account = g_list_model_get_item (G_LIST_MODEL (accounts), 0);
  g_assert_cmpstr (lobby_account_get_id (account), !=, id);
  list_path = g_build_filename (data, "accounts.ini", NULL);
  g_assert_true (g_file_get_contents (list_path, &list, NULL, NULL));
  g_assert_nonnull (strstr (list, id));
  tear_down ();
}

static void
test_sign_out (void)
{
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = NULL;

  set_up ();
  g_assert_true (g_value_get_boolean (loop_until (lobby_accounts_sign_out (accounts, account), &error)));
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (accounts)), ==, 0);
  data = g_build_filename (folder, "data", NULL);
  dir = g_dir_open (data, 0, NULL);
  g_assert_cmpstr (g_dir_read_name (dir), ==, "accounts.ini");
  g_assert_null (g_dir_read_name (dir));
  tear_down ();
}

static void
test_sign_in_errors (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autofree char *closed = NULL;
  g_autofree char *elsewhere = NULL;
  g_autofree char *secure = NULL;

  set_up ();
  expect_error (lobby_accounts_sign_in (accounts, server_url, "ana", "bad"), LOBBY_CLIENT_ERROR_BAD_CREDENTIALS);
  expect_error (lobby_accounts_sign_in (accounts, "ftp://x", "ana", "good"), LOBBY_CLIENT_ERROR_BAD_ADDRESS);
  closed = g_strdup_printf ("http://127.0.0.1:%u", g_socket_listener_add_any_inet_port (listener, NULL, NULL));
  g_socket_listener_close (listener);
  expect_error (lobby_accounts_sign_in (accounts, closed, "ana", "good"), LOBBY_CLIENT_ERROR_UNREACHABLE);
  /* A server without TLS where https was written. */
  secure = g_strdup_printf ("https://127.0.0.1:%u", port);
  expect_error (lobby_accounts_sign_in (accounts, secure, "ana", "good"), LOBBY_CLIENT_ERROR_TLS);
  /* Socket.IO itself answers there, with a text that is no JSON of ours. */
  elsewhere = g_strconcat (server_url, "/socket.io", NULL);
  expect_error (lobby_accounts_sign_in (accounts, elsewhere, "ana", "good"), LOBBY_CLIENT_ERROR_NOT_LOBBYD);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (accounts)), ==, 1);
  tear_down ();
}

int
main (int argc,
      char **argv)
{
  int failed;

  if (g_getenv ("LOBBY_NODE_MODULES") == NULL)
    {
      g_print ("1..0 # SKIP LOBBY_NODE_MODULES is not set (tools/test sets it)\n");
      return 0;
    }

  dex_init ();
  g_test_init (&argc, &argv, NULL);
  http = lobby_http_client_new ("lobby-test");
  g_test_add_func ("/client-library/first-sync", test_first_sync);
  g_test_add_func ("/client-library/events", test_events);
  g_test_add_func ("/client-library/gap", test_gap);
  g_test_add_func ("/client-library/burst", test_burst);
  g_test_add_func ("/client-library/reconnect", test_reconnect);
  g_test_add_func ("/client-library/reset", test_reset);
  g_test_add_func ("/client-library/ping-timeout", test_ping_timeout);
  g_test_add_func ("/client-library/stays", test_stays);
  g_test_add_func ("/client-library/send", test_send);
  g_test_add_func ("/client-library/send-over-restart", test_send_over_restart);
  g_test_add_func ("/client-library/older", test_older);
  g_test_add_func ("/client-library/typing", test_typing);
  g_test_add_func ("/client-library/read", test_read);
  g_test_add_func ("/client-library/files", test_files);
  g_test_add_func ("/client-library/signed-out", test_signed_out);
  g_test_add_func ("/client-library/load-again", test_load_again);
  g_test_add_func ("/client-library/damaged-store", test_damaged_store);
  g_test_add_func ("/client-library/sign-out", test_sign_out);
  g_test_add_func ("/client-library/sign-in-errors", test_sign_in_errors);
  failed = g_test_run ();

  stop_node ();
  g_clear_object (&http);
  g_free (server_url);
  return failed;
}
