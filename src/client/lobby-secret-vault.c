/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-secret-vault.h"

#include "lobby-account.h"

#include <libsecret/secret.h>

static const SecretSchema schema = {
  LOBBY_APP_ID ".Token",
  SECRET_SCHEMA_NONE,
  { { "account", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

/* Takes @error. */
static GError *
translate (GError *error)
{
  g_autoptr (GError) owned = error;

  return g_error_new (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_NO_SECRET_SERVICE, "The keyring cannot be used: %s", owned->message);
}

static void
on_stored (GObject *source,
           GAsyncResult *result,
           gpointer data)
{
  g_autoptr (DexPromise) promise = data;
  GError *error = NULL;

  if (secret_password_store_finish (result, &error))
    dex_promise_resolve_boolean (promise, TRUE);
  else
    dex_promise_reject (promise, translate (error));
}

static void
on_looked_up (GObject *source,
              GAsyncResult *result,
              gpointer data)
{
  g_autoptr (DexPromise) promise = data;
  GError *error = NULL;
  char *token = secret_password_lookup_finish (result, &error);

  if (error != NULL)
    dex_promise_reject (promise, translate (error));
  else if (token == NULL)
    dex_promise_reject (promise, g_error_new_literal (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_BAD_CREDENTIALS, "The keyring has no token"));
  else
    dex_promise_resolve_string (promise, g_strdup (token));

  secret_password_free (token);
}

static void
on_cleared (GObject *source,
            GAsyncResult *result,
            gpointer data)
{
  g_autoptr (DexPromise) promise = data;
  GError *error = NULL;

  secret_password_clear_finish (result, &error);
  if (error != NULL)
    dex_promise_reject (promise, translate (error));
  else
    dex_promise_resolve_boolean (promise, TRUE);
}

DexFuture *
lobby_secret_vault_store (const char *account_id,
                          const char *label,
                          const char *token)
{
  DexPromise *promise = dex_promise_new ();

  secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label, token, NULL, on_stored, dex_ref (promise),
                         "account", account_id, NULL);
  return DEX_FUTURE (promise);
}

DexFuture *
lobby_secret_vault_lookup (const char *account_id)
{
  DexPromise *promise = dex_promise_new ();

  secret_password_lookup (&schema, NULL, on_looked_up, dex_ref (promise), "account", account_id, NULL);
  return DEX_FUTURE (promise);
}

DexFuture *
lobby_secret_vault_clear (const char *account_id)
{
  DexPromise *promise = dex_promise_new ();

  secret_password_clear (&schema, NULL, on_cleared, dex_ref (promise), "account", account_id, NULL);
  return DEX_FUTURE (promise);
}
