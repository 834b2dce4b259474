/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-cli.h"

#include <string.h>
#include <unistd.h>

#include "lobby-secret-input.h"

#define DEFAULT_GRAPH_URL "https://graph.facebook.com/v25.0"

static struct
{
  char *name;
  char *graph_url;
  char *phone_number_id;
  char *waba;
  char *number;
  char *token_file;
  char *app_secret_file;
  gboolean secrets_stdin;
  char *verify_token;
  char *business;
  gboolean no_read_receipts;
} options;

static gboolean
is_digits (const char *text)
{
  return *text != '\0' && strspn (text, "0123456789") == strlen (text);
}

/* "+1 555 078-3881" → "+15550783881"; NULL when it is no number. */
static char *
normalize_number (const char *text)
{
  GString *number = g_string_new ("+");

  for (const char *c = *text == '+' ? text + 1 : text; *c != '\0'; c++)
    {
      if (g_ascii_isdigit (*c))
        g_string_append_c (number, *c);
      else if (strchr (" -().", *c) == NULL)
        {
          g_string_free (number, TRUE);
          return NULL;
        }
    }
  return g_string_free (number, number->len < 6 || number->len > 20);
}

static gboolean
check_options (GError **error)
{
  gboolean may_ask = isatty (STDIN_FILENO) && !options.secrets_stdin;
  g_autofree char *number = NULL;
  const char *url;

  if (!lobby_cli_need (&options.name, "name", "Name of the connection", may_ask, error)
      || !lobby_cli_need (&options.number, "number", "Phone number", may_ask, error)
      || !lobby_cli_need (&options.phone_number_id, "phone-number-id", "Phone number ID (from Meta's API setup page)", may_ask, error)
      || !lobby_cli_need (&options.waba, "waba", "WhatsApp Business Account ID", may_ask, error)
      || !lobby_cli_need (&options.verify_token, "verify-token", "Verify token (a word of your choice, for Meta's webhook form)", may_ask, error))
    return FALSE;
  if (options.graph_url == NULL)
    options.graph_url = g_strdup (DEFAULT_GRAPH_URL);
  url = options.graph_url;
  while (g_str_has_suffix (url, "/"))
    options.graph_url[strlen (url) - 1] = '\0';
  number = normalize_number (options.number);
  if (!g_uri_is_valid (url, G_URI_FLAGS_NONE, NULL) || !(g_str_has_prefix (url, "https://") || g_str_has_prefix (url, "http://")))
    g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "--graph-url must be like %s", DEFAULT_GRAPH_URL);
  else if (number == NULL)
    g_set_error_literal (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "--number must be like +34600111222");
  else if (!is_digits (options.phone_number_id) || !is_digits (options.waba))
    g_set_error_literal (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "--phone-number-id and --waba are ids made of digits, not the number itself");
  else
    {
      g_set_str (&options.number, number);
      return TRUE;
    }
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
  g_autoptr (GPtrArray) businesses = lobby_storage (storage, list_businesses, NULL);

  if (options.business != NULL)
    return g_strdup (options.business);
  if (businesses->len == 1)
    return g_strdup (((LobbyBusiness *)g_ptr_array_index (businesses, 0))->id);
  g_set_error_literal (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "There is more than one business; --business is needed (see lobbyd user list)");
  return NULL;
}

static gboolean
run_add (const LobbyCliCommon *common,
         GError **error)
{
  g_autoptr (LobbyStorage) storage = lobby_cli_open_storage (common, error);
  LobbyConnection *connection;
  g_autofree char *id = NULL;
  gboolean done = FALSE;

  if (storage == NULL || !check_options (error))
    return FALSE;
  connection = g_new0 (LobbyConnection, 1);
  connection->business_id = chosen_business (storage, error);
  if (connection->business_id != NULL)
    connection->access_token = read_secret (options.token_file, "token-file", "access token", "Access token", error);
  if (connection->access_token != NULL)
    connection->app_secret = read_secret (options.app_secret_file, "app-secret-file", "app secret", "App secret", error);
  if (connection->app_secret != NULL)
    {
      connection->kind = g_strdup ("cloud");
      connection->name = g_strdup (options.name);
      connection->phone_number = g_strdup (options.number);
      connection->graph_url = g_strdup (options.graph_url);
      connection->phone_number_id = g_strdup (options.phone_number_id);
      connection->waba_id = g_strdup (options.waba);
      connection->verify_token = g_strdup (options.verify_token);
      connection->send_read_receipts = !options.no_read_receipts;
      id = lobby_storage (storage, add_connection, connection, error);
      done = id != NULL && lobby_cli_keep (storage, error);
    }
  lobby_connection_free (connection);
  if (done)
    g_print ("Webhook path: /webhooks/cloud/%s\nConnection: %s\n", id, id);
  return done;
}

static gboolean
run_list (const LobbyCliCommon *common,
          GError **error)
{
  g_autoptr (LobbyStorage) storage = lobby_cli_open_storage (common, error);
  g_autoptr (GPtrArray) connections = NULL;

  if (storage == NULL)
    return FALSE;
  connections = lobby_storage (storage, list_connections, NULL);
  for (guint i = 0; connections != NULL && i < connections->len; i++)
    {
      const LobbyConnection *connection = g_ptr_array_index (connections, i);

      g_print ("%s  %s  %s  %s%s%s%s  /webhooks/%s/%s\n", connection->id, connection->name,
               connection->phone_number != NULL ? connection->phone_number : "", connection->state,
               connection->reason != NULL ? " (" : "", connection->reason != NULL ? connection->reason : "", connection->reason != NULL ? ")" : "",
               connection->kind, connection->id);
    }
  return TRUE;
}

static const GOptionEntry add_entries[] = {
  { "name", 0, 0, G_OPTION_ARG_STRING, &options.name, "Name of the connection, for the team", "NAME" },
  { "number", 0, 0, G_OPTION_ARG_STRING, &options.number, "The phone number, with country code", "NUMBER" },
  { "phone-number-id", 0, 0, G_OPTION_ARG_STRING, &options.phone_number_id, "Meta's id of the number", "ID" },
  { "waba", 0, 0, G_OPTION_ARG_STRING, &options.waba, "Meta's id of the WhatsApp Business Account", "ID" },
  { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &options.token_file, "Read the access token from FILE (- is standard input)", "FILE" },
  { "app-secret-file", 0, 0, G_OPTION_ARG_FILENAME, &options.app_secret_file, "Read the app secret from FILE (- is standard input)", "FILE" },
  { "secrets-stdin", 0, 0, G_OPTION_ARG_NONE, &options.secrets_stdin, "Read the token and then the app secret, a line each, from standard input", NULL },
  { "verify-token", 0, 0, G_OPTION_ARG_STRING, &options.verify_token, "The word that Meta's webhook form asks for", "WORD" },
  { "graph-url", 0, 0, G_OPTION_ARG_STRING, &options.graph_url, "Where the Graph API is; the default is " DEFAULT_GRAPH_URL, "URL" },
  { "business", 0, 0, G_OPTION_ARG_STRING, &options.business, "Which business (see lobbyd user list); needed when there are several", "ID" },
  { "no-read-receipts", 0, 0, G_OPTION_ARG_NONE, &options.no_read_receipts, "Do not tell customers what was read, nor that somebody types", NULL },
  { NULL },
};

static const GOptionEntry list_entries[] = { { NULL } };

const LobbyCommand lobby_cli_connection_add = {
  "connection add", "Add a WhatsApp number of the Cloud API",
  "Prints the path to give to Meta as webhook, behind the public https address of this server, and the id of the connection.\n"
  "Works while the server runs: it notices within seconds (or at once on SIGHUP).",
  add_entries, run_add
};

const LobbyCommand lobby_cli_connection_list = {
  "connection list", "List WhatsApp numbers with their state and webhook path", NULL, list_entries, run_list
};
