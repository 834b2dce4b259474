/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-connection-json.h"
#include "lobby-cloud-adapter.h"
#include "lobby-gateway-adapter.h"
#include "lobby-json.h"
#include "lobby-media-limits.h"
#include "lobby-wire-reader.h"

#include <string.h>

static JsonObject *
capabilities_to_json (LobbyCapabilities capabilities,
                      const char *connection_kind)
{
  static const struct
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
  json_object_set_object_member (json, "limits", lobby_media_limits_to_json (connection_kind));
  return json;
}

static void
add_settings (JsonObject *json,
              const LobbyConnection *connection)
{
  lobby_json_set_string (json, "graph_url", connection->graph_url);
  lobby_json_set_string (json, "phone_number_id", connection->phone_number_id);
  lobby_json_set_string (json, "waba_id", connection->waba_id);
  lobby_json_set_string (json, "verify_token", connection->verify_token);
  lobby_json_set_string (json, "gateway_url", connection->gateway_url);
  lobby_json_set_string (json, "session", connection->gateway_session);
  lobby_json_set_string (json, "qr", connection->qr);
  lobby_json_set_string (json, "code", connection->code);
  json_object_set_boolean_member (json, "send_read_receipts", connection->send_read_receipts);
}

static JsonArray *
alerts_to_json (GPtrArray *alerts)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; alerts != NULL && i < alerts->len; i++)
    {
      const LobbyAlert *alert = g_ptr_array_index (alerts, i);
      JsonObject *json = json_object_new ();

      json_object_set_string_member (json, "id", alert->id);
      lobby_wire_set_time (json, "at", alert->at);
      if (alert->code != 0)
        json_object_set_int_member (json, "code", alert->code);
      json_object_set_string_member (json, "severity", alert->severity);
      json_object_set_string_member (json, "title", alert->title);
      json_object_set_string_member (json, "message", alert->message);
      json_array_add_object_element (array, json);
    }
  return array;
}

char *
lobby_connection_dup_webhook_path (const LobbyConnection *connection)
{
  return g_strdup_printf ("/webhooks/%s/%s", connection->kind, connection->id);
}

JsonObject *
lobby_connection_to_json (const LobbyConnection *connection,
                          LobbyConnectionView view)
{
  JsonObject *json = json_object_new ();
  g_autofree char *path = lobby_connection_dup_webhook_path (connection);

  json_object_set_string_member (json, "id", connection->id);
  json_object_set_string_member (json, "business_id", connection->business_id);
  json_object_set_string_member (json, "kind", connection->kind);
  json_object_set_string_member (json, "name", connection->name);
  lobby_json_set_string (json, "phone_number", connection->phone_number);
  json_object_set_string_member (json, "state", connection->state);
  lobby_json_set_string (json, "step", connection->step);
  lobby_json_set_string (json, "reason", connection->reason);
  lobby_wire_set_time (json, "last_event_at", connection->last_event_at);
  json_object_set_string_member (json, "webhook_path", path);
  json_object_set_object_member (json, "capabilities",
                                 capabilities_to_json (strcmp (connection->kind, "cloud") == 0 ? LOBBY_CLOUD_CAPABILITIES : LOBBY_GATEWAY_CAPABILITIES, connection->kind));
  json_object_set_array_member (json, "alerts", alerts_to_json (connection->alerts));
  if (view == LOBBY_CONNECTION_FOR_OWNERS)
    add_settings (json, connection);
  return json;
}
