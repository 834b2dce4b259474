/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversations-pane-private.h"

#include "lobby-clock.h"
#include "lobby-conversation-row.h"
#include "lobby-when.h"

/* So close to the end, in px, the next page is loaded. */
#define LOAD_AHEAD 800

static void
row_setup_cb (GtkSignalListItemFactory *factory,
              GtkListItem *item)
{
  gtk_list_item_set_child (item, lobby_conversation_row_new ());
}

static void
row_selected_cb (GtkListItem *item)
{
  GtkWidget *row = gtk_list_item_get_child (item);

  if (row != NULL)
    lobby_conversation_row_set_open (LOBBY_CONVERSATION_ROW (row), gtk_list_item_get_selected (item));
}

static void
row_bind_cb (LobbyConversationsPane *self,
             GtkListItem *item)
{
  LobbyConversationRow *row = LOBBY_CONVERSATION_ROW (gtk_list_item_get_child (item));

  lobby_conversation_row_set_open (row, gtk_list_item_get_selected (item));
  lobby_conversation_row_bind (row, self->account, gtk_list_item_get_item (item), item);
  g_signal_connect (item, "notify::selected", G_CALLBACK (row_selected_cb), NULL);
}

static void
row_unbind_cb (LobbyConversationsPane *self,
               GtkListItem *item)
{
  g_signal_handlers_disconnect_by_func (item, row_selected_cb, NULL);
  lobby_conversation_row_unbind (LOBBY_CONVERSATION_ROW (gtk_list_item_get_child (item)));
}

/* The first frame */
static gboolean
tick_cb (GtkWidget *widget,
         GdkFrameClock *clock,
         gpointer data)
{
  LobbyConversationsPane *self = LOBBY_CONVERSATIONS_PANE (widget);

  /* The first tick is before the first frame, the second after it. */
  if (!self->drawn)
    {
      self->drawn = TRUE;
      return G_SOURCE_CONTINUE;
    }

  self->tick = 0;
  if (self->slice != NULL)
    gtk_slice_list_model_set_size (self->slice, G_MAXUINT);

  return G_SOURCE_REMOVE;
}

void
lobby_conversations_pane_begin_rows (LobbyConversationsPane *self)
{
  self->drawn = FALSE;
  if (self->tick == 0)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
}

/* Paging */
static void
load_more_cb (gpointer data)
{
  LobbyConversationsPane *self = data;

  self->load_source = 0;
  if (self->list != NULL)
    lobby_conversation_list_load_more (self->list);
}

static void
scrolled_cb (LobbyConversationsPane *self)
{
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  double below = gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_value (adjustment)
                 - gtk_adjustment_get_page_size (adjustment);

  /* Never in the middle of a layout. */
  if (self->list != NULL && below < LOAD_AHEAD && self->load_source == 0
      && lobby_conversation_list_get_has_more (self->list))
    self->load_source = g_idle_add_once (load_more_cb, self);
}

/* "Today" turns into "Yesterday" */
static void
midnight_cb (gpointer data);

static void
wait_for_midnight (LobbyConversationsPane *self)
{
  gint64 msec = lobby_when_midnight (lobby_clock_now ());

  self->midnight_source = g_timeout_add_seconds_once (msec / 1000 + 1, midnight_cb, self);
}

static void
midnight_cb (gpointer data)
{
  LobbyConversationsPane *self = data;

  for (GtkWidget *cell = gtk_widget_get_first_child (GTK_WIDGET (self->grid)); cell != NULL; cell = gtk_widget_get_next_sibling (cell))
    {
      GtkWidget *row = gtk_widget_get_first_child (cell);

      if (row != NULL && LOBBY_IS_CONVERSATION_ROW (row))
        lobby_conversation_row_update_time (LOBBY_CONVERSATION_ROW (row));
    }

  wait_for_midnight (self);
}

void
lobby_conversations_pane_init_rows (LobbyConversationsPane *self)
{
  g_autoptr (GtkListItemFactory) factory = gtk_signal_list_item_factory_new ();

  g_signal_connect (factory, "setup", G_CALLBACK (row_setup_cb), NULL);
  g_signal_connect_swapped (factory, "bind", G_CALLBACK (row_bind_cb), self);
  g_signal_connect_swapped (factory, "unbind", G_CALLBACK (row_unbind_cb), self);
  gtk_grid_view_set_factory (self->grid, factory);
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (self->scroller), "value-changed",
                           G_CALLBACK (scrolled_cb), self, G_CONNECT_SWAPPED);
  wait_for_midnight (self);
}

void
lobby_conversations_pane_dispose_rows (LobbyConversationsPane *self)
{
  g_clear_handle_id (&self->load_source, g_source_remove);
  g_clear_handle_id (&self->midnight_source, g_source_remove);
  if (self->tick != 0)
    gtk_widget_remove_tick_callback (GTK_WIDGET (self), self->tick);
  self->tick = 0;
}
