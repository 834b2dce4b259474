/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-graph-validate.h"

#include <string.h>

#include "lobby-graph-error.h"
#include "lobby-json.h"

#define STRING_MAX (1024 * 1024)
#define CONTACTS_MAX 257

/* Interactive messages answer 131008 for what is missing and 131009 for what is wrong, not 100. */
static gboolean
check_length (JsonObject *object,
              const char *name,
              const char *what,
              guint least,
              guint most,
              GError **error)
{
  const char *value = lobby_json_get_string (object, name, STRING_MAX);
  glong length = value ? g_utf8_strlen (value, -1) : 0;

  if (!value && least > 0)
    return lobby_graph_refuse (error, 131008, "%s is required.", what);
  if ((guint)length < least || (guint)length > most)
    return lobby_graph_refuse (error, 131009, "%s length invalid. Min length: %u, Max length: %u", what, least, most);
  return TRUE;
}

static gboolean
check_unique (GHashTable *seen,
              const char *value,
              const char *what,
              GError **error)
{
  if (!g_hash_table_add (seen, g_strdup (value)))
    return lobby_graph_refuse (error, 131009, "%s must be unique: \"%s\" is repeated.", what, value);
  return TRUE;
}

static gboolean
check_buttons (JsonObject *action,
               GError **error)
{
  JsonArray *buttons = lobby_json_get_array (action, "buttons");
  guint length = lobby_json_array_length (buttons);
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (!buttons)
    return lobby_graph_refuse (error, 131008, "The parameter interactive['action']['buttons'] is required.");
  if (length < 1 || length > 3)
    return lobby_graph_refuse (error, 131009, "Invalid buttons count. Min allowed buttons: 1, Max allowed buttons: 3");
  for (guint i = 0; i < length; i++)
    {
      JsonObject *button = lobby_json_array_object (buttons, i);
      JsonObject *reply = lobby_json_get_object (button, "reply");

      if (g_strcmp0 (lobby_json_get_string (button, "type", STRING_MAX), "reply") != 0)
        return lobby_graph_refuse (error, 131009, "Button type must be \"reply\".");
      if (!check_length (reply, "title", "Button title", 1, 20, error)
          || !check_length (reply, "id", "Button id", 1, 256, error)
          || !check_unique (ids, lobby_json_get_string (reply, "id", STRING_MAX), "Button id", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_rows (JsonObject *section,
            GHashTable *ids,
            guint *total,
            GError **error)
{
  JsonArray *rows = lobby_json_get_array (section, "rows");

  if (lobby_json_array_length (rows) == 0)
    return lobby_graph_refuse (error, 131009, "Section rows count invalid. Min: 1");
  for (guint i = 0; i < lobby_json_array_length (rows); i++)
    {
      JsonObject *row = lobby_json_array_object (rows, i);

      if (++*total > 10)
        return lobby_graph_refuse (error, 131009, "Total row count exceed max allowed count: 10");
      if (!check_length (row, "id", "Row id", 1, 200, error)
          || !check_length (row, "title", "Row title", 1, 24, error)
          || !check_length (row, "description", "Row description", 0, 72, error)
          || !check_unique (ids, lobby_json_get_string (row, "id", STRING_MAX), "Row id", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_list (JsonObject *action,
            GError **error)
{
  JsonArray *sections = lobby_json_get_array (action, "sections");
  guint length = lobby_json_array_length (sections);
  g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  guint total = 0;

  if (!check_length (action, "button", "Button", 1, 20, error))
    return FALSE;
  if (!sections)
    return lobby_graph_refuse (error, 131008, "The parameter interactive['action']['sections'] is required.");
  if (length < 1 || length > 10)
    return lobby_graph_refuse (error, 131009, "Invalid section count. Min: 1, Max: 10");
  for (guint i = 0; i < length; i++)
    {
      JsonObject *section = lobby_json_array_object (sections, i);

      if (!check_length (section, "title", "Section title", length > 1 ? 1 : 0, 24, error)
          || !check_rows (section, ids, &total, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_named_action (JsonObject *action,
                    const char *name,
                    GError **error)
{
  if (g_strcmp0 (lobby_json_get_string (action, "name", STRING_MAX), name) != 0)
    return lobby_graph_refuse (error, 131009, "Param interactive['action']['name'] must be \"%s\".", name);
  return TRUE;
}

static gboolean
check_cta_url (JsonObject *action,
               GError **error)
{
  JsonObject *parameters = lobby_json_get_object (action, "parameters");
  const char *url = lobby_json_get_string (parameters, "url", STRING_MAX);

  if (!check_named_action (action, "cta_url", error)
      || !check_length (parameters, "display_text", "Display text", 1, 20, error)
      || !check_length (parameters, "url", "URL", 1, 2000, error))
    return FALSE;
  if (!g_str_has_prefix (url, "https://") && !g_str_has_prefix (url, "http://"))
    return lobby_graph_refuse (error, 131009, "URL is not valid.");
  return TRUE;
}

static gboolean
check_header (JsonObject *interactive,
              const char *type,
              GError **error)
{
  JsonObject *header = lobby_json_get_object (interactive, "header");
  const char *kind = lobby_json_get_string (header, "type", STRING_MAX);

  if (!header)
    return TRUE;
  if (!kind)
    return lobby_graph_refuse (error, 131008, "Header type is required.");
  if (g_str_equal (kind, "text"))
    return check_length (header, "text", "Header text", 1, 60, error);
  if (g_str_equal (type, "list"))
    return lobby_graph_refuse (error, 131009, "Header type invalid. List messages take text headers only.");
  if (!g_str_equal (kind, "image") && !g_str_equal (kind, "video") && !g_str_equal (kind, "document"))
    return lobby_graph_refuse (error, 131009, "Header type \"%s\" invalid.", kind);
  if (!lobby_json_get_object (header, kind))
    return lobby_graph_refuse (error, 131008, "Header %s is required.", kind);
  return TRUE;
}

static gboolean
check_action (JsonObject *action,
              const char *type,
              GError **error)
{
  if (g_str_equal (type, "button"))
    return check_buttons (action, error);
  if (g_str_equal (type, "list"))
    return check_list (action, error);
  if (g_str_equal (type, "cta_url"))
    return check_cta_url (action, error);
  if (g_str_equal (type, "location_request_message"))
    return check_named_action (action, "send_location", error);
  if (g_str_equal (type, "contact_request"))
    return check_named_action (action, "request_contact_info", error);
  return lobby_graph_refuse (error, 131009, "Interactive type \"%s\" is not supported here.", type);
}

gboolean
lobby_graph_validate_interactive (JsonObject *interactive,
                                  GError **error)
{
  const char *type = lobby_json_get_string (interactive, "type", STRING_MAX);
  JsonObject *body = lobby_json_get_object (interactive, "body");
  JsonObject *action = lobby_json_get_object (interactive, "action");
  guint body_most = g_strcmp0 (type, "list") == 0 ? 4096 : 1024;

  if (!interactive)
    return lobby_graph_refuse (error, 100, "The parameter interactive is required.");
  if (!type)
    return lobby_graph_refuse (error, 131008, "The parameter interactive['type'] is required.");
  if (!action)
    return lobby_graph_refuse (error, 131008, "The parameter interactive['action'] is required.");
  return check_header (interactive, type, error)
         && check_length (body, "text", "Body text", 1, body_most, error)
         && check_length (lobby_json_get_object (interactive, "footer"), "text", "Footer text", 0, 60, error)
         && check_action (action, type, error);
}

static gboolean
check_birthday (const char *birthday,
                guint index,
                GError **error)
{
  static const char shape[] = "dddd-dd-dd";
  gboolean good = birthday == NULL || strlen (birthday) == sizeof shape - 1;

  for (guint i = 0; good && birthday && shape[i]; i++)
    good = shape[i] == 'd' ? g_ascii_isdigit (birthday[i]) : birthday[i] == shape[i];
  if (!good)
    return lobby_graph_refuse (error, 131009, "Param contacts[%u]['birthday'] must be formatted as YYYY-MM-DD.", index);
  return TRUE;
}

gboolean
lobby_graph_validate_contacts (JsonArray *contacts,
                               GError **error)
{
  guint length = lobby_json_array_length (contacts);

  if (!contacts || length == 0)
    return lobby_graph_refuse (error, 100, "The parameter contacts is required.");
  if (length > CONTACTS_MAX)
    return lobby_graph_refuse (error, 131009, "Param contacts must have at most %d elements.", CONTACTS_MAX);
  for (guint i = 0; i < length; i++)
    {
      static const char *const others[] = { "first_name", "last_name", "middle_name", "suffix", "prefix", NULL };
      JsonObject *card = lobby_json_array_object (contacts, i);
      JsonObject *name = lobby_json_get_object (card, "name");
      g_autofree char *path = g_strdup_printf ("contacts[%u]['name']['formatted_name']", i);
      gboolean other = FALSE;

      if (!name)
        return lobby_graph_refuse (error, 100, "The parameter contacts[%u]['name'] is required.", i);
      if (!lobby_graph_check_string (name, "formatted_name", path, 1, 1024, error))
        return FALSE;
      for (guint k = 0; others[k]; k++)
        other |= lobby_json_get_string (name, others[k], STRING_MAX) != NULL;
      if (!other)
        return lobby_graph_refuse (error, 131009, "contacts[%u]['name'] needs at least one name component besides formatted_name.", i);
      if (!check_birthday (lobby_json_get_string (card, "birthday", STRING_MAX), i, error))
        return FALSE;
    }
  return TRUE;
}

gboolean
lobby_graph_validate_template (JsonObject *template,
                               GError **error)
{
  const char *name = lobby_json_get_string (template, "name", STRING_MAX);
  JsonObject *language = lobby_json_get_object (template, "language");
  JsonArray *components = lobby_json_get_array (template, "components");

  if (!template)
    return lobby_graph_refuse (error, 100, "The parameter template is required.");
  if (!lobby_graph_check_string (template, "name", "template['name']", 1, 512, error))
    return FALSE;
  for (const char *p = name; *p; p++)
    if (!g_ascii_islower (*p) && !g_ascii_isdigit (*p) && *p != '_')
      return lobby_graph_refuse (error, 131009, "Param template['name'] may have lowercase letters, digits and _ only.");
  if (!language)
    return lobby_graph_refuse (error, 100, "The parameter template['language'] is required.");
  if (!lobby_graph_check_string (language, "code", "template['language']['code']", 1, 16, error))
    return FALSE;
  for (guint i = 0; i < lobby_json_array_length (components); i++)
    {
      static const char *const kinds[] = { "header", "body", "footer", "button", "carousel", "limited_time_offer", NULL };
      const char *kind = lobby_json_get_string (lobby_json_array_object (components, i), "type", 64);
      g_autofree char *lower = kind ? g_ascii_strdown (kind, -1) : NULL;

      if (!lower || !g_strv_contains (kinds, lower))
        return lobby_graph_refuse (error, 100, "Param template['components'][%u]['type'] must be one of {HEADER, BODY, FOOTER, BUTTON, CAROUSEL, LIMITED_TIME_OFFER}.", i);
    }
  return TRUE;
}
