/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-message-extra.h"
#include "lobby-json.h"

/* What stands above, in place of and below the text, for the metadata that WhatsApp's payloads leave (tests/server/whatsapp/payloads). */

static LobbyMessageRecord *
record_with (LobbyModelType type, const char *content, const char *extra)
{
  LobbyMessageRecord *record = lobby_message_record_new ();

  record->type = type;
  record->content = g_strdup (content);
  record->extra = g_strdup (extra);
  return record;
}

static void
check (LobbyModelType type, gboolean outbound, const char *content, const char *json, const char *mark, const char *words, const char *details)
{
  g_autoptr (LobbyMessageRecord) record = record_with (type, content, json);
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);
  g_autofree char *told = NULL;
  g_autofree char *below = lobby_message_extra_details (extra);
  const char *icon_name;

  record->outbound = outbound;
  told = lobby_message_extra_words (record, extra);
  g_assert_cmpstr (lobby_message_extra_mark (extra, &icon_name), ==, mark);
  g_assert_true ((icon_name != NULL) == (mark != NULL));
  g_assert_cmpstr (told, ==, words);
  g_assert_cmpstr (below, ==, details);
}

static void
test_plain (void)
{
  check (LOBBY_MODEL_TEXT, FALSE, "Hi", NULL, NULL, NULL, NULL);
  check (LOBBY_MODEL_TEXT, FALSE, "Hi", "not json", NULL, NULL, NULL);
  check (LOBBY_MODEL_TEXT, FALSE, "Hi", "{\"forwarded\":true}", "Forwarded", NULL, NULL);
  check (LOBBY_MODEL_TEXT, FALSE, "Hi", "{\"forwarded\":true,\"frequently_forwarded\":true}", "Forwarded many times", NULL, NULL);
}

static void
test_revoked (void)
{
  const char *json = "{\"revoked_at\":\"2026-11-22T10:00:00.000Z\",\"edited_at\":\"2026-11-22T09:00:00.000Z\",\"forwarded\":true}";
  g_autoptr (LobbyMessageRecord) record = record_with (LOBBY_MODEL_TEXT, "", json);
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);

  check (LOBBY_MODEL_IMAGE, FALSE, "", json, NULL, "This message was deleted", NULL);
  check (LOBBY_MODEL_TEXT, TRUE, "", json, NULL, "Your team deleted this message", NULL);
  g_assert_true (lobby_message_extra_is_revoked (extra));
  g_assert_false (lobby_message_extra_is_edited (extra));
}

static void
test_calls (void)
{
  check (LOBBY_MODEL_CALL, FALSE, "", "{\"call\":{\"direction\":\"inbound\",\"status\":\"completed\",\"duration\":151000}}", NULL, "Incoming call, 2:31", NULL);
  check (LOBBY_MODEL_CALL, TRUE, "", "{\"call\":{\"status\":\"completed\",\"duration\":3000}}", NULL, "Outgoing call, 0:03", NULL);
  check (LOBBY_MODEL_CALL, FALSE, "", "{\"call\":{\"status\":\"missed\"}}", NULL, "Missed call", NULL);
  check (LOBBY_MODEL_CALL, TRUE, "", "{\"call\":{\"status\":\"missed\"}}", NULL, "Call without an answer", NULL);
  check (LOBBY_MODEL_CALL, FALSE, "", "{\"call\":{\"status\":\"rejected\"}}", NULL, "Declined call", NULL);
  check (LOBBY_MODEL_CALL, FALSE, "", "{\"call\":{\"status\":\"ringing\"}}", NULL, "Incoming call", NULL);
  check (LOBBY_MODEL_CALL, TRUE, "", NULL, NULL, "Outgoing call", NULL);
}

static void
test_notices (void)
{
  check (LOBBY_MODEL_SYSTEM, FALSE, "User A changed", "{\"system\":{\"type\":\"user_changed_number\",\"wa_id\":\"12195555358\"}}", NULL,
         "The customer has a new number: +1 219 555 5358", NULL);
  check (LOBBY_MODEL_SYSTEM, FALSE, "Something of the future", "{\"system\":{\"type\":\"of_the_future\"}}", NULL, NULL, NULL);
}

static void
test_interactive (void)
{
  check (LOBBY_MODEL_INTERACTIVE, FALSE, "Cancel", "{\"interactive\":{\"type\":\"button_reply\",\"button_reply\":{\"id\":\"c\",\"title\":\"Cancel\"}}}",
         "Pressed a button", NULL, NULL);
  check (LOBBY_MODEL_INTERACTIVE, FALSE, "Stop", "{\"button\":{\"payload\":\"Stop\",\"text\":\"Stop\"}}", "Pressed a button", NULL, NULL);
  check (LOBBY_MODEL_INTERACTIVE, FALSE, "Express", "{\"interactive\":{\"type\":\"list_reply\",\"list_reply\":{\"title\":\"Express\",\"description\":\"Next day\"}}}",
         "Chose from a list", NULL, "Next day");
  check (LOBBY_MODEL_INTERACTIVE, FALSE, "Sent",
         "{\"interactive\":{\"type\":\"nfm_reply\",\"nfm_reply\":{\"body\":\"Sent\",\"response_json\":\"{\\\"flow_token\\\":\\\"x\\\",\\\"day\\\":\\\"Monday\\\",\\\"n\\\":[1]}\"}}}",
         "Filled in a form", NULL, "day: Monday\nn: [1]");
  check (LOBBY_MODEL_INTERACTIVE, FALSE, "", "{\"interactive\":{\"type\":\"call_permission_reply\",\"call_permission_reply\":{\"response\":\"accept\"}}}",
         NULL, "You may call this customer", NULL);
  check (LOBBY_MODEL_INTERACTIVE, FALSE, "", "{\"interactive\":{\"type\":\"of_the_future\"}}", NULL, NULL, NULL);
}

static void
test_offered (void)
{
  g_autoptr (LobbyMessageRecord) record = record_with (LOBBY_MODEL_INTERACTIVE, "",
                                                       "{\"interactive\":{\"type\":\"button\",\"body\":{\"text\":\"Which?\"},\"footer\":{\"text\":\"Today\"},"
                                                       "\"action\":{\"buttons\":[{\"reply\":{\"title\":\"Red\"}},{\"reply\":{\"title\":\"Blue\"}},7,{}]}}}");
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);
  g_auto (GStrv) choices = lobby_message_extra_choices (extra);
  g_autofree char *words = lobby_message_extra_words (record, extra);
  g_autofree char *details = lobby_message_extra_details (extra);

  g_assert_cmpstr (words, ==, "Which?");
  g_assert_cmpstr (details, ==, "Today");
  g_assert_cmpuint (g_strv_length (choices), ==, 2);
  g_assert_cmpstr (choices[1], ==, "Blue");
}

static void
test_headed (void)
{
  const char *json = "{\"template_frame\":{\"header\":\"Your order\",\"footer\":\"The shop\",\"buttons\":[\"Yes\",7,\"No\"]}}";
  g_autoptr (LobbyMessageRecord) record = record_with (LOBBY_MODEL_TEMPLATE, "It is ready", json);
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);
  g_autoptr (JsonObject) offered = lobby_json_parse_object ("{\"interactive\":{\"header\":{\"type\":\"text\",\"text\":\"Cakes\"}}}", -1, NULL);
  g_autoptr (JsonObject) pictured = lobby_json_parse_object ("{\"interactive\":{\"header\":{\"type\":\"image\",\"image\":{}}}}", -1, NULL);
  g_auto (GStrv) choices = lobby_message_extra_choices (extra);

  check (LOBBY_MODEL_TEMPLATE, TRUE, "It is ready", json, NULL, NULL, "The shop");
  g_assert_cmpstr (lobby_message_extra_heading (extra), ==, "Your order");
  g_assert_cmpstr (lobby_message_extra_heading (offered), ==, "Cakes");
  g_assert_null (lobby_message_extra_heading (pictured));
  g_assert_null (lobby_message_extra_heading (NULL));
  g_assert_cmpuint (g_strv_length (choices), ==, 2);
  g_assert_cmpstr (choices[1], ==, "No");
}

static void
test_order (void)
{
  g_autoptr (LobbyMessageRecord) record = record_with (LOBBY_MODEL_ORDER, "Love these!",
                                                       "{\"order\":{\"product_items\":[{\"product_retailer_id\":\"cake\",\"quantity\":2,\"item_price\":30,\"currency\":\"USD\"},"
                                                       "{\"product_retailer_id\":\"bun\",\"quantity\":\"1\",\"item_price\":\"2.5\",\"currency\":\"USD\"}]}}");
  g_autoptr (JsonObject) extra = lobby_message_extra_read (record);
  g_autofree char *total = NULL;
  g_autofree char *title = lobby_message_extra_order (extra, &total);
  g_autofree char *details = lobby_message_extra_details (extra);
  g_autofree char *none = NULL;
  g_autofree char *empty = lobby_message_extra_order (NULL, &none);

  g_assert_cmpstr (title, ==, "Order of 3 articles");
  g_assert_cmpstr (total, ==, "Total 62.50 USD");
  g_assert_cmpstr (details, ==, "2 × cake, 30.00 USD\n1 × bun, 2.50 USD");
  g_assert_cmpstr (empty, ==, "Order of 0 articles");
  g_assert_null (none);
}

static void
test_contacts (void)
{
  g_autoptr (JsonObject) two = lobby_json_parse_object ("{\"contacts\":[{\"name\":{\"formatted_name\":\"Ana\"},\"phones\":[{\"phone\":\"+34 600\"},{\"phone\":\"+34 601\"}]},{}]}", -1, NULL);
  g_autoptr (JsonObject) revoked = lobby_json_parse_object ("{\"contacts\":[{}],\"revoked_at\":\"2026-01-01T00:00:00Z\"}", -1, NULL);
  g_autoptr (JsonObject) none = lobby_json_parse_object ("{\"contacts\":[]}", -1, NULL);
  g_autoptr (GString) json = g_string_new ("{\"contacts\":[{}");
  g_autoptr (JsonObject) many = NULL;
  g_autofree char *words = lobby_message_extra_contacts (two);
  g_autofree char *few = NULL;

  g_assert_cmpstr (words, ==, "Ana, +34 600, +34 601\nContact");
  g_assert_null (lobby_message_extra_contacts (revoked));
  g_assert_null (lobby_message_extra_contacts (none));
  g_assert_null (lobby_message_extra_contacts (NULL));

  /* More than anybody reads. */
  for (int i = 0; i < 200; i++)
    g_string_append (json, ",{}");
  g_string_append (json, "]}");
  many = lobby_json_parse_object (json->str, -1, NULL);
  few = lobby_message_extra_contacts (many);
  g_assert_true (g_str_has_suffix (few, "Contact\n…"));
  g_assert_cmpuint (strlen (few), <, 400);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/message-extra/plain", test_plain);
  g_test_add_func ("/message-extra/revoked", test_revoked);
  g_test_add_func ("/message-extra/calls", test_calls);
  g_test_add_func ("/message-extra/notices", test_notices);
  g_test_add_func ("/message-extra/interactive", test_interactive);
  g_test_add_func ("/message-extra/offered", test_offered);
  g_test_add_func ("/message-extra/headed", test_headed);
  g_test_add_func ("/message-extra/order", test_order);
  g_test_add_func ("/message-extra/contacts", test_contacts);
  return g_test_run ();
}
