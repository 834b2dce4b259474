/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-cli.h"

#include <unistd.h>

#include "lobby-sqlite-storage.h"

static struct
{
  gboolean non_interactive;
  char *business;
  char *user;
  char *name;
  char *password_file;
  gboolean password_stdin;
} options;

static gboolean
may_ask (void)
{
  return !options.non_interactive && isatty (STDIN_FILENO);
}

static gboolean
add_owner (LobbyStorage *storage,
           const char *password_hash,
           GError **error)
{
  g_autofree char *business = lobby_storage (storage, add_business, options.business, error);
  g_autofree char *owner = NULL;

  if (business == NULL)
    return FALSE;
  owner = lobby_storage (storage, add_agent, options.user, options.name, "owner", password_hash, business, error);
  return owner != NULL && lobby_cli_keep (storage, error);
}

static gboolean
run (const LobbyCliCommon *common,
     GError **error)
{
  g_autoptr (LobbyConfig) config = lobby_config_load (common->config, common->listen, common->data, TRUE, error);
  g_autoptr (LobbySqliteStorage) storage = NULL;
  g_autofree char *password_hash = NULL;

  if (config == NULL)
    return FALSE;
  storage = lobby_sqlite_storage_open (config->data_folder, error);
  if (storage == NULL)
    return FALSE;
  if (lobby_storage (LOBBY_STORAGE (storage), has_agents))
    {
      g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_REFUSED, "The server in %s is set up already. More people: lobbyd user add", config->data_folder);
      return FALSE;
    }
  if (!lobby_cli_need (&options.business, "business", "Name of the business", may_ask (), error)
      || !lobby_cli_need (&options.user, "user", "User name of the owner", may_ask (), error)
      || !lobby_cli_need (&options.name, "name", "Full name of the owner", may_ask (), error))
    return FALSE;
  password_hash = lobby_cli_password_hash (options.password_file, options.password_stdin, may_ask (), error);
  if (password_hash == NULL)
    return FALSE;
  if (!config->exists && !lobby_config_write (config, common->listen, common->data, error))
    return FALSE;
  if (!add_owner (LOBBY_STORAGE (storage), password_hash, error))
    return FALSE;
  g_print ("The server is set up: data in %s, settings in %s.\n"
           "Start it: lobbyd --config %s\n"
           "Then add a WhatsApp number: lobbyd connection add --help\n",
           config->data_folder, config->path, config->path);
  return TRUE;
}

static const GOptionEntry entries[] = {
  { "business", 0, 0, G_OPTION_ARG_STRING, &options.business, "Name of the business", "NAME" },
  { "user", 0, 0, G_OPTION_ARG_STRING, &options.user, "User name of the owner, to sign in with", "USER" },
  { "name", 0, 0, G_OPTION_ARG_STRING, &options.name, "Full name of the owner, as colleagues see it", "NAME" },
  { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &options.password_file, "Read the password from the first line of FILE (- is standard input)", "FILE" },
  { "password-stdin", 0, 0, G_OPTION_ARG_NONE, &options.password_stdin, "The same as --password-file -", NULL },
  { "non-interactive", 0, 0, G_OPTION_ARG_NONE, &options.non_interactive, "Ask nothing; fail when something is missing", NULL },
  { NULL },
};

const LobbyCommand lobby_cli_setup = {
  "setup", "Make the data folder, the settings file and the owner",
  "Asks for what is not given. Does nothing to a server that is set up already.", entries, run
};
