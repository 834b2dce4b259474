/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-gateway-private.h"

#include <string.h>

#include "lobby-json.h"

#define PATH_PARTS_MAX 8

LobbyGateway *
lobby_gateway_new (LobbyWorld *world,
                   const LobbyGatewayOptions *options,
                   LobbyGatewayLinked linked,
                   gpointer data)
{
  LobbyGateway *self = g_new0 (LobbyGateway, 1);

  self->world = world;
  self->options = options;
  self->linked = linked;
  self->linked_data = data;
  self->sessions = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_gateway_session_free);
  return self;
}

void
lobby_gateway_free (LobbyGateway *self)
{
  g_ptr_array_unref (self->sessions);
  g_free (self->url);
  g_free (self);
}

void
lobby_gateway_set_url (LobbyGateway *self,
                       const char *url)
{
  g_set_str (&self->url, url);
}

LobbyGatewaySession *
lobby_gateway_find_session (LobbyGateway *self,
                            const char *name)
{
  for (guint i = 0; i < self->sessions->len; i++)
    {
      LobbyGatewaySession *session = g_ptr_array_index (self->sessions, i);

      if (session->exists && g_strcmp0 (session->name, name) == 0)
        return session;
    }
  return NULL;
}

LobbyChannel *
lobby_gateway_find_channel (LobbyGateway *self,
                            const char *name)
{
  LobbyGatewaySession *session = lobby_gateway_find_session (self, name);

  return session ? &session->channel : NULL;
}

void
lobby_gateway_add_counts (LobbyGateway *self,
                          LobbyDeliveryCounts *counts)
{
  for (guint i = 0; i < self->sessions->len; i++)
    lobby_gateway_session_add_counts (g_ptr_array_index (self->sessions, i), counts);
}

void
lobby_gateway_answer (SoupServerMessage *message,
                      guint status,
                      JsonNode *json)
{
  g_autoptr (JsonNode) answer = json;

  soup_server_message_set_status (message, status, NULL);
  if (answer)
    {
      char *body = lobby_json_to_string (answer);

      soup_server_message_set_response (message, "application/json; charset=utf-8", SOUP_MEMORY_TAKE, body, strlen (body));
    }
}

void
lobby_gateway_answer_object (SoupServerMessage *message,
                             guint status,
                             JsonObject *json)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, json);
  lobby_gateway_answer (message, status, node);
}

void
lobby_gateway_answer_error (SoupServerMessage *message,
                            guint status,
                            const char *problem)
{
  JsonObject *answer = json_object_new ();

  json_object_set_int_member (answer, "statusCode", status);
  json_object_set_string_member (answer, "message", problem);
  json_object_set_string_member (answer, "error", soup_status_get_phrase (status));
  lobby_gateway_answer_object (message, status, answer);
}

gint64
lobby_gateway_query_int (GHashTable *query,
                         const char *name,
                         gint64 fallback)
{
  const char *text = query ? g_hash_table_lookup (query, name) : NULL;
  gint64 value;

  return text && g_ascii_string_to_signed (text, 10, 0, G_MAXINT64, &value, NULL) ? value : fallback;
}

LobbyGatewaySession *
lobby_gateway_working_session (LobbyGateway *self,
                               SoupServerMessage *message,
                               const char *name)
{
  LobbyGatewaySession *session = lobby_gateway_find_session (self, name);
  JsonObject *answer;
  JsonArray *expected;

  if (!session)
    {
      g_autofree char *problem = g_strdup_printf ("Session \"%.64s\" does not exist", name ? name : "");

      lobby_gateway_answer_error (message, 404, problem);
      return NULL;
    }
  if (session->status == LOBBY_SESSION_WORKING)
    return session;
  answer = json_object_new ();
  expected = json_array_new ();
  json_array_add_string_element (expected, "WORKING");
  json_object_set_string_member (answer, "error", "Session status is not as expected. Try again later or restart the session");
  json_object_set_string_member (answer, "session", session->name);
  json_object_set_string_member (answer, "status", lobby_gateway_session_status (session));
  json_object_set_array_member (answer, "expected", expected);
  lobby_gateway_answer_object (message, 422, answer);
  return NULL;
}

gboolean
lobby_gateway_is (const LobbyGatewayRequest *request,
                  const char *method,
                  guint length,
                  int index,
                  const char *word)
{
  return request->length == length && g_str_equal (request->parts[index], word) && (!method || g_str_equal (request->method, method));
}

static gboolean
is_authorised (LobbyGateway *self,
               SoupServerMessage *message,
               GHashTable *query)
{
  const char *key = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "X-Api-Key");

  if (!key && query)
    key = g_hash_table_lookup (query, "x-api-key");
  return g_strcmp0 (key, self->options->key) == 0;
}

/* FALSE after answering 400. A body is read when there is one. */
static gboolean
read_body (LobbyGatewayRequest *request)
{
  g_autoptr (GBytes) bytes = soup_message_body_flatten (soup_server_message_get_request_body (request->message));
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  g_autoptr (GError) error = NULL;

  if (size == 0 || g_str_equal (request->method, "GET"))
    return TRUE;
  request->body = lobby_json_parse_object (text, (gssize)size, &error);
  if (!request->body)
    lobby_gateway_answer_error (request->message, 400, error->message);
  return request->body != NULL;
}

const char *
lobby_gateway_engine_name (LobbyGateway *self)
{
  static const char *const engines[] = { "GOWS", "NOWEB", "WEBJS" };

  return engines[self->world->knobs->gateway_engine];
}

static void
answer_version (LobbyGateway *self,
                SoupServerMessage *message)
{
  JsonObject *answer = json_object_new ();

  json_object_set_string_member (answer, "version", "2026.7.1");
  json_object_set_string_member (answer, "engine", lobby_gateway_engine_name (self));
  json_object_set_string_member (answer, "tier", "PLUS");
  json_object_set_null_member (answer, "browser");
  lobby_gateway_answer_object (message, 200, answer);
}

static void
run_request (LobbyGateway *self,
             LobbyGatewayRequest *request)
{
  if (lobby_gateway_is (request, "GET", 1, 0, "version") || lobby_gateway_is (request, "GET", 2, 1, "version"))
    answer_version (self, request->message);
  else if (lobby_gateway_is (request, "GET", 3, 0, "files"))
    lobby_gateway_serve_file (self, request);
  else if (!lobby_gateway_sessions (self, request) && !lobby_gateway_sending (self, request) && !lobby_gateway_chats (self, request))
    {
      g_autofree char *problem = g_strdup_printf ("Cannot %s /api/%s…", request->method, request->parts[0]);

      lobby_gateway_answer_error (request->message, 404, problem);
    }
}

gboolean
lobby_gateway_handle (LobbyGateway *self,
                      SoupServerMessage *message,
                      const char *path,
                      GHashTable *query)
{
  const LobbyKnobs *knobs = self->world->knobs;
  g_auto (GStrv) parts = NULL;
  LobbyGatewayRequest request = { .message = message, .method = soup_server_message_get_method (message), .query = query };

  if (g_str_equal (path, "/ping"))
    {
      JsonObject *answer = json_object_new ();

      json_object_set_string_member (answer, "message", "pong");
      lobby_gateway_answer_object (message, 200, answer);
      return TRUE;
    }
  if (!g_str_has_prefix (path, "/api/"))
    return FALSE;
  if (!is_authorised (self, message, query))
    {
      lobby_gateway_answer_error (message, 401, "Unauthorized");
      return TRUE;
    }
  if (knobs->gateway_status)
    {
      lobby_gateway_answer_error (message, (guint)knobs->gateway_status, "Something went wrong");
      return TRUE;
    }
  parts = g_strsplit (path + strlen ("/api/"), "/", PATH_PARTS_MAX);
  request.parts = parts;
  request.length = g_strv_length (parts);
  for (guint i = 0; i < request.length; i++)
    {
      char *plain = g_uri_unescape_string (parts[i], NULL);

      if (plain)
        {
          g_free (parts[i]);
          parts[i] = plain;
        }
    }
  /* Both "…/sessions" and "…/sessions/" are the list. */
  if (request.length > 1 && !*parts[request.length - 1])
    request.length--;
  if (read_body (&request))
    run_request (self, &request);
  g_clear_pointer (&request.body, json_object_unref);
  return TRUE;
}
