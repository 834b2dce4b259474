/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-cli.h"

#include <string.h>
#include <unistd.h>

static struct
{
  char *user;
  char *name;
  char *role;
  char *business;
  char *password_file;
  gboolean password_stdin;
} options;

static gboolean
check_role (const char *role,
            GError **error)
{
  if (strcmp (role, "agent") == 0 || strcmp (role, "owner") == 0)
    return TRUE;
  g_set_error_literal (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "--role is agent or owner");
  return FALSE;
}

static gboolean
run_add (const LobbyCliCommon *common,
         GError **error)
{
  g_autoptr (LobbyStorage) storage = lobby_cli_open_storage (common, error);
  gboolean may_ask = isatty (STDIN_FILENO);
  const char *role = options.role != NULL ? options.role : "agent";
  g_autofree char *password_hash = NULL;
  g_autofree char *id = NULL;

  if (storage == NULL)
    return FALSE;
  if (!check_role (role, error)
      || !lobby_cli_need (&options.user, "user", "User name", may_ask, error)
      || !lobby_cli_need (&options.name, "name", "Full name", may_ask, error))
    return FALSE;
  password_hash = lobby_cli_password_hash (options.password_file, options.password_stdin, may_ask, error);
  if (password_hash == NULL)
    return FALSE;
  id = lobby_storage (storage, add_agent, options.user, options.name, role, password_hash, options.business, error);
  if (id == NULL || !lobby_cli_keep (storage, error))
    return FALSE;
  g_print ("Added %s, who can sign in now: %s\n", options.user, id);
  return TRUE;
}

/* Of a server that was set up, with an agent of it. */
static LobbyAgent *
open_agent (const LobbyCliCommon *common,
            LobbyStorage **storage,
            GError **error)
{
  *storage = lobby_cli_open_storage (common, error);
  if (*storage == NULL || !lobby_cli_need (&options.user, "user", "User name", isatty (STDIN_FILENO), error))
    return NULL;
  return lobby_cli_find_agent (*storage, options.user, error);
}

static gboolean
run_remove (const LobbyCliCommon *common,
            GError **error)
{
  g_autoptr (LobbyStorage) storage = NULL;
  g_autoptr (LobbyAgent) agent = open_agent (common, &storage, error);

  if (agent == NULL || !lobby_storage (storage, remove_agent, agent->id, error) || !lobby_cli_keep (storage, error))
    return FALSE;
  g_print ("Removed %s, who is signed out everywhere\n", agent->user);
  return TRUE;
}

static gboolean
run_password (const LobbyCliCommon *common,
              GError **error)
{
  g_autoptr (LobbyStorage) storage = NULL;
  g_autoptr (LobbyAgent) agent = open_agent (common, &storage, error);
  g_autofree char *hash = NULL;

  if (agent == NULL)
    return FALSE;
  hash = lobby_cli_password_hash (options.password_file, options.password_stdin, isatty (STDIN_FILENO), error);
  if (hash == NULL || !lobby_storage (storage, set_password, agent->id, hash, error) || !lobby_cli_keep (storage, error))
    return FALSE;
  g_print ("Changed the password of %s, who is signed out everywhere\n", agent->user);
  return TRUE;
}

static gboolean
run_role (const LobbyCliCommon *common,
          GError **error)
{
  g_autoptr (LobbyStorage) storage = NULL;
  g_autoptr (LobbyAgent) agent = NULL;

  if (options.role == NULL)
    {
      g_set_error_literal (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "--role is needed");
      return FALSE;
    }
  agent = check_role (options.role, error) ? open_agent (common, &storage, error) : NULL;
  if (agent == NULL || !lobby_storage (storage, set_role, agent->id, options.role, error) || !lobby_cli_keep (storage, error))
    return FALSE;
  g_print ("%s is %s now\n", agent->user, strcmp (options.role, "owner") == 0 ? "an owner" : "an agent");
  return TRUE;
}

static gboolean
run_list (const LobbyCliCommon *common,
          GError **error)
{
  g_autoptr (LobbyStorage) storage = lobby_cli_open_storage (common, error);
  g_autoptr (GPtrArray) businesses = NULL;

  if (storage == NULL)
    return FALSE;
  businesses = lobby_storage (storage, list_businesses, NULL, error);
  for (guint i = 0; businesses != NULL && i < businesses->len; i++)
    {
      const LobbyBusiness *business = g_ptr_array_index (businesses, i);
      g_autoptr (GPtrArray) agents = lobby_storage (storage, list_agents, business->id);

      g_print ("%s  %s\n", business->id, business->name);
      for (guint j = 0; j < agents->len; j++)
        {
          const LobbyAgent *agent = g_ptr_array_index (agents, j);

          g_print ("  %s  %-5s  %s (%s)\n", agent->id, agent->role, agent->user, agent->name);
        }
    }
  return businesses != NULL;
}

static const GOptionEntry add_entries[] = {
  { "user", 0, 0, G_OPTION_ARG_STRING, &options.user, "User name to sign in with", "USER" },
  { "name", 0, 0, G_OPTION_ARG_STRING, &options.name, "Full name, as colleagues see it", "NAME" },
  { "role", 0, 0, G_OPTION_ARG_STRING, &options.role, "agent (the default) or owner", "ROLE" },
  { "business", 0, 0, G_OPTION_ARG_STRING, &options.business, "Only this business (see lobbyd user list); the default is all", "ID" },
  { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &options.password_file, "Read the password from the first line of FILE (- is standard input)", "FILE" },
  { "password-stdin", 0, 0, G_OPTION_ARG_NONE, &options.password_stdin, "The same as --password-file -", NULL },
  { NULL },
};

static const GOptionEntry list_entries[] = { { NULL } };

static const GOptionEntry remove_entries[] = {
  { "user", 0, 0, G_OPTION_ARG_STRING, &options.user, "User name of who is to go", "USER" },
  { NULL },
};

static const GOptionEntry password_entries[] = {
  { "user", 0, 0, G_OPTION_ARG_STRING, &options.user, "User name", "USER" },
  { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &options.password_file, "Read the new password from the first line of FILE (- is standard input)", "FILE" },
  { "password-stdin", 0, 0, G_OPTION_ARG_NONE, &options.password_stdin, "The same as --password-file -", NULL },
  { NULL },
};

static const GOptionEntry role_entries[] = {
  { "user", 0, 0, G_OPTION_ARG_STRING, &options.user, "User name", "USER" },
  { "role", 0, 0, G_OPTION_ARG_STRING, &options.role, "agent or owner; an owner sees every business", "ROLE" },
  { NULL },
};

const LobbyCommand lobby_cli_user_add = {
  "user add", "Add somebody who may sign in", "Asks for what is not given. Works while the server runs.", add_entries, run_add
};

const LobbyCommand lobby_cli_user_list = {
  "user list", "List businesses and who may sign in", NULL, list_entries, run_list
};

const LobbyCommand lobby_cli_user_remove = {
  "user remove", "Remove somebody, signed out everywhere at once",
  "What was written stays in the history. The last owner cannot be removed. Works while the server runs.", remove_entries, run_remove
};

const LobbyCommand lobby_cli_user_password = {
  "user password", "Set a new password, and sign out everywhere", "Asks for what is not given. Works while the server runs.", password_entries, run_password
};

const LobbyCommand lobby_cli_user_role = {
  "user role", "Make somebody an owner or an agent", "The last owner stays one. Works while the server runs.", role_entries, run_role
};
