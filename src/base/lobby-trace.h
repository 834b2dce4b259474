/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Marks for whoever measures from outside (tests/bench): when the environment has LOBBY_TRACE=FILE, each mark
 * appends a line "<name> <CLOCK_MONOTONIC in µs>" to FILE. Without it a mark costs one comparison.
 */
gboolean lobby_trace_is_on (void);
void     lobby_trace_mark  (const char *name);

G_END_DECLS
