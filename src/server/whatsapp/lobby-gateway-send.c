/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-gateway-private.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-vcard.h"

#include <stdlib.h>
#include <string.h>

/*
 * What goes to the gateway. We name the id that WhatsApp is to know a message by, and newer gateways take it: then it is found again by
 * that, whatever became of the answer. Others give an id of their own; there the chat's newest messages are searched for the same content.
 */

#define MAX_TEXT 65536 /* characters; WhatsApp's limit for people */
#define MAX_FILE (100 * 1024 * 1024)
#define FILE_TIMEOUT (5 * 60 * 1000) /* ms */
#define MESSAGES_TO_SEARCH 20
#define SKEW_MSEC 5000
/* What whatsmeow says when WhatsApp lets this number write to nobody new for a while. */
#define REACHOUT_LOCKED "463"

char *
lobby_gateway_own_id (const LobbyOutbound *outbound)
{
  g_autofree char *place = g_strdup_printf ("%s %" G_GINT64_FORMAT, outbound->message_id, outbound->position);
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, place, -1);
  g_autofree char *upper = g_ascii_strup (hash, 18);

  /* As WhatsApp Web makes them. */
  return g_strconcat ("3EB0", upper, NULL);
}

static gboolean
is_sound (LobbyMessageType type)
{
  return type == LOBBY_MESSAGE_AUDIO || type == LOBBY_MESSAGE_VOICE;
}

gboolean
lobby_gateway_is_same (const LobbyInboundMessage *message,
                       const LobbyOutbound *outbound)
{
  const char *said = message->content != NULL ? message->content : "", *wanted = outbound->content != NULL ? outbound->content : "";

  if (message->type != outbound->type && !(is_sound (message->type) && is_sound (outbound->type)))
    return FALSE;
  if (message->type == LOBBY_MESSAGE_REACTION && g_strcmp0 (message->reaction_whatsapp_id, outbound->target_whatsapp_id) != 0)
    return FALSE;
  return strcmp (said, wanted) == 0;
}

typedef struct
{
  LobbyGatewayAdapter *self;
  const LobbyOutbound *outbound; /* lives until we resolve */
  LobbyGatewayChats chats;
  char *own_id;
  const char *method;
  char *path;
  JsonObject *body;
} Sending;

static void
sending_free (gpointer data)
{
  Sending *sending = data;

  g_object_unref (sending->self);
  lobby_gateway_chats_clear (&sending->chats);
  g_free (sending->own_id);
  g_free (sending->path);
  g_clear_pointer (&sending->body, json_object_unref);
  g_free (sending);
}

static gboolean
refuse (GError **error,
        const char *title,
        const char *words)
{
  g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, title, words));
  return FALSE;
}

/* The whole id of another message of the same chat. */
static char *
find_id (const Sending *sending,
         gboolean outbound,
         const char *short_id)
{
  return lobby_gateway_chats_find_id (&sending->chats, sending->self, outbound, short_id);
}

/* The same; @short_id is ours or the customer's. */
static char *
find_id_of_any (Sending *sending,
                const char *short_id)
{
  g_autoptr (LobbyWireMessage) other = lobby_storage (sending->self->storage, find_message, sending->self->connection->id, short_id);

  return find_id (sending, other != NULL && other->outbound, short_id);
}

static gboolean
build_text (Sending *sending,
            GError **error)
{
  const char *text = sending->outbound->content;

  if (text == NULL || *text == '\0')
    return refuse (error, "Empty", "There is no text to send");
  if (g_utf8_strlen (text, -1) > MAX_TEXT)
    return refuse (error, "Too long", "WhatsApp takes texts of up to 65536 characters");
  json_object_set_string_member (sending->body, "text", text);
  return TRUE;
}

static gboolean
build_file (Sending *sending,
            GError **error)
{
  const LobbyMediaFile *media = sending->outbound->media;
  JsonObject *file = json_object_new ();

  json_object_set_object_member (sending->body, "file", file);
  if (media == NULL)
    return refuse (error, "No file", "The file of this message is not here any more");
  if (media->size > MAX_FILE)
    return refuse (error, "Too large", "Files of up to 100 MB can be sent");
  json_object_set_string_member (file, "mimetype", media->mime_type != NULL ? media->mime_type : "application/octet-stream");
  lobby_json_set_string (file, "filename", media->file_name);
  if (sending->outbound->type != LOBBY_MESSAGE_VOICE)
    lobby_json_set_string (sending->body, "caption", sending->outbound->content);
  /* Its gateway makes of it what WhatsApp takes. */
  if (sending->outbound->type == LOBBY_MESSAGE_VOICE || sending->outbound->type == LOBBY_MESSAGE_VIDEO)
    json_object_set_boolean_member (sending->body, "convert",
                                    media->mime_type == NULL || !(g_str_has_prefix (media->mime_type, "audio/ogg") || strcmp (media->mime_type, "video/mp4") == 0));
  return TRUE;
}

static gboolean
build_location (Sending *sending,
                GError **error)
{
  JsonObject *location = lobby_json_get_object (sending->outbound->metadata, "location");
  const char *name = lobby_json_get_string (location, "name", LOBBY_WIRE_MAX_NAME);
  const char *address = lobby_json_get_string (location, "address", LOBBY_WIRE_MAX_NAME);

  if (location == NULL)
    return refuse (error, "No place", "There is no place to send");
  json_object_set_double_member (sending->body, "latitude", lobby_json_get_double_or (location, "latitude", 0));
  json_object_set_double_member (sending->body, "longitude", lobby_json_get_double_or (location, "longitude", 0));
  json_object_set_string_member (sending->body, "title", name != NULL ? name : address != NULL ? address
                                                                                               : "");
  return TRUE;
}

static gboolean
build_cards (Sending *sending,
             GError **error)
{
  JsonArray *cards = lobby_json_get_array (sending->outbound->metadata, "contacts"), *contacts = json_array_new ();

  for (guint i = 0; i < lobby_json_array_length (cards); i++)
    {
      g_autofree char *vcard = lobby_json_array_object (cards, i) != NULL ? lobby_vcard_write (lobby_json_array_object (cards, i)) : NULL;
      JsonObject *contact = json_object_new ();

      lobby_json_set_string (contact, "vcard", vcard);
      json_array_add_object_element (contacts, contact);
    }
  json_object_set_array_member (sending->body, "contacts", contacts);
  return json_array_get_length (contacts) > 0 || refuse (error, "No cards", "There are no contact cards to send");
}

static gboolean
build_reaction (Sending *sending,
                GError **error)
{
  const LobbyOutbound *outbound = sending->outbound;
  g_autofree char *target = outbound->target_whatsapp_id != NULL ? find_id_of_any (sending, outbound->target_whatsapp_id) : NULL;

  if (target == NULL)
    return refuse (error, "Unknown message", "The message to react to is not known to WhatsApp");
  json_object_remove_member (sending->body, "chatId");
  json_object_remove_member (sending->body, "id");
  json_object_set_string_member (sending->body, "messageId", target);
  json_object_set_string_member (sending->body, "reaction", outbound->content != NULL ? outbound->content : "");
  sending->method = "PUT";
  return TRUE;
}

static const struct
{
  LobbyMessageType type;
  const char *path;
  gboolean (*build) (Sending *, GError **);
} TYPES[] = {
  { LOBBY_MESSAGE_TEXT, "/api/sendText", build_text },
  { LOBBY_MESSAGE_IMAGE, "/api/sendImage", build_file },
  { LOBBY_MESSAGE_VIDEO, "/api/sendVideo", build_file },
  { LOBBY_MESSAGE_AUDIO, "/api/sendFile", build_file },
  { LOBBY_MESSAGE_VOICE, "/api/sendVoice", build_file },
  { LOBBY_MESSAGE_DOCUMENT, "/api/sendFile", build_file },
  { LOBBY_MESSAGE_STICKER, "/api/sendSticker", build_file },
  { LOBBY_MESSAGE_LOCATION, "/api/sendLocation", build_location },
  { LOBBY_MESSAGE_CONTACTS, "/api/sendContactVcard", build_cards },
  { LOBBY_MESSAGE_REACTION, "/api/reaction", build_reaction },
};

static gboolean
build_message (Sending *sending,
               GError **error)
{
  const LobbyOutbound *outbound = sending->outbound;

  json_object_set_string_member (sending->body, "session", sending->self->connection->gateway_session);
  json_object_set_string_member (sending->body, "chatId", sending->chats.names[0]);
  json_object_set_string_member (sending->body, "id", sending->own_id);
  if (outbound->quoted_whatsapp_id != NULL)
    {
      g_autofree char *quoted = find_id_of_any (sending, outbound->quoted_whatsapp_id);

      json_object_set_string_member (sending->body, "reply_to", quoted);
    }
  for (guint i = 0; i < G_N_ELEMENTS (TYPES); i++)
    {
      if (TYPES[i].type != outbound->type)
        continue;
      sending->method = "POST";
      sending->path = g_strdup (TYPES[i].path);
      return TYPES[i].build (sending, error);
    }
  return refuse (error, "Unsupported", "This kind of message cannot be sent through a linked number");
}

static gboolean
build_change (Sending *sending,
              GError **error)
{
  const LobbyOutbound *outbound = sending->outbound;
  g_autofree char *id = NULL;
  g_autofree char *chat = NULL;
  g_autofree char *escaped = NULL;
  g_autofree char *rest = NULL;

  if (outbound->target_whatsapp_id == NULL)
    return refuse (error, "Not sent", "WhatsApp does not have this message");
  id = find_id (sending, TRUE, outbound->target_whatsapp_id);
  chat = lobby_gateway_dup_chat (id);
  escaped = g_uri_escape_string (id, NULL, FALSE);
  rest = g_strconcat ("/messages/", escaped, NULL);
  sending->path = lobby_gateway_chat_path (sending->self, chat != NULL ? chat : sending->chats.names[0], rest);
  sending->method = outbound->action == LOBBY_OUTBOUND_EDIT ? "PUT" : "DELETE";
  return outbound->action == LOBBY_OUTBOUND_REVOKE || build_text (sending, error);
}

static Sending *
sending_new (LobbyAdapter *adapter,
             const LobbyOutbound *outbound)
{
  Sending *sending = g_new0 (Sending, 1);

  sending->self = LOBBY_GATEWAY_ADAPTER (g_object_ref (adapter));
  sending->outbound = outbound;
  lobby_gateway_chats_set (&sending->chats, outbound->to_phone, outbound->to_lid);
  sending->own_id = lobby_gateway_own_id (outbound);
  sending->body = json_object_new ();
  return sending;
}

/* The request */

/* The file's bytes go into the body as base64: a third more than it, so it is made beside the main loop. */
static gboolean
write_body (gpointer data,
            GValue *result,
            GError **error)
{
  Sending *sending = data;
  g_autofree char *content = NULL;
  g_autofree char *encoded = NULL;
  gsize length;

  if (!g_file_get_contents (sending->outbound->media->path, &content, &length, error))
    return FALSE;
  encoded = g_base64_encode ((const guchar *)content, length);
  json_object_set_string_member (lobby_json_get_object (sending->body, "file"), "data", encoded);
  g_value_init (result, G_TYPE_STRING);
  g_value_take_string (result, lobby_json_object_to_string (sending->body));
  return TRUE;
}

static JsonNode *
post (Sending *sending,
      GError **error)
{
  g_autoptr (GError) problem = NULL;
  gboolean has_file = lobby_json_get_object (sending->body, "file") != NULL;
  char *json = NULL;

  if (has_file)
    json = dex_await_string (lobby_async_run_in_thread (write_body, sending, NULL), &problem);
  else if (strcmp (sending->method, "DELETE") != 0)
    json = lobby_json_object_to_string (sending->body);
  if (problem != NULL)
    {
      refuse (error, "No file", "The file of this message cannot be read");
      return NULL;
    }
  return lobby_gateway_ask_with (sending->self, sending->method, sending->path, json, has_file ? FILE_TIMEOUT : sending->self->timeout, error);
}

/* Every engine answers in its own form: {"id":"…"}, {"id":{"_serialized"}}, {"key":{"id"}}. (transfer full) */
static char *
id_of_answer (JsonNode *answer)
{
  JsonObject *json = JSON_NODE_HOLDS_OBJECT (answer) ? json_node_get_object (answer) : NULL;
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);

  if (id == NULL)
    id = lobby_json_get_string (lobby_json_get_object (json, "id"), "_serialized", LOBBY_ID_MAX);
  if (id == NULL)
    id = lobby_json_get_string (lobby_json_get_object (json, "id"), "id", LOBBY_ID_MAX);
  if (id == NULL)
    id = lobby_json_get_string (lobby_json_get_object (json, "key"), "id", LOBBY_ID_MAX);
  return id != NULL && *id != '\0' ? lobby_gateway_dup_short_id (id) : NULL;
}

/* Looking for it */

/* WhatsApp's id of what @outbound became, or NULL; *error when nobody can tell. */
static char *
search_chat (Sending *sending,
             const LobbyWireMessage *stored,
             const char *chat,
             GError **error)
{
  LobbyGatewayAdapter *self = sending->self;
  g_autoptr (JsonArray) messages = lobby_gateway_fetch_messages (self, chat, 0, MESSAGES_TO_SEARCH, error);

  for (guint i = 0; messages != NULL && i < lobby_json_array_length (messages); i++)
    {
      JsonObject *json = lobby_json_array_object (messages, i);
      g_autofree char *problem = NULL;
      g_autoptr (LobbyInboundMessage) message = json != NULL ? lobby_gateway_parse_message (json, lobby_clock_now (), &problem) : NULL;
      g_autoptr (LobbyWireMessage) known = NULL;

      if (message == NULL || !message->outbound)
        continue;
      if (strcmp (message->whatsapp_message_id, sending->own_id) == 0)
        return g_strdup (sending->own_id);
      if (message->timestamp + SKEW_MSEC < stored->created_at || !lobby_gateway_is_same (message, sending->outbound))
        continue;
      known = lobby_storage (self->storage, find_message, self->connection->id, message->whatsapp_message_id);
      if (known == NULL)
        return g_strdup (message->whatsapp_message_id);
    }
  return NULL;
}

static char *
search (Sending *sending,
        GError **error)
{
  g_autoptr (LobbyWireMessage) stored = lobby_storage (sending->self->storage, get_message, sending->outbound->message_id);
  g_autoptr (GError) first = NULL;

  for (guint i = 0; stored != NULL && i < G_N_ELEMENTS (sending->chats.names) && sending->chats.names[i] != NULL; i++)
    {
      char *found = search_chat (sending, stored, sending->chats.names[i], first == NULL ? &first : NULL);

      if (found != NULL)
        return found;
    }
  if (first != NULL)
    g_propagate_error (error, g_steal_pointer (&first));
  return NULL;
}

/* Edits, revocations and reactions may be repeated: the second changes nothing. */
static gboolean
is_repeatable (const LobbyOutbound *outbound)
{
  return outbound->action != LOBBY_OUTBOUND_SEND || outbound->type == LOBBY_MESSAGE_REACTION;
}

/* After an answer that leaves open whether it was sent. Takes @error. */
static DexFuture *
conclude (Sending *sending,
          GError *error)
{
  LobbyGatewayAdapter *self = sending->self;
  const LobbySendErrorPrivate *said = lobby_adapter_get_error (error);
  g_autoptr (GError) owned = error;
  g_autoptr (GError) problem = NULL;
  char *found = NULL;

  if (is_repeatable (sending->outbound))
    {
      owned->code = LOBBY_SEND_ERROR_TRY_AGAIN;
      return dex_future_new_for_error (g_steal_pointer (&owned));
    }
  found = search (sending, &problem);
  if (found != NULL)
    return dex_future_new_take_string (found);
  /* It said that it failed, and it has not got it. */
  if (problem == NULL && said->pace == LOBBY_PACE_TRANSIENT)
    {
      owned->code = LOBBY_SEND_ERROR_REFUSED;
      if (strstr (owned->message, REACHOUT_LOCKED) != NULL)
        lobby_storage (self->storage, add_alert, self->connection->id, atoi (REACHOUT_LOCKED), "warning", "New conversations are limited",
                       "WhatsApp does not let this number write to people who have not written to it, for a while. Answers to customers go through.", NULL);
    }
  return dex_future_new_for_error (g_steal_pointer (&owned));
}

static DexFuture *
send_fiber (gpointer data)
{
  Sending *sending = data;
  g_autoptr (JsonNode) answer = NULL;
  GError *error = NULL;
  char *id;

  if (sending->chats.names[0] == NULL)
    {
      refuse (&error, "No recipient", "This contact has no number that a linked phone could write to");
      return dex_future_new_for_error (error);
    }
  if (!(sending->outbound->action == LOBBY_OUTBOUND_SEND ? build_message (sending, &error) : build_change (sending, &error)))
    return dex_future_new_for_error (error);
  answer = post (sending, &error);
  if (answer == NULL)
    return error->code == LOBBY_SEND_ERROR_UNKNOWN ? conclude (sending, error) : dex_future_new_for_error (error);
  id = id_of_answer (answer);
  if (id != NULL)
    return dex_future_new_take_string (id);
  /* Some engines say nothing of what became of a reaction or a change. */
  if (is_repeatable (sending->outbound))
    return dex_future_new_take_string (g_strdup (sending->own_id));
  return conclude (sending, lobby_adapter_error_new (LOBBY_SEND_ERROR_UNKNOWN, LOBBY_PACE_CONNECTION, 0, "No answer", "The gateway did not say what became of the message"));
}

DexFuture *
lobby_gateway_send (LobbyAdapter *adapter,
                    const LobbyOutbound *outbound)
{
  return lobby_async_spawn (send_fiber, sending_new (adapter, outbound), sending_free);
}

static DexFuture *
find_sent_fiber (gpointer data)
{
  Sending *sending = data;
  GError *error = NULL;
  char *found = search (sending, &error);

  /* It keeps no chats, then: nobody will ever tell. */
  if (g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_REFUSED))
    g_clear_error (&error);
  return error != NULL ? dex_future_new_for_error (error) : dex_future_new_take_string (found);
}

DexFuture *
lobby_gateway_find_sent (LobbyAdapter *adapter,
                         const LobbyOutbound *outbound)
{
  return lobby_async_spawn (find_sent_fiber, sending_new (adapter, outbound), sending_free);
}
