/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-delivery.h"
#include "lobby-id.h"
#include "lobby-json.h"

#include <string.h>

/* One inbound message (CLOUD_API 7.2). A type that we do not know becomes "unsupported": it is shown that something came. */

#define MAX_NAME 256
#define MAX_TYPE 64
#define MAX_URL 4096
#define MAX_CARRIED (32 * 1024) /* bytes of JSON taken over as received */
#define FAR_AHEAD (24 * 60 * 60 * 1000)

typedef struct
{
  JsonObject *json;
  LobbyInboundMessage *message;
  char *problem;
} Reading;

typedef void (*TypeReader) (Reading *reading, const char *type);

/* Text of any length, cut at a whole character when it is longer than a client would take. */
static char *
dup_text (JsonObject *object,
          const char *name)
{
  const char *text = lobby_json_get_string (object, name, G_MAXSIZE);

  if (text == NULL)
    return NULL;
  if (strlen (text) > LOBBY_WIRE_MAX_TEXT)
    {
      const char *end = g_utf8_find_prev_char (text, text + LOBBY_WIRE_MAX_TEXT - 3);

      return g_strdup_printf ("%.*s…", (int)(end - text), text);
    }
  return g_strdup (text);
}

/* Takes a member over as received, unless it is absurdly large. */
static void
carry (Reading *reading,
       const char *from,
       const char *to)
{
  JsonNode *node = json_object_get_member (reading->json, from);
  g_autofree char *text = NULL;

  if (node == NULL || !(JSON_NODE_HOLDS_OBJECT (node) || JSON_NODE_HOLDS_ARRAY (node)))
    return;
  text = lobby_json_to_string (node);
  if (strlen (text) <= MAX_CARRIED)
    json_object_set_member (reading->message->metadata, to, json_node_copy (node));
}

static void
set_unsupported (Reading *reading,
                 const char *type,
                 JsonObject *error)
{
  JsonObject *unsupported = json_object_new ();
  gint64 code = lobby_json_get_int_or (error, "code", 0);

  reading->message->type = LOBBY_MESSAGE_UNSUPPORTED;
  json_object_set_string_member (unsupported, "type", type);
  if (code != 0)
    json_object_set_int_member (unsupported, "code", code);
  lobby_json_set_string (unsupported, "title", lobby_json_get_string (error, "title", MAX_NAME));
  json_object_set_object_member (reading->message->metadata, "unsupported", unsupported);
}

static void
read_text (Reading *reading,
           const char *type)
{
  reading->message->content = dup_text (lobby_json_get_object (reading->json, "text"), "body");
  if (reading->message->content == NULL)
    set_unsupported (reading, type, NULL);
  else
    reading->message->type = LOBBY_MESSAGE_TEXT;
}

/* Meta tells SHA-256 in base64, and has been seen to tell it in hex. Returns hex, or NULL. */
static char *
normalise_sha256 (const char *told)
{
  g_autofree guchar *bytes = NULL;
  g_autoptr (GString) hex = NULL;
  gsize length = 0;

  if (told == NULL)
    return NULL;
  if (strlen (told) == 64 && strspn (told, "0123456789abcdefABCDEF") == 64)
    return g_ascii_strdown (told, -1);
  bytes = g_base64_decode (told, &length);
  if (length != 32)
    return NULL;
  hex = g_string_new (NULL);
  for (gsize i = 0; i < length; i++)
    g_string_append_printf (hex, "%02x", bytes[i]);
  return g_string_free (g_steal_pointer (&hex), FALSE);
}

static void
read_media (Reading *reading,
            const char *type)
{
  LobbyInboundMessage *message = reading->message;
  JsonObject *media = lobby_json_get_object (reading->json, type);
  const char *id = lobby_json_get_string (media, "id", LOBBY_ID_MAX);
  g_autofree char *sha256 = normalise_sha256 (lobby_json_get_string (media, "sha256", 128));

  if (id == NULL || *id == '\0')
    {
      set_unsupported (reading, type, NULL);
      return;
    }
  message->type = lobby_message_type_from_string (type);
  if (message->type == LOBBY_MESSAGE_AUDIO && lobby_json_get_boolean_or (media, "voice", FALSE))
    message->type = LOBBY_MESSAGE_VOICE;
  message->media_remote_id = g_strdup (id);
  message->media_remote_url = g_strdup (lobby_json_get_string (media, "url", MAX_URL));
  message->content = dup_text (media, "caption");
  json_object_set_string_member (message->metadata, "media_state", "pending");
  lobby_json_set_string (message->metadata, "mime_type", lobby_json_get_string (media, "mime_type", MAX_NAME));
  lobby_json_set_string (message->metadata, "file_name", lobby_json_get_string (media, "filename", LOBBY_WIRE_MAX_NAME));
  lobby_json_set_string (message->metadata, "sha256", sha256);
  if (message->type == LOBBY_MESSAGE_STICKER)
    json_object_set_boolean_member (message->metadata, "animated", lobby_json_get_boolean_or (media, "animated", FALSE));
}

static void
read_location (Reading *reading,
               const char *type)
{
  static const char *const texts[] = { "name", "address", "url" };
  JsonObject *given = lobby_json_get_object (reading->json, "location");
  double latitude = lobby_json_get_double_or (given, "latitude", 1000), longitude = lobby_json_get_double_or (given, "longitude", 1000);
  JsonObject *location;

  if (!(latitude >= -90 && latitude <= 90 && longitude >= -180 && longitude <= 180))
    {
      set_unsupported (reading, type, NULL);
      return;
    }
  reading->message->type = LOBBY_MESSAGE_LOCATION;
  location = json_object_new ();
  json_object_set_double_member (location, "latitude", latitude);
  json_object_set_double_member (location, "longitude", longitude);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    lobby_json_set_string (location, texts[i], lobby_json_get_string (given, texts[i], LOBBY_WIRE_MAX_NAME));
  json_object_set_object_member (reading->message->metadata, "location", location);
}

static void
read_contacts (Reading *reading,
               const char *type)
{
  if (lobby_json_array_length (lobby_json_get_array (reading->json, "contacts")) == 0)
    {
      set_unsupported (reading, type, NULL);
      return;
    }
  reading->message->type = LOBBY_MESSAGE_CONTACTS;
  carry (reading, "contacts", "contacts");
}

static void
read_reaction (Reading *reading,
               const char *type)
{
  JsonObject *reaction = lobby_json_get_object (reading->json, "reaction");
  const char *target = lobby_json_get_string (reaction, "message_id", LOBBY_ID_MAX);
  const char *emoji = lobby_json_get_string (reaction, "emoji", 64);

  if (target == NULL || *target == '\0')
    {
      set_unsupported (reading, type, NULL);
      return;
    }
  reading->message->type = LOBBY_MESSAGE_REACTION;
  reading->message->reaction_whatsapp_id = g_strdup (target);
  reading->message->content = g_strdup (emoji != NULL ? emoji : "");
}

/* The quick reply of a template. */
static void
read_button (Reading *reading,
             const char *type)
{
  reading->message->type = LOBBY_MESSAGE_INTERACTIVE;
  reading->message->content = dup_text (lobby_json_get_object (reading->json, "button"), "text");
  carry (reading, "button", "button");
}

static void
read_interactive (Reading *reading,
                  const char *type)
{
  JsonObject *interactive = lobby_json_get_object (reading->json, "interactive");
  const char *kind = lobby_json_get_string (interactive, "type", MAX_TYPE);
  JsonObject *reply = kind != NULL ? lobby_json_get_object (interactive, kind) : NULL;

  if (reply == NULL)
    {
      set_unsupported (reading, type, NULL);
      return;
    }
  reading->message->type = LOBBY_MESSAGE_INTERACTIVE;
  reading->message->content = dup_text (reply, "title");
  if (reading->message->content == NULL)
    reading->message->content = dup_text (reply, "body");
  carry (reading, "interactive", "interactive");
}

static void
read_order (Reading *reading,
            const char *type)
{
  reading->message->type = LOBBY_MESSAGE_ORDER;
  reading->message->content = dup_text (lobby_json_get_object (reading->json, "order"), "text");
  carry (reading, "order", "order");
}

static void
read_system (Reading *reading,
             const char *type)
{
  reading->message->type = LOBBY_MESSAGE_SYSTEM;
  reading->message->content = dup_text (lobby_json_get_object (reading->json, "system"), "body");
  carry (reading, "system", "system");
}

static void
read_unsupported (Reading *reading,
                  const char *type)
{
  JsonObject *inner = lobby_json_get_object (reading->json, "unsupported");
  const char *inner_type = lobby_json_get_string (inner, "type", MAX_TYPE);

  set_unsupported (reading, inner_type != NULL ? inner_type : type,
                   lobby_json_array_object (lobby_json_get_array (reading->json, "errors"), 0));
}

/* Come only from numbers that are also used in the WhatsApp Business app. The body stays stored. */
static void
read_change (Reading *reading,
             const char *type)
{
  reading->problem = g_strdup_printf ("messages of the type “%s” are not handled", type);
}

static const struct
{
  const char *type;
  TypeReader read;
} READERS[] = {
  { "text", read_text },
  { "image", read_media },
  { "video", read_media },
  { "audio", read_media },
  { "document", read_media },
  { "sticker", read_media },
  { "location", read_location },
  { "contacts", read_contacts },
  { "reaction", read_reaction },
  { "button", read_button },
  { "interactive", read_interactive },
  { "order", read_order },
  { "system", read_system },
  { "unsupported", read_unsupported },
  { "unknown", read_unsupported },
  { "edit", read_change },
  { "revoke", read_change },
};

static void
read_type (Reading *reading)
{
  const char *type = lobby_json_get_string (reading->json, "type", MAX_TYPE);

  for (guint i = 0; type != NULL && i < G_N_ELEMENTS (READERS); i++)
    {
      if (strcmp (READERS[i].type, type) == 0)
        {
          READERS[i].read (reading, type);
          return;
        }
    }
  read_unsupported (reading, type != NULL ? type : "unknown");
}

static void
read_context (Reading *reading)
{
  JsonObject *context = lobby_json_get_object (reading->json, "context");

  reading->message->quoted_whatsapp_id = g_strdup (lobby_json_get_string (context, "id", LOBBY_ID_MAX));
  if (lobby_json_get_boolean_or (context, "forwarded", FALSE) || lobby_json_get_boolean_or (context, "frequently_forwarded", FALSE))
    json_object_set_boolean_member (reading->message->metadata, "forwarded", TRUE);
  carry (reading, "referral", "referral");
}

static gboolean
is_number (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  return length >= 1 && length <= 20 && strspn (text, "0123456789") == length;
}

/* "CC.letters and digits", up to 128 of them (CLOUD_API 8). */
static gboolean
is_bsuid (const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  if (length < 4 || length > 3 + 128 || !g_ascii_isalpha (text[0]) || !g_ascii_isalpha (text[1]) || text[2] != '.')
    return FALSE;
  for (const char *p = text + 3; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p) && *p != '.')
        return FALSE;
    }
  return TRUE;
}

/* The element of value.contacts that describes the sender. */
static JsonObject *
find_profile (JsonArray *contacts,
              const char *wa_id,
              const char *bsuid)
{
  guint length = lobby_json_array_length (contacts);

  for (guint i = 0; i < length; i++)
    {
      JsonObject *contact = lobby_json_array_object (contacts, i);
      const char *contact_wa_id = lobby_json_get_string (contact, "wa_id", LOBBY_ID_MAX);
      const char *contact_bsuid = lobby_json_get_string (contact, "user_id", LOBBY_ID_MAX);

      if ((wa_id != NULL && g_strcmp0 (wa_id, contact_wa_id) == 0) || (bsuid != NULL && g_strcmp0 (bsuid, contact_bsuid) == 0))
        return contact;
    }
  return length == 1 && wa_id == NULL && bsuid == NULL ? lobby_json_array_object (contacts, 0) : NULL;
}

static gboolean
read_sender (Reading *reading,
             JsonArray *contacts)
{
  LobbyInboundMessage *message = reading->message;
  const char *wa_id = lobby_json_get_string (reading->json, "from", LOBBY_ID_MAX);
  const char *bsuid = lobby_json_get_string (reading->json, "from_user_id", LOBBY_ID_MAX);
  JsonObject *contact = find_profile (contacts, wa_id, bsuid);
  JsonObject *profile = lobby_json_get_object (contact, "profile");
  const char *username = lobby_json_get_string (profile, "username", MAX_NAME);

  if (wa_id == NULL)
    wa_id = lobby_json_get_string (contact, "wa_id", LOBBY_ID_MAX);
  if (bsuid == NULL)
    bsuid = lobby_json_get_string (contact, "user_id", LOBBY_ID_MAX);
  if (username != NULL && *username == '@')
    username++;
  message->customer.wa_id = is_number (wa_id) ? g_strdup (wa_id) : NULL;
  message->customer.bsuid = is_bsuid (bsuid) ? g_strdup (bsuid) : NULL;
  message->customer.username = username != NULL && *username != '\0' ? g_strdup (username) : NULL;
  message->customer.name = g_strdup (lobby_json_get_string (profile, "name", LOBBY_WIRE_MAX_NAME));
  return message->customer.wa_id != NULL || message->customer.bsuid != NULL || message->customer.username != NULL;
}

static gint64
read_timestamp (JsonObject *json,
                gint64 arrived_at)
{
  gint64 seconds = lobby_json_get_int_or (json, "timestamp", 0);

  if (seconds <= 0 || seconds > (arrived_at + FAR_AHEAD) / 1000)
    return arrived_at;
  return seconds * 1000;
}

LobbyInboundMessage *
lobby_cloud_parse_message (JsonObject *json,
                           JsonArray *contacts,
                           gint64 arrived_at,
                           char **problem)
{
  g_autoptr (LobbyInboundMessage) message = g_new0 (LobbyInboundMessage, 1);
  Reading reading = { json, message, NULL };
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);

  message->metadata = json_object_new ();
  message->whatsapp_message_id = g_strdup (id);
  message->arrived_at = arrived_at;
  message->timestamp = read_timestamp (json, arrived_at);
  if (id == NULL || *id == '\0')
    reading.problem = g_strdup ("a message without an id");
  else if (lobby_json_get_string (json, "group_id", LOBBY_ID_MAX) != NULL)
    reading.problem = g_strdup ("messages of groups are not handled");
  else if (!read_sender (&reading, contacts))
    reading.problem = g_strdup ("a message without a sender");
  else
    {
      read_context (&reading);
      read_type (&reading);
    }
  if (reading.problem == NULL)
    return g_steal_pointer (&message);
  *problem = reading.problem;
  return NULL;
}

static void
read_status_error (LobbyInboundStatus *status,
                   JsonObject *error)
{
  JsonObject *data = lobby_json_get_object (error, "error_data");
  g_autofree char *details = dup_text (data, "details");

  status->error_code = (int)CLAMP (lobby_json_get_int_or (error, "code", 0), 0, G_MAXINT);
  status->error_title = g_strdup (lobby_json_get_string (error, "title", LOBBY_WIRE_MAX_NAME));
  status->error_message = details != NULL ? g_steal_pointer (&details) : dup_text (error, "message");
}

LobbyInboundStatus *
lobby_cloud_parse_status (JsonObject *json,
                          gint64 arrived_at,
                          char **problem)
{
  g_autoptr (LobbyInboundStatus) status = g_new0 (LobbyInboundStatus, 1);
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);
  const char *name = lobby_json_get_string (json, "status", MAX_TYPE);

  if (id == NULL || *id == '\0')
    {
      *problem = g_strdup ("a status without a message id");
      return NULL;
    }
  if (name == NULL || !lobby_status_from_string (name, &status->status) || status->status == LOBBY_STATUS_PENDING)
    {
      *problem = g_strdup_printf ("the status “%s” is not known", name != NULL ? name : "?");
      return NULL;
    }
  status->whatsapp_message_id = g_strdup (id);
  status->opaque = g_strdup (lobby_json_get_string (json, "biz_opaque_callback_data", LOBBY_ID_MAX));
  status->timestamp = read_timestamp (json, arrived_at);
  if (status->status == LOBBY_STATUS_FAILED)
    read_status_error (status, lobby_json_array_object (lobby_json_get_array (json, "errors"), 0));
  return g_steal_pointer (&status);
}
