/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

G_BEGIN_DECLS

/* Tokens in the Secret Service, by account id; nowhere else. All reject with LOBBY_CLIENT_ERROR_NO_SECRET_SERVICE
 * when there is none, or when its owner keeps it locked. */

/* @label: what the keyring shows to its owner. Resolves to TRUE. */
DexFuture *lobby_secret_vault_store  (const char *account_id,
                                      const char *label,
                                      const char *token);
/* Resolves to a char *; LOBBY_CLIENT_ERROR_BAD_CREDENTIALS when there is none for the account. */
DexFuture *lobby_secret_vault_lookup (const char *account_id);
/* Resolves to TRUE. */
DexFuture *lobby_secret_vault_clear  (const char *account_id);

G_END_DECLS
