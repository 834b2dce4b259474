/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

/*
 * A poll is answered at the end of the turn of the loop in which something came for it, so that all of the turn goes into
 * one body. A session that the server ends while no poll waits leaves its transport behind for a while
 * (server->leaving): the next GET gets what was sent last, and the one after it CLOSE. In one body they would reach a stock
 * client as a broken connection: it looks at CLOSE at once, and at Socket.IO's DISCONNECT a moment later.
 */

#include "lobby-polling-transport.h"

#include <string.h>

#include "lobby-websocket-frame.h"

/* What a packet that waits costs beside its bytes. */
#define PACKET_COST 64
#define BYTES_PER_ALLOWANCE 4096.0

typedef struct
{
  LobbyTransport parent;
  LobbyEngineServer *server;
  GArray *waiting; /* of LobbyEnginePacket */
  gsize waiting_size;
  LobbyHttpExchange *poll; /* GET that waits, or NULL */
  LobbyHttpExchange *post; /* whose body is under way, or NULL */
  LobbyDue due;            /* a nudge; once it is leaving, the end */
  GList dirty;             /* in the server's queue when its data is set */
  gboolean marked;         /* the poll waits since before an upgrade began */
  gboolean overflown;
  char sid[LOBBY_ENGINE_SID + 1]; /* since the first poll, which opens the session */
} LobbyPollingTransport;

static void
free_transport (gpointer transport)
{
  LobbyPollingTransport *self = transport;

  g_array_unref (self->waiting);
  g_free (self);
}

static void
mark_dirty (LobbyPollingTransport *self)
{
  if (self->dirty.data != NULL)
    return;
  self->dirty.data = self;
  g_queue_push_tail_link (&self->server->dirty, &self->dirty);
  g_source_set_ready_time (self->server->flush, 0);
}

static void
bury (LobbyPollingTransport *self)
{
  lobby_due_cancel (&self->due);
  if (self->dirty.data != NULL)
    g_queue_unlink (&self->server->dirty, &self->dirty);
  self->dirty.data = NULL;
  if (self->post != NULL)
    lobby_http_exchange_watch (self->post, NULL, NULL);
  self->post = NULL;
  lobby_engine_server_bury (self->server, self, free_transport);
}

/* Takes @payload. */
static void
add_packet (LobbyPollingTransport *self,
            LobbyEngineType type,
            gboolean binary,
            GBytes *payload)
{
  LobbyEnginePacket packet = { type, binary, payload };
  gsize cost = g_bytes_get_size (payload) + PACKET_COST;

  if (self->overflown || (self->waiting_size > 0 && self->waiting_size + cost > LOBBY_SOCKET_MAX_BACKLOG))
    {
      self->overflown = TRUE;
      g_bytes_unref (payload);
    }
  else
    {
      g_array_append_val (self->waiting, packet);
      self->waiting_size += cost;
    }
  if (self->poll != NULL || self->overflown)
    mark_dirty (self);
}

static void
transport_send_packet (LobbyTransport *transport,
                       const char *packet)
{
  add_packet ((LobbyPollingTransport *)transport, *packet, FALSE, g_bytes_new (packet + 1, strlen (packet + 1)));
}

static void
transport_send_binary (LobbyTransport *transport,
                       GBytes *bytes)
{
  add_packet ((LobbyPollingTransport *)transport, LOBBY_ENGINE_MESSAGE, TRUE, g_bytes_ref (bytes));
}

/* Our own frames: text, whole and unmasked. */
static void
transport_send_frames (LobbyTransport *transport,
                       GBytes *frames)
{
  gsize size, at = 0;
  const guint8 *data = g_bytes_get_data (frames, &size);

  while (at < size)
    {
      guint n = data[at + 1] == 127 ? 8 : data[at + 1] == 126 ? 2
                                                              : 0;
      guint64 length = n == 0 ? data[at + 1] : 0;

      for (guint i = 0; i < n; i++)
        length = length << 8 | data[at + 2 + i];
      at += 2 + n;
      add_packet ((LobbyPollingTransport *)transport, data[at], FALSE, g_bytes_new_from_bytes (frames, at + 1, length - 1));
      at += length;
    }
}

static gsize
transport_get_backlog (LobbyTransport *transport)
{
  return ((LobbyPollingTransport *)transport)->waiting_size;
}

static void
append_bare (LobbyPollingTransport *self,
             LobbyEngineType type)
{
  LobbyEnginePacket packet = { type, FALSE, g_bytes_new_static ("", 0) };

  g_array_append_val (self->waiting, packet);
}

/* Answers the poll with all that waits. */
static void
answer_poll (LobbyPollingTransport *self)
{
  LobbyHttpExchange *exchange = g_steal_pointer (&self->poll);
  g_autoptr (GBytes) body = lobby_engine_payload_encode ((const LobbyEnginePacket *)self->waiting->data, self->waiting->len);

  g_array_set_size (self->waiting, 0);
  self->waiting_size = 0;
  self->marked = FALSE;
  lobby_http_exchange_add_header (exchange, "Cache-Control", "no-store");
  lobby_http_exchange_answer (exchange, 200, "text/plain; charset=UTF-8", body);
}

static void
transport_close (LobbyTransport *transport,
                 guint code,
                 gboolean farewell)
{
  LobbyPollingTransport *self = (LobbyPollingTransport *)transport;

  if (farewell && (self->poll == NULL || self->waiting->len > 0))
    {
      if (self->poll != NULL)
        answer_poll (self);
      g_hash_table_insert (self->server->leaving, self->sid, self);
      lobby_due_list_push (self->server->farewells, &self->due, self);
      return;
    }
  if (self->poll != NULL)
    {
      if (code != LOBBY_WEBSOCKET_NORMAL)
        append_bare (self, LOBBY_ENGINE_CLOSE);
      else if (self->waiting->len == 0)
        append_bare (self, LOBBY_ENGINE_NOOP); /* the peer closed: its poll has only to end */
      answer_poll (self);
    }
  bury (self);
}

static const LobbyTransportClass transport_class = {
  .send_packet = transport_send_packet,
  .send_binary = transport_send_binary,
  .send_frames = transport_send_frames,
  .get_backlog = transport_get_backlog,
  .close = transport_close,
};

LobbyTransport *
lobby_polling_transport_new (LobbyEngineServer *server)
{
  LobbyPollingTransport *self = g_new0 (LobbyPollingTransport, 1);

  self->parent.klass = &transport_class;
  self->server = server;
  self->waiting = g_array_new (FALSE, FALSE, sizeof (LobbyEnginePacket));
  g_array_set_clear_func (self->waiting, (GDestroyNotify)lobby_engine_packet_clear);
  return &self->parent;
}

gboolean
lobby_transport_is_polling (LobbyTransport *transport)
{
  return transport->klass == &transport_class;
}

void
lobby_polling_transport_flush (LobbyTransport *transport)
{
  LobbyPollingTransport *self = (LobbyPollingTransport *)transport;

  self->dirty.data = NULL;
  if (self->overflown)
    {
      g_info ("A client polls too slowly; its session ends");
      lobby_transport_lost (transport, LOBBY_WEBSOCKET_POLICY);
    }
  else if (self->poll != NULL && self->waiting->len > 0)
    {
      answer_poll (self);
      lobby_transport_drained (transport);
    }
}

static void
on_poll_gone (gpointer data)
{
  LobbyPollingTransport *self = data;

  lobby_http_exchange_answer (g_steal_pointer (&self->poll), 400, NULL, NULL);
  lobby_transport_lost (&self->parent, LOBBY_WEBSOCKET_GOING_AWAY);
}

static void
on_post_gone (gpointer data)
{
  LobbyPollingTransport *self = data;

  self->post = NULL;
  lobby_transport_lost (&self->parent, LOBBY_WEBSOCKET_GOING_AWAY);
}

/* The session is over already: its last words. */
static void
say_farewell (LobbyPollingTransport *self,
              LobbyHttpExchange *exchange)
{
  self->poll = exchange;
  if (self->waiting->len > 0)
    {
      answer_poll (self);
      return;
    }
  append_bare (self, LOBBY_ENGINE_CLOSE);
  answer_poll (self);
  g_hash_table_remove (self->server->leaving, self->sid);
  bury (self);
}

void
lobby_polling_transport_poll (LobbyTransport *transport,
                              LobbyHttpExchange *exchange)
{
  LobbyPollingTransport *self = (LobbyPollingTransport *)transport;
  LobbyEngineSession *session = transport->session;

  if (session == NULL)
    {
      say_farewell (self, exchange);
      return;
    }
  if (lobby_engine_session_is_late (session))
    {
      lobby_transport_lost (transport, LOBBY_WEBSOCKET_GOING_AWAY);
      lobby_engine_refuse (exchange, LOBBY_ENGINE_UNKNOWN_SID);
      return;
    }
  if (self->poll != NULL)
    {
      lobby_transport_lost (transport, LOBBY_WEBSOCKET_POLICY);
      lobby_engine_refuse (exchange, LOBBY_ENGINE_BAD_REQUEST);
      return;
    }
  g_strlcpy (self->sid, lobby_engine_session_get_sid (session), sizeof self->sid);
  self->poll = exchange;
  if (self->waiting->len > 0)
    {
      answer_poll (self);
      lobby_transport_drained (transport);
      return;
    }
  lobby_http_exchange_watch (exchange, on_poll_gone, self);
  if (lobby_engine_session_is_probed (session))
    lobby_due_list_push (self->server->nudges, &self->due, self);
}

void
lobby_polling_transport_begin_post (LobbyTransport *transport,
                                    LobbyHttpExchange *exchange)
{
  LobbyPollingTransport *self = (LobbyPollingTransport *)transport;

  /* Since revision 4 binary packets are base64 in text. */
  if (self->post != NULL || g_strcmp0 (lobby_http_exchange_get_header (exchange, "Content-Type"), "application/octet-stream") == 0)
    {
      lobby_transport_lost (transport, LOBBY_WEBSOCKET_POLICY);
      lobby_engine_refuse (exchange, LOBBY_ENGINE_BAD_REQUEST);
      return;
    }
  self->post = exchange;
  lobby_http_exchange_watch (exchange, on_post_gone, self);
}

/* FALSE when the session ended for what was sent. */
static gboolean
take_packets (LobbyPollingTransport *self,
              GArray *packets)
{
  for (guint i = 0; i < packets->len && self->parent.session != NULL; i++)
    {
      if (!lobby_engine_session_spend (self->parent.session, 1))
        {
          lobby_transport_lost (&self->parent, LOBBY_WEBSOCKET_POLICY);
          return FALSE;
        }
      lobby_transport_packet (&self->parent, &g_array_index (packets, LobbyEnginePacket, i));
    }
  return TRUE;
}

void
lobby_polling_transport_take_post (LobbyTransport *transport,
                                   LobbyHttpExchange *exchange)
{
  static const char ok[] = "ok";
  LobbyPollingTransport *self = (LobbyPollingTransport *)transport;
  gsize length;
  const char *body = g_bytes_get_data (lobby_http_exchange_get_body (exchange), &length);
  gboolean afforded = lobby_engine_session_spend (transport->session, length / BYTES_PER_ALLOWANCE);
  g_autoptr (GArray) packets = afforded ? lobby_engine_payload_decode (body, length, NULL) : NULL;
  g_autoptr (GBytes) answer = g_bytes_new_static (ok, sizeof ok - 1);

  self->post = NULL;
  lobby_http_exchange_watch (exchange, NULL, NULL);
  if (packets == NULL)
    lobby_transport_lost (transport, LOBBY_WEBSOCKET_POLICY);
  if (packets == NULL || !take_packets (self, packets))
    {
      lobby_engine_refuse (exchange, LOBBY_ENGINE_BAD_REQUEST);
      return;
    }
  lobby_http_exchange_add_header (exchange, "Cache-Control", "no-store");
  /* Not text/plain, which some old browsers offer to save. */
  lobby_http_exchange_answer (exchange, 200, "text/html", answer);
}

void
lobby_polling_transport_mark (LobbyTransport *transport)
{
  LobbyPollingTransport *self = (LobbyPollingTransport *)transport;

  self->marked = self->poll != NULL;
}

void
lobby_polling_transport_release (LobbyTransport *transport)
{
  LobbyPollingTransport *self = (LobbyPollingTransport *)transport;

  if (self->poll == NULL)
    return;
  if (self->marked)
    lobby_polling_transport_nudge_due (self, self->server);
  else
    lobby_due_list_push (self->server->nudges, &self->due, self);
}

void
lobby_polling_transport_nudge_due (gpointer transport,
                                   gpointer server)
{
  LobbyPollingTransport *self = transport;

  if (self->poll == NULL || self->parent.session == NULL || !lobby_engine_session_is_probed (self->parent.session))
    return;
  if (self->waiting->len == 0)
    {
      append_bare (self, LOBBY_ENGINE_NOOP);
      answer_poll (self);
      return;
    }
  answer_poll (self);
  lobby_transport_drained (&self->parent);
}

void
lobby_polling_transport_forget (gpointer transport,
                                gpointer server)
{
  LobbyPollingTransport *self = transport;

  g_hash_table_remove (self->server->leaving, self->sid);
  bury (self);
}

void
lobby_polling_transport_hand_over (LobbyTransport *transport,
                                   LobbyTransport *to)
{
  LobbyPollingTransport *self = (LobbyPollingTransport *)transport;

  for (guint i = 0; i < self->waiting->len; i++)
    {
      const LobbyEnginePacket *packet = &g_array_index (self->waiting, LobbyEnginePacket, i);

      if (packet->binary)
        {
          to->klass->send_binary (to, packet->payload);
        }
      else
        {
          gsize size;
          const char *data = g_bytes_get_data (packet->payload, &size);
          g_autofree char *text = g_strdup_printf ("%c%.*s", (char)packet->type, (int)size, data != NULL ? data : "");

          to->klass->send_packet (to, text);
        }
    }
  if (self->poll != NULL)
    lobby_engine_refuse (g_steal_pointer (&self->poll), LOBBY_ENGINE_BAD_REQUEST);
  bury (self);
}
