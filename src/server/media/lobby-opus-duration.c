/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-opus-duration.h"

#include <string.h>

/*
 * An OGG page: "OggS", version 0, flags, granule position (8 bytes, little endian), serial (4), sequence
 * (4), checksum (4), number of segments, their lengths, the data. Opus counts granules at 48 kHz whatever
 * it was recorded at; the pre-skip of the identification header is not played.
 */
#define PAGE_HEADER 27
#define GRANULES_PER_MSEC 48
/* A day; more is a lie. */
#define MAX_MSEC (24 * 60 * 60 * 1000)
#define NO_PACKET_ENDS (~G_GUINT64_CONSTANT (0))

static guint32
little32 (const guint8 *p)
{
  return (guint32)p[3] << 24 | (guint32)p[2] << 16 | (guint32)p[1] << 8 | p[0];
}

static gboolean
is_page (const guint8 *data,
         gsize length)
{
  return length >= PAGE_HEADER && memcmp (data, "OggS", 4) == 0 && data[4] == 0;
}

static guint64
page_granule (const guint8 *page)
{
  return (guint64)little32 (page + 10) << 32 | little32 (page + 6);
}

/* The stream's serial number and pre-skip, from the first page. */
static gboolean
parse_identification (const guint8 *data,
                      gsize length,
                      guint32 *serial,
                      guint *pre_skip)
{
  gsize at;

  if (!is_page (data, length))
    return FALSE;
  at = PAGE_HEADER + data[26];
  if (at + 12 > length || memcmp (data + at, "OpusHead", 8) != 0)
    return FALSE;
  *serial = little32 (data + 14);
  *pre_skip = (guint)data[at + 11] << 8 | data[at + 10];
  return TRUE;
}

static gboolean
find_last_granule (const guint8 *data,
                   gsize length,
                   guint32 serial,
                   guint64 *granule)
{
  for (gsize at = length < PAGE_HEADER ? 0 : length - PAGE_HEADER + 1; at-- > 0;)
    {
      if (data[at] != 'O' || !is_page (data + at, length - at) || little32 (data + at + 14) != serial)
        continue;
      *granule = page_granule (data + at);
      if (*granule != NO_PACKET_ENDS)
        return TRUE;
    }
  return FALSE;
}

gboolean
lobby_opus_duration_parse (const guint8 *beginning,
                           gsize beginning_length,
                           const guint8 *end,
                           gsize end_length,
                           int *msec)
{
  guint32 serial;
  guint pre_skip;
  guint64 granule;

  if (!parse_identification (beginning, beginning_length, &serial, &pre_skip)
      || !find_last_granule (end, end_length, serial, &granule)
      || granule <= pre_skip
      || (granule - pre_skip) / GRANULES_PER_MSEC > MAX_MSEC)
    return FALSE;
  *msec = (int)((granule - pre_skip) / GRANULES_PER_MSEC);
  return TRUE;
}
