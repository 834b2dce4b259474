/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-file.h"

#include "lobby-clock.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define RESERVED_PART 20
#define MOST_RESERVED (G_GUINT64_CONSTANT (64) * 1024 * 1024)

gboolean
lobby_file_set_error (GError **error,
                      const char *what)
{
  int code = errno;
  /* GLib has no codes for quotas and limits of file sizes; to whoever writes they are a full disk. */
  int meant = code == EDQUOT || code == EFBIG ? ENOSPC : code;

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (meant), "%s: %s", what, g_strerror (code));
  return FALSE;
}

gboolean
lobby_file_is_full (const GError *error)
{
  return g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
}

gboolean
lobby_file_sync_folder (const char *folder,
                        GError **error)
{
  g_autofd int fd = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0 && fsync (fd) == 0)
    return TRUE;
  return lobby_file_set_error (error, "Cannot sync a folder");
}

gboolean
lobby_file_write (int fd,
                  const void *bytes,
                  gsize length)
{
  const char *at = bytes;

  while (length > 0)
    {
      gssize n = write (fd, at, length);

      if (n < 0 && errno != EINTR)
        return FALSE;
      at += MAX (n, 0);
      length -= (gsize)MAX (n, 0);
    }
  return TRUE;
}

gint64
lobby_file_size (const char *path)
{
  struct stat status;

  return stat (path, &status) == 0 ? status.st_size : 0;
}

gint64
lobby_file_age (const char *path)
{
  struct stat status;

  if (stat (path, &status) != 0)
    return G_MAXINT64;
  return lobby_clock_now () - ((gint64)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000);
}

gboolean
lobby_file_has_room (const char *folder,
                     gint64 bytes)
{
  struct statvfs status;
  guint64 room, reserve;

  if (statvfs (folder, &status) != 0)
    return TRUE; /* writing will tell */
  room = (guint64)status.f_bavail * status.f_frsize;
  reserve = MIN ((guint64)status.f_blocks * status.f_frsize / RESERVED_PART, MOST_RESERVED);
  return room >= reserve && room - reserve >= (guint64)bytes;
}
