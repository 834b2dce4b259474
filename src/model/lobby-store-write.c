/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-store-private.h"

#include <string.h>

/*
 * What every writer does with contacts and conversations, on either thread. Conversations are read once a transaction and written
 * back once, so that an event costs a handful of statements whatever the conversation holds.
 */

int
lobby_order_compare (gint64 a_at,
                     const char *a_id,
                     gint64 b_at,
                     const char *b_id)
{
  if (a_at != b_at)
    return a_at < b_at ? -1 : 1;
  return CLAMP (strcmp (a_id ? a_id : "", b_id ? b_id : ""), -1, 1);
}

gboolean
lobby_model_type_is_shown (LobbyModelType type)
{
  return type != LOBBY_MODEL_REACTION;
}

char *
lobby_model_fold (const char *text)
{
  g_autofree char *decomposed = g_utf8_normalize (text, -1, G_NORMALIZE_ALL);
  g_autofree char *folded = NULL;
  g_autoptr (GString) plain = g_string_new (NULL);

  if (decomposed == NULL)
    return g_strdup ("");
  folded = g_utf8_casefold (decomposed, -1);
  for (const char *c = folded; *c != '\0'; c = g_utf8_next_char (c))
    if (!g_unichar_ismark (g_utf8_get_char (c)))
      g_string_append_unichar (plain, g_utf8_get_char (c));
  return g_string_free (g_steal_pointer (&plain), FALSE);
}

/* Journal */

static void
journal_conversation_free (gpointer data)
{
  LobbyJournalConversation *conversation = data;

  g_free (conversation->id);
  g_free (conversation);
}

LobbyJournal *
lobby_journal_new (void)
{
  LobbyJournal *self = g_new0 (LobbyJournal, 1);

  self->contacts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->conversations = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, journal_conversation_free);
  self->messages = g_array_new (FALSE, FALSE, sizeof (LobbyJournalMessage));
  return self;
}

void
lobby_journal_free (LobbyJournal *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->contacts);
  g_hash_table_unref (self->conversations);
  g_array_unref (self->messages);
  g_free (self);
}

LobbyJournalConversation *
lobby_journal_touch (LobbyJournal *self,
                     gint64 conversation,
                     const char *id)
{
  LobbyJournalConversation *entry = g_hash_table_lookup (self->conversations, &conversation);

  if (entry == NULL)
    {
      entry = g_new0 (LobbyJournalConversation, 1);
      entry->row = conversation;
      entry->id = g_strdup (id);
      g_hash_table_insert (self->conversations, &entry->row, entry);
    }
  return entry;
}

void
lobby_journal_message (LobbyJournal *self,
                       LobbyJournalKind kind,
                       gint64 row,
                       gint64 conversation,
                       gint64 old_sent_at)
{
  const LobbyJournalMessage entry = { kind, row, conversation, old_sent_at };

  if (kind == LOBBY_JOURNAL_ADDED)
    {
      LobbyJournalConversation *touched = g_hash_table_lookup (self->conversations, &conversation);

      g_assert (touched != NULL);
      touched->n_added++;
    }
  g_array_append_val (self->messages, entry);
}

/* Writer */

static void
writer_conversation_free (gpointer data)
{
  LobbyWriterConversation *conversation = data;

  g_free (conversation->record.id);
  g_free (conversation->record.business_id);
  g_free (conversation->record.contact_id);
  g_free (conversation->record.connection_id);
  g_free (conversation->record.read_up_to);
  g_free (conversation->bound_id);
  g_free (conversation->local_read_id);
  g_free (conversation->last_id);
  g_free (conversation);
}

void
lobby_writer_init (LobbyWriter *self,
                   LobbyDatabase *database,
                   LobbyJournal *journal)
{
  self->database = database;
  self->journal = journal;
  self->conversations = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, writer_conversation_free);
}

void
lobby_writer_clear (LobbyWriter *self)
{
  g_clear_pointer (&self->conversations, g_hash_table_unref);
}

static LobbyWriterConversation *
read_conversation (LobbyStatement *statement)
{
  LobbyWriterConversation *conversation = g_new0 (LobbyWriterConversation, 1);
  LobbyConversationRecord *record = &conversation->record;

  conversation->row = lobby_statement_int (statement, 0);
  record->id = lobby_statement_dup_text (statement, 1);
  record->business_id = lobby_statement_dup_text (statement, 2);
  record->contact_id = lobby_statement_dup_text (statement, 3);
  record->connection_id = lobby_statement_dup_text (statement, 4);
  record->unread_count = lobby_statement_int (statement, 5);
  record->last_activity_at = lobby_statement_int (statement, 6);
  record->window_expires_at = lobby_statement_int (statement, 7);
  record->read_up_to = lobby_statement_dup_text (statement, 8);
  record->message_count_in = lobby_statement_int (statement, 9);
  record->message_count_out = lobby_statement_int (statement, 10);
  record->seq = lobby_statement_int (statement, 11);
  conversation->bound_at = lobby_statement_int (statement, 12);
  conversation->bound_id = lobby_statement_dup_text (statement, 13);
  conversation->gap = lobby_statement_int (statement, 14) != 0;
  conversation->whole = lobby_statement_int (statement, 15) != 0;
  conversation->local_read_at = lobby_statement_int (statement, 16);
  conversation->local_read_id = lobby_statement_dup_text (statement, 17);
  conversation->last_message = lobby_statement_int (statement, 18);
  conversation->last_at = lobby_statement_int (statement, 19);
  conversation->last_id = lobby_statement_dup_text (statement, 20);
  return conversation;
}

/* *@kept is the conversation that has the messages of @id now, NULL when it is its own. */
static gboolean
find_kept_id (LobbyWriter *self,
              const char *id,
              char **kept,
              GError **error)
{
  g_autoptr (GError) inner = NULL;
  g_autoptr (LobbyStatement) statement = lobby_database_query (self->database, error, "SELECT kept FROM merged_conversations WHERE id = ?", "s", id);

  if (statement == NULL)
    return FALSE;
  if (lobby_statement_step (statement, &inner))
    *kept = lobby_statement_dup_text (statement, 0);
  if (inner == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&inner));
  return FALSE;
}

LobbyWriterConversation *
lobby_writer_conversation (LobbyWriter *self,
                           const char *id,
                           gboolean make,
                           GError **error)
{
  LobbyWriterConversation *conversation = g_hash_table_lookup (self->conversations, id);
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) inner = NULL;
  g_autofree char *kept = NULL;

  if (conversation != NULL)
    return conversation;
  statement = lobby_database_query (self->database, error,
                                    "SELECT c.row, c.id, c.business_id, c.contact_id, c.connection_id, c.unread_count, c.last_activity_at, "
                                    "c.window_expires_at, c.read_up_to, c.message_count_in, c.message_count_out, c.seq, c.bound_at, c.bound_id, "
                                    "c.gap, c.whole, c.local_read_at, c.local_read_id, c.last_message, m.sent_at, m.id "
                                    "FROM conversations c LEFT JOIN messages m ON m.row = c.last_message WHERE c.id = ?",
                                    "s", id);
  if (statement == NULL)
    return NULL;
  if (lobby_statement_step (statement, &inner))
    {
      conversation = read_conversation (statement);
    }
  else
    {
      if (inner != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&inner));
          return NULL;
        }
      g_clear_pointer (&statement, lobby_statement_free);
      if (!find_kept_id (self, id, &kept, error))
        return NULL;
      if (kept != NULL)
        return lobby_writer_conversation (self, kept, make, error);
      if (!make || !lobby_database_run (self->database, error, "INSERT INTO conversations (id) VALUES (?)", "s", id))
        return NULL;
      conversation = g_new0 (LobbyWriterConversation, 1);
      conversation->row = lobby_database_last_rowid (self->database);
      conversation->record.id = g_strdup (id);
      conversation->record.business_id = g_strdup ("");
      conversation->record.seq = -1;
      conversation->bound_id = g_strdup ("");
      conversation->local_read_id = g_strdup ("");
      conversation->gap = TRUE;
    }
  g_hash_table_insert (self->conversations, conversation->record.id, conversation);
  return conversation;
}

void
lobby_writer_set_bound (LobbyWriterConversation *conversation,
                        gint64 at,
                        const char *id)
{
  conversation->bound_at = at;
  g_set_str (&conversation->bound_id, id);
  conversation->gap = FALSE;
  conversation->dirty = TRUE;
}

static gboolean
find_last_message (LobbyWriter *self,
                   LobbyWriterConversation *conversation,
                   GError **error)
{
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) inner = NULL;

  conversation->last_message = 0;
  statement = lobby_database_query (self->database, error,
                                    "SELECT row, sent_at, id FROM messages WHERE shown = 1 AND conversation = ? "
                                    "ORDER BY sent_at DESC, id DESC LIMIT 1",
                                    "l", conversation->row);
  if (statement == NULL)
    return FALSE;
  if (lobby_statement_step (statement, &inner))
    {
      conversation->last_message = lobby_statement_int (statement, 0);
      conversation->last_at = lobby_statement_int (statement, 1);
      g_set_str (&conversation->last_id, lobby_statement_text (statement, 2));
    }
  if (inner != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  return TRUE;
}

/* What the server counted as unread may include what this agent has read here meanwhile. */
static gboolean
limit_unread (LobbyWriter *self,
              LobbyWriterConversation *conversation,
              GError **error)
{
  g_autoptr (GError) inner = NULL;
  gint64 unread;

  if (!conversation->unread_told || conversation->record.unread_count <= 0 || conversation->local_read_at == 0)
    return TRUE;
  unread = lobby_database_get_int (self->database, 0, &inner,
                                   "SELECT count(*) FROM (SELECT 1 FROM messages WHERE shown = 1 AND conversation = ? AND outbound = 0 "
                                   "AND (sent_at, id) > (?, ?) LIMIT ?)",
                                   "llsi", conversation->row, conversation->local_read_at, conversation->local_read_id,
                                   conversation->record.unread_count);
  if (inner != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  conversation->record.unread_count = unread;
  return TRUE;
}

static gboolean
write_conversation (LobbyWriter *self,
                    LobbyWriterConversation *conversation,
                    GError **error)
{
  const LobbyConversationRecord *record = &conversation->record;
  g_autoptr (LobbyStatement) statement = NULL;

  if (conversation->last_unsure && !find_last_message (self, conversation, error))
    return FALSE;
  if (!limit_unread (self, conversation, error))
    return FALSE;
  /* One that waits in the outbox counts as activity before the server knows. */
  if (conversation->last_message != 0 && conversation->last_id[0] == '\0')
    conversation->record.last_activity_at = MAX (record->last_activity_at, conversation->last_at);

  if (!lobby_database_run (self->database, error,
                           "UPDATE conversations SET business_id = ?, contact_id = ?, connection_id = ?, unread_count = ?, last_activity_at = ?, "
                           "window_expires_at = ?, read_up_to = ?, message_count_in = ?, message_count_out = ?, seq = ?, bound_at = ?, "
                           "bound_id = ?, gap = ?, whole = ?, local_read_at = ?, local_read_id = ?, last_message = nullif (?, 0) WHERE row = ?",
                           "sssillsiillsiilsll",
                           record->business_id, record->contact_id, record->connection_id, record->unread_count, record->last_activity_at,
                           record->window_expires_at, record->read_up_to, record->message_count_in, record->message_count_out, record->seq,
                           conversation->bound_at, conversation->bound_id, (int)conversation->gap, (int)conversation->whole,
                           conversation->local_read_at, conversation->local_read_id, conversation->last_message, conversation->row))
    return FALSE;

  conversation->dirty = FALSE;
  conversation->last_unsure = FALSE;
  conversation->unread_told = FALSE;
  return TRUE;
}

gboolean
lobby_writer_flush (LobbyWriter *self,
                    GError **error)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->conversations);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LobbyWriterConversation *conversation = value;
      LobbyJournalConversation *touched;
      gint64 activity = conversation->record.last_activity_at;

      if (!conversation->dirty && !conversation->last_unsure)
        continue;
      touched = lobby_journal_touch (self->journal, conversation->row, conversation->record.id);
      if (!write_conversation (self, conversation, error))
        return FALSE;
      if (activity != conversation->record.last_activity_at)
        touched->place = TRUE;
    }
  return TRUE;
}

/* Contacts and conversations in */

static char *
fold_contact (const LobbyContactRecord *record)
{
  g_autofree char *all = g_strjoin (" ", record->name ? record->name : "", record->phone_number ? record->phone_number : "",
                                    record->username ? record->username : "", NULL);

  return lobby_model_fold (all);
}

gboolean
lobby_writer_put_contact (LobbyWriter *self,
                          const LobbyContactRecord *record,
                          GError **error)
{
  g_autofree char *folded = fold_contact (record);

  if (!lobby_database_run (self->database, error,
                           "INSERT INTO contacts (id, business_id, name, phone_number, username, picture_url, about, created_at, folded) "
                           "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET business_id = excluded.business_id, "
                           "name = excluded.name, phone_number = excluded.phone_number, username = excluded.username, "
                           "picture_url = excluded.picture_url, about = excluded.about, created_at = excluded.created_at, folded = excluded.folded "
                           "WHERE name IS NOT excluded.name OR phone_number IS NOT excluded.phone_number OR username IS NOT excluded.username "
                           "OR picture_url IS NOT excluded.picture_url OR about IS NOT excluded.about OR created_at <> excluded.created_at",
                           "sssssssls", record->id, record->business_id ? record->business_id : "", record->name, record->phone_number,
                           record->username, record->picture_url, record->about, record->created_at, folded))
    return FALSE;
  if (lobby_database_changes (self->database) > 0)
    g_hash_table_add (self->journal->contacts, g_strdup (record->id));
  return TRUE;
}

/* Conversations that are a part of this one now. */
static gboolean
take_merges (LobbyWriter *self,
             LobbyWriterConversation *conversation,
             const LobbyConversationRecord *record,
             GError **error)
{
  for (guint i = 0; record->merged_ids != NULL && record->merged_ids[i] != NULL; i++)
    if (g_strcmp0 (record->merged_ids[i], conversation->record.id) != 0
        && !lobby_writer_fold (self, conversation, record->merged_ids[i], error))
      return FALSE;
  return TRUE;
}

gboolean
lobby_writer_put_conversation (LobbyWriter *self,
                               const LobbyConversationRecord *record,
                               GError **error)
{
  LobbyWriterConversation *conversation = lobby_writer_conversation (self, record->id, TRUE, error);
  LobbyConversationRecord *own;

  if (conversation == NULL)
    return FALSE;
  own = &conversation->record;
  /* What is told of a conversation that is another one's by now is old. */
  if (g_strcmp0 (own->id, record->id) != 0)
    return TRUE;
  if (!take_merges (self, conversation, record, error))
    return FALSE;
  if (record->seq < own->seq)
    return TRUE;

  if (own->contact_id == NULL || own->last_activity_at != record->last_activity_at)
    lobby_journal_touch (self->journal, conversation->row, own->id)->place = TRUE;
  g_set_str (&own->business_id, record->business_id ? record->business_id : "");
  g_set_str (&own->contact_id, record->contact_id);
  g_set_str (&own->connection_id, record->connection_id);
  g_set_str (&own->read_up_to, record->read_up_to);
  own->unread_count = MAX (record->unread_count, 0);
  own->last_activity_at = record->last_activity_at;
  own->window_expires_at = record->window_expires_at;
  own->message_count_in = MAX (record->message_count_in, 0);
  own->message_count_out = MAX (record->message_count_out, 0);
  own->seq = record->seq;
  conversation->unread_told = TRUE;
  conversation->dirty = TRUE;
  return TRUE;
}

gboolean
lobby_writer_set_seq (LobbyWriter *self,
                      const char *business_id,
                      gint64 seq,
                      GError **error)
{
  if (business_id == NULL || seq == 0)
    return TRUE;
  return lobby_database_run (self->database, error,
                             "INSERT INTO sync (business_id, seq) VALUES (?, ?) "
                             "ON CONFLICT (business_id) DO UPDATE SET seq = excluded.seq",
                             "sl", business_id, seq);
}
