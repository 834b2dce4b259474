/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* One conversation in the list. Bound by hand; what changes afterwards changes in place. */
#define LOBBY_TYPE_CONVERSATION_ROW (lobby_conversation_row_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConversationRow, lobby_conversation_row, LOBBY, CONVERSATION_ROW, GtkWidget)

GtkWidget         *lobby_conversation_row_new              (void);
/* @item is the list item that carries the row's words for screen readers; it must outlive the binding. */
void               lobby_conversation_row_bind             (LobbyConversationRow *self,
                                                            LobbyAccount         *account,
                                                            LobbyConversation    *conversation,
                                                            GtkListItem          *item);
void               lobby_conversation_row_unbind           (LobbyConversationRow *self);
LobbyConversation *lobby_conversation_row_get_conversation (LobbyConversationRow *self);
/* An open conversation shows its last message rather than the draft that stands in the composer. */
void               lobby_conversation_row_set_open         (LobbyConversationRow *self,
                                                            gboolean              open);
/* The day has changed. */
void               lobby_conversation_row_update_time      (LobbyConversationRow *self);

G_END_DECLS
