/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-pictures.h"

#include <math.h>

#include "lobby-message-row.h"

/*
 * Where the view is. What GtkListView does (4.18) decides the rules:
 * - It keeps the place of one item, its anchor. gtk_list_view_scroll_to (tail) makes the tail the anchor, and from then on
 *   nothing that is added, grows or is trimmed moves the end of the view away from it: "stuck". A row that was added in the
 *   same turn is not laid out yet, and scrolling to it stops one row short; the tail always is.
 * - A running fling goes on from wherever new rows put the view. So rows are added only at rest or at an edge, and kinetic
 *   scrolling is switched off and on before.
 * One tick callback watches, for a frame each time that something moved; what waits for rest has a timer: a frame in which nothing
 * happens costs more than one thinks, and between two presses of Page Up there are three.
 */

/* µs without a change */
#define REST 50000

double
lobby_timeline_get_gap (LobbyTimeline *self)
{
  return gtk_adjustment_get_upper (self->adjustment) - gtk_adjustment_get_page_size (self->adjustment)
         - gtk_adjustment_get_value (self->adjustment);
}

guint
lobby_timeline_get_n_messages (LobbyTimeline *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->window)) - 1;
}

void
lobby_timeline_stop_fling (LobbyTimeline *self)
{
  gtk_scrolled_window_set_kinetic_scrolling (self->scrolled, FALSE);
  gtk_scrolled_window_set_kinetic_scrolling (self->scrolled, TRUE);
}

/* Jump button */

static void
update_jump (LobbyTimeline *self)
{
  g_autofree char *count = self->unseen > 999 ? g_strdup ("999+") : g_strdup_printf ("%u", self->unseen);
  const gboolean away = self->window != NULL && !self->stuck && lobby_timeline_get_n_messages (self) > 0
                        && (!lobby_message_window_get_at_newest (self->window) || lobby_timeline_get_gap (self) > 40);

  gtk_revealer_set_reveal_child (self->jump_revealer, away);
  gtk_widget_set_can_target (GTK_WIDGET (self->jump_revealer), away);
  gtk_widget_set_visible (GTK_WIDGET (self->jump_badge), self->unseen > 0);
  gtk_label_set_text (self->jump_badge, count);
}

static void
set_unseen (LobbyTimeline *self,
            guint unseen)
{
  if (self->unseen == unseen)
    return;
  self->unseen = unseen;
  lobby_timeline_notify (self, "unseen");
}

static void
anchor_tail (LobbyTimeline *self)
{
  gtk_list_view_scroll_to (self->list_view, lobby_timeline_get_n_messages (self), GTK_LIST_SCROLL_NONE, NULL);
}

static void
set_stuck (LobbyTimeline *self,
           gboolean stuck)
{
  if (self->stuck == stuck)
    return;
  self->stuck = stuck;
  if (stuck)
    {
      set_unseen (self, 0);
      anchor_tail (self);
    }
  lobby_timeline_notify (self, "at-newest");
}

static void
update_stuck (LobbyTimeline *self,
              gboolean resized)
{
  const gboolean at_end = lobby_message_window_get_at_newest (self->window) && lobby_timeline_get_gap (self) <= LOBBY_TIMELINE_TOUCHING;

  /* The layout changed under a view that is to stay at the end: hold on to the tail again. */
  if (self->stuck && !at_end && resized && lobby_message_window_get_at_newest (self->window))
    anchor_tail (self);
  else if (self->wanted_row == 0 && self->following == 0)
    set_stuck (self, at_end);
}

/* Going to a message. The model changed in this turn perhaps: its row is laid out two frames later. */

static gboolean
is_in_view (LobbyTimeline *self,
            GtkWidget *row)
{
  graphene_rect_t bounds;

  return row != NULL && gtk_widget_get_mapped (row) && gtk_widget_compute_bounds (row, GTK_WIDGET (self->scrolled), &bounds) && bounds.origin.y >= 0
         && bounds.origin.y + bounds.size.height <= gtk_widget_get_height (GTK_WIDGET (self->scrolled));
}

static void
follow_wanted (LobbyTimeline *self)
{
  int position;
  GtkWidget *row;

  if (self->wanted_row == 0 || --self->wanted_frames > 0)
    return;
  position = lobby_message_window_find (self->window, self->wanted_row);
  row = lobby_timeline_find_row (self, self->wanted_row);
  if (position >= 0 && !is_in_view (self, row))
    {
      set_stuck (self, FALSE);
      gtk_list_view_scroll_to (self->list_view, position, GTK_LIST_SCROLL_NONE, NULL);
      /* This turn's numbers are those from before. */
      self->last_upper = -1;
      self->following = 2;
    }
  if (row != NULL && self->wanted_flash)
    lobby_message_row_flash (LOBBY_MESSAGE_ROW (row));
  self->wanted_row = 0;
}

/* Pictures */

void
lobby_timeline_watch_picture (LobbyTimeline *self,
                              LobbyPictureView *picture)
{
  g_hash_table_add (self->waiting_pictures, picture);
  lobby_timeline_wake (self);
}

void
lobby_timeline_unwatch_picture (LobbyTimeline *self,
                                LobbyPictureView *picture)
{
  g_hash_table_remove (self->waiting_pictures, picture);
}

static gboolean
is_near_the_view (LobbyTimeline *self,
                  GtkWidget *widget)
{
  const double height = gtk_widget_get_height (GTK_WIDGET (self->scrolled));
  graphene_rect_t bounds;

  return gtk_widget_get_mapped (widget) && gtk_widget_compute_bounds (widget, GTK_WIDGET (self->scrolled), &bounds)
         && bounds.origin.y < height * 1.5 && bounds.origin.y + bounds.size.height > -height * 0.5;
}

static void
load_pictures (LobbyTimeline *self)
{
  g_autoptr (GPtrArray) near = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer picture;

  g_hash_table_iter_init (&iter, self->waiting_pictures);
  while (g_hash_table_iter_next (&iter, &picture, NULL))
    if (is_near_the_view (self, picture))
      {
        g_ptr_array_add (near, picture);
        g_hash_table_iter_remove (&iter);
      }
  for (guint i = 0; i < near->len; i++)
    lobby_picture_view_load (near->pdata[i]);
}

/* The watch */

/* A list that was never laid out has no place to scroll to. The frame clock lays out again in the same frame when that is
 * asked for, so the first frame that is drawn shows the end already. */
static void
on_first_layout (LobbyTimeline *self,
                 GdkFrameClock *clock)
{
  if (gtk_adjustment_get_page_size (self->adjustment) <= 0)
    return;
  g_signal_handlers_disconnect_by_func (clock, on_first_layout, self);
  self->waits_for_layout = FALSE;
  if (self->window != NULL && self->stuck)
    anchor_tail (self);
}

static gboolean
on_tick (GtkWidget *widget,
         GdkFrameClock *clock,
         gpointer data);

static void
watch (LobbyTimeline *self)
{
  if (self->tick == 0 && self->window != NULL)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), on_tick, NULL, NULL);
}

static gboolean
on_rest_due (gpointer data)
{
  LobbyTimeline *self = data;
  const gint64 left = self->rest_at - g_get_monotonic_time ();

  /* It moved again meanwhile. */
  self->rest_source = left > 0 ? g_timeout_add ((guint)(left / 1000 + 1), on_rest_due, self) : 0;
  if (left <= 0)
    watch (self);
  return G_SOURCE_REMOVE;
}

static void
wait_for_rest (LobbyTimeline *self)
{
  const gint64 left = self->rest_at - g_get_monotonic_time ();

  if (self->rest_source == 0)
    self->rest_source = g_timeout_add ((guint)MAX (left / 1000 + 1, 1), on_rest_due, self);
}

static gboolean
on_tick (GtkWidget *widget,
         GdkFrameClock *clock,
         gpointer data)
{
  LobbyTimeline *self = LOBBY_TIMELINE (widget);
  const double value = gtk_adjustment_get_value (self->adjustment);
  const double upper = gtk_adjustment_get_upper (self->adjustment);
  const double page_size = gtk_adjustment_get_page_size (self->adjustment);
  const gboolean resized = upper != self->last_upper || page_size != self->last_page_size;
  const gboolean scrolled = !resized && value != self->last_value;
  gboolean waits = FALSE;
  gboolean moving;

  if (self->window == NULL)
    {
      self->tick = 0;
      return G_SOURCE_REMOVE;
    }
  /* Nothing is laid out yet. */
  if (page_size <= 0)
    {
      if (!self->waits_for_layout)
        g_signal_connect_object (clock, "layout", G_CALLBACK (on_first_layout), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
      self->waits_for_layout = TRUE;
      return G_SOURCE_CONTINUE;
    }

  if (resized || scrolled)
    self->rest_at = g_get_monotonic_time () + REST;
  self->last_value = value;
  self->last_upper = upper;
  self->last_page_size = page_size;

  self->following -= self->following > 0 ? 1 : 0;
  follow_wanted (self);
  update_stuck (self, resized);
  if (self->paging == LOBBY_PAGING_NONE && self->wanted_row == 0 && self->following == 0)
    waits = lobby_timeline_consider_paging (self);
  if (self->paging != LOBBY_PAGING_NONE)
    lobby_timeline_page (self);
  update_jump (self);
  if (scrolled)
    lobby_timeline_update_date (self);
  load_pictures (self);

  /* While this runs, a new message waits for the next tick of the clock; else it is drawn at once. What the layout of this frame
   * changes wakes us again. */
  moving = gtk_adjustment_get_value (self->adjustment) != value || self->paging != LOBBY_PAGING_NONE || self->wanted_row != 0 || self->following != 0;
  if (moving)
    return G_SOURCE_CONTINUE;
  if (waits)
    wait_for_rest (self);
  self->tick = 0;
  return G_SOURCE_REMOVE;
}

void
lobby_timeline_wake (LobbyTimeline *self)
{
  self->rest_at = g_get_monotonic_time () + REST;
  watch (self);
}

/* The divider is shown with what is above it when it lies above the view. */
void
lobby_timeline_scroll_begin (LobbyTimeline *self,
                             gint64 unread_from)
{
  const int position = unread_from != 0 ? lobby_message_window_find (self->window, unread_from) : -1;

  lobby_timeline_reset_paging (self);
  self->last_upper = -1;
  self->wanted_row = 0;
  self->following = 0;
  set_unseen (self, 0);
  self->stuck = lobby_message_window_get_at_newest (self->window);
  anchor_tail (self);
  if (position >= 0)
    {
      self->wanted_row = unread_from;
      self->wanted_frames = 2;
      self->wanted_flash = FALSE;
    }
  update_jump (self);
  lobby_timeline_wake (self);
}

void
lobby_timeline_note_arrival (LobbyTimeline *self,
                             LobbyMessage *message)
{
  const gboolean own = lobby_message_is_outbound (message) && lobby_message_get_id (message) == NULL;

  /* What the agent sends is shown, wherever the view is; and who answers has read. */
  if (own)
    {
      lobby_message_window_set_unread_from (self->window, 0);
      self->unread_beyond = 0;
      lobby_timeline_jump_to_newest (self);
    }
  else if (!self->stuck && !lobby_message_is_outbound (message))
    set_unseen (self, self->unseen + 1);
  update_jump (self);
  lobby_timeline_wake (self);
}

void
lobby_timeline_jump_to_newest (LobbyTimeline *self)
{
  g_return_if_fail (LOBBY_IS_TIMELINE (self));

  if (self->window == NULL)
    return;
  lobby_timeline_stop_fling (self);
  self->paging = LOBBY_PAGING_NONE;
  self->wanted_row = 0;
  if (!lobby_message_window_get_at_newest (self->window))
    lobby_message_window_open_latest (self->window, LOBBY_TIMELINE_PAGE_ROWS);
  set_stuck (self, TRUE);
  anchor_tail (self);
  /* Its rows are laid out in this frame: the end is where it is after that. */
  self->last_upper = -1;
  update_jump (self);
  lobby_timeline_wake (self);
}

gboolean
lobby_timeline_scroll_to_message (LobbyTimeline *self,
                                  gint64 row_id)
{
  g_return_val_if_fail (LOBBY_IS_TIMELINE (self), FALSE);

  if (self->window == NULL)
    return FALSE;
  if (lobby_message_window_find (self->window, row_id) < 0 && !lobby_message_window_open_around (self->window, row_id, LOBBY_TIMELINE_PAGE_ROWS))
    return FALSE;
  lobby_timeline_stop_fling (self);
  self->paging = LOBBY_PAGING_NONE;
  self->wanted_row = row_id;
  self->wanted_frames = 2;
  self->wanted_flash = TRUE;
  set_stuck (self, FALSE);
  lobby_timeline_wake (self);
  return TRUE;
}

/* Keys. The rows take no focus: see lobby-timeline-cursor.c. */

/* Whole pixels: from between two the list moves itself to one, which is a frame more. */
static void
scroll_by (LobbyTimeline *self,
           double distance)
{
  gtk_adjustment_set_value (self->adjustment, round (gtk_adjustment_get_value (self->adjustment) + distance));
}

static gboolean
on_key_pressed (LobbyTimeline *self,
                guint key,
                guint code,
                GdkModifierType state)
{
  const double page_size = gtk_adjustment_get_page_size (self->adjustment) * 0.9;

  /* The arrows in the menu of a message are the menu's. */
  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK)) != 0 || lobby_timeline_has_menu (self))
    return GDK_EVENT_PROPAGATE;
  switch (key)
    {
    case GDK_KEY_Page_Up:
    case GDK_KEY_KP_Page_Up:
      scroll_by (self, -page_size);
      return GDK_EVENT_STOP;
    case GDK_KEY_Page_Down:
    case GDK_KEY_KP_Page_Down:
      scroll_by (self, page_size);
      return GDK_EVENT_STOP;
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      lobby_timeline_step_cursor (self, -1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      lobby_timeline_step_cursor (self, 1);
      return GDK_EVENT_STOP;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      gtk_adjustment_set_value (self->adjustment, 0);
      return GDK_EVENT_STOP;
    case GDK_KEY_End:
    case GDK_KEY_KP_End:
      lobby_timeline_jump_to_newest (self);
      return GDK_EVENT_STOP;
    default:
      return GDK_EVENT_PROPAGATE;
    }
}

void
lobby_timeline_scroll_init (LobbyTimeline *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->adjustment = g_object_ref (gtk_scrolled_window_get_vadjustment (self->scrolled));
  g_signal_connect_object (self->adjustment, "value-changed", G_CALLBACK (lobby_timeline_wake), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->adjustment, "changed", G_CALLBACK (lobby_timeline_wake), self, G_CONNECT_SWAPPED);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (on_key_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

void
lobby_timeline_scroll_dispose (LobbyTimeline *self)
{
  if (self->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
  g_clear_handle_id (&self->rest_source, g_source_remove);
  g_clear_object (&self->adjustment);
}
