/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a client, fed whole and in pieces of the size that the first byte tells: both must come to the same. */
#include "fuzz.h"
#include "lobby-websocket-frame.h"

#define MAX_MESSAGE 4096

static GString *
decode (const uint8_t *data,
        size_t size,
        size_t piece)
{
  GString *log = g_string_new (NULL);
  LobbyWebsocketDecoder decoder;

  lobby_websocket_decoder_init (&decoder, MAX_MESSAGE);
  for (size_t at = 0; at < size;)
    {
      size_t end = MIN (at + piece, size);

      while (at < end)
        {
          LobbyWebsocketMessage message;
          gsize consumed = 0;
          guint code = 0;
          LobbyWebsocketResult result = lobby_websocket_decoder_feed (&decoder, data + at, end - at, &consumed, &message, &code);

          g_assert_true (consumed > 0 && consumed <= end - at);
          at += consumed;
          if (result == LOBBY_WEBSOCKET_FAILED)
            g_string_append_printf (log, "!%u", code);
          if (result != LOBBY_WEBSOCKET_MESSAGE)
            continue;
          g_assert_cmpuint (g_bytes_get_size (message.payload), <=, MAX_MESSAGE);
          if (message.opcode == LOBBY_WEBSOCKET_TEXT)
            g_assert_true (g_bytes_get_size (message.payload) == 0
                           || memchr (g_bytes_get_data (message.payload, NULL), 0, g_bytes_get_size (message.payload)) != NULL
                           || g_utf8_validate_len (g_bytes_get_data (message.payload, NULL), g_bytes_get_size (message.payload), NULL));
          g_string_append_printf (log, "%d:%u:%u ", message.opcode, message.close_code, g_bytes_hash (message.payload));
          lobby_websocket_message_clear (&message);
        }
    }
  lobby_websocket_decoder_clear (&decoder);
  return log;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  g_autoptr (GString) whole = NULL;
  g_autoptr (GString) pieces = NULL;

  if (size < 2)
    return 0;
  whole = decode (data + 1, size - 1, size);
  pieces = decode (data + 1, size - 1, 1 + data[0] % 32);
  g_assert_cmpstr (whole->str, ==, pieces->str);
  return 0;
}
