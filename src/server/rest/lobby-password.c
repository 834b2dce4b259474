/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-password.h"

#include <sodium.h>
#include <string.h>

#include "lobby-async.h"

#define TOKEN_BYTES 32

static void
start_sodium (void)
{
  if (sodium_init () < 0)
    g_error ("libsodium cannot start");
}

char *
lobby_password_hash (const char *password)
{
  char hash[crypto_pwhash_STRBYTES];

  start_sodium ();
  if (crypto_pwhash_str_alg (hash, password, strlen (password), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                             crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13)
      != 0)
    return NULL;
  return g_strdup (hash);
}

typedef struct
{
  char *password;
  char *hash;
} Check;

static void
check_free (gpointer data)
{
  Check *check = data;

  sodium_memzero (check->password, strlen (check->password));
  g_free (check->password);
  g_free (check->hash);
  g_free (check);
}

static gboolean
run_check (gpointer data,
           GValue *result,
           GError **error)
{
  const Check *check = data;
  gboolean matches = FALSE;

  if (check->hash != NULL)
    matches = crypto_pwhash_str_verify (check->hash, check->password, strlen (check->password)) == 0;
  else
    g_free (lobby_password_hash (check->password));
  g_value_init (result, G_TYPE_BOOLEAN);
  g_value_set_boolean (result, matches);
  return TRUE;
}

DexFuture *
lobby_password_verify (const char *password,
                       const char *hash)
{
  Check *check = g_new (Check, 1);

  start_sodium ();
  check->password = g_strdup (password);
  check->hash = g_strdup (hash);
  return lobby_async_run_in_thread (run_check, check, check_free);
}

char *
lobby_token_new (void)
{
  guint8 bytes[TOKEN_BYTES];
  char text[sodium_base64_ENCODED_LEN (TOKEN_BYTES, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];

  start_sodium ();
  randombytes_buf (bytes, sizeof bytes);
  sodium_bin2base64 (text, sizeof text, bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return g_strdup (text);
}

char *
lobby_token_hash (const char *token)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1);
}
