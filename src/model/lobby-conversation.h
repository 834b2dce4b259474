/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-contact.h"
#include "lobby-message.h"

G_BEGIN_DECLS

/* One contact on one connection. One object a row while held. Notifying properties: contact,
 * unread-count, last-activity-at, window-expires-at, last-message (LobbyMessage or NULL), draft (NULL when none),
 * customer-typing, typing-agent (name or NULL), message-count-in, message-count-out. */
#define LOBBY_TYPE_CONVERSATION (lobby_conversation_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConversation, lobby_conversation, LOBBY, CONVERSATION, GObject)

const char   *lobby_conversation_get_id                (LobbyConversation *self);
const char   *lobby_conversation_get_business_id       (LobbyConversation *self);
const char   *lobby_conversation_get_connection_id     (LobbyConversation *self);
LobbyContact *lobby_conversation_get_contact           (LobbyConversation *self);
int           lobby_conversation_get_unread_count      (LobbyConversation *self);
gint64        lobby_conversation_get_last_activity_at  (LobbyConversation *self);
gint64        lobby_conversation_get_window_expires_at (LobbyConversation *self);
LobbyMessage *lobby_conversation_get_last_message      (LobbyConversation *self);
const char   *lobby_conversation_get_draft             (LobbyConversation *self);
gboolean      lobby_conversation_get_customer_typing   (LobbyConversation *self);
const char   *lobby_conversation_get_typing_agent      (LobbyConversation *self);
int           lobby_conversation_get_message_count_in  (LobbyConversation *self);
int           lobby_conversation_get_message_count_out (LobbyConversation *self);

G_END_DECLS
