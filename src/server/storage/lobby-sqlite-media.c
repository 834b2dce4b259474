/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include "lobby-clock.h"
#include "lobby-json.h"

#define LONGEST_WAIT (2 * 60 * 60 * 1000) /* ms; more than any pause before a file is fetched again */

/* Jobs */

static GPtrArray *
lobby_sqlite_storage_list_media_jobs (LobbyStorage *storage,
                                      guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  GPtrArray *jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_media_job_free);
  gint64 now = lobby_clock_steady ();

  /* A time beyond every pause is of another clock: one that was wrong before a restart. */
  row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                              "SELECT message_id, connection_id, remote_id, remote_url, attempts FROM media_jobs"
                              " WHERE due_at <= ? OR due_at > ? ORDER BY due_at, message_id LIMIT ?",
                              "lll", now, now + LONGEST_WAIT, (gint64)limit);
  while (row != NULL && lobby_statement_step (row, &error))
    {
      LobbyMediaJob *job = g_new0 (LobbyMediaJob, 1);

      job->message_id = lobby_statement_dup_text (row, 0);
      job->connection_id = lobby_statement_dup_text (row, 1);
      job->remote_id = lobby_statement_dup_text (row, 2);
      job->remote_url = lobby_statement_dup_text (row, 3);
      job->attempts = (int)lobby_statement_int (row, 4);
      g_ptr_array_add (jobs, job);
    }
  lobby_sqlite_log_error (&error);
  return jobs;
}

/* Saves the message's metadata, ends its job and tells the clients. */
static gboolean
finish_job (LobbyVerb *verb,
            LobbyWireMessage *message)
{
  g_autofree char *business_id = lobby_verb_dup_business (verb, message->conversation_id);

  return business_id != NULL
         && lobby_verb_save_message (verb, message)
         && lobby_database_run (verb->database, &verb->error, "DELETE FROM media_jobs WHERE message_id = ?", "s", message->id)
         && lobby_verb_log_message (verb, business_id, message->id, LOBBY_EVENT_MESSAGE_UPDATED);
}

/* Drawing is tried for what may have a picture; the rest needs no look. */
static LobbyThumbnailState
first_thumbnail_state (const char *mime_type)
{
  return mime_type == NULL || g_str_has_prefix (mime_type, "image/") || g_str_has_prefix (mime_type, "video/") ? LOBBY_THUMBNAIL_WANTED
                                                                                                               : LOBBY_THUMBNAIL_NONE;
}

gboolean
lobby_verb_add_file (LobbyVerb *verb,
                     const LobbyMediaFacts *facts)
{
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO media_files (sha256, size, mime_type, width, height, duration, thumbnail, created_at)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
                             " ON CONFLICT DO UPDATE SET size = excluded.size, mime_type = coalesce (excluded.mime_type, mime_type),"
                             " width = max (width, excluded.width), height = max (height, excluded.height),"
                             " duration = max (duration, excluded.duration), unused_since = 0",
                             "slsiiiil", facts->sha256, facts->size, facts->mime_type, facts->width, facts->height, facts->duration,
                             (int)first_thumbnail_state (facts->mime_type), verb->now);
}

static gboolean
lobby_sqlite_storage_media_ready (LobbyStorage *storage,
                                  const char *message_id,
                                  const LobbyMediaFacts *facts,
                                  GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (LobbyMediaFile) file = NULL;

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  message = lobby_verb_load_message (&verb, message_id);
  if (message == NULL
      || !lobby_verb_add_file (&verb, facts)
      || !lobby_database_run (verb.database, &verb.error, "UPDATE messages SET media_sha256 = ? WHERE id = ?", "ss", facts->sha256, message_id))
    return FALSE;
  file = lobby_sqlite_find_file (verb.storage, facts->sha256, &verb.error);
  if (file == NULL)
    return lobby_verb_not_found (&verb, "file");
  lobby_media_file_describe (file, message->metadata);
  return finish_job (&verb, message) && lobby_verb_end (&verb);
}

gboolean
lobby_verb_fail_media (LobbyVerb *verb,
                       const char *message_id,
                       const char *reason)
{
  g_autoptr (LobbyWireMessage) message = lobby_verb_load_message (verb, message_id);

  if (message == NULL)
    return FALSE;
  json_object_set_string_member (message->metadata, "media_state", "failed");
  json_object_set_string_member (message->metadata, "media_error", reason != NULL ? reason : "");
  return finish_job (verb, message);
}

static gboolean
lobby_sqlite_storage_media_failed (LobbyStorage *storage,
                                   const char *message_id,
                                   const char *reason,
                                   gint64 retry_at,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  if (retry_at > 0)
    return lobby_database_run (verb.database, &verb.error, "UPDATE media_jobs SET attempts = attempts + 1, due_at = ? WHERE message_id = ?", "ls",
                               retry_at, message_id)
           && lobby_verb_end (&verb);
  return lobby_verb_fail_media (&verb, message_id, reason) && lobby_verb_end (&verb);
}

/* Files */

LobbyMediaFile *
lobby_sqlite_file_from_row (LobbySqliteStorage *self,
                            LobbyStatement *row)
{
  LobbyMediaFile *file = g_new0 (LobbyMediaFile, 1);

  file->sha256 = lobby_statement_dup_text (row, 0);
  file->path = lobby_file_store_path (self->files, file->sha256);
  file->size = lobby_statement_int (row, 1);
  file->mime_type = lobby_statement_dup_text (row, 2);
  file->width = (int)lobby_statement_int (row, 3);
  file->height = (int)lobby_statement_int (row, 4);
  file->duration = (int)lobby_statement_int (row, 5);
  file->thumbnail = (LobbyThumbnailState)lobby_statement_int (row, 6);
  file->thumbnail_width = (int)lobby_statement_int (row, 7);
  file->thumbnail_height = (int)lobby_statement_int (row, 8);
  return file;
}

LobbyMediaFile *
lobby_sqlite_find_file (LobbySqliteStorage *self,
                        const char *sha256,
                        GError **error)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (self->database, error,
                                                         "SELECT " LOBBY_SQLITE_FILE_COLUMNS " FROM media_files f WHERE f.sha256 = ?", "s", sha256);

  return row != NULL && lobby_statement_step (row, error) ? lobby_sqlite_file_from_row (self, row) : NULL;
}

static LobbyMediaFile *
lobby_sqlite_storage_get_media (LobbyStorage *storage,
                                const char *id,
                                char **business_id)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) metadata = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  LobbyMediaFile *file = NULL;

  row = lobby_database_query (self->database, &error,
                              "SELECT " LOBBY_SQLITE_FILE_COLUMNS ", m.id, m.business_id, m.metadata"
                              " FROM messages m JOIN media_files f ON f.sha256 = m.media_sha256 WHERE m.id = ?",
                              "s", id);
  if (row != NULL && lobby_statement_step (row, &error))
    {
      file = lobby_sqlite_file_from_row (self, row);
      file->id = lobby_statement_dup_text (row, 9);
      *business_id = lobby_statement_dup_text (row, 10);
      metadata = lobby_json_parse_object (lobby_statement_text (row, 11), -1, NULL);
      g_set_str (&file->mime_type, lobby_json_get_string (metadata, "mime_type", LOBBY_WIRE_MAX_NAME));
      file->file_name = g_strdup (lobby_json_get_string (metadata, "file_name", LOBBY_WIRE_MAX_NAME));
    }
  lobby_sqlite_log_error (&error);
  return file;
}

static LobbyMediaFile *
lobby_sqlite_storage_get_contact_picture (LobbyStorage *storage,
                                          const char *contact_id)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (self->database, &error,
                                                         "SELECT picture_sha256 FROM contacts WHERE id = ? AND picture_sha256 IS NOT NULL", "s", contact_id);
  LobbyMediaFile *file = NULL;

  if (row != NULL && lobby_statement_step (row, &error))
    {
      file = g_new0 (LobbyMediaFile, 1);
      file->id = g_strdup (contact_id);
      file->sha256 = lobby_statement_dup_text (row, 0);
      file->path = lobby_file_store_path (self->files, file->sha256);
    }
  lobby_sqlite_log_error (&error);
  return file;
}

static LobbyFileStore *
lobby_sqlite_storage_get_files (LobbyStorage *storage)
{
  return LOBBY_SQLITE_STORAGE (storage)->files;
}

void
lobby_sqlite_media_verbs (LobbyStorageInterface *iface)
{
  iface->list_media_jobs = lobby_sqlite_storage_list_media_jobs;
  iface->media_ready = lobby_sqlite_storage_media_ready;
  iface->media_failed = lobby_sqlite_storage_media_failed;
  iface->get_media = lobby_sqlite_storage_get_media;
  iface->get_contact_picture = lobby_sqlite_storage_get_contact_picture;
  iface->get_files = lobby_sqlite_storage_get_files;
}
