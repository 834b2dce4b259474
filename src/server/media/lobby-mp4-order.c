/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-mp4-order.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lobby-file.h"
#include "lobby-mp4-box.h"

/*
 * Cameras learn the index while they write the data, and put it behind. It says where in the file each chunk of samples is, in
 * moov/trak/mdia/minf/stbl/stco (4 bytes a chunk) or co64 (8): what it moves in front of moves back by its size.
 */

#define MAX_DEPTH 5
#define TABLE_HEAD 8 /* bytes: version, flags, number of entries */

typedef struct
{
  guint64 data_at; /* of the first mdat: where the index goes */
  LobbyMp4Box box; /* of the index */
  guint8 *moov;    /* its content */
  gboolean shifted;
} Order;

static gboolean
not_understood (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "The order of this MP4 cannot be changed");
  return FALSE;
}

/* FALSE also for one in fragments, each of which has an index of its own. */
static gboolean
find_index (Order *self,
            int fd)
{
  gboolean has_data = FALSE, has_index = FALSE;
  LobbyMp4Box box;
  guint64 at = 0;

  for (guint i = 0; i < LOBBY_MP4_MAX_BOXES && lobby_mp4_read_box (fd, at, &box); i++)
    {
      if (strcmp (box.type, "moof") == 0 || (has_index && strcmp (box.type, "moov") == 0))
        return FALSE;
      if (strcmp (box.type, "mdat") == 0 && !has_data)
        {
          has_data = TRUE;
          self->data_at = at;
        }
      if (strcmp (box.type, "moov") == 0)
        {
          has_index = TRUE;
          self->box = box;
        }
      at += box.size;
    }
  return has_data && has_index && self->box.at > self->data_at;
}

static gboolean
shift_table (Order *self,
             LobbyMp4Span table,
             guint width)
{
  guint8 *entry = self->moov + (table.data - self->moov) + TABLE_HEAD;
  guint32 count = table.length >= TABLE_HEAD ? lobby_mp4_big32 (table.data + 4) : 0;

  if (table.length < TABLE_HEAD || count > (table.length - TABLE_HEAD) / width)
    return FALSE;
  for (; count > 0; count--, entry += width)
    {
      guint64 at = width == 4 ? lobby_mp4_big32 (entry) : lobby_mp4_big64 (entry);

      if (at < self->data_at || at >= self->box.at)
        continue;
      at += self->box.size;
      if (width == 4 && at > G_MAXUINT32)
        return FALSE;
      for (guint i = 0; i < width; i++)
        entry[i] = (guint8)(at >> (8 * (width - 1 - i)));
    }
  self->shifted = TRUE;
  return TRUE;
}

static gboolean
shift_chunks (Order *self,
              LobbyMp4Span in,
              guint depth)
{
  static const char *const ways[] = { "trak", "mdia", "minf", "stbl", NULL };
  LobbyMp4Span content;
  char type[5];

  while (lobby_mp4_next_box (&in, type, &content))
    {
      if (g_strv_contains (ways, type) && (depth == MAX_DEPTH || !shift_chunks (self, content, depth + 1)))
        return FALSE;
      if (strcmp (type, "stco") == 0 && !shift_table (self, content, 4))
        return FALSE;
      if (strcmp (type, "co64") == 0 && !shift_table (self, content, 8))
        return FALSE;
    }
  return TRUE;
}

static gboolean
copy (int from,
      int to,
      guint64 at,
      guint64 end)
{
  off_t offset = (off_t)at;

  while ((guint64)offset < end)
    {
      gssize n = sendfile (to, from, &offset, (gsize)MIN (end - (guint64)offset, G_MAXINT32));

      if (n == 0)
        errno = EIO; /* it is shorter than it was */
      if (n == 0 || (n < 0 && errno != EINTR))
        return FALSE;
    }
  return TRUE;
}

static gboolean
write_ordered (const Order *self,
               int from,
               int to)
{
  guint64 behind = self->box.at + self->box.size;
  struct stat status;

  return fstat (from, &status) == 0
         && copy (from, to, 0, self->data_at)
         && copy (from, to, self->box.at, self->box.at + self->box.head)
         && lobby_file_write (to, self->moov, (gsize)self->box.size - self->box.head)
         && copy (from, to, self->data_at, self->box.at)
         && copy (from, to, behind, (guint64)status.st_size)
         && fdatasync (to) == 0;
}

gboolean
lobby_mp4_order (const char *path,
                 const char *to,
                 GError **error)
{
  g_autofd int source = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  g_autofd int target = -1;
  g_autofree guint8 *moov = NULL;
  Order self = { 0 };

  if (source < 0)
    return lobby_file_set_error (error, "Cannot open a file");
  if (!find_index (&self, source))
    return not_understood (error);
  self.moov = moov = lobby_mp4_read_moov (source, &self.box);
  if (moov == NULL || !shift_chunks (&self, (LobbyMp4Span){ moov, (gsize)self.box.size - self.box.head }, 0) || !self.shifted)
    return not_understood (error);
  target = g_open (to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (target >= 0 && write_ordered (&self, source, target))
    return TRUE;
  lobby_file_set_error (error, "Cannot write a file");
  g_unlink (to);
  return FALSE;
}
