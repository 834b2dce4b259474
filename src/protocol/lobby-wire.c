/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-protocol"

#include "lobby-wire.h"

#include "lobby-engine-packet.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-wire-reader.h"

/* Deeper or wider than anything WhatsApp delivers (an order of 1,000 products is about 100 kB). */
#define MAX_METADATA_BYTES (256 * 1024)
#define MAX_URL 4096
/* A person has few numbers. */
#define MAX_MERGED 1000

static const char *const status_names[] = {
  [LOBBY_STATUS_PENDING] = "pending",
  [LOBBY_STATUS_SENT] = "sent",
  [LOBBY_STATUS_DELIVERED] = "delivered",
  [LOBBY_STATUS_READ] = "read",
  [LOBBY_STATUS_PLAYED] = "played",
  [LOBBY_STATUS_FAILED] = "failed",
};

static const char *const type_names[] = {
  [LOBBY_MESSAGE_TEXT] = "text",
  [LOBBY_MESSAGE_IMAGE] = "image",
  [LOBBY_MESSAGE_VIDEO] = "video",
  [LOBBY_MESSAGE_AUDIO] = "audio",
  [LOBBY_MESSAGE_VOICE] = "voice",
  [LOBBY_MESSAGE_DOCUMENT] = "document",
  [LOBBY_MESSAGE_STICKER] = "sticker",
  [LOBBY_MESSAGE_LOCATION] = "location",
  [LOBBY_MESSAGE_CONTACTS] = "contacts",
  [LOBBY_MESSAGE_TEMPLATE] = "template",
  [LOBBY_MESSAGE_REACTION] = "reaction",
  [LOBBY_MESSAGE_SYSTEM] = "system",
  [LOBBY_MESSAGE_NOTE] = "note",
  [LOBBY_MESSAGE_INTERACTIVE] = "interactive",
  [LOBBY_MESSAGE_ORDER] = "order",
  [LOBBY_MESSAGE_CALL] = "call",
  [LOBBY_MESSAGE_UNSUPPORTED] = "unsupported",
};

const char *
lobby_status_to_string (LobbyStatus status)
{
  g_return_val_if_fail ((guint)status < G_N_ELEMENTS (status_names), "pending");
  return status_names[status];
}

gboolean
lobby_status_from_string (const char *text,
                          LobbyStatus *status)
{
  for (guint i = 0; i < G_N_ELEMENTS (status_names); i++)
    {
      if (g_strcmp0 (text, status_names[i]) == 0)
        {
          *status = i;
          return TRUE;
        }
    }
  return FALSE;
}

LobbyStatus
lobby_status_merge (LobbyStatus old_status,
                    LobbyStatus new_status)
{
  /* A failure stands above what it can follow and below what disproves it, so that the order of reports does not matter. */
  static const int ranks[] = {
    [LOBBY_STATUS_PENDING] = 0,
    [LOBBY_STATUS_SENT] = 1,
    [LOBBY_STATUS_FAILED] = 2,
    [LOBBY_STATUS_DELIVERED] = 3,
    [LOBBY_STATUS_READ] = 4,
    [LOBBY_STATUS_PLAYED] = 5,
  };

  return ranks[new_status] > ranks[old_status] ? new_status : old_status;
}

const char *
lobby_message_type_to_string (LobbyMessageType type)
{
  g_return_val_if_fail ((guint)type < G_N_ELEMENTS (type_names), "unsupported");
  return type_names[type];
}

LobbyMessageType
lobby_message_type_from_string (const char *text)
{
  for (guint i = 0; i < G_N_ELEMENTS (type_names); i++)
    {
      if (g_strcmp0 (text, type_names[i]) == 0)
        return i;
    }
  return LOBBY_MESSAGE_UNSUPPORTED;
}

LobbyWireContact *
lobby_wire_contact_from_json (JsonObject *json,
                              GError **error)
{
  LobbyWireReader reader = LOBBY_WIRE_READER_INIT (json, "contact", error);
  g_autoptr (LobbyWireContact) contact = g_new0 (LobbyWireContact, 1);

  g_return_val_if_fail (json != NULL, NULL);

  contact->id = lobby_wire_reader_required_text (&reader, "id", LOBBY_ID_MAX);
  contact->business_id = lobby_wire_reader_text (&reader, "business_id", LOBBY_ID_MAX);
  contact->name = lobby_wire_reader_text (&reader, "name", LOBBY_WIRE_MAX_NAME);
  contact->phone_number = lobby_wire_reader_text (&reader, "phone_number", LOBBY_WIRE_MAX_NAME);
  contact->username = lobby_wire_reader_text (&reader, "username", LOBBY_WIRE_MAX_NAME);
  contact->picture_url = lobby_wire_reader_text (&reader, "picture_url", MAX_URL);
  contact->about = lobby_wire_reader_text (&reader, "about", LOBBY_WIRE_MAX_TEXT);
  contact->created_at = lobby_wire_reader_time (&reader, "created_at");
  contact->updated_at = lobby_wire_reader_time (&reader, "updated_at");
  return reader.failed ? NULL : g_steal_pointer (&contact);
}

JsonObject *
lobby_wire_contact_to_json (const LobbyWireContact *contact)
{
  JsonObject *json = json_object_new ();

  lobby_json_set_string (json, "id", contact->id);
  lobby_json_set_string (json, "business_id", contact->business_id);
  lobby_json_set_string (json, "name", contact->name);
  lobby_json_set_string (json, "phone_number", contact->phone_number);
  lobby_json_set_string (json, "username", contact->username);
  lobby_json_set_string (json, "picture_url", contact->picture_url);
  lobby_json_set_string (json, "about", contact->about);
  lobby_wire_set_time (json, "created_at", contact->created_at);
  lobby_wire_set_time (json, "updated_at", contact->updated_at);
  return json;
}

void
lobby_wire_contact_free (LobbyWireContact *contact)
{
  if (contact == NULL)
    return;
  g_free (contact->id);
  g_free (contact->business_id);
  g_free (contact->name);
  g_free (contact->phone_number);
  g_free (contact->username);
  g_free (contact->picture_url);
  g_free (contact->about);
  g_free (contact);
}

/* Ids alone; what is none is left out. */
static char **
read_merged_ids (JsonObject *json)
{
  JsonArray *array = lobby_json_get_array (json, "merged_ids");
  g_autoptr (GStrvBuilder) ids = NULL;
  g_auto (GStrv) found = NULL;
  guint length = MIN (lobby_json_array_length (array), MAX_MERGED);

  if (length == 0)
    return NULL;
  ids = g_strv_builder_new ();
  for (guint i = 0; i < length; i++)
    {
      const char *id = lobby_json_array_string (array, i, LOBBY_ID_MAX);

      if (id != NULL)
        g_strv_builder_add (ids, id);
    }
  found = g_strv_builder_end (ids);
  return found[0] != NULL ? g_steal_pointer (&found) : NULL;
}

LobbyWireConversation *
lobby_wire_conversation_from_json (JsonObject *json,
                                   GError **error)
{
  LobbyWireReader reader = LOBBY_WIRE_READER_INIT (json, "conversation", error);
  g_autoptr (LobbyWireConversation) conversation = g_new0 (LobbyWireConversation, 1);

  g_return_val_if_fail (json != NULL, NULL);

  conversation->id = lobby_wire_reader_required_text (&reader, "id", LOBBY_ID_MAX);
  conversation->business_id = lobby_wire_reader_text (&reader, "business_id", LOBBY_ID_MAX);
  conversation->contact_id = lobby_wire_reader_required_text (&reader, "contact_id", LOBBY_ID_MAX);
  conversation->connection_id = lobby_wire_reader_text (&reader, "connection_id", LOBBY_ID_MAX);
  conversation->unread_count = lobby_wire_reader_integer (&reader, "unread_count", 0, G_MAXINT, 0);
  conversation->last_activity_at = lobby_wire_reader_time (&reader, "last_activity_at");
  conversation->window_expires_at = lobby_wire_reader_time (&reader, "window_expires_at");
  conversation->read_up_to = lobby_wire_reader_text (&reader, "read_up_to", LOBBY_ID_MAX);
  conversation->message_count_in = lobby_wire_reader_integer (&reader, "message_count_in", 0, G_MAXINT, 0);
  conversation->message_count_out = lobby_wire_reader_integer (&reader, "message_count_out", 0, G_MAXINT, 0);
  conversation->seq = lobby_wire_reader_integer (&reader, "seq", 0, G_MAXINT64, 0);
  conversation->merged_ids = read_merged_ids (json);
  return reader.failed ? NULL : g_steal_pointer (&conversation);
}

JsonObject *
lobby_wire_conversation_to_json (const LobbyWireConversation *conversation)
{
  JsonObject *json = json_object_new ();

  lobby_json_set_string (json, "id", conversation->id);
  lobby_json_set_string (json, "business_id", conversation->business_id);
  lobby_json_set_string (json, "contact_id", conversation->contact_id);
  lobby_json_set_string (json, "connection_id", conversation->connection_id);
  json_object_set_int_member (json, "unread_count", conversation->unread_count);
  lobby_wire_set_time (json, "last_activity_at", conversation->last_activity_at);
  lobby_wire_set_time (json, "window_expires_at", conversation->window_expires_at);
  lobby_json_set_string (json, "read_up_to", conversation->read_up_to);
  json_object_set_int_member (json, "message_count_in", conversation->message_count_in);
  json_object_set_int_member (json, "message_count_out", conversation->message_count_out);
  json_object_set_int_member (json, "seq", conversation->seq);
  if (conversation->merged_ids != NULL)
    {
      JsonArray *ids = json_array_new ();

      for (guint i = 0; conversation->merged_ids[i] != NULL; i++)
        json_array_add_string_element (ids, conversation->merged_ids[i]);
      json_object_set_array_member (json, "merged_ids", ids);
    }
  return json;
}

void
lobby_wire_conversation_free (LobbyWireConversation *conversation)
{
  if (conversation == NULL)
    return;
  g_free (conversation->id);
  g_free (conversation->business_id);
  g_free (conversation->contact_id);
  g_free (conversation->connection_id);
  g_free (conversation->read_up_to);
  g_strfreev (conversation->merged_ids);
  g_free (conversation);
}

/* About the bytes that @node takes as text; stops counting past @limit. */
static gsize
estimate_size (JsonNode *node,
               gsize limit)
{
  gsize size = 8;

  if (JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObjectIter iter;
      const char *name;
      JsonNode *member;

      json_object_iter_init (&iter, json_node_get_object (node));
      while (size <= limit && json_object_iter_next (&iter, &name, &member))
        size += strlen (name) + estimate_size (member, limit - size);
    }
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);
      guint length = json_array_get_length (array);

      for (guint i = 0; i < length && size <= limit; i++)
        size += estimate_size (json_array_get_element (array, i), limit - size);
    }
  else if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      size += strlen (json_node_get_string (node));
    }
  return size;
}

static JsonObject *
read_metadata (LobbyWireReader *reader)
{
  JsonObject *metadata = lobby_wire_reader_object (reader, "metadata");

  if (metadata == NULL)
    return json_object_new ();
  if (estimate_size (json_object_get_member (reader->object, "metadata"), MAX_METADATA_BYTES) > MAX_METADATA_BYTES)
    {
      lobby_wire_reader_fail (reader, "metadata", "is too large");
      return json_object_new ();
    }
  return json_object_ref (metadata);
}

static gboolean
read_direction (LobbyWireReader *reader)
{
  g_autofree char *direction = lobby_wire_reader_required_text (reader, "direction", LOBBY_WIRE_MAX_NAME);

  if (g_strcmp0 (direction, "outbound") == 0)
    return TRUE;
  if (direction != NULL && strcmp (direction, "inbound") != 0)
    lobby_wire_reader_fail (reader, "direction", "is unknown");
  return FALSE;
}

static LobbyStatus
read_status (LobbyWireReader *reader,
             gboolean outbound)
{
  g_autofree char *text = lobby_wire_reader_text (reader, "status", LOBBY_WIRE_MAX_NAME);
  LobbyStatus status = outbound ? LOBBY_STATUS_PENDING : LOBBY_STATUS_DELIVERED;

  if (text != NULL && !lobby_status_from_string (text, &status))
    lobby_wire_reader_fail (reader, "status", "is unknown");
  return status;
}

LobbyWireMessage *
lobby_wire_message_from_json (JsonObject *json,
                              GError **error)
{
  LobbyWireReader reader = LOBBY_WIRE_READER_INIT (json, "message", error);
  g_autoptr (LobbyWireMessage) message = g_new0 (LobbyWireMessage, 1);
  g_autofree char *type = NULL;

  g_return_val_if_fail (json != NULL, NULL);

  message->id = lobby_wire_reader_required_text (&reader, "id", LOBBY_ID_MAX);
  message->client_id = lobby_wire_reader_text (&reader, "client_id", LOBBY_ID_MAX);
  message->conversation_id = lobby_wire_reader_text (&reader, "conversation_id", LOBBY_ID_MAX);
  message->contact_id = lobby_wire_reader_required_text (
      &reader, lobby_wire_reader_has (&reader, "contact_id") ? "contact_id" : "contactId", LOBBY_ID_MAX);
  message->connection_id = lobby_wire_reader_text (&reader, "connection_id", LOBBY_ID_MAX);
  message->contact_name = lobby_wire_reader_text (&reader, "contact_name", LOBBY_WIRE_MAX_NAME);
  message->phone_number = lobby_wire_reader_text (&reader, "phone_number", LOBBY_WIRE_MAX_NAME);
  message->whatsapp_message_id = lobby_wire_reader_text (&reader, "whatsapp_message_id", LOBBY_ID_MAX);
  message->outbound = read_direction (&reader);
  type = lobby_wire_reader_required_text (&reader, "message_type", LOBBY_WIRE_MAX_NAME);
  message->type = lobby_message_type_from_string (type);
  message->content = lobby_wire_reader_text (&reader, "content", LOBBY_WIRE_MAX_TEXT);
  message->media_url = lobby_wire_reader_text (&reader, "media_url", MAX_URL);
  message->status = read_status (&reader, message->outbound);
  message->is_from_bot = lobby_wire_reader_boolean (&reader, "is_from_bot");
  message->agent_id = lobby_wire_reader_text (&reader, "agent_id", LOBBY_ID_MAX);
  message->metadata = read_metadata (&reader);
  message->created_at = lobby_wire_reader_time (&reader, "created_at");
  message->updated_at = lobby_wire_reader_time (&reader, "updated_at");
  if (message->created_at == 0)
    lobby_wire_reader_fail (&reader, "created_at", "is missing");
  return reader.failed ? NULL : g_steal_pointer (&message);
}

JsonObject *
lobby_wire_message_to_json (const LobbyWireMessage *message)
{
  JsonObject *json = json_object_new ();

  lobby_json_set_string (json, "id", message->id);
  lobby_json_set_string (json, "client_id", message->client_id);
  lobby_json_set_string (json, "conversation_id", message->conversation_id);
  lobby_json_set_string (json, "contact_id", message->contact_id);
  lobby_json_set_string (json, "contactId", message->contact_id);
  lobby_json_set_string (json, "connection_id", message->connection_id);
  lobby_json_set_string (json, "contact_name", message->contact_name);
  lobby_json_set_string (json, "phone_number", message->phone_number);
  lobby_json_set_string (json, "whatsapp_message_id", message->whatsapp_message_id);
  json_object_set_string_member (json, "direction", message->outbound ? "outbound" : "inbound");
  json_object_set_string_member (json, "message_type", lobby_message_type_to_string (message->type));
  lobby_json_set_string (json, "content", message->content);
  lobby_json_set_string (json, "media_url", message->media_url);
  json_object_set_string_member (json, "status", lobby_status_to_string (message->status));
  json_object_set_boolean_member (json, "is_from_bot", message->is_from_bot);
  lobby_json_set_string (json, "agent_id", message->agent_id);
  json_object_set_object_member (json, "metadata",
                                 message->metadata != NULL ? json_object_ref (message->metadata) : json_object_new ());
  lobby_wire_set_time (json, "created_at", message->created_at);
  lobby_wire_set_time (json, "updated_at", message->updated_at);
  return json;
}

void
lobby_wire_message_free (LobbyWireMessage *message)
{
  if (message == NULL)
    return;
  g_free (message->id);
  g_free (message->client_id);
  g_free (message->conversation_id);
  g_free (message->contact_id);
  g_free (message->connection_id);
  g_free (message->contact_name);
  g_free (message->phone_number);
  g_free (message->whatsapp_message_id);
  g_free (message->content);
  g_free (message->media_url);
  g_free (message->agent_id);
  g_clear_pointer (&message->metadata, json_object_unref);
  g_free (message);
}
