/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-mp4-box.h"

#include <string.h>
#include <unistd.h>

#define HEAD 8
#define WIDE_HEAD 16

guint32
lobby_mp4_big32 (const guint8 *p)
{
  return (guint32)p[0] << 24 | (guint32)p[1] << 16 | (guint32)p[2] << 8 | p[3];
}

guint64
lobby_mp4_big64 (const guint8 *p)
{
  return (guint64)lobby_mp4_big32 (p) << 32 | lobby_mp4_big32 (p + 4);
}

gboolean
lobby_mp4_next_box (LobbyMp4Span *rest,
                    char type[5],
                    LobbyMp4Span *content)
{
  guint64 size;
  gsize head = HEAD;

  if (rest->length < HEAD)
    return FALSE;
  size = lobby_mp4_big32 (rest->data);
  memcpy (type, rest->data + 4, 4);
  type[4] = '\0';
  if (size == 1)
    {
      if (rest->length < WIDE_HEAD)
        return FALSE;
      size = lobby_mp4_big64 (rest->data + HEAD);
      head = WIDE_HEAD;
    }
  else if (size == 0)
    size = rest->length;
  if (size < head || size > rest->length)
    return FALSE;
  content->data = rest->data + head;
  content->length = (gsize)size - head;
  rest->data += size;
  rest->length -= (gsize)size;
  return TRUE;
}

gboolean
lobby_mp4_read_box (int fd,
                    guint64 at,
                    LobbyMp4Box *box)
{
  guint8 head[WIDE_HEAD];
  gssize length = at <= G_MAXINT64 ? pread (fd, head, sizeof head, (off_t)at) : -1;

  if (length < HEAD)
    return FALSE;
  memcpy (box->type, head + 4, 4);
  box->type[4] = '\0';
  box->at = at;
  box->size = lobby_mp4_big32 (head);
  box->head = HEAD;
  if (box->size == 1)
    {
      if (length < WIDE_HEAD)
        return FALSE;
      box->size = lobby_mp4_big64 (head + HEAD);
      box->head = WIDE_HEAD;
    }
  return box->size >= box->head && box->size <= G_MAXINT64;
}

guint8 *
lobby_mp4_read_moov (int fd,
                     const LobbyMp4Box *box)
{
  gsize length = box->size <= LOBBY_MP4_MAX_MOOV ? (gsize)box->size - box->head : 0;
  g_autofree guint8 *moov = length > 0 ? g_malloc (length) : NULL;

  if (moov == NULL || pread (fd, moov, length, (off_t)(box->at + box->head)) != (gssize)length)
    return NULL;
  return g_steal_pointer (&moov);
}
