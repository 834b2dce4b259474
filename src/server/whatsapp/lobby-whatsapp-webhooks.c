/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-log.h"
#include "lobby-metrics.h"
#include "lobby-webhook-signature.h"
#include "lobby-whatsapp-private.h"

#include <string.h>

/* Meta's bodies have up to 3 MB (CLOUD_API 7.1). */
#define MAX_WEBHOOK (4 * 1024 * 1024)
#define LARGE_WEBHOOK (64 * 1024)
#define MAX_CHALLENGE 1024

/* The line of a webhook's address; answers 404 when there is none. A connection that was just added is found too. */
static LobbyLine *
find_line_of (LobbyWhatsapp *self,
              LobbyHttpExchange *exchange,
              const char *kind)
{
  const char *id = lobby_http_exchange_get_parameter (exchange, "connectionId");
  LobbyLine *line = lobby_whatsapp_find_line (self, id);

  if (line == NULL)
    {
      g_autoptr (LobbyConnection) connection = lobby_storage (self->storage, get_connection, id);

      if (connection != NULL)
        lobby_whatsapp_reload (self);
      line = lobby_whatsapp_find_line (self, id);
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
  gboolean is_taken; /* by the pump already */
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
  if (!waiting->is_taken)
    lobby_delivery_pump_wake (self->pump);
}

static void
take_delivery (LobbyWhatsapp *self,
               LobbyHttpExchange *exchange,
               LobbyLine *line,
               gboolean is_signed)
{
  GBytes *body = lobby_http_exchange_get_body (exchange);
  g_autoptr (LobbyDelivery) delivery = NULL;
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
  delivery = lobby_storage (self->storage, put_delivery, line->connection->id, body, &error);
  if (delivery == NULL)
    {
      answer_delivery (error, waiting);
      return;
    }
  lobby_storage (self->storage, after_commit, answer_delivery, waiting);
  waiting->is_taken = lobby_delivery_pump_take (self->pump, delivery);
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
  gboolean is_signed = dex_await_boolean (lobby_async_compute (verify_in_thread, inspection, NULL), NULL);
  LobbyLine *line = lobby_whatsapp_find_line (inspection->self, inspection->connection_id);

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

void
lobby_whatsapp_route_webhooks (LobbyWhatsapp *self,
                               LobbyHttpServer *http)
{
  lobby_http_server_route (http, "GET", "/webhooks/cloud/{connectionId}", 0, handle_verification, self);
  lobby_http_server_route (http, "POST", "/webhooks/cloud/{connectionId}", MAX_WEBHOOK, handle_delivery, self);
  lobby_http_server_route (http, "POST", "/webhooks/gateway/{connectionId}", MAX_WEBHOOK, handle_gateway_delivery, self);
}

void
lobby_whatsapp_write_heard (LobbyWhatsapp *self)
{
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
}
