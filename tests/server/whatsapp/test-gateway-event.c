/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-gateway-private.h"
#include "lobby-json.h"
#include "lobby-vcard.h"
#include "payload-cases.h"

#include <string.h>

#define ARRIVED_AT G_GINT64_CONSTANT (1750040000123)

static void
dump_customer (GString *dump,
               const LobbyIdentity *customer)
{
  payload_add_line (dump, "wa_id", customer->wa_id);
  payload_add_line (dump, "lid", customer->lid);
  payload_add_line (dump, "name", customer->name);
}

static void
dump_message (GString *dump,
              const LobbyInboundMessage *message)
{
  g_autofree char *metadata = lobby_json_object_to_string (message->metadata);

  g_string_append_printf (dump, "  %s %s %s at %" G_GINT64_FORMAT "\n", message->outbound ? "outbound" : "inbound",
                          lobby_message_type_to_string (message->type), message->whatsapp_message_id, message->timestamp);
  if (message->outbound)
    payload_add_line (dump, "status", lobby_status_to_string (message->status));
  dump_customer (dump, &message->customer);
  payload_add_line (dump, "content", message->content);
  payload_add_line (dump, "quoted", message->quoted_whatsapp_id);
  payload_add_line (dump, "reaction to", message->reaction_whatsapp_id);
  payload_add_line (dump, "media id", message->media_remote_id);
  payload_add_line (dump, "media url", message->media_remote_url);
  if (strcmp (metadata, "{}") != 0)
    payload_add_line (dump, "metadata", metadata);
  g_assert_cmpint (message->arrived_at, ==, ARRIVED_AT);
}

static char *
dup_change (const LobbyInboundChange *change)
{
  return g_strdup_printf ("%s %s of %s at %" G_GINT64_FORMAT ": %s", change->outbound ? "outbound" : "inbound", change->revoke ? "revocation" : "edit",
                          change->whatsapp_message_id, change->timestamp, change->content != NULL ? change->content : "nothing");
}

static char *
dump_event (GBytes *body)
{
  static const char *const kinds[] = { "ignored", "session", "message", "status", "change", "call", "typing", "problem" };
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyGatewayEvent) event = lobby_gateway_event_new (body, ARRIVED_AT, &error);
  GString *dump;

  g_assert_no_error (error);
  dump = g_string_new (kinds[event->kind]);
  g_string_append_c (dump, '\n');
  g_assert_cmpstr (event->session, ==, "default");
  g_assert_true (g_str_has_prefix (event->id, "evt_"));
  if (event->message != NULL)
    dump_message (dump, event->message);
  if (event->status != NULL)
    g_string_append_printf (dump, "  %s %s at %" G_GINT64_FORMAT "%s%s\n", event->status->whatsapp_message_id,
                            lobby_status_to_string (event->status->status), event->status->timestamp,
                            event->status->error_title != NULL ? ": " : "", event->status->error_title != NULL ? event->status->error_title : "");
  if (event->change != NULL)
    {
      g_autofree char *change = dup_change (event->change);

      g_string_append_printf (dump, "  %s\n", change);
    }
  if (event->call != NULL)
    {
      g_string_append_printf (dump, "  %s %d at %" G_GINT64_FORMAT "\n", event->call->whatsapp_call_id, (int)event->call->status, event->call->timestamp);
      dump_customer (dump, &event->call->customer);
    }
  if (event->kind == LOBBY_GATEWAY_TYPING)
    {
      payload_add_line (dump, "typing", event->typing ? "yes" : "no");
      dump_customer (dump, &event->customer);
    }
  payload_add_line (dump, "problem", event->problem);
  return g_string_free (dump, FALSE);
}

static void
test_not_json (void)
{
  static const char *const bodies[] = { "", "{", "[]", "null", "\"x\"", "{\"a\":\xff}" };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (bodies[i], strlen (bodies[i]));
      g_autoptr (GError) error = NULL;

      g_assert_null (lobby_gateway_event_new (body, ARRIVED_AT, &error));
      g_assert_nonnull (error);
    }
}

static void
test_ids (void)
{
  static const struct
  {
    const char *id, *short_id, *chat;
  } ids[] = {
    { "false_16505551234@c.us_3EB0AA", "3EB0AA", "16505551234@c.us" },
    { "true_1203@g.us_3EB0AA_16505551234@c.us", "3EB0AA", "1203@g.us" },
    { "3EB0AA", "3EB0AA", NULL },
    { "some_other_id", "some_other_id", NULL },
    { "", "", NULL },
  };
  static const char *const nobody[] = { "", "@c.us", "0@c.us", "16505551234", "1203@g.us", "status@broadcast", "5@newsletter", "x@lid",
                                        "123456789012345678901@c.us", "1@c.us.example" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *short_id = lobby_gateway_dup_short_id (ids[i].id), *chat = lobby_gateway_dup_chat (ids[i].id);

      g_assert_cmpstr (short_id, ==, ids[i].short_id);
      g_assert_cmpstr (chat, ==, ids[i].chat);
    }
  for (guint i = 0; i < G_N_ELEMENTS (nobody); i++)
    {
      LobbyIdentity identity = { 0 };

      g_assert_false (lobby_gateway_parse_chat (nobody[i], &identity));
      g_assert_true (identity.wa_id == NULL && identity.lid == NULL);
    }
}

static void
test_chats (void)
{
  g_auto (LobbyIdentity) identity = { 0 };
  LobbyGatewayChats chats = { 0 };

  g_assert_true (lobby_gateway_parse_chat ("99887766@lid", &identity));
  lobby_gateway_chats_set (&chats, identity.wa_id, identity.lid);
  g_assert_cmpstr (chats.names[0], ==, "99887766@lid");
  g_assert_null (chats.names[1]);
  g_assert_true (lobby_gateway_parse_chat ("16505551234:12@s.whatsapp.net", &identity));
  lobby_gateway_chats_set (&chats, identity.wa_id, identity.lid);
  g_assert_cmpstr (chats.names[0], ==, "16505551234@c.us");
  g_assert_cmpstr (chats.names[1], ==, "99887766@lid");
  lobby_gateway_chats_set (&chats, "+1", NULL);
  g_assert_cmpstr (chats.names[0], ==, "1@c.us");
  lobby_gateway_chats_clear (&chats);
  g_assert_null (chats.names[0]);
}

/* What messages tell in their chats of what became of them since. */
static void
test_states (void)
{
  static const struct
  {
    const char *json, *state;
  } states[] = {
    { "{\"id\":\"false_1@c.us_A\",\"timestamp\":1750030073,\"body\":\"as it was\",\"_data\":{\"type\":\"chat\",\"latestEditSenderTimestampMs\":null}}", NULL },
    { "{\"id\":\"false_1@c.us_A\",\"body\":null,\"_data\":{\"type\":\"revoked\"}}", "inbound revocation of A at 1750040000123: nothing" },
    { "{\"id\":\"true_1@c.us_A\",\"fromMe\":true,\"body\":\"new\",\"_data\":{\"type\":\"chat\",\"latestEditSenderTimestampMs\":1750039000555}}",
      "outbound edit of A at 1750039000555: new" },
    { "{\"id\":\"true_1@c.us_A\",\"body\":\"new\",\"_data\":{\"latestEditSenderTimestampMs\":\"1750039000\"}}", "outbound edit of A at 1750039000000: new" },
    { "{\"id\":\"false_9@lid_A\",\"body\":\"new\",\"_data\":{\"latestEditSenderTimestampMs\":9750039000555}}", "inbound edit of A at 1750040000123: new" },
    { "{\"id\":\"false_1@c.us_A\",\"timestamp\":1750039000,\"_data\":{\"message\":{\"editedMessage\":{\"message\":{\"conversation\":\"new\"}}}}}",
      "inbound edit of A at 1750039000999: new" },
    { "{\"id\":\"false_1@c.us_A\",\"timestamp\":1750039000,\"_data\":{\"message\":{\"ephemeralMessage\":{\"message\":{\"editedMessage\":{\"message\":"
      "{\"extendedTextMessage\":{\"text\":\"new\"}}}}}}}}",
      "inbound edit of A at 1750039000999: new" },
    /* That there are no words is not told. */
    { "{\"id\":\"false_1@c.us_A\",\"timestamp\":1750039000,\"_data\":{\"message\":{\"editedMessage\":{\"message\":{}}}}}", NULL },
    { "{\"_data\":{\"type\":\"revoked\"}}", NULL },
    { "{\"id\":\"A\",\"_data\":[]}", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      g_autoptr (JsonObject) json = lobby_json_parse_object (states[i].json, -1, NULL);
      g_autoptr (LobbyInboundChange) change = lobby_gateway_parse_state (json, ARRIVED_AT);
      g_autofree char *state = change != NULL ? dup_change (change) : NULL;

      g_assert_cmpstr (state, ==, states[i].state);
    }
}

static void
test_vcards (void)
{
  g_autoptr (JsonObject) card = lobby_json_parse_object ("{\"name\":{\"formatted_name\":\"Hopper, Grace; \\n\\\\\"},\"org\":{\"company\":\"Navy\"},"
                                                         "\"phones\":[{\"phone\":\"+1 555\",\"wa_id\":\"1555\"},{\"phone\":\"+2\",\"wa_id\":\"x:y\"}],"
                                                         "\"emails\":[{\"email\":\"g@example.org\"}]}",
                                                         -1, NULL);
  g_autofree char *text = lobby_vcard_write (card);
  g_autoptr (JsonObject) again = lobby_vcard_parse (text);
  JsonArray *phones = lobby_json_get_array (again, "phones");

  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (again, "name"), "formatted_name", 100), ==, "Hopper, Grace;  \\");
  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (again, "org"), "company", 100), ==, "Navy");
  g_assert_cmpuint (lobby_json_array_length (phones), ==, 2);
  g_assert_cmpstr (lobby_json_get_string (lobby_json_array_object (phones, 0), "wa_id", 100), ==, "1555");
  g_assert_false (json_object_has_member (lobby_json_array_object (phones, 1), "wa_id"));
  g_assert_null (lobby_vcard_parse (""));
  g_assert_null (lobby_vcard_parse (":::;;;===\n\n\\"));
}

static void
read_damaged (GBytes *body)
{
  g_autoptr (LobbyGatewayEvent) event = lobby_gateway_event_new (body, ARRIVED_AT, NULL);
}

static void
test_damage (void)
{
  payload_damage ("gateway-payloads", "text-gows.json", read_damaged);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  payload_cases_add ("gateway-payloads", "/gateway/payload/", dump_event, 30);
  g_test_add_func ("/gateway/not-json", test_not_json);
  g_test_add_func ("/gateway/ids", test_ids);
  g_test_add_func ("/gateway/chats", test_chats);
  g_test_add_func ("/gateway/states", test_states);
  g_test_add_func ("/gateway/vcards", test_vcards);
  g_test_add_func ("/gateway/damage", test_damage);
  return g_test_run ();
}
