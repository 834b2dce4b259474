/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-conversation.h"

G_BEGIN_DECLS

/* What the store knows of a conversation at one moment. */
typedef struct
{
  gint64        row;
  char         *id;
  char         *business_id;
  char         *connection_id;
  int           unread_count;
  gint64        last_activity_at;
  gint64        window_expires_at;
  int           message_count_in;
  int           message_count_out;
  char         *draft;
  LobbyContact *contact;
  LobbyMessage *last_message;
} LobbyConversationState;

void               lobby_conversation_state_clear     (LobbyConversationState *state);

/* For the store: both take what @state holds; update notifies what differs. */
LobbyConversation *lobby_conversation_new             (LobbyConversationState *state);
void               lobby_conversation_update          (LobbyConversation      *self,
                                                       LobbyConversationState *state);
gint64             lobby_conversation_get_row         (LobbyConversation      *self);
/* It is another one now: nothing of it is unread any more. */
void               lobby_conversation_end             (LobbyConversation      *self);
void               lobby_conversation_set_typing      (LobbyConversation      *self,
                                                       gboolean                typing);
void               lobby_conversation_set_agent_typing (LobbyConversation     *self,
                                                       const char             *agent_name);

G_END_DECLS
