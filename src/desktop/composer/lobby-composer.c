/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-composer-private.h"

#include <glib/gi18n.h>

#include "lobby-message-words.h"
#include "lobby-preview.h"

#define DRAFT_DELAY 500 /* ms */

G_DEFINE_FINAL_TYPE (LobbyComposer, lobby_composer, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_CAN_WRITE,
};

/* What was never revealed is not visible: a revealer lays out what it holds even while that is not to be seen. */
static void
reveal (GtkRevealer *revealer)
{
  gtk_widget_set_visible (GTK_WIDGET (revealer), TRUE);
  gtk_revealer_set_reveal_child (revealer, TRUE);
}

/* The draft */
void
lobby_composer_save_draft (LobbyComposer *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_return_if_fail (LOBBY_IS_COMPOSER (self));

  g_clear_handle_id (&self->draft_source, g_source_remove);
  if (!self->draft_changed || self->conversation == NULL)
    return;

  text = lobby_composer_dup_text (self);
  if (lobby_store_set_draft (lobby_account_get_store (self->account), self->conversation,
                             text[0] != '\0' ? text : NULL, &error))
    self->draft_changed = FALSE;
  else
    g_warning ("Cannot save a draft: %s", error->message);
}

static void
draft_due_cb (gpointer data)
{
  LobbyComposer *self = data;

  self->draft_source = 0;
  lobby_composer_save_draft (self);
}

void
lobby_composer_touch_draft (LobbyComposer *self)
{
  self->draft_changed = TRUE;
  g_clear_handle_id (&self->draft_source, g_source_remove);
  self->draft_source = g_timeout_add_once (DRAFT_DELAY, draft_due_cb, self);
}

/* Sending */
static void
tell_failure (LobbyComposer *self,
              const GError *error)
{
  g_autofree char *text = NULL;

  if (g_error_matches (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE))
    text = g_strdup (_ ("Not sent: the message cannot be saved on this computer. Is the disk full?"));
  else
    text = g_strdup_printf (_ ("Not sent: %s"), error->message);

  gtk_label_set_text (self->error_label, text);
  reveal (self->error_revealer);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), text, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_HIGH);
}

void
lobby_composer_send (LobbyComposer *self)
{
  g_autofree char *text = lobby_composer_dup_text (self);
  g_autoptr (LobbyMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  /* A computer that slept has not noticed that the time to answer is over. */
  lobby_composer_update_writing (self);
  if (!self->can_write || !gtk_widget_get_sensitive (self->send_button))
    return;

  message = lobby_account_send_text (self->account, self->conversation, g_strstrip (text),
                                     self->reply != NULL ? lobby_message_get_id (self->reply) : NULL, &error);
  if (message == NULL)
    {
      tell_failure (self, error);
      return;
    }

  gtk_revealer_set_reveal_child (self->error_revealer, FALSE);
  lobby_composer_set_text (self, "");
  self->draft_changed = TRUE;
  lobby_composer_save_draft (self);
  lobby_account_set_typing (self->account, self->conversation, FALSE);
  lobby_composer_cancel_reply (self);
  lobby_composer_focus (self);
}

static void
send_cb (LobbyComposer *self)
{
  lobby_composer_send (self);
}

static void
cancel_reply_cb (LobbyComposer *self)
{
  lobby_composer_cancel_reply (self);
  lobby_composer_focus (self);
}

static void
lobby_composer_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (lobby_composer_parent_class)->map (widget);
  lobby_composer_update_height (LOBBY_COMPOSER (widget));
}

static void
lobby_composer_get_property (GObject *object,
                             guint id,
                             GValue *value,
                             GParamSpec *pspec)
{
  LobbyComposer *self = LOBBY_COMPOSER (object);

  switch (id)
    {
    case PROP_CAN_WRITE:
      g_value_set_boolean (value, self->can_write);
      break;

    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
lobby_composer_dispose (GObject *object)
{
  LobbyComposer *self = LOBBY_COMPOSER (object);

  if (self->text_view != NULL)
    lobby_composer_save_draft (self);
  g_clear_handle_id (&self->draft_source, g_source_remove);
  lobby_composer_dispose_writing (self);
  lobby_composer_dispose_field (self);
  g_clear_object (&self->reply);
  g_clear_object (&self->conversation);
  g_clear_object (&self->account);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_COMPOSER);

  G_OBJECT_CLASS (lobby_composer_parent_class)->dispose (object);
}

static void
lobby_composer_class_init (LobbyComposerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = lobby_composer_get_property;
  object_class->dispose = lobby_composer_dispose;
  widget_class->map = lobby_composer_map;

  g_object_class_install_property (object_class, PROP_CAN_WRITE,
                                   g_param_spec_boolean ("can-write", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS));

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-composer.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, reply_revealer);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, reply_author);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, reply_text);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, stack);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, error_revealer);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, error_label);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, send_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, closed_title);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, closed_text);
  gtk_widget_class_bind_template_callback (widget_class, send_cb);
  gtk_widget_class_bind_template_callback (widget_class, cancel_reply_cb);
  lobby_composer_class_init_field (widget_class);
}

static void
lobby_composer_init (LobbyComposer *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  lobby_composer_init_field (self);
  lobby_composer_init_writing (self);
}

void
lobby_composer_set_conversation (LobbyComposer *self,
                                 LobbyAccount *account,
                                 LobbyConversation *conversation)
{
  const char *draft;

  g_return_if_fail (LOBBY_IS_COMPOSER (self));

  if (self->conversation == conversation)
    return;

  lobby_composer_save_draft (self);
  draft = conversation != NULL ? lobby_conversation_get_draft (conversation) : NULL;
  if (self->conversation != NULL && lobby_composer_has_text (self))
    lobby_account_set_typing (self->account, self->conversation, FALSE);
  lobby_composer_cancel_reply (self);
  gtk_revealer_set_reveal_child (self->error_revealer, FALSE);

  g_set_object (&self->account, account);
  g_set_object (&self->conversation, conversation);
  self->draft_changed = FALSE;
  lobby_composer_set_text (self, draft != NULL ? draft : "");
  lobby_composer_follow_writing (self);
}

void
lobby_composer_reply_to (LobbyComposer *self,
                         LobbyMessage *message)
{
  g_autofree char *author = NULL;
  g_autofree char *text = NULL;

  g_return_if_fail (LOBBY_IS_COMPOSER (self));
  g_return_if_fail (LOBBY_IS_MESSAGE (message));

  if (!self->can_write || lobby_message_get_id (message) == NULL)
    return;

  g_set_object (&self->reply, message);
  text = lobby_preview_in_words (message);
  author = lobby_message_is_outbound (message) ? g_strdup (_ ("You")) : lobby_words_customer (lobby_conversation_get_contact (self->conversation));
  gtk_label_set_text (self->reply_author, author);
  gtk_label_set_text (self->reply_text, text);
  reveal (self->reply_revealer);
  lobby_composer_focus (self);
}

gboolean
lobby_composer_cancel_reply (LobbyComposer *self)
{
  g_return_val_if_fail (LOBBY_IS_COMPOSER (self), FALSE);

  if (self->reply == NULL)
    return FALSE;
  g_clear_object (&self->reply);
  gtk_revealer_set_reveal_child (self->reply_revealer, FALSE);

  return TRUE;
}

gboolean
lobby_composer_focus (LobbyComposer *self)
{
  g_return_val_if_fail (LOBBY_IS_COMPOSER (self), FALSE);

  return self->can_write && gtk_widget_grab_focus (GTK_WIDGET (self->text_view));
}
