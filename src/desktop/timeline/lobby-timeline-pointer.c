/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

#include "lobby-message-row.h"

/*
 * The pointer over the messages. Presses are watched for here, once, and not in each row.
 *
 * While the view moves, what passes under the pointer is not looked for: each time GTK (4.18) finds another widget there it
 * takes "hover" from the whole window and gives it back, and hundreds of styles are made anew.
 */

/* ms after which what rests under the pointer is looked for again; at once when the pointer itself moves. */
#define REST 150

static gboolean
on_rest (gpointer data)
{
  LobbyTimeline *self = data;

  self->pointer_source = 0;
  gtk_widget_set_can_target (GTK_WIDGET (self->list_view), TRUE);
  return G_SOURCE_REMOVE;
}

static void
on_moved (LobbyTimeline *self)
{
  g_clear_handle_id (&self->pointer_source, g_source_remove);
  gtk_widget_set_can_target (GTK_WIDGET (self->list_view), FALSE);
  self->pointer_source = g_timeout_add (REST, on_rest, self);
}

/* GTK tells of motion after each layout, too. */
static void
on_motion (LobbyTimeline *self,
           double x,
           double y)
{
  if (x == self->pointer_x && y == self->pointer_y)
    return;
  self->pointer_x = x;
  self->pointer_y = y;
  if (self->pointer_source != 0)
    {
      g_clear_handle_id (&self->pointer_source, g_source_remove);
      gtk_widget_set_can_target (GTK_WIDGET (self->list_view), TRUE);
    }
}

/* Presses */

static LobbyMessage *
find_message (LobbyTimeline *self,
              double x,
              double y,
              gboolean on_bubble)
{
  GtkWidget *list = GTK_WIDGET (self->list_view);
  GtkWidget *widget = gtk_widget_pick (list, x, y, GTK_PICK_NON_TARGETABLE);
  GtkWidget *row = widget != NULL ? gtk_widget_get_ancestor (widget, LOBBY_TYPE_MESSAGE_ROW) : NULL;
  graphene_rect_t bounds;
  graphene_point_t point;

  if (row == NULL)
    return NULL;
  if (on_bubble
      && (!gtk_widget_compute_point (list, row, &GRAPHENE_POINT_INIT (x, y), &point)
          || !lobby_message_row_compute_bubble (LOBBY_MESSAGE_ROW (row), &bounds) || !graphene_rect_contains_point (&bounds, &point)))
    return NULL;
  return lobby_message_row_get_message (LOBBY_MESSAGE_ROW (row));
}

static void
on_menu_pressed (LobbyTimeline *self,
                 int n_press,
                 double x,
                 double y,
                 GtkGesture *gesture)
{
  LobbyMessage *message = find_message (self, x, y, TRUE);

  if (message == NULL)
    return;
  gtk_gesture_set_state (gesture, GTK_EVENT_SEQUENCE_CLAIMED);
  lobby_timeline_show_menu (self, message, GTK_WIDGET (self->list_view), x, y);
}

static void
on_long_pressed (LobbyTimeline *self,
                 double x,
                 double y,
                 GtkGesture *gesture)
{
  on_menu_pressed (self, 1, x, y, gesture);
}

static void
on_pressed (LobbyTimeline *self,
            int n_press,
            double x,
            double y,
            GtkGesture *gesture)
{
  LobbyMessage *message = n_press == 2 ? find_message (self, x, y, FALSE) : NULL;

  if (message != NULL)
    lobby_timeline_request_reply (self, message);
}

void
lobby_timeline_pointer_init (LobbyTimeline *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkGesture *menu = gtk_gesture_click_new ();
  GtkGesture *hold = gtk_gesture_long_press_new ();
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect_object (self->adjustment, "value-changed", G_CALLBACK (on_moved), self, G_CONNECT_SWAPPED);
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (on_motion), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (menu), GDK_BUTTON_SECONDARY);
  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (menu), GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (menu, "pressed", G_CALLBACK (on_menu_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list_view), GTK_EVENT_CONTROLLER (menu));
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (hold), TRUE);
  g_signal_connect_swapped (hold, "pressed", G_CALLBACK (on_long_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list_view), GTK_EVENT_CONTROLLER (hold));
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self->list_view), GTK_EVENT_CONTROLLER (click));
}

void
lobby_timeline_pointer_dispose (LobbyTimeline *self)
{
  g_clear_handle_id (&self->pointer_source, g_source_remove);
}
