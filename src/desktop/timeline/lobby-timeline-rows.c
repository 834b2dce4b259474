/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

#include "lobby-message-row.h"

/* The rows of the list as they come and go: kept for the next page, styled by themselves, named for a screen reader. */

/* Rows kept for the next page, or the next conversation. */
#define MAX_SPARE_ROWS 50
#define ROW "lobby-message-row"

/* Row, message and bubble: what is in a bubble depends on siblings, which no other row shares. */
#define SHARED_STYLES 2

static void
update_accessible_name (GtkListItem *list_item,
                        LobbyMessage *message)
{
  LobbyMessageRow *row = LOBBY_MESSAGE_ROW (gtk_list_item_get_child (list_item));
  LobbyTimeline *self = LOBBY_TIMELINE (gtk_widget_get_ancestor (GTK_WIDGET (row), LOBBY_TYPE_TIMELINE));
  g_autofree char *words = NULL;

  if (self == NULL)
    return;
  words = lobby_timeline_describe (self, message);
  gtk_list_item_set_accessible_label (list_item, words);
}

static void
on_message_notify (GtkListItem *list_item,
                   GParamSpec *pspec,
                   LobbyMessage *message)
{
  const char *name = g_param_spec_get_name (pspec);

  /* "details" is told of whatever else changed, too. */
  if (g_str_equal (name, "details") || g_str_equal (name, "reactions"))
    update_accessible_name (list_item, message);
}

/* The tail is nothing to a screen reader: that the customer types stands above the conversation, too. A role holds for the life of a
 * row, and GTK (4.18) uses a row again only for the item that it had. */
static void
bind_tail (GtkWidget *row)
{
  if (gtk_accessible_get_accessible_role (GTK_ACCESSIBLE (row)) != GTK_ACCESSIBLE_ROLE_PRESENTATION)
    g_object_set (row, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);
}

void
lobby_timeline_setup_row (LobbyTimeline *self,
                          GtkListItem *list_item)
{
  g_autoptr (GtkWidget) row = NULL;

  gtk_list_item_set_activatable (list_item, FALSE);
  gtk_list_item_set_selectable (list_item, FALSE);
  gtk_list_item_set_focusable (list_item, FALSE);
  row = self->spare_rows->len > 0 ? g_ptr_array_steal_index_fast (self->spare_rows, self->spare_rows->len - 1)
                                  : g_object_ref_sink (lobby_message_row_new (self));
  gtk_list_item_set_child (list_item, row);
  g_object_set_data_full (G_OBJECT (list_item), ROW, g_steal_pointer (&row), g_object_unref);
}

/* GTK (4.18) uses a row again only for the item that it had. What is in it costs most, and is used for any. */
void
lobby_timeline_teardown_row (LobbyTimeline *self,
                             GtkListItem *list_item)
{
  g_autoptr (GtkWidget) row = g_object_steal_data (G_OBJECT (list_item), ROW);

  if (self->spare_rows->len < MAX_SPARE_ROWS)
    g_ptr_array_add (self->spare_rows, g_steal_pointer (&row));
}

/* Asking for a colour makes the style. GTK (4.18) keeps styles for all widgets that stand in the same place, but a new widget does
 * not look for those of its children before its own style is made a second time: so a class comes and goes. That helps only where some
 * rule asks for a class of such a widget, as for message.flash. */
static void
make_styles (GtkWidget *widget,
             int depth)
{
  GdkRGBA color;

  gtk_widget_get_color (widget, &color);
  if (depth == 0)
    return;
  gtk_widget_add_css_class (widget, "entered");
  gtk_widget_remove_css_class (widget, "entered");
  gtk_widget_get_color (widget, &color);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (gtk_widget_get_visible (child))
      make_styles (child, depth - 1);
}

static void
on_row_entered (GtkWidget *row)
{
  if (gtk_widget_get_parent (row) == NULL || gtk_widget_get_visible (row))
    return;
  make_styles (row, SHARED_STYLES);
  gtk_widget_set_visible (row, TRUE);
}

/* GTK (4.18) takes what a new widget's style still waits for to concern all siblings behind it too: ten rows put in at the top would
 * style all the others anew, with all that is in them. Those that are not visible it leaves out. So a row enters the list
 * unseen, gets its style by itself, and is shown at once. */
static void
enter_unseen (GtkWidget *row)
{
  if (gtk_widget_get_parent (row) != NULL)
    return;
  gtk_widget_set_visible (row, FALSE);
  g_signal_connect (row, "notify::parent", G_CALLBACK (on_row_entered), NULL);
}

void
lobby_timeline_bind_row (LobbyTimeline *self,
                         GtkListItem *list_item)
{
  GObject *item = gtk_list_item_get_item (list_item);
  GtkWidget *row = gtk_widget_get_parent (gtk_list_item_get_child (list_item));

  enter_unseen (row);

  lobby_message_row_set_item (LOBBY_MESSAGE_ROW (gtk_list_item_get_child (list_item)), item);
  if (!LOBBY_IS_MESSAGE (item))
    {
      bind_tail (row);
      return;
    }
  {
    g_autofree char *words = lobby_timeline_describe (self, LOBBY_MESSAGE (item));

    gtk_list_item_set_accessible_label (list_item, words);
  }
  g_signal_connect_object (item, "notify", G_CALLBACK (on_message_notify), list_item, G_CONNECT_SWAPPED);
}

void
lobby_timeline_unbind_row (LobbyTimeline *self,
                           GtkListItem *list_item)
{
  GObject *item = gtk_list_item_get_item (list_item);

  if (item != NULL && LOBBY_IS_MESSAGE (item))
    g_signal_handlers_disconnect_by_func (item, on_message_notify, list_item);
  lobby_message_row_set_item (LOBBY_MESSAGE_ROW (gtk_list_item_get_child (list_item)), NULL);
}
