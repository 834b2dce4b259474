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
  const double middle = gtk_widget_get_width (GTK_WIDGET (self->list_view)) / 2.0;
  GtkWidget *widget = gtk_widget_pick (GTK_WIDGET (self->list_view), middle, PROBE, GTK_PICK_NON_TARGETABLE);
  GtkWidget *row = widget != NULL ? gtk_widget_get_ancestor (widget, LOBBY_TYPE_MESSAGE_ROW) : NULL;

  return row != NULL ? lobby_message_row_get_message (LOBBY_MESSAGE_ROW (row)) : NULL;
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
