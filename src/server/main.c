/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobbyd"

#include <glib/gstdio.h>
#include <libdex.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lobby-cli.h"
#include "lobby-log-writer.h"
#include "lobby-server.h"

#define EXIT_USAGE 2
#define EXIT_PROBLEMS 3

/* What one turn of the main loop takes and gives back is kept: handing it to the kernel and asking for it again costs a page
 * fault for each 4 KiB. */
#define SPARE_BYTES (4 * 1024 * 1024)
#define LARGE_BYTES (1024 * 1024)

/* serve */

static gboolean list_routes;

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  const char *name;

  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_folder (child);
    }
  g_remove (path);
}

/* Of a server that is made for it, on a folder of its own. */
static gboolean
print_routes (GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("lobbyd-routes-XXXXXX", error);
  g_autoptr (LobbyServer) server = folder != NULL ? lobby_server_new (lobby_config_new ("127.0.0.1:0", folder), error) : NULL;
  g_auto (GStrv) routes = NULL;

  if (server != NULL)
    {
      routes = lobby_server_list_routes (server);
      for (guint i = 0; routes[i] != NULL; i++)
        printf ("%s\n", routes[i]);
    }
  g_clear_object (&server);
  if (folder != NULL)
    remove_folder (folder);
  return routes != NULL;
}

static gboolean
run_serve (const LobbyCliCommon *common,
           GError **error)
{
  g_autoptr (LobbyConfig) config = NULL;
  g_autoptr (LobbyServer) server = NULL;
  g_autofree char *data_folder = NULL;

  if (list_routes)
    return print_routes (error);
  config = lobby_config_load (common->config, common->listen, common->data, FALSE, error);
  if (config == NULL)
    return FALSE;
  lobby_log_writer_set (config->log_level, config->log_format);
  data_folder = g_strdup (config->data_folder);
  server = lobby_server_new (g_steal_pointer (&config), error);
  if (server == NULL)
    return FALSE;
  if (!lobby_server_is_set_up (server))
    {
      g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_REFUSED,
                   "The server in %s has no owner yet. Set it up first: lobbyd setup%s%s", data_folder,
                   common->config != NULL ? " --config " : "", common->config != NULL ? common->config : "");
      return FALSE;
    }
  lobby_server_run (server);
  return TRUE;
}

static const GOptionEntry serve_entries[] = {
  { "list-routes", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &list_routes, NULL, NULL },
  { NULL },
};

const LobbyCommand lobby_cli_serve = {
  "", "The team server of Lobby",
  "Commands:\n"
  "  (none)             Serve\n"
  "  setup              Make the data folder, the settings file and the owner\n"
  "  business add       Add another business\n"
  "  user add           Add somebody who may sign in\n"
  "  user list          List businesses and who may sign in\n"
  "  user remove        Remove somebody, signed out everywhere\n"
  "  user password      Set a new password\n"
  "  user role          Make somebody an owner or an agent\n"
  "  token list         List where people are signed in\n"
  "  token revoke       Sign somebody out\n"
  "  backup FOLDER      Copy everything, while it runs\n"
  "  check              Look for what is wrong\n"
  "  connection add     Add a WhatsApp number\n"
  "  connection edit    Change its settings\n"
  "  connection remove  Remove it; what was written stays\n"
  "  connection list    List WhatsApp numbers with their state and webhook path\n"
  "\n"
  "Each has its own --help.",
  serve_entries, run_serve
};

/* The command line */

static const LobbyCommand *const commands[] = {
  &lobby_cli_setup,
  &lobby_cli_business_add,
  &lobby_cli_user_add,
  &lobby_cli_user_list,
  &lobby_cli_user_remove,
  &lobby_cli_user_password,
  &lobby_cli_user_role,
  &lobby_cli_token_list,
  &lobby_cli_token_revoke,
  &lobby_cli_backup,
  &lobby_cli_check,
  &lobby_cli_connection_add,
  &lobby_cli_connection_edit,
  &lobby_cli_connection_list,
  &lobby_cli_connection_remove,
};

static LobbyCliCommon common;

static const GOptionEntry common_entries[] = {
  { "config", 0, 0, G_OPTION_ARG_FILENAME, &common.config, "The settings file", "FILE" },
  { "data", 0, 0, G_OPTION_ARG_FILENAME, &common.data, "The data folder, instead of the one in the settings", "FOLDER" },
  { "listen", 0, 0, G_OPTION_ARG_STRING, &common.listen, "Where to listen, instead of what the settings say", "ADDRESS:PORT" },
  { NULL },
};

static gboolean
takes_value (const char *argument)
{
  return strcmp (argument, "--config") == 0 || strcmp (argument, "--data") == 0 || strcmp (argument, "--listen") == 0;
}

/* Takes the words of a command out of @arguments; the common options may stand before them. NULL: there is no such command. */
static const LobbyCommand *
find_command (GPtrArray *arguments)
{
  guint first = 1;

  while (first < arguments->len && ((const char *)g_ptr_array_index (arguments, first))[0] == '-')
    first += takes_value (g_ptr_array_index (arguments, first)) ? 2 : 1;
  if (first >= arguments->len)
    return &lobby_cli_serve;
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      g_auto (GStrv) words = g_strsplit (commands[i]->words, " ", -1);
      guint length = g_strv_length (words);
      gboolean same = first + length <= arguments->len;

      for (guint j = 0; same && j < length; j++)
        same = strcmp (words[j], g_ptr_array_index (arguments, first + j)) == 0;
      if (same)
        {
          g_ptr_array_remove_range (arguments, first, length);
          return commands[i];
        }
    }
  return NULL;
}

static gboolean
parse (const LobbyCommand *command,
       GPtrArray *arguments,
       GError **error)
{
  g_autofree char *parameters = *command->words != '\0' ? g_strdup_printf ("%s", command->words) : NULL;
  g_autoptr (GOptionContext) context = g_option_context_new (parameters);
  g_auto (GStrv) strv = NULL;

  g_option_context_set_summary (context, command->summary);
  g_option_context_set_description (context, command->description);
  g_option_context_add_main_entries (context, command->entries, NULL);
  g_option_context_add_main_entries (context, common_entries, NULL);
  g_ptr_array_add (arguments, NULL);
  strv = g_strdupv ((char **)arguments->pdata);
  if (!g_option_context_parse_strv (context, &strv, error))
    return FALSE;
  if (strv[1] == NULL)
    return TRUE;
  g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "\"%s\" is not expected here", strv[1]);
  return FALSE;
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  const LobbyCommand *command;

  mallopt (M_TRIM_THRESHOLD, SPARE_BYTES);
  mallopt (M_MMAP_THRESHOLD, LARGE_BYTES);
  setlocale (LC_ALL, "");
  dex_init ();
  g_set_prgname ("lobbyd");
  lobby_log_writer_set ("message", "auto"); /* standard output is for what was asked for */
  signal (SIGPIPE, SIG_IGN);
  signal (SIGXFSZ, SIG_IGN); /* a file that may not grow is a full disk, not a reason to die */
  umask (077);

  for (int i = 0; i < argc; i++)
    g_ptr_array_add (arguments, argv[i]);
  command = find_command (arguments);
  if (command == NULL)
    {
      fprintf (stderr, "lobbyd: there is no such command; see lobbyd --help\n");
      return EXIT_USAGE;
    }
  if (parse (command, arguments, &error) && command->run (&common, &error))
    return EXIT_SUCCESS;
  fprintf (stderr, "lobbyd: %s\n", error->message);
  if (g_error_matches (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_PROBLEMS))
    return EXIT_PROBLEMS;
  return error->domain == G_OPTION_ERROR || g_error_matches (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE) ? EXIT_USAGE : EXIT_FAILURE;
}
