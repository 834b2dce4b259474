/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-file-store.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "lobby-file.h"
#include "lobby-storage.h"

#define SHA256_LENGTH 64
#define KEPT_LATELY (G_USEC_PER_SEC * G_GINT64_CONSTANT (3600))
#define THUMBNAIL ".thumbnail"

struct _LobbyFileStore
{
  char *folder;
  GMutex mutex;     /* of kept, and of making and removing a name */
  GHashTable *kept; /* hash → gint64 *, monotonic µs; of the last hour */
};

LobbyFileStore *
lobby_file_store_new (const char *folder)
{
  LobbyFileStore *self = g_new0 (LobbyFileStore, 1);

  self->folder = g_strdup (folder);
  g_mutex_init (&self->mutex);
  self->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

void
lobby_file_store_free (LobbyFileStore *self)
{
  g_hash_table_unref (self->kept);
  g_mutex_clear (&self->mutex);
  g_free (self->folder);
  g_free (self);
}

const char *
lobby_file_store_get_folder (LobbyFileStore *self)
{
  return self->folder;
}

char *
lobby_file_store_path (LobbyFileStore *self,
                       const char *sha256)
{
  char shelf[3] = { sha256[0], sha256[1], '\0' };

  return g_build_filename (self->folder, shelf, sha256, NULL);
}

char *
lobby_file_store_thumbnail_path (LobbyFileStore *self,
                                 const char *sha256)
{
  g_autofree char *path = lobby_file_store_path (self, sha256);

  return g_strconcat (path, THUMBNAIL, NULL);
}

/* Turns an error about a file into the storage's. Returns FALSE. */
static gboolean
fail (GError **error,
      GError *cause)
{
  g_set_error_literal (error, LOBBY_STORAGE_ERROR, lobby_file_is_full (cause) ? LOBBY_STORAGE_ERROR_FULL : LOBBY_STORAGE_ERROR_FAILED,
                       cause->message);
  g_error_free (cause);
  return FALSE;
}

static gboolean
is_old (gpointer key,
        gpointer value,
        gpointer data)
{
  return *(gint64 *)value < g_get_monotonic_time () - KEPT_LATELY;
}

/* Under the mutex. */
static void
note_kept (LobbyFileStore *self,
           const char *sha256)
{
  gint64 *at = g_new (gint64, 1);

  *at = g_get_monotonic_time ();
  g_hash_table_foreach_remove (self->kept, is_old, NULL);
  g_hash_table_replace (self->kept, g_strdup (sha256), at);
}

/* A second name for the file, or, where the file system has no such thing, a new one. */
static gboolean
give_name (const char *path,
           const char *place)
{
  if (link (path, place) == 0 || errno == EEXIST)
    return TRUE;
  if (errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK)
    return FALSE;
  return g_rename (path, place) == 0;
}

gboolean
lobby_file_store_keep (LobbyFileStore *self,
                       const char *path,
                       const char *sha256,
                       GError **error)
{
  g_autofree char *place = lobby_file_store_path (self, sha256);
  g_autofree char *shelf = g_path_get_dirname (place);
  GError *cause = NULL;
  gboolean named;

  if (g_mkdir_with_parents (shelf, 0700) != 0)
    {
      lobby_file_set_error (&cause, "Cannot make a folder for files");
      return fail (error, cause);
    }
  g_mutex_lock (&self->mutex);
  named = give_name (path, place);
  if (named)
    note_kept (self, sha256);
  else
    lobby_file_set_error (&cause, "Cannot keep a file");
  g_mutex_unlock (&self->mutex);
  if (named && lobby_file_sync_folder (shelf, &cause) && lobby_file_sync_folder (self->folder, &cause))
    return TRUE;
  return fail (error, cause);
}

char *
lobby_file_store_put (LobbyFileStore *self,
                      GBytes *bytes,
                      GError **error)
{
  g_autofree char *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  g_autofree char *path = g_build_filename (self->folder, ".put-XXXXXX", NULL);
  GError *cause = NULL;
  gboolean kept = FALSE;
  int fd = g_mkstemp_full (path, O_RDWR | O_CLOEXEC, 0600);

  if (fd < 0)
    {
      lobby_file_set_error (&cause, "Cannot keep a file");
      fail (error, cause);
      return NULL;
    }
  close (fd);
  if (g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), (gssize)g_bytes_get_size (bytes),
                                G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &cause))
    kept = lobby_file_store_keep (self, path, sha256, error);
  else
    fail (error, cause);
  g_unlink (path);
  return kept ? g_steal_pointer (&sha256) : NULL;
}

gboolean
lobby_file_store_keep_thumbnail (LobbyFileStore *self,
                                 const char *path,
                                 const char *sha256,
                                 GError **error)
{
  g_autofree char *place = lobby_file_store_thumbnail_path (self, sha256);
  g_autofree char *shelf = g_path_get_dirname (place);
  GError *cause = NULL;

  if (g_rename (path, place) == 0)
    {
      if (lobby_file_sync_folder (shelf, &cause))
        return TRUE;
    }
  else
    lobby_file_set_error (&cause, "Cannot keep a thumbnail");
  return fail (error, cause);
}

static gboolean
is_sha256 (const char *name)
{
  return strspn (name, "0123456789abcdef") == SHA256_LENGTH;
}

GPtrArray *
lobby_file_store_list (LobbyFileStore *self,
                       guint index)
{
  GPtrArray *found = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autofree char *shelf = g_strdup_printf ("%02x", index);
  g_autofree char *folder = g_build_filename (self->folder, shelf, NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *sha256 = NULL;

      if (!is_sha256 (name) || (name[SHA256_LENGTH] != '\0' && strcmp (name + SHA256_LENGTH, THUMBNAIL) != 0))
        continue;
      sha256 = g_strndup (name, SHA256_LENGTH);
      if (g_hash_table_contains (seen, sha256))
        continue;
      g_hash_table_add (seen, sha256);
      g_ptr_array_add (found, g_steal_pointer (&sha256));
    }
  return found;
}

gboolean
lobby_file_store_remove (LobbyFileStore *self,
                         const char *sha256)
{
  g_autofree char *path = lobby_file_store_path (self, sha256);
  g_autofree char *thumbnail = lobby_file_store_thumbnail_path (self, sha256);
  const gint64 *kept;
  gboolean stays;

  g_mutex_lock (&self->mutex);
  kept = g_hash_table_lookup (self->kept, sha256);
  stays = kept != NULL && *kept >= g_get_monotonic_time () - KEPT_LATELY;
  if (!stays)
    {
      g_unlink (thumbnail);
      g_unlink (path);
    }
  g_mutex_unlock (&self->mutex);
  return !stays;
}

void
lobby_file_store_forget_kept (LobbyFileStore *self)
{
  g_mutex_lock (&self->mutex);
  g_hash_table_remove_all (self->kept);
  g_mutex_unlock (&self->mutex);
}
