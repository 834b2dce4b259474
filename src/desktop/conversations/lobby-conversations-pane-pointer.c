/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversations-pane-private.h"

#include "lobby-conversation-row.h"

static LobbyConversationRow *
row_at (LobbyConversationsPane *self,
        double x,
        double y)
{
  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self->grid), x, y, GTK_PICK_DEFAULT);
  GtkWidget *row = widget != NULL ? gtk_widget_get_ancestor (widget, LOBBY_TYPE_CONVERSATION_ROW) : NULL;

  /* Between a row and the edge of its cell. */
  if (row == NULL && widget != NULL && widget != GTK_WIDGET (self->grid))
    row = gtk_widget_get_first_child (widget);

  return row != NULL && LOBBY_IS_CONVERSATION_ROW (row) ? LOBBY_CONVERSATION_ROW (row) : NULL;
}

static void
clicked_cb (LobbyConversationsPane *self,
            int n_press,
            double x,
            double y)
{
  LobbyConversationRow *row = row_at (self, x, y);

  if (row != NULL && n_press == 1)
    lobby_conversations_pane_open_conversation (self, lobby_conversation_row_get_conversation (row), TRUE);
}

/* The context menu */
static void
menu_open_cb (LobbyConversationsPane *self,
              LobbyConversation *conversation)
{
  lobby_conversations_pane_open_conversation (self, conversation, TRUE);
}

static void
popup_menu (LobbyConversationsPane *self,
            LobbyConversationRow *row,
            double x,
            double y)
{
  graphene_point_t point;

  if (!gtk_widget_compute_point (GTK_WIDGET (self->grid), GTK_WIDGET (self), &GRAPHENE_POINT_INIT (x, y), &point))
    return;

  if (self->menu == NULL)
    {
      self->menu = lobby_conversation_menu_new (GTK_WIDGET (self));
      g_signal_connect_object (self->menu, "open", G_CALLBACK (menu_open_cb), self, G_CONNECT_SWAPPED);
    }
  lobby_conversation_menu_popup (self->menu, self->account, lobby_conversation_row_get_conversation (row), point.x, point.y);
}

static void
secondary_clicked_cb (LobbyConversationsPane *self,
                      int n_press,
                      double x,
                      double y)
{
  LobbyConversationRow *row = row_at (self, x, y);

  if (row != NULL)
    popup_menu (self, row, x, y);
}

static void
long_pressed_cb (LobbyConversationsPane *self,
                 double x,
                 double y)
{
  secondary_clicked_cb (self, 1, x, y);
}

static gboolean
menu_key_cb (GtkWidget *widget,
             GVariant *arguments,
             gpointer data)
{
  LobbyConversationsPane *self = LOBBY_CONVERSATIONS_PANE (data);
  GtkWidget *focus = gtk_widget_get_focus_child (GTK_WIDGET (self->grid));
  GtkWidget *row = focus != NULL ? gtk_widget_get_first_child (focus) : NULL;
  graphene_rect_t bounds;

  if (row == NULL || !LOBBY_IS_CONVERSATION_ROW (row)
      || !gtk_widget_compute_bounds (row, GTK_WIDGET (self->grid), &bounds))
    return FALSE;

  popup_menu (self, LOBBY_CONVERSATION_ROW (row), bounds.origin.x + 24, bounds.origin.y + bounds.size.height - 12);

  return TRUE;
}

void
lobby_conversations_pane_init_pointer (LobbyConversationsPane *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *secondary = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();
  GtkEventController *shortcuts = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (GTK_EVENT_CONTROLLER (click), GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (click, "released", G_CALLBACK (clicked_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->grid), GTK_EVENT_CONTROLLER (click));

  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (secondary), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (secondary, "pressed", G_CALLBACK (secondary_clicked_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->grid), GTK_EVENT_CONTROLLER (secondary));

  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect_swapped (press, "pressed", G_CALLBACK (long_pressed_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->grid), GTK_EVENT_CONTROLLER (press));

  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (shortcuts),
                                        gtk_shortcut_new (gtk_shortcut_trigger_parse_string ("Menu|<Shift>F10"),
                                                          gtk_callback_action_new (menu_key_cb, self, NULL)));
  gtk_widget_add_controller (GTK_WIDGET (self->grid), shortcuts);
}
