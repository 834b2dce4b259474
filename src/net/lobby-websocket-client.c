/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-net"

#include "lobby-websocket-client.h"
#include "lobby-async.h"
#include "lobby-http-client.h"
#include "lobby-net-deadline.h"

#include <libsoup/soup.h>
#include <string.h>

#define HANDSHAKE_TIMEOUT 20000 /* ms */
#define CLOSE_TIMEOUT 1000      /* ms */

struct _LobbyWebsocketClient
{
  GObject parent_instance;

  SoupWebsocketConnection *connection; /* NULL once closed */
  GError *error;                       /* why it broke */
  guint close_timer;

  /* What came before anybody could listen: libsoup reads as soon as the handshake is done. */
  gboolean started;
  gboolean closed_early;
  GQueue early; /* of EarlyFrame */
};

G_DEFINE_FINAL_TYPE (LobbyWebsocketClient, lobby_websocket_client, G_TYPE_OBJECT)

enum
{
  TEXT,
  BINARY,
  CLOSED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

typedef struct
{
  SoupWebsocketDataType type;
  GBytes *payload;
} EarlyFrame;

typedef struct
{
  char *url;
  LobbyNetDeadline deadline;
} Handshake;

static void
early_frame_free (EarlyFrame *frame)
{
  g_bytes_unref (frame->payload);
  g_free (frame);
}

static void
emit_message (LobbyWebsocketClient *self,
              SoupWebsocketDataType type,
              GBytes *message)
{
  g_signal_emit (self, signals[type == SOUP_WEBSOCKET_DATA_TEXT ? TEXT : BINARY], 0, message);
}

static void
on_message (SoupWebsocketConnection *connection,
            SoupWebsocketDataType type,
            GBytes *message,
            LobbyWebsocketClient *self)
{
  EarlyFrame *frame;

  if (self->started)
    {
      emit_message (self, type, message);
      return;
    }

  frame = g_new (EarlyFrame, 1);
  frame->type = type;
  frame->payload = g_bytes_ref (message);
  g_queue_push_tail (&self->early, frame);
}

static void
on_error (SoupWebsocketConnection *connection,
          GError *error,
          LobbyWebsocketClient *self)
{
  if (self->error == NULL)
    self->error = g_error_new_literal (LOBBY_NET_ERROR, LOBBY_NET_ERROR_INTERRUPTED, error->message);
}

static void
drop_connection (LobbyWebsocketClient *self)
{
  g_clear_handle_id (&self->close_timer, g_source_remove);
  if (self->connection == NULL)
    return;

  g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_object (&self->connection);
}

static void
finish (LobbyWebsocketClient *self)
{
  g_autoptr (LobbyWebsocketClient) held = g_object_ref (self);
  gushort code = soup_websocket_connection_get_close_code (self->connection);
  g_autofree char *reason = g_strdup (soup_websocket_connection_get_close_data (self->connection));

  drop_connection (self);
  g_signal_emit (self, signals[CLOSED], 0, (guint)code, reason != NULL ? reason : "", self->error);
}

static void
on_closed (SoupWebsocketConnection *connection,
           LobbyWebsocketClient *self)
{
  if (self->started)
    finish (self);
  else
    self->closed_early = TRUE;
}

static gboolean
on_close_timeout (gpointer data)
{
  LobbyWebsocketClient *self = data;

  self->close_timer = 0;
  finish (self);

  return G_SOURCE_REMOVE;
}

static void
lobby_websocket_client_dispose (GObject *object)
{
  LobbyWebsocketClient *self = LOBBY_WEBSOCKET_CLIENT (object);

  drop_connection (self);
  g_queue_clear_full (&self->early, (GDestroyNotify)early_frame_free);
  g_clear_error (&self->error);

  G_OBJECT_CLASS (lobby_websocket_client_parent_class)->dispose (object);
}

static void
lobby_websocket_client_class_init (LobbyWebsocketClientClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_websocket_client_dispose;

  signals[TEXT] = g_signal_new ("text", LOBBY_TYPE_WEBSOCKET_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_BYTES);
  signals[BINARY] = g_signal_new ("binary", LOBBY_TYPE_WEBSOCKET_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_BYTES);
  signals[CLOSED] = g_signal_new ("closed", LOBBY_TYPE_WEBSOCKET_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 3, G_TYPE_UINT, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
lobby_websocket_client_init (LobbyWebsocketClient *self)
{
}

/* Takes @connection. */
static LobbyWebsocketClient *
lobby_websocket_client_new (SoupWebsocketConnection *connection)
{
  LobbyWebsocketClient *self = g_object_new (LOBBY_TYPE_WEBSOCKET_CLIENT, NULL);

  self->connection = connection;
  soup_websocket_connection_set_max_incoming_payload_size (connection, LOBBY_WEBSOCKET_MAX_PAYLOAD);
  g_signal_connect (connection, "message", G_CALLBACK (on_message), self);
  g_signal_connect (connection, "error", G_CALLBACK (on_error), self);
  g_signal_connect (connection, "closed", G_CALLBACK (on_closed), self);

  return self;
}

static void
handshake_free (gpointer data)
{
  Handshake *handshake = data;

  lobby_net_deadline_clear (&handshake->deadline);
  g_free (handshake->url);
  g_free (handshake);
}

/* ws and wss are http and https to libsoup. */
static SoupMessage *
make_message (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || !g_strv_contains ((const char *const[]){ "http", "https", "ws", "wss", NULL }, g_uri_get_scheme (uri)))
    return NULL;

  return soup_message_new_from_uri ("GET", uri);
}

static void
on_connected (GObject *source,
              GAsyncResult *result,
              gpointer data)
{
  g_autoptr (DexPromise) promise = data;
  GError *error = NULL;
  SoupWebsocketConnection *connection = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);

  if (connection != NULL)
    dex_promise_resolve_object (promise, lobby_websocket_client_new (connection));
  else
    dex_promise_reject (promise, error);
}

static DexFuture *
handshake_fiber (gpointer data)
{
  Handshake *handshake = data;
  g_autoptr (SoupSession) session = soup_session_new_with_options ("timeout", 0u, NULL);
  g_autoptr (SoupMessage) message = make_message (handshake->url);
  g_autoptr (DexPromise) promise = dex_promise_new ();
  g_autoptr (LobbyWebsocketClient) client = NULL;
  GError *error = NULL;

  if (message == NULL)
    return dex_future_new_reject (LOBBY_NET_ERROR, LOBBY_NET_ERROR_BAD_URL, "Not a WebSocket address");

  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT,
                                        handshake->deadline.cancellable, on_connected, dex_ref (promise));
  client = dex_await_object (dex_ref (DEX_FUTURE (promise)), &error);
  if (client == NULL)
    return dex_future_new_for_error (lobby_net_deadline_error (&handshake->deadline, error, FALSE));

  return dex_future_new_take_object (g_steal_pointer (&client));
}

DexFuture *
lobby_websocket_client_connect (const char *url,
                                GCancellable *cancellable)
{
  Handshake *handshake;

  g_return_val_if_fail (url != NULL, NULL);

  handshake = g_new0 (Handshake, 1);
  handshake->url = g_strdup (url);
  lobby_net_deadline_init (&handshake->deadline, HANDSHAKE_TIMEOUT, cancellable);

  return lobby_async_spawn (handshake_fiber, handshake, handshake_free);
}

void
lobby_websocket_client_start (LobbyWebsocketClient *self)
{
  g_autoptr (LobbyWebsocketClient) held = NULL;
  EarlyFrame *frame;

  g_return_if_fail (LOBBY_IS_WEBSOCKET_CLIENT (self));

  held = g_object_ref (self);
  self->started = TRUE;
  while ((frame = g_queue_pop_head (&self->early)) != NULL)
    {
      emit_message (self, frame->type, frame->payload);
      early_frame_free (frame);
    }

  if (self->closed_early && self->connection != NULL)
    finish (self);
}

static gboolean
can_send (LobbyWebsocketClient *self)
{
  return self->connection != NULL
         && soup_websocket_connection_get_state (self->connection) == SOUP_WEBSOCKET_STATE_OPEN;
}

void
lobby_websocket_client_send_text (LobbyWebsocketClient *self,
                                  const char *text)
{
  g_return_if_fail (LOBBY_IS_WEBSOCKET_CLIENT (self));
  g_return_if_fail (text != NULL);

  if (can_send (self))
    soup_websocket_connection_send_text (self->connection, text);
}

void
lobby_websocket_client_send_bytes (LobbyWebsocketClient *self,
                                   GBytes *bytes)
{
  g_return_if_fail (LOBBY_IS_WEBSOCKET_CLIENT (self));
  g_return_if_fail (bytes != NULL);

  if (can_send (self))
    soup_websocket_connection_send_message (self->connection, SOUP_WEBSOCKET_DATA_BINARY, bytes);
}

void
lobby_websocket_client_close (LobbyWebsocketClient *self,
                              guint code,
                              const char *reason)
{
  g_return_if_fail (LOBBY_IS_WEBSOCKET_CLIENT (self));

  if (self->connection == NULL || self->close_timer != 0)
    return;

  self->close_timer = g_timeout_add (CLOSE_TIMEOUT, on_close_timeout, self);
  if (can_send (self))
    soup_websocket_connection_close (self->connection, (gushort)code, reason);
}
