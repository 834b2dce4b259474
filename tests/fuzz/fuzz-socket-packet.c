/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is an HTTP body of Engine.IO packets, whose messages go to one decoder. */
#include "fuzz.h"
#include "lobby-socket-packet.h"

static void
check_packet (const LobbySocketPacket *packet)
{
  g_autofree char *text = lobby_socket_packet_encode (packet);
  g_autofree char *again_text = NULL;
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  g_autoptr (LobbySocketDecoder) decoder = lobby_socket_decoder_new ();
  g_autoptr (GError) error = NULL;
  LobbyEnginePacket message = { LOBBY_ENGINE_MESSAGE, FALSE, payload };
  LobbySocketPacket again = { 0 };
  gboolean complete = FALSE;

  g_assert_true (lobby_socket_decoder_feed (decoder, &message, &again, &complete, &error));
  for (guint i = 0; packet->attachments != NULL && i < packet->attachments->len; i++)
    {
      LobbyEnginePacket attachment = { LOBBY_ENGINE_MESSAGE, TRUE, packet->attachments->pdata[i] };

      g_assert_false (complete);
      g_assert_true (lobby_socket_decoder_feed (decoder, &attachment, &again, &complete, &error));
    }
  g_assert_true (complete);
  again_text = lobby_socket_packet_encode (&again);
  g_assert_cmpstr (text, ==, again_text);
  lobby_socket_packet_clear (&again);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  g_autoptr (GArray) messages = lobby_engine_payload_decode ((const char *)data, size, NULL);
  g_autoptr (LobbySocketDecoder) decoder = lobby_socket_decoder_new ();

  for (guint i = 0; messages != NULL && i < messages->len; i++)
    {
      LobbyEnginePacket *message = &g_array_index (messages, LobbyEnginePacket, i);
      LobbySocketPacket packet = { 0 };
      gboolean complete = FALSE;

      if (message->type != LOBBY_ENGINE_MESSAGE)
        continue;
      if (!lobby_socket_decoder_feed (decoder, message, &packet, &complete, NULL))
        break;
      if (!complete)
        continue;
      check_packet (&packet);
      lobby_socket_packet_clear (&packet);
    }
  return 0;
}
