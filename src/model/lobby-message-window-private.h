/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-message-window.h"
#include "lobby-store-private.h"

G_BEGIN_DECLS

/*
 * Invariants (tests/model/test-message-window.c holds them after every edit):
 * - entries are a contiguous run of the store's order, without doubles, each with the key under which it was placed: the object's own
 *   has changed already when the store tells that a message moved.
 * - older and newer are the messages just outside the run, NULL exactly at the ends of what the store has. They are
 *   what the flags of the first and last entry are compared with.
 * - newer_count is how many messages lie behind the run.
 * - items_changed: one per contiguous edit; when a run is replaced, removals come before insertions and what stays is not touched,
 *   because GtkListView loses its anchor when all rows change at once.
 */

typedef struct
{
  LobbyMessage *message;
  gint64        row;
  gint64        sent_at;
  char         *id;
} LobbyWindowEntry;

struct _LobbyMessageWindow
{
  GObject            parent_instance;

  LobbyStore        *store;
  LobbyConversation *conversation;
  GPtrArray         *entries;       /* of LobbyWindowEntry */
  LobbyTimelineTail *tail;
  LobbyMessage      *older;
  LobbyMessage      *newer;
  guint              newer_count;
  gint64             unread_from;
};

/* -run.c. Whoever changes edges holds notifies with g_object_freeze_notify, so that one edit tells its outcome once. */
void              lobby_window_entry_free       (gpointer             entry);
LobbyWindowEntry *lobby_window_entry            (LobbyMessageWindow  *self,
                                                 guint                position);
int               lobby_window_compare_messages (LobbyMessage        *a,
                                                 LobbyMessage        *b);
/* Where a message belongs in the run. */
guint             lobby_window_find_place       (LobbyMessageWindow  *self,
                                                 LobbyMessage        *message);
void              lobby_window_update_flags     (LobbyMessageWindow  *self,
                                                 int                  first,
                                                 int                  last);
void              lobby_window_set_older        (LobbyMessageWindow  *self,
                                                 LobbyMessage        *older);
void              lobby_window_set_newer        (LobbyMessageWindow  *self,
                                                 LobbyMessage        *newer,
                                                 guint                count);
GPtrArray        *lobby_window_load_before      (LobbyMessageWindow  *self,
                                                 LobbyMessage        *message,
                                                 guint                count);
GPtrArray        *lobby_window_load_after       (LobbyMessageWindow  *self,
                                                 LobbyMessage        *message,
                                                 guint                count);
guint             lobby_window_count_after      (LobbyMessageWindow  *self,
                                                 LobbyMessage        *message);
void              lobby_window_refresh_edges    (LobbyMessageWindow  *self);
void              lobby_window_insert           (LobbyMessageWindow  *self,
                                                 guint                position,
                                                 LobbyMessage       **messages,
                                                 guint                n);
void              lobby_window_remove_range     (LobbyMessageWindow  *self,
                                                 guint                position,
                                                 guint                n);
void              lobby_window_replace          (LobbyMessageWindow  *self,
                                                 GPtrArray           *run,
                                                 LobbyMessage        *older,
                                                 LobbyMessage        *newer);
LobbyMessage     *lobby_window_take_surplus     (GPtrArray           *page,
                                                 guint                wanted,
                                                 gboolean             at_front);

G_END_DECLS
