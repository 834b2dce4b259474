/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-engine-packet.h"

static const char *
payload_text (const LobbyEnginePacket *packet)
{
  return g_bytes_get_data (packet->payload, NULL);
}

static void
test_packet_round_trip (void)
{
  static const struct
  {
    LobbyEngineType type;
    const char *payload, *text;
  } rows[] = {
    { LOBBY_ENGINE_OPEN, "{}", "0{}" },
    { LOBBY_ENGINE_CLOSE, NULL, "1" },
    { LOBBY_ENGINE_PING, "probe", "2probe" },
    { LOBBY_ENGINE_PONG, "probe", "3probe" },
    { LOBBY_ENGINE_MESSAGE, "2[\"a\",\"¡é😀\"]", "42[\"a\",\"¡é😀\"]" },
    { LOBBY_ENGINE_UPGRADE, "", "5" },
    { LOBBY_ENGINE_NOOP, NULL, "6" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = lobby_engine_packet_encode (rows[i].type, rows[i].payload);
      g_autoptr (GError) error = NULL;
      LobbyEnginePacket packet = { 0 };

      g_assert_cmpstr (text, ==, rows[i].text);
      g_assert_true (lobby_engine_packet_decode (text, strlen (text), &packet, &error));
      g_assert_no_error (error);
      g_assert_cmpint (packet.type, ==, rows[i].type);
      g_assert_false (packet.binary);
      g_assert_cmpstr (payload_text (&packet), ==, rows[i].payload != NULL ? rows[i].payload : "");
      lobby_engine_packet_clear (&packet);
    }
}

static void
test_packet_malformed (void)
{
  static const struct
  {
    const char *text;
    gsize length;
    int code;
  } rows[] = {
    { "", 0, LOBBY_PROTOCOL_ERROR_UNKNOWN },
    { "7", 1, LOBBY_PROTOCOL_ERROR_UNKNOWN },
    { "/", 1, LOBBY_PROTOCOL_ERROR_UNKNOWN },
    { "a", 1, LOBBY_PROTOCOL_ERROR_UNKNOWN },
    { "bAAAA", 5, LOBBY_PROTOCOL_ERROR_UNKNOWN },
    { "\xf4", 1, LOBBY_PROTOCOL_ERROR_UNKNOWN },
    { "4\xff", 2, LOBBY_PROTOCOL_ERROR_MALFORMED },
    { "4a\0b", 4, LOBBY_PROTOCOL_ERROR_MALFORMED },
    { "4\xed\xa0\x80", 4, LOBBY_PROTOCOL_ERROR_MALFORMED },
    { "4\xc0\x80", 3, LOBBY_PROTOCOL_ERROR_MALFORMED },
    { "4\xe2\x82", 3, LOBBY_PROTOCOL_ERROR_MALFORMED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = NULL;
      LobbyEnginePacket packet = { 0 };

      g_assert_false (lobby_engine_packet_decode (rows[i].text, rows[i].length, &packet, &error));
      g_assert_error (error, LOBBY_PROTOCOL_ERROR, rows[i].code);
      g_assert_null (packet.payload);
    }
}

static void
test_packet_too_large (void)
{
  g_autofree char *text = g_strnfill (LOBBY_ENGINE_MAX_PACKET + 1, '4');
  g_autoptr (GError) error = NULL;
  LobbyEnginePacket packet = { 0 };

  g_assert_true (lobby_engine_packet_decode (text, LOBBY_ENGINE_MAX_PACKET, &packet, &error));
  lobby_engine_packet_clear (&packet);
  g_assert_false (lobby_engine_packet_decode (text, LOBBY_ENGINE_MAX_PACKET + 1, &packet, &error));
  g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_TOO_LARGE);
}

static void
test_payload_round_trip (void)
{
  g_autoptr (GBytes) hello = g_bytes_new_static ("hello", 5);
  g_autoptr (GBytes) raw = g_bytes_new_static ("\x01\x02\x03\x04", 4);
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);
  const LobbyEnginePacket packets[] = {
    { LOBBY_ENGINE_MESSAGE, FALSE, hello },
    { LOBBY_ENGINE_MESSAGE, TRUE, raw },
    { LOBBY_ENGINE_PING, FALSE, empty },
    { LOBBY_ENGINE_MESSAGE, TRUE, empty },
  };
  g_autoptr (GBytes) body = lobby_engine_payload_encode (packets, G_N_ELEMENTS (packets));
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) decoded = NULL;

  g_assert_cmpmem (g_bytes_get_data (body, NULL), g_bytes_get_size (body), "4hello\x1e"
                                                                           "bAQIDBA==\x1e"
                                                                           "2\x1e"
                                                                           "b",
                   20);
  decoded = lobby_engine_payload_decode (g_bytes_get_data (body, NULL), g_bytes_get_size (body), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (decoded->len, ==, G_N_ELEMENTS (packets));
  for (guint i = 0; i < decoded->len; i++)
    {
      LobbyEnginePacket *packet = &g_array_index (decoded, LobbyEnginePacket, i);
      g_assert_cmpint (packet->type, ==, packets[i].type);
      g_assert_cmpint (packet->binary, ==, packets[i].binary);
      g_assert_true (g_bytes_equal (packet->payload, packets[i].payload));
    }
}

static void
test_payload_malformed (void)
{
  static const char *const bodies[] = {
    "", "\x1e", "4a\x1e", "\x1e"
                          "4a",
    "4a\x1e\x1e"
    "4b",
    "9", "4a\x1e"
         "9",
    "bA", "bAA", "bAAA", "bA===", "b====", "bAA=A", "bAA-_", "bAAAA\n", "bAAA*", "b AAA"
  };

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lobby_engine_payload_decode (bodies[i], strlen (bodies[i]), &error));
      g_assert_nonnull (error);
    }
}

static void
test_payload_limits (void)
{
  g_autoptr (GString) many = g_string_new ("2");
  g_autoptr (GArray) packets = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i < 65536; i++)
    g_string_append (many, "\x1e"
                           "2");
  packets = lobby_engine_payload_decode (many->str, many->len, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (packets->len, ==, 65536);
  g_string_append (many, "\x1e"
                         "2");
  g_assert_null (lobby_engine_payload_decode (many->str, many->len, &error));
  g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_TOO_LARGE);
  g_clear_error (&error);
  g_string_set_size (many, LOBBY_ENGINE_MAX_PACKET + 1);
  g_assert_null (lobby_engine_payload_decode (many->str, many->len, &error));
  g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_TOO_LARGE);
}

static void
test_handshake (void)
{
  const LobbyEngineHandshake handshake = { (char *)"s1", 25000, 20000, 1000000 };
  g_autofree char *text = lobby_engine_handshake_encode (&handshake, FALSE);
  g_autofree char *upgradable = lobby_engine_handshake_encode (&handshake, TRUE);
  LobbyEngineHandshake read = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (text, ==, "{\"sid\":\"s1\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1000000}");
  g_assert_nonnull (strstr (upgradable, "[\"websocket\"]"));
  g_assert_true (lobby_engine_handshake_decode (text, strlen (text), &read, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (read.sid, ==, "s1");
  g_assert_cmpuint (read.ping_interval, ==, 25000);
  g_assert_cmpuint (read.ping_timeout, ==, 20000);
  g_assert_cmpuint (read.max_payload, ==, 1000000);
  lobby_engine_handshake_clear (&read);
}

static void
test_handshake_malformed (void)
{
  static const char *const texts[] = {
    "",
    "[]",
    "{}",
    "null",
    "{\"sid\":1,\"pingInterval\":1,\"pingTimeout\":1}",
    "{\"sid\":\"\",\"pingInterval\":1,\"pingTimeout\":1}",
    "{\"sid\":\"s\",\"pingTimeout\":1}",
    "{\"sid\":\"s\",\"pingInterval\":1}",
    "{\"sid\":\"s\",\"pingInterval\":0,\"pingTimeout\":1}",
    "{\"sid\":\"s\",\"pingInterval\":-5,\"pingTimeout\":1}",
    "{\"sid\":\"s\",\"pingInterval\":1,\"pingTimeout\":99999999999}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      LobbyEngineHandshake handshake = { 0 };

      g_assert_false (lobby_engine_handshake_decode (texts[i], strlen (texts[i]), &handshake, &error));
      g_assert_error (error, LOBBY_PROTOCOL_ERROR, LOBBY_PROTOCOL_ERROR_MALFORMED);
      g_assert_null (handshake.sid);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine-packet/round-trip", test_packet_round_trip);
  g_test_add_func ("/engine-packet/malformed", test_packet_malformed);
  g_test_add_func ("/engine-packet/too-large", test_packet_too_large);
  g_test_add_func ("/engine-payload/round-trip", test_payload_round_trip);
  g_test_add_func ("/engine-payload/malformed", test_payload_malformed);
  g_test_add_func ("/engine-payload/limits", test_payload_limits);
  g_test_add_func ("/engine-handshake/round-trip", test_handshake);
  g_test_add_func ("/engine-handshake/malformed", test_handshake_malformed);
  return g_test_run ();
}
