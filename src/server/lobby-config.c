/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-config.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "lobbyd-resources.h"

static char *
default_path (void)
{
  return geteuid () == 0 ? g_strdup ("/etc/lobbyd.conf") : g_build_filename (g_get_user_config_dir (), "lobbyd.conf", NULL);
}

static char *
default_data_folder (void)
{
  return geteuid () == 0 ? g_strdup ("/var/lib/lobbyd") : g_build_filename (g_get_user_data_dir (), "lobbyd", NULL);
}

/* What is set already came from the command line. */
static void
read_text (GKeyFile *file,
           const char *group,
           const char *key,
           char **value)
{
  if (*value == NULL)
    *value = g_key_file_get_string (file, group, key, NULL);
  if (*value != NULL)
    g_strstrip (*value);
  if (*value != NULL && **value == '\0')
    g_clear_pointer (value, g_free);
}

static gboolean
read_number (GKeyFile *file,
             const char *group,
             const char *key,
             guint minimum,
             guint maximum,
             guint *value,
             GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, group, key, NULL);
  guint64 number;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (g_strstrip (text), 10, minimum, maximum, &number, NULL))
    {
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "[%s] %s must be a number from %u to %u", group, key, minimum, maximum);
      return FALSE;
    }
  *value = (guint)number;
  return TRUE;
}

/* A misspelt key would be a default that nobody asked for. */
static gboolean
check_keys (GKeyFile *file,
            GError **error)
{
  const char *const known[] = { "server/listen", "server/data-folder", "events/keep-days", "realtime/ping-interval", "realtime/ping-timeout", NULL };
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (file, groups[i], NULL, NULL);

      for (guint j = 0; keys != NULL && keys[j] != NULL; j++)
        {
          g_autofree char *name = g_strconcat (groups[i], "/", keys[j], NULL);

          if (!g_strv_contains (known, name))
            {
              g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND, "there is no setting %s in [%s]", keys[j], groups[i]);
              return FALSE;
            }
        }
    }
  return TRUE;
}

static gboolean
read_file (LobbyConfig *self,
           GKeyFile *file,
           GError **error)
{
  guint ping_interval = self->ping_interval_msec / 1000;
  guint ping_timeout = self->ping_timeout_msec / 1000;

  read_text (file, "server", "listen", &self->listen);
  read_text (file, "server", "data-folder", &self->data_folder);
  if (!check_keys (file, error)
      || !read_number (file, "events", "keep-days", 1, 3650, &self->keep_days, error)
      || !read_number (file, "realtime", "ping-interval", 1, 3600, &ping_interval, error)
      || !read_number (file, "realtime", "ping-timeout", 1, 3600, &ping_timeout, error))
    return FALSE;
  self->ping_interval_msec = ping_interval * 1000;
  self->ping_timeout_msec = ping_timeout * 1000;
  return TRUE;
}

LobbyConfig *
lobby_config_load (const char *path,
                   const char *listen,
                   const char *data_folder,
                   gboolean may_be_absent,
                   GError **error)
{
  g_autoptr (LobbyConfig) self = g_new0 (LobbyConfig, 1);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) inner = NULL;

  self->path = path != NULL ? g_strdup (path) : default_path ();
  self->listen = g_strdup (listen);
  self->data_folder = g_strdup (data_folder);
  self->keep_days = 30;
  self->ping_interval_msec = 25000;
  self->ping_timeout_msec = 20000;

  self->exists = g_key_file_load_from_file (file, self->path, G_KEY_FILE_NONE, &inner);
  if (inner != NULL && !(g_error_matches (inner, G_FILE_ERROR, G_FILE_ERROR_NOENT) && (path == NULL || may_be_absent)))
    {
      g_propagate_prefixed_error (error, g_steal_pointer (&inner), "Cannot read %s: ", self->path);
      return NULL;
    }
  if (!read_file (self, file, error))
    {
      g_prefix_error (error, "Cannot use %s: ", self->path);
      return NULL;
    }
  if (self->listen == NULL)
    self->listen = g_strdup ("127.0.0.1:8480");
  if (self->data_folder == NULL)
    self->data_folder = default_data_folder ();
  return g_steal_pointer (&self);
}

/* "#key=default" of the template becomes "key=value". */
static void
fill_in (GString *template,
         const char *key,
         const char *value)
{
  g_autoptr (GKeyFile) escaper = g_key_file_new ();
  g_autofree char *escaped = NULL;
  g_autofree char *pattern = g_strdup_printf ("^#%s=.*$", key);
  g_autoptr (GRegex) regex = g_regex_new (pattern, G_REGEX_MULTILINE, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree char *line = NULL;
  int start;
  int end;

  g_key_file_set_string (escaper, "a", key, value);
  escaped = g_key_file_get_value (escaper, "a", key, NULL);
  line = g_strdup_printf ("%s=%s", key, escaped);
  if (g_regex_match (regex, template->str, 0, &match) && g_match_info_fetch_pos (match, 0, &start, &end))
    {
      g_string_erase (template, start, end - start);
      g_string_insert (template, start, line);
    }
}

gboolean
lobby_config_write (const LobbyConfig *config,
                    const char *listen,
                    const char *data_folder,
                    GError **error)
{
  g_autoptr (GBytes) template = NULL;
  g_autoptr (GString) text = NULL;
  g_autofree char *folder = g_path_get_dirname (config->path);
  g_autofree char *absolute = data_folder != NULL ? g_canonicalize_filename (data_folder, NULL) : NULL;

  g_resources_register (lobbyd_resources_get_resource ());
  template = g_resources_lookup_data ("/org/lobby/server/lobbyd.conf", G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  if (template == NULL)
    return FALSE;
  text = g_string_new_len (g_bytes_get_data (template, NULL), (gssize)g_bytes_get_size (template));
  if (listen != NULL)
    fill_in (text, "listen", listen);
  if (absolute != NULL)
    fill_in (text, "data-folder", absolute);
  if (g_mkdir_with_parents (folder, 0755) != 0)
    {
      g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (errno), "Cannot make the folder %s: %s", folder, g_strerror (errno));
      return FALSE;
    }
  return g_file_set_contents (config->path, text->str, (gssize)text->len, error);
}

void
lobby_config_free (LobbyConfig *config)
{
  if (config == NULL)
    return;
  g_free (config->path);
  g_free (config->listen);
  g_free (config->data_folder);
  g_free (config);
}
