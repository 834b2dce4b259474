/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-contact-pane.h"

#include <glib/gi18n.h>

#include "lobby-clock.h"
#include "lobby-message-words.h"
#include "lobby-portrait.h"
#include "lobby-when.h"

struct _LobbyContactPane
{
  AdwBin parent_instance;

  LobbyPortrait *portrait;
  GtkLabel *name;
  GtkLabel *about;
  AdwActionRow *number_row;
  AdwActionRow *username_row;
  AdwActionRow *window_row;
  GtkLabel *received;
  GtkLabel *sent;
  GtkLabel *since;

  LobbyAccount *account;
  LobbyConversation *conversation;
  GSignalGroup *conversation_signals;
  GSignalGroup *contact_signals;
  GSignalGroup *account_signals;
  guint window_source;
};

G_DEFINE_FINAL_TYPE (LobbyContactPane, lobby_contact_pane, ADW_TYPE_BIN)

static void update_window (LobbyContactPane *self);

static void
window_due_cb (gpointer data)
{
  LobbyContactPane *self = data;

  self->window_source = 0;
  update_window (self);
}

static void
update_window (LobbyContactPane *self)
{
  const gint64 now = lobby_clock_now ();
  const LobbyWriting writing = lobby_account_get_writing (self->account, self->conversation, now);
  g_autofree char *left = NULL;
  const char *text = "";

  g_clear_handle_id (&self->window_source, g_source_remove);
  gtk_widget_set_visible (GTK_WIDGET (self->window_row), writing != LOBBY_WRITING_FREE && writing != LOBBY_WRITING_NUMBER_REMOVED);
  if (writing == LOBBY_WRITING_IN_WINDOW)
    {
      left = lobby_when_remaining (lobby_conversation_get_window_expires_at (self->conversation), now);
      text = left;
      self->window_source = g_timeout_add_seconds_once (30, window_due_cb, self);
    }
  else if (writing == LOBBY_WRITING_WINDOW_OVER)
    text = _ ("Over, until the customer writes again");
  else if (writing == LOBBY_WRITING_WINDOW_TO_COME)
    text = _ ("Begins when the customer writes");

  adw_action_row_set_subtitle (self->window_row, text);
}

static void
update_counts (LobbyContactPane *self)
{
  g_autofree char *received = g_strdup_printf ("%'d", lobby_conversation_get_message_count_in (self->conversation));
  g_autofree char *sent = g_strdup_printf ("%'d", lobby_conversation_get_message_count_out (self->conversation));

  gtk_label_set_text (self->received, received);
  gtk_label_set_text (self->sent, sent);
}

static void
update_contact (LobbyContactPane *self)
{
  LobbyContact *contact = lobby_conversation_get_contact (self->conversation);
  const char *number = lobby_contact_get_phone_number (contact);
  const char *username = lobby_contact_get_username (contact);
  const char *about = lobby_contact_get_about (contact);
  g_autofree char *name = lobby_words_customer (contact);
  g_autofree char *formatted = lobby_words_number (number);
  g_autofree char *at_username = g_strdup_printf ("@%s", username != NULL ? username : "");
  g_autofree char *since = lobby_when_day (lobby_contact_get_created_at (contact));

  lobby_portrait_show (self->portrait, self->account, contact);
  gtk_label_set_text (self->name, name);
  gtk_label_set_text (self->about, about != NULL ? about : "");
  gtk_widget_set_visible (GTK_WIDGET (self->about), about != NULL && about[0] != '\0');

  adw_action_row_set_subtitle (self->number_row, formatted != NULL ? formatted : _ ("Unknown"));
  adw_action_row_set_subtitle (self->username_row, at_username);
  gtk_widget_set_visible (GTK_WIDGET (self->username_row), username != NULL && username[0] != '\0');
  gtk_label_set_text (self->since, since);
}

static void
contact_replaced_cb (LobbyContactPane *self)
{
  g_signal_group_set_target (self->contact_signals, lobby_conversation_get_contact (self->conversation));
  update_contact (self);
}

static void
lobby_contact_pane_dispose (GObject *object)
{
  LobbyContactPane *self = LOBBY_CONTACT_PANE (object);

  g_clear_handle_id (&self->window_source, g_source_remove);
  g_clear_object (&self->conversation_signals);
  g_clear_object (&self->contact_signals);
  g_clear_object (&self->account_signals);
  g_clear_object (&self->conversation);
  g_clear_object (&self->account);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_CONTACT_PANE);

  G_OBJECT_CLASS (lobby_contact_pane_parent_class)->dispose (object);
}

static void
lobby_contact_pane_class_init (LobbyContactPaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_contact_pane_dispose;

  g_type_ensure (LOBBY_TYPE_PORTRAIT);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-contact-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyContactPane, portrait);
  gtk_widget_class_bind_template_child (widget_class, LobbyContactPane, name);
  gtk_widget_class_bind_template_child (widget_class, LobbyContactPane, about);
  gtk_widget_class_bind_template_child (widget_class, LobbyContactPane, number_row);
  gtk_widget_class_bind_template_child (widget_class, LobbyContactPane, username_row);
  gtk_widget_class_bind_template_child (widget_class, LobbyContactPane, window_row);
  gtk_widget_class_bind_template_child (widget_class, LobbyContactPane, received);
  gtk_widget_class_bind_template_child (widget_class, LobbyContactPane, sent);
  gtk_widget_class_bind_template_child (widget_class, LobbyContactPane, since);
}

static void
lobby_contact_pane_init (LobbyContactPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));

  /* Names and numbers are not markup. */
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->number_row), FALSE);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->username_row), FALSE);

  self->conversation_signals = g_signal_group_new (LOBBY_TYPE_CONVERSATION);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::message-count-in", G_CALLBACK (update_counts), self);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::message-count-out", G_CALLBACK (update_counts), self);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::window-expires-at", G_CALLBACK (update_window), self);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::contact", G_CALLBACK (contact_replaced_cb), self);
  self->contact_signals = g_signal_group_new (LOBBY_TYPE_CONTACT);
  g_signal_group_connect_swapped (self->contact_signals, "notify", G_CALLBACK (update_contact), self);
  self->account_signals = g_signal_group_new (LOBBY_TYPE_ACCOUNT);
  g_signal_group_connect_swapped (self->account_signals, "whatsapp-state-changed", G_CALLBACK (update_window), self);
}

GtkWidget *
lobby_contact_pane_new (void)
{
  return g_object_new (LOBBY_TYPE_CONTACT_PANE, NULL);
}

void
lobby_contact_pane_set_conversation (LobbyContactPane *self,
                                     LobbyAccount *account,
                                     LobbyConversation *conversation)
{
  g_return_if_fail (LOBBY_IS_CONTACT_PANE (self));

  g_set_object (&self->account, account);
  g_set_object (&self->conversation, conversation);
  g_clear_handle_id (&self->window_source, g_source_remove);
  g_signal_group_set_target (self->conversation_signals, conversation);
  g_signal_group_set_target (self->contact_signals, conversation != NULL ? lobby_conversation_get_contact (conversation) : NULL);
  g_signal_group_set_target (self->account_signals, conversation != NULL ? account : NULL);
  if (conversation == NULL)
    return;

  update_contact (self);
  update_counts (self);
  update_window (self);
}
