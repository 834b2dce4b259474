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
typedef struct _LobbySchedule LobbySchedule;

typedef void (*LobbyScheduleFunc)        (gpointer           data);

#define LOBBY_SCHEDULE_SPEED_MIN 0.01
#define LOBBY_SCHEDULE_SPEED_MAX 10000.0

LobbySchedule *lobby_schedule_new        (double             speed);
void           lobby_schedule_free       (LobbySchedule     *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbySchedule, lobby_schedule_free)
/* Nothing happens any more; what waits is freed with the schedule. */
void           lobby_schedule_stop       (LobbySchedule     *self);

gint64         lobby_schedule_now        (LobbySchedule     *self);
void           lobby_schedule_set_speed  (LobbySchedule     *self,
                                          double             speed);
/* Calls @func once, @delay ms from now, never before this function has returned. */
guint64        lobby_schedule_add        (LobbySchedule     *self,
                                          gint64             delay,
                                          LobbyScheduleFunc  func,
                                          gpointer           data,
                                          GDestroyNotify     free_data);
/* FALSE when it has already happened. */
gboolean       lobby_schedule_remove     (LobbySchedule     *self,
                                          guint64            id);

G_END_DECLS
