/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-connection-banner.h"

#include <glib/gi18n.h>

#include "lobby-clock.h"
#include "lobby-connection-words.h"

/* A connection that comes up within this many ms is not worth a word. */
#define PATIENCE 2500

struct _LobbyConnectionBanner
{
  GObject parent_instance;

  AdwBanner *banner; /* unowned: cleared when it goes */
  LobbyAccount *account;
  char *connection_id;
  gint64 busy_since;
  guint tick_source;
  gboolean silent;
};

G_DEFINE_FINAL_TYPE (LobbyConnectionBanner, lobby_connection_banner, G_TYPE_OBJECT)

static void update (LobbyConnectionBanner *self);

static void
tick_cb (gpointer data)
{
  LobbyConnectionBanner *self = data;

  self->tick_source = 0;
  update (self);
}

static void
update_after (LobbyConnectionBanner *self,
              gint64 msec)
{
  if (self->tick_source == 0)
    self->tick_source = g_timeout_add_once (CLAMP (msec, 50, 60000), tick_cb, self);
}

static void
hide (LobbyConnectionBanner *self)
{
  adw_banner_set_revealed (self->banner, FALSE);
}

static void
show (LobbyConnectionBanner *self,
      const char *title,
      const char *button,
      const char *action,
      const char *target)
{
  adw_banner_set_title (self->banner, title);
  adw_banner_set_button_label (self->banner, button);
  /* Never one action's name with another's target. */
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->banner), NULL);
  gtk_actionable_set_action_target_value (GTK_ACTIONABLE (self->banner), target != NULL ? g_variant_new_string (target) : NULL);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->banner), action);
  /* What was never told is not visible: a banner lays out what it holds even while that is not to be seen. */
  gtk_widget_set_visible (GTK_WIDGET (self->banner), TRUE);
  adw_banner_set_revealed (self->banner, TRUE);
}

/* Words for a wait, and when they are no longer true. */
static void
show_waiting (LobbyConnectionBanner *self)
{
  gint64 now = lobby_clock_now ();
  gint64 left = lobby_account_get_retry_at (self->account) - now;
  int seconds = (int)((left + 999) / 1000);
  g_autofree char *title = NULL;

  if (seconds <= 0)
    title = g_strdup (_ ("The server cannot be reached. Trying again…"));
  else
    title = g_strdup_printf (ngettext ("The server cannot be reached. Next try in %d second.",
                                       "The server cannot be reached. Next try in %d seconds.", seconds),
                             seconds);
  show (self, title, _ ("_Try Now"), "win.reconnect", NULL);
  if (seconds > 0)
    update_after (self, left - (gint64)(seconds - 1) * 1000);
}

/* Connecting and catching up say nothing at first. */
static void
show_busy (LobbyConnectionBanner *self,
           const char *title)
{
  gint64 now = lobby_clock_now ();

  if (self->busy_since == 0)
    self->busy_since = now;
  if (now - self->busy_since >= PATIENCE)
    show (self, title, NULL, NULL, NULL);
  else
    update_after (self, self->busy_since + PATIENCE - now);
}

/* The trouble of the conversation's number, or of the first that has one. */
static void
show_whatsapp (LobbyConnectionBanner *self)
{
  GListModel *connections = lobby_account_get_connections (self->account);

  for (guint i = 0; i < g_list_model_get_n_items (connections); i++)
    {
      g_autoptr (LobbyWhatsappConnection) connection = g_list_model_get_item (connections, i);
      const char *id = lobby_whatsapp_connection_get_id (connection);
      g_autofree char *trouble = NULL;
      const char *button;

      if (self->connection_id != NULL && g_strcmp0 (id, self->connection_id) != 0)
        continue;
      trouble = lobby_connection_words_trouble (connection, lobby_clock_now (), &button);
      if (trouble == NULL)
        continue;

      if (lobby_account_is_owner (self->account) && button != NULL)
        show (self, trouble, button, "win.repair-connection", id);
      else
        show (self, trouble, NULL, NULL, NULL);
      return;
    }

  hide (self);
}

static void
update (LobbyConnectionBanner *self)
{
  LobbyConnectionState state;

  g_clear_handle_id (&self->tick_source, g_source_remove);
  if (self->banner == NULL)
    return;
  if (self->account == NULL || self->silent)
    {
      hide (self);
      return;
    }

  state = lobby_account_get_state (self->account);
  if (state != LOBBY_CONNECTION_CONNECTING && state != LOBBY_CONNECTION_SYNCING)
    self->busy_since = 0;

  switch (state)
    {
    case LOBBY_CONNECTION_OFFLINE:
      show (self, _ ("You are offline. What you write is kept and sent later."), NULL, NULL, NULL);
      break;

    case LOBBY_CONNECTION_CONNECTING:
      show_busy (self, _ ("Connecting…"));
      break;

    case LOBBY_CONNECTION_SYNCING:
      show_busy (self, _ ("Catching up…"));
      break;

    case LOBBY_CONNECTION_WAITING:
      show_waiting (self);
      break;

    case LOBBY_CONNECTION_SIGNED_OUT:
      show (self, _ ("The server has signed you out. What you write is kept."), _ ("_Sign In Again"), "win.sign-in", NULL);
      break;

    case LOBBY_CONNECTION_CONNECTED:
    default:
      show_whatsapp (self);
      break;
    }
}

static void
lobby_connection_banner_dispose (GObject *object)
{
  LobbyConnectionBanner *self = LOBBY_CONNECTION_BANNER (object);

  g_clear_handle_id (&self->tick_source, g_source_remove);
  if (self->account != NULL)
    g_signal_handlers_disconnect_by_data (self->account, self);
  g_clear_object (&self->account);
  g_clear_pointer (&self->connection_id, g_free);
  g_clear_weak_pointer (&self->banner);

  G_OBJECT_CLASS (lobby_connection_banner_parent_class)->dispose (object);
}

static void
lobby_connection_banner_class_init (LobbyConnectionBannerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_connection_banner_dispose;
}

static void
lobby_connection_banner_init (LobbyConnectionBanner *self)
{
}

LobbyConnectionBanner *
lobby_connection_banner_new (AdwBanner *banner)
{
  LobbyConnectionBanner *self = g_object_new (LOBBY_TYPE_CONNECTION_BANNER, NULL);

  g_set_weak_pointer (&self->banner, banner);
  /* Titles carry names and reasons that others wrote. */
  adw_banner_set_use_markup (banner, FALSE);

  return self;
}

void
lobby_connection_banner_set_account (LobbyConnectionBanner *self,
                                     LobbyAccount *account)
{
  g_return_if_fail (LOBBY_IS_CONNECTION_BANNER (self));

  if (self->account == account)
    return;

  if (self->account != NULL)
    g_signal_handlers_disconnect_by_data (self->account, self);
  g_set_object (&self->account, account);
  self->busy_since = 0;
  if (account != NULL)
    {
      g_signal_connect_swapped (account, "notify::state", G_CALLBACK (update), self);
      g_signal_connect_swapped (account, "notify::retry-at", G_CALLBACK (update), self);
      g_signal_connect_swapped (account, "whatsapp-state-changed", G_CALLBACK (update), self);
    }
  update (self);
}

void
lobby_connection_banner_set_conversation (LobbyConnectionBanner *self,
                                          LobbyConversation *conversation)
{
  g_return_if_fail (LOBBY_IS_CONNECTION_BANNER (self));

  if (g_set_str (&self->connection_id, conversation != NULL ? lobby_conversation_get_connection_id (conversation) : NULL))
    update (self);
}

void
lobby_connection_banner_set_silent (LobbyConnectionBanner *self,
                                    gboolean silent)
{
  g_return_if_fail (LOBBY_IS_CONNECTION_BANNER (self));

  self->silent = silent;
  update (self);
}
