/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-socket-private.h"

#include "lobby-websocket-frame.h"

/* Unanswered questions to one client. */
#define MAX_ASKED 1024

typedef struct
{
  LobbyPeerAnswered func;
  gpointer data;
} Asked;

LobbyPeer *
lobby_peer_new (LobbySocketConnection *connection,
                const LobbyNamespace *place)
{
  LobbyPeer *self = g_new0 (LobbyPeer, 1);
  g_autofree char *sid = lobby_engine_id_new ();

  self->connection = connection;
  self->place = place;
  g_strlcpy (self->sid, sid, sizeof self->sid);
  return self;
}

static void
free_peer (gpointer data)
{
  g_free (data);
}

void
lobby_peer_leave (LobbyPeer *self)
{
  LobbySocketConnection *connection = self->connection;
  g_autoptr (GHashTable) asked = g_steal_pointer (&self->asked);
  GHashTableIter iter;
  gpointer question;

  if (asked != NULL)
    {
      g_hash_table_iter_init (&iter, asked);
      while (g_hash_table_iter_next (&iter, NULL, &question))
        ((Asked *)question)->func (NULL, ((Asked *)question)->data);
    }
  if (self->accepted)
    {
      self->accepted = FALSE;
      self->place->handler->closed (self->owner);
    }
  lobby_engine_server_bury (connection->server->engine, self, free_peer);
}

void
lobby_peer_accept (LobbyPeer *self,
                   gpointer owner)
{
  g_autoptr (JsonNode) data = NULL;
  LobbySocketPacket packet = { .type = LOBBY_SOCKET_CONNECT, .namespace_ = self->place->name, .ack_id = LOBBY_SOCKET_NO_ACK };
  JsonObject *object = json_object_new ();
  g_autofree char *message = NULL;

  self->owner = owner;
  self->accepted = TRUE;
  json_object_set_string_member (object, "sid", self->sid);
  data = json_node_init_object (json_node_alloc (), object);
  json_object_unref (object);
  packet.data = data;
  message = lobby_socket_packet_encode (&packet);
  lobby_peer_send (self, message);
}

void
lobby_peer_refuse (LobbyPeer *self,
                   const char *message,
                   JsonObject *data)
{
  g_return_if_fail (!self->accepted);

  lobby_socket_connection_refuse (self->connection, self->place->name, message, data);
}

const char *
lobby_peer_get_sid (LobbyPeer *self)
{
  return self->sid;
}

const char *
lobby_peer_get_namespace (LobbyPeer *self)
{
  return self->place->name;
}

void
lobby_peer_send (LobbyPeer *self,
                 const char *message)
{
  if (self->connection->session != NULL)
    lobby_engine_session_send (self->connection->session, message);
}

void
lobby_peer_send_packet (LobbyPeer *self,
                        const LobbySocketPacket *packet)
{
  LobbySocketPacket own = *packet;
  g_autofree char *message = NULL;

  own.namespace_ = self->place->name;
  message = lobby_socket_packet_encode (&own);
  lobby_peer_send (self, message);
  for (guint i = 0; own.attachments != NULL && i < own.attachments->len && self->connection->session != NULL; i++)
    lobby_engine_session_send_binary (self->connection->session, g_ptr_array_index (own.attachments, i));
}

void
lobby_peer_send_frames (LobbyPeer *self,
                        GBytes *frames)
{
  if (self->connection->session != NULL)
    lobby_engine_session_send_frames (self->connection->session, frames);
}

gsize
lobby_peer_get_backlog (LobbyPeer *self)
{
  return self->connection->session != NULL ? lobby_engine_session_get_backlog (self->connection->session) : 0;
}

void
lobby_peer_ask (LobbyPeer *self,
                const LobbySocketPacket *packet,
                LobbyPeerAnswered func,
                gpointer data)
{
  LobbySocketPacket own = *packet;
  Asked *asked;

  if (!self->accepted || (self->asked != NULL && g_hash_table_size (self->asked) >= MAX_ASKED))
    {
      func (NULL, data);
      return;
    }
  if (self->asked == NULL)
    self->asked = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  asked = g_new (Asked, 1);
  *asked = (Asked){ func, data };
  own.ack_id = self->next_ack++;
  g_hash_table_insert (self->asked, g_memdup2 (&own.ack_id, sizeof own.ack_id), asked);
  lobby_peer_send_packet (self, &own);
}

void
lobby_peer_take_ack (LobbyPeer *self,
                     const LobbySocketPacket *packet)
{
  g_autofree Asked *asked = NULL;
  g_autofree gpointer key = NULL;

  /* What nobody asked, or what was answered before, is ignored as Node's socket.io does. */
  if (self->asked != NULL && g_hash_table_steal_extended (self->asked, &packet->ack_id, &key, (gpointer *)&asked))
    asked->func (packet, asked->data);
}

void
lobby_peer_kick (LobbyPeer *self)
{
  LobbySocketPacket packet = { .type = LOBBY_SOCKET_DISCONNECT, .ack_id = LOBBY_SOCKET_NO_ACK };

  lobby_peer_send_packet (self, &packet);
  lobby_socket_connection_close (self->connection, LOBBY_WEBSOCKET_POLICY);
}
