/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-cli.h"

#include <unistd.h>

static char *business_name;

static gboolean
run_add (const LobbyCliCommon *common,
         GError **error)
{
  g_autoptr (LobbyStorage) storage = lobby_cli_open_storage (common, error);
  g_autofree char *id = NULL;

  if (storage == NULL || !lobby_cli_need (&business_name, "name", "Name of the business", isatty (STDIN_FILENO), error))
    return FALSE;
  id = lobby_storage (storage, add_business, business_name, error);
  if (id == NULL || !lobby_cli_keep (storage, error))
    return FALSE;
  g_print ("Added %s: %s\n", business_name, id);
  return TRUE;
}

static const GOptionEntry add_entries[] = {
  { "name", 0, 0, G_OPTION_ARG_STRING, &business_name, "Its name", "NAME" },
  { NULL },
};

const LobbyCommand lobby_cli_business_add = {
  "business add", "Add another business; owners see it, others need lobbyd user add --business", "Works while the server runs.", add_entries, run_add
};
