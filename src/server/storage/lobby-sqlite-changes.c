/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include "lobby-clock.h"
#include "lobby-json.h"

/*
 * What is told about a message after it, or before it: edits and revocations by who wrote it, and replies and reactions that came
 * before what they are about. Webhooks have no order, so what has no message yet waits for it. The newest edit holds,
 * and nothing follows a revocation.
 */

static gint64
time_member (const LobbyWireMessage *message,
             const char *name)
{
  const char *text = lobby_json_get_string (message->metadata, name, 64);
  gint64 at;

  return text != NULL && lobby_clock_parse (text, &at) ? at : 0;
}

/* Nothing of what it said stays, in no member and as no file. */
static void
forget_metadata (LobbyWireMessage *message,
                 const char *revoked_at)
{
  static const char *const kept[] = { "status_times", "echo", "history" };
  JsonObject *left = json_object_new ();

  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    if (json_object_has_member (message->metadata, kept[i]))
      json_object_set_member (left, kept[i], json_node_copy (json_object_get_member (message->metadata, kept[i])));
  json_object_set_string_member (left, "revoked_at", revoked_at);
  json_object_unref (message->metadata);
  message->metadata = left;
}

gboolean
lobby_verb_finish_change (LobbyVerb *verb,
                          LobbyWireMessage *message,
                          LobbyOutboundAction action,
                          const char *text,
                          gint64 at)
{
  gboolean edited = action == LOBBY_OUTBOUND_EDIT;
  g_autofree char *business_id = lobby_verb_dup_business (verb, message->conversation_id);
  g_autofree char *time = lobby_clock_format (at);

  if (business_id == NULL)
    return FALSE;
  g_set_str (&message->content, edited ? text : NULL);
  if (edited)
    {
      json_object_remove_member (message->metadata, "change");
      json_object_set_string_member (message->metadata, "edited_at", time);
    }
  else
    {
      forget_metadata (message, time);
      if (!lobby_database_run (verb->database, &verb->error, "UPDATE messages SET media_sha256 = NULL WHERE id = ?", "s", message->id)
          || !lobby_database_run (verb->database, &verb->error, "DELETE FROM media_jobs WHERE message_id = ?", "s", message->id))
        return FALSE;
    }
  return lobby_database_run (verb->database, &verb->error, "UPDATE messages SET content = ? WHERE id = ?", "ss", message->content, message->id)
         && lobby_verb_save_message (verb, message)
         && lobby_verb_log_message (verb, business_id, message->id, LOBBY_EVENT_MESSAGE_UPDATED);
}

static gboolean
apply_change (LobbyVerb *verb,
              LobbyWireMessage *message,
              const LobbyInboundChange *change)
{
  if (time_member (message, "revoked_at") != 0)
    return TRUE;
  if (!change->revoke && (change->timestamp < time_member (message, "edited_at") || g_strcmp0 (change->content, message->content) == 0))
    return TRUE;
  return lobby_verb_finish_change (verb, message, change->revoke ? LOBBY_OUTBOUND_REVOKE : LOBBY_OUTBOUND_EDIT, change->content, change->timestamp);
}

static gboolean
keep_for_later (LobbyVerb *verb,
                const char *connection_id,
                const LobbyInboundChange *change)
{
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO pending_changes (connection_id, whatsapp_message_id, outbound, revoke, content, timestamp, arrived_at)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET revoke = excluded.revoke, content = excluded.content,"
                             " timestamp = excluded.timestamp"
                             " WHERE (excluded.revoke, excluded.timestamp) >= (pending_changes.revoke, pending_changes.timestamp)",
                             "ssiisll",
                             connection_id, change->whatsapp_message_id, (int)change->outbound, (int)change->revoke,
                             change->revoke ? NULL : change->content, change->timestamp, verb->now);
}

/* Early ones */

static gboolean
apply_early_change (LobbyVerb *verb,
                    LobbyWireMessage *message)
{
  g_autoptr (LobbyInboundChange) change = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "DELETE FROM pending_changes WHERE connection_id = ? AND whatsapp_message_id = ? AND outbound = ?"
                                                         " RETURNING revoke, content, timestamp",
                                                         "ssi", message->connection_id, message->whatsapp_message_id, (int)message->outbound);

  if (row == NULL || !lobby_statement_step (row, &verb->error))
    return verb->error == NULL;
  change = g_new0 (LobbyInboundChange, 1);
  change->revoke = lobby_statement_int (row, 0) != 0;
  change->content = lobby_statement_dup_text (row, 1);
  change->timestamp = lobby_statement_int (row, 2);
  g_clear_pointer (&row, lobby_statement_free);
  return apply_change (verb, message, change);
}

static GPtrArray *
take_references (LobbyVerb *verb,
                 const LobbyWireMessage *message)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "DELETE FROM pending_references WHERE connection_id = ? AND whatsapp_message_id = ? RETURNING message_id",
                                                         "ss", message->connection_id, message->whatsapp_message_id);

  while (row != NULL && lobby_statement_step (row, &verb->error))
    g_ptr_array_add (ids, lobby_statement_dup_text (row, 0));
  return ids;
}

static gboolean
apply_early_references (LobbyVerb *verb,
                        const char *business_id,
                        const LobbyWireMessage *message)
{
  g_autoptr (GPtrArray) ids = take_references (verb, message);

  for (guint i = 0; i < ids->len && verb->error == NULL; i++)
    {
      g_autoptr (LobbyWireMessage) referring = lobby_verb_load_message (verb, g_ptr_array_index (ids, i));
      JsonObject *reaction;

      if (referring == NULL)
        return FALSE;
      reaction = lobby_json_get_object (referring->metadata, "reaction");
      if (reaction != NULL)
        json_object_set_string_member (reaction, "message_id", message->id);
      else if (json_object_has_member (referring->metadata, "quoted"))
        lobby_sqlite_set_quote (referring->metadata, message->whatsapp_message_id, message);
      if (!lobby_verb_save_message (verb, referring)
          || !lobby_verb_log_message (verb, business_id, referring->id, LOBBY_EVENT_MESSAGE_UPDATED))
        return FALSE;
    }
  return verb->error == NULL;
}

gboolean
lobby_verb_has_early (LobbyVerb *verb,
                      const char *connection_id,
                      const char *whatsapp_message_id)
{
  return lobby_database_get_int (verb->database, 0, &verb->error,
                                 "SELECT EXISTS (SELECT 1 FROM pending_changes WHERE connection_id = ?1 AND whatsapp_message_id = ?2)"
                                 " OR EXISTS (SELECT 1 FROM pending_references WHERE connection_id = ?1 AND whatsapp_message_id = ?2)"
                                 " OR EXISTS (SELECT 1 FROM pending_statuses WHERE connection_id = ?1 AND whatsapp_message_id = ?2)",
                                 "ss", connection_id, whatsapp_message_id)
         != 0;
}

gboolean
lobby_verb_apply_early (LobbyVerb *verb,
                        const char *business_id,
                        LobbyWireMessage *message)
{
  return (!message->outbound || lobby_verb_apply_statuses (verb, business_id, message))
         && apply_early_change (verb, message)
         && apply_early_references (verb, business_id, message);
}

gboolean
lobby_verb_keep_reference (LobbyVerb *verb,
                           const char *connection_id,
                           const char *whatsapp_message_id,
                           const char *message_id)
{
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO pending_references (connection_id, whatsapp_message_id, message_id, arrived_at) VALUES (?, ?, ?, ?)"
                             " ON CONFLICT DO NOTHING",
                             "sssl", connection_id, whatsapp_message_id, message_id, verb->now);
}

static gboolean
lobby_sqlite_storage_receive_change (LobbyStorage *storage,
                                     const char *connection_id,
                                     const LobbyInboundChange *change,
                                     GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireMessage) message = NULL;

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  message = lobby_sqlite_find_message (verb.database, connection_id, change->whatsapp_message_id, &verb.error);
  if (verb.error != NULL)
    return FALSE;
  if (message == NULL)
    return keep_for_later (&verb, connection_id, change) && lobby_verb_end (&verb);
  /* Nobody changes what another one wrote. */
  if (!message->outbound != !change->outbound)
    return lobby_verb_end (&verb);
  return apply_change (&verb, message, change) && lobby_verb_end (&verb);
}

void
lobby_sqlite_change_verbs (LobbyStorageInterface *iface)
{
  iface->receive_change = lobby_sqlite_storage_receive_change;
}
