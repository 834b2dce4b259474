/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/*
 * Tells in an AdwBanner how the connection of an account is, when that is not as it should be: no network,
 * waiting for the next try (with the seconds left), signed out, a WhatsApp number that is disconnected.
 */
#define LOBBY_TYPE_CONNECTION_BANNER (lobby_connection_banner_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConnectionBanner, lobby_connection_banner, LOBBY, CONNECTION_BANNER, GObject)

LobbyConnectionBanner *lobby_connection_banner_new              (AdwBanner             *banner);
void                   lobby_connection_banner_set_account      (LobbyConnectionBanner *self,
                                                                 LobbyAccount          *account);
/* The conversation whose WhatsApp number matters; NULL: any. */
void                   lobby_connection_banner_set_conversation (LobbyConnectionBanner *self,
                                                                 LobbyConversation     *conversation);
/* Only one of two banners speaks when both are in sight. */
void                   lobby_connection_banner_set_silent       (LobbyConnectionBanner *self,
                                                                 gboolean               silent);

G_END_DECLS
