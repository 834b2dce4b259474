/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-window-private.h"

#include <glib/gi18n.h>

#include "lobby-async.h"
#include "lobby-connections-dialog.h"
#include "lobby-keys.h"
#include "lobby-toast.h"

static LobbyComposer *
get_composer (LobbyWindow *self)
{
  LobbyConversationView *view = lobby_conversation_pane_get_view (self->conversation_pane);

  return view != NULL ? lobby_conversation_view_get_composer (view) : NULL;
}

static gboolean
is_narrow (LobbyWindow *self)
{
  return adw_navigation_split_view_get_collapsed (self->list_split);
}

static void
search_action (GtkWidget *widget,
               const char *name,
               GVariant *parameter)
{
  LobbyWindow *self = LOBBY_WINDOW (widget);

  /* While the layout changes, too: what had the focus is not to get it back. */
  g_clear_weak_pointer (&self->kept_focus);
  if (is_narrow (self))
    adw_navigation_split_view_set_show_content (self->list_split, FALSE);
  lobby_conversations_pane_start_search (self->list_pane);
}

static void
next_conversation_action (GtkWidget *widget,
                          const char *name,
                          GVariant *parameter)
{
  lobby_conversations_pane_step (LOBBY_WINDOW (widget)->list_pane, 1);
}

static void
previous_conversation_action (GtkWidget *widget,
                              const char *name,
                              GVariant *parameter)
{
  lobby_conversations_pane_step (LOBBY_WINDOW (widget)->list_pane, -1);
}

static void
close_conversation_action (GtkWidget *widget,
                           const char *name,
                           GVariant *parameter)
{
  LobbyWindow *self = LOBBY_WINDOW (widget);

  lobby_window_set_conversation (self, NULL, FALSE);
  lobby_conversations_pane_focus_list (self->list_pane);
}

static void
hide_contact_action (GtkWidget *widget,
                     const char *name,
                     GVariant *parameter)
{
  g_object_set (widget, "show-contact", FALSE, NULL);
}

static void
copy (LobbyWindow *self,
      const char *text)
{
  if (text == NULL || text[0] == '\0')
    return;
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
  lobby_toast_show (GTK_WIDGET (self->stack), _ ("Number copied"));
}

static void
copy_number_action (GtkWidget *widget,
                    const char *name,
                    GVariant *parameter)
{
  LobbyWindow *self = LOBBY_WINDOW (widget);

  if (self->conversation != NULL)
    copy (self, lobby_contact_get_phone_number (lobby_conversation_get_contact (self->conversation)));
}

static void
copy_text_action (GtkWidget *widget,
                  const char *name,
                  GVariant *parameter)
{
  copy (LOBBY_WINDOW (widget), g_variant_get_string (parameter, NULL));
}

static void
emoji_action (GtkWidget *widget,
              const char *name,
              GVariant *parameter)
{
  LobbyComposer *composer = get_composer (LOBBY_WINDOW (widget));

  if (composer != NULL)
    lobby_composer_choose_emoji (composer);
}

static void
reconnect_action (GtkWidget *widget,
                  const char *name,
                  GVariant *parameter)
{
  LobbyWindow *self = LOBBY_WINDOW (widget);

  if (self->account != NULL)
    lobby_account_reconnect_now (self->account);
}

static void
sign_in_action (GtkWidget *widget,
                const char *name,
                GVariant *parameter)
{
  LobbyWindow *self = LOBBY_WINDOW (widget);

  lobby_window_show_sign_in (self, self->account);
}

static void
add_account_action (GtkWidget *widget,
                    const char *name,
                    GVariant *parameter)
{
  lobby_window_show_sign_in (LOBBY_WINDOW (widget), NULL);
}

static void
connections_action (GtkWidget *widget,
                    const char *name,
                    GVariant *parameter)
{
  LobbyWindow *self = LOBBY_WINDOW (widget);

  if (self->account != NULL)
    adw_dialog_present (lobby_connections_dialog_new (self->account), widget);
}

static void
repair_connection_action (GtkWidget *widget,
                          const char *name,
                          GVariant *parameter)
{
  LobbyWindow *self = LOBBY_WINDOW (widget);
  AdwDialog *dialog;

  if (self->account == NULL)
    return;

  dialog = lobby_connections_dialog_new (self->account);
  lobby_connections_dialog_repair (LOBBY_CONNECTIONS_DIALOG (dialog), g_variant_get_string (parameter, NULL));
  adw_dialog_present (dialog, widget);
}

/* Signing out */
typedef struct
{
  LobbyAccounts *accounts;
  LobbyAccount *account; /* that was asked about, whatever the window shows meanwhile */
} SignOut;

static void
sign_out_clear (gpointer data)
{
  SignOut *sign_out = data;

  g_object_unref (sign_out->accounts);
  g_object_unref (sign_out->account);
}

static void
sign_out_unref (gpointer data)
{
  g_rc_box_release_full (data, sign_out_clear);
}

static void
question_gone (gpointer data,
               GClosure *closure)
{
  sign_out_unref (data);
}

static DexFuture *
sign_out_fiber (gpointer data)
{
  SignOut *sign_out = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (lobby_accounts_sign_out (sign_out->accounts, sign_out->account), &error))
    g_warning ("Signing out: %s", error->message);

  return dex_future_new_true ();
}

static void
sign_out_response_cb (SignOut *sign_out,
                      const char *response)
{
  if (g_strcmp0 (response, "sign-out") == 0)
    lobby_async_go (sign_out_fiber, g_rc_box_acquire (sign_out), sign_out_unref);
}

/* Which account is named: one may have several. (transfer full) */
static char *
describe_sign_out (LobbyAccount *account)
{
  /* Translators: a user, and the address of a server */
  g_autofree char *who = g_strdup_printf (_ ("This signs %s out of %s."), lobby_account_get_user (account), lobby_account_get_server_url (account));
  g_autofree char *lost = NULL;
  guint waiting = 0;

  g_object_get (account, "outbox-size", &waiting, NULL);
  if (waiting > 0)
    lost = g_strdup_printf (ngettext ("%u message that was not sent yet will be lost.",
                                      "%u messages that were not sent yet will be lost.", waiting),
                            waiting);
  return g_strjoin ("\n\n", who, _ ("Conversations and drafts are taken off this computer. The conversations stay on the server."), lost, NULL);
}

static void
sign_out_action (GtkWidget *widget,
                 const char *name,
                 GVariant *parameter)
{
  LobbyWindow *self = LOBBY_WINDOW (widget);
  g_autofree char *body = NULL;
  AdwDialog *dialog;
  SignOut *sign_out;

  if (self->account == NULL)
    return;

  body = describe_sign_out (self->account);
  dialog = adw_alert_dialog_new (_ ("Sign Out?"), body);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "sign-out", _ ("_Sign Out"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "sign-out", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  sign_out = g_rc_box_new (SignOut);
  sign_out->accounts = g_object_ref (self->accounts);
  sign_out->account = g_object_ref (self->account);
  g_signal_connect_data (dialog, "response", G_CALLBACK (sign_out_response_cb), sign_out, question_gone, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, widget);
}

static void
shortcuts_action (GtkWidget *widget,
                  const char *name,
                  GVariant *parameter)
{
  g_type_ensure (LOBBY_TYPE_KEYS);

  g_autoptr (GtkBuilder) builder = gtk_builder_new_from_resource ("/org/lobby/Lobby/ui/lobby-shortcuts.ui");

  adw_dialog_present (ADW_DIALOG (gtk_builder_get_object (builder, "shortcuts")), widget);
}

/* Panes, in their order on the screen */
static gboolean
focus_pane (LobbyWindow *self,
            GtkWidget *pane)
{
  if (pane == GTK_WIDGET (self->list_pane))
    lobby_conversations_pane_focus_list (self->list_pane);
  else if (LOBBY_IS_COMPOSER (pane))
    return lobby_composer_focus (LOBBY_COMPOSER (pane));
  else if (!gtk_widget_child_focus (pane, GTK_DIR_TAB_FORWARD))
    return FALSE;

  return TRUE;
}

static void
step_pane (LobbyWindow *self,
           int offset)
{
  LobbyConversationView *view = lobby_conversation_pane_get_view (self->conversation_pane);
  gboolean shows_content = adw_navigation_split_view_get_show_content (self->list_split);
  GtkWidget *focus = gtk_window_get_focus (GTK_WINDOW (self));
  GtkWidget *panes[4];
  int count = 0;
  int current = offset > 0 ? -1 : 0;

  if (!is_narrow (self) || !shows_content)
    panes[count++] = GTK_WIDGET (self->list_pane);
  if (view != NULL && (!is_narrow (self) || shows_content))
    {
      panes[count++] = lobby_conversation_view_get_timeline (view);
      panes[count++] = GTK_WIDGET (lobby_conversation_view_get_composer (view));
    }
  if (self->contact_pane != NULL && adw_overlay_split_view_get_show_sidebar (self->contact_split))
    panes[count++] = GTK_WIDGET (self->contact_pane);

  for (int i = 0; i < count; i++)
    if (focus != NULL && (focus == panes[i] || gtk_widget_is_ancestor (focus, panes[i])))
      current = i;

  /* One with nothing to focus in it is passed over. */
  for (int i = 1; i <= count; i++)
    if (focus_pane (self, panes[((current + i * offset) % count + count) % count]))
      return;
}

static void
next_pane_action (GtkWidget *widget,
                  const char *name,
                  GVariant *parameter)
{
  step_pane (LOBBY_WINDOW (widget), 1);
}

static void
previous_pane_action (GtkWidget *widget,
                      const char *name,
                      GVariant *parameter)
{
  step_pane (LOBBY_WINDOW (widget), -1);
}

/* Keys that nobody else wanted */
void
lobby_window_leave_search (LobbyWindow *self)
{
  LobbyConversationView *view = lobby_conversation_pane_get_view (self->conversation_pane);

  if (view != NULL && !is_narrow (self))
    lobby_conversation_view_focus (view);
  else
    lobby_conversations_pane_focus_list (self->list_pane);
}

static gboolean
escape (LobbyWindow *self)
{
  LobbyComposer *composer = get_composer (self);

  if (composer != NULL && lobby_composer_cancel_reply (composer))
    return TRUE;
  if (adw_overlay_split_view_get_collapsed (self->contact_split) && adw_overlay_split_view_get_show_sidebar (self->contact_split))
    {
      adw_overlay_split_view_set_show_sidebar (self->contact_split, FALSE);
      return TRUE;
    }
  if (lobby_conversations_pane_stop_search (self->list_pane))
    {
      lobby_window_leave_search (self);
      return TRUE;
    }
  if (self->conversation == NULL)
    return FALSE;

  gtk_widget_activate_action (GTK_WIDGET (self), "win.close-conversation", NULL);

  return TRUE;
}

static gboolean
key_cb (LobbyWindow *self,
        guint key,
        guint code,
        GdkModifierType state,
        GtkEventControllerKey *controller)
{
  LobbyComposer *composer = get_composer (self);

  if (adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (self)) != NULL
      || g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "workspace") != 0)
    return FALSE;

  if (key == GDK_KEY_Escape)
    return escape (self);

  return composer != NULL && (!is_narrow (self) || adw_navigation_split_view_get_show_content (self->list_split))
         && lobby_composer_take_key (composer, controller, key, state);
}

void
lobby_window_add_keys (LobbyWindow *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

void
lobby_window_update_actions (LobbyWindow *self)
{
  static const char *of_account[] = { "win.search", "win.next-conversation", "win.previous-conversation", "win.sign-out",
                                      "win.reconnect", "win.next-pane", "win.previous-pane", "win.add-account" };
  static const char *of_owner[] = { "win.connections", "win.repair-connection" };
  static const char *of_conversation[] = { "win.show-contact", "win.hide-contact", "win.close-conversation", "win.emoji" };
  LobbyContact *contact = self->conversation != NULL ? lobby_conversation_get_contact (self->conversation) : NULL;

  for (guint i = 0; i < G_N_ELEMENTS (of_account); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), of_account[i], self->account != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (of_owner); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), of_owner[i], self->account != NULL && lobby_account_is_owner (self->account));
  for (guint i = 0; i < G_N_ELEMENTS (of_conversation); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), of_conversation[i], self->conversation != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "win.copy-number", contact != NULL && lobby_contact_get_phone_number (contact) != NULL);
}

void
lobby_window_install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.search", NULL, search_action);
  gtk_widget_class_install_action (widget_class, "win.next-conversation", NULL, next_conversation_action);
  gtk_widget_class_install_action (widget_class, "win.previous-conversation", NULL, previous_conversation_action);
  gtk_widget_class_install_action (widget_class, "win.close-conversation", NULL, close_conversation_action);
  gtk_widget_class_install_property_action (widget_class, "win.show-contact", "show-contact");
  gtk_widget_class_install_action (widget_class, "win.hide-contact", NULL, hide_contact_action);
  gtk_widget_class_install_action (widget_class, "win.copy-number", NULL, copy_number_action);
  gtk_widget_class_install_action (widget_class, "win.copy-text", "s", copy_text_action);
  gtk_widget_class_install_action (widget_class, "win.emoji", NULL, emoji_action);
  gtk_widget_class_install_action (widget_class, "win.reconnect", NULL, reconnect_action);
  gtk_widget_class_install_action (widget_class, "win.connections", NULL, connections_action);
  gtk_widget_class_install_action (widget_class, "win.repair-connection", "s", repair_connection_action);
  gtk_widget_class_install_property_action (widget_class, "win.account", "account-id");
  gtk_widget_class_install_action (widget_class, "win.sign-in", NULL, sign_in_action);
  gtk_widget_class_install_action (widget_class, "win.add-account", NULL, add_account_action);
  gtk_widget_class_install_action (widget_class, "win.sign-out", NULL, sign_out_action);
  gtk_widget_class_install_action (widget_class, "win.shortcuts", NULL, shortcuts_action);
  gtk_widget_class_install_action (widget_class, "win.next-pane", NULL, next_pane_action);
  gtk_widget_class_install_action (widget_class, "win.previous-pane", NULL, previous_pane_action);
}
