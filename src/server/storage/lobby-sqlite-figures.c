/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include "lobby-file.h"

/* How the storage is: for whoever watches the server. */

static gint64
one_number (LobbySqliteStorage *self,
            const char *sql)
{
  g_autoptr (GError) error = NULL;
  gint64 number = lobby_database_get_int (self->database, 0, &error, sql, NULL);

  lobby_sqlite_log_error (&error);
  return number;
}

static void
count_outbound (LobbySqliteStorage *self,
                LobbyFigures *figures)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (self->database, &error, "SELECT state, count (*) FROM outbound_queue GROUP BY state", NULL);

  while (row != NULL && lobby_statement_step (row, &error))
    {
      gint64 state = lobby_statement_int (row, 0);

      if (state >= 0 && state < (gint64)G_N_ELEMENTS (figures->outbound))
        figures->outbound[state] = lobby_statement_int (row, 1);
    }
  lobby_sqlite_log_error (&error);
}

static void
lobby_sqlite_storage_get_figures (LobbyStorage *storage,
                                  LobbyFigures *figures)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_autofree char *database = g_build_filename (self->folder, "lobby.db", NULL);
  g_autofree char *log = g_strconcat (database, "-wal", NULL);

  *figures = (LobbyFigures){ 0 };
  count_outbound (self, figures);
  /* An edit is of an old message; how long it waits nobody knows. */
  figures->outbound_since = one_number (self, "SELECT m.created_at FROM outbound_queue q JOIN messages m ON m.id = q.message_id"
                                              " WHERE q.action = 0 ORDER BY q.position LIMIT 1");
  /* What is finished is only not removed yet. */
  figures->deliveries_waiting = MAX (one_number (self, "SELECT count (*) FROM deliveries") - (gint64)self->finished->len, 0);
  if (figures->deliveries_waiting > 0)
    figures->deliveries_since = one_number (self, "SELECT arrived_at FROM deliveries ORDER BY id LIMIT 1");
  figures->deliveries_set_aside = one_number (self, "SELECT count (*) FROM set_aside_deliveries");
  figures->media_jobs = one_number (self, "SELECT count (*) FROM media_jobs");
  figures->database_bytes = lobby_file_size (database);
  figures->log_bytes = lobby_file_size (log);
}

/* After a failure only a write tells whether the disk takes one again. This one changes nothing and is written all the
 * same; a row that stays as it is would not be. */
#define HARMLESS_WRITE "PRAGMA application_id=0x4c4f4242"

static gboolean
lobby_sqlite_storage_is_writable (LobbyStorage *storage)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_monotonic_time ();
  g_auto (LobbyVerb) verb = { 0 };

  if (!self->refused || now - self->tried_at < G_USEC_PER_SEC)
    return !self->refused;
  self->tried_at = now;
  if (lobby_verb_begin (&verb, storage, &error)
      && lobby_database_exec (verb.database, HARMLESS_WRITE, &verb.error)
      && lobby_verb_end (&verb))
    lobby_storage (storage, flush, &error);
  return !self->refused;
}

static gint64
lobby_sqlite_storage_count_changes (LobbyStorage *storage)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);

  return lobby_database_total_changes (self->database) - self->n_quiet;
}

void
lobby_sqlite_figure_verbs (LobbyStorageInterface *iface)
{
  iface->get_figures = lobby_sqlite_storage_get_figures;
  iface->count_changes = lobby_sqlite_storage_count_changes;
  iface->is_writable = lobby_sqlite_storage_is_writable;
}
