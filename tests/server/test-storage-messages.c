/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "storage-fixture.h"

#include "lobby-clock.h"
#include "lobby-json.h"

#define DAY_MSEC (24 * 60 * 60 * G_GINT64_CONSTANT (1000))
#define NINE_O_CLOCK G_GINT64_CONSTANT (1700038800000)

static void
test_inbound (StorageFixture *fixture,
              gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireContact) contact = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (JsonObject) payload = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireEvent) event = NULL;

  g_assert_true (storage_fixture_say (fixture, "34600111222", "wamid.1", "hola", NINE_O_CLOCK + 250));
  g_assert_cmpuint (fixture->events->len, ==, 0);
  storage_fixture_flush (fixture);
  g_assert_cmpuint (fixture->events->len, ==, 1);
  g_assert_cmpstr (storage_fixture_event_name (fixture, 0), ==, "message:new");

  conversation = storage_fixture_conversation (fixture, "34600111222");
  g_assert_cmpint (conversation->unread_count, ==, 1);
  g_assert_cmpint (conversation->message_count_in, ==, 1);
  g_assert_cmpint (conversation->message_count_out, ==, 0);
  g_assert_cmpint (conversation->last_activity_at, ==, NINE_O_CLOCK + 250);
  g_assert_cmpint (conversation->window_expires_at, ==, NINE_O_CLOCK + DAY_MSEC);
  g_assert_cmpint (conversation->seq, ==, 1);
  contact = lobby_storage (fixture->storage, get_contact, conversation->contact_id);
  g_assert_cmpstr (contact->phone_number, ==, "+34600111222");
  g_assert_cmpstr (contact->name, ==, "Customer");
  message = lobby_storage (fixture->storage, get_last_message, conversation->id);
  g_assert_cmpstr (message->content, ==, "hola");
  g_assert_cmpint (message->created_at, ==, NINE_O_CLOCK + 250);
  g_assert_false (message->outbound);

  /* The event is what a client reads back. */
  payload = storage_fixture_payload (fixture, 0);
  event = lobby_wire_event_from_json ("message:new", payload, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (event->message->id, ==, message->id);
  g_assert_cmpstr (event->contact->id, ==, contact->id);
  g_assert_cmpint (event->conversation->seq, ==, 1);
  g_assert_cmpint (event->conversation->unread_count, ==, 1);
  g_assert_cmpstr (json_object_get_string_member (payload, "contactId"), ==, contact->id);
  storage_fixture_check_log (fixture);
}

static void
test_duplicates (StorageFixture *fixture,
                 gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;

  g_assert_true (storage_fixture_say (fixture, "34600111222", "wamid.1", "hola", 0));
  g_assert_false (storage_fixture_say (fixture, "34600111222", "wamid.1", "hola", 0));
  storage_fixture_restart (fixture);
  g_assert_false (storage_fixture_say (fixture, "34600111222", "wamid.1", "hola", 0));
  storage_fixture_flush (fixture);
  conversation = storage_fixture_conversation (fixture, "34600111222");
  g_assert_cmpint (conversation->unread_count, ==, 1);
  storage_fixture_check_log (fixture);
}

/* WhatsApp tells whole seconds; the moment of arrival orders inside one, and never leaves it. */
static void
test_order (StorageFixture *fixture,
            gconstpointer data)
{
  const struct
  {
    const char *text;
    gint64 timestamp;
    gint64 arrived_at;
    gint64 created_at;
  } cases[] = {
    { "b", NINE_O_CLOCK, NINE_O_CLOCK + 400, NINE_O_CLOCK + 400 },
    { "c", NINE_O_CLOCK, NINE_O_CLOCK + 400, NINE_O_CLOCK + 400 },
    { "a", NINE_O_CLOCK - 1000, NINE_O_CLOCK + 30000, NINE_O_CLOCK - 1 },
    { "d", NINE_O_CLOCK + 5000, NINE_O_CLOCK + 4000, NINE_O_CLOCK + 5000 },
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GString) order = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *id = g_strdup_printf ("wamid.%u", i);
      gboolean was_new;
      LobbyInboundMessage message = {
        .whatsapp_message_id = id,
        .customer.wa_id = (char *)"34600111222",
        .type = LOBBY_MESSAGE_TEXT,
        .content = (char *)cases[i].text,
        .timestamp = cases[i].timestamp,
        .arrived_at = cases[i].arrived_at,
      };

      g_assert_true (lobby_storage (fixture->storage, receive_message, fixture->connection, &message, &was_new, &error));
    }
  conversation = storage_fixture_conversation (fixture, "34600111222");
  g_assert_cmpint (conversation->last_activity_at, ==, NINE_O_CLOCK + 5000);
  messages = lobby_storage (fixture->storage, list_messages, conversation->contact_id, NULL, 0, NULL, 50);
  for (guint i = 0; i < messages->len; i++)
    {
      const LobbyWireMessage *message = g_ptr_array_index (messages, messages->len - 1 - i);

      g_string_append (order, message->content);
      for (guint j = 0; j < G_N_ELEMENTS (cases); j++)
        if (g_str_equal (cases[j].text, message->content))
          g_assert_cmpint (message->created_at, ==, cases[j].created_at);
    }
  g_assert_cmpstr (order->str, ==, "abcd");
}

static void
test_pages (StorageFixture *fixture,
            gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  gint64 at = 0;
  g_autofree char *id = NULL;
  int seen = 0;

  for (int i = 0; i < 25; i++)
    {
      g_autofree char *wamid = g_strdup_printf ("wamid.%d", i);
      g_autofree char *text = g_strdup_printf ("%d", i);

      storage_fixture_say (fixture, "34600111222", wamid, text, NINE_O_CLOCK + i / 10 * 5); /* ten share each instant */
    }
  conversation = storage_fixture_conversation (fixture, "34600111222");
  for (;;)
    {
      g_autoptr (GPtrArray) page = lobby_storage (fixture->storage, list_messages, conversation->contact_id, conversation->id, at, id, 4);
      const LobbyWireMessage *last;

      for (guint i = 0; i < page->len; i++)
        {
          const LobbyWireMessage *message = g_ptr_array_index (page, i);

          g_assert_cmpint (g_ascii_strtoll (message->content, NULL, 10), ==, 24 - seen);
          seen++;
        }
      if (page->len < 4)
        break;
      last = g_ptr_array_index (page, page->len - 1);
      at = last->created_at;
      g_set_str (&id, last->id);
    }
  g_assert_cmpint (seen, ==, 25);

  /* Without an id the whole instant is left out. */
  {
    g_autoptr (GPtrArray) page = lobby_storage (fixture->storage, list_messages, conversation->contact_id, NULL, NINE_O_CLOCK + 10, NULL, 50);
    const LobbyWireMessage *first = g_ptr_array_index (page, 0);

    g_assert_cmpuint (page->len, ==, 20);
    g_assert_cmpstr (first->content, ==, "19");
  }
}

static void
test_conversation_list (StorageFixture *fixture,
                        gconstpointer data)
{
  g_autoptr (GPtrArray) first = NULL;
  g_autoptr (GPtrArray) second = NULL;
  g_autoptr (GPtrArray) contacts = NULL;
  const char *businesses[] = { fixture->business, NULL };
  const LobbyWireConversation *last;
  gint64 seq;
  guint total;

  for (int i = 0; i < 5; i++)
    {
      g_autofree char *wa_id = g_strdup_printf ("3460000000%d", i);
      g_autofree char *wamid = g_strdup_printf ("wamid.%d", i);

      storage_fixture_say (fixture, wa_id, wamid, "hi", NINE_O_CLOCK + i * 1000);
    }
  storage_fixture_say (fixture, "34600000001", "wamid.again", "me again", NINE_O_CLOCK + 60000);
  first = lobby_storage (fixture->storage, list_conversations, fixture->business, 0, NULL, 3, &seq);
  g_assert_cmpint (seq, ==, 6);
  g_assert_cmpuint (first->len, ==, 3);
  last = g_ptr_array_index (first, 2);
  second = lobby_storage (fixture->storage, list_conversations, fixture->business, last->last_activity_at, last->id, 3, &seq);
  g_assert_cmpuint (second->len, ==, 2);

  contacts = lobby_storage (fixture->storage, list_contacts, businesses, 1, 2, &total);
  g_assert_cmpuint (total, ==, 5);
  g_assert_cmpuint (contacts->len, ==, 2);
  g_assert_cmpstr (((LobbyWireContact *)g_ptr_array_index (contacts, 0))->phone_number, ==, "+34600000001");
  g_assert_cmpstr (((LobbyWireContact *)g_ptr_array_index (contacts, 1))->phone_number, ==, "+34600000004");
}

/* Users without a visible number are known by the other names WhatsApp gives them. */
static void
test_aliases (StorageFixture *fixture,
              gconstpointer data)
{
  LobbyInboundMessage message = {
    .customer.bsuid = (char *)"US.1349",
    .customer.username = (char *)"sheena",
    .customer.name = (char *)"Sheena",
    .type = LOBBY_MESSAGE_TEXT,
    .content = (char *)"hi",
    .timestamp = NINE_O_CLOCK,
    .arrived_at = NINE_O_CLOCK,
  };
  const char *businesses[] = { fixture->business, NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) contacts = NULL;
  const LobbyWireContact *contact;
  gboolean was_new;
  guint total;

  message.whatsapp_message_id = (char *)"wamid.1";
  g_assert_true (lobby_storage (fixture->storage, receive_message, fixture->connection, &message, &was_new, &error));
  /* Later the number is shown, and the name has changed. */
  message.whatsapp_message_id = (char *)"wamid.2";
  message.customer.wa_id = (char *)"16505551234";
  message.customer.name = (char *)"Sheena N.";
  g_assert_true (lobby_storage (fixture->storage, receive_message, fixture->connection, &message, &was_new, &error));
  /* And then only the number. */
  message.whatsapp_message_id = (char *)"wamid.3";
  message.customer.bsuid = message.customer.username = message.customer.name = NULL;
  g_assert_true (lobby_storage (fixture->storage, receive_message, fixture->connection, &message, &was_new, &error));

  contacts = lobby_storage (fixture->storage, list_contacts, businesses, 1, 50, &total);
  g_assert_cmpuint (total, ==, 1);
  contact = g_ptr_array_index (contacts, 0);
  g_assert_cmpstr (contact->name, ==, "Sheena N.");
  g_assert_cmpstr (contact->phone_number, ==, "+16505551234");
  g_assert_cmpstr (contact->username, ==, "sheena");
}

static void
test_replies_and_reactions (StorageFixture *fixture,
                            gconstpointer data)
{
  LobbyInboundMessage message = {
    .customer.wa_id = (char *)"34600111222",
    .timestamp = NINE_O_CLOCK + 1000,
    .arrived_at = NINE_O_CLOCK + 1000,
  };
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireMessage) original = NULL;
  g_autoptr (JsonObject) payload = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *part;
  gboolean was_new;

  storage_fixture_say (fixture, "34600111222", "wamid.1", "what does it cost?", NINE_O_CLOCK);
  conversation = storage_fixture_conversation (fixture, "34600111222");
  original = lobby_storage (fixture->storage, get_last_message, conversation->id);

  message.whatsapp_message_id = (char *)"wamid.2";
  message.type = LOBBY_MESSAGE_TEXT;
  message.content = (char *)"this one";
  message.quoted_whatsapp_id = (char *)"wamid.1";
  g_assert_true (lobby_storage (fixture->storage, receive_message, fixture->connection, &message, &was_new, &error));
  message.whatsapp_message_id = (char *)"wamid.3";
  message.type = LOBBY_MESSAGE_REACTION;
  message.content = (char *)"👍";
  message.quoted_whatsapp_id = NULL;
  message.reaction_whatsapp_id = (char *)"wamid.1";
  message.timestamp = message.arrived_at = NINE_O_CLOCK + 9000;
  g_assert_true (lobby_storage (fixture->storage, receive_message, fixture->connection, &message, &was_new, &error));
  storage_fixture_flush (fixture);

  payload = storage_fixture_payload (fixture, 1);
  part = lobby_json_get_object (lobby_json_get_object (payload, "metadata"), "quoted");
  g_assert_cmpstr (json_object_get_string_member (part, "id"), ==, original->id);
  g_assert_cmpstr (json_object_get_string_member (part, "content"), ==, "what does it cost?");
  g_clear_pointer (&payload, json_object_unref);
  payload = storage_fixture_payload (fixture, 2);
  part = lobby_json_get_object (lobby_json_get_object (payload, "metadata"), "reaction");
  g_assert_cmpstr (json_object_get_string_member (part, "message_id"), ==, original->id);

  lobby_wire_conversation_free (g_steal_pointer (&conversation));
  conversation = storage_fixture_conversation (fixture, "34600111222");
  g_assert_cmpint (conversation->unread_count, ==, 2);
  g_assert_cmpint (conversation->last_activity_at, ==, NINE_O_CLOCK + 9000);
}

static void
test_mark_read (StorageFixture *fixture,
                gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) payload = NULL;
  char *read;

  for (int i = 0; i < 4; i++)
    {
      g_autofree char *wamid = g_strdup_printf ("wamid.%d", i);

      storage_fixture_say (fixture, "34600111222", wamid, "hi", NINE_O_CLOCK + i * 1000);
    }
  conversation = storage_fixture_conversation (fixture, "34600111222");
  messages = lobby_storage (fixture->storage, list_messages, conversation->contact_id, NULL, 0, NULL, 50);

  read = lobby_storage (fixture->storage, mark_read, fixture->agent, conversation->id, ((LobbyWireMessage *)g_ptr_array_index (messages, 2))->id, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read, ==, "wamid.1");
  g_free (read);
  storage_fixture_flush (fixture);
  g_assert_cmpstr (storage_fixture_event_name (fixture, -1), ==, "conversation:read");
  payload = storage_fixture_payload (fixture, -1);
  g_assert_cmpint (json_object_get_int_member (lobby_json_get_object (payload, "conversation"), "unread_count"), ==, 2);
  g_assert_cmpint (json_object_get_int_member (lobby_json_get_object (payload, "conversation"), "seq"), ==, 5);
  g_assert_cmpstr (json_object_get_string_member (payload, "agentId"), ==, fixture->agent);

  /* Backwards and again: nothing. */
  g_assert_null (lobby_storage (fixture->storage, mark_read, fixture->agent, conversation->id, ((LobbyWireMessage *)g_ptr_array_index (messages, 3))->id, &error));
  g_assert_null (lobby_storage (fixture->storage, mark_read, fixture->agent, conversation->id, ((LobbyWireMessage *)g_ptr_array_index (messages, 2))->id, &error));
  read = lobby_storage (fixture->storage, mark_read, fixture->agent, conversation->id, NULL, &error);
  g_assert_cmpstr (read, ==, "wamid.3");
  g_free (read);
  g_assert_null (lobby_storage (fixture->storage, mark_read, fixture->agent, conversation->id, NULL, &error));
  g_assert_no_error (error);

  /* One that was under way longer than its followers is unread although it stands before what was read. */
  storage_fixture_say (fixture, "34600111222", "wamid.late", "hi", NINE_O_CLOCK + 500);
  read = lobby_storage (fixture->storage, mark_read, fixture->agent, conversation->id, NULL, &error);
  g_assert_cmpstr (read, ==, "wamid.3");
  g_free (read);

  g_assert_null (lobby_storage (fixture->storage, mark_read, fixture->agent, "nowhere", NULL, &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NOT_FOUND);
  storage_fixture_flush (fixture);
  storage_fixture_check_log (fixture);
}

static void
test_accept_text (StorageFixture *fixture,
                  gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireMessage) first = NULL;
  g_autoptr (LobbyWireMessage) again = NULL;
  g_autoptr (LobbyWireMessage) reply = NULL;
  g_autoptr (LobbyOutbound) work = NULL;
  g_autoptr (GPtrArray) heads = NULL;
  g_autoptr (JsonObject) payload = NULL;
  g_autoptr (GError) error = NULL;
  gboolean existed;

  storage_fixture_say (fixture, "34600111222", "wamid.1", "hi", 0);
  storage_fixture_say (fixture, "34600999888", "wamid.2", "hi", 0);
  conversation = storage_fixture_conversation (fixture, "34600111222");
  first = storage_fixture_accept (fixture, conversation->id, "c1", "hello", NULL, &existed, &error);
  g_assert_no_error (error);
  g_assert_false (existed);
  g_assert_cmpint (first->status, ==, LOBBY_STATUS_PENDING);
  again = storage_fixture_accept (fixture, conversation->id, "c1", "hello", NULL, &existed, &error);
  g_assert_true (existed);
  g_assert_cmpstr (again->id, ==, first->id);

  g_assert_null (storage_fixture_accept (fixture, conversation->id, "c1", "other", NULL, &existed, &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_CLIENT_ID_REUSED);
  g_clear_error (&error);
  g_assert_null (storage_fixture_accept (fixture, conversation->id, "c2", "x", "nothing", &existed, &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NOT_FOUND);
  g_clear_error (&error);

  /* A reply to one that WhatsApp does not have yet: by its turn in the queue it has. */
  reply = storage_fixture_accept (fixture, conversation->id, "c3", "and?", first->id, &existed, &error);
  g_assert_no_error (error);
  work = storage_fixture_work (fixture, first->id);
  g_assert_true (lobby_storage (fixture->storage, outbound_sent, work, "wamid.out1", &error));
  heads = lobby_storage (fixture->storage, list_outbound_heads, fixture->connection, 10);
  g_assert_cmpuint (heads->len, ==, 1);
  g_clear_pointer (&work, lobby_outbound_free);
  work = storage_fixture_work (fixture, reply->id);
  g_assert_cmpstr (work->quoted_whatsapp_id, ==, "wamid.out1");
  g_assert_cmpstr (work->to_phone, ==, "+34600111222");

  storage_fixture_flush (fixture);
  g_assert_cmpstr (storage_fixture_event_name (fixture, 2), ==, "message:new");
  g_assert_cmpstr (storage_fixture_event_name (fixture, 3), ==, "message:sent");
  payload = storage_fixture_payload (fixture, 3);
  g_assert_cmpstr (json_object_get_string_member (payload, "clientId"), ==, "c1");
  g_assert_cmpstr (json_object_get_string_member (payload, "status"), ==, "pending");
  g_assert_cmpuint (fixture->events->len, ==, 7);
  storage_fixture_check_log (fixture);
}

/* A clock that was set back must not put an answer before what it answers. */
static void
test_answer_order (StorageFixture *fixture,
                   gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireMessage) last = NULL;
  g_autofree char *id = NULL;

  storage_fixture_say (fixture, "34600111222", "wamid.1", "hi", lobby_clock_now () + 20000);
  id = storage_fixture_answer (fixture, "34600111222", "c1", "hello");
  conversation = storage_fixture_conversation (fixture, "34600111222");
  last = lobby_storage (fixture->storage, get_last_message, conversation->id);
  g_assert_cmpstr (last->id, ==, id);
}

static void
test_media (StorageFixture *fixture,
            gconstpointer data)
{
  LobbyInboundMessage message = {
    .whatsapp_message_id = (char *)"wamid.1",
    .customer.wa_id = (char *)"34600111222",
    .type = LOBBY_MESSAGE_IMAGE,
    .media_remote_id = (char *)"1037543291543636",
    .timestamp = NINE_O_CLOCK,
    .arrived_at = NINE_O_CLOCK,
  };
  g_autoptr (GBytes) bytes = g_bytes_new_static ("picture", 7);
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (LobbyMediaFile) file = NULL;
  g_autoptr (JsonObject) payload = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *sha256 = NULL;
  g_autofree char *business = NULL;
  g_autofree char *read = NULL;
  const char *id;
  gboolean was_new;

  g_assert_true (lobby_storage (fixture->storage, receive_message, fixture->connection, &message, &was_new, &error));
  jobs = lobby_storage (fixture->storage, list_media_jobs, 10);
  g_assert_cmpuint (jobs->len, ==, 1);
  id = ((LobbyMediaJob *)g_ptr_array_index (jobs, 0))->message_id;
  g_assert_true (lobby_storage (fixture->storage, media_failed, id, "busy", lobby_clock_now () + 60000, &error));
  {
    g_autoptr (GPtrArray) none = lobby_storage (fixture->storage, list_media_jobs, 10);

    g_assert_cmpuint (none->len, ==, 0);
  }
  sha256 = lobby_file_store_put (lobby_storage (fixture->storage, get_files), bytes, &error);
  g_assert_no_error (error);
  g_assert_true (lobby_storage (fixture->storage, media_ready, id,
                                &(LobbyMediaFacts){ .sha256 = sha256, .mime_type = (char *)"image/jpeg", .size = 7, .width = 640, .height = 480 }, &error));
  storage_fixture_flush (fixture);
  g_assert_cmpstr (storage_fixture_event_name (fixture, -1), ==, "message:updated");
  payload = storage_fixture_payload (fixture, -1);
  g_assert_cmpstr (json_object_get_string_member (lobby_json_get_object (payload, "metadata"), "media_state"), ==, "ready");
  g_assert_cmpint (json_object_get_int_member (lobby_json_get_object (payload, "metadata"), "width"), ==, 640);
  g_assert_true (g_str_has_prefix (json_object_get_string_member (payload, "media_url"), "/api/media/"));
  file = lobby_storage (fixture->storage, get_media, id, &business);
  g_assert_cmpstr (business, ==, fixture->business);
  g_assert_cmpstr (file->mime_type, ==, "image/jpeg");
  g_assert_true (g_file_get_contents (file->path, &read, NULL, NULL));
  g_assert_cmpstr (read, ==, "picture");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add ("/server/storage/" path, StorageFixture, NULL, storage_fixture_set_up, function, storage_fixture_tear_down)
  ADD ("inbound", test_inbound);
  ADD ("duplicates", test_duplicates);
  ADD ("order", test_order);
  ADD ("pages", test_pages);
  ADD ("conversation-list", test_conversation_list);
  ADD ("aliases", test_aliases);
  ADD ("replies-and-reactions", test_replies_and_reactions);
  ADD ("mark-read", test_mark_read);
  ADD ("accept-text", test_accept_text);
  ADD ("answer-order", test_answer_order);
  ADD ("media", test_media);
  return g_test_run ();
}
