/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/*
 * The list of conversations with its search. Signal "open" (LobbyConversation *, gboolean enter): one was
 * chosen; enter is TRUE when the person goes there (a click, Enter) and FALSE when the keyboard
 * merely passed over it. Signal "search-left": Esc ended the search, and the focus has to go somewhere.
 */
#define LOBBY_TYPE_CONVERSATIONS_PANE (lobby_conversations_pane_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConversationsPane, lobby_conversations_pane, LOBBY, CONVERSATIONS_PANE, AdwBin)

void       lobby_conversations_pane_set_account   (LobbyConversationsPane *self,
                                                   LobbyAccount           *account);
/* Marks the conversation that is open; NULL none. It need not be in the list. */
void       lobby_conversations_pane_set_current   (LobbyConversationsPane *self,
                                                   LobbyConversation      *conversation);
/* Opens the neighbour of the current one. */
void       lobby_conversations_pane_step          (LobbyConversationsPane *self,
                                                   int                     offset);
void       lobby_conversations_pane_start_search  (LobbyConversationsPane *self);
/* FALSE when none was under way. */
gboolean   lobby_conversations_pane_stop_search   (LobbyConversationsPane *self);
/* The row that is open, or the first; while there is none, what comes first here, and the row as soon as there is one. */
void       lobby_conversations_pane_focus_list    (LobbyConversationsPane *self);
/* With one pane at a time nothing is marked and passing over a row opens nothing. */
void       lobby_conversations_pane_set_narrow    (LobbyConversationsPane *self,
                                                   gboolean                narrow);
AdwBanner *lobby_conversations_pane_get_banner    (LobbyConversationsPane *self);
/* A section of the main menu for switching between sign-ins; NULL takes it away. */
void       lobby_conversations_pane_set_accounts  (LobbyConversationsPane *self,
                                                   GMenuModel             *section);

G_END_DECLS
