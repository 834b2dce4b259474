/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include "lobby-id.h"
#include "lobby-json.h"

/* What WhatsApp brings: raw deliveries, and the messages of customers found in them. */

#define WINDOW_MSEC (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

/* Deliveries */

static gboolean
lobby_sqlite_storage_put_delivery (LobbyStorage *storage,
                                   const char *connection_id,
                                   GBytes *body,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_database_run (verb.database, &verb.error, "INSERT INTO deliveries (connection_id, body, arrived_at) VALUES (?, ?, ?)", "sbl",
                                connection_id, body, verb.now)
         && lobby_verb_end (&verb);
}

static GPtrArray *
lobby_sqlite_storage_list_deliveries (LobbyStorage *storage,
                                      guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  GPtrArray *deliveries = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_delivery_free);

  row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                              "SELECT id, connection_id, body, arrived_at FROM deliveries WHERE problem IS NULL ORDER BY id LIMIT ?", "l", (gint64)limit);
  while (row != NULL && lobby_statement_step (row, &error))
    {
      LobbyDelivery *delivery = g_new0 (LobbyDelivery, 1);

      delivery->id = lobby_statement_int (row, 0);
      delivery->connection_id = lobby_statement_dup_text (row, 1);
      delivery->body = lobby_statement_dup_bytes (row, 2);
      delivery->arrived_at = lobby_statement_int (row, 3);
      g_ptr_array_add (deliveries, delivery);
    }
  lobby_sqlite_log_error (&error);
  return deliveries;
}

static gboolean
lobby_sqlite_storage_finish_delivery (LobbyStorage *storage,
                                      gint64 id,
                                      const char *problem,
                                      GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  if (problem != NULL)
    return lobby_database_run (verb.database, &verb.error, "UPDATE deliveries SET problem = ? WHERE id = ?", "sl", problem, id)
           && lobby_verb_end (&verb);
  return lobby_database_run (verb.database, &verb.error, "DELETE FROM deliveries WHERE id = ?", "l", id)
         && lobby_verb_end (&verb);
}

/* Who wrote */

static char *
find_alias (LobbyVerb *verb,
            const char *kind,
            const char *scope,
            const char *value)
{
  g_autoptr (LobbyStatement) row = NULL;

  if (value == NULL || verb->error != NULL)
    return NULL;
  row = lobby_database_query (verb->database, &verb->error,
                              "SELECT contact_id FROM aliases WHERE kind = ? AND scope = ? AND value = ?", "sss", kind, scope, value);
  return row != NULL && lobby_statement_step (row, &verb->error) ? lobby_statement_dup_text (row, 0) : NULL;
}

static gboolean
put_alias (LobbyVerb *verb,
           const char *kind,
           const char *scope,
           const char *value,
           const char *contact_id)
{
  return value == NULL
         || lobby_database_run (verb->database, &verb->error,
                                "INSERT INTO aliases (kind, scope, value, contact_id, updated_at) VALUES (?, ?, ?, ?, ?)"
                                " ON CONFLICT DO UPDATE SET contact_id = excluded.contact_id, updated_at = excluded.updated_at"
                                " WHERE contact_id <> excluded.contact_id",
                                "ssssl", kind, scope, value, contact_id, verb->now);
}

/* The number first: it is what the team knows a customer by. A username can change hands, so it decides only where there is nothing else. */
static char *
find_contact (LobbyVerb *verb,
              const char *business_id,
              const LobbyInboundMessage *message)
{
  char *contact_id = find_alias (verb, "wa_id", business_id, message->wa_id);

  if (contact_id == NULL)
    contact_id = find_alias (verb, "bsuid", business_id, message->bsuid);
  if (contact_id == NULL && message->wa_id == NULL && message->bsuid == NULL)
    contact_id = find_alias (verb, "username", business_id, message->username);
  return contact_id;
}

/* Returns the id of the contact, made or brought up to date; NULL and verb->error. */
static char *
resolve_contact (LobbyVerb *verb,
                 const char *business_id,
                 const LobbyInboundMessage *message,
                 gint64 created_at)
{
  g_autofree char *contact_id = find_contact (verb, business_id, message);
  g_autofree char *phone_number = message->wa_id != NULL ? g_strconcat ("+", message->wa_id, NULL) : NULL;

  if (verb->error != NULL)
    return NULL;
  if (contact_id == NULL)
    {
      contact_id = lobby_id_new ();
      if (!lobby_database_run (verb->database, &verb->error,
                               "INSERT INTO contacts (id, business_id, name, phone_number, username, last_activity_at, created_at, updated_at)"
                               " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                               "ssssslll",
                               contact_id, business_id, message->profile_name, phone_number, message->username, created_at, verb->now, verb->now))
        return NULL;
    }
  else if (!lobby_database_run (verb->database, &verb->error,
                                "UPDATE contacts SET name = coalesce (?1, name), phone_number = coalesce (?2, phone_number),"
                                " username = coalesce (?3, username), last_activity_at = max (last_activity_at, ?4),"
                                " updated_at = CASE WHEN coalesce (?1, name) IS name AND coalesce (?2, phone_number) IS phone_number"
                                " AND coalesce (?3, username) IS username THEN updated_at ELSE ?5 END WHERE id = ?6",
                                "ssslls",
                                message->profile_name, phone_number, message->username, created_at, verb->now, contact_id))
    return NULL;
  if (!put_alias (verb, "wa_id", business_id, message->wa_id, contact_id)
      || !put_alias (verb, "bsuid", business_id, message->bsuid, contact_id)
      || !put_alias (verb, "username", business_id, message->username, contact_id))
    return NULL;
  return g_steal_pointer (&contact_id);
}

static char *
resolve_conversation (LobbyVerb *verb,
                      const char *business_id,
                      const char *contact_id,
                      const char *connection_id,
                      gint64 created_at)
{
  g_autofree char *id = lobby_id_new ();
  g_autoptr (LobbyStatement) row = NULL;

  if (!lobby_database_run (verb->database, &verb->error,
                           "INSERT INTO conversations (id, business_id, contact_id, connection_id, last_activity_at, created_at)"
                           " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (contact_id, connection_id) DO NOTHING",
                           "ssssll", id, business_id, contact_id, connection_id, created_at, verb->now))
    return NULL;
  row = lobby_database_query (verb->database, &verb->error,
                              "SELECT id FROM conversations WHERE contact_id = ? AND connection_id = ?", "ss", contact_id, connection_id);
  return row != NULL && lobby_statement_step (row, &verb->error) ? lobby_statement_dup_text (row, 0) : NULL;
}

/* What they wrote */

/* WhatsApp tells whole seconds. Inside that second the moment of arrival keeps messages in the order
 * they came; one that comes later is put at the second's end, never before its time. */
static gint64
creation_time (const LobbyInboundMessage *message)
{
  return MAX (message->timestamp, MIN (message->arrived_at, message->timestamp + 999));
}

static gboolean
is_conversation (LobbyMessageType type)
{
  return type != LOBBY_MESSAGE_REACTION && type != LOBBY_MESSAGE_SYSTEM;
}

static gboolean
add_quote (LobbyVerb *verb,
           JsonObject *metadata,
           const char *connection_id,
           const char *whatsapp_message_id)
{
  g_autoptr (LobbyWireMessage) quoted = lobby_sqlite_find_message (verb->database, connection_id, whatsapp_message_id, &verb->error);

  if (verb->error != NULL)
    return FALSE;
  lobby_sqlite_set_quote (metadata, whatsapp_message_id, quoted);
  return TRUE;
}

static gboolean
add_reaction (LobbyVerb *verb,
              JsonObject *metadata,
              const char *connection_id,
              const char *whatsapp_message_id)
{
  g_autoptr (LobbyWireMessage) target = lobby_sqlite_find_message (verb->database, connection_id, whatsapp_message_id, &verb->error);
  JsonObject *reaction;

  if (verb->error != NULL)
    return FALSE;
  reaction = json_object_new ();
  json_object_set_string_member (reaction, "whatsapp_message_id", whatsapp_message_id);
  if (target != NULL)
    json_object_set_string_member (reaction, "message_id", target->id);
  json_object_set_object_member (metadata, "reaction", reaction);
  return TRUE;
}

/* The adapter's metadata with what only the storage knows. */
static char *
complete_metadata (LobbyVerb *verb,
                   const char *connection_id,
                   const LobbyInboundMessage *message)
{
  g_autofree char *given = message->metadata != NULL ? lobby_json_object_to_string (message->metadata) : g_strdup ("{}");
  g_autoptr (JsonObject) metadata = lobby_json_parse_object (given, -1, &verb->error);

  if (metadata == NULL)
    return NULL;
  if (message->quoted_whatsapp_id != NULL && !add_quote (verb, metadata, connection_id, message->quoted_whatsapp_id))
    return NULL;
  if (message->reaction_whatsapp_id != NULL && !add_reaction (verb, metadata, connection_id, message->reaction_whatsapp_id))
    return NULL;
  if (message->media_remote_id != NULL || message->media_remote_url != NULL)
    json_object_set_string_member (metadata, "media_state", "pending");
  return lobby_json_object_to_string (metadata);
}

static gboolean
insert_message (LobbyVerb *verb,
                const char *business_id,
                const char *connection_id,
                const char *contact_id,
                const char *conversation_id,
                const char *id,
                const LobbyInboundMessage *message)
{
  g_autofree char *metadata = complete_metadata (verb, connection_id, message);

  if (metadata == NULL
      || !lobby_database_run (verb->database, &verb->error,
                              "INSERT INTO messages (id, business_id, conversation_id, contact_id, connection_id, whatsapp_message_id, outbound, type,"
                              " content, status, metadata, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?)",
                              "ssssssisisll",
                              id, business_id, conversation_id, contact_id, connection_id, message->whatsapp_message_id, (int)message->type,
                              message->content, (int)LOBBY_STATUS_DELIVERED, metadata, creation_time (message), verb->now))
    return FALSE;
  if (message->media_remote_id == NULL && message->media_remote_url == NULL)
    return TRUE;
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO media_jobs (message_id, connection_id, remote_id, remote_url, due_at) VALUES (?, ?, ?, ?, ?)", "ssssl",
                             id, connection_id, message->media_remote_id, message->media_remote_url, verb->now);
}

static gboolean
count_message (LobbyVerb *verb,
               const char *conversation_id,
               const LobbyInboundMessage *message)
{
  int counts = is_conversation (message->type) ? 1 : 0;
  gint64 window = message->type == LOBBY_MESSAGE_SYSTEM ? 0 : message->timestamp + WINDOW_MSEC;

  return lobby_database_run (verb->database, &verb->error,
                             "UPDATE conversations SET unread_count = unread_count + ?1, message_count_in = message_count_in + ?1,"
                             " last_activity_at = max (last_activity_at, ?2), window_expires_at = max (window_expires_at, ?3) WHERE id = ?4",
                             "ills", counts, creation_time (message), window, conversation_id);
}

static gboolean
take_in (LobbyVerb *verb,
         const char *business_id,
         const char *connection_id,
         const LobbyInboundMessage *message)
{
  gint64 created_at = creation_time (message);
  g_autofree char *id = lobby_id_new ();
  g_autofree char *conversation_id = NULL;
  g_autofree char *contact_id = resolve_contact (verb, business_id, message, created_at);

  if (contact_id == NULL)
    return FALSE;
  conversation_id = resolve_conversation (verb, business_id, contact_id, connection_id, created_at);
  return conversation_id != NULL
         && insert_message (verb, business_id, connection_id, contact_id, conversation_id, id, message)
         && count_message (verb, conversation_id, message)
         && lobby_verb_log_message (verb, business_id, id, LOBBY_EVENT_MESSAGE_NEW);
}

static char *
dup_business_of_connection (LobbyVerb *verb,
                            const char *connection_id)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "SELECT business_id FROM connections WHERE id = ?", "s", connection_id);

  if (row != NULL && lobby_statement_step (row, &verb->error))
    return lobby_statement_dup_text (row, 0);
  lobby_verb_not_found (verb, "connection");
  return NULL;
}

static gboolean
lobby_sqlite_storage_receive_message (LobbyStorage *storage,
                                      const char *connection_id,
                                      const LobbyInboundMessage *message,
                                      gboolean *was_new,
                                      GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autofree char *business_id = NULL;
  gboolean is_new;

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  business_id = dup_business_of_connection (&verb, connection_id);
  if (business_id == NULL)
    return FALSE;
  is_new = lobby_database_get_int (verb.database, 0, &verb.error,
                                   "SELECT 1 FROM messages WHERE connection_id = ? AND whatsapp_message_id = ?", "ss",
                                   connection_id, message->whatsapp_message_id)
           == 0;
  if (verb.error != NULL
      || (is_new && !take_in (&verb, business_id, connection_id, message))
      || !lobby_verb_end (&verb))
    return FALSE;
  *was_new = is_new;
  return TRUE;
}

void
lobby_sqlite_inbound_verbs (LobbyStorageInterface *iface)
{
  iface->put_delivery = lobby_sqlite_storage_put_delivery;
  iface->list_deliveries = lobby_sqlite_storage_list_deliveries;
  iface->finish_delivery = lobby_sqlite_storage_finish_delivery;
  iface->receive_message = lobby_sqlite_storage_receive_message;
}
