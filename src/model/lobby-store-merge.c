/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-store-private.h"

#include <string.h>

/*
 * A conversation that turned out to be another one's. Its rows become the other's, with what waits in the outbox and what is
 * written but not sent; its id goes on to mean the other. The history is contiguous only where both were: it begins
 * where the later of both begins, and what lies before is asked for again.
 */

/* Two drafts, of which either may be NULL, one under the other. (transfer full) */
static char *
join_drafts (const char *first,
             const char *second)
{
  if (first == NULL || second == NULL)
    return g_strdup (first != NULL ? first : second);
  return g_strconcat (first, "\n", second, NULL);
}

static char *
dup_draft (LobbyDatabase *database,
           gint64 conversation)
{
  g_autoptr (LobbyStatement) statement = lobby_database_query (database, NULL, "SELECT text FROM drafts WHERE conversation = ?", "l", conversation);

  return statement != NULL && lobby_statement_step (statement, NULL) ? lobby_statement_dup_text (statement, 0) : NULL;
}

static gboolean
put_draft (LobbyDatabase *database,
           gint64 conversation,
           const char *text,
           GError **error)
{
  return text == NULL
         || lobby_database_run (database, error,
                                "INSERT INTO drafts (conversation, text) VALUES (?, ?) ON CONFLICT (conversation) DO UPDATE SET text = excluded.text",
                                "ls", conversation, text);
}

static gboolean
fold_draft (LobbyWriter *self,
            gint64 kept,
            gint64 gone,
            GError **error)
{
  g_autofree char *kept_draft = dup_draft (self->database, kept);
  g_autofree char *gone_draft = dup_draft (self->database, gone);
  g_autofree char *both = join_drafts (kept_draft, gone_draft);

  return put_draft (self->database, kept, both, error)
         && lobby_database_run (self->database, error, "DELETE FROM drafts WHERE conversation = ?", "l", gone);
}

/* The full text index names the conversation, too. */
static gboolean
move_messages (LobbyWriter *self,
               gint64 kept,
               gint64 gone,
               GError **error)
{
  return lobby_database_run (self->database, error,
                             "INSERT INTO message_text (message_text, rowid, content, conversation) SELECT 'delete', row, content, conversation"
                             " FROM messages WHERE conversation = ? AND shown = 1 AND content <> ''",
                             "l", gone)
         && lobby_database_run (self->database, error,
                                "INSERT INTO message_text (rowid, content, conversation) SELECT row, content, ?"
                                " FROM messages WHERE conversation = ? AND shown = 1 AND content <> ''",
                                "ll", kept, gone)
         && lobby_database_run (self->database, error, "UPDATE messages SET conversation = ? WHERE conversation = ?", "ll", kept, gone)
         && lobby_database_run (self->database, error, "UPDATE outbox SET conversation = ? WHERE conversation = ?", "ll", kept, gone);
}

/* What was read up to where is not the same in both: the server's word counts. */
static gboolean
forget_reading (LobbyWriter *self,
                LobbyWriterConversation *kept,
                gint64 gone,
                GError **error)
{
  kept->local_read_at = 0;
  g_set_str (&kept->local_read_id, "");
  return lobby_database_run (self->database, error, "DELETE FROM reads WHERE conversation IN (?, ?)", "ll", kept->row, gone);
}

static void
fold_bounds (LobbyWriterConversation *kept,
             const LobbyWriterConversation *gone)
{
  gboolean gap = kept->gap || gone->gap;
  gboolean whole = kept->whole && gone->whole;

  if (lobby_order_compare (gone->bound_at, gone->bound_id, kept->bound_at, kept->bound_id) > 0)
    lobby_writer_set_bound (kept, gone->bound_at, gone->bound_id);
  kept->gap = gap;
  kept->whole = whole;
}

static void
fold_counts (LobbyWriterConversation *kept,
             const LobbyWriterConversation *gone)
{
  LobbyConversationRecord *record = &kept->record;

  record->unread_count += gone->record.unread_count;
  record->message_count_in += gone->record.message_count_in;
  record->message_count_out += gone->record.message_count_out;
  record->last_activity_at = MAX (record->last_activity_at, gone->record.last_activity_at);
  record->window_expires_at = MAX (record->window_expires_at, gone->record.window_expires_at);
}

static gboolean
remember (LobbyWriter *self,
          const char *kept,
          const char *gone,
          GError **error)
{
  return lobby_database_run (self->database, error, "UPDATE merged_conversations SET kept = ? WHERE kept = ?", "ss", kept, gone)
         && lobby_database_run (self->database, error,
                                "INSERT INTO merged_conversations (id, kept) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET kept = excluded.kept", "ss", gone,
                                kept);
}

gboolean
lobby_writer_fold (LobbyWriter *self,
                   LobbyWriterConversation *kept,
                   const char *gone_id,
                   GError **error)
{
  g_autoptr (GError) inner = NULL;
  LobbyWriterConversation *gone = lobby_writer_conversation (self, gone_id, FALSE, &inner);
  LobbyJournalConversation *touched;

  if (inner != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  /* Told again, or never known here. */
  if (gone == kept)
    return TRUE;
  if (gone == NULL)
    return remember (self, kept->record.id, gone_id, error);
  if (!fold_draft (self, kept->row, gone->row, error)
      || !move_messages (self, kept->row, gone->row, error)
      || !forget_reading (self, kept, gone->row, error)
      || !remember (self, kept->record.id, gone->record.id, error)
      || (strcmp (gone->record.id, gone_id) != 0 && !remember (self, kept->record.id, gone_id, error))
      || !lobby_database_run (self->database, error, "DELETE FROM conversations WHERE row = ?", "l", gone->row))
    return FALSE;

  fold_bounds (kept, gone);
  fold_counts (kept, gone);
  kept->last_unsure = TRUE;
  kept->dirty = TRUE;
  touched = lobby_journal_touch (self->journal, kept->row, kept->record.id);
  touched->reset = TRUE;
  touched->place = TRUE;
  lobby_journal_touch (self->journal, gone->row, gone->record.id)->merged_into = kept->row;
  g_hash_table_remove (self->conversations, gone->record.id);
  return TRUE;
}

/* @draft with its end @old (may be NULL) replaced by @new. (transfer full), NULL for nothing */
static char *
replace_end (const char *draft,
             const char *old,
             const char *new)
{
  g_autofree char *rest = NULL;
  gsize length;

  if (draft == NULL || old == NULL || !g_str_has_suffix (draft, old))
    return join_drafts (draft, new);

  /* The line break between both goes with it; without one, the end is the other's own words. */
  length = strlen (draft) - strlen (old);
  if (length > 0 && draft[length - 1] != '\n')
    return join_drafts (draft, new);
  rest = length > 0 ? g_strndup (draft, length - 1) : NULL;
  return join_drafts (rest, new);
}

gboolean
lobby_store_set_draft (LobbyStore *self,
                       LobbyConversation *conversation,
                       const char *text,
                       GError **error)
{
  g_autoptr (LobbyConversation) live = NULL;
  g_autoptr (LobbyStoreEdit) edit = NULL;
  g_autofree char *whole = NULL;
  gint64 row;

  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (conversation), FALSE);

  if (text != NULL && text[0] == '\0')
    text = NULL;
  if (g_strcmp0 (text, lobby_conversation_get_draft (conversation)) == 0)
    return TRUE;
  /* Of one that became another's meanwhile: its draft is the end of the other's. */
  live = lobby_store_get_conversation (self, lobby_conversation_get_id (conversation));
  if (live != NULL && live != conversation)
    {
      whole = replace_end (lobby_conversation_get_draft (live), lobby_conversation_get_draft (conversation), text);
      text = whole;
      conversation = live;
    }
  row = lobby_conversation_get_row (conversation);
  edit = lobby_store_edit_begin (self, error);
  if (edit == NULL)
    return FALSE;
  if (text != NULL ? !put_draft (self->database, row, text, error)
                   : !lobby_database_run (self->database, error, "DELETE FROM drafts WHERE conversation = ?", "l", row))
    return FALSE;
  lobby_journal_touch (edit->journal, row, lobby_conversation_get_id (conversation));
  return lobby_store_edit_commit (g_steal_pointer (&edit), error);
}
