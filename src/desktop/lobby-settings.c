/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_SETTINGS_ENABLE_BACKEND
#include "lobby-settings.h"

#include <gio/gsettingsbackend.h>

static GSettings *settings;
static char *folder;

/* Installed with the desktop's, or beside the program when it runs out of its build folder. */
static GSettingsSchema *
find_schema (void)
{
  GSettingsSchemaSource *installed = g_settings_schema_source_get_default ();
  g_autoptr (GSettingsSchemaSource) built = NULL;
  g_autofree char *program = NULL;
  g_autofree char *program_folder = NULL;
  g_autofree char *build_folder = NULL;
  GSettingsSchema *schema;

  schema = installed != NULL ? g_settings_schema_source_lookup (installed, "org.lobby.Lobby", TRUE) : NULL;
  if (schema != NULL)
    return schema;

  program = g_file_read_link ("/proc/self/exe", NULL);
  if (program == NULL)
    return NULL;
  program_folder = g_path_get_dirname (program);
  build_folder = g_build_filename (program_folder, "..", "..", "data", NULL);
  built = g_settings_schema_source_new_from_directory (build_folder, installed, TRUE, NULL);

  return built != NULL ? g_settings_schema_source_lookup (built, "org.lobby.Lobby", FALSE) : NULL;
}

GSettings *
lobby_settings_get (void)
{
  g_autoptr (GSettingsSchema) schema = NULL;
  g_autoptr (GSettingsBackend) backend = NULL;

  if (settings != NULL)
    return settings;

  schema = find_schema ();
  if (schema == NULL)
    g_error ("The settings schema org.lobby.Lobby is not installed");

  if (folder != NULL)
    {
      g_autofree char *path = g_build_filename (folder, "settings.ini", NULL);
      backend = g_keyfile_settings_backend_new (path, "/org/lobby/Lobby/", "lobby");
    }
  settings = g_settings_new_full (schema, backend, NULL);

  return settings;
}

void
lobby_settings_use_folder (const char *path)
{
  g_assert (settings == NULL);

  g_set_str (&folder, path);
}

void
lobby_settings_finish (void)
{
  if (settings != NULL)
    g_settings_sync ();
  g_clear_object (&settings);
  g_clear_pointer (&folder, g_free);
}
