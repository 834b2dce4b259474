/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-store-private.h"

#include <string.h>

/*
 * Rows into objects. The maps hold no references: an object leaves its map when the last holder lets go of it, so
 * while anyone holds it, the same row gives the same object.
 */

#define CONVERSATION_COLUMNS                                                                                          \
  "c.row, c.id, c.business_id, c.connection_id, c.unread_count, c.last_activity_at, c.window_expires_at, "            \
  "c.message_count_in, c.message_count_out, (SELECT text FROM drafts d WHERE d.conversation = c.row), c.contact_id, " \
  "k.id, k.business_id, k.name, k.phone_number, k.username, k.picture_url, k.about, k.created_at, "
#define CONVERSATION_CONTACT_COLUMN 10
#define CONVERSATION_MESSAGE_COLUMN 19

#define SELECT_CONVERSATION                                                       \
  "SELECT " CONVERSATION_COLUMNS LOBBY_MESSAGE_COLUMNS ", " LOBBY_REACTION_COLUMN \
  " FROM conversations c LEFT JOIN contacts k ON k.id = c.contact_id "            \
  "LEFT JOIN messages m ON m.row = c.last_message "

void
lobby_store_warn_about (GError *error)
{
  if (error != NULL)
    g_warning ("Cannot read the store: %s", error->message);
}

/* Identity maps. The key of a map by row lies in a slice that the weak reference's data owns. */

typedef struct
{
  GHashTable *map;
  gint64 row;
} WeakEntry;

static void
forget_entry (gpointer data,
              GObject *where_the_object_was)
{
  WeakEntry *entry = data;

  if (g_hash_table_lookup (entry->map, &entry->row) == (gpointer)where_the_object_was)
    g_hash_table_remove (entry->map, &entry->row);
  g_hash_table_unref (entry->map);
  g_free (entry);
}

static void
remember (GHashTable *map,
          gint64 row,
          gpointer object)
{
  WeakEntry *entry = g_new (WeakEntry, 1);

  entry->map = g_hash_table_ref (map);
  entry->row = row;
  g_hash_table_replace (map, g_memdup2 (&row, sizeof row), object);
  g_object_weak_ref (object, forget_entry, entry);
}

static void
forget_contact (gpointer data,
                GObject *where_the_object_was)
{
  GHashTable *map = data;
  GHashTableIter iter;
  gpointer value;

  /* Contacts live in tens: a walk costs less than a second key for each. */
  g_hash_table_iter_init (&iter, map);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (value == (gpointer)where_the_object_was)
      {
        g_hash_table_iter_remove (&iter);
        break;
      }
  g_hash_table_unref (map);
}

LobbyMessage *
lobby_store_peek_message (LobbyStore *self,
                          gint64 row)
{
  return g_hash_table_lookup (self->messages, &row);
}

LobbyConversation *
lobby_store_peek_conversation (LobbyStore *self,
                               gint64 row)
{
  return g_hash_table_lookup (self->conversations, &row);
}

void
lobby_store_forget_message (LobbyStore *self,
                            gint64 row)
{
  g_hash_table_remove (self->messages, &row);
}

void
lobby_store_forget_conversation (LobbyStore *self,
                                 gint64 row)
{
  g_hash_table_remove (self->conversations, &row);
}

/* Messages */

LobbyMessageRecord *
lobby_store_read_message_record (LobbyStatement *statement,
                                 int column)
{
  LobbyMessageRecord *record = lobby_message_record_new ();
  const char *id = lobby_statement_text (statement, column + 1);

  record->id = id != NULL && id[0] != '\0' ? g_strdup (id) : NULL;
  record->client_id = lobby_statement_dup_text (statement, column + 2);
  record->conversation_id = lobby_statement_dup_text (statement, column + 3);
  record->outbound = lobby_statement_int (statement, column + 4) != 0;
  record->type = lobby_statement_int (statement, column + 5);
  record->content = lobby_statement_dup_text (statement, column + 6);
  record->agent_id = lobby_statement_dup_text (statement, column + 7);
  record->status = lobby_statement_int (statement, column + 8);
  record->sent_at = lobby_statement_int (statement, column + 9);
  record->media_state = lobby_statement_int (statement, column + 10);
  record->media_url = lobby_statement_dup_text (statement, column + 11);
  record->mime_type = lobby_statement_dup_text (statement, column + 12);
  record->file_name = lobby_statement_dup_text (statement, column + 13);
  record->file_size = lobby_statement_int (statement, column + 14);
  record->width = lobby_statement_int (statement, column + 15);
  record->height = lobby_statement_int (statement, column + 16);
  record->duration = lobby_statement_int (statement, column + 17);
  record->waveform = lobby_statement_dup_text (statement, column + 18);
  record->quoted_id = lobby_statement_dup_text (statement, column + 19);
  record->quoted_text = lobby_statement_dup_text (statement, column + 20);
  record->quoted_type = lobby_statement_int (statement, column + 21);
  record->quoted_outbound = lobby_statement_int (statement, column + 22) != 0;
  record->reaction_to = lobby_statement_dup_text (statement, column + 23);
  record->sent_time = lobby_statement_int (statement, column + 24);
  record->delivered_time = lobby_statement_int (statement, column + 25);
  record->read_time = lobby_statement_int (statement, column + 26);
  record->played_time = lobby_statement_int (statement, column + 27);
  record->failed_time = lobby_statement_int (statement, column + 28);
  record->error_code = lobby_statement_int (statement, column + 29);
  record->error_text = lobby_statement_dup_text (statement, column + 30);
  record->extra = lobby_statement_dup_text (statement, column + 31);
  record->updated_at = lobby_statement_int (statement, column + 32);
  return record;
}

LobbyMessage *
lobby_store_read_message (LobbyStore *self,
                          LobbyStatement *statement,
                          int column)
{
  gint64 row = lobby_statement_int (statement, column);
  LobbyMessage *message = lobby_store_peek_message (self, row);

  if (message != NULL)
    return g_object_ref (message);
  message = lobby_message_new (row, lobby_store_read_message_record (statement, column),
                               lobby_statement_dup_text (statement, column + LOBBY_MESSAGE_N_COLUMNS));
  remember (self->messages, row, message);
  return message;
}

static LobbyMessage *
load_one_message (LobbyStore *self,
                  LobbyStatement *statement,
                  GError **error)
{
  if (statement != NULL && lobby_statement_step (statement, error))
    return lobby_store_read_message (self, statement, 0);
  return NULL;
}

LobbyMessage *
lobby_store_get_message_by_row (LobbyStore *self,
                                gint64 row_id)
{
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;
  LobbyMessage *message;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);

  message = lobby_store_peek_message (self, row_id);
  if (message != NULL)
    return g_object_ref (message);
  if (self->database == NULL)
    return NULL;
  statement = lobby_database_query (self->database, &error, LOBBY_SELECT_MESSAGE "WHERE m.row = ?", "l", row_id);
  message = load_one_message (self, statement, &error);
  lobby_store_warn_about (error);
  return message;
}

LobbyMessage *
lobby_store_get_message (LobbyStore *self,
                         const char *id)
{
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;
  LobbyMessage *message;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);

  if (self->database == NULL || id == NULL || id[0] == '\0')
    return NULL;
  statement = lobby_database_query (self->database, &error, LOBBY_SELECT_MESSAGE "WHERE m.id = ? AND m.id <> ''", "s", id);
  message = load_one_message (self, statement, &error);
  lobby_store_warn_about (error);
  return message;
}

void
lobby_store_refresh_message (LobbyStore *self,
                             gint64 row)
{
  LobbyMessage *message = lobby_store_peek_message (self, row);
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;

  if (message == NULL)
    return;
  statement = lobby_database_query (self->database, &error, LOBBY_SELECT_MESSAGE "WHERE m.row = ?", "l", row);
  if (statement != NULL && lobby_statement_step (statement, &error))
    {
      LobbyMessageRecord *record = lobby_store_read_message_record (statement, 0);
      char *reactions = lobby_statement_dup_text (statement, LOBBY_MESSAGE_N_COLUMNS);

      /* Handlers of the notifies may read the store: give the statement back first. */
      g_clear_pointer (&statement, lobby_statement_free);
      lobby_message_update (message, record, reactions ? reactions : g_strdup (""));
    }
  lobby_store_warn_about (error);
}

void
lobby_store_refresh_messages_of (LobbyStore *self,
                                 const char *conversation_id)
{
  g_autoptr (GPtrArray) messages = g_hash_table_get_values_as_ptr_array (self->messages);

  /* Notifies may let go of any of them. */
  g_ptr_array_foreach (messages, (GFunc)g_object_ref, NULL);
  for (guint i = 0; i < messages->len; i++)
    if (g_strcmp0 (lobby_message_get_conversation_id (messages->pdata[i]), conversation_id) == 0)
      lobby_store_refresh_message (self, lobby_message_get_row_id (messages->pdata[i]));
  g_ptr_array_foreach (messages, (GFunc)g_object_unref, NULL);
}

/* Contacts */

static LobbyContactRecord *
read_contact_record (LobbyStatement *statement,
                     int column)
{
  LobbyContactRecord *record = lobby_contact_record_new ();

  record->id = lobby_statement_dup_text (statement, column);
  record->business_id = lobby_statement_dup_text (statement, column + 1);
  record->name = lobby_statement_dup_text (statement, column + 2);
  record->phone_number = lobby_statement_dup_text (statement, column + 3);
  record->username = lobby_statement_dup_text (statement, column + 4);
  record->picture_url = lobby_statement_dup_text (statement, column + 5);
  record->about = lobby_statement_dup_text (statement, column + 6);
  record->created_at = lobby_statement_int (statement, column + 7);
  return record;
}

/* @column is the conversation's contact_id; the contact's own columns, which may all be NULL, follow. */
static LobbyContact *
read_contact (LobbyStore *self,
              LobbyStatement *statement,
              int column)
{
  const char *id = lobby_statement_text (statement, column);
  LobbyContact *contact = g_hash_table_lookup (self->contacts, id);
  LobbyContactRecord *record;

  if (contact != NULL)
    return g_object_ref (contact);
  record = read_contact_record (statement, column + 1);
  if (record->id == NULL)
    record->id = g_strdup (id);
  contact = lobby_contact_new (record);
  g_hash_table_insert (self->contacts, g_strdup (record->id), contact);
  g_object_weak_ref (G_OBJECT (contact), forget_contact, g_hash_table_ref (self->contacts));
  return contact;
}

void
lobby_store_refresh_contact (LobbyStore *self,
                             const char *id)
{
  LobbyContact *contact = g_hash_table_lookup (self->contacts, id);
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;

  if (contact == NULL)
    return;
  statement = lobby_database_query (self->database, &error,
                                    "SELECT id, business_id, name, phone_number, username, picture_url, about, created_at "
                                    "FROM contacts WHERE id = ?",
                                    "s", id);
  if (statement != NULL && lobby_statement_step (statement, &error))
    {
      LobbyContactRecord *record = read_contact_record (statement, 0);

      g_clear_pointer (&statement, lobby_statement_free);
      g_object_ref (contact);
      lobby_contact_update (contact, record);
      g_object_unref (contact);
    }
  lobby_store_warn_about (error);
}

/* Conversations */

static void
read_conversation_state (LobbyStore *self,
                         LobbyStatement *statement,
                         LobbyConversationState *state)
{
  state->row = lobby_statement_int (statement, 0);
  state->id = lobby_statement_dup_text (statement, 1);
  state->business_id = lobby_statement_dup_text (statement, 2);
  state->connection_id = lobby_statement_dup_text (statement, 3);
  state->unread_count = lobby_statement_int (statement, 4);
  state->last_activity_at = lobby_statement_int (statement, 5);
  state->window_expires_at = lobby_statement_int (statement, 6);
  state->message_count_in = lobby_statement_int (statement, 7);
  state->message_count_out = lobby_statement_int (statement, 8);
  state->draft = lobby_statement_dup_text (statement, 9);
  state->contact = read_contact (self, statement, CONVERSATION_CONTACT_COLUMN);
  if (!lobby_statement_is_null (statement, CONVERSATION_MESSAGE_COLUMN))
    state->last_message = lobby_store_read_message (self, statement, CONVERSATION_MESSAGE_COLUMN);
}

static LobbyConversation *
read_conversation (LobbyStore *self,
                   LobbyStatement *statement)
{
  gint64 row = lobby_statement_int (statement, 0);
  LobbyConversation *conversation = lobby_store_peek_conversation (self, row);
  LobbyConversationState state = { 0 };

  if (conversation != NULL)
    return g_object_ref (conversation);
  read_conversation_state (self, statement, &state);
  conversation = lobby_conversation_new (&state);
  remember (self->conversations, row, conversation);
  return conversation;
}

LobbyConversation *
lobby_store_get_conversation_by_row (LobbyStore *self,
                                     gint64 row)
{
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;
  LobbyConversation *conversation = lobby_store_peek_conversation (self, row);

  if (conversation != NULL)
    return g_object_ref (conversation);
  statement = lobby_database_query (self->database, &error, SELECT_CONVERSATION "WHERE c.row = ? AND c.contact_id IS NOT NULL", "l", row);
  if (statement != NULL && lobby_statement_step (statement, &error))
    conversation = read_conversation (self, statement);
  lobby_store_warn_about (error);
  return conversation;
}

LobbyConversation *
lobby_store_get_conversation (LobbyStore *self,
                              const char *id)
{
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;
  LobbyConversation *conversation = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);
  g_return_val_if_fail (id != NULL, NULL);

  if (self->database == NULL)
    return NULL;
  statement = lobby_database_query (self->database, &error,
                                    SELECT_CONVERSATION "WHERE c.id = coalesce ((SELECT kept FROM merged_conversations WHERE id = ?1), ?1)"
                                                        " AND c.contact_id IS NOT NULL",
                                    "s", id);
  if (statement != NULL && lobby_statement_step (statement, &error))
    conversation = read_conversation (self, statement);
  lobby_store_warn_about (error);
  return conversation;
}

void
lobby_store_refresh_conversation (LobbyStore *self,
                                  gint64 row)
{
  LobbyConversation *conversation = lobby_store_peek_conversation (self, row);
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;

  if (conversation == NULL)
    return;
  statement = lobby_database_query (self->database, &error, SELECT_CONVERSATION "WHERE c.row = ? AND c.contact_id IS NOT NULL", "l", row);
  if (statement != NULL && lobby_statement_step (statement, &error))
    {
      LobbyConversationState state = { 0 };

      read_conversation_state (self, statement, &state);
      g_clear_pointer (&statement, lobby_statement_free);
      g_object_ref (conversation);
      lobby_conversation_update (conversation, &state);
      g_object_unref (conversation);
    }
  lobby_store_warn_about (error);
}

static char *
make_search_pattern (const char *search)
{
  g_autofree char *folded = lobby_model_fold (search);
  g_autoptr (GString) pattern = g_string_new ("%");

  for (const char *c = folded; *c != '\0'; c++)
    {
      if (*c == '%' || *c == '_' || *c == '\\')
        g_string_append_c (pattern, '\\');
      g_string_append_c (pattern, *c);
    }
  g_string_append_c (pattern, '%');
  return g_string_free (g_steal_pointer (&pattern), FALSE);
}

GPtrArray *
lobby_store_load_conversations (LobbyStore *self,
                                const char *search,
                                gint64 before_activity,
                                const char *before_id,
                                guint limit)
{
  g_autoptr (GPtrArray) conversations = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *pattern = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);

  if (self->database == NULL)
    return g_steal_pointer (&conversations);
  if (before_id == NULL)
    {
      before_activity = G_MAXINT64;
      before_id = "";
    }
  if (search != NULL && search[0] != '\0')
    {
      pattern = make_search_pattern (search);
      statement = lobby_database_query (self->database, &error,
                                        SELECT_CONVERSATION "WHERE c.contact_id IS NOT NULL AND (c.last_activity_at, c.id) < (?, ?) "
                                                            "AND k.folded LIKE ? ESCAPE '\\' ORDER BY c.last_activity_at DESC, c.id DESC LIMIT ?",
                                        "lssi", before_activity, before_id, pattern, (int)limit);
    }
  else
    {
      statement = lobby_database_query (self->database, &error,
                                        SELECT_CONVERSATION "WHERE c.contact_id IS NOT NULL AND (c.last_activity_at, c.id) < (?, ?) "
                                                            "ORDER BY c.last_activity_at DESC, c.id DESC LIMIT ?",
                                        "lsi", before_activity, before_id, (int)limit);
    }
  while (statement != NULL && lobby_statement_step (statement, &error))
    g_ptr_array_add (conversations, read_conversation (self, statement));
  lobby_store_warn_about (error);
  return g_steal_pointer (&conversations);
}
