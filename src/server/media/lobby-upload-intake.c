/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-upload-intake.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "lobby-async.h"
#include "lobby-file.h"

#define MAX_BUFFERED (256 * 1024)
#define COPY_BYTES (64 * 1024)
#define ASIDE ".checking"

struct _LobbyUploadIntake
{
  GChecksum *checksum; /* NULL: none is wanted */
  GBytes *expected;
  LobbyUploadRoom room;
  gpointer room_data;

  GByteArray *filling; /* what comes */
  gboolean waiting;    /* a take was refused */
  gboolean ended;
  gboolean cut_off;
  LobbyUploadError why;
  gboolean failed;
  gint64 last_at;   /* monotonic µs, when something came */
  DexPromise *wake; /* of the fiber, while it has nothing to do */

  /* Of the worker, while it has one; else of the fiber. */
  GByteArray *writing;
  char *path;
  char *folder;
  int fd;    /* of the file */
  int aside; /* of what is not checked yet; -1 without a checksum */
  gint64 at; /* where the next bytes go in fd or aside */
};

G_DEFINE_QUARK (lobby-upload-error-quark, lobby_upload_error)

LobbyUploadIntake *
lobby_upload_intake_new (GChecksumType algorithm,
                         GBytes *checksum,
                         LobbyUploadRoom room,
                         gpointer data)
{
  LobbyUploadIntake *self = g_new0 (LobbyUploadIntake, 1);

  if (checksum != NULL)
    {
      self->checksum = g_checksum_new (algorithm);
      self->expected = g_bytes_ref (checksum);
    }
  self->room = room;
  self->room_data = data;
  self->filling = g_byte_array_new ();
  self->last_at = g_get_monotonic_time ();
  self->fd = -1;
  self->aside = -1;
  return self;
}

static void
close_files (LobbyUploadIntake *self)
{
  if (self->fd >= 0)
    close (self->fd);
  if (self->aside >= 0)
    close (self->aside);
  self->fd = -1;
  self->aside = -1;
}

void
lobby_upload_intake_free (LobbyUploadIntake *self)
{
  g_clear_pointer (&self->checksum, g_checksum_free);
  g_clear_pointer (&self->expected, g_bytes_unref);
  g_byte_array_unref (self->filling);
  g_clear_pointer (&self->writing, g_byte_array_unref);
  dex_clear (&self->wake);
  close_files (self);
  g_free (self->path);
  g_free (self->folder);
  g_free (self);
}

static void
wake (LobbyUploadIntake *self)
{
  g_autoptr (DexPromise) promise = g_steal_pointer (&self->wake);

  if (promise != NULL)
    dex_promise_resolve_boolean (promise, TRUE);
}

gboolean
lobby_upload_intake_take (LobbyUploadIntake *self,
                          const guint8 *bytes,
                          gsize size)
{
  if (self->failed || self->ended)
    return TRUE;
  if (self->filling->len > 0 && self->filling->len + size > MAX_BUFFERED)
    {
      self->waiting = TRUE;
      return FALSE;
    }
  g_byte_array_append (self->filling, bytes, (guint)size);
  self->last_at = g_get_monotonic_time ();
  wake (self);
  return TRUE;
}

void
lobby_upload_intake_end (LobbyUploadIntake *self)
{
  self->ended = TRUE;
  wake (self);
}

void
lobby_upload_intake_cut_off (LobbyUploadIntake *self,
                             LobbyUploadError why)
{
  if (self->ended)
    return;
  self->cut_off = TRUE;
  self->why = why;
  lobby_upload_intake_end (self);
}

gint64
lobby_upload_intake_get_idle (LobbyUploadIntake *self)
{
  return self->ended ? 0 : (g_get_monotonic_time () - self->last_at) / 1000;
}

/* On a worker */

static gboolean
fail (GError **error,
      const char *what)
{
  g_autoptr (GError) cause = NULL;

  lobby_file_set_error (&cause, what);
  g_set_error_literal (error, LOBBY_UPLOAD_ERROR, lobby_file_is_full (cause) ? LOBBY_UPLOAD_ERROR_FULL : LOBBY_UPLOAD_ERROR_FAILED, cause->message);
  return FALSE;
}

static gboolean
write_at (int fd,
          const guint8 *bytes,
          gsize size,
          gint64 *at,
          GError **error)
{
  while (size > 0)
    {
      gssize n = pwrite (fd, bytes, size, *at);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail (error, "Cannot write an upload");
      bytes += n;
      size -= (gsize)n;
      *at += n;
    }
  return TRUE;
}

static gboolean
open_files (gpointer data,
            GValue *result,
            GError **error)
{
  LobbyUploadIntake *self = data;
  g_autofree char *aside = g_strconcat (self->path, ASIDE, NULL);

  self->fd = g_open (self->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (self->fd < 0)
    return fail (error, "Cannot open an upload");
  if (self->checksum == NULL)
    return TRUE;
  self->aside = g_open (aside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (self->aside < 0)
    return fail (error, "Cannot open an upload");
  self->at = 0;
  return TRUE;
}

static gboolean
write_piece (gpointer data,
             GValue *result,
             GError **error)
{
  LobbyUploadIntake *self = data;

  if (!lobby_file_has_room (self->folder, self->writing->len))
    {
      errno = ENOSPC;
      return fail (error, "Cannot write an upload");
    }
  if (self->checksum != NULL)
    g_checksum_update (self->checksum, self->writing->data, self->writing->len);
  return write_at (self->aside >= 0 ? self->aside : self->fd, self->writing->data, self->writing->len, &self->at, error);
}

static gboolean
is_right (LobbyUploadIntake *self)
{
  guint8 digest[64];
  gsize length = sizeof digest;

  g_checksum_get_digest (self->checksum, digest, &length);
  return length == g_bytes_get_size (self->expected) && memcmp (digest, g_bytes_get_data (self->expected, NULL), length) == 0;
}

static gboolean
join (LobbyUploadIntake *self,
      GError **error)
{
  gint64 end = lseek (self->fd, 0, SEEK_END);
  g_autofree guint8 *buffer = g_malloc (COPY_BYTES);
  gint64 from = 0;
  gssize n;

  if (end < 0)
    return fail (error, "Cannot write an upload");
  while ((n = pread (self->aside, buffer, COPY_BYTES, from)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return fail (error, "Cannot read an upload");
      if (!write_at (self->fd, buffer, (gsize)n, &end, error))
        return FALSE;
      from += n;
    }
  return TRUE;
}

static gboolean
settle (gpointer data,
        GValue *result,
        GError **error)
{
  LobbyUploadIntake *self = data;
  g_autofree char *aside = g_strconcat (self->path, ASIDE, NULL);
  gboolean done = TRUE;

  if (self->checksum != NULL && !self->cut_off && !self->failed)
    {
      if (is_right (self))
        done = join (self, error);
      else
        {
          g_set_error_literal (error, LOBBY_UPLOAD_ERROR, LOBBY_UPLOAD_ERROR_CHECKSUM, "These bytes are not those of the checksum");
          done = FALSE;
        }
    }
  if (done && fdatasync (self->fd) != 0)
    done = fail (error, "Cannot sync an upload");
  if (self->checksum != NULL)
    g_unlink (aside);
  return done;
}

/* On the fiber */

static gboolean
write_all (LobbyUploadIntake *self,
           GError **error)
{
  while (TRUE)
    {
      while (self->filling->len == 0 && !self->ended)
        {
          self->wake = dex_promise_new ();
          dex_await (dex_ref (DEX_FUTURE (self->wake)), NULL);
        }
      if (self->filling->len == 0)
        return TRUE;
      self->writing = g_steal_pointer (&self->filling);
      self->filling = g_byte_array_new ();
      if (self->waiting)
        {
          self->waiting = FALSE;
          self->room (self->room_data);
        }
      if (!dex_await (lobby_async_run_in_thread (write_piece, self, NULL), error))
        return FALSE;
      g_clear_pointer (&self->writing, g_byte_array_unref);
    }
}

gboolean
lobby_upload_intake_run (LobbyUploadIntake *self,
                         const char *path,
                         gint64 offset,
                         GError **error)
{
  g_autoptr (GError) later = NULL;
  gboolean done;

  self->path = g_strdup (path);
  self->folder = g_path_get_dirname (path);
  self->at = offset;
  done = dex_await (lobby_async_run_in_thread (open_files, self, NULL), error) && write_all (self, error);
  self->failed = !done;
  /* What did come before a failure counts, too. */
  if (self->fd >= 0 && !dex_await (lobby_async_run_in_thread (settle, self, NULL), done ? error : &later))
    done = FALSE;
  self->failed = !done;
  close_files (self);
  if (self->waiting)
    self->room (self->room_data);
  if (done && self->cut_off)
    {
      g_set_error_literal (error, LOBBY_UPLOAD_ERROR, self->why,
                           self->why == LOBBY_UPLOAD_ERROR_TAKEN_OVER ? "Another request goes on with this upload" : "The connection broke off");
      return FALSE;
    }
  return done;
}
