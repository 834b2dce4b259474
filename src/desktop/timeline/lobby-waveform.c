/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-waveform.h"

#include <string.h>

/* px */
#define HEIGHT 28
#define GAP 1.5
#define LOWEST 3

struct _LobbyWaveform
{
  GtkWidget parent_instance;

  guint8 bars[LOBBY_WAVEFORM_BARS]; /* 0–100 */
  double fraction;
};

enum
{
  SEEK,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LobbyWaveform, lobby_waveform, GTK_TYPE_WIDGET)

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? LOBBY_WAVEFORM_BARS : HEIGHT;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? LOBBY_WAVEFORM_BARS * 4 : HEIGHT;
}

static void
snapshot (GtkWidget *widget,
          GtkSnapshot *snapshot)
{
  LobbyWaveform *self = LOBBY_WAVEFORM (widget);
  const double step = (double)gtk_widget_get_width (widget) / LOBBY_WAVEFORM_BARS;
  const double height = gtk_widget_get_height (widget);
  const gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GdkRGBA ahead;
  GdkRGBA played;

  gtk_widget_get_color (widget, &played);
  ahead = played;
  ahead.alpha *= 0.35;
  for (int i = 0; i < LOBBY_WAVEFORM_BARS; i++)
    {
      double bar = MAX (LOWEST, self->bars[i] * height / 100);
      double x = (rtl ? LOBBY_WAVEFORM_BARS - 1 - i : i) * step;
      GskRoundedRect rounded;

      gsk_rounded_rect_init_from_rect (&rounded, &GRAPHENE_RECT_INIT (x, (height - bar) / 2, MAX (1, step - GAP), bar), 1);
      gtk_snapshot_push_rounded_clip (snapshot, &rounded);
      gtk_snapshot_append_color (snapshot, (i + 0.5) / LOBBY_WAVEFORM_BARS <= self->fraction ? &played : &ahead, &rounded.bounds);
      gtk_snapshot_pop (snapshot);
    }
}

static void
on_pressed (LobbyWaveform *self,
            int n_press,
            double x,
            double y,
            GtkGesture *gesture)
{
  double fraction = CLAMP (x / MAX (1, gtk_widget_get_width (GTK_WIDGET (self))), 0, 1);

  if (gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL)
    fraction = 1 - fraction;
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  g_signal_emit (self, signals[SEEK], 0, fraction);
}

static void
lobby_waveform_class_init (LobbyWaveformClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->measure = measure;
  widget_class->snapshot = snapshot;
  gtk_widget_class_set_css_name (widget_class, "waveform");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
  signals[SEEK] = g_signal_new ("seek", LOBBY_TYPE_WAVEFORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
lobby_waveform_init (LobbyWaveform *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

void
lobby_waveform_set_bars (LobbyWaveform *self,
                         const char *hex)
{
  g_return_if_fail (LOBBY_IS_WAVEFORM (self));

  for (int i = 0; i < LOBBY_WAVEFORM_BARS; i++)
    {
      int high = -1, low = -1;

      if (hex != NULL && strnlen (hex, 2 * i + 2) == (size_t)2 * i + 2)
        {
          high = g_ascii_xdigit_value (hex[2 * i]);
          low = g_ascii_xdigit_value (hex[2 * i + 1]);
        }
      self->bars[i] = high >= 0 && low >= 0 ? MIN (100, high * 16 + low) : 0;
    }
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lobby_waveform_set_fraction (LobbyWaveform *self,
                             double fraction)
{
  g_return_if_fail (LOBBY_IS_WAVEFORM (self));

  if (self->fraction == fraction)
    return;
  self->fraction = fraction;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
