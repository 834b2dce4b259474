/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* Who the customer of the open conversation is. Made when it is first shown. */
#define LOBBY_TYPE_CONTACT_PANE (lobby_contact_pane_get_type ())
G_DECLARE_FINAL_TYPE (LobbyContactPane, lobby_contact_pane, LOBBY, CONTACT_PANE, AdwBin)

GtkWidget *lobby_contact_pane_new              (void);
void       lobby_contact_pane_set_conversation (LobbyContactPane  *self,
                                                LobbyAccount      *account,
                                                LobbyConversation *conversation);

G_END_DECLS
