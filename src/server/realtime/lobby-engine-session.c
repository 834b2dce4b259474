/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-engine-session.h"

#include <string.h>
#include <sys/random.h>

#include "lobby-websocket-frame.h"

#define ID_BYTES 15

struct _LobbyHeartbeat
{
  LobbyDueList *pings; /* waiting to be pinged */
  LobbyDueList *pongs; /* waiting for the answer */
  guint interval;
  guint timeout;
};

struct _LobbyEngineSession
{
  LobbyHeartbeat *heartbeat;
  LobbyTransport *transport; /* NULL: closed, or lost */
  const LobbyEngineHandler *handler;
  gpointer owner;
  LobbyDue due;
};

static void
lose (LobbyEngineSession *self,
      guint code)
{
  LobbyTransport *transport = g_steal_pointer (&self->transport);

  if (transport == NULL)
    return;
  lobby_due_cancel (&self->due);
  transport->session = NULL;
  transport->klass->close (transport, code);
  self->handler->lost (self->owner);
}

static void
on_ping_due (gpointer owner,
             gpointer data)
{
  LobbyEngineSession *self = owner;
  LobbyHeartbeat *heartbeat = data;

  lobby_due_list_push (heartbeat->pongs, &self->due, self);
  self->transport->klass->send_packet (self->transport, "2");
}

static void
on_pong_missing (gpointer owner,
                 gpointer data)
{
  lose (owner, LOBBY_WEBSOCKET_GOING_AWAY);
}

LobbyHeartbeat *
lobby_heartbeat_new (guint interval_msec,
                     guint timeout_msec)
{
  LobbyHeartbeat *self = g_new0 (LobbyHeartbeat, 1);

  self->interval = interval_msec;
  self->timeout = timeout_msec;
  self->pings = lobby_due_list_new (interval_msec, on_ping_due, self);
  self->pongs = lobby_due_list_new (timeout_msec, on_pong_missing, self);
  return self;
}

void
lobby_heartbeat_free (LobbyHeartbeat *self)
{
  lobby_due_list_free (self->pings);
  lobby_due_list_free (self->pongs);
  g_free (self);
}

char *
lobby_engine_id_new (void)
{
  guint8 bytes[ID_BYTES];
  char *id;

  if (getrandom (bytes, sizeof bytes, 0) != sizeof bytes)
    g_error ("getrandom failed");
  id = g_base64_encode (bytes, sizeof bytes);
  return g_strdelimit (g_strdelimit (id, "+", '-'), "/", '_');
}

LobbyEngineSession *
lobby_engine_session_new (LobbyHeartbeat *heartbeat,
                          LobbyTransport *transport,
                          gsize max_payload,
                          const LobbyEngineHandler *handler,
                          gpointer owner)
{
  LobbyEngineSession *self = g_new0 (LobbyEngineSession, 1);
  g_autofree char *sid = lobby_engine_id_new ();
  const LobbyEngineHandshake handshake = { sid, heartbeat->interval, heartbeat->timeout, max_payload };
  g_autofree char *json = lobby_engine_handshake_encode (&handshake, FALSE);
  g_autofree char *packet = lobby_engine_packet_encode (LOBBY_ENGINE_OPEN, json);

  self->heartbeat = heartbeat;
  self->transport = transport;
  self->handler = handler;
  self->owner = owner;
  transport->session = self;
  transport->klass->send_packet (transport, packet);
  lobby_due_list_push (heartbeat->pings, &self->due, self);
  return self;
}

void
lobby_engine_session_close (LobbyEngineSession *self,
                            guint code)
{
  LobbyTransport *transport = g_steal_pointer (&self->transport);

  lobby_due_cancel (&self->due);
  if (transport == NULL)
    return;
  transport->session = NULL;
  transport->klass->close (transport, code);
}

void
lobby_engine_session_free (gpointer self)
{
  g_free (self);
}

void
lobby_engine_session_send (LobbyEngineSession *self,
                           const char *message)
{
  g_autofree char *packet = NULL;

  if (self->transport == NULL)
    return;
  packet = lobby_engine_packet_encode (LOBBY_ENGINE_MESSAGE, message);
  self->transport->klass->send_packet (self->transport, packet);
}

void
lobby_engine_session_send_frames (LobbyEngineSession *self,
                                  GBytes *frames)
{
  if (self->transport != NULL)
    self->transport->klass->send_frames (self->transport, frames);
}

gsize
lobby_engine_session_get_backlog (LobbyEngineSession *self)
{
  return self->transport != NULL ? self->transport->klass->get_backlog (self->transport) : 0;
}

void
lobby_engine_session_text (LobbyEngineSession *self,
                           const char *text,
                           gsize length)
{
  LobbyEnginePacket packet = { 0 };

  if (!lobby_engine_packet_decode (text, length, &packet, NULL))
    {
      lose (self, LOBBY_WEBSOCKET_POLICY);
      return;
    }
  switch (packet.type)
    {
    case LOBBY_ENGINE_MESSAGE:
      self->handler->message (self->owner, &packet);
      break;
    case LOBBY_ENGINE_PONG:
      lobby_due_list_push (self->heartbeat->pings, &self->due, self);
      break;
    case LOBBY_ENGINE_CLOSE:
      lose (self, LOBBY_WEBSOCKET_NORMAL);
      break;
    case LOBBY_ENGINE_NOOP:
      break;
    case LOBBY_ENGINE_OPEN:
    case LOBBY_ENGINE_PING: /* since revision 4 the server pings */
    case LOBBY_ENGINE_UPGRADE:
    default:
      lose (self, LOBBY_WEBSOCKET_POLICY);
      break;
    }
  lobby_engine_packet_clear (&packet);
}

void
lobby_engine_session_binary (LobbyEngineSession *self,
                             GBytes *bytes)
{
  const LobbyEnginePacket packet = { LOBBY_ENGINE_MESSAGE, TRUE, bytes };

  self->handler->message (self->owner, &packet);
}

void
lobby_engine_session_drained (LobbyEngineSession *self)
{
  self->handler->drained (self->owner);
}

void
lobby_engine_session_lost (LobbyEngineSession *self)
{
  lose (self, LOBBY_WEBSOCKET_GOING_AWAY);
}

void
lobby_engine_frames_append (GByteArray *frames,
                            const char *message)
{
  guint8 head[LOBBY_WEBSOCKET_MAX_HEAD + 1];
  gsize length = strlen (message);
  gsize n_head = lobby_websocket_frame_head (LOBBY_WEBSOCKET_TEXT, length + 1, head);

  head[n_head++] = LOBBY_ENGINE_MESSAGE;
  g_byte_array_append (frames, head, n_head);
  g_byte_array_append (frames, (const guint8 *)message, length);
}
