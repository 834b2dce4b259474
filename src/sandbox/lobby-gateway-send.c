/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-gateway-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-media-store.h"
#include "lobby-number.h"
#include "lobby-trouble.h"

/* A message on its way: what WAHA was asked, and the same as Meta's object, which the world keeps. */
typedef struct
{
  LobbyGatewaySession *session;
  LobbyCustomer *customer;
  JsonObject *body;
  JsonObject *content; /* the member of Meta's type */
  const char *type;    /* Meta's */
  const char *kind;    /* ours: voice is not audio */
  const char *text;    /* shown, or NULL */
  GBytes *file;
  const char *mime_type;
  const char *file_name;
} Sending;

static gboolean
refuse (const LobbyGatewayRequest *request,
        const char *problem)
{
  lobby_gateway_answer_error (request->message, 400, problem);
  return FALSE;
}

static gboolean
read_text (Sending *sending,
           const LobbyGatewayRequest *request)
{
  sending->text = lobby_json_get_string (sending->body, "text", GATEWAY_STRING_MAX);
  if (!sending->text)
    return refuse (request, "text must be a string");
  json_object_set_string_member (sending->content, "body", sending->text);
  return TRUE;
}

static gboolean
read_file (Sending *sending,
           const LobbyGatewayRequest *request)
{
  JsonObject *file = lobby_json_get_object (sending->body, "file");
  const char *data = lobby_json_get_string (file, "data", LOBBY_MEDIA_FILE_MAX * 2u);
  const char *url = lobby_json_get_string (file, "url", 4096);
  gsize size = 0;

  sending->mime_type = lobby_json_get_string (file, "mimetype", 256);
  sending->file_name = lobby_json_get_string (file, "filename", 1024);
  if (!file || (!data && !url))
    return refuse (request, "file must be an object with data or url");
  if (data)
    {
      guchar *bytes = g_base64_decode (data, &size);

      sending->file = g_bytes_new_take (bytes, size);
      if (size == 0)
        return refuse (request, "file.data must be base64 encoded");
    }
  /* What is at a URL is taken on trust: the sandbox fetches nothing. */
  else
    sending->file = g_bytes_new_static ("", 0);
  if (!sending->mime_type)
    sending->mime_type = "application/octet-stream";
  sending->text = lobby_json_get_string (sending->body, "caption", GATEWAY_STRING_MAX);
  lobby_json_set_string (sending->content, "caption", sending->text);
  lobby_json_set_string (sending->content, "mime_type", sending->mime_type);
  lobby_json_set_string (sending->content, "filename", sending->file_name);
  lobby_json_set_string (sending->content, "link", url);
  if (data)
    {
      g_autofree char *sha256 = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, sending->file);

      json_object_set_string_member (sending->content, "sha256", sha256);
      json_object_set_int_member (sending->content, "size", (gint64)size);
    }
  if (g_str_equal (sending->kind, "voice"))
    json_object_set_boolean_member (sending->content, "voice", TRUE);
  return TRUE;
}

static gboolean
read_location (Sending *sending,
               const LobbyGatewayRequest *request)
{
  if (!json_object_has_member (sending->body, "latitude") || !json_object_has_member (sending->body, "longitude"))
    return refuse (request, "latitude and longitude must be numbers");
  json_object_set_double_member (sending->content, "latitude", lobby_json_get_double_or (sending->body, "latitude", 0));
  json_object_set_double_member (sending->content, "longitude", lobby_json_get_double_or (sending->body, "longitude", 0));
  lobby_json_set_string (sending->content, "name", lobby_json_get_string (sending->body, "title", 1024));
  return TRUE;
}

static gboolean
read_contacts (Sending *sending,
               const LobbyGatewayRequest *request)
{
  JsonArray *contacts = lobby_json_get_array (sending->body, "contacts");

  if (lobby_json_array_length (contacts) == 0)
    return refuse (request, "contacts must be an array of at least one");
  json_object_set_array_member (sending->content, "cards", json_array_ref (contacts));
  return TRUE;
}

static const struct
{
  const char *path;
  const char *type;
  const char *kind;
  gboolean (*read) (Sending *, const LobbyGatewayRequest *);
} endpoints[] = {
  { "sendText", "text", "text", read_text },
  { "sendImage", "image", "image", read_file },
  { "sendFile", "document", "document", read_file },
  { "sendVoice", "audio", "voice", read_file },
  { "sendVideo", "video", "video", read_file },
  { "sendSticker", "sticker", "sticker", read_file },
  { "sendLocation", "location", "location", read_location },
  { "sendContactVcard", "contacts", "contacts", read_contacts },
};

/* The answer to a send: every engine has its own. */
static JsonObject *
sent_to_answer (LobbyGatewaySession *session,
                const char *id)
{
  JsonObject *answer = json_object_new ();
  JsonObject *key = json_object_new ();
  const char *at = strchr (id, '_') + 1;
  g_autofree char *chat_id = g_strndup (at, strcspn (at, "_"));

  switch (session->gateway->world->knobs->gateway_engine)
    {
    case LOBBY_ENGINE_WEBJS:
      json_object_set_boolean_member (key, "fromMe", TRUE);
      json_object_set_string_member (key, "remote", chat_id);
      json_object_set_string_member (key, "id", lobby_gateway_short_id (id));
      json_object_set_string_member (key, "_serialized", id);
      json_object_set_object_member (answer, "id", key);
      break;
    case LOBBY_ENGINE_NOWEB:
      json_object_set_string_member (key, "remoteJid", chat_id);
      json_object_set_boolean_member (key, "fromMe", TRUE);
      json_object_set_string_member (key, "id", lobby_gateway_short_id (id));
      json_object_set_object_member (answer, "key", key);
      json_object_set_string_member (answer, "status", "PENDING");
      break;
    default:
      json_object_set_string_member (answer, "id", id);
      json_object_set_object_member (answer, "_data", key);
    }
  return answer;
}

static void
answer_sent (LobbyGatewaySession *session,
             const LobbyGatewayRequest *request,
             const char *id)
{
  LobbyWorld *world = session->gateway->world;
  g_autoptr (JsonObject) answer = sent_to_answer (session, id);

  lobby_trouble_answer (world->knobs, world->schedule, request->message, 201, lobby_json_object_to_string (answer));
}

static JsonObject *
request_of_meta (Sending *sending)
{
  JsonObject *meta = json_object_new ();
  const char *reply_to = lobby_json_get_string (sending->body, "reply_to", 512);

  json_object_set_string_member (meta, "type", sending->type);
  json_object_set_object_member (meta, sending->type, json_object_ref (sending->content));
  if (reply_to)
    {
      JsonObject *context = json_object_new ();

      json_object_set_string_member (context, "message_id", reply_to);
      json_object_set_object_member (meta, "context", context);
    }
  return meta;
}

static void
accept (Sending *sending,
        const LobbyGatewayRequest *request,
        int fail_code)
{
  LobbyGatewaySession *session = sending->session;
  g_autoptr (JsonObject) meta = request_of_meta (sending);
  const char *own = lobby_json_get_string (sending->body, "id", 128);
  const char *reply_to = lobby_json_get_string (sending->body, "reply_to", 512);
  g_autofree char *given = own ? lobby_gateway_message_id (session, sending->customer, TRUE, lobby_gateway_short_id (own)) : NULL;
  LobbySent *sent = lobby_world_accept (&session->channel, sending->customer, given,
                                        lobby_json_get_string (sending->body, "chatId", 256), sending->type, meta);
  LobbyGatewayMessage *message = lobby_gateway_message_new (session, sending->customer, TRUE, sent->id, sending->kind, sent->at);

  message->by_api = TRUE;
  message->body = g_strdup (sending->text);
  message->reply_to = reply_to ? g_strdup (lobby_gateway_short_id (reply_to)) : NULL;
  if (sending->file)
    lobby_gateway_message_set_file (message, sending->file, sending->mime_type, sending->file_name);
  answer_sent (session, request, sent->id);
  lobby_gateway_tell_message (session, message);
  lobby_sent_go (sent, fail_code, NULL);
}

static const char *
session_name (const LobbyGatewayRequest *request)
{
  const char *name = lobby_json_get_string (request->body, "session", 64);

  return name ? name : "default";
}

/* Session and customer of a request with "session" and "chatId"; FALSE after answering. */
static gboolean
find_chat (LobbyGateway *self,
           const LobbyGatewayRequest *request,
           const char *chat_id,
           LobbyGatewaySession **session,
           LobbyCustomer **customer)
{
  *session = lobby_gateway_working_session (self, request->message, session_name (request));
  if (!*session)
    return FALSE;
  if (!chat_id)
    return refuse (request, "chatId must be a string");
  *customer = lobby_gateway_reach_customer (*session, chat_id);
  if (!*customer)
    lobby_gateway_answer_error (request->message, 422, "The sandbox has no such chat: chatId has to be …@c.us or a known …@lid");
  return *customer != NULL;
}

static void
send_message (LobbyGateway *self,
              const LobbyGatewayRequest *request,
              guint index)
{
  Sending sending = { .body = request->body, .type = endpoints[index].type, .kind = endpoints[index].kind };
  LobbyKnobs *knobs = self->world->knobs;
  const char *own = lobby_json_get_string (request->body, "id", 128);
  LobbyGatewayMessage *former;
  gboolean later = FALSE;
  int code;

  if (lobby_trouble_refuse (knobs, request->message)
      || !find_chat (self, request, lobby_json_get_string (request->body, "chatId", 256), &sending.session, &sending.customer))
    return;
  /* An id of the caller's own, the second time: it is the same message. */
  former = own ? lobby_gateway_find_message (sending.session, own) : NULL;
  if (former)
    {
      g_autofree char *id = lobby_gateway_message_id (sending.session, former->customer, TRUE, former->id);

      answer_sent (sending.session, request, id);
      return;
    }
  code = sending.customer->wa_id ? lobby_number_magic (sending.customer->wa_id, &later) : 0;
  if (!code && knobs->async_fail_code)
    {
      code = (int)knobs->async_fail_code;
      later = TRUE;
      lobby_knobs_spend_failure (knobs);
    }
  if ((code && !later) || knobs->fail_code)
    {
      if (knobs->fail_code)
        lobby_knobs_spend_failure (knobs);
      lobby_gateway_answer_error (request->message, 500, "rpc error: code = Unknown desc = server returned error 463");
      return;
    }
  sending.content = json_object_new ();
  if (endpoints[index].read (&sending, request))
    accept (&sending, request, code);
  json_object_unref (sending.content);
  g_clear_pointer (&sending.file, g_bytes_unref);
}

/* The sent message that @message is, for those who look at /sandbox/sent. */
static void
note_in_sent (LobbyGatewaySession *session,
              LobbyGatewayMessage *message,
              const char *mark)
{
  GPtrArray *list = session->gateway->world->sent;

  for (guint i = 0; i < list->len; i++)
    {
      LobbySent *sent = g_ptr_array_index (list, i);

      if (sent->channel != &session->channel || !g_str_equal (lobby_gateway_short_id (sent->id), message->id))
        continue;
      json_object_set_boolean_member (sent->request, mark, TRUE);
      if (message->body && g_str_equal (sent->type, "text"))
        json_object_set_string_member (lobby_json_get_object (sent->request, "text"), "body", message->body);
    }
}

/* PUT and DELETE /api/{session}/chats/{chatId}/messages/{messageId} */
static gboolean
change_message (LobbyGateway *self,
                const LobbyGatewayRequest *request)
{
  gboolean edit = g_str_equal (request->method, "PUT");
  LobbyGatewaySession *session;
  LobbyGatewayMessage *message;
  const char *text = lobby_json_get_string (request->body, "text", GATEWAY_STRING_MAX);
  g_autofree char *id = NULL;

  if (lobby_trouble_refuse (self->world->knobs, request->message)
      || !(session = lobby_gateway_working_session (self, request->message, request->parts[0])))
    return TRUE;
  message = lobby_gateway_look_up_message (session, request->parts[4]);
  /* The page that WEBJS drives does nothing then, and nobody says so. */
  if (!message && session->gateway->world->knobs->gateway_engine == LOBBY_ENGINE_WEBJS)
    {
      lobby_gateway_answer (request->message, 200, NULL);
      return TRUE;
    }
  if (!message || !message->from_me || message->revoked)
    {
      lobby_gateway_answer_error (request->message, message ? 422 : 404, message ? "The message cannot be changed" : "Message not found");
      return TRUE;
    }
  if (edit && !text)
    return refuse (request, "text must be a string") || TRUE;
  if (edit)
    lobby_gateway_edit_message (session, message, text);
  else
    lobby_gateway_revoke_message (session, message);
  note_in_sent (session, message, edit ? "edited" : "revoked");
  id = lobby_gateway_message_id (session, message->customer, TRUE, message->id);
  lobby_gateway_answer_object (request->message, 200, sent_to_answer (session, id));
  return TRUE;
}

/* {"session","messageId","reaction"}: of both sides' messages. */
static void
react (LobbyGateway *self,
       const LobbyGatewayRequest *request)
{
  const char *id = lobby_json_get_string (request->body, "messageId", 512);
  const char *emoji = lobby_json_get_string (request->body, "reaction", 64);
  LobbyGatewaySession *session;
  LobbyGatewayMessage *target;
  g_autoptr (JsonObject) meta = json_object_new ();
  JsonObject *reaction;
  LobbySent *sent;

  if (lobby_trouble_refuse (self->world->knobs, request->message)
      || !(session = lobby_gateway_working_session (self, request->message, session_name (request))))
    return;
  target = id ? lobby_gateway_look_up_message (session, id) : NULL;
  if (!target || !emoji)
    {
      lobby_gateway_answer_error (request->message, target ? 400 : 404, target ? "reaction must be a string" : "Message not found");
      return;
    }
  reaction = json_object_new ();
  json_object_set_string_member (reaction, "message_id", id);
  json_object_set_string_member (reaction, "emoji", emoji);
  json_object_set_string_member (meta, "type", "reaction");
  json_object_set_object_member (meta, "reaction", reaction);
  sent = lobby_world_accept (&session->channel, target->customer, NULL, id, "reaction", meta);
  answer_sent (session, request, sent->id);
  lobby_gateway_tell_reaction (session, target->customer, TRUE, id, emoji);
  lobby_sent_go (sent, 0, NULL);
}

/* sendSeen, startTyping, stopTyping: only kept for those who count. */
static void
take_call (LobbyGateway *self,
           const LobbyGatewayRequest *request,
           const char *kind)
{
  LobbyGatewaySession *session;
  LobbyCustomer *customer;
  JsonArray *ids = lobby_json_get_array (request->body, "messageIds");
  const char *id = lobby_json_get_string (request->body, "messageId", 512);
  const char *chat = lobby_json_get_string (request->body, "chatId", 256);
  JsonObject *answer;

  if (!find_chat (self, request, chat, &session, &customer))
    return;
  if (!id && lobby_json_array_length (ids) > 0 && JSON_NODE_HOLDS_VALUE (json_array_get_element (ids, 0)))
    id = json_array_get_string_element (ids, 0);
  lobby_world_record_call (&session->channel, kind, id, chat, customer);
  answer = json_object_new ();
  json_object_set_boolean_member (answer, "result", TRUE);
  lobby_gateway_answer_object (request->message, 201, answer);
}

gboolean
lobby_gateway_sending (LobbyGateway *self,
                       const LobbyGatewayRequest *request)
{
  if (request->length == 5 && g_str_equal (request->parts[1], "chats") && g_str_equal (request->parts[3], "messages")
      && (g_str_equal (request->method, "PUT") || g_str_equal (request->method, "DELETE")))
    return change_message (self, request);
  if (request->length != 1)
    return FALSE;
  /* PUT by its description; some clients POST. */
  if (g_str_equal (request->parts[0], "reaction") && !g_str_equal (request->method, "GET"))
    {
      react (self, request);
      return TRUE;
    }
  if (!g_str_equal (request->method, "POST"))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (endpoints); i++)
    if (g_str_equal (request->parts[0], endpoints[i].path))
      {
        send_message (self, request, i);
        return TRUE;
      }
  if (g_str_equal (request->parts[0], "sendSeen"))
    take_call (self, request, "read");
  else if (g_str_equal (request->parts[0], "startTyping"))
    take_call (self, request, "typing");
  else if (g_str_equal (request->parts[0], "stopTyping"))
    take_call (self, request, "paused");
  else
    return FALSE;
  return TRUE;
}
