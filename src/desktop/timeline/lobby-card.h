/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-timeline-private.h"

G_BEGIN_DECLS

/* What a message carries that is neither text nor picture, in one line or two beside an icon: a file, a place, a person. Pressing it opens it. */
#define LOBBY_TYPE_CARD (lobby_card_get_type ())
G_DECLARE_FINAL_TYPE (LobbyCard, lobby_card, LOBBY, CARD, GtkButton)

GtkWidget *lobby_card_new         (LobbyTimeline *timeline);
void       lobby_card_set_message (LobbyCard     *self,
                                   LobbyMessage  *message);
/* What pressing it does, for a menu ("Open _Location"); NULL for a file, and when it has nothing to open. */
const char *lobby_card_get_deed   (LobbyCard     *self);
void       lobby_card_press       (LobbyCard     *self);

G_END_DECLS
