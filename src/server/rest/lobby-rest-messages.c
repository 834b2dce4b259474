/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-id.h"
#include "lobby-json.h"

#define DEFAULT_LIMIT 50
#define MAX_LIMIT 200
#define CLIENT_ID_MAX 128
/* What WhatsApp takes, in characters. */
#define TEXT_MAX 4096
/* A character is at most four bytes. A little above, so that a longer text is told from an absent one. */
#define TEXT_BYTES_MAX (LOBBY_REST_SMALL_BODY)

/* The conversations of @contact with this id or on this connection; either may be NULL. */
static LobbyWireConversation *
find_conversation (LobbyRest *self,
                   const LobbyWireContact *contact,
                   const char *conversation_id,
                   const char *connection_id)
{
  g_autoptr (GPtrArray) conversations = lobby_storage (self->storage, find_conversations, contact->id);

  for (guint i = 0; i < conversations->len; i++)
    {
      const LobbyWireConversation *conversation = g_ptr_array_index (conversations, i);

      if ((conversation_id == NULL || strcmp (conversation->id, conversation_id) == 0)
          && (connection_id == NULL || strcmp (conversation->connection_id, connection_id) == 0))
        return g_ptr_array_steal_index (conversations, i);
    }
  return NULL;
}

static JsonObject *
page_to_json (GPtrArray *messages,
              guint limit)
{
  JsonObject *json = json_object_new ();
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < MIN (messages->len, limit); i++)
    json_array_add_object_element (array, lobby_wire_message_to_json (g_ptr_array_index (messages, i)));
  json_object_set_array_member (json, "messages", array);
  json_object_set_boolean_member (json, "has_more", messages->len > limit);
  return json;
}

static void
on_list_messages (LobbyHttpExchange *exchange,
                  gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (self, exchange);
  const char *before = lobby_http_exchange_get_query (exchange, "before");
  const char *before_id = lobby_http_exchange_get_query (exchange, "before_id");
  const char *conversation_id = lobby_http_exchange_get_query (exchange, "conversation");
  g_autoptr (LobbyWireContact) contact = NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  gint64 before_at = 0;
  guint limit;

  if (agent == NULL || !lobby_rest_query_number (exchange, "limit", 1, MAX_LIMIT, DEFAULT_LIMIT, &limit))
    return;
  if (before != NULL && !lobby_clock_parse (before, &before_at))
    {
      lobby_rest_answer_bad (exchange, "before must be a time as in created_at");
      return;
    }
  contact = lobby_rest_contact (self, exchange, agent, "contactId");
  if (contact == NULL)
    return;
  if (conversation_id != NULL && (conversation = find_conversation (self, contact, conversation_id, NULL)) == NULL)
    {
      lobby_rest_answer_not_found (exchange);
      return;
    }
  messages = lobby_storage (self->storage, list_messages, contact->id, conversation_id, before_at, before != NULL ? before_id : NULL, limit + 1);
  lobby_rest_answer (self, exchange, 200, page_to_json (messages, limit));
}

/* Sending */

static void
wake_connection (LobbyRest *self,
                 gpointer connection_id)
{
  lobby_whatsapp_wake (self->whatsapp, connection_id);
}

/* NULL: answered. */
static const char *
text_to_send (LobbyHttpExchange *exchange,
              JsonObject *body)
{
  const char *type = lobby_json_get_string (body, "type", 64);
  const char *text = lobby_json_get_string (body, "text", TEXT_BYTES_MAX);

  if (g_strcmp0 (type, "text") != 0)
    lobby_http_exchange_answer_error (exchange, 422, "unsupported_type", "Only messages of type text can be sent so far");
  else if (text == NULL || text[strspn (text, " \t\r\n")] == '\0')
    lobby_http_exchange_answer_error (exchange, 422, "empty", "There is no text to send");
  else if (g_utf8_strlen (text, -1) > TEXT_MAX)
    lobby_http_exchange_answer_error (exchange, 422, "too_long", "WhatsApp takes at most 4096 characters");
  else
    return text;
  return NULL;
}

static void
send_text (LobbyRest *self,
           LobbyHttpExchange *exchange,
           const LobbyAgent *agent,
           const LobbyWireConversation *conversation,
           JsonObject *body,
           const char *client_id,
           const char *text)
{
  g_autoptr (GError) error = NULL;
  gboolean existed = FALSE;
  g_autoptr (LobbyWireMessage) message = lobby_storage (self->storage, accept_text, agent->id, conversation->id, client_id, text,
                                                        lobby_json_get_string (body, "quotedMessageId", LOBBY_ID_MAX), &existed, &error);
  JsonObject *json;

  if (message == NULL)
    {
      lobby_rest_answer_storage_error (exchange, error);
      return;
    }
  json = json_object_new ();
  json_object_set_object_member (json, "message", lobby_wire_message_to_json (message));
  lobby_rest_answer_then (self, exchange, existed ? 200 : 201, json, wake_connection, g_strdup (conversation->connection_id), g_free);
}

static void
on_send_message (LobbyHttpExchange *exchange,
                 gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (self, exchange);
  g_autoptr (LobbyWireContact) contact = agent != NULL ? lobby_rest_contact (self, exchange, agent, "contactId") : NULL;
  g_autoptr (JsonObject) body = contact != NULL ? lobby_rest_body (exchange) : NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL;
  const char *client_id;
  const char *text;

  if (body == NULL)
    return;
  client_id = lobby_json_get_string (body, "clientId", CLIENT_ID_MAX);
  if (client_id == NULL || *client_id == '\0')
    {
      lobby_rest_answer_bad (exchange, "clientId is needed, of at most 128 bytes");
      return;
    }
  text = text_to_send (exchange, body);
  if (text == NULL)
    return;
  conversation = find_conversation (self, contact, NULL, lobby_json_get_string (body, "connectionId", LOBBY_ID_MAX));
  if (conversation == NULL)
    lobby_rest_answer_not_found (exchange);
  else
    send_text (self, exchange, agent, conversation, body, client_id, text);
}

void
lobby_rest_add_message_routes (LobbyRest *self,
                               LobbyHttpServer *http)
{
  lobby_http_server_route (http, "GET", "/api/messages/{contactId}", 0, on_list_messages, self);
  lobby_http_server_route (http, "POST", "/api/messages/{contactId}", LOBBY_REST_SMALL_BODY, on_send_message, self);
}
