/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "lobby-clock.h"
#include "lobby-json.h"

char *
lobby_sqlite_file_path (LobbySqliteStorage *self,
                        const char *sha256)
{
  char prefix[3] = { sha256[0], sha256[1], '\0' };

  return g_build_filename (self->folder, "media", prefix, sha256, NULL);
}

/* Jobs */

static GPtrArray *
lobby_sqlite_storage_list_media_jobs (LobbyStorage *storage,
                                      guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  GPtrArray *jobs = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_media_job_free);

  row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                              "SELECT message_id, connection_id, remote_id, remote_url, attempts FROM media_jobs"
                              " WHERE due_at <= ? ORDER BY due_at, message_id LIMIT ?",
                              "ll", lobby_clock_now (), (gint64)limit);
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

static void
set_positive (JsonObject *metadata,
              const char *name,
              gint64 value)
{
  if (value > 0)
    json_object_set_int_member (metadata, name, value);
}

static gboolean
lobby_sqlite_storage_media_ready (LobbyStorage *storage,
                                  const char *message_id,
                                  const char *sha256,
                                  const char *mime_type,
                                  gint64 size,
                                  int width,
                                  int height,
                                  int duration,
                                  GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireMessage) message = NULL;

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  message = lobby_verb_load_message (&verb, message_id);
  if (message == NULL
      || !lobby_database_run (verb.database, &verb.error, "INSERT INTO media_files (sha256, size, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                              "sll", sha256, size, verb.now)
      || !lobby_database_run (verb.database, &verb.error, "UPDATE messages SET media_sha256 = ? WHERE id = ?", "ss", sha256, message_id))
    return FALSE;
  json_object_set_string_member (message->metadata, "media_state", "ready");
  json_object_remove_member (message->metadata, "media_error");
  lobby_json_set_string (message->metadata, "mime_type", mime_type);
  json_object_set_string_member (message->metadata, "sha256", sha256);
  json_object_set_int_member (message->metadata, "file_size", size);
  set_positive (message->metadata, "width", width);
  set_positive (message->metadata, "height", height);
  set_positive (message->metadata, "duration", duration);
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
                              "SELECT m.id, m.business_id, m.media_sha256, f.size, m.metadata"
                              " FROM messages m JOIN media_files f ON f.sha256 = m.media_sha256 WHERE m.id = ?",
                              "s", id);
  if (row != NULL && lobby_statement_step (row, &error))
    {
      metadata = lobby_json_parse_object (lobby_statement_text (row, 4), -1, NULL);
      file = g_new0 (LobbyMediaFile, 1);
      file->id = lobby_statement_dup_text (row, 0);
      *business_id = lobby_statement_dup_text (row, 1);
      file->sha256 = lobby_statement_dup_text (row, 2);
      file->path = lobby_sqlite_file_path (self, file->sha256);
      file->size = lobby_statement_int (row, 3);
      file->mime_type = g_strdup (lobby_json_get_string (metadata, "mime_type", LOBBY_WIRE_MAX_NAME));
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
      file->path = lobby_sqlite_file_path (self, file->sha256);
    }
  lobby_sqlite_log_error (&error);
  return file;
}

static gboolean
sync_folder (const char *path)
{
  int fd = g_open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  gboolean done = fd >= 0 && fsync (fd) == 0;

  if (fd >= 0)
    close (fd);
  return done;
}

static char *
lobby_sqlite_storage_put_file (LobbyStorage *storage,
                               GBytes *bytes,
                               GError **error)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_autofree char *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, bytes);
  g_autofree char *path = lobby_sqlite_file_path (self, sha256);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *parent = g_path_get_dirname (folder);
  g_autoptr (GError) inner = NULL;
  gboolean full;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&sha256);
  if (g_mkdir_with_parents (folder, 0700) == 0
      && g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), (gssize)g_bytes_get_size (bytes),
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &inner)
      && sync_folder (folder) && sync_folder (parent))
    return g_steal_pointer (&sha256);

  full = inner != NULL ? g_error_matches (inner, G_FILE_ERROR, G_FILE_ERROR_NOSPC) : errno == ENOSPC || errno == EDQUOT;
  g_set_error (error, LOBBY_STORAGE_ERROR, full ? LOBBY_STORAGE_ERROR_FULL : LOBBY_STORAGE_ERROR_FAILED,
               "Cannot keep the file: %s", inner != NULL ? inner->message : g_strerror (errno));
  return NULL;
}

void
lobby_sqlite_media_verbs (LobbyStorageInterface *iface)
{
  iface->list_media_jobs = lobby_sqlite_storage_list_media_jobs;
  iface->media_ready = lobby_sqlite_storage_media_ready;
  iface->media_failed = lobby_sqlite_storage_media_failed;
  iface->get_media = lobby_sqlite_storage_get_media;
  iface->get_contact_picture = lobby_sqlite_storage_get_contact_picture;
  iface->put_file = lobby_sqlite_storage_put_file;
}
