/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-hub-private.h"

#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-log.h"
#include "lobby-websocket-frame.h"
#include "lobby-websocket-transport.h"

#define MAX_TOKEN LOBBY_ID_MAX
/* CONNECTs on one connection that may fail before it is closed. */
#define MAX_REFUSED 5

static void
forget_identity (LobbyAgentSocket *self)
{
  LobbyHub *hub = self->hub;

  lobby_memberships_leave_all (hub->memberships, self);
  if (self->sid == NULL)
    return;
  lobby_agent_socket_stop_typing (self);
  g_hash_table_remove (hub->by_sid, self->sid);
  g_clear_pointer (&self->sid, g_free);
  g_clear_pointer (&self->agent_id, g_free);
  g_clear_pointer (&self->token_hash, g_free);
}

static void
free_agent_socket (gpointer data)
{
  LobbyAgentSocket *self = data;

  g_clear_pointer (&self->decoder, lobby_socket_decoder_free);
  lobby_engine_session_free (self->session);
  g_free (self);
}

void
lobby_agent_socket_close (LobbyAgentSocket *self,
                          guint code)
{
  LobbyHub *hub = self->hub;

  if (self->link.data == NULL)
    return;
  g_queue_unlink (&hub->sockets, &self->link);
  self->link.data = NULL;
  lobby_due_cancel (&self->connect_due);
  forget_identity (self);
  lobby_engine_session_close (self->session, code);
  lobby_socket_source_bury (hub->source, self, free_agent_socket);
}

void
lobby_agent_socket_kick (LobbyAgentSocket *self)
{
  lobby_agent_socket_send (self, "1");
  lobby_agent_socket_close (self, LOBBY_WEBSOCKET_POLICY);
}

void
lobby_agent_socket_connect_late (gpointer self,
                                 gpointer data)
{
  lobby_agent_socket_close (self, LOBBY_WEBSOCKET_POLICY);
}

void
lobby_agent_socket_send (LobbyAgentSocket *self,
                         const char *message)
{
  lobby_engine_session_send (self->session, message);
}

void
lobby_agent_socket_send_frames (gpointer self,
                                GBytes *frames)
{
  lobby_engine_session_send_frames (((LobbyAgentSocket *)self)->session, frames);
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

/* CONNECT_ERROR as Node's socket.io has it: the message, and what programs branch on in data. */
static void
refuse_connect (LobbyAgentSocket *self,
                const char *namespace_,
                const char *code,
                const char *message)
{
  LobbySocketPacket packet = { .type = LOBBY_SOCKET_CONNECT_ERROR, .namespace_ = (char *)namespace_, .ack_id = LOBBY_SOCKET_NO_ACK };
  JsonObject *json = json_object_new ();
  JsonObject *data = json_object_new ();
  g_autofree char *text = NULL;

  json_object_set_string_member (json, "message", message);
  json_object_set_string_member (data, "code", code);
  json_object_set_object_member (json, "data", data);
  packet.data = json_node_new (JSON_NODE_OBJECT);
  json_node_take_object (packet.data, json);
  text = lobby_socket_packet_encode (&packet);
  json_node_unref (packet.data);
  lobby_agent_socket_send (self, text);
  if (++self->n_refused >= MAX_REFUSED)
    lobby_agent_socket_close (self, LOBBY_WEBSOCKET_POLICY);
}

static void
take_connect (LobbyAgentSocket *self,
              JsonNode *data)
{
  JsonObject *auth = data != NULL ? json_node_get_object (data) : NULL;
  const char *token = lobby_json_get_string (auth, "token", MAX_TOKEN);
  g_autofree char *hash = token != NULL && *token != '\0' ? g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1) : NULL;
  g_autoptr (LobbyAgent) agent = hash != NULL ? lobby_storage (self->hub->storage, find_agent_by_token, hash) : NULL;
  g_autofree char *message = NULL;

  if (agent == NULL)
    {
      refuse_connect (self, "/", "unauthorized", "Not signed in");
      return;
    }
  lobby_due_cancel (&self->connect_due);
  self->sid = lobby_engine_id_new ();
  self->agent_id = g_strdup (agent->id);
  self->token_hash = g_steal_pointer (&hash);
  g_hash_table_insert (self->hub->by_sid, self->sid, self);
  message = g_strdup_printf ("0{\"sid\":\"%s\"}", self->sid);
  lobby_agent_socket_send (self, message);
}

static void
take_packet (LobbyAgentSocket *self,
             const LobbySocketPacket *packet)
{
  gboolean event = packet->type == LOBBY_SOCKET_EVENT || packet->type == LOBBY_SOCKET_BINARY_EVENT;
  gboolean ack = packet->type == LOBBY_SOCKET_ACK || packet->type == LOBBY_SOCKET_BINARY_ACK;

  if (packet->type == LOBBY_SOCKET_CONNECT && strcmp (packet->namespace_, "/") != 0)
    {
      refuse_connect (self, packet->namespace_, "not_found", "Invalid namespace");
    }
  else if (packet->type == LOBBY_SOCKET_CONNECT && self->sid == NULL)
    {
      take_connect (self, packet->data);
    }
  else if (packet->type == LOBBY_SOCKET_DISCONNECT)
    {
      forget_identity (self);
      lobby_due_list_push (self->hub->connects, &self->connect_due, self);
    }
  else if (event && self->sid != NULL && strcmp (packet->namespace_, "/") == 0)
    {
      JsonArray *arguments = json_node_get_array (packet->data);

      lobby_agent_socket_request (self, json_array_get_string_element (arguments, 0), arguments, packet->ack_id);
    }
  else if (!ack || self->sid == NULL)
    {
      /* Events before CONNECT, a second CONNECT, what only servers send. */
      lobby_agent_socket_close (self, LOBBY_WEBSOCKET_POLICY);
    }
}

static void
on_message (gpointer owner,
            const LobbyEnginePacket *message)
{
  LobbyAgentSocket *self = owner;
  LobbySocketPacket packet = { 0 };
  gboolean complete = FALSE;

  if (self->decoder == NULL)
    self->decoder = lobby_socket_decoder_new ();
  if (!lobby_socket_decoder_feed (self->decoder, message, &packet, &complete, NULL))
    {
      lobby_agent_socket_close (self, LOBBY_WEBSOCKET_POLICY);
      return;
    }
  if (!complete)
    return;
  take_packet (self, &packet);
  lobby_socket_packet_clear (&packet);
  /* Idle sockets are many: they keep no decoder. */
  g_clear_pointer (&self->decoder, lobby_socket_decoder_free);
}

static void
on_drained (gpointer owner)
{
  LobbyAgentSocket *self = owner;

  lobby_memberships_drained (self->hub->memberships, self);
}

static void
on_lost (gpointer owner)
{
  lobby_agent_socket_close (owner, LOBBY_WEBSOCKET_GOING_AWAY);
}

void
lobby_agent_socket_new (LobbyHub *hub,
                        int fd,
                        GBytes *extra)
{
  static const LobbyEngineHandler handler = { on_message, on_drained, on_lost };
  LobbyTransport *transport = lobby_websocket_transport_new (hub->source, fd);
  LobbyAgentSocket *self;

  if (transport == NULL)
    return;
  self = g_new0 (LobbyAgentSocket, 1);
  self->hub = hub;
  self->link.data = self;
  g_queue_push_tail_link (&hub->sockets, &self->link);
  self->session = lobby_engine_session_new (hub->heartbeat, transport, LOBBY_WEBSOCKET_MAX_MESSAGE, &handler, self);
  lobby_due_list_push (hub->connects, &self->connect_due, self);
  lobby_websocket_transport_feed (transport, extra);
}
