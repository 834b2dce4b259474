/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

#include "lobby-clock.h"
#include "lobby-message-row.h"
#include "lobby-message-words.h"

/*
 * The message that the keyboard is at. The rows take no focus (the list would scroll to it), so while the timeline has the focus the
 * arrow keys move a mark from message to message, scroll where one is longer than the view, Enter does what the marked message is
 * there for (lobby_timeline_press), and the menu keys open its menu. A screen reader hears each message that is come to.
 */

/* px that an arrow key scrolls within a long message or beyond the known ones, and what stays free around a marked one. */
#define STEP 60
#define MARGIN 8

static gboolean
find_bounds (LobbyTimeline *self,
             gint64 row_id,
             double *top,
             double *bottom)
{
  GtkWidget *row = lobby_timeline_find_row (self, row_id);
  graphene_rect_t bounds;

  if (row == NULL || !gtk_widget_get_mapped (row) || !gtk_widget_compute_bounds (row, GTK_WIDGET (self->scrolled), &bounds))
    return FALSE;

  *top = bounds.origin.y;
  *bottom = bounds.origin.y + bounds.size.height;
  return TRUE;
}

static gint64
row_id_at (LobbyTimeline *self,
           int position)
{
  g_autoptr (GObject) item = g_list_model_get_item (G_LIST_MODEL (self->window), position);

  return item != NULL && LOBBY_IS_MESSAGE (item) ? lobby_message_get_row_id (LOBBY_MESSAGE (item)) : 0;
}

/* The lowest message of which the end is in view; the one whose middle fills it when it is longer. */
static gint64
find_lowest (LobbyTimeline *self)
{
  const double height = gtk_widget_get_height (GTK_WIDGET (self->scrolled));
  double top, bottom;

  for (int i = (int)g_list_model_get_n_items (G_LIST_MODEL (self->window)) - 1; i >= 0; i--)
    {
      gint64 row_id = row_id_at (self, i);

      if (row_id != 0 && find_bounds (self, row_id, &top, &bottom) && top < height && (bottom <= height + 1 || top <= 0))
        return row_id;
    }

  return 0;
}

static void
mark (LobbyTimeline *self,
      gint64 row_id,
      gboolean marked)
{
  GtkWidget *row = row_id != 0 ? lobby_timeline_find_row (self, row_id) : NULL;

  if (row != NULL)
    lobby_message_row_set_marked (LOBBY_MESSAGE_ROW (row), marked);
}

static void
announce (LobbyTimeline *self,
          gint64 row_id)
{
  g_autoptr (LobbyMessage) message = lobby_store_get_message_by_row (self->store, row_id);
  g_autoptr (GString) heard = g_string_new (NULL);
  g_autofree char *words = NULL;

  if (message == NULL)
    return;
  if (lobby_message_get_day_start (message))
    {
      g_autofree char *day = lobby_words_day (lobby_message_get_sent_at (message), lobby_clock_now ());

      g_string_append_printf (heard, "%s. ", day);
    }
  if (lobby_message_get_unread_start (message))
    {
      g_autofree char *unread = lobby_words_unread (self->unread_count);

      g_string_append_printf (heard, "%s. ", unread);
    }
  words = lobby_timeline_describe (self, message);
  g_string_append (heard, words);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), heard->str, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

void
lobby_timeline_set_cursor (LobbyTimeline *self,
                           gint64 row_id)
{
  if (self->cursor == row_id)
    return;
  mark (self, self->cursor, FALSE);
  self->cursor = row_id;
  mark (self, row_id, TRUE);
  if (row_id != 0)
    announce (self, row_id);
}

static void
scroll (LobbyTimeline *self,
        double distance)
{
  gtk_adjustment_set_value (self->adjustment, gtk_adjustment_get_value (self->adjustment) + distance);
}

static void
scroll_into_view (LobbyTimeline *self,
                  gint64 row_id,
                  gboolean downwards)
{
  const double height = gtk_widget_get_height (GTK_WIDGET (self->scrolled));
  double top, bottom;

  if (!find_bounds (self, row_id, &top, &bottom))
    return;
  if (bottom - top + 2 * MARGIN > height)
    scroll (self, downwards ? top - MARGIN : bottom + MARGIN - height);
  else if (top < MARGIN)
    scroll (self, top - MARGIN);
  else if (bottom > height - MARGIN)
    scroll (self, bottom + MARGIN - height);
}

static gboolean
is_in_sight (LobbyTimeline *self,
             double *top,
             double *bottom)
{
  return self->cursor != 0 && find_bounds (self, self->cursor, top, bottom) && *bottom >= 0 && *top <= gtk_widget_get_height (GTK_WIDGET (self->scrolled));
}

/* Lost from sight, by a wheel or because the run moved on, or not come to any yet: begins anew with what is seen. */
static void
mark_lowest (LobbyTimeline *self)
{
  gint64 lowest = find_lowest (self);

  if (lowest != 0)
    lobby_timeline_set_cursor (self, lowest);
}

void
lobby_timeline_step_cursor (LobbyTimeline *self,
                            int step)
{
  const double height = gtk_widget_get_height (GTK_WIDGET (self->scrolled));
  const gboolean downwards = step > 0;
  double top, bottom;
  gint64 next;
  int position;

  if (self->window == NULL)
    return;
  if (!is_in_sight (self, &top, &bottom))
    {
      mark_lowest (self);
      return;
    }

  if (downwards ? bottom > height + 1 : top < -1)
    {
      scroll (self, downwards ? MIN (STEP, bottom - height + MARGIN) : -MIN (STEP, MARGIN - top));
      return;
    }
  position = lobby_message_window_find (self->window, self->cursor);
  next = position >= 0 && position + step >= 0 ? row_id_at (self, position + step) : 0;
  if (next == 0)
    {
      scroll (self, downwards ? STEP : -STEP);
      return;
    }
  lobby_timeline_set_cursor (self, next);
  scroll_into_view (self, next, downwards);
}

/* The message in which text is selected, or a button has the focus. */
static gint64
find_focused (LobbyTimeline *self)
{
  GtkWidget *focus = gtk_root_get_focus (gtk_widget_get_root (GTK_WIDGET (self)));
  GtkWidget *row = focus != NULL ? gtk_widget_get_ancestor (focus, LOBBY_TYPE_MESSAGE_ROW) : NULL;
  LobbyMessage *message = row != NULL ? lobby_message_row_get_message (LOBBY_MESSAGE_ROW (row)) : NULL;

  return message != NULL ? lobby_message_get_row_id (message) : 0;
}

static gboolean
show_menu (LobbyTimeline *self)
{
  gint64 row_id = find_focused (self);
  g_autoptr (LobbyMessage) message = NULL;
  GtkWidget *row;
  graphene_rect_t bounds;

  if (self->window == NULL)
    return FALSE;
  if (row_id == 0 && self->cursor != 0 && lobby_timeline_find_row (self, self->cursor) != NULL)
    row_id = self->cursor;
  if (row_id == 0)
    row_id = find_lowest (self);
  row = row_id != 0 ? lobby_timeline_find_row (self, row_id) : NULL;
  message = row_id != 0 ? lobby_store_get_message_by_row (self->store, row_id) : NULL;
  if (row == NULL || message == NULL || !lobby_message_row_compute_bubble (LOBBY_MESSAGE_ROW (row), &bounds))
    return FALSE;

  lobby_timeline_set_cursor (self, row_id);
  lobby_timeline_show_menu (self, message, row, bounds.origin.x + 16, bounds.origin.y + MIN (bounds.size.height, 32));
  return TRUE;
}

/* Nothing is done to a message that is not seen. */
static gboolean
press (LobbyTimeline *self)
{
  g_autoptr (LobbyMessage) message = NULL;
  double top, bottom;

  if (self->window == NULL || lobby_timeline_has_menu (self))
    return GDK_EVENT_PROPAGATE;
  if (!is_in_sight (self, &top, &bottom))
    {
      mark_lowest (self);
      return GDK_EVENT_STOP;
    }
  message = lobby_store_get_message_by_row (self->store, self->cursor);
  if (message != NULL)
    lobby_timeline_press (self, message);
  return GDK_EVENT_STOP;
}

static gboolean
is_press (guint key)
{
  return key == GDK_KEY_Return || key == GDK_KEY_KP_Enter || key == GDK_KEY_ISO_Enter || key == GDK_KEY_space || key == GDK_KEY_KP_Space;
}

gboolean
lobby_timeline_focus_is_in (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus != NULL && (focus == widget || gtk_widget_is_ancestor (focus, widget));
}

/* For Tab there are the messages, as one, and the button to the newest. Left to itself the list would swallow each Tab: its rows take no focus. */
gboolean
lobby_timeline_move_focus (GtkWidget *widget,
                           GtkDirectionType direction)
{
  GtkWidget *jump = GTK_WIDGET (LOBBY_TIMELINE (widget)->jump_revealer);
  GtkWidget *focus = lobby_timeline_focus_is_in (widget) ? gtk_root_get_focus (gtk_widget_get_root (widget)) : NULL;
  const gboolean forward = direction == GTK_DIR_TAB_FORWARD;

  if (focus == NULL)
    return (!forward && gtk_widget_child_focus (jump, direction)) || gtk_widget_grab_focus (widget);
  if (gtk_widget_is_ancestor (focus, jump))
    return !forward && gtk_widget_grab_focus (widget);
  /* From link to link of selected text. */
  if (focus != widget && gtk_widget_child_focus (focus, direction))
    return TRUE;
  if (forward)
    return gtk_widget_child_focus (jump, direction);
  return focus != widget && gtk_widget_grab_focus (widget);
}

static gboolean
on_key_pressed (LobbyTimeline *self,
                guint key,
                guint code,
                GdkModifierType state)
{
  const GdkModifierType modifiers = state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK);

  /* From selected text, or a button of a message. */
  if (modifiers == 0 && key == GDK_KEY_Escape && !gtk_widget_has_focus (GTK_WIDGET (self)))
    return gtk_widget_grab_focus (GTK_WIDGET (self));
  if (modifiers == 0 && is_press (key))
    return press (self);

  return GDK_EVENT_PROPAGATE;
}

/* Before the text that is selected sees it: of its own a label has the menu of a field, "Cut" and "Paste" with it. */
static gboolean
on_menu_key_pressed (LobbyTimeline *self,
                     guint key,
                     guint code,
                     GdkModifierType state)
{
  const GdkModifierType modifiers = state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK);

  if (!lobby_timeline_has_menu (self) && ((modifiers == 0 && key == GDK_KEY_Menu) || (modifiers == GDK_SHIFT_MASK && key == GDK_KEY_F10)))
    return show_menu (self);

  return GDK_EVENT_PROPAGATE;
}

static void
on_focus_left (LobbyTimeline *self)
{
  if (!lobby_timeline_focus_is_in (GTK_WIDGET (self)))
    lobby_timeline_set_cursor (self, 0);
}

void
lobby_timeline_cursor_init (LobbyTimeline *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkEventController *menu_keys = gtk_event_controller_key_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (on_key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  gtk_event_controller_set_propagation_phase (menu_keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (menu_keys, "key-pressed", G_CALLBACK (on_menu_key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), menu_keys);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (on_focus_left), self);
  gtk_widget_add_controller (GTK_WIDGET (self), focus);
}
