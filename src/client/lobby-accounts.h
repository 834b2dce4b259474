/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* All sign-ins of this user: a GListModel of LobbyAccount, remembered in a key file below
 * @data_folder; each account's store lies beside it; tokens only in the Secret Service. */
#define LOBBY_TYPE_ACCOUNTS (lobby_accounts_get_type ())
G_DECLARE_FINAL_TYPE (LobbyAccounts, lobby_accounts, LOBBY, ACCOUNTS, GObject)

LobbyAccounts *lobby_accounts_new      (const char     *data_folder,
                                        const char     *cache_folder);
/* Opens the stores of all remembered accounts at once (no network, no wait for the Secret Service). When
 * one cannot be opened the others are there all the same, and it stays remembered: FALSE with the first reason. */
gboolean       lobby_accounts_load     (LobbyAccounts  *self,
                                        GError        **error);
/* Resolves to the LobbyAccount, already started. Signing in again to a known server and user renews its token. LOBBY_CLIENT_ERROR. */
DexFuture     *lobby_accounts_sign_in  (LobbyAccounts  *self,
                                        const char     *server_url,
                                        const char     *user,
                                        const char     *password);
/* Signs out at the server if it can be reached, and removes token, store and cache. Resolves to TRUE. */
DexFuture     *lobby_accounts_sign_out (LobbyAccounts  *self,
                                        LobbyAccount   *account);

G_END_DECLS
