/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* What WhatsApp says of a number, a row each, with a button that puts it away. Signal "dismiss" (const char *alert_id). */
#define LOBBY_TYPE_CONNECTION_ALERTS (lobby_connection_alerts_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConnectionAlerts, lobby_connection_alerts, LOBBY, CONNECTION_ALERTS, AdwBin)

GtkWidget *lobby_connection_alerts_new  (void);
/* @alerts: of LobbyWhatsappAlert, maybe none; @now: ms since 1970. Rows that stay keep the focus. */
void       lobby_connection_alerts_show (LobbyConnectionAlerts *self,
                                         GPtrArray             *alerts,
                                         gint64                 now);

G_END_DECLS
