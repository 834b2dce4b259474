/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-clock.h"

#include <string.h>

#define MSEC_PER_SECOND ((gint64)1000)
#define MSEC_PER_DAY (86400 * MSEC_PER_SECOND)
/* The years 1 to 9999. */
#define FIRST_MSEC (-719162 * MSEC_PER_DAY)
#define LAST_MSEC (2932897 * MSEC_PER_DAY - 1)

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

/* The other way round; the month is counted from March. */
static void
date_from_days (gint64 days,
                int *year,
                int *month,
                int *day)
{
  gint64 since = days + 719468;
  gint64 era = (since >= 0 ? since : since - 146096) / 146097;
  gint64 day_of_era = since - era * 146097;
  gint64 year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  gint64 from_march = (5 * day_of_year + 2) / 153;

  *day = (int)(day_of_year - (153 * from_march + 2) / 5 + 1);
  *month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
  *year = (int)(year_of_era + era * 400 + (*month <= 2 ? 1 : 0));
}

static char *
write_digits (char *at,
              int count,
              int value)
{
  for (int i = count - 1; i >= 0; i--, value /= 10)
    at[i] = (char)('0' + value % 10);
  return at + count;
}

char *
lobby_clock_format (gint64 msec)
{
  gint64 days = msec / MSEC_PER_DAY;
  gint64 rest = msec % MSEC_PER_DAY;
  char *text, *at;
  int year, month, day;

  g_return_val_if_fail (msec >= FIRST_MSEC && msec <= LAST_MSEC, NULL);

  if (rest < 0)
    {
      rest += MSEC_PER_DAY;
      days--;
    }
  date_from_days (days, &year, &month, &day);

  /* "2026-11-22T21:04:05.678Z" */
  text = at = g_malloc (25);
  at = write_digits (at, 4, year);
  *at++ = '-';
  at = write_digits (at, 2, month);
  *at++ = '-';
  at = write_digits (at, 2, day);
  *at++ = 'T';
  at = write_digits (at, 2, (int)(rest / 3600000));
  *at++ = ':';
  at = write_digits (at, 2, (int)(rest / 60000 % 60));
  *at++ = ':';
  at = write_digits (at, 2, (int)(rest / 1000 % 60));
  *at++ = '.';
  at = write_digits (at, 3, (int)(rest % 1000));
  *at++ = 'Z';
  *at = '\0';
  return text;
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
