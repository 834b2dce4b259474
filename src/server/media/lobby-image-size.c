/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-image-size.h"

#include <string.h>

/*
 * PNG: signature, then the IHDR chunk with both sizes. JPEG: segments FF xx length; the size is in the first
 * SOFn; APP1 "Exif" may turn the picture. WebP: RIFF, then VP8 (lossy), VP8L or VP8X. Nothing is decoded.
 */

/* px; more is a lie or nothing that a client should lay out by. */
#define MAX_SIDE 65535

static guint
big16 (const guint8 *p)
{
  return (guint)p[0] << 8 | p[1];
}

static guint32
big32 (const guint8 *p)
{
  return (guint32)p[0] << 24 | (guint32)p[1] << 16 | (guint32)p[2] << 8 | p[3];
}

static guint
little16 (const guint8 *p)
{
  return (guint)p[1] << 8 | p[0];
}

static guint
little24 (const guint8 *p)
{
  return (guint)p[2] << 16 | (guint)p[1] << 8 | p[0];
}

static gboolean
accept (guint32 w,
        guint32 h,
        int *width,
        int *height)
{
  if (w == 0 || h == 0 || w > MAX_SIDE || h > MAX_SIDE)
    return FALSE;
  *width = (int)w;
  *height = (int)h;
  return TRUE;
}

static gboolean
parse_png (const guint8 *data,
           gsize length,
           int *width,
           int *height)
{
  if (length < 24 || memcmp (data + 12, "IHDR", 4) != 0)
    return FALSE;
  return accept (big32 (data + 16), big32 (data + 20), width, height);
}

/* Orientation 5 to 8 turns the picture by a quarter (EXIF 2.3, tag 0x0112, in IFD0). */
static gboolean
exif_is_turned (const guint8 *data,
                gsize length)
{
  gboolean little;
  guint32 offset;
  guint count;

  if (length < 14 || memcmp (data, "Exif\0\0", 6) != 0)
    return FALSE;
  data += 6;
  length -= 6;
  little = data[0] == 'I';
#define SHORT(at) (little ? little16 (data + (at)) : big16 (data + (at)))
  offset = little ? (little16 (data + 4) | (guint32)little16 (data + 6) << 16) : big32 (data + 4);
  if (offset > length - 2)
    return FALSE;
  count = SHORT (offset);
  for (gsize at = (gsize)offset + 2; count > 0 && at + 12 <= length; at += 12, count--)
    {
      if (SHORT (at) == 0x0112)
        return SHORT (at + 8) >= 5 && SHORT (at + 8) <= 8;
    }
#undef SHORT
  return FALSE;
}

static gboolean
is_start_of_frame (guint8 marker)
{
  /* C4, C8 and CC are tables and reserved. */
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

static gboolean
parse_jpeg (const guint8 *data,
            gsize length,
            int *width,
            int *height)
{
  gboolean turned = FALSE;
  gsize at = 2;

  while (at + 4 <= length)
    {
      guint8 marker = data[at + 1];
      guint size = big16 (data + at + 2);

      if (data[at] != 0xff)
        return FALSE;
      if (marker == 0xff) /* padding */
        {
          at++;
          continue;
        }
      if (size < 2 || marker == 0xd9 || marker == 0xda)
        return FALSE;
      if (is_start_of_frame (marker))
        {
          if (size < 7 || at + 9 > length)
            return FALSE;
          return turned ? accept (big16 (data + at + 5), big16 (data + at + 7), width, height)
                        : accept (big16 (data + at + 7), big16 (data + at + 5), width, height);
        }
      if (marker == 0xe1)
        turned = turned || exif_is_turned (data + at + 4, MIN (size - 2, length - at - 4));
      at += 2 + size;
    }
  return FALSE;
}

static gboolean
parse_webp (const guint8 *data,
            gsize length,
            int *width,
            int *height)
{
  const guint8 *body = data + 20;

  if (length < 30)
    return FALSE;
  if (memcmp (data + 12, "VP8X", 4) == 0)
    return accept (little24 (body + 4) + 1, little24 (body + 7) + 1, width, height);
  if (memcmp (data + 12, "VP8 ", 4) == 0 && body[3] == 0x9d && body[4] == 0x01 && body[5] == 0x2a)
    return accept (little16 (body + 6) & 0x3fff, little16 (body + 8) & 0x3fff, width, height);
  if (memcmp (data + 12, "VP8L", 4) == 0 && body[0] == 0x2f)
    {
      guint32 bits = little16 (body + 1) | (guint32)little16 (body + 3) << 16;

      return accept ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, width, height);
    }
  return FALSE;
}

gboolean
lobby_image_size_parse (const guint8 *data,
                        gsize length,
                        int *width,
                        int *height)
{
  if (length >= 8 && memcmp (data, "\x89PNG\r\n\x1a\n", 8) == 0)
    return parse_png (data, length, width, height);
  if (length >= 2 && data[0] == 0xff && data[1] == 0xd8)
    return parse_jpeg (data, length, width, height);
  if (length >= 12 && memcmp (data, "RIFF", 4) == 0 && memcmp (data + 8, "WEBP", 4) == 0)
    return parse_webp (data, length, width, height);
  return FALSE;
}
