/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-database.h"

#include <gio/gio.h>

static char *
migration_path (const char *folder,
                gint64 version)
{
  return g_strdup_printf ("%s/%03d.sql", folder, (int)version);
}

static gboolean
has_migration (const char *folder,
               gint64 version)
{
  g_autofree char *path = migration_path (folder, version);

  return g_resources_get_info (path, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL, NULL, NULL);
}

static gboolean
apply_migration (LobbyDatabase *self,
                 const char *folder,
                 gint64 version,
                 GError **error)
{
  g_autoptr (LobbyTransaction) transaction = NULL;
  g_autoptr (GError) inner = NULL;
  g_autofree char *path = migration_path (folder, version);
  g_autoptr (GBytes) sql = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  g_autofree char *text = NULL;
  g_autofree char *pragma = NULL;
  gint64 present;

  if (sql == NULL)
    return FALSE;
  transaction = lobby_transaction_begin (self, error);
  if (transaction == NULL)
    return FALSE;
  /* Another process may have applied it while we waited for the lock. */
  present = lobby_database_get_int (self, 0, &inner, "PRAGMA user_version", NULL);
  if (inner != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  if (present >= version)
    return TRUE;

  text = g_strndup (g_bytes_get_data (sql, NULL), g_bytes_get_size (sql));
  pragma = g_strdup_printf ("PRAGMA user_version=%d", (int)version);
  return lobby_database_exec (self, text, error)
         && lobby_database_exec (self, pragma, error)
         && lobby_transaction_commit (&transaction, error);
}

/* FALSE when it cannot be read or is of a later version. */
static gboolean
find_versions (LobbyDatabase *self,
               const char *folder,
               gint64 *present,
               gint64 *last,
               GError **error)
{
  g_autoptr (GError) inner = NULL;

  for (*last = 0; has_migration (folder, *last + 1);)
    (*last)++;
  g_return_val_if_fail (*last > 0, FALSE); /* the resource is not registered */

  *present = lobby_database_get_int (self, 0, &inner, "PRAGMA user_version", NULL);
  if (inner != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  if (*present <= *last)
    return TRUE;
  g_set_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_TOO_NEW,
               "The database has version %d, this program knows up to %d", (int)*present, (int)*last);
  return FALSE;
}

gboolean
lobby_database_migrate (LobbyDatabase *self,
                        const char *folder,
                        GError **error)
{
  gint64 present = 0;
  gint64 last = 0;

  g_return_val_if_fail (LOBBY_IS_DATABASE (self), FALSE);
  g_return_val_if_fail (folder != NULL, FALSE);

  if (!find_versions (self, folder, &present, &last, error))
    return FALSE;
  for (gint64 version = present + 1; version <= last; version++)
    if (!apply_migration (self, folder, version, error))
      return FALSE;
  return TRUE;
}

gboolean
lobby_database_is_current (LobbyDatabase *self,
                           const char *folder,
                           GError **error)
{
  gint64 present = 0;
  gint64 last = 0;

  g_return_val_if_fail (LOBBY_IS_DATABASE (self), FALSE);
  g_return_val_if_fail (folder != NULL, FALSE);

  if (!find_versions (self, folder, &present, &last, error))
    return FALSE;
  if (present == last)
    return TRUE;
  g_set_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FAILED,
               "The database is of an earlier version (%d, not %d)", (int)present, (int)last);
  return FALSE;
}
