/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/*
 * Marks (lobby-trace.h) about what is on the screen, for tests/bench. Nothing happens unless LOBBY_TRACE is set.
 *   "frame" VALUE   a frame took so long, in µs from its begin to its end
 *   "turn" VALUE    the main loop did not come back to waiting for so long, in µs, when longer than 5 ms
 */

/* Once, before @window is realized. */
void lobby_frame_trace_watch  (GtkWidget  *window);
/* Marks @name (a literal), with how often it was expected since, after the frame that shows what has just been changed. */
void lobby_frame_trace_expect (const char *name);

G_END_DECLS
