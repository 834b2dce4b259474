/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Agents whose network is slower than the shop: a raw socket that reads only when it is told to. */
#include "hub-fixture.h"

#include <string.h>
#include <sys/socket.h>

#define MASK "mask"

typedef struct
{
  GSocket *socket;
  GString *received; /* from the first event on */
  gint64 seq;        /* of the newest event read */
  gboolean closed;
} Reader;

static void
add_frame (GString *stream,
           const char *text)
{
  gsize length = strlen (text);

  g_assert_cmpuint (length, <, 126);
  g_string_append_c (stream, (char)0x81);
  g_string_append_c (stream, (char)(0x80 | length));
  g_string_append (stream, MASK);
  for (gsize i = 0; i < length; i++)
    g_string_append_c (stream, text[i] ^ MASK[i & 3]);
}

static void
reader_init (Reader *reader,
             HubFixture *fixture,
             gint64 since)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", lobby_http_server_get_port (fixture->http));
  g_autoptr (GString) stream = g_string_new ("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
                                             "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  g_autofree char *join = g_strdup_printf ("42[\"join-business\",\"%s\",{\"since\":%" G_GINT64_FORMAT "}]", fixture->storage.business, since);

  *reader = (Reader){ .received = g_string_new (NULL), .seq = since };
  reader->socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
  g_assert_no_error (error);
  g_socket_set_option (reader->socket, SOL_SOCKET, SO_RCVBUF, 16 * 1024, NULL);
  g_assert_true (g_socket_connect (reader->socket, address, NULL, &error));
  add_frame (stream, "40{\"token\":\"ana-token\"}");
  add_frame (stream, join);
  g_assert_cmpint (g_socket_send (reader->socket, stream->str, stream->len, NULL, &error), ==, stream->len);
  g_socket_set_blocking (reader->socket, FALSE);
}

static void
reader_clear (Reader *reader)
{
  g_object_unref (reader->socket);
  g_string_free (reader->received, TRUE);
}

/* Takes what is there, and checks that events follow each other without a gap. */
static void
read_some (Reader *reader)
{
  static const char mark[] = "\"seq\":";
  char buffer[32768];
  gssize n = g_socket_receive (reader->socket, buffer, sizeof buffer, NULL, NULL);
  gsize done = 0;

  if (n == 0)
    reader->closed = TRUE;
  if (n <= 0)
    return;
  g_string_append_len (reader->received, buffer, n);
  /* Each message:new has its own seq with businessProfileId behind it; the conversation inside has one without. */
  while (TRUE)
    {
      const char *at = memmem (reader->received->str + done, reader->received->len - done, mark, strlen (mark));
      char *end;
      gint64 seq;

      if (at == NULL || reader->received->len - (gsize)(at - reader->received->str) < 64)
        break;
      seq = g_ascii_strtoll (at + strlen (mark), &end, 10);
      done = (gsize)(end - reader->received->str);
      if (!g_str_has_prefix (end, ",\"businessProfileId\""))
        continue;
      g_assert_cmpint (seq, ==, reader->seq + 1);
      reader->seq = seq;
    }
  g_string_erase (reader->received, 0, done);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_replay (HubFixture *fixture,
             gconstpointer data)
{
  g_autofree char *text = g_strnfill (2000, 'x');
  gint64 first = hub_fixture_get_seq (fixture);
  Reader reader;

  hub_fixture_say (fixture, 4000, text);
  storage_fixture_flush (&fixture->storage);
  reader_init (&reader, fixture, first);
  /* 16 MB wait in the log, not in memory: the hub stays well below the backlog that would cost it the reader. */
  settle ();
  hub_fixture_say (fixture, 100, text);
  settle ();
  g_assert_cmpuint (lobby_hub_count_sockets (fixture->hub), ==, 1);
  while (reader.seq < first + 4050 && !reader.closed)
    {
      read_some (&reader);
      g_main_context_iteration (NULL, FALSE);
    }
  hub_fixture_say (fixture, 10, text);
  settle ();
  hub_fixture_say (fixture, 1, text);
  storage_fixture_flush (&fixture->storage);
  /* The last one is known to be whole when another follows. */
  while (reader.seq < first + 4110 && !reader.closed)
    {
      read_some (&reader);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_false (reader.closed);
  reader_clear (&reader);
}

static void
test_live (HubFixture *fixture,
           gconstpointer data)
{
  g_autofree char *text = g_strnfill (4000, 'x');
  gint64 first = hub_fixture_get_seq (fixture);
  Reader slow, quick, again;

  reader_init (&slow, fixture, first);
  reader_init (&quick, fixture, first);
  while (lobby_hub_count_sockets (fixture->hub) < 2)
    g_main_context_iteration (NULL, TRUE);
  settle ();
  for (guint i = 0; i < 3000; i++)
    {
      hub_fixture_say (fixture, 1, text);
      settle ();
      read_some (&quick);
      if (lobby_hub_count_sockets (fixture->hub) < 2)
        break;
    }
  /* The slow one is cut off; the other one has all but what is on its way. */
  g_assert_cmpuint (lobby_hub_count_sockets (fixture->hub), ==, 1);
  while (!slow.closed)
    {
      read_some (&slow);
      if (g_socket_condition_check (slow.socket, G_IO_IN | G_IO_HUP | G_IO_ERR) & (G_IO_HUP | G_IO_ERR))
        slow.closed = TRUE;
    }
  /* It comes back for the rest. */
  g_assert_cmpint (slow.seq, <, hub_fixture_get_seq (fixture));
  reader_init (&again, fixture, slow.seq);
  while (again.seq < hub_fixture_get_seq (fixture) - 1 || quick.seq < hub_fixture_get_seq (fixture) - 1)
    {
      read_some (&again);
      read_some (&quick);
      g_main_context_iteration (NULL, FALSE);
      g_assert_false (again.closed || quick.closed);
    }
  reader_clear (&slow);
  reader_clear (&quick);
  reader_clear (&again);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/slow-readers/replay", HubFixture, NULL, hub_fixture_set_up, test_replay, hub_fixture_tear_down);
  g_test_add ("/slow-readers/live", HubFixture, NULL, hub_fixture_set_up, test_live, hub_fixture_tear_down);
  return g_test_run ();
}
