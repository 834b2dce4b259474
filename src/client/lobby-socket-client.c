/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-socket-client.h"

#include "lobby-account.h"
#include "lobby-async.h"
#include "lobby-json.h"
#include "lobby-socket-packet.h"
#include "lobby-websocket-client.h"

/* ms from the WebSocket to the accepted CONNECT. */
#define CONNECT_TIMEOUT 20000
/* µs. A burst is taken in by slices, and a frame may be drawn after each: libsoup itself hands out
 * in one go whatever has arrived. */
#define SLICE 4000
#define SLICE_PAUSE 16000
/* Below GTK's drawing (GDK_PRIORITY_REDRAW). */
#define SLICE_PRIORITY (G_PRIORITY_HIGH_IDLE + 30)

struct _LobbySocketClient
{
  GObject parent_instance;

  char *token;
  LobbyWebsocketClient *websocket; /* NULL once closed */
  LobbySocketDecoder *decoder;
  LobbyEngineHandshake handshake;
  DexPromise *connected; /* settles with the CONNECT */
  gboolean is_connected;
  gboolean is_closed;
  GHashTable *acks; /* id → DexPromise */
  gint64 next_ack;
  gint64 last_received; /* monotonic, µs */
  guint watchdog;
  GQueue inbox; /* of Frame: came, but wait for the next slice */
  guint slice_source;
  gint64 slice_began; /* monotonic, µs */
};

G_DEFINE_FINAL_TYPE (LobbySocketClient, lobby_socket_client, G_TYPE_OBJECT)

enum
{
  EVENT,
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Of the WebSocket. */
typedef struct
{
  GBytes *payload;
  gboolean binary;
} Frame;

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
frame_free (gpointer data)
{
  Frame *frame = data;

  g_bytes_unref (frame->payload);
  g_free (frame);
}

/* What waits in the inbox comes again with the next session's `since`. */
static void
drop_websocket (LobbySocketClient *self)
{
  g_clear_handle_id (&self->watchdog, g_source_remove);
  g_clear_handle_id (&self->slice_source, g_source_remove);
  g_queue_clear_full (&self->inbox, frame_free);
  if (self->websocket == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->websocket, self);
  lobby_websocket_client_close (self->websocket, 1000, NULL);
  g_clear_object (&self->websocket);
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
  drop_websocket (self);
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
send_packet (LobbySocketClient *self,
             LobbyEngineType type,
             const char *payload)
{
  g_autofree char *frame = lobby_engine_packet_encode (type, payload);

  if (self->websocket != NULL)
    lobby_websocket_client_send_text (self->websocket, frame);
}

static gboolean on_watchdog (gpointer data);

/* µs until the server must have said something. */
static gint64
time_left (LobbySocketClient *self)
{
  return ((gint64)self->handshake.ping_interval + self->handshake.ping_timeout) * 1000
         - (g_get_monotonic_time () - self->last_received);
}

static void
set_watchdog (LobbySocketClient *self)
{
  self->watchdog = g_timeout_add ((guint)(MAX (time_left (self), 0) / 1000 + 1), on_watchdog, self);
}

/* By now everything that lay in the socket has been read. */
static gboolean
on_silence (gpointer data)
{
  LobbySocketClient *self = data;

  self->watchdog = 0;
  if (time_left (self) > 0)
    set_watchdog (self);
  else
    fail (self, LOBBY_CLIENT_ERROR_UNREACHABLE, "The server has fallen silent");

  return G_SOURCE_REMOVE;
}

static gboolean
on_watchdog (gpointer data)
{
  LobbySocketClient *self = data;

  self->watchdog = 0;
  if (time_left (self) > 0)
    set_watchdog (self);
  else
    /* It may have been us who were busy. */
    self->watchdog = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_silence, self, NULL);

  return G_SOURCE_REMOVE;
}

static void
handle_open (LobbySocketClient *self,
             const LobbyEnginePacket *packet)
{
  g_autoptr (JsonObject) auth = json_object_new ();
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  LobbySocketPacket connect = { .type = LOBBY_SOCKET_CONNECT, .namespace_ = (char *)"/", .ack_id = LOBBY_SOCKET_NO_ACK };
  g_autofree char *text = NULL;
  gsize length;
  const char *json = g_bytes_get_data (packet->payload, &length);

  if (self->handshake.sid != NULL || !lobby_engine_handshake_decode (json, length, &self->handshake, NULL))
    {
      fail (self, LOBBY_CLIENT_ERROR_NOT_LOBBYD, "The server's handshake is not Engine.IO's");
      return;
    }

  set_watchdog (self);
  json_object_set_string_member (auth, "token", self->token);
  json_node_set_object (node, auth);
  connect.data = node;
  text = lobby_socket_packet_encode (&connect);
  send_packet (self, LOBBY_ENGINE_MESSAGE, text);
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

      send_packet (self, LOBBY_ENGINE_MESSAGE, ack);
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
handle_message (LobbySocketClient *self,
                const LobbyEnginePacket *message)
{
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
handle_engine_packet (LobbySocketClient *self,
                      const LobbyEnginePacket *packet)
{
  g_autofree char *payload = NULL;

  if (packet->type != LOBBY_ENGINE_OPEN && self->handshake.sid == NULL)
    {
      fail (self, LOBBY_CLIENT_ERROR_NOT_LOBBYD, "The server does not speak Engine.IO");
      return;
    }

  switch (packet->type)
    {
    case LOBBY_ENGINE_OPEN:
      handle_open (self, packet);
      break;
    case LOBBY_ENGINE_PING:
      payload = g_strndup (g_bytes_get_data (packet->payload, NULL), g_bytes_get_size (packet->payload));
      send_packet (self, LOBBY_ENGINE_PONG, payload);
      break;
    case LOBBY_ENGINE_MESSAGE:
      handle_message (self, packet);
      break;
    case LOBBY_ENGINE_CLOSE:
      fail (self, LOBBY_CLIENT_ERROR_UNREACHABLE, "The server ended the session");
      break;
    case LOBBY_ENGINE_PONG:
    case LOBBY_ENGINE_UPGRADE:
    case LOBBY_ENGINE_NOOP:
    default:
      break;
    }
}

static void
handle_frame (LobbySocketClient *self,
              const Frame *frame)
{
  LobbyEnginePacket packet = { 0 };
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *bytes = g_bytes_get_data (frame->payload, &length);

  if (frame->binary)
    packet = (LobbyEnginePacket){ .type = LOBBY_ENGINE_MESSAGE, .binary = TRUE, .payload = g_bytes_ref (frame->payload) };
  else if (!lobby_engine_packet_decode (bytes, length, &packet, &error))
    {
      fail (self, LOBBY_CLIENT_ERROR_NOT_LOBBYD, error->message);
      return;
    }

  handle_engine_packet (self, &packet);
  lobby_engine_packet_clear (&packet);
}

static gboolean
on_slice (gpointer data)
{
  g_autoptr (LobbySocketClient) self = g_object_ref (data);
  Frame *frame;

  self->slice_began = g_get_monotonic_time ();
  while (g_get_monotonic_time () - self->slice_began < SLICE && (frame = g_queue_pop_head (&self->inbox)) != NULL)
    {
      handle_frame (self, frame);
      frame_free (frame);
    }

  if (!g_queue_is_empty (&self->inbox))
    return G_SOURCE_CONTINUE;

  self->slice_source = 0;
  return G_SOURCE_REMOVE;
}

/* The server waits for the answer to its ping, however much lies before it. */
static gboolean
is_ping (const Frame *frame)
{
  const char *bytes = g_bytes_get_data (frame->payload, NULL);

  return !frame->binary && g_bytes_get_size (frame->payload) > 0 && bytes[0] == LOBBY_ENGINE_PING;
}

/* What comes alone is handled at once; what comes in a burst, in slices. */
static void
receive (LobbySocketClient *self,
         GBytes *payload,
         gboolean binary)
{
  g_autoptr (LobbySocketClient) held = g_object_ref (self);
  gint64 now = g_get_monotonic_time ();
  Frame frame = { payload, binary };

  self->last_received = now;
  if (now - self->slice_began > SLICE_PAUSE)
    self->slice_began = now;

  if (is_ping (&frame) || (self->slice_source == 0 && now - self->slice_began < SLICE))
    {
      handle_frame (self, &frame);
      return;
    }

  g_bytes_ref (payload);
  g_queue_push_tail (&self->inbox, g_memdup2 (&frame, sizeof frame));
  if (self->slice_source == 0)
    self->slice_source = g_idle_add_full (SLICE_PRIORITY, on_slice, self, NULL);
}

static void
on_text (LobbyWebsocketClient *websocket,
         GBytes *text,
         LobbySocketClient *self)
{
  receive (self, text, FALSE);
}

static void
on_binary (LobbyWebsocketClient *websocket,
           GBytes *bytes,
           LobbySocketClient *self)
{
  receive (self, bytes, TRUE);
}

static void
on_websocket_closed (LobbyWebsocketClient *websocket,
                     guint code,
                     const char *reason,
                     GError *error,
                     LobbySocketClient *self)
{
  fail (self, LOBBY_CLIENT_ERROR_UNREACHABLE, error != NULL ? error->message : "The server closed the connection");
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
  self->websocket = g_object_ref (websocket);
  self->last_received = g_get_monotonic_time ();
  g_signal_connect (websocket, "text", G_CALLBACK (on_text), self);
  g_signal_connect (websocket, "binary", G_CALLBACK (on_binary), self);
  g_signal_connect (websocket, "closed", G_CALLBACK (on_websocket_closed), self);
  lobby_websocket_client_start (websocket);

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
  send_packet (self, LOBBY_ENGINE_MESSAGE, text);
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
  drop_websocket (self);
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
  lobby_engine_handshake_clear (&self->handshake);
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
