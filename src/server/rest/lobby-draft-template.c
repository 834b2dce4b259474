/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-draft-check.h"

#include <string.h>

#include "lobby-json.h"

/* The parameters of a template (CLOUD_API 5). */

#define COMPONENTS_MAX 16
#define PARAMETERS_MAX 64
#define PARAMETER_LETTERS 32768
#define BUTTON_INDEX_MAX 9

static char *
check_template_name (JsonObject *template)
{
  const char *name = lobby_json_get_string (template, "name", 512);
  const char *language = lobby_json_get_string (template, "language", 64);

  if (name == NULL || *name == '\0' || strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_") != strlen (name))
    return g_strdup ("A template's name has small letters, digits and _ only");
  if (language == NULL || *language == '\0' || strlen (language) > 16)
    return g_strdup ("A template needs a language, as in en_US");
  return NULL;
}

/* Meta refuses texts that would break its layout. */
static char *
check_parameter_text (JsonObject *parameter)
{
  const char *text = lobby_json_get_string (parameter, "text", PARAMETER_LETTERS);

  if (text == NULL || text[strspn (text, " ")] == '\0')
    return g_strdup ("Fill in every field of the template");
  if (strpbrk (text, "\r\n\t") != NULL || strstr (text, "     ") != NULL)
    return g_strdup ("A field of a template can have no line breaks, tabs or rows of spaces");
  return NULL;
}

static char *
check_currency (JsonObject *parameter)
{
  JsonObject *currency = lobby_json_get_object (parameter, "currency");
  const char *code = lobby_json_get_string (currency, "code", 8);
  gint64 amount;

  if (code == NULL || strlen (code) != 3 || !lobby_json_get_int (currency, "amount_1000", &amount))
    return g_strdup ("An amount needs a currency code of three letters and amount_1000");
  return lobby_draft_check_text (currency, "fallback_value", "The amount as text", 1, 1024);
}

static char *
check_location_parameter (JsonObject *parameter)
{
  return lobby_draft_check_location (lobby_json_get_object (parameter, "location"));
}

static char *
check_date_time (JsonObject *parameter)
{
  return lobby_draft_check_text (lobby_json_get_object (parameter, "date_time"), "fallback_value", "The date as text", 1, 1024);
}

static char *
check_header_parameter (JsonObject *parameter,
                        gboolean has_file)
{
  const char *type = lobby_json_get_string (parameter, "type", 64);

  if (g_strcmp0 (type, "text") == 0)
    return check_parameter_text (parameter);
  if (g_strcmp0 (type, "location") == 0)
    return check_location_parameter (parameter);
  if (g_strcmp0 (type, "image") == 0 || g_strcmp0 (type, "video") == 0 || g_strcmp0 (type, "document") == 0)
    return lobby_draft_check_file (lobby_json_get_object (parameter, type), "The template's header", has_file);
  return g_strdup ("A template's header is a text, image, video, document or location");
}

static char *
check_body_parameter (JsonObject *parameter)
{
  const char *type = lobby_json_get_string (parameter, "type", 64);

  if (g_strcmp0 (type, "text") == 0)
    return check_parameter_text (parameter);
  if (g_strcmp0 (type, "currency") == 0)
    return check_currency (parameter);
  if (g_strcmp0 (type, "date_time") == 0)
    return check_date_time (parameter);
  return g_strdup ("A field of a template is a text, a currency or a date_time");
}

/* Either all fields have names or none. */
static char *
check_naming (JsonArray *parameters)
{
  guint length = lobby_json_array_length (parameters);
  guint named = 0;

  for (guint i = 0; i < length; i++)
    named += lobby_json_get_string (lobby_json_array_object (parameters, i), "parameter_name", 256) != NULL;
  return named != 0 && named != length ? g_strdup ("Either all fields of a template have a parameter_name or none") : NULL;
}

static char *
check_header (JsonObject *component,
              gboolean has_file)
{
  JsonArray *parameters = lobby_json_get_array (component, "parameters");

  if (lobby_json_array_length (parameters) != 1)
    return g_strdup ("A template's header has one parameter");
  return check_header_parameter (lobby_json_array_object (parameters, 0), has_file);
}

static char *
check_body (JsonObject *component)
{
  JsonArray *parameters = lobby_json_get_array (component, "parameters");
  char *problem = check_naming (parameters);

  if (problem == NULL && lobby_json_array_length (parameters) > PARAMETERS_MAX)
    problem = g_strdup ("These are too many fields");
  for (guint i = 0; problem == NULL && i < lobby_json_array_length (parameters); i++)
    problem = check_body_parameter (lobby_json_array_object (parameters, i));
  return problem;
}

/* What a button of each kind takes: the type of its parameter, and the member that has it. */
static const struct
{
  const char *sub_type, *type, *member;
  guint max; /* characters; 0: an object, or nothing at all */
} BUTTONS[] = {
  { "quick_reply", "payload", "payload", 128 },
  { "url", "text", "text", 2000 },
  { "copy_code", "coupon_code", "coupon_code", 20 },
  { "flow", "action", "action", 0 },
  { "catalog", "action", "action", 0 },
  { "mpm", "action", "action", 0 },
};

static char *
check_button_parameter (JsonObject *parameter,
                        guint kind)
{
  const char *type = lobby_json_get_string (parameter, "type", 64);

  /* One-time passwords go to a copy_code button as a text. */
  if (g_strcmp0 (type, "text") == 0 && strcmp (BUTTONS[kind].sub_type, "copy_code") == 0)
    return lobby_draft_check_text (parameter, "text", "The code", 1, BUTTONS[kind].max);
  if (g_strcmp0 (type, BUTTONS[kind].type) != 0)
    return g_strdup_printf ("The parameter of a %s button is of type %s", BUTTONS[kind].sub_type, BUTTONS[kind].type);
  if (BUTTONS[kind].max > 0)
    return lobby_draft_check_text (parameter, BUTTONS[kind].member, "A button's parameter", 1, BUTTONS[kind].max);
  if (lobby_json_get_object (parameter, BUTTONS[kind].member) == NULL)
    return g_strdup_printf ("The parameter of a %s button needs an action", BUTTONS[kind].sub_type);
  return NULL;
}

static char *
check_button (JsonObject *component)
{
  const char *sub_type = lobby_json_get_string (component, "sub_type", 64);
  JsonArray *parameters = lobby_json_get_array (component, "parameters");
  guint length = lobby_json_array_length (parameters);
  gint64 index;

  if (!lobby_json_get_int (component, "index", &index) || index < 0 || index > BUTTON_INDEX_MAX)
    return g_strdup_printf ("A button needs its index, from 0 to %d", BUTTON_INDEX_MAX);
  for (guint i = 0; sub_type != NULL && i < G_N_ELEMENTS (BUTTONS); i++)
    {
      if (g_ascii_strcasecmp (sub_type, BUTTONS[i].sub_type) != 0)
        continue;
      if (length > 1 || (length == 0 && BUTTONS[i].max > 0))
        return g_strdup_printf ("A %s button has one parameter", BUTTONS[i].sub_type);
      return length == 1 ? check_button_parameter (lobby_json_array_object (parameters, 0), i) : NULL;
    }
  return g_strdup ("A button is of sub_type quick_reply, url, copy_code, flow, catalog or mpm");
}

static char *
check_component (JsonObject *component,
                 gboolean has_file)
{
  const char *type = lobby_json_get_string (component, "type", 64);

  if (type == NULL)
    return g_strdup ("Each component of a template has a type");
  if (g_ascii_strcasecmp (type, "header") == 0)
    return check_header (component, has_file);
  if (g_ascii_strcasecmp (type, "body") == 0)
    return check_body (component);
  if (g_ascii_strcasecmp (type, "button") == 0)
    return check_button (component);
  if (g_ascii_strcasecmp (type, "limited_time_offer") == 0)
    return NULL;
  return g_strdup ("A template's parameters are those of its header, body, buttons and limited_time_offer");
}

char *
lobby_draft_check_template (JsonObject *template,
                            gboolean has_file)
{
  JsonArray *components = lobby_json_get_array (template, "components");
  char *problem = check_template_name (template);

  if (problem == NULL && lobby_json_array_length (components) > COMPONENTS_MAX)
    problem = g_strdup ("These are too many components");
  for (guint i = 0; problem == NULL && i < lobby_json_array_length (components); i++)
    problem = check_component (lobby_json_array_object (components, i), has_file);
  return problem;
}
