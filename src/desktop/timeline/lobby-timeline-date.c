/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

#include "lobby-clock.h"
#include "lobby-message-row.h"
#include "lobby-message-words.h"

/* The day of what is read, over the messages while they are scrolled. It goes when scrolling rests, and gives way
 * to the day that stands among the messages. */

/* ms it stays. */
#define LINGER 1500

/* px from the top, where the day is looked for: below the pill itself. */
#define PROBE 36

static gboolean
on_lingered (gpointer data)
{
  LobbyTimeline *self = data;

  self->date_source = 0;
  gtk_revealer_set_reveal_child (self->date_revealer, FALSE);
  return G_SOURCE_REMOVE;
}

static LobbyMessage *
find_topmost (LobbyTimeline *self)
{
  GtkWidget *list = GTK_WIDGET (self->list_view);

  /* Of all rows only those in view are mapped. */
  for (GtkWidget *child = gtk_widget_get_first_child (list); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *row = gtk_widget_get_mapped (child) ? gtk_widget_get_first_child (child) : NULL;
      graphene_rect_t bounds;

      if (row != NULL && LOBBY_IS_MESSAGE_ROW (row) && gtk_widget_compute_bounds (child, list, &bounds) && bounds.origin.y + bounds.size.height > PROBE)
        return lobby_message_row_get_message (LOBBY_MESSAGE_ROW (row));
    }
  return NULL;
}

void
lobby_timeline_update_date (LobbyTimeline *self)
{
  LobbyMessage *topmost = self->stuck ? NULL : find_topmost (self);
  g_autofree char *words = NULL;

  if (topmost == NULL || lobby_message_get_day_start (topmost))
    {
      lobby_timeline_hide_date (self);
      return;
    }
  words = lobby_words_day (lobby_message_get_sent_at (topmost), lobby_clock_now ());
  gtk_label_set_text (self->date_label, words);
  gtk_revealer_set_reveal_child (self->date_revealer, TRUE);
  g_clear_handle_id (&self->date_source, g_source_remove);
  self->date_source = g_timeout_add (LINGER, on_lingered, self);
}

void
lobby_timeline_hide_date (LobbyTimeline *self)
{
  g_clear_handle_id (&self->date_source, g_source_remove);
  gtk_revealer_set_reveal_child (self->date_revealer, FALSE);
}
