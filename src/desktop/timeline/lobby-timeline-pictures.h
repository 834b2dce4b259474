/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-picture-view.h"

G_BEGIN_DECLS

/* Rows are made for the whole run, pictures are loaded only near the view: the timeline asks each watched one to load when
 * it comes there, and then forgets it. */
void lobby_timeline_watch_picture   (LobbyTimeline    *self,
                                     LobbyPictureView *picture);
void lobby_timeline_unwatch_picture (LobbyTimeline    *self,
                                     LobbyPictureView *picture);

G_END_DECLS
