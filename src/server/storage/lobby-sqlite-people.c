/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-id.h"

#define CONNECTION_COLUMNS                                                                                                  \
  "id, business_id, kind, name, phone_number, graph_url, phone_number_id, waba_id, access_token, app_secret, verify_token," \
  " send_read_receipts, state, reason"

LobbyAgent *
lobby_sqlite_agent_from_row (LobbyStatement *row)
{
  LobbyAgent *agent = g_new0 (LobbyAgent, 1);

  agent->id = lobby_statement_dup_text (row, 0);
  agent->name = lobby_statement_dup_text (row, 1);
  agent->user = lobby_statement_dup_text (row, 2);
  agent->role = lobby_statement_dup_text (row, 3);
  return agent;
}

static LobbyBusiness *
business_from_row (LobbyStatement *row)
{
  LobbyBusiness *business = g_new0 (LobbyBusiness, 1);

  business->id = lobby_statement_dup_text (row, 0);
  business->name = lobby_statement_dup_text (row, 1);
  business->seq = lobby_statement_int (row, 2);
  return business;
}

static LobbyConnection *
connection_from_row (LobbyStatement *row)
{
  LobbyConnection *connection = g_new0 (LobbyConnection, 1);

  connection->id = lobby_statement_dup_text (row, 0);
  connection->business_id = lobby_statement_dup_text (row, 1);
  connection->kind = lobby_statement_dup_text (row, 2);
  connection->name = lobby_statement_dup_text (row, 3);
  connection->phone_number = lobby_statement_dup_text (row, 4);
  connection->graph_url = lobby_statement_dup_text (row, 5);
  connection->phone_number_id = lobby_statement_dup_text (row, 6);
  connection->waba_id = lobby_statement_dup_text (row, 7);
  connection->access_token = lobby_statement_dup_text (row, 8);
  connection->app_secret = lobby_statement_dup_text (row, 9);
  connection->verify_token = lobby_statement_dup_text (row, 10);
  connection->send_read_receipts = lobby_statement_int (row, 11) != 0;
  connection->state = lobby_statement_dup_text (row, 12);
  connection->reason = lobby_statement_dup_text (row, 13);
  return connection;
}

/* TRUE: the last failure was that there is one already. */
static gboolean
exists_already (LobbyVerb *verb,
                const char *what)
{
  if (!g_error_matches (verb->error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_CONSTRAINT))
    return FALSE;
  g_clear_error (&verb->error);
  g_set_error (&verb->error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS, "There is already %s", what);
  return TRUE;
}

static gboolean
add_memberships (LobbyVerb *verb,
                 const char *agent_id,
                 const char *business_id)
{
  if (business_id == NULL)
    return lobby_database_run (verb->database, &verb->error,
                               "INSERT INTO memberships (agent_id, business_id) SELECT ?, id FROM businesses", "s", agent_id);
  if (lobby_database_get_int (verb->database, 0, &verb->error, "SELECT 1 FROM businesses WHERE id = ?", "s", business_id) == 0)
    return lobby_verb_not_found (verb, "business");
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO memberships (agent_id, business_id) VALUES (?, ?)", "ss", agent_id, business_id);
}

static char *
lobby_sqlite_storage_add_agent (LobbyStorage *storage,
                                const char *user,
                                const char *name,
                                const char *role,
                                const char *password_hash,
                                const char *business_id,
                                GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autofree char *id = lobby_id_new ();

  if (!lobby_verb_begin (&verb, storage, error))
    return NULL;
  if (!lobby_database_run (verb.database, &verb.error,
                           "INSERT INTO agents (id, user, name, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?, ?)", "sssssl",
                           id, user, name, role, password_hash, verb.now))
    {
      exists_already (&verb, "an agent with this user name");
      return NULL;
    }
  if (!add_memberships (&verb, id, business_id) || !lobby_verb_end (&verb))
    return NULL;
  return g_steal_pointer (&id);
}

static char *
lobby_sqlite_storage_dup_password_hash (LobbyStorage *storage,
                                        const char *user,
                                        char **agent_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                                         "SELECT password_hash, id FROM agents WHERE user = ?", "s", user);

  if (row != NULL && lobby_statement_step (row, &error))
    {
      *agent_id = lobby_statement_dup_text (row, 1);
      return lobby_statement_dup_text (row, 0);
    }
  lobby_sqlite_log_error (&error);
  return NULL;
}

static LobbyAgent *
lobby_sqlite_storage_get_agent (LobbyStorage *storage,
                                const char *agent_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                                         "SELECT " LOBBY_SQLITE_AGENT_COLUMNS " FROM agents a WHERE a.id = ?", "s", agent_id);

  if (row != NULL && lobby_statement_step (row, &error))
    return lobby_sqlite_agent_from_row (row);
  lobby_sqlite_log_error (&error);
  return NULL;
}

static gboolean
lobby_sqlite_storage_has_agents (LobbyStorage *storage)
{
  g_autoptr (GError) error = NULL;
  gint64 found = lobby_database_get_int (LOBBY_SQLITE_STORAGE (storage)->database, 0, &error, "SELECT 1 FROM agents LIMIT 1", NULL);

  lobby_sqlite_log_error (&error);
  return found != 0;
}

static GPtrArray *
lobby_sqlite_storage_list_agents (LobbyStorage *storage,
                                  const char *business_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  GPtrArray *agents = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_agent_free);

  row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                              "SELECT " LOBBY_SQLITE_AGENT_COLUMNS " FROM agents a"
                              " WHERE ?1 IS NULL OR EXISTS (SELECT 1 FROM memberships s WHERE s.agent_id = a.id AND s.business_id = ?1)"
                              " ORDER BY a.name, a.id",
                              "s", business_id);
  while (row != NULL && lobby_statement_step (row, &error))
    g_ptr_array_add (agents, lobby_sqlite_agent_from_row (row));
  lobby_sqlite_log_error (&error);
  return agents;
}

/* Businesses */

static char *
lobby_sqlite_storage_add_business (LobbyStorage *storage,
                                   const char *name,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autofree char *id = lobby_id_new ();

  if (!lobby_verb_begin (&verb, storage, error)
      || !lobby_database_run (verb.database, &verb.error, "INSERT INTO businesses (id, name, created_at) VALUES (?, ?, ?)", "ssl",
                              id, name, verb.now)
      || !lobby_database_run (verb.database, &verb.error,
                              "INSERT INTO memberships (agent_id, business_id) SELECT id, ? FROM agents WHERE role = 'owner'", "s", id)
      || !lobby_verb_end (&verb))
    return NULL;
  return g_steal_pointer (&id);
}

/* Without an agent: all of them. */
static GPtrArray *
lobby_sqlite_storage_list_businesses (LobbyStorage *storage,
                                      const char *agent_id)
{
  LobbyDatabase *database = LOBBY_SQLITE_STORAGE (storage)->database;
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  GPtrArray *businesses = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_business_free);

  if (agent_id != NULL)
    row = lobby_database_query (database, &error,
                                "SELECT b.id, b.name, b.seq FROM memberships s JOIN businesses b ON b.id = s.business_id"
                                " WHERE s.agent_id = ? ORDER BY b.created_at, b.id",
                                "s", agent_id);
  else
    row = lobby_database_query (database, &error, "SELECT id, name, seq FROM businesses ORDER BY created_at, id", NULL);
  while (row != NULL && lobby_statement_step (row, &error))
    g_ptr_array_add (businesses, business_from_row (row));
  lobby_sqlite_log_error (&error);
  return businesses;
}

static gboolean
lobby_sqlite_storage_agent_may (LobbyStorage *storage,
                                const char *agent_id,
                                const char *business_id)
{
  g_autoptr (GError) error = NULL;
  gint64 found = lobby_database_get_int (LOBBY_SQLITE_STORAGE (storage)->database, 0, &error,
                                         "SELECT 1 FROM memberships WHERE agent_id = ? AND business_id = ?", "ss", agent_id, business_id);

  lobby_sqlite_log_error (&error);
  return found != 0;
}

/* Connections */

static gboolean
insert_connection (LobbyVerb *verb,
                   const char *id,
                   const LobbyConnection *connection)
{
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO connections (" CONNECTION_COLUMNS ", created_at)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                             "sssssssssssissl",
                             id, connection->business_id, connection->kind, connection->name, connection->phone_number,
                             connection->graph_url, connection->phone_number_id, connection->waba_id, connection->access_token,
                             connection->app_secret, connection->verify_token, connection->send_read_receipts ? 1 : 0,
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
  /* One number twice would take in and answer every message twice. */
  if (lobby_database_get_int (verb.database, 0, &verb.error,
                              "SELECT 1 FROM connections WHERE kind = ? AND phone_number_id = ? AND graph_url IS ?", "sss",
                              connection->kind, connection->phone_number_id, connection->graph_url)
      != 0)
    {
      g_set_error_literal (&verb.error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS, "There is already a connection for this number");
      return NULL;
    }
  if (verb.error != NULL || !insert_connection (&verb, id, connection))
    {
      exists_already (&verb, "a connection with this id");
      return NULL;
    }
  return lobby_verb_end (&verb) ? g_steal_pointer (&id) : NULL;
}

static GPtrArray *
lobby_sqlite_storage_list_connections (LobbyStorage *storage,
                                       const char *business_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  GPtrArray *connections = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_connection_free);

  row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                              "SELECT " CONNECTION_COLUMNS " FROM connections WHERE ?1 IS NULL OR business_id = ?1 ORDER BY created_at, id",
                              "s", business_id);
  while (row != NULL && lobby_statement_step (row, &error))
    g_ptr_array_add (connections, connection_from_row (row));
  lobby_sqlite_log_error (&error);
  return connections;
}

static LobbyConnection *
load_connection (LobbyDatabase *database,
                 const char *id,
                 GError **error)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (database, error,
                                                         "SELECT " CONNECTION_COLUMNS " FROM connections WHERE id = ?", "s", id);

  return row != NULL && lobby_statement_step (row, error) ? connection_from_row (row) : NULL;
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
log_connection_state (LobbyVerb *verb,
                      const LobbyConnection *connection,
                      const char *state,
                      const char *reason)
{
  LobbyWireEvent event = { .connection_id = connection->id };

  if (strcmp (state, "connected") == 0)
    event.kind = LOBBY_EVENT_WHATSAPP_CONNECTED;
  else if (strcmp (state, "disconnected") == 0)
    {
      event.kind = LOBBY_EVENT_WHATSAPP_DISCONNECTED;
      event.reason = (char *)reason;
    }
  else
    return TRUE;
  return lobby_verb_log_event (verb, connection->business_id, &event, NULL);
}

static gboolean
lobby_sqlite_storage_set_connection_state (LobbyStorage *storage,
                                           const char *id,
                                           const char *state,
                                           const char *reason,
                                           GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyConnection) connection = NULL;

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  connection = load_connection (verb.database, id, &verb.error);
  if (connection == NULL)
    return lobby_verb_not_found (&verb, "connection");
  if (g_strcmp0 (connection->state, state) != 0 || g_strcmp0 (connection->reason, reason) != 0)
    {
      if (!lobby_database_run (verb.database, &verb.error, "UPDATE connections SET state = ?, reason = ? WHERE id = ?", "sss", state, reason, id)
          || !log_connection_state (&verb, connection, state, reason))
        return FALSE;
    }
  return lobby_verb_end (&verb);
}

void
lobby_sqlite_people_verbs (LobbyStorageInterface *iface)
{
  iface->add_agent = lobby_sqlite_storage_add_agent;
  iface->dup_password_hash = lobby_sqlite_storage_dup_password_hash;
  iface->get_agent = lobby_sqlite_storage_get_agent;
  iface->has_agents = lobby_sqlite_storage_has_agents;
  iface->list_agents = lobby_sqlite_storage_list_agents;
  iface->add_business = lobby_sqlite_storage_add_business;
  iface->list_businesses = lobby_sqlite_storage_list_businesses;
  iface->agent_may = lobby_sqlite_storage_agent_may;
  iface->add_connection = lobby_sqlite_storage_add_connection;
  iface->list_connections = lobby_sqlite_storage_list_connections;
  iface->get_connection = lobby_sqlite_storage_get_connection;
  iface->set_connection_state = lobby_sqlite_storage_set_connection_state;
}
