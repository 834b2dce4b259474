/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/*
 * The messages of one conversation. Signals: "reply-requested" (LobbyMessage *); "failed" (const char *words): what the agent
 * asked for here did not work. Properties: at-newest (gboolean, read-only: the newest
 * message is in view), unseen (guint, read-only: messages that came while it was not).
 */
#define LOBBY_TYPE_TIMELINE (lobby_timeline_get_type ())
G_DECLARE_FINAL_TYPE (LobbyTimeline, lobby_timeline, LOBBY, TIMELINE, GtkWidget)

/* Puts the timeline's style, interface and drawings in place. The application's style.css imports the style,
 * so call this before the application starts. */
void       lobby_timeline_ensure_resources  (void);
GtkWidget *lobby_timeline_new               (void);
/* Shows another conversation, at its first unread message or its end. Both may be NULL. Setting the
 * unread divider is part of it: call it before the conversation is marked as read. */
void       lobby_timeline_set_conversation  (LobbyTimeline     *self,
                                             LobbyAccount      *account,
                                             LobbyConversation *conversation);
/* Whether the customer can be written to: else nothing here offers it. */
void       lobby_timeline_set_can_write     (LobbyTimeline     *self,
                                             gboolean           can_write);
void       lobby_timeline_jump_to_newest    (LobbyTimeline     *self);
/* FALSE when the message is not known here. */
gboolean   lobby_timeline_scroll_to_message (LobbyTimeline     *self,
                                             gint64             row_id);
gboolean   lobby_timeline_get_at_newest     (LobbyTimeline     *self);

G_END_DECLS
