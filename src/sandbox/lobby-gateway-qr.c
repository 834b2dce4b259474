/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <qrencode.h>
#include <string.h>

#include "lobby-gateway-private.h"

#define SCALE 4  /* pixels of a module */
#define MARGIN 4 /* modules */

/* CRC-32 of ISO 3309, which ends every chunk (PNG specification, annex D). */
static guint32
crc_of (const guint8 *data,
        gsize length)
{
  guint32 crc = 0xffffffff;

  for (gsize i = 0; i < length; i++)
    {
      crc ^= data[i];
      for (guint bit = 0; bit < 8; bit++)
        crc = crc & 1 ? 0xedb88320 ^ (crc >> 1) : crc >> 1;
    }
  return ~crc;
}

static void
append_number (GByteArray *png,
               guint32 number)
{
  guint32 big = GUINT32_TO_BE (number);

  g_byte_array_append (png, (const guint8 *)&big, sizeof big);
}

static void
append_chunk (GByteArray *png,
              const char *type,
              const guint8 *data,
              guint length)
{
  guint start;

  append_number (png, length);
  start = png->len;
  g_byte_array_append (png, (const guint8 *)type, 4);
  if (length > 0)
    g_byte_array_append (png, data, length);
  append_number (png, crc_of (png->data + start, png->len - start));
}

/* One byte a pixel, each row after its filter byte (0: none). */
static GBytes *
rows_of (QRcode *code,
         guint side)
{
  g_autoptr (GByteArray) rows = g_byte_array_sized_new (side * (side + 1));

  for (guint y = 0; y < side; y++)
    {
      int row = (int)(y / SCALE) - MARGIN;

      g_byte_array_append (rows, (const guint8 *)"", 1);
      for (guint x = 0; x < side; x++)
        {
          int column = (int)(x / SCALE) - MARGIN;
          gboolean inside = row >= 0 && row < code->width && column >= 0 && column < code->width;
          guint8 pixel = inside && (code->data[row * code->width + column] & 1) ? 0 : 255;

          g_byte_array_append (rows, &pixel, 1);
        }
    }
  return g_byte_array_free_to_bytes (g_steal_pointer (&rows));
}

static GBytes *
compress (GBytes *rows)
{
  g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_ZLIB, -1);

  return g_converter_convert_bytes (G_CONVERTER (compressor), rows, NULL);
}

GBytes *
lobby_gateway_draw_qr (const char *text)
{
  QRcode *code = QRcode_encodeString (text, 0, QR_ECLEVEL_L, QR_MODE_8, 1);
  GByteArray *png = g_byte_array_new ();
  guint side = (guint)(code->width + 2 * MARGIN) * SCALE;
  guint32 size = GUINT32_TO_BE (side);
  guint8 header[13] = { [8] = 8 }; /* 8 bits of grey */
  g_autoptr (GBytes) rows = rows_of (code, side);
  g_autoptr (GBytes) packed = compress (rows);

  memcpy (header, &size, sizeof size);
  memcpy (header + 4, &size, sizeof size);
  g_byte_array_append (png, (const guint8 *)"\x89PNG\r\n\x1a\n", 8);
  append_chunk (png, "IHDR", header, sizeof header);
  append_chunk (png, "IDAT", g_bytes_get_data (packed, NULL), (guint)g_bytes_get_size (packed));
  append_chunk (png, "IEND", NULL, 0);
  QRcode_free (code);
  return g_byte_array_free_to_bytes (png);
}
