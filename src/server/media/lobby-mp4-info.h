/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the boxes of an MP4, 3GP or MOV file tell of its tracks. */
typedef struct
{
  gboolean has_video;
  char     video_codec[5];      /* four letters as in the file, "avc1"; empty: unknown */
  guint    audio_tracks;
  int      width, height;       /* px, as shown; 0 unknown */
  int      duration;            /* ms; 0 unknown */
  gboolean index_behind;        /* moov stands behind mdat; of a file only */
} LobbyMp4Info;

/* Reads the file through @fd, little of it. FALSE when it is no such file, or one that this does not understand. */
gboolean lobby_mp4_info_read (int           fd,
                              LobbyMp4Info *info);
/* The same of the content of the box "moov". */
gboolean lobby_mp4_info_parse (const guint8 *moov,
                               gsize         length,
                               LobbyMp4Info *info);

G_END_DECLS
