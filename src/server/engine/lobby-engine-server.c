/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-engine-private.h"

#include <unistd.h>

#include "lobby-polling-transport.h"
#include "lobby-websocket-frame.h"
#include "lobby-websocket-transport.h"

#define UPGRADE_MSEC 10000
/* A poll that only holds an upgrade up is ended after this, so that a client that upgrades at once never sees it. */
#define NUDGE_MSEC 30
/* For a client to fetch the last words of a session. */
#define FAREWELL_MSEC 30000

static gboolean
flush_dispatch (GSource *source,
                GSourceFunc callback,
                gpointer user_data)
{
  LobbyEngineServer *self = user_data;
  LobbyTransport *last = g_queue_peek_tail (&self->dirty);
  LobbyTransport *transport;

  g_source_set_ready_time (source, -1);
  /* What becomes dirty meanwhile has its turn in the next turn. */
  do
    {
      transport = g_queue_peek_head (&self->dirty);
      if (transport == NULL)
        return G_SOURCE_CONTINUE;
      g_queue_unlink (&self->dirty, g_queue_peek_head_link (&self->dirty));
      lobby_polling_transport_flush (transport);
    }
  while (transport != last);
  if (self->dirty.length > 0)
    g_source_set_ready_time (source, 0);
  return G_SOURCE_CONTINUE;
}

static gboolean
flush_callback (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
make_flush (LobbyEngineServer *self)
{
  static GSourceFuncs funcs = { .dispatch = flush_dispatch };

  self->flush = g_source_new (&funcs, sizeof (GSource));
  g_source_set_callback (self->flush, flush_callback, self, NULL);
  g_source_set_static_name (self->flush, "[lobbyd] polls");
  g_source_attach (self->flush, g_main_context_get_thread_default ());
}

static void
add_routes (LobbyEngineServer *self,
            LobbyHttpServer *http,
            const char *path)
{
  g_autofree char *slashed = g_strconcat (path, "/", NULL);

  lobby_http_server_route_early (http, "*", slashed, self->options.max_payload,
                                 lobby_engine_begin_request, lobby_engine_take_request, self);
  lobby_http_server_route_early (http, "*", path, self->options.max_payload,
                                 lobby_engine_begin_request, lobby_engine_take_request, self);
}

LobbyEngineServer *
lobby_engine_server_new (LobbyHttpServer *http,
                         const char *path,
                         const LobbyEngineOptions *options,
                         LobbyEngineOpened opened,
                         gpointer data)
{
  LobbyEngineServer *self = g_new0 (LobbyEngineServer, 1);

  self->options = *options;
  self->cors_origin = g_strdup (options->cors_origin);
  self->opened = opened;
  self->data = data;
  self->source = lobby_socket_source_new ();
  self->sessions = g_hash_table_new (g_str_hash, g_str_equal);
  self->leaving = g_hash_table_new (g_str_hash, g_str_equal);
  self->pings = lobby_due_list_new (options->ping_interval, lobby_engine_ping_due, self);
  self->pongs = lobby_due_list_new (options->ping_timeout, lobby_engine_pong_missing, self);
  self->upgrades = lobby_due_list_new (options->upgrade_timeout > 0 ? options->upgrade_timeout : UPGRADE_MSEC,
                                       lobby_engine_upgrade_late, self);
  self->nudges = lobby_due_list_new (NUDGE_MSEC, lobby_polling_transport_nudge_due, self);
  self->farewells = lobby_due_list_new (FAREWELL_MSEC, lobby_polling_transport_forget, self);
  if (options->open_delay > 0)
    self->delays = lobby_due_list_new (options->open_delay, lobby_engine_delay_over, self);
  make_flush (self);
  if (http != NULL)
    add_routes (self, http, path);
  return self;
}

void
lobby_engine_server_free (LobbyEngineServer *self)
{
  g_autoptr (GList) leaving = NULL;

  lobby_engine_server_stop (self);
  lobby_engine_drop_delayed (self);
  leaving = g_hash_table_get_values (self->leaving);
  for (GList *link = leaving; link != NULL; link = link->next)
    lobby_polling_transport_forget (link->data, self);
  lobby_socket_source_free (self->source);
  lobby_due_list_free (self->pings);
  lobby_due_list_free (self->pongs);
  lobby_due_list_free (self->upgrades);
  lobby_due_list_free (self->nudges);
  lobby_due_list_free (self->farewells);
  g_clear_pointer (&self->delays, lobby_due_list_free);
  g_source_destroy (self->flush);
  g_source_unref (self->flush);
  g_hash_table_unref (self->sessions);
  g_hash_table_unref (self->leaving);
  g_free (self->cors_origin);
  self->freed = TRUE;
  if (self->n_offers == 0)
    g_free (self);
}

void
lobby_engine_server_take (LobbyEngineServer *self,
                          int fd,
                          GBytes *extra)
{
  LobbyTransport *transport;

  if (self->stopped)
    {
      close (fd);
      return;
    }
  transport = lobby_websocket_transport_new (self, fd);
  if (transport == NULL)
    return;
  lobby_engine_session_open (self, transport, FALSE);
  lobby_websocket_transport_feed (transport, extra);
}

guint
lobby_engine_server_count (LobbyEngineServer *self)
{
  return g_hash_table_size (self->sessions);
}

static void
end_sessions (LobbyEngineServer *self,
              gboolean polling_only)
{
  g_autoptr (GList) sessions = g_hash_table_get_values (self->sessions);

  for (GList *link = sessions; link != NULL; link = link->next)
    {
      LobbyTransport *transport = lobby_engine_session_get_transport (link->data);

      /* Ending one may end another. */
      if (transport != NULL && (!polling_only || lobby_transport_is_polling (transport)))
        lobby_transport_lost (transport, LOBBY_WEBSOCKET_GOING_AWAY);
    }
}

void
lobby_engine_server_stop (LobbyEngineServer *self)
{
  self->stopped = TRUE;
  end_sessions (self, FALSE);
}

void
lobby_engine_server_stop_polling (LobbyEngineServer *self)
{
  self->draining = TRUE;
  end_sessions (self, TRUE);
}

void
lobby_engine_server_bury (LobbyEngineServer *self,
                          gpointer data,
                          GDestroyNotify free_func)
{
  lobby_socket_source_bury (self->source, data, free_func);
}
