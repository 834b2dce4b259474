/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-json.h"

static void
test_refuse (void)
{
  static const char *cases[] = {
    "",
    " ",
    "{",
    "}",
    "{\"a\":}",
    "{\"a\" 1}",
    "{a:1}",
    "{'a':1}",
    "[1,]",
    "{\"a\":1,}",
    "{} {}",
    "{}x",
    "nul",
    "01",
    "[1 2]",
    "\"\\x\"",
    "// no\n{}",
    "/* no */{}",
    "var a = {};",
    "\xff",
    "{\"a\":\"\xc3\"}",
    "NaN",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = lobby_json_parse (cases[i], -1, &error);

      if (node != NULL)
        g_test_message ("accepted: %s", cases[i]);
      g_assert_null (node);
      g_assert_error (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_SYNTAX);
    }
}

/* An infinity could not be written as JSON again. */
static void
test_numbers (void)
{
  g_autofree char *digits = g_strnfill (400, '9');
  g_autofree char *endless = g_strnfill (100000, '9');
  const char *refused[] = { "1e999", "[1E+309]", "[-1e400,2]", "{\"a\":{\"b\":9e308}}", digits, endless };
  const char *accepted[] = { "1e308", "-1.5E-300", "1e-999", "[\"1e999\"]", "12345678901234567890", "0.1" };

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lobby_json_parse (refused[i], -1, &error));
      g_assert_error (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_TOO_LARGE);
    }
  for (guint i = 0; i < G_N_ELEMENTS (accepted); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) node = lobby_json_parse (accepted[i], -1, &error);
      g_autofree char *text = NULL;

      g_assert_no_error (error);
      text = lobby_json_to_string (node);
      json_node_unref (lobby_json_parse (text, -1, &error));
      g_assert_no_error (error);
    }
}

static void
test_depth (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  JsonNode *node;

  for (int i = 0; i < LOBBY_JSON_MAX_DEPTH; i++)
    g_string_append_c (text, '[');
  g_string_append (text, "\"[[[{{{\\\"[[[\"");
  for (int i = 0; i < LOBBY_JSON_MAX_DEPTH; i++)
    g_string_append_c (text, ']');

  node = lobby_json_parse (text->str, (gssize)text->len, &error);
  g_assert_no_error (error);
  g_assert_nonnull (node);
  json_node_unref (node);

  g_string_prepend_c (text, '[');
  g_string_append_c (text, ']');
  g_assert_null (lobby_json_parse (text->str, (gssize)text->len, &error));
  g_assert_error (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_TOO_DEEP);
}

static void
test_not_an_object (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lobby_json_parse_object ("[]", -1, &error));
  g_assert_error (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_NOT_AN_OBJECT);
}

static void
test_nul_inside (void)
{
  static const char text[] = "{\"a\":\"x\0y\"}";
  g_autoptr (GError) error = NULL;

  g_assert_null (lobby_json_parse (text, sizeof text - 1, &error));
  g_assert_error (error, LOBBY_JSON_ERROR, LOBBY_JSON_ERROR_SYNTAX);
}

static void
test_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) object = lobby_json_parse_object (
      "{\"s\":\"caf\\u00e9 \\ud83d\\ude00\",\"i\":7,\"big\":9007199254740993,\"d\":1.5,\"whole\":3.0,\"digits\":\"1700000000\","
      "\"words\":\"12a\",\"t\":true,\"n\":null,\"o\":{\"x\":1},\"a\":[{\"y\":2},3],\"huge\":1e300}",
      -1, &error);
  gint64 value = 0;

  g_assert_no_error (error);
  g_assert_cmpstr (lobby_json_get_string (object, "s", 100), ==, "café 😀");
  g_assert_cmpstr (lobby_json_get_string (object, "s", 10), ==, "café 😀");
  g_assert_null (lobby_json_get_string (object, "s", 9));
  g_assert_null (lobby_json_get_string (object, "i", 100));
  g_assert_null (lobby_json_get_string (object, "n", 100));
  g_assert_null (lobby_json_get_string (object, "o", 100));
  g_assert_null (lobby_json_get_string (object, "none", 100));
  g_assert_null (lobby_json_get_string (NULL, "s", 100));

  g_assert_true (lobby_json_get_int (object, "i", &value));
  g_assert_cmpint (value, ==, 7);
  g_assert_true (lobby_json_get_int (object, "big", &value));
  g_assert_cmpint (value, ==, 9007199254740993);
  g_assert_true (lobby_json_get_int (object, "whole", &value));
  g_assert_cmpint (value, ==, 3);
  g_assert_true (lobby_json_get_int (object, "digits", &value));
  g_assert_cmpint (value, ==, 1700000000);
  g_assert_false (lobby_json_get_int (object, "d", &value));
  g_assert_false (lobby_json_get_int (object, "huge", &value));
  g_assert_false (lobby_json_get_int (object, "words", &value));
  g_assert_false (lobby_json_get_int (object, "t", &value));
  g_assert_cmpint (lobby_json_get_int_or (object, "n", -3), ==, -3);

  g_assert_cmpfloat (lobby_json_get_double_or (object, "d", 0), ==, 1.5);
  g_assert_cmpfloat (lobby_json_get_double_or (object, "i", 0), ==, 7.0);
  g_assert_cmpfloat (lobby_json_get_double_or (object, "s", 2), ==, 2.0);
  g_assert_true (lobby_json_get_boolean_or (object, "t", FALSE));
  g_assert_true (lobby_json_get_boolean_or (object, "i", TRUE));

  g_assert_cmpint (lobby_json_get_int_or (lobby_json_get_object (object, "o"), "x", 0), ==, 1);
  g_assert_null (lobby_json_get_object (object, "a"));
  g_assert_null (lobby_json_get_array (object, "o"));
  g_assert_cmpuint (lobby_json_array_length (lobby_json_get_array (object, "a")), ==, 2);
  g_assert_nonnull (lobby_json_array_object (lobby_json_get_array (object, "a"), 0));
  g_assert_null (lobby_json_array_object (lobby_json_get_array (object, "a"), 1));
  g_assert_null (lobby_json_array_object (lobby_json_get_array (object, "a"), 2));
  g_assert_null (lobby_json_array_object (NULL, 0));
}

/* Nothing that is not text ever leaves, whatever a peer escapes. */
static void
test_lone_surrogate (void)
{
  static const char *cases[] = {
    "{\"v\":\"\\ud800\"}",
    "{\"v\":\"\\udc00\"}",
    "{\"v\":\"\\ud800\\u0041\"}",
    "{\"v\":\"\\ud83d\\ud83d\"}",
    "{\"v\":\"a\\u0000b\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonObject) object = lobby_json_parse_object (cases[i], -1, NULL);
      const char *text = lobby_json_get_string (object, "v", 100);

      if (text != NULL)
        g_assert_true (g_utf8_validate (text, -1, NULL));
      if (object != NULL)
        {
          g_autofree char *written = lobby_json_object_to_string (object);

          g_assert_true (g_utf8_validate (written, -1, NULL));
        }
    }
}

/* Half a pair costs its letter, not all that stands around it. */
static void
test_half_pairs (void)
{
  static const char *cases[][2] = {
    { "{\"v\":\"a\\ud83d\"}", "a\357\277\275" },
    { "{\"v\":\"\\uDC00b\"}", "\357\277\275b" },
    { "{\"v\":\"\\ud83d\\ud83d\\ude00\"}", "\357\277\275\360\237\230\200" },
    { "{\"v\":\"\\ud83d\\n\\\\ud83d\"}", "\357\277\275\n\\ud83d" },
    { "{\"v\":\"\\\\\\ud83d\"}", "\\\357\277\275" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonObject) object = lobby_json_parse_object (cases[i][0], -1, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (lobby_json_get_string (object, "v", 100), ==, cases[i][1]);
    }
}

static void
test_write (void)
{
  g_autoptr (JsonObject) object = json_object_new ();
  g_autofree char *text = NULL;

  lobby_json_set_string (object, "a", "é\n\"");
  lobby_json_set_string (object, "b", NULL);
  json_object_set_int_member (object, "c", -5);
  text = lobby_json_object_to_string (object);
  g_assert_cmpstr (text, ==, "{\"a\":\"é\\n\\\"\",\"c\":-5}");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/refuse", test_refuse);
  g_test_add_func ("/json/numbers", test_numbers);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/not-an-object", test_not_an_object);
  g_test_add_func ("/json/nul-inside", test_nul_inside);
  g_test_add_func ("/json/read", test_read);
  g_test_add_func ("/json/lone-surrogate", test_lone_surrogate);
  g_test_add_func ("/json/half-pairs", test_half_pairs);
  g_test_add_func ("/json/write", test_write);
  return g_test_run ();
}
