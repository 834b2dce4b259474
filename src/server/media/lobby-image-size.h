/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Enough of a file's beginning for the size of nearly all pictures (a JPEG may have a thumbnail and profiles before it). */
#define LOBBY_IMAGE_SIZE_PREFIX (512 * 1024)

/* Width and height in px of a PNG, JPEG or WebP from the beginning of its file, as it is to be
 * shown: a JPEG's EXIF orientation is honoured. FALSE when @data is none of these, is cut off too early or lies. */
gboolean lobby_image_size_parse (const guint8 *data,
                                 gsize         length,
                                 int          *width,
                                 int          *height);

G_END_DECLS
