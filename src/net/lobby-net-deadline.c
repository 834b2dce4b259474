/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-net"

#include "lobby-net-deadline.h"
#include "lobby-http-client.h"

static gboolean
on_time_up (gpointer data)
{
  LobbyNetDeadline *self = data;

  self->timer = 0;
  self->expired = TRUE;
  g_cancellable_cancel (self->cancellable);

  return G_SOURCE_REMOVE;
}

static void
on_outer_cancelled (GCancellable *outer,
                    gpointer data)
{
  g_cancellable_cancel (data);
}

void
lobby_net_deadline_init (LobbyNetDeadline *self,
                         guint msec,
                         GCancellable *outer)
{
  *self = (LobbyNetDeadline){ .cancellable = g_cancellable_new () };

  self->timer = g_timeout_add (msec, on_time_up, self);
  if (outer != NULL)
    {
      self->outer = g_object_ref (outer);
      self->outer_handler = g_cancellable_connect (outer, G_CALLBACK (on_outer_cancelled),
                                                   g_object_ref (self->cancellable), g_object_unref);
    }
}

void
lobby_net_deadline_clear (LobbyNetDeadline *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->outer != NULL)
    g_cancellable_disconnect (self->outer, self->outer_handler);
  g_clear_object (&self->outer);
  g_clear_object (&self->cancellable);
}

static LobbyNetError
classify (const LobbyNetDeadline *self,
          const GError *error,
          gboolean started)
{
  if (self->expired)
    return LOBBY_NET_ERROR_TIMED_OUT;
  if (g_cancellable_is_cancelled (self->cancellable) || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return LOBBY_NET_ERROR_CANCELLED;
  if (error->domain == G_TLS_ERROR && !started)
    return LOBBY_NET_ERROR_TLS;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    return LOBBY_NET_ERROR_TIMED_OUT;
  if (error->domain == G_IO_ERROR || error->domain == G_RESOLVER_ERROR || error->domain == G_TLS_ERROR)
    return started ? LOBBY_NET_ERROR_INTERRUPTED : LOBBY_NET_ERROR_UNREACHABLE;

  return LOBBY_NET_ERROR_FAILED;
}

GError *
lobby_net_deadline_error (const LobbyNetDeadline *self,
                          GError *error,
                          gboolean started)
{
  g_autoptr (GError) owned = error;

  if (error->domain == LOBBY_NET_ERROR)
    return g_steal_pointer (&owned);

  return g_error_new_literal (LOBBY_NET_ERROR, classify (self, error, started),
                              self->expired ? "No answer in time" : error->message);
}
