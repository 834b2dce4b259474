/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversation-menu.h"

#include <glib/gi18n.h>

#include "lobby-menu-names.h"

struct _LobbyConversationMenu
{
  GObject parent_instance;

  GtkWidget *owner; /* unowned: it owns us */
  GtkWidget *popover;
  GSimpleActionGroup *actions;
  LobbyAccount *account;
  LobbyConversation *conversation;
};

G_DEFINE_FINAL_TYPE (LobbyConversationMenu, lobby_conversation_menu, G_TYPE_OBJECT)

enum
{
  OPEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
open_action (GSimpleAction *action,
             GVariant *parameter,
             gpointer data)
{
  LobbyConversationMenu *self = data;

  g_signal_emit (self, signals[OPEN], 0, self->conversation);
}

static void
mark_read_action (GSimpleAction *action,
                  GVariant *parameter,
                  gpointer data)
{
  LobbyConversationMenu *self = data;
  g_autoptr (GError) error = NULL;

  if (!lobby_account_mark_read (self->account, self->conversation, &error))
    g_warning ("Cannot mark as read: %s", error->message);
}

static void
copy_number_action (GSimpleAction *action,
                    GVariant *parameter,
                    gpointer data)
{
  LobbyConversationMenu *self = data;
  LobbyContact *contact = lobby_conversation_get_contact (self->conversation);

  gtk_widget_activate_action (self->owner, "win.copy-text", "s", lobby_contact_get_phone_number (contact));
}

static void
enable (LobbyConversationMenu *self,
        const char *name,
        gboolean enabled)
{
  g_simple_action_set_enabled (G_SIMPLE_ACTION (g_action_map_lookup_action (G_ACTION_MAP (self->actions), name)), enabled);
}

static void
make_popover (LobbyConversationMenu *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();

  g_menu_append (menu, _ ("_Open"), "conversation.open");
  g_menu_append (menu, _ ("Mark as _Read"), "conversation.mark-read");
  g_menu_append (menu, _ ("_Copy Number"), "conversation.copy-number");

  self->popover = gtk_popover_menu_new_from_model (G_MENU_MODEL (menu));
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_popover_set_position (GTK_POPOVER (self->popover), GTK_POS_BOTTOM);
  gtk_widget_set_halign (self->popover, GTK_ALIGN_START);
  lobby_menu_names_ensure (GTK_POPOVER (self->popover));
  gtk_widget_set_parent (self->popover, self->owner);
}

static void
lobby_conversation_menu_dispose (GObject *object)
{
  LobbyConversationMenu *self = LOBBY_CONVERSATION_MENU (object);

  g_clear_pointer (&self->popover, gtk_widget_unparent);
  g_clear_object (&self->actions);
  g_clear_object (&self->conversation);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (lobby_conversation_menu_parent_class)->dispose (object);
}

static void
lobby_conversation_menu_class_init (LobbyConversationMenuClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_conversation_menu_dispose;

  signals[OPEN] = g_signal_new ("open", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, LOBBY_TYPE_CONVERSATION);
}

static void
lobby_conversation_menu_init (LobbyConversationMenu *self)
{
  static const GActionEntry entries[] = {
    { "open", open_action },
    { "mark-read", mark_read_action },
    { "copy-number", copy_number_action },
  };

  self->actions = g_simple_action_group_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (self->actions), entries, G_N_ELEMENTS (entries), self);
}

LobbyConversationMenu *
lobby_conversation_menu_new (GtkWidget *owner)
{
  LobbyConversationMenu *self = g_object_new (LOBBY_TYPE_CONVERSATION_MENU, NULL);

  self->owner = owner;
  gtk_widget_insert_action_group (owner, "conversation", G_ACTION_GROUP (self->actions));

  return self;
}

void
lobby_conversation_menu_popup (LobbyConversationMenu *self,
                               LobbyAccount *account,
                               LobbyConversation *conversation,
                               double x,
                               double y)
{
  LobbyContact *contact = lobby_conversation_get_contact (conversation);

  g_return_if_fail (LOBBY_IS_CONVERSATION_MENU (self));

  if (self->popover == NULL)
    make_popover (self);

  g_set_object (&self->account, account);
  g_set_object (&self->conversation, conversation);
  enable (self, "mark-read", lobby_conversation_get_unread_count (conversation) > 0);
  enable (self, "copy-number", lobby_contact_get_phone_number (contact) != NULL);
  gtk_popover_set_pointing_to (GTK_POPOVER (self->popover), &(GdkRectangle){ (int)x, (int)y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->popover));
}
