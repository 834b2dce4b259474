/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-json.h"
#include "lobby-socket-packet.h"

static gboolean
feed_bytes (LobbySocketDecoder *decoder,
            gboolean binary,
            const void *data,
            gsize length,
            LobbySocketPacket *packet,
            gboolean *complete,
            GError **error)
{
  g_autoptr (GBytes) payload = g_bytes_new (data, length);
  LobbyEnginePacket message = { LOBBY_ENGINE_MESSAGE, binary, payload };

  return lobby_socket_decoder_feed (decoder, &message, packet, complete, error);
}

static gboolean
feed_text (LobbySocketDecoder *decoder,
           const char *text,
           LobbySocketPacket *packet,
           gboolean *complete,
           GError **error)
{
  return feed_bytes (decoder, FALSE, text, strlen (text), packet, complete, error);
}

static void
test_round_trip (void)
{
  static const struct
  {
    const char *text;
    LobbySocketType type;
    const char *namespace_;
    gint64 ack_id;
    const char *data;
  } rows[] = {
    { "0", LOBBY_SOCKET_CONNECT, "/", -1, NULL },
    { "0{\"token\":\"t\"}", LOBBY_SOCKET_CONNECT, "/", -1, "{\"token\":\"t\"}" },
    { "0/admin,{\"sid\":\"x\"}", LOBBY_SOCKET_CONNECT, "/admin", -1, "{\"sid\":\"x\"}" },
    { "1", LOBBY_SOCKET_DISCONNECT, "/", -1, NULL },
    { "1/admin,", LOBBY_SOCKET_DISCONNECT, "/admin", -1, NULL },
    { "2[\"foo\"]", LOBBY_SOCKET_EVENT, "/", -1, "[\"foo\"]" },
    { "212[\"foo\",{\"a\":[1,null,\"ü\"]}]", LOBBY_SOCKET_EVENT, "/", 12, "[\"foo\",{\"a\":[1,null,\"ü\"]}]" },
    { "2/admin,456[\"project:delete\",123]", LOBBY_SOCKET_EVENT, "/admin", 456, "[\"project:delete\",123]" },
    { "2999999999999999[\"foo\"]", LOBBY_SOCKET_EVENT, "/", 999999999999999, "[\"foo\"]" },
    { "30[]", LOBBY_SOCKET_ACK, "/", 0, "[]" },
    { "3/admin,13[\"bar\"]", LOBBY_SOCKET_ACK, "/admin", 13, "[\"bar\"]" },
    { "4{\"message\":\"Not authorized\"}", LOBBY_SOCKET_CONNECT_ERROR, "/", -1, "{\"message\":\"Not authorized\"}" },
    { "50-[\"foo\"]", LOBBY_SOCKET_BINARY_EVENT, "/", -1, "[\"foo\"]" },
    { "60-7[]", LOBBY_SOCKET_BINARY_ACK, "/", 7, "[]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (LobbySocketDecoder) decoder = lobby_socket_decoder_new ();
      g_autoptr (GError) error = NULL;
      g_autofree char *data = NULL, *text = NULL;
      LobbySocketPacket packet = { 0 };
      gboolean complete = FALSE;

      g_assert_true (feed_text (decoder, rows[i].text, &packet, &complete, &error));
      g_assert_no_error (error);
      g_assert_true (complete);
      g_assert_cmpint (packet.type, ==, rows[i].type);
      g_assert_cmpstr (packet.namespace_, ==, rows[i].namespace_);
      g_assert_cmpint (packet.ack_id, ==, rows[i].ack_id);
      data = packet.data != NULL ? lobby_json_to_string (packet.data) : NULL;
      g_assert_cmpstr (data, ==, rows[i].data);
      text = lobby_socket_packet_encode (&packet);
      g_assert_cmpstr (text, ==, rows[i].text);
      lobby_socket_packet_clear (&packet);
    }
}

static void
test_lenient (void)
{
  g_autoptr (LobbySocketDecoder) decoder = lobby_socket_decoder_new ();
  LobbySocketPacket packet = { 0 };
  gboolean complete = FALSE;

  /* Stock clients leave the comma out when nothing follows. */
  g_assert_true (feed_text (decoder, "0/admin", &packet, &complete, NULL));
  g_assert_cmpstr (packet.namespace_, ==, "/admin");
  lobby_socket_packet_clear (&packet);
  g_assert_true (feed_text (decoder, "0/,{}", &packet, &complete, NULL));
  g_assert_cmpstr (packet.namespace_, ==, "/");
  lobby_socket_packet_clear (&packet);
}

static void
test_malformed (void)
{
  static const char *const texts[] = {
    "",
    "7",
    "a",
    "-",
    "\"",
    "2",
    "2{}",
    "2[]",
    "2[7]",
    "2[null]",
    "2[{}]",
    "2\"foo\"",
    "2[\"foo\"",
    "2[\"foo\"]]",
    "2[\"foo\",]",
    "2[\"foo\"]garbage",
    "212",
    "3[]",
    "3",
    "31",
    "31{}",
    "31\"a\"",
    "0[]",
    "0\"x\"",
    "07{}",
    "0{",
    "1{}",
    "1[]",
    "11",
    "4[]",
    "4\"x\"",
    "47{}",
    "5[\"foo\"]",
    "5-[\"foo\"]",
    "5x-[\"foo\"]",
    "5-1-[\"foo\"]",
    "51[\"foo\"]",
    "511-[\"foo\"]",
    "5999-[\"foo\"]",
    "51-[\"foo\",{\"_placeholder\":true,\"num\":1}]",
    "51-[\"foo\",{\"_placeholder\":true,\"num\":-1}]",
    "51-[\"foo\",{\"_placeholder\":true}]",
    "51-[\"foo\",{\"a\":[{\"_placeholder\":true,\"num\":9}]}]",
    "50-[\"foo\",{\"_placeholder\":true,\"num\":0}]",
    "60-[]",
    "50-{}",
    "50-[]",
    "29999999999999999[\"foo\"]",
    "2-1[\"foo\"]",
    "2 [\"foo\"",
    "2/admin[\"foo\"]",
    "2/admin",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (LobbySocketDecoder) decoder = lobby_socket_decoder_new ();
      g_autoptr (GError) error = NULL;
      LobbySocketPacket packet = { 0 };
      gboolean complete = FALSE;

      if (feed_text (decoder, texts[i], &packet, &complete, &error))
        {
          g_test_message ("“%s” was taken", texts[i]);
          g_test_fail ();
          lobby_socket_packet_clear (&packet);
          continue;
        }
      g_assert_nonnull (error);
      g_assert_true (error->domain == LOBBY_PROTOCOL_ERROR);
      g_assert_null (packet.data);
      g_assert_false (complete);
    }
}

static void
test_binary (void)
{
  g_autoptr (LobbySocketDecoder) decoder = lobby_socket_decoder_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  LobbySocketPacket packet = { 0 };
  gboolean complete = TRUE;
  const char *head = "52-/admin,9[\"foo\",{\"_placeholder\":true,\"num\":1},[{\"_placeholder\":true,\"num\":0}]]";

  g_assert_true (feed_text (decoder, head, &packet, &complete, &error));
  g_assert_false (complete);
  g_assert_true (feed_bytes (decoder, TRUE, "\0\1", 2, &packet, &complete, &error));
  g_assert_false (complete);
  g_assert_true (feed_bytes (decoder, TRUE, "", 0, &packet, &complete, &error));
  g_assert_no_error (error);
  g_assert_true (complete);
  g_assert_cmpint (packet.type, ==, LOBBY_SOCKET_BINARY_EVENT);
  g_assert_cmpint (packet.ack_id, ==, 9);
  g_assert_cmpuint (packet.attachments->len, ==, 2);
  g_assert_cmpuint (g_bytes_get_size (packet.attachments->pdata[0]), ==, 2);
  g_assert_cmpuint (g_bytes_get_size (packet.attachments->pdata[1]), ==, 0);
  text = lobby_socket_packet_encode (&packet);
  g_assert_cmpstr (text, ==, head);
  lobby_socket_packet_clear (&packet);

  /* The decoder is ready for the next packet. */
  g_assert_true (feed_text (decoder, "2[\"bar\"]", &packet, &complete, &error));
  g_assert_true (complete);
  lobby_socket_packet_clear (&packet);
}

static void
test_binary_malformed (void)
{
  g_autoptr (LobbySocketDecoder) decoder = lobby_socket_decoder_new ();
  g_autoptr (GError) error = NULL;
  LobbySocketPacket packet = { 0 };
  gboolean complete = FALSE;

  g_assert_false (feed_bytes (decoder, TRUE, "x", 1, &packet, &complete, &error));
  g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED);
  g_clear_error (&error);

  g_assert_true (feed_text (decoder, "51-[\"foo\",{\"_placeholder\":true,\"num\":0}]", &packet, &complete, &error));
  g_assert_false (complete);
  g_assert_false (feed_text (decoder, "2[\"foo\"]", &packet, &complete, &error));
  g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED);
}

static void
test_limits (void)
{
  g_autoptr (LobbySocketDecoder) decoder = lobby_socket_decoder_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) deep = g_string_new ("2[\"foo\",");
  g_autofree char *namespace_ = g_strnfill (300, 'n');
  g_autofree char *long_namespace = g_strdup_printf ("0/%s,", namespace_);
  g_autofree char *half = g_malloc0 (LOBBY_SOCKET_MAX_ATTACHMENT_BYTES / 2 + 1);
  LobbySocketPacket packet = { 0 };
  gboolean complete = FALSE;

  for (guint i = 0; i < 100000; i++)
    g_string_append_c (deep, '[');
  g_assert_false (feed_text (decoder, deep->str, &packet, &complete, &error));
  g_clear_error (&error);
  for (guint i = 0; i < 100000; i++)
    g_string_append_c (deep, ']');
  g_string_append_c (deep, ']');
  g_assert_false (feed_text (decoder, deep->str, &packet, &complete, &error));
  g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED);
  g_clear_error (&error);

  g_assert_false (feed_text (decoder, long_namespace, &packet, &complete, &error));
  g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_TOO_LARGE);
  g_clear_error (&error);

  g_assert_true (feed_text (decoder, "52-[\"foo\"]", &packet, &complete, &error));
  g_assert_true (feed_bytes (decoder, TRUE, half, LOBBY_SOCKET_MAX_ATTACHMENT_BYTES / 2 + 1, &packet, &complete, &error));
  g_assert_false (feed_bytes (decoder, TRUE, half, LOBBY_SOCKET_MAX_ATTACHMENT_BYTES / 2 + 1, &packet, &complete, &error));
  g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_TOO_LARGE);
  g_assert_null (packet.data);
}

static void
test_convenience (void)
{
  g_autofree char *plain = lobby_socket_event_encode ("/", LOBBY_SOCKET_NO_ACK, "message:new", "{\"a\":1}");
  g_autofree char *bare = lobby_socket_event_encode (NULL, 3, "quo\"te", NULL);
  g_autofree char *ack = lobby_socket_ack_encode ("/", 3, "{\"ok\":true}");
  g_autofree char *admin = lobby_socket_ack_encode ("/admin", 0, NULL);

  g_assert_cmpstr (plain, ==, "2[\"message:new\",{\"a\":1}]");
  g_assert_cmpstr (bare, ==, "23[\"quo\\\"te\"]");
  g_assert_cmpstr (ack, ==, "33[{\"ok\":true}]");
  g_assert_cmpstr (admin, ==, "3/admin,0[]");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/socket-packet/round-trip", test_round_trip);
  g_test_add_func ("/socket-packet/lenient", test_lenient);
  g_test_add_func ("/socket-packet/malformed", test_malformed);
  g_test_add_func ("/socket-packet/binary", test_binary);
  g_test_add_func ("/socket-packet/binary-malformed", test_binary_malformed);
  g_test_add_func ("/socket-packet/limits", test_limits);
  g_test_add_func ("/socket-packet/convenience", test_convenience);
  return g_test_run ();
}
