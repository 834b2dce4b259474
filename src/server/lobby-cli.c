/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-cli.h"

#include <string.h>

#include "lobby-password.h"
#include "lobby-secret-input.h"
#include "lobby-sqlite-storage.h"

G_DEFINE_QUARK (lobby-cli-error-quark, lobby_cli_error)

LobbyStorage *
lobby_cli_open_storage (const LobbyCliCommon *common,
                        GError **error)
{
  g_autoptr (LobbyConfig) config = lobby_config_load (common->config, common->listen, common->data, FALSE, error);
  g_autofree char *path = NULL;
  g_autoptr (LobbyStorage) storage = NULL;

  if (config == NULL)
    return NULL;
  path = g_build_filename (config->data_folder, "lobby.db", NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      storage = (LobbyStorage *)lobby_sqlite_storage_open (config->data_folder, error);
      if (storage == NULL)
        return NULL;
    }
  if (storage == NULL || !lobby_storage (storage, has_agents))
    {
      g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_REFUSED, "There is no server in %s yet. Run \"lobbyd setup\" first", config->data_folder);
      return NULL;
    }
  return g_steal_pointer (&storage);
}

LobbyConfig *
lobby_cli_find_data (const LobbyCliCommon *common,
                     GError **error)
{
  g_autoptr (LobbyConfig) config = lobby_config_load (common->config, common->listen, common->data, FALSE, error);
  g_autofree char *path = config != NULL ? g_build_filename (config->data_folder, "lobby.db", NULL) : NULL;

  if (config == NULL)
    return NULL;
  if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&config);
  g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_REFUSED, "There is no server in %s", config->data_folder);
  return NULL;
}

LobbyAgent *
lobby_cli_find_agent (LobbyStorage *storage,
                      const char *user,
                      GError **error)
{
  LobbyAgent *agent = lobby_storage (storage, find_agent_by_user, user);

  if (agent == NULL)
    g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_REFUSED, "There is no user %s (see lobbyd user list)", user);
  return agent;
}

gboolean
lobby_cli_keep (LobbyStorage *storage,
                GError **error)
{
  return lobby_storage (storage, flush, error);
}

char *
lobby_cli_password_hash (const char *file,
                         gboolean from_stdin,
                         gboolean may_ask,
                         GError **error)
{
  g_autofree char *password = NULL;
  char *hash;

  if (file != NULL || from_stdin)
    password = lobby_secret_input_read (file != NULL ? file : "-", "password", error);
  else if (may_ask)
    password = lobby_secret_input_prompt ("Password", TRUE, TRUE, error);
  else
    g_set_error_literal (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "--password-file is needed");
  if (password == NULL)
    return NULL;
  if (g_utf8_strlen (password, -1) < LOBBY_PASSWORD_MIN || strlen (password) > LOBBY_PASSWORD_MAX)
    {
      g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_REFUSED, "A password must have at least %d characters, and at most %d bytes",
                   LOBBY_PASSWORD_MIN, LOBBY_PASSWORD_MAX);
      return NULL;
    }
  hash = lobby_password_hash (password);
  explicit_bzero (password, strlen (password));
  if (hash == NULL)
    g_set_error_literal (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_REFUSED, "There is not enough memory to hash a password");
  return hash;
}

gboolean
lobby_cli_need (char **value,
                const char *option,
                const char *prompt,
                gboolean may_ask,
                GError **error)
{
  if (*value == NULL && may_ask)
    *value = lobby_secret_input_prompt (prompt, FALSE, FALSE, error);
  else if (*value != NULL)
    g_strstrip (*value);
  if (*value != NULL && **value != '\0' && strlen (*value) <= LOBBY_WIRE_MAX_NAME)
    return TRUE;
  if (error != NULL && *error == NULL)
    g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "--%s is needed", option);
  return FALSE;
}
