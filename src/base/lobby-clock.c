/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-clock.h"

#include <string.h>

#define MSEC_PER_SECOND ((gint64)1000)
#define MSEC_PER_DAY (86400 * MSEC_PER_SECOND)

gint64
lobby_clock_now (void)
{
  return g_get_real_time () / 1000;
}

gint64
lobby_clock_steady (void)
{
  static gint64 begun; /* µs */
  static gsize known;

  if (g_once_init_enter (&known))
    {
      begun = g_get_real_time () - g_get_monotonic_time ();
      g_once_init_leave (&known, 1);
    }
  return (begun + g_get_monotonic_time ()) / 1000;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar. The year is counted from March, so
 * that the leap day is its last. */
static gint64
days_from_date (int year,
                int month,
                int day)
{
  gint64 y = month > 2 ? year : year - 1;
  gint64 era = (y >= 0 ? y : y - 399) / 400;
  gint64 year_of_era = y - era * 400;
  gint64 day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

char *
lobby_clock_format (gint64 msec)
{
  gint64 seconds = msec / MSEC_PER_SECOND;
  gint64 fraction = msec % MSEC_PER_SECOND;
  g_autoptr (GDateTime) time = NULL;

  if (fraction < 0)
    {
      fraction += MSEC_PER_SECOND;
      seconds--;
    }

  time = g_date_time_new_from_unix_utc (seconds);
  g_return_val_if_fail (time != NULL, NULL);

  return g_strdup_printf ("%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
                          g_date_time_get_year (time), g_date_time_get_month (time),
                          g_date_time_get_day_of_month (time), g_date_time_get_hour (time),
                          g_date_time_get_minute (time), g_date_time_get_second (time), (int)fraction);
}

/* Exactly @count digits at *@text, within @low and @high. */
static gboolean
read_digits (const char **text,
             int count,
             int low,
             int high,
             int *value)
{
  int number = 0;

  for (int i = 0; i < count; i++)
    {
      if (!g_ascii_isdigit (**text))
        return FALSE;
      number = number * 10 + (*(*text)++ - '0');
    }

  *value = number;
  return number >= low && number <= high;
}

static gboolean
read_char (const char **text,
           const char *accepted)
{
  if (**text == '\0' || strchr (accepted, **text) == NULL)
    return FALSE;

  (*text)++;
  return TRUE;
}

/* Milliseconds; what is finer is cut off. */
static gboolean
read_fraction (const char **text,
               int *msec)
{
  int scale = 100;

  *msec = 0;
  if (!read_char (text, "."))
    return TRUE;
  if (!g_ascii_isdigit (**text))
    return FALSE;

  for (; g_ascii_isdigit (**text); (*text)++, scale /= 10)
    *msec += (**text - '0') * scale;

  return TRUE;
}

/* Minutes east of Greenwich. */
static gboolean
read_offset (const char **text,
             int *minutes)
{
  int hour, minute, sign;

  *minutes = 0;
  if (read_char (text, "Zz"))
    return TRUE;

  sign = **text == '-' ? -1 : 1;
  if (!read_char (text, "+-")
      || !read_digits (text, 2, 0, 23, &hour) || !read_char (text, ":") || !read_digits (text, 2, 0, 59, &minute))
    return FALSE;

  *minutes = sign * (hour * 60 + minute);
  return TRUE;
}

gboolean
lobby_clock_parse (const char *text,
                   gint64 *msec)
{
  int year, month, day, hour, minute, second, fraction, offset;

  g_return_val_if_fail (msec != NULL, FALSE);

  if (text == NULL
      || !read_digits (&text, 4, 1, 9999, &year) || !read_char (&text, "-")
      || !read_digits (&text, 2, 1, 12, &month) || !read_char (&text, "-")
      || !read_digits (&text, 2, 1, 31, &day) || !read_char (&text, "Tt ")
      || !read_digits (&text, 2, 0, 23, &hour) || !read_char (&text, ":")
      || !read_digits (&text, 2, 0, 59, &minute) || !read_char (&text, ":")
      || !read_digits (&text, 2, 0, 60, &second)
      || !read_fraction (&text, &fraction) || !read_offset (&text, &offset) || *text != '\0')
    return FALSE;

  if (!g_date_valid_dmy ((GDateDay)day, (GDateMonth)month, (GDateYear)year))
    return FALSE;

  *msec = days_from_date (year, month, day) * MSEC_PER_DAY
          + (((gint64)hour * 60 + minute - offset) * 60 + second) * MSEC_PER_SECOND + fraction;
  return TRUE;
}
