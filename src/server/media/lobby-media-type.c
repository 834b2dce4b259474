/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-media-type.h"

#include <string.h>

#define UNKNOWN "application/octet-stream"
#define MAX_TYPE 128

static const struct
{
  guint offset, length;
  const char *bytes, *type;
} SIGNATURES[] = {
  { 0, 8, "\x89PNG\r\n\x1a\n", "image/png" },
  { 0, 3, "\xff\xd8\xff", "image/jpeg" },
  { 0, 4, "GIF8", "image/gif" },
  { 8, 4, "WEBP", "image/webp" },
  { 0, 5, "%PDF-", "application/pdf" },
  { 0, 6, "#!AMR\n", "audio/amr" },
  { 0, 9, "#!AMR-WB\n", "audio/amr-wb" },
  { 0, 3, "ID3", "audio/mpeg" },
  { 0, 4, "fLaC", "audio/flac" },
  { 8, 4, "WAVE", "audio/wav" },
  { 4, 7, "ftypM4A", "audio/mp4" },
  { 4, 7, "ftypM4B", "audio/mp4" },
  { 4, 7, "ftyp3gp", "video/3gpp" },
  { 4, 7, "ftyp3g2", "video/3gpp" },
  { 4, 8, "ftypqt  ", "video/quicktime" },
  { 4, 8, "ftypheic", "image/heic" },
  { 4, 8, "ftypheix", "image/heic" },
  { 4, 8, "ftypmif1", "image/heic" },
  { 4, 8, "ftypavif", "image/avif" },
};

static gboolean
has (const guint8 *data,
     gsize length,
     guint offset,
     const char *bytes,
     guint count)
{
  return length >= offset + count && memcmp (data + offset, bytes, count) == 0;
}

static const char *
sniff (const guint8 *data,
       gsize length,
       const char *told)
{
  for (guint i = 0; i < G_N_ELEMENTS (SIGNATURES); i++)
    {
      if (has (data, length, SIGNATURES[i].offset, SIGNATURES[i].bytes, SIGNATURES[i].length))
        return SIGNATURES[i].type;
    }
  /* MPEG audio without tags: eleven bits of synchronisation, then version and layer; layer 0 is AAC in ADTS. */
  if (length >= 4 && data[0] == 0xff && (data[1] & 0xf6) == 0xf0)
    return "audio/aac";
  if (length >= 4 && data[0] == 0xff && (data[1] & 0xe0) == 0xe0 && (data[1] & 0x06) != 0 && (data[1] & 0x18) != 0x08 && (data[2] & 0xf0) != 0xf0)
    return "audio/mpeg";
  /* The first page of an OGG file holds the codec's name right behind its one-segment header. */
  if (has (data, length, 0, "OggS", 4))
    return has (data, length, 28, "OpusHead", 8) ? "audio/ogg; codecs=opus" : "audio/ogg";
  /* The same box opens MP4 sound and pictures; what was told decides. */
  if (has (data, length, 4, "ftyp", 4))
    return told != NULL && g_str_has_prefix (told, "audio/") ? "audio/mp4" : "video/mp4";
  if (has (data, length, 0, "\x1a\x45\xdf\xa3", 4))
    return memmem (data, MIN (length, 64), "webm", 4) != NULL ? "video/webm" : "video/x-matroska";
  return NULL;
}

/* The last character may be cut in two where the beginning ends. */
static gboolean
is_text (const guint8 *data,
         gsize length)
{
  const char *end;

  if (length == 0 || (!g_utf8_validate_len ((const char *)data, length, &end) && (gsize)(end - (const char *)data) + 4 < length))
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (data[i] < 0x20 && strchr ("\t\n\r\f\x1b", data[i]) == NULL)
        return FALSE;
    }
  return memchr (data, '\0', length) == NULL;
}

static gboolean
is_runnable (const char *type)
{
  static const char *const runnable[] = { "html", "xml", "svg", "script", "css", "flash" };

  for (guint i = 0; i < G_N_ELEMENTS (runnable); i++)
    {
      /* Office documents are "…openxmlformats…": zip files, not XML. */
      if (strstr (type, runnable[i]) != NULL && strstr (type, "openxmlformats") == NULL)
        return TRUE;
    }
  return FALSE;
}

/* Files of these types begin in ways that sniff () knows; one that does not is none. */
static gboolean
is_recognisable (const char *type)
{
  static const char *const types[] = { "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf", "audio/amr", "audio/mp4",
                                       "audio/mpeg", "audio/aac", "audio/ogg", "audio/opus", "audio/flac", "audio/wav", "audio/x-wav", "audio/wave",
                                       "audio/vnd.wave", "image/heic", "image/avif", "video/mp4", "video/3gpp", "video/quicktime", "video/webm",
                                       "video/x-matroska", UNKNOWN, NULL };
  g_autofree char *bare = g_strndup (type, strcspn (type, ";"));

  return g_strv_contains (types, g_strstrip (bare));
}

static gboolean
is_well_formed (const char *type)
{
  const char *slash = strchr (type, '/');

  if (slash == NULL || slash == type || slash[1] == '\0' || strlen (type) > MAX_TYPE)
    return FALSE;
  for (const char *p = type; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p) && strchr ("/.+-_;= ", *p) == NULL)
        return FALSE;
    }
  return TRUE;
}

char *
lobby_media_type_decide (const guint8 *data,
                         gsize length,
                         const char *told)
{
  g_autofree char *lower = told != NULL ? g_ascii_strdown (told, -1) : NULL;
  const char *found = sniff (data, length, lower);

  if (found != NULL)
    return g_strdup (found);
  if (lower != NULL && is_runnable (lower))
    return g_strdup (UNKNOWN);
  if (lower == NULL || !is_well_formed (lower) || is_recognisable (lower))
    return g_strdup (is_text (data, length) ? "text/plain" : UNKNOWN);
  return g_steal_pointer (&lower);
}
