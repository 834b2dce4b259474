/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-mp4-info.h"

#include <string.h>
#include <unistd.h>

/*
 * ISO 14496-12: a file is boxes: size (4 bytes, big endian; 1: the next 8 after the type are the size; 0: to the end), type
 * (4 letters), content. moov holds mvhd (time scale, duration) and a trak for each track: tkhd (matrix, width, height),
 * mdia/hdlr (what it is), mdia/minf/stbl/stsd (its codec).
 */

#define MAX_BOXES 256
#define MAX_MOOV (8 * 1024 * 1024)
#define MAX_TRACKS 16
#define MAX_SIDE 65535
/* A day; more is a lie. */
#define MAX_MSEC (24 * 60 * 60 * G_GUINT64_CONSTANT (1000))

static guint32
big32 (const guint8 *p)
{
  return (guint32)p[0] << 24 | (guint32)p[1] << 16 | (guint32)p[2] << 8 | p[3];
}

static guint64
big64 (const guint8 *p)
{
  return (guint64)big32 (p) << 32 | big32 (p + 4);
}

typedef struct
{
  const guint8 *data;
  gsize length;
} Span;

/* Takes the next box off @rest. */
static gboolean
next_box (Span *rest,
          char type[5],
          Span *content)
{
  guint64 size;
  gsize header = 8;

  if (rest->length < 8)
    return FALSE;
  size = big32 (rest->data);
  memcpy (type, rest->data + 4, 4);
  type[4] = '\0';
  if (size == 1)
    {
      if (rest->length < 16)
        return FALSE;
      size = big64 (rest->data + 8);
      header = 16;
    }
  else if (size == 0)
    size = rest->length;
  if (size < header || size > rest->length)
    return FALSE;
  content->data = rest->data + header;
  content->length = (gsize)size - header;
  rest->data += size;
  rest->length -= (gsize)size;
  return TRUE;
}

/* The first box of this type in @in. */
static gboolean
find_box (Span in,
          const char *wanted,
          Span *content)
{
  char type[5];

  for (guint i = 0; i < MAX_BOXES && next_box (&in, type, content); i++)
    {
      if (strcmp (type, wanted) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
read_movie_header (Span mvhd,
                   LobbyMp4Info *info)
{
  gboolean wide = mvhd.length > 0 && mvhd.data[0] == 1;
  guint64 scale, duration;

  if (mvhd.length < (wide ? 32U : 20U))
    return;
  scale = big32 (mvhd.data + (wide ? 20 : 12));
  duration = wide ? big64 (mvhd.data + 24) : big32 (mvhd.data + 16);
  if (scale > 0 && duration / scale <= MAX_MSEC / 1000)
    info->duration = (int)(duration * 1000 / scale);
}

/* The matrix's first element is 0 when the picture is turned by a quarter. */
static void
read_track_header (Span tkhd,
                   LobbyMp4Info *info)
{
  gboolean wide = tkhd.length > 0 && tkhd.data[0] == 1;
  gsize at = wide ? 52 : 40;
  guint32 width, height;

  if (tkhd.length < at + 44)
    return;
  width = big32 (tkhd.data + at + 36) >> 16;
  height = big32 (tkhd.data + at + 40) >> 16;
  if (width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE)
    return;
  info->width = (int)(big32 (tkhd.data + at) == 0 ? height : width);
  info->height = (int)(big32 (tkhd.data + at) == 0 ? width : height);
}

static void
read_codec (Span mdia,
            LobbyMp4Info *info)
{
  Span minf, stbl, stsd;

  if (!find_box (mdia, "minf", &minf) || !find_box (minf, "stbl", &stbl) || !find_box (stbl, "stsd", &stsd) || stsd.length < 16)
    return;
  for (guint i = 0; i < 4; i++)
    info->video_codec[i] = g_ascii_isalnum (stsd.data[12 + i]) ? (char)stsd.data[12 + i] : '.';
}

static void
read_track (Span trak,
            LobbyMp4Info *info)
{
  Span mdia, hdlr, tkhd;

  if (!find_box (trak, "mdia", &mdia) || !find_box (mdia, "hdlr", &hdlr) || hdlr.length < 12)
    return;
  if (memcmp (hdlr.data + 8, "soun", 4) == 0)
    info->audio_tracks++;
  if (memcmp (hdlr.data + 8, "vide", 4) != 0 || info->has_video)
    return;
  info->has_video = TRUE;
  read_codec (mdia, info);
  if (find_box (trak, "tkhd", &tkhd))
    read_track_header (tkhd, info);
}

gboolean
lobby_mp4_info_parse (const guint8 *moov,
                      gsize length,
                      LobbyMp4Info *info)
{
  Span rest = { moov, length };
  Span content;
  char type[5];
  guint tracks = 0;

  memset (info, 0, sizeof *info);
  for (guint i = 0; i < MAX_BOXES && next_box (&rest, type, &content); i++)
    {
      if (strcmp (type, "mvhd") == 0)
        read_movie_header (content, info);
      else if (strcmp (type, "trak") == 0 && tracks++ < MAX_TRACKS)
        read_track (content, info);
    }
  return tracks > 0;
}

gboolean
lobby_mp4_info_read (int fd,
                     LobbyMp4Info *info)
{
  guint8 header[16];
  guint64 at = 0;

  for (guint i = 0; i < MAX_BOXES && at <= G_MAXINT64 && pread (fd, header, sizeof header, (off_t)at) == sizeof header; i++)
    {
      guint64 size = big32 (header);
      guint skip = size == 1 ? 16 : 8;

      if (size == 1)
        size = big64 (header + 8);
      if (size < skip || size > G_MAXINT64)
        return FALSE;
      if (memcmp (header + 4, "moov", 4) == 0)
        {
          g_autofree guint8 *moov = size <= MAX_MOOV ? g_malloc ((gsize)size) : NULL;

          return moov != NULL && pread (fd, moov, (gsize)size - skip, (off_t)(at + skip)) == (gssize)(size - skip)
                 && lobby_mp4_info_parse (moov, (gsize)size - skip, info);
        }
      at += size;
    }
  return FALSE;
}
