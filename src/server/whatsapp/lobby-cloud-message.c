/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-reading.h"

#include "lobby-id.h"
#include "lobby-json.h"

#include <string.h>

/* One inbound message (CLOUD_API 7.2). A type that we do not know becomes "unsupported": it is shown that something came. */

#define MAX_NAME 256
#define MAX_TYPE 64
#define MAX_URL 4096
#define MAX_CARRIED (32 * 1024) /* bytes of JSON taken over as received */

typedef struct
{
  const LobbyCloudPlace *place;
  JsonObject *json;
  LobbyInboundMessage *message;
  LobbyCloudItem *item;
} Reading;

typedef void (*TypeReader) (Reading *reading, const char *type);

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
  reading->message->content = lobby_cloud_dup_text (lobby_json_get_object (reading->json, "text"), "body");
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
  message->content = lobby_cloud_dup_text (media, "caption");
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
  reading->message->content = lobby_cloud_dup_text (lobby_json_get_object (reading->json, "button"), "text");
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
  reading->message->content = lobby_cloud_dup_text (reply, "title");
  if (reading->message->content == NULL)
    reading->message->content = lobby_cloud_dup_text (reply, "body");
  carry (reading, "interactive", "interactive");
}

static void
read_order (Reading *reading,
            const char *type)
{
  reading->message->type = LOBBY_MESSAGE_ORDER;
  reading->message->content = lobby_cloud_dup_text (lobby_json_get_object (reading->json, "order"), "text");
  carry (reading, "order", "order");
}

/* A new number or user id is also news about who it is. */
static void
read_system (Reading *reading,
             const char *type)
{
  JsonObject *system = lobby_json_get_object (reading->json, "system");
  const char *number = lobby_json_get_string (system, "wa_id", LOBBY_ID_MAX);
  const LobbyIdentity *customer = &reading->message->customer;
  g_autofree char *wa_id = NULL;
  g_autofree char *bsuid = lobby_cloud_dup_user_id (lobby_json_get_string (system, "user_id", LOBBY_ID_MAX));
  LobbyCloudIdentity *identity;

  reading->message->type = LOBBY_MESSAGE_SYSTEM;
  reading->message->content = lobby_cloud_dup_text (system, "body");
  carry (reading, "system", "system");
  /* Its name until 2023. */
  wa_id = lobby_cloud_dup_number (number != NULL ? number : lobby_json_get_string (system, "new_wa_id", LOBBY_ID_MAX));
  if (g_strcmp0 (wa_id, customer->wa_id) == 0)
    g_clear_pointer (&wa_id, g_free);
  if (g_strcmp0 (bsuid, customer->bsuid) == 0)
    g_clear_pointer (&bsuid, g_free);
  if (wa_id == NULL && bsuid == NULL)
    return;
  identity = reading->item->identity = g_new0 (LobbyCloudIdentity, 1);
  identity->now.wa_id = g_steal_pointer (&wa_id);
  identity->now.bsuid = g_steal_pointer (&bsuid);
  identity->before.wa_id = g_strdup (customer->wa_id);
  identity->before.bsuid = g_strdup (customer->bsuid);
  identity->at = reading->message->timestamp;
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

/* Edits and revocations: only of numbers that are also used in the WhatsApp Business app. They are no message of their own. */
static void
read_change (Reading *reading,
             const char *type)
{
  JsonObject *json = lobby_json_get_object (reading->json, type);
  JsonObject *inner = lobby_json_get_object (json, "message");
  const char *inner_type = lobby_json_get_string (inner, "type", MAX_TYPE);
  const char *original = lobby_json_get_string (json, "original_message_id", LOBBY_ID_MAX);
  g_autoptr (LobbyInboundChange) change = g_new0 (LobbyInboundChange, 1);

  change->revoke = strcmp (type, "revoke") == 0;
  change->outbound = reading->message->outbound;
  change->timestamp = reading->message->timestamp;
  if (inner_type != NULL)
    change->content = lobby_cloud_dup_text (lobby_json_get_object (inner, inner_type), strcmp (inner_type, "text") == 0 ? "body" : "caption");
  if (original == NULL || *original == '\0')
    lobby_cloud_take_problem (reading->item, g_strdup_printf ("a message of the type “%s” that names no other", type));
  else if (!change->revoke && inner_type == NULL)
    lobby_cloud_take_problem (reading->item, g_strdup ("an edit without a message"));
  else
    {
      change->whatsapp_message_id = g_strdup (original);
      reading->item->change = g_steal_pointer (&change);
    }
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

/* Who wrote a message, or, of an echo, to whom it was written. */
static gboolean
read_customer (Reading *reading)
{
  const LobbyCloudPlace *place = reading->place;
  LobbyInboundMessage *message = reading->message;
  g_autofree char *from = lobby_cloud_dup_number (lobby_json_get_string (reading->json, "from", LOBBY_ID_MAX));
  g_autofree char *own = lobby_cloud_dup_number (place->own_number);

  message->outbound = place->is_echo || (place->is_history && from != NULL && g_strcmp0 (from, own) == 0);
  if (!message->outbound)
    return lobby_cloud_read_customer (place, lobby_json_get_string (reading->json, "from", LOBBY_ID_MAX),
                                      lobby_json_get_string (reading->json, "from_user_id", LOBBY_ID_MAX),
                                      lobby_json_get_string (reading->json, "from_parent_user_id", LOBBY_ID_MAX), &message->customer);
  return lobby_cloud_read_customer (place, place->thread != NULL ? place->thread : lobby_json_get_string (reading->json, "to", LOBBY_ID_MAX),
                                    lobby_json_get_string (reading->json, "to_user_id", LOBBY_ID_MAX),
                                    lobby_json_get_string (reading->json, "to_parent_user_id", LOBBY_ID_MAX), &message->customer);
}

/* How far what the business wrote had come. */
static void
read_history_status (Reading *reading)
{
  const char *told = lobby_json_get_string (lobby_json_get_object (reading->json, "history_context"), "status", MAX_TYPE);
  g_autofree char *status = told != NULL ? g_ascii_strdown (told, -1) : NULL;

  if (status != NULL && strcmp (status, "error") == 0)
    reading->message->status = LOBBY_STATUS_FAILED;
  else if (status != NULL)
    lobby_status_from_string (status, &reading->message->status);
}

void
lobby_cloud_read_message (const LobbyCloudPlace *place,
                          JsonObject *json,
                          LobbyCloudItem *item)
{
  g_autoptr (LobbyInboundMessage) message = g_new0 (LobbyInboundMessage, 1);
  Reading reading = { place, json, message, item };
  const char *id = lobby_json_get_string (json, "id", LOBBY_ID_MAX);

  message->metadata = json_object_new ();
  message->whatsapp_message_id = g_strdup (id);
  message->arrived_at = place->arrived_at;
  message->timestamp = lobby_cloud_read_time (json, "timestamp", place->arrived_at);
  message->is_history = place->is_history;
  if (id == NULL || *id == '\0')
    lobby_cloud_take_problem (item, g_strdup ("a message without an id"));
  else if (lobby_json_get_string (json, "group_id", LOBBY_ID_MAX) != NULL)
    lobby_cloud_take_problem (item, g_strdup ("messages of groups are not handled"));
  else if (!read_customer (&reading))
    lobby_cloud_take_problem (item, g_strdup (message->outbound ? "a message without a recipient" : "a message without a sender"));
  else
    {
      read_context (&reading);
      read_history_status (&reading);
      read_type (&reading);
    }
  if (item->problem == NULL && item->change == NULL)
    item->message = g_steal_pointer (&message);
}
