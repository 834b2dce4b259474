/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversation-view.h"

#include <glib/gi18n.h>

#include "lobby-late-menu.h"
#include "lobby-message-words.h"
#include "lobby-portrait.h"
#include "lobby-timeline.h"
#include "lobby-toast.h"

struct _LobbyConversationView
{
  AdwBin parent_instance;

  GtkWidget *person_button;
  GtkWidget *contact_button;
  GtkMenuButton *menu_button;
  GMenuModel *conversation_menu;
  LobbyPortrait *portrait;
  GtkLabel *name;
  GtkLabel *subtitle;
  AdwBanner *banner;
  AdwBin *timeline_slot;
  LobbyComposer *composer;
  LobbyTimeline *timeline;

  LobbyAccount *account;
  LobbyConversation *conversation;
  GSignalGroup *conversation_signals;
  GSignalGroup *contact_signals;
};

G_DEFINE_FINAL_TYPE (LobbyConversationView, lobby_conversation_view, ADW_TYPE_BIN)

static char *
describe (LobbyConversation *conversation)
{
  LobbyContact *contact = lobby_conversation_get_contact (conversation);
  const char *agent = lobby_conversation_get_typing_agent (conversation);
  const char *name = lobby_contact_get_name (contact);
  const char *number = lobby_contact_get_phone_number (contact);
  g_autofree char *formatted = lobby_words_number (number);

  if (lobby_conversation_get_customer_typing (conversation))
    return g_strdup (_ ("typing…"));
  if (agent != NULL)
    return g_strdup_printf (_ ("%s is answering…"), agent);

  /* A customer without a name is called by the number already. */
  if (formatted != NULL && name != NULL && name[0] != '\0')
    return g_steal_pointer (&formatted);
  if (lobby_contact_get_username (contact) != NULL && lobby_contact_get_name (contact) != NULL)
    return g_strdup_printf ("@%s", lobby_contact_get_username (contact));

  return NULL;
}

static void
update_subtitle (LobbyConversationView *self)
{
  g_autofree char *text = describe (self->conversation);
  gboolean typing = lobby_conversation_get_customer_typing (self->conversation)
                    || lobby_conversation_get_typing_agent (self->conversation) != NULL;

  gtk_label_set_text (self->subtitle, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->subtitle), text != NULL);
  if (typing)
    gtk_widget_add_css_class (GTK_WIDGET (self->subtitle), "typing");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->subtitle), "typing");
}

static void
update_contact (LobbyConversationView *self)
{
  LobbyContact *contact = lobby_conversation_get_contact (self->conversation);
  g_autofree char *name = lobby_words_customer (contact);

  gtk_label_set_text (self->name, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->person_button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  lobby_portrait_show (self->portrait, self->account, contact);
  update_subtitle (self);
}

static void
contact_replaced_cb (LobbyConversationView *self)
{
  g_signal_group_set_target (self->contact_signals, lobby_conversation_get_contact (self->conversation));
  update_contact (self);
}

static void
reply_requested_cb (LobbyConversationView *self,
                    LobbyMessage *message)
{
  lobby_composer_reply_to (self->composer, message);
}

static void
timeline_failed_cb (LobbyConversationView *self,
                    const char *words)
{
  lobby_toast_show (GTK_WIDGET (self), words);
}

static void
can_write_cb (LobbyConversationView *self)
{
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));
  GtkWidget *focus = root != NULL ? gtk_root_get_focus (root) : NULL;
  gboolean can_write;

  g_object_get (self->composer, "can-write", &can_write, NULL);
  lobby_timeline_set_can_write (self->timeline, can_write);
  /* The field goes under the hands of who writes in it: what is typed on must not press a button elsewhere. */
  if (!can_write && focus != NULL && gtk_widget_is_ancestor (focus, GTK_WIDGET (self->composer)))
    gtk_widget_grab_focus (GTK_WIDGET (self->timeline));
}

/* Somebody who is writing reads back without leaving the field. */
static gboolean
composer_key_cb (LobbyConversationView *self,
                 guint key,
                 guint code,
                 GdkModifierType state,
                 GtkEventControllerKey *controller)
{
  if ((key != GDK_KEY_Page_Up && key != GDK_KEY_Page_Down && key != GDK_KEY_KP_Page_Up && key != GDK_KEY_KP_Page_Down)
      || (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SHIFT_MASK)) != 0)
    return FALSE;

  return gtk_event_controller_key_forward (controller, GTK_WIDGET (self->timeline));
}

static void
lobby_conversation_view_dispose (GObject *object)
{
  LobbyConversationView *self = LOBBY_CONVERSATION_VIEW (object);

  g_clear_object (&self->conversation_signals);
  g_clear_object (&self->contact_signals);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_CONVERSATION_VIEW);
  g_clear_object (&self->conversation);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (lobby_conversation_view_parent_class)->dispose (object);
}

static void
lobby_conversation_view_class_init (LobbyConversationViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_conversation_view_dispose;

  g_type_ensure (LOBBY_TYPE_COMPOSER);
  g_type_ensure (LOBBY_TYPE_PORTRAIT);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-conversation-view.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationView, person_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationView, contact_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationView, menu_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationView, conversation_menu);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationView, portrait);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationView, name);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationView, subtitle);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationView, banner);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationView, timeline_slot);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationView, composer);
}

static void
lobby_conversation_view_init (LobbyConversationView *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  lobby_late_menu_set (self->menu_button, self->conversation_menu);

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (composer_key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->composer), keys);

  self->timeline = LOBBY_TIMELINE (lobby_timeline_new ());
  g_signal_connect_object (self->timeline, "reply-requested", G_CALLBACK (reply_requested_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->timeline, "failed", G_CALLBACK (timeline_failed_cb), self, G_CONNECT_SWAPPED);
  adw_bin_set_child (self->timeline_slot, GTK_WIDGET (self->timeline));
  g_signal_connect_object (self->composer, "notify::can-write", G_CALLBACK (can_write_cb), self, G_CONNECT_SWAPPED);
  can_write_cb (self);

  self->conversation_signals = g_signal_group_new (LOBBY_TYPE_CONVERSATION);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::customer-typing", G_CALLBACK (update_subtitle), self);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::typing-agent", G_CALLBACK (update_subtitle), self);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::contact", G_CALLBACK (contact_replaced_cb), self);
  self->contact_signals = g_signal_group_new (LOBBY_TYPE_CONTACT);
  g_signal_group_connect_swapped (self->contact_signals, "notify", G_CALLBACK (update_contact), self);
}

GtkWidget *
lobby_conversation_view_new (void)
{
  return g_object_new (LOBBY_TYPE_CONVERSATION_VIEW, NULL);
}

void
lobby_conversation_view_set_conversation (LobbyConversationView *self,
                                          LobbyAccount *account,
                                          LobbyConversation *conversation)
{
  g_return_if_fail (LOBBY_IS_CONVERSATION_VIEW (self));

  g_set_object (&self->account, account);
  g_set_object (&self->conversation, conversation);
  lobby_composer_set_conversation (self->composer, account, conversation);
  lobby_timeline_set_conversation (self->timeline, account, conversation);
  g_signal_group_set_target (self->conversation_signals, conversation);
  g_signal_group_set_target (self->contact_signals, conversation != NULL ? lobby_conversation_get_contact (conversation) : NULL);
  if (conversation != NULL)
    update_contact (self);
}

void
lobby_conversation_view_set_narrow (LobbyConversationView *self,
                                    gboolean narrow)
{
  g_return_if_fail (LOBBY_IS_CONVERSATION_VIEW (self));

  /* The name needs the room, and opens the contact too. */
  gtk_widget_set_visible (self->contact_button, !narrow);
}

void
lobby_conversation_view_focus (LobbyConversationView *self)
{
  g_return_if_fail (LOBBY_IS_CONVERSATION_VIEW (self));

  if (!lobby_composer_focus (self->composer))
    gtk_widget_grab_focus (GTK_WIDGET (self->timeline));
}

LobbyComposer *
lobby_conversation_view_get_composer (LobbyConversationView *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION_VIEW (self), NULL);

  return self->composer;
}

GtkWidget *
lobby_conversation_view_get_timeline (LobbyConversationView *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION_VIEW (self), NULL);

  return GTK_WIDGET (self->timeline);
}

AdwBanner *
lobby_conversation_view_get_banner (LobbyConversationView *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION_VIEW (self), NULL);

  return self->banner;
}
