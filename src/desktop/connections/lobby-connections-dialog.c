/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-connections-dialog.h"

#include <glib/gi18n.h>

#include "lobby-clock.h"
#include "lobby-connection-form-page.h"
#include "lobby-connection-link-page.h"
#include "lobby-connection-page.h"
#include "lobby-connection-words.h"
#include "lobby-connection-work.h"
#include "lobby-toast.h"

/* s between readings of what is not told by events: when each number was last heard of. */
#define REFRESH 10

struct _LobbyConnectionsDialog
{
  AdwDialog parent_instance;

  AdwNavigationView *view;
  AdwBanner *error_banner;
  GtkStack *stack;
  GtkListBox *list;

  LobbyAccount *account;
  guint refresh_source;
  gboolean loading;
};

G_DEFINE_FINAL_TYPE (LobbyConnectionsDialog, lobby_connections_dialog, ADW_TYPE_DIALOG)

/* The list */

static void
update_row (AdwActionRow *row)
{
  LobbyWhatsappConnection *connection = g_object_get_data (G_OBJECT (row), "connection");
  GtkImage *icon = g_object_get_data (G_OBJECT (row), "icon");
  g_autofree char *state = lobby_connection_words_state (connection, lobby_clock_now ());
  const char *css_class;

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), lobby_whatsapp_connection_get_label (connection));
  adw_action_row_set_subtitle (row, state);
  gtk_image_set_from_icon_name (icon, lobby_connection_words_icon (connection, &css_class));
  gtk_widget_set_css_classes (GTK_WIDGET (icon), (const char *[]){ css_class, NULL });
}

static GtkWidget *
new_row (gpointer item,
         gpointer data)
{
  GtkWidget *row = adw_action_row_new ();
  /* The words say it too. */
  GtkWidget *icon = g_object_new (GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), g_object_new (GTK_TYPE_IMAGE, "icon-name", "go-next-symbolic", "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL));
  g_object_set_data_full (G_OBJECT (row), "connection", g_object_ref (item), g_object_unref);
  g_object_set_data (G_OBJECT (row), "icon", icon);
  g_signal_connect_object (item, "changed", G_CALLBACK (update_row), row, G_CONNECT_SWAPPED);
  update_row (ADW_ACTION_ROW (row));
  return row;
}

static void
connections_changed_cb (LobbyConnectionsDialog *self)
{
  GListModel *connections = lobby_account_get_connections (self->account);
  AdwNavigationPage *page = adw_navigation_view_find_page (self->view, "connection");

  gtk_stack_set_visible_child_name (self->stack, g_list_model_get_n_items (connections) > 0 ? "list" : "none");

  /* It was removed, here or by another owner; with it went the row that would have the focus again. */
  if (page != NULL && lobby_account_find_connection (self->account, lobby_whatsapp_connection_get_id (lobby_connection_page_get_connection (LOBBY_CONNECTION_PAGE (page)))) == NULL)
    {
      adw_navigation_view_pop_to_tag (self->view, "list");
      gtk_widget_child_focus (GTK_WIDGET (self->stack), GTK_DIR_TAB_FORWARD);
    }
}

static void
update_ages (LobbyConnectionsDialog *self)
{
  AdwNavigationPage *page = adw_navigation_view_get_visible_page (self->view);

  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list)); row != NULL; row = gtk_widget_get_next_sibling (row))
    update_row (ADW_ACTION_ROW (row));
  if (page != NULL && LOBBY_IS_CONNECTION_PAGE (page))
    lobby_connection_page_update (LOBBY_CONNECTION_PAGE (page));
}

static void
loaded (gpointer owner,
        const GValue *value,
        const GError *error)
{
  LobbyConnectionsDialog *self = owner;
  g_autofree char *words = value == NULL ? lobby_connection_words_error (error) : NULL;

  self->loading = FALSE;
  if (words != NULL)
    adw_banner_set_title (self->error_banner, words);
  adw_banner_set_revealed (self->error_banner, words != NULL);
}

static void
load (LobbyConnectionsDialog *self)
{
  if (self->loading)
    return;
  self->loading = TRUE;
  lobby_connection_when_done (lobby_account_load_connections (self->account), self, loaded);
}

static void
reload_cb (LobbyConnectionsDialog *self)
{
  load (self);
}

static gboolean
refresh_cb (gpointer data)
{
  LobbyConnectionsDialog *self = data;

  update_ages (self);
  load (self);
  return G_SOURCE_CONTINUE;
}

static void
role_changed_cb (LobbyConnectionsDialog *self)
{
  if (!lobby_account_is_owner (self->account))
    adw_dialog_force_close (ADW_DIALOG (self));
}

/* Pages */

/* A page that was left while it had no focus (it was saving, say) gives none to the next; without any, not even Escape would be heard. */
static void
page_changed_cb (LobbyConnectionsDialog *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  AdwNavigationPage *page = adw_navigation_view_get_visible_page (self->view);

  if (root != NULL && page != NULL && gtk_root_get_focus (root) == NULL)
    gtk_widget_child_focus (GTK_WIDGET (page), GTK_DIR_TAB_FORWARD);
}

static void
pop_to_list (LobbyConnectionsDialog *self)
{
  adw_navigation_view_pop_to_tag (self->view, "list");
}

static void
removed_cb (LobbyConnectionsDialog *self)
{
  lobby_toast_show (GTK_WIDGET (self->view), _ ("Number removed; its history stays"));
}

static void
saved_cb (LobbyConnectionsDialog *self,
          LobbyWhatsappConnection *connection)
{
  adw_navigation_view_pop (self->view);
  lobby_toast_show (GTK_WIDGET (self->view), _ ("Saved"));
}

static void
push_form (LobbyConnectionsDialog *self,
           LobbyWhatsappKind kind,
           LobbyWhatsappConnection *connection,
           GCallback callback)
{
  AdwNavigationPage *page = lobby_connection_form_page_new (self->account, kind, connection);
  GtkWidget *first;

  g_signal_connect_object (page, "saved", callback, self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->view, page);
  first = lobby_connection_form_page_get_first (LOBBY_CONNECTION_FORM_PAGE (page));
  /* Also while the dialog is not on the screen yet. */
  if (first != NULL)
    adw_dialog_set_focus (ADW_DIALOG (self), first);
}

/* Not linked: what is set may be why. */
static void
edit_linked_cb (LobbyConnectionsDialog *self,
                LobbyWhatsappConnection *connection)
{
  push_form (self, LOBBY_WHATSAPP_GATEWAY, connection, G_CALLBACK (saved_cb));
}

static void
push_link (LobbyConnectionsDialog *self,
           LobbyWhatsappConnection *connection)
{
  AdwNavigationPage *page = lobby_connection_link_page_new (self->account, connection);

  g_signal_connect_object (page, "done", G_CALLBACK (pop_to_list), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "edit", G_CALLBACK (edit_linked_cb), self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->view, page);
}

static void
edit_cb (LobbyConnectionsDialog *self,
         LobbyConnectionPage *page)
{
  LobbyWhatsappConnection *connection = lobby_connection_page_get_connection (page);

  push_form (self, lobby_whatsapp_connection_get_kind (connection), connection, G_CALLBACK (saved_cb));
}

static void
link_cb (LobbyConnectionsDialog *self,
         LobbyConnectionPage *page)
{
  push_link (self, lobby_connection_page_get_connection (page));
}

static void
push_page (LobbyConnectionsDialog *self,
           LobbyWhatsappConnection *connection)
{
  AdwNavigationPage *page = lobby_connection_page_new (self->account, connection);

  adw_navigation_page_set_tag (page, "connection");
  g_signal_connect_object (page, "edit", G_CALLBACK (edit_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "link", G_CALLBACK (link_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (page, "removed", G_CALLBACK (removed_cb), self, G_CONNECT_SWAPPED);
  adw_navigation_view_push (self->view, page);
}

/* What a new number needs next: Meta must be told where to deliver; a phone must be linked. */
static void
added_cb (LobbyConnectionsDialog *self,
          LobbyWhatsappConnection *connection)
{
  pop_to_list (self);
  push_page (self, connection);
  if (lobby_whatsapp_connection_get_kind (connection) == LOBBY_WHATSAPP_GATEWAY)
    push_link (self, connection);
  else
    lobby_toast_show (GTK_WIDGET (self->view), _ ("Added. Now tell Meta where to deliver."));
}

static void
add_cb (LobbyConnectionsDialog *self)
{
  adw_navigation_view_push_by_tag (self->view, "kind");
}

static void
cloud_cb (LobbyConnectionsDialog *self)
{
  push_form (self, LOBBY_WHATSAPP_CLOUD, NULL, G_CALLBACK (added_cb));
}

static void
gateway_cb (LobbyConnectionsDialog *self)
{
  push_form (self, LOBBY_WHATSAPP_GATEWAY, NULL, G_CALLBACK (added_cb));
}

static void
row_activated_cb (LobbyConnectionsDialog *self,
                  GtkListBoxRow *row)
{
  push_page (self, g_object_get_data (G_OBJECT (row), "connection"));
}

static void
lobby_connections_dialog_dispose (GObject *object)
{
  LobbyConnectionsDialog *self = LOBBY_CONNECTIONS_DIALOG (object);

  g_clear_handle_id (&self->refresh_source, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_CONNECTIONS_DIALOG);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (lobby_connections_dialog_parent_class)->dispose (object);
}

static void
lobby_connections_dialog_class_init (LobbyConnectionsDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_connections_dialog_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-connections-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionsDialog, view);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionsDialog, error_banner);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionsDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionsDialog, list);
  gtk_widget_class_bind_template_callback (widget_class, add_cb);
  gtk_widget_class_bind_template_callback (widget_class, page_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, reload_cb);
  gtk_widget_class_bind_template_callback (widget_class, cloud_cb);
  gtk_widget_class_bind_template_callback (widget_class, gateway_cb);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
}

static void
lobby_connections_dialog_init (LobbyConnectionsDialog *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

AdwDialog *
lobby_connections_dialog_new (LobbyAccount *account)
{
  LobbyConnectionsDialog *self = g_object_new (LOBBY_TYPE_CONNECTIONS_DIALOG, NULL);

  self->account = g_object_ref (account);
  gtk_list_box_bind_model (self->list, lobby_account_get_connections (account), new_row, NULL, NULL);
  g_signal_connect_object (account, "whatsapp-state-changed", G_CALLBACK (role_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (lobby_account_get_connections (account), "items-changed", G_CALLBACK (connections_changed_cb), self, G_CONNECT_SWAPPED);
  connections_changed_cb (self);
  load (self);
  self->refresh_source = g_timeout_add_seconds (REFRESH, refresh_cb, self);

  return ADW_DIALOG (self);
}

void
lobby_connections_dialog_repair (LobbyConnectionsDialog *self,
                                 const char *connection_id)
{
  LobbyWhatsappConnection *connection;
  LobbyWhatsappKind kind;

  g_return_if_fail (LOBBY_IS_CONNECTIONS_DIALOG (self));

  connection = lobby_account_find_connection (self->account, connection_id);
  if (connection == NULL)
    return;

  kind = lobby_whatsapp_connection_get_kind (connection);
  push_page (self, connection);
  if (lobby_whatsapp_connection_get_wrong_setting (connection) != NULL)
    push_form (self, kind, connection, G_CALLBACK (saved_cb));
  else if (kind == LOBBY_WHATSAPP_GATEWAY && lobby_whatsapp_connection_get_state (connection) != LOBBY_WHATSAPP_CONNECTED)
    push_link (self, connection);
}
