/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-timeline-private.h"

G_BEGIN_DECLS

/* A photo or sticker of a message, or a video's first picture, of its final size before its bytes are there. Fetched and decoded when
 * the timeline finds it near the view. Class "message-picture". */
#define LOBBY_TYPE_PICTURE_VIEW (lobby_picture_view_get_type ())
G_DECLARE_FINAL_TYPE (LobbyPictureView, lobby_picture_view, LOBBY, PICTURE_VIEW, GtkWidget)

GtkWidget *lobby_picture_view_new         (LobbyTimeline    *timeline);
void       lobby_picture_view_set_message (LobbyPictureView *self,
                                           LobbyMessage     *message);
/* Loads what is not loaded yet. FALSE when there is nothing (more) to load. */
gboolean   lobby_picture_view_load        (LobbyPictureView *self);

G_END_DECLS
