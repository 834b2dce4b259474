/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Times in words, in the local time zone. All take ms since 1970; all return (transfer full). */

/* For the list: the time today, "Yesterday", the weekday within the last week, else the date. "" for 0. */
char   *lobby_when_short      (gint64 msec,
                               gint64 now);
/* A day, written out: "22 November 2026". */
char   *lobby_when_day        (gint64 msec);
/* How long until @msec: "3 hours", "12 minutes", "less than a minute". */
char   *lobby_when_remaining  (gint64 msec,
                               gint64 now);
/* ms from @now until the next local midnight, at least 1. */
gint64  lobby_when_midnight   (gint64 now);

G_END_DECLS
