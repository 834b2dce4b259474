/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

/* For load balancers and whoever restarts what does not answer: 503 means that somebody else should be asked. */
static void
on_health (LobbyHttpExchange *exchange,
           gpointer data)
{
  LobbyRest *self = data;

  if (self->draining)
    lobby_http_exchange_answer_error (exchange, 503, "stopping", "The server is going down");
  else if (!lobby_storage (self->storage, is_writable))
    lobby_http_exchange_answer_error (exchange, 503, "storage_full", "The disk takes nothing");
  else
    lobby_http_exchange_answer_json (exchange, 200, g_strdup ("{\"ok\":true}"));
}

void
lobby_rest_set_draining (LobbyRest *self)
{
  self->draining = TRUE;
}

void
lobby_rest_add_health_route (LobbyRest *self,
                             LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_ANYBODY, "GET", "/healthz", 0, on_health);
}
