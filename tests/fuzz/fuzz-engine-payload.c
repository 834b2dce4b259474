/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"
#include "lobby-engine-packet.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  g_autoptr (GArray) packets = lobby_engine_payload_decode ((const char *)data, size, NULL);
  g_autoptr (GArray) again = NULL;
  g_autoptr (GBytes) body = NULL;
  g_autoptr (GError) error = NULL;

  if (packets == NULL)
    return 0;
  g_assert_cmpuint (packets->len, >, 0);
  body = lobby_engine_payload_encode ((const LobbyEnginePacket *)packets->data, packets->len);
  again = lobby_engine_payload_decode (g_bytes_get_data (body, NULL), g_bytes_get_size (body), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (packets->len, ==, again->len);
  for (guint i = 0; i < packets->len; i++)
    {
      LobbyEnginePacket *a = &g_array_index (packets, LobbyEnginePacket, i);
      LobbyEnginePacket *b = &g_array_index (again, LobbyEnginePacket, i);

      g_assert_cmpint (a->type, ==, b->type);
      g_assert_cmpint (a->binary, ==, b->binary);
      g_assert_true (g_bytes_equal (a->payload, b->payload));
    }
  return 0;
}
