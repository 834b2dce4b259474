/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

#include "lobby-async.h"
#include "lobby-json.h"
#include "lobby-log.h"
#include "lobby-metrics.h"
#include "lobby-password.h"

#define USER_MAX 256
#define DEVICE_MAX 256
/* Each costs 64 MiB while it runs; more are turned away instead of queued without end. */
#define MAX_SIGN_INS 32

/* Signing in */

typedef struct
{
  LobbyRest *rest;
  LobbyHttpExchange *exchange;
  char *user;
  char *password;
  char *device;
  char *address;
} SignIn;

static void
sign_in_free (gpointer data)
{
  SignIn *sign_in = data;

  sign_in->rest->sign_ins--;
  g_object_unref (sign_in->rest);
  g_free (sign_in->user);
  if (sign_in->password != NULL)
    explicit_bzero (sign_in->password, strlen (sign_in->password));
  g_free (sign_in->password);
  g_free (sign_in->device);
  g_free (sign_in->address);
  g_free (sign_in);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SignIn, sign_in_free)

static gint64
monotonic_msec (void)
{
  return g_get_monotonic_time () / 1000;
}

static JsonObject *
session_to_json (LobbyRest *self,
                 const LobbyAgent *agent,
                 GError **error)
{
  g_autoptr (GPtrArray) businesses = lobby_storage (self->storage, list_businesses, agent->id, error);
  JsonObject *json, *agent_json;
  JsonArray *array;

  if (businesses == NULL)
    return NULL;
  json = json_object_new ();
  agent_json = json_object_new ();
  array = json_array_new ();
  json_object_set_string_member (agent_json, "id", agent->id);
  json_object_set_string_member (agent_json, "name", agent->name);
  json_object_set_string_member (agent_json, "user", agent->user);
  json_object_set_string_member (agent_json, "role", agent->role);
  json_object_set_object_member (json, "agent", agent_json);
  for (guint i = 0; i < businesses->len; i++)
    {
      const LobbyBusiness *business = g_ptr_array_index (businesses, i);
      JsonObject *element = json_object_new ();

      json_object_set_string_member (element, "id", business->id);
      json_object_set_string_member (element, "name", business->name);
      json_array_add_object_element (array, element);
    }
  json_object_set_array_member (json, "businesses", array);
  return json;
}

static void
open_session (SignIn *sign_in,
              const char *agent_id)
{
  LobbyRest *self = sign_in->rest;
  g_autoptr (LobbyAgent) agent = lobby_storage (self->storage, get_agent, agent_id);
  g_autoptr (GError) error = NULL;
  g_autofree char *token = lobby_token_new ();
  g_autofree char *hash = lobby_token_hash (token);
  JsonObject *json = NULL;

  lobby_sign_in_limit_succeeded (self->sign_in_limit, sign_in->address, sign_in->user);
  if (agent == NULL)
    g_set_error_literal (&error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FAILED, "The agent is gone");
  else
    json = session_to_json (self, agent, &error);
  if (json != NULL)
    lobby_storage (self->storage, add_token, agent->id, hash, sign_in->device, &error);
  if (error != NULL)
    {
      g_clear_pointer (&json, json_object_unref);
      lobby_rest_answer_storage_error (sign_in->exchange, error);
      return;
    }
  lobby_metrics_add (LOBBY_METRIC_SIGN_INS, "done", 1);
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "rest", "signed in", "agent", agent->id, NULL);
  json_object_set_string_member (json, "token", token);
  lobby_http_exchange_add_header (sign_in->exchange, "Cache-Control", "no-store");
  lobby_rest_answer (self, sign_in->exchange, 200, json);
}

static DexFuture *
sign_in_fiber (gpointer data)
{
  SignIn *sign_in = data;
  LobbyRest *self = sign_in->rest;
  g_autofree char *agent_id = NULL;
  g_autofree char *hash = lobby_storage (self->storage, dup_password_hash, sign_in->user, &agent_id);

  if (dex_await_boolean (lobby_password_verify (sign_in->password, hash), NULL))
    {
      open_session (sign_in, agent_id);
      return dex_future_new_true ();
    }
  lobby_metrics_add (LOBBY_METRIC_SIGN_INS, "refused", 1);
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "rest", "sign-in refused", "address", sign_in->address, NULL);
  lobby_http_exchange_answer_error (sign_in->exchange, 401, "bad_credentials", "The user name or the password is wrong");
  return dex_future_new_true ();
}

static void
answer_too_many (LobbyHttpExchange *exchange,
                 guint seconds)
{
  g_autofree char *text = g_strdup_printf ("%u", seconds);

  lobby_metrics_add (LOBBY_METRIC_SIGN_INS, "limited", 1);
  lobby_http_exchange_add_header (exchange, "Retry-After", text);
  lobby_http_exchange_answer_error (exchange, 429, "too_many_attempts", "Too many attempts; wait a little");
}

static void
on_sign_in (LobbyHttpExchange *exchange,
            gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (JsonObject) body = lobby_rest_body (exchange);
  const char *address = lobby_http_exchange_get_client (exchange);
  const char *user;
  const char *password;
  guint seconds;
  SignIn *sign_in;

  if (body == NULL)
    return;
  user = lobby_json_get_string (body, "user", USER_MAX);
  password = lobby_json_get_string (body, "password", LOBBY_PASSWORD_MAX);
  if (user == NULL || password == NULL)
    {
      lobby_rest_answer_bad (exchange, "user and password are needed");
      return;
    }
  seconds = self->sign_ins < MAX_SIGN_INS ? lobby_sign_in_limit_begin (self->sign_in_limit, address, user, monotonic_msec ()) : 1;
  if (seconds > 0)
    {
      answer_too_many (exchange, seconds);
      return;
    }
  sign_in = g_new (SignIn, 1);
  *sign_in = (SignIn){ g_object_ref (self), exchange, g_strdup (user), g_strdup (password),
                       g_strdup (lobby_json_get_string (body, "device", DEVICE_MAX)), g_strdup (address) };
  self->sign_ins++;
  lobby_async_go (sign_in_fiber, sign_in, sign_in_free);
}

/* The rest of a session */

static void
on_get_session (LobbyHttpExchange *exchange,
                gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (GError) error = NULL;
  JsonObject *json = session_to_json (self, agent, &error);

  if (json != NULL)
    lobby_rest_answer (self, exchange, 200, json);
  else
    lobby_rest_answer_storage_error (exchange, error);
}

static void
on_sign_out (LobbyHttpExchange *exchange,
             gpointer data)
{
  g_autofree char *hash = lobby_rest_token_hash (exchange);

  lobby_rest_end_token (data, exchange, hash);
}

void
lobby_rest_add_session_routes (LobbyRest *self,
                               LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_ANYBODY, "POST", "/api/session", LOBBY_REST_SMALL_BODY, on_sign_in);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/session", 0, on_get_session);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "DELETE", "/api/session", 0, on_sign_out);
}
