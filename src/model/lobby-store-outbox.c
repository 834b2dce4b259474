/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-store-private.h"

#include "lobby-clock.h"

/*
 * What the agent does, kept until the server knows: messages to send, conversations read.
 * An outbox entry lives exactly as long as its message has no server's id and is not refused for good.
 */

/* Characters of a quoted message that its quote keeps. */
#define QUOTE_LENGTH 300

void
lobby_outbox_entry_free (LobbyOutboxEntry *entry)
{
  if (entry == NULL)
    return;
  g_free (entry->client_id);
  g_free (entry->conversation_id);
  g_free (entry->contact_id);
  g_free (entry->connection_id);
  g_free (entry->text);
  g_free (entry->quoted_id);
  g_free (entry);
}

/* At the bottom, whatever the clocks of server and phone said. */
static gint64
bottom_of (LobbyStore *self,
           gint64 conversation)
{
  gint64 newest = lobby_database_get_int (self->database, 0, NULL,
                                          "SELECT sent_at FROM messages WHERE shown = 1 AND conversation = ? ORDER BY sent_at DESC, id DESC LIMIT 1",
                                          "l", conversation);

  return MAX (lobby_clock_now (), newest + 1);
}

static void
fill_quote (LobbyStore *self,
            LobbyMessageRecord *record,
            const char *quoted_id)
{
  g_autoptr (LobbyMessage) quoted = quoted_id != NULL ? lobby_store_get_message (self, quoted_id) : NULL;

  if (quoted_id == NULL)
    return;
  record->quoted_id = g_strdup (quoted_id);
  if (quoted == NULL)
    {
      record->quoted_text = g_strdup ("");
      return;
    }
  record->quoted_text = g_utf8_substring (lobby_message_get_content (quoted), 0,
                                          MIN (QUOTE_LENGTH, g_utf8_strlen (lobby_message_get_content (quoted), -1)));
  record->quoted_type = lobby_message_get_message_type (quoted);
  record->quoted_outbound = lobby_message_is_outbound (quoted);
}

static gboolean
enqueue (LobbyStoreEdit *edit,
         gint64 message,
         gint64 conversation,
         GError **error)
{
  return lobby_database_run (edit->store->database, error,
                             "INSERT INTO outbox (message, conversation) VALUES (?, ?) "
                             "ON CONFLICT (message) DO UPDATE SET attempts = 0, next_attempt_at = 0",
                             "ll", message, conversation);
}

LobbyMessage *
lobby_store_queue_text (LobbyStore *self,
                        LobbyConversation *conversation,
                        const char *client_id,
                        const char *text,
                        const char *quoted_id,
                        GError **error)
{
  g_autoptr (LobbyStoreEdit) edit = NULL;
  g_autoptr (LobbyMessageRecord) record = NULL;
  gint64 row = 0;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (conversation), NULL);
  g_return_val_if_fail (client_id != NULL && text != NULL, NULL);

  edit = lobby_store_edit_begin (self, error);
  if (edit == NULL)
    return NULL;
  record = lobby_message_record_new ();
  record->client_id = g_strdup (client_id);
  record->conversation_id = g_strdup (lobby_conversation_get_id (conversation));
  record->outbound = TRUE;
  record->type = LOBBY_MODEL_TEXT;
  record->status = LOBBY_MODEL_STATUS_PENDING;
  record->content = g_strdup (text);
  record->sent_at = bottom_of (self, lobby_conversation_get_row (conversation));
  fill_quote (self, record, quoted_id);
  if (!lobby_writer_put_message (&edit->writer, record, FALSE, &row, error)
      || !enqueue (edit, row, lobby_conversation_get_row (conversation), error)
      || !lobby_store_edit_commit (g_steal_pointer (&edit), error))
    return NULL;
  return lobby_store_get_message_by_row (self, row);
}

GPtrArray *
lobby_store_outbox_heads (LobbyStore *self)
{
  g_autoptr (GPtrArray) heads = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_outbox_entry_free);
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);

  if (self->database != NULL)
    statement = lobby_database_query (self->database, &error,
                                      "SELECT m.row, m.client_id, c.id, c.contact_id, c.connection_id, m.content, m.quoted_id, o.attempts, o.next_attempt_at "
                                      "FROM (SELECT min (position) AS position FROM outbox GROUP BY conversation) h "
                                      "JOIN outbox o ON o.position = h.position JOIN messages m ON m.row = o.message "
                                      "JOIN conversations c ON c.row = o.conversation ORDER BY o.position",
                                      NULL);
  while (statement != NULL && lobby_statement_step (statement, &error))
    {
      LobbyOutboxEntry *entry = g_new0 (LobbyOutboxEntry, 1);

      entry->row_id = lobby_statement_int (statement, 0);
      entry->client_id = lobby_statement_dup_text (statement, 1);
      entry->conversation_id = lobby_statement_dup_text (statement, 2);
      entry->contact_id = lobby_statement_dup_text (statement, 3);
      entry->connection_id = lobby_statement_dup_text (statement, 4);
      entry->text = lobby_statement_dup_text (statement, 5);
      entry->quoted_id = lobby_statement_dup_text (statement, 6);
      entry->attempts = lobby_statement_int (statement, 7);
      entry->next_attempt_at = lobby_statement_int (statement, 8);
      g_ptr_array_add (heads, entry);
    }
  if (error != NULL)
    g_warning ("Cannot read the outbox: %s", error->message);
  return g_steal_pointer (&heads);
}

guint
lobby_store_outbox_size (LobbyStore *self)
{
  g_return_val_if_fail (LOBBY_IS_STORE (self), 0);

  return self->database == NULL ? 0 : lobby_database_get_int (self->database, 0, NULL, "SELECT count(*) FROM outbox", NULL);
}

gboolean
lobby_store_outbox_delay (LobbyStore *self,
                          const char *client_id,
                          gint64 next_attempt_at,
                          GError **error)
{
  g_autoptr (LobbyStoreEdit) edit = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);

  edit = lobby_store_edit_begin (self, error);
  return edit != NULL
         && lobby_database_run (self->database, error,
                                "UPDATE outbox SET attempts = attempts + 1, next_attempt_at = ? "
                                "WHERE message = (SELECT row FROM messages WHERE client_id = ?)",
                                "ls", next_attempt_at, client_id)
         && lobby_store_edit_commit (g_steal_pointer (&edit), error);
}

/* Reads the message of an outbox entry for rewriting; the strings of @record are owned by @old. FALSE without an error when
 * there is nothing to rewrite: the agent discarded it, or the server has it by now. */
static gboolean
begin_rewrite (LobbyStoreEdit *edit,
               gint64 row,
               LobbyMessageRecord **old,
               LobbyMessageRecord *record,
               LobbyWriterConversation **conversation,
               GError **error)
{
  if (!lobby_writer_read_message (&edit->writer, row, old, error) || *old == NULL || (*old)->id != NULL)
    return FALSE;
  *record = **old;
  *conversation = lobby_writer_conversation (&edit->writer, (*old)->conversation_id, FALSE, error);
  return *conversation != NULL;
}

static gboolean
nothing_to_do (GError **inner,
               GError **error)
{
  if (*inner == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (inner));
  return FALSE;
}

gboolean
lobby_store_outbox_fail (LobbyStore *self,
                         const char *client_id,
                         int error_code,
                         const char *error_text,
                         GError **error)
{
  g_autoptr (LobbyStoreEdit) edit = NULL;
  g_autoptr (LobbyMessageRecord) old = NULL;
  g_autoptr (GError) inner = NULL;
  LobbyWriterConversation *conversation;
  LobbyMessageRecord record;
  gint64 row;

  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);

  edit = lobby_store_edit_begin (self, error);
  if (edit == NULL)
    return FALSE;
  row = lobby_database_get_int (self->database, 0, NULL,
                                "SELECT row FROM messages JOIN outbox ON message = row WHERE client_id = ?", "s", client_id);
  if (!begin_rewrite (edit, row, &old, &record, &conversation, &inner))
    return nothing_to_do (&inner, error);
  record.status = LOBBY_MODEL_STATUS_FAILED;
  record.failed_time = lobby_clock_now ();
  record.error_code = error_code;
  record.error_text = (char *)error_text;
  return lobby_writer_rewrite_message (&edit->writer, conversation, row, old, &record, error)
         && lobby_database_run (self->database, error, "DELETE FROM outbox WHERE message = ?", "l", row)
         && lobby_store_edit_commit (g_steal_pointer (&edit), error);
}

/* The server never accepted it: the same message goes to the end of the outbox and of the conversation. */
static gboolean
requeue (LobbyStore *self,
         LobbyMessage *message,
         GError **error)
{
  g_autoptr (LobbyStoreEdit) edit = lobby_store_edit_begin (self, error);
  g_autoptr (LobbyMessageRecord) old = NULL;
  g_autoptr (GError) inner = NULL;
  LobbyWriterConversation *conversation;
  LobbyMessageRecord record;
  gint64 row = lobby_message_get_row_id (message);

  if (edit == NULL)
    return FALSE;
  if (!begin_rewrite (edit, row, &old, &record, &conversation, &inner))
    return nothing_to_do (&inner, error);
  if (record.status == LOBBY_MODEL_STATUS_FAILED)
    record.sent_at = bottom_of (self, conversation->row);
  record.status = LOBBY_MODEL_STATUS_PENDING;
  record.failed_time = 0;
  record.error_code = 0;
  record.error_text = NULL;
  return lobby_writer_rewrite_message (&edit->writer, conversation, row, old, &record, error)
         && enqueue (edit, row, conversation->row, error)
         && lobby_store_edit_commit (g_steal_pointer (&edit), error);
}

/* The server has it as failed: that stays, and the text goes out as a new message. It is named after the failed one, so that whoever
 * asks for it again, on another machine too, sends nothing twice. */
static gboolean
send_anew (LobbyStore *self,
           LobbyMessage *message,
           GError **error)
{
  g_autoptr (LobbyConversation) conversation = lobby_store_get_conversation (self, lobby_message_get_conversation_id (message));
  g_autoptr (LobbyMessage) again = NULL;
  g_autoptr (GError) inner = NULL;
  g_autofree char *client_id = g_strconcat ("retry-", lobby_message_get_id (message), NULL);
  gboolean there;

  if (conversation == NULL)
    {
      g_set_error_literal (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FAILED, "The conversation is gone");
      return FALSE;
    }
  there = lobby_database_get_int (self->database, 0, &inner, "SELECT count (*) FROM messages WHERE client_id = ?", "s", client_id) > 0;
  if (inner != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  if (there)
    return TRUE;
  again = lobby_store_queue_text (self, conversation, client_id, lobby_message_get_content (message),
                                  lobby_message_get_record (message)->quoted_id, error);
  return again != NULL;
}

gboolean
lobby_store_outbox_retry (LobbyStore *self,
                          LobbyMessage *message,
                          GError **error)
{
  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);
  g_return_val_if_fail (LOBBY_IS_MESSAGE (message), FALSE);

  if (!lobby_message_is_outbound (message))
    return TRUE;
  if (lobby_message_get_id (message) == NULL)
    return requeue (self, message, error);
  if (lobby_message_get_status (message) != LOBBY_MODEL_STATUS_FAILED)
    return TRUE;
  return send_anew (self, message, error);
}

gboolean
lobby_store_discard (LobbyStore *self,
                     LobbyMessage *message,
                     GError **error)
{
  g_autoptr (LobbyStoreEdit) edit = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);
  g_return_val_if_fail (LOBBY_IS_MESSAGE (message), FALSE);

  edit = lobby_store_edit_begin (self, error);
  return edit != NULL
         && lobby_writer_remove_message (&edit->writer, lobby_message_get_row_id (message), error)
         && lobby_store_edit_commit (g_steal_pointer (&edit), error);
}

/* Reading */

gboolean
lobby_store_mark_read (LobbyStore *self,
                       LobbyConversation *conversation,
                       GError **error)
{
  g_autoptr (LobbyStoreEdit) edit = NULL;
  g_autoptr (LobbyStatement) statement = NULL;
  LobbyWriterConversation *own;

  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (conversation), FALSE);

  if (lobby_conversation_get_unread_count (conversation) == 0)
    return TRUE;
  edit = lobby_store_edit_begin (self, error);
  if (edit == NULL)
    return FALSE;
  own = lobby_writer_conversation (&edit->writer, lobby_conversation_get_id (conversation), FALSE, error);
  if (own == NULL)
    return FALSE;
  statement = lobby_database_query (self->database, error,
                                    "SELECT sent_at, id FROM messages WHERE shown = 1 AND conversation = ? AND outbound = 0 AND id <> '' "
                                    "ORDER BY sent_at DESC, id DESC LIMIT 1",
                                    "l", own->row);
  if (statement == NULL)
    return FALSE;
  if (lobby_statement_step (statement, NULL))
    {
      own->local_read_at = lobby_statement_int (statement, 0);
      g_set_str (&own->local_read_id, lobby_statement_text (statement, 1));
      g_clear_pointer (&statement, lobby_statement_free);
      if (!lobby_database_run (self->database, error,
                               "INSERT INTO reads (conversation, up_to) VALUES (?, ?) ON CONFLICT (conversation) DO UPDATE SET up_to = excluded.up_to",
                               "ls", own->row, own->local_read_id))
        return FALSE;
    }
  g_clear_pointer (&statement, lobby_statement_free);
  own->record.unread_count = 0;
  own->dirty = TRUE;
  return lobby_store_edit_commit (g_steal_pointer (&edit), error);
}

GPtrArray *
lobby_store_unsent_reads (LobbyStore *self)
{
  g_autoptr (GPtrArray) reads = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (LobbyStatement) statement = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);

  if (self->database != NULL)
    statement = lobby_database_query (self->database, NULL, "SELECT c.id, r.up_to FROM reads r JOIN conversations c ON c.row = r.conversation", NULL);
  while (statement != NULL && lobby_statement_step (statement, NULL))
    {
      g_ptr_array_add (reads, lobby_statement_dup_text (statement, 0));
      g_ptr_array_add (reads, lobby_statement_dup_text (statement, 1));
    }
  return g_steal_pointer (&reads);
}
