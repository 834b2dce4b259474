/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gdk/gdk.h>

G_BEGIN_DECLS

/* The first frame of a WebP file, at most @width × @height. Blocks: for pool threads. (transfer full) */
GdkTexture *lobby_webp_decode (const char  *path,
                               int          width,
                               int          height,
                               GError     **error);

G_END_DECLS
