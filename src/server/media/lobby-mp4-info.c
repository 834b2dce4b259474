/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-mp4-info.h"

#include <string.h>

#include "lobby-mp4-box.h"

/*
 * ISO 14496-12, see lobby-mp4-box.h: moov holds mvhd (time scale, duration) and a trak for each track: tkhd (matrix, width, height),
 * mdia/hdlr (what it is), mdia/minf/stbl/stsd (its codec).
 */

#define MAX_TRACKS 16
#define MAX_SIDE 65535
/* A day; more is a lie. */
#define MAX_MSEC (24 * 60 * 60 * G_GUINT64_CONSTANT (1000))

/* The first box of this type in @in. */
static gboolean
find_box (LobbyMp4Span in,
          const char *wanted,
          LobbyMp4Span *content)
{
  char type[5];

  for (guint i = 0; i < LOBBY_MP4_MAX_BOXES && lobby_mp4_next_box (&in, type, content); i++)
    {
      if (strcmp (type, wanted) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
read_movie_header (LobbyMp4Span mvhd,
                   LobbyMp4Info *info)
{
  gboolean wide = mvhd.length > 0 && mvhd.data[0] == 1;
  guint64 scale, duration;

  if (mvhd.length < (wide ? 32U : 20U))
    return;
  scale = lobby_mp4_big32 (mvhd.data + (wide ? 20 : 12));
  duration = wide ? lobby_mp4_big64 (mvhd.data + 24) : lobby_mp4_big32 (mvhd.data + 16);
  if (scale > 0 && duration / scale <= MAX_MSEC / 1000)
    info->duration = (int)(duration * 1000 / scale);
}

/* The matrix's first element is 0 when the picture is turned by a quarter. */
static void
read_track_header (LobbyMp4Span tkhd,
                   LobbyMp4Info *info)
{
  gboolean wide = tkhd.length > 0 && tkhd.data[0] == 1;
  gsize at = wide ? 52 : 40;
  guint32 width, height;

  if (tkhd.length < at + 44)
    return;
  width = lobby_mp4_big32 (tkhd.data + at + 36) >> 16;
  height = lobby_mp4_big32 (tkhd.data + at + 40) >> 16;
  if (width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE)
    return;
  info->width = (int)(lobby_mp4_big32 (tkhd.data + at) == 0 ? height : width);
  info->height = (int)(lobby_mp4_big32 (tkhd.data + at) == 0 ? width : height);
}

static void
read_codec (LobbyMp4Span mdia,
            LobbyMp4Info *info)
{
  LobbyMp4Span minf, stbl, stsd;

  if (!find_box (mdia, "minf", &minf) || !find_box (minf, "stbl", &stbl) || !find_box (stbl, "stsd", &stsd) || stsd.length < 16)
    return;
  for (guint i = 0; i < 4; i++)
    info->video_codec[i] = g_ascii_isalnum (stsd.data[12 + i]) ? (char)stsd.data[12 + i] : '.';
}

static void
read_track (LobbyMp4Span trak,
            LobbyMp4Info *info)
{
  LobbyMp4Span mdia, hdlr, tkhd;

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
  LobbyMp4Span rest = { moov, length };
  LobbyMp4Span content;
  char type[5];
  guint tracks = 0;

  memset (info, 0, sizeof *info);
  for (guint i = 0; i < LOBBY_MP4_MAX_BOXES && lobby_mp4_next_box (&rest, type, &content); i++)
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
  LobbyMp4Box box;
  gboolean behind_data = FALSE;
  guint64 at = 0;

  for (guint i = 0; i < LOBBY_MP4_MAX_BOXES && lobby_mp4_read_box (fd, at, &box); i++)
    {
      if (strcmp (box.type, "moov") == 0)
        {
          g_autofree guint8 *moov = lobby_mp4_read_moov (fd, &box);

          if (moov == NULL || !lobby_mp4_info_parse (moov, (gsize)box.size - box.head, info))
            return FALSE;
          info->index_behind = behind_data;
          return TRUE;
        }
      behind_data = behind_data || strcmp (box.type, "mdat") == 0;
      at += box.size;
    }
  return FALSE;
}
