/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-account-private.h"

G_BEGIN_DECLS

/*
 * The key file that remembers who signed in where: a group an account, named by its id, with the keys
 * server, user, agent-id, agent, business. Never a token. Replaced as a whole and synced, so that it
 * is the old one or the new one whenever the machine stops.
 */

/* (transfer full) of LobbyIdentity; empty when there is no file. Groups that are not whole are left out. */
GPtrArray *lobby_account_file_read  (const char *path,
                                     GError    **error);
gboolean   lobby_account_file_write (const char *path,
                                     GPtrArray  *identities,   /* of const LobbyIdentity */
                                     GError    **error);

G_END_DECLS
