/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

#include "lobby-async.h"
#include "lobby-connection-json.h"
#include "lobby-connection-settings.h"
#include "lobby-connection-test.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-log.h"

/* The WhatsApp numbers of a business, for its owners. Secrets only ever come in. */

static void
answer_problem (LobbyHttpExchange *exchange,
                const LobbySettingProblem *problem)
{
  g_autoptr (JsonObject) json = json_object_new ();
  JsonObject *error = json_object_new ();

  json_object_set_string_member (error, "code", "invalid_setting");
  json_object_set_string_member (error, "field", problem->field);
  json_object_set_string_member (error, "message", problem->message);
  json_object_set_object_member (json, "error", error);
  lobby_http_exchange_answer_json (exchange, 422, lobby_json_object_to_string (json));
}

/* A storage error, of which "there is one already" is the owner's to understand. */
static void
answer_storage_error (LobbyHttpExchange *exchange,
                      const GError *error)
{
  if (g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS))
    lobby_http_exchange_answer_error (exchange, 409, "exists", error->message);
  else
    lobby_rest_answer_storage_error (exchange, error);
}

static LobbyConnection *
connection_of_path (LobbyRest *self,
                    LobbyHttpExchange *exchange)
{
  g_autoptr (LobbyAgent) owner = lobby_rest_authenticate (exchange);

  return lobby_rest_connection (self, exchange, owner, lobby_http_exchange_get_parameter (exchange, "id"));
}

void
lobby_rest_set_public_url (LobbyRest *self,
                           const char *url)
{
  g_set_str (&self->public_url, url);
}

/* The address to give to WhatsApp; NULL when it is not known, or for a connection that is not stored. (transfer full) */
static char *
dup_webhook_url (LobbyRest *self,
                 const LobbyConnection *connection)
{
  g_autofree char *path = connection->id != NULL ? lobby_connection_dup_webhook_path (connection) : NULL;

  return path != NULL && self->public_url != NULL ? g_strconcat (self->public_url, path, NULL) : NULL;
}

static JsonObject *
connection_to_json (LobbyRest *self,
                    const LobbyConnection *connection)
{
  JsonObject *json = lobby_connection_to_json (connection, LOBBY_CONNECTION_FOR_OWNERS);
  g_autofree char *webhook_url = dup_webhook_url (self, connection);

  if (webhook_url != NULL)
    json_object_set_string_member (json, "webhook_url", webhook_url);
  else
    json_object_set_null_member (json, "webhook_url");
  return json;
}

/* The connection as it is now. It may have been removed while something was waited for, or not be readable. */
static void
answer_one (LobbyRest *self,
            LobbyHttpExchange *exchange,
            guint status,
            const char *id,
            LobbyRestCommitted committed)
{
  g_autoptr (LobbyConnection) connection = lobby_whatsapp_get_connection (self->whatsapp, id);
  JsonObject *json;

  if (connection == NULL)
    {
      lobby_rest_answer_not_found (exchange);
      return;
    }
  json = json_object_new ();
  json_object_set_object_member (json, "connection", connection_to_json (self, connection));
  lobby_rest_answer_then (self, exchange, status, json, committed, NULL, NULL);
}

static void
on_list (LobbyHttpExchange *exchange,
         gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) owner = lobby_rest_authenticate (exchange);
  const char *business = lobby_http_exchange_get_query (exchange, "business");
  g_autoptr (GPtrArray) connections = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *json;
  JsonArray *array;

  if (business == NULL || !lobby_storage (self->storage, agent_may, owner->id, business))
    {
      lobby_rest_answer_not_found (exchange);
      return;
    }
  connections = lobby_whatsapp_list_connections (self->whatsapp, business, &error);
  if (connections == NULL)
    {
      lobby_rest_answer_storage_error (exchange, error);
      return;
    }
  array = json_array_new ();
  for (guint i = 0; i < connections->len; i++)
    json_array_add_object_element (array, connection_to_json (self, g_ptr_array_index (connections, i)));
  json = json_object_new ();
  json_object_set_array_member (json, "connections", array);
  lobby_rest_answer (self, exchange, 200, json);
}

static void
on_get (LobbyHttpExchange *exchange,
        gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyConnection) connection = connection_of_path (self, exchange);

  if (connection != NULL)
    answer_one (self, exchange, 200, connection->id, NULL);
}

static void
reload (LobbyRest *self,
        gpointer data)
{
  lobby_whatsapp_reload (self->whatsapp);
}

/* A connection out of a request that describes a new one; NULL: answered. */
static LobbyConnection *
connection_from_body (LobbyRest *self,
                      LobbyHttpExchange *exchange,
                      const LobbyAgent *owner,
                      JsonObject *body)
{
  g_autoptr (LobbyConnection) connection = g_new0 (LobbyConnection, 1);
  g_auto (LobbySettingProblem) problem = { NULL };

  connection->business_id = g_strdup (lobby_json_get_string (body, "business_id", LOBBY_ID_MAX));
  connection->kind = g_strdup (lobby_json_get_string (body, "kind", 64));
  connection->send_read_receipts = TRUE;
  if (connection->business_id == NULL || !lobby_storage (self->storage, agent_may, owner->id, connection->business_id))
    {
      lobby_rest_answer_not_found (exchange);
      return NULL;
    }
  if (!lobby_connection_take_json (connection, body, &problem) || !lobby_connection_complete (connection, &problem))
    {
      answer_problem (exchange, &problem);
      return NULL;
    }
  return g_steal_pointer (&connection);
}

/* The stored @connection with the changes of a request. FALSE: answered. */
static gboolean
change_connection (LobbyHttpExchange *exchange,
                   LobbyConnection *connection,
                   JsonObject *body)
{
  g_auto (LobbySettingProblem) problem = { NULL };

  if (lobby_connection_take_json (connection, body, &problem) && lobby_connection_complete (connection, &problem))
    return TRUE;
  answer_problem (exchange, &problem);
  return FALSE;
}

static void
on_add (LobbyHttpExchange *exchange,
        gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) owner = lobby_rest_authenticate (exchange);
  g_autoptr (JsonObject) body = lobby_rest_body (exchange);
  g_autoptr (LobbyConnection) connection = body != NULL ? connection_from_body (self, exchange, owner, body) : NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = NULL;

  if (connection == NULL)
    return;
  id = lobby_storage (self->storage, add_connection, connection, &error);
  if (id == NULL || !lobby_storage (self->storage, tell_connection, id, &error))
    {
      answer_storage_error (exchange, error);
      return;
    }
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "rest", "a connection was added", "connection", id, "agent", owner->id, NULL);
  answer_one (self, exchange, 201, id, reload);
}

static void
on_change (LobbyHttpExchange *exchange,
           gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyConnection) connection = connection_of_path (self, exchange);
  g_autoptr (JsonObject) body = connection != NULL ? lobby_rest_body (exchange) : NULL;
  g_autoptr (GError) error = NULL;

  if (body == NULL || !change_connection (exchange, connection, body))
    return;
  if (!lobby_storage (self->storage, update_connection, connection, &error))
    answer_storage_error (exchange, error);
  else
    answer_one (self, exchange, 200, connection->id, reload);
}

static void
on_remove (LobbyHttpExchange *exchange,
           gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyConnection) connection = connection_of_path (self, exchange);
  g_autoptr (GError) error = NULL;

  if (connection == NULL)
    return;
  if (!lobby_storage (self->storage, remove_connection, connection->id, &error))
    {
      lobby_rest_answer_storage_error (exchange, error);
      return;
    }
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "rest", "a connection was removed", "connection", connection->id, NULL);
  lobby_rest_answer_then (self, exchange, 204, NULL, reload, NULL, NULL);
}

static void
on_dismiss_alert (LobbyHttpExchange *exchange,
                  gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyConnection) connection = connection_of_path (self, exchange);
  g_autoptr (GError) error = NULL;

  if (connection == NULL)
    return;
  if (lobby_storage (self->storage, remove_alert, connection->id, lobby_http_exchange_get_parameter (exchange, "alertId"), &error))
    lobby_rest_answer (self, exchange, 204, NULL);
  else
    lobby_rest_answer_storage_error (exchange, error);
}

/* Asking WhatsApp */

typedef struct
{
  LobbyRest *rest;
  LobbyHttpExchange *exchange;
  LobbyConnection *connection;
} Asking;

static Asking *
asking_new (LobbyRest *self,
            LobbyHttpExchange *exchange,
            LobbyConnection *connection)
{
  Asking *asking = g_new0 (Asking, 1);

  asking->rest = g_object_ref (self);
  asking->exchange = exchange;
  asking->connection = connection;
  return asking;
}

static void
asking_free (gpointer data)
{
  Asking *asking = data;

  lobby_connection_free (asking->connection);
  g_object_unref (asking->rest);
  g_free (asking);
}

static JsonObject *
checks_to_json (GPtrArray *checks)
{
  JsonObject *json = json_object_new ();
  JsonArray *array = json_array_new ();
  gboolean all_ok = TRUE;

  for (guint i = 0; i < checks->len; i++)
    {
      const LobbyConnectionCheck *check = g_ptr_array_index (checks, i);
      JsonObject *element = json_object_new ();

      json_object_set_string_member (element, "id", check->id);
      json_object_set_boolean_member (element, "ok", check->ok);
      if (check->unknown)
        json_object_set_boolean_member (element, "unknown", TRUE);
      json_object_set_string_member (element, "message", check->message);
      json_array_add_object_element (array, element);
      all_ok = all_ok && (check->ok || check->unknown);
    }
  json_object_set_boolean_member (json, "ok", all_ok);
  json_object_set_array_member (json, "checks", array);
  return json;
}

static DexFuture *
test_fiber (gpointer data)
{
  Asking *asking = data;
  g_autofree char *webhook_url = dup_webhook_url (asking->rest, asking->connection);
  g_autoptr (GPtrArray) checks = dex_await_boxed (lobby_connection_test (asking->connection, webhook_url), NULL);

  lobby_rest_answer (asking->rest, asking->exchange, 200, checks_to_json (checks));
  return dex_future_new_true ();
}

/* The settings of the body alone, or over those of a stored connection. */
static void
on_test (LobbyHttpExchange *exchange,
         gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) owner = lobby_rest_authenticate (exchange);
  g_autoptr (JsonObject) body = lobby_rest_body (exchange);
  g_autoptr (LobbyConnection) connection = NULL;

  if (body == NULL)
    return;
  if (json_object_has_member (body, "id"))
    {
      g_autoptr (LobbyConnection) stored = lobby_rest_connection (self, exchange, owner, lobby_json_get_string (body, "id", LOBBY_ID_MAX));

      if (stored == NULL)
        return;
      connection = lobby_whatsapp_get_connection (self->whatsapp, stored->id);
      if (connection == NULL)
        lobby_rest_answer_busy (exchange);
      if (connection == NULL || !change_connection (exchange, connection, body))
        return;
    }
  else
    connection = connection_from_body (self, exchange, owner, body);
  if (connection != NULL)
    lobby_async_go (test_fiber, asking_new (self, exchange, g_steal_pointer (&connection)), asking_free);
}

static DexFuture *
check_fiber (gpointer data)
{
  Asking *asking = data;

  dex_await (lobby_whatsapp_check (asking->rest->whatsapp, asking->connection->id), NULL);
  answer_one (asking->rest, asking->exchange, 200, asking->connection->id, NULL);
  return dex_future_new_true ();
}

static void
on_check (LobbyHttpExchange *exchange,
          gpointer data)
{
  LobbyRest *self = data;
  LobbyConnection *connection = connection_of_path (self, exchange);

  if (connection != NULL)
    lobby_async_go (check_fiber, asking_new (self, exchange, connection), asking_free);
}

/* Linking */

typedef struct
{
  LobbyRest *rest;
  LobbyHttpExchange *exchange;
  DexFuture *future;
} Linking;

static void
linking_free (gpointer data)
{
  Linking *linking = data;

  dex_unref (linking->future);
  g_object_unref (linking->rest);
  g_free (linking);
}

static DexFuture *
link_fiber (gpointer data)
{
  Linking *linking = data;
  g_autoptr (GError) error = NULL;

  if (dex_await (dex_ref (linking->future), &error))
    lobby_rest_answer (linking->rest, linking->exchange, 202, NULL);
  else
    lobby_http_exchange_answer_error (linking->exchange, 502, "gateway_failed", error->message);
  return dex_future_new_true ();
}

/* Takes @future. */
static void
answer_when_begun (LobbyRest *self,
                   LobbyHttpExchange *exchange,
                   DexFuture *future)
{
  Linking *linking;

  if (future == NULL)
    {
      lobby_http_exchange_answer_error (exchange, 422, "not_supported_by_connection", "This connection has no phone to link");
      return;
    }
  linking = g_new0 (Linking, 1);
  linking->rest = g_object_ref (self);
  linking->exchange = exchange;
  linking->future = future;
  lobby_async_go (link_fiber, linking, linking_free);
}

static void
on_link (LobbyHttpExchange *exchange,
         gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyConnection) connection = connection_of_path (self, exchange);
  g_autoptr (JsonObject) body = connection != NULL ? lobby_rest_body (exchange) : NULL;
  g_auto (LobbySettingProblem) problem = { NULL };
  g_autofree char *number = NULL;
  const char *method;

  if (body == NULL)
    return;
  method = lobby_json_get_string (body, "method", 16);
  if (g_strcmp0 (method, "code") == 0)
    {
      number = lobby_connection_dup_number (lobby_json_get_string (body, "phone_number", 64), &problem);
      if (number == NULL)
        {
          answer_problem (exchange, &problem);
          return;
        }
    }
  else if (g_strcmp0 (method, "qr") != 0)
    {
      problem = (LobbySettingProblem){ "method", g_strdup ("A phone is linked by the method qr or code") };
      answer_problem (exchange, &problem);
      return;
    }
  answer_when_begun (self, exchange, lobby_whatsapp_link (self->whatsapp, connection->id, number));
}

static void
on_unlink (LobbyHttpExchange *exchange,
           gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyConnection) connection = connection_of_path (self, exchange);

  if (connection != NULL)
    answer_when_begun (self, exchange, lobby_whatsapp_unlink (self->whatsapp, connection->id));
}

void
lobby_rest_add_connection_routes (LobbyRest *self,
                                  LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "GET", "/api/connections", 0, on_list);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "POST", "/api/connections", LOBBY_REST_SMALL_BODY, on_add);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "POST", "/api/connections/test", LOBBY_REST_SMALL_BODY, on_test);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "GET", "/api/connections/{id}", 0, on_get);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "PATCH", "/api/connections/{id}", LOBBY_REST_SMALL_BODY, on_change);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "DELETE", "/api/connections/{id}", 0, on_remove);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "DELETE", "/api/connections/{id}/alerts/{alertId}", 0, on_dismiss_alert);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "POST", "/api/connections/{id}/check", LOBBY_REST_SMALL_BODY, on_check);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "POST", "/api/connections/{id}/link", LOBBY_REST_SMALL_BODY, on_link);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "POST", "/api/connections/{id}/unlink", LOBBY_REST_SMALL_BODY, on_unlink);
}
