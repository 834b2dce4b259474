/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

/*
 * The upgrade (the server's half): a WebSocket with the session's sid is an offer beside the polling transport. "2probe"
 * over it is answered "3probe", and a waiting poll is ended with NOOP, so that the client comes to rest; "5" makes
 * it the transport: what still waits goes out over it first, in order. An offer that does
 * anything else, or takes too long, is dropped, and polling goes on as if it had not been.
 */

#include "lobby-engine-private.h"

#include <string.h>
#include <sys/random.h>

#include "lobby-polling-transport.h"
#include "lobby-websocket-frame.h"

#define ID_BYTES 15
#define BUCKET_SECONDS 10
/* No answer to a ping comes in less. */
#define LATE_USEC 10000
/* An answer that takes no longer does not put off the next ping: a session is pinged as often as its OPEN said. */
#define PROMPT_USEC 100000

typedef struct
{
  LobbyTransport *transport;
  LobbyDue due;
  LobbyEngineSession *session;
  gboolean probed;
} Upgrade;

struct _LobbyEngineSession
{
  LobbyEngineServer *server;
  LobbyTransport *transport; /* NULL: closed, or lost */
  Upgrade *upgrade;          /* or NULL */
  const LobbyEngineHandler *handler;
  gpointer owner;
  LobbyDue due;
  gboolean heard; /* anything, since it was last asked for */
  float allowance;
  gint64 allowance_at; /* us */
  char sid[LOBBY_ENGINE_SID + 1];
};

static void
drop_upgrade (LobbyEngineSession *self,
              guint code)
{
  Upgrade *upgrade = g_steal_pointer (&self->upgrade);

  if (upgrade == NULL)
    return;
  lobby_due_cancel (&upgrade->due);
  if (upgrade->transport != NULL)
    {
      upgrade->transport->session = NULL;
      upgrade->transport->klass->close (upgrade->transport, code, FALSE);
    }
  g_free (upgrade);
}

/* FALSE when it had ended before. */
static gboolean
end (LobbyEngineSession *self,
     guint code,
     gboolean farewell)
{
  LobbyTransport *transport = g_steal_pointer (&self->transport);

  if (transport == NULL)
    return FALSE;
  g_hash_table_remove (self->server->sessions, self->sid);
  lobby_due_cancel (&self->due);
  drop_upgrade (self, LOBBY_WEBSOCKET_GOING_AWAY);
  transport->session = NULL;
  transport->klass->close (transport, code, farewell);
  lobby_engine_server_bury (self->server, self, g_free);
  return TRUE;
}

static void
lose (LobbyEngineSession *self,
      guint code)
{
  if (end (self, code, FALSE) && self->handler != NULL)
    self->handler->lost (self->owner);
}

/* When the ping was to be said, so that a peer that is gone is gone on time; but the time in which a process that was itself held
 * up did not say it is not the peer's to answer in. */
static gint64
get_ping_time (LobbyEngineSession *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 patience = self->server->options.ping_timeout * G_GINT64_CONSTANT (1000) / 2;

  return now - self->due.at < patience ? self->due.at : now;
}

/* When the ping was said that is answered now; any other pong counts as it comes. */
static gint64
get_pong_time (LobbyEngineSession *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 pinged = self->due.at - self->server->options.ping_timeout * G_GINT64_CONSTANT (1000);

  return self->due.list == self->server->pongs ? CLAMP (pinged, now - PROMPT_USEC, now) : now;
}

void
lobby_engine_ping_due (gpointer session,
                       gpointer server)
{
  LobbyEngineSession *self = session;

  self->heard = FALSE;
  lobby_due_list_push_from (self->server->pongs, &self->due, self, get_ping_time (self));
  self->transport->klass->send_packet (self->transport, "2");
}

void
lobby_engine_pong_missing (gpointer session,
                           gpointer server)
{
  LobbyEngineSession *self = session;

  if (!self->heard)
    {
      lose (self, LOBBY_WEBSOCKET_GOING_AWAY);
      return;
    }
  /* Its pong is behind much that it has to say: it is not gone. */
  self->heard = FALSE;
  lobby_due_list_push_from (self->server->pongs, &self->due, self, self->due.at);
}

void
lobby_engine_upgrade_late (gpointer upgrade,
                           gpointer server)
{
  drop_upgrade (((Upgrade *)upgrade)->session, LOBBY_WEBSOCKET_POLICY);
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
lobby_engine_session_open (LobbyEngineServer *server,
                           LobbyTransport *transport,
                           gboolean can_upgrade)
{
  LobbyEngineSession *self = g_new0 (LobbyEngineSession, 1);
  g_autofree char *sid = lobby_engine_id_new ();
  const LobbyEngineHandshake handshake = { sid, server->options.ping_interval, server->options.ping_timeout, server->options.max_payload };
  g_autofree char *json = lobby_engine_handshake_encode (&handshake, can_upgrade);
  g_autofree char *packet = lobby_engine_packet_encode (LOBBY_ENGINE_OPEN, json);

  self->server = server;
  self->transport = transport;
  self->allowance = (float)server->options.packets_per_second * BUCKET_SECONDS;
  self->allowance_at = g_get_monotonic_time ();
  g_strlcpy (self->sid, sid, sizeof self->sid);
  transport->session = self;
  g_hash_table_insert (server->sessions, self->sid, self);
  transport->klass->send_packet (transport, packet);
  lobby_due_list_push (server->pings, &self->due, self);
  server->opened (self, server->data);
  return self;
}

void
lobby_engine_session_set_handler (LobbyEngineSession *self,
                                  const LobbyEngineHandler *handler,
                                  gpointer owner)
{
  self->handler = handler;
  self->owner = owner;
}

const char *
lobby_engine_session_get_sid (LobbyEngineSession *self)
{
  return self->sid;
}

LobbyTransport *
lobby_engine_session_get_transport (LobbyEngineSession *self)
{
  return self->transport;
}

void
lobby_engine_session_close (LobbyEngineSession *self,
                            guint code)
{
  end (self, code, TRUE);
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
lobby_engine_session_send_binary (LobbyEngineSession *self,
                                  GBytes *bytes)
{
  if (self->transport != NULL)
    self->transport->klass->send_binary (self->transport, bytes);
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

gboolean
lobby_engine_session_can_upgrade (LobbyEngineSession *self)
{
  return self->upgrade == NULL && lobby_transport_is_polling (self->transport);
}

void
lobby_engine_session_offer (LobbyEngineSession *self,
                            LobbyTransport *transport)
{
  self->upgrade = g_new0 (Upgrade, 1);
  self->upgrade->session = self;
  self->upgrade->transport = transport;
  transport->session = self;
  lobby_polling_transport_mark (self->transport);
  lobby_due_list_push (self->server->upgrades, &self->upgrade->due, self->upgrade);
}

gboolean
lobby_engine_session_is_probed (LobbyEngineSession *self)
{
  return self->upgrade != NULL && self->upgrade->probed;
}

gboolean
lobby_engine_session_is_late (LobbyEngineSession *self)
{
  return self->due.list == self->server->pongs && self->due.at - g_get_monotonic_time () < LATE_USEC;
}

gboolean
lobby_engine_session_spend (LobbyEngineSession *self,
                            double cost)
{
  guint per_second = self->server->options.packets_per_second;
  gint64 now;

  if (per_second == 0)
    return TRUE;
  now = g_get_monotonic_time ();
  self->allowance += (now - self->allowance_at) * (per_second / 1e6);
  self->allowance = MIN (self->allowance, (float)per_second * BUCKET_SECONDS) - cost;
  self->allowance_at = now;
  return self->allowance >= 0;
}

static void
complete_upgrade (LobbyEngineSession *self)
{
  LobbyTransport *polling = self->transport;

  self->transport = g_steal_pointer (&self->upgrade->transport);
  drop_upgrade (self, 0);
  polling->session = NULL;
  lobby_polling_transport_hand_over (polling, self->transport);
  if (self->transport->klass->get_backlog (self->transport) == 0 && self->handler != NULL)
    self->handler->drained (self->owner);
}

/* Over a WebSocket that is not yet the transport. */
static void
take_offer_packet (LobbyEngineSession *self,
                   const LobbyEnginePacket *packet)
{
  LobbyTransport *transport = self->upgrade->transport;

  if (packet->type == LOBBY_ENGINE_PING && g_strcmp0 (g_bytes_get_data (packet->payload, NULL), "probe") == 0)
    {
      self->upgrade->probed = TRUE;
      transport->klass->send_packet (transport, "3probe");
      lobby_polling_transport_release (self->transport);
    }
  else if (packet->type == LOBBY_ENGINE_UPGRADE)
    {
      complete_upgrade (self);
    }
  else
    {
      drop_upgrade (self, LOBBY_WEBSOCKET_POLICY);
    }
}

void
lobby_transport_packet (LobbyTransport *transport,
                        const LobbyEnginePacket *packet)
{
  LobbyEngineSession *self = transport->session;

  if (transport != self->transport)
    {
      take_offer_packet (self, packet);
      return;
    }
  self->heard = TRUE;
  switch (packet->type)
    {
    case LOBBY_ENGINE_MESSAGE:
      self->handler->message (self->owner, packet);
      break;
    case LOBBY_ENGINE_PONG:
      lobby_due_list_push_from (self->server->pings, &self->due, self, get_pong_time (self));
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
}

void
lobby_transport_text (LobbyTransport *transport,
                      const char *text,
                      gsize length)
{
  LobbyEnginePacket packet = { 0 };

  if (!lobby_engine_packet_decode (text, length, &packet, NULL))
    {
      lobby_transport_lost (transport, LOBBY_WEBSOCKET_POLICY);
      return;
    }
  lobby_transport_packet (transport, &packet);
  lobby_engine_packet_clear (&packet);
}

void
lobby_transport_drained (LobbyTransport *transport)
{
  LobbyEngineSession *self = transport->session;

  if (self != NULL && transport == self->transport)
    self->handler->drained (self->owner);
}

void
lobby_transport_lost (LobbyTransport *transport,
                      guint code)
{
  LobbyEngineSession *self = transport->session;

  if (self == NULL)
    return;
  if (transport == self->transport)
    lose (self, code);
  else
    drop_upgrade (self, code);
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
