/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-socket-source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

/* One end is the source's, the other the test's. */
typedef struct
{
  LobbySocketSource *source;
  LobbySocket *socket;
  int peer;
  GString *received;
  guint n_drained;
  guint n_closed;
  gboolean abort_on_data;
} Pair;

static void
on_received (gpointer owner,
             const guint8 *data,
             gsize length)
{
  Pair *pair = owner;

  g_string_append_len (pair->received, (const char *)data, length);
  if (pair->abort_on_data)
    {
      lobby_socket_abort (pair->socket);
      pair->socket = NULL;
    }
}

static void
on_drained (gpointer owner)
{
  ((Pair *)owner)->n_drained++;
}

static void
on_closed (gpointer owner)
{
  Pair *pair = owner;

  pair->n_closed++;
  pair->socket = NULL;
}

static const LobbySocketHandler handler = { on_received, on_drained, on_closed };

static void
pair_init (Pair *pair,
           LobbySocketSource *source)
{
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), ==, 0);
  *pair = (Pair){ .source = source, .peer = fds[1], .received = g_string_new (NULL) };
  pair->socket = lobby_socket_source_add (source, fds[0], &handler, pair);
  g_assert_nonnull (pair->socket);
}

static void
pair_clear (Pair *pair)
{
  if (pair->peer >= 0)
    close (pair->peer);
  g_string_free (pair->received, TRUE);
}

static void
iterate_while (gboolean *condition)
{
  while (*condition)
    g_main_context_iteration (NULL, TRUE);
}

/* Everything that is ready now. */
static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gsize
read_all (int peer,
          GString *into)
{
  char buffer[65536];
  gsize total = 0;
  ssize_t n;

  while ((n = read (peer, buffer, sizeof buffer)) > 0)
    {
      if (into != NULL)
        g_string_append_len (into, buffer, n);
      total += n;
    }
  return total;
}

static void
test_both_ways (void)
{
  LobbySocketSource *source = lobby_socket_source_new ();
  g_autoptr (GBytes) hello = g_bytes_new_static ("hello", 5);
  g_autoptr (GString) got = g_string_new (NULL);
  Pair pair;

  pair_init (&pair, source);
  g_assert_cmpuint (lobby_socket_source_count (source), ==, 1);
  g_assert_cmpint (write (pair.peer, "hi", 2), ==, 2);
  settle ();
  g_assert_cmpstr (pair.received->str, ==, "hi");
  lobby_socket_send (pair.socket, hello);
  read_all (pair.peer, got);
  g_assert_cmpstr (got->str, ==, "hello");
  g_assert_cmpuint (lobby_socket_get_backlog (pair.socket), ==, 0);

  close (pair.peer);
  pair.peer = -1;
  settle ();
  g_assert_cmpuint (pair.n_closed, ==, 1);
  g_assert_cmpuint (lobby_socket_source_count (source), ==, 0);
  pair_clear (&pair);
  lobby_socket_source_free (source);
}

static void
test_backlog (void)
{
  LobbySocketSource *source = lobby_socket_source_new ();
  g_autoptr (GString) sent = g_string_new (NULL);
  g_autoptr (GString) got = g_string_new (NULL);
  Pair pair;

  pair_init (&pair, source);
  for (guint i = 0; lobby_socket_get_backlog (pair.socket) < 1024 * 1024; i++)
    {
      g_autofree char *text = g_strnfill (1 + i * 37 % 3000, 'a' + i % 26);
      g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

      g_string_append (sent, text);
      lobby_socket_send (pair.socket, bytes);
    }
  while (got->len < sent->len)
    {
      read_all (pair.peer, got);
      settle ();
    }
  g_assert_cmpuint (pair.n_drained, ==, 1);
  g_assert_cmpuint (lobby_socket_get_backlog (pair.socket), ==, 0);
  g_assert_true (g_string_equal (sent, got));
  pair_clear (&pair);
  lobby_socket_source_free (source);
}

static void
test_slow_reader (void)
{
  LobbySocketSource *source = lobby_socket_source_new ();
  g_autofree char *block = g_malloc0 (64 * 1024);
  g_autoptr (GBytes) bytes = g_bytes_new_static (block, 64 * 1024);
  Pair slow, quick;

  pair_init (&slow, source);
  pair_init (&quick, source);
  for (guint i = 0; i < 100; i++)
    {
      lobby_socket_send (slow.socket, bytes);
      lobby_socket_send (quick.socket, bytes);
      read_all (quick.peer, NULL);
      /* Nothing is told from inside a send. */
      g_assert_cmpuint (slow.n_closed, ==, 0);
      g_assert_cmpuint (lobby_socket_get_backlog (slow.socket), <=, LOBBY_SOCKET_MAX_BACKLOG);
    }
  settle ();
  g_assert_cmpuint (slow.n_closed, ==, 1);
  g_assert_cmpuint (quick.n_closed, ==, 0);
  pair_clear (&slow);
  pair_clear (&quick);
  lobby_socket_source_free (source);
}

/* One huge message is no slow reader. */
static void
test_huge_message (void)
{
  LobbySocketSource *source = lobby_socket_source_new ();
  gsize size = 3 * LOBBY_SOCKET_MAX_BACKLOG, got = 0;
  g_autofree char *block = g_malloc0 (size);
  g_autoptr (GBytes) bytes = g_bytes_new_static (block, size);
  Pair pair;

  pair_init (&pair, source);
  lobby_socket_send (pair.socket, bytes);
  while (got < size)
    {
      got += read_all (pair.peer, NULL);
      settle ();
    }
  g_assert_cmpuint (pair.n_closed, ==, 0);
  g_assert_cmpuint (pair.n_drained, ==, 1);
  pair_clear (&pair);
  lobby_socket_source_free (source);
}

static void
test_finish (void)
{
  LobbySocketSource *source = lobby_socket_source_new ();
  gsize size = 1024 * 1024, got = 0;
  g_autofree char *block = g_malloc0 (size);
  g_autoptr (GBytes) bytes = g_bytes_new_static (block, size);
  char byte;
  Pair pair;

  pair_init (&pair, source);
  lobby_socket_send (pair.socket, bytes);
  lobby_socket_finish (pair.socket);
  lobby_socket_send (pair.socket, bytes);
  g_assert_cmpint (write (pair.peer, "ignored", 7), ==, 7);
  while (got < size)
    {
      got += read_all (pair.peer, NULL);
      settle ();
    }
  /* All is out, then the end; and the source forgets it as soon as the peer closes too. */
  g_assert_cmpint (read (pair.peer, &byte, 1), ==, 0);
  g_assert_cmpuint (got, ==, size);
  g_assert_cmpuint (lobby_socket_source_count (source), ==, 1);
  close (pair.peer);
  pair.peer = -1;
  settle ();
  g_assert_cmpuint (lobby_socket_source_count (source), ==, 0);
  g_assert_cmpuint (pair.received->len, ==, 0);
  g_assert_cmpuint (pair.n_closed + pair.n_drained, ==, 0);
  pair_clear (&pair);
  lobby_socket_source_free (source);
}

static void
test_abort_inside (void)
{
  LobbySocketSource *source = lobby_socket_source_new ();
  g_autofree Pair *pairs = g_new0 (Pair, 300);
  char byte;

  for (guint i = 0; i < 300; i++)
    {
      pair_init (&pairs[i], source);
      pairs[i].abort_on_data = i % 3 == 0;
      g_assert_cmpint (write (pairs[i].peer, "data", 4), ==, 4);
      if (i % 5 == 0)
        {
          close (pairs[i].peer);
          pairs[i].peer = -1;
        }
    }
  settle ();
  for (guint i = 0; i < 300; i++)
    {
      g_assert_cmpstr (pairs[i].received->str, ==, "data");
      g_assert_cmpuint (pairs[i].n_closed, ==, i % 5 == 0 && i % 3 != 0);
      if (i % 3 == 0 && pairs[i].peer >= 0)
        g_assert_cmpint (read (pairs[i].peer, &byte, 1), ==, 0);
      pair_clear (&pairs[i]);
    }
  lobby_socket_source_free (source);
}

static void
set_false (gpointer data)
{
  *(gboolean *)data = FALSE;
}

static void
test_bury (void)
{
  LobbySocketSource *source = lobby_socket_source_new ();
  gboolean alive = TRUE;

  lobby_socket_source_bury (source, &alive, set_false);
  g_assert_true (alive);
  iterate_while (&alive);
  alive = TRUE;
  lobby_socket_source_bury (source, &alive, set_false);
  lobby_socket_source_free (source);
  g_assert_false (alive);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/socket-source/both-ways", test_both_ways);
  g_test_add_func ("/socket-source/backlog", test_backlog);
  g_test_add_func ("/socket-source/slow-reader", test_slow_reader);
  g_test_add_func ("/socket-source/huge-message", test_huge_message);
  g_test_add_func ("/socket-source/finish", test_finish);
  g_test_add_func ("/socket-source/abort-inside", test_abort_inside);
  g_test_add_func ("/socket-source/bury", test_bury);
  return g_test_run ();
}
