/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-draft.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-id.h"
#include "lobby-json.h"

#define DEFAULT_LIMIT 50
#define MAX_LIMIT 200

/* The conversations of @contact with this id or on this connection; either may be NULL. */
static LobbyWireConversation *
find_conversation (LobbyRest *self,
                   const LobbyWireContact *contact,
                   const char *conversation_id,
                   const char *connection_id)
{
  g_autoptr (GPtrArray) conversations = lobby_storage (self->storage, find_conversations, contact->id);

  for (guint i = 0; conversations != NULL && i < conversations->len; i++)
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
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  const char *before = lobby_http_exchange_get_query (exchange, "before");
  const char *before_id = lobby_http_exchange_get_query (exchange, "before_id");
  const char *conversation_id = lobby_http_exchange_get_query (exchange, "conversation");
  g_autoptr (LobbyWireContact) contact = NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  gint64 before_at = 0;
  guint limit;

  if (!lobby_rest_query_number (exchange, "limit", 1, MAX_LIMIT, DEFAULT_LIMIT, &limit))
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
  if (messages == NULL)
    lobby_rest_answer_busy (exchange);
  else
    lobby_rest_answer (self, exchange, 200, page_to_json (messages, limit));
}

/* Sending */

static void
wake_connection (LobbyRest *self,
                 gpointer connection_id)
{
  lobby_whatsapp_wake (self->whatsapp, connection_id);
}

void
lobby_rest_answer_message (LobbyRest *self,
                           LobbyHttpExchange *exchange,
                           guint status,
                           const LobbyWireMessage *message)
{
  JsonObject *json = json_object_new ();

  json_object_set_object_member (json, "message", lobby_wire_message_to_json (message));
  lobby_rest_answer_then (self, exchange, status, json, wake_connection, g_strdup (message->connection_id), g_free);
}

static void
on_send_message (LobbyHttpExchange *exchange,
                 gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyWireContact) contact = lobby_rest_contact (self, exchange, agent, "contactId");
  g_autoptr (JsonObject) body = contact != NULL ? lobby_rest_body (exchange) : NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyConnection) connection = NULL;
  g_autoptr (LobbyDraft) draft = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gboolean existed = FALSE;

  if (body == NULL)
    return;
  conversation = find_conversation (self, contact, NULL, lobby_json_get_string (body, "connectionId", LOBBY_ID_MAX));
  if (conversation == NULL)
    {
      lobby_rest_answer_not_found (exchange);
      return;
    }
  connection = lobby_storage (self->storage, get_connection, conversation->connection_id);
  if (connection == NULL)
    {
      lobby_http_exchange_answer_error (exchange, 422, "connection_removed", "The number that this conversation was held with was removed");
      return;
    }
  draft = lobby_rest_draft (self, exchange, conversation, body);
  if (draft == NULL)
    return;
  message = lobby_storage (self->storage, accept_message, agent->id, conversation->id, draft, &existed, &error);
  if (message == NULL)
    lobby_rest_answer_storage_error (exchange, error);
  else
    lobby_rest_answer_message (self, exchange, existed ? 200 : 201, message);
}

/* Changing what was sent */

/* The message of the path that @exchange wants changed. NULL: answered. */
static LobbyWireMessage *
message_to_change (LobbyRest *self,
                   LobbyHttpExchange *exchange,
                   LobbyCapabilities needed)
{
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyWireContact) contact = lobby_rest_contact (self, exchange, agent, "contactId");
  g_autoptr (LobbyWireMessage) message = NULL;

  if (contact == NULL)
    return NULL;
  message = lobby_storage (self->storage, get_message, lobby_http_exchange_get_parameter (exchange, "messageId"));
  if (message == NULL || strcmp (message->contact_id, contact->id) != 0)
    lobby_rest_answer_not_found (exchange);
  else if ((lobby_whatsapp_get_capabilities (self->whatsapp, message->connection_id) & needed) == 0)
    lobby_http_exchange_answer_error (exchange, 422, "not_supported_by_connection",
                                      needed == LOBBY_CAN_EDIT ? "This connection cannot change a message that was sent"
                                                               : "This connection cannot delete a message for everyone");
  else if (!message->outbound || message->status == LOBBY_STATUS_FAILED)
    lobby_http_exchange_answer_error (exchange, 422, "not_sent", "Only messages that were sent from here can be changed");
  else
    return g_steal_pointer (&message);
  return NULL;
}

static void
change_message (LobbyRest *self,
                LobbyHttpExchange *exchange,
                const LobbyWireMessage *message,
                LobbyOutboundAction action,
                const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireMessage) changed = lobby_storage (self->storage, accept_change, message->id, action, text, &error);

  if (changed != NULL)
    lobby_rest_answer_message (self, exchange, 202, changed);
  else if (g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS))
    lobby_http_exchange_answer_error (exchange, 409, "revoked", error->message);
  else
    lobby_rest_answer_storage_error (exchange, error);
}

static void
on_edit_message (LobbyHttpExchange *exchange,
                 gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyWireMessage) message = message_to_change (self, exchange, LOBBY_CAN_EDIT);
  g_autoptr (JsonObject) body = message != NULL ? lobby_rest_body (exchange) : NULL;
  const char *text;

  if (body == NULL)
    return;
  if (message->type != LOBBY_MESSAGE_TEXT)
    {
      lobby_http_exchange_answer_error (exchange, 422, "unsupported_type", "Only texts can be edited");
      return;
    }
  text = lobby_rest_draft_text (exchange, body);
  if (text != NULL)
    change_message (self, exchange, message, LOBBY_OUTBOUND_EDIT, text);
}

static void
on_revoke_message (LobbyHttpExchange *exchange,
                   gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyWireMessage) message = message_to_change (self, exchange, LOBBY_CAN_REVOKE);

  if (message != NULL)
    change_message (self, exchange, message, LOBBY_OUTBOUND_REVOKE, NULL);
}

void
lobby_rest_add_message_routes (LobbyRest *self,
                               LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/messages/{contactId}", 0, on_list_messages);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "POST", "/api/messages/{contactId}", LOBBY_REST_SMALL_BODY, on_send_message);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "PATCH", "/api/messages/{contactId}/{messageId}", LOBBY_REST_SMALL_BODY, on_edit_message);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "DELETE", "/api/messages/{contactId}/{messageId}", 0, on_revoke_message);
}
