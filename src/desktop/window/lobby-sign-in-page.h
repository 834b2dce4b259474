/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-accounts.h"

G_BEGIN_DECLS

/*
 * Signing in. Signals: "signed-in" (LobbyAccount *); "back" (): the person would rather not.
 */
#define LOBBY_TYPE_SIGN_IN_PAGE (lobby_sign_in_page_get_type ())
G_DECLARE_FINAL_TYPE (LobbySignInPage, lobby_sign_in_page, LOBBY, SIGN_IN_PAGE, AdwBin)

GtkWidget *lobby_sign_in_page_new          (LobbyAccounts   *accounts);
/* @account: renew this sign-in. NULL: a new one; the server of the last time stands there, and the user unless @can_go_back:
 * then somebody is signed in already. */
void       lobby_sign_in_page_prepare      (LobbySignInPage *self,
                                            LobbyAccount    *account,
                                            gboolean         can_go_back);
/* To the first field that is still empty. */
void       lobby_sign_in_page_focus        (LobbySignInPage *self);
/* Signs in without asking, telling errors on the page. */
void       lobby_sign_in_page_sign_in      (LobbySignInPage *self,
                                            const char      *server_url,
                                            const char      *user,
                                            const char      *password);
/* Signs in to the demo that @path (a key file with a group [demo]) describes; NULL: where tools/run leaves it. */
void       lobby_sign_in_page_try_demo     (LobbySignInPage *self,
                                            const char      *path);

G_END_DECLS
