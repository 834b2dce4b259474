/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-json.h"

#include <math.h>
#include <string.h>

/*
 * RFC 8259 into json-glib's nodes, which take three quarters of the time that is left: json-glib's own parser takes four times as long, is
 * asked about limits before it begins, and refuses all that stands around half of an emoji.
 */

/* Bytes; a caller's own limits are lower. */
#define MAX_DOCUMENT (64 * 1024 * 1024)
/* Letters. */
#define MAX_NUMBER 512

typedef struct
{
  const char *begin, *at, *end;
  GString *text; /* of the string that is being read */
  guint depth;
  GError **error;
} Parser;

static JsonNode *parse_value (Parser *parser);

static void
set_malformed (Parser *parser)
{
  g_set_error (parser->error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_SYNTAX, "The JSON text is malformed at byte %" G_GSIZE_FORMAT,
               (gsize)(parser->at - parser->begin));
}

static gboolean
is_next (const Parser *parser,
         char c)
{
  return parser->at < parser->end && *parser->at == c;
}

static gboolean
take (Parser *parser,
      char c)
{
  if (!is_next (parser, c))
    return FALSE;
  parser->at++;
  return TRUE;
}

static void
skip_space (Parser *parser)
{
  while (parser->at < parser->end && (*parser->at == ' ' || *parser->at == '\t' || *parser->at == '\n' || *parser->at == '\r'))
    parser->at++;
}

/* Strings */

/* The four digits of an escape, or -1. */
static int
take_unit (Parser *parser)
{
  int unit = 0;

  if (parser->end - parser->at < 4)
    return -1;
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (parser->at[i]);

      if (digit < 0)
        return -1;
      unit = unit << 4 | digit;
    }
  parser->at += 4;
  return unit;
}

static gboolean
is_between (int unit,
            int first,
            int last)
{
  return unit >= first && unit <= last;
}

/* After "\u". Half of a surrogate pair is legal JSON (a text that was cut inside an emoji), but no character. */
static gboolean
parse_unit (Parser *parser)
{
  int unit = take_unit (parser);

  if (unit < 0)
    return FALSE;
  if (is_between (unit, 0xd800, 0xdbff) && parser->end - parser->at >= 6 && parser->at[0] == '\\' && parser->at[1] == 'u')
    {
      const char *before = parser->at;
      int low;

      parser->at += 2;
      low = take_unit (parser);
      if (is_between (low, 0xdc00, 0xdfff))
        unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
      else
        parser->at = before;
    }
  g_string_append_unichar (parser->text, is_between (unit, 0xd800, 0xdfff) ? 0xfffd : (gunichar)unit);
  return TRUE;
}

static gboolean
parse_escape (Parser *parser)
{
  static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
  char c = parser->at < parser->end ? *parser->at : '\0';
  const char *found = c != '\0' ? strchr (letters, c) : NULL;

  if (c == 'u')
    {
      parser->at++;
      return parse_unit (parser);
    }
  if (found == NULL)
    return FALSE;
  parser->at++;
  g_string_append_c (parser->text, meant[found - letters]);
  return TRUE;
}

/* Into parser->text. */
static gboolean
parse_text (Parser *parser)
{
  g_string_truncate (parser->text, 0);
  if (!take (parser, '"'))
    return FALSE;
  while (parser->at < parser->end)
    {
      const char *begin = parser->at;

      while (parser->at < parser->end && *parser->at != '"' && *parser->at != '\\' && *parser->at != '\n')
        parser->at++;
      g_string_append_len (parser->text, begin, parser->at - begin);
      if (take (parser, '"'))
        return TRUE;
      if (!take (parser, '\\') || !parse_escape (parser))
        return FALSE;
    }
  return FALSE;
}

/* Numbers */

static gsize
take_digits (Parser *parser)
{
  const char *begin = parser->at;

  while (parser->at < parser->end && g_ascii_isdigit (*parser->at))
    parser->at++;
  return parser->at - begin;
}

/* FALSE: it is none. */
static gboolean
measure_number (Parser *parser,
                gboolean *is_whole)
{
  *is_whole = TRUE;
  take (parser, '-');
  if (!take (parser, '0') && take_digits (parser) == 0)
    return FALSE;
  if (take (parser, '.'))
    {
      *is_whole = FALSE;
      if (take_digits (parser) == 0)
        return FALSE;
    }
  if (take (parser, 'e') || take (parser, 'E'))
    {
      *is_whole = FALSE;
      if (!take (parser, '+'))
        take (parser, '-');
      if (take_digits (parser) == 0)
        return FALSE;
    }
  return parser->at == parser->end || !g_ascii_isdigit (*parser->at); /* no zero in front */
}

/* An infinity could not be written as JSON again. Whole numbers beyond 64 bits become the largest or smallest. */
static JsonNode *
parse_number (Parser *parser)
{
  const char *begin = parser->at;
  char copy[MAX_NUMBER + 1];
  gboolean is_whole;
  double number;
  gsize length;

  if (!measure_number (parser, &is_whole))
    {
      set_malformed (parser);
      return NULL;
    }
  length = parser->at - begin;
  if (length <= MAX_NUMBER)
    {
      memcpy (copy, begin, length);
      copy[length] = '\0';
      if (is_whole && length < 20)
        return json_node_init_int (json_node_alloc (), g_ascii_strtoll (copy, NULL, 10));
      number = g_ascii_strtod (copy, NULL);
      if (isfinite (number))
        return is_whole ? json_node_init_int (json_node_alloc (), g_ascii_strtoll (copy, NULL, 10))
                        : json_node_init_double (json_node_alloc (), number);
    }
  g_set_error_literal (parser->error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_TOO_LARGE, "The JSON text has too large a number");
  return NULL;
}

/* Values */

static JsonNode *
parse_string (Parser *parser)
{
  if (parse_text (parser))
    return json_node_init_string (json_node_alloc (), parser->text->str);
  set_malformed (parser);
  return NULL;
}

static gboolean
take_word (Parser *parser,
           const char *word)
{
  gsize length = strlen (word);

  if ((gsize)(parser->end - parser->at) < length || memcmp (parser->at, word, length) != 0)
    return FALSE;
  parser->at += length;
  return TRUE;
}

static JsonNode *
parse_word (Parser *parser)
{
  if (take_word (parser, "null"))
    return json_node_init_null (json_node_alloc ());
  if (take_word (parser, "true"))
    return json_node_init_boolean (json_node_alloc (), TRUE);
  if (take_word (parser, "false"))
    return json_node_init_boolean (json_node_alloc (), FALSE);
  set_malformed (parser);
  return NULL;
}

/* FALSE and an error: it is refused. */
static gboolean
parse_member (Parser *parser,
              JsonObject *object)
{
  g_autofree char *name = NULL;
  JsonNode *value;

  skip_space (parser);
  if (!parse_text (parser))
    {
      set_malformed (parser);
      return FALSE;
    }
  name = g_strndup (parser->text->str, parser->text->len);
  skip_space (parser);
  if (!take (parser, ':'))
    {
      set_malformed (parser);
      return FALSE;
    }
  value = parse_value (parser);
  if (value == NULL)
    return FALSE;
  json_object_set_member (object, name, value);
  return TRUE;
}

static gboolean
parse_element (Parser *parser,
               JsonArray *array)
{
  JsonNode *value = parse_value (parser);

  if (value == NULL)
    return FALSE;
  json_array_add_element (array, value);
  return TRUE;
}

/* After an element: TRUE when there is another. */
static gboolean
goes_on (Parser *parser)
{
  skip_space (parser);
  return take (parser, ',');
}

static gboolean
end_container (Parser *parser,
               char end)
{
  if (!take (parser, end))
    {
      set_malformed (parser);
      return FALSE;
    }
  parser->depth--;
  return TRUE;
}

static JsonNode *
parse_object (Parser *parser)
{
  g_autoptr (JsonObject) object = json_object_new ();

  parser->at++;
  skip_space (parser);
  if (!is_next (parser, '}'))
    {
      do
        if (!parse_member (parser, object))
          return NULL;
      while (goes_on (parser));
    }
  return end_container (parser, '}') ? json_node_init_object (json_node_alloc (), object) : NULL;
}

static JsonNode *
parse_array (Parser *parser)
{
  g_autoptr (JsonArray) array = json_array_new ();

  parser->at++;
  skip_space (parser);
  if (!is_next (parser, ']'))
    {
      do
        if (!parse_element (parser, array))
          return NULL;
      while (goes_on (parser));
    }
  return end_container (parser, ']') ? json_node_init_array (json_node_alloc (), array) : NULL;
}

static JsonNode *
parse_value (Parser *parser)
{
  char c;

  skip_space (parser);
  c = parser->at < parser->end ? *parser->at : '\0';
  if (c == '"')
    return parse_string (parser);
  if (c == '-' || g_ascii_isdigit (c))
    return parse_number (parser);
  if (c != '{' && c != '[')
    return parse_word (parser);
  if (++parser->depth > LOBBY_JSON_MAX_DEPTH)
    {
      g_set_error_literal (parser->error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_TOO_DEEP, "The JSON text is nested too deeply");
      return NULL;
    }
  return c == '{' ? parse_object (parser) : parse_array (parser);
}

static JsonNode *
parse_document (Parser *parser)
{
  JsonNode *root = parse_value (parser);

  if (root == NULL)
    return NULL;
  skip_space (parser);
  if (parser->at == parser->end)
    return root;
  set_malformed (parser);
  json_node_unref (root);
  return NULL;
}

JsonNode *
lobby_json_parse (const char *text,
                  gssize length,
                  GError **error)
{
  Parser parser;
  JsonNode *root;
  gsize n_bytes;

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
  parser = (Parser){ .begin = text, .at = text, .end = text + n_bytes, .text = g_string_new (NULL), .error = error };
  root = parse_document (&parser);
  g_string_free (parser.text, TRUE);
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
