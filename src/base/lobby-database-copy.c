/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-database.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <unistd.h>

/*
 * SQLite's backup begins anew whenever another process changed the source between two steps, and beside a busy server it
 * would never end. So the source is read inside one transaction: the copy is of the moment when that began, and
 * writers go on into the WAL.
 */

/* 4 MiB */
#define PAGES_A_STEP 1024
#define BUSY_TIMEOUT_MSEC 30000

static gboolean
fail (sqlite3 *handle,
      const char *what,
      GError **error)
{
  int code = handle != NULL ? sqlite3_errcode (handle) & 0xff : SQLITE_NOMEM;

  g_set_error (error, LOBBY_DATABASE_ERROR,
               code == SQLITE_FULL || code == SQLITE_IOERR ? LOBBY_DATABASE_ERROR_FULL : LOBBY_DATABASE_ERROR_FAILED,
               "Cannot %s: %s", what, handle != NULL ? sqlite3_errmsg (handle) : "out of memory");
  return FALSE;
}

static gboolean
open_database (const char *path,
               int flags,
               sqlite3 **handle,
               GError **error)
{
  if (sqlite3_open_v2 (path, handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
    return fail (*handle, "open the database", error);
  sqlite3_busy_timeout (*handle, BUSY_TIMEOUT_MSEC);
  return TRUE;
}

static gboolean
run (sqlite3 *handle,
     const char *sql,
     GError **error)
{
  return sqlite3_exec (handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail (handle, "read the database", error);
}

static gboolean
copy_pages (sqlite3 *from,
            sqlite3 *to,
            GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (to, "main", from, "main");
  int result;

  if (backup == NULL)
    return fail (to, "begin the copy", error);
  do
    result = sqlite3_backup_step (backup, PAGES_A_STEP);
  while (result == SQLITE_OK);
  if (sqlite3_backup_finish (backup) == SQLITE_OK && result == SQLITE_DONE)
    return TRUE;
  if (result == SQLITE_BUSY || result == SQLITE_LOCKED)
    {
      g_set_error_literal (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_BUSY, "Cannot copy the database: it is busy");
      return FALSE;
    }
  return fail (to, "copy the database", error);
}

static gboolean
copy_handles (sqlite3 *from,
              sqlite3 *to,
              GError **error)
{
  /* A transaction begins with its first reading. */
  return run (from, "BEGIN; SELECT count (*) FROM sqlite_schema", error)
         && copy_pages (from, to, error)
         && run (from, "COMMIT", error)
         && run (to, "PRAGMA journal_mode=DELETE", error);
}

static gboolean
make_empty (const char *path,
            GError **error)
{
  int fd = g_open (path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd >= 0)
    return g_close (fd, error);
  g_set_error (error, LOBBY_DATABASE_ERROR, errno == ENOSPC || errno == EDQUOT ? LOBBY_DATABASE_ERROR_FULL : LOBBY_DATABASE_ERROR_FAILED,
               "Cannot make %s: %s", path, g_strerror (errno));
  return FALSE;
}

gboolean
lobby_database_copy (const char *from,
                     const char *to,
                     GError **error)
{
  sqlite3 *source = NULL;
  sqlite3 *target = NULL;
  gboolean done;

  g_return_val_if_fail (from != NULL && to != NULL, FALSE);

  done = make_empty (to, error)
         && open_database (from, SQLITE_OPEN_READONLY, &source, error)
         && open_database (to, SQLITE_OPEN_READWRITE, &target, error)
         && copy_handles (source, target, error);
  sqlite3_close (source);
  sqlite3_close (target);
  if (!done)
    g_unlink (to);
  return done;
}

static gboolean
collect (LobbyDatabase *self,
         GPtrArray *problems,
         const char *sql,
         GError **error)
{
  g_autoptr (GError) inner = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (self, &inner, sql, NULL);

  while (row != NULL && lobby_statement_step (row, &inner))
    g_ptr_array_add (problems, lobby_statement_dup_text (row, 0));
  if (inner == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&inner));
  return FALSE;
}

gboolean
lobby_database_check (LobbyDatabase *self,
                      GPtrArray *problems,
                      GError **error)
{
  g_return_val_if_fail (LOBBY_IS_DATABASE (self), FALSE);

  return collect (self, problems, "SELECT 'database: ' || integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'", error)
         && collect (self, problems,
                     "SELECT 'database: a row of ' || \"table\" || ' names one of ' || parent || ' that is not there' FROM pragma_foreign_key_check", error);
}
