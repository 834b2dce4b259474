/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whatever is read can be written, and read again to the same. */
#include "fuzz.h"
#include "lobby-json.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  g_autoptr (JsonNode) first = lobby_json_parse ((const char *)data, size, NULL);
  g_autoptr (JsonNode) second = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *first_text = NULL, *second_text = NULL;

  if (first == NULL)
    return 0;
  first_text = lobby_json_to_string (first);
  second = lobby_json_parse (first_text, -1, &error);
  g_assert_no_error (error);
  second_text = lobby_json_to_string (second);
  g_assert_cmpstr (first_text, ==, second_text);
  return 0;
}
