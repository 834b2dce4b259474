/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-engine-client.h"

#include "lobby-account.h"

/* µs */
#define SLICE 4000
#define SLICE_PAUSE 16000
/* Below GTK's drawing (GDK_PRIORITY_REDRAW). */
#define SLICE_PRIORITY (G_PRIORITY_HIGH_IDLE + 30)

struct _LobbyEngineClient
{
  GObject parent_instance;

  LobbyWebsocketClient *websocket; /* NULL once it is gone */
  gboolean is_closed;
  char *end;                      /* why the WebSocket is gone, while the inbox is not empty yet */
  LobbyEngineHandshake handshake; /* sid NULL before it is done */
  gint64 last_received;           /* monotonic, µs */
  guint watchdog;
  GQueue inbox; /* of Frame: came, but wait for the next slice */
  guint slice_source;
  gint64 slice_began; /* monotonic, µs */
};

G_DEFINE_FINAL_TYPE (LobbyEngineClient, lobby_engine_client, G_TYPE_OBJECT)

enum
{
  OPEN,
  MESSAGE,
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

static void
frame_free (gpointer data)
{
  Frame *frame = data;

  g_bytes_unref (frame->payload);
  g_free (frame);
}

static void
drop_websocket (LobbyEngineClient *self)
{
  g_clear_handle_id (&self->watchdog, g_source_remove);
  if (self->websocket == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->websocket, self);
  lobby_websocket_client_close (self->websocket, 1000, NULL);
  g_clear_object (&self->websocket);
}

void
lobby_engine_client_close (LobbyEngineClient *self)
{
  g_return_if_fail (LOBBY_IS_ENGINE_CLIENT (self));

  self->is_closed = TRUE;
  drop_websocket (self);
  g_clear_handle_id (&self->slice_source, g_source_remove);
  g_queue_clear_full (&self->inbox, frame_free);
}

static void
fail (LobbyEngineClient *self,
      LobbyClientError code,
      const char *message)
{
  g_autoptr (LobbyEngineClient) held = g_object_ref (self);
  g_autoptr (GError) error = g_error_new_literal (LOBBY_CLIENT_ERROR, (int)code, message);

  if (self->is_closed)
    return;

  lobby_engine_client_close (self);
  g_signal_emit (self, signals[CLOSED], 0, error);
}

static void
send_packet (LobbyEngineClient *self,
             LobbyEngineType type,
             const char *payload)
{
  g_autofree char *frame = NULL;

  if (self->websocket == NULL)
    return;

  frame = lobby_engine_packet_encode (type, payload);
  lobby_websocket_client_send_text (self->websocket, frame);
}

void
lobby_engine_client_send (LobbyEngineClient *self,
                          const char *text)
{
  g_return_if_fail (LOBBY_IS_ENGINE_CLIENT (self));

  send_packet (self, LOBBY_ENGINE_MESSAGE, text);
}

static gboolean on_watchdog (gpointer data);

/* µs until the server must have said something. */
static gint64
time_left (LobbyEngineClient *self)
{
  return ((gint64)self->handshake.ping_interval + self->handshake.ping_timeout) * 1000
         - (g_get_monotonic_time () - self->last_received);
}

static void
set_watchdog (LobbyEngineClient *self)
{
  self->watchdog = g_timeout_add ((guint)(MAX (time_left (self), 0) / 1000 + 1), on_watchdog, self);
}

/* By now everything that lay in the socket has been read. */
static gboolean
on_silence (gpointer data)
{
  LobbyEngineClient *self = data;

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
  LobbyEngineClient *self = data;

  self->watchdog = 0;
  if (time_left (self) > 0)
    set_watchdog (self);
  else
    /* It may have been us who were busy. */
    self->watchdog = g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, on_silence, self, NULL);

  return G_SOURCE_REMOVE;
}

static void
handle_open (LobbyEngineClient *self,
             const LobbyEnginePacket *packet)
{
  gsize length;
  const char *json = g_bytes_get_data (packet->payload, &length);

  if (self->handshake.sid != NULL || !lobby_engine_handshake_decode (json, length, &self->handshake, NULL))
    {
      fail (self, LOBBY_CLIENT_ERROR_NOT_LOBBYD, "The server's handshake is not Engine.IO's");
      return;
    }

  set_watchdog (self);
  g_signal_emit (self, signals[OPEN], 0);
}

static void
answer_ping (LobbyEngineClient *self,
             const LobbyEnginePacket *packet)
{
  g_autofree char *payload = g_strndup (g_bytes_get_data (packet->payload, NULL), g_bytes_get_size (packet->payload));

  send_packet (self, LOBBY_ENGINE_PONG, payload);
}

static void
handle_packet (LobbyEngineClient *self,
               const LobbyEnginePacket *packet)
{
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
      answer_ping (self, packet);
      break;
    case LOBBY_ENGINE_MESSAGE:
      g_signal_emit (self, signals[MESSAGE], 0, packet);
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
handle_frame (LobbyEngineClient *self,
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

  handle_packet (self, &packet);
  lobby_engine_packet_clear (&packet);
}

static gboolean
on_slice (gpointer data)
{
  g_autoptr (LobbyEngineClient) self = g_object_ref (data);
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
  if (self->end != NULL)
    fail (self, LOBBY_CLIENT_ERROR_UNREACHABLE, self->end);

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
receive (LobbyEngineClient *self,
         GBytes *payload,
         gboolean binary)
{
  g_autoptr (LobbyEngineClient) held = g_object_ref (self);
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
         LobbyEngineClient *self)
{
  receive (self, text, FALSE);
}

static void
on_binary (LobbyWebsocketClient *websocket,
           GBytes *bytes,
           LobbyEngineClient *self)
{
  receive (self, bytes, TRUE);
}

/* What came before the end is taken in first: a machine so slow that the server gives it up in the middle of a
 * burst would else begin with the same burst again, for ever. */
static void
on_websocket_closed (LobbyWebsocketClient *websocket,
                     guint code,
                     const char *reason,
                     GError *error,
                     LobbyEngineClient *self)
{
  self->end = g_strdup (error != NULL ? error->message : "The server closed the connection");
  drop_websocket (self);
  if (self->slice_source == 0)
    fail (self, LOBBY_CLIENT_ERROR_UNREACHABLE, self->end);
}

void
lobby_engine_client_start (LobbyEngineClient *self)
{
  g_return_if_fail (LOBBY_IS_ENGINE_CLIENT (self));

  lobby_websocket_client_start (self->websocket);
}

static void
lobby_engine_client_dispose (GObject *object)
{
  lobby_engine_client_close (LOBBY_ENGINE_CLIENT (object));

  G_OBJECT_CLASS (lobby_engine_client_parent_class)->dispose (object);
}

static void
lobby_engine_client_finalize (GObject *object)
{
  LobbyEngineClient *self = LOBBY_ENGINE_CLIENT (object);

  lobby_engine_handshake_clear (&self->handshake);
  g_free (self->end);

  G_OBJECT_CLASS (lobby_engine_client_parent_class)->finalize (object);
}

static void
lobby_engine_client_class_init (LobbyEngineClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = lobby_engine_client_dispose;
  object_class->finalize = lobby_engine_client_finalize;

  signals[OPEN] = g_signal_new ("open", LOBBY_TYPE_ENGINE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[MESSAGE] = g_signal_new ("message", LOBBY_TYPE_ENGINE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[CLOSED] = g_signal_new ("closed", LOBBY_TYPE_ENGINE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
lobby_engine_client_init (LobbyEngineClient *self)
{
  self->last_received = g_get_monotonic_time ();
}

LobbyEngineClient *
lobby_engine_client_new (LobbyWebsocketClient *websocket)
{
  LobbyEngineClient *self = g_object_new (LOBBY_TYPE_ENGINE_CLIENT, NULL);

  self->websocket = g_object_ref (websocket);
  g_signal_connect (websocket, "text", G_CALLBACK (on_text), self);
  g_signal_connect (websocket, "binary", G_CALLBACK (on_binary), self);
  g_signal_connect (websocket, "closed", G_CALLBACK (on_websocket_closed), self);

  return self;
}
