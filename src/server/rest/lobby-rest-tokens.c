/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-log.h"

/* Where somebody is signed in. Agents see and end their own; owners also those of whoever shares a business with them. */

static gboolean
share_a_business (LobbyRest *self,
                  const char *one,
                  const char *other)
{
  g_autoptr (GPtrArray) businesses = lobby_storage (self->storage, list_businesses, one, NULL);

  for (guint i = 0; businesses != NULL && i < businesses->len; i++)
    {
      const LobbyBusiness *business = g_ptr_array_index (businesses, i);

      if (lobby_storage (self->storage, agent_may, other, business->id))
        return TRUE;
    }
  return FALSE;
}

static gboolean
may_see (LobbyRest *self,
         const LobbyAgent *agent,
         const char *of)
{
  return strcmp (agent->id, of) == 0 || (lobby_rest_is_owner (agent) && share_a_business (self, agent->id, of));
}

static void
set_time (JsonObject *json,
          const char *name,
          gint64 at)
{
  g_autofree char *text = lobby_clock_format (at);

  json_object_set_string_member (json, name, text);
}

static JsonArray *
tokens_to_json (GPtrArray *tokens,
                const char *current)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < tokens->len; i++)
    {
      const LobbyToken *token = g_ptr_array_index (tokens, i);
      JsonObject *json = json_object_new ();

      json_object_set_string_member (json, "id", token->id);
      lobby_json_set_string (json, "device", token->device);
      set_time (json, "created_at", token->created_at);
      set_time (json, "last_used_at", token->last_used_at);
      json_object_set_boolean_member (json, "current", g_strcmp0 (token->hash, current) == 0);
      json_array_add_object_element (array, json);
    }
  return array;
}

static void
on_list (LobbyHttpExchange *exchange,
         gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  const char *of = lobby_http_exchange_get_query (exchange, "agent");
  g_autofree char *hash = lobby_rest_token_hash (exchange);
  g_autoptr (GPtrArray) tokens = NULL;
  JsonObject *json;

  if (of == NULL)
    of = agent->id;
  if (!may_see (self, agent, of))
    {
      if (lobby_rest_is_owner (agent))
        lobby_rest_answer_not_found (exchange);
      else
        lobby_rest_answer_forbidden (exchange);
      return;
    }
  tokens = lobby_storage (self->storage, list_tokens, of);
  json = json_object_new ();
  json_object_set_array_member (json, "tokens", tokens_to_json (tokens, hash));
  lobby_rest_answer (self, exchange, 200, json);
}

static void
drop_token (LobbyRest *self,
            gpointer hash)
{
  lobby_hub_drop_token (self->hub, hash);
}

void
lobby_rest_end_token (LobbyRest *self,
                      LobbyHttpExchange *exchange,
                      const char *hash)
{
  g_autoptr (GError) error = NULL;

  if (lobby_storage (self->storage, remove_token, hash, &error))
    lobby_rest_answer_then (self, exchange, 204, NULL, drop_token, g_strdup (hash), g_free);
  else
    lobby_rest_answer_storage_error (exchange, error);
}

static void
on_revoke (LobbyHttpExchange *exchange,
           gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyToken) token = lobby_storage (self->storage, get_token, lobby_http_exchange_get_parameter (exchange, "id"));

  if (token == NULL || !may_see (self, agent, token->agent_id))
    {
      lobby_rest_answer_not_found (exchange);
      return;
    }
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "rest", "token revoked", "agent", token->agent_id, "by", agent->id, NULL);
  lobby_rest_end_token (self, exchange, token->hash);
}

void
lobby_rest_add_token_routes (LobbyRest *self,
                             LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/tokens", 0, on_list);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "DELETE", "/api/tokens/{id}", 0, on_revoke);
}
