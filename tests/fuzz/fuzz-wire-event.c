/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is the JSON array of a Socket.IO event: its name and its argument. */
#include "fuzz.h"
#include "lobby-json.h"
#include "lobby-wire.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  g_autoptr (JsonNode) root = lobby_json_parse ((const char *)data, size, NULL);
  g_autoptr (LobbyWireEvent) event = NULL, again = NULL;
  g_autoptr (JsonObject) first = NULL, second = NULL;
  g_autofree char *first_text = NULL, *second_text = NULL;
  g_autoptr (GError) error = NULL;
  JsonArray *array;
  JsonObject *payload;
  const char *name;

  if (root == NULL || !JSON_NODE_HOLDS_ARRAY (root))
    return 0;
  array = json_node_get_array (root);
  payload = lobby_json_array_object (array, 1);
  if (payload == NULL || !JSON_NODE_HOLDS_VALUE (json_array_get_element (array, 0)))
    return 0;
  name = json_array_get_string_element (array, 0);
  if (name == NULL)
    return 0;
  event = lobby_wire_event_from_json (name, payload, NULL);
  if (event == NULL)
    return 0;

  first = lobby_wire_event_to_json (event);
  again = lobby_wire_event_from_json (name, first, &error);
  g_assert_no_error (error);
  second = lobby_wire_event_to_json (again);
  first_text = lobby_json_object_to_string (first);
  second_text = lobby_json_object_to_string (second);
  g_assert_cmpstr (first_text, ==, second_text);
  return 0;
}
