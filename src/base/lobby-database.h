/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/*
 * A SQLite connection and its prepared statements. One connection belongs to one thread.
 * Statements are kept, by the address of their SQL (so of literals), and lent out: g_autoptr(LobbyStatement) resets and
 * gives one back. Asking for the same SQL while it is lent out prepares a second one.
 */

#define LOBBY_DATABASE_ERROR (lobby_database_error_quark ())
GQuark lobby_database_error_quark (void);

typedef enum
{
  LOBBY_DATABASE_ERROR_FAILED,
  LOBBY_DATABASE_ERROR_BUSY,        /* not now, whatever is asked: another writes, no memory or descriptors, a failed read */
  LOBBY_DATABASE_ERROR_FULL,        /* disk full or I/O error while writing */
  LOBBY_DATABASE_ERROR_CORRUPT,
  LOBBY_DATABASE_ERROR_CONSTRAINT,
  LOBBY_DATABASE_ERROR_TOO_NEW,     /* made by a later version of Lobby */
} LobbyDatabaseError;

typedef enum
{
  LOBBY_DATABASE_DEFAULT     = 0,
  LOBBY_DATABASE_SYNC_FULL   = 1 << 0,  /* synchronous=FULL instead of NORMAL */
  LOBBY_DATABASE_READ_ONLY   = 1 << 1,
} LobbyDatabaseFlags;

#define LOBBY_TYPE_DATABASE (lobby_database_get_type ())
G_DECLARE_FINAL_TYPE (LobbyDatabase, lobby_database, LOBBY, DATABASE, GObject)

typedef struct _LobbyStatement LobbyStatement;

/* Opens or makes @path (":memory:" too) in WAL mode, foreign keys on, busy time-out 5 s, file mode 0600. */
LobbyDatabase  *lobby_database_open         (const char          *path,
                                             LobbyDatabaseFlags   flags,
                                             GError             **error);
/* Runs several statements separated by semicolons, without arguments. */
gboolean        lobby_database_exec         (LobbyDatabase       *self,
                                             const char          *sql,
                                             GError             **error);

/*
 * @format has a letter an argument: s const char * (NULL is SQL NULL), i int, l gint64, d double,
 * b GBytes * (NULL is SQL NULL). Text and bytes are copied.
 */
/* Prepares and binds; step it for rows. (transfer full: give back with g_autoptr) */
LobbyStatement *lobby_database_query        (LobbyDatabase       *self,
                                             GError             **error,
                                             const char          *sql,
                                             const char          *format,
                                             ...);
/* Prepares, binds and runs a statement that returns no rows. */
gboolean        lobby_database_run          (LobbyDatabase       *self,
                                             GError             **error,
                                             const char          *sql,
                                             const char          *format,
                                             ...);
/* The first column of the first row as integer, or @fallback when there is no row. Sets @error on failure (and returns @fallback). */
gint64          lobby_database_get_int      (LobbyDatabase       *self,
                                             gint64               fallback,
                                             GError             **error,
                                             const char          *sql,
                                             const char          *format,
                                             ...);
/* Gives back the memory of pages that are only kept to be read again. */
void            lobby_database_release_memory (LobbyDatabase     *self);
gint64          lobby_database_last_rowid   (LobbyDatabase       *self);
int             lobby_database_changes      (LobbyDatabase       *self);   /* rows changed by the last run */
gint64          lobby_database_total_changes (LobbyDatabase      *self);   /* by all of them, taken back or not */

/* TRUE and a row, or FALSE at the end (@error unset) or on failure (@error set). */
gboolean        lobby_statement_step        (LobbyStatement      *self,
                                             GError             **error);
/* Columns of the present row; borrowed until the next step. NULL / 0 for SQL NULL. */
const char     *lobby_statement_text        (LobbyStatement      *self,
                                             int                  column);
char           *lobby_statement_dup_text    (LobbyStatement      *self,
                                             int                  column);
gint64          lobby_statement_int         (LobbyStatement      *self,
                                             int                  column);
GBytes         *lobby_statement_dup_bytes   (LobbyStatement      *self,
                                             int                  column);
gboolean        lobby_statement_is_null     (LobbyStatement      *self,
                                             int                  column);
void            lobby_statement_free        (LobbyStatement      *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyStatement, lobby_statement_free)

/*
 * Transactions nest (the inner ones are savepoints). g_autoptr(LobbyTransaction) rolls back
 * whatever was not committed.
 */
typedef struct _LobbyTransaction LobbyTransaction;
LobbyTransaction *lobby_transaction_begin   (LobbyDatabase       *database,
                                             GError             **error);
/* Consumes *@transaction and sets it to NULL, also on failure (then it was rolled back). */
gboolean        lobby_transaction_commit    (LobbyTransaction   **transaction,
                                             GError             **error);
void            lobby_transaction_free      (LobbyTransaction    *transaction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyTransaction, lobby_transaction_free)

/*
 * Copies the database file @from, which other processes may be writing, to a new file @to, as it is at one moment;
 * durably, in mode 0600 and in one file (no WAL). Blocking. What is at @to is replaced; on failure nothing is left there.
 */
gboolean        lobby_database_copy         (const char          *from,
                                             const char          *to,
                                             GError             **error);
/* Adds to @problems (of char *) what SQLite itself finds wrong. FALSE when it cannot look. */
gboolean        lobby_database_check        (LobbyDatabase       *self,
                                             GPtrArray           *problems,
                                             GError             **error);

/*
 * Applies the GResource files @folder/001.sql, 002.sql … above the stored user_version, each in
 * one transaction that also sets user_version. Refuses a database whose user_version is higher
 * than the last file with LOBBY_DATABASE_ERROR_TOO_NEW.
 */
gboolean        lobby_database_migrate      (LobbyDatabase       *self,
                                             const char          *folder,
                                             GError             **error);
/* FALSE with @error when migrations are missing, or it is of a later version. */
gboolean        lobby_database_is_current   (LobbyDatabase       *self,
                                             const char          *folder,
                                             GError             **error);

G_END_DECLS
