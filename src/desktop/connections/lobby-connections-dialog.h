/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* The WhatsApp numbers of the business, for its owners: they add, change and link them. It closes when its person is an owner no more. */
#define LOBBY_TYPE_CONNECTIONS_DIALOG (lobby_connections_dialog_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConnectionsDialog, lobby_connections_dialog, LOBBY, CONNECTIONS_DIALOG, AdwDialog)

AdwDialog *lobby_connections_dialog_new    (LobbyAccount           *account);
/* Goes where that number's trouble is solved: its settings when WhatsApp refuses them, its linking, else its page. */
void       lobby_connections_dialog_repair (LobbyConnectionsDialog *self,
                                            const char             *connection_id);

G_END_DECLS
