/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "lobby-store.h"

G_BEGIN_DECLS

/* GListModel of LobbyConversation, most recent activity first, keyset-paged from the store (50 a
 * page, load_more near the end). One items_changed per contiguous change; a conversation that
 * moves up is one removal and one insertion of the same object. Properties: search (NULL or text), has-more. */
#define LOBBY_TYPE_CONVERSATION_LIST (lobby_conversation_list_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConversationList, lobby_conversation_list, LOBBY, CONVERSATION_LIST, GObject)

LobbyConversationList *lobby_conversation_list_new        (LobbyStore            *store);
void                   lobby_conversation_list_set_search (LobbyConversationList *self,
                                                           const char            *search);
/* FALSE when the store has no more. */
gboolean               lobby_conversation_list_load_more  (LobbyConversationList *self);
gboolean               lobby_conversation_list_get_has_more (LobbyConversationList *self);

G_END_DECLS
