/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

G_BEGIN_DECLS

/*
 * The only place that starts fibers (checked by the lint test). Debian 13's libdex 0.10.0 can
 * livelock the main loop when a fiber is cancelled while the future it awaits completes, so each
 * fiber is pinned for its whole life; whoever wants to cancel cancels a promise instead
 * (dex_promise_new_cancellable), and the fiber leaves through its error path.
 * Fibers run on the main thread only; their stack is 128 KiB: no decoders, no GStreamer, no GL.
 */

/* Starts @func as a pinned fiber on the main scheduler. Returns (transfer full) its future. */
DexFuture *lobby_async_spawn         (DexFiberFunc    func,
                                      gpointer        data,
                                      GDestroyNotify  free_data);

/* The same for a fiber that nobody waits for; an error that leaves it is logged as a warning. */
void       lobby_async_go            (DexFiberFunc    func,
                                      gpointer        data,
                                      GDestroyNotify  free_data);

/* At the end of a program, whose fibers were told to leave: turns the main loop until all have, @msec at most. What an unfinished fiber
 * holds would never be given back. Returns whether all have left. */
gboolean   lobby_async_drain         (guint           msec);

/* Runs @func in the main loop's next turn, from the loop's own stack: for what reaches widgets, which a
 * fiber's stack may be too small for. Resolves to TRUE. */
typedef void (*LobbyTurnFunc)        (gpointer        data);
DexFuture *lobby_async_run_in_turn   (LobbyTurnFunc   func,
                                      gpointer        data);

/* Blocking work on a pool thread. @func fills @result (an initialised GValue is its to make) and
 * returns TRUE, or sets @error. The future resolves on the main thread. */
typedef gboolean (*LobbyThreadFunc)  (gpointer        data,
                                      GValue         *result,
                                      GError        **error);
DexFuture *lobby_async_run_in_thread (LobbyThreadFunc func,
                                      gpointer        data,
                                      GDestroyNotify  free_data);

/* The same for what uses the processor for some ms and neither the disk nor the network: it does not stand in line behind those. */
DexFuture *lobby_async_compute       (LobbyThreadFunc func,
                                      gpointer        data,
                                      GDestroyNotify  free_data);

/* @future (transfer full) or rejection with G_IO_ERROR_TIMED_OUT after @msec, whichever is first.
 * @future itself goes on; cancel its promise to stop it. */
DexFuture *lobby_async_with_timeout  (DexFuture      *future,
                                      guint           msec);

G_END_DECLS
