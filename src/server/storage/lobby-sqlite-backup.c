/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-maintenance.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lobby-database.h"
#include "lobby-file-store.h"
#include "lobby-file.h"
#include "lobby-storage.h"
#include "server-sql.h"

/* More events than a server has between two backups. */
#define LEAP "1000000"
/* Of the whole, when files went away between the copy of the database and theirs. */
#define MAX_TRIES 3
#define COPY_PIECE (256 * 1024)

typedef struct
{
  LobbyFileStore *from;
  LobbyFileStore *to;
  char *database; /* the copy's path */
  LobbyBackupSummary *summary;
} Backup;

static gboolean
fail (GError **error,
      const char *what,
      const char *path)
{
  g_autofree char *text = g_strdup_printf ("Cannot %s %s", what, path);

  return lobby_file_set_error (error, text);
}

/* Files */

gboolean
lobby_sqlite_verify_file (const char *path,
                          const char *sha256,
                          gint64 size)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree guint8 *buffer = g_malloc (COPY_PIECE);
  int fd = g_open (path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  gint64 total = 0;
  ssize_t n = -1;

  if (fd < 0)
    return FALSE;
  while ((n = read (fd, buffer, COPY_PIECE)) > 0)
    {
      g_checksum_update (checksum, buffer, n);
      total += n;
    }
  close (fd);
  return n == 0 && (size == 0 || total == size) && strcmp (g_checksum_get_string (checksum), sha256) == 0;
}

static gboolean
copy_bytes (int from,
            int to)
{
  g_autofree guint8 *buffer = g_malloc (COPY_PIECE);
  ssize_t n;

  while ((n = read (from, buffer, COPY_PIECE)) > 0)
    {
      if (!lobby_file_write (to, buffer, (gsize)n))
        return FALSE;
    }
  return n == 0 && fsync (to) == 0;
}

/* A name that is there is whole: it is given last. */
static gboolean
copy_file (const char *from,
           const char *to,
           GError **error)
{
  g_autofree char *partial = g_strconcat (to, ".partial", NULL);
  int source = g_open (from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  int target = source >= 0 ? g_open (partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
  gboolean done = target >= 0 && copy_bytes (source, target) && g_rename (partial, to) == 0;
  int saved = errno;

  if (source >= 0)
    close (source);
  if (target >= 0)
    close (target);
  if (done)
    return TRUE;
  g_unlink (partial);
  errno = saved;
  return fail (error, "copy", from);
}

/* A hard link where it is possible: stored files are never written to again. */
static gboolean
take_file (Backup *self,
           const char *from,
           const char *to,
           GError **error)
{
  if (link (from, to) == 0 || errno == EEXIST)
    return TRUE;
  if (errno == ENOENT)
    return fail (error, "find", from);
  if (!copy_file (from, to, error))
    return FALSE;
  self->summary->copied++;
  return TRUE;
}

static gboolean
make_folder (const char *path,
             GError **error)
{
  return g_mkdir_with_parents (path, 0700) == 0 || fail (error, "make the folder", path);
}

static gboolean
is_file (const char *path)
{
  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

static gboolean
take_media (Backup *self,
            const char *sha256,
            gint64 size,
            GError **error)
{
  g_autofree char *from = lobby_file_store_path (self->from, sha256);
  g_autofree char *to = lobby_file_store_path (self->to, sha256);
  g_autofree char *from_thumbnail = lobby_file_store_thumbnail_path (self->from, sha256);
  g_autofree char *to_thumbnail = lobby_file_store_thumbnail_path (self->to, sha256);
  g_autofree char *shelf = g_path_get_dirname (to);

  if (!make_folder (shelf, error) || !take_file (self, from, to, error))
    return FALSE;
  if (!lobby_sqlite_verify_file (to, sha256, size))
    {
      g_set_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FAILED, "The file %s is not what was stored. See lobbyd check", from);
      return FALSE;
    }
  self->summary->files++;
  self->summary->bytes += lobby_file_size (to);
  return !is_file (from_thumbnail) || take_file (self, from_thumbnail, to_thumbnail, error);
}

static gboolean
take_all_media (Backup *self,
                LobbyDatabase *database,
                GError **error)
{
  g_autoptr (GError) inner = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (database, &inner, "SELECT sha256, size FROM media_files ORDER BY sha256", NULL);

  self->summary->files = 0;
  self->summary->bytes = lobby_file_size (self->database);
  while (row != NULL && lobby_statement_step (row, &inner))
    {
      if (!take_media (self, lobby_statement_text (row, 0), lobby_statement_int (row, 1), error))
        return FALSE;
    }
  if (inner == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&inner));
  return FALSE;
}

/* The database */

/* See lobby_sqlite_backup. 1 is LOBBY_OUTBOUND_SENDING. */
static gboolean
prepare (LobbyDatabase *database,
         GError **error)
{
  G_STATIC_ASSERT (LOBBY_OUTBOUND_SENDING == 1);

  return lobby_database_exec (database,
                              "BEGIN;"
                              "UPDATE businesses SET seq = seq + " LEAP ";"
                              "UPDATE conversations SET seq = (SELECT seq FROM businesses b WHERE b.id = business_id);"
                              "DELETE FROM event_log;"
                              "UPDATE outbound_queue SET state = 1 WHERE state = 0;"
                              "DELETE FROM uploads WHERE sha256 IS NULL;"
                              "COMMIT",
                              error);
}

static gboolean
verify (LobbyDatabase *database,
        GError **error)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);

  if (!lobby_database_check (database, problems, error))
    return FALSE;
  if (problems->len == 0)
    return TRUE;
  g_set_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FAILED, "The copy is damaged: %s", (char *)g_ptr_array_index (problems, 0));
  return FALSE;
}

static gboolean
try_once (Backup *self,
          const char *folder,
          GError **error)
{
  g_autofree char *source = g_build_filename (folder, "lobby.db", NULL);
  g_autoptr (LobbyDatabase) database = NULL;

  if (!lobby_database_copy (source, self->database, error))
    return FALSE;
  database = lobby_database_open (self->database, LOBBY_DATABASE_SYNC_FULL, error);
  g_resources_register (server_sql_get_resource ());
  return database != NULL
         && lobby_database_is_current (database, "/org/lobby/server/sql", error)
         && verify (database, error)
         && take_all_media (self, database, error)
         && prepare (database, error)
         && lobby_database_exec (database, "PRAGMA journal_mode=DELETE", error);
}

/* The whole */

static void
remove_all (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_all (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

static gboolean
sync_shelves (const char *media,
              GError **error)
{
  g_autoptr (GDir) folder = g_dir_open (media, 0, error);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *shelf = g_build_filename (media, name, NULL);

      if (!lobby_file_sync_folder (shelf, error))
        return FALSE;
    }
  return folder != NULL && lobby_file_sync_folder (media, error);
}

static gboolean
fill (const char *folder,
      const char *partial,
      LobbyBackupSummary *summary,
      GError **error)
{
  g_autofree char *from_media = g_build_filename (folder, "media", NULL);
  g_autofree char *to_media = g_build_filename (partial, "media", NULL);
  g_autofree char *path = g_build_filename (partial, "lobby.db", NULL);
  g_autoptr (LobbyFileStore) from = lobby_file_store_new (from_media);
  g_autoptr (LobbyFileStore) to = lobby_file_store_new (to_media);
  Backup backup = { from, to, path, summary };

  if (!make_folder (to_media, error))
    return FALSE;
  for (guint i = 1;; i++)
    {
      g_autoptr (GError) inner = NULL;

      if (try_once (&backup, folder, &inner))
        return sync_shelves (to_media, error) && lobby_file_sync_folder (partial, error);
      if (i == MAX_TRIES || !g_error_matches (inner, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        {
          g_propagate_error (error, g_steal_pointer (&inner));
          return FALSE;
        }
    }
}

/* Two backups to one place would spoil each other's. */
static int
lock (const char *partial,
      GError **error)
{
  int fd = g_open (partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (fd >= 0 && errno == EWOULDBLOCK)
    g_set_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_BUSY, "Another backup is being made in %s", partial);
  else
    fail (error, "use", partial);
  if (fd >= 0)
    close (fd);
  return -1;
}

gboolean
lobby_sqlite_backup (const char *folder,
                     const char *target,
                     LobbyBackupSummary *summary,
                     GError **error)
{
  g_autofree char *whole = g_canonicalize_filename (target, NULL);
  g_autofree char *partial = g_strconcat (whole, ".partial", NULL);
  g_autofree char *parent = g_path_get_dirname (whole);
  int held;

  if (g_file_test (whole, G_FILE_TEST_EXISTS) || g_file_test (whole, G_FILE_TEST_IS_SYMLINK))
    {
      g_set_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS, "There is something at %s already", whole);
      return FALSE;
    }
  if (!make_folder (partial, error) || (held = lock (partial, error)) < 0)
    return FALSE;
  if (!fill (folder, partial, summary, error))
    {
      remove_all (partial);
      close (held);
      return FALSE;
    }
  if (g_rename (partial, whole) != 0)
    {
      fail (error, "make", whole);
      close (held);
      return FALSE;
    }
  close (held);
  return lobby_file_sync_folder (parent, error);
}
