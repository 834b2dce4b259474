/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-whatsapp.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-delivery-pump.h"
#include "lobby-line.h"
#include "lobby-log.h"
#include "lobby-metrics.h"
#include "lobby-receipts.h"
#include "lobby-webhook-signature.h"

#include <string.h>

/* Meta's bodies have up to 3 MB (CLOUD_API 7.1). */
#define MAX_WEBHOOK (4 * 1024 * 1024)
#define LARGE_WEBHOOK (64 * 1024)
#define MAX_CHALLENGE 1024
#define HEARD_SEC 60

struct _LobbyWhatsapp
{
  GObject parent_instance;

  LobbyStorage *storage;
  GHashTable *lines; /* connection id → LobbyLine */
  LobbyDeliveryPump *pump;
  LobbyMediaFetcher *fetcher;
  LobbyReceipts *receipts;
  guint settle_msec;
  char *public_url;
  gboolean started;
  guint heard_timer;
};

G_DEFINE_FINAL_TYPE (LobbyWhatsapp, lobby_whatsapp, G_TYPE_OBJECT)

static LobbyLine *
find_line (LobbyWhatsapp *self,
           const char *connection_id)
{
  return g_hash_table_lookup (self->lines, connection_id);
}

static LobbyAdapter *
find_adapter (const char *connection_id,
              gpointer data)
{
  LobbyLine *line = find_line (data, connection_id);

  return line != NULL ? line->adapter : NULL;
}

/* The line of a webhook's address; answers 404 when there is none. A connection that was just added is found too. */
static LobbyLine *
find_line_of (LobbyWhatsapp *self,
              LobbyHttpExchange *exchange,
              const char *kind)
{
  const char *id = lobby_http_exchange_get_parameter (exchange, "connectionId");
  LobbyLine *line = find_line (self, id);

  if (line == NULL)
    {
      g_autoptr (LobbyConnection) connection = lobby_storage (self->storage, get_connection, id);

      if (connection != NULL)
        lobby_whatsapp_reload (self);
      line = find_line (self, id);
    }
  if (line != NULL && strcmp (line->connection->kind, kind) != 0)
    line = NULL;
  if (line == NULL)
    lobby_http_exchange_answer_error (exchange, 404, "not_found", "There is no such connection.");
  return line;
}

/* @verified_at: 0 when it is not about the address. */
static void
write_heard (LobbyWhatsapp *self,
             LobbyLine *line,
             gint64 verified_at)
{
  g_autoptr (GError) error = NULL;

  if (!lobby_storage (self->storage, heard_connection, line->connection->id, line->last_event_at, verified_at, &error))
    lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "when WhatsApp was heard could not be stored",
                     "connection", line->connection->id, "error", error->message, NULL);
}

/* Meta proves to itself that the address is ours (CLOUD_API 7.1). */
static void
handle_verification (LobbyHttpExchange *exchange,
                     gpointer data)
{
  LobbyWhatsapp *self = data;
  LobbyLine *line = find_line_of (self, exchange, "cloud");
  const char *challenge = lobby_http_exchange_get_query (exchange, "hub.challenge");
  g_autoptr (GBytes) body = NULL;

  if (line == NULL)
    return;
  if (g_strcmp0 (lobby_http_exchange_get_query (exchange, "hub.mode"), "subscribe") != 0
      || challenge == NULL || strlen (challenge) > MAX_CHALLENGE
      || !lobby_webhook_secret_equal (lobby_http_exchange_get_query (exchange, "hub.verify_token"), line->connection->verify_token))
    {
      lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "a webhook verification was refused", "connection", line->connection->id, NULL);
      lobby_http_exchange_answer_error (exchange, 403, "forbidden", "The verification token is wrong.");
      return;
    }
  lobby_log_event (G_LOG_LEVEL_MESSAGE, G_LOG_DOMAIN, "webhook address verified", "connection", line->connection->id, NULL);
  write_heard (self, line, lobby_clock_now ());
  body = g_bytes_new (challenge, strlen (challenge));
  /* It echoes what somebody sent: never to be taken for a page. */
  lobby_http_exchange_add_header (exchange, "X-Content-Type-Options", "nosniff");
  lobby_http_exchange_answer (exchange, 200, "text/plain", body);
}

typedef struct
{
  LobbyWhatsapp *self;
  LobbyHttpExchange *exchange;
} Waiting;

static void
answer_delivery (const GError *error,
                 gpointer data)
{
  g_autofree Waiting *waiting = data;
  g_autoptr (LobbyWhatsapp) self = waiting->self;

  if (error != NULL)
    {
      lobby_metrics_add (LOBBY_METRIC_WEBHOOKS, "failed", 1);
      lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "a webhook could not be stored", "error", error->message, NULL);
      lobby_http_exchange_answer_error (waiting->exchange, 500, "not_stored", "The delivery was not kept. Try again.");
      return;
    }
  lobby_metrics_add (LOBBY_METRIC_WEBHOOKS, "stored", 1);
  lobby_http_exchange_answer_json (waiting->exchange, 200, g_strdup ("{\"success\":true}"));
  lobby_delivery_pump_wake (self->pump);
}

static void
take_delivery (LobbyWhatsapp *self,
               LobbyHttpExchange *exchange,
               LobbyLine *line,
               gboolean is_signed)
{
  GBytes *body = lobby_http_exchange_get_body (exchange);
  g_autoptr (GError) error = NULL;
  Waiting *waiting;

  if (!is_signed)
    {
      lobby_metrics_add (LOBBY_METRIC_WEBHOOKS, "refused", 1);
      lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "a webhook with a wrong signature was refused",
                       "connection", line->connection->id, "address", lobby_http_exchange_get_client (exchange), NULL);
      lobby_http_exchange_answer_error (exchange, 401, "bad_signature", "The signature is missing or wrong.");
      return;
    }

  line->last_event_at = lobby_clock_now ();
  waiting = g_new0 (Waiting, 1);
  waiting->self = g_object_ref (self);
  waiting->exchange = exchange;
  if (lobby_storage (self->storage, put_delivery, line->connection->id, body, &error))
    lobby_storage (self->storage, after_commit, answer_delivery, waiting);
  else
    answer_delivery (error, waiting);
}

/* A large body, whose signature is looked at elsewhere: 3 MB would hold the main loop for tens of ms. */
typedef struct
{
  LobbyWhatsapp *self;
  LobbyHttpExchange *exchange;
  char *connection_id;
  LobbySignatureVerify verify;
  char *header;
  GBytes *body;
  char *secret;
} Inspection;

static void
inspection_free (gpointer data)
{
  Inspection *inspection = data;

  g_object_unref (inspection->self);
  g_free (inspection->connection_id);
  g_free (inspection->header);
  g_bytes_unref (inspection->body);
  if (inspection->secret != NULL)
    explicit_bzero (inspection->secret, strlen (inspection->secret));
  g_free (inspection->secret);
  g_free (inspection);
}

static gboolean
verify_in_thread (gpointer data,
                  GValue *result,
                  GError **error)
{
  const Inspection *inspection = data;

  g_value_init (result, G_TYPE_BOOLEAN);
  g_value_set_boolean (result, inspection->verify (inspection->header, inspection->body, inspection->secret));
  return TRUE;
}

static DexFuture *
inspect_fiber (gpointer data)
{
  Inspection *inspection = data;
  gboolean is_signed = dex_await_boolean (lobby_async_run_in_thread (verify_in_thread, inspection, NULL), NULL);
  LobbyLine *line = find_line (inspection->self, inspection->connection_id);

  if (line != NULL)
    take_delivery (inspection->self, inspection->exchange, line, is_signed);
  else
    lobby_http_exchange_answer_error (inspection->exchange, 404, "not_found", "There is no such connection.");
  return dex_future_new_true ();
}

static void
verify_delivery (LobbyWhatsapp *self,
                 LobbyHttpExchange *exchange,
                 LobbyLine *line,
                 LobbySignatureVerify verify,
                 const char *header_name,
                 const char *secret)
{
  const char *header = lobby_http_exchange_get_header (exchange, header_name);
  GBytes *body = lobby_http_exchange_get_body (exchange);
  Inspection *inspection;

  if (g_bytes_get_size (body) < LARGE_WEBHOOK)
    {
      take_delivery (self, exchange, line, verify (header, body, secret));
      return;
    }
  inspection = g_new (Inspection, 1);
  *inspection = (Inspection){ g_object_ref (self), exchange, g_strdup (line->connection->id), verify, g_strdup (header), g_bytes_ref (body), g_strdup (secret) };
  lobby_async_go (inspect_fiber, inspection, inspection_free);
}

static void
handle_delivery (LobbyHttpExchange *exchange,
                 gpointer data)
{
  LobbyLine *line = find_line_of (data, exchange, "cloud");

  if (line != NULL)
    verify_delivery (data, exchange, line, lobby_webhook_signature_verify, "X-Hub-Signature-256", line->connection->app_secret);
}

static void
handle_gateway_delivery (LobbyHttpExchange *exchange,
                         gpointer data)
{
  LobbyLine *line = find_line_of (data, exchange, "gateway");

  if (line != NULL)
    verify_delivery (data, exchange, line, lobby_webhook_hmac_verify, "X-Webhook-Hmac", line->connection->webhook_key);
}

/* Now and then instead of with every webhook: it is worth no commit of its own. */
static gboolean
on_heard_timer (gpointer data)
{
  LobbyWhatsapp *self = data;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->lines);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      LobbyLine *line = value;

      if (line->last_event_at > line->written_event_at)
        write_heard (self, line, 0);
      line->written_event_at = line->last_event_at;
    }
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
  const char *settle = g_getenv ("LOBBYD_SETTLE_MSEC");
  guint64 msec;

  self->lines = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)lobby_line_free);
  self->settle_msec = LOBBY_OUTBOUND_SETTLE_MSEC;
  if (settle != NULL && g_ascii_string_to_unsigned (settle, 10, 1, G_MAXINT, &msec, NULL))
    self->settle_msec = (guint)msec;
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
  lobby_http_server_route (http, "GET", "/webhooks/cloud/{connectionId}", 0, handle_verification, self);
  lobby_http_server_route (http, "POST", "/webhooks/cloud/{connectionId}", MAX_WEBHOOK, handle_delivery, self);
  lobby_http_server_route (http, "POST", "/webhooks/gateway/{connectionId}", MAX_WEBHOOK, handle_gateway_delivery, self);
  self->public_url = g_strdup_printf ("http://127.0.0.1:%u", lobby_http_server_get_port (http));
  return self;
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
    on_heard_timer (self);
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
  LobbyLine *line = find_line (self, connection->id);

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

void
lobby_whatsapp_reload (LobbyWhatsapp *self)
{
  g_autoptr (GPtrArray) connections = NULL;

  if (!self->started)
    return;
  connections = lobby_storage (self->storage, list_connections, NULL);
  if (connections == NULL)
    return;
  drop_removed (self, connections);
  for (guint i = 0; i < connections->len; i++)
    {
      LobbyConnection *connection = g_ptr_array_index (connections, i);

      g_ptr_array_index (connections, i) = NULL;
      take_connection (self, connection);
    }
}

static void
add_news (LobbyWhatsapp *self,
          LobbyConnection *connection)
{
  LobbyLine *line = find_line (self, connection->id);

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
                                 const char *business_id)
{
  GPtrArray *connections = lobby_storage (self->storage, list_connections, business_id);

  if (connections == NULL)
    return g_ptr_array_new ();
  for (guint i = 0; i < connections->len; i++)
    add_news (self, g_ptr_array_index (connections, i));
  return connections;
}

DexFuture *
lobby_whatsapp_check (LobbyWhatsapp *self,
                      const char *connection_id)
{
  LobbyLine *line = find_line (self, connection_id);

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
  LobbyLine *line = find_line (self, connection_id);

  if (line == NULL || line->templates == NULL)
    return dex_future_new_for_error (lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, NULL, "This connection knows no templates"));
  return lobby_template_sync_now (line->templates);
}

DexFuture *
lobby_whatsapp_link (LobbyWhatsapp *self,
                     const char *connection_id,
                     const char *phone_number)
{
  LobbyLine *line = find_line (self, connection_id);

  if (line == NULL || LOBBY_ADAPTER_GET_IFACE (line->adapter)->link == NULL)
    return NULL;
  return LOBBY_ADAPTER_GET_IFACE (line->adapter)->link (line->adapter, phone_number);
}

DexFuture *
lobby_whatsapp_unlink (LobbyWhatsapp *self,
                       const char *connection_id)
{
  LobbyLine *line = find_line (self, connection_id);

  if (line == NULL || LOBBY_ADAPTER_GET_IFACE (line->adapter)->unlink == NULL)
    return NULL;
  return LOBBY_ADAPTER_GET_IFACE (line->adapter)->unlink (line->adapter);
}

LobbyCapabilities
lobby_whatsapp_get_capabilities (LobbyWhatsapp *self,
                                 const char *connection_id)
{
  LobbyLine *line = find_line (self, connection_id);

  return line != NULL ? LOBBY_ADAPTER_GET_IFACE (line->adapter)->get_capabilities (line->adapter) : 0;
}

void
lobby_whatsapp_wake (LobbyWhatsapp *self,
                     const char *connection_id)
{
  LobbyLine *line = find_line (self, connection_id);

  if (line != NULL)
    lobby_outbound_queue_wake (line->queue);
}

void
lobby_whatsapp_agent_read (LobbyWhatsapp *self,
                           const char *connection_id,
                           const char *whatsapp_message_id)
{
  LobbyLine *line = find_line (self, connection_id);
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
  LobbyLine *line = conversation != NULL ? find_line (self, conversation->connection_id) : NULL;
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
    lobby_receipts_typing (self->receipts, line->adapter, conversation_id);
}
