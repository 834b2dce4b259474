/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-conversation-list.h"
#include "lobby-conversation-menu.h"
#include "lobby-conversations-pane.h"

G_BEGIN_DECLS

/*
 * The list's inside, by file:
 *   -pane.c          what it is: account, selection, keyboard focus
 *   -pane-rows.c     rows: the factory, the first frame, paging, midnight
 *   -pane-pointer.c  clicks and the context menu
 *   -pane-search.c   the search entry
 *   -pane-empty.c    what stands in the place of an empty list
 */

struct _LobbyConversationsPane
{
  AdwBin parent_instance;

  AdwWindowTitle *title;
  GtkToggleButton *search_button;
  GtkMenuButton *menu_button;
  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  AdwBanner *banner;
  GtkStack *stack;
  GtkScrolledWindow *scroller;
  GtkGridView *grid;
  GMenu *main_menu;

  LobbyAccount *account;
  GSignalGroup *account_signals;
  LobbyConversationList *list;
  GtkSliceListModel *slice; /* of the list: its head at first, then the whole */
  GtkSingleSelection *selection;
  LobbyConversation *current;
  LobbyConversationMenu *menu; /* NULL until it is needed */
  GtkWidget *stands_in; /* weak: has the focus until there are rows that can have it */
  gboolean has_accounts_section;
  gboolean narrow;
  gboolean syncing; /* the selection follows us, not the person */
  guint load_source;
  guint tick; /* until the first frame has been drawn */
  gboolean drawn;
  guint midnight_source;
};

/* -pane.c */
void lobby_conversations_pane_open_conversation  (LobbyConversationsPane *self,
                                                  LobbyConversation      *conversation,
                                                  gboolean                enter);
void lobby_conversations_pane_open_position      (LobbyConversationsPane *self,
                                                  guint                   position);
void lobby_conversations_pane_leave_search       (LobbyConversationsPane *self);

/* -pane-rows.c */
void lobby_conversations_pane_init_rows          (LobbyConversationsPane *self);
void lobby_conversations_pane_dispose_rows       (LobbyConversationsPane *self);
/* The slice grows to the whole list once the first frame has been drawn. */
void lobby_conversations_pane_begin_rows         (LobbyConversationsPane *self);

/* -pane-pointer.c */
void lobby_conversations_pane_init_pointer       (LobbyConversationsPane *self);

/* -pane-search.c */
void lobby_conversations_pane_class_init_search  (GtkWidgetClass         *widget_class);
void lobby_conversations_pane_init_search        (LobbyConversationsPane *self);
void lobby_conversations_pane_clear_search       (LobbyConversationsPane *self);

/* -pane-empty.c */
/* The list, or why there is none. */
void lobby_conversations_pane_update_stack       (LobbyConversationsPane *self);

G_END_DECLS
