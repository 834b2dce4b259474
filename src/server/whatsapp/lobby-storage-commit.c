/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-storage-commit.h"
#include "lobby-log.h"

#define RETRY_MSEC 1000

static void
on_committed (const GError *error,
              gpointer data)
{
  g_autoptr (DexPromise) promise = data;

  if (error != NULL)
    dex_promise_reject (promise, g_error_copy (error));
  else
    dex_promise_resolve_boolean (promise, TRUE);
}

DexFuture *
lobby_storage_commit (LobbyStorage *storage)
{
  DexPromise *promise = dex_promise_new ();

  lobby_storage (storage, after_commit, on_committed, dex_ref (promise));
  return DEX_FUTURE (promise);
}

gboolean
lobby_storage_insist (LobbyStorage *storage,
                      LobbyStorageWrite write,
                      gpointer data,
                      const gboolean *stopped)
{
  do
    {
      g_autoptr (GError) error = NULL;
      gboolean written = write (storage, data, &error);

      if (!written && g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NOT_FOUND))
        return TRUE;
      if (written && dex_await (lobby_storage_commit (storage), &error))
        return TRUE;
      lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "what WhatsApp said cannot be stored yet", "error", error->message, NULL);
      if (!*stopped)
        dex_await (dex_timeout_new_msec (RETRY_MSEC), NULL);
    }
  while (!*stopped);
  return FALSE;
}
