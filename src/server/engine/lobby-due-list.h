/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Time-outs of many things that all wait equally long: a queue ordered by due time because entries
 * join at its end (or hardly before it), and one GSource that wakes for the first. Pushing, removing and waking cost the same
 * for ten entries and ten thousand.
 */
typedef struct _LobbyDueList LobbyDueList;

/* Embedded in what waits; zeroed at first. In at most one list at a time. */
typedef struct
{
  GList          link;
  LobbyDueList  *list;       /* NULL: waits for nothing */
  gint64         at;         /* monotonic, us */
} LobbyDue;

/* @func is called with @data and the entry's owner, once the entry left the list. */
typedef void  (*LobbyDueFunc)    (gpointer        owner,
                                  gpointer        data);

LobbyDueList   *lobby_due_list_new    (guint           delay_msec,
                                       LobbyDueFunc    func,
                                       gpointer        data);
void            lobby_due_list_free   (LobbyDueList   *self);      /* whoever still waits waits no longer */
/* Due in the list's delay from now, whatever it waited for before. */
void            lobby_due_list_push   (LobbyDueList   *self,
                                       LobbyDue       *due,
                                       gpointer        owner);
/* The same delay, but counted from @from (monotonic, us): a chain of time-outs then does not drift. */
void            lobby_due_list_push_from (LobbyDueList *self,
                                       LobbyDue       *due,
                                       gpointer        owner,
                                       gint64          from);
void            lobby_due_cancel      (LobbyDue       *due);

G_END_DECLS
