/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-metrics.h"
#include "lobby-webhook-signature.h"

static gboolean
is_of_this_machine (LobbyHttpExchange *exchange)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (lobby_http_exchange_get_client (exchange));

  return address != NULL && g_inet_address_get_is_loopback (address);
}

static gboolean
may_read (LobbyRest *self,
          LobbyHttpExchange *exchange)
{
  const char *header = lobby_http_exchange_get_header (exchange, "Authorization");

  if (self->metrics_token != NULL && header != NULL && g_ascii_strncasecmp (header, "Bearer ", 7) == 0)
    return lobby_webhook_secret_equal (header + 7, self->metrics_token);
  return is_of_this_machine (exchange);
}

static void
write_connections (LobbyRest *self,
                   GString *text)
{
  static const char *const states[] = { "connected", "connecting", "disconnected" };
  g_autoptr (GPtrArray) connections = lobby_storage (self->storage, list_connections, NULL, NULL);

  if (connections == NULL)
    return;
  lobby_metrics_head (text, "lobby_connections", "WhatsApp numbers by their state");
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    {
      guint n = 0;

      for (guint j = 0; j < connections->len; j++)
        n += strcmp (((LobbyConnection *)g_ptr_array_index (connections, j))->state, states[i]) == 0 ? 1 : 0;
      lobby_metrics_gauge (text, "lobby_connections", "state", states[i], n);
    }
}

/* @since 0: nothing waits. */
static double
age (gint64 since)
{
  return since > 0 ? (double)MAX (lobby_clock_now () - since, 0) / 1000 : 0;
}

static void
write_one (GString *text,
           const char *name,
           const char *help,
           double number)
{
  lobby_metrics_head (text, name, help);
  lobby_metrics_gauge (text, name, NULL, NULL, number);
}

static void
write_storage (LobbyRest *self,
               GString *text)
{
  static const char *const states[] = { "queued", "sending", "unknown" };
  LobbyFigures figures;

  lobby_storage (self->storage, get_figures, &figures);
  lobby_metrics_head (text, "lobby_outbound_messages", "What waits to be handed to WhatsApp");
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    lobby_metrics_gauge (text, "lobby_outbound_messages", "state", states[i], (double)figures.outbound[i]);
  write_one (text, "lobby_outbound_age_seconds", "How long the oldest of them waits", age (figures.outbound_since));
  lobby_metrics_head (text, "lobby_deliveries", "Stored deliveries of WhatsApp that are not worked in");
  lobby_metrics_gauge (text, "lobby_deliveries", "state", "waiting", (double)figures.deliveries_waiting);
  lobby_metrics_gauge (text, "lobby_deliveries", "state", "set_aside", (double)figures.deliveries_set_aside);
  write_one (text, "lobby_deliveries_age_seconds", "How long the oldest waiting one does", age (figures.deliveries_since));
  write_one (text, "lobby_media_jobs", "Files still to be fetched from WhatsApp", (double)figures.media_jobs);
  lobby_metrics_head (text, "lobby_database_bytes", "Size of the database");
  lobby_metrics_gauge (text, "lobby_database_bytes", "file", "database", (double)figures.database_bytes);
  lobby_metrics_gauge (text, "lobby_database_bytes", "file", "log", (double)figures.log_bytes);
  write_one (text, "lobby_storage_writable", "1, or 0 after the disk refused a write", lobby_storage (self->storage, is_writable) ? 1 : 0);
}

static void
on_metrics (LobbyHttpExchange *exchange,
            gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GBytes) body = NULL;

  if (!may_read (self, exchange))
    {
      lobby_http_exchange_answer_error (exchange, 403, "forbidden", "Only for this machine, or with the token of the settings");
      return;
    }
  write_connections (self, text);
  write_one (text, "lobby_sockets", "Live connections of agents", lobby_hub_count_sockets (self->hub));
  write_one (text, "lobby_http_connections", "HTTP connections, without live ones", lobby_http_server_count_connections (self->http));
  write_one (text, "lobby_http_requests", "Requests under way", lobby_http_server_count_exchanges (self->http));
  write_storage (self, text);
  lobby_metrics_write (text);
  body = g_string_free_to_bytes (g_steal_pointer (&text));
  lobby_http_exchange_add_header (exchange, "Cache-Control", "no-store");
  lobby_http_exchange_answer (exchange, 200, "text/plain; version=0.0.4; charset=utf-8", body);
}

void
lobby_rest_set_metrics_token (LobbyRest *self,
                              const char *token)
{
  g_set_str (&self->metrics_token, token);
}

void
lobby_rest_add_metrics_route (LobbyRest *self,
                              LobbyHttpServer *http)
{
  self->http = http;
  lobby_rest_route (self, http, LOBBY_REST_ANYBODY, "GET", "/metrics", 0, on_metrics);
}
