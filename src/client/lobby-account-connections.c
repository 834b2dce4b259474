/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-account-private.h"

#include "lobby-async.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-wire.h"

#define MAX_CHECKS 32

typedef struct
{
  LobbyAccount *account;
  const char *method;
  char *path;
  JsonObject *body; /* NULL once it is sent */
  LobbyApiAnswer *answer;
  guint asked_at; /* as lobby_team_put_answer() takes it */
  char *connection_id;
  gboolean adds;
  gboolean removes;
} Call;

static Call *
call_new (LobbyAccount *account,
          LobbyWhatsappConnection *connection,
          const char *method,
          const char *verb,
          JsonObject *body)
{
  Call *call = g_new0 (Call, 1);

  call->account = g_object_ref (account);
  call->method = method;
  call->body = body;
  if (connection != NULL)
    {
      g_autofree char *id = g_uri_escape_string (lobby_whatsapp_connection_get_id (connection), NULL, FALSE);

      call->connection_id = g_strdup (lobby_whatsapp_connection_get_id (connection));
      call->path = g_strconcat ("/api/connections/", id, verb, NULL);
    }
  else
    call->path = g_strconcat ("/api/connections", verb, NULL);

  return call;
}

static void
call_free (gpointer data)
{
  Call *call = data;

  g_object_unref (call->account);
  g_clear_pointer (&call->body, json_object_unref);
  g_clear_pointer (&call->answer, lobby_api_answer_unref);
  g_free (call->path);
  g_free (call->connection_id);
  g_free (call);
}

static void
tell_changed (LobbyAccount *self)
{
  g_signal_emit (self, lobby_account_signals[LOBBY_ACCOUNT_WHATSAPP_STATE_CHANGED], 0);
}

/* In the server's words: they are for the owner. */
static GError *
to_error (const LobbyApiAnswer *answer)
{
  const char *field = lobby_json_get_string (lobby_json_get_object (answer->json, "error"), "field", 64);
  GError *error;

  if (field != NULL && answer->message != NULL)
    return lobby_setting_error_new (field, answer->message);

  error = lobby_api_answer_to_error (answer);
  if (answer->message != NULL)
    g_set_str (&error->message, answer->message);
  return error;
}

/* The answer of a success goes into @call. */
static gboolean
send_call (Call *call,
           GError **error)
{
  g_autoptr (LobbyApiAnswer) answer = NULL;

  call->asked_at = lobby_team_count_told (call->account->team);
  answer = dex_await_boxed (lobby_api_send (call->account->api, call->method, call->path, g_steal_pointer (&call->body)), error);
  if (answer == NULL)
    return FALSE;
  if (answer->status < 200 || answer->status >= 300)
    {
      g_propagate_error (error, to_error (answer));
      return FALSE;
    }

  call->answer = g_steal_pointer (&answer);
  return TRUE;
}

static void
put_answer (Call *call,
            JsonObject *connection)
{
  LobbyTeam *team = call->account->team;

  /* Of one that did not exist, no event can have told that it is gone. */
  if (call->adds && lobby_team_find_connection (team, lobby_json_get_string (connection, "id", LOBBY_ID_MAX)) == NULL)
    lobby_team_put_connection (team, connection);
  else
    lobby_team_put_answer (team, connection, call->asked_at);
}

/* What an answer says of connections reaches widgets: in a turn of its own, not on a fiber's small stack. */
static void
apply (gpointer data)
{
  Call *call = data;
  LobbyTeam *team = call->account->team;
  JsonObject *connection = lobby_json_get_object (call->answer->json, "connection");
  JsonArray *connections = lobby_json_get_array (call->answer->json, "connections");

  if (connection != NULL)
    put_answer (call, connection);
  for (guint i = 0; i < lobby_json_array_length (connections); i++)
    if (lobby_json_array_object (connections, i) != NULL)
      put_answer (call, lobby_json_array_object (connections, i));
  if (call->removes)
    lobby_team_remove_connection (team, call->connection_id);
  tell_changed (call->account);
}

static DexFuture *
change_fiber (gpointer data)
{
  Call *call = data;
  GError *error = NULL;

  if (!send_call (call, &error))
    return dex_future_new_for_error (error);

  dex_await (lobby_async_run_in_turn (apply, call), NULL);
  return dex_future_new_true ();
}

static DexFuture *
change (LobbyAccount *self,
        LobbyWhatsappConnection *connection,
        const char *method,
        const char *verb,
        JsonObject *body)
{
  return lobby_async_spawn (change_fiber, call_new (self, connection, method, verb, body), call_free);
}

static char *
first_business (LobbyAccount *self)
{
  g_auto (GStrv) ids = lobby_team_list_business_ids (self->team);

  return g_strdup (ids[0]);
}

static JsonObject *
new_connection_body (LobbyAccount *self,
                     const LobbyWhatsappSettings *settings)
{
  JsonObject *body = lobby_whatsapp_settings_to_json (settings);
  g_autofree char *business = first_business (self);

  lobby_json_set_string (body, "business_id", business);
  json_object_set_string_member (body, "kind", settings->kind == LOBBY_WHATSAPP_GATEWAY ? "gateway" : "cloud");
  return body;
}

static DexFuture *
add_fiber (gpointer data)
{
  Call *call = data;
  GError *error = NULL;
  LobbyWhatsappConnection *connection;

  if (!send_call (call, &error))
    return dex_future_new_for_error (error);

  dex_await (lobby_async_run_in_turn (apply, call), NULL);
  connection = lobby_team_find_connection (call->account->team, lobby_json_get_string (lobby_json_get_object (call->answer->json, "connection"), "id", LOBBY_ID_MAX));
  if (connection == NULL)
    return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_FAILED, "The server does not tell of the new number");

  return dex_future_new_take_object (g_object_ref (connection));
}

static GPtrArray *
read_checks (JsonArray *array)
{
  GPtrArray *checks = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_whatsapp_check_free);

  for (guint i = 0; i < MIN (lobby_json_array_length (array), MAX_CHECKS); i++)
    {
      JsonObject *json = lobby_json_array_object (array, i);
      LobbyWhatsappCheck *check = g_new0 (LobbyWhatsappCheck, 1);

      check->id = g_strdup (lobby_json_get_string (json, "id", 64));
      check->ok = lobby_json_get_boolean_or (json, "ok", FALSE);
      check->unknown = lobby_json_get_boolean_or (json, "unknown", FALSE);
      check->message = g_strdup (lobby_json_get_string (json, "message", LOBBY_WIRE_MAX_TEXT));
      g_ptr_array_add (checks, check);
    }

  return checks;
}

static DexFuture *
test_fiber (gpointer data)
{
  Call *call = data;
  GError *error = NULL;

  if (!send_call (call, &error))
    return dex_future_new_for_error (error);

  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, read_checks (lobby_json_get_array (call->answer->json, "checks")));
}

static void
apply_role (gpointer data)
{
  Call *call = data;
  const char *role = lobby_json_get_string (lobby_json_get_object (call->answer->json, "agent"), "role", 64);

  if (role != NULL && lobby_team_set_role (call->account->team, role))
    tell_changed (call->account);
}

/* When it cannot be had, what was known stays. */
static DexFuture *
role_fiber (gpointer data)
{
  Call *call = data;

  if (send_call (call, NULL))
    dex_await (lobby_async_run_in_turn (apply_role, call), NULL);
  return dex_future_new_true ();
}

DexFuture *
lobby_account_load_role (LobbyAccount *self)
{
  Call *call = call_new (self, NULL, "GET", "", NULL);

  g_set_str (&call->path, "/api/session");
  return lobby_async_spawn (role_fiber, call, call_free);
}

gboolean
lobby_account_is_owner (LobbyAccount *self)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), FALSE);

  return g_strcmp0 (lobby_team_get_role (self->team), "owner") == 0;
}

GListModel *
lobby_account_get_connections (LobbyAccount *self)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);

  return lobby_team_get_connections (self->team);
}

LobbyWhatsappConnection *
lobby_account_find_connection (LobbyAccount *self,
                               const char *connection_id)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);

  return lobby_team_find_connection (self->team, connection_id);
}

LobbyWriting
lobby_account_get_writing (LobbyAccount *self,
                           LobbyConversation *conversation,
                           gint64 now)
{
  const char *connection_id;
  LobbyWhatsappConnection *connection;
  gint64 expires;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), LOBBY_WRITING_FREE);
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (conversation), LOBBY_WRITING_FREE);

  connection_id = lobby_conversation_get_connection_id (conversation);
  connection = lobby_team_find_connection (self->team, connection_id);
  expires = lobby_conversation_get_window_expires_at (conversation);
  if (connection == NULL && connection_id != NULL && lobby_team_get_business_name (self->team) != NULL)
    return LOBBY_WRITING_NUMBER_REMOVED;
  if (connection != NULL && !lobby_whatsapp_connection_can (connection, LOBBY_CAPABILITY_SERVICE_WINDOW))
    return LOBBY_WRITING_FREE;
  if (expires == 0)
    return connection != NULL ? LOBBY_WRITING_WINDOW_TO_COME : LOBBY_WRITING_FREE;
  return expires > now ? LOBBY_WRITING_IN_WINDOW : LOBBY_WRITING_WINDOW_OVER;
}

DexFuture *
lobby_account_load_connections (LobbyAccount *self)
{
  g_autofree char *business = NULL;
  g_autofree char *escaped = NULL;
  g_autofree char *query = NULL;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);

  business = first_business (self);
  if (business == NULL)
    return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE, "The server has not told of a business yet");

  escaped = g_uri_escape_string (business, NULL, FALSE);
  query = g_strconcat ("?business=", escaped, NULL);
  return change (self, NULL, "GET", query, NULL);
}

DexFuture *
lobby_account_add_connection (LobbyAccount *self,
                              const LobbyWhatsappSettings *settings)
{
  Call *call;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);

  call = call_new (self, NULL, "POST", "", new_connection_body (self, settings));
  call->adds = TRUE;
  return lobby_async_spawn (add_fiber, call, call_free);
}

DexFuture *
lobby_account_change_connection (LobbyAccount *self,
                                 LobbyWhatsappConnection *connection,
                                 const LobbyWhatsappSettings *settings)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (connection), NULL);

  return change (self, connection, "PATCH", "", lobby_whatsapp_settings_to_json (settings));
}

DexFuture *
lobby_account_remove_connection (LobbyAccount *self,
                                 LobbyWhatsappConnection *connection)
{
  Call *call;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (connection), NULL);

  call = call_new (self, connection, "DELETE", "", NULL);
  call->removes = TRUE;
  return lobby_async_spawn (change_fiber, call, call_free);
}

DexFuture *
lobby_account_link_connection (LobbyAccount *self,
                               LobbyWhatsappConnection *connection,
                               const char *phone_number)
{
  JsonObject *body = json_object_new ();

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (connection), NULL);

  json_object_set_string_member (body, "method", phone_number != NULL ? "code" : "qr");
  lobby_json_set_string (body, "phone_number", phone_number);
  return change (self, connection, "POST", "/link", body);
}

DexFuture *
lobby_account_unlink_connection (LobbyAccount *self,
                                 LobbyWhatsappConnection *connection)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (connection), NULL);

  return change (self, connection, "POST", "/unlink", NULL);
}

DexFuture *
lobby_account_check_connection (LobbyAccount *self,
                                LobbyWhatsappConnection *connection)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (connection), NULL);

  return change (self, connection, "POST", "/check", NULL);
}

DexFuture *
lobby_account_dismiss_alert (LobbyAccount *self,
                             LobbyWhatsappConnection *connection,
                             const char *alert_id)
{
  g_autofree char *id = NULL;
  g_autofree char *verb = NULL;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (connection), NULL);
  g_return_val_if_fail (alert_id != NULL, NULL);

  id = g_uri_escape_string (alert_id, NULL, FALSE);
  verb = g_strconcat ("/alerts/", id, NULL);
  return change (self, connection, "DELETE", verb, NULL);
}

DexFuture *
lobby_account_test_connection (LobbyAccount *self,
                               LobbyWhatsappConnection *connection,
                               const LobbyWhatsappSettings *settings)
{
  JsonObject *body;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);

  if (connection == NULL)
    body = new_connection_body (self, settings);
  else
    {
      body = lobby_whatsapp_settings_to_json (settings);
      json_object_set_string_member (body, "id", lobby_whatsapp_connection_get_id (connection));
    }

  return lobby_async_spawn (test_fiber, call_new (self, NULL, "POST", "/test", body), call_free);
}
