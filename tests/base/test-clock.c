/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-clock.h"

static void
test_format (void)
{
  static const struct
  {
    gint64 msec;
    const char *text;
  } cases[] = {
    { 0, "1970-01-01T00:00:00.000Z" },
    { 1, "1970-01-01T00:00:00.001Z" },
    { -1, "1969-12-31T23:59:59.999Z" },
    { 1795347000123, "2026-11-22T11:30:00.123Z" },
    { 951782400000, "2000-02-29T00:00:00.000Z" },
    { 253402300799999, "9999-12-31T23:59:59.999Z" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = lobby_clock_format (cases[i].msec);
      gint64 msec;

      g_assert_cmpstr (text, ==, cases[i].text);
      g_assert_true (lobby_clock_parse (text, &msec));
      g_assert_cmpint (msec, ==, cases[i].msec);
    }
}

static void
test_parse (void)
{
  static const struct
  {
    const char *text;
    gint64 msec;
  } cases[] = {
    { "1970-01-01T00:00:00Z", 0 },
    { "1970-01-01t00:00:00.5z", 500 },
    { "1970-01-01 01:00:00+01:00", 0 },
    { "1969-12-31T19:00:00.250-05:00", 250 },
    { "2016-12-31T23:59:60Z", 1483228800000 },
    { "1970-01-01T00:00:00.1239999999999999999999999999Z", 123 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 msec;

      g_assert_true (lobby_clock_parse (cases[i].text, &msec));
      g_assert_cmpint (msec, ==, cases[i].msec);
    }
}

static void
test_refuse (void)
{
  static const char *cases[] = {
    NULL,
    "",
    "1970",
    "1970-01-01",
    "1970-01-01T00:00:00",
    "1970-02-30T00:00:00Z",
    "1970-13-01T00:00:00Z",
    "1970-01-01T24:00:00Z",
    "1970-01-01T00:60:00Z",
    "1970-01-01T00:00:00.Z",
    "1970-01-01T00:00:00Z ",
    "1970-01-01T00:00:00+1:00",
    "1970-01-01T00:00:00+0100",
    " 1970-01-01T00:00:00Z",
    "+970-01-01T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "2023-02-29T00:00:00Z",
    "1700000000",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 msec = 42;

      g_assert_false (lobby_clock_parse (cases[i], &msec));
      g_assert_cmpint (msec, ==, 42);
    }
}

/* Every day of four hundred years, against GDateTime. */
static void
test_every_day (void)
{
  for (gint64 day = -150000; day < 150000; day += 7)
    {
      g_autofree char *text = lobby_clock_format (day * 86400000 + 1);
      gint64 msec;

      g_assert_true (lobby_clock_parse (text, &msec));
      g_assert_cmpint (msec, ==, day * 86400000 + 1);
    }
}

static void
test_steady (void)
{
  gint64 first = lobby_clock_steady ();

  g_assert_cmpint (ABS (first - lobby_clock_now ()), <, 60000);
  g_assert_cmpint (lobby_clock_steady (), >=, first);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/clock/format", test_format);
  g_test_add_func ("/clock/parse", test_parse);
  g_test_add_func ("/clock/refuse", test_refuse);
  g_test_add_func ("/clock/every-day", test_every_day);
  g_test_add_func ("/clock/steady", test_steady);
  return g_test_run ();
}
