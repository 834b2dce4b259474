/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-store-private.h"

/* Keyset pages of one conversation: only what is contiguous, see conversations.bound_at in the schema. */

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
  lobby_store_warn_about (error);
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
    g_ptr_array_add (page, lobby_store_read_message (self, statement, 0));
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
                                    LOBBY_SELECT_MESSAGE "WHERE m.shown = 1 AND m.conversation = ? AND (m.sent_at, m.id) < (?, ?) "
                                                         "AND (m.sent_at, m.id) >= (?, ?) ORDER BY m.sent_at DESC, m.id DESC LIMIT ?",
                                    "llslsi", history.row, sent_at, id, history.bound_at, history.bound_id, (int)limit);
  page = read_page (self, statement, TRUE, &error);
  lobby_store_warn_about (error);
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
                                      LOBBY_SELECT_MESSAGE "WHERE m.shown = 1 AND m.conversation = ? AND (m.sent_at, m.id) >= (?, ?) "
                                                           "ORDER BY m.sent_at, m.id LIMIT ?",
                                      "llsi", history.row, history.bound_at, history.bound_id, (int)limit);
  else
    statement = lobby_database_query (self->database, &error,
                                      LOBBY_SELECT_MESSAGE "WHERE m.shown = 1 AND m.conversation = ? AND (m.sent_at, m.id) > (?, ?) "
                                                           "ORDER BY m.sent_at, m.id LIMIT ?",
                                      "llsi", history.row, sent_at, id, (int)limit);
  page = read_page (self, statement, FALSE, &error);
  lobby_store_warn_about (error);
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

/* The last of @left inbound messages before @row (0: from the newest on), or @row when none is known; takes those known off @left. */
static gint64
go_back_over_inbound (LobbyStore *self,
                      const History *history,
                      gint64 row,
                      guint *left)
{
  g_autoptr (LobbyStatement) statement = NULL;

  statement = lobby_database_query (self->database, NULL,
                                    "SELECT row FROM messages WHERE shown = 1 AND conversation = ? AND outbound = 0 AND (sent_at, id) >= (?, ?) "
                                    "AND (? = 0 OR (sent_at, id) < (SELECT sent_at, id FROM messages WHERE row = ?)) "
                                    "ORDER BY sent_at DESC, id DESC LIMIT ?",
                                    "llslll", history->row, history->bound_at, history->bound_id, row, row, (gint64)*left);
  while (statement != NULL && *left > 0 && lobby_statement_step (statement, NULL))
    {
      row = lobby_statement_int (statement, 0);
      (*left)--;
    }
  return row;
}

gint64
lobby_store_get_first_unread (LobbyStore *self,
                              const char *conversation_id,
                              guint *beyond)
{
  g_auto (History) history = { 0 };
  gint64 row;

  g_return_val_if_fail (LOBBY_IS_STORE (self), 0);
  g_return_val_if_fail (beyond != NULL, 0);

  *beyond = 0;
  if (!find_history (self, conversation_id, &history))
    return 0;
  *beyond = (guint)MAX (0, lobby_database_get_int (self->database, 0, NULL, "SELECT unread_count FROM conversations WHERE row = ?", "l", history.row));
  row = go_back_over_inbound (self, &history, 0, beyond);
  if (lobby_store_history_is_whole (self, conversation_id))
    *beyond = 0;
  return row;
}

gint64
lobby_store_extend_unread (LobbyStore *self,
                           const char *conversation_id,
                           gint64 first,
                           guint *beyond)
{
  g_auto (History) history = { 0 };

  g_return_val_if_fail (LOBBY_IS_STORE (self), first);
  g_return_val_if_fail (beyond != NULL, first);

  if (!find_history (self, conversation_id, &history))
    return first;
  first = go_back_over_inbound (self, &history, first, beyond);
  if (lobby_store_history_is_whole (self, conversation_id))
    *beyond = 0;
  return first;
}
