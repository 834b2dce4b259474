/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-conversation-row.h"
#include "lobby-portrait.h"

G_BEGIN_DECLS

/*
 * A row in the list, by file:
 *   -row.c       what it says
 *   -row-draw.c  how that looks
 */

typedef enum
{
  LOBBY_ROW_COLOR_DIM,
  LOBBY_ROW_COLOR_PLAIN,
  LOBBY_ROW_COLOR_ACCENT,
  LOBBY_ROW_COLOR_READ,
  LOBBY_ROW_COLOR_WARNING,
  LOBBY_ROW_COLOR_ERROR,
} LobbyRowColor;

typedef enum
{
  LOBBY_ROW_NAME,
  LOBBY_ROW_TIME,
  LOBBY_ROW_LEAD,
  LOBBY_ROW_PREVIEW,
  LOBBY_ROW_N_TEXTS,
} LobbyRowTextKind;

typedef enum
{
  LOBBY_ROW_TICK,
  LOBBY_ROW_TYPE,
  LOBBY_ROW_N_ICONS,
} LobbyRowIconKind;

typedef struct
{
  char         *text; /* NULL: none */
  PangoLayout  *layout; /* NULL until it is needed */
  LobbyRowColor color;
  GtkAllocation place;
} LobbyRowText;

typedef struct
{
  const char   *name; /* static; NULL: none */
  LobbyRowColor color;
  GtkAllocation place;
} LobbyRowIcon;

struct _LobbyConversationRow
{
  GtkWidget          parent_instance;

  LobbyPortrait     *portrait;
  GtkLabel          *unread; /* NULL until something is unread */
  GtkWidget         *color_probe; /* NULL until a colour of the style sheet is needed that has no interface */
  LobbyRowText       texts[LOBBY_ROW_N_TEXTS];
  LobbyRowIcon       icons[LOBBY_ROW_N_ICONS];
  const char        *tick_words; /* static */
  int                line_height; /* of one line of text; 0 until measured */
  guint              line_serial;

  LobbyAccount      *account;
  LobbyConversation *conversation;
  GSignalGroup      *conversation_signals;
  GSignalGroup      *contact_signals;
  GSignalGroup      *message_signals;
  GtkListItem       *item; /* unowned: it owns the row */
  gboolean           open;
};

/* -row-draw.c */
void lobby_conversation_row_class_init_draw (GtkWidgetClass       *widget_class);
void lobby_conversation_row_dispose_draw    (LobbyConversationRow *self);
void lobby_conversation_row_set_text        (LobbyConversationRow *self,
                                             LobbyRowTextKind      kind,
                                             const char           *text,
                                             LobbyRowColor         color);
/* @name is static. */
void lobby_conversation_row_set_icon        (LobbyConversationRow *self,
                                             LobbyRowIconKind      kind,
                                             const char           *name,
                                             LobbyRowColor         color);

G_END_DECLS
