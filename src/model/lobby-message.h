/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-records.h"

G_BEGIN_DECLS

/*
 * One message of a conversation as the timeline shows it. The same row is the same object while
 * it is held. What can change notifies: status, content, media-state, width, height, progress, reactions, day-start,
 * unread-start, group-start, group-end, error-text. The rest is fixed.
 */
#define LOBBY_TYPE_MESSAGE (lobby_message_get_type ())
G_DECLARE_FINAL_TYPE (LobbyMessage, lobby_message, LOBBY, MESSAGE, GObject)

gint64            lobby_message_get_row_id      (LobbyMessage *self);   /* local, stable */
const char       *lobby_message_get_id          (LobbyMessage *self);   /* the server's or NULL */
const char       *lobby_message_get_client_id   (LobbyMessage *self);
const char       *lobby_message_get_conversation_id (LobbyMessage *self);
gboolean          lobby_message_is_outbound     (LobbyMessage *self);
LobbyModelType    lobby_message_get_message_type (LobbyMessage *self);
const char       *lobby_message_get_content     (LobbyMessage *self);   /* never NULL */
LobbyModelStatus  lobby_message_get_status      (LobbyMessage *self);
gint64            lobby_message_get_sent_at     (LobbyMessage *self);
const char       *lobby_message_get_agent_id    (LobbyMessage *self);
/* Everything else, borrowed until the next change of the message. */
const LobbyMessageRecord *lobby_message_get_record (LobbyMessage *self);
/* Emoji of the customer's and of the team's reaction, "" for none. */
const char       *lobby_message_get_reactions   (LobbyMessage *self);
/* Set by the MessageWindow from neighbours. */
gboolean          lobby_message_get_day_start   (LobbyMessage *self);   /* a day separator goes above */
gboolean          lobby_message_get_unread_start (LobbyMessage *self);  /* the unread divider goes above */
gboolean          lobby_message_get_group_start (LobbyMessage *self);
gboolean          lobby_message_get_group_end   (LobbyMessage *self);

G_END_DECLS
