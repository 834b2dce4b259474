/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-media-store.h"

#include <string.h>

#include "lobby-graph-error.h"

#define KIB 1024
#define MIB (1024 * 1024)

/* What POST /media names in its refusal of anything else (CLOUD_API section 3). */
static const char *const allowed[] = {
  "audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg", "audio/opus",
  "application/vnd.ms-powerpoint", "application/msword",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
  "application/pdf", "text/plain", "application/vnd.ms-excel",
  "image/jpeg", "image/png", "image/webp", "video/mp4", "video/3gpp", NULL
};

static char *
bare_type (const char *mime_type)
{
  g_autofree char *bare = g_strndup (mime_type, strcspn (mime_type, ";"));

  return g_ascii_strdown (g_strstrip (bare), -1);
}

gboolean
lobby_media_type_allowed (const char *mime_type)
{
  g_autofree char *bare = bare_type (mime_type);

  return g_strv_contains (allowed, bare);
}

static gboolean
refuse (GError **error,
        const char *format,
        ...)
{
  va_list arguments;
  g_autofree char *details = NULL;

  va_start (arguments, format);
  details = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, LOBBY_GRAPH_ERROR, 131053, details);
  return FALSE;
}

static gboolean
starts (GBytes *bytes,
        gsize offset,
        const char *magic,
        gsize length)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  return size >= offset + length && memcmp (data + offset, magic, length) == 0;
}

static gboolean
check_size (const LobbyMedia *media,
            const char *what,
            gsize most,
            GError **error)
{
  gsize size = g_bytes_get_size (media->bytes);

  if (size > most)
    return refuse (error, "%s file size is too big: %" G_GSIZE_FORMAT " bytes. Max allowed size: %" G_GSIZE_FORMAT " bytes.", what, size, most);
  return size > 0 || refuse (error, "%s file is empty.", what);
}

static gboolean
check_image (const LobbyMedia *media,
             const char *type,
             GError **error)
{
  gboolean jpeg = g_str_equal (type, "image/jpeg");

  if (!jpeg && !g_str_equal (type, "image/png"))
    return refuse (error, "Unsupported Image mime type %s. Please use one of image/jpeg, image/png.", media->mime_type);
  if (jpeg ? !starts (media->bytes, 0, "\xFF\xD8\xFF", 3) : !starts (media->bytes, 0, "\x89PNG\r\n\x1A\n", 8))
    return refuse (error, "Image file is not of type %s.", type);
  return check_size (media, "Image", 5 * MIB, error);
}

/* Of the boxes of an MP4 (4 bytes size, 4 type) moov has to come before mdat. */
static gboolean
has_index_first (GBytes *bytes)
{
  gsize size, at = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  while (size - at >= 16)
    {
      guint64 box = (guint64)data[at] << 24 | (guint64)data[at + 1] << 16 | (guint64)data[at + 2] << 8 | data[at + 3];

      if (memcmp (data + at + 4, "mdat", 4) == 0)
        return FALSE;
      if (memcmp (data + at + 4, "moov", 4) == 0)
        return TRUE;
      if (box < 8 || box > size - at)
        return FALSE;
      at += box;
    }
  return FALSE;
}

static gboolean
check_video (const LobbyMedia *media,
             const char *type,
             GError **error)
{
  if (!g_str_equal (type, "video/mp4") && !g_str_equal (type, "video/3gpp"))
    return refuse (error, "Unsupported Video mime type %s. Please use one of video/mp4, video/3gpp.", media->mime_type);
  if (!starts (media->bytes, 4, "ftyp", 4))
    return refuse (error, "Video file is not of type %s.", type);
  if (!has_index_first (media->bytes))
    return refuse (error, "Video file cannot be processed: its moov atom has to stand before mdat.");
  return check_size (media, "Video", 16 * MIB, error);
}

/* The first page of an Ogg file of Opus: 27 bytes, one segment length, then "OpusHead", version, channels (RFC 7845). */
static gboolean
check_ogg (const LobbyMedia *media,
           GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (media->bytes, &size);

  if (!starts (media->bytes, 0, "OggS", 4) || size < 38 || data[26] != 1 || !starts (media->bytes, 28, "OpusHead", 8))
    return refuse (error, "Audio file uploaded with mimetype as %s, however on processing it is of type application/octet-stream. "
                          "Please choose a different file: OGG needs the OPUS codec.",
                   media->mime_type);
  if (data[37] != 1)
    return refuse (error, "Audio file has %u channels. OGG with the OPUS codec has to be mono.", data[37]);
  return TRUE;
}

static gboolean
check_audio (const LobbyMedia *media,
             const char *type,
             GError **error)
{
  static const char *const types[] = { "audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg", NULL };

  if (!g_strv_contains (types, type))
    return refuse (error, "Unsupported Audio mime type %s. Please use one of audio/ogg; codecs=opus, audio/mpeg, audio/amr, audio/mp4, audio/aac.",
                   media->mime_type);
  if (g_str_equal (type, "audio/ogg") && !check_ogg (media, error))
    return FALSE;
  return check_size (media, "Audio", 16 * MIB, error);
}

/* Width, height and animation of a WebP file (RFC 9649): its first chunk is VP8X, VP8L or "VP8 ". */
static gboolean
webp_measure (GBytes *bytes,
              guint *width,
              guint *height,
              gboolean *animated)
{
  gsize size;
  const guint8 *d = g_bytes_get_data (bytes, &size);

  if (size < 30 || !starts (bytes, 0, "RIFF", 4) || !starts (bytes, 8, "WEBP", 4))
    return FALSE;
  *animated = FALSE;
  if (memcmp (d + 12, "VP8X", 4) == 0)
    {
      *animated = (d[20] & 2) != 0;
      *width = 1 + (d[24] | d[25] << 8 | d[26] << 16);
      *height = 1 + (d[27] | d[28] << 8 | d[29] << 16);
    }
  else if (memcmp (d + 12, "VP8L", 4) == 0)
    {
      *width = 1 + ((d[21] | d[22] << 8) & 0x3fff);
      *height = 1 + ((d[22] >> 6 | d[23] << 2 | d[24] << 10) & 0x3fff);
    }
  else if (memcmp (d + 12, "VP8 ", 4) == 0)
    {
      *width = (d[26] | d[27] << 8) & 0x3fff;
      *height = (d[28] | d[29] << 8) & 0x3fff;
    }
  else
    return FALSE;
  return TRUE;
}

static gboolean
check_sticker (const LobbyMedia *media,
               const char *type,
               GError **error)
{
  guint width, height;
  gboolean animated;

  if (!g_str_equal (type, "image/webp"))
    return refuse (error, "Unsupported Sticker mime type %s. Please use image/webp.", media->mime_type);
  if (!webp_measure (media->bytes, &width, &height, &animated))
    return refuse (error, "Sticker file is not of type image/webp.");
  if (width != 512 || height != 512)
    return refuse (error, "Sticker dimensions must be 512 x 512 pixels, not %u x %u.", width, height);
  return check_size (media, animated ? "Animated sticker" : "Sticker", animated ? 500 * KIB : 100 * KIB, error);
}

gboolean
lobby_media_check (const LobbyMedia *media,
                   const char *type,
                   GError **error)
{
  g_autofree char *bare = bare_type (media->mime_type);

  if (g_str_equal (type, "image"))
    return check_image (media, bare, error);
  if (g_str_equal (type, "video"))
    return check_video (media, bare, error);
  if (g_str_equal (type, "audio"))
    return check_audio (media, bare, error);
  if (g_str_equal (type, "sticker"))
    return check_sticker (media, bare, error);
  return check_size (media, "Document", LOBBY_MEDIA_FILE_MAX, error);
}
