/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include "lobby-async.h"
#include "lobby-draft-check.h"
#include "lobby-json.h"

/* What customers see of a number: the business's profile; and what WhatsApp thinks of it. Asked of WhatsApp each time, nothing is kept. */

typedef struct
{
  LobbyRest *rest;
  LobbyHttpExchange *exchange;
  LobbyAdapter *adapter;
  JsonObject *changes;
} Asking;

static void
asking_free (gpointer data)
{
  Asking *asking = data;

  g_clear_pointer (&asking->changes, json_object_unref);
  g_object_unref (asking->adapter);
  g_object_unref (asking->rest);
  g_free (asking);
}

/* NULL: answered. */
static Asking *
asking_new (LobbyRest *self,
            LobbyHttpExchange *exchange)
{
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyConnection) connection = lobby_rest_connection (self, exchange, agent, lobby_http_exchange_get_parameter (exchange, "id"));
  LobbyAdapter *adapter = connection != NULL ? lobby_whatsapp_get_adapter (self->whatsapp, connection->id) : NULL;
  Asking *asking;

  if (connection == NULL)
    return NULL;
  if (adapter == NULL || LOBBY_ADAPTER_GET_IFACE (adapter)->get_profile == NULL)
    {
      lobby_http_exchange_answer_error (exchange, 422, "not_supported_by_connection", "WhatsApp tells no profile of this kind of connection");
      return NULL;
    }
  asking = g_new0 (Asking, 1);
  asking->rest = g_object_ref (self);
  asking->exchange = exchange;
  asking->adapter = g_object_ref (adapter);
  return asking;
}

static void
answer (Asking *asking,
        DexFuture *asked,
        const char *name)
{
  g_autoptr (GError) error = NULL;
  JsonObject *found = dex_await_boxed (asked, &error);
  JsonObject *json;

  if (found == NULL)
    {
      lobby_rest_answer_whatsapp_error (asking->exchange, error);
      return;
    }
  json = json_object_new ();
  json_object_set_object_member (json, name, found);
  lobby_rest_answer (asking->rest, asking->exchange, 200, json);
}

static DexFuture *
profile_fiber (gpointer data)
{
  Asking *asking = data;

  answer (asking, LOBBY_ADAPTER_GET_IFACE (asking->adapter)->get_profile (asking->adapter), "profile");
  return dex_future_new_true ();
}

static DexFuture *
number_fiber (gpointer data)
{
  Asking *asking = data;

  answer (asking, LOBBY_ADAPTER_GET_IFACE (asking->adapter)->get_number (asking->adapter), "number");
  return dex_future_new_true ();
}

static DexFuture *
change_fiber (gpointer data)
{
  Asking *asking = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (LOBBY_ADAPTER_GET_IFACE (asking->adapter)->set_profile (asking->adapter, asking->changes), &error))
    lobby_rest_answer_whatsapp_error (asking->exchange, error);
  else
    answer (asking, LOBBY_ADAPTER_GET_IFACE (asking->adapter)->get_profile (asking->adapter), "profile");
  return dex_future_new_true ();
}

static void
on_profile (LobbyHttpExchange *exchange,
            gpointer data)
{
  Asking *asking = asking_new (data, exchange);

  if (asking != NULL)
    lobby_async_go (profile_fiber, asking, asking_free);
}

static void
on_number (LobbyHttpExchange *exchange,
           gpointer data)
{
  Asking *asking = asking_new (data, exchange);

  if (asking != NULL)
    lobby_async_go (number_fiber, asking, asking_free);
}

static const struct
{
  const char *name;
  guint least, most;
} TEXTS[] = {
  { "about", 1, 139 },
  { "address", 0, 256 },
  { "description", 0, 256 },
  { "email", 0, 128 },
  { "vertical", 0, 64 },
};

static char *
check_websites (JsonObject *body,
                JsonObject *changes)
{
  JsonArray *websites = lobby_json_get_array (body, "websites");

  if (!json_object_has_member (body, "websites"))
    return NULL;
  if (websites == NULL || json_array_get_length (websites) > 2)
    return g_strdup ("A profile has at most two websites");
  for (guint i = 0; i < json_array_get_length (websites); i++)
    if (lobby_json_array_string (websites, i, 256) == NULL)
      return g_strdup ("A website is an address of at most 256 characters");
  json_object_set_array_member (changes, "websites", json_array_ref (websites));
  return NULL;
}

/* The changes that WhatsApp would take, or NULL and *@problem. */
static JsonObject *
read_changes (JsonObject *body,
              char **problem)
{
  g_autoptr (JsonObject) changes = json_object_new ();

  for (guint i = 0; i < G_N_ELEMENTS (TEXTS); i++)
    {
      if (!json_object_has_member (body, TEXTS[i].name))
        continue;
      *problem = lobby_draft_check_text (body, TEXTS[i].name, TEXTS[i].name, TEXTS[i].least, TEXTS[i].most);
      if (*problem != NULL)
        return NULL;
      json_object_set_string_member (changes, TEXTS[i].name, lobby_json_get_string (body, TEXTS[i].name, G_MAXSIZE));
    }
  *problem = check_websites (body, changes);
  if (*problem == NULL && json_object_get_size (changes) == 0)
    *problem = g_strdup ("Nothing of the profile is to be changed");
  return *problem == NULL ? g_steal_pointer (&changes) : NULL;
}

static void
on_change_profile (LobbyHttpExchange *exchange,
                   gpointer data)
{
  g_autoptr (JsonObject) body = lobby_rest_body (exchange);
  g_autoptr (JsonObject) changes = NULL;
  g_autofree char *problem = NULL;
  Asking *asking;

  if (body == NULL)
    return;
  changes = read_changes (body, &problem);
  if (changes == NULL)
    {
      lobby_http_exchange_answer_error (exchange, 422, "bad_profile", problem);
      return;
    }
  asking = asking_new (data, exchange);
  if (asking == NULL)
    return;
  asking->changes = g_steal_pointer (&changes);
  lobby_async_go (change_fiber, asking, asking_free);
}

void
lobby_rest_add_number_routes (LobbyRest *self,
                              LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/connections/{id}/profile", 0, on_profile);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "PATCH", "/api/connections/{id}/profile", LOBBY_REST_SMALL_BODY, on_change_profile);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/connections/{id}/number", 0, on_number);
}
