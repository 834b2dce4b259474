/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-engine-packet.h"
#include "lobby-json.h"
#include "lobby-wire.h"

static JsonObject *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  JsonObject *object = lobby_json_parse_object (text, -1, &error);

  g_assert_no_error (error);
  return object;
}

#define MESSAGE_HEAD "\"id\":\"m1\",\"contact_id\":\"c1\",\"direction\":\"inbound\",\"message_type\":\"text\"," \
                     "\"created_at\":\"2026-11-22T09:30:00.123Z\""
#define EVENT_HEAD "\"seq\":7,\"businessProfileId\":\"b1\""

static void
test_names (void)
{
  LobbyStatus status;

  for (int i = LOBBY_STATUS_PENDING; i <= LOBBY_STATUS_FAILED; i++)
    {
      g_assert_true (lobby_status_from_string (lobby_status_to_string (i), &status));
      g_assert_cmpint (status, ==, i);
    }
  g_assert_false (lobby_status_from_string ("lost", &status));
  g_assert_false (lobby_status_from_string (NULL, &status));

  for (int i = LOBBY_MESSAGE_TEXT; i <= LOBBY_MESSAGE_UNSUPPORTED; i++)
    g_assert_cmpint (lobby_message_type_from_string (lobby_message_type_to_string (i)), ==, i);
  g_assert_cmpint (lobby_message_type_from_string ("hologram"), ==, LOBBY_MESSAGE_UNSUPPORTED);
  g_assert_cmpint (lobby_message_type_from_string (NULL), ==, LOBBY_MESSAGE_UNSUPPORTED);
}

static void
test_status_merge (void)
{
  /* Rows: what is stored; columns: what arrives; both in the order of the enum. */
  static const LobbyStatus expected[6][6] = {
    { 0, 1, 2, 3, 4, 5 },
    { 1, 1, 2, 3, 4, 5 },
    { 2, 2, 2, 3, 4, 2 },
    { 3, 3, 3, 3, 4, 3 },
    { 4, 4, 4, 4, 4, 4 },
    { 5, 5, 2, 3, 4, 5 },
  };

  for (int i = 0; i < 6; i++)
    {
      for (int j = 0; j < 6; j++)
        g_assert_cmpint (lobby_status_merge (i, j), ==, expected[i][j]);
    }
}

/* Reading what was written and writing it again must give the same text. */
static void
assert_message_round_trip (const char *text)
{
  g_autoptr (JsonObject) json = parse (text);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireMessage) message = lobby_wire_message_from_json (json, &error);
  g_autoptr (LobbyWireMessage) again = NULL;
  g_autoptr (JsonObject) first = NULL, second = NULL;
  g_autofree char *first_text = NULL, *second_text = NULL;

  g_assert_no_error (error);
  first = lobby_wire_message_to_json (message);
  again = lobby_wire_message_from_json (first, &error);
  g_assert_no_error (error);
  second = lobby_wire_message_to_json (again);
  first_text = lobby_json_object_to_string (first);
  second_text = lobby_json_object_to_string (second);
  g_assert_cmpstr (first_text, ==, second_text);
}

static void
test_message (void)
{
  g_autoptr (JsonObject) json = parse (
      "{\"id\":\"m1\",\"client_id\":\"k1\",\"conversation_id\":\"v1\",\"contactId\":\"c1\",\"connection_id\":\"n1\","
      "\"contact_name\":\"Ana\",\"phone_number\":\"+34600123456\",\"whatsapp_message_id\":\"wamid.X\","
      "\"direction\":\"outbound\",\"message_type\":\"image\",\"content\":\"caption\",\"media_url\":\"/api/media/m1\","
      "\"status\":\"read\",\"is_from_bot\":true,\"agent_id\":\"a1\",\"metadata\":{\"width\":640},"
      "\"created_at\":\"2026-11-22T09:30:00.123Z\",\"updated_at\":\"2026-11-22T10:30:00+01:00\",\"later\":[1]}");
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireMessage) message = lobby_wire_message_from_json (json, &error);
  g_autoptr (JsonObject) written = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (message->id, ==, "m1");
  g_assert_cmpstr (message->client_id, ==, "k1");
  g_assert_cmpstr (message->contact_id, ==, "c1");
  g_assert_true (message->outbound);
  g_assert_cmpint (message->type, ==, LOBBY_MESSAGE_IMAGE);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_READ);
  g_assert_true (message->is_from_bot);
  g_assert_cmpint (lobby_json_get_int_or (message->metadata, "width", 0), ==, 640);
  g_assert_cmpint (message->created_at - message->updated_at, ==, 123);

  written = lobby_wire_message_to_json (message);
  g_assert_cmpstr (lobby_json_get_string (written, "contact_id", 10), ==, "c1");
  g_assert_cmpstr (lobby_json_get_string (written, "contactId", 10), ==, "c1");
  g_assert_cmpstr (lobby_json_get_string (written, "created_at", 40), ==, "2026-11-22T09:30:00.123Z");
}

static void
test_message_least (void)
{
  g_autoptr (JsonObject) json = parse ("{" MESSAGE_HEAD ",\"content\":null,\"metadata\":null}");
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireMessage) message = lobby_wire_message_from_json (json, &error);

  g_assert_no_error (error);
  g_assert_null (message->content);
  g_assert_nonnull (message->metadata);
  g_assert_false (message->outbound);
  assert_message_round_trip ("{" MESSAGE_HEAD "}");
  assert_message_round_trip ("{" MESSAGE_HEAD ",\"content\":\"\",\"metadata\":{\"a\":[{},[],null,1.5,\"é\"]}}");
}

static void
assert_refused (const char *text)
{
  g_autoptr (JsonObject) json = parse (text);
  g_autoptr (GError) error = NULL;

  g_assert_null (lobby_wire_message_from_json (json, &error));
  g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED);
}

static void
test_message_malformed (void)
{
  static const char *const texts[] = {
    "{}",
    "{\"id\":7}",
    "{\"id\":\"\",\"contact_id\":\"c1\",\"direction\":\"inbound\",\"message_type\":\"text\",\"created_at\":\"2026-11-22T09:30:00Z\"}",
    "{\"id\":\"m1\",\"direction\":\"inbound\",\"message_type\":\"text\",\"created_at\":\"2026-11-22T09:30:00Z\"}",
    "{\"id\":\"m1\",\"contact_id\":\"c1\",\"message_type\":\"text\",\"created_at\":\"2026-11-22T09:30:00Z\"}",
    "{\"id\":\"m1\",\"contact_id\":\"c1\",\"direction\":\"sideways\",\"message_type\":\"text\",\"created_at\":\"2026-11-22T09:30:00Z\"}",
    "{\"id\":\"m1\",\"contact_id\":\"c1\",\"direction\":\"inbound\",\"created_at\":\"2026-11-22T09:30:00Z\"}",
    "{\"id\":\"m1\",\"contact_id\":\"c1\",\"direction\":\"inbound\",\"message_type\":\"text\"}",
    "{\"id\":\"m1\",\"contact_id\":\"c1\",\"direction\":\"inbound\",\"message_type\":\"text\",\"created_at\":\"yesterday\"}",
    "{" MESSAGE_HEAD ",\"status\":\"lost\"}",
    "{" MESSAGE_HEAD ",\"status\":1}",
    "{" MESSAGE_HEAD ",\"content\":{}}",
    "{" MESSAGE_HEAD ",\"metadata\":[]}",
    "{" MESSAGE_HEAD ",\"metadata\":\"{}\"}",
    "{" MESSAGE_HEAD ",\"is_from_bot\":\"yes\"}",
    "{" MESSAGE_HEAD ",\"updated_at\":0}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    assert_refused (texts[i]);
}

static void
test_message_limits (void)
{
  g_autofree char *longest = g_strnfill (LOBBY_WIRE_MAX_TEXT, 'x');
  g_autofree char *fits = g_strdup_printf ("{" MESSAGE_HEAD ",\"content\":\"%s\"}", longest);
  g_autofree char *too_long = g_strdup_printf ("{" MESSAGE_HEAD ",\"content\":\"%sx\"}", longest);
  g_autofree char *name = g_strdup_printf ("{" MESSAGE_HEAD ",\"contact_name\":\"%s\"}", longest);
  g_autofree char *id = g_strdup_printf ("{" MESSAGE_HEAD ",\"client_id\":\"%s\"}", longest);
  g_autofree char *metadata = g_strdup_printf ("{" MESSAGE_HEAD ",\"metadata\":{\"a\":\"%s\",\"b\":[\"%s\",{\"c\":\"%s\"}],\"d\":\"%s\"}}",
                                               longest, longest, longest, longest);

  assert_message_round_trip (fits);
  assert_refused (too_long);
  assert_refused (name);
  assert_refused (id);
  assert_refused (metadata);
}

static void
test_surrogate (void)
{
  g_autoptr (JsonObject) json = lobby_json_parse_object ("{" MESSAGE_HEAD ",\"content\":\"a\\ud800b\"}", -1, NULL);
  g_autoptr (LobbyWireMessage) message = NULL;

  /* The JSON reader may refuse it; what comes through must be UTF-8. */
  if (json == NULL)
    return;
  message = lobby_wire_message_from_json (json, NULL);
  g_assert_nonnull (message);
  g_assert_true (g_utf8_validate (message->content, -1, NULL));
}

static void
test_contact (void)
{
  LobbyWireContact contact = { .id = (char *)"c1", .business_id = (char *)"b1", .name = (char *)"Ana", .created_at = 1, .updated_at = 2 };
  g_autoptr (JsonObject) json = lobby_wire_contact_to_json (&contact);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireContact) read = lobby_wire_contact_from_json (json, &error);
  g_autoptr (JsonObject) bad = parse ("{\"id\":\"c1\",\"name\":[]}");

  g_assert_no_error (error);
  g_assert_false (json_object_has_member (json, "phone_number"));
  g_assert_cmpstr (read->id, ==, "c1");
  g_assert_cmpstr (read->name, ==, "Ana");
  g_assert_null (read->phone_number);
  g_assert_cmpint (read->created_at, ==, 1);
  g_assert_cmpint (read->updated_at, ==, 2);
  g_assert_null (lobby_wire_contact_from_json (bad, &error));
  g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED);
}

static void
test_conversation (void)
{
  LobbyWireConversation conversation = { .id = (char *)"v1", .business_id = (char *)"b1", .contact_id = (char *)"c1", .connection_id = (char *)"n1", .unread_count = 3, .last_activity_at = 1000, .read_up_to = (char *)"m1", .message_count_in = 4, .message_count_out = 5, .seq = 9 };
  g_autoptr (JsonObject) json = lobby_wire_conversation_to_json (&conversation);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireConversation) read = lobby_wire_conversation_from_json (json, &error);
  static const char *const bad[] = {
    "{\"id\":\"v1\"}",
    "{\"id\":\"v1\",\"contact_id\":\"c1\",\"unread_count\":-1}",
    "{\"id\":\"v1\",\"contact_id\":\"c1\",\"unread_count\":3000000000}",
    "{\"id\":\"v1\",\"contact_id\":\"c1\",\"unread_count\":1.5}",
    "{\"id\":\"v1\",\"contact_id\":\"c1\",\"seq\":\"9\"}",
  };

  g_assert_no_error (error);
  g_assert_false (json_object_has_member (json, "window_expires_at"));
  g_assert_cmpint (read->unread_count, ==, 3);
  g_assert_cmpint (read->last_activity_at, ==, 1000);
  g_assert_cmpint (read->window_expires_at, ==, 0);
  g_assert_cmpstr (read->read_up_to, ==, "m1");
  g_assert_cmpint (read->message_count_in, ==, 4);
  g_assert_cmpint (read->message_count_out, ==, 5);
  g_assert_cmpint (read->seq, ==, 9);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JsonObject) object = parse (bad[i]);
      g_assert_null (lobby_wire_conversation_from_json (object, NULL));
    }
}

static void
test_event_round_trips (void)
{
  static const struct
  {
    const char *name, *text;
  } events[] = {
    { "message:new", "{" MESSAGE_HEAD "," EVENT_HEAD ",\"contact\":{\"id\":\"c1\"},\"conversation\":{\"id\":\"v1\",\"contact_id\":\"c1\"}}" },
    { "message:updated", "{" MESSAGE_HEAD "," EVENT_HEAD "}" },
    { "message:sent", "{" EVENT_HEAD ",\"id\":\"m1\",\"contactId\":\"c1\",\"conversationId\":\"v1\",\"status\":\"sent\",\"clientId\":\"k\",\"whatsappMessageId\":\"w\",\"at\":\"2026-11-22T09:30:00.000Z\"}" },
    { "message:status", "{" EVENT_HEAD ",\"messageId\":\"m1\",\"contactId\":\"c1\",\"status\":\"failed\",\"error\":{\"code\":131047,\"title\":\"t\",\"message\":\"m\"}}" },
    { "conversation:updated", "{" EVENT_HEAD ",\"conversation\":{\"id\":\"v1\",\"contact_id\":\"c1\"}}" },
    { "conversation:read", "{" EVENT_HEAD ",\"contactId\":\"c1\",\"agentId\":\"a1\",\"conversation\":{\"id\":\"v1\",\"contact_id\":\"c1\"}}" },
    { "contact:updated", "{" EVENT_HEAD ",\"contact\":{\"id\":\"c1\"}}" },
    { "contact:merged", "{" EVENT_HEAD ",\"contactId\":\"c1\",\"mergedContactId\":\"c2\",\"contact\":{\"id\":\"c1\"},\"conversations\":[{\"id\":\"v1\",\"contact_id\":\"c1\","
                        "\"merged_ids\":[\"v2\",7],\"mergedConversationId\":\"v2\"},3,{\"id\":\"v3\",\"contact_id\":\"c1\",\"merged_ids\":[null]}]}" },
    { "template:updated", "{" EVENT_HEAD ",\"template\":{\"id\":\"t1\",\"name\":\"hello\"}}" },
    { "template:removed", "{" EVENT_HEAD ",\"templateId\":\"t1\"}" },
    { "contact:typing", "{" EVENT_HEAD ",\"contactId\":\"c1\",\"isTyping\":true}" },
    { "agent:typing", "{" EVENT_HEAD ",\"contactId\":\"c1\",\"agentId\":\"a1\",\"isTyping\":false}" },
    { "whatsapp:qr", "{" EVENT_HEAD ",\"connectionId\":\"n1\",\"qr\":\"2@x\"}" },
    { "whatsapp:connected", "{" EVENT_HEAD ",\"connectionId\":\"n1\"}" },
    { "whatsapp:disconnected", "{" EVENT_HEAD ",\"connectionId\":\"n1\",\"reason\":\"logged out\"}" },
    { "sync:reset", "{" EVENT_HEAD "}" },
    { "poll:new", "{" EVENT_HEAD ",\"what\":[]}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_autoptr (JsonObject) json = parse (events[i].text);
      g_autoptr (GError) error = NULL;
      g_autoptr (LobbyWireEvent) event = lobby_wire_event_from_json (events[i].name, json, &error);
      g_autoptr (LobbyWireEvent) again = NULL;
      g_autoptr (JsonObject) first = NULL, second = NULL;
      g_autofree char *first_text = NULL, *second_text = NULL;

      g_assert_no_error (error);
      g_assert_cmpint (event->seq, ==, 7);
      g_assert_cmpstr (event->business_id, ==, "b1");
      if (event->kind != LOBBY_EVENT_UNKNOWN)
        g_assert_cmpstr (lobby_event_kind_to_name (event->kind), ==, events[i].name);
      first = lobby_wire_event_to_json (event);
      again = lobby_wire_event_from_json (events[i].name, first, &error);
      g_assert_no_error (error);
      second = lobby_wire_event_to_json (again);
      first_text = lobby_json_object_to_string (first);
      second_text = lobby_json_object_to_string (second);
      g_assert_cmpstr (first_text, ==, second_text);
    }
}

static void
test_event_fields (void)
{
  g_autoptr (JsonObject) json = parse ("{" EVENT_HEAD ",\"messageId\":\"m1\",\"contactId\":\"c1\",\"conversationId\":\"v1\",\"status\":\"failed\","
                                       "\"error\":{\"code\":131047,\"title\":\"t\",\"message\":\"m\"},\"at\":\"1970-01-01T00:00:01.500Z\"}");
  g_autoptr (LobbyWireEvent) event = lobby_wire_event_from_json ("message:status", json, NULL);

  g_assert_nonnull (event);
  g_assert_cmpint (event->kind, ==, LOBBY_EVENT_MESSAGE_STATUS);
  g_assert_cmpstr (event->message_id, ==, "m1");
  g_assert_cmpstr (event->contact_id, ==, "c1");
  g_assert_cmpstr (event->conversation_id, ==, "v1");
  g_assert_cmpint (event->status, ==, LOBBY_STATUS_FAILED);
  g_assert_cmpint (event->error_code, ==, 131047);
  g_assert_cmpstr (event->error_title, ==, "t");
  g_assert_cmpstr (event->error_message, ==, "m");
  g_assert_cmpint (event->at, ==, 1500);
}

static void
test_event_malformed (void)
{
  static const struct
  {
    const char *name, *text;
  } events[] = {
    { "message:new", "{}" },
    { "message:new", "{" EVENT_HEAD "}" },
    { "message:new", "{" MESSAGE_HEAD "}" },
    { "message:new", "{" MESSAGE_HEAD "," EVENT_HEAD ",\"contact\":{}}" },
    { "message:new", "{" MESSAGE_HEAD "," EVENT_HEAD ",\"contact\":\"c1\"}" },
    { "message:new", "{" MESSAGE_HEAD "," EVENT_HEAD ",\"conversation\":{\"id\":\"v1\"}}" },
    { "message:new", "{" MESSAGE_HEAD ",\"seq\":-1,\"businessProfileId\":\"b1\"}" },
    { "message:new", "{" MESSAGE_HEAD ",\"seq\":\"1\",\"businessProfileId\":\"b1\"}" },
    { "message:new", "{" MESSAGE_HEAD ",\"seq\":1}" },
    { "message:sent", "{" EVENT_HEAD ",\"id\":\"m1\",\"contactId\":\"c1\"}" },
    { "message:sent", "{" EVENT_HEAD ",\"id\":\"m1\",\"contactId\":\"c1\",\"status\":\"lost\"}" },
    { "message:sent", "{" EVENT_HEAD ",\"contactId\":\"c1\",\"status\":\"sent\"}" },
    { "message:status", "{" EVENT_HEAD ",\"messageId\":\"m1\",\"contactId\":\"c1\",\"status\":\"read\",\"error\":{\"code\":\"x\"}}" },
    { "contact:updated", "{" EVENT_HEAD "}" },
    { "contact:merged", "{" EVENT_HEAD ",\"contactId\":\"c1\"}" },
    { "contact:merged", "{" EVENT_HEAD ",\"contactId\":\"c1\",\"mergedContactId\":\"c2\",\"conversations\":[{\"id\":\"v1\"}]}" },
    { "template:updated", "{" EVENT_HEAD ",\"template\":{}}" },
    { "template:removed", "{" EVENT_HEAD "}" },
    { "agent:typing", "{" EVENT_HEAD ",\"contactId\":\"c1\",\"isTyping\":false}" },
    { "contact:typing", "{" EVENT_HEAD ",\"isTyping\":false}" },
    { "contact:typing", "{" EVENT_HEAD ",\"contactId\":\"c1\",\"isTyping\":1}" },
    { "whatsapp:qr", "{" EVENT_HEAD ",\"connectionId\":\"n1\"}" },
    { "whatsapp:connected", "{" EVENT_HEAD "}" },
    { "poll:new", "{\"seq\":\"9\"}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      g_autoptr (JsonObject) json = parse (events[i].text);
      g_autoptr (GError) error = NULL;

      g_assert_null (lobby_wire_event_from_json (events[i].name, json, &error));
      g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire/names", test_names);
  g_test_add_func ("/wire/status-merge", test_status_merge);
  g_test_add_func ("/wire/message", test_message);
  g_test_add_func ("/wire/message-least", test_message_least);
  g_test_add_func ("/wire/message-malformed", test_message_malformed);
  g_test_add_func ("/wire/message-limits", test_message_limits);
  g_test_add_func ("/wire/surrogate", test_surrogate);
  g_test_add_func ("/wire/contact", test_contact);
  g_test_add_func ("/wire/conversation", test_conversation);
  g_test_add_func ("/wire/event-round-trips", test_event_round_trips);
  g_test_add_func ("/wire/event-fields", test_event_fields);
  g_test_add_func ("/wire/event-malformed", test_event_malformed);
  return g_test_run ();
}
