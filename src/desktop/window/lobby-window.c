/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-window-private.h"

#include <glib/gi18n.h>

#include "lobby-frame-trace.h"
#include "lobby-message-words.h"
#include "lobby-settings.h"
#include "lobby-spare-memory.h"

/* A conversation that the arrow keys rest on for so long, in ms, counts as read. */
#define DWELL 800

G_DEFINE_FINAL_TYPE (LobbyWindow, lobby_window, ADW_TYPE_APPLICATION_WINDOW)

enum
{
  PROP_0,
  PROP_SHOW_CONTACT,
  PROP_ACCOUNT_ID,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static gboolean
is_conversation_in_sight (LobbyWindow *self)
{
  return self->conversation != NULL && g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "workspace") == 0
         && (!adw_navigation_split_view_get_collapsed (self->list_split) || adw_navigation_split_view_get_show_content (self->list_split));
}

gboolean
lobby_window_is_looking_at (LobbyWindow *self,
                            LobbyConversation *conversation)
{
  g_return_val_if_fail (LOBBY_IS_WINDOW (self), FALSE);

  return gtk_window_is_active (GTK_WINDOW (self)) && is_conversation_in_sight (self) && self->conversation == conversation;
}

/* Reading */
static void
mark_read (LobbyWindow *self)
{
  g_autoptr (GError) error = NULL;

  if (!self->dwelt || self->conversation == NULL || lobby_conversation_get_unread_count (self->conversation) == 0
      || !lobby_window_is_looking_at (self, self->conversation))
    return;

  if (!lobby_account_mark_read (self->account, self->conversation, &error))
    g_warning ("Cannot mark as read: %s", error->message);
}

static void
dwelt_cb (gpointer data)
{
  LobbyWindow *self = data;

  self->read_source = 0;
  self->dwelt = TRUE;
  mark_read (self);
}

static void
wait_to_read (LobbyWindow *self,
              gboolean entered)
{
  g_clear_handle_id (&self->read_source, g_source_remove);
  self->dwelt = entered;
  if (entered)
    mark_read (self);
  else if (self->conversation != NULL)
    self->read_source = g_timeout_add_once (DWELL, dwelt_cb, self);
}

/* The contact */

/* Once it has slid out of sight. A split view (libadwaita 1.7) leaves room for a pane that is not shown, too, and in a window that becomes
 * narrow at once there would be none for the others. */
static void
contact_unmap_cb (LobbyWindow *self)
{
  if (!adw_overlay_split_view_get_show_sidebar (self->contact_split))
    gtk_widget_set_visible (GTK_WIDGET (self->contact_pane), FALSE);
}

static void
make_contact_pane (LobbyWindow *self)
{
  self->contact_pane = LOBBY_CONTACT_PANE (lobby_contact_pane_new ());
  g_signal_connect_object (self->contact_pane, "unmap", G_CALLBACK (contact_unmap_cb), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (self->contact_slot, GTK_WIDGET (self->contact_pane));
}

static void
update_contact_pane (LobbyWindow *self)
{
  gboolean shown = adw_overlay_split_view_get_show_sidebar (self->contact_split);

  if (shown && self->contact_pane == NULL && self->conversation != NULL)
    make_contact_pane (self);
  if (self->contact_pane == NULL)
    return;
  if (shown)
    gtk_widget_set_visible (GTK_WIDGET (self->contact_pane), TRUE);
  lobby_contact_pane_set_conversation (self->contact_pane, self->account, shown ? self->conversation : NULL);
}

/* Beside the conversation when the person wants it there; over it only while asked for. */
static void
update_contact_shown (LobbyWindow *self)
{
  gboolean wanted = g_settings_get_boolean (lobby_settings_get (), "contact-pane-shown");
  gboolean collapsed = adw_overlay_split_view_get_collapsed (self->contact_split);

  adw_overlay_split_view_set_show_sidebar (self->contact_split, wanted && !collapsed && self->conversation != NULL);
}

static void
contact_shown_cb (LobbyWindow *self)
{
  update_contact_pane (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_SHOW_CONTACT]);
}

static void
set_show_contact (LobbyWindow *self,
                  gboolean show)
{
  if (self->conversation == NULL)
    return;
  if (!adw_overlay_split_view_get_collapsed (self->contact_split))
    g_settings_set_boolean (lobby_settings_get (), "contact-pane-shown", show);
  adw_overlay_split_view_set_show_sidebar (self->contact_split, show);
}

/* Layout */
static void
layout_changed_cb (LobbyWindow *self)
{
  gboolean narrow = adw_navigation_split_view_get_collapsed (self->list_split);

  if (self->list_state == NULL)
    return;
  lobby_window_keep_focus (self);
  lobby_conversations_pane_set_narrow (self->list_pane, narrow);
  lobby_conversation_pane_set_narrow (self->conversation_pane, narrow);
  lobby_connection_banner_set_silent (self->list_state, !narrow);
  update_contact_shown (self);
  lobby_window_update_actions (self);
}

static void
content_shown_cb (LobbyWindow *self)
{
  if (self->list_state != NULL)
    mark_read (self);
}

static void
active_cb (LobbyWindow *self)
{
  mark_read (self);
}

static void
spelling_cb (LobbyWindow *self)
{
  lobby_conversation_pane_set_spelling (self->conversation_pane, g_settings_get_boolean (lobby_settings_get (), "check-spelling"));
}

static void
update_title (LobbyWindow *self)
{
  LobbyContact *contact = self->conversation != NULL ? lobby_conversation_get_contact (self->conversation) : NULL;
  g_autofree char *name = contact != NULL ? lobby_words_customer (contact) : NULL;
  g_autofree char *title = name != NULL ? g_strdup_printf ("%s – Lobby", name) : g_strdup ("Lobby");

  gtk_window_set_title (GTK_WINDOW (self), title);
  adw_navigation_page_set_title (self->content_page, name != NULL ? name : _ ("Conversation"));
}

void
lobby_window_set_conversation (LobbyWindow *self,
                               LobbyConversation *conversation,
                               gboolean enter)
{
  if (self->conversation != conversation)
    {
      g_set_object (&self->conversation, conversation);
      g_signal_group_set_target (self->conversation_signals, conversation);
      lobby_conversation_pane_set_conversation (self->conversation_pane, self->account, conversation);
      lobby_conversations_pane_set_current (self->list_pane, conversation);
      update_contact_shown (self);
      update_contact_pane (self);
      update_title (self);
      lobby_window_update_actions (self);
      lobby_frame_trace_follow (self->account != NULL ? lobby_account_get_store (self->account) : NULL, conversation);
    }

  /* In a wide window this is for when it becomes narrow: what is open stays in sight. */
  if (conversation == NULL)
    adw_navigation_split_view_set_show_content (self->list_split, FALSE);
  else if (enter || !adw_navigation_split_view_get_collapsed (self->list_split))
    adw_navigation_split_view_set_show_content (self->list_split, TRUE);
  if (conversation != NULL && enter)
    lobby_conversation_view_focus (lobby_conversation_pane_get_view (self->conversation_pane));
  wait_to_read (self, enter);
}

/* Two contacts are one person: what is open stays open, and what is being written stays written. */
static void
merged_cb (LobbyWindow *self,
           LobbyConversation *gone,
           LobbyConversation *kept)
{
  LobbyConversationView *view = lobby_conversation_pane_get_view (self->conversation_pane);
  const char *draft = lobby_conversation_get_draft (gone);

  if (self->conversation == gone)
    lobby_window_set_conversation (self, kept, FALSE);
  else if (self->conversation == kept && view != NULL && draft != NULL)
    lobby_composer_append (lobby_conversation_view_get_composer (view), draft);
}

static void
open_cb (LobbyWindow *self,
         LobbyConversation *conversation,
         gboolean enter)
{
  lobby_window_set_conversation (self, conversation, enter);
}

gboolean
lobby_window_open_conversation (LobbyWindow *self,
                                const char *account_id,
                                const char *conversation_id)
{
  g_return_val_if_fail (LOBBY_IS_WINDOW (self), FALSE);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->accounts)); i++)
    {
      g_autoptr (LobbyAccount) account = g_list_model_get_item (G_LIST_MODEL (self->accounts), i);
      g_autoptr (LobbyConversation) conversation = NULL;

      if (account_id[0] != '\0' && g_strcmp0 (lobby_account_get_id (account), account_id) != 0)
        continue;
      conversation = lobby_store_get_conversation (lobby_account_get_store (account), conversation_id);
      if (conversation == NULL)
        continue;

      lobby_window_set_account (self, account);
      lobby_window_set_conversation (self, conversation, TRUE);
      return TRUE;
    }

  return FALSE;
}

/* Accounts */
static void
show_workspace (LobbyWindow *self)
{
  LobbyConversationView *view = lobby_conversation_pane_get_view (self->conversation_pane);

  if (g_strcmp0 (gtk_stack_get_visible_child_name (self->stack), "workspace") == 0)
    return;

  gtk_stack_set_visible_child_name (self->stack, "workspace");
  if (view != NULL)
    lobby_conversation_view_focus (view);
  else
    lobby_conversations_pane_focus_list (self->list_pane);
  mark_read (self);
}

static void
signed_in_cb (LobbyWindow *self,
              LobbyAccount *account)
{
  lobby_window_set_account (self, account);
}

static void
back_cb (LobbyWindow *self)
{
  if (self->account != NULL)
    show_workspace (self);
}

void
lobby_window_show_sign_in (LobbyWindow *self,
                           LobbyAccount *account)
{
  if (self->sign_in_page == NULL)
    {
      self->sign_in_page = LOBBY_SIGN_IN_PAGE (lobby_sign_in_page_new (self->accounts));
      g_signal_connect_object (self->sign_in_page, "signed-in", G_CALLBACK (signed_in_cb), self, G_CONNECT_SWAPPED);
      g_signal_connect_object (self->sign_in_page, "back", G_CALLBACK (back_cb), self, G_CONNECT_SWAPPED);
      gtk_stack_add_named (self->stack, GTK_WIDGET (self->sign_in_page), "sign-in");
    }
  lobby_sign_in_page_prepare (self->sign_in_page, account, self->account != NULL);
  gtk_stack_set_visible_child_name (self->stack, "sign-in");
  lobby_sign_in_page_focus (self->sign_in_page);
}

void
lobby_window_try_demo (LobbyWindow *self,
                       const char *path)
{
  g_return_if_fail (LOBBY_IS_WINDOW (self));

  lobby_window_show_sign_in (self, NULL);
  lobby_sign_in_page_try_demo (self->sign_in_page, path);
}

/* A section with one radio item an account, when there is a choice. */
static void
update_accounts_menu (LobbyWindow *self)
{
  g_autoptr (GMenu) section = g_menu_new ();
  guint count = g_list_model_get_n_items (G_LIST_MODEL (self->accounts));

  for (guint i = 0; i < count; i++)
    {
      g_autoptr (LobbyAccount) account = g_list_model_get_item (G_LIST_MODEL (self->accounts), i);
      const char *name = lobby_account_get_business_name (account);
      g_autofree char *label = g_strdup_printf ("%s – %s", name != NULL ? name : lobby_account_get_server_url (account),
                                                lobby_account_get_user (account));
      g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

      g_menu_item_set_action_and_target (item, "win.account", "s", lobby_account_get_id (account));
      g_menu_append_item (section, item);
    }
  lobby_conversations_pane_set_accounts (self->list_pane, count > 1 ? G_MENU_MODEL (section) : NULL);
}

void
lobby_window_set_account (LobbyWindow *self,
                          LobbyAccount *account)
{
  if (self->account != account)
    {
      lobby_window_set_conversation (self, NULL, FALSE);
      g_set_object (&self->account, account);
      lobby_conversations_pane_set_account (self->list_pane, account);
      lobby_conversation_pane_set_conversation (self->conversation_pane, account, NULL);
      lobby_connection_banner_set_account (self->list_state, account);
      g_signal_group_set_target (self->account_signals, account);
      g_signal_group_set_target (self->store_signals, account != NULL ? lobby_account_get_store (account) : NULL);
      if (account != NULL)
        g_settings_set_string (lobby_settings_get (), "last-account", lobby_account_get_id (account));
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ACCOUNT_ID]);
    }

  lobby_window_update_actions (self);
  if (account != NULL)
    show_workspace (self);
  else
    lobby_window_show_sign_in (self, NULL);
}

static void
choose_account_id (LobbyWindow *self,
                   const char *id)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->accounts)); i++)
    {
      g_autoptr (LobbyAccount) account = g_list_model_get_item (G_LIST_MODEL (self->accounts), i);

      if (g_strcmp0 (lobby_account_get_id (account), id) == 0)
        lobby_window_set_account (self, account);
    }
}

/* The account of the last time, else the first. (transfer full) */
static LobbyAccount *
choose_account (LobbyWindow *self)
{
  g_autofree char *last = g_settings_get_string (lobby_settings_get (), "last-account");
  guint count = g_list_model_get_n_items (G_LIST_MODEL (self->accounts));

  for (guint i = 0; i < count; i++)
    {
      g_autoptr (LobbyAccount) account = g_list_model_get_item (G_LIST_MODEL (self->accounts), i);

      if (g_strcmp0 (lobby_account_get_id (account), last) == 0)
        return g_steal_pointer (&account);
    }

  return count > 0 ? g_list_model_get_item (G_LIST_MODEL (self->accounts), 0) : NULL;
}

static void
accounts_changed_cb (LobbyWindow *self)
{
  gboolean listed = FALSE;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->accounts)); i++)
    {
      g_autoptr (LobbyAccount) account = g_list_model_get_item (G_LIST_MODEL (self->accounts), i);

      listed = listed || account == self->account;
    }

  update_accounts_menu (self);
  if (self->account != NULL && !listed)
    {
      g_autoptr (LobbyAccount) next = choose_account (self);
      lobby_window_set_account (self, next);
    }
}

/* Size */
static void
restore_size (LobbyWindow *self)
{
  GSettings *settings = lobby_settings_get ();

  gtk_window_set_default_size (GTK_WINDOW (self), g_settings_get_int (settings, "window-width"), g_settings_get_int (settings, "window-height"));
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
}

static gboolean
lobby_window_close_request (GtkWindow *window)
{
  LobbyWindow *self = LOBBY_WINDOW (window);
  GSettings *settings = lobby_settings_get ();
  LobbyConversationView *view = lobby_conversation_pane_get_view (self->conversation_pane);
  int width, height;

  gtk_window_get_default_size (window, &width, &height);
  g_settings_set_int (settings, "window-width", width);
  g_settings_set_int (settings, "window-height", height);
  g_settings_set_boolean (settings, "window-maximized", gtk_window_is_maximized (window));
  if (view != NULL)
    lobby_composer_save_draft (lobby_conversation_view_get_composer (view));

  return GTK_WINDOW_CLASS (lobby_window_parent_class)->close_request (window);
}

static void
lobby_window_get_property (GObject *object,
                           guint id,
                           GValue *value,
                           GParamSpec *pspec)
{
  LobbyWindow *self = LOBBY_WINDOW (object);

  switch (id)
    {
    case PROP_SHOW_CONTACT:
      g_value_set_boolean (value, self->contact_split != NULL && adw_overlay_split_view_get_show_sidebar (self->contact_split));
      break;

    case PROP_ACCOUNT_ID:
      g_value_set_string (value, self->account != NULL ? lobby_account_get_id (self->account) : "");
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
lobby_window_set_property (GObject *object,
                           guint id,
                           const GValue *value,
                           GParamSpec *pspec)
{
  switch (id)
    {
    case PROP_SHOW_CONTACT:
      set_show_contact (LOBBY_WINDOW (object), g_value_get_boolean (value));
      break;

    case PROP_ACCOUNT_ID:
      choose_account_id (LOBBY_WINDOW (object), g_value_get_string (value));
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
lobby_window_dispose (GObject *object)
{
  LobbyWindow *self = LOBBY_WINDOW (object);

  g_clear_handle_id (&self->read_source, g_source_remove);
  lobby_window_dispose_focus (self);
  g_clear_object (&self->conversation_signals);
  g_clear_object (&self->store_signals);
  g_clear_object (&self->account_signals);
  g_clear_object (&self->list_state);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_WINDOW);
  self->contact_pane = NULL;
  self->sign_in_page = NULL;
  g_clear_object (&self->conversation);
  g_clear_object (&self->account);
  g_clear_object (&self->accounts);

  G_OBJECT_CLASS (lobby_window_parent_class)->dispose (object);
}

static void
lobby_window_class_init (LobbyWindowClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = lobby_window_get_property;
  object_class->set_property = lobby_window_set_property;
  object_class->dispose = lobby_window_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = lobby_window_close_request;

  properties[PROP_SHOW_CONTACT] = g_param_spec_boolean ("show-contact", NULL, NULL, FALSE,
                                                        G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_ACCOUNT_ID] = g_param_spec_string ("account-id", NULL, NULL, "",
                                                     G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  g_type_ensure (LOBBY_TYPE_CONVERSATIONS_PANE);
  g_type_ensure (LOBBY_TYPE_CONVERSATION_PANE);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-window.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyWindow, stack);
  gtk_widget_class_bind_template_child (widget_class, LobbyWindow, contact_split);
  gtk_widget_class_bind_template_child (widget_class, LobbyWindow, list_split);
  gtk_widget_class_bind_template_child (widget_class, LobbyWindow, content_page);
  gtk_widget_class_bind_template_child (widget_class, LobbyWindow, contact_slot);
  gtk_widget_class_bind_template_child (widget_class, LobbyWindow, list_pane);
  gtk_widget_class_bind_template_child (widget_class, LobbyWindow, conversation_pane);
  gtk_widget_class_bind_template_callback (widget_class, open_cb);
  gtk_widget_class_bind_template_callback (widget_class, lobby_window_leave_search);
  gtk_widget_class_bind_template_callback (widget_class, contact_shown_cb);
  gtk_widget_class_bind_template_callback (widget_class, layout_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, content_shown_cb);
  lobby_window_install_actions (widget_class);
}

static void
lobby_window_init (LobbyWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  self->list_state = lobby_connection_banner_new (lobby_conversations_pane_get_banner (self->list_pane));
  lobby_connection_banner_set_silent (self->list_state, TRUE);
  self->store_signals = g_signal_group_new (LOBBY_TYPE_STORE);
  g_signal_group_connect_swapped (self->store_signals, "conversation-merged", G_CALLBACK (merged_cb), self);
  self->account_signals = g_signal_group_new (LOBBY_TYPE_ACCOUNT);
  g_signal_group_connect_swapped (self->account_signals, "whatsapp-state-changed", G_CALLBACK (lobby_window_update_actions), self);
  self->conversation_signals = g_signal_group_new (LOBBY_TYPE_CONVERSATION);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::unread-count", G_CALLBACK (mark_read), self);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::contact", G_CALLBACK (update_title), self);
  g_signal_connect (self, "notify::is-active", G_CALLBACK (active_cb), NULL);
  g_signal_connect_object (lobby_settings_get (), "changed::check-spelling", G_CALLBACK (spelling_cb), self, G_CONNECT_SWAPPED);
  spelling_cb (self);
  lobby_window_init_focus (self);
  lobby_window_add_keys (self);
  restore_size (self);
  lobby_frame_trace_watch (GTK_WIDGET (self));
}

LobbyWindow *
lobby_window_new (GtkApplication *application,
                  LobbyAccounts *accounts)
{
  LobbyWindow *self = g_object_new (LOBBY_TYPE_WINDOW, "application", application, NULL);
  g_autoptr (LobbyAccount) account = NULL;

  self->accounts = g_object_ref (accounts);
  lobby_spare_memory_watch (GTK_WIDGET (self), accounts);
  g_signal_connect_object (accounts, "items-changed", G_CALLBACK (accounts_changed_cb), self, G_CONNECT_SWAPPED);
  update_accounts_menu (self);
  account = choose_account (self);
  lobby_window_set_account (self, account);

  return self;
}
