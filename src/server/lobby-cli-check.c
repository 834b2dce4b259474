/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-cli.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lobby-sqlite-maintenance.h"

static gboolean repair;

static void
print_all (GPtrArray *lines,
           const char *before)
{
  for (guint i = 0; i < lines->len; i++)
    g_print ("%s%s\n", before, (const char *)g_ptr_array_index (lines, i));
}

/* It may hold a secret. */
static void
check_settings (const LobbyConfig *config,
                GPtrArray *problems)
{
  const char *const files[] = { config->path, config->key };
  struct stat status;

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      gboolean secret = i > 0 || config->metrics_token != NULL;

      if (files[i] != NULL && secret && stat (files[i], &status) == 0 && (status.st_mode & 07) != 0)
        g_ptr_array_add (problems, g_strdup_printf ("permissions: everybody may read %s, which holds a secret", files[i]));
    }
}

/* Held until the end: no server starts meanwhile. */
static int
lock_folder (const char *folder,
             GError **error)
{
  g_autofree char *path = g_build_filename (folder, "lobbyd.lock", NULL);
  int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (fd >= 0 && flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  if (fd >= 0)
    close (fd);
  g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_REFUSED, "Stop the server on %s first: --repair needs it for itself", folder);
  return -1;
}

static gboolean
run (const LobbyCliCommon *common,
     GError **error)
{
  g_autoptr (LobbyConfig) config = lobby_cli_find_data (common, error);
  g_autoptr (GPtrArray) mended = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) problems = NULL;
  int held = -1;

  if (config == NULL || (repair && (held = lock_folder (config->data_folder, error)) < 0))
    return FALSE;
  problems = lobby_sqlite_check (config->data_folder, repair, mended, error);
  if (held >= 0)
    close (held);
  if (problems == NULL)
    return FALSE;
  check_settings (config, problems);
  print_all (mended, "mended: ");
  print_all (problems, "");
  if (problems->len == 0)
    {
      g_print ("%s is in order\n", config->data_folder);
      return TRUE;
    }
  g_set_error (error, LOBBY_CLI_ERROR, LOBBY_CLI_ERROR_PROBLEMS, "%u problems in %s", problems->len, config->data_folder);
  return FALSE;
}

static const GOptionEntry entries[] = {
  { "repair", 0, 0, G_OPTION_ARG_NONE, &repair, "Mend what can be mended without losing anything: counters and permissions", NULL },
  { NULL },
};

const LobbyCommand lobby_cli_check = {
  "check", "Look for what is wrong with the data",
  "Reads all of the database and of the files; works while the server runs, but for --repair. A problem a line, and exit code 3\n"
  "when there is one. For a backup: lobbyd check --data FOLDER.",
  entries, run
};
