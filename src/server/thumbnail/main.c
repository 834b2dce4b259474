/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobbyd-thumbnail"

#include <gio/gio.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lobby-cage.h"
#include "lobby-thumbnail.h"

/*
 * lobbyd-thumbnail MIME-TYPE <FILE >JPEG
 *
 * Exit code 0: made; 1: the file cannot be decoded; 2: there is no decoder for it here.
 */

#define EXIT_NO_DECODER 2
#define QUALITY "75"
#define WHITE 0xffffffff

void
lobby_thumbnail_fit (int width,
                     int height,
                     int *fitted_width,
                     int *fitted_height)
{
  int longer = MAX (width, height);

  *fitted_width = width;
  *fitted_height = height;
  if (longer <= LOBBY_THUMBNAIL_SIDE)
    return;
  *fitted_width = MAX (1, (int)((gint64)width * LOBBY_THUMBNAIL_SIDE / longer));
  *fitted_height = MAX (1, (int)((gint64)height * LOBBY_THUMBNAIL_SIDE / longer));
}

/* JPEG has no transparency. */
static GdkPixbuf *
shrink (GdkPixbuf *pixbuf)
{
  int width, height;

  lobby_thumbnail_fit (gdk_pixbuf_get_width (pixbuf), gdk_pixbuf_get_height (pixbuf), &width, &height);
  if (gdk_pixbuf_get_has_alpha (pixbuf))
    return gdk_pixbuf_composite_color_simple (pixbuf, width, height, GDK_INTERP_BILINEAR, 255, 8, WHITE, WHITE);
  return gdk_pixbuf_scale_simple (pixbuf, width, height, GDK_INTERP_BILINEAR);
}

static gboolean
write_jpeg (GdkPixbuf *pixbuf,
            GError **error)
{
  g_autoptr (GdkPixbuf) small = shrink (pixbuf);
  g_autofree char *bytes = NULL;
  gsize length;

  if (small == NULL)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "There is not enough memory");
      return FALSE;
    }
  if (!gdk_pixbuf_save_to_buffer (small, &bytes, &length, "jpeg", error, "quality", QUALITY, NULL))
    return FALSE;
  for (gsize done = 0; done < length;)
    {
      gssize n = write (STDOUT_FILENO, bytes + done, length - done);

      if (n < 0)
        {
          g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "The thumbnail cannot be written");
          return FALSE;
        }
      done += (gsize)n;
    }
  return TRUE;
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GdkPixbuf) pixbuf = NULL;
  g_autoptr (GError) error = NULL;
  LobbyPicture *picture;
  LobbyVideo *video = NULL;

  if (argc != 2)
    return EXIT_NO_DECODER;
  lobby_cage_enter ();
  picture = lobby_picture_begin (argv[1]);
  if (picture == NULL)
    video = lobby_video_begin (argv[1]);
  if (picture == NULL && video == NULL)
    return EXIT_NO_DECODER;
  lobby_cage_close (STDIN_FILENO);
  pixbuf = picture != NULL ? lobby_picture_finish (picture, STDIN_FILENO, &error) : lobby_video_finish (video, STDIN_FILENO, &error);
  if (pixbuf != NULL && write_jpeg (pixbuf, &error))
    _exit (EXIT_SUCCESS); /* nothing is worth tearing down */
  fprintf (stderr, "lobbyd-thumbnail: %s\n", error->message);
  _exit (EXIT_FAILURE);
}
