/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-line.h"
#include "lobby-cloud-adapter.h"
#include "lobby-gateway-adapter.h"
#include "lobby-log.h"

static gboolean
same_settings (const LobbyConnection *a,
               const LobbyConnection *b)
{
  return g_strcmp0 (a->graph_url, b->graph_url) == 0
         && g_strcmp0 (a->phone_number_id, b->phone_number_id) == 0
         && g_strcmp0 (a->waba_id, b->waba_id) == 0
         && g_strcmp0 (a->access_token, b->access_token) == 0
         && g_strcmp0 (a->app_secret, b->app_secret) == 0
         && g_strcmp0 (a->verify_token, b->verify_token) == 0
         && g_strcmp0 (a->gateway_url, b->gateway_url) == 0
         && g_strcmp0 (a->gateway_key, b->gateway_key) == 0
         && g_strcmp0 (a->gateway_session, b->gateway_session) == 0
         && g_strcmp0 (a->webhook_key, b->webhook_key) == 0
         && a->send_read_receipts == b->send_read_receipts;
}

LobbyLine *
lobby_line_new (LobbyConnection *connection,
                LobbyStorage *storage,
                const char *public_url,
                guint settle_msec)
{
  gboolean is_gateway = g_strcmp0 (connection->kind, "gateway") == 0;
  LobbyLine *self;

  if (!is_gateway && g_strcmp0 (connection->kind, "cloud") != 0)
    {
      lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "this kind of connection is not known", "connection", connection->id, "kind", connection->kind, NULL);
      lobby_connection_free (connection);
      return NULL;
    }
  self = g_new0 (LobbyLine, 1);
  self->connection = connection;
  if (is_gateway)
    self->adapter = LOBBY_ADAPTER (lobby_gateway_adapter_new (lobby_connection_copy (connection), storage, public_url));
  else
    self->adapter = LOBBY_ADAPTER (lobby_cloud_adapter_new (lobby_connection_copy (connection), storage));
  self->watch = lobby_connection_watch_new (self->adapter, storage, connection->id);
  self->queue = lobby_outbound_queue_new (self->adapter, storage, self->watch, connection->id, settle_msec);
  if (LOBBY_ADAPTER_GET_IFACE (self->adapter)->list_templates != NULL)
    self->templates = lobby_template_sync_new (self->adapter, storage, self->watch, connection->id);
  return self;
}

void
lobby_line_start (LobbyLine *self)
{
  lobby_connection_watch_start (self->watch);
  lobby_outbound_queue_wake (self->queue);
  if (self->templates != NULL)
    lobby_template_sync_start (self->templates);
}

void
lobby_line_update (LobbyLine *self,
                   LobbyConnection *connection)
{
  gboolean same = same_settings (self->connection, connection);

  lobby_connection_free (self->connection);
  self->connection = connection;
  if (same)
    return;
  lobby_log_event (G_LOG_LEVEL_MESSAGE, G_LOG_DOMAIN, "the settings of a connection were changed", "connection", connection->id, NULL);
  LOBBY_ADAPTER_GET_IFACE (self->adapter)->set_connection (self->adapter, lobby_connection_copy (connection));
  lobby_connection_watch_start (self->watch);
  /* It may be another account's number now. */
  g_signal_emit_by_name (self->adapter, "templates-stale");
}

static void
close_adapter (LobbyLine *self,
               gboolean for_good)
{
  LobbyAdapterInterface *iface = LOBBY_ADAPTER_GET_IFACE (self->adapter);

  if (iface->close != NULL)
    iface->close (self->adapter, for_good);
}

void
lobby_line_remove (LobbyLine *self)
{
  close_adapter (self, TRUE);
}

void
lobby_line_stop (LobbyLine *self)
{
  close_adapter (self, FALSE);
  lobby_connection_watch_stop (self->watch);
  lobby_outbound_queue_stop (self->queue);
  if (self->templates != NULL)
    lobby_template_sync_stop (self->templates);
}

void
lobby_line_free (LobbyLine *self)
{
  lobby_line_stop (self);
  g_clear_object (&self->templates);
  g_clear_object (&self->queue);
  g_clear_object (&self->watch);
  g_clear_object (&self->adapter);
  g_clear_pointer (&self->connection, lobby_connection_free);
  g_free (self);
}
