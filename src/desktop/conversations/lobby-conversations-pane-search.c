/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversations-pane-private.h"

static void
search_changed_cb (LobbyConversationsPane *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));

  if (self->list == NULL)
    return;

  lobby_conversation_list_set_search (self->list, text[0] != '\0' ? text : NULL);
  lobby_conversations_pane_update_stack (self);
  if (g_list_model_get_n_items (G_LIST_MODEL (self->list)) > 0)
    gtk_grid_view_scroll_to (self->grid, 0, GTK_LIST_SCROLL_NONE, NULL);
}

static void
search_activate_cb (LobbyConversationsPane *self)
{
  /* Enter may come before the delay of the entry is over. */
  search_changed_cb (self);
  if (self->list != NULL && g_list_model_get_n_items (G_LIST_MODEL (self->list)) > 0)
    lobby_conversations_pane_open_position (self, 0);
}

static gboolean
search_key_cb (LobbyConversationsPane *self,
               guint key)
{
  if (key != GDK_KEY_Down && key != GDK_KEY_KP_Down)
    return FALSE;

  search_changed_cb (self);
  lobby_conversations_pane_focus_list (self);

  return TRUE;
}

void
lobby_conversations_pane_clear_search (LobbyConversationsPane *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
  search_changed_cb (self);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

static void
search_mode_cb (LobbyConversationsPane *self)
{
  if (!gtk_search_bar_get_search_mode (self->search_bar))
    {
      gtk_editable_set_text (GTK_EDITABLE (self->search_entry), "");
      search_changed_cb (self);
    }
}

static void
stop_search_cb (LobbyConversationsPane *self)
{
  lobby_conversations_pane_stop_search (self);
  lobby_conversations_pane_leave_search (self);
}

void
lobby_conversations_pane_class_init_search (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_callback (widget_class, stop_search_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activate_cb);
}

void
lobby_conversations_pane_init_search (LobbyConversationsPane *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  g_signal_connect_swapped (self->search_bar, "notify::search-mode-enabled", G_CALLBACK (search_mode_cb), self);
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (search_key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->search_entry), keys);
}

void
lobby_conversations_pane_start_search (LobbyConversationsPane *self)
{
  g_return_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self));

  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
  gtk_editable_select_region (GTK_EDITABLE (self->search_entry), 0, -1);
}

gboolean
lobby_conversations_pane_stop_search (LobbyConversationsPane *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATIONS_PANE (self), FALSE);

  if (!gtk_search_bar_get_search_mode (self->search_bar))
    return FALSE;
  gtk_search_bar_set_search_mode (self->search_bar, FALSE);

  return TRUE;
}
