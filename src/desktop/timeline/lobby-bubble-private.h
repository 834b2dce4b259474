/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "lobby-bubble.h"

G_BEGIN_DECLS

typedef enum
{
  LOBBY_MEDIA_VIEW_NONE,
  LOBBY_MEDIA_VIEW_PICTURE,
  LOBBY_MEDIA_VIEW_VOICE,
  LOBBY_MEDIA_VIEW_CARD,
} LobbyMediaView;

typedef struct
{
  int width;
  int height;
  int last_right; /* where the last line ends; its right end also when the text runs to the left */
} LobbyTextSize;

struct _LobbyBubble
{
  GtkWidget       parent_instance;

  LobbyTimeline  *timeline;       /* an ancestor */
  LobbyMessage   *message;
  GSignalGroup   *message_signals;
  JsonObject     *extra;          /* of the message, NULL for most */
  char           *extra_text;

  /* NULL until first needed */
  GtkLabel       *name;
  GtkWidget      *mark;           /* "Forwarded" */
  GtkImage       *mark_icon;
  GtkLabel       *mark_label;
  GtkButton      *quote;
  GtkLabel       *quote_author;
  GtkLabel       *quote_text;
  GtkWidget      *media;
  LobbyMediaView  media_view;
  GtkLabel       *text;
  GtkLabel       *time;           /* always there */
  GtkImage       *tick;
  GtkWidget      *choices;        /* buttons that were offered with it */
  GtkWidget      *footer;         /* of a failed message */
  GtkLabel       *footer_reason;

  gboolean        lone_emoji;
  gboolean        system;         /* a centred line */
  gboolean        over_picture;   /* the time lies on the picture */

  /* The text's layout for measuring, and what it was made of. */
  PangoLayout    *layout;
  guint           layout_serial;  /* of the Pango context */
  LobbyTextSize   unwrapped;      /* height 0: not measured yet */
  LobbyTextSize   wrapped;        /* at wrapped_width, 0: at none yet */
  int             wrapped_width;
};

/* -extra.c. TRUE when it is not as before. */
gboolean lobby_bubble_read_extra    (LobbyBubble    *self);
void lobby_bubble_update_extra      (LobbyBubble    *self);
void lobby_bubble_update_footer     (LobbyBubble    *self);
void lobby_bubble_dispose_extra     (LobbyBubble    *self);

/* The text changed. */
void lobby_bubble_forget_layout (LobbyBubble    *self);
void lobby_bubble_measure       (GtkWidget      *widget,
                                 GtkOrientation  orientation,
                                 int             for_size,
                                 int            *minimum,
                                 int            *natural,
                                 int            *minimum_baseline,
                                 int            *natural_baseline);
void lobby_bubble_size_allocate (GtkWidget      *widget,
                                 int             width,
                                 int             height,
                                 int             baseline);

G_END_DECLS
