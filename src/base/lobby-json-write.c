/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-json.h"

#include <string.h>

/* As json-glib writes it, which takes four times as long. */

static void append_node (GString *text, JsonNode *node);

static gboolean
is_plain (char c)
{
  return (guchar)c >= 0x20 && c != '"' && c != '\\' && c != 0x7f;
}

static void
append_escape (GString *text,
               char c)
{
  static const char meant[] = "\"\\\b\f\n\r\t", letters[] = "\"\\bfnrt";
  const char *found = strchr (meant, c);

  if (found != NULL)
    {
      g_string_append_c (text, '\\');
      g_string_append_c (text, letters[found - meant]);
    }
  else
    g_string_append_printf (text, "\\u%04x", (guint)(guchar)c);
}

static void
append_string (GString *text,
               const char *string)
{
  g_string_append_c (text, '"');
  while (*string != '\0')
    {
      const char *begin = string;

      while (is_plain (*string))
        string++;
      g_string_append_len (text, begin, string - begin);
      if (*string != '\0')
        append_escape (text, *string++);
    }
  g_string_append_c (text, '"');
}

static void
append_int (GString *text,
            gint64 number)
{
  char digits[24];

  g_snprintf (digits, sizeof digits, "%" G_GINT64_FORMAT, number);
  g_string_append (text, digits);
}

static void
append_value (GString *text,
              JsonNode *node)
{
  g_autofree char *other = NULL;

  switch (json_node_get_value_type (node))
    {
    case G_TYPE_STRING:
      append_string (text, json_node_get_string (node));
      break;
    case G_TYPE_INT64:
      append_int (text, json_node_get_int (node));
      break;
    case G_TYPE_BOOLEAN:
      g_string_append (text, json_node_get_boolean (node) ? "true" : "false");
      break;
    default:
      other = json_to_string (node, FALSE);
      g_string_append (text, other);
      break;
    }
}

static void
append_object (GString *text,
               JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;
  char before = '{';

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &value))
    {
      g_string_append_c (text, before);
      append_string (text, name);
      g_string_append_c (text, ':');
      append_node (text, value);
      before = ',';
    }
  g_string_append (text, before == '{' ? "{}" : "}");
}

static void
append_array (GString *text,
              JsonArray *array)
{
  guint length = json_array_get_length (array);

  g_string_append_c (text, '[');
  for (guint i = 0; i < length; i++)
    {
      if (i > 0)
        g_string_append_c (text, ',');
      append_node (text, json_array_get_element (array, i));
    }
  g_string_append_c (text, ']');
}

static void
append_node (GString *text,
             JsonNode *node)
{
  switch (json_node_get_node_type (node))
    {
    case JSON_NODE_OBJECT:
      append_object (text, json_node_get_object (node));
      break;
    case JSON_NODE_ARRAY:
      append_array (text, json_node_get_array (node));
      break;
    case JSON_NODE_VALUE:
      append_value (text, node);
      break;
    case JSON_NODE_NULL:
    default:
      g_string_append (text, "null");
      break;
    }
}

char *
lobby_json_to_string (JsonNode *node)
{
  GString *text;

  g_return_val_if_fail (node != NULL, NULL);

  text = g_string_sized_new (256);
  append_node (text, node);
  return g_string_free (text, FALSE);
}

char *
lobby_json_object_to_string (JsonObject *object)
{
  GString *text;

  g_return_val_if_fail (object != NULL, NULL);

  text = g_string_sized_new (256);
  append_object (text, object);
  return g_string_free (text, FALSE);
}
