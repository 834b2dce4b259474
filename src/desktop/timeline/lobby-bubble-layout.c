/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-bubble-private.h"

/*
 * How a bubble is laid out. From the top: author, mark, quote, file, text, choices, failure. Time and tick flow beside the end of the last
 * line of text when they fit, else they stand on a line of their own at the end; on a picture without
 * caption they lie over its lower corner.
 */

/* px */
#define PAD_X 12
#define PAD_Y 7
#define INSET 4 /* around pictures, quotes and files */
#define SPACING 4
#define META_GAP 10 /* between the last line and the time */
#define META_DROP 1 /* the time sits a little below the text's bottom */
#define NARROWEST 64
#define CARD_WIDTH 260
#define VOICE_WIDTH 290
#define FOOTER_WIDTH 280
#define CHOICES_WIDTH 220

typedef struct
{
  GtkAllocation name, mark, quote, media, text, meta, choices, footer;
  int height;
} Places;

static gboolean
is_there (gpointer child)
{
  return child != NULL && gtk_widget_get_visible (child);
}

static int
natural_width (gpointer child)
{
  int natural;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &natural, NULL, NULL);
  return natural;
}

static int
natural_height (gpointer child,
                int width)
{
  int minimum;

  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, &minimum, NULL, NULL, NULL);
  return minimum;
}

static gboolean
meta_is_over_picture (LobbyBubble *self)
{
  return self->media_view == LOBBY_MEDIA_VIEW_PICTURE && self->markup == NULL;
}

/* Width */

static int
fit_text (LobbyBubble *self,
          int max_inner)
{
  const LobbyTextSize size = lobby_bubble_measure_text (self, max_inner);
  int meta_width, meta_height, with_meta;

  lobby_bubble_measure_meta (self, &meta_width, &meta_height);
  if (meta_width == 0 || self->lone_emoji)
    return MAX (size.width, meta_width);
  with_meta = size.last_end + META_GAP + meta_width;
  return MAX (size.width, with_meta <= max_inner ? with_meta : meta_width);
}

int
lobby_bubble_fit_width (LobbyBubble *self,
                        int max_width)
{
  int meta_width, meta_height;
  int width = NARROWEST;

  if (self->message == NULL)
    return NARROWEST;
  max_width = MAX (max_width, NARROWEST);
  lobby_bubble_measure_meta (self, &meta_width, &meta_height);
  width = MAX (width, meta_width + 2 * PAD_X);

  /* A picture decides the width; its caption wraps below it. */
  if (self->media_view == LOBBY_MEDIA_VIEW_PICTURE)
    {
      int picture = natural_width (self->media) + 2 * INSET;

      if (self->markup != NULL)
        picture = MAX (picture, MIN (fit_text (self, max_width - 2 * PAD_X) + 2 * PAD_X, 240));
      return CLAMP (MAX (width, picture), NARROWEST, max_width);
    }
  if (self->media_view == LOBBY_MEDIA_VIEW_CARD)
    width = MAX (width, CARD_WIDTH);
  if (self->media_view == LOBBY_MEDIA_VIEW_VOICE)
    width = MAX (width, VOICE_WIDTH);
  if (self->markup != NULL)
    width = MAX (width, fit_text (self, max_width - 2 * PAD_X) + 2 * PAD_X);
  if (is_there (self->name))
    width = MAX (width, natural_width (self->name) + 2 * PAD_X);
  if (is_there (self->mark))
    width = MAX (width, natural_width (self->mark) + 2 * PAD_X);
  if (is_there (self->choices))
    width = MAX (width, CLAMP (natural_width (self->choices), CHOICES_WIDTH, max_width));
  if (is_there (self->quote))
    width = MAX (width, MIN (natural_width (self->quote), 320) + 2 * INSET);
  if (is_there (self->footer))
    width = MAX (width, FOOTER_WIDTH);
  return MIN (width, max_width);
}

/* Places */

/* At the end of @width. */
static GtkAllocation
place_meta (int width,
            int y,
            int meta_width,
            int meta_height)
{
  return (GtkAllocation){ width - PAD_X - meta_width, y, meta_width, meta_height };
}

static int
place_text_and_meta (LobbyBubble *self,
                     Places *places,
                     int width,
                     int y)
{
  const int inner = MAX (1, width - 2 * PAD_X);
  int meta_width, meta_height;
  LobbyTextSize size;

  lobby_bubble_measure_meta (self, &meta_width, &meta_height);
  if (meta_is_over_picture (self))
    {
      places->meta = place_meta (width - INSET, y - meta_height - 2 * INSET, meta_width, meta_height);
      return y;
    }
  /* Beside the length of a recording, which stands below its waveform. */
  if (self->markup == NULL && self->media_view == LOBBY_MEDIA_VIEW_VOICE)
    {
      places->meta = place_meta (width, y - SPACING - meta_height, meta_width, meta_height);
      return y - SPACING;
    }
  if (self->markup == NULL)
    {
      places->meta = place_meta (width, y, meta_width, meta_height);
      return y + meta_height;
    }
  size = lobby_bubble_measure_text (self, inner);
  places->text = (GtkAllocation){ PAD_X, y, inner, size.height };
  y += size.height;
  if (meta_height == 0)
    return y;
  if (!self->lone_emoji && size.last_end + META_GAP + meta_width <= inner)
    {
      places->meta = place_meta (width, y - meta_height + META_DROP, meta_width, meta_height);
      return y + META_DROP;
    }
  places->meta = place_meta (width, y, meta_width, meta_height);
  return y + meta_height;
}

static void
compute_places (LobbyBubble *self,
                int width,
                Places *places)
{
  int y = PAD_Y;

  *places = (Places){ 0 };
  if (is_there (self->name))
    {
      int height = natural_height (self->name, width - 2 * PAD_X);

      places->name = (GtkAllocation){ PAD_X, y, width - 2 * PAD_X, height };
      y += height + 1;
    }
  if (is_there (self->mark))
    {
      int height = natural_height (self->mark, width - 2 * PAD_X);

      places->mark = (GtkAllocation){ PAD_X, y, width - 2 * PAD_X, height };
      y += height + 1;
    }
  if (is_there (self->quote))
    {
      int height;

      y = y == PAD_Y ? INSET : y;
      height = natural_height (self->quote, width - 2 * INSET);
      places->quote = (GtkAllocation){ INSET, y, width - 2 * INSET, height };
      y += height + SPACING;
    }
  if (self->media != NULL)
    {
      int inset = self->media_view == LOBBY_MEDIA_VIEW_VOICE ? PAD_X : INSET;
      int media_width = MAX (width - 2 * inset, 1);
      int height = natural_height (self->media, media_width);

      y = y == PAD_Y && self->media_view != LOBBY_MEDIA_VIEW_VOICE ? INSET : y;
      places->media = (GtkAllocation){ inset, y, media_width, height };
      y += height + (meta_is_over_picture (self) ? 0 : SPACING);
    }
  y = place_text_and_meta (self, places, width, y);
  if (is_there (self->choices))
    {
      int height = natural_height (self->choices, width);

      y += SPACING;
      places->choices = (GtkAllocation){ 0, y, width, height };
      y += height - PAD_Y;
    }
  if (is_there (self->footer))
    {
      int height = natural_height (self->footer, width - 2 * PAD_X);

      y += SPACING;
      places->footer = (GtkAllocation){ PAD_X, y, width - 2 * PAD_X, height };
      y += height;
    }
  places->height = y + (meta_is_over_picture (self) && !is_there (self->footer) ? INSET : PAD_Y);
}

void
lobby_bubble_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  LobbyBubble *self = LOBBY_BUBBLE (widget);
  Places places;

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = NARROWEST;
      *natural = NARROWEST;
      return;
    }
  compute_places (self, for_size > 0 ? for_size : NARROWEST, &places);
  *minimum = *natural = places.height;
}

static void
mirror (GtkAllocation *place,
        int width)
{
  place->x = width - place->x - place->width;
}

static void
allocate (gpointer child,
          GtkAllocation *place,
          int width,
          gboolean rtl)
{
  if (!is_there (child))
    return;
  if (rtl)
    mirror (place, width);
  gtk_widget_size_allocate (child, place, -1);
}

void
lobby_bubble_size_allocate (GtkWidget *widget,
                            int width,
                            int height,
                            int baseline)
{
  LobbyBubble *self = LOBBY_BUBBLE (widget);
  const gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  Places places;

  compute_places (self, width, &places);
  allocate (self->name, &places.name, width, rtl);
  allocate (self->mark, &places.mark, width, rtl);
  allocate (self->quote, &places.quote, width, rtl);
  allocate (self->media, &places.media, width, rtl);
  allocate (self->choices, &places.choices, width, rtl);
  allocate (self->footer, &places.footer, width, rtl);
  if (rtl)
    {
      mirror (&places.text, width);
      mirror (&places.meta, width);
    }
  lobby_bubble_allocate_text (self, &places.text);
  lobby_bubble_allocate_meta (self, &places.meta, rtl);
}
