/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-gateway-private.h"

#define TIMEOUT 30000   /* ms */
#define HEARTBEAT 60000 /* ms */
#define LINKING_MSEC 3000
/* As many requests as are under way at most, so that none waits inside libsoup for its time to run out. */
#define MAX_CONNECTIONS 24

static void lobby_gateway_adapter_iface_init (LobbyAdapterInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LobbyGatewayAdapter, lobby_gateway_adapter, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (LOBBY_TYPE_ADAPTER, lobby_gateway_adapter_iface_init))

static LobbyCapabilities
gateway_get_capabilities (LobbyAdapter *adapter)
{
  return LOBBY_GATEWAY_CAPABILITIES;
}

/* WhatsApp tells no limits of such numbers, and blocks those that write as no person does. */
static void
gateway_get_limits (LobbyAdapter *adapter,
                    LobbySendLimits *limits)
{
  *limits = (LobbySendLimits){ .per_second = 2, .burst = 15 };
}

static void
gateway_set_connection (LobbyAdapter *adapter,
                        LobbyConnection *connection)
{
  LobbyGatewayAdapter *self = LOBBY_GATEWAY_ADAPTER (adapter);

  g_clear_pointer (&self->connection, lobby_connection_free);
  self->connection = connection;
  self->working = FALSE;
  self->configured = FALSE;
  self->caught_up = FALSE;
  g_hash_table_remove_all (self->newest);
}

static void
gateway_close (LobbyAdapter *adapter,
               gboolean for_good)
{
  LobbyGatewayAdapter *self = LOBBY_GATEWAY_ADAPTER (adapter);

  if (for_good && !self->closed)
    lobby_gateway_stop_session (self);
  self->closed = TRUE;
  g_hash_table_remove_all (self->typing);
  g_hash_table_remove_all (self->ringing);
  g_hash_table_remove_all (self->attended);
  g_hash_table_remove_all (self->typed);
  g_clear_handle_id (&self->presence_timer, g_source_remove);
}

static guint
gateway_get_interval (LobbyAdapter *adapter,
                      gboolean works)
{
  LobbyGatewayAdapter *self = LOBBY_GATEWAY_ADAPTER (adapter);

  /* Its own words are the hint; this is for a gateway that cannot reach us. */
  if (self->linking)
    return MIN (LINKING_MSEC, self->heartbeat);
  return works ? self->heartbeat : 0;
}

static const char *
gateway_get_step (LobbyAdapter *adapter)
{
  return LOBBY_GATEWAY_ADAPTER (adapter)->step;
}

static void
gateway_get_link (LobbyAdapter *adapter,
                  LobbyConnection *connection)
{
  LobbyGatewayAdapter *self = LOBBY_GATEWAY_ADAPTER (adapter);

  g_set_str (&connection->qr, self->code == NULL ? self->qr : NULL);
  g_set_str (&connection->code, self->code);
}

static void
lobby_gateway_adapter_iface_init (LobbyAdapterInterface *iface)
{
  iface->get_capabilities = gateway_get_capabilities;
  iface->get_limits = gateway_get_limits;
  iface->send = lobby_gateway_send;
  iface->mark_read = lobby_gateway_mark_read;
  iface->check = lobby_gateway_check;
  iface->fetch_media = lobby_gateway_fetch_media;
  iface->process = lobby_gateway_process;
  iface->set_connection = gateway_set_connection;
  iface->close = gateway_close;
  iface->get_interval = gateway_get_interval;
  iface->get_step = gateway_get_step;
  iface->get_link = gateway_get_link;
  iface->link = lobby_gateway_link;
  iface->unlink = lobby_gateway_unlink;
  iface->find_sent = lobby_gateway_find_sent;
  iface->set_typing = lobby_gateway_set_typing;
  iface->attend = lobby_gateway_attend;
}

static void
lobby_gateway_adapter_finalize (GObject *object)
{
  LobbyGatewayAdapter *self = LOBBY_GATEWAY_ADAPTER (object);

  gateway_close (LOBBY_ADAPTER (self), FALSE);
  g_clear_pointer (&self->connection, lobby_connection_free);
  g_clear_object (&self->storage);
  g_clear_object (&self->client);
  g_free (self->public_url);
  g_free (self->link_number);
  g_free (self->qr);
  g_free (self->code);
  g_hash_table_unref (self->newest);
  g_hash_table_unref (self->lids);
  g_hash_table_unref (self->worked_in_set);
  g_queue_clear_full (&self->worked_in, g_free);
  g_hash_table_unref (self->ringing);
  g_hash_table_unref (self->typing);
  g_hash_table_unref (self->attended);
  g_hash_table_unref (self->typed);
  G_OBJECT_CLASS (lobby_gateway_adapter_parent_class)->finalize (object);
}

static void
lobby_gateway_adapter_class_init (LobbyGatewayAdapterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_gateway_adapter_finalize;
}

static void
end_source (gpointer source)
{
  g_source_destroy (source);
  g_source_unref (source);
}

static void
lobby_gateway_adapter_init (LobbyGatewayAdapter *self)
{
  self->timeout = lobby_adapter_get_msec ("LOBBYD_SEND_TIMEOUT_MSEC", TIMEOUT);
  self->heartbeat = lobby_adapter_get_msec ("LOBBYD_HEARTBEAT_MSEC", HEARTBEAT);
  self->newest = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->lids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->worked_in_set = g_hash_table_new (g_str_hash, g_str_equal);
  self->ringing = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, lobby_gateway_stop_ringing);
  self->typing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, end_source);
  self->typed = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->attended = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

LobbyGatewayAdapter *
lobby_gateway_adapter_new (LobbyConnection *connection,
                           LobbyStorage *storage,
                           const char *public_url)
{
  LobbyGatewayAdapter *self = g_object_new (LOBBY_TYPE_GATEWAY_ADAPTER, NULL);

  self->connection = connection;
  self->storage = g_object_ref (storage);
  self->client = lobby_http_client_new_with_connections ("lobbyd/" LOBBY_VERSION, MAX_CONNECTIONS);
  self->public_url = g_strdup (public_url);
  self->worked_at = connection->last_event_at;
  self->was_linking = connection->linked_at == 0 && connection->step != NULL;
  lobby_gateway_resume_ringing (self);
  return self;
}
