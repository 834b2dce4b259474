/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-json.h"

#include <float.h>
#include <math.h>
#include <string.h>

G_DEFINE_QUARK (lobby - json - error - quark, lobby_json_error)

/* Bytes; a caller's own limits are lower. */
#define MAX_DOCUMENT (64 * 1024 * 1024)

#define MAX_NUMBER 512

/* The length of the number that begins at @text, or 0 when it is beyond a double: that would be read as an
 * infinity, which cannot be written again as JSON. */
static gsize
measure_number (const char *text,
                gsize length)
{
  char copy[MAX_NUMBER + 1];
  gboolean has_exponent = FALSE;
  gsize n = 0;

  while (n < length && (g_ascii_isdigit (text[n]) || (text[n] != '\0' && strchr ("+-.eE", text[n]) != NULL)))
    {
      if (n == MAX_NUMBER)
        return 0;
      has_exponent = has_exponent || g_ascii_isalpha (text[n]);
      copy[n] = text[n];
      n++;
    }
  copy[n] = '\0';
  if (!has_exponent && n < DBL_MAX_10_EXP)
    return n;
  return isfinite (g_ascii_strtod (copy, NULL)) ? n : 0;
}

/* The parser recurses, so that the depth is counted before it sees the text. */
static gboolean
is_within_limits (const char *text,
                  gsize length,
                  GError **error)
{
  gboolean in_string = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < length; i++)
    {
      char c = text[i];

      if (in_string && c == '\\')
        i++;
      else if (c == '"')
        in_string = !in_string;
      else if (in_string)
        continue;
      else if (c == '{' || c == '[')
        {
          if (++depth > LOBBY_JSON_MAX_DEPTH)
            {
              g_set_error_literal (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_TOO_DEEP, "The JSON text is nested too deeply");
              return FALSE;
            }
        }
      else if ((c == '}' || c == ']') && depth > 0)
        depth--;
      else if (g_ascii_isdigit (c))
        {
          gsize n = measure_number (text + i, length - i);

          if (n == 0)
            {
              g_set_error_literal (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_TOO_LARGE, "The JSON text has too large a number");
              return FALSE;
            }
          i += n - 1;
        }
    }

  return TRUE;
}

/* The code unit of the escape that begins at @text, or -1. */
static int
read_escape (const char *text,
             gsize length)
{
  int unit = 0;

  if (length < 6 || text[0] != '\\' || text[1] != 'u')
    return -1;
  for (gsize i = 2; i < 6; i++)
    {
      int digit = g_ascii_xdigit_value (text[i]);

      if (digit < 0)
        return -1;
      unit = unit << 4 | digit;
    }
  return unit;
}

static gboolean
is_between (int unit,
            int first,
            int last)
{
  return unit >= first && unit <= last;
}

/* @text with each escaped half of a surrogate pair as U+FFFD, or NULL when there is none. Such halves are legal JSON (a
 * text that was cut inside an emoji), and the parser refuses all that stands around them. */
static char *
mend_surrogates (const char *text,
                 gsize length)
{
  g_autofree char *mended = g_strndup (text, length);
  gboolean changed = FALSE;
  gsize i = 0;

  while (i < length)
    {
      int unit = read_escape (text + i, length - i);

      if (is_between (unit, 0xd800, 0xdbff) && is_between (read_escape (text + i + 6, length - i - 6), 0xdc00, 0xdfff))
        {
          i += 12;
          continue;
        }
      if (is_between (unit, 0xd800, 0xdfff))
        {
          memcpy (mended + i + 2, "fffd", 4);
          changed = TRUE;
        }
      /* An escaped backslash does not begin another escape. */
      i += text[i] == '\\' ? 2 : 1;
    }
  return changed ? g_steal_pointer (&mended) : NULL;
}

static gboolean
load (JsonParser *parser,
      const char *text,
      gsize length,
      GError **error)
{
  g_autofree char *mended = NULL;

  if (json_parser_load_from_data (parser, text, (gssize)length, error))
    return TRUE;
  mended = mend_surrogates (text, length);
  if (mended == NULL)
    return FALSE;
  g_clear_error (error);
  return json_parser_load_from_data (parser, mended, (gssize)length, error);
}

JsonNode *
lobby_json_parse (const char *text,
                  gssize length,
                  GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (GError) reason = NULL;
  gsize n_bytes;
  JsonNode *root;

  g_return_val_if_fail (text != NULL || length == 0, NULL);

  n_bytes = length < 0 ? strlen (text) : (gsize)length;
  if (n_bytes > MAX_DOCUMENT)
    {
      g_set_error_literal (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_TOO_LARGE, "The JSON text is too large");
      return NULL;
    }
  if (n_bytes == 0 || !g_utf8_validate_len (text, n_bytes, NULL))
    {
      g_set_error_literal (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_SYNTAX, "The JSON text is empty or not UTF-8");
      return NULL;
    }
  if (!is_within_limits (text, n_bytes, error))
    return NULL;

  parser = json_parser_new ();
  json_parser_set_strict (parser, TRUE);
  if (!load (parser, text, n_bytes, &reason))
    {
      g_set_error_literal (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_SYNTAX, reason->message);
      return NULL;
    }

  root = json_parser_steal_root (parser);
  if (root == NULL)
    g_set_error_literal (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_SYNTAX, "The JSON text is empty");

  return root;
}

JsonObject *
lobby_json_parse_object (const char *text,
                         gssize length,
                         GError **error)
{
  g_autoptr (JsonNode) root = lobby_json_parse (text, length, error);

  if (root == NULL)
    return NULL;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error_literal (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_NOT_AN_OBJECT, "The JSON text is not an object");
      return NULL;
    }

  return json_node_dup_object (root);
}

char *
lobby_json_to_string (JsonNode *node)
{
  g_return_val_if_fail (node != NULL, NULL);

  return json_to_string (node, FALSE);
}

char *
lobby_json_object_to_string (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  g_return_val_if_fail (object != NULL, NULL);

  json_node_set_object (node, object);
  return json_to_string (node, FALSE);
}

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
