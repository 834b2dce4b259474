/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "lobby-store.h"

G_BEGIN_DECLS

/*
 * GListModel: one contiguous run of a conversation in order (sent_at, row id), at most
 * LOBBY_MESSAGE_WINDOW_MAX messages, and behind them always one LobbyTimelineTail. Reaction messages are not items.
 * Invariants (held by the random oracle test): contiguous, ordered, no doubles; one items_changed per
 * contiguous edit and never (0, n, n); at_newest exactly when the run ends at the store's newest;
 * flags (day, unread, group) agree with the neighbours. When at_newest, a message added at the end
 * joins the run; the far side is only trimmed by trim().
 */
#define LOBBY_MESSAGE_WINDOW_MAX 150

#define LOBBY_TYPE_TIMELINE_TAIL (lobby_timeline_tail_get_type ())
G_DECLARE_FINAL_TYPE (LobbyTimelineTail, lobby_timeline_tail, LOBBY, TIMELINE_TAIL, GObject)
/* Property: typing (gboolean). */

#define LOBBY_TYPE_MESSAGE_WINDOW (lobby_message_window_get_type ())
G_DECLARE_FINAL_TYPE (LobbyMessageWindow, lobby_message_window, LOBBY, MESSAGE_WINDOW, GObject)
/* Properties: at-newest, at-oldest (the local oldest), newer-count (messages after the run, for the jump button). */

LobbyMessageWindow *lobby_message_window_new           (LobbyStore         *store,
                                                        LobbyConversation  *conversation);
LobbyConversation  *lobby_message_window_get_conversation (LobbyMessageWindow *self);
/* The newest run of up to @count. */
void                lobby_message_window_open_latest   (LobbyMessageWindow *self,
                                                        guint               count);
/* The run around a message; FALSE when the store does not have it. */
gboolean            lobby_message_window_open_around   (LobbyMessageWindow *self,
                                                        gint64              row_id,
                                                        guint               count);
/* Adds up to @count messages at that side, from the store only; returns how many. May pass MAX: the caller trims at rest. */
guint               lobby_message_window_extend_older  (LobbyMessageWindow *self,
                                                        guint               count);
guint               lobby_message_window_extend_newer  (LobbyMessageWindow *self,
                                                        guint               count);
/* Takes messages off one side until @keep (not 0) remain. */
void                lobby_message_window_trim          (LobbyMessageWindow *self,
                                                        guint               keep,
                                                        gboolean            older_side);
gboolean            lobby_message_window_get_at_newest (LobbyMessageWindow *self);
gboolean            lobby_message_window_get_at_oldest (LobbyMessageWindow *self);
/* Where the unread divider goes; fixed when the conversation is opened, 0 for none. Kept until it is set again. */
void                lobby_message_window_set_unread_from (LobbyMessageWindow *self,
                                                        gint64              row_id);
/* Position of a message in the run, or -1. */
int                 lobby_message_window_find          (LobbyMessageWindow *self,
                                                        gint64              row_id);

G_END_DECLS
