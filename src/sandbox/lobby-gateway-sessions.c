/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-gateway-private.h"

#include <string.h>

#include "lobby-json.h"

#define SESSIONS_MAX 64

static JsonObject *
session_to_json (LobbyGatewaySession *session)
{
  JsonObject *json = json_object_new ();
  JsonObject *engine = json_object_new ();
  JsonObject *me = lobby_gateway_session_me (session);

  json_object_set_string_member (json, "name", session->name);
  json_object_set_string_member (json, "status", lobby_gateway_session_status (session));
  json_object_set_object_member (json, "config", json_object_ref (session->config));
  if (me)
    json_object_set_object_member (json, "me", me);
  else
    json_object_set_null_member (json, "me");
  json_object_set_string_member (engine, "engine", lobby_gateway_engine_name (session->gateway));
  json_object_set_object_member (json, "engine", engine);
  return json;
}

static void
answer_session (SoupServerMessage *message,
                guint status,
                LobbyGatewaySession *session)
{
  lobby_gateway_answer_object (message, status, session_to_json (session));
}

static void
list_sessions (LobbyGateway *self,
               const LobbyGatewayRequest *request)
{
  const char *all = request->query ? g_hash_table_lookup (request->query, "all") : NULL;
  JsonArray *list = json_array_new ();
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  for (guint i = 0; i < self->sessions->len; i++)
    {
      LobbyGatewaySession *session = g_ptr_array_index (self->sessions, i);

      if (session->exists && (session->status != LOBBY_SESSION_STOPPED || g_strcmp0 (all, "true") == 0))
        json_array_add_object_element (list, session_to_json (session));
    }
  json_node_take_array (node, list);
  lobby_gateway_answer (request->message, 200, node);
}

/* The one of this name that was deleted: the phone remembers its chats. */
static LobbyGatewaySession *
revive_session (LobbyGateway *self,
                const char *name)
{
  for (guint i = 0; i < self->sessions->len; i++)
    {
      LobbyGatewaySession *session = g_ptr_array_index (self->sessions, i);

      if (g_str_equal (session->name, name))
        {
          session->exists = TRUE;
          return session;
        }
    }
  return NULL;
}

static gboolean
is_name (const char *name)
{
  return *name && strlen (name) <= 54 && strspn (name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == strlen (name);
}

static void
create_session (LobbyGateway *self,
                const LobbyGatewayRequest *request)
{
  const char *given = lobby_json_get_string (request->body, "name", 256);
  g_autofree char *name = given ? g_strdup (given) : g_strdup_printf ("session_%08x", g_random_int ());
  LobbyGatewaySession *session;
  g_autoptr (GError) error = NULL;

  if (!is_name (name))
    {
      lobby_gateway_answer_error (request->message, 400, "Session name can only contain alphanumeric characters, hyphens and underscores");
      return;
    }
  if (lobby_gateway_find_session (self, name))
    {
      g_autofree char *problem = g_strdup_printf ("Session '%s' already exists. Use PUT to update it.", name);

      lobby_gateway_answer_error (request->message, 422, problem);
      return;
    }
  session = revive_session (self, name);
  if (!session && self->sessions->len >= SESSIONS_MAX)
    {
      lobby_gateway_answer_error (request->message, 422, "Too many sessions");
      return;
    }
  if (!session)
    {
      session = lobby_gateway_session_new (self, name);
      g_ptr_array_add (self->sessions, session);
    }
  if (!lobby_gateway_session_set_config (session, lobby_json_get_object (request->body, "config"), &error))
    {
      session->exists = FALSE;
      lobby_gateway_answer_error (request->message, 400, error->message);
      return;
    }
  if (lobby_json_get_boolean_or (request->body, "start", TRUE))
    lobby_gateway_session_start (session);
  answer_session (request->message, 201, session);
}

static void
update_session (LobbyGatewaySession *session,
                const LobbyGatewayRequest *request)
{
  gboolean running = session->status != LOBBY_SESSION_STOPPED;
  g_autoptr (GError) error = NULL;

  if (!lobby_gateway_session_set_config (session, lobby_json_get_object (request->body, "config"), &error))
    {
      lobby_gateway_answer_error (request->message, 400, error->message);
      return;
    }
  if (running)
    {
      lobby_gateway_session_stop (session);
      lobby_gateway_session_start (session);
    }
  answer_session (request->message, 200, session);
}

static void
delete_session (LobbyGateway *self,
                const LobbyGatewayRequest *request)
{
  LobbyGatewaySession *session = lobby_gateway_find_session (self, request->parts[1]);

  /* Deleting what is not there is fine. */
  if (session)
    {
      lobby_gateway_session_stop (session);
      lobby_gateway_session_logout (session);
      lobby_gateway_session_set_config (session, NULL, NULL);
      session->exists = FALSE;
    }
  lobby_gateway_answer (request->message, 200, NULL);
}

/* start, stop, restart, logout */
static void
command_session (LobbyGatewaySession *session,
                 const LobbyGatewayRequest *request)
{
  const char *command = request->parts[2];
  gboolean running = session->status != LOBBY_SESSION_STOPPED;

  if (g_str_equal (command, "start"))
    lobby_gateway_session_start (session);
  else if (g_str_equal (command, "stop"))
    lobby_gateway_session_stop (session);
  else if (g_str_equal (command, "restart"))
    {
      lobby_gateway_session_stop (session);
      lobby_gateway_session_start (session);
    }
  else if (g_str_equal (command, "logout"))
    {
      lobby_gateway_session_stop (session);
      lobby_gateway_session_logout (session);
      if (running)
        lobby_gateway_session_start (session);
    }
  else
    {
      lobby_gateway_answer_error (request->message, 404, "Cannot POST this to a session");
      return;
    }
  answer_session (request->message, 201, session);
}

static void
answer_expected (LobbyGatewaySession *session,
                 const LobbyGatewayRequest *request,
                 const char *what,
                 const char *expected)
{
  g_autofree char *problem = g_strdup_printf ("Can %s only in %s status. The current status is %s", what, expected, lobby_gateway_session_status (session));

  lobby_gateway_answer_error (request->message, 422, problem);
}

static void
answer_qr (LobbyGatewaySession *session,
           const LobbyGatewayRequest *request)
{
  const char *format = request->query ? g_hash_table_lookup (request->query, "format") : NULL;
  const char *accept = soup_message_headers_get_list (soup_server_message_get_request_headers (request->message), "Accept");
  g_autoptr (GBytes) picture = NULL;

  if (!session->qr)
    {
      answer_expected (session, request, "get QR code", "SCAN_QR_CODE");
      return;
    }
  if (g_strcmp0 (format, "raw") == 0)
    {
      JsonObject *answer = json_object_new ();

      json_object_set_string_member (answer, "value", session->qr);
      lobby_gateway_answer_object (request->message, 200, answer);
      return;
    }
  picture = lobby_gateway_draw_qr (session->qr);
  if (accept && strstr (accept, "application/json"))
    {
      JsonObject *answer = json_object_new ();
      g_autofree char *data = g_base64_encode (g_bytes_get_data (picture, NULL), g_bytes_get_size (picture));

      json_object_set_string_member (answer, "mimetype", "image/png");
      json_object_set_string_member (answer, "data", data);
      lobby_gateway_answer_object (request->message, 200, answer);
      return;
    }
  soup_message_headers_replace (soup_server_message_get_response_headers (request->message), "Content-Type", "image/png");
  soup_message_body_append_bytes (soup_server_message_get_response_body (request->message), picture);
  soup_server_message_set_status (request->message, 200, NULL);
}

static void
answer_code (LobbyGatewaySession *session,
             const LobbyGatewayRequest *request)
{
  const char *number = lobby_json_get_string (request->body, "phoneNumber", 64);
  JsonObject *answer;

  if (!session->qr)
    answer_expected (session, request, "request code", "SCAN_QR_CODE");
  else if (!number || strlen (number) < 7 || strspn (number, "+0123456789") != strlen (number))
    lobby_gateway_answer_error (request->message, 400, "phoneNumber must be a mobile phone number in international format");
  else
    {
      answer = json_object_new ();
      json_object_set_string_member (answer, "code", lobby_gateway_session_code (session));
      lobby_gateway_answer_object (request->message, 201, answer);
    }
}

static void
answer_challenge (LobbyGatewaySession *session,
                  const LobbyGatewayRequest *request)
{
  JsonObject *answer;
  JsonObject *options;

  if (session->status != LOBBY_SESSION_PASSKEY_REQUIRED)
    {
      lobby_gateway_answer_error (request->message, 422, "No passkey challenge is pending for the session");
      return;
    }
  answer = json_object_new ();
  options = json_object_new ();
  json_object_set_string_member (options, "challenge", "c2FuZGJveC1jaGFsbGVuZ2U");
  json_object_set_string_member (options, "rpId", "whatsapp.com");
  json_object_set_int_member (options, "timeout", 60000);
  json_object_set_string_member (options, "userVerification", "required");
  json_object_set_object_member (answer, "publicKey", options);
  lobby_gateway_answer_object (request->message, 200, answer);
}

static void
answer_confirmation (LobbyGatewaySession *session,
                     const LobbyGatewayRequest *request)
{
  JsonObject *answer;

  if (session->status != LOBBY_SESSION_PASSKEY_CONFIRMATION_REQUIRED)
    {
      lobby_gateway_answer_error (request->message, 422, "No passkey confirmation is pending for the session");
      return;
    }
  answer = json_object_new ();
  json_object_set_string_member (answer, "code", session->code);
  lobby_gateway_answer_object (request->message, 200, answer);
}

/* An assertion, or the confirmation of a code: in the state that wants it. */
static void
take_passkey (LobbyGatewaySession *session,
              const LobbyGatewayRequest *request,
              LobbySessionStatus wanted)
{
  if (session->status != wanted)
    lobby_gateway_answer_error (request->message, 422, "No passkey is pending for the session");
  else if (wanted == LOBBY_SESSION_PASSKEY_REQUIRED && !lobby_json_get_object (request->body, "response"))
    lobby_gateway_answer_error (request->message, 400, "response must be an object");
  else
    {
      lobby_gateway_session_pass (session);
      lobby_gateway_answer (request->message, 201, NULL);
    }
}

static gboolean
run_auth (LobbyGateway *self,
          const LobbyGatewayRequest *request)
{
  LobbyGatewaySession *session = lobby_gateway_find_session (self, request->parts[0]);

  if (!session)
    lobby_gateway_answer_error (request->message, 404, "Session not found");
  else if (lobby_gateway_is (request, "GET", 3, 2, "qr"))
    answer_qr (session, request);
  else if (lobby_gateway_is (request, "POST", 3, 2, "request-code"))
    answer_code (session, request);
  else if (lobby_gateway_is (request, "POST", 3, 2, "passkey"))
    take_passkey (session, request, LOBBY_SESSION_PASSKEY_REQUIRED);
  else if (lobby_gateway_is (request, "GET", 4, 3, "challenge"))
    answer_challenge (session, request);
  else if (lobby_gateway_is (request, "GET", 4, 3, "confirmation"))
    answer_confirmation (session, request);
  else if (lobby_gateway_is (request, "POST", 4, 3, "confirm"))
    take_passkey (session, request, LOBBY_SESSION_PASSKEY_CONFIRMATION_REQUIRED);
  else
    return FALSE;
  return TRUE;
}

static void
answer_me (LobbyGatewaySession *session,
           const LobbyGatewayRequest *request)
{
  JsonObject *me = lobby_gateway_session_me (session);

  if (me)
    lobby_gateway_answer_object (request->message, 200, me);
  else
    lobby_gateway_answer (request->message, 200, json_node_new (JSON_NODE_NULL));
}

gboolean
lobby_gateway_sessions (LobbyGateway *self,
                        const LobbyGatewayRequest *request)
{
  LobbyGatewaySession *session;

  if (request->length >= 3 && g_str_equal (request->parts[1], "auth"))
    return run_auth (self, request);
  if (!g_str_equal (request->parts[0], "sessions") || request->length > 3)
    return FALSE;
  if (lobby_gateway_is (request, "GET", 1, 0, "sessions"))
    list_sessions (self, request);
  else if (lobby_gateway_is (request, "POST", 1, 0, "sessions"))
    create_session (self, request);
  else if (lobby_gateway_is (request, "DELETE", 2, 0, "sessions"))
    delete_session (self, request);
  else if (request->length < 2)
    return FALSE;
  else if (!(session = lobby_gateway_find_session (self, request->parts[1])))
    lobby_gateway_answer_error (request->message, 404, "Session not found");
  else if (lobby_gateway_is (request, "GET", 2, 0, "sessions"))
    answer_session (request->message, 200, session);
  else if (lobby_gateway_is (request, "PUT", 2, 0, "sessions"))
    update_session (session, request);
  else if (lobby_gateway_is (request, "GET", 3, 2, "me"))
    answer_me (session, request);
  else if (lobby_gateway_is (request, "POST", 3, 0, "sessions"))
    command_session (session, request);
  else
    return FALSE;
  return TRUE;
}
