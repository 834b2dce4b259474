/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>

#include "lobby-clock.h"
#include "lobby-when.h"

static gint64
at (const char *text)
{
  gint64 msec = 0;

  g_assert_true (lobby_clock_parse (text, &msec));

  return msec;
}

/* The test runs in Europe/Madrid: one hour ahead of UTC in winter, two in summer. */
static void
test_short (void)
{
  static const struct
  {
    const char *then;
    const char *now;
    const char *words;
  } cases[] = {
    { "2026-11-22T09:05:00.000Z", "2026-11-22T22:59:00.000Z", "10:05" },
    { "2026-11-21T22:59:00.000Z", "2026-11-21T23:01:00.000Z", "Yesterday" },
    { "2026-11-21T23:00:00.000Z", "2026-11-22T22:59:00.000Z", "00:00" },
    { "2026-11-16T12:00:00.000Z", "2026-11-22T12:00:00.000Z", "Monday" },
    { "2026-11-15T12:00:00.000Z", "2026-11-22T12:00:00.000Z", "11/15/26" },
    /* A clock that is behind the server's. */
    { "2026-11-22T13:00:00.000Z", "2026-11-22T12:00:00.000Z", "14:00" },
    /* The night in which the clock steps back has 25 hours. */
    { "2026-10-24T22:30:00.000Z", "2026-10-25T22:30:00.000Z", "00:30" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = lobby_when_short (at (cases[i].then), at (cases[i].now));
      g_assert_cmpstr (words, ==, cases[i].words);
    }

  g_autofree char *never = lobby_when_short (0, at ("2026-11-22T12:00:00.000Z"));
  g_assert_cmpstr (never, ==, "");
}

static void
test_remaining (void)
{
  static const struct
  {
    gint64 msec;
    const char *words;
  } cases[] = {
    { 59999, "less than a minute" },
    { 60000, "1 minute" },
    { 59 * 60000, "59 minutes" },
    { 60 * 60000, "1 hour" },
    { 24 * 3600000, "24 hours" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = lobby_when_remaining (1000 + cases[i].msec, 1000);
      g_assert_cmpstr (words, ==, cases[i].words);
    }
}

static void
test_midnight (void)
{
  g_assert_cmpint (lobby_when_midnight (at ("2026-11-22T22:59:59.000Z")), ==, 1000);
  g_assert_cmpint (lobby_when_midnight (at ("2026-11-22T23:00:00.000Z")), ==, 24 * 3600000);
  g_assert_cmpint (lobby_when_midnight (at ("2026-10-24T22:00:00.000Z")), ==, 25 * 3600000);
}

int
main (int argc,
      char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/when/short", test_short);
  g_test_add_func ("/when/remaining", test_remaining);
  g_test_add_func ("/when/midnight", test_midnight);

  return g_test_run ();
}
