/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-timeline-private.h"

G_BEGIN_DECLS

/* What one message says: author, quote, file, text, time and tick, failure. Children are made when first needed. */
#define LOBBY_TYPE_BUBBLE (lobby_bubble_get_type ())
G_DECLARE_FINAL_TYPE (LobbyBubble, lobby_bubble, LOBBY, BUBBLE, GtkWidget)

GtkWidget *lobby_bubble_new         (LobbyTimeline *timeline);
void       lobby_bubble_set_message (LobbyBubble   *self,
                                     LobbyMessage  *message);
/* The width that suits the content, at most @max_width: no wider than its longest line. */
int        lobby_bubble_fit_width   (LobbyBubble   *self,
                                     int            max_width);
/* A centred line instead of a bubble: a notice, a call. */
gboolean   lobby_bubble_is_line     (LobbyBubble   *self);
/* Makes the text selectable and selects it, until it loses the focus. */
void       lobby_bubble_select_text (LobbyBubble   *self);
/* What of the text is selected. (transfer full) or NULL. */
char      *lobby_bubble_dup_selection (LobbyBubble *self);
/* A menu closed: unless it took the focus elsewhere, that comes back to what is selected. */
void       lobby_bubble_resume_selection (LobbyBubble *self);
/* What pressing what it carries does, for a menu: "_Play", "Open _Location"; NULL when it carries nothing, or a file to be opened. */
const char *lobby_bubble_get_deed   (LobbyBubble   *self);
/* As if that was pressed. FALSE when there is nothing of the kind; a recording that cannot be played now is something. */
gboolean   lobby_bubble_press       (LobbyBubble   *self);

G_END_DECLS
