/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An Engine.IO session over a WebSocket, byte by byte from the other end of a socket pair. */
#include "lobby-websocket-frame.h"
#include "lobby-engine-private.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_MESSAGE (1024 * 1024)

typedef struct
{
  LobbyEngineServer *server;
  LobbyEngineSession *session; /* NULL when it is lost */
  int peer;
  GString *log; /* what the session told: "hello " "<3> " "lost " */
  gboolean close_on_message;
} Fixture;

static void
on_message (gpointer owner,
            const LobbyEnginePacket *packet)
{
  Fixture *fixture = owner;
  gsize length;
  const char *data = g_bytes_get_data (packet->payload, &length);

  if (packet->binary)
    g_string_append_printf (fixture->log, "<%" G_GSIZE_FORMAT "> ", length);
  else
    g_string_append_printf (fixture->log, "%.20s ", data);
  if (fixture->close_on_message)
    lobby_engine_session_close (g_steal_pointer (&fixture->session), LOBBY_WEBSOCKET_POLICY);
}

static void
on_drained (gpointer owner)
{
}

static void
on_lost (gpointer owner)
{
  Fixture *fixture = owner;

  fixture->session = NULL;
  g_string_append (fixture->log, "lost ");
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* What the server sent so far, frames and all. */
static GString *
receive (Fixture *fixture)
{
  GString *received = g_string_new (NULL);
  char buffer[65536];
  ssize_t n;

  settle ();
  while ((n = read (fixture->peer, buffer, sizeof buffer)) > 0)
    g_string_append_len (received, buffer, n);
  if (n == 0)
    g_string_append (received, "EOF");
  return received;
}

static void
expect (Fixture *fixture,
        const char *bytes,
        gsize length)
{
  g_autoptr (GString) received = receive (fixture);

  g_assert_cmpmem (received->str, received->len, bytes, length);
}

static void
on_opened (LobbyEngineSession *session,
           gpointer data)
{
  static const LobbyEngineHandler handler = { on_message, on_drained, on_lost };
  Fixture *fixture = data;

  fixture->session = session;
  lobby_engine_session_set_handler (session, &handler, fixture);
}

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  const LobbyEngineOptions options = {
    .ping_interval = data != NULL ? GPOINTER_TO_UINT (data) : 25000,
    .ping_timeout = 20000,
    .max_payload = MAX_MESSAGE,
    .packets_per_second = 100,
  };
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  g_autoptr (GString) open = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
  fixture->server = lobby_engine_server_new (NULL, NULL, &options, on_opened, fixture);
  fixture->log = g_string_new (NULL);
  fixture->peer = fds[1];
  lobby_engine_server_take (fixture->server, fds[0], nothing);
  open = receive (fixture);
  g_assert_cmpuint ((guint8)open->str[0], ==, 0x81);
  g_assert_true (g_str_has_prefix (open->str + 2, "0{\"sid\":\""));
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  if (fixture->session != NULL)
    lobby_engine_session_close (fixture->session, LOBBY_WEBSOCKET_NORMAL);
  if (fixture->peer >= 0)
    close (fixture->peer);
  settle ();
  g_assert_cmpuint (lobby_engine_server_count (fixture->server), ==, 0);
  g_assert_cmpuint (lobby_socket_source_count (fixture->server->source), ==, 0);
  lobby_engine_server_free (fixture->server);
  g_string_free (fixture->log, TRUE);
}

static void
send_bytes (Fixture *fixture,
            const void *data,
            gsize length)
{
  gsize at = 0;

  while (at < length)
    {
      ssize_t n = send (fixture->peer, (const char *)data + at, length - at, MSG_NOSIGNAL);

      if (n < 0 && errno != EAGAIN)
        return;
      at += MAX (n, 0);
      settle ();
    }
}

/* A client's frame with a mask of zeros. */
static void
send_frame (Fixture *fixture,
            guint8 head,
            const void *payload,
            gsize length)
{
  guint8 bytes[LOBBY_WEBSOCKET_MAX_HEAD + 4] = { 0 };
  gsize n = lobby_websocket_frame_head (LOBBY_WEBSOCKET_TEXT, length, bytes);

  bytes[0] = head;
  bytes[1] |= 0x80;
  send_bytes (fixture, bytes, n + 4);
  send_bytes (fixture, payload, length);
}

static void
send_text (Fixture *fixture,
           const char *text)
{
  send_frame (fixture, 0x81, text, strlen (text));
}

static void
test_messages (Fixture *fixture,
               gconstpointer data)
{
  send_text (fixture, "4hello");
  send_frame (fixture, 0x01, "4one ", 5);
  send_frame (fixture, 0x89, "ping", 4);
  send_frame (fixture, 0x80, "two", 3);
  send_frame (fixture, 0x82, "\0\1\2", 3);
  send_text (fixture, "6");
  send_text (fixture, "4");
  g_assert_cmpstr (fixture->log->str, ==, "hello one two <3>  ");
  expect (fixture, "\x8a\x04ping", 6);
  lobby_engine_session_send (fixture->session, "2[\"a\"]");
  expect (fixture, "\x81\x07"
                   "42[\"a\"]",
          9);
}

static void
test_ping (Fixture *fixture,
           gconstpointer data)
{
  /* Nothing asks for a pong here, and none is needed yet. */
  send_text (fixture, "3");
  g_assert_cmpstr (fixture->log->str, ==, "");
  while (TRUE)
    {
      g_autoptr (GString) received = NULL;

      g_main_context_iteration (NULL, TRUE);
      received = receive (fixture);
      if (received->len == 0)
        continue;
      g_assert_cmpmem (received->str, received->len, "\x81\x01"
                                                     "2",
                       3);
      break;
    }
  send_text (fixture, "3");
  g_assert_cmpstr (fixture->log->str, ==, "");
}

static void
test_peer_closes (Fixture *fixture,
                  gconstpointer data)
{
  send_frame (fixture, 0x88, "\x03\xe8"
                             "bye",
              5);
  g_assert_cmpstr (fixture->log->str, ==, "lost ");
  expect (fixture, "\x88\x02\x03\xe8"
                   "EOF",
          7);
}

static void
test_peer_closes_without_code (Fixture *fixture,
                               gconstpointer data)
{
  send_frame (fixture, 0x88, NULL, 0);
  g_assert_cmpstr (fixture->log->str, ==, "lost ");
  expect (fixture, "\x88\x00"
                   "EOF",
          5);
}

static void
test_peer_vanishes (Fixture *fixture,
                    gconstpointer data)
{
  close (fixture->peer);
  fixture->peer = -1;
  settle ();
  g_assert_cmpstr (fixture->log->str, ==, "lost ");
}

static void
test_we_close (Fixture *fixture,
               gconstpointer data)
{
  fixture->close_on_message = TRUE;
  send_text (fixture, "4one");
  send_text (fixture, "4two");
  g_assert_cmpstr (fixture->log->str, ==, "one ");
  expect (fixture, "\x88\x02\x03\xf0"
                   "EOF",
          7);
}

static void
test_unmasked (Fixture *fixture,
               gconstpointer data)
{
  send_bytes (fixture, "\x81\x05"
                       "4hell",
              7);
  g_assert_cmpstr (fixture->log->str, ==, "lost ");
  expect (fixture, "\x88\x02\x03\xea"
                   "EOF",
          7);
}

static void
test_bad_utf8 (Fixture *fixture,
               gconstpointer data)
{
  send_text (fixture, "4\xff");
  g_assert_cmpstr (fixture->log->str, ==, "lost ");
  expect (fixture, "\x88\x02\x03\xef"
                   "EOF",
          7);
}

static void
test_too_large (Fixture *fixture,
                gconstpointer data)
{
  g_autofree char *text = g_strnfill (MAX_MESSAGE + 1, '4');

  send_frame (fixture, 0x81, text, MAX_MESSAGE);
  g_assert_cmpstr (fixture->log->str, ==, "44444444444444444444 ");
  send_frame (fixture, 0x81, text, MAX_MESSAGE + 1);
  g_assert_cmpstr (fixture->log->str, ==, "44444444444444444444 lost ");
  expect (fixture, "\x88\x02\x03\xf1"
                   "EOF",
          7);
}

/* Neither pings nor empty fragments nor bytes without end get past the allowance. */
static void
test_floods (Fixture *fixture,
             gconstpointer data)
{
  g_autofree char *block = g_strnfill (1024 * 1024 - 1, 'x');
  guint i;

  for (i = 0; i < 20 && !g_str_has_suffix (fixture->log->str, "lost "); i++)
    {
      *block = '4';
      send_frame (fixture, 0x81, block, 1024 * 1024 - 1);
    }
  g_assert_cmpuint (i, <=, 10);
}

static void
test_ping_flood (Fixture *fixture,
                 gconstpointer data)
{
  guint i;

  for (i = 0; i < 5000 && fixture->log->len == 0; i++)
    {
      g_autoptr (GString) received = NULL;

      send_frame (fixture, 0x89, NULL, 0);
      received = receive (fixture);
    }
  g_assert_cmpuint (i, >, 900);
  g_assert_cmpuint (i, <, 4000);
  g_assert_cmpstr (fixture->log->str, ==, "lost ");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/websocket-transport/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("messages", test_messages);
  TEST ("peer-closes", test_peer_closes);
  TEST ("peer-closes-without-code", test_peer_closes_without_code);
  TEST ("peer-vanishes", test_peer_vanishes);
  TEST ("we-close", test_we_close);
  TEST ("unmasked", test_unmasked);
  TEST ("bad-utf8", test_bad_utf8);
  TEST ("too-large", test_too_large);
  TEST ("floods", test_floods);
  TEST ("ping-flood", test_ping_flood);
  g_test_add ("/websocket-transport/ping", Fixture, GUINT_TO_POINTER (20), set_up, test_ping, tear_down);
  return g_test_run ();
}
