/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gdk-pixbuf/gdk-pixbuf.h>

G_BEGIN_DECLS

/* px, of the longer side */
#define LOBBY_THUMBNAIL_SIDE 320
/* More is refused before it is decoded, where the format tells. */
#define LOBBY_THUMBNAIL_MAX_PIXELS (G_GINT64_CONSTANT (100) * 1000 * 1000)

/* Two ways to the first picture of a file: each loads its code in begin, FALSE when it has none for @mime_type, and reads @input
 * in finish, NULL with @error. */
typedef struct _LobbyPicture LobbyPicture;
LobbyPicture *lobby_picture_begin  (const char    *mime_type);
GdkPixbuf    *lobby_picture_finish (LobbyPicture  *self,
                                    int            input,
                                    GError       **error);

typedef struct _LobbyVideo LobbyVideo;
LobbyVideo   *lobby_video_begin    (const char    *mime_type);
GdkPixbuf    *lobby_video_finish   (LobbyVideo    *self,
                                    int            input,
                                    GError       **error);

/* Of a picture of @width × @height in a square of LOBBY_THUMBNAIL_SIDE; never larger than it is. */
void          lobby_thumbnail_fit  (int            width,
                                    int            height,
                                    int           *fitted_width,
                                    int           *fitted_height);

G_END_DECLS
