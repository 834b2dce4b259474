/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-store-private.h"

#include <string.h>

/*
 * Rows into objects. The maps hold no references: an object leaves its map when the last holder lets go of it, so
 * while anyone holds it, the same row gives the same object.
 */

#define REACTION_COLUMNS                                                   \
  "(SELECT group_concat (emoji, ' ') FROM (SELECT emoji FROM reactions r " \
  "WHERE r.target = m.id AND m.id <> '' AND r.emoji <> '' ORDER BY r.outbound))"

#define SELECT_MESSAGE "SELECT " LOBBY_MESSAGE_COLUMNS ", " REACTION_COLUMNS " FROM messages m JOIN conversations c ON c.row = m.conversation "

#define CONVERSATION_COLUMNS                                                                                          \
  "c.row, c.id, c.business_id, c.connection_id, c.unread_count, c.last_activity_at, c.window_expires_at, "            \
  "c.message_count_in, c.message_count_out, (SELECT text FROM drafts d WHERE d.conversation = c.row), c.contact_id, " \
  "k.id, k.business_id, k.name, k.phone_number, k.username, k.picture_url, k.about, k.created_at, "
#define CONVERSATION_CONTACT_COLUMN 10
#define CONVERSATION_MESSAGE_COLUMN 19

#define SELECT_CONVERSATION                                                  \
  "SELECT " CONVERSATION_COLUMNS LOBBY_MESSAGE_COLUMNS ", " REACTION_COLUMNS \
  " FROM conversations c LEFT JOIN contacts k ON k.id = c.contact_id "       \
  "LEFT JOIN messages m ON m.row = c.last_message "

static void
warn_about (GError *error)
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
  return record;
}

/* The object of the row at @column of the present row. (transfer full) */
static LobbyMessage *
read_message (LobbyStore *self,
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
    return read_message (self, statement, 0);
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
  statement = lobby_database_query (self->database, &error, SELECT_MESSAGE "WHERE m.row = ?", "l", row_id);
  message = load_one_message (self, statement, &error);
  warn_about (error);
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
  statement = lobby_database_query (self->database, &error, SELECT_MESSAGE "WHERE m.id = ? AND m.id <> ''", "s", id);
  message = load_one_message (self, statement, &error);
  warn_about (error);
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
  statement = lobby_database_query (self->database, &error, SELECT_MESSAGE "WHERE m.row = ?", "l", row);
  if (statement != NULL && lobby_statement_step (statement, &error))
    {
      LobbyMessageRecord *record = lobby_store_read_message_record (statement, 0);
      char *reactions = lobby_statement_dup_text (statement, LOBBY_MESSAGE_N_COLUMNS);

      /* Handlers of the notifies may read the store: give the statement back first. */
      g_clear_pointer (&statement, lobby_statement_free);
      lobby_message_update (message, record, reactions ? reactions : g_strdup (""));
    }
  warn_about (error);
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
  warn_about (error);
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
    state->last_message = read_message (self, statement, CONVERSATION_MESSAGE_COLUMN);
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
  warn_about (error);
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
  statement = lobby_database_query (self->database, &error, SELECT_CONVERSATION "WHERE c.id = ? AND c.contact_id IS NOT NULL", "s", id);
  if (statement != NULL && lobby_statement_step (statement, &error))
    conversation = read_conversation (self, statement);
  warn_about (error);
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
  warn_about (error);
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
  warn_about (error);
  return g_steal_pointer (&conversations);
}

/* Pages of messages */

typedef struct
{
  gint64 row;
  gint64 bound_at;
  char *bound_id;
} History;

static void
history_clear (History *history)
{
  g_free (history->bound_id);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (History, history_clear)

static gboolean
find_history (LobbyStore *self,
              const char *conversation_id,
              History *history)
{
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;
  gboolean found = FALSE;

  if (self->database == NULL || conversation_id == NULL)
    return FALSE;
  statement = lobby_database_query (self->database, &error,
                                    "SELECT row, bound_at, bound_id FROM conversations WHERE id = ?", "s", conversation_id);
  if (statement != NULL && lobby_statement_step (statement, &error))
    {
      history->row = lobby_statement_int (statement, 0);
      history->bound_at = lobby_statement_int (statement, 1);
      history->bound_id = lobby_statement_dup_text (statement, 2);
      found = TRUE;
    }
  warn_about (error);
  return found;
}

/* The id that goes with a row in the order; "" for one that is gone, which lies before all of its instant. */
static char *
id_of_row (LobbyStore *self,
           gint64 row)
{
  LobbyMessage *message = lobby_store_peek_message (self, row);
  g_autoptr (LobbyStatement) statement = NULL;

  if (message != NULL)
    return g_strdup (lobby_message_get_id (message) ? lobby_message_get_id (message) : "");
  statement = lobby_database_query (self->database, NULL, "SELECT id FROM messages WHERE row = ?", "l", row);
  if (statement != NULL && lobby_statement_step (statement, NULL))
    return lobby_statement_dup_text (statement, 0);
  return g_strdup ("");
}

static GPtrArray *
read_page (LobbyStore *self,
           LobbyStatement *statement,
           gboolean newest_first,
           GError **error)
{
  GPtrArray *page = g_ptr_array_new_with_free_func (g_object_unref);

  while (statement != NULL && lobby_statement_step (statement, error))
    g_ptr_array_add (page, read_message (self, statement, 0));
  if (newest_first)
    for (guint i = 0; i < page->len / 2; i++)
      {
        gpointer other = page->pdata[i];

        page->pdata[i] = page->pdata[page->len - 1 - i];
        page->pdata[page->len - 1 - i] = other;
      }
  return page;
}

static GPtrArray *
load_before_key (LobbyStore *self,
                 const char *conversation_id,
                 gint64 sent_at,
                 const char *id,
                 guint limit)
{
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (History) history = { 0 };
  GPtrArray *page;

  if (!find_history (self, conversation_id, &history))
    return g_ptr_array_new_with_free_func (g_object_unref);
  statement = lobby_database_query (self->database, &error,
                                    SELECT_MESSAGE "WHERE m.shown = 1 AND m.conversation = ? AND (m.sent_at, m.id) < (?, ?) "
                                                   "AND (m.sent_at, m.id) >= (?, ?) ORDER BY m.sent_at DESC, m.id DESC LIMIT ?",
                                    "llslsi", history.row, sent_at, id, history.bound_at, history.bound_id, (int)limit);
  page = read_page (self, statement, TRUE, &error);
  warn_about (error);
  return page;
}

GPtrArray *
lobby_store_load_before (LobbyStore *self,
                         const char *conversation_id,
                         gint64 sent_at,
                         gint64 row_id,
                         guint limit)
{
  g_autofree char *id = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);

  if (self->database != NULL)
    id = id_of_row (self, row_id);
  return load_before_key (self, conversation_id, sent_at, id, limit);
}

GPtrArray *
lobby_store_load_after (LobbyStore *self,
                        const char *conversation_id,
                        gint64 sent_at,
                        gint64 row_id,
                        guint limit)
{
  g_autoptr (LobbyStatement) statement = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;
  g_auto (History) history = { 0 };
  GPtrArray *page;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);

  if (!find_history (self, conversation_id, &history))
    return g_ptr_array_new_with_free_func (g_object_unref);
  id = id_of_row (self, row_id);
  if (lobby_order_compare (sent_at, id, history.bound_at, history.bound_id) < 0)
    statement = lobby_database_query (self->database, &error,
                                      SELECT_MESSAGE "WHERE m.shown = 1 AND m.conversation = ? AND (m.sent_at, m.id) >= (?, ?) "
                                                     "ORDER BY m.sent_at, m.id LIMIT ?",
                                      "llsi", history.row, history.bound_at, history.bound_id, (int)limit);
  else
    statement = lobby_database_query (self->database, &error,
                                      SELECT_MESSAGE "WHERE m.shown = 1 AND m.conversation = ? AND (m.sent_at, m.id) > (?, ?) "
                                                     "ORDER BY m.sent_at, m.id LIMIT ?",
                                      "llsi", history.row, sent_at, id, (int)limit);
  page = read_page (self, statement, FALSE, &error);
  warn_about (error);
  return page;
}

GPtrArray *
lobby_store_load_latest (LobbyStore *self,
                         const char *conversation_id,
                         guint limit)
{
  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);

  return load_before_key (self, conversation_id, G_MAXINT64, "", limit);
}

guint
lobby_store_count_after (LobbyStore *self,
                         const char *conversation_id,
                         gint64 sent_at,
                         gint64 row_id)
{
  g_auto (History) history = { 0 };
  g_autofree char *id = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), 0);

  if (!find_history (self, conversation_id, &history))
    return 0;
  id = id_of_row (self, row_id);
  return lobby_database_get_int (self->database, 0, NULL,
                                 "SELECT count(*) FROM messages WHERE shown = 1 AND conversation = ? AND (sent_at, id) > (?, ?)",
                                 "lls", history.row, sent_at, id);
}

gboolean
lobby_store_is_in_history (LobbyStore *self,
                           LobbyMessage *message)
{
  const LobbyMessageRecord *record;
  g_auto (History) history = { 0 };

  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);
  g_return_val_if_fail (LOBBY_IS_MESSAGE (message), FALSE);

  record = lobby_message_get_record (message);
  return lobby_model_type_is_shown (record->type) && find_history (self, record->conversation_id, &history)
         && lobby_order_compare (record->sent_at, record->id, history.bound_at, history.bound_id) >= 0;
}

gboolean
lobby_store_history_is_whole (LobbyStore *self,
                              const char *conversation_id)
{
  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);

  return self->database != NULL
         && lobby_database_get_int (self->database, 0, NULL, "SELECT whole FROM conversations WHERE id = ?", "s", conversation_id) != 0;
}

gboolean
lobby_store_get_oldest (LobbyStore *self,
                        const char *conversation_id,
                        gint64 *sent_at,
                        char **id)
{
  g_auto (History) history = { 0 };
  g_autoptr (LobbyStatement) statement = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);

  if (!find_history (self, conversation_id, &history))
    return FALSE;
  /* The bound itself may be a reaction, which no page shows: it is paged from all the same. */
  if (history.bound_id[0] == '\0')
    {
      statement = lobby_database_query (self->database, NULL,
                                        "SELECT sent_at, id FROM messages WHERE shown = 1 AND conversation = ? AND id <> '' "
                                        "ORDER BY sent_at, id LIMIT 1",
                                        "l", history.row);
      if (statement == NULL || !lobby_statement_step (statement, NULL))
        return FALSE;
      history.bound_at = lobby_statement_int (statement, 0);
      g_free (history.bound_id);
      history.bound_id = lobby_statement_dup_text (statement, 1);
    }
  if (sent_at != NULL)
    *sent_at = history.bound_at;
  if (id != NULL)
    *id = g_steal_pointer (&history.bound_id);
  return TRUE;
}

gint64
lobby_store_get_first_unread (LobbyStore *self,
                              const char *conversation_id)
{
  g_auto (History) history = { 0 };
  gint64 unread;

  g_return_val_if_fail (LOBBY_IS_STORE (self), 0);

  if (!find_history (self, conversation_id, &history))
    return 0;
  unread = lobby_database_get_int (self->database, 0, NULL, "SELECT unread_count FROM conversations WHERE row = ?", "l", history.row);
  if (unread <= 0)
    return 0;
  /* The oldest of the newest @unread inbound ones: also right when fewer are known here. */
  return lobby_database_get_int (self->database, 0, NULL,
                                 "SELECT row FROM (SELECT row, sent_at, id FROM messages WHERE shown = 1 AND conversation = ? AND outbound = 0 "
                                 "AND (sent_at, id) >= (?, ?) ORDER BY sent_at DESC, id DESC LIMIT ?) ORDER BY sent_at, id LIMIT 1",
                                 "llsl", history.row, history.bound_at, history.bound_id, unread);
}
