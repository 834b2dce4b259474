/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-http-server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The server runs in the main thread; each test is a client in a thread with blocking sockets. */

typedef struct
{
  LobbyHttpServer *server;
  GMainLoop *loop;
  LobbyHttpExchange *held; /* by /hold */
  int left_open;           /* by client_leave_open */
  GPtrArray *later;        /* by /later */
  int upgraded_fd;
  char *extra;
  char *file;
  gboolean abandoned;
} Fixture;

typedef void (*Client) (Fixture *fixture);

static void
handle_hello (LobbyHttpExchange *exchange,
              gpointer data)
{
  g_autofree char *text = g_strdup_printf ("hello %s", lobby_http_exchange_get_query (exchange, "name"));
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  lobby_http_exchange_add_header (exchange, "X-Test", lobby_http_exchange_get_address (exchange));
  lobby_http_exchange_answer (exchange, 200, "text/plain", body);
}

static void
handle_echo (LobbyHttpExchange *exchange,
             gpointer data)
{
  lobby_http_exchange_add_header (exchange, "X-Id", lobby_http_exchange_get_parameter (exchange, "id"));
  lobby_http_exchange_answer (exchange, 200, "application/octet-stream", lobby_http_exchange_get_body (exchange));
}

static gboolean
answer_later (gpointer data)
{
  lobby_http_exchange_answer_json (data, 200, g_strdup ("{\"later\":true}"));
  return G_SOURCE_REMOVE;
}

static void
handle_later (LobbyHttpExchange *exchange,
              gpointer data)
{
  g_timeout_add (5, answer_later, exchange);
}

static void
handle_hold (LobbyHttpExchange *exchange,
             gpointer data)
{
  Fixture *fixture = data;

  g_assert_null (fixture->held);
  fixture->held = exchange;
}

static void
handle_file (LobbyHttpExchange *exchange,
             gpointer data)
{
  Fixture *fixture = data;

  lobby_http_exchange_add_header (exchange, "ETag", "\"abc\"");
  lobby_http_exchange_answer_file (exchange, fixture->file, "image/png");
}

static void
upgraded (int fd,
          GBytes *extra,
          gpointer data)
{
  Fixture *fixture = data;

  fixture->upgraded_fd = fd;
  fixture->extra = g_strndup (g_bytes_get_data (extra, NULL), g_bytes_get_size (extra));
}

static void
handle_upgrade (LobbyHttpExchange *exchange,
                gpointer data)
{
  lobby_http_exchange_add_header (exchange, "Upgrade", "websocket");
  lobby_http_exchange_add_header (exchange, "Sec-WebSocket-Accept", "xyz");
  lobby_http_exchange_upgrade (exchange, upgraded, data);
}

static void
fixture_set_up (Fixture *fixture,
                const LobbyHttpLimits *limits)
{
  g_autoptr (GError) error = NULL;

  fixture->server = lobby_http_server_new_with_limits ("127.0.0.1:0", limits, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lobby_http_server_get_port (fixture->server), >, 0);
  fixture->loop = g_main_loop_new (NULL, FALSE);
  fixture->upgraded_fd = -2;
  lobby_http_server_route (fixture->server, "GET", "/hello", 0, handle_hello, fixture);
  lobby_http_server_route (fixture->server, "POST", "/echo/{id}", 100000, handle_echo, fixture);
  lobby_http_server_route (fixture->server, "GET", "/later", 0, handle_later, fixture);
  lobby_http_server_route (fixture->server, "GET", "/hold", 0, handle_hold, fixture);
  lobby_http_server_route (fixture->server, "GET", "/file", 0, handle_file, fixture);
  lobby_http_server_route (fixture->server, "GET", "/upgrade", 0, handle_upgrade, fixture);
}

static void
fixture_tear_down (Fixture *fixture)
{
  g_clear_object (&fixture->server);
  g_clear_pointer (&fixture->loop, g_main_loop_unref);
  g_free (fixture->extra);
  g_free (fixture->file);
}

typedef struct
{
  Fixture *fixture;
  Client client;
} ThreadData;

static gboolean
quit_loop (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

static gpointer
client_thread (gpointer data)
{
  ThreadData *thread = data;

  thread->client (thread->fixture);
  g_idle_add (quit_loop, thread->fixture->loop);
  return NULL;
}

static void
run_client (Fixture *fixture,
            Client client)
{
  ThreadData data = { fixture, client };
  GThread *thread = g_thread_new ("client", client_thread, &data);

  g_main_loop_run (fixture->loop);
  g_thread_join (thread);
}

static void
run_test (Client client,
          const LobbyHttpLimits *limits)
{
  Fixture fixture = { 0 };

  fixture_set_up (&fixture, limits);
  run_client (&fixture, client);
  fixture_tear_down (&fixture);
}

static int
open_socket (Fixture *fixture)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK), .sin_port = htons (lobby_http_server_get_port (fixture->server)) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct timeval limit = { .tv_sec = 10 };

  g_assert_cmpint (fd, >=, 0);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  g_assert_cmpint (connect (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

static void
put (int fd,
     const char *text)
{
  gsize length = strlen (text);

  while (length > 0)
    {
      gssize n = send (fd, text, length, MSG_NOSIGNAL);

      if (n < 0)
        return;
      text += n;
      length -= n;
    }
}

/* Until the peer closes, or @until is there that many times. */
static char *
get_until (int fd,
           const char *until,
           guint times)
{
  g_autoptr (GString) got = g_string_new (NULL);
  char buffer[4096];

  for (;;)
    {
      gssize n = recv (fd, buffer, sizeof buffer, 0);
      guint found = 0;

      if (n <= 0)
        break;
      g_string_append_len (got, buffer, n);
      for (const char *p = got->str; until != NULL && (p = strstr (p, until)) != NULL; p++)
        found++;
      if (until != NULL && found >= times)
        break;
    }
  return g_string_free (g_steal_pointer (&got), FALSE);
}

static void
assert_contains (const char *text,
                 const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("No “%s” in: %s", part, text);
}

static char *
ask (Fixture *fixture,
     const char *request)
{
  int fd = open_socket (fixture);
  char *answer;

  put (fd, request);
  answer = get_until (fd, NULL, 0);
  close (fd);
  return answer;
}

#define CLOSE "Host: x\r\nConnection: close\r\n\r\n"

static void
client_basics (Fixture *fixture)
{
  static const struct
  {
    const char *request, *first, *second;
  } cases[] = {
    { "GET /hello?name=a%20b HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200 OK", "hello a b" },
    { "GET /hello?name=x HTTP/1.1\r\n" CLOSE, "X-Test: 127.0.0.1", "hello x" },
    { "HEAD /hello?name=x HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200", "Content-Length: 7" },
    { "OPTIONS /hello HTTP/1.1\r\n" CLOSE, "HTTP/1.1 204", "Allow: GET, HEAD, OPTIONS" },
    { "DELETE /hello HTTP/1.1\r\n" CLOSE, "HTTP/1.1 405", "Allow: GET, HEAD, OPTIONS" },
    { "GET /nothing HTTP/1.1\r\n" CLOSE, "HTTP/1.1 404", "{\"error\":{\"code\":\"not_found\"" },
    { "GET /hello%00x HTTP/1.1\r\n" CLOSE, "HTTP/1.1 400", "bad_request" },
    { "GET /%ff HTTP/1.1\r\n" CLOSE, "HTTP/1.1 400", "bad_request" },
    { "GET /hello HTTP/1.1\r\n\r\n", "HTTP/1.1 400", "" },
    { "GET /later HTTP/1.1\r\n" CLOSE, "HTTP/1.1 200", "{\"later\":true}" },
    { "POST /echo/%C3%A9 HTTP/1.1\r\nContent-Length: 3\r\n" CLOSE "abc", "X-Id: é", "\r\n\r\nabc" },
    { "POST /echo/1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" CLOSE "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "200 OK", "\r\n\r\nabcde" },
    { "GET /hello HTTP/1.1\r\nContent-Length: 5\r\n" CLOSE "12345", "HTTP/1.1 413", "too_large" },
    { "POST /echo/1 HTTP/1.1\r\nContent-Length: 99999999\r\n" CLOSE, "HTTP/1.1 413", "too_large" },
    { "POST /echo/1 HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n" CLOSE, "HTTP/1.1 4", "" },
    { "POST /echo/1 HTTP/1.1\r\nContent-Length: -5\r\n" CLOSE, "HTTP/1.1 400", "" },
    { "rubbish\r\n\r\n", "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *answer = ask (fixture, cases[i].request);

      assert_contains (answer, cases[i].first);
      assert_contains (answer, cases[i].second);
    }
}

static void
test_basics (void)
{
  run_test (client_basics, &(LobbyHttpLimits){ 0 });
}

static void
client_pipelining (Fixture *fixture)
{
  int fd = open_socket (fixture);
  g_autoptr (GString) requests = g_string_new (NULL);
  g_autofree char *answer = NULL;
  const char *previous;

  for (guint i = 0; i < 20; i++)
    g_string_append_printf (requests,
                            "GET /hello?name=%u. HTTP/1.1\r\nHost: x\r\n\r\n"
                            "GET /later HTTP/1.1\r\nHost: x\r\n\r\n"
                            "POST /echo/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\necho",
                            i);
  put (fd, requests->str);
  answer = get_until (fd, "\r\n\r\necho", 20);
  previous = answer;
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *expected = g_strdup_printf ("hello %u.", i);

      previous = strstr (previous, expected);
      g_assert_nonnull (previous);
      previous = strstr (previous, "later");
      g_assert_nonnull (previous);
      previous = strstr (previous, "\r\n\r\necho");
      g_assert_nonnull (previous);
    }
  close (fd);
}

static void
test_pipelining (void)
{
  run_test (client_pipelining, &(LobbyHttpLimits){ 0 });
}

/* Byte by byte across the whole of a request. */
static void
client_dribble (Fixture *fixture)
{
  static const char request[] = "POST /echo/1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 10\r\n\r\n0123456789";
  int fd = open_socket (fixture);
  g_autofree char *answer = NULL;

  setsockopt (fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &(int){ 1 }, sizeof (int));
  for (guint i = 0; i < sizeof request - 1; i++)
    g_assert_cmpint (send (fd, request + i, 1, MSG_NOSIGNAL), ==, 1);
  answer = get_until (fd, NULL, 0);
  assert_contains (answer, "\r\n\r\n0123456789");
  close (fd);
}

static void
test_dribble (void)
{
  run_test (client_dribble, &(LobbyHttpLimits){ 0 });
}

static void
client_too_slow (Fixture *fixture)
{
  int body = open_socket (fixture), head = open_socket (fixture), silent = open_socket (fixture), later = open_socket (fixture);
  g_autofree char *answer = NULL, *second = NULL, *third = NULL, *fourth = NULL;

  put (body, "POST /echo/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n012");
  put (head, "GET /hello HTTP/1.1\r\nHost:");
  put (later, "GET /later HTTP/1.1\r\n" CLOSE);
  answer = get_until (body, NULL, 0);
  assert_contains (answer, "HTTP/1.1 408 Request Timeout");
  second = get_until (head, NULL, 0);
  assert_contains (second, "HTTP/1.1 408 Request Timeout");
  third = get_until (silent, NULL, 0);
  g_assert_cmpstr (third, ==, "");
  fourth = get_until (later, NULL, 0);
  assert_contains (fourth, "later");
  close (body);
  close (head);
  close (silent);
  close (later);
}

static void
test_too_slow (void)
{
  run_test (client_too_slow, &(LobbyHttpLimits){ .request_msec = 80, .idle_sec = 1 });
}

static void
client_too_big (Fixture *fixture)
{
  g_autofree char *long_header = g_strnfill (8000, 'a');
  g_autofree char *request = g_strdup_printf ("GET /hello HTTP/1.1\r\nX-Long: %s\r\n" CLOSE, long_header);
  g_autofree char *long_path = g_strdup_printf ("GET /%s HTTP/1.1\r\n" CLOSE, long_header);
  g_autofree char *piece = g_strnfill (50000, 'b');
  g_autofree char *chunks = g_strdup_printf ("POST /echo/1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" CLOSE
                                             "c350\r\n%s\r\nc350\r\n%s\r\nc350\r\n%s\r\n0\r\n\r\n",
                                             piece, piece, piece);
  g_autofree char *header_answer = ask (fixture, request);
  g_autofree char *path_answer = ask (fixture, long_path);
  g_autofree char *chunks_answer = ask (fixture, chunks);
  g_autofree char *busy = NULL, *fine = NULL;
  int fd = open_socket (fixture), other = open_socket (fixture);

  assert_contains (header_answer, "HTTP/1.1 431");
  assert_contains (path_answer, "HTTP/1.1 414");
  assert_contains (chunks_answer, "HTTP/1.1 413");

  /* Two bodies of 90,000 do not fit into the 150,000 that all may have. */
  put (fd, "POST /echo/1 HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 90000\r\n\r\n");
  g_free (get_until (fd, "100 Continue", 1));
  put (other, "POST /echo/1 HTTP/1.1\r\nContent-Length: 90000\r\n" CLOSE);
  busy = get_until (other, NULL, 0);
  assert_contains (busy, "HTTP/1.1 503");
  assert_contains (busy, "Retry-After");
  close (fd);
  close (other);

  other = open_socket (fixture);
  put (other, "POST /echo/1 HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 100001\r\n" CLOSE);
  fine = get_until (other, NULL, 0);
  g_assert_null (strstr (fine, "100 Continue"));
  assert_contains (fine, "HTTP/1.1 413");
  close (other);
}

static void
test_too_big (void)
{
  run_test (client_too_big, &(LobbyHttpLimits){ .max_header_bytes = 4096, .max_body_bytes = 150000 });
}

static void
client_upgrade (Fixture *fixture)
{
  int fd = open_socket (fixture);
  g_autofree char *answer = NULL;
  char buffer[16] = "";

  put (fd, "GET /upgrade HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nearly");
  answer = get_until (fd, "\r\n\r\n", 1);
  assert_contains (answer, "HTTP/1.1 101 Switching Protocols");
  assert_contains (answer, "Upgrade: websocket");
  assert_contains (answer, "Connection: Upgrade");
  assert_contains (answer, "Sec-WebSocket-Accept: xyz");

  /* Not closed and not touched by MHD, however many turns go by. */
  for (guint i = 0; i < 20; i++)
    g_free (ask (fixture, "GET /hello HTTP/1.1\r\n" CLOSE));
  while (g_atomic_int_get (&fixture->upgraded_fd) == -2)
    g_thread_yield ();
  g_assert_cmpstr (fixture->extra, ==, "early");
  g_assert_true (fcntl (fixture->upgraded_fd, F_GETFL) & O_NONBLOCK);
  g_assert_cmpint (send (fixture->upgraded_fd, "down", 4, 0), ==, 4);
  g_assert_cmpint (recv (fd, buffer, sizeof buffer, 0), ==, 4);
  put (fd, "up");
  for (guint i = 0; i < 10000 && recv (fixture->upgraded_fd, buffer, 2, 0) != 2; i++)
    g_usleep (100);
  g_assert_cmpint (strncmp (buffer, "up", 2), ==, 0);
  close (fixture->upgraded_fd);
  g_assert_cmpint (recv (fd, buffer, sizeof buffer, 0), ==, 0);
  close (fd);
}

static void
test_upgrade (void)
{
  run_test (client_upgrade, &(LobbyHttpLimits){ 0 });
}

/* HTTP/1.0 cannot be upgraded: the callback is told so. */
static void
client_upgrade_refused (Fixture *fixture)
{
  g_free (ask (fixture, "GET /upgrade HTTP/1.0\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"));
  while (g_atomic_int_get (&fixture->upgraded_fd) == -2)
    g_thread_yield ();
  g_assert_cmpint (fixture->upgraded_fd, ==, -1);
}

static void
test_upgrade_refused (void)
{
  run_test (client_upgrade_refused, &(LobbyHttpLimits){ 0 });
}

static void
client_many (Fixture *fixture)
{
  enum
  {
    N = 300
  };
  int fds[N];

  for (guint round = 0; round < 2; round++)
    {
      for (guint i = 0; i < N; i++)
        fds[i] = round == 0 ? open_socket (fixture) : fds[i];
      for (guint i = 0; i < N; i++)
        put (fds[i], i % 2 ? "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n" : "GET /later HTTP/1.1\r\nHost: x\r\n\r\n");
      for (guint i = 0; i < N; i++)
        {
          g_autofree char *answer = get_until (fds[i], i % 2 ? "hello" : "later", 1);

          assert_contains (answer, "200 OK");
        }
    }
  for (guint i = 0; i < N; i++)
    close (fds[i]);
}

static void
test_many (void)
{
  run_test (client_many, &(LobbyHttpLimits){ 0 });
}

static void
client_limit (Fixture *fixture)
{
  int fds[4];
  g_autofree char *answer = NULL;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *first = NULL;

      fds[i] = open_socket (fixture);
      put (fds[i], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
      first = get_until (fds[i], "hello", 1);
      assert_contains (first, "200 OK");
    }
  fds[3] = open_socket (fixture);
  put (fds[3], "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  answer = get_until (fds[3], "hello", 1);
  g_assert_cmpstr (answer, ==, "");
  for (guint i = 0; i < 4; i++)
    close (fds[i]);
}

static void
test_limit (void)
{
  run_test (client_limit, &(LobbyHttpLimits){ .max_per_address = 3 });
}

static void
client_file (Fixture *fixture)
{
  g_autofree char *whole = ask (fixture, "GET /file HTTP/1.1\r\n" CLOSE);
  g_autofree char *range = ask (fixture, "GET /file HTTP/1.1\r\nRange: bytes=2-4\r\n" CLOSE);
  g_autofree char *end = ask (fixture, "GET /file HTTP/1.1\r\nRange: bytes=-3\r\n" CLOSE);
  g_autofree char *known = ask (fixture, "GET /file HTTP/1.1\r\nIf-None-Match: \"abc\"\r\n" CLOSE);
  g_autofree char *missing = NULL;

  assert_contains (whole, "Content-Type: image/png");
  assert_contains (whole, "\r\n\r\n0123456789");
  assert_contains (range, "HTTP/1.1 206");
  assert_contains (range, "Content-Range: bytes 2-4/10");
  g_assert_true (g_str_has_suffix (range, "\r\n\r\n234"));
  g_assert_true (g_str_has_suffix (end, "\r\n\r\n789"));
  assert_contains (known, "HTTP/1.1 304");
  g_unlink (fixture->file);
  missing = ask (fixture, "GET /file HTTP/1.1\r\n" CLOSE);
  assert_contains (missing, "HTTP/1.1 404");
}

/* RFC 9110, 13.1.5 and 14. */
static void
client_ranges (Fixture *fixture)
{
  static const struct
  {
    const char *headers, *status, *content_range, *body;
  } cases[] = {
    { "Range: bytes=0-0\r\n", "206", "bytes 0-0/10", "0" },
    { "Range: bytes=9-\r\n", "206", "bytes 9-9/10", "9" },
    { "Range: Bytes=4-99\r\n", "206", "bytes 4-9/10", "456789" },
    { "Range: bytes=-99\r\n", "206", "bytes 0-9/10", "0123456789" },
    { "Range: bytes=10-\r\n", "416", "bytes */10", NULL },
    { "Range: bytes=50-60\r\n", "416", "bytes */10", NULL },
    { "Range: bytes=-0\r\n", "416", "bytes */10", NULL },
    { "Range: bytes=4-2\r\n", "200", NULL, "0123456789" },
    { "Range: bytes=-\r\n", "200", NULL, "0123456789" },
    { "Range: bytes=1-2,4-5\r\n", "200", NULL, "0123456789" },
    { "Range: bytes=99999999999999999999-\r\n", "200", NULL, "0123456789" },
    { "Range: lines=1-2\r\n", "200", NULL, "0123456789" },
    { "Range: bytes=2-4\r\nIf-Range: \"abc\"\r\n", "206", "bytes 2-4/10", "234" },
    { "Range: bytes=2-4\r\nIf-Range: \"abd\"\r\n", "200", NULL, "0123456789" },
    { "Range: bytes=2-4\r\nIf-Range: W/\"abc\"\r\n", "200", NULL, "0123456789" },
    { "Range: bytes=2-4\r\nIf-Range: Sun, 22 Nov 2026 09:00:00 GMT\r\n", "200", NULL, "0123456789" },
    { "If-None-Match: \"x\", W/\"abc\"\r\n", "304", NULL, NULL },
    { "If-None-Match: *\r\n", "304", NULL, NULL },
    { "If-None-Match: \"x\"\r\n", "200", NULL, "0123456789" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *request = g_strdup_printf ("GET /file HTTP/1.1\r\n%s" CLOSE, cases[i].headers);
      g_autofree char *answer = ask (fixture, request);
      g_autofree char *status = g_strdup_printf ("HTTP/1.1 %s", cases[i].status);
      g_autofree char *content_range = g_strdup_printf ("Content-Range: %s\r\n", cases[i].content_range);
      g_autofree char *end = g_strdup_printf ("\r\n\r\n%s", cases[i].body);

      g_test_message ("%s", cases[i].headers);
      assert_contains (answer, status);
      if (cases[i].content_range != NULL)
        assert_contains (answer, content_range);
      else
        g_assert_null (strstr (answer, "Content-Range"));
      if (cases[i].body != NULL)
        g_assert_true (g_str_has_suffix (answer, end));
    }
}

static void
client_file_head (Fixture *fixture)
{
  g_autofree char *head = ask (fixture, "HEAD /file HTTP/1.1\r\nRange: bytes=2-4\r\n" CLOSE);

  assert_contains (head, "HTTP/1.1 200");
  assert_contains (head, "Content-Length: 10\r\n");
  assert_contains (head, "Accept-Ranges: bytes\r\n");
  g_assert_true (g_str_has_suffix (head, "\r\n\r\n"));
}

static void
client_whole_file (Fixture *fixture)
{
  client_ranges (fixture);
  client_file_head (fixture);
  client_file (fixture);
}

static void
test_file (void)
{
  Fixture fixture = { 0 };
  int fd = g_file_open_tmp ("lobby-http-XXXXXX", &fixture.file, NULL);

  g_assert_cmpint (write (fd, "0123456789", 10), ==, 10);
  close (fd);
  fixture_set_up (&fixture, &(LobbyHttpLimits){ 0 });
  run_client (&fixture, client_whole_file);
  fixture_tear_down (&fixture);
}

static gboolean
stop_now (gpointer data)
{
  Fixture *fixture = data;

  lobby_http_server_stop (fixture->server);
  g_assert_cmpuint (lobby_http_server_count_exchanges (fixture->server), ==, 1);
  lobby_http_exchange_answer_json (g_steal_pointer (&fixture->held), 200, g_strdup ("{\"held\":true}"));
  return G_SOURCE_REMOVE;
}

/* What is under way when the server stops still ends, and so does what is asked on a connection that is there already. */
static void
client_stop (Fixture *fixture)
{
  int fd = open_socket (fixture), idle = open_socket (fixture);
  g_autofree char *answer = NULL, *last = NULL;

  put (idle, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  g_free (get_until (idle, "hello", 1));
  put (fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  while (g_atomic_pointer_get (&fixture->held) == NULL)
    g_thread_yield ();
  g_idle_add (stop_now, fixture);
  answer = get_until (fd, NULL, 0);
  assert_contains (answer, "{\"held\":true}");
  assert_contains (answer, "Connection: close");
  put (idle, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  last = get_until (idle, NULL, 0);
  assert_contains (last, "HTTP/1.1 200");
  assert_contains (last, "Connection: close");
  close (idle);
  close (fd);
}

static void
test_stop (void)
{
  run_test (client_stop, &(LobbyHttpLimits){ 0 });
}

static void
client_hold (Fixture *fixture)
{
  int fd = open_socket (fixture);

  put (fd, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  while (g_atomic_pointer_get (&fixture->held) == NULL)
    g_thread_yield ();
  close (fd);
}

/* The server goes away before the application answers; and a peer went before it. */
static void
test_destroyed (void)
{
  Fixture fixture = { 0 };

  fixture_set_up (&fixture, &(LobbyHttpLimits){ 0 });
  run_client (&fixture, client_hold);
  g_clear_object (&fixture.server);
  g_assert_null (lobby_http_exchange_get_header (fixture.held, "Host"));
  g_assert_cmpstr (lobby_http_exchange_get_path (fixture.held), ==, "/hold");
  lobby_http_exchange_answer_error (fixture.held, 500, "late", "Too late");
  fixture_tear_down (&fixture);
}

static void
client_leave_open (Fixture *fixture)
{
  fixture->left_open = open_socket (fixture);
  put (fixture->left_open, "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  g_free (get_until (fixture->left_open, "hello", 1));
}

/* A request that comes while the server goes away, and would wait for its answer. */
static void
test_asked_at_the_end (void)
{
  Fixture fixture = { 0 };

  fixture_set_up (&fixture, &(LobbyHttpLimits){ 0 });
  run_client (&fixture, client_leave_open);
  put (fixture.left_open, "GET /hold HTTP/1.1\r\nHost: x\r\n\r\n");
  g_clear_object (&fixture.server);
  g_assert_nonnull (fixture.held);
  lobby_http_exchange_answer_error (fixture.held, 500, "late", "Too late");
  close (fixture.left_open);
  fixture_tear_down (&fixture);
}

static void
client_soup (Fixture *fixture)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/echo/7", lobby_http_server_get_port (fixture->server));
  g_autofree char *big = g_strnfill (100000, 'x');

  for (guint i = 0; i < 5; i++)
    {
      g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
      g_autoptr (GBytes) body = g_bytes_new (big, 100000);
      g_autoptr (GBytes) answer = NULL;
      g_autoptr (GError) error = NULL;

      soup_message_set_request_body_from_bytes (message, "text/plain", body);
      answer = soup_session_send_and_read (session, message, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (soup_message_get_status (message), ==, 200);
      g_assert_true (g_bytes_equal (answer, body));
    }
}

/* A client that sends its whole body first still gets to know why it was refused. */
static void
client_soup_too_big (Fixture *fixture)
{
  g_autoptr (SoupSession) session = soup_session_new ();
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/echo/7", lobby_http_server_get_port (fixture->server));
  g_autofree char *big = g_strnfill (5 * 1024 * 1024, 'x');

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
      g_autoptr (GBytes) body = g_bytes_new (big, 5 * 1024 * 1024);
      g_autoptr (GBytes) answer = NULL;
      g_autoptr (GError) error = NULL;

      soup_message_set_request_body_from_bytes (message, "text/plain", body);
      answer = soup_session_send_and_read (session, message, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (soup_message_get_status (message), ==, 413);
    }
}

static void
test_soup_too_big (void)
{
  run_test (client_soup_too_big, &(LobbyHttpLimits){ 0 });
}

static void
test_soup (void)
{
  run_test (client_soup, &(LobbyHttpLimits){ 0 });
}

static void
test_addresses (void)
{
  static const char *const bad[] = { "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:http", "nowhere.invalid:80" };
  g_autoptr (GError) in_use = NULL;
  g_autoptr (LobbyHttpServer) first = NULL, second = NULL;
  g_autofree char *address = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lobby_http_server_new (bad[i], &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
    }
  first = lobby_http_server_new ("127.0.0.1:0", NULL);
  address = g_strdup_printf ("127.0.0.1:%u", lobby_http_server_get_port (first));
  second = lobby_http_server_new (address, &in_use);
  g_assert_error (in_use, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/server/basics", test_basics);
  g_test_add_func ("/http/server/pipelining", test_pipelining);
  g_test_add_func ("/http/server/dribble", test_dribble);
  g_test_add_func ("/http/server/too-slow", test_too_slow);
  g_test_add_func ("/http/server/too-big", test_too_big);
  g_test_add_func ("/http/server/upgrade", test_upgrade);
  g_test_add_func ("/http/server/upgrade-refused", test_upgrade_refused);
  g_test_add_func ("/http/server/many", test_many);
  g_test_add_func ("/http/server/limit", test_limit);
  g_test_add_func ("/http/server/file", test_file);
  g_test_add_func ("/http/server/stop", test_stop);
  g_test_add_func ("/http/server/destroyed", test_destroyed);
  g_test_add_func ("/http/server/asked-at-the-end", test_asked_at_the_end);
  g_test_add_func ("/http/server/soup", test_soup);
  g_test_add_func ("/http/server/soup-too-big", test_soup_too_big);
  g_test_add_func ("/http/server/addresses", test_addresses);
  return g_test_run ();
}
