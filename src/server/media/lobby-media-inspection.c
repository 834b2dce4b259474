/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-media-inspection.h"
#include "lobby-file.h"
#include "lobby-image-size.h"
#include "lobby-media-type.h"
#include "lobby-opus-duration.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define CHUNK (64 * 1024)

/* Hashes the file; keeps its beginning and its last chunk. */
static gboolean
read_file (int fd,
           LobbyMediaFacts *self,
           GByteArray *beginning,
           GByteArray *end,
           GError **error)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 buffer[CHUNK];
  gssize n;

  while ((n = read (fd, buffer, sizeof buffer)) != 0)
    {
      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        return lobby_file_set_error (error, "Cannot read a file");
      g_checksum_update (checksum, buffer, n);
      if (beginning->len < LOBBY_IMAGE_SIZE_PREFIX)
        g_byte_array_append (beginning, buffer, (guint)n);
      g_byte_array_append (end, buffer, (guint)n);
      if (end->len > CHUNK)
        g_byte_array_remove_range (end, 0, end->len - CHUNK);
      self->size += n;
    }
  self->sha256 = g_strdup (g_checksum_get_string (checksum));
  return TRUE;
}

LobbyMediaFacts *
lobby_media_inspect (const char *path,
                     const char *told,
                     GError **error)
{
  g_autoptr (LobbyMediaFacts) self = g_new0 (LobbyMediaFacts, 1);
  g_autoptr (GByteArray) beginning = g_byte_array_new ();
  g_autoptr (GByteArray) end = g_byte_array_new ();
  g_autofd int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);

  if (fd < 0)
    {
      lobby_file_set_error (error, "Cannot open a file");
      return NULL;
    }
  if (!read_file (fd, self, beginning, end, error))
    return NULL;
  self->mime_type = lobby_media_type_decide (beginning->data, beginning->len, told);
  lobby_image_size_parse (beginning->data, beginning->len, &self->width, &self->height);
  lobby_opus_duration_parse (beginning->data, beginning->len, end->data, end->len, &self->duration);
  return g_steal_pointer (&self);
}
