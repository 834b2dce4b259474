/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversation-pane.h"

#include "lobby-connection-banner.h"
#include "lobby-welcome.h"

struct _LobbyConversationPane
{
  AdwBin parent_instance;

  GtkStack *stack;
  AdwBin *welcome_slot;

  LobbyAccount *account;
  LobbyConversationView *view; /* NULL until the first conversation is opened */
  LobbyConnectionBanner *view_state;
  LobbyConnectionBanner *welcome_state; /* NULL until the welcome is first in sight */
  gboolean open;
  gboolean spelling;
  gboolean narrow;
};

G_DEFINE_FINAL_TYPE (LobbyConversationPane, lobby_conversation_pane, ADW_TYPE_BIN)

static void
ensure_view (LobbyConversationPane *self)
{
  if (self->view != NULL)
    return;

  self->view = LOBBY_CONVERSATION_VIEW (lobby_conversation_view_new ());
  gtk_stack_add_named (self->stack, GTK_WIDGET (self->view), "conversation");
  self->view_state = lobby_connection_banner_new (lobby_conversation_view_get_banner (self->view));
  lobby_composer_set_spelling (lobby_conversation_view_get_composer (self->view), self->spelling);
  lobby_conversation_view_set_narrow (self->view, self->narrow);
}

static void
welcome_map_cb (LobbyConversationPane *self)
{
  GtkWidget *welcome;

  if (self->welcome_state != NULL)
    return;

  welcome = lobby_welcome_new ();
  self->welcome_state = lobby_connection_banner_new (lobby_welcome_get_banner (LOBBY_WELCOME (welcome)));
  lobby_connection_banner_set_account (self->welcome_state, self->open ? NULL : self->account);
  adw_bin_set_child (self->welcome_slot, welcome);
}

static void
lobby_conversation_pane_dispose (GObject *object)
{
  LobbyConversationPane *self = LOBBY_CONVERSATION_PANE (object);

  g_clear_object (&self->welcome_state);
  g_clear_object (&self->view_state);
  self->view = NULL;
  /* Not gtk_widget_dispose_template: it would free the stack under AdwBin's hands, whose child it is. */
  self->stack = NULL;
  self->welcome_slot = NULL;
  adw_bin_set_child (ADW_BIN (self), NULL);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (lobby_conversation_pane_parent_class)->dispose (object);
}

static void
lobby_conversation_pane_class_init (LobbyConversationPaneClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_conversation_pane_dispose;

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-conversation-pane.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationPane, stack);
  gtk_widget_class_bind_template_child (widget_class, LobbyConversationPane, welcome_slot);
  gtk_widget_class_bind_template_callback (widget_class, welcome_map_cb);
}

static void
lobby_conversation_pane_init (LobbyConversationPane *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->spelling = TRUE;
}

void
lobby_conversation_pane_set_conversation (LobbyConversationPane *self,
                                          LobbyAccount *account,
                                          LobbyConversation *conversation)
{
  g_return_if_fail (LOBBY_IS_CONVERSATION_PANE (self));

  g_set_object (&self->account, account);
  self->open = conversation != NULL;
  if (self->open)
    ensure_view (self);

  if (self->welcome_state != NULL)
    lobby_connection_banner_set_account (self->welcome_state, self->open ? NULL : account);
  if (self->view != NULL)
    {
      lobby_connection_banner_set_account (self->view_state, self->open ? account : NULL);
      lobby_connection_banner_set_conversation (self->view_state, conversation);
      lobby_conversation_view_set_conversation (self->view, account, conversation);
    }
  gtk_stack_set_visible_child_name (self->stack, self->open ? "conversation" : "empty");
}

LobbyConversationView *
lobby_conversation_pane_get_view (LobbyConversationPane *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION_PANE (self), NULL);

  return self->open ? self->view : NULL;
}

void
lobby_conversation_pane_set_spelling (LobbyConversationPane *self,
                                      gboolean enabled)
{
  g_return_if_fail (LOBBY_IS_CONVERSATION_PANE (self));

  self->spelling = enabled;
  if (self->view != NULL)
    lobby_composer_set_spelling (lobby_conversation_view_get_composer (self->view), enabled);
}

void
lobby_conversation_pane_set_narrow (LobbyConversationPane *self,
                                    gboolean narrow)
{
  g_return_if_fail (LOBBY_IS_CONVERSATION_PANE (self));

  self->narrow = narrow;
  if (self->view != NULL)
    lobby_conversation_view_set_narrow (self->view, narrow);
}
