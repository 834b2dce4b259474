/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-socket-client.h"

#include "lobby-account.h"
#include "lobby-async.h"
#include "lobby-engine-client.h"
#include "lobby-json.h"
#include "lobby-socket-packet.h"
#include "lobby-websocket-client.h"

/* ms from the WebSocket to the accepted CONNECT. */
#define CONNECT_TIMEOUT 20000

struct _LobbySocketClient
{
  GObject parent_instance;

  char *token;
  LobbyEngineClient *engine; /* NULL once closed */
  LobbySocketDecoder *decoder;
  DexPromise *connected; /* settles with the CONNECT */
  gboolean is_connected;
  gboolean is_closed;
  GHashTable *acks; /* id → DexPromise */
  gint64 next_ack;
};

G_DEFINE_FINAL_TYPE (LobbySocketClient, lobby_socket_client, G_TYPE_OBJECT)

enum
{
  EVENT,
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  char *url;
  char *token;
  GCancellable *cancellable;
} Attempt;

static void
reject_acks (LobbySocketClient *self)
{
  g_autoptr (GHashTable) acks = g_steal_pointer (&self->acks);
  GHashTableIter iter;
  gpointer promise;

  self->acks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, dex_unref);
  g_hash_table_iter_init (&iter, acks);
  while (g_hash_table_iter_next (&iter, NULL, &promise))
    dex_promise_reject (promise, g_error_new_literal (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE, "The connection is gone"));
}

static void
drop_engine (LobbySocketClient *self)
{
  if (self->engine == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->engine, self);
  lobby_engine_client_close (self->engine);
  g_clear_object (&self->engine);
}

void
lobby_socket_client_close (LobbySocketClient *self,
                           const GError *why)
{
  g_autoptr (LobbySocketClient) held = NULL;
  g_autoptr (DexPromise) connected = NULL;

  g_return_if_fail (LOBBY_IS_SOCKET_CLIENT (self));

  if (self->is_closed)
    return;

  held = g_object_ref (self);
  self->is_closed = TRUE;
  drop_engine (self);
  connected = g_steal_pointer (&self->connected);
  if (connected != NULL)
    dex_promise_reject (connected, why != NULL ? g_error_copy (why)
                                               : g_error_new_literal (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE, "Closed"));
  else
    g_signal_emit (self, signals[CLOSED], 0, why);
  /* Last: whoever waits for an ack learns of the end first. */
  reject_acks (self);
}

static void
fail (LobbySocketClient *self,
      LobbyClientError code,
      const char *message)
{
  g_autoptr (GError) error = g_error_new_literal (LOBBY_CLIENT_ERROR, (int)code, message);

  lobby_socket_client_close (self, error);
}

static void
send_message (LobbySocketClient *self,
              const char *text)
{
  if (self->engine != NULL)
    lobby_engine_client_send (self->engine, text);
}

static void
on_open (LobbyEngineClient *engine,
         LobbySocketClient *self)
{
  g_autoptr (JsonObject) auth = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  LobbySocketPacket connect = { .type = LOBBY_SOCKET_CONNECT, .namespace_ = (char *)"/", .ack_id = LOBBY_SOCKET_NO_ACK };
  g_autofree char *text = NULL;

  json_object_set_string_member (auth, "token", self->token);
  json_node_set_object (node, auth);
  connect.data = node;
  text = lobby_socket_packet_encode (&connect);
  send_message (self, text);
}

static JsonArray *
arguments_of (const LobbySocketPacket *packet)
{
  return packet->data != NULL && JSON_NODE_HOLDS_ARRAY (packet->data) ? json_node_get_array (packet->data) : NULL;
}

static void
handle_event (LobbySocketClient *self,
              const LobbySocketPacket *packet)
{
  JsonArray *arguments = arguments_of (packet);
  JsonNode *first = lobby_json_array_length (arguments) > 0 ? json_array_get_element (arguments, 0) : NULL;
  const char *name = first != NULL && JSON_NODE_HOLDS_VALUE (first) ? json_node_get_string (first) : NULL;
  JsonObject *payload = lobby_json_array_object (arguments, 1);

  if (packet->ack_id != LOBBY_SOCKET_NO_ACK)
    {
      g_autofree char *ack = lobby_socket_ack_encode ("/", packet->ack_id, NULL);

      send_message (self, ack);
    }

  if (name != NULL && payload != NULL)
    g_signal_emit (self, signals[EVENT], 0, name, payload);
}

static void
handle_ack (LobbySocketClient *self,
            const LobbySocketPacket *packet)
{
  JsonObject *answer = lobby_json_array_object (arguments_of (packet), 0);
  JsonObject *problem = lobby_json_get_object (answer, "error");
  const char *message = lobby_json_get_string (problem, "message", 4096);
  g_autoptr (DexPromise) promise = NULL;
  g_autofree gint64 *key = NULL;

  if (!g_hash_table_steal_extended (self->acks, &packet->ack_id, (gpointer *)&key, (gpointer *)&promise))
    return;

  if (lobby_json_get_boolean_or (answer, "ok", FALSE))
    dex_promise_resolve_boxed (promise, JSON_TYPE_OBJECT, json_object_ref (answer));
  else
    dex_promise_reject (promise, g_error_new_literal (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_REFUSED,
                                                      message != NULL ? message : "The server refused"));
}

static void
handle_connect (LobbySocketClient *self)
{
  g_autoptr (DexPromise) connected = g_steal_pointer (&self->connected);

  if (connected == NULL)
    return;

  self->is_connected = TRUE;
  dex_promise_resolve_object (connected, g_object_ref (self));
}

static void
handle_connect_error (LobbySocketClient *self,
                      const LobbySocketPacket *packet)
{
  JsonObject *reason = packet->data != NULL && JSON_NODE_HOLDS_OBJECT (packet->data) ? json_node_get_object (packet->data) : NULL;
  const char *message = lobby_json_get_string (reason, "message", 4096);

  fail (self, LOBBY_CLIENT_ERROR_REFUSED, message != NULL ? message : "The server refused the connection");
}

static void
handle_socket_packet (LobbySocketClient *self,
                      const LobbySocketPacket *packet)
{
  if (g_strcmp0 (packet->namespace_, "/") != 0)
    return;

  switch (packet->type)
    {
    case LOBBY_SOCKET_CONNECT:
      handle_connect (self);
      break;
    case LOBBY_SOCKET_CONNECT_ERROR:
      handle_connect_error (self, packet);
      break;
    case LOBBY_SOCKET_DISCONNECT:
      fail (self, LOBBY_CLIENT_ERROR_UNREACHABLE, "The server ended the session");
      break;
    case LOBBY_SOCKET_EVENT:
    case LOBBY_SOCKET_BINARY_EVENT:
      handle_event (self, packet);
      break;
    case LOBBY_SOCKET_ACK:
    case LOBBY_SOCKET_BINARY_ACK:
      handle_ack (self, packet);
      break;
    default:
      break;
    }
}

static void
on_message (LobbyEngineClient *engine,
            const LobbyEnginePacket *message,
            LobbySocketClient *self)
{
  g_autoptr (LobbySocketClient) held = g_object_ref (self);
  LobbySocketPacket packet = { 0 };
  g_autoptr (GError) error = NULL;
  gboolean complete = FALSE;

  if (!lobby_socket_decoder_feed (self->decoder, message, &packet, &complete, &error))
    {
      fail (self, LOBBY_CLIENT_ERROR_NOT_LOBBYD, error->message);
      return;
    }
  if (!complete)
    return;

  handle_socket_packet (self, &packet);
  lobby_socket_packet_clear (&packet);
}

static void
on_engine_closed (LobbyEngineClient *engine,
                  const GError *why,
                  LobbySocketClient *self)
{
  lobby_socket_client_close (self, why);
}

static void
attempt_free (gpointer data)
{
  Attempt *attempt = data;

  g_free (attempt->url);
  g_free (attempt->token);
  g_clear_object (&attempt->cancellable);
  g_free (attempt);
}

static void
on_attempt_cancelled (GCancellable *cancellable,
                      LobbySocketClient *self)
{
  lobby_socket_client_close (self, NULL);
}

/* The Engine.IO and Socket.IO handshakes over the open @websocket. */
static LobbySocketClient *
shake_hands (LobbyWebsocketClient *websocket,
             Attempt *attempt,
             GError **error)
{
  g_autoptr (LobbySocketClient) self = g_object_new (LOBBY_TYPE_SOCKET_CLIENT, NULL);
  g_autoptr (LobbySocketClient) connected = NULL;
  DexFuture *future = dex_ref (DEX_FUTURE (self->connected));
  gulong handler = 0;

  self->token = g_strdup (attempt->token);
  self->engine = lobby_engine_client_new (websocket);
  g_signal_connect (self->engine, "open", G_CALLBACK (on_open), self);
  g_signal_connect (self->engine, "message", G_CALLBACK (on_message), self);
  g_signal_connect (self->engine, "closed", G_CALLBACK (on_engine_closed), self);
  lobby_engine_client_start (self->engine);

  if (attempt->cancellable != NULL)
    handler = g_signal_connect (attempt->cancellable, "cancelled", G_CALLBACK (on_attempt_cancelled), self);
  connected = dex_await_object (lobby_async_with_timeout (future, CONNECT_TIMEOUT), error);
  if (handler != 0)
    g_signal_handler_disconnect (attempt->cancellable, handler);

  if (connected == NULL)
    lobby_socket_client_close (self, NULL);
  return g_steal_pointer (&connected);
}

static DexFuture *
connect_fiber (gpointer data)
{
  Attempt *attempt = data;
  g_autoptr (LobbyWebsocketClient) websocket = NULL;
  LobbySocketClient *self;
  GError *error = NULL;

  websocket = dex_await_object (lobby_websocket_client_connect (attempt->url, attempt->cancellable), &error);
  if (websocket == NULL)
    return dex_future_new_for_error (error);

  self = shake_hands (websocket, attempt, &error);
  if (self == NULL)
    return dex_future_new_for_error (error);

  return dex_future_new_take_object (self);
}

DexFuture *
lobby_socket_client_connect (const char *server_url,
                             const char *token,
                             GCancellable *cancellable)
{
  Attempt *attempt;

  g_return_val_if_fail (server_url != NULL && token != NULL, NULL);

  attempt = g_new0 (Attempt, 1);
  attempt->url = g_strconcat (server_url, "/socket.io/?EIO=4&transport=websocket", NULL);
  attempt->token = g_strdup (token);
  attempt->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;

  return lobby_async_spawn (connect_fiber, attempt, attempt_free);
}

gboolean
lobby_socket_client_is_open (LobbySocketClient *self)
{
  g_return_val_if_fail (LOBBY_IS_SOCKET_CLIENT (self), FALSE);

  return self->is_connected && !self->is_closed;
}

/* Takes @arguments. */
static void
send_event (LobbySocketClient *self,
            const char *event,
            JsonArray *arguments,
            gint64 ack_id)
{
  g_autoptr (JsonArray) owned = arguments;
  g_autoptr (JsonArray) all = json_array_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  LobbySocketPacket packet = { .type = LOBBY_SOCKET_EVENT, .namespace_ = (char *)"/", .ack_id = ack_id, .data = node };
  g_autofree char *text = NULL;

  json_array_add_string_element (all, event);
  for (guint i = 0; i < lobby_json_array_length (arguments); i++)
    json_array_add_element (all, json_node_copy (json_array_get_element (arguments, i)));
  json_node_set_array (node, all);
  text = lobby_socket_packet_encode (&packet);
  send_message (self, text);
}

void
lobby_socket_client_emit (LobbySocketClient *self,
                          const char *event,
                          JsonArray *arguments)
{
  g_return_if_fail (LOBBY_IS_SOCKET_CLIENT (self));

  send_event (self, event, arguments, LOBBY_SOCKET_NO_ACK);
}

static DexFuture *
no_ack (DexFuture *future,
        gpointer data)
{
  g_autoptr (GError) error = NULL;

  dex_future_get_value (future, &error);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return dex_ref (future);

  return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE, "%s", error->message);
}

DexFuture *
lobby_socket_client_call (LobbySocketClient *self,
                          const char *event,
                          JsonArray *arguments,
                          guint timeout_msec)
{
  DexPromise *promise;
  gint64 ack_id;

  g_return_val_if_fail (LOBBY_IS_SOCKET_CLIENT (self), NULL);

  if (!lobby_socket_client_is_open (self))
    {
      g_clear_pointer (&arguments, json_array_unref);
      return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE, "The connection is gone");
    }

  promise = dex_promise_new ();
  ack_id = self->next_ack++;
  g_hash_table_insert (self->acks, g_memdup2 (&ack_id, sizeof ack_id), dex_ref (promise));
  send_event (self, event, arguments, ack_id);

  return dex_future_catch (lobby_async_with_timeout (DEX_FUTURE (promise), timeout_msec), no_ack, NULL, NULL);
}

static void
lobby_socket_client_dispose (GObject *object)
{
  LobbySocketClient *self = LOBBY_SOCKET_CLIENT (object);

  self->is_closed = TRUE;
  drop_engine (self);
  reject_acks (self);

  G_OBJECT_CLASS (lobby_socket_client_parent_class)->dispose (object);
}

static void
lobby_socket_client_finalize (GObject *object)
{
  LobbySocketClient *self = LOBBY_SOCKET_CLIENT (object);

  dex_clear (&self->connected);
  g_clear_pointer (&self->acks, g_hash_table_unref);
  g_clear_pointer (&self->decoder, lobby_socket_decoder_free);
  g_free (self->token);

  G_OBJECT_CLASS (lobby_socket_client_parent_class)->finalize (object);
}

static void
lobby_socket_client_class_init (LobbySocketClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = lobby_socket_client_dispose;
  object_class->finalize = lobby_socket_client_finalize;

  signals[EVENT] = g_signal_new ("event", LOBBY_TYPE_SOCKET_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 2, G_TYPE_STRING | G_SIGNAL_TYPE_STATIC_SCOPE, JSON_TYPE_OBJECT | G_SIGNAL_TYPE_STATIC_SCOPE);
  signals[CLOSED] = g_signal_new ("closed", LOBBY_TYPE_SOCKET_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
lobby_socket_client_init (LobbySocketClient *self)
{
  self->decoder = lobby_socket_decoder_new ();
  self->connected = dex_promise_new ();
  self->acks = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, dex_unref);
}
