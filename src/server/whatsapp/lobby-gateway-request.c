/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-gateway-private.h"
#include "lobby-json.h"
#include "lobby-wire.h"

#include <string.h>

#define MAX_WORDS 512
#define MAX_ANSWER (32 * 1024 * 1024)

LobbyHttpRequest *
lobby_gateway_request_new (const LobbyConnection *connection,
                           const char *method,
                           const char *path)
{
  g_autofree char *url = g_strconcat (connection->gateway_url, path, NULL);
  LobbyHttpRequest *request = lobby_http_request_new (method, url);

  lobby_http_request_add_header (request, "X-Api-Key", connection->gateway_key);
  lobby_http_request_add_header (request, "Accept", "application/json");
  request->max_bytes = MAX_ANSWER;
  return request;
}

/* What the gateway says of the failure, wherever its versions put that; without our key. (transfer full) */
static char *
dup_words (GBytes *body,
           const char *key)
{
  gsize length;
  const char *text = g_bytes_get_data (body, &length);
  g_autoptr (JsonObject) root = length > 0 ? lobby_json_parse_object (text, (gssize)length, NULL) : NULL;
  JsonArray *list = lobby_json_get_array (root, "message");
  const char *words = lobby_json_get_string (lobby_json_get_object (root, "exception"), "message", MAX_WORDS);
  g_autoptr (GString) clean = NULL;

  if (words == NULL && list != NULL && json_array_get_length (list) > 0 && JSON_NODE_HOLDS_VALUE (json_array_get_element (list, 0)))
    words = json_node_get_string (json_array_get_element (list, 0));
  if (words == NULL)
    words = lobby_json_get_string (root, "message", MAX_WORDS);
  if (words == NULL)
    words = lobby_json_get_string (root, "error", MAX_WORDS);
  if (words == NULL)
    return NULL;
  clean = g_string_new_len (words, (gssize)MIN (strlen (words), MAX_WORDS));
  if (key != NULL && *key != '\0')
    g_string_replace (clean, key, "…", 0);
  return g_utf8_make_valid (clean->str, (gssize)clean->len);
}

GError *
lobby_gateway_error_from_answer (guint status,
                                 GBytes *body,
                                 const char *key)
{
  g_autofree char *title = g_strdup_printf ("HTTP %u", status);
  g_autofree char *words = dup_words (body, key);

  if (status == 401 || status == 403)
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0, 0, title, LOBBY_WIRE_REASON_GATEWAY_KEY);
  if (status == 429)
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION, 0, title, "The gateway is asked too often");
  /* "Session status is not as expected": refused before anything was done. */
  if (status == 422)
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION, 0, title, words != NULL ? words : "The gateway is not connected to WhatsApp");
  if (status == 502 || status == 503 || status == 504 || status == 408 || status < 400)
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_UNKNOWN, LOBBY_PACE_CONNECTION, 0, title, "The gateway gave no clear answer");
  if (status >= 500)
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_UNKNOWN, LOBBY_PACE_TRANSIENT, 0, title, words != NULL ? words : "The gateway failed");
  return lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, (int)status, title, words != NULL ? words : "The gateway did not understand the request");
}

GError *
lobby_gateway_error_from_net (const GError *error)
{
  if (g_error_matches (error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_UNREACHABLE) || g_error_matches (error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_TLS))
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION, 0, "Not reachable", "The gateway cannot be reached");
  if (g_error_matches (error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_BAD_URL))
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0, 0, "Bad address", LOBBY_WIRE_REASON_GATEWAY_URL);
  return lobby_adapter_error_new (LOBBY_SEND_ERROR_UNKNOWN, LOBBY_PACE_CONNECTION, 0, "No answer", "The gateway's answer was lost");
}

gboolean
lobby_gateway_is_about_request (const GError *error)
{
  return g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_REFUSED)
         || (g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_UNKNOWN) && lobby_adapter_get_error (error)->pace == LOBBY_PACE_TRANSIENT);
}

JsonNode *
lobby_gateway_ask_with (LobbyGatewayAdapter *self,
                        const char *method,
                        const char *path,
                        char *json,
                        guint timeout,
                        GError **error)
{
  LobbyHttpRequest *request = lobby_gateway_request_new (self->connection, method, path);
  g_autofree char *key = g_strdup (self->connection->gateway_key);
  g_autoptr (GError) net_error = NULL;
  g_autoptr (LobbyHttpResponse) response = NULL;
  JsonNode *answer;
  GBytes *body;
  guint status;

  request->timeout_msec = timeout;
  lobby_http_request_take_json (request, json);
  response = dex_await_object (lobby_http_client_send (self->client, request, NULL), &net_error);
  if (response == NULL)
    {
      g_propagate_error (error, lobby_gateway_error_from_net (net_error));
      return NULL;
    }
  status = lobby_http_response_get_status (response);
  body = lobby_http_response_get_body (response);
  if (status < 200 || status > 299)
    {
      g_propagate_error (error, lobby_gateway_error_from_answer (status, body, key));
      return NULL;
    }
  if (g_bytes_get_size (body) == 0)
    return json_node_new (JSON_NODE_NULL);
  answer = lobby_json_parse (g_bytes_get_data (body, NULL), (gssize)g_bytes_get_size (body), NULL);
  if (answer == NULL)
    g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_UNKNOWN, LOBBY_PACE_CONNECTION, 0, "No answer", "What answers at the gateway's address is no gateway"));
  return answer;
}

JsonNode *
lobby_gateway_ask (LobbyGatewayAdapter *self,
                   const char *method,
                   const char *path,
                   JsonObject *body,
                   GError **error)
{
  char *json = body != NULL ? lobby_json_object_to_string (body) : NULL;

  g_clear_pointer (&body, json_object_unref);
  return lobby_gateway_ask_with (self, method, path, json, self->timeout, error);
}

char *
lobby_gateway_session_path (LobbyGatewayAdapter *self,
                            const char *rest)
{
  return g_strdup_printf ("/api/%s%s", self->connection->gateway_session, rest);
}

char *
lobby_gateway_chat_path (LobbyGatewayAdapter *self,
                         const char *chat,
                         const char *rest)
{
  g_autofree char *escaped = g_uri_escape_string (chat, NULL, FALSE);

  return g_strdup_printf ("/api/%s/chats/%s%s", self->connection->gateway_session, escaped, rest);
}
