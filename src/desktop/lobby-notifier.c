/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-notifier.h"

#include <glib/gi18n.h>

#include "lobby-message-words.h"
#include "lobby-preview.h"
#include "lobby-window.h"

struct _LobbyNotifier
{
  GObject parent_instance;

  GApplication *application; /* unowned: it owns us */
  LobbyAccounts *accounts;
  GPtrArray *watched; /* of LobbyAccount, as listed */
  GHashTable *shown;  /* LobbyConversation → id of its notification */
};

G_DEFINE_FINAL_TYPE (LobbyNotifier, lobby_notifier, G_TYPE_OBJECT)

static void
unread_cb (LobbyNotifier *self,
           GParamSpec *pspec,
           LobbyConversation *conversation)
{
  const char *id = g_hash_table_lookup (self->shown, conversation);

  if (id == NULL || lobby_conversation_get_unread_count (conversation) > 0)
    return;

  g_application_withdraw_notification (self->application, id);
  g_signal_handlers_disconnect_by_func (conversation, unread_cb, self);
  g_hash_table_remove (self->shown, conversation);
}

static gboolean
is_looked_at (LobbyNotifier *self,
              LobbyConversation *conversation)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (self->application)); l != NULL; l = l->next)
    if (LOBBY_IS_WINDOW (l->data) && lobby_window_is_looking_at (l->data, conversation))
      return TRUE;

  return FALSE;
}

static char *
describe (LobbyConversation *conversation,
          LobbyMessage *message)
{
  g_autofree char *text = lobby_preview_in_words (message);
  int unread = lobby_conversation_get_unread_count (conversation);

  if (unread < 2)
    return g_steal_pointer (&text);

  return g_strdup_printf (ngettext ("%s\n%d unread message", "%s\n%d unread messages", unread), text, unread);
}

static void
message_cb (LobbyNotifier *self,
            LobbyConversation *conversation,
            LobbyMessage *message,
            LobbyAccount *account)
{
  g_autofree char *name = lobby_words_customer (lobby_conversation_get_contact (conversation));
  g_autofree char *body = NULL;
  g_autofree char *id = NULL;
  g_autoptr (GNotification) notification = NULL;

  if (is_looked_at (self, conversation))
    return;

  id = g_strdup_printf ("conversation:%s:%s", lobby_account_get_id (account), lobby_conversation_get_id (conversation));
  body = describe (conversation, message);
  notification = g_notification_new (name);
  g_notification_set_body (notification, body);
  g_notification_set_category (notification, "im.received");
  g_notification_set_default_action_and_target (notification, "app.open-conversation", "(ss)",
                                                lobby_account_get_id (account), lobby_conversation_get_id (conversation));
  g_application_send_notification (self->application, id, notification);

  if (!g_hash_table_contains (self->shown, conversation))
    {
      g_signal_connect_swapped (conversation, "notify::unread-count", G_CALLBACK (unread_cb), self);
      g_hash_table_insert (self->shown, g_object_ref (conversation), g_steal_pointer (&id));
    }
}

static void
account_message_cb (LobbyAccount *account,
                    LobbyConversation *conversation,
                    LobbyMessage *message,
                    LobbyNotifier *self)
{
  message_cb (self, conversation, message, account);
}

static void
unwatch_all (LobbyNotifier *self)
{
  for (guint i = 0; i < self->watched->len; i++)
    g_signal_handlers_disconnect_by_func (g_ptr_array_index (self->watched, i), account_message_cb, self);
  g_ptr_array_set_size (self->watched, 0);
}

static void
accounts_changed_cb (LobbyNotifier *self)
{
  unwatch_all (self);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->accounts)); i++)
    {
      LobbyAccount *account = g_list_model_get_item (G_LIST_MODEL (self->accounts), i);

      g_signal_connect (account, "notify-message", G_CALLBACK (account_message_cb), self);
      g_ptr_array_add (self->watched, account);
    }
}

static void
lobby_notifier_dispose (GObject *object)
{
  LobbyNotifier *self = LOBBY_NOTIFIER (object);
  GHashTableIter iter;
  gpointer conversation;

  g_hash_table_iter_init (&iter, self->shown);
  while (g_hash_table_iter_next (&iter, &conversation, NULL))
    {
      g_signal_handlers_disconnect_by_func (conversation, unread_cb, self);
      g_hash_table_iter_remove (&iter);
    }
  unwatch_all (self);
  g_clear_object (&self->accounts);

  G_OBJECT_CLASS (lobby_notifier_parent_class)->dispose (object);
}

static void
lobby_notifier_finalize (GObject *object)
{
  LobbyNotifier *self = LOBBY_NOTIFIER (object);

  g_hash_table_unref (self->shown);
  g_ptr_array_unref (self->watched);

  G_OBJECT_CLASS (lobby_notifier_parent_class)->finalize (object);
}

static void
lobby_notifier_class_init (LobbyNotifierClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = lobby_notifier_dispose;
  object_class->finalize = lobby_notifier_finalize;
}

static void
lobby_notifier_init (LobbyNotifier *self)
{
  self->watched = g_ptr_array_new_with_free_func (g_object_unref);
  self->shown = g_hash_table_new_full (NULL, NULL, g_object_unref, g_free);
}

LobbyNotifier *
lobby_notifier_new (GApplication *application,
                    LobbyAccounts *accounts)
{
  LobbyNotifier *self = g_object_new (LOBBY_TYPE_NOTIFIER, NULL);

  self->application = application;
  self->accounts = g_object_ref (accounts);
  g_signal_connect_object (accounts, "items-changed", G_CALLBACK (accounts_changed_cb), self, G_CONNECT_SWAPPED);
  accounts_changed_cb (self);

  return self;
}
