/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-store-private.h"

#include <gio/gio.h>

#include "lobby-model-resources.h"

#define MIGRATIONS "/org/lobby/Lobby/sql/client"

G_DEFINE_FINAL_TYPE (LobbyStore, lobby_store, G_TYPE_OBJECT)

guint lobby_store_signals[LOBBY_STORE_N_SIGNALS];

void
lobby_store_emit_reset (LobbyStore *self)
{
  g_signal_emit (self, lobby_store_signals[LOBBY_STORE_RESET], 0);
}

static void
lobby_store_dispose (GObject *object)
{
  lobby_store_close (LOBBY_STORE (object));

  G_OBJECT_CLASS (lobby_store_parent_class)->dispose (object);
}

static void
lobby_store_finalize (GObject *object)
{
  LobbyStore *self = LOBBY_STORE (object);

  g_free (self->path);
  g_hash_table_unref (self->contacts);
  g_hash_table_unref (self->conversations);
  g_hash_table_unref (self->messages);
  g_mutex_clear (&self->write_mutex);
  g_cond_clear (&self->write_cond);

  G_OBJECT_CLASS (lobby_store_parent_class)->finalize (object);
}

static guint
new_signal (const char *name,
            guint n_params,
            ...)
{
  guint id;
  va_list types;

  va_start (types, n_params);
  id = g_signal_new_valist (name, LOBBY_TYPE_STORE, G_SIGNAL_RUN_LAST, NULL, NULL, NULL, NULL, G_TYPE_NONE, n_params, types);
  va_end (types);
  return id;
}

static void
lobby_store_class_init (LobbyStoreClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = lobby_store_dispose;
  object_class->finalize = lobby_store_finalize;

  lobby_store_signals[LOBBY_STORE_MESSAGE_ADDED] = new_signal ("message-added", 1, LOBBY_TYPE_MESSAGE);
  lobby_store_signals[LOBBY_STORE_MESSAGE_MOVED] = new_signal ("message-moved", 2, LOBBY_TYPE_MESSAGE, G_TYPE_INT64);
  lobby_store_signals[LOBBY_STORE_MESSAGE_REMOVED] = new_signal ("message-removed", 2, G_TYPE_INT64, G_TYPE_STRING);
  lobby_store_signals[LOBBY_STORE_MESSAGES_PAGED] = new_signal ("messages-paged", 1, G_TYPE_STRING);
  lobby_store_signals[LOBBY_STORE_MESSAGES_RESET] = new_signal ("messages-reset", 1, G_TYPE_STRING);
  lobby_store_signals[LOBBY_STORE_CONVERSATION_MERGED] = new_signal ("conversation-merged", 2, LOBBY_TYPE_CONVERSATION, LOBBY_TYPE_CONVERSATION);
  lobby_store_signals[LOBBY_STORE_CONVERSATION_CHANGED] = new_signal ("conversation-changed", 1, LOBBY_TYPE_CONVERSATION);
  lobby_store_signals[LOBBY_STORE_RESET] = new_signal ("reset", 0);
}

static void
lobby_store_init (LobbyStore *self)
{
  self->contacts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->conversations = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->messages = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_mutex_init (&self->write_mutex);
  g_cond_init (&self->write_cond);
}

LobbyStore *
lobby_store_open (const char *path,
                  GError **error)
{
  g_autoptr (LobbyStore) self = NULL;
  g_autoptr (LobbyDatabase) database = NULL;

  g_return_val_if_fail (path != NULL, NULL);

  g_resources_register (lobby_model_get_resource ());

  database = lobby_database_open (path, LOBBY_DATABASE_DEFAULT, error);
  if (database == NULL || !lobby_database_migrate (database, MIGRATIONS, error))
    return NULL;
  self = g_object_new (LOBBY_TYPE_STORE, NULL);
  self->path = g_strdup (path);
  self->database = g_steal_pointer (&database);
  return g_steal_pointer (&self);
}

void
lobby_store_close (LobbyStore *self)
{
  g_return_if_fail (LOBBY_IS_STORE (self));

  lobby_store_stop_background (self);
  g_clear_object (&self->database);
}

void
lobby_store_release_memory (LobbyStore *self)
{
  g_return_if_fail (LOBBY_IS_STORE (self));

  if (self->database != NULL)
    lobby_database_release_memory (self->database);
}

/* The write lock */

void
lobby_store_lock_writing (LobbyStore *self,
                          gboolean main_thread)
{
  g_mutex_lock (&self->write_mutex);
  self->main_waiting += main_thread ? 1 : 0;
  while (self->writing || (!main_thread && self->main_waiting > 0))
    g_cond_wait (&self->write_cond, &self->write_mutex);
  self->main_waiting -= main_thread ? 1 : 0;
  self->writing = TRUE;
  g_mutex_unlock (&self->write_mutex);
}

void
lobby_store_unlock_writing (LobbyStore *self)
{
  g_mutex_lock (&self->write_mutex);
  self->writing = FALSE;
  g_cond_broadcast (&self->write_cond);
  g_mutex_unlock (&self->write_mutex);
}

LobbyStoreEdit *
lobby_store_edit_begin (LobbyStore *self,
                        GError **error)
{
  LobbyStoreEdit *edit;
  LobbyTransaction *transaction;

  if (self->database == NULL)
    {
      g_set_error_literal (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FAILED, "The store is closed");
      return NULL;
    }
  lobby_store_lock_writing (self, TRUE);
  transaction = lobby_transaction_begin (self->database, error);
  if (transaction == NULL)
    {
      lobby_store_unlock_writing (self);
      return NULL;
    }
  edit = g_new0 (LobbyStoreEdit, 1);
  edit->store = g_object_ref (self);
  edit->transaction = transaction;
  edit->locked = TRUE;
  edit->journal = lobby_journal_new ();
  lobby_writer_init (&edit->writer, self->database, edit->journal);
  return edit;
}

gboolean
lobby_store_edit_commit (LobbyStoreEdit *edit,
                         GError **error)
{
  g_autoptr (LobbyStoreEdit) owned = edit;

  if (!lobby_writer_flush (&edit->writer, error) || !lobby_transaction_commit (&edit->transaction, error))
    return FALSE;
  edit->locked = FALSE;
  lobby_store_unlock_writing (edit->store);
  lobby_store_publish (edit->store, edit->journal);
  return TRUE;
}

void
lobby_store_edit_free (LobbyStoreEdit *edit)
{
  lobby_writer_clear (&edit->writer);
  g_clear_pointer (&edit->transaction, lobby_transaction_free);
  if (edit->locked)
    lobby_store_unlock_writing (edit->store);
  lobby_journal_free (edit->journal);
  g_object_unref (edit->store);
  g_free (edit);
}

/* Small things */

gint64
lobby_store_get_seq (LobbyStore *self,
                     const char *business_id)
{
  g_return_val_if_fail (LOBBY_IS_STORE (self), 0);

  return self->database == NULL ? 0 : lobby_database_get_int (self->database, 0, NULL, "SELECT seq FROM sync WHERE business_id = ?", "s", business_id);
}

char *
lobby_store_dup_setting (LobbyStore *self,
                         const char *key)
{
  g_autoptr (LobbyStatement) statement = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);

  if (self->database == NULL)
    return NULL;
  statement = lobby_database_query (self->database, NULL, "SELECT value FROM settings WHERE key = ?", "s", key);
  return statement != NULL && lobby_statement_step (statement, NULL) ? lobby_statement_dup_text (statement, 0) : NULL;
}

gboolean
lobby_store_set_setting (LobbyStore *self,
                         const char *key,
                         const char *value,
                         GError **error)
{
  g_autoptr (LobbyStoreEdit) edit = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);
  g_return_val_if_fail (key != NULL, FALSE);

  edit = lobby_store_edit_begin (self, error);
  if (edit == NULL)
    return FALSE;
  if (value != NULL ? !lobby_database_run (self->database, error,
                                           "INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", "ss", key, value)
                    : !lobby_database_run (self->database, error, "DELETE FROM settings WHERE key = ?", "s", key))
    return FALSE;
  return lobby_store_edit_commit (g_steal_pointer (&edit), error);
}

int
lobby_store_total_unread (LobbyStore *self)
{
  g_return_val_if_fail (LOBBY_IS_STORE (self), 0);

  return self->database == NULL ? 0 : lobby_database_get_int (self->database, 0, NULL, "SELECT count(*) FROM conversations WHERE unread_count > 0", NULL);
}

static LobbyConversation *
peek_conversation_by_id (LobbyStore *self,
                         const char *id)
{
  gint64 row;

  if (self->database == NULL || id == NULL)
    return NULL;
  row = lobby_database_get_int (self->database, 0, NULL, "SELECT row FROM conversations WHERE id = ?", "s", id);
  return lobby_store_peek_conversation (self, row);
}

void
lobby_store_set_customer_typing (LobbyStore *self,
                                 const char *conversation_id,
                                 gboolean typing)
{
  LobbyConversation *conversation;

  g_return_if_fail (LOBBY_IS_STORE (self));

  conversation = peek_conversation_by_id (self, conversation_id);
  if (conversation != NULL)
    lobby_conversation_set_typing (conversation, typing);
}

void
lobby_store_set_agent_typing (LobbyStore *self,
                              const char *conversation_id,
                              const char *agent_name)
{
  LobbyConversation *conversation;

  g_return_if_fail (LOBBY_IS_STORE (self));

  conversation = peek_conversation_by_id (self, conversation_id);
  if (conversation != NULL)
    lobby_conversation_set_agent_typing (conversation, agent_name);
}
