/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-media-collector.h"

#include <glib/gstdio.h>

#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-log.h"

/* A round of a million files takes some hours. */
#define STEP_MSEC 1000
#define PAUSE_MSEC (60 * 60 * 1000)
#define ROWS_A_STEP 200
#define DAY_MSEC (24 * 60 * 60 * G_GINT64_CONSTANT (1000))
#define UNFINISHED ".put-"

struct _LobbyMediaCollector
{
  LobbyStorage *storage;
  guint keep_days;
  guint step_msec;
  guint pause_msec;
  guint timer;
  char *after;   /* where the walk over the rows stands */
  gboolean rows; /* which half of the round it is */
  guint shelf;
  guint removed;   /* in this round */
  gboolean *freed; /* set when we are gone, for a step under way */
};

static void schedule (LobbyMediaCollector *self,
                      guint msec);

typedef struct
{
  LobbyMediaCollector *collector; /* gone when freed is TRUE */
  gboolean freed;
  LobbyStorage *storage;
  guint shelf;
  GPtrArray *names;
  guint removed;
} Sweep;

static void
sweep_free (gpointer data)
{
  Sweep *sweep = data;

  if (!sweep->freed)
    sweep->collector->freed = NULL;
  g_clear_pointer (&sweep->names, g_ptr_array_unref);
  g_object_unref (sweep->storage);
  g_free (sweep);
}

static gboolean
list_shelf (gpointer data,
            GValue *result,
            GError **error)
{
  Sweep *sweep = data;

  sweep->names = lobby_file_store_list (lobby_storage (sweep->storage, get_files), sweep->shelf);
  return TRUE;
}

static gboolean
remove_files (gpointer data,
              GValue *result,
              GError **error)
{
  Sweep *sweep = data;

  for (guint i = 0; i < sweep->names->len; i++)
    sweep->removed += lobby_file_store_remove (lobby_storage (sweep->storage, get_files), g_ptr_array_index (sweep->names, i));
  return TRUE;
}

/* Some at a time: the rest of a large shelf comes in the next round. */
static void
keep_some (GPtrArray *names)
{
  while (names->len > ROWS_A_STEP * 10)
    g_ptr_array_remove_index_fast (names, (guint)g_random_int_range (0, (gint32)names->len));
}

static void
end_round (LobbyMediaCollector *self)
{
  if (self->removed > 0)
    {
      g_autofree char *count = g_strdup_printf ("%u", self->removed);

      lobby_log_event (G_LOG_LEVEL_MESSAGE, "media", "unused files were removed", "count", count, NULL);
    }
  self->removed = 0;
  self->shelf = 0;
  self->rows = TRUE;
  schedule (self, self->pause_msec);
}

static DexFuture *
sweep_fiber (gpointer data)
{
  Sweep *sweep = data;
  LobbyMediaCollector *self;

  dex_await (lobby_async_run_in_thread (list_shelf, sweep, NULL), NULL);
  keep_some (sweep->names);
  if (sweep->names->len > 0)
    {
      GPtrArray *unknown = lobby_storage (sweep->storage, list_unknown_files, sweep->names);

      g_ptr_array_unref (sweep->names);
      sweep->names = unknown;
    }
  if (sweep->names->len > 0)
    dex_await (lobby_async_run_in_thread (remove_files, sweep, NULL), NULL);
  if (sweep->freed)
    return dex_future_new_true ();
  self = sweep->collector;
  self->removed += sweep->removed;
  if (++self->shelf < LOBBY_FILE_STORE_SHELVES)
    schedule (self, self->step_msec);
  else
    end_round (self);
  return dex_future_new_true ();
}

static void
sweep_shelf (LobbyMediaCollector *self)
{
  Sweep *sweep = g_new0 (Sweep, 1);

  sweep->collector = self;
  sweep->storage = g_object_ref (self->storage);
  sweep->shelf = self->shelf;
  self->freed = &sweep->freed;
  lobby_async_go (sweep_fiber, sweep, sweep_free);
}

static void
walk_rows (LobbyMediaCollector *self)
{
  gint64 now = lobby_clock_now ();
  g_autoptr (GError) error = NULL;
  char *after = lobby_storage (self->storage, forget_unused_files, self->after, ROWS_A_STEP, now, now - self->keep_days * DAY_MSEC, &error);

  if (error != NULL)
    lobby_log_event (G_LOG_LEVEL_WARNING, "media", "unused files could not be looked for", "reason", error->message, NULL);
  else
    {
      g_free (self->after);
      self->after = after;
      self->rows = after != NULL;
    }
  schedule (self, error != NULL ? self->pause_msec : self->step_msec);
}

static gboolean
on_timer (gpointer data)
{
  LobbyMediaCollector *self = data;

  self->timer = 0;
  if (self->rows)
    walk_rows (self);
  else
    sweep_shelf (self);
  return G_SOURCE_REMOVE;
}

static void
schedule (LobbyMediaCollector *self,
          guint msec)
{
  self->timer = g_timeout_add_full (G_PRIORITY_LOW, msec, on_timer, self, NULL);
}

/* What a crash left half written. Nobody writes yet. */
static void
remove_unfinished (LobbyMediaCollector *self)
{
  const char *folder = lobby_file_store_get_folder (lobby_storage (self->storage, get_files));
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_has_prefix (name, UNFINISHED))
        g_unlink (path);
    }
}

LobbyMediaCollector *
lobby_media_collector_new (LobbyStorage *storage,
                           guint keep_days)
{
  LobbyMediaCollector *self = g_new0 (LobbyMediaCollector, 1);
  const char *hurry = g_getenv ("LOBBYD_COLLECT_MSEC");
  guint64 msec;

  self->storage = g_object_ref (storage);
  self->keep_days = keep_days;
  self->rows = TRUE;
  self->step_msec = STEP_MSEC;
  self->pause_msec = PAUSE_MSEC;
  if (hurry != NULL && g_ascii_string_to_unsigned (hurry, 10, 1, STEP_MSEC, &msec, NULL))
    self->step_msec = self->pause_msec = (guint)msec;
  remove_unfinished (self);
  schedule (self, self->step_msec);
  return self;
}

void
lobby_media_collector_set_keep_days (LobbyMediaCollector *self,
                                     guint keep_days)
{
  self->keep_days = keep_days;
}

void
lobby_media_collector_free (LobbyMediaCollector *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->freed != NULL)
    *self->freed = TRUE;
  g_object_unref (self->storage);
  g_free (self->after);
  g_free (self);
}
