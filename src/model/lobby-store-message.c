/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-store-private.h"

/*
 * Messages, statuses and reactions into rows. The rules:
 * - The server's id names a message; until it has one, the client_id does. Whichever way the server's copy comes (answer to
 *   the send, message:sent, message:new, a page), it lands on the row that waited for it, and ends its outbox entry.
 * - What is known does not become unknown: a member that is absent in a later copy keeps its value, a file that has
 *   arrived stays, a status only climbs.
 * - Of a message that was taken back nothing of what it said stays known.
 * - A page and the events come on ways of their own: of what an event has told since the page was read, the event's words stay.
 * - Applying the same twice changes nothing the second time.
 */

static gboolean
find_message (LobbyWriter *self,
              const char *sql,
              const char *key,
              gint64 *row,
              LobbyMessageRecord **record,
              GError **error)
{
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) inner = NULL;

  *record = NULL;
  if (key == NULL || key[0] == '\0')
    return TRUE;
  statement = lobby_database_query (self->database, error, sql, "s", key);
  if (statement == NULL)
    return FALSE;
  if (lobby_statement_step (statement, &inner))
    {
      *row = lobby_statement_int (statement, 0);
      *record = lobby_store_read_message_record (statement, 0);
    }
  if (inner != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  return TRUE;
}

#define FIND "SELECT " LOBBY_MESSAGE_COLUMNS " FROM messages m JOIN conversations c ON c.row = m.conversation WHERE "
#define FIND_BY_ID FIND "m.id = ? AND m.id <> ''"
#define FIND_BY_CLIENT_ID FIND "m.client_id = ?"

gboolean
lobby_writer_read_message (LobbyWriter *self,
                           gint64 row,
                           LobbyMessageRecord **record,
                           GError **error)
{
  g_autoptr (LobbyStatement) statement = lobby_database_query (self->database, error, FIND "m.row = ?", "l", row);

  *record = NULL;
  if (statement == NULL)
    return FALSE;
  if (lobby_statement_step (statement, NULL))
    *record = lobby_store_read_message_record (statement, 0);
  return TRUE;
}

/* The row that stands for a message known by either name. When both names have a row of their own, they are one message:
 * the one without the server's id goes. */
static gboolean
find_by_names (LobbyWriter *self,
               const char *id,
               const char *client_id,
               gint64 *row,
               LobbyMessageRecord **record,
               GError **error)
{
  g_autoptr (LobbyMessageRecord) by_id = NULL;
  g_autoptr (LobbyMessageRecord) by_client_id = NULL;
  gint64 id_row = 0, client_row = 0;

  *record = NULL;
  if (!find_message (self, FIND_BY_ID, id, &id_row, &by_id, error))
    return FALSE;
  if (by_id != NULL && (client_id == NULL || by_id->client_id != NULL))
    {
      *row = id_row;
      *record = g_steal_pointer (&by_id);
      return TRUE;
    }
  if (!find_message (self, FIND_BY_CLIENT_ID, client_id, &client_row, &by_client_id, error))
    return FALSE;
  if (by_id != NULL && by_client_id != NULL && by_client_id->id == NULL && !lobby_writer_remove_message (self, client_row, error))
    return FALSE;
  if (by_id != NULL)
    {
      *row = id_row;
      *record = g_steal_pointer (&by_id);
    }
  else if (by_client_id != NULL)
    {
      *row = client_row;
      *record = g_steal_pointer (&by_client_id);
    }
  return TRUE;
}

/* Full text */

static gboolean
index_text (LobbyWriter *self,
            const char *sql,
            gint64 row,
            gint64 conversation,
            const char *content,
            GError **error)
{
  if (content == NULL || content[0] == '\0')
    return TRUE;
  return lobby_database_run (self->database, error, sql, "lsl", row, content, conversation);
}

#define INDEX_TEXT "INSERT INTO message_text (rowid, content, conversation) VALUES (?, ?, ?)"
#define UNINDEX_TEXT "INSERT INTO message_text (message_text, rowid, content, conversation) VALUES ('delete', ?, ?, ?)"

/* Keeping the conversation in step */

static gboolean
is_in_history (const LobbyWriterConversation *conversation,
               gint64 at,
               const char *id)
{
  return lobby_order_compare (at, id, conversation->bound_at, conversation->bound_id) >= 0;
}

static void
note_key (LobbyWriterConversation *conversation,
          gint64 row,
          const LobbyMessageRecord *record)
{
  const char *id = record->id ? record->id : "";

  if (record->type == LOBBY_MODEL_REACTION && (record->content == NULL || record->content[0] == '\0'))
    return;
  if (conversation->last_message == row
      && lobby_order_compare (record->sent_at, id, conversation->last_at, conversation->last_id) != 0)
    {
      conversation->last_unsure = TRUE;
    }
  else if (conversation->last_message == 0
           || lobby_order_compare (record->sent_at, id, conversation->last_at, conversation->last_id) > 0)
    {
      conversation->last_message = row;
      conversation->last_at = record->sent_at;
      g_set_str (&conversation->last_id, id);
      conversation->dirty = TRUE;
    }
}

static void
note_activity (LobbyWriter *self,
               LobbyWriterConversation *conversation,
               gint64 at)
{
  if (at <= conversation->record.last_activity_at)
    return;
  conversation->record.last_activity_at = at;
  conversation->dirty = TRUE;
  lobby_journal_touch (self->journal, conversation->row, conversation->record.id)->place = TRUE;
}

/* A message of the live stream in a history that has a gap before it: the history begins here now. */
static void
close_gap (LobbyWriter *self,
           LobbyWriterConversation *conversation,
           const LobbyMessageRecord *record)
{
  LobbyJournalConversation *touched;

  if (!conversation->gap || record->id == NULL)
    return;
  touched = lobby_journal_touch (self->journal, conversation->row, conversation->record.id);
  if (conversation->last_message != 0)
    touched->reset = TRUE;
  lobby_writer_set_bound (conversation, record->sent_at, record->id);
  conversation->whole = FALSE;
}

/* Of each side the newest one holds. One that was not sent the customer does not see, so what it replaced holds on. */
static gboolean
update_reaction (LobbyWriter *self,
                 const LobbyMessageRecord *record,
                 GError **error)
{
  gint64 target, conversation;
  g_autoptr (LobbyStatement) statement = NULL;

  if (record->type != LOBBY_MODEL_REACTION || record->reaction_to == NULL)
    return TRUE;
  if (!lobby_database_run (self->database, error, "DELETE FROM reactions WHERE target = ? AND outbound = ?", "si", record->reaction_to, (int)record->outbound)
      || !lobby_database_run (self->database, error,
                              "INSERT INTO reactions (target, outbound, emoji, sent_at, id) SELECT reaction_to, outbound, content, sent_at, id "
                              "FROM messages WHERE reaction_to = ? AND outbound = ? AND status <> ? ORDER BY sent_at DESC, id DESC LIMIT 1",
                              "sii", record->reaction_to, (int)record->outbound, (int)LOBBY_MODEL_STATUS_FAILED))
    return FALSE;

  statement = lobby_database_query (self->database, error, "SELECT row, conversation FROM messages WHERE id = ? AND id <> ''", "s", record->reaction_to);
  if (statement == NULL)
    return FALSE;
  if (lobby_statement_step (statement, NULL))
    {
      target = lobby_statement_int (statement, 0);
      conversation = lobby_statement_int (statement, 1);
      lobby_journal_message (self->journal, LOBBY_JOURNAL_CHANGED, target, conversation, 0);
    }
  return TRUE;
}

static gboolean
insert_message (LobbyWriter *self,
                LobbyWriterConversation *conversation,
                const LobbyMessageRecord *record,
                gint64 *row,
                GError **error)
{
  const gboolean shown = lobby_model_type_is_shown (record->type);

  if (!lobby_database_run (self->database, error,
                           "INSERT INTO messages (id, client_id, conversation, outbound, type, shown, content, agent_id, status, sent_at, "
                           "media_state, media_url, mime_type, file_name, file_size, width, height, duration, waveform, quoted_id, quoted_text, "
                           "quoted_type, quoted_outbound, reaction_to, sent_time, delivered_time, read_time, played_time, failed_time, "
                           "error_code, error_text, extra, updated_at) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           "ssliiissilisssliiisssiislllllissl",
                           record->id ? record->id : "", record->client_id, conversation->row, (int)record->outbound, (int)record->type,
                           (int)shown, record->content ? record->content : "", record->agent_id, (int)record->status, record->sent_at,
                           (int)record->media_state, record->media_url, record->mime_type, record->file_name, record->file_size,
                           record->width, record->height, record->duration, record->waveform, record->quoted_id, record->quoted_text,
                           (int)record->quoted_type, (int)record->quoted_outbound, record->reaction_to, record->sent_time,
                           record->delivered_time, record->read_time, record->played_time, record->failed_time, record->error_code,
                           record->error_text, record->extra, record->updated_at))
    return FALSE;
  *row = lobby_database_last_rowid (self->database);
  return !shown || index_text (self, INDEX_TEXT, *row, conversation->row, record->content, error);
}

gboolean
lobby_writer_rewrite_message (LobbyWriter *self,
                              LobbyWriterConversation *conversation,
                              gint64 row,
                              const LobbyMessageRecord *old,
                              const LobbyMessageRecord *record,
                              GError **error)
{
  const gboolean shown = lobby_model_type_is_shown (record->type);
  const gboolean moved = lobby_order_compare (old->sent_at, old->id, record->sent_at, record->id) != 0;
  LobbyJournalConversation *touched;

  if (lobby_message_record_equal (old, record) && old->updated_at == record->updated_at)
    return TRUE;
  if (!lobby_database_run (self->database, error,
                           "UPDATE messages SET id = ?, client_id = ?, type = ?, shown = ?, content = ?, agent_id = ?, status = ?, sent_at = ?, "
                           "media_state = ?, media_url = ?, mime_type = ?, file_name = ?, file_size = ?, width = ?, height = ?, duration = ?, "
                           "waveform = ?, quoted_id = ?, quoted_text = ?, quoted_type = ?, quoted_outbound = ?, reaction_to = ?, sent_time = ?, "
                           "delivered_time = ?, read_time = ?, played_time = ?, failed_time = ?, error_code = ?, error_text = ?, extra = ?, "
                           "updated_at = ? WHERE row = ?",
                           "ssiissilisssliiisssiislllllissll",
                           record->id ? record->id : "", record->client_id, (int)record->type, (int)shown,
                           record->content ? record->content : "", record->agent_id, (int)record->status, record->sent_at,
                           (int)record->media_state, record->media_url, record->mime_type, record->file_name, record->file_size,
                           record->width, record->height, record->duration, record->waveform, record->quoted_id, record->quoted_text,
                           (int)record->quoted_type, (int)record->quoted_outbound, record->reaction_to, record->sent_time,
                           record->delivered_time, record->read_time, record->played_time, record->failed_time, record->error_code,
                           record->error_text, record->extra, record->updated_at, row))
    return FALSE;
  if (shown && g_strcmp0 (old->content, record->content) != 0
      && (!index_text (self, UNINDEX_TEXT, row, conversation->row, old->content, error)
          || !index_text (self, INDEX_TEXT, row, conversation->row, record->content, error)))
    return FALSE;
  if (old->id == NULL && record->id != NULL
      && !lobby_database_run (self->database, error, "DELETE FROM outbox WHERE message = ?", "l", row))
    return FALSE;

  note_key (conversation, row, record);
  touched = lobby_journal_touch (self->journal, conversation->row, conversation->record.id);
  lobby_journal_message (self->journal, moved && shown ? LOBBY_JOURNAL_MOVED : LOBBY_JOURNAL_CHANGED, row, conversation->row, old->sent_at);
  if (moved && shown && is_in_history (conversation, old->sent_at, old->id) != is_in_history (conversation, record->sent_at, record->id))
    touched->reset = TRUE;
  return TRUE;
}

#define KEEP(member) merged->member = new->member ? new->member : old->member
#define KEEP_FIRST(member) merged->member = old->member ? old->member : new->member

static void
keep_contents (LobbyMessageRecord *merged,
               const LobbyMessageRecord *old,
               const LobbyMessageRecord *new)
{
  if (old->media_state == LOBBY_MEDIA_READY && new->media_state != LOBBY_MEDIA_READY)
    {
      merged->media_state = old->media_state;
      merged->media_url = old->media_url;
    }
  KEEP (mime_type);
  KEEP (file_name);
  KEEP (file_size);
  KEEP (width);
  KEEP (height);
  KEEP (duration);
  KEEP (waveform);
  KEEP (quoted_id);
  if (new->quoted_text == NULL)
    {
      merged->quoted_text = old->quoted_text;
      merged->quoted_type = old->quoted_type;
      merged->quoted_outbound = old->quoted_outbound;
    }
  KEEP (extra);
}

static void
keep_status (LobbyMessageRecord *merged,
             const LobbyMessageRecord *old,
             const LobbyMessageRecord *new)
{
  const gboolean adopted = old->id == NULL && new->id != NULL;

  /* A refusal that was only ours means nothing once the server has the message. */
  merged->status = adopted ? new->status : lobby_model_status_merge (old->status, new->status);
  KEEP_FIRST (sent_time);
  KEEP_FIRST (delivered_time);
  KEEP_FIRST (read_time);
  KEEP_FIRST (played_time);
  KEEP_FIRST (failed_time);
  if (merged->status != LOBBY_MODEL_STATUS_FAILED)
    {
      merged->failed_time = 0;
      merged->error_code = 0;
      merged->error_text = NULL;
    }
  else
    {
      KEEP (error_code);
      KEEP (error_text);
    }
}

/* The strings of the result are borrowed from both. */
static LobbyMessageRecord
merge_message (const LobbyMessageRecord *old,
               const LobbyMessageRecord *new)
{
  LobbyMessageRecord record = *new;
  LobbyMessageRecord *merged = &record;

  KEEP (id);
  KEEP (client_id);
  KEEP (agent_id);
  KEEP (reaction_to);
  merged->conversation_id = old->conversation_id;
  merged->content = new->content ? new->content : (char *)"";
  merged->outbound = old->outbound;
  keep_status (merged, old, new);
  if (!new->revoked)
    keep_contents (merged, old, new);
  return record;
}

gboolean
lobby_writer_put_message (LobbyWriter *self,
                          const LobbyMessageRecord *record,
                          gboolean page,
                          gint64 *row_out,
                          GError **error)
{
  LobbyWriterConversation *conversation;
  g_autoptr (LobbyMessageRecord) old = NULL;
  gint64 row = 0;

  if (!find_by_names (self, record->id, record->client_id, &row, &old, error))
    return FALSE;
  conversation = lobby_writer_conversation (self, old != NULL ? old->conversation_id : record->conversation_id, TRUE, error);
  if (conversation == NULL)
    return FALSE;
  if (!page)
    close_gap (self, conversation, record);

  if (old != NULL)
    {
      /* Not asked of events: they are in order, whatever the server's clock does. */
      const gboolean overtaken = page && record->updated_at < old->updated_at;
      LobbyMessageRecord merged = overtaken ? *old : merge_message (old, record);

      if (!lobby_writer_rewrite_message (self, conversation, row, old, &merged, error))
        return FALSE;
    }
  else
    {
      if (!insert_message (self, conversation, record, &row, error))
        return FALSE;
      note_key (conversation, row, record);
      lobby_journal_touch (self->journal, conversation->row, conversation->record.id);
      if (lobby_model_type_is_shown (record->type) && is_in_history (conversation, record->sent_at, record->id))
        lobby_journal_message (self->journal, LOBBY_JOURNAL_ADDED, row, conversation->row, 0);
    }
  if (!page)
    note_activity (self, conversation, record->sent_at);
  if (row_out != NULL)
    *row_out = row;
  return update_reaction (self, record, error);
}

static void
note_status_time (LobbyMessageRecord *record,
                  const LobbyStatusRecord *status)
{
  gint64 *const times[] = {
    [LOBBY_MODEL_STATUS_SENT] = &record->sent_time,
    [LOBBY_MODEL_STATUS_DELIVERED] = &record->delivered_time,
    [LOBBY_MODEL_STATUS_READ] = &record->read_time,
    [LOBBY_MODEL_STATUS_PLAYED] = &record->played_time,
    [LOBBY_MODEL_STATUS_FAILED] = &record->failed_time,
  };

  if ((guint)status->status < G_N_ELEMENTS (times) && times[status->status] != NULL && *times[status->status] == 0)
    *times[status->status] = status->at;
}

gboolean
lobby_writer_put_status (LobbyWriter *self,
                         const LobbyStatusRecord *status,
                         GError **error)
{
  LobbyWriterConversation *conversation;
  g_autoptr (LobbyMessageRecord) old = NULL;
  LobbyMessageRecord merged;
  gboolean adopted;
  gint64 row = 0;

  if (!find_by_names (self, status->message_id, status->client_id, &row, &old, error))
    return FALSE;
  if (old == NULL)
    return TRUE;
  conversation = lobby_writer_conversation (self, old->conversation_id, TRUE, error);
  if (conversation == NULL)
    return FALSE;

  merged = *old;
  adopted = old->id == NULL && status->message_id != NULL;
  if (adopted)
    merged.id = status->message_id;
  merged.status = adopted ? status->status : lobby_model_status_merge (old->status, status->status);
  if (status->status != LOBBY_MODEL_STATUS_FAILED || merged.status == LOBBY_MODEL_STATUS_FAILED)
    note_status_time (&merged, status);
  if (merged.status != LOBBY_MODEL_STATUS_FAILED)
    {
      merged.failed_time = 0;
      merged.error_code = 0;
      merged.error_text = NULL;
    }
  else if (status->status == LOBBY_MODEL_STATUS_FAILED)
    {
      merged.error_code = status->error_code ? status->error_code : old->error_code;
      merged.error_text = status->error_text ? status->error_text : old->error_text;
    }
  return lobby_writer_rewrite_message (self, conversation, row, old, &merged, error)
         && ((merged.status == LOBBY_MODEL_STATUS_FAILED) == (old->status == LOBBY_MODEL_STATUS_FAILED) || update_reaction (self, &merged, error));
}

gboolean
lobby_writer_remove_message (LobbyWriter *self,
                             gint64 row,
                             GError **error)
{
  LobbyWriterConversation *conversation;
  g_autoptr (LobbyMessageRecord) old = NULL;

  if (!lobby_writer_read_message (self, row, &old, error))
    return FALSE;
  if (old == NULL)
    return TRUE;

  conversation = lobby_writer_conversation (self, old->conversation_id, TRUE, error);
  if (conversation == NULL)
    return FALSE;
  if (!index_text (self, UNINDEX_TEXT, row, conversation->row, lobby_model_type_is_shown (old->type) ? old->content : NULL, error)
      || !lobby_database_run (self->database, error, "DELETE FROM messages WHERE row = ?", "l", row))
    return FALSE;
  if (conversation->last_message == row)
    conversation->last_unsure = TRUE;
  lobby_journal_touch (self->journal, conversation->row, conversation->record.id);
  lobby_journal_message (self->journal, LOBBY_JOURNAL_REMOVED, row, conversation->row, 0);
  return TRUE;
}
