/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* What stands in the place of a conversation while none is open. */
#define LOBBY_TYPE_WELCOME (lobby_welcome_get_type ())
G_DECLARE_FINAL_TYPE (LobbyWelcome, lobby_welcome, LOBBY, WELCOME, AdwBin)

GtkWidget *lobby_welcome_new        (void);
AdwBanner *lobby_welcome_get_banner (LobbyWelcome *self);

G_END_DECLS
