/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* What can be done with one conversation of the list. Signal "open" (LobbyConversation *). */
#define LOBBY_TYPE_CONVERSATION_MENU (lobby_conversation_menu_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConversationMenu, lobby_conversation_menu, LOBBY, CONVERSATION_MENU, GObject)

/* @owner gets the popover as a child and the actions as group "conversation"; it disposes of the menu before itself. */
LobbyConversationMenu *lobby_conversation_menu_new   (GtkWidget             *owner);
/* @x, @y: in @owner. */
void                   lobby_conversation_menu_popup (LobbyConversationMenu *self,
                                                      LobbyAccount          *account,
                                                      LobbyConversation     *conversation,
                                                      double                 x,
                                                      double                 y);

G_END_DECLS
