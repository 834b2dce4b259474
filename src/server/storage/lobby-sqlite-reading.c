/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-json.h"

LobbyWireContact *
lobby_sqlite_contact_from_row (LobbyStatement *row)
{
  LobbyWireContact *contact = g_new0 (LobbyWireContact, 1);
  const char *picture = lobby_statement_text (row, 5);

  contact->id = lobby_statement_dup_text (row, 0);
  contact->business_id = lobby_statement_dup_text (row, 1);
  contact->name = lobby_statement_dup_text (row, 2);
  contact->phone_number = lobby_statement_dup_text (row, 3);
  contact->username = lobby_statement_dup_text (row, 4);
  /* The hash makes a new picture a new address, so that caches do not show the old one. */
  if (picture != NULL)
    contact->picture_url = g_strdup_printf ("/api/contacts/%s/picture?v=%.12s", contact->id, picture);
  contact->about = lobby_statement_dup_text (row, 6);
  contact->created_at = lobby_statement_int (row, 7);
  contact->updated_at = lobby_statement_int (row, 8);
  return contact;
}

/* A JSON array of ids; NULL for none. */
static char **
read_ids (const char *json)
{
  g_autoptr (JsonNode) node = strcmp (json, "[]") != 0 ? json_from_string (json, NULL) : NULL;
  JsonArray *array = node != NULL ? json_node_get_array (node) : NULL;
  char **ids;

  if (array == NULL)
    return NULL;
  ids = g_new0 (char *, json_array_get_length (array) + 1);
  for (guint i = 0; i < json_array_get_length (array); i++)
    ids[i] = g_strdup (json_array_get_string_element (array, i));
  return ids;
}

LobbyWireConversation *
lobby_sqlite_conversation_from_row (LobbyStatement *row)
{
  LobbyWireConversation *conversation = g_new0 (LobbyWireConversation, 1);

  conversation->id = lobby_statement_dup_text (row, 0);
  conversation->business_id = lobby_statement_dup_text (row, 1);
  conversation->contact_id = lobby_statement_dup_text (row, 2);
  conversation->connection_id = lobby_statement_dup_text (row, 3);
  conversation->unread_count = (int)lobby_statement_int (row, 4);
  conversation->last_activity_at = lobby_statement_int (row, 5);
  conversation->window_expires_at = lobby_statement_int (row, 6);
  conversation->read_up_to = lobby_statement_dup_text (row, 7);
  conversation->message_count_in = (int)lobby_statement_int (row, 8);
  conversation->message_count_out = (int)lobby_statement_int (row, 9);
  conversation->seq = lobby_statement_int (row, 10);
  conversation->merged_ids = read_ids (lobby_statement_text (row, 11));
  return conversation;
}

LobbyWireMessage *
lobby_sqlite_message_from_row (LobbyStatement *row)
{
  LobbyWireMessage *message = g_new0 (LobbyWireMessage, 1);
  g_autoptr (GError) error = NULL;

  message->id = lobby_statement_dup_text (row, 0);
  message->client_id = lobby_statement_dup_text (row, 1);
  message->conversation_id = lobby_statement_dup_text (row, 2);
  message->contact_id = lobby_statement_dup_text (row, 3);
  message->connection_id = lobby_statement_dup_text (row, 4);
  message->contact_name = lobby_statement_dup_text (row, 5);
  message->phone_number = lobby_statement_dup_text (row, 6);
  message->whatsapp_message_id = lobby_statement_dup_text (row, 7);
  message->outbound = lobby_statement_int (row, 8) != 0;
  message->type = (LobbyMessageType)lobby_statement_int (row, 9);
  message->content = lobby_statement_dup_text (row, 10);
  if (!lobby_statement_is_null (row, 11))
    message->media_url = g_strdup_printf ("/api/media/%s", message->id);
  message->status = (LobbyStatus)lobby_statement_int (row, 12);
  message->is_from_bot = lobby_statement_int (row, 13) != 0;
  message->agent_id = lobby_statement_dup_text (row, 14);
  message->metadata = lobby_json_parse_object (lobby_statement_text (row, 15), -1, &error);
  if (message->metadata == NULL)
    {
      lobby_sqlite_log_error (&error);
      message->metadata = json_object_new ();
    }
  message->created_at = lobby_statement_int (row, 16);
  message->updated_at = lobby_statement_int (row, 17);
  return message;
}

LobbyWireContact *
lobby_sqlite_load_contact (LobbyDatabase *database,
                           const char *id,
                           GError **error)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (database, error, "SELECT " LOBBY_SQLITE_CONTACT_COLUMNS " FROM contacts c WHERE c.id = ?",
                                                         "s", id);

  return row != NULL && lobby_statement_step (row, error) ? lobby_sqlite_contact_from_row (row) : NULL;
}

LobbyWireConversation *
lobby_sqlite_load_conversation (LobbyDatabase *database,
                                const char *id,
                                GError **error)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (database, error, "SELECT " LOBBY_SQLITE_CONVERSATION_COLUMNS " FROM conversations v WHERE v.id = ?",
                                                         "s", id);

  return row != NULL && lobby_statement_step (row, error) ? lobby_sqlite_conversation_from_row (row) : NULL;
}

LobbyWireMessage *
lobby_sqlite_load_message (LobbyDatabase *database,
                           const char *id,
                           GError **error)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (database, error, "SELECT " LOBBY_SQLITE_MESSAGE_COLUMNS " FROM " LOBBY_SQLITE_MESSAGE_TABLES " WHERE m.id = ?",
                                                         "s", id);

  return row != NULL && lobby_statement_step (row, error) ? lobby_sqlite_message_from_row (row) : NULL;
}

LobbyWireMessage *
lobby_sqlite_find_message (LobbyDatabase *database,
                           const char *connection_id,
                           const char *whatsapp_message_id,
                           GError **error)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (database, error,
                                                         "SELECT " LOBBY_SQLITE_MESSAGE_COLUMNS " FROM " LOBBY_SQLITE_MESSAGE_TABLES
                                                         " WHERE m.connection_id = ? AND m.whatsapp_message_id = ?",
                                                         "ss", connection_id, whatsapp_message_id);

  return row != NULL && lobby_statement_step (row, error) ? lobby_sqlite_message_from_row (row) : NULL;
}

/* Verbs */

typedef gpointer (*FromRow) (LobbyStatement *row);

/* Takes @row and @error. A part is never taken for all: NULL when there was an error. */
static GPtrArray *
collect (LobbyStatement *row,
         GError *error,
         FromRow from_row,
         GDestroyNotify free_element)
{
  g_autoptr (LobbyStatement) statement = row;
  g_autoptr (GError) failure = error;
  GPtrArray *rows = g_ptr_array_new_with_free_func (free_element);

  while (statement != NULL && lobby_statement_step (statement, &failure))
    g_ptr_array_add (rows, from_row (statement));
  if (failure != NULL)
    g_clear_pointer (&rows, g_ptr_array_unref);
  lobby_sqlite_log_error (&failure);
  return rows;
}

static LobbyWireContact *
lobby_sqlite_storage_get_contact (LobbyStorage *storage,
                                  const char *id)
{
  g_autoptr (GError) error = NULL;
  LobbyWireContact *contact = lobby_sqlite_load_contact (LOBBY_SQLITE_STORAGE (storage)->database, id, &error);

  lobby_sqlite_log_error (&error);
  return contact;
}

static char *
to_json_array (const char *const *texts)
{
  g_autoptr (JsonArray) array = json_array_new ();
  g_autoptr (JsonNode) node = NULL;

  for (guint i = 0; texts[i] != NULL; i++)
    json_array_add_string_element (array, texts[i]);
  node = json_node_init_array (json_node_alloc (), array);
  return lobby_json_to_string (node);
}

static GPtrArray *
lobby_sqlite_storage_list_contacts (LobbyStorage *storage,
                                    const char *const *business_ids,
                                    guint page,
                                    guint per_page,
                                    guint *total)
{
  LobbyDatabase *database = LOBBY_SQLITE_STORAGE (storage)->database;
  g_autofree char *ids = to_json_array (business_ids);
  gint64 offset = (gint64)(page - 1) * per_page;
  LobbyStatement *row;
  GError *error = NULL;

  g_return_val_if_fail (page > 0, NULL);

  *total = (guint)lobby_database_get_int (database, 0, &error,
                                          "SELECT count (*) FROM contacts WHERE business_id IN (SELECT value FROM json_each (?))", "s", ids);
  /* Of one business the index has the order; several have to be sorted. */
  if (error != NULL)
    row = NULL;
  else if (business_ids[0] != NULL && business_ids[1] == NULL)
    row = lobby_database_query (database, &error,
                                "SELECT " LOBBY_SQLITE_CONTACT_COLUMNS " FROM contacts c WHERE c.business_id = ?"
                                " ORDER BY c.last_activity_at DESC, c.id DESC LIMIT ? OFFSET ?",
                                "sll", business_ids[0], (gint64)per_page, offset);
  else
    row = lobby_database_query (database, &error,
                                "SELECT " LOBBY_SQLITE_CONTACT_COLUMNS " FROM contacts c"
                                " WHERE c.business_id IN (SELECT value FROM json_each (?))"
                                " ORDER BY c.last_activity_at DESC, c.id DESC LIMIT ? OFFSET ?",
                                "sll", ids, (gint64)per_page, offset);
  return collect (row, error, (FromRow)lobby_sqlite_contact_from_row, (GDestroyNotify)lobby_wire_contact_free);
}

static GPtrArray *
lobby_sqlite_storage_list_conversations (LobbyStorage *storage,
                                         const char *business_id,
                                         gint64 before_at,
                                         const char *before_id,
                                         guint limit,
                                         gint64 *seq)
{
  LobbyDatabase *database = LOBBY_SQLITE_STORAGE (storage)->database;
  LobbyStatement *row = NULL;
  GError *error = NULL;

  *seq = lobby_database_get_int (database, 0, &error, "SELECT seq FROM businesses WHERE id = ?", "s", business_id);
  if (error == NULL)
    row = lobby_database_query (database, &error,
                                "SELECT " LOBBY_SQLITE_CONVERSATION_COLUMNS " FROM conversations v"
                                " WHERE v.business_id = ? AND (v.last_activity_at, v.id) < (?, ?)"
                                " ORDER BY v.last_activity_at DESC, v.id DESC LIMIT ?",
                                "slsl", business_id, before_at > 0 ? before_at : G_MAXINT64, before_id != NULL ? before_id : "", (gint64)limit);
  return collect (row, error, (FromRow)lobby_sqlite_conversation_from_row, (GDestroyNotify)lobby_wire_conversation_free);
}

static GPtrArray *
lobby_sqlite_storage_find_conversations (LobbyStorage *storage,
                                         const char *contact_id)
{
  GError *error = NULL;
  LobbyStatement *row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                              "SELECT " LOBBY_SQLITE_CONVERSATION_COLUMNS " FROM conversations v"
                                              " WHERE v.contact_id = ? ORDER BY v.last_activity_at DESC, v.id DESC",
                                              "s", contact_id);

  return collect (row, error, (FromRow)lobby_sqlite_conversation_from_row, (GDestroyNotify)lobby_wire_conversation_free);
}

static LobbyWireConversation *
lobby_sqlite_storage_get_conversation (LobbyStorage *storage,
                                       const char *id)
{
  g_autoptr (GError) error = NULL;
  LobbyWireConversation *conversation = lobby_sqlite_load_conversation (LOBBY_SQLITE_STORAGE (storage)->database, id, &error);

  lobby_sqlite_log_error (&error);
  return conversation;
}

static LobbyWireMessage *
lobby_sqlite_storage_get_message (LobbyStorage *storage,
                                  const char *id)
{
  g_autoptr (GError) error = NULL;
  LobbyWireMessage *message = lobby_sqlite_load_message (LOBBY_SQLITE_STORAGE (storage)->database, id, &error);

  lobby_sqlite_log_error (&error);
  return message;
}

static GPtrArray *
lobby_sqlite_storage_list_messages (LobbyStorage *storage,
                                    const char *contact_id,
                                    const char *conversation_id,
                                    gint64 before_at,
                                    const char *before_id,
                                    guint limit)
{
  LobbyDatabase *database = LOBBY_SQLITE_STORAGE (storage)->database;
  const char *key = conversation_id != NULL ? conversation_id : contact_id;
  gint64 at = before_at > 0 ? before_at : G_MAXINT64;
  const char *id = before_id != NULL ? before_id : ""; /* the empty id sorts before all: excludes the instant */
  LobbyStatement *row;
  GError *error = NULL;

  if (conversation_id != NULL)
    row = lobby_database_query (database, &error,
                                "SELECT " LOBBY_SQLITE_MESSAGE_COLUMNS " FROM " LOBBY_SQLITE_MESSAGE_TABLES
                                " WHERE m.conversation_id = ? AND (m.created_at, m.id) < (?, ?)"
                                " ORDER BY m.created_at DESC, m.id DESC LIMIT ?",
                                "slsl", key, at, id, (gint64)limit);
  else
    row = lobby_database_query (database, &error,
                                "SELECT " LOBBY_SQLITE_MESSAGE_COLUMNS " FROM " LOBBY_SQLITE_MESSAGE_TABLES
                                " WHERE m.contact_id = ? AND (m.created_at, m.id) < (?, ?)"
                                " ORDER BY m.created_at DESC, m.id DESC LIMIT ?",
                                "slsl", key, at, id, (gint64)limit);
  return collect (row, error, (FromRow)lobby_sqlite_message_from_row, (GDestroyNotify)lobby_wire_message_free);
}

static LobbyWireMessage *
lobby_sqlite_storage_get_last_message (LobbyStorage *storage,
                                       const char *conversation_id)
{
  g_autoptr (GPtrArray) messages = lobby_sqlite_storage_list_messages (storage, NULL, conversation_id, 0, NULL, 1);

  return messages != NULL && messages->len > 0 ? g_ptr_array_steal_index (messages, 0) : NULL;
}

void
lobby_sqlite_reading_verbs (LobbyStorageInterface *iface)
{
  iface->get_contact = lobby_sqlite_storage_get_contact;
  iface->list_contacts = lobby_sqlite_storage_list_contacts;
  iface->list_conversations = lobby_sqlite_storage_list_conversations;
  iface->find_conversations = lobby_sqlite_storage_find_conversations;
  iface->get_conversation = lobby_sqlite_storage_get_conversation;
  iface->get_message = lobby_sqlite_storage_get_message;
  iface->get_last_message = lobby_sqlite_storage_get_last_message;
  iface->list_messages = lobby_sqlite_storage_list_messages;
}
