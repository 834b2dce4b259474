/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-media-inspection.h"
#include "lobby-document-type.h"
#include "lobby-file.h"
#include "lobby-image-size.h"
#include "lobby-media-type.h"
#include "lobby-mp4-info.h"
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
  g_autofree guint8 *buffer = g_malloc (CHUNK);
  gssize n;

  while ((n = read (fd, buffer, CHUNK)) != 0)
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

static gboolean
begins (const GByteArray *beginning,
        guint offset,
        const char *bytes,
        guint count)
{
  return beginning->len >= offset + count && memcmp (beginning->data + offset, bytes, count) == 0;
}

/* Which of the types that begin with this box it is, by its tracks. */
static void
look_at_tracks (int fd,
                LobbyMediaFacts *self)
{
  LobbyMp4Info info;

  if (!lobby_mp4_info_read (fd, &info))
    return;
  self->width = info.width;
  self->height = info.height;
  self->duration = info.duration;
  self->audio_tracks = info.audio_tracks;
  self->index_behind = info.index_behind;
  memcpy (self->video_codec, info.video_codec, sizeof self->video_codec);
  if (!info.has_video && info.audio_tracks > 0)
    g_set_str (&self->mime_type, strcmp (self->mime_type, "video/3gpp") == 0 ? "audio/3gpp" : "audio/mp4");
  else if (info.has_video && strcmp (self->mime_type, "audio/mp4") == 0)
    g_set_str (&self->mime_type, "video/mp4");
}

/* What the beginning alone does not tell. */
static void
look_closer (int fd,
             LobbyMediaFacts *self,
             const GByteArray *beginning)
{
  if (begins (beginning, 0, "PK\3\4", 4))
    g_set_str (&self->mime_type, lobby_document_type_of_zip (fd, self->size));
  else if (begins (beginning, 0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8))
    g_set_str (&self->mime_type, lobby_document_type_of_ole (fd));
  else if (begins (beginning, 4, "ftyp", 4))
    look_at_tracks (fd, self);
  /* "OpusHead" stands behind the page's header and one length; then version, channels (RFC 7845, 5.1). */
  else if (begins (beginning, 0, "OggS", 4) && begins (beginning, 28, "OpusHead", 8) && beginning->len > 37)
    self->channels = beginning->data[37];
  /* VP8X has a flag for animation (RFC 9649, 2.7). */
  else if (begins (beginning, 8, "WEBPVP8X", 8) && beginning->len > 20)
    self->animated = (beginning->data[20] & 2) != 0;
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
  look_closer (fd, self, beginning);
  return g_steal_pointer (&self);
}
