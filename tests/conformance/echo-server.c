/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * echo-server [PORT]: what the protocols' own test suites expect to meet (3000 by default; 0 takes any and tells).
 *   /engine.io/   answers every message with itself
 *   /socket.io/   namespaces / and /custom: emits "auth" with the handshake's auth on connection, answers "message" with
 *                 "message-back" and the same arguments, and acknowledges "message-with-ack" with its arguments
 * Built on lobbyd's Engine.IO and Socket.IO alone.
 */
#define G_LOG_DOMAIN "echo-server"

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lobby-socket-server.h"

#define DEFAULT_PORT 3000
/* The suites ask for the 101, then for OPEN; for the answer to CONNECT, then for "auth"; and do not all keep what comes together
 * with the first. Node's server, with a turn of its loop between any two, leaves them the time. */
#define GREETING_MSEC 40

typedef struct
{
  LobbyPeer *peer;
  JsonArray *auth;
  guint greeting; /* source, or 0: it was said */
} Client;

static const LobbyEngineOptions engine_options = {
  .ping_interval = 300,
  .ping_timeout = 200,
  .max_payload = 1000000,
  .open_delay = GREETING_MSEC,
  .cors_origin = "*",
};

static void
on_message (gpointer owner,
            const LobbyEnginePacket *packet)
{
  if (packet->binary)
    {
      lobby_engine_session_send_binary (owner, packet->payload);
    }
  else
    {
      g_autofree char *text = g_strndup (g_bytes_get_data (packet->payload, NULL), g_bytes_get_size (packet->payload));

      lobby_engine_session_send (owner, text);
    }
}

static void
on_drained (gpointer owner)
{
}

static void
on_lost (gpointer owner)
{
}

static void
on_opened (LobbyEngineSession *session,
           gpointer data)
{
  static const LobbyEngineHandler handler = { on_message, on_drained, on_lost };

  lobby_engine_session_set_handler (session, &handler, session);
}

/* @name (may be NULL), and @arguments from @first on. */
static JsonNode *
make_data (const char *name,
           JsonArray *arguments,
           guint first)
{
  JsonArray *array = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  if (name != NULL)
    json_array_add_string_element (array, name);
  for (guint i = first; arguments != NULL && i < json_array_get_length (arguments); i++)
    json_array_add_element (array, json_array_dup_element (arguments, i));
  json_node_take_array (node, array);
  return node;
}

static void
send_data (LobbyPeer *peer,
           LobbySocketType type,
           gint64 ack_id,
           JsonNode *data,
           GPtrArray *attachments)
{
  LobbySocketPacket packet = { .type = type, .ack_id = ack_id, .data = data, .attachments = attachments };

  lobby_peer_send_packet (peer, &packet);
  json_node_unref (data);
}

/* Once, before anything else that the client gets. */
static gboolean
greet (gpointer data)
{
  Client *client = data;

  client->greeting = 0;
  send_data (client->peer, LOBBY_SOCKET_EVENT, LOBBY_SOCKET_NO_ACK, make_data ("auth", client->auth, 0), NULL);
  return G_SOURCE_REMOVE;
}

static void
on_connect (LobbyPeer *peer,
            JsonObject *auth,
            gpointer data)
{
  Client *client = g_new0 (Client, 1);

  client->peer = peer;
  client->auth = json_array_new ();
  json_array_add_object_element (client->auth, auth != NULL ? json_object_ref (auth) : json_object_new ());
  client->greeting = g_timeout_add (GREETING_MSEC, greet, client);
  lobby_peer_accept (peer, client);
}

static void
on_event (gpointer owner,
          const LobbySocketPacket *packet)
{
  Client *client = owner;
  JsonArray *arguments = json_node_get_array (packet->data);
  const char *name = json_array_get_string_element (arguments, 0);
  gboolean binary = packet->attachments != NULL;

  if (client->greeting != 0)
    {
      g_source_remove (client->greeting);
      greet (client);
    }
  if (strcmp (name, "message") == 0)
    send_data (client->peer, binary ? LOBBY_SOCKET_BINARY_EVENT : LOBBY_SOCKET_EVENT, LOBBY_SOCKET_NO_ACK,
               make_data ("message-back", arguments, 1), packet->attachments);
  else if (strcmp (name, "message-with-ack") == 0 && packet->ack_id != LOBBY_SOCKET_NO_ACK)
    send_data (client->peer, binary ? LOBBY_SOCKET_BINARY_ACK : LOBBY_SOCKET_ACK, packet->ack_id,
               make_data (NULL, arguments, 1), packet->attachments);
}

static void
on_closed (gpointer owner)
{
  Client *client = owner;

  if (client->greeting != 0)
    g_source_remove (client->greeting);
  json_array_unref (client->auth);
  g_free (client);
}

static gboolean
on_end_signal (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

/* "localhost" may be either address to a client. */
static LobbyHttpServer *
listen_on (guint port,
           GError **error)
{
  g_autofree char *both = g_strdup_printf ("[::]:%u", port);
  g_autofree char *old = g_strdup_printf ("127.0.0.1:%u", port);
  LobbyHttpServer *http = lobby_http_server_new (both, NULL);

  return http != NULL ? http : lobby_http_server_new (old, error);
}

int
main (int argc,
      char **argv)
{
  static const LobbyPeerHandler handler = { on_connect, on_event, NULL, on_closed };
  const LobbySocketOptions socket_options = { .engine = engine_options, .connect_timeout = 1000 };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (LobbyHttpServer) http = NULL;
  g_autoptr (GError) error = NULL;
  guint64 port = DEFAULT_PORT;
  LobbyEngineServer *engine;
  LobbySocketServer *server;

  if (argc > 2 || (argc == 2 && !g_ascii_string_to_unsigned (argv[1], 10, 0, G_MAXUINT16, &port, NULL)))
    {
      fprintf (stderr, "usage: echo-server [PORT]\n");
      return 2;
    }
  http = listen_on (port, &error);
  if (http == NULL)
    {
      fprintf (stderr, "echo-server: %s\n", error->message);
      return 1;
    }
  engine = lobby_engine_server_new (http, "/engine.io", &engine_options, on_opened, NULL);
  server = lobby_socket_server_new (http, "/socket.io", &socket_options);
  lobby_socket_server_add_namespace (server, "/", &handler, NULL);
  lobby_socket_server_add_namespace (server, "/custom", &handler, NULL);
  g_unix_signal_add (SIGTERM, on_end_signal, loop);
  g_unix_signal_add (SIGINT, on_end_signal, loop);
  printf ("Listening on http://localhost:%u\n", lobby_http_server_get_port (http));
  fflush (stdout);
  g_main_loop_run (loop);

  lobby_http_server_stop (http);
  lobby_engine_server_free (engine);
  lobby_socket_server_free (server);
  return 0;
}
