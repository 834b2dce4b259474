/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-websocket-transport.h"

#include <string.h>

#include "lobby-websocket-frame.h"

/* A message costs one of what the peer may send and each of these another, so that neither many small ones nor few large
 * ones get through. */
#define BYTES_PER_ALLOWANCE 4096.0

typedef struct
{
  LobbyTransport parent;
  LobbyEngineServer *server;
  LobbySocket *socket; /* NULL: let go */
  LobbyWebsocketDecoder decoder;
  gboolean peer_closed;
} LobbyWebsocketTransport;

static void
free_transport (gpointer data)
{
  LobbyWebsocketTransport *self = data;

  lobby_websocket_decoder_clear (&self->decoder);
  g_free (self);
}

static void
send_frame (LobbyWebsocketTransport *self,
            LobbyWebsocketOpcode opcode,
            const void *data,
            gsize length)
{
  g_autoptr (GBytes) frame = lobby_websocket_frame_encode (opcode, data, length);

  if (self->socket != NULL)
    lobby_socket_send (self->socket, frame);
}

static void
transport_send_packet (LobbyTransport *transport,
                       const char *packet)
{
  send_frame ((LobbyWebsocketTransport *)transport, LOBBY_WEBSOCKET_TEXT, packet, strlen (packet));
}

static void
transport_send_frames (LobbyTransport *transport,
                       GBytes *frames)
{
  LobbyWebsocketTransport *self = (LobbyWebsocketTransport *)transport;

  if (self->socket != NULL)
    lobby_socket_send (self->socket, frames);
}

static void
transport_send_binary (LobbyTransport *transport,
                       GBytes *bytes)
{
  send_frame ((LobbyWebsocketTransport *)transport, LOBBY_WEBSOCKET_BINARY, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

static gsize
transport_get_backlog (LobbyTransport *transport)
{
  LobbyWebsocketTransport *self = (LobbyWebsocketTransport *)transport;

  return self->socket != NULL ? lobby_socket_get_backlog (self->socket) : 0;
}

static void
transport_close (LobbyTransport *transport,
                 guint code,
                 gboolean farewell)
{
  LobbyWebsocketTransport *self = (LobbyWebsocketTransport *)transport;
  LobbySocket *socket = g_steal_pointer (&self->socket);

  if (socket != NULL)
    {
      g_autoptr (GBytes) frame = lobby_websocket_close_encode (code, NULL);

      if (!self->peer_closed)
        lobby_socket_send (socket, frame);
      lobby_socket_finish (socket);
    }
  lobby_engine_server_bury (self->server, self, free_transport);
}

static const LobbyTransportClass transport_class = {
  .send_packet = transport_send_packet,
  .send_binary = transport_send_binary,
  .send_frames = transport_send_frames,
  .get_backlog = transport_get_backlog,
  .close = transport_close,
};

static void
lose (LobbyWebsocketTransport *self,
      guint code)
{
  if (self->parent.session == NULL || self->socket == NULL)
    return;
  if (!self->peer_closed)
    {
      g_autoptr (GBytes) frame = lobby_websocket_close_encode (code, NULL);
      lobby_socket_send (self->socket, frame);
      self->peer_closed = TRUE;
    }
  lobby_transport_lost (&self->parent, code);
}

static void
take_message (LobbyWebsocketTransport *self,
              const LobbyWebsocketMessage *message)
{
  gsize length;
  const char *data = g_bytes_get_data (message->payload, &length);

  switch (message->opcode)
    {
    case LOBBY_WEBSOCKET_TEXT:
      lobby_transport_text (&self->parent, data, length);
      break;
    case LOBBY_WEBSOCKET_BINARY:
      lobby_transport_packet (&self->parent, &(LobbyEnginePacket){ LOBBY_ENGINE_MESSAGE, TRUE, message->payload });
      break;
    case LOBBY_WEBSOCKET_PING:
      send_frame (self, LOBBY_WEBSOCKET_PONG, data, length);
      break;
    case LOBBY_WEBSOCKET_CLOSE:
      lose (self, message->close_code);
      break;
    case LOBBY_WEBSOCKET_PONG:
      break;
    case LOBBY_WEBSOCKET_CONTINUATION:
    default:
      g_assert_not_reached ();
    }
}

static void
on_received (gpointer owner,
             const guint8 *data,
             gsize length)
{
  LobbyWebsocketTransport *self = owner;

  if (self->parent.session == NULL)
    return;
  if (!lobby_engine_session_spend (self->parent.session, length / BYTES_PER_ALLOWANCE))
    {
      lose (self, LOBBY_WEBSOCKET_POLICY);
      return;
    }
  while (length > 0 && self->parent.session != NULL && self->socket != NULL)
    {
      LobbyWebsocketMessage message;
      gsize consumed;
      guint code;
      LobbyWebsocketResult result = lobby_websocket_decoder_feed (&self->decoder, data, length, &consumed, &message, &code);

      data += consumed;
      length -= consumed;
      if (result == LOBBY_WEBSOCKET_FAILED)
        lose (self, code);
      if (result != LOBBY_WEBSOCKET_MESSAGE)
        return;
      if (lobby_engine_session_spend (self->parent.session, 1))
        take_message (self, &message);
      else
        lose (self, LOBBY_WEBSOCKET_POLICY);
      lobby_websocket_message_clear (&message);
    }
}

static void
on_drained (gpointer owner)
{
  LobbyWebsocketTransport *self = owner;

  lobby_transport_drained (&self->parent);
}

static void
on_closed (gpointer owner)
{
  LobbyWebsocketTransport *self = owner;

  self->socket = NULL;
  lobby_transport_lost (&self->parent, LOBBY_WEBSOCKET_GOING_AWAY);
}

LobbyTransport *
lobby_websocket_transport_new (LobbyEngineServer *server,
                               int fd)
{
  static const LobbySocketHandler handler = { on_received, on_drained, on_closed };
  LobbyWebsocketTransport *self = g_new0 (LobbyWebsocketTransport, 1);

  self->parent.klass = &transport_class;
  self->server = server;
  lobby_websocket_decoder_init (&self->decoder, server->options.max_payload);
  self->socket = lobby_socket_source_add (server->source, fd, &handler, self);
  if (self->socket == NULL)
    {
      free_transport (self);
      return NULL;
    }
  return &self->parent;
}

void
lobby_websocket_transport_feed (LobbyTransport *transport,
                                GBytes *bytes)
{
  if (g_bytes_get_size (bytes) > 0)
    on_received (transport, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}
