/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-sandbox-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"

#define STRING_MAX 65536
#define COUNT_MAX 100000

typedef void (*Handler) (LobbySandbox *self, SoupServerMessage *message, JsonObject *body, GHashTable *query);

LobbyCustomer *
lobby_control_customer (LobbySandbox *self,
                        SoupServerMessage *message,
                        JsonObject *body)
{
  const char *wa_id = lobby_json_get_string (body, "wa_id", 64);
  const char *bsuid = lobby_json_get_string (body, "bsuid", 160);
  const char *via = lobby_json_get_string (body, "via", 64);
  LobbyChannel *channel = via && !g_str_equal (via, "cloud") ? lobby_gateway_find_channel (self->gateway, via) : &self->world->cloud;
  const char *key = wa_id && *wa_id ? wa_id + strspn (wa_id, "+") : bsuid;
  LobbyCustomer *customer = key ? lobby_world_find_customer (self->world, key) : NULL;

  if (!key)
    {
      lobby_answer_problem (message, 400, "wa_id or bsuid is missing");
      return NULL;
    }
  if (!channel)
    {
      lobby_answer_problem (message, 400, "via has to be cloud or a session of the gateway");
      return NULL;
    }
  if (!customer)
    {
      g_autofree char *name = g_strdup_printf ("Customer %s", key + MAX (0, (int)strlen (key) - 4));

      customer = lobby_world_add_customer (self->world, key == bsuid ? NULL : key, bsuid, name, NULL);
    }
  if (via)
    customer->channel = channel;
  return customer;
}

static void
answer_counts (LobbySandbox *self,
               SoupServerMessage *message,
               JsonObject *body,
               GHashTable *query)
{
  LobbyDeliveryCounts counts = lobby_deliverer_get_counts (self->deliverer);
  JsonObject *answer = json_object_new ();

  lobby_gateway_add_counts (self->gateway, &counts);
  json_object_set_boolean_member (answer, "idle",
                                  counts.queued + counts.in_flight + counts.waiting + self->world->scheduled == 0);
  json_object_set_int_member (answer, "queued", (gint64)counts.queued);
  json_object_set_int_member (answer, "in_flight", (gint64)counts.in_flight);
  json_object_set_int_member (answer, "waiting", (gint64)counts.waiting);
  json_object_set_int_member (answer, "scheduled", self->world->scheduled);
  json_object_set_int_member (answer, "delivered", (gint64)counts.delivered);
  json_object_set_int_member (answer, "attempts", (gint64)counts.attempts);
  json_object_set_int_member (answer, "failed_attempts", (gint64)counts.failed);
  lobby_answer_json (message, 200, answer);
}

static void
show_knobs (LobbySandbox *self,
            SoupServerMessage *message,
            JsonObject *body,
            GHashTable *query)
{
  lobby_answer_json (message, 200, lobby_knobs_to_json (&self->knobs));
}

static void
turn_knobs (LobbySandbox *self,
            SoupServerMessage *message,
            JsonObject *body,
            GHashTable *query)
{
  g_autoptr (GError) error = NULL;

  if (!lobby_knobs_update (&self->knobs, body, &error))
    {
      lobby_answer_problem (message, 400, error->message);
      return;
    }
  lobby_schedule_set_speed (self->schedule, self->knobs.speed);
  show_knobs (self, message, NULL, query);
}

static JsonObject *
customer_to_json (LobbyCustomer *customer)
{
  JsonObject *json = json_object_new ();

  lobby_json_set_string (json, "wa_id", customer->wa_id);
  lobby_json_set_string (json, "bsuid", customer->bsuid);
  lobby_json_set_string (json, "name", customer->name);
  lobby_json_set_string (json, "username", customer->username);
  json_object_set_boolean_member (json, "typing", customer->doing != LOBBY_DOING_NOTHING);
  json_object_set_boolean_member (json, "window_open", lobby_customer_window_open (customer));
  json_object_set_int_member (json, "unread", customer->unread->len);
  lobby_json_set_string (json, "last_id", customer->last_own_id);
  json_object_set_int_member (json, "reads_after_ms", customer->reads_least);
  return json;
}

static void
list_customers (LobbySandbox *self,
                SoupServerMessage *message,
                JsonObject *body,
                GHashTable *query)
{
  JsonObject *answer = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < self->world->customers->len; i++)
    json_array_add_object_element (list, customer_to_json (g_ptr_array_index (self->world->customers, i)));
  json_object_set_array_member (answer, "customers", list);
  lobby_answer_json (message, 200, answer);
}

static void
add_customer (LobbySandbox *self,
              SoupServerMessage *message,
              JsonObject *body,
              GHashTable *query)
{
  LobbyCustomer *customer = lobby_control_customer (self, message, body);
  gint64 reads;

  if (!customer)
    return;
  lobby_world_add_customer (self->world, customer->wa_id, lobby_json_get_string (body, "bsuid", 160),
                            lobby_json_get_string (body, "name", 512), lobby_json_get_string (body, "username", 128));
  if (lobby_json_get_int (body, "reads_after_ms", &reads))
    customer->reads_least = customer->reads_most = reads;
  if (json_object_has_member (body, "window_open"))
    customer->last_inbound = lobby_json_get_boolean_or (body, "window_open", FALSE) ? lobby_clock_now () : 0;
  lobby_answer_json (message, 200, customer_to_json (customer));
}

static void
react (LobbySandbox *self,
       SoupServerMessage *message,
       JsonObject *body,
       GHashTable *query)
{
  const char *target = lobby_json_get_string (body, "message_id", 512);
  const char *emoji = lobby_json_get_string (body, "emoji", 64);
  LobbyCustomer *customer = target ? lobby_control_customer (self, message, body) : NULL;
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  JsonObject *said;
  JsonObject *reaction;

  if (!target)
    lobby_answer_problem (message, 400, "message_id is missing");
  if (!customer)
    return;
  said = json_object_new ();
  reaction = json_object_new ();
  json_object_set_string_member (said, "type", "reaction");
  json_object_set_string_member (reaction, "message_id", target);
  if (emoji && *emoji)
    json_object_set_string_member (reaction, "emoji", emoji);
  json_object_set_object_member (said, "reaction", reaction);
  g_ptr_array_add (ids, lobby_customer_send (customer, said, lobby_control_timestamp (body)));
  lobby_control_answer_ids (message, ids);
}

/* {"wa_id","doing":"typing|recording|nothing"} */
static void
show_doing (LobbySandbox *self,
            SoupServerMessage *message,
            JsonObject *body,
            GHashTable *query)
{
  static const char *const words[] = { "nothing", "typing", "recording" };
  const char *word = lobby_json_get_string (body, "doing", 32);
  LobbyCustomer *customer;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (word, words[i]) == 0)
      {
        customer = lobby_control_customer (self, message, body);
        if (!customer)
          return;
        lobby_customer_set_doing (customer, (LobbyDoing)i);
        lobby_answer_json (message, 200, customer_to_json (customer));
        return;
      }
  lobby_answer_problem (message, 400, "doing has to be typing, recording or nothing");
}

/* {"field","value"}: a change of any field, as Meta would tell it (CLOUD_API 7.4). */
static void
notify (LobbySandbox *self,
        SoupServerMessage *message,
        JsonObject *body,
        GHashTable *query)
{
  const char *field = lobby_json_get_string (body, "field", 128);
  JsonObject *value = lobby_json_get_object (body, "value");

  if (!field || !value)
    {
      lobby_answer_problem (message, 400, "field or value is missing");
      return;
    }
  lobby_deliverer_push (self->deliverer, lobby_update_new_field (field, field, json_object_ref (value)));
  lobby_answer_success (message);
}

static void
read_all (LobbySandbox *self,
          SoupServerMessage *message,
          JsonObject *body,
          GHashTable *query)
{
  LobbyCustomer *customer = lobby_control_customer (self, message, body);
  JsonObject *answer;

  if (!customer)
    return;
  answer = json_object_new ();
  json_object_set_int_member (answer, "read", lobby_customer_read (customer, lobby_json_get_boolean_or (body, "played", FALSE)));
  lobby_answer_json (message, 200, answer);
}

static void
copy_member (JsonObject *to,
             const char *name,
             JsonObject *from,
             const char *member)
{
  if (member && json_object_has_member (from, member))
    json_object_set_member (to, name, json_node_copy (json_object_get_member (from, member)));
  else
    json_object_set_null_member (to, name);
}

static JsonObject *
sent_to_json (LobbySent *sent)
{
  static const char *const ranks[] = { "accepted", "sent", "delivered", "read", "played", "failed" };
  JsonObject *json = json_object_new ();

  json_object_set_int_member (json, "n", (gint64)sent->n);
  json_object_set_string_member (json, "id", sent->id);
  json_object_set_string_member (json, "via", sent->channel->name);
  json_object_set_string_member (json, "to", sent->customer->key);
  json_object_set_string_member (json, "input", sent->input);
  json_object_set_string_member (json, "type", sent->type);
  if (g_str_equal (sent->type, "text"))
    json_object_set_string_member (json, "body", lobby_json_get_string (lobby_json_get_object (sent->request, "text"), "body", STRING_MAX));
  else
    copy_member (json, "body", sent->request, sent->type);
  copy_member (json, "context", sent->request, "context");
  copy_member (json, "biz_opaque_callback_data", sent->request, "biz_opaque_callback_data");
  json_object_set_boolean_member (json, "edited", json_object_has_member (sent->request, "edited"));
  json_object_set_boolean_member (json, "revoked", json_object_has_member (sent->request, "revoked"));
  json_object_set_string_member (json, "status", ranks[sent->rank]);
  json_object_set_int_member (json, "at", sent->at);
  return json;
}

static guint64
after_of (GHashTable *query)
{
  const char *after = query ? g_hash_table_lookup (query, "after") : NULL;

  return after ? g_ascii_strtoull (after, NULL, 10) : 0;
}

static void
list_sent (LobbySandbox *self,
           SoupServerMessage *message,
           JsonObject *body,
           GHashTable *query)
{
  JsonObject *answer = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint64 i = after_of (query); i < self->world->sent->len; i++)
    json_array_add_object_element (list, sent_to_json (g_ptr_array_index (self->world->sent, i)));
  json_object_set_array_member (answer, "sent", list);
  lobby_answer_json (message, 200, answer);
}

static void
list_said (LobbySandbox *self,
           SoupServerMessage *message,
           JsonObject *body,
           GHashTable *query)
{
  JsonObject *answer = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint64 i = after_of (query); i < self->world->said->len; i++)
    {
      LobbySaid *said = g_ptr_array_index (self->world->said, i);
      JsonObject *json = json_object_new ();

      json_object_set_int_member (json, "n", (gint64)i + 1);
      json_object_set_string_member (json, "id", said->id);
      json_object_set_string_member (json, "via", said->channel->name);
      json_object_set_string_member (json, "from", said->customer->key);
      json_object_set_string_member (json, "type", said->type);
      json_object_set_int_member (json, "at", said->at);
      json_array_add_object_element (list, json);
    }
  json_object_set_array_member (answer, "said", list);
  lobby_answer_json (message, 200, answer);
}

static void
list_refused (LobbySandbox *self,
              SoupServerMessage *message,
              JsonObject *body,
              GHashTable *query)
{
  JsonObject *answer = json_object_new ();

  json_object_set_object_member (answer, "refused", json_object_ref (self->refused));
  lobby_answer_json (message, 200, answer);
}

static void
list_calls (LobbySandbox *self,
            SoupServerMessage *message,
            JsonObject *body,
            GHashTable *query)
{
  JsonObject *answer = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint64 i = after_of (query); i < self->world->calls->len; i++)
    json_array_add_object_element (list, json_object_ref (g_ptr_array_index (self->world->calls, i)));
  json_object_set_array_member (answer, "calls", list);
  lobby_answer_json (message, 200, answer);
}

static void
set_webhook (LobbySandbox *self,
             SoupServerMessage *message,
             JsonObject *body,
             GHashTable *query)
{
  const char *url = lobby_json_get_string (body, "url", 4096);
  const char *verify_token = lobby_json_get_string (body, "verify_token", 4096);

  if (!url || !verify_token)
    lobby_answer_problem (message, 400, "url or verify_token is missing");
  else
    lobby_sandbox_subscribe (self, message, url, verify_token, FALSE);
}

static void
list_portraits (LobbySandbox *self,
                SoupServerMessage *message,
                JsonObject *body,
                GHashTable *query)
{
  JsonObject *answer = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < self->world->customers->len; i++)
    {
      LobbyCustomer *customer = g_ptr_array_index (self->world->customers, i);
      JsonObject *json;
      g_autofree char *url = NULL;

      if (!customer->portrait)
        continue;
      json = json_object_new ();
      url = g_strdup_printf ("%s/sandbox/portraits/%s", self->url, customer->key);
      lobby_json_set_string (json, "wa_id", customer->wa_id);
      lobby_json_set_string (json, "bsuid", customer->bsuid);
      lobby_json_set_string (json, "name", customer->name);
      json_object_set_string_member (json, "url", url);
      json_array_add_object_element (list, json);
    }
  json_object_set_array_member (answer, "portraits", list);
  lobby_answer_json (message, 200, answer);
}

static void
show_portrait (LobbySandbox *self,
               SoupServerMessage *message,
               const char *key)
{
  LobbyCustomer *customer = lobby_world_find_customer (self->world, key);
  g_autofree char *path = NULL;
  char *contents;
  gsize length;

  if (customer && customer->portrait)
    path = g_build_filename (self->options->media_folder, customer->portrait, NULL);
  if (!path || !g_file_get_contents (path, &contents, &length, NULL))
    {
      lobby_answer_problem (message, 404, "There is no such portrait");
      return;
    }
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, g_str_has_suffix (path, ".png") ? "image/png" : "image/jpeg", SOUP_MEMORY_TAKE, contents, length);
}

/* As when somebody makes a new one in Meta's Business Manager and revokes the old. */
static void
set_token (LobbySandbox *self,
           SoupServerMessage *message,
           JsonObject *body,
           GHashTable *query)
{
  const char *token = lobby_json_get_string (body, "token", 4096);

  if (!token || !*token)
    {
      lobby_answer_problem (message, 400, "token is missing");
      return;
    }
  g_set_str (&self->token, token);
  lobby_answer_json (message, 200, json_object_new ());
}

static const struct
{
  const char *method;
  const char *path;
  Handler handler;
} routes[] = {
  { "POST", "/sandbox/webhook", set_webhook },
  { "GET", "/sandbox/knobs", show_knobs },
  { "POST", "/sandbox/knobs", turn_knobs },
  { "POST", "/sandbox/token", set_token },
  { "GET", "/sandbox/customers", list_customers },
  { "POST", "/sandbox/customers", add_customer },
  { "POST", "/sandbox/say", lobby_control_say },
  { "POST", "/sandbox/react", react },
  { "POST", "/sandbox/read", read_all },
  { "POST", "/sandbox/doing", show_doing },
  { "POST", "/sandbox/notify", notify },
  { "POST", "/sandbox/templates", lobby_control_template },
  { "GET", "/sandbox/sent", list_sent },
  { "GET", "/sandbox/said", list_said },
  { "GET", "/sandbox/calls", list_calls },
  { "GET", "/sandbox/refused", list_refused },
  { "GET", "/sandbox/idle", answer_counts },
  { "GET", "/sandbox/portraits", list_portraits },
};

/* The body of a POST, or NULL after answering 400. */
static JsonObject *
read_body (SoupServerMessage *message)
{
  g_autoptr (GBytes) bytes = soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autoptr (GError) error = NULL;
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  JsonObject *body = lobby_json_parse_object (text ? text : "", (gssize)size, &error);

  if (!body)
    lobby_answer_problem (message, 400, error->message);
  return body;
}

static void
run_route (LobbySandbox *self,
           SoupServerMessage *message,
           guint index,
           GHashTable *query)
{
  gboolean posted = g_str_equal (routes[index].method, "POST");
  g_autoptr (JsonObject) body = posted ? read_body (message) : NULL;

  if (body || !posted)
    routes[index].handler (self, message, body, query);
}

static void
run_gateway (LobbySandbox *self,
             SoupServerMessage *message,
             const char *path)
{
  gboolean posted = g_str_equal (soup_server_message_get_method (message), "POST");
  g_autoptr (JsonObject) body = posted ? read_body (message) : NULL;

  if ((body || !posted) && !lobby_gateway_control (self->gateway, message, path, body))
    lobby_answer_problem (message, 404, "There is no such path");
}

void
lobby_control_handle (LobbySandbox *self,
                      SoupServerMessage *message,
                      const char *path,
                      GHashTable *query)
{
  const char *method = soup_server_message_get_method (message);
  gboolean other_method = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      if (!g_str_equal (routes[i].path, path))
        continue;
      if (g_str_equal (routes[i].method, method))
        {
          run_route (self, message, i, query);
          return;
        }
      other_method = TRUE;
    }
  if (g_str_has_prefix (path, "/sandbox/gateway/"))
    run_gateway (self, message, path);
  else if (g_str_has_prefix (path, "/sandbox/portraits/") && g_str_equal (method, "GET"))
    show_portrait (self, message, path + strlen ("/sandbox/portraits/"));
  else
    lobby_answer_problem (message, other_method ? 405 : 404, other_method ? "Not with this method" : "There is no such path");
}
