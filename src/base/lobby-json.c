/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-json.h"

#include <string.h>

G_DEFINE_QUARK (lobby - json - error - quark, lobby_json_error)

/* The member's node when it is a value of @type (G_TYPE_INVALID: of any). */
static JsonNode *
get_value (JsonObject *object,
           const char *name,
           GType type)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node))
    return NULL;

  return type == G_TYPE_INVALID || json_node_get_value_type (node) == type ? node : NULL;
}

const char *
lobby_json_get_string (JsonObject *object,
                       const char *name,
                       gsize max_bytes)
{
  JsonNode *node = get_value (object, name, G_TYPE_STRING);
  const char *text = node != NULL ? json_node_get_string (node) : NULL;

  return text != NULL && strlen (text) <= max_bytes ? text : NULL;
}

gboolean
lobby_json_get_int (JsonObject *object,
                    const char *name,
                    gint64 *value)
{
  JsonNode *node = get_value (object, name, G_TYPE_INVALID);
  GType type = node != NULL ? json_node_get_value_type (node) : G_TYPE_INVALID;

  g_return_val_if_fail (value != NULL, FALSE);

  if (type == G_TYPE_INT64)
    {
      *value = json_node_get_int (node);
      return TRUE;
    }
  if (type == G_TYPE_DOUBLE)
    {
      double number = json_node_get_double (node);

      /* 2^53: above it not every whole number is a double. */
      if (!(number >= -9007199254740992.0 && number <= 9007199254740992.0) || (double)(gint64)number != number)
        return FALSE;
      *value = (gint64)number;
      return TRUE;
    }
  if (type == G_TYPE_STRING)
    return g_ascii_string_to_signed (json_node_get_string (node), 10, G_MININT64, G_MAXINT64, value, NULL);

  return FALSE;
}

gint64
lobby_json_get_int_or (JsonObject *object,
                       const char *name,
                       gint64 fallback)
{
  gint64 value;

  return lobby_json_get_int (object, name, &value) ? value : fallback;
}

double
lobby_json_get_double_or (JsonObject *object,
                          const char *name,
                          double fallback)
{
  JsonNode *node = get_value (object, name, G_TYPE_INVALID);
  GType type = node != NULL ? json_node_get_value_type (node) : G_TYPE_INVALID;

  return type == G_TYPE_DOUBLE || type == G_TYPE_INT64 ? json_node_get_double (node) : fallback;
}

gboolean
lobby_json_get_boolean_or (JsonObject *object,
                           const char *name,
                           gboolean fallback)
{
  JsonNode *node = get_value (object, name, G_TYPE_BOOLEAN);

  return node != NULL ? json_node_get_boolean (node) : fallback;
}

JsonObject *
lobby_json_get_object (JsonObject *object,
                       const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

JsonArray *
lobby_json_get_array (JsonObject *object,
                      const char *name)
{
  JsonNode *node = object != NULL ? json_object_get_member (object, name) : NULL;

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

JsonObject *
lobby_json_array_object (JsonArray *array,
                         guint index)
{
  JsonNode *node;

  if (index >= lobby_json_array_length (array))
    return NULL;

  node = json_array_get_element (array, index);
  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

const char *
lobby_json_array_string (JsonArray *array,
                         guint index,
                         gsize max_bytes)
{
  JsonNode *node = index < lobby_json_array_length (array) ? json_array_get_element (array, index) : NULL;
  const char *text = node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
                         ? json_node_get_string (node)
                         : NULL;

  return text != NULL && strlen (text) <= max_bytes ? text : NULL;
}

guint
lobby_json_array_length (JsonArray *array)
{
  return array != NULL ? json_array_get_length (array) : 0;
}

void
lobby_json_set_string (JsonObject *object,
                       const char *name,
                       const char *value)
{
  g_return_if_fail (object != NULL);

  if (value != NULL)
    json_object_set_string_member (object, name, value);
}
