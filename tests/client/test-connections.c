/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-account-private.h"

#include <glib/gstdio.h>

#include "events.h"
#include "stand-in.h"

/* The account's WhatsApp numbers: what the server tells of them, and an owner's requests. */

static SoupServer *server;
static char *url;
static char *folder;
static LobbyStore *store;
static LobbyAccount *account;
static guint n_changed; /* of the first connection */
static guint n_told;    /* whatsapp-state-changed */

/* What came in, and what is answered. */
static char *seen_method;
static char *seen_path;
static JsonObject *seen_body;
static guint status;
static const char *answer;

#define CAPABILITIES "\"capabilities\":{\"templates\":true,\"service_window\":true}"
#define CLOUD "{\"id\":\"n1\",\"business_id\":\"b1\",\"kind\":\"cloud\",\"name\":\"Shop\",\"phone_number\":\"+15550783881\",\"state\":\"connected\"," \
              "\"last_event_at\":\"2026-11-22T10:00:00.000Z\",\"webhook_path\":\"/webhooks/cloud/n1\"," CAPABILITIES "}"
#define CLOUD_FOR_OWNERS "{\"id\":\"n1\",\"business_id\":\"b1\",\"kind\":\"cloud\",\"name\":\"Shop\",\"state\":\"connected\",\"phone_number_id\":\"106\"," \
                         "\"waba_id\":\"102\",\"verify_token\":\"word\",\"webhook_path\":\"/webhooks/cloud/n1\","                                          \
                         "\"webhook_url\":\"https://lobby.example.org/webhooks/cloud/n1\"," CAPABILITIES "}"
#define LINKED "{\"id\":\"n2\",\"business_id\":\"b1\",\"kind\":\"gateway\",\"name\":\"Till\",\"state\":\"disconnected\",\"reason\":\"Logged out\",\"capabilities\":{\"edit\":true}}"

#define LINKING(step) "{\"id\":\"n2\",\"business_id\":\"b1\",\"kind\":\"gateway\",\"name\":\"Till\",\"state\":\"connecting\",\"step\":" step "}"

static void
on_request (SoupServer *unused,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer data)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  const char *business = query != NULL ? g_hash_table_lookup (query, "business") : NULL;

  g_set_str (&seen_method, soup_server_message_get_method (message));
  g_free (seen_path);
  seen_path = g_strconcat (path, business != NULL ? "?" : "", business, NULL);
  g_clear_pointer (&seen_body, json_object_unref);
  if (body->length > 0)
    seen_body = lobby_json_parse_object (body->data, body->length, NULL);
  if (answer == NULL)
    soup_server_message_set_status (message, status, NULL);
  else
    stand_in_answer (message, status, answer);
}

static void
count (gpointer object,
       guint *counter)
{
  (*counter)++;
}

static void
set_up (void)
{
  g_autoptr (GError) error = NULL;
  LobbyIdentity *identity = g_new0 (LobbyIdentity, 1);
  g_autoptr (JsonObject) businesses = json_of ("{\"businesses\":[{\"id\":\"b1\",\"name\":\"Bakery\",\"connections\":[%s,%s]}]}", CLOUD, LINKED);

  status = 200;
  n_changed = n_told = 0;
  server = stand_in_new (on_request, NULL, &url);
  folder = g_dir_make_tmp ("lobby-connections-XXXXXX", &error);
  g_assert_no_error (error);
  store = lobby_store_open (":memory:", &error);
  g_assert_no_error (error);
  identity->id = g_strdup ("one");
  identity->server_url = g_strdup (url);
  account = lobby_account_new (identity, g_object_ref (store), folder);
  lobby_account_set_token (account, "token");
  g_assert_true (lobby_team_update (account->team, businesses));
  g_signal_connect (account, "whatsapp-state-changed", G_CALLBACK (count), &n_told);
  g_signal_connect (lobby_account_find_connection (account, "n1"), "changed", G_CALLBACK (count), &n_changed);
}

static void
tear_down (void)
{
  lobby_account_close (account);
  g_assert_finalize_object (account);
  g_assert_finalize_object (store);
  stand_in_free (server);
  g_rmdir (folder);
  g_clear_pointer (&folder, g_free);
  g_clear_pointer (&url, g_free);
  g_clear_pointer (&seen_method, g_free);
  g_clear_pointer (&seen_path, g_free);
  g_clear_pointer (&seen_body, json_object_unref);
}

static void
assert_seen (const char *method,
             const char *path)
{
  g_assert_cmpstr (seen_method, ==, method);
  g_assert_cmpstr (seen_path, ==, path);
}

static void
take (const char *name,
      const char *payload)
{
  g_autoptr (JsonObject) json = json_of ("{\"seq\":1,\"businessProfileId\":\"b1\",%s}", payload);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireEvent) event = lobby_wire_event_from_json (name, json, &error);

  g_assert_no_error (error);
  lobby_account_take_event (account, event, TRUE);
}

static void
test_told (void)
{
  LobbyWhatsappConnection *cloud, *linked;

  set_up ();
  cloud = lobby_account_find_connection (account, "n1");
  linked = lobby_account_find_connection (account, "n2");
  g_assert_cmpuint (g_list_model_get_n_items (lobby_account_get_connections (account)), ==, 2);
  g_assert_null (lobby_account_find_connection (account, "n3"));
  g_assert_cmpint (lobby_whatsapp_connection_get_kind (cloud), ==, LOBBY_WHATSAPP_CLOUD);
  g_assert_cmpint (lobby_whatsapp_connection_get_state (cloud), ==, LOBBY_WHATSAPP_CONNECTED);
  g_assert_cmpint (lobby_whatsapp_connection_get_last_event_at (cloud), ==, G_GINT64_CONSTANT (1795341600000));
  g_assert_true (lobby_whatsapp_connection_can (cloud, LOBBY_CAPABILITY_TEMPLATES | LOBBY_CAPABILITY_SERVICE_WINDOW));
  g_assert_false (lobby_whatsapp_connection_can (cloud, LOBBY_CAPABILITY_EDIT));
  g_assert_cmpint (lobby_whatsapp_connection_get_kind (linked), ==, LOBBY_WHATSAPP_GATEWAY);
  g_assert_cmpstr (lobby_whatsapp_connection_get_reason (linked), ==, "Logged out");
  g_assert_null (lobby_whatsapp_connection_get_wrong_setting (cloud));
  g_assert_null (lobby_whatsapp_connection_get_wrong_setting (linked));
  tear_down ();
}

static void
test_linking (void)
{
  LobbyWhatsappConnection *linked;

  set_up ();
  linked = lobby_account_find_connection (account, "n2");
  take ("whatsapp:qr", "\"connectionId\":\"n2\",\"qr\":\"2@first\"");
  g_assert_cmpint (lobby_whatsapp_connection_get_step (linked), ==, LOBBY_WHATSAPP_STEP_SCAN_QR);
  g_assert_cmpstr (lobby_whatsapp_connection_get_qr (linked), ==, "2@first");
  g_assert_null (lobby_whatsapp_connection_get_reason (linked));
  take ("whatsapp:qr", "\"connectionId\":\"n2\",\"qr\":\"2@second\"");
  g_assert_cmpstr (lobby_whatsapp_connection_get_qr (linked), ==, "2@second");

  /* As it is told to who asks, and to everybody. */
  take ("connection:updated", "\"connection\":" LINKING ("\"scan_qr\",\"qr\":\"2@third\""));
  g_assert_cmpstr (lobby_whatsapp_connection_get_qr (linked), ==, "2@third");
  take ("connection:updated", "\"connection\":" LINKING ("\"scan_qr\""));
  g_assert_cmpstr (lobby_whatsapp_connection_get_qr (linked), ==, "2@third");
  take ("connection:updated", "\"connection\":" LINKING ("\"enter_code\",\"code\":\"WXYZ-1234\""));
  g_assert_cmpstr (lobby_whatsapp_connection_get_code (linked), ==, "WXYZ-1234");
  g_assert_null (lobby_whatsapp_connection_get_qr (linked));

  take ("whatsapp:code", "\"connectionId\":\"n2\",\"code\":\"ABCD-EFGH\"");
  g_assert_null (lobby_whatsapp_connection_get_qr (linked));
  g_assert_cmpstr (lobby_whatsapp_connection_get_code (linked), ==, "ABCD-EFGH");

  take ("whatsapp:connected", "\"connectionId\":\"n2\"");
  g_assert_cmpint (lobby_whatsapp_connection_get_step (linked), ==, LOBBY_WHATSAPP_STEP_NONE);
  g_assert_cmpint (lobby_whatsapp_connection_get_state (linked), ==, LOBBY_WHATSAPP_CONNECTED);
  g_assert_null (lobby_whatsapp_connection_get_code (linked));
  take ("whatsapp:disconnected", "\"connectionId\":\"n2\",\"reason\":\"Replaced\"");
  g_assert_cmpstr (lobby_whatsapp_connection_get_reason (linked), ==, "Replaced");
  g_assert_null (lobby_whatsapp_connection_get_wrong_setting (linked));
  g_assert_cmpuint (n_told, ==, 8);

  /* What its owner has to change. */
  take ("whatsapp:disconnected", "\"connectionId\":\"n2\",\"reason\":\"The gateway does not accept the key\"");
  g_assert_cmpstr (lobby_whatsapp_connection_get_wrong_setting (linked), ==, "gateway_key");
  take ("whatsapp:disconnected", "\"connectionId\":\"n2\",\"reason\":\"The gateway's address is malformed\"");
  g_assert_cmpstr (lobby_whatsapp_connection_get_wrong_setting (linked), ==, "gateway_url");
  take ("whatsapp:disconnected", "\"connectionId\":\"n1\",\"reason\":\"The access token has expired\"");
  g_assert_cmpstr (lobby_whatsapp_connection_get_wrong_setting (lobby_account_find_connection (account, "n1")), ==, "access_token");
  n_told = 8;

  /* Of a number that nobody knows. */
  take ("whatsapp:qr", "\"connectionId\":\"n9\",\"qr\":\"2@x\"");
  g_assert_cmpuint (n_told, ==, 8);
  tear_down ();
}

/* What only owners are told neither gets lost by an event for everybody, nor into the store. */
static void
test_updates (void)
{
  LobbyWhatsappConnection *cloud;
  g_autofree char *stored = NULL;
  LobbyTeam *team;
  GPtrArray *alerts;

  set_up ();
  cloud = lobby_account_find_connection (account, "n1");
  answer = "{\"connections\":[" CLOUD_FOR_OWNERS "]}";
  g_assert_nonnull (loop_until (lobby_account_load_connections (account), NULL));
  assert_seen ("GET", "/api/connections?b1");
  g_assert_cmpstr (lobby_whatsapp_connection_get_settings (cloud)->verify_token, ==, "word");
  g_assert_cmpstr (lobby_whatsapp_connection_get_settings (cloud)->waba_id, ==, "102");
  stored = lobby_store_dup_setting (store, "businesses");
  g_assert_null (strstr (stored, "word"));

  take ("connection:updated", "\"connection\":{\"id\":\"n1\",\"business_id\":\"b1\",\"kind\":\"cloud\",\"name\":\"New name\",\"state\":\"disconnected\","
                              "\"reason\":\"The access token has expired\",\"alerts\":[{\"id\":\"a\",\"at\":\"2026-11-22T10:00:00.000Z\",\"severity\":\"warning\",\"title\":\"Low\"},"
                              "{\"id\":\"b\",\"at\":\"2026-11-22T11:00:00.000Z\",\"severity\":\"error\",\"title\":\"Lower\",\"message\":\"Act\"},7,{}]}");
  g_assert_true (cloud == lobby_account_find_connection (account, "n1"));
  g_assert_cmpstr (lobby_whatsapp_connection_get_label (cloud), ==, "New name");
  g_assert_cmpstr (lobby_whatsapp_connection_get_settings (cloud)->verify_token, ==, "word");
  g_assert_cmpstr (lobby_whatsapp_connection_get_webhook_url (cloud), ==, "https://lobby.example.org/webhooks/cloud/n1");
  alerts = lobby_whatsapp_connection_get_alerts (cloud);
  g_assert_cmpuint (alerts->len, ==, 2);
  g_assert_cmpstr (((LobbyWhatsappAlert *)g_ptr_array_index (alerts, 0))->title, ==, "Lower");
  g_assert_cmpint (((LobbyWhatsappAlert *)g_ptr_array_index (alerts, 1))->severity, ==, LOBBY_ALERT_WARNING);
  g_assert_cmpuint (n_changed, >=, 2);

  take ("connection:updated", "\"connection\":{\"id\":\"n3\",\"business_id\":\"b1\",\"kind\":\"gateway\",\"name\":\"New\",\"state\":\"connecting\",\"step\":\"starting\"}");
  g_assert_cmpuint (g_list_model_get_n_items (lobby_account_get_connections (account)), ==, 3);
  take ("connection:removed", "\"connectionId\":\"n2\"");
  g_assert_cmpuint (g_list_model_get_n_items (lobby_account_get_connections (account)), ==, 2);
  g_assert_null (lobby_account_find_connection (account, "n2"));

  /* All of it is known at the next start, without a network. */
  team = lobby_team_new (store);
  g_assert_cmpuint (g_list_model_get_n_items (lobby_team_get_connections (team)), ==, 2);
  g_assert_cmpstr (lobby_whatsapp_connection_get_reason (lobby_team_find_connection (team, "n1")), ==, "The access token has expired");
  lobby_team_free (team);
  tear_down ();
}

static void
test_adding (void)
{
  g_autoptr (LobbyWhatsappSettings) settings = lobby_whatsapp_settings_new (LOBBY_WHATSAPP_GATEWAY);
  g_autoptr (GError) error = NULL;
  const GValue *value;

  set_up ();
  settings->name = g_strdup ("Till");
  settings->gateway_url = g_strdup ("ftp://x");
  settings->gateway_key = g_strdup ("key");
  status = 422;
  answer = "{\"error\":{\"code\":\"invalid_setting\",\"field\":\"gateway_url\",\"message\":\"Not an address\"}}";
  g_assert_null (loop_until (lobby_account_add_connection (account, settings), &error));
  g_assert_true (error->domain == LOBBY_SETTING_ERROR);
  g_assert_cmpstr (lobby_setting_error_get_field (error), ==, "gateway_url");
  g_assert_cmpstr (error->message, ==, "Not an address");
  g_clear_error (&error);

  status = 201;
  answer = "{\"connection\":{\"id\":\"n4\",\"business_id\":\"b1\",\"kind\":\"gateway\",\"name\":\"Till 2\",\"state\":\"disconnected\",\"gateway_url\":\"http://gate\"}}";
  value = loop_until (lobby_account_add_connection (account, settings), &error);
  g_assert_no_error (error);
  assert_seen ("POST", "/api/connections");
  g_assert_cmpstr (lobby_json_get_string (seen_body, "business_id", 100), ==, "b1");
  g_assert_cmpstr (lobby_json_get_string (seen_body, "kind", 100), ==, "gateway");
  g_assert_cmpstr (lobby_json_get_string (seen_body, "gateway_key", 100), ==, "key");
  g_assert_false (json_object_has_member (seen_body, "access_token"));
  g_assert_true (g_value_get_object (value) == lobby_account_find_connection (account, "n4"));
  g_assert_cmpstr (lobby_whatsapp_connection_get_settings (g_value_get_object (value))->gateway_url, ==, "http://gate");
  tear_down ();
}

static void
count_changes (LobbyWhatsappConnection *connection,
               guint *n_changes)
{
  (*n_changes)++;
}

/* An event of one number is no news of the others. */
static void
test_others (void)
{
  LobbyWhatsappConnection *cloud, *linked;
  guint n_cloud = 0, n_linked = 0;

  set_up ();
  cloud = lobby_account_find_connection (account, "n1");
  linked = lobby_account_find_connection (account, "n2");
  g_signal_connect (cloud, "changed", G_CALLBACK (count_changes), &n_cloud);
  g_signal_connect (linked, "changed", G_CALLBACK (count_changes), &n_linked);
  take ("whatsapp:disconnected", "\"connectionId\":\"n1\",\"reason\":\"Gone\"");
  take ("connection:updated", "\"connection\":" CLOUD);
  take ("whatsapp:connected", "\"connectionId\":\"n1\"");
  g_assert_cmpuint (n_cloud, ==, 3);
  g_assert_cmpuint (n_linked, ==, 0);
  take ("whatsapp:qr", "\"connectionId\":\"n2\",\"qr\":\"2@first\"");
  g_assert_cmpuint (n_cloud, ==, 3);
  g_assert_cmpuint (n_linked, >, 0);

  take ("connection:removed", "\"connectionId\":\"n1\"");
  g_assert_null (lobby_account_find_connection (account, "n1"));
  g_assert_true (lobby_account_find_connection (account, "n2") == linked);
  g_assert_cmpuint (g_list_model_get_n_items (lobby_account_get_connections (account)), ==, 1);
  g_assert_null (lobby_account_find_connection (account, NULL));
  tear_down ();
}

/* Answers and events come on ways of their own: an answer that was overtaken does not take back what an event told. */
static void
test_overtaken (void)
{
  g_autoptr (LobbyWhatsappSettings) settings = lobby_whatsapp_settings_new (LOBBY_WHATSAPP_GATEWAY);
  g_autoptr (GError) error = NULL;
  DexFuture *adding, *loading;
  LobbyWhatsappConnection *added;

  set_up ();
  status = 201;
  answer = "{\"connection\":{\"id\":\"n4\",\"business_id\":\"b1\",\"kind\":\"gateway\",\"name\":\"Till 2\",\"state\":\"connecting\","
           "\"step\":\"starting\",\"reason\":\"Not yet\",\"gateway_url\":\"http://gate\"}}";
  adding = lobby_account_add_connection (account, settings);
  wait_until (seen_method != NULL);
  take ("connection:updated", "\"connection\":{\"id\":\"n4\",\"business_id\":\"b1\",\"kind\":\"gateway\",\"name\":\"Till 2\",\"state\":\"connecting\"}");
  take ("whatsapp:connected", "\"connectionId\":\"n4\"");
  added = g_value_get_object (loop_until (adding, &error));
  g_assert_no_error (error);
  g_assert_cmpint (lobby_whatsapp_connection_get_state (added), ==, LOBBY_WHATSAPP_CONNECTED);
  g_assert_cmpint (lobby_whatsapp_connection_get_step (added), ==, LOBBY_WHATSAPP_STEP_NONE);
  g_assert_null (lobby_whatsapp_connection_get_reason (added));
  g_assert_cmpstr (lobby_whatsapp_connection_get_settings (added)->gateway_url, ==, "http://gate");

  /* What nothing overtook is the news. */
  status = 200;
  g_assert_nonnull (loop_until (lobby_account_check_connection (account, added), NULL));
  g_assert_cmpstr (lobby_whatsapp_connection_get_reason (added), ==, "Not yet");

  /* Removed while the list was on its way: it does not come back. */
  answer = "{\"connections\":[" CLOUD_FOR_OWNERS "," LINKED "]}";
  g_clear_pointer (&seen_method, g_free);
  loading = lobby_account_load_connections (account);
  wait_until (seen_method != NULL);
  take ("connection:removed", "\"connectionId\":\"n2\"");
  loop_until (loading, &error);
  g_assert_no_error (error);
  g_assert_null (lobby_account_find_connection (account, "n2"));
  g_assert_cmpstr (lobby_whatsapp_connection_get_settings (lobby_account_find_connection (account, "n1"))->verify_token, ==, "word");
  tear_down ();
}

static void
test_verbs (void)
{
  g_autoptr (LobbyWhatsappSettings) settings = lobby_whatsapp_settings_new (LOBBY_WHATSAPP_CLOUD);
  g_autoptr (GError) error = NULL;
  LobbyWhatsappConnection *cloud, *linked;

  set_up ();
  cloud = lobby_account_find_connection (account, "n1");
  linked = lobby_account_find_connection (account, "n2");
  settings->access_token = g_strdup ("new");
  answer = "{\"connection\":" CLOUD_FOR_OWNERS "}";
  g_assert_nonnull (loop_until (lobby_account_change_connection (account, cloud, settings), NULL));
  assert_seen ("PATCH", "/api/connections/n1");
  g_assert_cmpuint (json_object_get_size (seen_body), ==, 1);
  g_assert_nonnull (loop_until (lobby_account_check_connection (account, cloud), NULL));
  assert_seen ("POST", "/api/connections/n1/check");

  status = 202;
  answer = "{}";
  g_assert_nonnull (loop_until (lobby_account_link_connection (account, linked, NULL), NULL));
  assert_seen ("POST", "/api/connections/n2/link");
  g_assert_cmpstr (lobby_json_get_string (seen_body, "method", 10), ==, "qr");
  g_assert_nonnull (loop_until (lobby_account_link_connection (account, linked, "+34 600"), NULL));
  g_assert_cmpstr (lobby_json_get_string (seen_body, "method", 10), ==, "code");
  g_assert_cmpstr (lobby_json_get_string (seen_body, "phone_number", 10), ==, "+34 600");
  answer = NULL;
  g_assert_nonnull (loop_until (lobby_account_unlink_connection (account, linked), NULL));
  assert_seen ("POST", "/api/connections/n2/unlink");
  g_assert_nonnull (loop_until (lobby_account_dismiss_alert (account, cloud, "a1"), NULL));
  assert_seen ("DELETE", "/api/connections/n1/alerts/a1");

  status = 403;
  answer = "{\"error\":{\"code\":\"forbidden\",\"message\":\"Only owners can do this\"}}";
  g_assert_null (loop_until (lobby_account_unlink_connection (account, linked), &error));
  g_assert_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_REFUSED);
  g_assert_cmpstr (error->message, ==, "Only owners can do this");

  status = 204;
  answer = NULL;
  g_assert_nonnull (loop_until (lobby_account_remove_connection (account, linked), NULL));
  assert_seen ("DELETE", "/api/connections/n2");
  g_assert_null (lobby_account_find_connection (account, "n2"));
  tear_down ();
}

static void
test_testing (void)
{
  g_autoptr (LobbyWhatsappSettings) settings = lobby_whatsapp_settings_new (LOBBY_WHATSAPP_CLOUD);
  GPtrArray *checks;
  LobbyWhatsappCheck *check;

  set_up ();
  settings->access_token = g_strdup ("new");
  answer = "{\"ok\":false,\"checks\":[{\"id\":\"address\",\"ok\":true,\"message\":\"WhatsApp answers\"},{\"id\":\"token\",\"ok\":false,\"message\":\"Expired\"},"
           "{\"id\":\"webhook\",\"ok\":false,\"unknown\":true,\"message\":\"Not yet\"}]}";
  checks = g_value_get_boxed (loop_until (lobby_account_test_connection (account, lobby_account_find_connection (account, "n1"), settings), NULL));
  assert_seen ("POST", "/api/connections/test");
  g_assert_cmpstr (lobby_json_get_string (seen_body, "id", 10), ==, "n1");
  g_assert_cmpuint (checks->len, ==, 3);
  check = g_ptr_array_index (checks, 1);
  g_assert_false (check->ok);
  g_assert_false (check->unknown);
  g_assert_cmpstr (check->message, ==, "Expired");
  g_assert_true (((LobbyWhatsappCheck *)g_ptr_array_index (checks, 2))->unknown);
  tear_down ();
}

static LobbyConversation *
add_conversation (const char *id,
                  const char *connection_id,
                  gint64 window_expires_at)
{
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();
  LobbyContactRecord *contact = lobby_contact_record_new ();
  LobbyConversationRecord *conversation = lobby_conversation_record_new ();
  g_autoptr (GError) error = NULL;

  contact->id = g_strdup (id);
  contact->business_id = g_strdup ("b1");
  g_ptr_array_add (changes->contacts, contact);
  conversation->id = g_strdup (id);
  conversation->business_id = g_strdup ("b1");
  conversation->contact_id = g_strdup (id);
  conversation->connection_id = g_strdup (connection_id);
  conversation->window_expires_at = window_expires_at;
  g_ptr_array_add (changes->conversations, conversation);
  lobby_store_apply (store, changes, &error);
  g_assert_no_error (error);
  return lobby_store_get_conversation (store, id);
}

/* Only where WhatsApp knows a service window it closes, and over a number that is gone nothing is sent. */
static void
test_writing (void)
{
  static const struct
  {
    const char *connection_id;
    gint64 expires;
    LobbyWriting writing;
  } cases[] = {
    { "n1", 2000, LOBBY_WRITING_IN_WINDOW },
    { "n1", 1000, LOBBY_WRITING_WINDOW_OVER },
    { "n1", 0, LOBBY_WRITING_WINDOW_TO_COME },
    { "n2", 1000, LOBBY_WRITING_FREE },
    { "n2", 0, LOBBY_WRITING_FREE },
    { "n9", 2000, LOBBY_WRITING_NUMBER_REMOVED },
    { NULL, 0, LOBBY_WRITING_FREE },
  };

  set_up ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *id = g_strdup_printf ("v%u", i);
      g_autoptr (LobbyConversation) conversation = add_conversation (id, cases[i].connection_id, cases[i].expires);

      g_assert_cmpint (lobby_account_get_writing (account, conversation, 1000), ==, cases[i].writing);
    }
  {
    g_autoptr (LobbyConversation) conversation = lobby_store_get_conversation (store, "v3");

    take ("connection:removed", "\"connectionId\":\"n2\"");
    g_assert_cmpint (lobby_account_get_writing (account, conversation, 1000), ==, LOBBY_WRITING_NUMBER_REMOVED);
  }
  tear_down ();
}

static void
test_role (void)
{
  set_up ();
  g_assert_false (lobby_account_is_owner (account));
  answer = "{\"agent\":{\"id\":\"a1\",\"role\":\"owner\"}}";
  loop_until (lobby_account_load_role (account), NULL);
  assert_seen ("GET", "/api/session");
  g_assert_true (lobby_account_is_owner (account));
  g_assert_cmpuint (n_told, ==, 1);

  /* Not told: it stays. */
  status = 500;
  answer = "{\"error\":{\"code\":\"internal\",\"message\":\"Broken\"}}";
  loop_until (lobby_account_load_role (account), NULL);
  g_assert_true (lobby_account_is_owner (account));
  g_assert_cmpuint (n_told, ==, 1);
  tear_down ();
}

int
main (int argc,
      char **argv)
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/connections/told", test_told);
  g_test_add_func ("/connections/linking", test_linking);
  g_test_add_func ("/connections/updates", test_updates);
  g_test_add_func ("/connections/adding", test_adding);
  g_test_add_func ("/connections/others", test_others);
  g_test_add_func ("/connections/overtaken", test_overtaken);
  g_test_add_func ("/connections/verbs", test_verbs);
  g_test_add_func ("/connections/testing", test_testing);
  g_test_add_func ("/connections/writing", test_writing);
  g_test_add_func ("/connections/role", test_role);
  return g_test_run ();
}
