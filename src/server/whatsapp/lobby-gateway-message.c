/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-adapter.h"
#include "lobby-gateway-event.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-vcard.h"

#include <string.h>

/*
 * One message as WAHA tells it. It has a few words of its own and, in _data, what the engine had, different with each; what kind of
 * message it is, is told only there, under two names: the type of whatsapp-web.js or the member of WhatsApp's own protocol.
 */

#define MAX_TYPE 64
#define MAX_URL 4096
#define MAX_CARDS 257
#define MAX_WRAPPERS 4
#define FAR_AHEAD (24 * 60 * 60 * 1000)
/* A time that is smaller than this was told in seconds where ms are usual: as ms it would be in 1973. */
#define SMALLEST_MSEC G_GINT64_CONSTANT (100000000000)

/* Chats */

static char *
dup_user (const char *chat,
          const char *at)
{
  const char *device = memchr (chat, ':', (gsize)(at - chat));

  return g_strndup (chat, (gsize)((device != NULL ? device : at) - chat));
}

gboolean
lobby_gateway_parse_chat (const char *chat,
                          LobbyIdentity *identity)
{
  const char *at = chat != NULL ? strchr (chat, '@') : NULL;
  g_autofree char *user = at != NULL ? dup_user (chat, at) : NULL;
  gsize length = user != NULL ? strlen (user) : 0;
  char **part;

  if (length == 0 || length > 20 || strspn (user, "0123456789") != length)
    return FALSE;
  if (strcmp (at, "@c.us") == 0 || strcmp (at, "@s.whatsapp.net") == 0)
    part = &identity->wa_id;
  else if (strcmp (at, "@lid") == 0)
    part = &identity->lid;
  else
    return FALSE;
  /* "0@c.us" is WhatsApp itself. */
  if (strcmp (user, "0") == 0)
    return FALSE;
  g_set_str (part, user);
  return TRUE;
}

/* Ids */

static gboolean
is_whole (char **parts)
{
  return parts[0] != NULL && parts[1] != NULL && parts[2] != NULL && (strcmp (parts[0], "true") == 0 || strcmp (parts[0], "false") == 0);
}

char *
lobby_gateway_dup_short_id (const char *id)
{
  g_auto (GStrv) parts = g_strsplit (id, "_", 4);

  return g_strdup (is_whole (parts) ? parts[2] : id);
}

char *
lobby_gateway_dup_chat (const char *id)
{
  g_auto (GStrv) parts = g_strsplit (id, "_", 4);

  return is_whole (parts) ? g_strdup (parts[1]) : NULL;
}

char *
lobby_gateway_make_id (gboolean outbound,
                       const char *chat,
                       const char *short_id)
{
  return g_strdup_printf ("%s_%s_%s", outbound ? "true" : "false", chat, short_id);
}

/* What the engine says */

typedef enum
{
  AS_TOLD, /* by the other members */
  NOTHING, /* no message to anybody */
  OF_TYPE,
  UNSUPPORTED,
} Meaning;

static const struct
{
  const char *name;
  Meaning meaning;
  LobbyMessageType type;
} HINTS[] = {
  { "imageMessage", OF_TYPE, LOBBY_MESSAGE_IMAGE },
  { "videoMessage", OF_TYPE, LOBBY_MESSAGE_VIDEO },
  { "ptvMessage", OF_TYPE, LOBBY_MESSAGE_VIDEO },
  { "audioMessage", OF_TYPE, LOBBY_MESSAGE_AUDIO },
  { "documentMessage", OF_TYPE, LOBBY_MESSAGE_DOCUMENT },
  { "documentWithCaptionMessage", OF_TYPE, LOBBY_MESSAGE_DOCUMENT },
  { "stickerMessage", OF_TYPE, LOBBY_MESSAGE_STICKER },
  { "lottieStickerMessage", OF_TYPE, LOBBY_MESSAGE_STICKER },
  { "image", OF_TYPE, LOBBY_MESSAGE_IMAGE },
  { "video", OF_TYPE, LOBBY_MESSAGE_VIDEO },
  { "audio", OF_TYPE, LOBBY_MESSAGE_AUDIO },
  { "ptt", OF_TYPE, LOBBY_MESSAGE_VOICE },
  { "document", OF_TYPE, LOBBY_MESSAGE_DOCUMENT },
  { "sticker", OF_TYPE, LOBBY_MESSAGE_STICKER },
  { "pollCreationMessage", UNSUPPORTED, 0 },
  { "pollCreationMessageV3", UNSUPPORTED, 0 },
  { "poll_creation", UNSUPPORTED, 0 },
  { "eventMessage", UNSUPPORTED, 0 },
  { "ciphertext", UNSUPPORTED, 0 },
  { "protocolMessage", NOTHING, 0 },
  { "reactionMessage", NOTHING, 0 },
  { "encReactionMessage", NOTHING, 0 },
  { "pollUpdateMessage", NOTHING, 0 },
  { "keepInChatMessage", NOTHING, 0 },
  { "pinInChatMessage", NOTHING, 0 },
  { "call_log", NOTHING, 0 },
  { "revoked", NOTHING, 0 },
  { "e2e_notification", NOTHING, 0 },
  { "notification", NOTHING, 0 },
  { "notification_template", NOTHING, 0 },
  { "protocol", NOTHING, 0 },
};

typedef struct
{
  JsonObject *json;
  LobbyInboundMessage *message;
  JsonObject *data;  /* _data, or NULL */
  JsonObject *proto; /* the message of WhatsApp's protocol in it, or NULL */
  const char *hint;  /* its name for the kind */
  Meaning meaning;
  LobbyMessageType type; /* OF_TYPE */
  gboolean is_edited;
} Reading;

static void
take_hint (Reading *reading,
           const char *name)
{
  for (guint i = 0; reading->meaning == AS_TOLD && i < G_N_ELEMENTS (HINTS); i++)
    {
      if (strcmp (HINTS[i].name, name) != 0)
        continue;
      reading->hint = HINTS[i].name;
      reading->meaning = HINTS[i].meaning;
      reading->type = HINTS[i].type;
    }
}

/* The message itself, where the protocol has it inside another: one that was edited, one that is to disappear. */
static void
unwrap (Reading *reading)
{
  for (guint i = 0; i < MAX_WRAPPERS; i++)
    {
      JsonObject *edited = lobby_json_get_object (lobby_json_get_object (reading->proto, "editedMessage"), "message");
      JsonObject *ephemeral = lobby_json_get_object (lobby_json_get_object (reading->proto, "ephemeralMessage"), "message");

      if (edited == NULL && ephemeral == NULL)
        return;
      reading->is_edited |= edited != NULL;
      reading->proto = edited != NULL ? edited : ephemeral;
    }
}

static gboolean
is_ptt (JsonObject *audio)
{
  return lobby_json_get_boolean_or (audio, "ptt", FALSE) || lobby_json_get_boolean_or (audio, "PTT", FALSE);
}

static void
read_data (Reading *reading)
{
  const char *type;

  reading->data = lobby_json_get_object (reading->json, "_data");
  type = lobby_json_get_string (reading->data, "type", MAX_TYPE);
  reading->proto = lobby_json_get_object (reading->data, "message");
  if (reading->proto == NULL)
    reading->proto = lobby_json_get_object (reading->data, "Message");
  unwrap (reading);
  if (reading->proto != NULL)
    {
      g_autoptr (GList) members = json_object_get_members (reading->proto);

      for (GList *link = members; link != NULL; link = link->next)
        take_hint (reading, link->data);
    }
  if (type != NULL)
    take_hint (reading, type);
  if (reading->meaning == OF_TYPE && reading->type == LOBBY_MESSAGE_AUDIO && is_ptt (lobby_json_get_object (reading->proto, "audioMessage")))
    reading->type = LOBBY_MESSAGE_VOICE;
}

/* Types */

static void
set_unsupported (Reading *reading)
{
  JsonObject *unsupported = json_object_new ();

  reading->message->type = LOBBY_MESSAGE_UNSUPPORTED;
  json_object_set_string_member (unsupported, "type", reading->hint != NULL ? reading->hint : "unknown");
  json_object_set_object_member (reading->message->metadata, "unsupported", unsupported);
}

static LobbyMessageType
type_of_file (const Reading *reading,
              const char *mime_type)
{
  if (reading->meaning == OF_TYPE)
    return reading->type;
  if (mime_type == NULL)
    return LOBBY_MESSAGE_DOCUMENT;
  if (strcmp (mime_type, "image/webp") == 0)
    return LOBBY_MESSAGE_STICKER;
  if (g_str_has_prefix (mime_type, "image/"))
    return LOBBY_MESSAGE_IMAGE;
  if (g_str_has_prefix (mime_type, "video/"))
    return LOBBY_MESSAGE_VIDEO;
  /* What phones record is Opus; nothing else that is sent as audio is. */
  if (g_str_has_prefix (mime_type, "audio/ogg"))
    return LOBBY_MESSAGE_VOICE;
  return g_str_has_prefix (mime_type, "audio/") ? LOBBY_MESSAGE_AUDIO : LOBBY_MESSAGE_DOCUMENT;
}

/* The words; WAHA does not find them in everything that is wrapped. */
static const char *
get_body (const Reading *reading)
{
  const char *body = lobby_json_get_string (reading->json, "body", G_MAXSIZE);

  if (body == NULL)
    body = lobby_json_get_string (reading->proto, "conversation", G_MAXSIZE);
  if (body == NULL)
    body = lobby_json_get_string (lobby_json_get_object (reading->proto, "extendedTextMessage"), "text", G_MAXSIZE);
  return body;
}

/* The gateway's address of the file, when it has told one; the message's id, by which it can be asked for it again. */
static void
read_file (Reading *reading,
           const char *id)
{
  LobbyInboundMessage *message = reading->message;
  JsonObject *media = lobby_json_get_object (reading->json, "media");
  const char *mime_type = lobby_json_get_string (media, "mimetype", LOBBY_WIRE_MAX_NAME);

  message->type = type_of_file (reading, mime_type);
  message->content = lobby_adapter_dup_text (get_body (reading));
  message->media_remote_id = g_strdup (id);
  message->media_remote_url = g_strdup (lobby_json_get_string (media, "url", MAX_URL));
  lobby_json_set_string (message->metadata, "mime_type", mime_type);
  lobby_json_set_string (message->metadata, "file_name", lobby_json_get_string (media, "filename", LOBBY_WIRE_MAX_NAME));
}

/* Words with some engines, numbers with others. */
static double
read_degrees (JsonObject *location,
              const char *name)
{
  const char *text = lobby_json_get_string (location, name, MAX_TYPE);

  return text != NULL ? g_ascii_strtod (text, NULL) : lobby_json_get_double_or (location, name, 1000);
}

static gboolean
read_location (Reading *reading)
{
  JsonObject *given = lobby_json_get_object (reading->json, "location");
  double latitude = read_degrees (given, "latitude"), longitude = read_degrees (given, "longitude");
  const char *name = lobby_json_get_string (given, "name", LOBBY_WIRE_MAX_NAME);
  JsonObject *location;

  if (given == NULL || !(latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180))
    return FALSE;
  location = json_object_new ();
  json_object_set_double_member (location, "latitude", latitude);
  json_object_set_double_member (location, "longitude", longitude);
  lobby_json_set_string (location, "name", name != NULL ? name : lobby_json_get_string (given, "description", LOBBY_WIRE_MAX_NAME));
  lobby_json_set_string (location, "address", lobby_json_get_string (given, "address", LOBBY_WIRE_MAX_NAME));
  lobby_json_set_string (location, "url", lobby_json_get_string (given, "url", LOBBY_WIRE_MAX_NAME));
  json_object_set_object_member (reading->message->metadata, "location", location);
  reading->message->type = LOBBY_MESSAGE_LOCATION;
  return TRUE;
}

static gboolean
read_cards (Reading *reading)
{
  JsonArray *vcards = lobby_json_get_array (reading->json, "vCards");
  g_autoptr (JsonArray) cards = json_array_new ();

  for (guint i = 0; i < MIN (lobby_json_array_length (vcards), MAX_CARDS); i++)
    {
      JsonNode *node = json_array_get_element (vcards, i);
      const char *text = JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
      JsonObject *card = text != NULL ? lobby_vcard_parse (text) : NULL;

      if (card != NULL)
        json_array_add_object_element (cards, card);
    }
  if (json_array_get_length (cards) == 0)
    return FALSE;
  json_object_set_array_member (reading->message->metadata, "contacts", json_array_ref (cards));
  reading->message->type = LOBBY_MESSAGE_CONTACTS;
  return TRUE;
}

/* FALSE when it is nothing to show. */
static gboolean
read_content (Reading *reading,
              const char *id)
{
  const char *body = get_body (reading);

  if (reading->meaning == NOTHING)
    return FALSE;
  if (reading->meaning == UNSUPPORTED)
    set_unsupported (reading);
  else if (lobby_json_get_boolean_or (reading->json, "hasMedia", FALSE) || lobby_json_get_object (reading->json, "media") != NULL)
    read_file (reading, id);
  else if (read_cards (reading) || read_location (reading))
    return TRUE;
  else if (body != NULL && *body != '\0')
    {
      reading->message->type = LOBBY_MESSAGE_TEXT;
      reading->message->content = lobby_adapter_dup_text (body);
    }
  else
    set_unsupported (reading);
  return TRUE;
}

/* Who wrote, or to whom */

/* The other name of a chat that is told by its lid, where the engine knows it. */
static void
read_other_names (Reading *reading)
{
  JsonObject *key = lobby_json_get_object (reading->data, "key"), *info = lobby_json_get_object (reading->data, "Info");
  const char *const names[] = {
    lobby_json_get_string (key, "remoteJidAlt", LOBBY_ID_MAX),
    lobby_json_get_string (info, reading->message->outbound ? "RecipientAlt" : "SenderAlt", LOBBY_ID_MAX),
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    lobby_gateway_parse_chat (names[i], &reading->message->customer);
}

static void
read_name (Reading *reading)
{
  const char *name = lobby_json_get_string (reading->data, "pushName", LOBBY_WIRE_MAX_NAME);

  if (reading->message->outbound)
    return;
  if (name == NULL)
    name = lobby_json_get_string (reading->data, "notifyName", LOBBY_WIRE_MAX_NAME);
  if (name == NULL)
    name = lobby_json_get_string (lobby_json_get_object (reading->data, "Info"), "PushName", LOBBY_WIRE_MAX_NAME);
  if (name != NULL && *name != '\0')
    reading->message->customer.name = g_strdup (name);
}

static gboolean
read_parties (Reading *reading,
              const char *id)
{
  LobbyInboundMessage *message = reading->message;
  const char *from = lobby_json_get_string (reading->json, "from", LOBBY_ID_MAX), *to = lobby_json_get_string (reading->json, "to", LOBBY_ID_MAX);
  g_autofree char *chat = lobby_gateway_dup_chat (id);

  message->outbound = lobby_json_get_boolean_or (reading->json, "fromMe", g_str_has_prefix (id, "true_"));
  if (!lobby_gateway_parse_chat (chat != NULL ? chat : message->outbound && to != NULL ? to
                                                                                       : from,
                                 &message->customer))
    return FALSE;
  read_other_names (reading);
  read_name (reading);
  return TRUE;
}

/* A number, or its digits. */
static double
read_number (JsonObject *json,
             const char *name)
{
  return lobby_json_get_double_or (json, name, (double)lobby_json_get_int_or (json, name, 0));
}

static gint64
check_time (double msec,
            gint64 arrived_at)
{
  return msec > 0 && msec <= (double)(arrived_at + FAR_AHEAD) ? (gint64)msec : arrived_at;
}

gint64
lobby_gateway_read_timestamp (JsonObject *json,
                              gint64 arrived_at)
{
  return check_time (read_number (json, "timestamp") * 1000, arrived_at);
}

static LobbyStatus
status_of_ack (JsonObject *json)
{
  switch (lobby_json_get_int_or (json, "ack", 1))
    {
    case 2:
      return LOBBY_STATUS_DELIVERED;
    case 3:
      return LOBBY_STATUS_READ;
    case 4:
      return LOBBY_STATUS_PLAYED;
    default:
      return LOBBY_STATUS_SENT;
    }
}

static gboolean
is_forwarded (const Reading *reading)
{
  g_autoptr (GList) values = reading->proto != NULL ? json_object_get_values (reading->proto) : NULL;

  if (lobby_json_get_boolean_or (reading->data, "isForwarded", FALSE))
    return TRUE;
  for (GList *link = values; link != NULL; link = link->next)
    {
      JsonObject *part = JSON_NODE_HOLDS_OBJECT (link->data) ? json_node_get_object (link->data) : NULL;

      if (lobby_json_get_boolean_or (lobby_json_get_object (part, "contextInfo"), "isForwarded", FALSE))
        return TRUE;
    }
  return FALSE;
}

LobbyInboundMessage *
lobby_gateway_parse_message (JsonObject *json,
                             gint64 arrived_at,
                             char **problem)
{
  g_autoptr (LobbyInboundMessage) message = g_new0 (LobbyInboundMessage, 1);
  Reading reading = { .json = json, .message = message };
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);
  const char *quoted = lobby_json_get_string (lobby_json_get_object (json, "replyTo"), "id", LOBBY_ID_MAX);

  if (id == NULL || *id == '\0')
    {
      *problem = g_strdup ("a message without an id");
      return NULL;
    }
  message->metadata = json_object_new ();
  message->whatsapp_message_id = lobby_gateway_dup_short_id (id);
  message->arrived_at = arrived_at;
  message->timestamp = lobby_gateway_read_timestamp (json, arrived_at) / 1000 * 1000;
  message->status = status_of_ack (json);
  read_data (&reading);
  if (!read_parties (&reading, id) || !read_content (&reading, id))
    return NULL;
  if (quoted != NULL)
    message->quoted_whatsapp_id = lobby_gateway_dup_short_id (quoted);
  if (is_forwarded (&reading))
    json_object_set_boolean_member (message->metadata, "forwarded", TRUE);
  return g_steal_pointer (&message);
}

/* When it was edited last, ms; 0: never, as far as is told. WEBJS tells the moment; of NOWEB the message's own time becomes that, in seconds. */
static gint64
read_edit_time (const Reading *reading,
                gint64 asked_at)
{
  double told = read_number (reading->data, "latestEditSenderTimestampMs");

  if (told > 0)
    return check_time (told < SMALLEST_MSEC ? told * 1000 : told, asked_at);
  return reading->is_edited ? lobby_gateway_read_timestamp (reading->json, asked_at) + 999 : 0;
}

LobbyInboundChange *
lobby_gateway_parse_state (JsonObject *json,
                           gint64 asked_at)
{
  Reading reading = { .json = json };
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);
  LobbyInboundChange *change;
  gboolean revoked;
  gint64 edited_at;

  read_data (&reading);
  revoked = g_strcmp0 (reading.hint, "revoked") == 0;
  edited_at = read_edit_time (&reading, asked_at);
  if (id == NULL || (!revoked && (edited_at == 0 || get_body (&reading) == NULL)))
    return NULL;
  change = g_new0 (LobbyInboundChange, 1);
  change->whatsapp_message_id = lobby_gateway_dup_short_id (id);
  change->outbound = lobby_json_get_boolean_or (json, "fromMe", g_str_has_prefix (id, "true_"));
  change->revoke = revoked;
  change->content = revoked ? NULL : lobby_adapter_dup_text (get_body (&reading));
  change->timestamp = revoked ? asked_at : edited_at;
  return change;
}
