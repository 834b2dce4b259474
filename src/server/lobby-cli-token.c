/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-cli.h"

#include "lobby-clock.h"

static struct
{
  char *user;
  char *id;
} options;

static void
print_tokens (LobbyStorage *storage,
              const LobbyAgent *agent)
{
  g_autoptr (GPtrArray) tokens = lobby_storage (storage, list_tokens, agent->id);

  for (guint i = 0; i < tokens->len; i++)
    {
      const LobbyToken *token = g_ptr_array_index (tokens, i);
      g_autofree char *created = lobby_clock_format (token->created_at);
      g_autofree char *used = lobby_clock_format (token->last_used_at);
      g_autofree char *device = token->device != NULL ? g_strescape (token->device, NULL) : NULL;

      g_print ("%s  %s  made %s  used %s%s%s\n", token->id, agent->user, created, used,
               device != NULL ? "  " : "", device != NULL ? device : "");
    }
}

static gboolean
run_list (const LobbyCliCommon *common,
          GError **error)
{
  g_autoptr (LobbyStorage) storage = lobby_cli_open_storage (common, error);
  g_autoptr (LobbyAgent) agent = NULL;
  g_autoptr (GPtrArray) agents = NULL;

  if (storage == NULL)
    return FALSE;
  if (options.user != NULL)
    {
      agent = lobby_cli_find_agent (storage, options.user, error);
      if (agent != NULL)
        print_tokens (storage, agent);
      return agent != NULL;
    }
  agents = lobby_storage (storage, list_agents, NULL);
  for (guint i = 0; i < agents->len; i++)
    print_tokens (storage, g_ptr_array_index (agents, i));
  return TRUE;
}

static gboolean
revoke_one (LobbyStorage *storage,
            GError **error)
{
  g_autoptr (LobbyToken) token = lobby_storage (storage, get_token, options.id);

  if (token != NULL)
    return lobby_storage (storage, remove_token, token->hash, error);
  g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_REFUSED, "There is no token %s (see lobbyd token list)", options.id);
  return FALSE;
}

static gboolean
revoke_all_of (LobbyStorage *storage,
               GError **error)
{
  g_autoptr (LobbyAgent) agent = lobby_cli_find_agent (storage, options.user, error);
  g_autoptr (GPtrArray) tokens = agent != NULL ? lobby_storage (storage, list_tokens, agent->id) : NULL;

  for (guint i = 0; tokens != NULL && i < tokens->len; i++)
    {
      const LobbyToken *token = g_ptr_array_index (tokens, i);

      if (!lobby_storage (storage, remove_token, token->hash, error))
        return FALSE;
    }
  return tokens != NULL;
}

static gboolean
run_revoke (const LobbyCliCommon *common,
            GError **error)
{
  g_autoptr (LobbyStorage) storage = NULL;

  if ((options.user == NULL) == (options.id == NULL))
    {
      g_set_error_literal (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "Either --id or --user is needed");
      return FALSE;
    }
  storage = lobby_cli_open_storage (common, error);
  if (storage == NULL
      || !(options.id != NULL ? revoke_one (storage, error) : revoke_all_of (storage, error))
      || !lobby_cli_keep (storage, error))
    return FALSE;
  g_print ("Signed out\n");
  return TRUE;
}

static const GOptionEntry list_entries[] = {
  { "user", 0, 0, G_OPTION_ARG_STRING, &options.user, "Only those of this user", "USER" },
  { NULL },
};

static const GOptionEntry revoke_entries[] = {
  { "id", 0, 0, G_OPTION_ARG_STRING, &options.id, "The token (see lobbyd token list)", "ID" },
  { "user", 0, 0, G_OPTION_ARG_STRING, &options.user, "All tokens of this user", "USER" },
  { NULL },
};

const LobbyCommand lobby_cli_token_list = {
  "token list", "List where people are signed in", NULL, list_entries, run_list
};

const LobbyCommand lobby_cli_token_revoke = {
  "token revoke", "Sign somebody out of one device or of all",
  "Live connections are closed at once. Works while the server runs.", revoke_entries, run_revoke
};
