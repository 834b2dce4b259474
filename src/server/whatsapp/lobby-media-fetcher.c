/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-media-fetcher.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-log.h"
#include "lobby-metrics.h"
#include "lobby-media-inspection.h"
#include "lobby-storage-commit.h"

#include <errno.h>
#include <glib/gstdio.h>

#define MAX_UNDER_WAY 4
/* Jobs become due by themselves, so the storage is asked now and then. */
#define LOOK_MSEC 5000
#define FIRST_PAUSE 5000
#define LONGEST_PAUSE (60 * 60 * 1000)
/* With these pauses a week, as long as WhatsApp keeps what customers send: a token that ran out may be mended only on Monday. */
#define MAX_ATTEMPTS 178
/* What arrives damaged again and again is damaged where it comes from. */
#define MAX_DAMAGED 5
#define UNFINISHED ".fetch-"

struct _LobbyMediaFetcher
{
  GObject parent_instance;

  LobbyStorage *storage;
  char *folder;
  LobbyFindAdapter find;
  gpointer find_data;
  GHashTable *under_way; /* message ids */
  guint timer;
  gboolean stopped;
};

G_DEFINE_FINAL_TYPE (LobbyMediaFetcher, lobby_media_fetcher, G_TYPE_OBJECT)

typedef struct
{
  LobbyMediaFetcher *self;
  LobbyMediaJob *job;
  LobbyAdapter *adapter;
  char *path; /* where it is fetched to */
  char *told; /* mime type */
  char *expected_sha256;
  LobbyMediaFacts *found;
  const char *reason; /* of a failure */
  gint64 retry_at;
} Fetch;

gint64
lobby_media_fetcher_get_pause (int attempts)
{
  if (attempts >= MAX_ATTEMPTS)
    return 0;
  return MIN ((gint64)FIRST_PAUSE << CLAMP (attempts, 0, 20), (gint64)LONGEST_PAUSE);
}

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;

  g_unlink (fetch->path);
  g_hash_table_remove (fetch->self->under_way, fetch->job->message_id);
  lobby_media_fetcher_wake (fetch->self);
  lobby_media_job_free (fetch->job);
  g_object_unref (fetch->adapter);
  g_object_unref (fetch->self);
  g_free (fetch->path);
  g_free (fetch->told);
  g_free (fetch->expected_sha256);
  g_clear_pointer (&fetch->found, lobby_media_facts_free);
  g_free (fetch);
}

static gboolean
inspect_and_keep (gpointer data,
                  GValue *result,
                  GError **error)
{
  Fetch *fetch = data;

  fetch->found = lobby_media_inspect (fetch->path, fetch->told, error);
  if (fetch->found == NULL)
    return FALSE;
  if (fetch->expected_sha256 != NULL && g_strcmp0 (fetch->expected_sha256, fetch->found->sha256) != 0)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The file was damaged on its way");
      return FALSE;
    }
  return lobby_file_store_keep (lobby_storage (fetch->self->storage, get_files), fetch->path, fetch->found->sha256, error);
}

static gboolean
write_ready (LobbyStorage *storage,
             gpointer data,
             GError **error)
{
  const Fetch *fetch = data;

  return lobby_storage (storage, media_ready, fetch->job->message_id, fetch->found, error);
}

static gboolean
write_failed (LobbyStorage *storage,
              gpointer data,
              GError **error)
{
  const Fetch *fetch = data;

  return lobby_storage (storage, media_failed, fetch->job->message_id, fetch->reason, fetch->retry_at, error);
}

static void
record_failure (Fetch *fetch,
                const GError *error)
{
  gint64 pause = lobby_media_fetcher_get_pause (fetch->job->attempts);

  if (g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_REFUSED)
      || (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA) && fetch->job->attempts >= MAX_DAMAGED))
    pause = 0;
  fetch->reason = error->message;
  fetch->retry_at = pause > 0 ? lobby_clock_steady () + pause : 0;
  lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, pause > 0 ? "a file could not be fetched yet" : "a file could not be fetched",
                   "connection", fetch->job->connection_id, "message", fetch->job->message_id, "error", error->message, NULL);
  lobby_metrics_add (LOBBY_METRIC_FILES, pause > 0 ? "again" : "failed", 1);
  lobby_storage_insist (fetch->self->storage, write_failed, fetch, &fetch->self->stopped);
}

static DexFuture *
fetch_fiber (gpointer data)
{
  Fetch *fetch = data;
  g_autoptr (GError) error = NULL;

  fetch->told = dex_await_string (LOBBY_ADAPTER_GET_IFACE (fetch->adapter)->fetch_media (fetch->adapter, fetch->job, fetch->path), &error);
  if (fetch->told != NULL && dex_await (lobby_async_run_in_thread (inspect_and_keep, fetch, NULL), &error))
    {
      lobby_metrics_add (LOBBY_METRIC_FILES, "fetched", 1);
      lobby_storage_insist (fetch->self->storage, write_ready, fetch, &fetch->self->stopped);
    }
  else
    record_failure (fetch, error);
  return dex_future_new_true ();
}

/* Takes @job. */
static void
fetcher_begin (LobbyMediaFetcher *self,
               LobbyMediaJob *job,
               LobbyAdapter *adapter)
{
  g_autoptr (LobbyWireMessage) message = lobby_storage (self->storage, get_message, job->message_id);
  g_autofree char *name = g_strconcat (UNFINISHED, job->message_id, NULL);
  Fetch *fetch = g_new0 (Fetch, 1);

  fetch->self = g_object_ref (self);
  fetch->job = job;
  fetch->adapter = g_object_ref (adapter);
  fetch->path = g_build_filename (self->folder, name, NULL);
  fetch->expected_sha256 = g_strdup (message != NULL ? lobby_json_get_string (message->metadata, "sha256", 64) : NULL);
  g_hash_table_add (self->under_way, g_strdup (job->message_id));
  lobby_async_go (fetch_fiber, fetch, fetch_free);
}

static void
fetcher_pump (LobbyMediaFetcher *self)
{
  g_autoptr (GPtrArray) jobs = lobby_storage (self->storage, list_media_jobs, 4 * MAX_UNDER_WAY);

  for (guint i = 0; jobs != NULL && i < jobs->len && g_hash_table_size (self->under_way) < MAX_UNDER_WAY; i++)
    {
      LobbyMediaJob *job = g_ptr_array_index (jobs, i);
      LobbyAdapter *adapter = self->find (job->connection_id, self->find_data);

      if (adapter == NULL || g_hash_table_contains (self->under_way, job->message_id))
        continue;
      g_ptr_array_index (jobs, i) = NULL;
      fetcher_begin (self, job, adapter);
    }
}

static gboolean
on_timer (gpointer data)
{
  LobbyMediaFetcher *self = data;

  self->timer = g_timeout_add (LOOK_MSEC, on_timer, self);
  fetcher_pump (self);
  return G_SOURCE_REMOVE;
}

/* What a crash left half fetched. */
static void
remove_unfinished (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (g_str_has_prefix (name, UNFINISHED))
        g_unlink (path);
    }
}

static void
lobby_media_fetcher_finalize (GObject *object)
{
  LobbyMediaFetcher *self = LOBBY_MEDIA_FETCHER (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_object (&self->storage);
  g_clear_pointer (&self->under_way, g_hash_table_unref);
  g_free (self->folder);
  G_OBJECT_CLASS (lobby_media_fetcher_parent_class)->finalize (object);
}

static void
lobby_media_fetcher_class_init (LobbyMediaFetcherClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_media_fetcher_finalize;
}

static void
lobby_media_fetcher_init (LobbyMediaFetcher *self)
{
  self->under_way = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

LobbyMediaFetcher *
lobby_media_fetcher_new (LobbyStorage *storage,
                         const char *data_folder,
                         LobbyFindAdapter find,
                         gpointer data)
{
  LobbyMediaFetcher *self = g_object_new (LOBBY_TYPE_MEDIA_FETCHER, NULL);

  self->storage = g_object_ref (storage);
  self->folder = g_build_filename (data_folder, "media", NULL);
  self->find = find;
  self->find_data = data;
  return self;
}

void
lobby_media_fetcher_start (LobbyMediaFetcher *self)
{
  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    g_warning ("Cannot make the folder of files: %s", g_strerror (errno));
  remove_unfinished (self->folder);
  lobby_media_fetcher_wake (self);
}

void
lobby_media_fetcher_wake (LobbyMediaFetcher *self)
{
  if (self->stopped)
    return;
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add (0, on_timer, self);
}

void
lobby_media_fetcher_stop (LobbyMediaFetcher *self)
{
  self->stopped = TRUE;
  g_clear_handle_id (&self->timer, g_source_remove);
}
