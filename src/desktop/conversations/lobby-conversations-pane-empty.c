/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversations-pane-private.h"

#include <glib/gi18n.h>

/* Why there is no list, and what to do about it. Most people never see any of these, so each is made when it is needed. */
typedef enum
{
  NONE_YET,
  NO_NUMBER,
  NOT_FOUND,
  LOADING,
} Reason;

static const struct
{
  const char *name;
  const char *icon_name;
  const char *title;
  const char *description;
} pages[] = {
  [NONE_YET] = { "none-yet", "chat-message-new-symbolic", N_ ("No Conversations Yet"), N_ ("When a customer writes to your number, the conversation appears here.") },
  [NO_NUMBER] = { "no-number", "phone-symbolic", N_ ("No WhatsApp Number Yet"), N_ ("Connect the number that your customers write to.") },
  [NOT_FOUND] = { "not-found", "edit-find-symbolic", N_ ("Nobody Found"), N_ ("No customer has this name or number.") },
  [LOADING] = { "loading", NULL, NULL, NULL },
};

/* An owner without a number has something to do first, once the server has told what there is. */
static Reason
find_reason (LobbyConversationsPane *self)
{
  LobbyConnectionState state = self->account != NULL ? lobby_account_get_state (self->account) : LOBBY_CONNECTION_OFFLINE;

  if (gtk_editable_get_text (GTK_EDITABLE (self->search_entry))[0] != '\0')
    return NOT_FOUND;
  if (state == LOBBY_CONNECTION_CONNECTING || state == LOBBY_CONNECTION_SYNCING)
    return LOADING;
  if (state == LOBBY_CONNECTION_CONNECTED && lobby_account_is_owner (self->account)
      && g_list_model_get_n_items (lobby_account_get_connections (self->account)) == 0)
    return NO_NUMBER;

  return NONE_YET;
}

static GtkWidget *
make_button (LobbyConversationsPane *self,
             Reason reason)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (reason == NO_NUMBER ? _ ("_Connect a Number") : _ ("_Clear Search"));

  gtk_widget_set_halign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "pill");
  if (reason == NO_NUMBER)
    {
      gtk_widget_add_css_class (button, "suggested-action");
      gtk_actionable_set_action_name (GTK_ACTIONABLE (button), "win.connections");
    }
  else
    g_signal_connect_object (button, "clicked", G_CALLBACK (lobby_conversations_pane_clear_search), self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
make_page (LobbyConversationsPane *self,
           Reason reason)
{
  GtkWidget *page;

  if (reason == LOADING)
    return g_object_new (ADW_TYPE_SPINNER, "halign", GTK_ALIGN_CENTER, "valign", GTK_ALIGN_CENTER, "width-request", 32, "height-request", 32, NULL);

  page = adw_status_page_new ();
  gtk_widget_add_css_class (page, "compact");
  adw_status_page_set_icon_name (ADW_STATUS_PAGE (page), pages[reason].icon_name);
  adw_status_page_set_title (ADW_STATUS_PAGE (page), _ (pages[reason].title));
  adw_status_page_set_description (ADW_STATUS_PAGE (page), _ (pages[reason].description));
  if (reason != NONE_YET)
    adw_status_page_set_child (ADW_STATUS_PAGE (page), make_button (self, reason));
  return page;
}

void
lobby_conversations_pane_update_stack (LobbyConversationsPane *self)
{
  guint n_items = self->list != NULL ? g_list_model_get_n_items (G_LIST_MODEL (self->list)) : 0;
  Reason reason;

  if (n_items > 0)
    {
      gtk_stack_set_visible_child_name (self->stack, "list");
      return;
    }

  reason = find_reason (self);
  if (gtk_stack_get_child_by_name (self->stack, pages[reason].name) == NULL)
    gtk_stack_add_named (self->stack, make_page (self, reason), pages[reason].name);
  gtk_stack_set_visible_child_name (self->stack, pages[reason].name);
}
