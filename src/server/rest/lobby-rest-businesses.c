/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include "lobby-json.h"

static JsonObject *
capabilities_to_json (LobbyCapabilities capabilities)
{
  const struct
  {
    const char *name;
    LobbyCapabilities flag;
  } names[] = {
    { "customer_typing", LOBBY_CAN_CUSTOMER_TYPING },
    { "edit", LOBBY_CAN_EDIT },
    { "revoke", LOBBY_CAN_REVOKE },
    { "templates", LOBBY_CAN_TEMPLATES },
    { "service_window", LOBBY_HAS_SERVICE_WINDOW },
    { "read_receipts", LOBBY_CAN_READ_RECEIPTS },
    { "typing", LOBBY_CAN_TYPING },
    { "reactions", LOBBY_CAN_REACTIONS },
    { "interactive", LOBBY_CAN_INTERACTIVE },
  };
  JsonObject *json = json_object_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    json_object_set_boolean_member (json, names[i].name, (capabilities & names[i].flag) != 0);
  return json;
}

static JsonArray *
connections_to_json (LobbyRest *self,
                     const char *business_id)
{
  g_autoptr (GPtrArray) connections = lobby_storage (self->storage, list_connections, business_id);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < connections->len; i++)
    {
      const LobbyConnection *connection = g_ptr_array_index (connections, i);
      JsonObject *json = json_object_new ();

      json_object_set_string_member (json, "id", connection->id);
      json_object_set_string_member (json, "business_id", connection->business_id);
      json_object_set_string_member (json, "kind", connection->kind);
      json_object_set_string_member (json, "name", connection->name);
      lobby_json_set_string (json, "phone_number", connection->phone_number);
      json_object_set_string_member (json, "state", connection->state);
      lobby_json_set_string (json, "reason", connection->reason);
      json_object_set_object_member (json, "capabilities",
                                     capabilities_to_json (lobby_whatsapp_get_capabilities (self->whatsapp, connection->id)));
      json_array_add_object_element (array, json);
    }
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
