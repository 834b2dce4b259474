/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-connection-banner.h"
#include "lobby-contact-pane.h"
#include "lobby-conversation-pane.h"
#include "lobby-conversations-pane.h"
#include "lobby-sign-in-page.h"
#include "lobby-window.h"

G_BEGIN_DECLS

struct _LobbyWindow
{
  AdwApplicationWindow    parent_instance;

  GtkStack               *stack;
  AdwOverlaySplitView    *contact_split;
  AdwNavigationSplitView *list_split;
  AdwNavigationPage      *content_page;
  AdwBin                 *contact_slot;
  LobbyConversationsPane *list_pane;
  LobbyConversationPane  *conversation_pane;
  LobbySignInPage        *sign_in_page;     /* NULL until it is needed */
  LobbyContactPane       *contact_pane;     /* NULL until it is needed */

  LobbyAccounts          *accounts;
  LobbyAccount           *account;
  LobbyConversation      *conversation;
  GSignalGroup           *conversation_signals;
  GSignalGroup           *store_signals;
  GSignalGroup           *account_signals;
  LobbyConnectionBanner  *list_state;       /* the banner of the list, for when it is the only pane */
  guint                   read_source;
  GtkWidget              *last_focus;       /* weak, as the next */
  GtkWidget              *kept_focus;       /* what gets it again once the layout has changed */
  guint                   focus_tick;
  guint                   focus_patience;   /* frames left to give it back in */
  gboolean                has_kept_focus;   /* at the last of them */
  gboolean                dwelt;            /* the conversation was not merely passed over */
};

/* lobby-window.c */
void lobby_window_set_account      (LobbyWindow            *self,
                                    LobbyAccount           *account);
void lobby_window_set_conversation (LobbyWindow            *self,
                                    LobbyConversation      *conversation,
                                    gboolean                enter);
/* @account: sign in to it again; NULL: another one. */
void lobby_window_show_sign_in     (LobbyWindow            *self,
                                    LobbyAccount           *account);

/* lobby-window-focus.c */
void lobby_window_init_focus       (LobbyWindow            *self);
void lobby_window_dispose_focus    (LobbyWindow            *self);
/* Before the layout changes, or as it does: what has the focus has it afterwards, too. */
void lobby_window_keep_focus       (LobbyWindow            *self);

/* lobby-window-actions.c */
void lobby_window_install_actions  (GtkWidgetClass         *widget_class);
void lobby_window_update_actions   (LobbyWindow            *self);
void lobby_window_add_keys         (LobbyWindow            *self);
/* To where it was before the search, more or less. */
void lobby_window_leave_search     (LobbyWindow            *self);

G_END_DECLS
