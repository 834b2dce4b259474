/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-cli.h"

#include "lobby-sqlite-maintenance.h"

static char **targets;

static gboolean
run (const LobbyCliCommon *common,
     GError **error)
{
  g_autoptr (LobbyConfig) config = NULL;
  g_autofree char *size = NULL;
  LobbyBackupSummary summary = { 0 };

  if (targets == NULL || targets[0] == NULL || targets[1] != NULL)
    {
      g_set_error_literal (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_USAGE, "Say which folder to make: lobbyd backup FOLDER");
      return FALSE;
    }
  config = lobby_cli_find_data (common, error);
  if (config == NULL || !lobby_sqlite_backup (config->data_folder, targets[0], &summary, error))
    return FALSE;
  size = g_format_size ((guint64)summary.bytes);
  g_print ("Everything of %s is in %s: the database and %" G_GINT64_FORMAT " files (%s), checked\n", config->data_folder, targets[0],
           summary.files, size);
  if (summary.files > summary.copied)
    g_print ("The files are hard links to those that the server has: they outlive its removing them, but not its disk\n");
  return TRUE;
}

static const GOptionEntry entries[] = {
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &targets, NULL, "FOLDER" },
  { NULL },
};

const LobbyCommand lobby_cli_backup = {
  "backup", "Copy everything, as it is at one moment, while the server runs",
  "FOLDER must not exist. It becomes a data folder: to go back to it, stop lobbyd and put it in the place of the present one.\n"
  "Files of media are hard links when FOLDER is on the same disk, else copies. All of it is checked before FOLDER has its name.",
  entries, run
};
