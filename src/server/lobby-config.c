/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-config.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "lobby-connection-settings.h"
#include "lobby-http-proxies.h"
#include "lobbyd-resources.h"

typedef enum
{
  SETTING_TEXT,
  SETTING_NUMBER,
} SettingKind;

typedef struct
{
  const char *group;
  const char *key;
  SettingKind kind;
  gsize offset;
  guint fallback; /* of a number, as its limits */
  guint minimum;
  guint maximum;
  gboolean needs_restart;
  const char *text;    /* the default of a text, or NULL */
  const char *choices; /* the words that it may be; NULL: anything */
} Setting;

#define TEXT(group, key, member, fallback, needs_restart) \
  { group, key, SETTING_TEXT, G_STRUCT_OFFSET (LobbyConfig, member), 0, 0, 0, needs_restart, fallback, NULL }
#define CHOICE(group, key, member, fallback, choices) \
  { group, key, SETTING_TEXT, G_STRUCT_OFFSET (LobbyConfig, member), 0, 0, 0, FALSE, fallback, choices }
#define NUMBER(group, key, member, fallback, minimum, maximum, needs_restart) \
  { group, key, SETTING_NUMBER, G_STRUCT_OFFSET (LobbyConfig, member), fallback, minimum, maximum, needs_restart, NULL, NULL }

static const Setting settings[] = {
  TEXT ("server", "listen", listen, "127.0.0.1:8480", TRUE),
  TEXT ("server", "data-folder", data_folder, NULL, TRUE),
  TEXT ("server", "public-url", public_url, NULL, TRUE),
  TEXT ("tls", "certificate", certificate, NULL, FALSE),
  TEXT ("tls", "key", key, NULL, FALSE),
  TEXT ("proxy", "trusted", trusted_proxies, "127.0.0.0/8 ::1", FALSE),
  NUMBER ("sign-in", "token-days", token_days, 90, 0, 3650, FALSE),
  NUMBER ("events", "keep-days", keep_days, 30, 1, 3650, FALSE),
  NUMBER ("media", "keep-unused-days", keep_unused_days, 7, 0, 3650, FALSE),
  NUMBER ("realtime", "ping-interval", ping_interval, 25, 1, 3600, TRUE),
  NUMBER ("realtime", "ping-timeout", ping_timeout, 20, 1, 3600, TRUE),
  NUMBER ("limits", "sockets", max_sockets, 20000, 1, 1000000, TRUE),
  NUMBER ("limits", "connections", max_connections, 16384, 16, 1000000, TRUE),
  NUMBER ("limits", "connections-per-address", max_per_address, 4096, 1, 1000000, TRUE),
  NUMBER ("limits", "header-kib", header_kib, 32, 4, 1024, TRUE),
  NUMBER ("limits", "bodies-mib", bodies_mib, 256, 16, 65536, FALSE),
  NUMBER ("limits", "idle-seconds", idle_seconds, 60, 1, 3600, TRUE),
  NUMBER ("limits", "request-seconds", request_seconds, 20, 1, 3600, FALSE),
  TEXT ("metrics", "token", metrics_token, NULL, FALSE),
  CHOICE ("log", "level", log_level, "message", "warning message info debug"),
  CHOICE ("log", "format", log_format, "auto", "auto text json"),
};

static char **
text_of (const LobbyConfig *self,
         const Setting *setting)
{
  return G_STRUCT_MEMBER_P (self, setting->offset);
}

static guint *
number_of (const LobbyConfig *self,
           const Setting *setting)
{
  return G_STRUCT_MEMBER_P (self, setting->offset);
}

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
static gboolean
read_text (GKeyFile *file,
           const Setting *setting,
           char **value,
           GError **error)
{
  g_auto (GStrv) choices = setting->choices != NULL ? g_strsplit (setting->choices, " ", -1) : NULL;

  if (*value == NULL)
    *value = g_key_file_get_string (file, setting->group, setting->key, NULL);
  if (*value != NULL)
    g_strstrip (*value);
  if (*value != NULL && **value == '\0')
    g_clear_pointer (value, g_free);
  if (choices == NULL || *value == NULL || g_strv_contains ((const char *const *)choices, *value))
    return TRUE;
  g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "[%s] %s must be one of: %s", setting->group, setting->key, setting->choices);
  return FALSE;
}

static gboolean
read_number (GKeyFile *file,
             const Setting *setting,
             guint *value,
             GError **error)
{
  g_autofree char *text = g_key_file_get_string (file, setting->group, setting->key, NULL);
  guint64 number;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (g_strstrip (text), 10, setting->minimum, setting->maximum, &number, NULL))
    {
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "[%s] %s must be a number from %u to %u",
                   setting->group, setting->key, setting->minimum, setting->maximum);
      return FALSE;
    }
  *value = (guint)number;
  return TRUE;
}

static gboolean
is_known (const char *group,
          const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      if (strcmp (settings[i].group, group) == 0 && strcmp (settings[i].key, key) == 0)
        return TRUE;
    }
  return FALSE;
}

/* A misspelt key would be a default that nobody asked for. */
static gboolean
check_keys (GKeyFile *file,
            GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      g_auto (GStrv) keys = g_key_file_get_keys (file, groups[i], NULL, NULL);

      for (guint j = 0; keys != NULL && keys[j] != NULL; j++)
        {
          if (is_known (groups[i], keys[j]))
            continue;
          g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND, "there is no setting %s in [%s]", keys[j], groups[i]);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_proxies (const LobbyConfig *self,
               GError **error)
{
  LobbyHttpProxies *proxies;

  if (self->trusted_proxies == NULL)
    return TRUE;
  proxies = lobby_http_proxies_new (self->trusted_proxies, error);
  if (proxies == NULL)
    {
      g_prefix_error_literal (error, "[proxy] trusted: ");
      return FALSE;
    }
  lobby_http_proxies_free (proxies);
  return TRUE;
}

static gboolean
check_public_url (LobbyConfig *self,
                  GError **error)
{
  const char *wrong = self->public_url != NULL ? lobby_connection_check_address (self->public_url) : NULL;

  if (wrong == NULL)
    return TRUE;
  g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "[server] public-url: %s", wrong);
  return FALSE;
}

static gboolean
read_file (LobbyConfig *self,
           GKeyFile *file,
           GError **error)
{
  if (!check_keys (file, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      if (settings[i].kind == SETTING_TEXT
              ? !read_text (file, &settings[i], text_of (self, &settings[i]), error)
              : !read_number (file, &settings[i], number_of (self, &settings[i]), error))
        return FALSE;
    }
  if (!check_proxies (self, error) || !check_public_url (self, error))
    return FALSE;
  if ((self->certificate == NULL) == (self->key == NULL))
    return TRUE;
  g_set_error_literal (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "[tls] needs both certificate and key");
  return FALSE;
}

static void
fill_defaults (LobbyConfig *self)
{
  if (self->data_folder == NULL)
    self->data_folder = default_data_folder ();
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      if (settings[i].text != NULL && *text_of (self, &settings[i]) == NULL)
        *text_of (self, &settings[i]) = g_strdup (settings[i].text);
    }
}

static LobbyConfig *
make (const char *listen,
      const char *data_folder)
{
  LobbyConfig *self = g_new0 (LobbyConfig, 1);

  self->listen = g_strdup (listen);
  self->data_folder = g_strdup (data_folder);
  self->given_listen = g_strdup (listen);
  self->given_data_folder = g_strdup (data_folder);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      if (settings[i].kind == SETTING_NUMBER)
        *number_of (self, &settings[i]) = settings[i].fallback;
    }
  return self;
}

LobbyConfig *
lobby_config_new (const char *listen,
                  const char *data_folder)
{
  LobbyConfig *self = make (listen, data_folder);

  fill_defaults (self);
  return self;
}

LobbyConfig *
lobby_config_load (const char *path,
                   const char *listen,
                   const char *data_folder,
                   gboolean may_be_absent,
                   GError **error)
{
  g_autoptr (LobbyConfig) self = make (listen, data_folder);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) inner = NULL;

  self->path = path != NULL ? g_strdup (path) : default_path ();
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
  fill_defaults (self);
  return g_steal_pointer (&self);
}

LobbyConfig *
lobby_config_reload (const LobbyConfig *self,
                     GError **error)
{
  return lobby_config_load (self->path, self->given_listen, self->given_data_folder, !self->exists, error);
}

char **
lobby_config_diff (const LobbyConfig *one,
                   const LobbyConfig *other,
                   gboolean need_restart)
{
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      const Setting *setting = &settings[i];
      gboolean same;

      if (setting->needs_restart != need_restart)
        continue;
      if (setting->kind == SETTING_TEXT)
        same = g_strcmp0 (*text_of (one, setting), *text_of (other, setting)) == 0;
      else
        same = *number_of (one, setting) == *number_of (other, setting);
      if (!same)
        g_strv_builder_take (names, g_strdup_printf ("[%s] %s", setting->group, setting->key));
    }
  return g_strv_builder_end (names);
}

void
lobby_config_keep (LobbyConfig *self,
                   const LobbyConfig *present)
{
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      const Setting *setting = &settings[i];

      if (!setting->needs_restart)
        continue;
      if (setting->kind == SETTING_TEXT)
        g_set_str (text_of (self, setting), *text_of (present, setting));
      else
        *number_of (self, setting) = *number_of (present, setting);
    }
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
  g_free (config->given_listen);
  g_free (config->given_data_folder);
  for (guint i = 0; i < G_N_ELEMENTS (settings); i++)
    {
      if (settings[i].kind == SETTING_TEXT)
        g_free (*text_of (config, &settings[i]));
    }
  g_free (config);
}
