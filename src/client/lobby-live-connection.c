/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-live-connection.h"

#include "lobby-async.h"
#include "lobby-backoff.h"
#include "lobby-clock.h"
#include "lobby-wake-watch.h"

/* ms that a session must have been up to count as a success: a server that takes clients in and
 * drops them again is not hammered. */
#define STABLE_AFTER 5000
/* ms until a try although the system sees no network: it may not know of this one. */
#define OFFLINE_CHECK 60000
#define PROBE_TIMEOUT 5000

struct _LobbyLiveConnection
{
  GObject parent_instance;

  const LobbyLivePeer *peer;
  gpointer peer_data;
  gboolean local;
  LobbyWakeWatch *watch;

  LobbyConnectionState state;
  gint64 retry_at;
  guint failures; /* in a row */
  guint run;      /* number of the loop that may act; others are leaving */
  gboolean running;

  LobbySocketClient *socket;
  GCancellable *attempt; /* of the present attempt, from open to end */
  DexPromise *ended;     /* settles when the present session is over */
  DexPromise *wake;      /* settles when the present wait is over; NULL when none is */
  gboolean at_once;      /* skip the next wait */
  gboolean probing;
};

G_DEFINE_FINAL_TYPE (LobbyLiveConnection, lobby_live_connection, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_STATE,
  PROP_RETRY_AT,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];

/* A loop and its number. */
typedef struct
{
  LobbyLiveConnection *self;
  guint run;
} Loop;

static void
loop_free (gpointer data)
{
  Loop *loop = data;

  g_object_unref (loop->self);
  g_free (loop);
}

static gboolean
is_current (const Loop *loop)
{
  return loop->self->running && loop->self->run == loop->run;
}

static void
set_state (LobbyLiveConnection *self,
           LobbyConnectionState state,
           gint64 retry_at)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (self->retry_at != retry_at)
    {
      self->retry_at = retry_at;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RETRY_AT]);
    }
  if (self->state != state)
    {
      self->state = state;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
    }
  g_object_thaw_notify (G_OBJECT (self));
}

static void
settle (DexPromise **promise)
{
  g_autoptr (DexPromise) settled = g_steal_pointer (promise);

  if (settled != NULL)
    dex_promise_resolve_boolean (settled, TRUE);
}

/* Leaves the present attempt, wherever it is. */
static void
drop_attempt (LobbyLiveConnection *self,
              const GError *why)
{
  g_autoptr (LobbySocketClient) socket = g_steal_pointer (&self->socket);

  if (self->attempt != NULL)
    g_cancellable_cancel (self->attempt);
  if (socket != NULL)
    {
      g_signal_handlers_disconnect_by_data (socket, self);
      lobby_socket_client_close (socket, why);
    }
  settle (&self->ended);
}

static void
on_socket_closed (LobbySocketClient *socket,
                  const GError *why,
                  LobbyLiveConnection *self)
{
  g_debug ("The connection ended: %s", why != NULL ? why->message : "closed");
  g_signal_handlers_disconnect_by_data (socket, self);
  g_clear_object (&self->socket);
  settle (&self->ended);
}

/* From CONNECTED to the end of the session. */
static void
stay_connected (const Loop *loop,
                DexFuture *ended)
{
  LobbyLiveConnection *self = loop->self;
  gint64 since = g_get_monotonic_time ();

  set_state (self, LOBBY_CONNECTION_CONNECTED, 0);
  dex_await (dex_ref (ended), NULL);
  if (g_get_monotonic_time () - since >= STABLE_AFTER * 1000)
    self->failures = 0;
}

static gboolean
run_session (const Loop *loop,
             LobbySocketClient *socket,
             GError **error)
{
  LobbyLiveConnection *self = loop->self;
  g_autoptr (DexFuture) ended = NULL;
  gboolean synced;

  self->socket = g_object_ref (socket);
  self->ended = dex_promise_new ();
  ended = dex_ref (DEX_FUTURE (self->ended));
  g_signal_connect (socket, "closed", G_CALLBACK (on_socket_closed), self);
  if (!lobby_socket_client_is_open (socket))
    on_socket_closed (socket, NULL, self);

  set_state (self, LOBBY_CONNECTION_SYNCING, 0);
  synced = dex_await (dex_future_first (self->peer->sync (socket, self->peer_data), dex_ref (ended), NULL), error);
  if (synced && is_current (loop) && self->socket == socket)
    stay_connected (loop, ended);

  return synced;
}

static gboolean
make_attempt (const Loop *loop,
              GError **error)
{
  LobbyLiveConnection *self = loop->self;
  g_autoptr (GCancellable) attempt = g_cancellable_new ();
  g_autoptr (LobbySocketClient) socket = NULL;
  gboolean succeeded;

  g_set_object (&self->attempt, attempt);
  set_state (self, LOBBY_CONNECTION_CONNECTING, 0);
  socket = dex_await_object (self->peer->open (attempt, self->peer_data), error);
  if (socket == NULL)
    return FALSE;
  if (!is_current (loop) || g_cancellable_is_cancelled (attempt))
    {
      lobby_socket_client_close (socket, NULL);
      return TRUE;
    }

  succeeded = run_session (loop, socket, error);
  if (is_current (loop) && self->attempt == attempt)
    drop_attempt (self, NULL);

  return succeeded;
}

static void
wait_for_next (const Loop *loop)
{
  LobbyLiveConnection *self = loop->self;
  gboolean online = self->local || lobby_wake_watch_has_network (self->watch);
  guint delay = lobby_backoff_delay (++self->failures);

  if (!online)
    delay = MAX (delay, OFFLINE_CHECK);
  self->wake = dex_promise_new ();
  if (online)
    set_state (self, LOBBY_CONNECTION_WAITING, lobby_clock_now () + delay);
  else
    set_state (self, LOBBY_CONNECTION_OFFLINE, 0);

  dex_await (dex_future_first (dex_timeout_new_msec ((int)delay), dex_ref (DEX_FUTURE (self->wake)), NULL), NULL);
  if (is_current (loop))
    dex_clear (&self->wake);
}

static DexFuture *
run_loop (gpointer data)
{
  Loop *loop = data;
  LobbyLiveConnection *self = loop->self;

  while (is_current (loop))
    {
      g_autoptr (GError) error = NULL;

      if (!make_attempt (loop, &error))
        g_debug ("Connecting failed: %s", error->message);
      if (!is_current (loop))
        break;

      if (g_error_matches (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_BAD_CREDENTIALS))
        lobby_live_connection_sign_out (self);
      else if (self->at_once)
        self->at_once = FALSE;
      else
        wait_for_next (loop);
    }

  return dex_future_new_true ();
}

static DexFuture *
on_probe_failed (DexFuture *future,
                 gpointer data)
{
  LobbyLiveConnection *self = data;

  self->probing = FALSE;
  if (dex_future_is_rejected (future) && self->running)
    lobby_live_connection_restart (self);

  return dex_future_new_true ();
}

static void
on_network_changed (LobbyWakeWatch *watch,
                    gboolean available,
                    LobbyLiveConnection *self)
{
  DexFuture *probe;

  if (!self->running)
    return;

  if (self->socket == NULL)
    {
      if (available)
        lobby_live_connection_try_now (self);
      return;
    }
  if (self->probing || self->state != LOBBY_CONNECTION_CONNECTED)
    return;

  /* The old route may be dead without anybody saying so. */
  self->probing = TRUE;
  probe = lobby_async_with_timeout (self->peer->probe (self->socket, self->peer_data), PROBE_TIMEOUT);
  dex_future_disown (dex_future_finally (probe, on_probe_failed, g_object_ref (self), g_object_unref));
}

static void
on_resumed (LobbyWakeWatch *watch,
            LobbyLiveConnection *self)
{
  if (self->running)
    lobby_live_connection_restart (self);
}

void
lobby_live_connection_start (LobbyLiveConnection *self)
{
  Loop *loop;

  g_return_if_fail (LOBBY_IS_LIVE_CONNECTION (self));

  if (self->running)
    return;

  self->running = TRUE;
  self->failures = 0;
  self->at_once = FALSE;
  if (self->watch == NULL)
    {
      self->watch = lobby_wake_watch_get ();
      g_signal_connect_object (self->watch, "network-changed", G_CALLBACK (on_network_changed), self, 0);
      g_signal_connect_object (self->watch, "resumed", G_CALLBACK (on_resumed), self, 0);
    }

  loop = g_new (Loop, 1);
  loop->self = g_object_ref (self);
  loop->run = ++self->run;
  lobby_async_go (run_loop, loop, loop_free);
}

static void
halt (LobbyLiveConnection *self,
      LobbyConnectionState state)
{
  self->running = FALSE;
  self->run++;
  drop_attempt (self, NULL);
  settle (&self->wake);
  set_state (self, state, 0);
}

void
lobby_live_connection_stop (LobbyLiveConnection *self)
{
  g_return_if_fail (LOBBY_IS_LIVE_CONNECTION (self));

  if (self->running)
    halt (self, LOBBY_CONNECTION_OFFLINE);
}

void
lobby_live_connection_sign_out (LobbyLiveConnection *self)
{
  g_return_if_fail (LOBBY_IS_LIVE_CONNECTION (self));

  halt (self, LOBBY_CONNECTION_SIGNED_OUT);
}

void
lobby_live_connection_try_now (LobbyLiveConnection *self)
{
  g_return_if_fail (LOBBY_IS_LIVE_CONNECTION (self));

  self->failures = 0;
  settle (&self->wake);
}

void
lobby_live_connection_restart (LobbyLiveConnection *self)
{
  g_return_if_fail (LOBBY_IS_LIVE_CONNECTION (self));

  if (!self->running)
    return;

  /* A wait is simply over; an attempt, however far, begins anew. */
  if (self->wake == NULL)
    {
      self->at_once = TRUE;
      drop_attempt (self, NULL);
    }
  lobby_live_connection_try_now (self);
}

void
lobby_live_connection_give_up (LobbyLiveConnection *self,
                               const GError *why)
{
  g_return_if_fail (LOBBY_IS_LIVE_CONNECTION (self));

  drop_attempt (self, why);
}

LobbyConnectionState
lobby_live_connection_get_state (LobbyLiveConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_LIVE_CONNECTION (self), LOBBY_CONNECTION_OFFLINE);

  return self->state;
}

gint64
lobby_live_connection_get_retry_at (LobbyLiveConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_LIVE_CONNECTION (self), 0);

  return self->retry_at;
}

LobbySocketClient *
lobby_live_connection_get_socket (LobbyLiveConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_LIVE_CONNECTION (self), NULL);

  return self->socket;
}

static void
lobby_live_connection_get_property (GObject *object,
                                    guint id,
                                    GValue *value,
                                    GParamSpec *pspec)
{
  LobbyLiveConnection *self = LOBBY_LIVE_CONNECTION (object);

  switch (id)
    {
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_RETRY_AT:
      g_value_set_int64 (value, self->retry_at);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
lobby_live_connection_dispose (GObject *object)
{
  LobbyLiveConnection *self = LOBBY_LIVE_CONNECTION (object);

  self->running = FALSE;
  drop_attempt (self, NULL);
  settle (&self->wake);
  g_clear_object (&self->attempt);
  g_clear_object (&self->watch);

  G_OBJECT_CLASS (lobby_live_connection_parent_class)->dispose (object);
}

static void
lobby_live_connection_class_init (LobbyLiveConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = lobby_live_connection_get_property;
  object_class->dispose = lobby_live_connection_dispose;

  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, LOBBY_TYPE_CONNECTION_STATE, LOBBY_CONNECTION_OFFLINE,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_RETRY_AT] = g_param_spec_int64 ("retry-at", NULL, NULL, 0, G_MAXINT64, 0,
                                                  G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
lobby_live_connection_init (LobbyLiveConnection *self)
{
}

LobbyLiveConnection *
lobby_live_connection_new (const LobbyLivePeer *peer,
                           gpointer data,
                           gboolean local)
{
  LobbyLiveConnection *self = g_object_new (LOBBY_TYPE_LIVE_CONNECTION, NULL);

  self->peer = peer;
  self->peer_data = data;
  self->local = local;
  return self;
}
