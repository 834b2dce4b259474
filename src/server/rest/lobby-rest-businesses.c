/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include "lobby-connection-json.h"

static JsonArray *
connections_to_json (LobbyRest *self,
                     const char *business_id,
                     GError **error)
{
  g_autoptr (GPtrArray) connections = lobby_whatsapp_list_connections (self->whatsapp, business_id, error);
  JsonArray *array;

  if (connections == NULL)
    return NULL;
  array = json_array_new ();
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

static JsonObject *
business_to_json (LobbyRest *self,
                  const LobbyBusiness *business,
                  GError **error)
{
  JsonArray *connections = connections_to_json (self, business->id, error);
  JsonObject *json;

  if (connections == NULL)
    return NULL;
  json = json_object_new ();
  json_object_set_string_member (json, "id", business->id);
  json_object_set_string_member (json, "name", business->name);
  json_object_set_int_member (json, "seq", business->seq);
  json_object_set_array_member (json, "connections", connections);
  json_object_set_array_member (json, "agents", agents_to_json (self, business->id));
  return json;
}

static void
on_list_businesses (LobbyHttpExchange *exchange,
                    gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) businesses = lobby_storage (self->storage, list_businesses, agent->id, &error);
  g_autoptr (JsonObject) json = json_object_new ();
  JsonArray *array = json_array_new ();

  json_object_set_array_member (json, "businesses", array);
  for (guint i = 0; error == NULL && i < businesses->len; i++)
    {
      JsonObject *business = business_to_json (self, g_ptr_array_index (businesses, i), &error);

      if (business != NULL)
        json_array_add_object_element (array, business);
    }
  if (error != NULL)
    lobby_rest_answer_storage_error (exchange, error);
  else
    lobby_rest_answer (self, exchange, 200, g_steal_pointer (&json));
}

void
lobby_rest_add_business_routes (LobbyRest *self,
                                LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/businesses", 0, on_list_businesses);
}
