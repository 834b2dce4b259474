/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

static void
on_health (LobbyHttpExchange *exchange,
           gpointer data)
{
  lobby_http_exchange_answer_json (exchange, 200, g_strdup ("{\"ok\":true}"));
}

void
lobby_rest_add_health_route (LobbyRest *self,
                             LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_ANYBODY, "GET", "/healthz", 0, on_health);
}
