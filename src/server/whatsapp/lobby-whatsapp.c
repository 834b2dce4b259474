/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-async.h"
#include "lobby-log.h"
#include "lobby-storage-commit.h"
#include "lobby-whatsapp-private.h"

#include <string.h>

#define HEARD_SEC 60
#define ENDED_AT_ONCE 100
#define RETRY_MSEC 5000

G_DEFINE_FINAL_TYPE (LobbyWhatsapp, lobby_whatsapp, G_TYPE_OBJECT)

static LobbyAdapter *
find_adapter (const char *connection_id,
              gpointer data)
{
  LobbyLine *line = lobby_whatsapp_find_line (data, connection_id);

  return line != NULL ? line->adapter : NULL;
}

/* Now and then instead of with every webhook: it is worth no commit of its own. */
static gboolean
on_heard_timer (gpointer data)
{
  lobby_whatsapp_write_heard (data);
  return G_SOURCE_CONTINUE;
}

static void
on_processed (LobbyWhatsapp *self)
{
  GHashTableIter iter;
  gpointer line;

  /* A receipt takes a message off its queue, or puts one on it again. */
  g_hash_table_iter_init (&iter, self->lines);
  while (self->started && g_hash_table_iter_next (&iter, NULL, &line))
    lobby_outbound_queue_wake (((LobbyLine *)line)->queue);
  lobby_media_fetcher_wake (self->fetcher);
}

static void
lobby_whatsapp_dispose (GObject *object)
{
  LobbyWhatsapp *self = LOBBY_WHATSAPP (object);

  if (self->lines != NULL)
    lobby_whatsapp_stop (self);
  g_clear_pointer (&self->lines, g_hash_table_unref);
  g_clear_pointer (&self->receipts, lobby_receipts_free);
  g_clear_object (&self->pump);
  g_clear_object (&self->fetcher);
  g_clear_object (&self->storage);
  g_clear_pointer (&self->public_url, g_free);
  G_OBJECT_CLASS (lobby_whatsapp_parent_class)->dispose (object);
}

static void
lobby_whatsapp_class_init (LobbyWhatsappClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_whatsapp_dispose;
}

static void
lobby_whatsapp_init (LobbyWhatsapp *self)
{
  self->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)lobby_line_free);
  self->settle_msec = lobby_adapter_get_msec ("LOBBYD_SETTLE_MSEC", LOBBY_OUTBOUND_SETTLE_MSEC);
}

LobbyWhatsapp *
lobby_whatsapp_new (LobbyHttpServer *http,
                    LobbyStorage *storage,
                    const char *data_folder)
{
  LobbyWhatsapp *self = g_object_new (LOBBY_TYPE_WHATSAPP, NULL);

  self->storage = g_object_ref (storage);
  self->receipts = lobby_receipts_new (storage);
  self->pump = lobby_delivery_pump_new (storage, find_adapter, self);
  self->fetcher = lobby_media_fetcher_new (storage, data_folder, find_adapter, self);
  g_signal_connect_object (self->pump, "processed", G_CALLBACK (on_processed), self, G_CONNECT_SWAPPED);
  lobby_whatsapp_route_webhooks (self, http);
  self->public_url = g_strdup_printf ("http://127.0.0.1:%u", lobby_http_server_get_port (http));
  return self;
}

LobbyLine *
lobby_whatsapp_find_line (LobbyWhatsapp *self,
                          const char *connection_id)
{
  return g_hash_table_lookup (self->lines, connection_id);
}

void
lobby_whatsapp_set_public_url (LobbyWhatsapp *self,
                               const char *url)
{
  g_set_str (&self->public_url, url);
}

void
lobby_whatsapp_set_settle_msec (LobbyWhatsapp *self,
                                guint msec)
{
  self->settle_msec = msec;
}

void
lobby_whatsapp_start (LobbyWhatsapp *self)
{
  self->started = TRUE;
  self->heard_timer = g_timeout_add_seconds (HEARD_SEC, on_heard_timer, self);
  lobby_whatsapp_reload (self);
  lobby_media_fetcher_start (self->fetcher);
  lobby_delivery_pump_wake (self->pump);
}

void
lobby_whatsapp_stop (LobbyWhatsapp *self)
{
  GHashTableIter iter;
  gpointer line;

  if (self->started)
    lobby_whatsapp_write_heard (self);
  self->started = FALSE;
  g_clear_handle_id (&self->heard_timer, g_source_remove);
  lobby_delivery_pump_stop (self->pump);
  lobby_media_fetcher_stop (self->fetcher);
  g_hash_table_iter_init (&iter, self->lines);
  while (g_hash_table_iter_next (&iter, NULL, &line))
    lobby_line_stop (line);
}

guint
lobby_whatsapp_count_under_way (LobbyWhatsapp *self)
{
  GHashTableIter iter;
  gpointer line;
  guint count = 0;

  g_hash_table_iter_init (&iter, self->lines);
  while (g_hash_table_iter_next (&iter, NULL, &line))
    count += lobby_outbound_queue_count (((LobbyLine *)line)->queue);
  return count;
}

/* Takes @connection. */
static void
take_connection (LobbyWhatsapp *self,
                 LobbyConnection *connection)
{
  LobbyLine *line = lobby_whatsapp_find_line (self, connection->id);

  if (line != NULL)
    {
      lobby_line_update (line, connection);
      return;
    }
  line = lobby_line_new (connection, self->storage, self->public_url, self->settle_msec);
  if (line == NULL)
    return;
  g_hash_table_insert (self->lines, g_strdup (line->connection->id), line);
  lobby_line_start (line);
}

/* Its line is told, then. */
static gboolean
is_not_among (gpointer id,
              gpointer line,
              gpointer connections)
{
  for (guint i = 0; i < ((GPtrArray *)connections)->len; i++)
    {
      const LobbyConnection *connection = g_ptr_array_index ((GPtrArray *)connections, i);

      if (strcmp (connection->id, id) == 0)
        return FALSE;
    }
  lobby_line_remove (line);
  return TRUE;
}

static void
drop_removed (LobbyWhatsapp *self,
              GPtrArray *connections)
{
  guint n = g_hash_table_foreach_remove (self->lines, is_not_among, connections);

  if (n > 0)
    lobby_log_event (G_LOG_LEVEL_MESSAGE, G_LOG_DOMAIN, "a connection was taken off the line", NULL);
}

/* A slice a turn: there may be thousands. */
static DexFuture *
end_waiting_fiber (gpointer data)
{
  LobbyWhatsapp *self = data;
  gboolean more = FALSE;

  while (self->started && (more || self->removed_some))
    {
      g_autoptr (GError) error = NULL;

      self->removed_some = FALSE;
      if (lobby_storage (self->storage, end_waiting, ENDED_AT_ONCE, &more, &error) && dex_await (lobby_storage_commit (self->storage), &error))
        continue;
      lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "what waits for a removed connection waits on", "reason", error->message, NULL);
      more = TRUE;
      dex_await (dex_timeout_new_msec (RETRY_MSEC), NULL);
    }
  self->ending_waiting = FALSE;
  return dex_future_new_true ();
}

static void
end_waiting (LobbyWhatsapp *self)
{
  self->removed_some = TRUE;
  if (self->ending_waiting)
    return;
  self->ending_waiting = TRUE;
  lobby_async_go (end_waiting_fiber, g_object_ref (self), g_object_unref);
}

void
lobby_whatsapp_reload (LobbyWhatsapp *self)
{
  g_autoptr (GPtrArray) connections = NULL;
  g_autoptr (GError) error = NULL;

  if (!self->started)
    return;
  connections = lobby_storage (self->storage, list_connections, NULL, &error);
  if (connections == NULL)
    {
      lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "the connections stay as they were", "reason", error->message, NULL);
      return;
    }
  drop_removed (self, connections);
  for (guint i = 0; i < connections->len; i++)
    {
      LobbyConnection *connection = g_ptr_array_index (connections, i);

      g_ptr_array_index (connections, i) = NULL;
      take_connection (self, connection);
    }
  end_waiting (self);
}

static void
add_news (LobbyWhatsapp *self,
          LobbyConnection *connection)
{
  LobbyLine *line = lobby_whatsapp_find_line (self, connection->id);

  if (line == NULL)
    return;
  connection->last_event_at = MAX (connection->last_event_at, line->last_event_at);
  if (LOBBY_ADAPTER_GET_IFACE (line->adapter)->get_link != NULL)
    LOBBY_ADAPTER_GET_IFACE (line->adapter)->get_link (line->adapter, connection);
}

LobbyConnection *
lobby_whatsapp_get_connection (LobbyWhatsapp *self,
                               const char *connection_id)
{
  LobbyConnection *connection = lobby_storage (self->storage, get_connection, connection_id);

  if (connection != NULL)
    add_news (self, connection);
  return connection;
}

GPtrArray *
lobby_whatsapp_list_connections (LobbyWhatsapp *self,
                                 const char *business_id,
                                 GError **error)
{
  GPtrArray *connections = lobby_storage (self->storage, list_connections, business_id, error);

  for (guint i = 0; connections != NULL && i < connections->len; i++)
    add_news (self, g_ptr_array_index (connections, i));
  return connections;
}

DexFuture *
lobby_whatsapp_check (LobbyWhatsapp *self,
                      const char *connection_id)
{
  LobbyLine *line = lobby_whatsapp_find_line (self, connection_id);

  return line != NULL ? lobby_connection_watch_check (line->watch) : dex_future_new_false ();
}

LobbyAdapter *
lobby_whatsapp_get_adapter (LobbyWhatsapp *self,
                            const char *connection_id)
{
  return find_adapter (connection_id, self);
}

DexFuture *
lobby_whatsapp_sync_templates (LobbyWhatsapp *self,
                               const char *connection_id)
{
  LobbyLine *line = lobby_whatsapp_find_line (self, connection_id);

  if (line == NULL || line->templates == NULL)
    return dex_future_new_for_error (lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, NULL, "This connection knows no templates"));
  return lobby_template_sync_now (line->templates);
}

DexFuture *
lobby_whatsapp_link (LobbyWhatsapp *self,
                     const char *connection_id,
                     const char *phone_number)
{
  LobbyLine *line = lobby_whatsapp_find_line (self, connection_id);

  if (line == NULL || LOBBY_ADAPTER_GET_IFACE (line->adapter)->link == NULL)
    return NULL;
  return LOBBY_ADAPTER_GET_IFACE (line->adapter)->link (line->adapter, phone_number);
}

DexFuture *
lobby_whatsapp_unlink (LobbyWhatsapp *self,
                       const char *connection_id)
{
  LobbyLine *line = lobby_whatsapp_find_line (self, connection_id);

  if (line == NULL || LOBBY_ADAPTER_GET_IFACE (line->adapter)->unlink == NULL)
    return NULL;
  return LOBBY_ADAPTER_GET_IFACE (line->adapter)->unlink (line->adapter);
}

LobbyCapabilities
lobby_whatsapp_get_capabilities (LobbyWhatsapp *self,
                                 const char *connection_id)
{
  LobbyLine *line = lobby_whatsapp_find_line (self, connection_id);

  return line != NULL ? LOBBY_ADAPTER_GET_IFACE (line->adapter)->get_capabilities (line->adapter) : 0;
}

void
lobby_whatsapp_wake (LobbyWhatsapp *self,
                     const char *connection_id)
{
  LobbyLine *line = lobby_whatsapp_find_line (self, connection_id);

  if (line != NULL)
    lobby_outbound_queue_wake (line->queue);
}

void
lobby_whatsapp_agent_read (LobbyWhatsapp *self,
                           const char *connection_id,
                           const char *whatsapp_message_id)
{
  LobbyLine *line = lobby_whatsapp_find_line (self, connection_id);
  g_autoptr (LobbyWireMessage) message = NULL;

  if (line == NULL || !self->started || whatsapp_message_id == NULL)
    return;
  if (LOBBY_ADAPTER_GET_IFACE (line->adapter)->attend != NULL)
    {
      message = lobby_storage (self->storage, find_message, connection_id, whatsapp_message_id);
      if (message != NULL)
        LOBBY_ADAPTER_GET_IFACE (line->adapter)->attend (line->adapter, message->conversation_id);
    }
  if (line->connection->send_read_receipts)
    lobby_receipts_read (self->receipts, line->adapter, whatsapp_message_id);
}

void
lobby_whatsapp_agent_typing (LobbyWhatsapp *self,
                             const char *conversation_id,
                             gboolean typing)
{
  g_autoptr (LobbyWireConversation) conversation = self->started ? lobby_storage (self->storage, get_conversation, conversation_id) : NULL;
  LobbyLine *line = conversation != NULL ? lobby_whatsapp_find_line (self, conversation->connection_id) : NULL;
  LobbyAdapterInterface *iface = line != NULL ? LOBBY_ADAPTER_GET_IFACE (line->adapter) : NULL;

  if (iface == NULL)
    return;
  if (iface->attend != NULL)
    iface->attend (line->adapter, conversation_id);
  /* WhatsApp marks as read with it, which the connection's policy may forbid. */
  if (!line->connection->send_read_receipts)
    return;
  if (iface->set_typing != NULL)
    iface->set_typing (line->adapter, conversation_id, typing);
  else if (typing)
    lobby_receipts_typing (self->receipts, line->adapter, conversation_id, g_get_monotonic_time () / 1000);
}
