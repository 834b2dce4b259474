/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-hub-private.h"

#include <unistd.h>

#include "lobby-json.h"
#include "lobby-websocket-frame.h"

/* Agents' sockets are few kB each; beyond this another machine is due. */
#define MAX_SOCKETS 20000
/* From OPEN to CONNECT. */
#define CONNECT_MSEC 20000
/* No polling body is looked at yet. */
#define MAX_BODY 4096

/* Engine.IO's own errors of a handshake: the numbers that its clients know. */
typedef enum
{
  ENGINE_UNKNOWN_TRANSPORT = 0,
  ENGINE_UNKNOWN_SID = 1,
  ENGINE_BAD_METHOD = 2,
  ENGINE_BAD_REQUEST = 3,
  ENGINE_FORBIDDEN = 4,
  ENGINE_UNSUPPORTED_VERSION = 5,
} EngineError;

G_DEFINE_FINAL_TYPE (LobbyHub, lobby_hub, G_TYPE_OBJECT)

static void
refuse (LobbyHttpExchange *exchange,
        EngineError error)
{
  static const char *const messages[] = {
    "Transport unknown",
    "Session ID unknown",
    "Bad handshake method",
    "Bad request",
    "Forbidden",
    "Unsupported protocol version",
  };

  lobby_http_exchange_answer_json (exchange, error == ENGINE_FORBIDDEN ? 403 : 400,
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

static void
on_upgraded (int fd,
             GBytes *extra,
             gpointer data)
{
  g_autoptr (LobbyHub) self = data;

  if (fd < 0)
    return;
  if (self->stopped)
    close (fd);
  else
    lobby_agent_socket_new (self, fd, extra);
}

static void
upgrade (LobbyHub *self,
         LobbyHttpExchange *exchange)
{
  g_autofree char *accept = lobby_websocket_accept_key (lobby_http_exchange_get_header (exchange, "Sec-WebSocket-Key"));

  if (!header_has (exchange, "Upgrade", "websocket") || !header_has (exchange, "Connection", "Upgrade") || accept == NULL)
    {
      refuse (exchange, ENGINE_BAD_REQUEST);
    }
  else if (g_strcmp0 (lobby_http_exchange_get_header (exchange, "Sec-WebSocket-Version"), "13") != 0)
    {
      lobby_http_exchange_add_header (exchange, "Sec-WebSocket-Version", "13");
      lobby_http_exchange_answer (exchange, 426, NULL, NULL);
    }
  else if (self->stopped || self->sockets.length >= MAX_SOCKETS)
    {
      lobby_http_exchange_answer_error (exchange, 503, "too_busy", "No further connection is taken now");
    }
  else
    {
      lobby_http_exchange_add_header (exchange, "Upgrade", "websocket");
      lobby_http_exchange_add_header (exchange, "Sec-WebSocket-Accept", accept);
      lobby_http_exchange_upgrade (exchange, on_upgraded, g_object_ref (self));
    }
}

/* In the order of Node's engine.io, whose clients act on the code. */
static void
on_request (LobbyHttpExchange *exchange,
            gpointer data)
{
  const char *transport = lobby_http_exchange_get_query (exchange, "transport");

  if (g_strcmp0 (transport, "websocket") != 0)
    refuse (exchange, ENGINE_UNKNOWN_TRANSPORT);
  else if (lobby_http_exchange_get_query (exchange, "sid") != NULL)
    refuse (exchange, ENGINE_UNKNOWN_SID);
  else if (g_strcmp0 (lobby_http_exchange_get_method (exchange), "GET") != 0)
    refuse (exchange, ENGINE_BAD_METHOD);
  else if (g_strcmp0 (lobby_http_exchange_get_query (exchange, "EIO"), "4") != 0)
    refuse (exchange, ENGINE_UNSUPPORTED_VERSION);
  else
    upgrade (data, exchange);
}

static void
on_committed (LobbyStorage *storage,
              GPtrArray *events,
              gpointer data)
{
  LobbyHub *self = data;

  lobby_memberships_committed (self->memberships, events);
}

static void
lobby_hub_dispose (GObject *object)
{
  LobbyHub *self = LOBBY_HUB (object);

  lobby_hub_stop (self);
  g_clear_pointer (&self->memberships, lobby_memberships_free);
  g_clear_pointer (&self->source, lobby_socket_source_free);
  g_clear_pointer (&self->heartbeat, lobby_heartbeat_free);
  g_clear_pointer (&self->connects, lobby_due_list_free);
  g_clear_pointer (&self->by_sid, g_hash_table_unref);
  g_clear_object (&self->storage);
  G_OBJECT_CLASS (lobby_hub_parent_class)->dispose (object);
}

static void
lobby_hub_class_init (LobbyHubClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_hub_dispose;

  /* Emitted by name where requests are handled. */
  g_signal_new ("typing", LOBBY_TYPE_HUB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 4, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_BOOLEAN, G_TYPE_STRING);
  g_signal_new ("read", LOBBY_TYPE_HUB, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
}

static void
lobby_hub_init (LobbyHub *self)
{
  self->source = lobby_socket_source_new ();
  self->connects = lobby_due_list_new (CONNECT_MSEC, lobby_agent_socket_connect_late, NULL);
  self->memberships = lobby_memberships_new (self);
  self->by_sid = g_hash_table_new (g_str_hash, g_str_equal);
}

LobbyHub *
lobby_hub_new (LobbyHttpServer *http,
               LobbyStorage *storage,
               guint ping_interval_msec,
               guint ping_timeout_msec)
{
  static const char *const paths[] = { "/socket.io/", "/socket.io" };
  static const char *const methods[] = { "GET", "POST" };
  LobbyHub *self = g_object_new (LOBBY_TYPE_HUB, NULL);

  self->storage = g_object_ref (storage);
  self->heartbeat = lobby_heartbeat_new (ping_interval_msec, ping_timeout_msec);
  self->committed = g_signal_connect (storage, "committed", G_CALLBACK (on_committed), self);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (methods); j++)
        lobby_http_server_route (http, methods[j], paths[i], MAX_BODY, on_request, self);
    }
  return self;
}

guint
lobby_hub_count_sockets (LobbyHub *self)
{
  g_return_val_if_fail (LOBBY_IS_HUB (self), 0);

  return self->sockets.length;
}

void
lobby_hub_drop_token (LobbyHub *self,
                      const char *token_hash)
{
  GList *next;

  g_return_if_fail (LOBBY_IS_HUB (self));
  g_return_if_fail (token_hash != NULL);

  for (GList *link = self->sockets.head; link != NULL; link = next)
    {
      LobbyAgentSocket *socket = link->data;

      next = link->next;
      if (g_strcmp0 (socket->token_hash, token_hash) == 0)
        lobby_agent_socket_kick (socket);
    }
}

void
lobby_hub_stop (LobbyHub *self)
{
  g_return_if_fail (LOBBY_IS_HUB (self));

  self->stopped = TRUE;
  if (self->storage != NULL)
    g_clear_signal_handler (&self->committed, self->storage);
  while (self->sockets.head != NULL)
    lobby_agent_socket_close (self->sockets.head->data, LOBBY_WEBSOCKET_GOING_AWAY);
}
