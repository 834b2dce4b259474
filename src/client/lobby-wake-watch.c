/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-wake-watch.h"

#include <time.h>

#define CALM_DOWN 500  /* ms: a change of network comes as a burst of signals */
#define CLOCK_CHECK 10 /* s */
#define SLEPT 3000     /* ms that the clocks must differ by */

struct _LobbyWakeWatch
{
  GObject parent_instance;

  GNetworkMonitor *monitor;
  GDBusConnection *bus;
  guint sleep_subscription;
  GCancellable *cancellable;
  guint calm_timer;
  guint clock_timer;
  gint64 asleep; /* ms that this machine has slept since its start */
};

G_DEFINE_FINAL_TYPE (LobbyWakeWatch, lobby_wake_watch, G_TYPE_OBJECT)

enum
{
  NETWORK_CHANGED,
  RESUMED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static gint64
clock_msec (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return (gint64)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static gint64
time_asleep (void)
{
  return clock_msec (CLOCK_BOOTTIME) - clock_msec (CLOCK_MONOTONIC);
}

static void
note_resume (LobbyWakeWatch *self)
{
  self->asleep = time_asleep ();
  g_signal_emit (self, signals[RESUMED], 0);
}

static gboolean
check_clocks (gpointer data)
{
  LobbyWakeWatch *self = data;

  if (time_asleep () - self->asleep >= SLEPT)
    note_resume (self);

  return G_SOURCE_CONTINUE;
}

static void
on_prepare_for_sleep (GDBusConnection *bus,
                      const char *sender,
                      const char *path,
                      const char *interface,
                      const char *signal,
                      GVariant *arguments,
                      gpointer data)
{
  gboolean going = TRUE;

  if (g_variant_is_of_type (arguments, G_VARIANT_TYPE ("(b)")))
    g_variant_get (arguments, "(b)", &going);
  if (!going)
    note_resume (data);
}

static void
on_bus (GObject *source,
        GAsyncResult *result,
        gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);
  LobbyWakeWatch *self = data;

  /* Without a system bus the clocks still tell. Cancelled: @data is gone. */
  if (bus == NULL)
    return;

  self->bus = g_steal_pointer (&bus);
  self->sleep_subscription = g_dbus_connection_signal_subscribe (self->bus, "org.freedesktop.login1",
                                                                 "org.freedesktop.login1.Manager", "PrepareForSleep",
                                                                 "/org/freedesktop/login1", NULL, G_DBUS_SIGNAL_FLAGS_NONE,
                                                                 on_prepare_for_sleep, self, NULL);
}

static gboolean
on_calm (gpointer data)
{
  LobbyWakeWatch *self = data;

  self->calm_timer = 0;
  g_signal_emit (self, signals[NETWORK_CHANGED], 0, g_network_monitor_get_network_available (self->monitor));

  return G_SOURCE_REMOVE;
}

static void
on_network_changed (LobbyWakeWatch *self)
{
  g_clear_handle_id (&self->calm_timer, g_source_remove);
  self->calm_timer = g_timeout_add (CALM_DOWN, on_calm, self);
}

static void
lobby_wake_watch_dispose (GObject *object)
{
  LobbyWakeWatch *self = LOBBY_WAKE_WATCH (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->calm_timer, g_source_remove);
  g_clear_handle_id (&self->clock_timer, g_source_remove);
  if (self->sleep_subscription != 0)
    g_dbus_connection_signal_unsubscribe (self->bus, self->sleep_subscription);
  self->sleep_subscription = 0;
  g_clear_object (&self->bus);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (lobby_wake_watch_parent_class)->dispose (object);
}

static void
lobby_wake_watch_class_init (LobbyWakeWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_wake_watch_dispose;

  signals[NETWORK_CHANGED] = g_signal_new ("network-changed", LOBBY_TYPE_WAKE_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                           G_TYPE_NONE, 1, G_TYPE_BOOLEAN);
  signals[RESUMED] = g_signal_new ("resumed", LOBBY_TYPE_WAKE_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lobby_wake_watch_init (LobbyWakeWatch *self)
{
  self->cancellable = g_cancellable_new ();
  self->monitor = g_network_monitor_get_default ();
  self->asleep = time_asleep ();
  self->clock_timer = g_timeout_add_seconds (CLOCK_CHECK, check_clocks, self);
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, on_bus, self);
  g_signal_connect_object (self->monitor, "network-changed", G_CALLBACK (on_network_changed), self, G_CONNECT_SWAPPED);
}

LobbyWakeWatch *
lobby_wake_watch_get (void)
{
  static GWeakRef only;
  LobbyWakeWatch *self = g_weak_ref_get (&only);

  if (self != NULL)
    return self;

  self = g_object_new (LOBBY_TYPE_WAKE_WATCH, NULL);
  g_weak_ref_set (&only, self);
  return self;
}

gboolean
lobby_wake_watch_has_network (LobbyWakeWatch *self)
{
  g_return_val_if_fail (LOBBY_IS_WAKE_WATCH (self), TRUE);

  return g_network_monitor_get_network_available (self->monitor);
}
