/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-id.h"

/* Who may come in: tokens, passwords, roles. */

#define TOKEN_COLUMNS "id, hash, agent_id, device, created_at, last_used_at"
/* A use that is noted costs a commit. */
#define USE_NOTED_MSEC (5 * 60 * 1000)

/* Tokens */

static LobbyToken *
token_from_row (LobbyStatement *row)
{
  LobbyToken *token = g_new0 (LobbyToken, 1);

  token->id = lobby_statement_dup_text (row, 0);
  token->hash = lobby_statement_dup_text (row, 1);
  token->agent_id = lobby_statement_dup_text (row, 2);
  token->device = lobby_statement_dup_text (row, 3);
  token->created_at = lobby_statement_int (row, 4);
  token->last_used_at = lobby_statement_int (row, 5);
  return token;
}

static void
lobby_sqlite_storage_add_token (LobbyStorage *storage,
                                const char *agent_id,
                                const char *token_hash,
                                const char *device,
                                GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autofree char *id = lobby_id_new ();

  if (lobby_verb_begin (&verb, storage, error)
      && lobby_database_run (verb.database, &verb.error, "INSERT INTO tokens (" TOKEN_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?)", "ssssll",
                             id, token_hash, agent_id, device, verb.now, verb.now))
    lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_remove_token (LobbyStorage *storage,
                                   const char *token_hash,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_database_run (verb.database, &verb.error, "DELETE FROM tokens WHERE hash = ?", "s", token_hash)
         && lobby_verb_end (&verb);
}

/* Whoever may come in does so on a full disk, too. */
static void
note_use (LobbyStorage *storage,
          const char *token_hash)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (GError) error = NULL;

  if (lobby_verb_begin (&verb, storage, &error)
      && lobby_database_run (verb.database, &verb.error, "UPDATE tokens SET last_used_at = ? WHERE hash = ?", "ls", verb.now, token_hash))
    lobby_verb_end (&verb);
}

static LobbyAgent *
lobby_sqlite_storage_find_agent_by_token (LobbyStorage *storage,
                                          const char *token_hash,
                                          GError **error)
{
  g_autoptr (GError) inner = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &inner,
                                                         "SELECT " LOBBY_SQLITE_AGENT_COLUMNS ", t.last_used_at"
                                                         " FROM tokens t JOIN agents a ON a.id = t.agent_id WHERE t.hash = ?",
                                                         "s", token_hash);
  LobbyAgent *agent = NULL;

  if (row != NULL && lobby_statement_step (row, &inner))
    {
      agent = lobby_sqlite_agent_from_row (row);
      if (lobby_statement_int (row, 4) < lobby_clock_now () - USE_NOTED_MSEC)
        {
          g_clear_pointer (&row, lobby_statement_free);
          note_use (storage, token_hash);
        }
    }
  lobby_sqlite_fail_read (error, inner);
  return agent;
}

/* Takes @row, which may be NULL. */
static GPtrArray *
collect_tokens (LobbyStatement *row,
                GError *failure)
{
  g_autoptr (LobbyStatement) rows = row;
  g_autoptr (GError) error = failure;
  GPtrArray *tokens = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_token_free);

  while (rows != NULL && lobby_statement_step (rows, &error))
    g_ptr_array_add (tokens, token_from_row (rows));
  lobby_sqlite_log_error (&error);
  return tokens;
}

static LobbyToken *
lobby_sqlite_storage_get_token (LobbyStorage *storage,
                                const char *id)
{
  GError *error = NULL;
  LobbyStatement *row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                              "SELECT " TOKEN_COLUMNS " FROM tokens WHERE id = ?", "s", id);
  g_autoptr (GPtrArray) tokens = collect_tokens (row, error);

  return tokens->len > 0 ? g_ptr_array_steal_index (tokens, 0) : NULL;
}

static GPtrArray *
lobby_sqlite_storage_list_tokens (LobbyStorage *storage,
                                  const char *agent_id)
{
  GError *error = NULL;
  LobbyStatement *row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                              "SELECT " TOKEN_COLUMNS " FROM tokens WHERE agent_id = ? ORDER BY last_used_at DESC, id", "s", agent_id);

  return collect_tokens (row, error);
}

static GPtrArray *
lobby_sqlite_storage_list_unused_tokens (LobbyStorage *storage,
                                         gint64 before,
                                         guint limit)
{
  GError *error = NULL;
  LobbyStatement *row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                              "SELECT " TOKEN_COLUMNS " FROM tokens WHERE last_used_at < ? ORDER BY last_used_at LIMIT ?", "ll",
                                              before, (gint64)limit);

  return collect_tokens (row, error);
}

/* Agents */

static LobbyAgent *
lobby_sqlite_storage_find_agent_by_user (LobbyStorage *storage,
                                         const char *user)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                                         "SELECT " LOBBY_SQLITE_AGENT_COLUMNS " FROM agents a WHERE a.user = ?", "s", user);

  if (row != NULL && lobby_statement_step (row, &error))
    return lobby_sqlite_agent_from_row (row);
  lobby_sqlite_log_error (&error);
  return NULL;
}

static gboolean
changed_one (LobbyVerb *verb)
{
  return lobby_database_changes (verb->database) == 1 || lobby_verb_not_found (verb, "agent");
}

static gboolean
lobby_sqlite_storage_set_password (LobbyStorage *storage,
                                   const char *agent_id,
                                   const char *password_hash,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_database_run (verb.database, &verb.error, "UPDATE agents SET password_hash = ? WHERE id = ?", "ss", password_hash, agent_id)
         && changed_one (&verb)
         && lobby_database_run (verb.database, &verb.error, "DELETE FROM tokens WHERE agent_id = ?", "s", agent_id)
         && lobby_verb_end (&verb);
}

/* FALSE when @agent_id is the only owner there is. */
static gboolean
leaves_an_owner (LobbyVerb *verb,
                 const char *agent_id)
{
  gint64 others = lobby_database_get_int (verb->database, 0, &verb->error,
                                          "SELECT count(*) FROM agents WHERE role = 'owner' AND id <> ?", "s", agent_id);

  if (others == 0 && verb->error == NULL)
    g_set_error_literal (&verb->error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_LAST_OWNER, "This is the last owner; make somebody else an owner first");
  return others > 0;
}

static gboolean
lobby_sqlite_storage_remove_agent (LobbyStorage *storage,
                                   const char *agent_id,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  /* Tokens and memberships go with it. */
  return lobby_verb_begin (&verb, storage, error)
         && leaves_an_owner (&verb, agent_id)
         && lobby_database_run (verb.database, &verb.error, "DELETE FROM agents WHERE id = ?", "s", agent_id)
         && changed_one (&verb)
         && lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_set_role (LobbyStorage *storage,
                               const char *agent_id,
                               const char *role,
                               GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  gboolean owner = strcmp (role, "owner") == 0;

  return lobby_verb_begin (&verb, storage, error)
         && (owner || leaves_an_owner (&verb, agent_id))
         && lobby_database_run (verb.database, &verb.error, "UPDATE agents SET role = ? WHERE id = ?", "ss", role, agent_id)
         && changed_one (&verb)
         && (!owner
             || lobby_database_run (verb.database, &verb.error,
                                    "INSERT INTO memberships (agent_id, business_id) SELECT ?, id FROM businesses WHERE TRUE ON CONFLICT DO NOTHING",
                                    "s", agent_id))
         && lobby_verb_end (&verb);
}

void
lobby_sqlite_account_verbs (LobbyStorageInterface *iface)
{
  iface->add_token = lobby_sqlite_storage_add_token;
  iface->remove_token = lobby_sqlite_storage_remove_token;
  iface->find_agent_by_token = lobby_sqlite_storage_find_agent_by_token;
  iface->get_token = lobby_sqlite_storage_get_token;
  iface->list_tokens = lobby_sqlite_storage_list_tokens;
  iface->list_unused_tokens = lobby_sqlite_storage_list_unused_tokens;
  iface->find_agent_by_user = lobby_sqlite_storage_find_agent_by_user;
  iface->set_password = lobby_sqlite_storage_set_password;
  iface->remove_agent = lobby_sqlite_storage_remove_agent;
  iface->set_role = lobby_sqlite_storage_set_role;
}
