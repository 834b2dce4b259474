/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

/* Files as such, whoever names them: what nothing names any more is forgotten, and what may have a thumbnail gets one. */

/* Of one file; a sticker that everybody sends needs no event for each time it was sent. */
#define MAX_TOLD 50

/* Collecting */

typedef struct
{
  char *sha256;
  gint64 unused_since;
  gboolean used;
} FileUse;

static void
file_use_free (gpointer data)
{
  FileUse *use = data;

  g_free (use->sha256);
  g_free (use);
}

static GPtrArray *
list_uses (LobbyDatabase *database,
           const char *after,
           guint limit,
           GError **error)
{
  g_autoptr (GPtrArray) uses = g_ptr_array_new_with_free_func (file_use_free);
  g_autoptr (LobbyStatement) row = lobby_database_query (database, error,
                                                         "SELECT f.sha256, f.unused_since,"
                                                         " EXISTS (SELECT 1 FROM messages WHERE media_sha256 = f.sha256)"
                                                         " OR EXISTS (SELECT 1 FROM contacts WHERE picture_sha256 = f.sha256)"
                                                         " OR EXISTS (SELECT 1 FROM uploads WHERE sha256 = f.sha256)"
                                                         " FROM media_files f WHERE f.sha256 > ? ORDER BY f.sha256 LIMIT ?",
                                                         "sl", after != NULL ? after : "", (gint64)limit);
  g_autoptr (GError) inner = NULL;

  if (row == NULL)
    return NULL;
  while (lobby_statement_step (row, &inner))
    {
      FileUse *use = g_new (FileUse, 1);

      *use = (FileUse){ lobby_statement_dup_text (row, 0), lobby_statement_int (row, 1), lobby_statement_int (row, 2) != 0 };
      g_ptr_array_add (uses, use);
    }
  if (inner != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return NULL;
    }
  return g_steal_pointer (&uses);
}

static gboolean
is_over (const FileUse *use,
         gint64 unused_before)
{
  return !use->used && use->unused_since != 0 && use->unused_since <= unused_before;
}

static gboolean
has_changed (const FileUse *use)
{
  return use->used != (use->unused_since == 0);
}

static gboolean
note_use (LobbyVerb *verb,
          const FileUse *use,
          gint64 now,
          gint64 unused_before)
{
  if (is_over (use, unused_before))
    return lobby_database_run (verb->database, &verb->error, "DELETE FROM media_files WHERE sha256 = ?", "s", use->sha256);
  return lobby_database_run (verb->database, &verb->error, "UPDATE media_files SET unused_since = ? WHERE sha256 = ?", "ls",
                             use->used ? G_GINT64_CONSTANT (0) : now, use->sha256);
}

static char *
lobby_sqlite_storage_forget_unused_files (LobbyStorage *storage,
                                          const char *after,
                                          guint limit,
                                          gint64 now,
                                          gint64 unused_before,
                                          GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (GPtrArray) uses = NULL;
  gboolean begun = FALSE;

  uses = list_uses (LOBBY_SQLITE_STORAGE (storage)->database, after, limit, error);
  if (uses == NULL)
    return NULL;
  for (guint i = 0; i < uses->len; i++)
    {
      const FileUse *use = g_ptr_array_index (uses, i);

      if (!is_over (use, unused_before) && !has_changed (use))
        continue;
      /* Mostly nothing has changed, and then nothing is written. */
      if (!begun && !lobby_verb_begin (&verb, storage, error))
        return NULL;
      begun = TRUE;
      if (!note_use (&verb, use, now, unused_before))
        return NULL;
    }
  if (begun && !lobby_verb_end (&verb))
    return NULL;
  return uses->len == limit ? g_strdup (((FileUse *)g_ptr_array_index (uses, limit - 1))->sha256) : NULL;
}

static GPtrArray *
lobby_sqlite_storage_list_unknown_files (LobbyStorage *storage,
                                         GPtrArray *sha256s)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *unknown = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < sha256s->len && error == NULL; i++)
    {
      const char *sha256 = g_ptr_array_index (sha256s, i);

      if (lobby_database_get_int (LOBBY_SQLITE_STORAGE (storage)->database, 0, &error, "SELECT 1 FROM media_files WHERE sha256 = ?", "s", sha256) == 0
          && error == NULL)
        g_ptr_array_add (unknown, g_strdup (sha256));
    }
  lobby_sqlite_log_error (&error);
  return unknown;
}

/* Thumbnails */

static GPtrArray *
lobby_sqlite_storage_list_files_to_draw (LobbyStorage *storage,
                                         guint limit)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (self->database, &error,
                                                         "SELECT " LOBBY_SQLITE_FILE_COLUMNS " FROM media_files f WHERE f.thumbnail = 0"
                                                         " ORDER BY f.created_at DESC LIMIT ?",
                                                         "l", (gint64)limit);
  GPtrArray *files = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_media_file_free);

  while (row != NULL && lobby_statement_step (row, &error))
    g_ptr_array_add (files, lobby_sqlite_file_from_row (self, row));
  lobby_sqlite_log_error (&error);
  return files;
}

static GPtrArray *
list_messages_with (LobbyVerb *verb,
                    const char *sha256)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "SELECT id FROM messages WHERE media_sha256 = ? ORDER BY created_at DESC LIMIT ?",
                                                         "si", sha256, MAX_TOLD);
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  while (row != NULL && lobby_statement_step (row, &verb->error))
    g_ptr_array_add (ids, lobby_statement_dup_text (row, 0));
  return ids;
}

static gboolean
tell_thumbnail (LobbyVerb *verb,
                const char *message_id,
                int width,
                int height)
{
  g_autoptr (LobbyWireMessage) message = lobby_verb_load_message (verb, message_id);
  g_autofree char *business_id = message != NULL ? lobby_verb_dup_business (verb, message->conversation_id) : NULL;

  if (business_id == NULL)
    return FALSE;
  lobby_media_set_thumbnail (message->metadata, width, height);
  return lobby_verb_save_message (verb, message) && lobby_verb_log_message (verb, business_id, message_id, LOBBY_EVENT_MESSAGE_UPDATED);
}

static gboolean
lobby_sqlite_storage_set_thumbnail (LobbyStorage *storage,
                                    const char *sha256,
                                    LobbyThumbnailState state,
                                    int width,
                                    int height,
                                    GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (GPtrArray) ids = NULL;

  if (!lobby_verb_begin (&verb, storage, error)
      || !lobby_database_run (verb.database, &verb.error,
                              "UPDATE media_files SET thumbnail = ?, thumbnail_width = ?, thumbnail_height = ? WHERE sha256 = ?", "iiis", (int)state,
                              width, height, sha256))
    return FALSE;
  if (state == LOBBY_THUMBNAIL_READY)
    {
      ids = list_messages_with (&verb, sha256);
      for (guint i = 0; i < ids->len && verb.error == NULL; i++)
        tell_thumbnail (&verb, g_ptr_array_index (ids, i), width, height);
      if (verb.error != NULL)
        return FALSE;
    }
  return lobby_verb_end (&verb);
}

void
lobby_sqlite_file_verbs (LobbyStorageInterface *iface)
{
  iface->forget_unused_files = lobby_sqlite_storage_forget_unused_files;
  iface->list_unknown_files = lobby_sqlite_storage_list_unknown_files;
  iface->list_files_to_draw = lobby_sqlite_storage_list_files_to_draw;
  iface->set_thumbnail = lobby_sqlite_storage_set_thumbnail;
}
