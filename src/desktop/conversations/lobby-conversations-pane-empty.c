/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversations-pane-private.h"

#include <glib/gi18n.h>

/* What stands in the place of an empty list, made when it is first needed: mostly there are conversations. */

#define NONE_YET "none-yet"
#define NOT_FOUND "not-found"

static GtkWidget *
make_none_yet (void)
{
  GtkWidget *page = adw_status_page_new ();

  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "chat-message-new-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _ ("No Conversations Yet"));
  adw_status_page_set_description (ADW_STATUS_PAGE (page), _ ("When a customer writes to your number, the conversation appears here."));

  return page;
}

static GtkWidget *
make_not_found (LobbyConversationsPane *self)
{
  GtkWidget *page = adw_status_page_new ();
  GtkWidget *button = gtk_button_new_with_label (_ ("Clear Search"));

  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  g_signal_connect_object (button, "clicked", G_CALLBACK (lobby_conversations_pane_clear_search), self, G_CONNECT_SWAPPED);
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), "edit-find-symbolic");
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _ ("Nobody Found"));
  adw_status_page_set_description (ADW_STATUS_PAGE (page), _ ("No customer has this name or number."));
  adw_status_page_set_child (ADW_STATUS_PAGE (page), button);

  return page;
}

void
lobby_conversations_pane_update_stack (LobbyConversationsPane *self)
{
  const guint n_items = self->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->list)) : 0;
  const gboolean searching = gtk_editable_get_text (GTK_EDITABLE (self->search_entry))[0] != '\0';
  const char *name = searching ? NOT_FOUND : NONE_YET;

  if (n_items > 0)
    {
      gtk_stack_set_visible_child_name (self->stack, "list");
      return;
    }

  if (gtk_stack_get_child_by_name (self->stack, name) == NULL)
    {
      GtkWidget *page = searching ? make_not_found (self) : make_none_yet ();

      gtk_widget_add_css_class (page, "compact");
      gtk_stack_add_named (self->stack, page, name);
    }
  gtk_stack_set_visible_child_name (self->stack, name);
}
