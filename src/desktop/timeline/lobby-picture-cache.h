/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gdk/gdk.h>
#include <libdex.h>

G_BEGIN_DECLS

/*
 * Pictures of the size they are shown at, decoded on pool threads, the most recently used kept up to a bound of bytes.
 * Files come from strangers: what claims more than LOBBY_PICTURE_MAX_PIXELS is refused before it is decoded.
 */
#define LOBBY_PICTURE_MAX_PIXELS (64 * 1024 * 1024)

/* Of those kept, at most this many bytes of pixels. */
#define LOBBY_PICTURE_CACHE_BYTES (32 * 1024 * 1024)

/* The picture if it is at hand. @width and @height: px of the screen. (transfer none) */
GdkTexture *lobby_picture_cache_peek (const char *path,
                                      int         width,
                                      int         height);
/* Resolves to a GdkTexture that fills @width × @height. */
DexFuture  *lobby_picture_cache_load (const char *path,
                                      int         width,
                                      int         height);
void        lobby_picture_cache_clear (void);

G_END_DECLS
