/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * Has thumbnails made of files that want one, one after the other, by the program lobbyd-thumbnail: what strangers send is not
 * decoded in this process. One that hangs is ended. Without that program, or without its decoders, there are no thumbnails.
 */
typedef struct _LobbyThumbnailer LobbyThumbnailer;

/* Starts by itself. */
LobbyThumbnailer *lobby_thumbnailer_new  (LobbyStorage     *storage);
void              lobby_thumbnailer_free (LobbyThumbnailer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyThumbnailer, lobby_thumbnailer_free)

G_END_DECLS
