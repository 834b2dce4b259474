/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"
#include "lobby-engine-packet.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  LobbyEnginePacket packet = { 0 };
  LobbyEngineHandshake handshake = { 0 };
  g_autofree char *again = NULL;
  gsize length;
  const char *payload;

  if (!lobby_engine_packet_decode ((const char *)data, size, &packet, NULL))
    return 0;
  payload = g_bytes_get_data (packet.payload, &length);
  g_assert_cmpuint (strlen (payload), ==, length);
  again = lobby_engine_packet_encode (packet.type, payload);
  g_assert_cmpmem (again, strlen (again), data, size);

  if (lobby_engine_handshake_decode (payload, length, &handshake, NULL))
    {
      g_autofree char *json = lobby_engine_handshake_encode (&handshake, TRUE);
      LobbyEngineHandshake second = { 0 };

      g_assert_true (lobby_engine_handshake_decode (json, strlen (json), &second, NULL));
      g_assert_cmpstr (handshake.sid, ==, second.sid);
      g_assert_cmpuint (handshake.ping_interval, ==, second.ping_interval);
      lobby_engine_handshake_clear (&handshake);
      lobby_engine_handshake_clear (&second);
    }
  lobby_engine_packet_clear (&packet);
  return 0;
}
