/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-when.h"

#include <glib/gi18n.h>

static GDateTime *
local_time (gint64 msec)
{
  return g_date_time_new_from_unix_local (msec / 1000);
}

/* Days since some fixed day, in local time. */
static int
day_number (GDateTime *time)
{
  GDate date;

  g_date_clear (&date, 1);
  g_date_set_dmy (&date, g_date_time_get_day_of_month (time), g_date_time_get_month (time), g_date_time_get_year (time));

  return g_date_get_julian (&date);
}

char *
lobby_when_short (gint64 msec,
                  gint64 now)
{
  if (msec <= 0)
    return g_strdup ("");

  g_autoptr (GDateTime) then_time = local_time (msec);
  g_autoptr (GDateTime) now_time = local_time (now);
  int days;

  if (then_time == NULL || now_time == NULL)
    return g_strdup ("");

  days = day_number (now_time) - day_number (then_time);

  if (days <= 0)
    /* Translators: the time of a message of today */
    return g_date_time_format (then_time, _ ("%H:%M"));
  if (days == 1)
    return g_strdup (_ ("Yesterday"));
  if (days < 7)
    return g_date_time_format (then_time, "%A");

  return g_date_time_format (then_time, "%x");
}

char *
lobby_when_day (gint64 msec)
{
  g_autoptr (GDateTime) time = local_time (msec);

  if (msec <= 0 || time == NULL)
    return g_strdup ("");

  /* Translators: a date, written out; see strftime(3) */
  return g_date_time_format (time, _ ("%-d %B %Y"));
}

char *
lobby_when_remaining (gint64 msec,
                      gint64 now)
{
  gint64 minutes = (msec - now) / 60000;

  if (minutes < 1)
    return g_strdup (_ ("less than a minute"));
  if (minutes < 60)
    return g_strdup_printf (ngettext ("%d minute", "%d minutes", minutes), (int)minutes);

  return g_strdup_printf (ngettext ("%d hour", "%d hours", minutes / 60), (int)(minutes / 60));
}

gint64
lobby_when_midnight (gint64 now)
{
  g_autoptr (GDateTime) time = local_time (now);
  g_autoptr (GDateTime) tomorrow = g_date_time_add_days (time, 1);
  g_autoptr (GDateTime) midnight = g_date_time_new_local (g_date_time_get_year (tomorrow), g_date_time_get_month (tomorrow),
                                                          g_date_time_get_day_of_month (tomorrow), 0, 0, 0);

  /* A zone that changes its clock at midnight has no such instant. */
  if (midnight == NULL)
    return 3600000;

  return MAX (1, g_date_time_to_unix (midnight) * 1000 - now);
}
