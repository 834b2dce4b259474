/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobbyd-thumbnail"

#include "lobby-thumbnail.h"

#include <gio/gio.h>
#include <unistd.h>

struct _LobbyPicture
{
  GdkPixbufLoader *loader;
  gboolean too_large;
};

/* The loader shrinks on the way where its format can: JPEG never becomes whole. */
static void
on_size_prepared (GdkPixbufLoader *loader,
                  int width,
                  int height,
                  LobbyPicture *self)
{
  int fitted_width, fitted_height;

  self->too_large = (gint64)width * height > LOBBY_THUMBNAIL_MAX_PIXELS;
  lobby_thumbnail_fit (width, height, &fitted_width, &fitted_height);
  gdk_pixbuf_loader_set_size (loader, fitted_width, fitted_height);
}

LobbyPicture *
lobby_picture_begin (const char *mime_type)
{
  /* There may be loaders for more, of other quality. */
  static const char *const types[] = { "image/jpeg", "image/png", "image/gif", NULL };
  GdkPixbufLoader *loader = g_strv_contains (types, mime_type) ? gdk_pixbuf_loader_new_with_mime_type (mime_type, NULL) : NULL;
  LobbyPicture *self;

  if (loader == NULL)
    return NULL;
  self = g_new0 (LobbyPicture, 1);
  self->loader = loader;
  g_signal_connect (loader, "size-prepared", G_CALLBACK (on_size_prepared), self);
  return self;
}

GdkPixbuf *
lobby_picture_finish (LobbyPicture *self,
                      int input,
                      GError **error)
{
  guchar buffer[16384];
  gssize n;
  GdkPixbuf *pixbuf;

  while ((n = read (input, buffer, sizeof buffer)) > 0)
    {
      if (!gdk_pixbuf_loader_write (self->loader, buffer, (gsize)n, error))
        return NULL;
      if (self->too_large)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The picture has too many pixels");
          return NULL;
        }
    }
  if (!gdk_pixbuf_loader_close (self->loader, error))
    return NULL;
  pixbuf = gdk_pixbuf_loader_get_pixbuf (self->loader);
  if (pixbuf != NULL)
    return gdk_pixbuf_apply_embedded_orientation (pixbuf);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "There is no picture in it");
  return NULL;
}
