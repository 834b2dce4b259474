/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-connection-watch.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-log.h"
#include "lobby-storage-commit.h"

/* Pauses between two questions to WhatsApp, ms. */
#define FIRST_PAUSE 1000
#define LONGEST_PAUSE 60000
#define FIRST_HELD_PAUSE 5000
#define LONGEST_HELD_PAUSE 300000
#define RELAPSE_MSEC 600000
/* An answer that takes this long, ms, is as good as a break. */
#define SLOW_MSEC 3000

typedef enum
{
  WATCH_UNKNOWN,
  WATCH_CONNECTED,
  WATCH_CONNECTING,
  WATCH_HELD,
} WatchState;

struct _LobbyConnectionWatch
{
  GObject parent_instance;

  LobbyAdapter *adapter;
  LobbyStorage *storage;
  char *connection_id;
  WatchState state;
  char *reason;
  char *step;
  gint64 since;
  guint pause;
  guint held_pause; /* grows when it is held again soon after it seemed mended */
  guint timer;
  DexFuture *checking; /* or NULL */
  gboolean check_again;
  gboolean stopped;
};

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LobbyConnectionWatch, lobby_connection_watch, G_TYPE_OBJECT)

static gboolean
write_state (LobbyStorage *storage,
             gpointer data,
             GError **error)
{
  static const char *const names[] = { "connecting", "connected", "connecting", "disconnected" };
  LobbyConnectionWatch *self = data;

  return lobby_storage (storage, set_connection_state, self->connection_id, names[self->state], self->step, self->reason, error);
}

static DexFuture *
store_fiber (gpointer data)
{
  LobbyConnectionWatch *self = data;

  lobby_storage_insist (self->storage, write_state, self, &self->stopped);
  return dex_future_new_true ();
}

static void
watch_enter (LobbyConnectionWatch *self,
             WatchState state,
             const char *reason)
{
  LobbyAdapterInterface *iface = LOBBY_ADAPTER_GET_IFACE (self->adapter);
  const char *step = iface->get_step != NULL ? iface->get_step (self->adapter) : NULL;
  gboolean same = self->state == state;

  if (self->stopped || (same && g_strcmp0 (self->reason, reason) == 0 && g_strcmp0 (self->step, step) == 0))
    return;
  g_set_str (&self->reason, reason);
  g_set_str (&self->step, step);
  if (same)
    {
      lobby_async_go (store_fiber, g_object_ref (self), g_object_unref);
      return;
    }
  if (state == WATCH_HELD)
    {
      gboolean relapsed = self->state == WATCH_CONNECTED && self->since > lobby_clock_steady () - RELAPSE_MSEC;

      self->held_pause = relapsed && self->held_pause != 0 ? MIN (self->held_pause * 2, LONGEST_HELD_PAUSE) : FIRST_HELD_PAUSE;
    }
  self->state = state;
  self->since = state == WATCH_CONNECTED ? lobby_clock_steady () : 0;
  self->pause = state == WATCH_HELD ? self->held_pause : FIRST_PAUSE;
  lobby_log_event (state == WATCH_CONNECTED ? G_LOG_LEVEL_MESSAGE : G_LOG_LEVEL_WARNING, G_LOG_DOMAIN,
                   state == WATCH_CONNECTED ? "connection works" : "connection does not work",
                   "connection", self->connection_id, "reason", reason != NULL ? reason : "", NULL);
  lobby_async_go (store_fiber, g_object_ref (self), g_object_unref);
  g_signal_emit (self, signals[CHANGED], 0);
}

static gboolean
on_timer (gpointer data)
{
  LobbyConnectionWatch *self = data;

  self->timer = 0;
  dex_future_disown (lobby_connection_watch_check (self));
  return G_SOURCE_REMOVE;
}

/* Asks again later, and later still the next time. */
static void
watch_schedule (LobbyConnectionWatch *self)
{
  LobbyAdapterInterface *iface = LOBBY_ADAPTER_GET_IFACE (self->adapter);
  guint longest = self->state == WATCH_HELD ? LONGEST_HELD_PAUSE : LONGEST_PAUSE;
  guint wanted = iface->get_interval != NULL ? iface->get_interval (self->adapter, self->state == WATCH_CONNECTED) : 0;

  if (self->timer != 0 || self->stopped)
    return;
  if (wanted != 0)
    self->timer = g_timeout_add (wanted, on_timer, self);
  if (wanted != 0 || self->state == WATCH_CONNECTED)
    return;
  self->timer = g_timeout_add (self->pause + (guint)g_random_int_range (0, (gint32)self->pause / 5), on_timer, self);
  self->pause = MIN (self->pause * 2, longest);
}

static DexFuture *
check_fiber (gpointer data)
{
  LobbyConnectionWatch *self = data;
  g_autoptr (GError) error = NULL;
  gint64 asked_at = lobby_clock_steady ();
  gboolean works = dex_await (LOBBY_ADAPTER_GET_IFACE (self->adapter)->check (self->adapter), &error);

  dex_clear (&self->checking);
  if (self->stopped)
    return dex_future_new_false ();
  if (works)
    {
      watch_enter (self, WATCH_CONNECTED, NULL);
      /* What keeps us waiting keeps webhooks waiting too. */
      if (self->since == 0 || lobby_clock_steady () - asked_at > SLOW_MSEC)
        self->since = lobby_clock_steady ();
    }
  else if (g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_HOLD_ACCOUNT))
    watch_enter (self, WATCH_HELD, error->message);
  else
    watch_enter (self, WATCH_CONNECTING, error->message);
  watch_schedule (self);
  /* What was heard while WhatsApp was asked may be newer than its answer. */
  if (self->check_again)
    lobby_connection_watch_start (self);
  return dex_future_new_for_boolean (works);
}

static void
lobby_connection_watch_finalize (GObject *object)
{
  LobbyConnectionWatch *self = LOBBY_CONNECTION_WATCH (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  dex_clear (&self->checking);
  g_clear_object (&self->adapter);
  g_clear_object (&self->storage);
  g_free (self->connection_id);
  g_free (self->reason);
  g_free (self->step);
  G_OBJECT_CLASS (lobby_connection_watch_parent_class)->finalize (object);
}

static void
lobby_connection_watch_class_init (LobbyConnectionWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_connection_watch_finalize;
  signals[CHANGED] = g_signal_new ("changed", LOBBY_TYPE_CONNECTION_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lobby_connection_watch_init (LobbyConnectionWatch *self)
{
  self->pause = FIRST_PAUSE;
}

LobbyConnectionWatch *
lobby_connection_watch_new (LobbyAdapter *adapter,
                            LobbyStorage *storage,
                            const char *connection_id)
{
  LobbyConnectionWatch *self = g_object_new (LOBBY_TYPE_CONNECTION_WATCH, NULL);

  self->adapter = g_object_ref (adapter);
  g_signal_connect_object (adapter, "changed", G_CALLBACK (lobby_connection_watch_start), self, G_CONNECT_SWAPPED);
  self->storage = g_object_ref (storage);
  self->connection_id = g_strdup (connection_id);
  return self;
}

void
lobby_connection_watch_start (LobbyConnectionWatch *self)
{
  dex_future_disown (lobby_connection_watch_check (self));
}

void
lobby_connection_watch_stop (LobbyConnectionWatch *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
}

gboolean
lobby_connection_watch_is_usable (LobbyConnectionWatch *self)
{
  return self->state == WATCH_CONNECTED;
}

gint64
lobby_connection_watch_get_since (LobbyConnectionWatch *self)
{
  return self->since;
}

DexFuture *
lobby_connection_watch_check (LobbyConnectionWatch *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->check_again = self->checking != NULL;
  if (self->checking == NULL)
    self->checking = lobby_async_spawn (check_fiber, g_object_ref (self), g_object_unref);
  return dex_ref (self->checking);
}

void
lobby_connection_watch_held (LobbyConnectionWatch *self,
                             const char *reason)
{
  watch_enter (self, WATCH_HELD, reason);
  watch_schedule (self);
}

void
lobby_connection_watch_doubt (LobbyConnectionWatch *self)
{
  self->since = 0;
  dex_future_disown (lobby_connection_watch_check (self));
}

void
lobby_connection_watch_unreachable (LobbyConnectionWatch *self)
{
  if (self->state == WATCH_CONNECTED)
    watch_enter (self, WATCH_CONNECTING, "WhatsApp cannot be reached");
  watch_schedule (self);
}
