/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-engine-private.h"

#include <string.h>
#include <unistd.h>

#include "lobby-polling-transport.h"
#include "lobby-websocket-frame.h"
#include "lobby-websocket-transport.h"

/* An upgrade that waits for its 101 to be sent, or for its OPEN. */
typedef struct
{
  LobbyEngineServer *server;
  char *sid; /* or NULL: a new session */
  LobbyDue due;
  GList link; /* in the server's list of the delayed */
  int fd;
  GBytes *extra;
} Offer;

void
lobby_engine_refuse (LobbyHttpExchange *exchange,
                     LobbyEngineError error)
{
  static const char *const messages[] = {
    "Transport unknown",
    "Session ID unknown",
    "Bad handshake method",
    "Bad request",
    "Forbidden",
    "Unsupported protocol version",
  };

  lobby_http_exchange_answer_json (exchange, error == LOBBY_ENGINE_FORBIDDEN ? 403 : 400,
                                   g_strdup_printf ("{\"code\":%d,\"message\":\"%s\"}", error, messages[error]));
}

/* Whether a comma-separated header names @token. */
static gboolean
header_has (LobbyHttpExchange *exchange,
            const char *header,
            const char *token)
{
  const char *value = lobby_http_exchange_get_header (exchange, header);
  g_auto (GStrv) parts = value != NULL ? g_strsplit (value, ",", 16) : NULL;

  for (guint i = 0; parts != NULL && parts[i] != NULL; i++)
    {
      if (g_ascii_strcasecmp (g_strstrip (parts[i]), token) == 0)
        return TRUE;
    }
  return FALSE;
}

/* A second WebSocket of a session, or one for a session that is gone since it asked. */
static void
turn_away (LobbyEngineServer *self,
           int fd)
{
  static const LobbySocketHandler handler = { NULL, NULL, NULL };
  LobbySocket *socket = lobby_socket_source_add (self->source, fd, &handler, NULL);
  g_autoptr (GBytes) frame = lobby_websocket_close_encode (LOBBY_WEBSOCKET_POLICY, NULL);

  if (socket == NULL)
    return;
  lobby_socket_send (socket, frame);
  lobby_socket_finish (socket);
}

static void
offer_upgrade (LobbyEngineServer *self,
               const char *sid,
               int fd,
               GBytes *extra)
{
  LobbyEngineSession *session = g_hash_table_lookup (self->sessions, sid);
  LobbyTransport *transport;

  if (session == NULL || !lobby_engine_session_can_upgrade (session))
    {
      turn_away (self, fd);
      return;
    }
  transport = lobby_websocket_transport_new (self, fd);
  if (transport == NULL)
    return;
  lobby_engine_session_offer (session, transport);
  lobby_websocket_transport_feed (transport, extra);
}

static void
on_upgraded (int fd,
             GBytes *extra,
             gpointer data)
{
  Offer *offer = data;
  LobbyEngineServer *self = offer->server;

  self->n_offers--;
  if (fd >= 0 && self->freed)
    close (fd);
  else if (fd >= 0 && offer->sid == NULL && self->delays != NULL)
    {
      offer->fd = fd;
      offer->extra = g_bytes_ref (extra);
      offer->link.data = offer;
      g_queue_push_tail_link (&self->delayed, &offer->link);
      lobby_due_list_push (self->delays, &offer->due, offer);
      return;
    }
  else if (fd >= 0 && offer->sid == NULL)
    lobby_engine_server_take (self, fd, extra);
  else if (fd >= 0)
    offer_upgrade (self, offer->sid, fd, extra);
  if (self->freed && self->n_offers == 0)
    g_free (self);
  g_free (offer->sid);
  g_free (offer);
}

static void
end_delay (Offer *offer)
{
  lobby_due_cancel (&offer->due);
  g_queue_unlink (&offer->server->delayed, &offer->link);
  g_bytes_unref (offer->extra);
  g_free (offer);
}

void
lobby_engine_delay_over (gpointer data,
                         gpointer server)
{
  Offer *offer = data;

  lobby_engine_server_take (server, offer->fd, offer->extra);
  end_delay (offer);
}

void
lobby_engine_drop_delayed (LobbyEngineServer *self)
{
  Offer *offer;

  while ((offer = g_queue_peek_head (&self->delayed)) != NULL)
    {
      close (offer->fd);
      end_delay (offer);
    }
}

static void
accept_websocket (LobbyEngineServer *self,
                  LobbyHttpExchange *exchange,
                  const char *sid)
{
  g_autofree char *accept = lobby_websocket_accept_key (lobby_http_exchange_get_header (exchange, "Sec-WebSocket-Key"));

  if (!header_has (exchange, "Upgrade", "websocket") || !header_has (exchange, "Connection", "Upgrade") || accept == NULL)
    {
      lobby_engine_refuse (exchange, LOBBY_ENGINE_BAD_REQUEST);
    }
  else if (g_strcmp0 (lobby_http_exchange_get_header (exchange, "Sec-WebSocket-Version"), "13") != 0)
    {
      lobby_http_exchange_add_header (exchange, "Sec-WebSocket-Version", "13");
      lobby_http_exchange_answer (exchange, 426, NULL, NULL);
    }
  else
    {
      Offer *offer = g_new0 (Offer, 1);

      offer->server = self;
      self->n_offers++;
      offer->sid = g_strdup (sid);
      lobby_http_exchange_add_header (exchange, "Upgrade", "websocket");
      lobby_http_exchange_add_header (exchange, "Sec-WebSocket-Accept", accept);
      lobby_http_exchange_upgrade (exchange, on_upgraded, offer);
    }
}

static gboolean
is_full (LobbyEngineServer *self)
{
  return self->stopped || self->draining || (self->options.max_sessions > 0 && g_hash_table_size (self->sessions) >= self->options.max_sessions);
}

static void
open_session (LobbyEngineServer *self,
              LobbyHttpExchange *exchange,
              gboolean websocket)
{
  LobbyTransport *transport;

  if (is_full (self))
    {
      lobby_http_exchange_answer_error (exchange, 503, "too_busy", "No further connection is taken now");
    }
  else if (websocket)
    {
      accept_websocket (self, exchange, NULL);
    }
  else
    {
      transport = lobby_polling_transport_new (self);
      lobby_engine_session_open (self, transport, TRUE);
      lobby_polling_transport_poll (transport, exchange);
    }
}

/* The session's own transport when it may be polled, else NULL and the exchange is refused. */
static LobbyTransport *
find_polling (LobbyEngineServer *self,
              LobbyHttpExchange *exchange,
              const char *sid)
{
  LobbyEngineSession *session = g_hash_table_lookup (self->sessions, sid);
  LobbyTransport *leaving = g_hash_table_lookup (self->leaving, sid);

  if (session != NULL && lobby_transport_is_polling (lobby_engine_session_get_transport (session)))
    return lobby_engine_session_get_transport (session);
  if (session == NULL && leaving != NULL && strcmp (lobby_http_exchange_get_method (exchange), "GET") == 0)
    return leaving;
  lobby_engine_refuse (exchange, session != NULL ? LOBBY_ENGINE_BAD_REQUEST : LOBBY_ENGINE_UNKNOWN_SID);
  return NULL;
}

static void
serve_session (LobbyEngineServer *self,
               LobbyHttpExchange *exchange,
               gboolean websocket,
               const char *sid)
{
  const char *method = lobby_http_exchange_get_method (exchange);
  LobbyTransport *transport;

  if (websocket)
    {
      if (!g_hash_table_contains (self->sessions, sid))
        lobby_engine_refuse (exchange, LOBBY_ENGINE_UNKNOWN_SID);
      else
        accept_websocket (self, exchange, sid);
      return;
    }
  transport = find_polling (self, exchange, sid);
  if (transport == NULL)
    return;
  if (strcmp (method, "GET") == 0)
    lobby_polling_transport_poll (transport, exchange);
  else if (strcmp (method, "POST") == 0)
    lobby_polling_transport_take_post (transport, exchange);
  else
    lobby_engine_refuse (exchange, LOBBY_ENGINE_BAD_REQUEST);
}

/* What the browser of another site's page asks before it POSTs. */
static void
answer_preflight (LobbyHttpExchange *exchange)
{
  const char *headers = lobby_http_exchange_get_header (exchange, "Access-Control-Request-Headers");

  lobby_http_exchange_add_header (exchange, "Access-Control-Allow-Methods", "GET,HEAD,PUT,PATCH,POST,DELETE");
  lobby_http_exchange_add_header (exchange, "Vary", "Access-Control-Request-Headers");
  if (headers != NULL)
    lobby_http_exchange_add_header (exchange, "Access-Control-Allow-Headers", headers);
  lobby_http_exchange_answer (exchange, 204, NULL, NULL);
}

static const char *
get_sid (LobbyHttpExchange *exchange)
{
  const char *sid = lobby_http_exchange_get_query (exchange, "sid");

  return sid != NULL && *sid != '\0' ? sid : NULL;
}

void
lobby_engine_begin_request (LobbyHttpExchange *exchange,
                            gpointer server)
{
  LobbyEngineServer *self = server;
  const char *transport = lobby_http_exchange_get_query (exchange, "transport");
  const char *sid = get_sid (exchange);
  LobbyTransport *polling;

  if (self->cors_origin != NULL)
    lobby_http_exchange_add_header (exchange, "Access-Control-Allow-Origin", self->cors_origin);
  if (strcmp (lobby_http_exchange_get_method (exchange), "POST") != 0 || g_strcmp0 (transport, "polling") != 0 || sid == NULL)
    return;
  /* Before the body: a second POST must be seen while the first one's is under way. */
  polling = find_polling (self, exchange, sid);
  if (polling != NULL)
    lobby_polling_transport_begin_post (polling, exchange);
}

/* In the order of Node's engine.io, whose clients act on the code. */
void
lobby_engine_take_request (LobbyHttpExchange *exchange,
                           gpointer server)
{
  LobbyEngineServer *self = server;
  const char *method = lobby_http_exchange_get_method (exchange);
  const char *transport = lobby_http_exchange_get_query (exchange, "transport");
  const char *sid = get_sid (exchange);
  gboolean websocket = g_strcmp0 (transport, "websocket") == 0;

  if (self->cors_origin != NULL && strcmp (method, "OPTIONS") == 0)
    answer_preflight (exchange);
  else if (!websocket && g_strcmp0 (transport, "polling") != 0)
    lobby_engine_refuse (exchange, LOBBY_ENGINE_UNKNOWN_TRANSPORT);
  else if (sid != NULL)
    serve_session (self, exchange, websocket, sid);
  else if (strcmp (method, "GET") != 0)
    lobby_engine_refuse (exchange, LOBBY_ENGINE_BAD_METHOD);
  else if (g_strcmp0 (lobby_http_exchange_get_query (exchange, "EIO"), "4") != 0)
    lobby_engine_refuse (exchange, LOBBY_ENGINE_UNSUPPORTED_VERSION);
  else
    open_session (self, exchange, websocket);
}
