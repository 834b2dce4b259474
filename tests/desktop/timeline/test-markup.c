/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <pango/pango.h>
#include <string.h>

#include "lobby-markup.h"

static void
test_cases (void)
{
  static const struct
  {
    const char *text;
    const char *markup;
  } cases[] = {
    { "plain", "plain" },
    { "*bold*", "<b>bold</b>" },
    { "_italic_ ~strike~", "<i>italic</i> <s>strike</s>" },
    { "*_both_*", "<b><i>both</i></b>" },
    { "a*b*c", "a*b*c" },
    { "x * not* a", "x * not* a" },
    { "*not *", "*not *" },
    { "2*3*4", "2*3*4" },
    { "(*yes*)!", "(<b>yes</b>)!" },
    { "snake_case_name", "snake_case_name" },
    { "*a\nb*", "*a\nb*" },
    { "*open", "*open" },
    { "**", "**" },
    { "`co*d*e`", "<tt>co*d*e</tt>" },
    { "``", "``" },
    { "```a\n*b*```", "<tt>a\n*b*</tt>" },
    { "``````", "``````" },
    { "> quoted *b*", "<span alpha=\"70%\">▎quoted <b>b</b></span>" },
    { "- one\n* two\n1. three", "• one\n• two\n1. three" },
    { "a < b & c > d", "a &lt; b &amp; c &gt; d" },
    { "<b>no</b>", "&lt;b&gt;no&lt;/b&gt;" },
    { "see https://example.org/a_b_c?x=1&y=2.", "see <a href=\"https://example.org/a_b_c?x=1&amp;y=2\">https://example.org/a_b_c?x=1&amp;y=2</a>." },
    { "www.example.org", "<a href=\"https://www.example.org\">www.example.org</a>" },
    { "(http://example.org/x_(y))", "(<a href=\"http://example.org/x_(y)\">http://example.org/x_(y)</a>)" },
    { "*https://example.org/*", "<b><a href=\"https://example.org/\">https://example.org/</a></b>" },
    { "javascript:alert(1) ftp://x lobby:more", "javascript:alert(1) ftp://x lobby:more" },
    { "https://", "https://" },
    { "xhttps://example.org", "xhttps://example.org" },
    { "https://a\"onclick=\"b", "<a href=\"https://a\">https://a</a>&quot;onclick=&quot;b" },
    { "\x01\x02gone\x7f", "gone" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *markup = lobby_markup_from_text (cases[i].text);

      g_assert_cmpstr (markup, ==, cases[i].markup);
    }
}

static void
test_strip (void)
{
  g_autofree char *plain = lobby_markup_strip ("*Hello* _you_ `x` > https://a.org/ & ```b```\n> q\n- l");

  g_assert_cmpstr (plain, ==, "Hello you x > https://a.org/ & b\nq\n• l");
}

/* Links are GtkLabel's addition to Pango's markup. */
static void
assert_well_formed (const char *markup)
{
  g_autoptr (GRegex) open = g_regex_new ("<a href=\"[^\"]*\">", 0, 0, NULL);
  g_autofree char *half = g_regex_replace_literal (open, markup, -1, 0, "<u>", 0, NULL);
  g_autoptr (GString) whole = g_string_new (half);
  g_autoptr (GError) error = NULL;

  g_string_replace (whole, "</a>", "</u>", 0);
  g_assert_true (g_utf8_validate (markup, -1, NULL));
  pango_parse_markup (whole->str, -1, 0, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
}

static void
test_hostile (void)
{
  static const char *const pieces[] = { "*", "_", "~", "`", "```", "> ", "- ", "\n", " ", "a", "é", "😀", "https://", "www.", "<", "&", "\"", "\xff", "\xe2\x82", "(", ")", ".", "\x01", "lobby:more" };

  for (int i = 0; i < 20000; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autofree char *markup = NULL;
      g_autofree char *plain = NULL;
      g_autofree char *shortened = NULL;

      for (int n = g_test_rand_int_range (0, 40); n > 0; n--)
        g_string_append (text, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
      markup = lobby_markup_from_text (text->str);
      assert_well_formed (markup);
      g_assert_null (strstr (markup, "href=\"lobby"));
      plain = lobby_markup_strip (text->str);
      g_assert_true (g_utf8_validate (plain, -1, NULL));
      lobby_markup_lone_emoji (text->str);
      shortened = lobby_markup_shorten (text->str, 10, 2);
    }
}

/* 64 KiB that would take a quadratic parser minutes. */
static void
test_linear (void)
{
  static const char *const units[] = { "*a ", "_*~", "`", "https://a ", "*", "> *_~`" };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autofree char *markup = NULL;

      while (text->len < 65536)
        g_string_append (text, units[i]);
      markup = lobby_markup_from_text (text->str);
      assert_well_formed (markup);
    }
}

static void
test_emoji (void)
{
  static const struct
  {
    const char *text;
    guint count;
  } cases[] = { { "👍", 1 }, { "❤️", 1 }, { "😂😂😂", 3 }, { "😂😂😂😂", 0 }, { "👩‍👩‍👧", 1 }, { "🇪🇸", 1 }, { "👍🏽", 1 }, { "ok 👍", 0 }, { "1", 0 }, { "", 0 }, { "😀 😀", 2 }, { "\xff", 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (lobby_markup_lone_emoji (cases[i].text), ==, cases[i].count);
}

static void
test_shorten (void)
{
  g_autofree char *cut = lobby_markup_shorten ("one two three four five six seven", 15, 10);
  g_autofree char *lines = lobby_markup_shorten ("a\nb\nc\nd", 100, 2);

  g_assert_cmpstr (cut, ==, "one two three");
  g_assert_cmpstr (lines, ==, "a\nb");
  g_assert_null (lobby_markup_shorten ("short", 15, 10));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/markup/cases", test_cases);
  g_test_add_func ("/markup/strip", test_strip);
  g_test_add_func ("/markup/hostile", test_hostile);
  g_test_add_func ("/markup/linear", test_linear);
  g_test_add_func ("/markup/emoji", test_emoji);
  g_test_add_func ("/markup/shorten", test_shorten);
  return g_test_run ();
}
