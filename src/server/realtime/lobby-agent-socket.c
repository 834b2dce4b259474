/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-hub-private.h"

#include "lobby-id.h"
#include "lobby-json.h"

#define MAX_TOKEN LOBBY_ID_MAX

void
lobby_agent_socket_send (LobbyAgentSocket *self,
                         const char *message)
{
  lobby_peer_send (self->peer, message);
}

void
lobby_agent_socket_send_frames (gpointer self,
                                GBytes *frames)
{
  lobby_peer_send_frames (((LobbyAgentSocket *)self)->peer, frames);
}

void
lobby_agent_socket_touch (gpointer self)
{
  lobby_peer_get_backlog (((LobbyAgentSocket *)self)->peer);
}

static void
send_ack (LobbyAgentSocket *self,
          gint64 ack_id,
          JsonObject *json)
{
  g_autofree char *text = lobby_json_object_to_string (json);
  g_autofree char *message = lobby_socket_ack_encode ("/", ack_id, text);

  lobby_agent_socket_send (self, message);
}

void
lobby_agent_socket_ack (LobbyAgentSocket *self,
                        gint64 ack_id,
                        gint64 seq)
{
  g_autoptr (JsonObject) json = NULL;

  if (ack_id == LOBBY_SOCKET_NO_ACK)
    return;
  json = json_object_new ();
  json_object_set_boolean_member (json, "ok", TRUE);
  if (seq >= 0)
    json_object_set_int_member (json, "seq", seq);
  send_ack (self, ack_id, json);
}

void
lobby_agent_socket_refuse (LobbyAgentSocket *self,
                           gint64 ack_id,
                           const char *code,
                           const char *message)
{
  g_autoptr (JsonObject) json = NULL;
  JsonObject *error;

  if (ack_id == LOBBY_SOCKET_NO_ACK)
    return;
  json = json_object_new ();
  error = json_object_new ();
  json_object_set_boolean_member (json, "ok", FALSE);
  json_object_set_string_member (error, "code", code);
  json_object_set_string_member (error, "message", message);
  json_object_set_object_member (json, "error", error);
  send_ack (self, ack_id, json);
}

static void
on_connect (LobbyPeer *peer,
            JsonObject *auth,
            gpointer data)
{
  LobbyHub *hub = data;
  const char *token = lobby_json_get_string (auth, "token", MAX_TOKEN);
  g_autofree char *hash = token != NULL && *token != '\0' ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyAgent) agent = hash != NULL ? lobby_storage (hub->storage, find_agent_by_token, hash, &error) : NULL;
  LobbyAgentSocket *self;

  if (agent == NULL)
    {
      g_autoptr (JsonObject) data_for_programs = json_object_new ();

      json_object_set_string_member (data_for_programs, "code", error != NULL ? "internal" : "unauthorized");
      lobby_peer_refuse (peer, error != NULL ? "The server cannot look now" : "Not signed in", data_for_programs);
      return;
    }
  self = g_new0 (LobbyAgentSocket, 1);
  self->hub = hub;
  self->peer = peer;
  self->sid = lobby_peer_get_sid (peer);
  self->agent_id = g_ref_string_new_intern (agent->id);
  self->token_hash = g_steal_pointer (&hash);
  self->link.data = self;
  g_queue_push_tail_link (&hub->sockets, &self->link);
  g_hash_table_insert (hub->by_sid, (gpointer)self->sid, self);
  lobby_peer_accept (peer, self);
}

static void
on_event (gpointer owner,
          const LobbySocketPacket *packet)
{
  JsonArray *arguments = json_node_get_array (packet->data);

  lobby_agent_socket_request (owner, json_array_get_string_element (arguments, 0), arguments, packet->ack_id);
}

static void
on_drained (gpointer owner)
{
  LobbyAgentSocket *self = owner;

  lobby_memberships_drained (self->hub->memberships, self);
}

static void
on_closed (gpointer owner)
{
  LobbyAgentSocket *self = owner;

  g_queue_unlink (&self->hub->sockets, &self->link);
  g_hash_table_remove (self->hub->by_sid, self->sid);
  lobby_memberships_leave_all (self->hub->memberships, self);
  lobby_agent_socket_stop_typing (self);
  g_ref_string_release (self->agent_id);
  g_free (self->token_hash);
  g_free (self);
}

const LobbyPeerHandler lobby_agent_socket_handler = { on_connect, on_event, on_drained, on_closed };
