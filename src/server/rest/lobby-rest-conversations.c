/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

#define DEFAULT_LIMIT 50
#define MAX_LIMIT 200

/* A cursor is "<last_activity_at>.<id>" of the last row of a page; to clients it is opaque. */
static gboolean
parse_cursor (const char *cursor,
              gint64 *at,
              const char **id)
{
  const char *dot = strchr (cursor, '.');
  g_autofree char *number = dot != NULL ? g_strndup (cursor, (gsize)(dot - cursor)) : NULL;

  if (number == NULL || dot[1] == '\0' || !g_ascii_string_to_signed (number, 10, 1, G_MAXINT64, at, NULL))
    return FALSE;
  *id = dot + 1;
  return TRUE;
}

static JsonObject *
row_to_json (LobbyRest *self,
             const LobbyWireConversation *conversation)
{
  g_autoptr (LobbyWireContact) contact = lobby_storage (self->storage, get_contact, conversation->contact_id);
  g_autoptr (LobbyWireMessage) last = lobby_storage (self->storage, get_last_message, conversation->id);
  JsonObject *json = lobby_wire_conversation_to_json (conversation);

  if (contact != NULL)
    json_object_set_object_member (json, "contact", lobby_wire_contact_to_json (contact));
  if (last != NULL)
    json_object_set_object_member (json, "last_message", lobby_wire_message_to_json (last));
  return json;
}

static void
on_list_conversations (LobbyHttpExchange *exchange,
                       gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  const char *business = lobby_http_exchange_get_query (exchange, "business");
  const char *cursor = lobby_http_exchange_get_query (exchange, "before");
  g_autoptr (GPtrArray) conversations = NULL;
  JsonObject *json;
  JsonArray *array;
  const char *id = NULL;
  gint64 at = 0;
  gint64 seq;
  guint limit;

  if (!lobby_rest_query_number (exchange, "limit", 1, MAX_LIMIT, DEFAULT_LIMIT, &limit))
    return;
  if (business == NULL || (cursor != NULL && !parse_cursor (cursor, &at, &id)))
    {
      lobby_rest_answer_bad (exchange, business == NULL ? "business is needed" : "before is not a cursor of ours");
      return;
    }
  if (!lobby_storage (self->storage, agent_may, agent->id, business))
    {
      lobby_rest_answer_not_found (exchange);
      return;
    }
  conversations = lobby_storage (self->storage, list_conversations, business, at, id, limit + 1, &seq);
  if (conversations == NULL)
    {
      lobby_rest_answer_busy (exchange);
      return;
    }
  json = json_object_new ();
  array = json_array_new ();
  for (guint i = 0; i < MIN (conversations->len, limit); i++)
    json_array_add_object_element (array, row_to_json (self, g_ptr_array_index (conversations, i)));
  json_object_set_array_member (json, "conversations", array);
  if (conversations->len > limit)
    {
      const LobbyWireConversation *last = g_ptr_array_index (conversations, limit - 1);
      g_autofree char *next = g_strdup_printf ("%" G_GINT64_FORMAT ".%s", last->last_activity_at, last->id);

      json_object_set_string_member (json, "next", next);
    }
  else
    json_object_set_null_member (json, "next");
  json_object_set_int_member (json, "seq", seq);
  lobby_rest_answer (self, exchange, 200, json);
}

void
lobby_rest_add_conversation_routes (LobbyRest *self,
                                    LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/conversations", 0, on_list_conversations);
}
