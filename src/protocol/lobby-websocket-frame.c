/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-protocol"

/*
 * A frame (RFC 6455 section 5.2):
 *   FIN 1 | RSV 3 | opcode 4 | MASK 1 | length 7 | length 16 or 64 | mask 32 | payload
 * Kept between calls: the head of the present frame as far as it came, then how much of its payload is
 * missing. The message under way survives control frames, which have a buffer of their own.
 */

#include "lobby-websocket-frame.h"

#include <string.h>

#define FIN 0x80
#define RESERVED 0x70
#define OPCODE 0x0f
#define CONTROL 0x08
#define MASKED 0x80
#define LENGTH 0x7f

/* RFC 6455 section 1.3. */
#define ACCEPT_SALT "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_BYTES 16

void
lobby_websocket_message_clear (LobbyWebsocketMessage *message)
{
  g_clear_pointer (&message->payload, g_bytes_unref);
}

void
lobby_websocket_decoder_init (LobbyWebsocketDecoder *self,
                              gsize max_message)
{
  memset (self, 0, sizeof *self);
  self->max_message = max_message;
}

void
lobby_websocket_decoder_clear (LobbyWebsocketDecoder *self)
{
  g_clear_pointer (&self->message, g_byte_array_unref);
  g_clear_pointer (&self->control, g_byte_array_unref);
}

/* The first byte of a character: how many follow, and the range of the next (Unicode table 3-7:
 * no overlong forms, no surrogates, nothing above U+10FFFF). */
static gboolean
begin_character (LobbyWebsocketDecoder *self,
                 guint8 byte)
{
  self->utf8_low = byte == 0xe0 ? 0xa0 : byte == 0xf0 ? 0x90
                                                      : 0x80;
  self->utf8_high = byte == 0xed ? 0x9f : byte == 0xf4 ? 0x8f
                                                       : 0xbf;
  if (byte < 0xc2 || byte > 0xf4)
    return FALSE;
  self->utf8_needed = byte < 0xe0 ? 1 : byte < 0xf0 ? 2
                                                    : 3;
  return TRUE;
}

static gboolean
check_utf8 (LobbyWebsocketDecoder *self,
            const guint8 *text,
            gsize length)
{
  for (gsize i = 0; i < length; i++)
    {
      if (self->utf8_needed == 0)
        {
          if (text[i] >= 0x80 && !begin_character (self, text[i]))
            return FALSE;
          continue;
        }
      if (text[i] < self->utf8_low || text[i] > self->utf8_high)
        return FALSE;
      self->utf8_needed--;
      self->utf8_low = 0x80;
      self->utf8_high = 0xbf;
    }
  return TRUE;
}

static gboolean
is_control (LobbyWebsocketDecoder *self)
{
  return (self->head[0] & CONTROL) != 0;
}

/* What the first two bytes alone forbid; 0 when they are fine. */
static guint
check_start (LobbyWebsocketDecoder *self)
{
  guint8 opcode = self->head[0] & OPCODE;
  gboolean known = opcode <= LOBBY_WEBSOCKET_BINARY || (opcode >= LOBBY_WEBSOCKET_CLOSE && opcode <= LOBBY_WEBSOCKET_PONG);

  if ((self->head[0] & RESERVED) != 0 || !known || (self->head[1] & MASKED) == 0)
    return LOBBY_WEBSOCKET_PROTOCOL_ERROR;
  if (is_control (self))
    {
      if ((self->head[0] & FIN) == 0 || (self->head[1] & LENGTH) > LOBBY_WEBSOCKET_MAX_CONTROL)
        return LOBBY_WEBSOCKET_PROTOCOL_ERROR;
    }
  else if ((opcode == LOBBY_WEBSOCKET_CONTINUATION) != (self->opcode != 0))
    {
      return LOBBY_WEBSOCKET_PROTOCOL_ERROR;
    }
  return 0;
}

/* The bytes of length that follow the seven bits. */
static guint
extra_length_bytes (guint8 seven_bits)
{
  if (seven_bits == 127)
    return 8;
  return seven_bits == 126 ? 2 : 0;
}

static guint
head_size (LobbyWebsocketDecoder *self)
{
  return 2 + extra_length_bytes (self->head[1] & LENGTH) + 4;
}

/* With the whole head at hand: the length, and the message that this frame begins. */
static guint
begin_payload (LobbyWebsocketDecoder *self)
{
  guint8 length = self->head[1] & LENGTH;
  guint n = extra_length_bytes (length);
  gsize so_far = self->message != NULL ? self->message->len : 0;

  self->remaining = n == 0 ? length : 0;
  for (guint i = 0; i < n; i++)
    self->remaining = self->remaining << 8 | self->head[2 + i];
  if ((n == 8 && (self->remaining <= G_MAXUINT16 || self->remaining > G_MAXINT64))
      || (n == 2 && self->remaining < 126))
    return LOBBY_WEBSOCKET_PROTOCOL_ERROR;

  self->in_payload = TRUE;
  self->mask_at = 0;
  if (is_control (self))
    {
      self->control = g_byte_array_new ();
      return 0;
    }
  if (self->remaining > self->max_message - so_far)
    return LOBBY_WEBSOCKET_TOO_LARGE;
  if (self->message == NULL)
    {
      self->message = g_byte_array_new ();
      self->opcode = self->head[0] & OPCODE;
      self->utf8_needed = 0;
    }
  return 0;
}

/* Takes bytes of the head; 0 or the code to close with. */
static guint
take_head (LobbyWebsocketDecoder *self,
           const guint8 *data,
           gsize length,
           gsize *consumed)
{
  while (*consumed < length)
    {
      self->head[self->n_head++] = data[(*consumed)++];
      if (self->n_head == 2)
        {
          guint problem = check_start (self);
          if (problem != 0)
            return problem;
        }
      if (self->n_head > 2 && self->n_head == head_size (self))
        return begin_payload (self);
    }
  return 0;
}

static guint
take_payload (LobbyWebsocketDecoder *self,
              const guint8 *data,
              gsize length,
              gsize *consumed)
{
  GByteArray *buffer = is_control (self) ? self->control : self->message;
  gsize n = MIN (self->remaining, length - *consumed);
  const guint8 *mask = self->head + self->n_head - 4;
  guint start = buffer->len;

  if (n == 0)
    return 0;
  g_byte_array_append (buffer, data + *consumed, n);
  for (gsize i = 0; i < n; i++)
    buffer->data[start + i] ^= mask[(self->mask_at + i) & 3];
  self->mask_at = (self->mask_at + n) & 3;
  self->remaining -= n;
  *consumed += n;
  if (!is_control (self) && self->opcode == LOBBY_WEBSOCKET_TEXT
      && !check_utf8 (self, buffer->data + start, n))
    return LOBBY_WEBSOCKET_INVALID_DATA;
  return 0;
}

/* What a client may put into a CLOSE: RFC 6455 section 7.4 and the IANA registry. */
static gboolean
is_close_code (guint code)
{
  return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006)
         || (code >= 3000 && code <= 4999);
}

static guint
finish_close (LobbyWebsocketDecoder *self,
              LobbyWebsocketMessage *message)
{
  const guint8 *data = self->control->data;
  guint length = self->control->len;

  message->close_code = LOBBY_WEBSOCKET_NO_STATUS;
  if (length == 0)
    {
      message->payload = g_bytes_new (NULL, 0);
    }
  else
    {
      if (length == 1 || !is_close_code (data[0] << 8 | data[1]))
        return LOBBY_WEBSOCKET_PROTOCOL_ERROR;
      if (!g_utf8_validate_len ((const char *)data + 2, length - 2, NULL))
        return LOBBY_WEBSOCKET_INVALID_DATA;
      message->close_code = data[0] << 8 | data[1];
      message->payload = g_bytes_new (data + 2, length - 2);
    }
  g_clear_pointer (&self->control, g_byte_array_unref);
  self->finished = TRUE;
  return 0;
}

/* The frame is whole: fills @message (its opcode stays 0 when more fragments must come). */
static guint
finish_frame (LobbyWebsocketDecoder *self,
              LobbyWebsocketMessage *message)
{
  guint8 opcode = self->head[0] & OPCODE;

  self->n_head = 0;
  self->in_payload = FALSE;
  if (opcode & CONTROL)
    {
      message->opcode = opcode;
      if (opcode == LOBBY_WEBSOCKET_CLOSE)
        return finish_close (self, message);
      message->payload = g_byte_array_free_to_bytes (g_steal_pointer (&self->control));
      return 0;
    }
  if ((self->head[0] & FIN) == 0)
    return 0;
  if (self->utf8_needed != 0)
    return LOBBY_WEBSOCKET_INVALID_DATA;
  message->opcode = self->opcode;
  message->payload = g_byte_array_free_to_bytes (g_steal_pointer (&self->message));
  self->opcode = 0;
  return 0;
}

LobbyWebsocketResult
lobby_websocket_decoder_feed (LobbyWebsocketDecoder *self,
                              const guint8 *data,
                              gsize length,
                              gsize *consumed,
                              LobbyWebsocketMessage *message,
                              guint *close_code)
{
  guint problem = 0;

  *consumed = 0;
  memset (message, 0, sizeof *message);
  while (!self->finished && *consumed < length)
    {
      if (!self->in_payload)
        problem = take_head (self, data, length, consumed);
      if (problem == 0 && self->in_payload)
        problem = take_payload (self, data, length, consumed);
      if (problem == 0 && self->in_payload && self->remaining == 0)
        problem = finish_frame (self, message);
      if (problem != 0)
        {
          self->finished = TRUE;
          *close_code = problem;
          *consumed = length;
          return LOBBY_WEBSOCKET_FAILED;
        }
      if (message->opcode != 0)
        return LOBBY_WEBSOCKET_MESSAGE;
    }
  *consumed = length;
  return LOBBY_WEBSOCKET_MORE;
}

gsize
lobby_websocket_frame_head (LobbyWebsocketOpcode opcode,
                            gsize length,
                            guint8 head[LOBBY_WEBSOCKET_MAX_HEAD])
{
  guint8 seven_bits = length > G_MAXUINT16 ? 127 : MIN (length, 126);
  guint n = extra_length_bytes (seven_bits);

  head[0] = FIN | opcode;
  head[1] = seven_bits;
  for (guint i = 0; i < n; i++)
    head[2 + i] = (guint64)length >> (8 * (n - 1 - i)) & 0xff;
  return 2 + n;
}

GBytes *
lobby_websocket_frame_encode (LobbyWebsocketOpcode opcode,
                              const void *payload,
                              gsize length)
{
  guint8 head[LOBBY_WEBSOCKET_MAX_HEAD];
  gsize n_head = lobby_websocket_frame_head (opcode, length, head);
  guint8 *frame = g_malloc (n_head + length);

  memcpy (frame, head, n_head);
  if (length > 0)
    memcpy (frame + n_head, payload, length);
  return g_bytes_new_take (frame, n_head + length);
}

GBytes *
lobby_websocket_close_encode (guint code,
                              const char *reason)
{
  guint8 payload[LOBBY_WEBSOCKET_MAX_CONTROL];
  gsize length = 0;

  if (code != LOBBY_WEBSOCKET_NO_STATUS)
    {
      payload[length++] = code >> 8;
      payload[length++] = code & 0xff;
      if (reason != NULL)
        {
          const char *end = NULL;

          /* Cut where a character ends. */
          g_utf8_validate_len (reason, MIN (strlen (reason), sizeof payload - length), &end);
          memcpy (payload + length, reason, end - reason);
          length += end - reason;
        }
    }
  return lobby_websocket_frame_encode (LOBBY_WEBSOCKET_CLOSE, payload, length);
}

char *
lobby_websocket_accept_key (const char *key)
{
  g_autoptr (GChecksum) checksum = NULL;
  g_autofree guchar *nonce = NULL;
  guint8 digest[20];
  gsize size = sizeof digest, n_nonce = 0;

  if (key == NULL || strlen (key) != 24)
    return NULL;
  nonce = g_base64_decode (key, &n_nonce);
  if (n_nonce != KEY_BYTES)
    return NULL;
  checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_checksum_update (checksum, (const guchar *)key, -1);
  g_checksum_update (checksum, (const guchar *)ACCEPT_SALT, -1);
  g_checksum_get_digest (checksum, digest, &size);
  return g_base64_encode (digest, size);
}
