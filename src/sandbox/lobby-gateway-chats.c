/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-gateway-private.h"

#include <string.h>

#include "lobby-json.h"

#define PAGE_MAX 1000

static void
answer_list (const LobbyGatewayRequest *request,
             JsonArray *list)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  json_node_take_array (node, list);
  lobby_gateway_answer (request->message, 200, node);
}

static LobbyGatewayMessage *
last_message (LobbyGatewaySession *session,
              LobbyCustomer *customer)
{
  LobbyGatewayMessage *last = NULL;

  for (guint i = 0; i < session->messages->len; i++)
    {
      LobbyGatewayMessage *message = g_ptr_array_index (session->messages, i);

      if (message->customer == customer && lobby_gateway_message_is_kept (session, message) && (!last || message->at >= last->at))
        last = message;
    }
  return last;
}

static int
compare_latest (gconstpointer a,
                gconstpointer b)
{
  const LobbyGatewayMessage *left = *(LobbyGatewayMessage *const *)a;
  const LobbyGatewayMessage *right = *(LobbyGatewayMessage *const *)b;

  return left->at == right->at ? 0 : left->at > right->at ? -1
                                                          : 1;
}

static JsonObject *
chat_to_json (LobbyGatewaySession *session,
              LobbyGatewayMessage *last,
              gboolean overview)
{
  JsonObject *json = json_object_new ();
  g_autofree char *chat_id = lobby_gateway_chat_id (session, last->customer);

  json_object_set_string_member (json, "id", chat_id);
  if (last->customer->name)
    json_object_set_string_member (json, "name", last->customer->name);
  else
    json_object_set_null_member (json, "name");
  if (overview)
    {
      json_object_set_null_member (json, "picture");
      json_object_set_object_member (json, "lastMessage", lobby_gateway_message_recall (session, last, FALSE));
      json_object_set_object_member (json, "_chat", json_object_new ());
    }
  else
    json_object_set_int_member (json, "conversationTimestamp", last->at / 1000);
  return json;
}

/* By the time of the last message, newest first. */
static void
list_chats (LobbyGatewaySession *session,
            const LobbyGatewayRequest *request,
            gboolean overview)
{
  GPtrArray *customers = session->gateway->world->customers;
  g_autoptr (GPtrArray) chats = g_ptr_array_new ();
  gint64 offset = lobby_gateway_query_int (request->query, "offset", 0);
  gint64 limit = lobby_gateway_query_int (request->query, "limit", overview ? 20 : PAGE_MAX);
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < customers->len; i++)
    {
      LobbyGatewayMessage *last = last_message (session, g_ptr_array_index (customers, i));

      if (last)
        g_ptr_array_add (chats, last);
    }
  g_ptr_array_sort (chats, compare_latest);
  for (gint64 i = offset; i < chats->len && i < offset + limit; i++)
    json_array_add_object_element (list, chat_to_json (session, g_ptr_array_index (chats, i), overview));
  answer_list (request, list);
}

static gboolean
is_wanted (LobbyGatewayMessage *message,
           LobbyCustomer *customer,
           const LobbyGatewayRequest *request)
{
  const char *from_me = request->query ? g_hash_table_lookup (request->query, "filter.fromMe") : NULL;

  return (!customer || message->customer == customer)
         && message->at / 1000 >= lobby_gateway_query_int (request->query, "filter.timestamp.gte", 0)
         && message->at / 1000 <= lobby_gateway_query_int (request->query, "filter.timestamp.lte", G_MAXINT64)
         && (!from_me || g_str_equal (from_me, "true") == message->from_me);
}

/* GET /api/{session}/chats/{chatId|all}/messages: newest first, unless sortOrder=asc. */
static void
list_messages (LobbyGatewaySession *session,
               const LobbyGatewayRequest *request)
{
  gboolean all = g_str_equal (request->parts[2], "all");
  LobbyCustomer *customer = all ? NULL : lobby_gateway_find_customer (session, request->parts[2]);
  const char *order = request->query ? g_hash_table_lookup (request->query, "sortOrder") : NULL;
  const char *download = request->query ? g_hash_table_lookup (request->query, "downloadMedia") : NULL;
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  gint64 offset = lobby_gateway_query_int (request->query, "offset", 0);
  gint64 limit = MIN (lobby_gateway_query_int (request->query, "limit", 10), PAGE_MAX);
  JsonArray *list = json_array_new ();

  for (guint i = session->messages->len; (all || customer) && i > 0; i--)
    {
      LobbyGatewayMessage *message = g_ptr_array_index (session->messages, i - 1);

      if (is_wanted (message, customer, request) && lobby_gateway_message_is_kept (session, message))
        g_ptr_array_add (found, message);
    }
  g_ptr_array_sort (found, compare_latest);
  for (gint64 i = offset; i < found->len && i < offset + limit; i++)
    {
      guint index = g_strcmp0 (order, "asc") == 0 ? found->len - 1 - (guint)i : (guint)i;

      json_array_add_object_element (list, lobby_gateway_message_recall (session, g_ptr_array_index (found, index), g_strcmp0 (download, "false") != 0));
    }
  answer_list (request, list);
}

static void
show_message (LobbyGatewaySession *session,
              const LobbyGatewayRequest *request)
{
  LobbyGatewayMessage *message = lobby_gateway_look_up_message (session, request->parts[4]);
  const char *download = request->query ? g_hash_table_lookup (request->query, "downloadMedia") : NULL;

  if (message)
    lobby_gateway_answer_object (request->message, 200, lobby_gateway_message_recall (session, message, g_strcmp0 (download, "false") != 0));
  else
    lobby_gateway_answer_error (request->message, 404, "Message not found");
}

static void
read_chat (LobbyGatewaySession *session,
           const LobbyGatewayRequest *request)
{
  LobbyCustomer *customer = lobby_gateway_find_customer (session, request->parts[2]);
  JsonObject *answer = json_object_new ();

  lobby_world_record_call (&session->channel, "read", NULL, request->parts[2], customer);
  json_object_set_array_member (answer, "ids", json_array_new ());
  lobby_gateway_answer_object (request->message, 201, answer);
}

static gboolean
run_chats (LobbyGatewaySession *session,
           const LobbyGatewayRequest *request)
{
  if (lobby_gateway_is (request, "GET", 2, 1, "chats"))
    list_chats (session, request, FALSE);
  else if (lobby_gateway_is (request, "GET", 3, 2, "overview"))
    list_chats (session, request, TRUE);
  else if (lobby_gateway_is (request, "GET", 4, 3, "messages"))
    list_messages (session, request);
  else if (lobby_gateway_is (request, "GET", 5, 3, "messages"))
    show_message (session, request);
  else if (lobby_gateway_is (request, "POST", 5, 4, "read"))
    read_chat (session, request);
  else
    return FALSE;
  return TRUE;
}

/* {"lid","pn"}; the number is null while WhatsApp has not told it. */
static JsonObject *
lid_to_json (LobbyGatewaySession *session,
             LobbyCustomer *customer)
{
  JsonObject *json = json_object_new ();
  g_autofree char *lid = lobby_gateway_lid (customer);
  g_autofree char *number = customer->wa_id ? g_strconcat (customer->wa_id, "@c.us", NULL) : NULL;

  json_object_set_string_member (json, "lid", lid);
  if (number && session->gateway->world->knobs->lid_only < 2)
    json_object_set_string_member (json, "pn", number);
  else
    json_object_set_null_member (json, "pn");
  return json;
}

static void
show_lid (LobbyGatewaySession *session,
          const LobbyGatewayRequest *request,
          const char *id)
{
  g_autofree char *whole = strchr (id, '@') || request->length == 4 ? g_strdup (id) : g_strconcat (id, "@lid", NULL);
  LobbyCustomer *customer = lobby_gateway_find_customer (session, whole);
  JsonObject *answer;

  if (customer)
    answer = lid_to_json (session, customer);
  else
    {
      answer = json_object_new ();
      json_object_set_string_member (answer, request->length == 4 ? "pn" : "lid", whole);
      json_object_set_null_member (answer, request->length == 4 ? "lid" : "pn");
    }
  lobby_gateway_answer_object (request->message, 200, answer);
}

static gboolean
run_lids (LobbyGatewaySession *session,
          const LobbyGatewayRequest *request)
{
  GPtrArray *customers = session->gateway->world->customers;
  gint64 offset = lobby_gateway_query_int (request->query, "offset", 0);
  gint64 limit = lobby_gateway_query_int (request->query, "limit", 100);
  JsonArray *list;

  if (!g_str_equal (request->method, "GET"))
    return FALSE;
  if (request->length == 3)
    show_lid (session, request, request->parts[2]);
  else if (request->length == 4 && g_str_equal (request->parts[2], "pn"))
    show_lid (session, request, request->parts[3]);
  else if (request->length == 2)
    {
      list = json_array_new ();
      for (gint64 i = offset; i < customers->len && i < offset + limit; i++)
        json_array_add_object_element (list, lid_to_json (session, g_ptr_array_index (customers, (guint)i)));
      answer_list (request, list);
    }
  else
    return FALSE;
  return TRUE;
}

static void
set_presence (LobbyGatewaySession *session,
              const LobbyGatewayRequest *request)
{
  static const char *const global[] = { "online", "offline", NULL };
  static const char *const of_chat[] = { "typing", "recording", "paused", NULL };
  const char *presence = lobby_json_get_string (request->body, "presence", 32);
  const char *chat_id = lobby_json_get_string (request->body, "chatId", 256);
  LobbyCustomer *customer = chat_id ? lobby_gateway_find_customer (session, chat_id) : NULL;

  if (presence && g_strv_contains (global, presence) && !chat_id)
    session->online = g_str_equal (presence, "online");
  else if (!presence || !g_strv_contains (of_chat, presence) || !customer)
    {
      lobby_gateway_answer_error (request->message, 400, "presence and chatId do not go together");
      return;
    }
  lobby_world_record_call (&session->channel, presence, NULL, chat_id, customer);
  lobby_gateway_answer (request->message, 201, NULL);
}

static gboolean
run_presence (LobbyGatewaySession *session,
              const LobbyGatewayRequest *request)
{
  LobbyCustomer *customer = request->length > 2 ? lobby_gateway_find_customer (session, request->parts[2]) : NULL;

  if (lobby_gateway_is (request, "POST", 2, 1, "presence"))
    set_presence (session, request);
  else if (request->length > 2 && !customer)
    lobby_gateway_answer_error (request->message, 404, "There is no such chat");
  else if (lobby_gateway_is (request, "POST", 4, 3, "subscribe"))
    {
      g_hash_table_add (session->subscribed, customer);
      lobby_world_record_call (&session->channel, "subscribe", NULL, request->parts[2], customer);
      lobby_gateway_answer (request->message, 201, NULL);
    }
  else if (lobby_gateway_is (request, "GET", 3, 1, "presence"))
    {
      g_hash_table_add (session->subscribed, customer);
      lobby_gateway_answer_object (request->message, 200, lobby_gateway_presence (session, customer));
    }
  else
    return FALSE;
  return TRUE;
}

/* /api/contacts?contactId=…, /api/contacts/check-exists?phone=…, /api/contacts/profile-picture?contactId=… */
static gboolean
run_contacts (LobbyGateway *self,
              const LobbyGatewayRequest *request)
{
  const char *name = request->query ? g_hash_table_lookup (request->query, "session") : NULL;
  const char *id = request->query ? g_hash_table_lookup (request->query, request->length == 2 && g_str_equal (request->parts[1], "check-exists") ? "phone" : "contactId") : NULL;
  LobbyGatewaySession *session = lobby_gateway_working_session (self, request->message, name ? name : "default");
  LobbyCustomer *customer = session && id ? lobby_gateway_find_customer (session, id) : NULL;
  g_autofree char *chat_id = customer ? lobby_gateway_chat_id (session, customer) : NULL;
  JsonObject *answer;

  if (!session)
    return TRUE;
  if (!id)
    {
      lobby_gateway_answer_error (request->message, 400, "contactId or phone is missing");
      return TRUE;
    }
  answer = json_object_new ();
  if (request->length == 1)
    {
      lobby_json_set_string (answer, "id", chat_id ? chat_id : id);
      lobby_json_set_string (answer, "number", customer ? customer->wa_id : NULL);
      lobby_json_set_string (answer, "name", customer ? customer->name : NULL);
      lobby_json_set_string (answer, "pushname", customer ? customer->name : NULL);
    }
  else if (g_str_equal (request->parts[1], "check-exists"))
    {
      g_autofree char *exists = g_strdup_printf ("%s@c.us", id + strspn (id, "+"));

      json_object_set_boolean_member (answer, "numberExists", TRUE);
      json_object_set_string_member (answer, "chatId", chat_id ? chat_id : exists);
    }
  else
    json_object_set_null_member (answer, "profilePictureURL");
  lobby_gateway_answer_object (request->message, 200, answer);
  return TRUE;
}

gboolean
lobby_gateway_chats (LobbyGateway *self,
                     const LobbyGatewayRequest *request)
{
  gboolean chats = request->length > 1 && g_str_equal (request->parts[1], "chats");
  gboolean lids = request->length > 1 && g_str_equal (request->parts[1], "lids");
  gboolean presence = request->length > 1 && g_str_equal (request->parts[1], "presence");
  LobbyGatewaySession *session;

  if (g_str_equal (request->parts[0], "contacts") && request->length <= 2 && g_str_equal (request->method, "GET"))
    return run_contacts (self, request);
  if (!chats && !lids && !presence)
    return FALSE;
  session = lobby_gateway_working_session (self, request->message, request->parts[0]);
  if (!session)
    return TRUE;
  if (chats)
    return run_chats (session, request);
  return lids ? run_lids (session, request) : run_presence (session, request);
}

void
lobby_gateway_serve_file (LobbyGateway *self,
                          const LobbyGatewayRequest *request)
{
  LobbyGatewaySession *session = lobby_gateway_find_session (self, request->parts[1]);
  g_autofree char *id = g_strndup (request->parts[2], strcspn (request->parts[2], "."));
  LobbyGatewayMessage *message = session ? lobby_gateway_find_message (session, id) : NULL;

  if (!message || !message->bytes || g_get_monotonic_time () / 1000 > message->file_until)
    {
      lobby_gateway_answer_error (request->message, 404, "File not found");
      return;
    }
  soup_message_headers_replace (soup_server_message_get_response_headers (request->message), "Content-Type", message->mime_type);
  soup_message_body_append_bytes (soup_server_message_get_response_body (request->message), message->bytes);
  soup_server_message_set_status (request->message, 200, NULL);
}
