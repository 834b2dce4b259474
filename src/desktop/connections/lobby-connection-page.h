/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* One number, for an owner: how it is, what WhatsApp says of it, and what can be done. Signals: "edit" (), "link" (), "removed" (). */
#define LOBBY_TYPE_CONNECTION_PAGE (lobby_connection_page_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConnectionPage, lobby_connection_page, LOBBY, CONNECTION_PAGE, AdwNavigationPage)

AdwNavigationPage       *lobby_connection_page_new            (LobbyAccount            *account,
                                                               LobbyWhatsappConnection *connection);
LobbyWhatsappConnection *lobby_connection_page_get_connection (LobbyConnectionPage     *self);
/* Time went by: "3 minutes ago". */
void                     lobby_connection_page_update         (LobbyConnectionPage     *self);

G_END_DECLS
