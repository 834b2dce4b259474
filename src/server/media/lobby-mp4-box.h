/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * ISO 14496-12: a file is boxes, and so is the content of many a box: size (4 bytes, big endian; 1: the next 8 after the type are the
 * size; 0: to the end), type (4 letters), content.
 */

#define LOBBY_MP4_MAX_BOXES 256               /* side by side, that are looked at */
#define LOBBY_MP4_MAX_MOOV  (8 * 1024 * 1024) /* bytes of the index, which is read whole */

typedef struct
{
  const guint8 *data;
  gsize         length;
} LobbyMp4Span;

/* Takes the next box off @rest. */
gboolean lobby_mp4_next_box  (LobbyMp4Span *rest,
                              char          type[5],
                              LobbyMp4Span *content);

/* A box of a file itself. */
typedef struct
{
  char     type[5];
  guint64  at;
  guint64  size;        /* with its head, */
  guint    head;        /* of so many bytes */
} LobbyMp4Box;

/* FALSE when there is none at @at, or one that goes to the end. */
gboolean lobby_mp4_read_box  (int           fd,
                              guint64       at,
                              LobbyMp4Box  *box);
/* The content of @box, which is a moov; NULL when it is too large or not all there. (transfer full) */
guint8  *lobby_mp4_read_moov (int                fd,
                              const LobbyMp4Box *box);

guint32  lobby_mp4_big32     (const guint8 *bytes);
guint64  lobby_mp4_big64     (const guint8 *bytes);

G_END_DECLS
