/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-connection-json.h"
#include "lobby-id.h"

/*
 * The WhatsApp numbers of a business. A removed one keeps its row, because conversations and messages point to it, but not its
 * secrets; nothing finds it any more.
 */

#define SETTINGS_COLUMNS                                                                                                    \
  "id, business_id, kind, name, phone_number, graph_url, phone_number_id, waba_id, access_token, app_secret, verify_token," \
  " gateway_url, gateway_key, gateway_session, webhook_key, send_read_receipts"
#define CONNECTION_COLUMNS SETTINGS_COLUMNS ", state, reason, step, linked_at, last_event_at, webhook_verified_at"

static LobbyConnection *
connection_from_row (LobbyDatabase *database,
                     LobbyStatement *row,
                     GError **error)
{
  LobbyConnection *connection = g_new0 (LobbyConnection, 1);
  char **const texts[] = {
    &connection->id, &connection->business_id, &connection->kind, &connection->name, &connection->phone_number,
    &connection->graph_url, &connection->phone_number_id, &connection->waba_id, &connection->access_token,
    &connection->app_secret, &connection->verify_token, &connection->gateway_url, &connection->gateway_key,
    &connection->gateway_session, &connection->webhook_key
  };
  int column = 0;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    *texts[i] = lobby_statement_dup_text (row, column++);
  connection->send_read_receipts = lobby_statement_int (row, column++) != 0;
  connection->state = lobby_statement_dup_text (row, column++);
  connection->reason = lobby_statement_dup_text (row, column++);
  connection->step = lobby_statement_dup_text (row, column++);
  connection->linked_at = lobby_statement_int (row, column++);
  connection->last_event_at = lobby_statement_int (row, column++);
  connection->webhook_verified_at = lobby_statement_int (row, column++);
  connection->alerts = lobby_sqlite_load_alerts (database, connection->id, error);
  return connection;
}

static LobbyConnection *
load_connection (LobbyDatabase *database,
                 const char *id,
                 GError **error)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (database, error,
                                                         "SELECT " CONNECTION_COLUMNS " FROM connections WHERE id = ? AND removed_at = 0", "s", id);

  return row != NULL && lobby_statement_step (row, error) ? connection_from_row (database, row, error) : NULL;
}

gboolean
lobby_verb_log_connection (LobbyVerb *verb,
                           const char *id)
{
  g_autoptr (LobbyConnection) connection = load_connection (verb->database, id, &verb->error);
  g_autoptr (JsonObject) json = NULL;
  LobbyWireEvent event = { .kind = LOBBY_EVENT_CONNECTION_UPDATED };

  if (connection == NULL)
    return lobby_verb_not_found (verb, "connection");
  json = lobby_connection_to_json (connection, LOBBY_CONNECTION_FOR_AGENTS);
  event.connection = json;
  return lobby_verb_log_event (verb, connection->business_id, &event, NULL);
}

/* One number twice would take in and answer every message twice. */
static gboolean
is_free (LobbyVerb *verb,
         const char *id,
         const LobbyConnection *connection)
{
  gint64 other;

  if (g_strcmp0 (connection->kind, "gateway") == 0)
    other = lobby_database_get_int (verb->database, 0, &verb->error,
                                    "SELECT 1 FROM connections WHERE kind = 'gateway' AND gateway_session = ? AND gateway_url IS ? AND id IS NOT ?"
                                    " AND removed_at = 0",
                                    "sss", connection->gateway_session, connection->gateway_url, id);
  else
    other = lobby_database_get_int (verb->database, 0, &verb->error,
                                    "SELECT 1 FROM connections WHERE kind = ? AND phone_number_id = ? AND graph_url IS ? AND id IS NOT ? AND removed_at = 0",
                                    "ssss", connection->kind, connection->phone_number_id, connection->graph_url, id);
  if (verb->error == NULL && other != 0)
    g_set_error_literal (&verb->error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS, "There is already a connection for this number");
  return verb->error == NULL;
}

static gboolean
insert_connection (LobbyVerb *verb,
                   const char *id,
                   const LobbyConnection *connection)
{
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO connections (" SETTINGS_COLUMNS ", state, reason, created_at)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             "sssssssssssssssissl",
                             id, connection->business_id, connection->kind, connection->name, connection->phone_number,
                             connection->graph_url, connection->phone_number_id, connection->waba_id, connection->access_token,
                             connection->app_secret, connection->verify_token, connection->gateway_url, connection->gateway_key,
                             connection->gateway_session, connection->webhook_key, connection->send_read_receipts ? 1 : 0,
                             connection->state != NULL ? connection->state : "connecting", connection->reason, verb->now);
}

static char *
lobby_sqlite_storage_add_connection (LobbyStorage *storage,
                                     const LobbyConnection *connection,
                                     GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autofree char *id = connection->id != NULL ? g_strdup (connection->id) : lobby_id_new ();

  if (!lobby_verb_begin (&verb, storage, error))
    return NULL;
  if (lobby_database_get_int (verb.database, 0, &verb.error, "SELECT 1 FROM businesses WHERE id = ?", "s", connection->business_id) == 0)
    {
      lobby_verb_not_found (&verb, "business");
      return NULL;
    }
  if (!is_free (&verb, NULL, connection)
      || !insert_connection (&verb, id, connection)
      || !lobby_verb_end (&verb))
    return NULL;
  return g_steal_pointer (&id);
}

static gboolean
lobby_sqlite_storage_tell_connection (LobbyStorage *storage,
                                      const char *id,
                                      GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_verb_log_connection (&verb, id)
         && lobby_verb_end (&verb);
}

static GPtrArray *
lobby_sqlite_storage_list_connections (LobbyStorage *storage,
                                       const char *business_id,
                                       GError **error)
{
  g_autoptr (GError) inner = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  GPtrArray *connections = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_connection_free);

  row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &inner,
                              "SELECT " CONNECTION_COLUMNS " FROM connections WHERE (?1 IS NULL OR business_id = ?1) AND removed_at = 0"
                              " ORDER BY created_at, id",
                              "s", business_id);
  while (row != NULL && lobby_statement_step (row, &inner))
    g_ptr_array_add (connections, connection_from_row (LOBBY_SQLITE_STORAGE (storage)->database, row, &inner));
  /* Whoever takes a part for all of them would take the others off the line. */
  if (inner != NULL)
    g_clear_pointer (&connections, g_ptr_array_unref);
  lobby_sqlite_fail_read (error, inner);
  return connections;
}

static LobbyConnection *
lobby_sqlite_storage_get_connection (LobbyStorage *storage,
                                     const char *id)
{
  g_autoptr (GError) error = NULL;
  LobbyConnection *connection = load_connection (LOBBY_SQLITE_STORAGE (storage)->database, id, &error);

  lobby_sqlite_log_error (&error);
  return connection;
}

static gboolean
lobby_sqlite_storage_update_connection (LobbyStorage *storage,
                                        const LobbyConnection *connection,
                                        GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && is_free (&verb, connection->id, connection)
         && lobby_database_run (verb.database, &verb.error,
                                "UPDATE connections SET name = ?, phone_number = ?, graph_url = ?, phone_number_id = ?, waba_id = ?, access_token = ?,"
                                " app_secret = ?, verify_token = ?, gateway_url = ?, gateway_key = ?, gateway_session = ?, send_read_receipts = ?"
                                " WHERE id = ? AND removed_at = 0",
                                "sssssssssssis",
                                connection->name, connection->phone_number, connection->graph_url, connection->phone_number_id,
                                connection->waba_id, connection->access_token, connection->app_secret, connection->verify_token,
                                connection->gateway_url, connection->gateway_key, connection->gateway_session,
                                connection->send_read_receipts ? 1 : 0, connection->id)
         && lobby_verb_log_connection (&verb, connection->id)
         && lobby_verb_end (&verb);
}

/* Of @sql, which is given @limit: message_id, action, position. Of media jobs the message_id alone. */
static GPtrArray *
list_waiting (LobbyVerb *verb,
              const char *sql,
              guint limit)
{
  GPtrArray *waiting = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_outbound_free);
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error, sql, "l", (gint64)limit);

  while (row != NULL && lobby_statement_step (row, &verb->error))
    {
      LobbyOutbound *outbound = g_new0 (LobbyOutbound, 1);

      outbound->message_id = lobby_statement_dup_text (row, 0);
      outbound->action = (LobbyOutboundAction)lobby_statement_int (row, 1);
      outbound->position = lobby_statement_int (row, 2);
      g_ptr_array_add (waiting, outbound);
    }
  return waiting;
}

static gboolean
lobby_sqlite_storage_end_waiting (LobbyStorage *storage,
                                  guint limit,
                                  gboolean *more,
                                  GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (GPtrArray) outbound = NULL;
  g_autoptr (GPtrArray) jobs = NULL;

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  outbound = list_waiting (&verb,
                           "SELECT q.message_id, q.action, q.position FROM outbound_queue q JOIN connections c ON c.id = q.connection_id"
                           " WHERE c.removed_at <> 0 ORDER BY q.position LIMIT ?",
                           limit);
  for (guint i = 0; verb.error == NULL && i < outbound->len; i++)
    lobby_verb_fail_outbound (&verb, g_ptr_array_index (outbound, i), 0, "Connection removed",
                              "The number that this message was to be sent from was removed", LOBBY_CONSEQUENCE_NONE);
  jobs = list_waiting (&verb,
                       "SELECT j.message_id, 0, 0 FROM media_jobs j JOIN connections c ON c.id = j.connection_id WHERE c.removed_at <> 0 LIMIT ?",
                       limit - outbound->len);
  for (guint i = 0; verb.error == NULL && i < jobs->len; i++)
    lobby_verb_fail_media (&verb, ((LobbyOutbound *)g_ptr_array_index (jobs, i))->message_id, "The number that this file came through was removed");
  *more = outbound->len + jobs->len == limit;
  return verb.error == NULL && lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_remove_connection (LobbyStorage *storage,
                                        const char *id,
                                        GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyConnection) connection = NULL;
  LobbyWireEvent event = { .kind = LOBBY_EVENT_CONNECTION_REMOVED };

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  connection = load_connection (verb.database, id, &verb.error);
  if (connection == NULL)
    return lobby_verb_not_found (&verb, "connection");
  event.connection_id = connection->id;
  return lobby_database_run (verb.database, &verb.error,
                             "UPDATE connections SET removed_at = ?, state = 'disconnected', step = NULL, reason = NULL, linked_at = 0, access_token = NULL,"
                             " app_secret = NULL, verify_token = NULL, gateway_key = NULL, webhook_key = NULL WHERE id = ?",
                             "ls", verb.now, id)
         && lobby_verb_log_event (&verb, connection->business_id, &event, NULL)
         && lobby_verb_end (&verb);
}

static gboolean
log_state (LobbyVerb *verb,
           const LobbyConnection *before,
           const char *state,
           const char *step,
           const char *reason)
{
  LobbyWireEvent event = { .connection_id = before->id };
  gboolean changed = g_strcmp0 (before->state, state) != 0 || g_strcmp0 (before->reason, reason) != 0;

  if (changed && strcmp (state, "connected") == 0)
    event.kind = LOBBY_EVENT_WHATSAPP_CONNECTED;
  else if (changed && strcmp (state, "disconnected") == 0)
    {
      event.kind = LOBBY_EVENT_WHATSAPP_DISCONNECTED;
      event.reason = (char *)reason;
    }
  if (event.kind != LOBBY_EVENT_UNKNOWN && !lobby_verb_log_event (verb, before->business_id, &event, NULL))
    return FALSE;
  /* Those two events say nothing of the step. */
  return (event.kind != LOBBY_EVENT_UNKNOWN && g_strcmp0 (before->step, step) == 0) || lobby_verb_log_connection (verb, before->id);
}

static gboolean
lobby_sqlite_storage_set_connection_state (LobbyStorage *storage,
                                           const char *id,
                                           const char *state,
                                           const char *step,
                                           const char *reason,
                                           GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyConnection) before = NULL;

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  before = load_connection (verb.database, id, &verb.error);
  if (before == NULL)
    return lobby_verb_not_found (&verb, "connection");
  if (g_strcmp0 (before->state, state) != 0 || g_strcmp0 (before->step, step) != 0 || g_strcmp0 (before->reason, reason) != 0)
    {
      if (!lobby_database_run (verb.database, &verb.error, "UPDATE connections SET state = ?, step = ?, reason = ? WHERE id = ?", "ssss",
                               state, step, reason, id)
          || !log_state (&verb, before, state, step, reason))
        return FALSE;
    }
  return lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_set_connection_linked (LobbyStorage *storage,
                                            const char *id,
                                            gint64 linked_at,
                                            const char *phone_number,
                                            GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_database_run (verb.database, &verb.error,
                                "UPDATE connections SET linked_at = ?, phone_number = coalesce (?, phone_number) WHERE id = ? AND removed_at = 0", "lss",
                                linked_at, phone_number, id)
         && lobby_verb_log_connection (&verb, id)
         && lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_heard_connection (LobbyStorage *storage,
                                       const char *id,
                                       gint64 last_event_at,
                                       gint64 webhook_verified_at,
                                       GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_database_run (verb.database, &verb.error,
                                "UPDATE connections SET last_event_at = max (last_event_at, ?), webhook_verified_at = max (webhook_verified_at, ?)"
                                " WHERE id = ?",
                                "lls", last_event_at, webhook_verified_at, id)
         && lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_log_link (LobbyStorage *storage,
                               const char *id,
                               const char *qr,
                               const char *code,
                               GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyConnection) connection = NULL;
  LobbyWireEvent event = {
    .kind = qr != NULL ? LOBBY_EVENT_WHATSAPP_QR : LOBBY_EVENT_WHATSAPP_CODE,
    .connection_id = (char *)id,
    .qr = (char *)qr,
    .code = (char *)code,
  };

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  connection = load_connection (verb.database, id, &verb.error);
  if (connection == NULL)
    return lobby_verb_not_found (&verb, "connection");
  return lobby_verb_log_for_owners (&verb, connection->business_id, &event) && lobby_verb_end (&verb);
}

void
lobby_sqlite_connection_verbs (LobbyStorageInterface *iface)
{
  iface->add_connection = lobby_sqlite_storage_add_connection;
  iface->tell_connection = lobby_sqlite_storage_tell_connection;
  iface->list_connections = lobby_sqlite_storage_list_connections;
  iface->get_connection = lobby_sqlite_storage_get_connection;
  iface->update_connection = lobby_sqlite_storage_update_connection;
  iface->remove_connection = lobby_sqlite_storage_remove_connection;
  iface->end_waiting = lobby_sqlite_storage_end_waiting;
  iface->set_connection_state = lobby_sqlite_storage_set_connection_state;
  iface->set_connection_linked = lobby_sqlite_storage_set_connection_linked;
  iface->heard_connection = lobby_sqlite_storage_heard_connection;
  iface->log_link = lobby_sqlite_storage_log_link;
}
