/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

#include "lobby-id.h"
#include "lobby-json.h"

#define CONTACTS_A_PAGE 50
#define MAX_PAGE 1000000

/* The businesses to look in: those of the agent, or the one in the query. NULL: answered. */
static char **
asked_businesses (LobbyRest *self,
                  LobbyHttpExchange *exchange,
                  const LobbyAgent *agent)
{
  const char *asked = lobby_http_exchange_get_query (exchange, "business");
  g_autoptr (GStrvBuilder) ids = g_strv_builder_new ();

  if (asked != NULL && !lobby_storage (self->storage, agent_may, agent->id, asked))
    {
      lobby_rest_answer_not_found (exchange);
      return NULL;
    }
  if (asked != NULL)
    g_strv_builder_add (ids, asked);
  else
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) businesses = lobby_storage (self->storage, list_businesses, agent->id, &error);

      if (businesses == NULL)
        {
          lobby_rest_answer_storage_error (exchange, error);
          return NULL;
        }
      for (guint i = 0; i < businesses->len; i++)
        g_strv_builder_add (ids, ((LobbyBusiness *)g_ptr_array_index (businesses, i))->id);
    }
  return g_strv_builder_end (ids);
}

static void
on_list_contacts (LobbyHttpExchange *exchange,
                  gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (GPtrArray) contacts = NULL;
  g_auto (GStrv) businesses = NULL;
  JsonObject *json;
  JsonArray *array;
  guint page;
  guint total;

  if (!lobby_rest_query_number (exchange, "page", 1, MAX_PAGE, 1, &page))
    return;
  businesses = asked_businesses (self, exchange, agent);
  if (businesses == NULL)
    return;
  contacts = lobby_storage (self->storage, list_contacts, (const char *const *)businesses, page, CONTACTS_A_PAGE, &total);
  if (contacts == NULL)
    {
      lobby_rest_answer_busy (exchange);
      return;
    }
  array = json_array_new ();
  for (guint i = 0; i < contacts->len; i++)
    json_array_add_object_element (array, lobby_wire_contact_to_json (g_ptr_array_index (contacts, i)));
  json = json_object_new ();
  json_object_set_array_member (json, "contacts", array);
  json_object_set_int_member (json, "page", page);
  json_object_set_int_member (json, "pages", (total + CONTACTS_A_PAGE - 1) / CONTACTS_A_PAGE);
  json_object_set_int_member (json, "total", total);
  lobby_rest_answer (self, exchange, 200, json);
}

static void
on_get_contact (LobbyHttpExchange *exchange,
                gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyWireContact) contact = lobby_rest_contact (self, exchange, agent, "id");

  if (contact != NULL)
    lobby_rest_answer (self, exchange, 200, lobby_wire_contact_to_json (contact));
}

/* Reading */

typedef struct
{
  char *connection_id;
  char *whatsapp_message_id;
} Receipt;

static void
receipt_free (gpointer data)
{
  Receipt *receipt = data;

  g_free (receipt->connection_id);
  g_free (receipt->whatsapp_message_id);
  g_free (receipt);
}

static void
send_receipts (LobbyRest *self,
               gpointer data)
{
  GPtrArray *receipts = data;

  for (guint i = 0; i < receipts->len; i++)
    {
      const Receipt *receipt = g_ptr_array_index (receipts, i);

      lobby_whatsapp_agent_read (self->whatsapp, receipt->connection_id, receipt->whatsapp_message_id);
    }
}

/* The body's upTo, which may be absent like the body itself. FALSE: answered. */
static gboolean
read_up_to (LobbyRest *self,
            LobbyHttpExchange *exchange,
            const LobbyWireContact *contact,
            LobbyWireMessage **up_to)
{
  g_autoptr (JsonObject) body = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  const char *id;

  if (g_bytes_get_size (lobby_http_exchange_get_body (exchange)) == 0)
    return TRUE;
  body = lobby_rest_body (exchange);
  if (body == NULL)
    return FALSE;
  if (!json_object_has_member (body, "upTo") || json_object_get_null_member (body, "upTo"))
    return TRUE;
  id = lobby_json_get_string (body, "upTo", LOBBY_ID_MAX);
  message = id != NULL ? lobby_storage (self->storage, get_message, id) : NULL;
  if (message == NULL || strcmp (message->contact_id, contact->id) != 0)
    {
      lobby_rest_answer_not_found (exchange);
      return FALSE;
    }
  *up_to = g_steal_pointer (&message);
  return TRUE;
}

static gboolean
mark_conversation (LobbyRest *self,
                   const LobbyAgent *agent,
                   const LobbyWireConversation *conversation,
                   const LobbyWireMessage *up_to,
                   GPtrArray *receipts,
                   GError **error)
{
  g_autoptr (GError) inner = NULL;
  g_autofree char *read = NULL;
  Receipt *receipt;

  if (up_to != NULL && strcmp (up_to->conversation_id, conversation->id) != 0)
    return TRUE;
  read = lobby_storage (self->storage, mark_read, agent->id, conversation->id, up_to != NULL ? up_to->id : NULL, &inner);
  if (inner != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&inner));
      return FALSE;
    }
  if (read != NULL)
    {
      receipt = g_new (Receipt, 1);
      receipt->connection_id = g_strdup (conversation->connection_id);
      receipt->whatsapp_message_id = g_steal_pointer (&read);
      g_ptr_array_add (receipts, receipt);
    }
  return TRUE;
}

static JsonObject *
conversations_to_json (LobbyRest *self,
                       const char *contact_id)
{
  g_autoptr (GPtrArray) conversations = lobby_storage (self->storage, find_conversations, contact_id);
  JsonObject *json = json_object_new ();
  JsonArray *array = json_array_new ();

  for (guint i = 0; conversations != NULL && i < conversations->len; i++)
    json_array_add_object_element (array, lobby_wire_conversation_to_json (g_ptr_array_index (conversations, i)));
  json_object_set_array_member (json, "conversations", array);
  return json;
}

static void
on_read (LobbyHttpExchange *exchange,
         gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyWireContact) contact = lobby_rest_contact (self, exchange, agent, "id");
  g_autoptr (GPtrArray) receipts = g_ptr_array_new_with_free_func (receipt_free);
  g_autoptr (GPtrArray) conversations = NULL;
  g_autoptr (LobbyWireMessage) up_to = NULL;
  g_autoptr (GError) error = NULL;

  if (contact == NULL || !read_up_to (self, exchange, contact, &up_to))
    return;
  conversations = lobby_storage (self->storage, find_conversations, contact->id);
  if (conversations == NULL)
    {
      lobby_rest_answer_busy (exchange);
      return;
    }
  for (guint i = 0; i < conversations->len; i++)
    if (!mark_conversation (self, agent, g_ptr_array_index (conversations, i), up_to, receipts, &error))
      {
        lobby_rest_answer_storage_error (exchange, error);
        return;
      }
  lobby_rest_answer_then (self, exchange, 200, conversations_to_json (self, contact->id), send_receipts,
                          g_steal_pointer (&receipts), (GDestroyNotify)g_ptr_array_unref);
}

void
lobby_rest_add_contact_routes (LobbyRest *self,
                               LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/contacts", 0, on_list_contacts);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/contacts/{id}", 0, on_get_contact);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "POST", "/api/contacts/{id}/read", LOBBY_REST_SMALL_BODY, on_read);
}
