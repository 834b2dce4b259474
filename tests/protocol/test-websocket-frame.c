/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The behaviours of the Autobahn test suite's groups 1 to 7, and limits. Every stream of frames is fed whole,
 * byte by byte, and in random pieces; the outcome must be the same.
 */
#include "lobby-websocket-frame.h"

#define MAX_MESSAGE (1024 * 1024)
#define FIN 0x80

/* Appends a client's frame. @head is FIN, reserved bits and opcode. */
static void
add_frame (GByteArray *stream,
           guint8 head,
           const void *payload,
           gsize length)
{
  guint8 bytes[LOBBY_WEBSOCKET_MAX_HEAD];
  guint8 mask[4] = { 0x37, 0xfa, 0x21, 0x3d };
  gsize n = lobby_websocket_frame_head (LOBBY_WEBSOCKET_TEXT, length, bytes);
  guint start;

  bytes[0] = head;
  bytes[1] |= 0x80;
  g_byte_array_append (stream, bytes, n);
  g_byte_array_append (stream, mask, 4);
  start = stream->len;
  if (length > 0)
    g_byte_array_append (stream, payload, length);
  for (gsize i = 0; i < length; i++)
    stream->data[start + i] ^= mask[i & 3];
}

static void
add_text (GByteArray *stream,
          guint8 head,
          const char *text)
{
  add_frame (stream, head, text, strlen (text));
}

/* What came out, as text: "T5:hello", "B3", "P2:hi", "O…", "C1000:bye", "!1002". */
static char *
drain (GByteArray *stream,
       gsize max_message,
       int piece)
{
  g_autoptr (GString) log = g_string_new (NULL);
  LobbyWebsocketDecoder decoder;
  gsize at = 0;

  lobby_websocket_decoder_init (&decoder, max_message);
  while (at < stream->len)
    {
      gsize left = stream->len - at;
      gsize n = piece < 0 ? (gsize)g_test_rand_int_range (1, 40) : (gsize)piece;
      gsize end = at + (n == 0 || n > left ? left : n);

      while (at < end)
        {
          LobbyWebsocketMessage message;
          guint code = 0;
          gsize consumed = 0;
          LobbyWebsocketResult result = lobby_websocket_decoder_feed (&decoder, stream->data + at, end - at, &consumed, &message, &code);

          g_assert_cmpuint (consumed, >, 0);
          at += consumed;
          if (result == LOBBY_WEBSOCKET_FAILED)
            g_string_append_printf (log, "!%u ", code);
          if (result == LOBBY_WEBSOCKET_MESSAGE)
            {
              gsize length;
              const char *data = g_bytes_get_data (message.payload, &length);

              if (message.opcode == LOBBY_WEBSOCKET_CLOSE)
                g_string_append_printf (log, "C%u:%.*s ", message.close_code, (int)length, data);
              else if (message.opcode == LOBBY_WEBSOCKET_BINARY)
                g_string_append_printf (log, "B%" G_GSIZE_FORMAT " ", length);
              else
                g_string_append_printf (log, "%c%" G_GSIZE_FORMAT ":%.*s ",
                                        message.opcode == LOBBY_WEBSOCKET_TEXT ? 'T' : message.opcode == LOBBY_WEBSOCKET_PING ? 'P'
                                                                                                                              : 'O',
                                        length, (int)MIN (length, 40), data);
              lobby_websocket_message_clear (&message);
            }
        }
    }
  lobby_websocket_decoder_clear (&decoder);
  return g_strdup (g_strchomp (log->str));
}

static void
assert_stream_limit (GByteArray *stream,
                     gsize max_message,
                     const char *expected)
{
  static const int pieces[] = { 0, 1, 2, 7, -1, -1, -1 };

  for (guint i = 0; i < G_N_ELEMENTS (pieces); i++)
    {
      g_autofree char *log = NULL;

      if (stream->len > 100000 && pieces[i] > 0)
        continue;
      log = drain (stream, max_message, pieces[i]);
      g_assert_cmpstr (log, ==, expected);
    }
  g_byte_array_set_size (stream, 0);
}

static void
assert_stream (GByteArray *stream,
               const char *expected)
{
  assert_stream_limit (stream, MAX_MESSAGE, expected);
}

/* Group 1: messages of every kind of length, in one frame. */
static void
test_framing (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  static const gsize lengths[] = { 0, 1, 125, 126, 127, 128, 65535, 65536, MAX_MESSAGE };
  g_autofree char *text = g_strnfill (MAX_MESSAGE, '*');

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *expected_text = g_strdup_printf ("T%" G_GSIZE_FORMAT ":%.*s", lengths[i], (int)MIN (lengths[i], 40), text);
      g_autofree char *expected_binary = g_strdup_printf ("B%" G_GSIZE_FORMAT, lengths[i]);

      add_frame (stream, FIN | LOBBY_WEBSOCKET_TEXT, text, lengths[i]);
      assert_stream (stream, expected_text);
      add_frame (stream, FIN | LOBBY_WEBSOCKET_BINARY, text, lengths[i]);
      assert_stream (stream, expected_binary);
    }
}

/* Group 2: pings and pongs. */
static void
test_pings (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  g_autofree char *text = g_strnfill (126, '*');

  add_text (stream, FIN | LOBBY_WEBSOCKET_PING, "");
  assert_stream (stream, "P0:");
  add_text (stream, FIN | LOBBY_WEBSOCKET_PING, "Hello");
  add_text (stream, FIN | LOBBY_WEBSOCKET_PING, "again");
  assert_stream (stream, "P5:Hello P5:again");
  add_frame (stream, FIN | LOBBY_WEBSOCKET_PING, "\0\xff\xfe\xfd", 4);
  add_text (stream, FIN | LOBBY_WEBSOCKET_PONG, "unasked");
  assert_stream (stream, "P4: O7:unasked");
  add_frame (stream, FIN | LOBBY_WEBSOCKET_PING, text, 125);
  assert_stream (stream, "P125:****************************************");
  add_frame (stream, FIN | LOBBY_WEBSOCKET_PING, text, 126);
  assert_stream (stream, "!1002");
}

/* Group 3: reserved bits; group 4: reserved opcodes. */
static void
test_reserved (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  for (guint8 bits = 1; bits <= 7; bits++)
    {
      add_text (stream, FIN | LOBBY_WEBSOCKET_TEXT, "before");
      add_text (stream, FIN | bits << 4 | LOBBY_WEBSOCKET_TEXT, "x");
      add_text (stream, FIN | LOBBY_WEBSOCKET_PING, "after");
      assert_stream (stream, "T6:before !1002");
      add_text (stream, FIN | bits << 4 | LOBBY_WEBSOCKET_PING, "");
      assert_stream (stream, "!1002");
    }
  for (guint8 opcode = 0; opcode <= 15; opcode++)
    {
      if (opcode <= 2 || (opcode >= 8 && opcode <= 10))
        continue;
      add_text (stream, FIN | LOBBY_WEBSOCKET_TEXT, "before");
      add_text (stream, FIN | opcode, "");
      assert_stream (stream, "T6:before !1002");
    }
}

/* Group 5: fragments. */
static void
test_fragments (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  add_text (stream, LOBBY_WEBSOCKET_TEXT, "one ");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, "two");
  assert_stream (stream, "T7:one two");

  add_text (stream, LOBBY_WEBSOCKET_TEXT, "one ");
  add_text (stream, FIN | LOBBY_WEBSOCKET_PING, "ping");
  add_text (stream, LOBBY_WEBSOCKET_CONTINUATION, "two ");
  add_text (stream, FIN | LOBBY_WEBSOCKET_PONG, "pong");
  add_text (stream, LOBBY_WEBSOCKET_CONTINUATION, "");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, "three");
  assert_stream (stream, "P4:ping O4:pong T13:one two three");

  add_text (stream, LOBBY_WEBSOCKET_TEXT, "");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, "");
  assert_stream (stream, "T0:");

  /* Fragmented control frames; continuations of nothing; a new message inside another. */
  add_text (stream, LOBBY_WEBSOCKET_PING, "pi");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, "ng");
  assert_stream (stream, "!1002");
  add_text (stream, LOBBY_WEBSOCKET_PONG, "po");
  assert_stream (stream, "!1002");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, "of nothing");
  assert_stream (stream, "!1002");
  add_text (stream, LOBBY_WEBSOCKET_CONTINUATION, "of nothing");
  assert_stream (stream, "!1002");
  add_text (stream, LOBBY_WEBSOCKET_TEXT, "one");
  add_text (stream, FIN | LOBBY_WEBSOCKET_TEXT, "two");
  assert_stream (stream, "!1002");
  add_text (stream, LOBBY_WEBSOCKET_BINARY, "one");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, "\xff\xff");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, "three");
  assert_stream (stream, "B5 !1002");
}

/* Group 6: UTF-8, whole and across fragments in the middle of a character. */
static void
test_utf8 (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  static const char *const valid[] = {
    "κόσμε", "Hello-µ@ßöäüàá-UTF-8!!", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xef\xbf\xbe",
    "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "😀"
  };
  static const char *const invalid[] = {
    "\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf",
    "\xf0\x8f\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xfe", "\xff", "\xf8\x88\x80\x80\x80",
    "\xfc\x84\x80\x80\x80\x80", "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80\x65\x64\x69\x74\x65\x64"
  };

  for (guint i = 0; i < G_N_ELEMENTS (valid); i++)
    {
      for (gsize cut = 0; cut <= strlen (valid[i]); cut++)
        {
          g_autofree char *expected = g_strdup_printf ("T%" G_GSIZE_FORMAT ":%s", strlen (valid[i]), valid[i]);

          add_frame (stream, LOBBY_WEBSOCKET_TEXT, valid[i], cut);
          add_frame (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, valid[i] + cut, strlen (valid[i]) - cut);
          assert_stream (stream, expected);
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (invalid); i++)
    {
      for (gsize cut = 0; cut <= strlen (invalid[i]); cut++)
        {
          add_frame (stream, LOBBY_WEBSOCKET_TEXT, invalid[i], cut);
          add_frame (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, invalid[i] + cut, strlen (invalid[i]) - cut);
          assert_stream (stream, "!1007");
        }
    }
  /* Binary may be anything; a ping between two halves of a character does not disturb. */
  add_text (stream, FIN | LOBBY_WEBSOCKET_BINARY, "\xff");
  add_text (stream, LOBBY_WEBSOCKET_TEXT, "\xf0\x9f");
  add_text (stream, FIN | LOBBY_WEBSOCKET_PING, "\xff");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, "\x98\x80");
  assert_stream (stream, "B1 P1:\xff T4:😀");
}

static void
test_utf8_fails_fast (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  LobbyWebsocketDecoder decoder;
  LobbyWebsocketMessage message;
  gsize consumed;
  guint code = 0;

  /* The bad byte stands in the first fragment of a message that never ends. */
  add_text (stream, LOBBY_WEBSOCKET_TEXT, "good \xf4\x90 never looked at");
  lobby_websocket_decoder_init (&decoder, MAX_MESSAGE);
  g_assert_cmpint (lobby_websocket_decoder_feed (&decoder, stream->data, 6 + 6, &consumed, &message, &code), ==, LOBBY_WEBSOCKET_MORE);
  g_assert_cmpint (lobby_websocket_decoder_feed (&decoder, stream->data + 12, 1, &consumed, &message, &code), ==, LOBBY_WEBSOCKET_FAILED);
  g_assert_cmpuint (code, ==, LOBBY_WEBSOCKET_INVALID_DATA);
  lobby_websocket_decoder_clear (&decoder);
}

static void
add_close (GByteArray *stream,
           guint code,
           const char *reason)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  guint8 bytes[2] = { code >> 8, code & 0xff };

  g_byte_array_append (payload, bytes, 2);
  g_byte_array_append (payload, (const guint8 *)reason, strlen (reason));
  add_frame (stream, FIN | LOBBY_WEBSOCKET_CLOSE, payload->data, payload->len);
}

/* Group 7: closing. */
static void
test_close (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  g_autofree char *longest = g_strnfill (123, '*');
  g_autofree char *longest_log = g_strdup_printf ("C1000:%s", longest);
  g_autofree char *too_long = g_strnfill (124, '*');
  static const guint valid[] = { 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999 };
  static const guint invalid[] = { 0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535 };

  /* Nothing behind a CLOSE is looked at. */
  add_text (stream, FIN | LOBBY_WEBSOCKET_TEXT, "Hello");
  add_close (stream, 1000, "bye");
  add_text (stream, FIN | LOBBY_WEBSOCKET_PING, "");
  add_text (stream, 0x7f, "garbage");
  assert_stream (stream, "T5:Hello C1000:bye");

  add_text (stream, LOBBY_WEBSOCKET_TEXT, "unfinished");
  add_close (stream, 1000, "");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, "end");
  assert_stream (stream, "C1000:");

  add_text (stream, FIN | LOBBY_WEBSOCKET_CLOSE, "");
  assert_stream (stream, "C1005:");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CLOSE, "a");
  assert_stream (stream, "!1002");
  add_close (stream, 1000, longest);
  assert_stream (stream, longest_log);
  add_close (stream, 1000, too_long);
  assert_stream (stream, "!1002");
  add_close (stream, 1000, "\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80");
  assert_stream (stream, "!1007");

  for (guint i = 0; i < G_N_ELEMENTS (valid); i++)
    {
      g_autofree char *expected = g_strdup_printf ("C%u:x", valid[i]);
      add_close (stream, valid[i], "x");
      assert_stream (stream, expected);
    }
  for (guint i = 0; i < G_N_ELEMENTS (invalid); i++)
    {
      add_close (stream, invalid[i], "x");
      assert_stream (stream, "!1002");
    }
}

static void
test_unmasked (void)
{
  g_autoptr (GBytes) frame = lobby_websocket_frame_encode (LOBBY_WEBSOCKET_TEXT, "Hello", 5);
  g_autoptr (GByteArray) stream = g_byte_array_new ();

  g_byte_array_append (stream, g_bytes_get_data (frame, NULL), g_bytes_get_size (frame));
  assert_stream (stream, "!1002");
}

static void
test_limits (void)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  static const guint8 huge[] = { 0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4 };
  static const guint8 negative[] = { 0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4 };
  static const guint8 long_winded[] = { 0x82, 0xfe, 0, 125, 1, 2, 3, 4 };
  static const guint8 very_long_winded[] = { 0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4 };

  add_text (stream, FIN | LOBBY_WEBSOCKET_TEXT, "12345678");
  add_text (stream, FIN | LOBBY_WEBSOCKET_TEXT, "123456789");
  assert_stream_limit (stream, 8, "T8:12345678 !1009");
  add_text (stream, LOBBY_WEBSOCKET_TEXT, "1234");
  add_text (stream, LOBBY_WEBSOCKET_CONTINUATION, "1234");
  add_text (stream, FIN | LOBBY_WEBSOCKET_PING, "12345678");
  add_text (stream, FIN | LOBBY_WEBSOCKET_CONTINUATION, "");
  assert_stream_limit (stream, 8, "P8:12345678 T8:12341234");
  add_text (stream, LOBBY_WEBSOCKET_TEXT, "1234");
  add_text (stream, LOBBY_WEBSOCKET_CONTINUATION, "12345");
  assert_stream_limit (stream, 8, "!1009");
  g_byte_array_append (stream, huge, sizeof huge);
  assert_stream (stream, "!1009");
  g_byte_array_append (stream, negative, sizeof negative);
  assert_stream (stream, "!1002");
  g_byte_array_append (stream, long_winded, sizeof long_winded);
  assert_stream (stream, "!1002");
  g_byte_array_append (stream, very_long_winded, sizeof very_long_winded);
  assert_stream (stream, "!1002");
}

static void
assert_bytes (GBytes *bytes,
              const void *expected,
              gsize length)
{
  g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), expected, length);
  g_bytes_unref (bytes);
}

static void
test_encode (void)
{
  g_autofree char *text = g_strnfill (65536, '*');
  g_autofree char *reason = g_strnfill (122, '*');
  g_autofree char *cut = g_strdup_printf ("%s\u00e9", reason);
  guint8 head[LOBBY_WEBSOCKET_MAX_HEAD];

  /* RFC 6455 section 5.7. */
  assert_bytes (lobby_websocket_frame_encode (LOBBY_WEBSOCKET_TEXT, "Hello", 5), "\x81\x05Hello", 7);
  assert_bytes (lobby_websocket_frame_encode (LOBBY_WEBSOCKET_PONG, NULL, 0), "\x8a\x00", 2);
  g_assert_cmpuint (lobby_websocket_frame_head (LOBBY_WEBSOCKET_BINARY, 125, head), ==, 2);
  g_assert_cmpuint (lobby_websocket_frame_head (LOBBY_WEBSOCKET_BINARY, 256, head), ==, 4);
  g_assert_cmpmem (head, 4, "\x82\x7e\x01\x00", 4);
  g_assert_cmpuint (lobby_websocket_frame_head (LOBBY_WEBSOCKET_BINARY, 65535, head), ==, 4);
  g_assert_cmpuint (lobby_websocket_frame_head (LOBBY_WEBSOCKET_BINARY, 65536, head), ==, 10);
  g_assert_cmpmem (head, 10, "\x82\x7f\0\0\0\0\0\1\0\0", 10);

  assert_bytes (lobby_websocket_close_encode (LOBBY_WEBSOCKET_NO_STATUS, "ignored"), "\x88\x00", 2);
  assert_bytes (lobby_websocket_close_encode (1000, NULL), "\x88\x02\x03\xe8", 4);
  assert_bytes (lobby_websocket_close_encode (1001, "bye"), "\x88\x05\x03\xe9"
                                                            "bye",
                7);
  {
    g_autoptr (GBytes) frame = lobby_websocket_close_encode (1000, cut);
    g_assert_cmpuint (g_bytes_get_size (frame), ==, 2 + 2 + 122);
  }
}

static void
test_accept_key (void)
{
  g_autofree char *accept = lobby_websocket_accept_key ("dGhlIHNhbXBsZSBub25jZQ==");

  g_assert_cmpstr (accept, ==, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  g_assert_null (lobby_websocket_accept_key (NULL));
  g_assert_null (lobby_websocket_accept_key (""));
  g_assert_null (lobby_websocket_accept_key ("dGhlIHNhbXBsZSBub25jZQ"));
  g_assert_null (lobby_websocket_accept_key ("dGhlIHNhbXBsZSBub25jZQ==\r\n"));
  g_assert_null (lobby_websocket_accept_key ("************************"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/websocket-frame/framing", test_framing);
  g_test_add_func ("/websocket-frame/pings", test_pings);
  g_test_add_func ("/websocket-frame/reserved", test_reserved);
  g_test_add_func ("/websocket-frame/fragments", test_fragments);
  g_test_add_func ("/websocket-frame/utf8", test_utf8);
  g_test_add_func ("/websocket-frame/utf8-fails-fast", test_utf8_fails_fast);
  g_test_add_func ("/websocket-frame/close", test_close);
  g_test_add_func ("/websocket-frame/unmasked", test_unmasked);
  g_test_add_func ("/websocket-frame/limits", test_limits);
  g_test_add_func ("/websocket-frame/encode", test_encode);
  g_test_add_func ("/websocket-frame/accept-key", test_accept_key);
  return g_test_run ();
}
