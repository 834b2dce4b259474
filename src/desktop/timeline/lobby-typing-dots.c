/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-typing-dots.h"

#include <math.h>

/* px */
#define WIDTH 58
#define HEIGHT 34
#define RADIUS 3.5
#define STEP 12

/* ms of one wave, and in how many steps: far fewer than frames. */
#define PERIOD 1200
#define STEPS 15

struct _LobbyTypingDots
{
  GtkWidget parent_instance;

  guint step_source;
  int phase; /* 0 … STEPS - 1 */
};

G_DEFINE_FINAL_TYPE (LobbyTypingDots, lobby_typing_dots, GTK_TYPE_WIDGET)

static gboolean
on_step (gpointer data)
{
  LobbyTypingDots *self = data;

  self->phase = (self->phase + 1) % STEPS;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return G_SOURCE_CONTINUE;
}

static void
map (GtkWidget *widget)
{
  LobbyTypingDots *self = LOBBY_TYPING_DOTS (widget);
  gboolean animate;

  GTK_WIDGET_CLASS (lobby_typing_dots_parent_class)->map (widget);
  g_object_get (gtk_widget_get_settings (widget), "gtk-enable-animations", &animate, NULL);
  if (animate)
    self->step_source = g_timeout_add (PERIOD / STEPS, on_step, self);
}

static void
unmap (GtkWidget *widget)
{
  g_clear_handle_id (&LOBBY_TYPING_DOTS (widget)->step_source, g_source_remove);
  GTK_WIDGET_CLASS (lobby_typing_dots_parent_class)->unmap (widget);
}

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? WIDTH : HEIGHT;
}

static void
snapshot (GtkWidget *widget,
          GtkSnapshot *snapshot)
{
  LobbyTypingDots *self = LOBBY_TYPING_DOTS (widget);
  GdkRGBA color;

  gtk_widget_get_color (widget, &color);
  for (int i = 0; i < 3; i++)
    {
      double wave = sin (2 * G_PI * ((double)self->phase / STEPS - i * 0.16));
      GdkRGBA dot = color;
      GskRoundedRect rounded;
      graphene_rect_t bounds = GRAPHENE_RECT_INIT (gtk_widget_get_width (widget) / 2.0 + (i - 1) * STEP - RADIUS,
                                                   gtk_widget_get_height (widget) / 2.0 - RADIUS - MAX (0, wave) * 3, 2 * RADIUS, 2 * RADIUS);

      dot.alpha *= 0.45 + 0.3 * MAX (0, wave);
      gsk_rounded_rect_init_from_rect (&rounded, &bounds, RADIUS);
      gtk_snapshot_push_rounded_clip (snapshot, &rounded);
      gtk_snapshot_append_color (snapshot, &dot, &bounds);
      gtk_snapshot_pop (snapshot);
    }
}

static void
lobby_typing_dots_class_init (LobbyTypingDotsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->map = map;
  widget_class->unmap = unmap;
  widget_class->measure = measure;
  widget_class->snapshot = snapshot;
  gtk_widget_class_set_css_name (widget_class, "bubble");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
lobby_typing_dots_init (LobbyTypingDots *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "inbound");
  gtk_widget_add_css_class (GTK_WIDGET (self), "group-start");
}

GtkWidget *
lobby_typing_dots_new (void)
{
  return g_object_new (LOBBY_TYPE_TYPING_DOTS, NULL);
}
