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
  int last_end; /* where the last line ends, from the edge at which the interface begins */
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
  GtkLabel       *label;          /* the text while it is not drawn by the bubble itself */
  GtkWidget      *choices;        /* buttons that were offered with it */
  GtkWidget      *footer;         /* of a failed message */
  GtkLabel       *footer_reason;

  gboolean        lone_emoji;
  gboolean        bare;           /* stands without a bubble around it */
  gboolean        system;         /* a centred line */
  gboolean        over_picture;   /* the time lies on the picture */

  /* The text */
  char           *markup;         /* NULL without one */
  PangoLayout    *layout;
  guint           layout_serial;  /* of the Pango context */
  int             text_width;     /* for which text_size is, 0: not measured yet */
  LobbyTextSize   text_size;
  gboolean        text_is_movable; /* where its lines begin depends on the width */
  GtkAllocation   text_place;

  /* Time and tick */
  PangoLayout    *time;
  GtkIconPaintable *tick;
  int             tick_scale;
  GtkAllocation   meta_place;
  GtkAllocation   tick_place;
};

/* -extra.c. TRUE when it is not as before. */
gboolean lobby_bubble_read_extra    (LobbyBubble    *self);
void lobby_bubble_update_extra      (LobbyBubble    *self);
void lobby_bubble_update_footer     (LobbyBubble    *self);
void lobby_bubble_dispose_extra     (LobbyBubble    *self);

/* -text.c. The message's text, or what it is besides, changed. */
void lobby_bubble_update_text       (LobbyBubble    *self);
/* Needs a text. */
LobbyTextSize lobby_bubble_measure_text (LobbyBubble *self,
                                     int             width);
void lobby_bubble_allocate_text     (LobbyBubble    *self,
                                     const GtkAllocation *place);
void lobby_bubble_snapshot_text     (LobbyBubble    *self,
                                     GtkSnapshot    *snapshot);
void lobby_bubble_dispose_text      (LobbyBubble    *self);

/* -meta.c */
void lobby_bubble_update_time       (LobbyBubble    *self);
void lobby_bubble_update_tick       (LobbyBubble    *self);
/* 0, 0 without time and tick. */
void lobby_bubble_measure_meta      (LobbyBubble    *self,
                                     int            *width,
                                     int            *height);
void lobby_bubble_allocate_meta     (LobbyBubble    *self,
                                     const GtkAllocation *place,
                                     gboolean        rtl);
void lobby_bubble_snapshot_meta     (LobbyBubble    *self,
                                     GtkSnapshot    *snapshot);
gboolean lobby_bubble_query_tooltip (GtkWidget      *widget,
                                     int             x,
                                     int             y,
                                     gboolean        by_keyboard,
                                     GtkTooltip     *tooltip);
void lobby_bubble_dispose_meta      (LobbyBubble    *self);

/* Its text and file are known: what it looks like. */
void lobby_bubble_update_kind       (LobbyBubble    *self);

/* -layout.c */
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
