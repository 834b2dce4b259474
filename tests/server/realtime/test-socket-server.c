/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the echo server of tests/conformance has no use for: questions to clients, kicks, clients that fetch too little. */
#include "hub-client.h"
#include "lobby-http-client.h"
#include "lobby-socket-server.h"

#include <string.h>

#define PING_MSEC 100
#define PONG_MSEC 1000

typedef struct
{
  LobbyHttpServer *http;
  LobbySocketServer *server;
  LobbyHttpClient *client;
  LobbyPeer *peer; /* the last that came, or NULL */
  GString *log;
} Fixture;

static void
on_connect (LobbyPeer *peer,
            JsonObject *auth,
            gpointer data)
{
  Fixture *fixture = data;

  fixture->peer = peer;
  lobby_peer_accept (peer, fixture);
}

static void
on_event (gpointer owner,
          const LobbySocketPacket *packet)
{
  g_string_append (((Fixture *)owner)->log, "event ");
}

static void
on_drained (gpointer owner)
{
  g_string_append (((Fixture *)owner)->log, "drained ");
}

static void
on_closed (gpointer owner)
{
  Fixture *fixture = owner;

  fixture->peer = NULL;
  g_string_append (fixture->log, "closed ");
}

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  static const LobbyPeerHandler handler = { on_connect, on_event, on_drained, on_closed };
  const LobbySocketOptions patient = {
    .engine = { .ping_interval = 25000, .ping_timeout = 20000, .max_payload = 100000 },
    .connect_timeout = 10000,
  };
  const LobbySocketOptions *options = data != NULL ? data : &patient;
  g_autoptr (GError) error = NULL;

  fixture->http = lobby_http_server_new ("127.0.0.1:0", &error);
  g_assert_no_error (error);
  fixture->server = lobby_socket_server_new (fixture->http, "/socket.io", options);
  lobby_socket_server_add_namespace (fixture->server, "/", &handler, fixture);
  fixture->client = lobby_http_client_new ("test");
  fixture->log = g_string_new (NULL);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  g_object_unref (fixture->client);
  lobby_http_server_stop (fixture->http);
  lobby_socket_server_stop (fixture->server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (lobby_socket_server_count (fixture->server), ==, 0);
  lobby_socket_server_free (fixture->server);
  g_assert_finalize_object (fixture->http);
  g_string_free (fixture->log, TRUE);
}

static DexFuture *
begin_fetch (Fixture *fixture,
             const char *method,
             const char *sid,
             const char *body)
{
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/socket.io/?EIO=4&transport=polling&sid=%s",
                                          lobby_http_server_get_port (fixture->http), sid);
  LobbyHttpRequest *request = lobby_http_request_new (method, url);

  if (body != NULL)
    {
      request->body = g_bytes_new (body, strlen (body));
      request->content_type = g_strdup ("text/plain");
    }
  return lobby_http_client_send (fixture->client, request, NULL);
}

static char *
end_fetch (DexFuture *future,
           guint expected)
{
  g_autoptr (GError) error = NULL;
  LobbyHttpResponse *response;
  GBytes *body;
  char *text;

  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);
  response = g_value_get_object (dex_future_get_value (future, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (lobby_http_response_get_status (response), ==, expected);
  body = lobby_http_response_get_body (response);
  text = g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
  dex_unref (future);
  return text;
}

static void
fetch (Fixture *fixture,
       const char *method,
       const char *sid,
       const char *body,
       guint expected,
       const char *answer)
{
  g_autofree char *text = end_fetch (begin_fetch (fixture, method, sid, body), expected);

  if (answer != NULL)
    g_assert_cmpstr (text, ==, answer);
}

static char *
open_polling (Fixture *fixture)
{
  g_autofree char *open = end_fetch (begin_fetch (fixture, "GET", "", NULL), 200);
  LobbyEngineHandshake handshake = { 0 };

  g_assert_true (lobby_engine_handshake_decode (open + 1, strlen (open + 1), &handshake, NULL));
  return handshake.sid;
}

/* Polls, and is in the namespace. */
static char *
connect_polling (Fixture *fixture)
{
  char *sid = open_polling (fixture);

  fetch (fixture, "POST", sid, "40", 200, "ok");
  fetch (fixture, "GET", sid, NULL, 200, NULL);
  g_assert_nonnull (fixture->peer);
  g_string_truncate (fixture->log, 0);
  return sid;
}

static void
iterate_for (guint msec)
{
  for (guint i = 0; i < msec; i++)
    {
      g_usleep (1000);
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
}

static void
on_answered (const LobbySocketPacket *packet,
             gpointer data)
{
  g_autofree char *json = packet != NULL ? lobby_json_to_string (packet->data) : g_strdup ("none");

  g_string_append_printf (data, "%s+%u ", json, packet != NULL && packet->attachments != NULL ? packet->attachments->len : 0);
}

static void
ask (Fixture *fixture)
{
  g_autoptr (JsonNode) data = lobby_json_parse ("[\"well\"]", -1, NULL);
  const LobbySocketPacket packet = { .type = LOBBY_SOCKET_EVENT, .data = data };

  lobby_peer_ask (fixture->peer, &packet, on_answered, fixture->log);
}

static void
test_ask (Fixture *fixture,
          gconstpointer data)
{
  g_autofree char *sid = connect_polling (fixture);

  ask (fixture);
  ask (fixture);
  ask (fixture);
  fetch (fixture, "GET", sid, NULL, 200, "420[\"well\"]\x1e"
                                         "421[\"well\"]\x1e"
                                         "422[\"well\"]");
  g_string_truncate (fixture->log, 0);
  fetch (fixture, "POST", sid, "431[\"second\"]\x1e"
                               "431[\"again\"]\x1e"
                               "461-0[{\"_placeholder\":true,\"num\":0}]\x1e"
                               "bAQID",
         200, "ok");
  g_assert_cmpstr (fixture->log->str, ==, "[\"second\"]+0 [{\"_placeholder\":true,\"num\":0}]+1 ");
  fetch (fixture, "POST", sid, "41", 200, "ok");
  g_assert_cmpstr (fixture->log->str, ==, "[\"second\"]+0 [{\"_placeholder\":true,\"num\":0}]+1 none+0 closed ");
}

static void
test_kick (Fixture *fixture,
           gconstpointer data)
{
  g_autofree char *sid = connect_polling (fixture);

  /* DISCONNECT and CLOSE by two GETs, and then nothing. */
  lobby_peer_kick (fixture->peer);
  g_assert_cmpstr (fixture->log->str, ==, "closed ");
  fetch (fixture, "POST", sid, "42[\"late\"]", 400, NULL);
  fetch (fixture, "GET", sid, NULL, 200, "41");
  fetch (fixture, "GET", sid, NULL, 200, "1");
  fetch (fixture, "GET", sid, NULL, 400, NULL);
}

static void
test_kick_while_polling (Fixture *fixture,
                         gconstpointer data)
{
  g_autofree char *sid = connect_polling (fixture);
  DexFuture *poll = begin_fetch (fixture, "GET", sid, NULL);
  g_autofree char *text = NULL;

  iterate_for (50);
  lobby_peer_kick (fixture->peer);
  text = end_fetch (poll, 200);
  g_assert_cmpstr (text, ==, "41");
  fetch (fixture, "GET", sid, NULL, 200, "1");
  fetch (fixture, "GET", sid, NULL, 400, NULL);
}

/* Frames made for WebSockets are taken apart for a poll, of every length. */
static void
test_frames (Fixture *fixture,
             gconstpointer data)
{
  static const guint lengths[] = { 1, 100, 126, 127, 65535, 65536, 70000 };
  g_autofree char *sid = connect_polling (fixture);
  g_autoptr (GByteArray) frames = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GString) expected = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *text = g_strnfill (lengths[i], 'a' + i);

      lobby_engine_frames_append (frames, text);
      g_string_append_printf (expected, "%s4%s", i > 0 ? "\x1e" : "", text);
    }
  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&frames));
  lobby_peer_send_frames (fixture->peer, bytes);
  g_assert_cmpuint (lobby_peer_get_backlog (fixture->peer), >, 200000);
  fetch (fixture, "GET", sid, NULL, 200, expected->str);
  g_assert_cmpuint (lobby_peer_get_backlog (fixture->peer), ==, 0);
  g_assert_cmpstr (fixture->log->str, ==, "drained ");
}

/* Who does not fetch is cut off, but never from inside a send. */
static void
test_overflow (Fixture *fixture,
               gconstpointer data)
{
  g_autofree char *sid = connect_polling (fixture);
  g_autofree char *text = g_strnfill (100000, 'x');
  LobbyPeer *peer = fixture->peer;

  for (guint i = 0; i < 30; i++)
    lobby_peer_send (peer, text);
  g_assert_cmpstr (fixture->log->str, ==, "");
  while (fixture->peer != NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (fixture->log->str, ==, "closed ");
  fetch (fixture, "GET", sid, NULL, 400, "{\"code\":1,\"message\":\"Session ID unknown\"}");
}

static void
test_stop_polling (Fixture *fixture,
                   gconstpointer data)
{
  g_autofree char *sid = connect_polling (fixture);
  g_autoptr (HubClient) other = hub_client_open (fixture->http);

  g_assert_cmpuint (lobby_socket_server_count (fixture->server), ==, 2);
  lobby_socket_server_stop_polling (fixture->server);
  g_assert_cmpuint (lobby_socket_server_count (fixture->server), ==, 1);
  g_assert_cmpstr (fixture->log->str, ==, "closed ");
}

/* The process was away for longer than a ping and its pong may take: who was not asked in time is not gone. */
static void
test_held_up (Fixture *fixture,
              gconstpointer data)
{
  for (guint waiting = 0; waiting < 2; waiting++)
    {
      g_autofree char *sid = open_polling (fixture);
      DexFuture *poll = waiting ? begin_fetch (fixture, "GET", sid, NULL) : NULL;
      g_autofree char *text = NULL;

      if (waiting)
        iterate_for (PING_MSEC / 2);
      g_usleep ((PING_MSEC + PONG_MSEC + 200) * 1000);
      text = end_fetch (waiting ? poll : begin_fetch (fixture, "GET", sid, NULL), 200);
      g_assert_cmpstr (text, ==, "2");
      fetch (fixture, "POST", sid, "3", 200, "ok");
    }
}

int
main (int argc,
      char **argv)
{
  static const LobbySocketOptions hasty = {
    .engine = { .ping_interval = PING_MSEC, .ping_timeout = PONG_MSEC, .max_payload = 100000 },
    .connect_timeout = 60000,
  };

  dex_init ();
  g_test_init (&argc, &argv, NULL);
#define TEST(name, func) g_test_add ("/socket-server/" name, Fixture, NULL, set_up, func, tear_down)
  TEST ("ask", test_ask);
  TEST ("kick", test_kick);
  TEST ("kick-while-polling", test_kick_while_polling);
  TEST ("frames", test_frames);
  TEST ("overflow", test_overflow);
  TEST ("stop-polling", test_stop_polling);
  g_test_add ("/socket-server/held-up", Fixture, &hasty, set_up, test_held_up, tear_down);
  return g_test_run ();
}
