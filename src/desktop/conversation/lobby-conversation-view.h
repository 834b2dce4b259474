/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"
#include "lobby-composer.h"

G_BEGIN_DECLS

/* One conversation: who it is with, its timeline, and the composer. Made when the first conversation is opened. */
#define LOBBY_TYPE_CONVERSATION_VIEW (lobby_conversation_view_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConversationView, lobby_conversation_view, LOBBY, CONVERSATION_VIEW, AdwBin)

GtkWidget     *lobby_conversation_view_new              (void);
void           lobby_conversation_view_set_conversation (LobbyConversationView *self,
                                                         LobbyAccount          *account,
                                                         LobbyConversation     *conversation);
void           lobby_conversation_view_set_narrow       (LobbyConversationView *self,
                                                         gboolean               narrow);
/* To the field, or to the messages where nothing can be written. */
void           lobby_conversation_view_focus            (LobbyConversationView *self);
LobbyComposer *lobby_conversation_view_get_composer     (LobbyConversationView *self);
GtkWidget     *lobby_conversation_view_get_timeline     (LobbyConversationView *self);
AdwBanner     *lobby_conversation_view_get_banner       (LobbyConversationView *self);

G_END_DECLS
