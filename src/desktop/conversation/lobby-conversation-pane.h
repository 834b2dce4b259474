/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-conversation-view.h"

G_BEGIN_DECLS

/* The place of the conversation: a welcome while none is chosen, and the view of the chosen one. */
#define LOBBY_TYPE_CONVERSATION_PANE (lobby_conversation_pane_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConversationPane, lobby_conversation_pane, LOBBY, CONVERSATION_PANE, AdwBin)

/* @conversation NULL: the welcome. */
void                   lobby_conversation_pane_set_conversation (LobbyConversationPane *self,
                                                                 LobbyAccount          *account,
                                                                 LobbyConversation     *conversation);
/* NULL while no conversation is open. */
LobbyConversationView *lobby_conversation_pane_get_view         (LobbyConversationPane *self);
void                   lobby_conversation_pane_set_spelling     (LobbyConversationPane *self,
                                                                 gboolean               enabled);
void                   lobby_conversation_pane_set_narrow       (LobbyConversationPane *self,
                                                                 gboolean               narrow);

G_END_DECLS
