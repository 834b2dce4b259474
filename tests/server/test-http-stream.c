/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bodies that are taken as they come: slowly, not at all, or half. The server runs in the main thread, the client in another. */
#include "lobby-http-server.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_BODY (64 * 1024 * 1024)

typedef struct
{
  LobbyHttpServer *server;
  GMainLoop *loop;
  guint room;      /* bytes that are taken before a pause; 0: all */
  gsize refuse_at; /* answers when so much has come; 0: never */
  gboolean refuse_head;
  gboolean stalled; /* nothing is taken any more */
  guint begun, ended, broken;
  gsize left; /* of the room */
  GByteArray *got;
  LobbyHttpExchange *exchange;
} Fixture;

typedef void (*Client) (Fixture *fixture, int fd);

static gboolean
make_room (gpointer data)
{
  Fixture *fixture = data;

  fixture->left = fixture->room;
  if (fixture->exchange != NULL)
    lobby_http_exchange_continue (fixture->exchange);
  return G_SOURCE_REMOVE;
}

static void
answer (Fixture *fixture,
        guint status)
{
  LobbyHttpExchange *exchange = g_steal_pointer (&fixture->exchange);

  lobby_http_exchange_answer_error (exchange, status, "test", "words");
}

static void
on_begun (LobbyHttpExchange *exchange,
          gpointer data)
{
  Fixture *fixture = data;

  fixture->begun++;
  fixture->exchange = exchange;
  fixture->left = fixture->room;
  g_byte_array_set_size (fixture->got, 0);
  if (fixture->refuse_head)
    answer (fixture, 409);
}

static gboolean
on_piece (LobbyHttpExchange *exchange,
          const guint8 *bytes,
          gsize size,
          gpointer data)
{
  Fixture *fixture = data;

  g_assert_true (exchange == fixture->exchange);
  if (bytes == NULL)
    {
      fixture->broken++;
      answer (fixture, 400); /* nobody hears it */
      return TRUE;
    }
  if (fixture->stalled)
    return FALSE;
  if (fixture->room > 0 && fixture->left < size && fixture->left < fixture->room)
    {
      g_timeout_add (1, make_room, fixture);
      return FALSE;
    }
  fixture->left -= MIN (fixture->left, size);
  g_byte_array_append (fixture->got, bytes, (guint)size);
  if (fixture->refuse_at > 0 && fixture->got->len >= fixture->refuse_at)
    answer (fixture, 507);
  return TRUE;
}

static void
on_end (LobbyHttpExchange *exchange,
        gpointer data)
{
  Fixture *fixture = data;

  fixture->ended++;
  answer (fixture, 200);
}

static void
on_hello (LobbyHttpExchange *exchange,
          gpointer data)
{
  lobby_http_exchange_answer_json (exchange, 200, g_strdup ("{\"hello\":1}"));
}

static void
send_all (int fd,
          const void *bytes,
          gsize length)
{
  const char *at = bytes;

  while (length > 0)
    {
      gssize n = send (fd, at, length, MSG_NOSIGNAL);

      if (n <= 0)
        return;
      at += n;
      length -= (gsize)n;
    }
}

static void
send_head (int fd,
           gsize length)
{
  g_autofree char *head = g_strdup_printf ("PUT /stream HTTP/1.1\r\nHost: x\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n", length);

  send_all (fd, head, strlen (head));
}

/* One answer: until its JSON ends, or the connection does. (transfer full) */
static char *
receive (int fd)
{
  g_autoptr (GString) got = g_string_new (NULL);
  char c;

  while (recv (fd, &c, 1, 0) == 1)
    {
      g_string_append_c (got, c);
      if (strstr (got->str, "\r\n\r\n") != NULL && c == '}' && (strstr (got->str, "}}") != NULL || strstr (got->str, "{\"hello\":1}") != NULL))
        break;
    }
  return g_string_free (g_steal_pointer (&got), FALSE);
}

static void
assert_status (int fd,
               const char *status)
{
  g_autofree char *got = receive (fd);
  g_autofree char *line = g_strconcat ("HTTP/1.1 ", status, NULL);

  if (!g_str_has_prefix (got, line))
    g_error ("wanted %s, got: %s", line, got);
}

/* The connection is as good as new. */
static void
assert_goes_on (int fd)
{
  static const char request[] = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

  send_all (fd, request, sizeof request - 1);
  assert_status (fd, "200");
}

static guint8 *
make_body (gsize length)
{
  guint8 *body = g_malloc (length);

  for (gsize i = 0; i < length; i++)
    body[i] = (guint8)(i * 7 + i / 251);
  return body;
}

static int
open_socket (Fixture *fixture)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK),
                                 .sin_port = htons ((guint16)lobby_http_server_get_port (fixture->server)) };
  struct timeval limit = { .tv_sec = 20 };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  g_assert_cmpint (connect (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

typedef struct
{
  Fixture *fixture;
  Client client;
} Run;

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gpointer
client_thread (gpointer data)
{
  Run *run = data;
  int fd = open_socket (run->fixture);

  run->client (run->fixture, fd);
  close (fd);
  g_timeout_add (30, quit, run->fixture->loop); /* the end of the connection is seen by then */
  return NULL;
}

static void
run_client (Fixture *fixture,
            Client client)
{
  g_autoptr (GError) error = NULL;
  Run run = { fixture, client };
  GThread *thread;

  fixture->server = lobby_http_server_new ("127.0.0.1:0", &error);
  g_assert_no_error (error);
  fixture->loop = g_main_loop_new (NULL, FALSE);
  fixture->got = g_byte_array_new ();
  lobby_http_server_route_stream (fixture->server, "PUT", "/stream", MAX_BODY, on_begun, on_piece, on_end, fixture);
  lobby_http_server_route (fixture->server, "GET", "/hello", 0, on_hello, NULL);
  thread = g_thread_new ("client", client_thread, &run);
  g_main_loop_run (fixture->loop);
  g_thread_join (thread);
}

static void
fixture_clear (Fixture *fixture)
{
  g_clear_object (&fixture->server);
  g_main_loop_unref (fixture->loop);
  g_byte_array_unref (fixture->got);
}

#define BODY (3 * 1024 * 1024 + 17)

static void
client_body (Fixture *fixture,
             int fd)
{
  g_autofree guint8 *body = make_body (BODY);

  send_head (fd, BODY);
  send_all (fd, body, BODY);
  assert_status (fd, "200");
  g_assert_cmpmem (fixture->got->data, fixture->got->len, body, BODY);
  assert_goes_on (fd);
  send_head (fd, 0);
  assert_status (fd, "200");
}

static void
test_taken (gconstpointer room)
{
  Fixture fixture = { .room = GPOINTER_TO_UINT (room) };

  run_client (&fixture, client_body);
  g_assert_cmpuint (fixture.begun, ==, 2);
  g_assert_cmpuint (fixture.ended, ==, 2);
  g_assert_cmpuint (fixture.broken, ==, 0);
  fixture_clear (&fixture);
}

static void
client_refused (Fixture *fixture,
                int fd)
{
  g_autofree guint8 *body = make_body (BODY);

  send_head (fd, BODY);
  send_all (fd, body, BODY);
  assert_status (fd, fixture->refuse_head ? "409" : "507");
  assert_goes_on (fd);
}

/* The peer reads why, though it had more to say. */
static void
test_refused (void)
{
  Fixture at_once = { .refuse_head = TRUE };
  Fixture halfway = { .refuse_at = 1024 * 1024, .room = 100000 };

  run_client (&at_once, client_refused);
  g_assert_cmpuint (at_once.got->len, ==, 0);
  fixture_clear (&at_once);
  run_client (&halfway, client_refused);
  g_assert_cmpuint (halfway.got->len, <, BODY);
  g_assert_cmpuint (halfway.ended, ==, 0);
  fixture_clear (&halfway);
}

static void
client_too_large (Fixture *fixture,
                  int fd)
{
  send_head (fd, MAX_BODY + 1);
  assert_status (fd, "413");
}

static void
test_too_large (void)
{
  Fixture fixture = { 0 };

  run_client (&fixture, client_too_large);
  g_assert_cmpuint (fixture.begun, ==, 0);
  fixture_clear (&fixture);
}

static void
client_breaks_off (Fixture *fixture,
                   int fd)
{
  g_autofree guint8 *body = make_body (BODY);

  send_head (fd, BODY);
  send_all (fd, body, 50000);
  g_usleep (20000); /* what came is to be seen before the end */
}

static void
test_broken_off (void)
{
  Fixture fixture = { 0 };

  run_client (&fixture, client_breaks_off);
  g_assert_cmpuint (fixture.begun, ==, 1);
  g_assert_cmpuint (fixture.broken, ==, 1);
  g_assert_cmpuint (fixture.got->len, ==, 50000);
  fixture_clear (&fixture);
}

/* The server goes while a piece waits: who takes the pieces hears of it, and the answer is nobody's. */
static void
test_destroyed (void)
{
  Fixture fixture = { .stalled = TRUE };

  run_client (&fixture, client_breaks_off);
  g_assert_cmpuint (fixture.broken, ==, 0);
  g_clear_object (&fixture.server);
  g_assert_cmpuint (fixture.broken, ==, 1);
  g_assert_null (fixture.exchange);
  fixture_clear (&fixture);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/http/stream/taken", GUINT_TO_POINTER (0), test_taken);
  g_test_add_data_func ("/http/stream/taken-slowly", GUINT_TO_POINTER (100000), test_taken);
  g_test_add_data_func ("/http/stream/taken-piece-by-piece", GUINT_TO_POINTER (1), test_taken);
  g_test_add_func ("/http/stream/refused", test_refused);
  g_test_add_func ("/http/stream/too-large", test_too_large);
  g_test_add_func ("/http/stream/broken-off", test_broken_off);
  g_test_add_func ("/http/stream/destroyed", test_destroyed);
  return g_test_run ();
}
