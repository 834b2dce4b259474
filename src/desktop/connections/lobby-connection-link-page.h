/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* Links a number with its phone: begins by itself, and shows what is to do until it is done. Signals: "done" (), "edit" (LobbyWhatsappConnection). */
#define LOBBY_TYPE_CONNECTION_LINK_PAGE (lobby_connection_link_page_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConnectionLinkPage, lobby_connection_link_page, LOBBY, CONNECTION_LINK_PAGE, AdwNavigationPage)

AdwNavigationPage *lobby_connection_link_page_new (LobbyAccount            *account,
                                                   LobbyWhatsappConnection *connection);

G_END_DECLS
