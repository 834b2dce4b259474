/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

static gboolean
lobby_sqlite_storage_add_upload (LobbyStorage *storage,
                                 const LobbyUpload *upload,
                                 GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_database_run (verb.database, &verb.error,
                                "INSERT INTO uploads (id, business_id, agent_id, connection_id, kind, file_name, told_type, told_sha256, length,"
                                " created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                                "sssssssslll", upload->id, upload->business_id, upload->agent_id, upload->connection_id, upload->kind,
                                upload->file_name, upload->told_type, upload->told_sha256, upload->length, upload->created_at, upload->expires_at)
         && lobby_verb_end (&verb);
}

static LobbyUpload *
lobby_sqlite_storage_find_upload (LobbyStorage *storage,
                                  const char *id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                                         "SELECT id, business_id, agent_id, connection_id, kind, file_name, told_type, told_sha256,"
                                                         " sha256, length, created_at, expires_at FROM uploads WHERE id = ?",
                                                         "s", id);
  LobbyUpload *upload = NULL;

  if (row != NULL && lobby_statement_step (row, &error))
    {
      upload = g_new0 (LobbyUpload, 1);
      upload->id = lobby_statement_dup_text (row, 0);
      upload->business_id = lobby_statement_dup_text (row, 1);
      upload->agent_id = lobby_statement_dup_text (row, 2);
      upload->connection_id = lobby_statement_dup_text (row, 3);
      upload->kind = lobby_statement_dup_text (row, 4);
      upload->file_name = lobby_statement_dup_text (row, 5);
      upload->told_type = lobby_statement_dup_text (row, 6);
      upload->told_sha256 = lobby_statement_dup_text (row, 7);
      upload->sha256 = lobby_statement_dup_text (row, 8);
      upload->length = lobby_statement_int (row, 9);
      upload->created_at = lobby_statement_int (row, 10);
      upload->expires_at = lobby_statement_int (row, 11);
    }
  lobby_sqlite_log_error (&error);
  return upload;
}

static void
lobby_sqlite_storage_count_uploads (LobbyStorage *storage,
                                    const char *agent_id,
                                    guint *count,
                                    gint64 *bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                                         "SELECT count (*), total (length) FROM uploads WHERE agent_id = ? AND sha256 IS NULL",
                                                         "s", agent_id);

  *count = 0;
  *bytes = 0;
  if (row != NULL && lobby_statement_step (row, &error))
    {
      *count = (guint)lobby_statement_int (row, 0);
      *bytes = lobby_statement_int (row, 1);
    }
  lobby_sqlite_log_error (&error);
}

static gboolean
lobby_sqlite_storage_finish_upload (LobbyStorage *storage,
                                    const char *id,
                                    const LobbyMediaFacts *facts,
                                    gint64 expires_at,
                                    GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  if (!lobby_verb_begin (&verb, storage, error)
      || !lobby_verb_add_file (&verb, facts)
      || !lobby_database_run (verb.database, &verb.error, "UPDATE uploads SET sha256 = ?, expires_at = ? WHERE id = ?", "sls", facts->sha256,
                              expires_at, id))
    return FALSE;
  if (lobby_database_changes (verb.database) == 0)
    return lobby_verb_not_found (&verb, "upload");
  return lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_remove_upload (LobbyStorage *storage,
                                    const char *id,
                                    GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_database_run (verb.database, &verb.error, "DELETE FROM uploads WHERE id = ?", "s", id)
         && lobby_verb_end (&verb);
}

/* Takes @row. */
static GPtrArray *
collect_ids (LobbyStatement *row,
             GError **error)
{
  g_autoptr (LobbyStatement) rows = row;
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  while (rows != NULL && lobby_statement_step (rows, error))
    g_ptr_array_add (ids, lobby_statement_dup_text (rows, 0));
  lobby_sqlite_log_error (error);
  return ids;
}

static GPtrArray *
lobby_sqlite_storage_list_open_uploads (LobbyStorage *storage,
                                        const char *agent_id,
                                        gint64 before)
{
  g_autoptr (GError) error = NULL;

  return collect_ids (lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                            "SELECT id FROM uploads WHERE agent_id = ? AND sha256 IS NULL AND created_at < ? ORDER BY created_at",
                                            "sl", agent_id, before),
                      &error);
}

static GPtrArray *
lobby_sqlite_storage_list_expired_uploads (LobbyStorage *storage,
                                           gint64 now,
                                           guint limit)
{
  g_autoptr (GError) error = NULL;

  return collect_ids (lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                            "SELECT id FROM uploads WHERE expires_at <= ? ORDER BY expires_at LIMIT ?", "ll", now, (gint64)limit),
                      &error);
}

static LobbyMediaFile *
lobby_sqlite_storage_get_upload (LobbyStorage *storage,
                                 const char *id,
                                 char **business_id)
{
  g_autoptr (LobbyUpload) upload = lobby_sqlite_storage_find_upload (storage, id);
  g_autoptr (GError) error = NULL;
  LobbyMediaFile *file = NULL;

  if (upload == NULL || upload->sha256 == NULL)
    return NULL;
  file = lobby_sqlite_find_file (LOBBY_SQLITE_STORAGE (storage), upload->sha256, &error);
  if (file != NULL)
    {
      file->id = g_strdup (id);
      file->kind = g_steal_pointer (&upload->kind);
      file->file_name = g_steal_pointer (&upload->file_name);
      *business_id = g_steal_pointer (&upload->business_id);
    }
  lobby_sqlite_log_error (&error);
  return file;
}

void
lobby_sqlite_upload_verbs (LobbyStorageInterface *iface)
{
  iface->add_upload = lobby_sqlite_storage_add_upload;
  iface->find_upload = lobby_sqlite_storage_find_upload;
  iface->count_uploads = lobby_sqlite_storage_count_uploads;
  iface->finish_upload = lobby_sqlite_storage_finish_upload;
  iface->remove_upload = lobby_sqlite_storage_remove_upload;
  iface->list_open_uploads = lobby_sqlite_storage_list_open_uploads;
  iface->list_expired_uploads = lobby_sqlite_storage_list_expired_uploads;
  iface->get_upload = lobby_sqlite_storage_get_upload;
}
