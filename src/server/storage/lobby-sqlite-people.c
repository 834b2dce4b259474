/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-id.h"

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
                                      const char *agent_id,
                                      GError **error)
{
  LobbyDatabase *database = LOBBY_SQLITE_STORAGE (storage)->database;
  g_autoptr (GError) inner = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  GPtrArray *businesses = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_business_free);

  if (agent_id != NULL)
    row = lobby_database_query (database, &inner,
                                "SELECT b.id, b.name, b.seq FROM memberships s JOIN businesses b ON b.id = s.business_id"
                                " WHERE s.agent_id = ? ORDER BY b.created_at, b.id",
                                "s", agent_id);
  else
    row = lobby_database_query (database, &inner, "SELECT id, name, seq FROM businesses ORDER BY created_at, id", NULL);
  while (row != NULL && lobby_statement_step (row, &inner))
    g_ptr_array_add (businesses, business_from_row (row));
  if (inner != NULL)
    g_clear_pointer (&businesses, g_ptr_array_unref);
  lobby_sqlite_fail_read (error, inner);
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
}
