/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-cli.h"

#include <string.h>
#include <unistd.h>

#include "lobby-connection-settings.h"
#include "lobby-secret-input.h"

static struct
{
  char *id;
  char *name;
  char *graph_url;
  char *phone_number_id;
  char *waba;
  char *number;
  char *token_file;
  char *app_secret_file;
  char *gateway_url;
  char *gateway_key_file;
  char *session;
  gboolean secrets_stdin;
  char *verify_token;
  char *business;
  gboolean no_read_receipts;
  gboolean read_receipts;
} options;

/* What a setting is called here. */
static const char *
option_of (const char *field)
{
  static const char *const names[][2] = {
    { "name", "--name" },
    { "phone_number", "--number" },
    { "phone_number_id", "--phone-number-id" },
    { "waba_id", "--waba" },
    { "access_token", "--token-file" },
    { "app_secret", "--app-secret-file" },
    { "verify_token", "--verify-token" },
    { "graph_url", "--graph-url" },
    { "gateway_url", "--gateway-url" },
    { "gateway_key", "--gateway-key-file" },
    { "session", "--session" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i][0], field) == 0)
      return names[i][1];
  return field;
}

static gboolean
complete (LobbyConnection *connection,
          GError **error)
{
  g_auto (LobbySettingProblem) problem = { NULL };

  if (lobby_connection_complete (connection, &problem))
    return TRUE;
  g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "%s: %s", option_of (problem.field), problem.message);
  return FALSE;
}

static char *
read_secret (const char *file,
             const char *option,
             const char *what,
             const char *prompt,
             GError **error)
{
  if (file == NULL && options.secrets_stdin)
    file = "-";
  if (file != NULL)
    return lobby_secret_input_read (file, what, error);
  if (isatty (STDIN_FILENO))
    return lobby_secret_input_prompt (prompt, TRUE, FALSE, error);
  g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "--%s is needed", option);
  return NULL;
}

static char *
chosen_business (LobbyStorage *storage,
                 GError **error)
{
  g_autoptr (GPtrArray) businesses = NULL;

  if (options.business != NULL)
    return g_strdup (options.business);
  businesses = lobby_storage (storage, list_businesses, NULL, error);
  if (businesses == NULL)
    return NULL;
  if (businesses->len == 1)
    return g_strdup (((LobbyBusiness *)g_ptr_array_index (businesses, 0))->id);
  g_set_error_literal (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "There is more than one business; --business is needed (see lobbyd user list)");
  return NULL;
}

/* Asks for what is missing and can be asked for. */
static gboolean
need_settings (gboolean is_gateway,
               GError **error)
{
  gboolean may_ask = isatty (STDIN_FILENO) && !options.secrets_stdin;

  if (!lobby_cli_need (&options.name, "name", "Name of the connection", may_ask, error))
    return FALSE;
  return is_gateway
         || (lobby_cli_need (&options.number, "number", "Phone number", may_ask, error)
             && lobby_cli_need (&options.phone_number_id, "phone-number-id", "Phone number ID (from Meta's API setup page)", may_ask, error)
             && lobby_cli_need (&options.waba, "waba", "WhatsApp Business Account ID", may_ask, error)
             && lobby_cli_need (&options.verify_token, "verify-token", "Verify token (a word of your choice, for Meta's webhook form)", may_ask, error));
}

static void
take (char **setting,
      const char *option)
{
  if (option != NULL)
    g_set_str (setting, option);
}

static void
take_options (LobbyConnection *connection)
{
  take (&connection->name, options.name);
  take (&connection->phone_number, options.number);
  take (&connection->graph_url, options.graph_url);
  take (&connection->phone_number_id, options.phone_number_id);
  take (&connection->waba_id, options.waba);
  take (&connection->verify_token, options.verify_token);
  take (&connection->gateway_url, options.gateway_url);
  take (&connection->gateway_session, options.session);
  if (options.no_read_receipts || options.read_receipts)
    connection->send_read_receipts = options.read_receipts;
}

/* The secrets of a new one. */
static gboolean
take_secrets (LobbyConnection *connection,
              GError **error)
{
  if (strcmp (connection->kind, "gateway") == 0)
    return (connection->gateway_key = read_secret (options.gateway_key_file, "gateway-key-file", "gateway's key", "Key of the gateway", error)) != NULL;
  connection->access_token = read_secret (options.token_file, "token-file", "access token", "Access token", error);
  if (connection->access_token != NULL)
    connection->app_secret = read_secret (options.app_secret_file, "app-secret-file", "app secret", "App secret", error);
  return connection->app_secret != NULL;
}

static gboolean
run_add (const LobbyCliCommon *common,
         GError **error)
{
  g_autoptr (LobbyStorage) storage = lobby_cli_open_storage (common, error);
  g_autoptr (LobbyConfig) config = storage != NULL ? lobby_config_load (common->config, common->listen, common->data, FALSE, NULL) : NULL;
  g_autoptr (LobbyConnection) connection = g_new0 (LobbyConnection, 1);
  g_autofree char *id = NULL;

  connection->kind = g_strdup (options.gateway_url != NULL ? "gateway" : "cloud");
  connection->send_read_receipts = TRUE;
  if (storage == NULL || !need_settings (options.gateway_url != NULL, error))
    return FALSE;
  connection->business_id = chosen_business (storage, error);
  if (connection->business_id == NULL)
    return FALSE;
  take_options (connection);
  if (!take_secrets (connection, error) || !complete (connection, error))
    return FALSE;
  id = lobby_storage (storage, add_connection, connection, error);
  if (id == NULL || !lobby_cli_keep (storage, error))
    return FALSE;
  g_print ("Webhook path: /webhooks/%s/%s\n", connection->kind, id);
  if (config != NULL && config->public_url != NULL)
    g_print ("Webhook address: %s/webhooks/%s/%s\n", config->public_url, connection->kind, id);
  g_print ("Connection: %s\n", id);
  return TRUE;
}

static LobbyConnection *
chosen_connection (LobbyStorage *storage,
                   GError **error)
{
  LobbyConnection *connection;

  if (!lobby_cli_need (&options.id, "connection", "Connection (see lobbyd connection list)", isatty (STDIN_FILENO) && !options.secrets_stdin, error))
    return NULL;
  connection = lobby_storage (storage, get_connection, options.id);
  if (connection == NULL)
    g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_REFUSED, "There is no connection %s (see lobbyd connection list)", options.id);
  return connection;
}

/* Puts in a secret when its file is named. */
static gboolean
change_secret (char **secret,
               const char *file,
               const char *what,
               GError **error)
{
  char *given;

  if (file == NULL)
    return TRUE;
  given = lobby_secret_input_read (file, what, error);
  if (given == NULL)
    return FALSE;
  g_free (*secret);
  *secret = given;
  return TRUE;
}

static gboolean
run_edit (const LobbyCliCommon *common,
          GError **error)
{
  g_autoptr (LobbyStorage) storage = lobby_cli_open_storage (common, error);
  g_autoptr (LobbyConnection) connection = storage != NULL ? chosen_connection (storage, error) : NULL;

  if (connection == NULL)
    return FALSE;
  take_options (connection);
  if (!change_secret (&connection->access_token, options.token_file, "access token", error)
      || !change_secret (&connection->app_secret, options.app_secret_file, "app secret", error)
      || !change_secret (&connection->gateway_key, options.gateway_key_file, "gateway's key", error)
      || !complete (connection, error)
      || !lobby_storage (storage, update_connection, connection, error)
      || !lobby_cli_keep (storage, error))
    return FALSE;
  g_print ("Changed %s\n", connection->name);
  return TRUE;
}

static gboolean
run_remove (const LobbyCliCommon *common,
            GError **error)
{
  g_autoptr (LobbyStorage) storage = lobby_cli_open_storage (common, error);
  g_autoptr (LobbyConnection) connection = storage != NULL ? chosen_connection (storage, error) : NULL;

  if (connection == NULL
      || !lobby_storage (storage, remove_connection, connection->id, error)
      || !lobby_cli_keep (storage, error))
    return FALSE;
  g_print ("Removed %s; what was written stays\n", connection->name);
  return TRUE;
}

static gboolean
run_list (const LobbyCliCommon *common,
          GError **error)
{
  g_autoptr (LobbyStorage) storage = lobby_cli_open_storage (common, error);
  g_autoptr (GPtrArray) connections = NULL;

  if (storage == NULL)
    return FALSE;
  connections = lobby_storage (storage, list_connections, NULL, error);
  for (guint i = 0; connections != NULL && i < connections->len; i++)
    {
      const LobbyConnection *connection = g_ptr_array_index (connections, i);

      g_print ("%s  %s  %s  %s%s%s%s  /webhooks/%s/%s\n", connection->id, connection->name,
               connection->phone_number != NULL ? connection->phone_number : "", connection->state,
               connection->reason != NULL ? " (" : "", connection->reason != NULL ? connection->reason : "", connection->reason != NULL ? ")" : "",
               connection->kind, connection->id);
    }
  return connections != NULL;
}

#define SETTINGS                                                                                                                                        \
  { "name", 0, 0, G_OPTION_ARG_STRING, &options.name, "Name of the connection, for the team", "NAME" },                                                 \
      { "number", 0, 0, G_OPTION_ARG_STRING, &options.number, "The phone number, with country code", "NUMBER" },                                        \
      { "phone-number-id", 0, 0, G_OPTION_ARG_STRING, &options.phone_number_id, "Meta's id of the number", "ID" },                                      \
      { "waba", 0, 0, G_OPTION_ARG_STRING, &options.waba, "Meta's id of the WhatsApp Business Account", "ID" },                                         \
      { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &options.token_file, "Read the access token from FILE (- is standard input)", "FILE" },              \
      { "app-secret-file", 0, 0, G_OPTION_ARG_FILENAME, &options.app_secret_file, "Read the app secret from FILE (- is standard input)", "FILE" },      \
      { "verify-token", 0, 0, G_OPTION_ARG_STRING, &options.verify_token, "The word that Meta's webhook form asks for", "WORD" },                       \
      { "graph-url", 0, 0, G_OPTION_ARG_STRING, &options.graph_url, "Where the Graph API is; the default is " LOBBY_CONNECTION_GRAPH_URL, "URL" },      \
      { "gateway-url", 0, 0, G_OPTION_ARG_STRING, &options.gateway_url, "Where the gateway (WAHA) of a linked number is", "URL" },                      \
      { "gateway-key-file", 0, 0, G_OPTION_ARG_FILENAME, &options.gateway_key_file, "Read the gateway's key from FILE (- is standard input)", "FILE" }, \
      { "session", 0, 0, G_OPTION_ARG_STRING, &options.session, "The gateway's session; the default is " LOBBY_CONNECTION_SESSION, "NAME" },            \
  {                                                                                                                                                     \
    "no-read-receipts", 0, 0, G_OPTION_ARG_NONE, &options.no_read_receipts, "Do not tell customers what was read, nor that somebody types", NULL        \
  }

#define WHICH { "connection", 0, 0, G_OPTION_ARG_STRING, &options.id, "Which connection (see lobbyd connection list)", "ID" }

static const GOptionEntry add_entries[] = {
  SETTINGS,
  { "business", 0, 0, G_OPTION_ARG_STRING, &options.business, "Which business (see lobbyd user list); needed when there are several", "ID" },
  { "secrets-stdin", 0, 0, G_OPTION_ARG_NONE, &options.secrets_stdin, "Read the token and then the app secret, or the gateway's key, a line each, from standard input", NULL },
  { NULL },
};

static const GOptionEntry edit_entries[] = {
  WHICH,
  SETTINGS,
  { "read-receipts", 0, 0, G_OPTION_ARG_NONE, &options.read_receipts, "Do tell customers again", NULL },
  { NULL },
};

static const GOptionEntry remove_entries[] = { WHICH, { NULL } };
static const GOptionEntry list_entries[] = { { NULL } };

const LobbyCommand lobby_cli_connection_add = {
  "connection add", "Add a WhatsApp number of the Cloud API, or with --gateway-url one that a phone is linked to",
  "Prints the path to give to Meta as webhook, behind the public https address of this server (the whole of it when public-url is set),\n"
  "and the id of the connection.\n"
  "A gateway is told by itself; a phone is linked in the app.\n"
  "Works while the server runs: it notices within seconds (or at once on SIGHUP).",
  add_entries, run_add
};

const LobbyCommand lobby_cli_connection_edit = {
  "connection edit", "Change settings of a WhatsApp number", "What is not given stays as it is. A running server notices within seconds.", edit_entries, run_edit
};

const LobbyCommand lobby_cli_connection_remove = {
  "connection remove", "Remove a WhatsApp number", "Its secrets are forgotten, what was written stays. A running server notices within seconds.",
  remove_entries, run_remove
};

const LobbyCommand lobby_cli_connection_list = {
  "connection list", "List WhatsApp numbers with their state and webhook path", NULL, list_entries, run_list
};
