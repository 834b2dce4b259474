/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-composer-private.h"

#include <glib/gi18n.h>

#include "lobby-clock.h"

static void
window_due_cb (gpointer data)
{
  LobbyComposer *self = data;

  self->window_source = 0;
  lobby_composer_update_writing (self);
}

/* At the end of the service window. */
static void
wait_for_end (LobbyComposer *self,
              gint64 now)
{
  gint64 left = lobby_conversation_get_window_expires_at (self->conversation) - now;

  self->window_source = g_timeout_add_once ((guint)MIN (left + 50, G_MAXINT), window_due_cb, self);
}

static const char *
describe (LobbyWriting writing,
          const char **title)
{
  switch (writing)
    {
    case LOBBY_WRITING_WINDOW_OVER:
      *title = _ ("The 24 hours to answer are over");
      return _ ("WhatsApp lets a business write freely for 24 hours after the customer’s last message. "
                "The field comes back when this customer writes again. Sending an approved template "
                "instead is not possible in this version yet.");
    case LOBBY_WRITING_WINDOW_TO_COME:
      *title = _ ("This customer has not written yet");
      return _ ("WhatsApp lets a business write freely for 24 hours after a customer’s message. The field comes when this "
                "customer writes. Sending an approved template before is not possible in this version yet.");
    case LOBBY_WRITING_NUMBER_REMOVED:
      *title = _ ("The number was removed");
      return _ ("The WhatsApp number that this conversation was held with is no longer connected. The history stays.");
    case LOBBY_WRITING_FREE:
    case LOBBY_WRITING_IN_WINDOW:
    default:
      return NULL;
    }
}

static void
set_can_write (LobbyComposer *self,
               gboolean can_write)
{
  if (self->can_write == can_write)
    return;
  self->can_write = can_write;
  g_object_notify (G_OBJECT (self), "can-write");
}

static void
show (LobbyComposer *self,
      GtkStackTransitionType transition)
{
  const gint64 now = lobby_clock_now ();
  const LobbyWriting writing = self->conversation != NULL ? lobby_account_get_writing (self->account, self->conversation, now)
                                                          : LOBBY_WRITING_FREE;
  const char *title = NULL;
  const char *words = describe (writing, &title);

  g_clear_handle_id (&self->window_source, g_source_remove);
  if (writing == LOBBY_WRITING_IN_WINDOW)
    wait_for_end (self, now);

  if (words != NULL)
    {
      g_autofree char *all = g_strconcat (words, lobby_composer_has_words (self) ? _ (" What you have written is kept.") : "", NULL);

      gtk_label_set_text (self->closed_title, title);
      gtk_label_set_text (self->closed_text, all);
      lobby_composer_cancel_reply (self);
    }
  gtk_stack_set_visible_child_full (self->stack, words != NULL ? "closed" : "field", transition);
  set_can_write (self, self->conversation != NULL && words == NULL);
}

void
lobby_composer_update_writing (LobbyComposer *self)
{
  show (self, GTK_STACK_TRANSITION_TYPE_CROSSFADE);
}

void
lobby_composer_follow_writing (LobbyComposer *self)
{
  g_signal_group_set_target (self->conversation_signals, self->conversation);
  g_signal_group_set_target (self->account_signals, self->account);
  /* One conversation does not turn into the other. */
  show (self, GTK_STACK_TRANSITION_TYPE_NONE);
}

void
lobby_composer_init_writing (LobbyComposer *self)
{
  self->conversation_signals = g_signal_group_new (LOBBY_TYPE_CONVERSATION);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::window-expires-at", G_CALLBACK (lobby_composer_update_writing), self);
  self->account_signals = g_signal_group_new (LOBBY_TYPE_ACCOUNT);
  g_signal_group_connect_swapped (self->account_signals, "whatsapp-state-changed", G_CALLBACK (lobby_composer_update_writing), self);
}

void
lobby_composer_dispose_writing (LobbyComposer *self)
{
  g_clear_handle_id (&self->window_source, g_source_remove);
  g_clear_object (&self->conversation_signals);
  g_clear_object (&self->account_signals);
}
