/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* The settings of a number, new or known. Signal "saved" (LobbyWhatsappConnection *): the server has them. */
#define LOBBY_TYPE_CONNECTION_FORM_PAGE (lobby_connection_form_page_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConnectionFormPage, lobby_connection_form_page, LOBBY, CONNECTION_FORM_PAGE, AdwNavigationPage)

/* @connection: NULL for a new one of @kind. */
AdwNavigationPage *lobby_connection_form_page_new (LobbyAccount            *account,
                                                   LobbyWhatsappKind        kind,
                                                   LobbyWhatsappConnection *connection);
/* Where to begin: what is wrong with the number, or the first of a new one; NULL when all is right. */
GtkWidget         *lobby_connection_form_page_get_first (LobbyConnectionFormPage *self);

G_END_DECLS
