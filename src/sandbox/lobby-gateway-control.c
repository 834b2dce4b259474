/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-gateway-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"

/* What the phone does, and what becomes of its connection: /sandbox/gateway/… */

typedef void (*Handler) (LobbyGatewaySession *session, SoupServerMessage *message, JsonObject *body);

static void
answer_problem (SoupServerMessage *message,
                const char *problem)
{
  JsonObject *answer = json_object_new ();

  json_object_set_string_member (answer, "error", problem);
  lobby_gateway_answer_object (message, 400, answer);
}

static JsonObject *
state_to_json (LobbyGatewaySession *session)
{
  JsonObject *json = json_object_new ();
  JsonArray *subscribed = json_array_new ();
  GHashTableIter iter;
  gpointer customer;

  json_object_set_string_member (json, "name", session->name);
  json_object_set_string_member (json, "status", lobby_gateway_session_status (session));
  lobby_json_set_string (json, "qr", session->qr);
  lobby_json_set_string (json, "code", session->code);
  json_object_set_boolean_member (json, "linked", session->linked);
  json_object_set_boolean_member (json, "online", session->online);
  json_object_set_int_member (json, "messages", session->messages->len);
  g_hash_table_iter_init (&iter, session->subscribed);
  while (g_hash_table_iter_next (&iter, &customer, NULL))
    json_array_add_string_element (subscribed, ((LobbyCustomer *)customer)->key);
  json_object_set_array_member (json, "subscribed", subscribed);
  return json;
}

static void
answer_state (LobbyGatewaySession *session,
              SoupServerMessage *message)
{
  lobby_gateway_answer_object (message, 200, state_to_json (session));
}

/* The phone scans "qr", or "code" is entered on it; neither: whatever is shown now. "number": it is another phone. */
static void
scan (LobbyGatewaySession *session,
      SoupServerMessage *message,
      JsonObject *body)
{
  const char *qr = lobby_json_get_string (body, "qr", 4096);
  const char *code = lobby_json_get_string (body, "code", 64);

  if (session->status != LOBBY_SESSION_SCAN_QR_CODE)
    answer_problem (message, "The session shows no QR code");
  else if (qr && g_strcmp0 (qr, session->qr) != 0)
    answer_problem (message, "This QR code is too old");
  else if (code && g_strcmp0 (code, session->code) != 0)
    answer_problem (message, "This is not the code");
  else
    {
      lobby_gateway_session_scan (session, lobby_json_get_string (body, "number", 32));
      answer_state (session, message);
    }
}

static void
pass (LobbyGatewaySession *session,
      SoupServerMessage *message,
      JsonObject *body)
{
  if (session->status != LOBBY_SESSION_PASSKEY_REQUIRED && session->status != LOBBY_SESSION_PASSKEY_CONFIRMATION_REQUIRED)
    {
      answer_problem (message, "No passkey is asked for");
      return;
    }
  lobby_gateway_session_pass (session);
  answer_state (session, message);
}

static void
flap (LobbyGatewaySession *session,
      SoupServerMessage *message,
      JsonObject *body)
{
  lobby_gateway_session_flap (session);
  answer_state (session, message);
}

static void
unlink_phone (LobbyGatewaySession *session,
              SoupServerMessage *message,
              JsonObject *body)
{
  lobby_gateway_session_unlink (session);
  answer_state (session, message);
}

static void
tell (LobbyGatewaySession *session,
      SoupServerMessage *message,
      JsonObject *body)
{
  const char *event = lobby_json_get_string (body, "event", 64);
  JsonObject *payload = lobby_json_get_object (body, "payload");

  if (!event || !payload)
    {
      answer_problem (message, "event or payload is missing");
      return;
    }
  lobby_gateway_session_tell (session, event, event, json_object_ref (payload));
  answer_state (session, message);
}

static void
answer_id (SoupServerMessage *message,
           const char *id)
{
  JsonObject *answer = json_object_new ();
  JsonArray *ids = json_array_new ();

  json_array_add_string_element (ids, id);
  json_object_set_array_member (answer, "ids", ids);
  lobby_gateway_answer_object (message, 200, answer);
}

/* The owner writes on the phone: {"to","text"}; or changes what was written: {"edit","text"}, {"revoke"}, {"react","emoji"}. */
static void
phone (LobbyGatewaySession *session,
       SoupServerMessage *message,
       JsonObject *body)
{
  const char *to = lobby_json_get_string (body, "to", 64);
  const char *text = lobby_json_get_string (body, "text", GATEWAY_STRING_MAX);
  const char *edit = lobby_json_get_string (body, "edit", 512);
  const char *revoke = lobby_json_get_string (body, "revoke", 512);
  const char *reacted = lobby_json_get_string (body, "react", 512);
  const char *emoji = lobby_json_get_string (body, "emoji", 64);
  const char *target_id = edit ? edit : revoke ? revoke
                                               : reacted;
  LobbyGatewayMessage *target = target_id ? lobby_gateway_find_message (session, target_id) : NULL;
  LobbyCustomer *customer = to ? lobby_gateway_reach_customer (session, to) : NULL;
  g_autofree char *id = NULL;

  if (target && edit && text)
    lobby_gateway_edit_message (session, target, text);
  else if (target && revoke)
    lobby_gateway_revoke_message (session, target);
  else if (target && reacted)
    lobby_gateway_tell_reaction (session, target->customer, TRUE, reacted, emoji ? emoji : "");
  else if (customer && text)
    {
      id = session->channel.verbs->new_id (&session->channel, customer, FALSE);
      target = lobby_gateway_message_new (session, customer, TRUE, id, "text", lobby_clock_now ());
      target->body = g_strdup (text);
      target->ack = 1;
      customer->channel = &session->channel;
      lobby_gateway_tell_message (session, target);
    }
  else
    {
      answer_problem (message, "to and text, edit and text, revoke, or react and emoji are missing, or there is no such message");
      return;
    }
  answer_id (message, id ? id : target_id);
}

/* {"wa_id","event":"received|accepted|rejected","video"?,"id"?} */
static void
call (LobbyGatewaySession *session,
      SoupServerMessage *message,
      JsonObject *body)
{
  static const char *const words[] = { "received", "accepted", "rejected", NULL };
  const char *wa_id = lobby_json_get_string (body, "wa_id", 64);
  const char *word = lobby_json_get_string (body, "event", 64);
  const char *given = lobby_json_get_string (body, "id", 128);
  LobbyCustomer *customer = wa_id ? lobby_gateway_reach_customer (session, wa_id) : NULL;
  g_autofree char *id = given ? g_strdup (given) : g_strdup_printf ("%08X%08X", g_random_int (), g_random_int ());
  g_autofree char *event = NULL;
  g_autofree char *chat_id = NULL;
  JsonObject *payload;

  if (!customer || !word || !g_strv_contains (words, word))
    {
      answer_problem (message, "wa_id is missing, or event is none of received, accepted, rejected");
      return;
    }
  event = g_strconcat ("call.", word, NULL);
  chat_id = lobby_gateway_chat_id (session, customer);
  payload = json_object_new ();
  json_object_set_string_member (payload, "id", id);
  json_object_set_string_member (payload, "from", chat_id);
  json_object_set_double_member (payload, "timestamp", (double)lobby_clock_now () / 1000);
  json_object_set_boolean_member (payload, "isVideo", lobby_json_get_boolean_or (body, "video", FALSE));
  json_object_set_boolean_member (payload, "isGroup", FALSE);
  lobby_gateway_session_tell (session, event, customer->key, payload);
  answer_id (message, id);
}

/* An ack out of the blue: {"message_id","ack"} */
static void
ack (LobbyGatewaySession *session,
     SoupServerMessage *message,
     JsonObject *body)
{
  const char *id = lobby_json_get_string (body, "message_id", 512);
  LobbyGatewayMessage *target = id ? lobby_gateway_find_message (session, id) : NULL;
  gint64 value = lobby_json_get_int_or (body, "ack", G_MAXINT64);

  if (!target || value < -1 || value > 4)
    {
      answer_problem (message, "message_id is no message, or ack is not from -1 to 4");
      return;
    }
  lobby_gateway_tell_ack (session, target, (int)value);
  answer_state (session, message);
}

static const struct
{
  const char *path;
  Handler handler;
} routes[] = {
  { "scan", scan },
  { "passkey", pass },
  { "flap", flap },
  { "unlink", unlink_phone },
  { "tell", tell },
  { "phone", phone },
  { "call", call },
  { "ack", ack },
};

static void
list_states (LobbyGateway *self,
             SoupServerMessage *message)
{
  JsonObject *answer = json_object_new ();
  JsonArray *list = json_array_new ();

  for (guint i = 0; i < self->sessions->len; i++)
    {
      LobbyGatewaySession *session = g_ptr_array_index (self->sessions, i);

      if (session->exists)
        json_array_add_object_element (list, state_to_json (session));
    }
  json_object_set_array_member (answer, "sessions", list);
  lobby_gateway_answer_object (message, 200, answer);
}

/* The one that "session" names; without that, the first there is. */
static LobbyGatewaySession *
session_of (LobbyGateway *self,
            JsonObject *body)
{
  const char *name = lobby_json_get_string (body, "session", 64);

  if (name)
    return lobby_gateway_find_session (self, name);
  for (guint i = 0; i < self->sessions->len; i++)
    {
      LobbyGatewaySession *session = g_ptr_array_index (self->sessions, i);

      if (session->exists)
        return session;
    }
  return NULL;
}

gboolean
lobby_gateway_control (LobbyGateway *self,
                       SoupServerMessage *message,
                       const char *path,
                       JsonObject *body)
{
  LobbyGatewaySession *session;

  if (!g_str_has_prefix (path, "/sandbox/gateway/"))
    return FALSE;
  path += strlen ("/sandbox/gateway/");
  if (!body && g_str_equal (path, "sessions"))
    {
      list_states (self, message);
      return TRUE;
    }
  for (guint i = 0; body && i < G_N_ELEMENTS (routes); i++)
    {
      if (!g_str_equal (path, routes[i].path))
        continue;
      session = session_of (self, body);
      if (session)
        routes[i].handler (session, message, body);
      else
        answer_problem (message, "There is no such session");
      return TRUE;
    }
  return FALSE;
}
