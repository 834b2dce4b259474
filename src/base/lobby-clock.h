/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Times in Lobby are gint64 milliseconds since 1970-01-01 UTC unless a name says otherwise; 0 is "never". */

gint64  lobby_clock_now      (void);
/* The same when the process began, and from then on without a jump when the clock on the wall is set: for pauses and
 * deadlines. What was stored by an earlier process may have been another clock's. */
gint64  lobby_clock_steady   (void);

/* RFC 3339 with milliseconds, UTC: "2026-11-22T09:30:00.000Z". */
char   *lobby_clock_format   (gint64      msec);
/* Reads RFC 3339 with or without a fraction and with any offset. FALSE on anything else. */
gboolean lobby_clock_parse   (const char *text,
                              gint64     *msec);

G_END_DECLS
