/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-bubble-private.h"

#include <glib/gi18n-lib.h>

#include "lobby-message-extra.h"
#include "lobby-message-words.h"

/* Time and tick, drawn by the bubble itself, and what their tooltips say. */

/* px */
#define TICK_GAP 4
#define TICK_SIZE 16

#define DIM 0.65

/* WhatsApp's blue of "read". */
#define READ_COLOR ((GdkRGBA){ 0x53 / 255.0, 0xbd / 255.0, 0xeb / 255.0, 1 })

static gboolean
has_time (LobbyBubble *self)
{
  return self->message != NULL && !self->system;
}

static gboolean
has_tick (LobbyBubble *self)
{
  return has_time (self) && lobby_message_is_outbound (self->message) && lobby_message_get_message_type (self->message) != LOBBY_MODEL_NOTE;
}

static const char *
choose_tick (LobbyMessage *message)
{
  switch (lobby_message_get_status (message))
    {
    case LOBBY_MODEL_STATUS_PENDING:
      return "lobby-pending-symbolic";
    case LOBBY_MODEL_STATUS_SENT:
      return "lobby-sent-symbolic";
    case LOBBY_MODEL_STATUS_DELIVERED:
    case LOBBY_MODEL_STATUS_READ:
      return "lobby-delivered-symbolic";
    case LOBBY_MODEL_STATUS_PLAYED:
      return lobby_message_get_message_type (message) == LOBBY_MODEL_VOICE ? "lobby-voice-symbolic" : "lobby-delivered-symbolic";
    case LOBBY_MODEL_STATUS_FAILED:
    default:
      return "dialog-warning-symbolic";
    }
}

void
lobby_bubble_update_tick (LobbyBubble *self)
{
  g_clear_object (&self->tick);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lobby_bubble_update_time (LobbyBubble *self)
{
  g_clear_object (&self->time);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static PangoLayout *
ensure_time (LobbyBubble *self)
{
  g_autofree char *time = NULL;
  g_autofree char *edited = NULL;

  if (self->time != NULL)
    return self->time;
  time = lobby_words_time (lobby_message_get_sent_at (self->message));
  edited = lobby_message_extra_is_edited (self->extra) ? g_strdup_printf (_ ("Edited %s"), time) : NULL;
  self->time = lobby_timeline_lay_out_time (self->timeline, edited != NULL ? edited : time);
  return self->time;
}

void
lobby_bubble_measure_meta (LobbyBubble *self,
                           int *width,
                           int *height)
{
  *width = *height = 0;
  if (!has_time (self))
    return;
  pango_layout_get_pixel_size (ensure_time (self), width, height);
  if (has_tick (self))
    {
      *width += TICK_GAP + TICK_SIZE;
      *height = MAX (*height, TICK_SIZE);
    }
}

/* The time at the start of @place, the tick at its end. */
void
lobby_bubble_allocate_meta (LobbyBubble *self,
                            const GtkAllocation *place,
                            gboolean rtl)
{
  self->meta_place = *place;
  self->tick_place = (GtkAllocation){ rtl ? place->x : place->x + place->width - TICK_SIZE, place->y + (place->height - TICK_SIZE) / 2, TICK_SIZE, TICK_SIZE };
}

static gboolean
is_in (const GtkAllocation *place,
       int x,
       int y)
{
  return x >= place->x && x < place->x + place->width && y >= place->y && y < place->y + place->height;
}

/* Asked for when it is shown: setting a tooltip's text asks the display where the pointer is. */
gboolean
lobby_bubble_query_tooltip (GtkWidget *widget,
                            int x,
                            int y,
                            gboolean by_keyboard,
                            GtkTooltip *tooltip)
{
  LobbyBubble *self = LOBBY_BUBBLE (widget);
  g_autofree char *words = NULL;

  if (!has_time (self) || by_keyboard || !is_in (&self->meta_place, x, y))
    return FALSE;
  if (has_tick (self) && is_in (&self->tick_place, x, y))
    {
      words = lobby_words_status (self->message);
      gtk_tooltip_set_tip_area (tooltip, &self->tick_place);
    }
  else
    {
      words = lobby_words_exact_time (lobby_message_get_sent_at (self->message));
      gtk_tooltip_set_tip_area (tooltip, &self->meta_place);
    }
  gtk_tooltip_set_text (tooltip, words);
  return words != NULL;
}

/* What lies over a picture gets a dark ground: photographs have every colour. */
static void
snapshot_ground (LobbyBubble *self,
                 GtkSnapshot *snapshot)
{
  const GtkAllocation *place = &self->meta_place;
  graphene_rect_t ground = GRAPHENE_RECT_INIT (place->x, place->y, place->width, place->height);
  GskRoundedRect rounded;

  graphene_rect_inset (&ground, -7, -2);
  gsk_rounded_rect_init_from_rect (&rounded, &ground, ground.size.height / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &rounded);
  gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0, 0, 0, 0.5 }, &ground);
  gtk_snapshot_pop (snapshot);
}

static GdkRGBA
get_tick_color (LobbyBubble *self,
                const GdkRGBA *color)
{
  GdkRGBA failed;

  switch (lobby_message_get_status (self->message))
    {
    case LOBBY_MODEL_STATUS_READ:
    case LOBBY_MODEL_STATUS_PLAYED:
      return READ_COLOR;
    case LOBBY_MODEL_STATUS_FAILED:
      gtk_widget_get_color (GTK_WIDGET (self->footer_reason), &failed);
      return failed;
    default:
      return *color;
    }
}

static void
snapshot_tick (LobbyBubble *self,
               GtkSnapshot *snapshot,
               const GdkRGBA *color)
{
  const int scale = gtk_widget_get_scale_factor (GTK_WIDGET (self));
  GdkRGBA tick_color = get_tick_color (self, color);

  if (self->tick == NULL || self->tick_scale != scale)
    {
      g_clear_object (&self->tick);
      self->tick = gtk_icon_theme_lookup_icon (gtk_icon_theme_get_for_display (gtk_widget_get_display (GTK_WIDGET (self))), choose_tick (self->message),
                                               NULL, TICK_SIZE, scale, gtk_widget_get_direction (GTK_WIDGET (self)), 0);
      self->tick_scale = scale;
    }
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (self->tick_place.x, self->tick_place.y));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (self->tick), snapshot, TICK_SIZE, TICK_SIZE, &tick_color, 1);
  gtk_snapshot_restore (snapshot);
}

void
lobby_bubble_snapshot_meta (LobbyBubble *self,
                            GtkSnapshot *snapshot)
{
  const gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  int width, height;
  GdkRGBA color;

  if (!has_time (self))
    return;
  gtk_widget_get_color (GTK_WIDGET (self), &color);
  color.alpha *= DIM;
  if (self->over_picture)
    {
      snapshot_ground (self, snapshot);
      color = (GdkRGBA){ 1, 1, 1, 1 };
    }
  pango_layout_get_pixel_size (ensure_time (self), &width, &height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (rtl ? self->meta_place.x + self->meta_place.width - width : self->meta_place.x,
                                                          self->meta_place.y + (self->meta_place.height - height) / 2));
  gtk_snapshot_append_layout (snapshot, self->time, &color);
  gtk_snapshot_restore (snapshot);
  if (has_tick (self))
    snapshot_tick (self, snapshot, &color);
}

void
lobby_bubble_dispose_meta (LobbyBubble *self)
{
  g_clear_object (&self->time);
  g_clear_object (&self->tick);
}
