/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-socket-private.h"

#include <string.h>

#include "lobby-websocket-frame.h"

/* A connection in no namespace is closed in time. */
static void
expect_connect (LobbySocketConnection *self)
{
  if (self->due == NULL)
    self->due = g_new0 (LobbyDue, 1);
  lobby_due_list_push (self->server->connects, self->due, self);
}

static void
stop_expecting (LobbySocketConnection *self)
{
  if (self->due == NULL)
    return;
  lobby_due_cancel (self->due);
  g_clear_pointer (&self->due, g_free);
}

static void
free_connection (gpointer data)
{
  LobbySocketConnection *self = data;

  g_clear_pointer (&self->decoder, lobby_socket_decoder_free);
  g_free (self);
}

/* The session is over. */
static void
end (LobbySocketConnection *self)
{
  self->session = NULL;
  self->server->n_connections--;
  stop_expecting (self);
  while (self->peers != NULL)
    {
      LobbyPeer *peer = self->peers;

      self->peers = peer->next;
      lobby_peer_leave (peer);
    }
  lobby_engine_server_bury (self->server->engine, self, free_connection);
}

void
lobby_socket_connection_close (LobbySocketConnection *self,
                               guint code)
{
  if (self->session == NULL)
    return;
  lobby_engine_session_close (self->session, code);
  end (self);
}

static void
on_connect_late (gpointer owner,
                 gpointer data)
{
  lobby_socket_connection_close (owner, LOBBY_WEBSOCKET_POLICY);
}

/* As Node's socket.io has it: the message, and what programs branch on in data. */
void
lobby_socket_connection_refuse (LobbySocketConnection *self,
                                const char *namespace_,
                                const char *message,
                                JsonObject *data)
{
  LobbySocketPacket packet = { .type = LOBBY_SOCKET_CONNECT_ERROR, .namespace_ = (char *)namespace_, .ack_id = LOBBY_SOCKET_NO_ACK };
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  JsonObject *json = json_object_new ();
  g_autofree char *text = NULL;

  json_object_set_string_member (json, "message", message);
  if (data != NULL)
    json_object_set_object_member (json, "data", json_object_ref (data));
  json_node_take_object (node, json);
  packet.data = node;
  text = lobby_socket_packet_encode (&packet);
  lobby_engine_session_send (self->session, text);
  if (++self->n_refused == self->server->max_refused)
    lobby_socket_connection_close (self, LOBBY_WEBSOCKET_POLICY);
}

static LobbyPeer **
find_peer (LobbySocketConnection *self,
           const char *namespace_)
{
  LobbyPeer **place = &self->peers;

  while (*place != NULL && strcmp ((*place)->place->name, namespace_) != 0)
    place = &(*place)->next;
  return place;
}

static void
remove_peer (LobbySocketConnection *self,
             LobbyPeer **place)
{
  LobbyPeer *peer = *place;

  *place = peer->next;
  lobby_peer_leave (peer);
  if (self->peers == NULL && self->session != NULL)
    expect_connect (self);
}

static const LobbyNamespace *
find_namespace (LobbySocketServer *self,
                const char *name)
{
  for (guint i = 0; i < self->namespaces->len; i++)
    {
      const LobbyNamespace *candidate = g_ptr_array_index (self->namespaces, i);

      if (strcmp (candidate->name, name) == 0)
        return candidate;
    }
  return NULL;
}

static void
take_connect (LobbySocketConnection *self,
              const LobbySocketPacket *packet)
{
  const LobbyNamespace *place = find_namespace (self->server, packet->namespace_);
  LobbyPeer *peer;

  if (place == NULL)
    {
      lobby_socket_connection_refuse (self, packet->namespace_, "Invalid namespace", NULL);
      return;
    }
  peer = lobby_peer_new (self, place);
  peer->next = self->peers;
  self->peers = peer;
  place->handler->connect (peer, packet->data != NULL ? json_node_get_object (packet->data) : NULL, place->data);
  if (self->session == NULL)
    return; /* closed by what the handler did */
  if (peer->accepted)
    stop_expecting (self);
  else
    {
      LobbyPeer **at = find_peer (self, packet->namespace_);

      *at = peer->next;
      lobby_peer_leave (peer);
    }
}

static void
take_packet (LobbySocketConnection *self,
             const LobbySocketPacket *packet)
{
  LobbyPeer **place = find_peer (self, packet->namespace_);
  LobbyPeer *peer = *place;

  switch (packet->type)
    {
    case LOBBY_SOCKET_CONNECT:
      /* A stock client whose connect () is called twice asks twice, and means the second. */
      if (peer != NULL)
        remove_peer (self, place);
      take_connect (self, packet);
      return;
    case LOBBY_SOCKET_DISCONNECT:
      if (peer != NULL)
        remove_peer (self, place);
      return;
    case LOBBY_SOCKET_EVENT:
    case LOBBY_SOCKET_BINARY_EVENT:
      if (peer != NULL)
        peer->place->handler->event (peer->owner, packet);
      break;
    case LOBBY_SOCKET_ACK:
    case LOBBY_SOCKET_BINARY_ACK:
      if (peer != NULL)
        lobby_peer_take_ack (peer, packet);
      break;
    case LOBBY_SOCKET_CONNECT_ERROR:
    default:
      peer = NULL; /* only servers send it */
    }
  if (peer == NULL)
    lobby_socket_connection_close (self, LOBBY_WEBSOCKET_POLICY);
}

static void
on_message (gpointer owner,
            const LobbyEnginePacket *message)
{
  LobbySocketConnection *self = owner;
  LobbySocketPacket packet = { 0 };
  gboolean complete = FALSE;

  if (self->decoder == NULL)
    self->decoder = lobby_socket_decoder_new ();
  if (!lobby_socket_decoder_feed (self->decoder, message, &packet, &complete, NULL))
    {
      lobby_socket_connection_close (self, LOBBY_WEBSOCKET_POLICY);
      return;
    }
  if (!complete)
    return;
  g_clear_pointer (&self->decoder, lobby_socket_decoder_free);
  take_packet (self, &packet);
  lobby_socket_packet_clear (&packet);
}

static void
on_drained (gpointer owner)
{
  LobbySocketConnection *self = owner;

  for (LobbyPeer *peer = self->peers; peer != NULL; peer = peer->next)
    {
      if (peer->accepted && peer->place->handler->drained != NULL)
        peer->place->handler->drained (peer->owner);
    }
}

static void
on_lost (gpointer owner)
{
  end (owner);
}

static void
on_opened (LobbyEngineSession *session,
           gpointer data)
{
  static const LobbyEngineHandler handler = { on_message, on_drained, on_lost };
  LobbySocketServer *self = data;
  LobbySocketConnection *connection = g_new0 (LobbySocketConnection, 1);

  connection->server = self;
  connection->session = session;
  self->n_connections++;
  lobby_engine_session_set_handler (session, &handler, connection);
  expect_connect (connection);
}

static void
namespace_free (LobbyNamespace *place)
{
  g_free (place->name);
  g_free (place);
}

LobbySocketServer *
lobby_socket_server_new (LobbyHttpServer *http,
                         const char *path,
                         const LobbySocketOptions *options)
{
  LobbySocketServer *self = g_new0 (LobbySocketServer, 1);

  self->max_refused = options->max_refused;
  self->namespaces = g_ptr_array_new_with_free_func ((GDestroyNotify)namespace_free);
  self->connects = lobby_due_list_new (options->connect_timeout, on_connect_late, self);
  self->engine = lobby_engine_server_new (http, path, &options->engine, on_opened, self);
  return self;
}

void
lobby_socket_server_free (LobbySocketServer *self)
{
  lobby_engine_server_free (self->engine);
  lobby_due_list_free (self->connects);
  g_ptr_array_unref (self->namespaces);
  g_free (self);
}

void
lobby_socket_server_add_namespace (LobbySocketServer *self,
                                   const char *name,
                                   const LobbyPeerHandler *handler,
                                   gpointer data)
{
  LobbyNamespace *place = g_new0 (LobbyNamespace, 1);

  g_return_if_fail (*name == '/' && find_namespace (self, name) == NULL);

  place->name = g_strdup (name);
  place->handler = handler;
  place->data = data;
  g_ptr_array_add (self->namespaces, place);
}

guint
lobby_socket_server_count (LobbySocketServer *self)
{
  return self->n_connections;
}

void
lobby_socket_server_stop (LobbySocketServer *self)
{
  lobby_engine_server_stop (self->engine);
}

void
lobby_socket_server_stop_polling (LobbySocketServer *self)
{
  lobby_engine_server_stop_polling (self->engine);
}
