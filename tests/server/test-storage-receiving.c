/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lobby-json.h"
#include "storage-fixture.h"

/* What WhatsApp tells beside messages and statuses: who is who, changes of messages, calls, the past. */

#define NINE_O_CLOCK G_GINT64_CONSTANT (1757750400000)

static void
receive (StorageFixture *fixture,
         const LobbyInboundMessage *message)
{
  g_autoptr (GError) error = NULL;
  gboolean was_new;

  g_assert_true (lobby_storage (fixture->storage, receive_message, fixture->connection, message, &was_new, &error));
  g_assert_no_error (error);
  g_assert_true (was_new);
}

static LobbyInboundMessage
text (const char *id,
      const LobbyIdentity *customer,
      gint64 at)
{
  return (LobbyInboundMessage){
    .whatsapp_message_id = (char *)id,
    .customer = *customer,
    .type = LOBBY_MESSAGE_TEXT,
    .content = (char *)id,
    .timestamp = at,
    .arrived_at = at,
  };
}

static void
say (StorageFixture *fixture,
     const char *id,
     const LobbyIdentity *customer,
     gint64 at)
{
  const LobbyInboundMessage message = text (id, customer, at);

  receive (fixture, &message);
}

static GPtrArray *
list_contacts (StorageFixture *fixture)
{
  const char *businesses[] = { fixture->business, NULL };
  guint total;

  return lobby_storage (fixture->storage, list_contacts, businesses, 1, 50, &total);
}

/* The only contact, and its only conversation. */
static LobbyWireConversation *
the_conversation (StorageFixture *fixture)
{
  g_autoptr (GPtrArray) contacts = list_contacts (fixture);
  g_autoptr (GPtrArray) conversations = NULL;

  g_assert_cmpuint (contacts->len, ==, 1);
  conversations = lobby_storage (fixture->storage, find_conversations, ((LobbyWireContact *)contacts->pdata[0])->id);
  g_assert_cmpuint (conversations->len, ==, 1);
  return g_ptr_array_steal_index (conversations, 0);
}

static LobbyWireMessage *
find_message (StorageFixture *fixture,
              const char *whatsapp_message_id)
{
  g_autoptr (GPtrArray) contacts = list_contacts (fixture);

  for (guint i = 0; i < contacts->len; i++)
    {
      g_autoptr (GPtrArray) messages = lobby_storage (fixture->storage, list_messages, ((LobbyWireContact *)contacts->pdata[i])->id, NULL, 0, NULL, 200);

      for (guint j = 0; j < messages->len; j++)
        if (g_strcmp0 (((LobbyWireMessage *)messages->pdata[j])->whatsapp_message_id, whatsapp_message_id) == 0)
          return g_ptr_array_steal_index (messages, j);
    }
  return NULL;
}

static const LobbyIdentity ada = { .wa_id = (char *)"34600111222", .name = (char *)"Ada" };
static const LobbyIdentity ada_hidden = { .bsuid = (char *)"ES.77", .username = (char *)"ada" };
static const LobbyIdentity ada_whole = { .wa_id = (char *)"34600111222", .bsuid = (char *)"ES.77" };

static void
test_merge_by_message (StorageFixture *fixture,
                       gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (JsonObject) merged = NULL;
  g_autofree char *answer = NULL;
  g_autoptr (GPtrArray) heads = NULL;
  g_autoptr (LobbyWireMessage) queued = NULL;

  say (fixture, "wamid.1", &ada, NINE_O_CLOCK);
  say (fixture, "wamid.2", &ada_hidden, NINE_O_CLOCK + 1000);
  answer = storage_fixture_answer (fixture, "34600111222", "client-1", "Hello");
  storage_fixture_flush (fixture);
  /* One report names both. */
  say (fixture, "wamid.3", &ada_whole, NINE_O_CLOCK + 2000);
  storage_fixture_flush (fixture);

  conversation = the_conversation (fixture);
  g_assert_cmpint (conversation->unread_count, ==, 3);
  g_assert_cmpint (conversation->message_count_in, ==, 3);
  g_assert_cmpint (conversation->message_count_out, ==, 1);
  g_assert_cmpuint (g_strv_length (conversation->merged_ids), ==, 1);
  messages = lobby_storage (fixture->storage, list_messages, NULL, conversation->id, 0, NULL, 50);
  g_assert_cmpuint (messages->len, ==, 4);
  heads = lobby_storage (fixture->storage, list_outbound_heads, fixture->connection, 10);
  g_assert_cmpuint (heads->len, ==, 1);
  g_assert_cmpstr (((LobbyOutboundHead *)heads->pdata[0])->conversation_id, ==, conversation->id);

  g_assert_cmpstr (storage_fixture_event_name (fixture, -2), ==, "contact:merged");
  merged = storage_fixture_payload (fixture, -2);
  g_assert_cmpstr (json_object_get_string_member (merged, "contactId"), ==, conversation->contact_id);
  g_assert_cmpstr (lobby_json_get_string (lobby_json_array_object (lobby_json_get_array (merged, "conversations"), 0), "mergedConversationId", 64), ==,
                   conversation->merged_ids[0]);
  g_assert_null (lobby_storage (fixture->storage, get_contact, json_object_get_string_member (merged, "mergedContactId")));
  g_assert_null (lobby_storage (fixture->storage, get_conversation, conversation->merged_ids[0]));
  storage_fixture_check_log (fixture);
}

/* What was read in one conversation does not hide what nobody has read in the other. */
static void
test_merge_keeps_unread (StorageFixture *fixture,
                         gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autofree char *receipt = NULL;
  g_autoptr (GError) error = NULL;

  say (fixture, "wamid.1", &ada_hidden, NINE_O_CLOCK);
  say (fixture, "wamid.2", &ada, NINE_O_CLOCK + 1000);
  conversation = storage_fixture_conversation (fixture, "34600111222");
  receipt = lobby_storage (fixture->storage, mark_read, fixture->agent, conversation->id, NULL, &error);
  g_assert_cmpstr (receipt, ==, "wamid.2");
  g_assert_true (lobby_storage (fixture->storage, learn_identity, fixture->connection, &ada_whole, NULL, NINE_O_CLOCK + 2000, &error));
  lobby_wire_conversation_free (conversation);
  conversation = the_conversation (fixture);
  g_assert_cmpint (conversation->unread_count, ==, 2);
  g_assert_null (conversation->read_up_to);
}

static void
test_new_number (StorageFixture *fixture,
                 gconstpointer data)
{
  static const LobbyIdentity after = { .wa_id = (char *)"34699999999", .bsuid = (char *)"ES.78" };
  static const LobbyIdentity somebody = { .wa_id = (char *)"34600111222", .bsuid = (char *)"ES.99", .name = (char *)"Bob" };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) contacts = NULL;
  g_autoptr (LobbyWireMessage) late = NULL;
  g_autoptr (LobbyWireMessage) first = NULL;
  g_autoptr (LobbyWireMessage) other = NULL;
  const LobbyWireContact *contact;

  say (fixture, "wamid.1", &ada_whole, NINE_O_CLOCK);
  /* The new number wrote before the change was told. */
  say (fixture, "wamid.2", &after, NINE_O_CLOCK + 60000);
  g_assert_true (lobby_storage (fixture->storage, learn_identity, fixture->connection, &after, &ada_whole, NINE_O_CLOCK + 30000, &error));
  /* Told twice. */
  g_assert_true (lobby_storage (fixture->storage, learn_identity, fixture->connection, &after, &ada_whole, NINE_O_CLOCK + 30000, &error));
  /* Late, from before the change; and a stranger who got the old number later. */
  say (fixture, "wamid.3", &ada, NINE_O_CLOCK + 10000);
  say (fixture, "wamid.4", &somebody, NINE_O_CLOCK + 90000);

  contacts = list_contacts (fixture);
  g_assert_cmpuint (contacts->len, ==, 2);
  contact = contacts->pdata[0];
  g_assert_cmpstr (contact->name, ==, "Bob");
  g_assert_cmpstr (contact->phone_number, ==, "+34600111222");
  contact = contacts->pdata[1];
  g_assert_cmpstr (contact->phone_number, ==, "+34699999999");
  first = find_message (fixture, "wamid.1");
  late = find_message (fixture, "wamid.3");
  other = find_message (fixture, "wamid.4");
  g_assert_cmpstr (first->contact_id, ==, contact->id);
  g_assert_cmpstr (late->contact_id, ==, contact->id);
  g_assert_cmpstr (other->contact_id, !=, contact->id);
  storage_fixture_flush (fixture);
  storage_fixture_check_log (fixture);
}

static void
test_names (StorageFixture *fixture,
            gconstpointer data)
{
  static const LobbyIdentity bob = { .wa_id = (char *)"34600333444", .name = (char *)"bob :-)" };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) contacts = NULL;

  g_assert_true (lobby_storage (fixture->storage, name_contact, fixture->connection, &bob, "Bob of the harbour", &error));
  say (fixture, "wamid.1", &bob, NINE_O_CLOCK);
  contacts = list_contacts (fixture);
  g_assert_cmpuint (contacts->len, ==, 1);
  g_assert_cmpstr (((LobbyWireContact *)contacts->pdata[0])->name, ==, "Bob of the harbour");

  g_assert_true (lobby_storage (fixture->storage, name_contact, fixture->connection, &bob, NULL, &error));
  say (fixture, "wamid.2", &bob, NINE_O_CLOCK);
  g_ptr_array_unref (contacts);
  contacts = list_contacts (fixture);
  g_assert_cmpstr (((LobbyWireContact *)contacts->pdata[0])->name, ==, "bob :-)");
}

/* Changes of messages */

static void
change (StorageFixture *fixture,
        const char *id,
        const char *content,
        gint64 at,
        gboolean outbound)
{
  const LobbyInboundChange report = {
    .whatsapp_message_id = (char *)id,
    .outbound = outbound,
    .revoke = content == NULL,
    .content = (char *)content,
    .timestamp = at,
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (lobby_storage (fixture->storage, receive_change, fixture->connection, &report, &error));
  g_assert_no_error (error);
}

static void
test_edits (StorageFixture *fixture,
            gconstpointer data)
{
  g_autoptr (LobbyWireMessage) first = NULL;
  g_autoptr (LobbyWireMessage) early = NULL;

  say (fixture, "wamid.1", &ada, NINE_O_CLOCK);
  change (fixture, "wamid.1", "newest", NINE_O_CLOCK + 2000, FALSE);
  change (fixture, "wamid.1", "older", NINE_O_CLOCK + 1000, FALSE);
  change (fixture, "wamid.1", "not theirs", NINE_O_CLOCK + 3000, TRUE);
  first = find_message (fixture, "wamid.1");
  g_assert_cmpstr (first->content, ==, "newest");
  g_assert_cmpstr (lobby_json_get_string (first->metadata, "edited_at", 64), ==, "2025-09-13T08:00:02.000Z");

  change (fixture, "wamid.2", "second", NINE_O_CLOCK + 4000, FALSE);
  change (fixture, "wamid.2", "first", NINE_O_CLOCK + 3000, FALSE);
  say (fixture, "wamid.2", &ada, NINE_O_CLOCK);
  early = find_message (fixture, "wamid.2");
  g_assert_cmpstr (early->content, ==, "second");
  storage_fixture_flush (fixture);
  g_assert_cmpstr (storage_fixture_event_name (fixture, -1), ==, "message:updated");
}

static void
test_revocations (StorageFixture *fixture,
                  gconstpointer data)
{
  g_autoptr (JsonObject) metadata = lobby_json_parse_object ("{\"mime_type\":\"image/png\",\"forwarded\":true}", -1, NULL);
  LobbyInboundMessage picture = text ("wamid.1", &ada, NINE_O_CLOCK);
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (LobbyWireMessage) early = NULL;
  g_autoptr (GPtrArray) jobs = NULL;

  picture.type = LOBBY_MESSAGE_IMAGE;
  picture.metadata = metadata;
  picture.media_remote_id = (char *)"media.1";
  receive (fixture, &picture);
  change (fixture, "wamid.1", NULL, NINE_O_CLOCK + 1000, FALSE);
  change (fixture, "wamid.1", "after all", NINE_O_CLOCK + 2000, FALSE);
  message = find_message (fixture, "wamid.1");
  g_assert_null (message->content);
  g_assert_true (json_object_has_member (message->metadata, "revoked_at"));
  g_assert_cmpuint (json_object_get_size (message->metadata), ==, 1);
  jobs = lobby_storage (fixture->storage, list_media_jobs, 10);
  g_assert_cmpuint (jobs->len, ==, 0);

  change (fixture, "wamid.2", NULL, NINE_O_CLOCK + 1000, FALSE);
  change (fixture, "wamid.2", "older", NINE_O_CLOCK + 500, FALSE);
  say (fixture, "wamid.2", &ada, NINE_O_CLOCK);
  early = find_message (fixture, "wamid.2");
  g_assert_null (early->content);
}

/* Replies and reactions may come before what they are about. */
static void
test_early_references (StorageFixture *fixture,
                       gconstpointer data)
{
  LobbyInboundMessage reply = text ("wamid.2", &ada, NINE_O_CLOCK + 1000);
  LobbyInboundMessage reaction = text ("wamid.3", &ada, NINE_O_CLOCK + 2000);
  g_autoptr (LobbyWireMessage) target = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autofree char *answer = NULL;

  reply.quoted_whatsapp_id = (char *)"wamid.1";
  receive (fixture, &reply);
  reaction.type = LOBBY_MESSAGE_REACTION;
  reaction.reaction_whatsapp_id = (char *)"wamid.1";
  receive (fixture, &reaction);
  say (fixture, "wamid.1", &ada, NINE_O_CLOCK);
  target = find_message (fixture, "wamid.1");
  message = find_message (fixture, "wamid.2");
  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (message->metadata, "quoted"), "id", 64), ==, target->id);
  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (message->metadata, "quoted"), "content", 64), ==, "wamid.1");
  g_clear_pointer (&message, lobby_wire_message_free);
  message = find_message (fixture, "wamid.3");
  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (message->metadata, "reaction"), "message_id", 64), ==, target->id);

  /* A reply that overtakes the answer to our send. */
  answer = storage_fixture_answer (fixture, "34600111222", "client-1", "Hello");
  reply.whatsapp_message_id = (char *)"wamid.4";
  reply.quoted_whatsapp_id = (char *)"wamid.out";
  receive (fixture, &reply);
  storage_fixture_status (fixture, "wamid.out", answer, LOBBY_STATUS_SENT);
  g_clear_pointer (&message, lobby_wire_message_free);
  message = find_message (fixture, "wamid.4");
  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (message->metadata, "quoted"), "id", 64), ==, answer);
}

/* Calls, the phone, the past */

static void
call (StorageFixture *fixture,
      LobbyCallStatus status,
      gint64 duration,
      gint64 at)
{
  const LobbyInboundCall report = {
    .whatsapp_call_id = (char *)"wacid.1",
    .customer = ada,
    .status = status,
    .duration = duration,
    .timestamp = at,
    .arrived_at = at,
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (lobby_storage (fixture->storage, receive_call, fixture->connection, &report, &error));
  g_assert_no_error (error);
}

/* @id: of the only one; NULL: none. */
static void
assert_ringing (StorageFixture *fixture,
                const char *id)
{
  g_autoptr (GPtrArray) calls = lobby_storage (fixture->storage, list_ringing_calls, fixture->connection);
  g_autoptr (GPtrArray) others = lobby_storage (fixture->storage, list_ringing_calls, "nowhere");

  g_assert_cmpuint (others->len, ==, 0);
  g_assert_cmpuint (calls->len, ==, id != NULL ? 1 : 0);
  if (id != NULL)
    {
      g_assert_cmpstr (((LobbyInboundCall *)g_ptr_array_index (calls, 0))->whatsapp_call_id, ==, id);
      g_assert_cmpint (((LobbyInboundCall *)g_ptr_array_index (calls, 0))->timestamp, ==, NINE_O_CLOCK);
    }
}

static void
test_calls (StorageFixture *fixture,
            gconstpointer data)
{
  const LobbyInboundCall unknown = { .whatsapp_call_id = (char *)"wacid.2", .status = LOBBY_CALL_COMPLETED };
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autofree char *receipt = NULL;
  JsonObject *json;

  say (fixture, "wamid.1", &ada, NINE_O_CLOCK);
  assert_ringing (fixture, NULL);
  /* The end overtakes the beginning. */
  call (fixture, LOBBY_CALL_COMPLETED, 61000, NINE_O_CLOCK + 90000);
  call (fixture, LOBBY_CALL_RINGING, 0, NINE_O_CLOCK + 29000);
  message = find_message (fixture, "wacid.1");
  g_assert_cmpint (message->type, ==, LOBBY_MESSAGE_CALL);
  json = lobby_json_get_object (message->metadata, "call");
  g_assert_cmpstr (json_object_get_string_member (json, "status"), ==, "completed");
  g_assert_cmpstr (json_object_get_string_member (json, "direction"), ==, "inbound");
  g_assert_cmpint (json_object_get_int_member (json, "duration"), ==, 61000);
  conversation = the_conversation (fixture);
  g_assert_cmpint (conversation->unread_count, ==, 2);
  g_assert_cmpint (conversation->window_expires_at, ==, NINE_O_CLOCK + 90000 + LOBBY_SERVICE_WINDOW_MSEC);
  /* WhatsApp is told of the message before the call. */
  receipt = lobby_storage (fixture->storage, mark_read, fixture->agent, conversation->id, NULL, &error);
  g_assert_cmpstr (receipt, ==, "wamid.1");

  g_assert_false (lobby_storage (fixture->storage, receive_call, fixture->connection, &unknown, &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NOT_FOUND);
}

static void
test_ringing (StorageFixture *fixture,
              gconstpointer data)
{
  call (fixture, LOBBY_CALL_RINGING, 0, NINE_O_CLOCK);
  assert_ringing (fixture, "wacid.1");
  call (fixture, LOBBY_CALL_MISSED, 0, NINE_O_CLOCK + 60000);
  assert_ringing (fixture, NULL);
}

static void
test_echo (StorageFixture *fixture,
           gconstpointer data)
{
  LobbyInboundMessage echo = text ("wamid.3", &ada, NINE_O_CLOCK + 2000);
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;

  say (fixture, "wamid.1", &ada, NINE_O_CLOCK);
  say (fixture, "wamid.2", &ada, NINE_O_CLOCK + 1000);
  say (fixture, "wamid.4", &ada, NINE_O_CLOCK + 3000);
  storage_fixture_status (fixture, "wamid.3", NULL, LOBBY_STATUS_READ);
  echo.outbound = TRUE;
  receive (fixture, &echo);
  message = find_message (fixture, "wamid.3");
  g_assert_true (message->outbound);
  g_assert_true (json_object_get_boolean_member (message->metadata, "echo"));
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_READ);
  conversation = the_conversation (fixture);
  g_assert_cmpint (conversation->unread_count, ==, 1);
  g_assert_cmpint (conversation->message_count_out, ==, 1);
  g_assert_cmpint (conversation->window_expires_at, ==, NINE_O_CLOCK + 3000 + LOBBY_SERVICE_WINDOW_MSEC);
}

static void
test_history (StorageFixture *fixture,
              gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireMessage) newest = NULL;
  gint64 window;

  say (fixture, "wamid.live", &ada, NINE_O_CLOCK);
  conversation = the_conversation (fixture);
  window = conversation->window_expires_at;
  g_clear_pointer (&conversation, lobby_wire_conversation_free);
  for (int i = 0; i < 4; i++)
    {
      static const int order[] = { 2, 0, 3, 1 };
      g_autofree char *id = g_strdup_printf ("wamid.h%d", order[i]);
      LobbyInboundMessage message = text (id, &ada, NINE_O_CLOCK - 10000 + order[i] * 1000);

      message.is_history = TRUE;
      message.outbound = order[i] == 0;
      receive (fixture, &message);
    }
  conversation = the_conversation (fixture);
  newest = find_message (fixture, "wamid.h3");
  g_assert_cmpint (conversation->unread_count, ==, 1);
  g_assert_cmpstr (conversation->read_up_to, ==, newest->id);
  g_assert_cmpint (conversation->message_count_in, ==, 4);
  g_assert_cmpint (conversation->message_count_out, ==, 1);
  g_assert_cmpint (conversation->window_expires_at, ==, window);
  g_assert_true (json_object_get_boolean_member (newest->metadata, "history"));
}

static void
test_alerts (StorageFixture *fixture,
             gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) alerts = NULL;
  g_autoptr (JsonObject) told = NULL;
  const LobbyAlert *alert;

  for (int i = 0; i < LOBBY_ALERTS_KEPT + 10; i++)
    {
      g_autofree char *message = g_strdup_printf ("%d of 60", i);

      g_assert_true (lobby_storage (fixture->storage, add_alert, fixture->connection, 131042, "error", "Payment", message, &error));
      g_assert_true (lobby_storage (fixture->storage, add_alert, fixture->connection, 0, "info", "Quality", "High", &error));
    }
  alerts = lobby_storage (fixture->storage, list_alerts, fixture->connection);
  g_assert_cmpuint (alerts->len, ==, LOBBY_ALERTS_KEPT);
  alert = alerts->pdata[0];
  g_assert_true (lobby_storage (fixture->storage, remove_alert, fixture->connection, alert->id, &error));
  g_assert_false (lobby_storage (fixture->storage, remove_alert, fixture->connection, alert->id, NULL));
  storage_fixture_flush (fixture);
  g_assert_cmpstr (storage_fixture_event_name (fixture, -1), ==, "connection:updated");
  told = storage_fixture_payload (fixture, -1);
  g_assert_cmpuint (lobby_json_array_length (lobby_json_get_array (lobby_json_get_object (told, "connection"), "alerts")), ==, LOBBY_ALERTS_KEPT - 1);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/server/storage/" name, StorageFixture, NULL, storage_fixture_set_up, function, storage_fixture_tear_down)
  ADD ("merge-by-message", test_merge_by_message);
  ADD ("merge-keeps-unread", test_merge_keeps_unread);
  ADD ("new-number", test_new_number);
  ADD ("names", test_names);
  ADD ("edits", test_edits);
  ADD ("revocations", test_revocations);
  ADD ("early-references", test_early_references);
  ADD ("calls", test_calls);
  ADD ("ringing", test_ringing);
  ADD ("echo", test_echo);
  ADD ("history", test_history);
  ADD ("alerts", test_alerts);
  return g_test_run ();
}
