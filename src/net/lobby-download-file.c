/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-net"

#include "lobby-download-file.h"
#include "lobby-async.h"
#include "lobby-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

struct _LobbyDownloadFile
{
  gatomicrefcount ref_count;
  char *path;
  char *part_path;
  int fd; /* -1 before the first write and after the commit */
  gboolean committed;
};

typedef struct
{
  LobbyDownloadFile *file;
  GBytes *chunk;
} WriteJob;

static LobbyDownloadFile *
lobby_download_file_ref (LobbyDownloadFile *self)
{
  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

void
lobby_download_file_unref (LobbyDownloadFile *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  if (self->fd >= 0)
    close (self->fd);
  if (!self->committed && self->fd >= 0)
    g_unlink (self->part_path);
  g_free (self->path);
  g_free (self->part_path);
  g_free (self);
}

LobbyDownloadFile *
lobby_download_file_new (const char *path)
{
  LobbyDownloadFile *self = g_new0 (LobbyDownloadFile, 1);

  g_atomic_ref_count_init (&self->ref_count);
  self->path = g_strdup (path);
  self->part_path = g_strconcat (path, ".part-XXXXXX", NULL);
  self->fd = -1;

  return self;
}

static gboolean
ensure_open (LobbyDownloadFile *self,
             GError **error)
{
  if (self->fd >= 0)
    return TRUE;

  self->fd = g_mkstemp_full (self->part_path, O_RDWR | O_CLOEXEC, 0600);
  return self->fd >= 0 || lobby_file_set_error (error, self->path);
}

static gboolean
write_chunk (gpointer data,
             GValue *result,
             GError **error)
{
  WriteJob *job = data;
  gsize left;
  const char *bytes = g_bytes_get_data (job->chunk, &left);
  g_autofree char *folder = NULL;

  if (!ensure_open (job->file, error))
    return FALSE;
  /* The rest of the disk is for what cannot be fetched again. */
  folder = g_path_get_dirname (job->file->path);
  if (!lobby_file_has_room (folder, (gint64)left))
    {
      errno = ENOSPC;
      return lobby_file_set_error (error, job->file->path);
    }

  while (left > 0)
    {
      gssize written = write (job->file->fd, bytes, left);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return lobby_file_set_error (error, job->file->path);
      bytes += written;
      left -= (gsize)written;
    }

  return TRUE;
}

static gboolean
commit (gpointer data,
        GValue *result,
        GError **error)
{
  LobbyDownloadFile *self = data;
  g_autofree char *folder = NULL;
  g_autoptr (GError) unsynced = NULL;

  if (!ensure_open (self, error))
    return FALSE;
  if (fsync (self->fd) != 0 || g_rename (self->part_path, self->path) != 0)
    return lobby_file_set_error (error, self->path);

  self->committed = TRUE;
  close (self->fd);
  self->fd = -1;
  /* A rename lasts once its folder is synced. */
  folder = g_path_get_dirname (self->path);
  if (!lobby_file_sync_folder (folder, &unsynced))
    g_debug ("%s", unsynced->message);

  return TRUE;
}

static void
write_job_free (gpointer data)
{
  WriteJob *job = data;

  lobby_download_file_unref (job->file);
  g_bytes_unref (job->chunk);
  g_free (job);
}

DexFuture *
lobby_download_file_write (LobbyDownloadFile *self,
                           GBytes *chunk)
{
  WriteJob *job = g_new (WriteJob, 1);

  job->file = lobby_download_file_ref (self);
  job->chunk = chunk;

  return lobby_async_run_in_thread (write_chunk, job, write_job_free);
}

DexFuture *
lobby_download_file_commit (LobbyDownloadFile *self)
{
  return lobby_async_run_in_thread (commit, lobby_download_file_ref (self),
                                    (GDestroyNotify)lobby_download_file_unref);
}
