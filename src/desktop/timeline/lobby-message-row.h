/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-bubble.h"

G_BEGIN_DECLS

/* One item of the timeline: a message with what stands above it (day, unread divider) and its reactions, or the tail. */
#define LOBBY_TYPE_MESSAGE_ROW (lobby_message_row_get_type ())
G_DECLARE_FINAL_TYPE (LobbyMessageRow, lobby_message_row, LOBBY, MESSAGE_ROW, GtkWidget)

GtkWidget    *lobby_message_row_new          (LobbyTimeline   *timeline);
/* @item: a LobbyMessage, a LobbyTimelineTail, or NULL to let go of it. */
void          lobby_message_row_set_item     (LobbyMessageRow *self,
                                              gpointer         item);
/* NULL for the tail. */
LobbyMessage *lobby_message_row_get_message  (LobbyMessageRow *self);
/* (transfer none) NULL for the tail. */
LobbyBubble  *lobby_message_row_get_bubble   (LobbyMessageRow *self);
/* Another day began: "Today" may have become "Yesterday". */
void          lobby_message_row_update_day   (LobbyMessageRow *self);
/* Lights it up for a moment. */
void          lobby_message_row_flash        (LobbyMessageRow *self);
/* The keyboard is at it. */
void          lobby_message_row_set_marked   (LobbyMessageRow *self,
                                              gboolean         marked);
/* Where the bubble is in the row; FALSE for the tail. */
gboolean      lobby_message_row_compute_bubble (LobbyMessageRow *self,
                                              graphene_rect_t *bounds);
/* "Read more" was pressed. */
void          lobby_message_row_expand       (LobbyMessageRow *self);

G_END_DECLS
