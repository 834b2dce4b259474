/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-template-sync.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-log.h"
#include "lobby-storage-commit.h"

#define FRESH_MSEC (6 * 60 * 60 * G_GINT64_CONSTANT (1000))
/* How often it is looked whether the list is old, or was found to be by another connection's webhook. */
#define LOOK_SECONDS 60
/* WhatsApp allows 200 such calls an hour (CLOUD_API 12): webhooks about many templates at once are one reason to read. */
#define SETTLE_MSEC 2000
#define LONGEST_PAUSE_LOOKS 60

struct _LobbyTemplateSync
{
  GObject parent_instance;

  LobbyAdapter *adapter;
  LobbyStorage *storage;
  LobbyConnectionWatch *watch;
  char *connection_id;
  DexFuture *running;
  guint timer;
  guint settling;
  guint failures; /* in a row */
  guint pause;    /* looks to be skipped */
  gboolean stopped;
};

G_DEFINE_FINAL_TYPE (LobbyTemplateSync, lobby_template_sync, G_TYPE_OBJECT)

static gboolean
read_list (LobbyTemplateSync *self,
           GError **error)
{
  g_autoptr (GPtrArray) templates = dex_await_boxed (LOBBY_ADAPTER_GET_IFACE (self->adapter)->list_templates (self->adapter), error);

  return templates != NULL
         && lobby_storage (self->storage, set_templates, self->connection_id, templates, error)
         && dex_await (lobby_storage_commit (self->storage), error);
}

static DexFuture *
sync_fiber (gpointer data)
{
  LobbyTemplateSync *self = data;
  GError *error = NULL;
  gboolean done = read_list (self, &error);

  self->failures = done ? 0 : self->failures + 1;
  self->pause = done ? 0 : MIN (1u << MIN (self->failures, 10), LONGEST_PAUSE_LOOKS);
  dex_clear (&self->running);
  if (done)
    return dex_future_new_true ();
  lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "the templates could not be read", "connection", self->connection_id, "error", error->message, NULL);
  return dex_future_new_for_error (error);
}

DexFuture *
lobby_template_sync_now (LobbyTemplateSync *self)
{
  /* A fiber runs from the next turn on, so it does not end before it is noted. */
  if (self->running == NULL)
    self->running = lobby_async_spawn (sync_fiber, g_object_ref (self), g_object_unref);
  return dex_ref (self->running);
}

static void
look (LobbyTemplateSync *self)
{
  g_autoptr (GPtrArray) templates = NULL;
  gint64 synced_at = 0, now = lobby_clock_now ();

  if (self->stopped || self->running != NULL || !lobby_connection_watch_is_usable (self->watch))
    return;
  templates = lobby_storage (self->storage, list_templates, self->connection_id, &synced_at);
  /* A clock that was set back does not stop it. */
  if (synced_at <= now - FRESH_MSEC || synced_at > now)
    dex_future_disown (lobby_template_sync_now (self));
}

static gboolean
on_timer (gpointer data)
{
  LobbyTemplateSync *self = data;

  if (self->pause > 0)
    self->pause--;
  else
    look (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_settled (gpointer data)
{
  LobbyTemplateSync *self = data;

  self->settling = 0;
  if (!self->stopped && lobby_connection_watch_is_usable (self->watch))
    dex_future_disown (lobby_template_sync_now (self));
  return G_SOURCE_REMOVE;
}

static void
on_stale (LobbyTemplateSync *self)
{
  if (self->settling == 0 && !self->stopped)
    self->settling = g_timeout_add (SETTLE_MSEC, on_settled, self);
}

static void
lobby_template_sync_dispose (GObject *object)
{
  LobbyTemplateSync *self = LOBBY_TEMPLATE_SYNC (object);

  lobby_template_sync_stop (self);
  dex_clear (&self->running);
  g_clear_object (&self->adapter);
  g_clear_object (&self->storage);
  g_clear_object (&self->watch);
  G_OBJECT_CLASS (lobby_template_sync_parent_class)->dispose (object);
}

static void
lobby_template_sync_finalize (GObject *object)
{
  g_free (LOBBY_TEMPLATE_SYNC (object)->connection_id);
  G_OBJECT_CLASS (lobby_template_sync_parent_class)->finalize (object);
}

static void
lobby_template_sync_class_init (LobbyTemplateSyncClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_template_sync_dispose;
  G_OBJECT_CLASS (klass)->finalize = lobby_template_sync_finalize;
}

static void
lobby_template_sync_init (LobbyTemplateSync *self)
{
}

LobbyTemplateSync *
lobby_template_sync_new (LobbyAdapter *adapter,
                         LobbyStorage *storage,
                         LobbyConnectionWatch *watch,
                         const char *connection_id)
{
  LobbyTemplateSync *self = g_object_new (LOBBY_TYPE_TEMPLATE_SYNC, NULL);

  self->adapter = g_object_ref (adapter);
  self->storage = g_object_ref (storage);
  self->watch = g_object_ref (watch);
  self->connection_id = g_strdup (connection_id);
  g_signal_connect_object (watch, "changed", G_CALLBACK (look), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adapter, "templates-stale", G_CALLBACK (on_stale), self, G_CONNECT_SWAPPED);
  return self;
}

void
lobby_template_sync_start (LobbyTemplateSync *self)
{
  if (self->timer == 0)
    self->timer = g_timeout_add_seconds (LOOK_SECONDS, on_timer, self);
  look (self);
}

void
lobby_template_sync_stop (LobbyTemplateSync *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->settling, g_source_remove);
}
