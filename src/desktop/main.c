/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>

#include <glib/gi18n.h>
#include <libdex.h>

#include "lobby-application.h"
#include "lobby-desktop-resources.h"
#include "lobby-timeline.h"

int
main (int argc,
      char **argv)
{
  g_autoptr (LobbyApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOBBY_LOCALE_FOLDER);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  dex_init ();
  lobby_desktop_register_resource ();
  lobby_timeline_ensure_resources ();
  g_set_application_name ("Lobby");

  application = lobby_application_new ();

  return g_application_run (G_APPLICATION (application), argc, argv);
}
