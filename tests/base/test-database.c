/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-database.h"

#include <glib/gstdio.h>
#include <gio/gio.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct
{
  char *folder;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("lobby-database-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "test.db", NULL);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  const char *const suffixes[] = { "", "-wal", "-shm" };

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++)
    {
      g_autofree char *path = g_strconcat (fixture->path, suffixes[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static LobbyDatabase *
open_database (Fixture *fixture,
               LobbyDatabaseFlags flags)
{
  g_autoptr (GError) error = NULL;
  LobbyDatabase *database = lobby_database_open (fixture->path, flags, &error);

  g_assert_no_error (error);
  return database;
}

static void
exec (LobbyDatabase *database,
      const char *sql)
{
  g_autoptr (GError) error = NULL;

  lobby_database_exec (database, sql, &error);
  g_assert_no_error (error);
}

static gint64
count (LobbyDatabase *database)
{
  g_autoptr (GError) error = NULL;
  gint64 rows = lobby_database_get_int (database, -1, &error, "SELECT count (*) FROM fruit", NULL);

  g_assert_no_error (error);
  return rows;
}

static void
insert (LobbyDatabase *database,
        const char *name)
{
  g_autoptr (GError) error = NULL;

  lobby_database_run (database, &error, "INSERT INTO fruit (name) VALUES (?)", "s", name);
  g_assert_no_error (error);
}

static void
test_open (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (LobbyDatabase) database = open_database (fixture, LOBBY_DATABASE_SYNC_FULL);
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;
  struct stat information;

  g_assert_cmpint (stat (fixture->path, &information), ==, 0);
  g_assert_cmpint (information.st_mode & 0777, ==, 0600);
  g_assert_cmpint (lobby_database_get_int (database, -1, NULL, "PRAGMA foreign_keys", NULL), ==, 1);
  g_assert_cmpint (lobby_database_get_int (database, -1, NULL, "PRAGMA synchronous", NULL), ==, 2);
  statement = lobby_database_query (database, &error, "PRAGMA journal_mode", NULL);
  g_assert_true (lobby_statement_step (statement, &error));
  g_assert_cmpstr (lobby_statement_text (statement, 0), ==, "wal");
}

static void
test_open_refused (Fixture *fixture,
                   gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "missing", "x.db", NULL);

  g_assert_null (lobby_database_open (path, 0, &error));
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FAILED);
  g_clear_error (&error);

  g_file_set_contents (fixture->path, "this has never been a database, but is long enough to be taken for one", -1, NULL);
  g_assert_null (lobby_database_open (fixture->path, 0, &error));
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_CORRUPT);
}

static void
test_arguments (Fixture *fixture,
                gconstpointer data)
{
  g_autoptr (LobbyDatabase) database = open_database (fixture, 0);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("a\0b", 3);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  g_autoptr (GBytes) read = NULL;
  g_autoptr (GBytes) empty = NULL;
  g_autoptr (GError) error = NULL;

  exec (database, "CREATE TABLE t (a, b, c, d, e, f, g, h)");
  g_assert_true (lobby_database_run (database, &error, "INSERT INTO t VALUES (?, ?, ?, ?, ?, ?, ?, ?)", "silbdsbb",
                                     "Zoë", 7, G_MININT64, bytes, 0.5, NULL, NULL, nothing));
  g_assert_cmpint (lobby_database_changes (database), ==, 1);
  g_assert_cmpint (lobby_database_last_rowid (database), ==, 1);

  g_autoptr (LobbyStatement) statement = lobby_database_query (database, &error, "SELECT * FROM t WHERE a = ?1 OR a = ?1", "s", "Zoë");
  g_assert_true (lobby_statement_step (statement, &error));
  g_assert_cmpstr (lobby_statement_text (statement, 0), ==, "Zoë");
  g_assert_cmpint (lobby_statement_int (statement, 1), ==, 7);
  g_assert_cmpint (lobby_statement_int (statement, 2), ==, G_MININT64);
  read = lobby_statement_dup_bytes (statement, 3);
  g_assert_true (g_bytes_equal (read, bytes));
  g_assert_cmpstr (lobby_statement_text (statement, 4), ==, "0.5");
  g_assert_true (lobby_statement_is_null (statement, 5));
  g_assert_null (lobby_statement_text (statement, 5));
  g_assert_cmpint (lobby_statement_int (statement, 5), ==, 0);
  g_assert_null (lobby_statement_dup_bytes (statement, 6));
  empty = lobby_statement_dup_bytes (statement, 7);
  g_assert_cmpint (g_bytes_get_size (empty), ==, 0);
  g_assert_false (lobby_statement_step (statement, &error));
  g_assert_no_error (error);
}

static void
test_same_sql_twice (Fixture *fixture,
                     gconstpointer data)
{
  g_autoptr (LobbyDatabase) database = open_database (fixture, 0);
  const char *sql = "SELECT name FROM fruit WHERE name >= ? ORDER BY name";

  exec (database, "CREATE TABLE fruit (name TEXT PRIMARY KEY); INSERT INTO fruit VALUES ('apple'), ('pear')");
  for (int round = 0; round < 3; round++)
    {
      g_autoptr (LobbyStatement) outer = lobby_database_query (database, NULL, sql, "s", "a");
      g_autoptr (LobbyStatement) inner = lobby_database_query (database, NULL, sql, "s", "b");

      g_assert_true (lobby_statement_step (outer, NULL));
      g_assert_true (lobby_statement_step (inner, NULL));
      g_assert_cmpstr (lobby_statement_text (outer, 0), ==, "apple");
      g_assert_cmpstr (lobby_statement_text (inner, 0), ==, "pear");
    }
}

static void
test_errors (Fixture *fixture,
             gconstpointer data)
{
  g_autoptr (LobbyDatabase) database = open_database (fixture, 0);
  g_autoptr (GError) error = NULL;

  exec (database, "CREATE TABLE fruit (name TEXT PRIMARY KEY)");
  insert (database, "apple");
  g_assert_false (lobby_database_run (database, &error, "INSERT INTO fruit (name) VALUES (?)", "s", "apple"));
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_CONSTRAINT);
  g_clear_error (&error);

  g_assert_null (lobby_database_query (database, &error, "SELECT nothing FROM nowhere", NULL));
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FAILED);
  g_clear_error (&error);

  g_assert_cmpint (lobby_database_get_int (database, 42, &error, "SELECT 1 FROM fruit WHERE name = 'none'", NULL), ==, 42);
  g_assert_no_error (error);
  g_assert_cmpint (lobby_database_get_int (database, 42, &error, "SELECT 1 FROM nowhere", NULL), ==, 42);
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FAILED);
}

static void
test_transactions (Fixture *fixture,
                   gconstpointer data)
{
  g_autoptr (LobbyDatabase) database = open_database (fixture, 0);
  g_autoptr (LobbyTransaction) outer = NULL;
  g_autoptr (GError) error = NULL;

  exec (database, "CREATE TABLE fruit (name TEXT PRIMARY KEY)");
  outer = lobby_transaction_begin (database, &error);
  insert (database, "apple");
  {
    g_autoptr (LobbyTransaction) inner = lobby_transaction_begin (database, &error);

    insert (database, "pear");
    {
      g_autoptr (LobbyTransaction) innermost = lobby_transaction_begin (database, &error);

      insert (database, "plum");
      g_assert_true (lobby_transaction_commit (&innermost, &error));
      g_assert_null (innermost);
    }
    g_assert_cmpint (count (database), ==, 3);
  }
  g_assert_cmpint (count (database), ==, 1);
  {
    g_autoptr (LobbyTransaction) inner = lobby_transaction_begin (database, &error);

    insert (database, "fig");
    g_assert_true (lobby_transaction_commit (&inner, &error));
  }
  g_assert_true (lobby_transaction_commit (&outer, &error));
  g_assert_cmpint (count (database), ==, 2);

  outer = lobby_transaction_begin (database, &error);
  insert (database, "date");
  g_clear_pointer (&outer, lobby_transaction_free);
  g_assert_cmpint (count (database), ==, 2);
}

static void
test_lost_transaction (Fixture *fixture,
                       gconstpointer data)
{
  g_autoptr (LobbyDatabase) database = open_database (fixture, 0);
  g_autoptr (LobbyTransaction) outer = NULL;
  g_autoptr (GError) error = NULL;

  exec (database, "CREATE TABLE fruit (name TEXT PRIMARY KEY)");
  outer = lobby_transaction_begin (database, &error);
  insert (database, "apple");
  /* As SQLite does by itself after some failures. */
  exec (database, "ROLLBACK");

  g_assert_false (lobby_database_run (database, &error, "INSERT INTO fruit (name) VALUES ('pear')", NULL));
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FULL);
  g_clear_error (&error);
  g_assert_null (lobby_transaction_begin (database, &error));
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FULL);
  g_clear_error (&error);
  /* Reading goes on: what is there is not to be taken for absent. */
  g_assert_cmpint (count (database), ==, 0);
  g_assert_false (lobby_transaction_commit (&outer, &error));
  g_assert_null (outer);

  g_assert_cmpint (count (database), ==, 0);
  insert (database, "pear");
}

/* Another process is not let in behind the back of an open connection because a second one was opened here. */
static void
test_second_connection_keeps_locks (Fixture *fixture,
                                    gconstpointer data)
{
  g_autoptr (LobbyDatabase) first = open_database (fixture, 0);
  g_autoptr (LobbyDatabase) second = NULL;
  struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0x40000002, .l_len = 510 }; /* SQLite's shared range */
  int status;
  pid_t child;

  exec (first, "CREATE TABLE fruit (name TEXT PRIMARY KEY)");
  second = open_database (fixture, 0);
  child = fork ();
  if (child == 0)
    {
      int fd = open (fixture->path, O_RDWR | O_CLOEXEC);

      _exit (fd >= 0 && fcntl (fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? 0 : 1);
    }
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

static void
test_full (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (LobbyDatabase) database = open_database (fixture, 0);
  g_autoptr (LobbyTransaction) transaction = NULL;
  g_autoptr (GError) error = NULL;

  exec (database, "CREATE TABLE fruit (name TEXT PRIMARY KEY); PRAGMA max_page_count=8");
  transaction = lobby_transaction_begin (database, &error);
  insert (database, "apple");
  g_assert_false (lobby_database_run (database, &error, "INSERT INTO fruit (name) SELECT hex (zeroblob (1000)) || value FROM json_each (?)", "s",
                                      "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24]"));
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FULL);
  g_clear_pointer (&transaction, lobby_transaction_free);
  g_assert_cmpint (count (database), ==, 0);
}

static void
test_busy_reader (Fixture *fixture,
                  gconstpointer data)
{
  g_autoptr (LobbyDatabase) writer = open_database (fixture, 0);
  g_autoptr (LobbyDatabase) reader = NULL;
  g_autoptr (LobbyTransaction) transaction = NULL;
  g_autoptr (GError) error = NULL;

  exec (writer, "CREATE TABLE fruit (name TEXT PRIMARY KEY)");
  reader = open_database (fixture, LOBBY_DATABASE_READ_ONLY);
  transaction = lobby_transaction_begin (writer, &error);
  insert (writer, "apple");
  g_assert_cmpint (count (reader), ==, 0);
  g_assert_false (lobby_database_run (reader, &error, "INSERT INTO fruit (name) VALUES ('pear')", NULL));
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FAILED);
  g_assert_true (lobby_transaction_commit (&transaction, NULL));
  g_assert_cmpint (count (reader), ==, 1);
}

static void
test_migrate (Fixture *fixture,
              gconstpointer data)
{
  g_autoptr (LobbyDatabase) database = open_database (fixture, 0);
  g_autoptr (GError) error = NULL;

  g_assert_true (lobby_database_migrate (database, "/org/lobby/test/migrations/one", &error));
  g_assert_cmpint (lobby_database_get_int (database, -1, NULL, "PRAGMA user_version", NULL), ==, 1);
  insert (database, "apple");
  for (int round = 0; round < 2; round++)
    {
      g_assert_true (lobby_database_migrate (database, "/org/lobby/test/migrations/two", &error));
      g_assert_cmpint (lobby_database_get_int (database, -1, NULL, "PRAGMA user_version", NULL), ==, 2);
      g_assert_cmpint (count (database), ==, 2);
    }
  g_assert_false (lobby_database_migrate (database, "/org/lobby/test/migrations/one", &error));
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_TOO_NEW);
}

static void
test_migrate_broken (Fixture *fixture,
                     gconstpointer data)
{
  g_autoptr (LobbyDatabase) database = open_database (fixture, 0);
  g_autoptr (GError) error = NULL;

  g_assert_false (lobby_database_migrate (database, "/org/lobby/test/migrations/broken", &error));
  g_assert_error (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FAILED);
  g_assert_cmpint (lobby_database_get_int (database, -1, NULL, "PRAGMA user_version", NULL), ==, 1);
  g_assert_cmpint (count (database), ==, 0);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) g_test_add ("/base/database/" path, Fixture, NULL, set_up, function, tear_down)
  ADD ("open", test_open);
  ADD ("open-refused", test_open_refused);
  ADD ("arguments", test_arguments);
  ADD ("same-sql-twice", test_same_sql_twice);
  ADD ("errors", test_errors);
  ADD ("transactions", test_transactions);
  ADD ("lost-transaction", test_lost_transaction);
  ADD ("second-connection-keeps-locks", test_second_connection_keeps_locks);
  ADD ("full", test_full);
  ADD ("reader", test_busy_reader);
  ADD ("migrate", test_migrate);
  ADD ("migrate-broken", test_migrate_broken);
  return g_test_run ();
}
