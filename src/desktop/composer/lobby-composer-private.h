/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-composer.h"

G_BEGIN_DECLS

/*
 * The composer's inside, by file:
 *   -composer.c  what it is: the conversation, its draft, replies, sending
 *   -field.c     the text and what goes into it: keys, emoji, spelling, its height
 *   -writing.c   whether anything can be written at all, and what stands there when not
 */

struct _LobbyComposer
{
  GtkWidget          parent_instance;

  GtkRevealer       *reply_revealer;
  GtkLabel          *reply_author;
  GtkLabel          *reply_text;
  GtkRevealer       *error_revealer;
  GtkLabel          *error_label;
  GtkStack          *stack;
  GtkWidget         *emoji_button;
  GtkScrolledWindow *scroller;
  GtkTextView       *text_view;
  GtkWidget         *placeholder;
  GtkLabel          *counter;
  GtkWidget         *send_button;
  GtkLabel          *closed_title;
  GtkLabel          *closed_text;

  LobbyAccount      *account;
  LobbyConversation *conversation;
  LobbyMessage      *reply;
  GSignalGroup      *conversation_signals;
  GSignalGroup      *account_signals;
  GSignalGroup      *buffer_signals;
  GtkWidget         *emoji_chooser;
  guint              draft_source;
  guint              window_source;
  guint              spelling_source;
  guint              scroll_source;
  gboolean           can_write;
  gboolean           loading;        /* the text is set by us */
  gboolean           draft_changed;  /* since it was saved */
  gboolean           has_preedit;
  gboolean           spelling_enabled;
  gboolean           spelling_tried;
};

/* -composer.c */
void     lobby_composer_touch_draft     (LobbyComposer          *self);
void     lobby_composer_send            (LobbyComposer          *self);

/* -field.c */
void     lobby_composer_class_init_field (GtkWidgetClass        *widget_class);
void     lobby_composer_init_field      (LobbyComposer          *self);
void     lobby_composer_dispose_field   (LobbyComposer          *self);
/* (transfer full) */
char    *lobby_composer_dup_text        (LobbyComposer          *self);
/* Not as if somebody had typed it. */
void     lobby_composer_set_text        (LobbyComposer          *self,
                                         const char             *text);
gboolean lobby_composer_has_words       (LobbyComposer          *self);
/* Whether anything at all stands there. */
gboolean lobby_composer_has_text        (LobbyComposer          *self);
void     lobby_composer_update_height   (LobbyComposer          *self);

/* -writing.c */
void     lobby_composer_init_writing    (LobbyComposer          *self);
void     lobby_composer_dispose_writing (LobbyComposer          *self);
void     lobby_composer_follow_writing  (LobbyComposer          *self);
void     lobby_composer_update_writing  (LobbyComposer          *self);

G_END_DECLS
