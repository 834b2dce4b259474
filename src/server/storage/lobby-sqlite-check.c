/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-maintenance.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lobby-database.h"
#include "lobby-file-store.h"
#include "lobby-sqlite-private.h"
#include "server-sql.h"

typedef struct
{
  LobbyDatabase *database;
  const char *folder;
  gboolean repair;
  GPtrArray *problems;
  GPtrArray *mended;
} Check;

G_GNUC_PRINTF (2, 3)
static void
add (GPtrArray *lines,
     const char *format,
     ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (lines, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

/* Each row's first column is a problem. */
static gboolean
find (Check *self,
      const char *sql,
      GError **error)
{
  g_autoptr (GError) inner = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (self->database, &inner, sql, NULL);

  while (row != NULL && lobby_statement_step (row, &inner))
    g_ptr_array_add (self->problems, lobby_statement_dup_text (row, 0));
  if (inner == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&inner));
  return FALSE;
}

/* Events: the numbers of a business have no hole, and end with the business's own; an empty log is one that was pruned. */
static gboolean
check_events (Check *self,
              GError **error)
{
  return find (self,
               "SELECT 'events: the log of business ' || business_id || ' has ' || count (*) || ' of the '"
               " || (max (seq) - min (seq) + 1) || ' events from ' || min (seq) || ' to ' || max (seq)"
               " FROM event_log GROUP BY business_id HAVING count (*) <> max (seq) - min (seq) + 1",
               error)
         && find (self,
                  "SELECT 'events: the log of business ' || b.id || ' ends at ' || max (e.seq) || ', its counter is at ' || b.seq"
                  " FROM businesses b JOIN event_log e ON e.business_id = b.id GROUP BY b.id HAVING max (e.seq) <> b.seq",
                  error)
         && find (self,
                  "SELECT 'events: conversation ' || v.id || ' is at event ' || v.seq || ', its business only at ' || b.seq"
                  " FROM conversations v JOIN businesses b ON b.id = v.business_id WHERE v.seq > b.seq",
                  error);
}

/* As they are counted when a message comes or goes. */
#define COUNTED "type NOT IN (10, 11)"
#define MISCOUNTED                                                                                                           \
  "SELECT v.id AS id, total (m.outbound = 0) AS real_in, total (m.outbound = 1) AS real_out, v.message_count_in AS told_in," \
  " v.message_count_out AS told_out FROM conversations v LEFT JOIN messages m ON m.conversation_id = v.id AND m." COUNTED    \
  " GROUP BY v.id HAVING real_in <> told_in OR real_out <> told_out"
G_STATIC_ASSERT (LOBBY_MESSAGE_REACTION == 10 && LOBBY_MESSAGE_SYSTEM == 11);

static gboolean
check_counters (Check *self,
                GError **error)
{
  guint before = self->problems->len;

  if (!find (self,
             "SELECT 'counters: conversation ' || id || ' has ' || CAST (real_in AS INTEGER) || ' messages in and '"
             " || CAST (real_out AS INTEGER) || ' out, and says ' || told_in || ' and ' || told_out FROM (" MISCOUNTED ")",
             error))
    return FALSE;
  if (self->problems->len > before && self->repair)
    {
      if (!lobby_database_exec (self->database,
                                "UPDATE conversations SET message_count_in = c.real_in, message_count_out = c.real_out"
                                " FROM (" MISCOUNTED ") c WHERE c.id = conversations.id",
                                error))
        return FALSE;
      add (self->mended, "counters: %u conversations were counted anew", self->problems->len - before);
      g_ptr_array_set_size (self->problems, (int)before);
    }
  return find (self,
               "SELECT 'counters: conversation ' || id || ' has ' || unread_count || ' unread messages' FROM conversations WHERE unread_count < 0",
               error);
}

static gboolean
check_references (Check *self,
                  GError **error)
{
  return find (self,
               "SELECT 'references: message ' || id || ' names a file that nothing is known of' FROM messages"
               " WHERE media_sha256 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM media_files f WHERE f.sha256 = media_sha256)",
               error)
         && find (self,
                  "SELECT 'references: contact ' || id || ' names a picture that nothing is known of' FROM contacts"
                  " WHERE picture_sha256 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM media_files f WHERE f.sha256 = picture_sha256)",
                  error)
         && find (self,
                  "SELECT 'references: message ' || m.id || ' and its conversation are not of one business' FROM messages m"
                  " JOIN conversations v ON v.id = m.conversation_id WHERE v.business_id <> m.business_id OR v.contact_id <> m.contact_id",
                  error)
         && find (self,
                  "SELECT 'people: there is no owner' WHERE EXISTS (SELECT 1 FROM agents) AND NOT EXISTS (SELECT 1 FROM agents WHERE role = 'owner')",
                  error);
}

/* The next file behind *@sha256, which becomes its name. FALSE at the end, or on failure (@error set). */
static gboolean
next_file (Check *self,
           char **sha256,
           gint64 *size,
           GError **error)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (self->database, error,
                                                         "SELECT sha256, size FROM media_files WHERE sha256 > ? ORDER BY sha256 LIMIT 1", "s", *sha256);

  if (row == NULL || !lobby_statement_step (row, error))
    return FALSE;
  g_free (*sha256);
  *sha256 = lobby_statement_dup_text (row, 0);
  *size = lobby_statement_int (row, 1);
  return TRUE;
}

/* Reading them all takes long, and a transaction over it would keep the server's log growing. So the collector may have removed one
 * since it was asked for: then nothing names it any more. */
static gboolean
check_files (Check *self,
             GError **error)
{
  g_autofree char *media = g_build_filename (self->folder, "media", NULL);
  g_autoptr (LobbyFileStore) store = lobby_file_store_new (media);
  g_autofree char *sha256 = g_strdup ("");
  g_autoptr (GError) inner = NULL;
  gint64 size;

  while (inner == NULL && next_file (self, &sha256, &size, &inner))
    {
      g_autofree char *path = lobby_file_store_path (store, sha256);

      if (!lobby_sqlite_verify_file (path, sha256, size)
          && lobby_database_get_int (self->database, 0, &inner, "SELECT 1 FROM media_files WHERE sha256 = ?", "s", sha256) != 0)
        add (self->problems, "files: %s is %s", path, g_file_test (path, G_FILE_TEST_IS_REGULAR) ? "not what was stored" : "missing");
    }
  if (inner == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&inner));
  return FALSE;
}

/* Nobody but the server's user may look into it. */
static void
check_mode (Check *self,
            const char *path,
            mode_t wanted)
{
  struct stat status;

  if (stat (path, &status) != 0 || (status.st_mode & 077) == 0)
    return;
  if (self->repair && chmod (path, wanted) == 0)
    add (self->mended, "permissions: %s was open to others", path);
  else
    add (self->problems, "permissions: %s is open to others (mode %03o)", path, status.st_mode & 0777);
}

static void
check_modes (Check *self)
{
  static const char *const files[] = { "lobby.db", "lobby.db-wal", "lobby.db-shm" };
  static const char *const folders[] = { "", "media", "uploads" };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (self->folder, files[i], NULL);

      check_mode (self, path, 0600);
    }
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = g_build_filename (self->folder, folders[i], NULL);

      check_mode (self, path, 0700);
    }
}

/* All of it is of one moment, also beside a server that writes. */
static gboolean
check_database (Check *self,
                GError **error)
{
  g_autoptr (LobbyTransaction) transaction = NULL;

  if (self->repair)
    transaction = lobby_transaction_begin (self->database, error);
  else if (!lobby_database_exec (self->database, "BEGIN", error))
    return FALSE;
  if (self->repair && transaction == NULL)
    return FALSE;
  if (!lobby_database_check (self->database, self->problems, error)
      || !check_events (self, error)
      || !check_counters (self, error)
      || !check_references (self, error))
    return FALSE;
  return self->repair ? lobby_transaction_commit (&transaction, error) : lobby_database_exec (self->database, "COMMIT", error);
}

GPtrArray *
lobby_sqlite_check (const char *folder,
                    gboolean repair,
                    GPtrArray *mended,
                    GError **error)
{
  g_autofree char *path = g_build_filename (folder, "lobby.db", NULL);
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (LobbyDatabase) database = NULL;
  Check self = { .folder = folder, .repair = repair, .problems = problems, .mended = mended };

  database = lobby_database_open (path, repair ? LOBBY_DATABASE_SYNC_FULL : LOBBY_DATABASE_READ_ONLY, error);
  g_resources_register (server_sql_get_resource ());
  if (database == NULL || !lobby_database_is_current (database, "/org/lobby/server/sql", error))
    return NULL;
  self.database = database;
  check_modes (&self);
  return check_database (&self, error) && check_files (&self, error) ? g_steal_pointer (&problems) : NULL;
}
