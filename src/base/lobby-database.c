/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-database.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

/*
 * Invariants:
 * - `statements` holds one statement for each address of an SQL text, which mostly is a literal's; that its text is the one
 *   asked for is checked, since addresses are used again. What is not lent is reset and has no bindings.
 * - `depth` counts the open LobbyTransactions. While it is above 0 SQLite must be outside autocommit; when it is
 *   not, SQLite has rolled the transaction back by itself (disk full, I/O error), and every write
 *   up to the end of the outermost one is refused: it would otherwise be made without a transaction. Reading goes on.
 */

#define BUSY_TIMEOUT_MSEC 5000
#define MAX_CACHED_STATEMENTS 256
/* Of pages as they were before a savepoint, and a message changes some 18; more go to a temporary file. Then SQLite, whose own limit
 * is 64 KiB, writes these in one piece, and can write less than 128 KiB at a time. */
#define SAVEPOINT_BYTES (120 * 1024)

struct _LobbyDatabase
{
  GObject parent_instance;

  char *path;
  sqlite3 *handle;
  GHashTable *statements; /* address of SQL → LobbyStatement */
  guint depth;
  gboolean read_only;
};

struct _LobbyStatement
{
  LobbyDatabase *database; /* a reference while it is lent */
  sqlite3_stmt *handle;
  gboolean kept; /* in the database's statements */
  gboolean lent;
};

struct _LobbyTransaction
{
  LobbyDatabase *database;
  guint level; /* 1: the outermost */
};

G_DEFINE_QUARK (lobby-database-error-quark, lobby_database_error)
G_DEFINE_FINAL_TYPE (LobbyDatabase, lobby_database, G_TYPE_OBJECT)

static LobbyDatabaseError
error_code_of (int extended)
{
  switch (extended)
    {
    case SQLITE_IOERR_READ:
    case SQLITE_IOERR_SHORT_READ:
      return LOBBY_DATABASE_ERROR_BUSY;
    case SQLITE_IOERR_CORRUPTFS:
      return LOBBY_DATABASE_ERROR_CORRUPT;
    default:
      break;
    }
  switch (extended & 0xff)
    {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return LOBBY_DATABASE_ERROR_BUSY;
    case SQLITE_FULL:
    case SQLITE_IOERR:
      return LOBBY_DATABASE_ERROR_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return LOBBY_DATABASE_ERROR_CORRUPT;
    case SQLITE_CONSTRAINT:
      return LOBBY_DATABASE_ERROR_CONSTRAINT;
    default:
      return LOBBY_DATABASE_ERROR_FAILED;
    }
}

static void
set_error (LobbyDatabase *self,
           GError **error,
           const char *what)
{
  g_set_error (error, LOBBY_DATABASE_ERROR, error_code_of (sqlite3_extended_errcode (self->handle)),
               "%s: %s", what, sqlite3_errmsg (self->handle));
}

static gboolean
check_transaction (LobbyDatabase *self,
                   GError **error)
{
  if (self->depth == 0 || !sqlite3_get_autocommit (self->handle))
    return TRUE;
  g_set_error_literal (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FULL,
                       "The transaction was rolled back by an earlier error");
  return FALSE;
}

static gboolean
exec_unchecked (LobbyDatabase *self,
                const char *sql,
                GError **error)
{
  if (sqlite3_exec (self->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  set_error (self, error, "Cannot run a statement");
  return FALSE;
}

/* Statements */

static void
statement_finalize (gpointer data)
{
  LobbyStatement *self = data;

  sqlite3_finalize (self->handle);
  g_free (self);
}

static LobbyStatement *
statement_new (LobbyDatabase *database,
               const char *sql,
               GError **error)
{
  LobbyStatement *self;
  sqlite3_stmt *handle = NULL;
  const char *tail = NULL;

  if (sqlite3_prepare_v3 (database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, &tail) != SQLITE_OK)
    {
      set_error (database, error, "Cannot prepare a statement");
      return NULL;
    }
  g_assert (handle != NULL && tail[strspn (tail, " \t\r\n;")] == '\0'); /* one statement, not none or several */
  self = g_new0 (LobbyStatement, 1);
  self->handle = handle;
  return self;
}

static LobbyStatement *
statement_lend (LobbyDatabase *database,
                const char *sql,
                GError **error)
{
  LobbyStatement *self = g_hash_table_lookup (database->statements, sql);
  gboolean is_free = self == NULL && g_hash_table_size (database->statements) < MAX_CACHED_STATEMENTS;

  if (self == NULL || self->lent || strcmp (sqlite3_sql (self->handle), sql) != 0)
    {
      self = statement_new (database, sql, error);
      if (self == NULL)
        return NULL;
      self->kept = is_free;
      if (is_free)
        g_hash_table_insert (database->statements, (char *)sql, self);
    }
  self->lent = TRUE;
  self->database = g_object_ref (database);
  return self;
}

static int
bind_argument (sqlite3_stmt *handle,
               int index,
               char letter,
               sqlite3_destructor_type kept,
               va_list *arguments)
{
  switch (letter)
    {
    case 's':
      return sqlite3_bind_text (handle, index, va_arg (*arguments, const char *), -1, kept);
    case 'i':
      return sqlite3_bind_int (handle, index, va_arg (*arguments, int));
    case 'l':
      return sqlite3_bind_int64 (handle, index, va_arg (*arguments, gint64));
    case 'd':
      return sqlite3_bind_double (handle, index, va_arg (*arguments, double));
    case 'b':
      {
        GBytes *bytes = va_arg (*arguments, GBytes *);
        gsize size;
        const void *data;

        if (bytes == NULL)
          return sqlite3_bind_null (handle, index);
        data = g_bytes_get_data (bytes, &size);
        /* A NULL pointer would be SQL NULL, which empty bytes are not. */
        return sqlite3_bind_blob64 (handle, index, data != NULL ? data : "", size, kept);
      }
    default:
      g_error ("Unknown letter '%c' in a format", letter);
    }
}

/* @kept: SQLITE_STATIC when the arguments live longer than the statement is lent. */
static LobbyStatement *
prepare (LobbyDatabase *self,
         GError **error,
         const char *sql,
         const char *format,
         sqlite3_destructor_type kept,
         va_list arguments)
{
  g_autoptr (LobbyStatement) statement = statement_lend (self, sql, error);
  sqlite3_stmt *handle = statement != NULL ? statement->handle : NULL;
  va_list copy;
  gboolean bound = TRUE;

  if (statement == NULL)
    return NULL;
  if (!sqlite3_stmt_readonly (handle) && !check_transaction (self, error))
    return NULL;

  g_assert_cmpint (format != NULL ? (int)strlen (format) : 0, ==, sqlite3_bind_parameter_count (handle));
  va_copy (copy, arguments);
  for (int i = 0; bound && format != NULL && format[i] != '\0'; i++)
    bound = bind_argument (handle, i + 1, format[i], kept, &copy) == SQLITE_OK;
  va_end (copy);

  if (!bound)
    {
      set_error (self, error, "Cannot bind an argument");
      return NULL;
    }
  return g_steal_pointer (&statement);
}

/* Opening */

/* One that is there already is not touched: closing any descriptor of it would take away the locks that this
 * process's other connections hold on it (POSIX), and with them the safety of their WAL. */
static gboolean
make_private_file (const char *path,
                   GError **error)
{
  int fd = g_open (path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOCTTY, 0600);

  if (fd < 0 && errno != EEXIST)
    {
      int saved = errno;
      LobbyDatabaseError code = saved == ENOSPC || saved == EDQUOT ? LOBBY_DATABASE_ERROR_FULL : LOBBY_DATABASE_ERROR_FAILED;

      g_set_error (error, LOBBY_DATABASE_ERROR, code, "Cannot open %s: %s", path, g_strerror (saved));
      return FALSE;
    }
  if (fd >= 0)
    close (fd);
  return TRUE;
}

static gboolean
open_handle (LobbyDatabase *self,
             LobbyDatabaseFlags flags,
             GError **error)
{
  int open_flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const char *pragmas;

  open_flags |= self->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2 (self->path, &self->handle, open_flags, NULL) != SQLITE_OK)
    {
      if (self->handle != NULL)
        set_error (self, error, "Cannot open the database");
      else
        g_set_error_literal (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FAILED, "Cannot open the database: out of memory");
      return FALSE;
    }
  sqlite3_busy_timeout (self->handle, BUSY_TIMEOUT_MSEC);

  if (self->read_only)
    pragmas = "PRAGMA foreign_keys=ON";
  else if (flags & LOBBY_DATABASE_SYNC_FULL)
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON";
  else
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON";
  return exec_unchecked (self, pragmas, error);
}

LobbyDatabase *
lobby_database_open (const char *path,
                     LobbyDatabaseFlags flags,
                     GError **error)
{
  g_autoptr (LobbyDatabase) self = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  self = g_object_new (LOBBY_TYPE_DATABASE, NULL);
  self->path = g_strdup (path);
  self->read_only = (flags & LOBBY_DATABASE_READ_ONLY) != 0;
  /* SQLite gives the -wal and -shm files the mode of this one. */
  if (!self->read_only && !g_str_equal (path, ":memory:") && !make_private_file (path, error))
    return NULL;
  if (!open_handle (self, flags, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
lobby_database_finalize (GObject *object)
{
  LobbyDatabase *self = LOBBY_DATABASE (object);

  g_assert (self->depth == 0);
  g_hash_table_unref (self->statements);
  if (sqlite3_close (self->handle) != SQLITE_OK)
    g_critical ("A statement outlives its database");
  g_free (self->path);
  G_OBJECT_CLASS (lobby_database_parent_class)->finalize (object);
}

static void
lobby_database_class_init (LobbyDatabaseClass *klass)
{
  /* Refused when SQLite is in use already, by another library: then it works as it is. */
  sqlite3_config (SQLITE_CONFIG_STMTJRNL_SPILL, SAVEPOINT_BYTES);
  G_OBJECT_CLASS (klass)->finalize = lobby_database_finalize;
}

static void
lobby_database_init (LobbyDatabase *self)
{
  self->statements = g_hash_table_new_full (NULL, NULL, NULL, statement_finalize);
}

gboolean
lobby_database_exec (LobbyDatabase *self,
                     const char *sql,
                     GError **error)
{
  g_return_val_if_fail (LOBBY_IS_DATABASE (self), FALSE);
  g_return_val_if_fail (sql != NULL, FALSE);
  return check_transaction (self, error) && exec_unchecked (self, sql, error);
}

LobbyStatement *
lobby_database_query (LobbyDatabase *self,
                      GError **error,
                      const char *sql,
                      const char *format,
                      ...)
{
  LobbyStatement *statement;
  va_list arguments;

  g_return_val_if_fail (LOBBY_IS_DATABASE (self), NULL);

  va_start (arguments, format);
  statement = prepare (self, error, sql, format, SQLITE_TRANSIENT, arguments);
  va_end (arguments);
  return statement;
}

gboolean
lobby_database_run (LobbyDatabase *self,
                    GError **error,
                    const char *sql,
                    const char *format,
                    ...)
{
  g_autoptr (LobbyStatement) statement = NULL;
  va_list arguments;

  g_return_val_if_fail (LOBBY_IS_DATABASE (self), FALSE);

  va_start (arguments, format);
  statement = prepare (self, error, sql, format, SQLITE_STATIC, arguments);
  va_end (arguments);
  if (statement == NULL)
    return FALSE;
  /* Rows (of RETURNING or a PRAGMA) are passed over: the statement has to run to its end. */
  for (;;)
    {
      int result = sqlite3_step (statement->handle);

      if (result == SQLITE_DONE)
        return TRUE;
      if (result != SQLITE_ROW)
        break;
    }
  set_error (self, error, "Cannot run a statement");
  return FALSE;
}

gint64
lobby_database_get_int (LobbyDatabase *self,
                        gint64 fallback,
                        GError **error,
                        const char *sql,
                        const char *format,
                        ...)
{
  g_autoptr (LobbyStatement) statement = NULL;
  va_list arguments;

  g_return_val_if_fail (LOBBY_IS_DATABASE (self), fallback);

  va_start (arguments, format);
  statement = prepare (self, error, sql, format, SQLITE_STATIC, arguments);
  va_end (arguments);
  if (statement == NULL || !lobby_statement_step (statement, error))
    return fallback;
  return lobby_statement_int (statement, 0);
}

void
lobby_database_release_memory (LobbyDatabase *self)
{
  g_return_if_fail (LOBBY_IS_DATABASE (self));

  sqlite3_db_release_memory (self->handle);
}

gint64
lobby_database_last_rowid (LobbyDatabase *self)
{
  g_return_val_if_fail (LOBBY_IS_DATABASE (self), 0);
  return sqlite3_last_insert_rowid (self->handle);
}

int
lobby_database_changes (LobbyDatabase *self)
{
  g_return_val_if_fail (LOBBY_IS_DATABASE (self), 0);
  return sqlite3_changes (self->handle);
}

gint64
lobby_database_total_changes (LobbyDatabase *self)
{
  g_return_val_if_fail (LOBBY_IS_DATABASE (self), 0);
  return sqlite3_total_changes64 (self->handle);
}

gboolean
lobby_statement_step (LobbyStatement *self,
                      GError **error)
{
  g_return_val_if_fail (self != NULL, FALSE);

  switch (sqlite3_step (self->handle))
    {
    case SQLITE_ROW:
      return TRUE;
    case SQLITE_DONE:
      return FALSE;
    default:
      set_error (self->database, error, "Cannot read a row");
      return FALSE;
    }
}

const char *
lobby_statement_text (LobbyStatement *self,
                      int column)
{
  g_return_val_if_fail (self != NULL, NULL);
  return (const char *)sqlite3_column_text (self->handle, column);
}

char *
lobby_statement_dup_text (LobbyStatement *self,
                          int column)
{
  return g_strdup (lobby_statement_text (self, column));
}

gint64
lobby_statement_int (LobbyStatement *self,
                     int column)
{
  g_return_val_if_fail (self != NULL, 0);
  return sqlite3_column_int64 (self->handle, column);
}

GBytes *
lobby_statement_dup_bytes (LobbyStatement *self,
                           int column)
{
  const void *data;

  g_return_val_if_fail (self != NULL, NULL);

  if (lobby_statement_is_null (self, column))
    return NULL;
  data = sqlite3_column_blob (self->handle, column);
  return g_bytes_new (data, (gsize)sqlite3_column_bytes (self->handle, column));
}

gboolean
lobby_statement_is_null (LobbyStatement *self,
                         int column)
{
  g_return_val_if_fail (self != NULL, TRUE);
  return sqlite3_column_type (self->handle, column) == SQLITE_NULL;
}

void
lobby_statement_free (LobbyStatement *self)
{
  LobbyDatabase *database;

  if (self == NULL)
    return;
  database = g_steal_pointer (&self->database);
  sqlite3_reset (self->handle);
  sqlite3_clear_bindings (self->handle);
  self->lent = FALSE;
  if (!self->kept)
    statement_finalize (self);
  g_object_unref (database);
}

/* Transactions */

LobbyTransaction *
lobby_transaction_begin (LobbyDatabase *database,
                         GError **error)
{
  LobbyTransaction *self;
  /* IMMEDIATE: a transaction that began as a reader can fail with BUSY in its middle without waiting. */
  const char *outermost = database->read_only ? "BEGIN" : "BEGIN IMMEDIATE";

  g_return_val_if_fail (LOBBY_IS_DATABASE (database), NULL);

  /* Of several savepoints of one name SQLite means the innermost. */
  if (!check_transaction (database, error) || !lobby_database_run (database, error, database->depth > 0 ? "SAVEPOINT inner" : outermost, NULL))
    return NULL;

  self = g_new (LobbyTransaction, 1);
  self->database = g_object_ref (database);
  self->level = ++database->depth;
  return self;
}

static void
transaction_end (LobbyTransaction *self)
{
  g_assert (self->database->depth == self->level); /* inner ones end first */
  self->database->depth--;
  g_object_unref (self->database);
  g_free (self);
}

gboolean
lobby_transaction_commit (LobbyTransaction **transaction,
                          GError **error)
{
  LobbyTransaction *self;

  g_return_val_if_fail (transaction != NULL && *transaction != NULL, FALSE);

  self = g_steal_pointer (transaction);
  if (!check_transaction (self->database, error)
      || !lobby_database_run (self->database, error, self->level > 1 ? "RELEASE inner" : "COMMIT", NULL))
    {
      lobby_transaction_free (self);
      return FALSE;
    }
  transaction_end (self);
  return TRUE;
}

void
lobby_transaction_free (LobbyTransaction *self)
{
  if (self == NULL)
    return;
  if (!sqlite3_get_autocommit (self->database->handle))
    {
      g_autoptr (GError) error = NULL;

      if (!exec_unchecked (self->database, self->level > 1 ? "ROLLBACK TO inner; RELEASE inner" : "ROLLBACK", &error))
        g_warning ("Cannot roll back: %s", error->message);
    }
  transaction_end (self);
}
