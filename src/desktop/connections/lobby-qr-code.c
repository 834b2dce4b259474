/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-qr-code.h"

#include <math.h>
#include <qrencode.h>
#include <string.h>

/* Modules that stay white around a code, by its standard (ISO/IEC 18004). */
#define QUIET_ZONE 4
/* px a module, when nobody says how large */
#define NATURAL 5

struct _LobbyQrCode
{
  GObject parent_instance;

  GdkTexture *texture; /* a pixel a module */
};

static void lobby_qr_code_paintable_init (GdkPaintableInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LobbyQrCode, lobby_qr_code, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (GDK_TYPE_PAINTABLE, lobby_qr_code_paintable_init))

static void
snapshot (GdkPaintable *paintable,
          GdkSnapshot *snapshot,
          double width,
          double height)
{
  LobbyQrCode *self = LOBBY_QR_CODE (paintable);
  const int modules = gdk_texture_get_width (self->texture);
  const double room = MIN (width, height);
  /* Modules of one size, unless there is less than a pixel for each. */
  const double side = room >= modules ? floor (room / modules) * modules : room;
  const graphene_rect_t place = GRAPHENE_RECT_INIT ((float)floor ((width - side) / 2), (float)floor ((height - side) / 2), (float)side, (float)side);

  gtk_snapshot_append_scaled_texture (snapshot, self->texture, GSK_SCALING_FILTER_NEAREST, &place);
}

static GdkPaintableFlags
get_flags (GdkPaintable *paintable)
{
  return GDK_PAINTABLE_STATIC_CONTENTS | GDK_PAINTABLE_STATIC_SIZE;
}

static int
get_side (GdkPaintable *paintable)
{
  return gdk_texture_get_width (LOBBY_QR_CODE (paintable)->texture) * NATURAL;
}

static double
get_aspect_ratio (GdkPaintable *paintable)
{
  return 1;
}

static void
lobby_qr_code_paintable_init (GdkPaintableInterface *iface)
{
  iface->snapshot = snapshot;
  iface->get_flags = get_flags;
  iface->get_intrinsic_width = get_side;
  iface->get_intrinsic_height = get_side;
  iface->get_intrinsic_aspect_ratio = get_aspect_ratio;
}

static void
lobby_qr_code_finalize (GObject *object)
{
  g_clear_object (&LOBBY_QR_CODE (object)->texture);

  G_OBJECT_CLASS (lobby_qr_code_parent_class)->finalize (object);
}

static void
lobby_qr_code_class_init (LobbyQrCodeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_qr_code_finalize;
}

static void
lobby_qr_code_init (LobbyQrCode *self)
{
}

static GdkTexture *
draw (const QRcode *code)
{
  const int side = code->width + 2 * QUIET_ZONE;
  const gsize stride = (gsize)side * 3;
  guint8 *pixels = g_malloc (stride * (gsize)side);
  g_autoptr (GBytes) bytes = NULL;

  memset (pixels, 0xff, stride * (gsize)side);
  for (int y = 0; y < code->width; y++)
    for (int x = 0; x < code->width; x++)
      if (code->data[y * code->width + x] & 1)
        memset (pixels + (gsize)(y + QUIET_ZONE) * stride + (gsize)(x + QUIET_ZONE) * 3, 0, 3);

  bytes = g_bytes_new_take (pixels, stride * (gsize)side);
  return gdk_memory_texture_new (side, side, GDK_MEMORY_R8G8B8, bytes, stride);
}

LobbyQrCode *
lobby_qr_code_new (const char *text)
{
  LobbyQrCode *self;
  QRcode *code;

  g_return_val_if_fail (text != NULL, NULL);

  code = text[0] != '\0' ? QRcode_encodeData ((int)strlen (text), (const unsigned char *)text, 0, QR_ECLEVEL_L) : NULL;
  if (code == NULL)
    return NULL;

  self = g_object_new (LOBBY_TYPE_QR_CODE, NULL);
  self->texture = draw (code);
  QRcode_free (code);
  return self;
}
