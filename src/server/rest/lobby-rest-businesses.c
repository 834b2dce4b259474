/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include "lobby-connection-json.h"

static JsonArray *
connections_to_json (LobbyRest *self,
                     const char *business_id)
{
  g_autoptr (GPtrArray) connections = lobby_whatsapp_list_connections (self->whatsapp, business_id);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < connections->len; i++)
    json_array_add_object_element (array, lobby_connection_to_json (g_ptr_array_index (connections, i), LOBBY_CONNECTION_FOR_AGENTS));
  return array;
}

static JsonArray *
agents_to_json (LobbyRest *self,
                const char *business_id)
{
  g_autoptr (GPtrArray) agents = lobby_storage (self->storage, list_agents, business_id);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < agents->len; i++)
    {
      const LobbyAgent *agent = g_ptr_array_index (agents, i);
      JsonObject *json = json_object_new ();

      json_object_set_string_member (json, "id", agent->id);
      json_object_set_string_member (json, "name", agent->name);
      json_array_add_object_element (array, json);
    }
  return array;
}

static void
on_list_businesses (LobbyHttpExchange *exchange,
                    gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (self, exchange);
  g_autoptr (GPtrArray) businesses = NULL;
  JsonObject *json;
  JsonArray *array;

  businesses = lobby_storage (self->storage, list_businesses, agent->id);
  array = json_array_new ();
  for (guint i = 0; i < businesses->len; i++)
    {
      const LobbyBusiness *business = g_ptr_array_index (businesses, i);
      JsonObject *element = json_object_new ();

      json_object_set_string_member (element, "id", business->id);
      json_object_set_string_member (element, "name", business->name);
      json_object_set_int_member (element, "seq", business->seq);
      json_object_set_array_member (element, "connections", connections_to_json (self, business->id));
      json_object_set_array_member (element, "agents", agents_to_json (self, business->id));
      json_array_add_object_element (array, element);
    }
  json = json_object_new ();
  json_object_set_array_member (json, "businesses", array);
  lobby_rest_answer (self, exchange, 200, json);
}

void
lobby_rest_add_business_routes (LobbyRest *self,
                                LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/businesses", 0, on_list_businesses);
}
