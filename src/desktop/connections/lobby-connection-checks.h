/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* What WhatsApp says to each setting, a row each: right, wrong and why, or not to be known now. */
#define LOBBY_TYPE_CONNECTION_CHECKS (lobby_connection_checks_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConnectionChecks, lobby_connection_checks, LOBBY, CONNECTION_CHECKS, AdwBin)

GtkWidget *lobby_connection_checks_new  (void);
/* @checks: of LobbyWhatsappCheck; NULL shows nothing. */
void       lobby_connection_checks_show (LobbyConnectionChecks *self,
                                         GPtrArray             *checks);

G_END_DECLS
