/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-http-client.h"
#include "lobby-websocket-client.h"

#include <libsoup/soup.h>

#include "loop.h"

static SoupServer *server;
static char *url;
static char *http_url;
static GPtrArray *connections; /* the server's ends */

typedef struct
{
  LobbyWebsocketClient *client;
  GString *texts;
  gsize n_binary;
  guint n_closed;
  guint code;
  char *reason;
  gboolean broke;
} Peer;

static void
echo (SoupWebsocketConnection *connection,
      SoupWebsocketDataType type,
      GBytes *message,
      gpointer data)
{
  soup_websocket_connection_send_message (connection, type, message);
}

static void
on_websocket (SoupServer *unused,
              SoupServerMessage *message,
              const char *path,
              SoupWebsocketConnection *connection,
              gpointer data)
{
  soup_websocket_connection_set_max_incoming_payload_size (connection, 0);
  g_ptr_array_add (connections, g_object_ref (connection));
  g_signal_connect (connection, "message", G_CALLBACK (echo), NULL);
  soup_websocket_connection_send_text (connection, "hello");
}

static void
on_text (LobbyWebsocketClient *client,
         GBytes *text,
         Peer *peer)
{
  gsize size;
  const char *bytes = g_bytes_get_data (text, &size);

  g_assert_true (bytes[size] == '\0');
  g_string_append_printf (peer->texts, "%s;", size < 100 ? bytes : "(long)");
}

static void
on_binary (LobbyWebsocketClient *client,
           GBytes *bytes,
           Peer *peer)
{
  peer->n_binary += g_bytes_get_size (bytes);
}

static void
on_closed (LobbyWebsocketClient *client,
           guint code,
           const char *reason,
           GError *error,
           Peer *peer)
{
  peer->n_closed++;
  peer->code = code;
  g_set_str (&peer->reason, reason);
  peer->broke = error != NULL;
}

static void
peer_init (Peer *peer)
{
  g_autoptr (GError) error = NULL;
  const GValue *value = loop_until (lobby_websocket_client_connect (url, NULL), &error);

  g_assert_no_error (error);
  *peer = (Peer){ .client = g_value_dup_object (value), .texts = g_string_new (NULL) };

  /* What comes before the signals are connected is not lost. */
  for (int i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_signal_connect (peer->client, "text", G_CALLBACK (on_text), peer);
  g_signal_connect (peer->client, "binary", G_CALLBACK (on_binary), peer);
  g_signal_connect (peer->client, "closed", G_CALLBACK (on_closed), peer);
  lobby_websocket_client_start (peer->client);
  loop_while (peer->texts->len == 0);
  g_assert_cmpstr (peer->texts->str, ==, "hello;");
}

static void
peer_clear (Peer *peer)
{
  g_assert_finalize_object (peer->client);
  g_string_free (peer->texts, TRUE);
  g_free (peer->reason);
  g_ptr_array_set_size (connections, 0);
}

/* The one future that loop_until keeps would hold the client. */
static void
forget_last (void)
{
  loop_until (dex_future_new_true (), NULL);
}

static void
test_echo (void)
{
  g_autofree char *large = g_strnfill (3 * 1024 * 1024, 'x');
  g_autoptr (GBytes) bytes = g_bytes_new_static ("\0\1\2", 3);
  Peer peer;

  peer_init (&peer);
  lobby_websocket_client_send_text (peer.client, "é");
  lobby_websocket_client_send_bytes (peer.client, bytes);
  loop_while (peer.n_binary < 3);
  g_assert_cmpstr (peer.texts->str, ==, "hello;é;");

  /* Far over libsoup's own limit. */
  lobby_websocket_client_send_text (peer.client, large);
  loop_while (!g_str_has_suffix (peer.texts->str, "(long);"));

  lobby_websocket_client_close (peer.client, 1000, "bye");
  loop_while (peer.n_closed == 0);
  g_assert_cmpuint (peer.code, ==, 1000);
  g_assert_false (peer.broke);
  /* Dead, but harmless. */
  lobby_websocket_client_send_text (peer.client, "x");
  lobby_websocket_client_close (peer.client, 1000, NULL);
  forget_last ();
  peer_clear (&peer);
}

static void
test_closed_by_peer (void)
{
  Peer peer;

  peer_init (&peer);
  soup_websocket_connection_close (g_ptr_array_index (connections, 0), 4001, "enough");
  loop_while (peer.n_closed == 0);
  g_assert_cmpuint (peer.code, ==, 4001);
  g_assert_cmpstr (peer.reason, ==, "enough");
  g_assert_cmpuint (peer.n_closed, ==, 1);
  forget_last ();
  peer_clear (&peer);
}

static void
test_broken (void)
{
  Peer peer;
  GIOStream *stream;

  peer_init (&peer);
  stream = soup_websocket_connection_get_io_stream (g_ptr_array_index (connections, 0));
  g_io_stream_close (stream, NULL, NULL);
  loop_while (peer.n_closed == 0);
  g_assert_cmpuint (peer.n_closed, ==, 1);
  forget_last ();
  peer_clear (&peer);
}

/* A peer that never answers the closing handshake. */
static gboolean
keep_silent (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             gpointer data)
{
  g_autofree char *accept = NULL;
  g_autofree char *answer = NULL;
  char request[4096];
  gssize length = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), request, sizeof request - 1, NULL, NULL);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize digest_length = sizeof digest;
  const char *key;

  g_assert_cmpint (length, >, 0);
  request[length] = '\0';
  key = strstr (request, "Sec-WebSocket-Key: ");
  g_assert_nonnull (key);
  key += strlen ("Sec-WebSocket-Key: ");
  g_checksum_update (checksum, (const guchar *)key, 24);
  g_checksum_update (checksum, (const guchar *)"258EAFA5-E914-47DA-95CA-C5AB0DC85B11", -1);
  g_checksum_get_digest (checksum, digest, &digest_length);
  accept = g_base64_encode (digest, sizeof digest);
  answer = g_strdup_printf ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n%c%chello",
                            accept, 0x81, 5);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), answer, strlen (answer), NULL, NULL, NULL);
  g_ptr_array_add (connections, g_object_ref (connection));
  return TRUE;
}

/* Runs in a thread, as keep_silent blocks. */
static void
test_silent_peer (void)
{
  g_autoptr (GSocketService) service = g_threaded_socket_service_new (1);
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  g_autofree char *saved = g_steal_pointer (&url);
  gint64 begin;
  Peer peer;

  g_signal_connect (service, "run", G_CALLBACK (keep_silent), NULL);
  url = g_strdup_printf ("ws://127.0.0.1:%u/", port);
  peer_init (&peer);
  begin = g_get_monotonic_time ();
  lobby_websocket_client_close (peer.client, 1000, NULL);
  loop_while (peer.n_closed == 0);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 3 * G_USEC_PER_SEC);
  g_assert_cmpuint (peer.n_closed, ==, 1);
  forget_last ();
  peer_clear (&peer);
  g_socket_service_stop (service);
  g_free (url);
  url = g_steal_pointer (&saved);
}

static void
get_error (const char *address,
           GCancellable *cancellable,
           LobbyNetError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (loop_until (lobby_websocket_client_connect (address, cancellable), &error));
  g_assert_error (error, LOBBY_NET_ERROR, (int)code);
}

static void
test_refused (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autofree char *closed = g_strdup_printf ("ws://127.0.0.1:%u/", g_socket_listener_add_any_inet_port (listener, NULL, NULL));

  g_socket_listener_close (listener);
  get_error ("nonsense", NULL, LOBBY_NET_ERROR_BAD_URL);
  get_error ("ftp://x/", NULL, LOBBY_NET_ERROR_BAD_URL);
  get_error (closed, NULL, LOBBY_NET_ERROR_UNREACHABLE);
  get_error (http_url, NULL, LOBBY_NET_ERROR_FAILED);
  g_cancellable_cancel (cancellable);
  get_error (url, cancellable, LOBBY_NET_ERROR_CANCELLED);
}

/* Dropped while open: the socket goes with it, and nothing is emitted. */
static void
test_dropped (void)
{
  Peer peer;

  peer_init (&peer);
  forget_last ();
  peer_clear (&peer);
  g_assert_cmpuint (peer.n_closed, ==, 0);
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;
  int failed;

  dex_init ();
  g_test_init (&argc, &argv, NULL);
  connections = g_ptr_array_new_with_free_func (g_object_unref);
  server = soup_server_new (NULL, NULL);
  soup_server_add_websocket_handler (server, "/socket", NULL, NULL, on_websocket, NULL, NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  uris = soup_server_get_uris (server);
  url = g_strdup_printf ("ws://127.0.0.1:%d/socket", g_uri_get_port (uris->data));
  http_url = g_strdup_printf ("http://127.0.0.1:%d/none", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);

  g_test_add_func ("/websocket-client/echo", test_echo);
  g_test_add_func ("/websocket-client/closed-by-peer", test_closed_by_peer);
  g_test_add_func ("/websocket-client/broken", test_broken);
  g_test_add_func ("/websocket-client/silent-peer", test_silent_peer);
  g_test_add_func ("/websocket-client/refused", test_refused);
  g_test_add_func ("/websocket-client/dropped", test_dropped);
  failed = g_test_run ();

  forget_last ();
  soup_server_disconnect (server);
  g_clear_object (&server);
  g_ptr_array_unref (connections);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_free (url);
  g_free (http_url);

  return failed;
}
