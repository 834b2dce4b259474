/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Marks for whoever measures from outside (tests/bench): when the environment has LOBBY_TRACE=FILE, each mark
 * appends a line "<name> <CLOCK_MONOTONIC in µs>[ <value>]" to FILE. Without it a mark costs one comparison.
 */
gboolean lobby_trace_is_on      (void);
void     lobby_trace_mark       (const char *name);
void     lobby_trace_mark_value (const char *name,
                                 gint64      value);

G_END_DECLS
