/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-connection-page.h"

#include <glib/gi18n.h>
#include <string.h>

#include "lobby-clock.h"
#include "lobby-connection-alerts.h"
#include "lobby-connection-words.h"
#include "lobby-connection-work.h"
#include "lobby-toast.h"

#define META_APPS "https://developers.facebook.com/apps/"

struct _LobbyConnectionPage
{
  AdwNavigationPage parent_instance;

  AdwActionRow *state_row;
  GtkImage *state_icon;
  GtkStack *check_stack;
  GtkButton *check_button;
  GtkWidget *link_button;
  AdwPreferencesGroup *alerts_group;
  GtkWidget *webhook_group;
  AdwActionRow *address_row;
  AdwActionRow *verify_row;
  GtkWidget *local_row;
  AdwActionRow *edit_row;
  GtkWidget *unlink_button;

  LobbyAccount *account;
  LobbyWhatsappConnection *connection;
  LobbyConnectionAlerts *alerts;
  GHashTable *dismissing; /* set of ids of alerts */
  gboolean confirmed;     /* the question that is asked, */
  void (*when_confirmed) (LobbyConnectionPage *self);
};

G_DEFINE_FINAL_TYPE (LobbyConnectionPage, lobby_connection_page, ADW_TYPE_NAVIGATION_PAGE)

enum
{
  EDIT,
  LINK,
  REMOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static gboolean
has_focus_within (GtkWidget *widget)
{
  GtkRoot *root = gtk_widget_get_root (widget);
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;

  return focus != NULL && gtk_widget_is_ancestor (focus, widget);
}

static void
update_alerts (LobbyConnectionPage *self)
{
  GPtrArray *alerts = lobby_whatsapp_connection_get_alerts (self->connection);

  /* The last one is put away: the focus goes before its row does, or GTK would choose where. */
  if (alerts->len == 0 && has_focus_within (GTK_WIDGET (self->alerts)))
    gtk_widget_grab_focus (GTK_WIDGET (self->check_button));
  lobby_connection_alerts_show (self->alerts, alerts, lobby_clock_now ());
  gtk_widget_set_visible (GTK_WIDGET (self->alerts_group), alerts->len > 0);
}

/* A server that does not know how the world reaches it is taken for reached as we do, which may be wrong. */
static void
update_webhook (LobbyConnectionPage *self)
{
  const char *server = lobby_account_get_server_url (self->account);
  const char *path = lobby_whatsapp_connection_get_webhook_path (self->connection);
  const char *verify_token = lobby_whatsapp_connection_get_settings (self->connection)->verify_token;
  const char *url = lobby_whatsapp_connection_get_webhook_url (self->connection);
  g_autofree char *address = url != NULL ? g_strdup (url) : g_strconcat (server, path != NULL ? path : "", NULL);

  gtk_widget_set_visible (self->webhook_group, lobby_whatsapp_connection_get_kind (self->connection) == LOBBY_WHATSAPP_CLOUD && path != NULL);
  gtk_widget_set_visible (self->local_row, !g_str_has_prefix (address, "https://"));
  adw_action_row_set_subtitle (self->address_row, address);
  adw_action_row_set_subtitle (self->verify_row, verify_token != NULL ? verify_token : "");
  gtk_widget_set_visible (GTK_WIDGET (self->verify_row), verify_token != NULL);
}

void
lobby_connection_page_update (LobbyConnectionPage *self)
{
  const gboolean linked = lobby_whatsapp_connection_get_kind (self->connection) == LOBBY_WHATSAPP_GATEWAY;
  const gboolean connected = lobby_whatsapp_connection_get_state (self->connection) == LOBBY_WHATSAPP_CONNECTED;
  g_autofree char *state = lobby_connection_words_state (self->connection, lobby_clock_now ());
  g_autofree char *kind = lobby_connection_words_kind (self->connection);
  const char *css_class;

  gtk_image_set_from_icon_name (self->state_icon, lobby_connection_words_icon (self->connection, &css_class));
  gtk_widget_set_css_classes (GTK_WIDGET (self->state_icon), (const char *[]){ css_class, NULL });
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->state_row), state);
  adw_action_row_set_subtitle (self->state_row, kind);
  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), lobby_whatsapp_connection_get_label (self->connection));
  gtk_button_set_label (self->check_button, connected ? _ ("_Check Now") : _ ("_Try Again"));
  gtk_widget_set_visible (self->link_button, linked && !connected);
  gtk_widget_set_visible (self->unlink_button, linked && connected);
  adw_action_row_set_subtitle (self->edit_row, linked ? _ ("Name, gateway, API key") : _ ("Name, access token, ids"));
  update_alerts (self);
  update_webhook (self);
}

/* What an owner asks for */

static void
checked (gpointer owner,
         const GValue *value,
         const GError *error)
{
  LobbyConnectionPage *self = owner;
  g_autofree char *words = value == NULL ? lobby_connection_words_error (error) : NULL;

  gtk_stack_set_visible_child_name (self->check_stack, "ready");
  /* To the row it went with the button. */
  if (has_focus_within (gtk_widget_get_parent (GTK_WIDGET (self->state_row))))
    gtk_widget_grab_focus (GTK_WIDGET (self->check_button));
  if (words != NULL)
    lobby_toast_show (GTK_WIDGET (self), words);
  else
    gtk_accessible_announce (GTK_ACCESSIBLE (self), adw_preferences_row_get_title (ADW_PREFERENCES_ROW (self->state_row)), GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
}

static void
check_cb (LobbyConnectionPage *self)
{
  gtk_stack_set_visible_child_name (self->check_stack, "busy");
  lobby_connection_when_done (lobby_account_check_connection (self->account, self->connection), self, checked);
}

static void
dismissed (gpointer owner,
           const GValue *value,
           const GError *error)
{
  LobbyConnectionPage *self = owner;
  g_autofree char *words = value == NULL ? lobby_connection_words_error (error) : NULL;

  if (words == NULL)
    return;
  /* Those that are there still can be asked for again. */
  g_hash_table_remove_all (self->dismissing);
  lobby_toast_show (GTK_WIDGET (self), words);
}

static void
dismiss_cb (LobbyConnectionPage *self,
            const char *alert_id)
{
  /* A second press, before the row has gone, would be for what is no longer there. */
  if (!g_hash_table_add (self->dismissing, g_strdup (alert_id)))
    return;
  lobby_connection_when_done (lobby_account_dismiss_alert (self->account, self->connection, alert_id), self, dismissed);
}

static void
unlinked (gpointer owner,
          const GValue *value,
          const GError *error)
{
  g_autofree char *words = value == NULL ? lobby_connection_words_error (error) : NULL;

  lobby_toast_show (owner, words != NULL ? words : _ ("Logged out"));
}

static void
unlink_number (LobbyConnectionPage *self)
{
  lobby_connection_when_done (lobby_account_unlink_connection (self->account, self->connection), self, unlinked);
}

static void
removed (gpointer owner,
         const GValue *value,
         const GError *error)
{
  g_autofree char *words = value == NULL ? lobby_connection_words_error (error) : NULL;

  if (words != NULL)
    lobby_toast_show (owner, words);
  else
    g_signal_emit (owner, signals[REMOVED], 0);
}

static void
remove_number (LobbyConnectionPage *self)
{
  lobby_connection_when_done (lobby_account_remove_connection (self->account, self->connection), self, removed);
}

/* Once the question is gone: closing, it gives the focus back to where it was, which has to be there still. */
static void
gone_cb (LobbyConnectionPage *self)
{
  const gboolean confirmed = self->confirmed;

  self->confirmed = FALSE;
  if (confirmed)
    self->when_confirmed (self);
}

static void
response_cb (LobbyConnectionPage *self,
             const char *response,
             AdwAlertDialog *dialog)
{
  self->confirmed = g_str_equal (response, "yes");
  if (!gtk_widget_get_mapped (GTK_WIDGET (dialog)))
    gone_cb (self);
}

/* @heading: with the number's name in place of %s */
static void
confirm (LobbyConnectionPage *self,
         const char *heading,
         const char *body,
         const char *label,
         void (*when_confirmed) (LobbyConnectionPage *self))
{
  g_autofree char *title = g_strdup_printf (heading, lobby_whatsapp_connection_get_label (self->connection));
  AdwDialog *dialog = adw_alert_dialog_new (title, body);

  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "yes", label, NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "yes", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  self->confirmed = FALSE;
  self->when_confirmed = when_confirmed;
  g_signal_connect_object (dialog, "response", G_CALLBACK (response_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (dialog, "unmap", G_CALLBACK (gone_cb), self, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
unlink_cb (LobbyConnectionPage *self)
{
  confirm (self, _ ("Log Out of %s?"), _ ("The phone forgets this link. No messages come and go until the number is linked again. The history stays."),
           _ ("Log _Out"), unlink_number);
}

static void
remove_cb (LobbyConnectionPage *self)
{
  confirm (self, _ ("Remove %s?"), _ ("Messages of this number no longer come and go here. Conversations and their history stay."),
           _ ("_Remove"), remove_number);
}

static void
edit_cb (LobbyConnectionPage *self)
{
  g_signal_emit (self, signals[EDIT], 0);
}

static void
link_cb (LobbyConnectionPage *self)
{
  g_signal_emit (self, signals[LINK], 0);
}

static void
copy (LobbyConnectionPage *self,
      AdwActionRow *row)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), adw_action_row_get_subtitle (row));
  lobby_toast_show (GTK_WIDGET (self), _ ("Copied"));
}

static void
copy_address_cb (LobbyConnectionPage *self)
{
  copy (self, self->address_row);
}

static void
copy_verify_cb (LobbyConnectionPage *self)
{
  copy (self, self->verify_row);
}

static void
open_meta_cb (LobbyConnectionPage *self)
{
  g_autoptr (GtkUriLauncher) launcher = gtk_uri_launcher_new (META_APPS);

  gtk_uri_launcher_launch (launcher, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, NULL, NULL);
}

static void
lobby_connection_page_dispose (GObject *object)
{
  LobbyConnectionPage *self = LOBBY_CONNECTION_PAGE (object);

  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_CONNECTION_PAGE);
  g_clear_object (&self->connection);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (lobby_connection_page_parent_class)->dispose (object);
}

static void
lobby_connection_page_finalize (GObject *object)
{
  g_hash_table_unref (LOBBY_CONNECTION_PAGE (object)->dismissing);

  G_OBJECT_CLASS (lobby_connection_page_parent_class)->finalize (object);
}

static void
lobby_connection_page_class_init (LobbyConnectionPageClass *klass)
{
  static const char *const names[N_SIGNALS] = { [EDIT] = "edit", [LINK] = "link", [REMOVED] = "removed" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_connection_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = lobby_connection_page_finalize;

  for (guint i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], LOBBY_TYPE_CONNECTION_PAGE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-connection-page.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, state_row);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, state_icon);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, check_stack);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, check_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, link_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, alerts_group);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, webhook_group);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, address_row);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, verify_row);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, local_row);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, edit_row);
  gtk_widget_class_bind_template_child (widget_class, LobbyConnectionPage, unlink_button);
  gtk_widget_class_bind_template_callback (widget_class, check_cb);
  gtk_widget_class_bind_template_callback (widget_class, link_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_meta_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_address_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_verify_cb);
  gtk_widget_class_bind_template_callback (widget_class, edit_cb);
  gtk_widget_class_bind_template_callback (widget_class, unlink_cb);
  gtk_widget_class_bind_template_callback (widget_class, remove_cb);
}

static void
lobby_connection_page_init (LobbyConnectionPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->dismissing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->alerts = LOBBY_CONNECTION_ALERTS (lobby_connection_alerts_new ());
  g_signal_connect_object (self->alerts, "dismiss", G_CALLBACK (dismiss_cb), self, G_CONNECT_SWAPPED);
  adw_preferences_group_add (self->alerts_group, GTK_WIDGET (self->alerts));
}

AdwNavigationPage *
lobby_connection_page_new (LobbyAccount *account,
                           LobbyWhatsappConnection *connection)
{
  LobbyConnectionPage *self = g_object_new (LOBBY_TYPE_CONNECTION_PAGE, NULL);

  self->account = g_object_ref (account);
  self->connection = g_object_ref (connection);
  g_signal_connect_swapped (connection, "changed", G_CALLBACK (lobby_connection_page_update), self);
  lobby_connection_page_update (self);

  return ADW_NAVIGATION_PAGE (self);
}

LobbyWhatsappConnection *
lobby_connection_page_get_connection (LobbyConnectionPage *self)
{
  g_return_val_if_fail (LOBBY_IS_CONNECTION_PAGE (self), NULL);

  return self->connection;
}
