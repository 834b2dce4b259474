/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lobby-store.h"

G_BEGIN_DECLS

/*
 * Marks (lobby-trace.h) about what is on the screen, for tests/bench. Nothing happens unless LOBBY_TRACE is set.
 *   "frame" VALUE            a frame took so long, in µs from its begin to its end
 *   "turn" VALUE             the main loop did not come back to waiting for so long, in µs, when longer than 5 ms
 *   "drawn", "conversation-drawn", "message-drawn" VALUE   after the frame that shows it; how many times it was expected
 */

/* Once, before @window is realized. */
void lobby_frame_trace_watch  (GtkWidget         *window);
/* @conversation is being opened: it, and from now on what comes into it, is expected in the next frame. */
void lobby_frame_trace_follow (LobbyStore        *store,
                               LobbyConversation *conversation);

G_END_DECLS
