/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-media-cache.h"

#include "lobby-account.h"
#include "lobby-async.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

struct _LobbyMediaCache
{
  GObject parent_instance;

  LobbyApi *api;
  char *folder;
  guint64 max_bytes;
  GHashTable *fetching;  /* url → DexFuture */
  GHashTable *forgotten; /* set of urls */
};

G_DEFINE_FINAL_TYPE (LobbyMediaCache, lobby_media_cache, G_TYPE_OBJECT)

typedef struct
{
  LobbyMediaCache *cache;
  char *url;
  char *path;
  LobbyMediaProgress progress;
  gpointer data;
  GDestroyNotify free_data;
} Fetch;

typedef struct
{
  char *folder;
  guint64 max_bytes;
} Sweep;

typedef struct
{
  char *path;
  guint64 size;
  gint64 used; /* ns */
} CachedFile;

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;

  if (fetch->free_data != NULL)
    fetch->free_data (fetch->data);
  g_object_unref (fetch->cache);
  g_free (fetch->url);
  g_free (fetch->path);
  g_free (fetch);
}

/* A path below the server and nothing else: the token goes with the request. */
static gboolean
is_below_server (const char *url)
{
  return url != NULL && url[0] == '/' && url[1] != '/' && strpbrk (url, "\\ \t\r\n#") == NULL && strstr (url, "..") == NULL;
}

/* The name says nothing of the contents, and cannot lead out of the folder. */
static char *
path_of (LobbyMediaCache *self,
         const char *url)
{
  g_autofree char *name = g_compute_checksum_for_string (G_CHECKSUM_SHA256, url, -1);

  return g_build_filename (self->folder, name, NULL);
}

char *
lobby_media_cache_lookup (LobbyMediaCache *self,
                          const char *url)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (LOBBY_IS_MEDIA_CACHE (self), NULL);

  if (!is_below_server (url))
    return NULL;

  path = path_of (self, url);
  /* The time of change is the time of use. */
  return utimensat (AT_FDCWD, path, NULL, 0) == 0 ? g_steal_pointer (&path) : NULL;
}

static void
cached_file_free (gpointer data)
{
  CachedFile *file = data;

  g_free (file->path);
  g_free (file);
}

static int
compare_use (gconstpointer a,
             gconstpointer b)
{
  const CachedFile *first = *(CachedFile *const *)a;
  const CachedFile *second = *(CachedFile *const *)b;

  return first->used < second->used ? -1 : first->used > second->used;
}

static GPtrArray *
list_files (const char *folder,
            guint64 *total)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (cached_file_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  *total = 0;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      CachedFile *file;
      struct stat info;

      if (stat (path, &info) != 0 || !S_ISREG (info.st_mode))
        continue;
      file = g_new (CachedFile, 1);
      file->path = g_steal_pointer (&path);
      file->size = (guint64)info.st_size;
      file->used = (gint64)info.st_mtim.tv_sec * G_GINT64_CONSTANT (1000000000) + info.st_mtim.tv_nsec;
      *total += file->size;
      g_ptr_array_add (files, file);
    }

  return g_steal_pointer (&files);
}

/* Down to nine tenths, so that not every new file sweeps. Files being written are the newest. */
static gboolean
sweep (gpointer data,
       GValue *result,
       GError **error)
{
  Sweep *job = data;
  guint64 total;
  g_autoptr (GPtrArray) files = list_files (job->folder, &total);

  if (total <= job->max_bytes)
    return TRUE;

  g_ptr_array_sort (files, compare_use);
  for (guint i = 0; i + 1 < files->len && total > job->max_bytes / 10 * 9; i++)
    {
      CachedFile *file = g_ptr_array_index (files, i);

      if (g_unlink (file->path) == 0)
        total -= file->size;
    }

  return TRUE;
}

static void
sweep_free (gpointer data)
{
  Sweep *job = data;

  g_free (job->folder);
  g_free (job);
}

static void
start_sweep (LobbyMediaCache *self)
{
  Sweep *job = g_new (Sweep, 1);

  job->folder = g_strdup (self->folder);
  job->max_bytes = self->max_bytes;
  dex_future_disown (lobby_async_run_in_thread (sweep, job, sweep_free));
}

static void
on_progress (guint64 received,
             guint64 total,
             gpointer data)
{
  Fetch *fetch = data;

  if (fetch->progress != NULL && total > 0)
    fetch->progress ((double)received / (double)total, fetch->data);
}

static DexFuture *
new_refusal (void)
{
  return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_REFUSED, "No file of the server");
}

static DexFuture *
fetch_fiber (gpointer data)
{
  Fetch *fetch = data;
  LobbyMediaCache *self = fetch->cache;
  GError *error = NULL;

  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    {
      int saved = errno;

      g_hash_table_remove (self->fetching, fetch->url);
      return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE, "%s: %s", self->folder, g_strerror (saved));
    }

  dex_await (lobby_api_download (self->api, fetch->url, fetch->path, on_progress, fetch), &error);
  g_hash_table_remove (self->fetching, fetch->url);
  if (error != NULL)
    {
      if (fetch->progress != NULL)
        fetch->progress (0, fetch->data);
      if (error->domain == G_FILE_ERROR)
        {
          error->domain = LOBBY_CLIENT_ERROR;
          error->code = LOBBY_CLIENT_ERROR_STORAGE;
        }
      return dex_future_new_for_error (error);
    }
  if (g_hash_table_contains (self->forgotten, fetch->url))
    {
      g_unlink (fetch->path);
      return new_refusal ();
    }

  start_sweep (self);
  return dex_future_new_for_string (fetch->path);
}

DexFuture *
lobby_media_cache_fetch (LobbyMediaCache *self,
                         const char *url,
                         LobbyMediaProgress progress,
                         gpointer data,
                         GDestroyNotify free_data)
{
  g_autofree char *known = NULL;
  DexFuture *future;
  Fetch *fetch;

  g_return_val_if_fail (LOBBY_IS_MEDIA_CACHE (self), NULL);

  known = lobby_media_cache_lookup (self, url);
  future = known == NULL && url != NULL ? g_hash_table_lookup (self->fetching, url) : NULL;
  if (known != NULL || future != NULL || !is_below_server (url) || g_hash_table_contains (self->forgotten, url))
    {
      if (free_data != NULL)
        free_data (data);
      if (known != NULL)
        return dex_future_new_take_string (g_steal_pointer (&known));
      return future != NULL ? dex_ref (future) : new_refusal ();
    }

  fetch = g_new (Fetch, 1);
  fetch->cache = g_object_ref (self);
  fetch->url = g_strdup (url);
  fetch->path = path_of (self, url);
  fetch->progress = progress;
  fetch->data = data;
  fetch->free_data = free_data;
  future = lobby_async_spawn (fetch_fiber, fetch, fetch_free);
  g_hash_table_insert (self->fetching, g_strdup (url), dex_ref (future));

  return future;
}

void
lobby_media_cache_forget (LobbyMediaCache *self,
                          const char *url)
{
  g_autofree char *path = NULL;

  g_return_if_fail (LOBBY_IS_MEDIA_CACHE (self));

  if (!is_below_server (url))
    return;
  path = path_of (self, url);
  g_unlink (path);
  g_hash_table_add (self->forgotten, g_strdup (url));
}

static void
lobby_media_cache_finalize (GObject *object)
{
  LobbyMediaCache *self = LOBBY_MEDIA_CACHE (object);

  g_clear_object (&self->api);
  g_clear_pointer (&self->fetching, g_hash_table_unref);
  g_clear_pointer (&self->forgotten, g_hash_table_unref);
  g_free (self->folder);

  G_OBJECT_CLASS (lobby_media_cache_parent_class)->finalize (object);
}

static void
lobby_media_cache_class_init (LobbyMediaCacheClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_media_cache_finalize;
}

static void
lobby_media_cache_init (LobbyMediaCache *self)
{
  self->fetching = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, dex_unref);
  self->forgotten = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

LobbyMediaCache *
lobby_media_cache_new (LobbyApi *api,
                       const char *folder,
                       guint64 max_bytes)
{
  LobbyMediaCache *self = g_object_new (LOBBY_TYPE_MEDIA_CACHE, NULL);

  self->api = g_object_ref (api);
  self->folder = g_strdup (folder);
  self->max_bytes = max_bytes;
  return self;
}
