/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-draft-filling.h"

#include <string.h>

#include "lobby-json.h"

#define MAX_TEXT (32 * 1024)
#define MAX_NAME 256

/* The component of @kind among @components; that of button @index, when @index is not negative. */
static JsonObject *
find_component (JsonArray *components,
                const char *kind,
                int index)
{
  for (guint i = 0; i < lobby_json_array_length (components); i++)
    {
      JsonObject *component = lobby_json_array_object (components, i);
      const char *type = lobby_json_get_string (component, "type", MAX_NAME);

      if (type != NULL && g_ascii_strcasecmp (type, kind) == 0 && (index < 0 || lobby_json_get_int_or (component, "index", -1) == index))
        return component;
    }
  return NULL;
}

static JsonArray *
find_parameters (JsonObject *given,
                 const char *kind)
{
  return lobby_json_get_array (find_component (lobby_json_get_array (given, "components"), kind, -1), "parameters");
}

/* Fields */

/* The next "{{name}}" in @text: its beginning, and behind it in *@end; NULL: there is none. *@name (transfer full) */
static const char *
next_field (const char *text,
            const char **end,
            char **name)
{
  const char *open = text != NULL ? strstr (text, "{{") : NULL;
  const char *close = open != NULL ? strstr (open, "}}") : NULL;

  if (close == NULL)
    return NULL;
  *name = g_strstrip (g_strndup (open + 2, (gsize)(close - open - 2)));
  *end = close + 2;
  return open;
}

static guint
count_fields (const char *text)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  const char *end = text;
  char *name;

  while (next_field (end, &end, &name) != NULL)
    g_hash_table_add (names, name);
  return g_hash_table_size (names);
}

static gboolean
is_named (const LobbyTemplate *template)
{
  return g_strcmp0 (template->parameter_format, "NAMED") == 0;
}

/* The parameter for the field @name: by its name, or as number @name of @parameters. */
static JsonObject *
find_parameter (const LobbyTemplate *template,
                JsonArray *parameters,
                const char *name)
{
  guint64 number;

  if (!is_named (template))
    return g_ascii_string_to_unsigned (name, 10, 1, 1024, &number, NULL) ? lobby_json_array_object (parameters, (guint)number - 1) : NULL;
  for (guint i = 0; i < lobby_json_array_length (parameters); i++)
    {
      JsonObject *parameter = lobby_json_array_object (parameters, i);

      if (g_strcmp0 (lobby_json_get_string (parameter, "parameter_name", MAX_NAME), name) == 0)
        return parameter;
    }
  return NULL;
}

/* WhatsApp writes currencies and dates in the customer's manner; the fallback is near enough to be read here. */
static const char *
parameter_words (JsonObject *parameter)
{
  const char *type = lobby_json_get_string (parameter, "type", MAX_NAME);

  if (type != NULL && (strcmp (type, "currency") == 0 || strcmp (type, "date_time") == 0))
    return lobby_json_get_string (lobby_json_get_object (parameter, type), "fallback_value", MAX_TEXT);
  return lobby_json_get_string (parameter, "text", MAX_TEXT);
}

static char *
check_fields (const LobbyTemplate *template,
              const char *text,
              JsonArray *parameters,
              const char *where)
{
  guint wanted = count_fields (text), given = lobby_json_array_length (parameters);
  const char *end = text;
  char *name;

  if (wanted != given)
    return g_strdup_printf ("The template's %s has %u fields to fill in, and %u were given", where, wanted, given);
  while (next_field (end, &end, &name) != NULL)
    {
      g_autofree char *owned = name;

      if (find_parameter (template, parameters, owned) == NULL)
        return g_strdup_printf ("The template's field “%s” is not filled in", owned);
    }
  return NULL;
}

static char *
fill (const LobbyTemplate *template,
      const char *text,
      JsonArray *parameters)
{
  GString *filled = g_string_new (NULL);
  const char *rest = text, *end, *open;
  char *name;

  while ((open = next_field (rest, &end, &name)) != NULL)
    {
      g_autofree char *owned = name;
      const char *words = parameter_words (find_parameter (template, parameters, owned));

      g_string_append_len (filled, rest, open - rest);
      if (words != NULL)
        g_string_append (filled, words);
      else
        g_string_append_len (filled, open, end - open);
      rest = end;
    }
  g_string_append (filled, rest != NULL ? rest : "");
  return g_string_free (filled, FALSE);
}

/* Parts */

static char *
check_header (const LobbyTemplate *template,
              JsonObject *given)
{
  JsonObject *header = find_component (template->components, "HEADER", -1);
  const char *format = lobby_json_get_string (header, "format", MAX_NAME);
  JsonArray *parameters = find_parameters (given, "header");
  const char *type = lobby_json_get_string (lobby_json_array_object (parameters, 0), "type", MAX_NAME);

  if (format == NULL || g_ascii_strcasecmp (format, "TEXT") == 0)
    return check_fields (template, lobby_json_get_string (header, "text", MAX_TEXT), parameters, "header");
  if (type == NULL || g_ascii_strcasecmp (type, format) != 0)
    {
      g_autofree char *kind = g_ascii_strdown (format, -1);

      return g_strdup_printf ("This template needs a header of type %s", kind);
    }
  return NULL;
}

/* What WhatsApp's type of a button is called when one is filled in. */
static const char *
sub_type_of (const char *type)
{
  static const char *const NAMES[][2] = {
    { "QUICK_REPLY", "quick_reply" },
    { "URL", "url" },
    { "OTP", "url" },
    { "COPY_CODE", "copy_code" },
    { "FLOW", "flow" },
    { "CATALOG", "catalog" },
    { "MPM", "mpm" },
  };

  for (guint i = 0; type != NULL && i < G_N_ELEMENTS (NAMES); i++)
    {
      if (g_ascii_strcasecmp (type, NAMES[i][0]) == 0)
        return NAMES[i][1];
    }
  return NULL;
}

static gboolean
wants_parameter (JsonObject *button)
{
  const char *type = lobby_json_get_string (button, "type", MAX_NAME);

  if (g_strcmp0 (type, "URL") == 0)
    return count_fields (lobby_json_get_string (button, "url", MAX_TEXT)) > 0;
  return g_strcmp0 (type, "COPY_CODE") == 0 || g_strcmp0 (type, "OTP") == 0 || g_strcmp0 (type, "MPM") == 0;
}

static char *
check_button (JsonObject *button,
              JsonObject *filling,
              guint index)
{
  const char *sub_type = sub_type_of (lobby_json_get_string (button, "type", MAX_NAME));
  const char *given = lobby_json_get_string (filling, "sub_type", MAX_NAME);

  if (filling == NULL)
    return wants_parameter (button) ? g_strdup_printf ("Fill in the template's button %u", index + 1) : NULL;
  if (sub_type == NULL || given == NULL || g_ascii_strcasecmp (given, sub_type) != 0)
    return g_strdup_printf ("The template's button %u is of another kind", index + 1);
  if (strcmp (sub_type, "url") == 0 && !wants_parameter (button))
    return g_strdup_printf ("The link of the template's button %u has nothing to fill in", index + 1);
  return NULL;
}

static char *
check_buttons (const LobbyTemplate *template,
               JsonObject *given)
{
  JsonArray *buttons = lobby_json_get_array (find_component (template->components, "BUTTONS", -1), "buttons");
  JsonArray *components = lobby_json_get_array (given, "components");
  guint length = lobby_json_array_length (buttons);

  for (guint i = 0; i < lobby_json_array_length (components); i++)
    {
      JsonObject *component = lobby_json_array_object (components, i);
      const char *type = lobby_json_get_string (component, "type", MAX_NAME);

      if (type != NULL && g_ascii_strcasecmp (type, "button") == 0 && lobby_json_get_int_or (component, "index", 0) >= length)
        return g_strdup_printf ("This template has %u buttons", length);
    }
  for (guint i = 0; i < length; i++)
    {
      char *problem = check_button (lobby_json_array_object (buttons, i), find_component (components, "button", (int)i), i);

      if (problem != NULL)
        return problem;
    }
  return NULL;
}

char *
lobby_draft_filling_check (const LobbyTemplate *template,
                           JsonObject *given)
{
  const char *body = lobby_json_get_string (find_component (template->components, "BODY", -1), "text", MAX_TEXT);
  char *problem;

  if (g_strcmp0 (template->status, "APPROVED") != 0)
    {
      g_autofree char *status = g_ascii_strdown (template->status, -1);

      return g_strdup_printf ("This template cannot be sent: WhatsApp says it is %s", status);
    }
  problem = check_header (template, given);
  if (problem == NULL)
    problem = check_fields (template, body, find_parameters (given, "body"), "text");
  return problem != NULL ? problem : check_buttons (template, given);
}

char *
lobby_draft_filling_text (const LobbyTemplate *template,
                          JsonObject *given)
{
  return fill (template, lobby_json_get_string (find_component (template->components, "BODY", -1), "text", MAX_TEXT), find_parameters (given, "body"));
}

JsonObject *
lobby_draft_filling_frame (const LobbyTemplate *template,
                           JsonObject *given)
{
  JsonObject *frame = json_object_new ();
  const char *header = lobby_json_get_string (find_component (template->components, "HEADER", -1), "text", MAX_TEXT);
  JsonArray *buttons = lobby_json_get_array (find_component (template->components, "BUTTONS", -1), "buttons");
  JsonArray *titles = json_array_new ();

  if (header != NULL)
    {
      g_autofree char *text = fill (template, header, find_parameters (given, "header"));

      json_object_set_string_member (frame, "header", text);
    }
  lobby_json_set_string (frame, "footer", lobby_json_get_string (find_component (template->components, "FOOTER", -1), "text", MAX_TEXT));
  for (guint i = 0; i < lobby_json_array_length (buttons); i++)
    {
      const char *title = lobby_json_get_string (lobby_json_array_object (buttons, i), "text", MAX_TEXT);

      json_array_add_string_element (titles, title != NULL ? title : "");
    }
  if (json_array_get_length (titles) > 0)
    json_object_set_array_member (frame, "buttons", titles);
  else
    json_array_unref (titles);
  return frame;
}
