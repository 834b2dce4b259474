/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The sandbox's own time: milliseconds since it was made, running `speed` times as fast as the
 * clock on the wall, and the things that are to happen at moments of it. Things that are due at
 * the same moment happen in the order in which they were added. A change of speed counts from
 * now on, for what already waits too.
 */
typedef struct _LobbyTimeline LobbyTimeline;

typedef void (*LobbyTimelineFunc)        (gpointer           data);

#define LOBBY_TIMELINE_SPEED_MIN 0.01
#define LOBBY_TIMELINE_SPEED_MAX 10000.0

LobbyTimeline *lobby_timeline_new        (double             speed);
void           lobby_timeline_free       (LobbyTimeline     *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyTimeline, lobby_timeline_free)

gint64         lobby_timeline_now        (LobbyTimeline     *self);
void           lobby_timeline_set_speed  (LobbyTimeline     *self,
                                          double             speed);
double         lobby_timeline_get_speed  (LobbyTimeline     *self);
/* Calls @func once, @delay ms from now, never before this function has returned. */
guint64        lobby_timeline_add        (LobbyTimeline     *self,
                                          gint64             delay,
                                          LobbyTimelineFunc  func,
                                          gpointer           data,
                                          GDestroyNotify     free_data);
/* FALSE when it has already happened. */
gboolean       lobby_timeline_remove     (LobbyTimeline     *self,
                                          guint64            id);

G_END_DECLS
