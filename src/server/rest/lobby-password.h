/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

G_BEGIN_DECLS

#define LOBBY_PASSWORD_MIN 8     /* characters */
#define LOBBY_PASSWORD_MAX 1024  /* bytes */

/* Argon2id in libsodium's string form. Takes a tenth of a second and 64 MiB; blocks. NULL: no memory. */
char      *lobby_password_hash   (const char *password);
/* The same on a worker thread: resolves to gboolean. Without a @hash it takes as long and resolves to FALSE,
 * so that nobody can tell by the clock which users exist. */
DexFuture *lobby_password_verify (const char *password,
                                  const char *hash);

/* 32 random bytes as base64url. */
char      *lobby_token_new       (void);
/* What is stored of it. */
char      *lobby_token_hash      (const char *token);

G_END_DECLS
