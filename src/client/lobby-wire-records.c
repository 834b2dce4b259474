/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-wire-records.h"

#include "lobby-clock.h"
#include "lobby-id.h"
#include "lobby-json.h"

/* The store keeps these numbers, and the wire has the same. */
G_STATIC_ASSERT ((int)LOBBY_MODEL_STATUS_PENDING == (int)LOBBY_STATUS_PENDING);
G_STATIC_ASSERT ((int)LOBBY_MODEL_STATUS_SENT == (int)LOBBY_STATUS_SENT);
G_STATIC_ASSERT ((int)LOBBY_MODEL_STATUS_DELIVERED == (int)LOBBY_STATUS_DELIVERED);
G_STATIC_ASSERT ((int)LOBBY_MODEL_STATUS_READ == (int)LOBBY_STATUS_READ);
G_STATIC_ASSERT ((int)LOBBY_MODEL_STATUS_PLAYED == (int)LOBBY_STATUS_PLAYED);
G_STATIC_ASSERT ((int)LOBBY_MODEL_STATUS_FAILED == (int)LOBBY_STATUS_FAILED);
G_STATIC_ASSERT ((int)LOBBY_MODEL_TEXT == (int)LOBBY_MESSAGE_TEXT);
G_STATIC_ASSERT ((int)LOBBY_MODEL_IMAGE == (int)LOBBY_MESSAGE_IMAGE);
G_STATIC_ASSERT ((int)LOBBY_MODEL_VIDEO == (int)LOBBY_MESSAGE_VIDEO);
G_STATIC_ASSERT ((int)LOBBY_MODEL_AUDIO == (int)LOBBY_MESSAGE_AUDIO);
G_STATIC_ASSERT ((int)LOBBY_MODEL_VOICE == (int)LOBBY_MESSAGE_VOICE);
G_STATIC_ASSERT ((int)LOBBY_MODEL_DOCUMENT == (int)LOBBY_MESSAGE_DOCUMENT);
G_STATIC_ASSERT ((int)LOBBY_MODEL_STICKER == (int)LOBBY_MESSAGE_STICKER);
G_STATIC_ASSERT ((int)LOBBY_MODEL_LOCATION == (int)LOBBY_MESSAGE_LOCATION);
G_STATIC_ASSERT ((int)LOBBY_MODEL_CONTACTS == (int)LOBBY_MESSAGE_CONTACTS);
G_STATIC_ASSERT ((int)LOBBY_MODEL_TEMPLATE == (int)LOBBY_MESSAGE_TEMPLATE);
G_STATIC_ASSERT ((int)LOBBY_MODEL_REACTION == (int)LOBBY_MESSAGE_REACTION);
G_STATIC_ASSERT ((int)LOBBY_MODEL_SYSTEM == (int)LOBBY_MESSAGE_SYSTEM);
G_STATIC_ASSERT ((int)LOBBY_MODEL_NOTE == (int)LOBBY_MESSAGE_NOTE);
G_STATIC_ASSERT ((int)LOBBY_MODEL_INTERACTIVE == (int)LOBBY_MESSAGE_INTERACTIVE);
G_STATIC_ASSERT ((int)LOBBY_MODEL_ORDER == (int)LOBBY_MESSAGE_ORDER);
G_STATIC_ASSERT ((int)LOBBY_MODEL_CALL == (int)LOBBY_MESSAGE_CALL);
G_STATIC_ASSERT ((int)LOBBY_MODEL_UNSUPPORTED == (int)LOBBY_MESSAGE_UNSUPPORTED);

#define WAVEFORM_LENGTH 48
#define MAX_PIXELS 100000
#define MAX_EXTRA (256 * 1024)

/* Members of metadata that a bubble shows and that have no column of their own. */
static const char *const extra_members[] = {
  "location",
  "contacts",
  "unsupported",
  "forwarded",
  "frequently_forwarded",
  "edited_at",
  "revoked_at",
  "call",
  "animated",
  "media_error",
  "interactive",
  "template_frame",
  "button",
  "order",
  "referral",
  "system",
};

LobbyContactRecord *
lobby_contact_record_from_wire (const LobbyWireContact *contact)
{
  LobbyContactRecord *record = lobby_contact_record_new ();

  record->id = g_strdup (contact->id);
  record->business_id = g_strdup (contact->business_id);
  record->name = g_strdup (contact->name);
  record->phone_number = g_strdup (contact->phone_number);
  record->username = g_strdup (contact->username);
  record->picture_url = g_strdup (contact->picture_url);
  record->about = g_strdup (contact->about);
  record->created_at = contact->created_at;

  return record;
}

LobbyConversationRecord *
lobby_conversation_record_from_wire (const LobbyWireConversation *conversation)
{
  LobbyConversationRecord *record = lobby_conversation_record_new ();

  record->id = g_strdup (conversation->id);
  record->business_id = g_strdup (conversation->business_id);
  record->contact_id = g_strdup (conversation->contact_id);
  record->connection_id = g_strdup (conversation->connection_id);
  record->unread_count = conversation->unread_count;
  record->last_activity_at = conversation->last_activity_at;
  record->window_expires_at = conversation->window_expires_at;
  record->read_up_to = g_strdup (conversation->read_up_to);
  record->message_count_in = conversation->message_count_in;
  record->message_count_out = conversation->message_count_out;
  record->seq = conversation->seq;
  record->merged_ids = g_strdupv (conversation->merged_ids);

  return record;
}

static gboolean
is_file_type (LobbyMessageType type)
{
  switch (type)
    {
    case LOBBY_MESSAGE_IMAGE:
    case LOBBY_MESSAGE_VIDEO:
    case LOBBY_MESSAGE_AUDIO:
    case LOBBY_MESSAGE_VOICE:
    case LOBBY_MESSAGE_DOCUMENT:
    case LOBBY_MESSAGE_STICKER:
      return TRUE;
    default:
      return FALSE;
    }
}

static LobbyMediaState
media_state_of (const LobbyWireMessage *message)
{
  const char *state = lobby_json_get_string (message->metadata, "media_state", 32);

  if (g_strcmp0 (state, "failed") == 0)
    return LOBBY_MEDIA_FAILED;
  if (message->media_url != NULL && g_strcmp0 (state, "pending") != 0)
    return LOBBY_MEDIA_READY;

  return is_file_type (message->type) ? LOBBY_MEDIA_PENDING : LOBBY_MEDIA_NONE;
}

/* 48 numbers 0–100 as pairs of hex digits. */
static char *
waveform_of (JsonObject *metadata)
{
  JsonArray *numbers = lobby_json_get_array (metadata, "waveform");
  g_autoptr (GString) text = NULL;

  if (lobby_json_array_length (numbers) != WAVEFORM_LENGTH)
    return NULL;

  text = g_string_sized_new (2 * WAVEFORM_LENGTH);
  for (guint i = 0; i < WAVEFORM_LENGTH; i++)
    {
      JsonNode *node = json_array_get_element (numbers, i);
      gint64 level = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_int (node) : 0;

      g_string_append_printf (text, "%02x", (guint)CLAMP (level, 0, 100));
    }

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
read_file (LobbyMessageRecord *record,
           const LobbyWireMessage *message)
{
  JsonObject *metadata = message->metadata;

  record->media_state = record->revoked ? LOBBY_MEDIA_NONE : media_state_of (message);
  record->media_url = g_strdup (message->media_url);
  record->mime_type = g_strdup (lobby_json_get_string (metadata, "mime_type", LOBBY_WIRE_MAX_NAME));
  record->file_name = g_strdup (lobby_json_get_string (metadata, "file_name", LOBBY_WIRE_MAX_NAME));
  record->file_size = MAX (0, lobby_json_get_int_or (metadata, "file_size", 0));
  record->width = (int)CLAMP (lobby_json_get_int_or (metadata, "width", 0), 0, MAX_PIXELS);
  record->height = (int)CLAMP (lobby_json_get_int_or (metadata, "height", 0), 0, MAX_PIXELS);
  record->duration = (int)CLAMP (lobby_json_get_int_or (metadata, "duration", 0), 0, G_MAXINT);
  record->waveform = waveform_of (metadata);
}

static void
read_quote (LobbyMessageRecord *record,
            JsonObject *metadata)
{
  JsonObject *quoted = lobby_json_get_object (metadata, "quoted");
  const char *text, *type;

  if (quoted == NULL)
    return;

  text = lobby_json_get_string (quoted, "content", LOBBY_WIRE_MAX_TEXT);
  type = lobby_json_get_string (quoted, "type", LOBBY_WIRE_MAX_NAME);
  record->quoted_id = g_strdup (lobby_json_get_string (quoted, "id", LOBBY_ID_MAX));
  record->quoted_text = g_strdup (text != NULL ? text : "");
  record->quoted_type = type != NULL ? (LobbyModelType)lobby_message_type_from_string (type) : LOBBY_MODEL_TEXT;
  record->quoted_outbound = lobby_json_get_boolean_or (quoted, "outbound", FALSE);
}

static gint64
time_of (JsonObject *times,
         const char *name)
{
  const char *text = lobby_json_get_string (times, name, 64);
  gint64 msec;

  return text != NULL && lobby_clock_parse (text, &msec) ? msec : 0;
}

static void
read_status (LobbyMessageRecord *record,
             JsonObject *metadata)
{
  JsonObject *times = lobby_json_get_object (metadata, "status_times");
  JsonObject *error = lobby_json_get_object (metadata, "error");
  const char *text = lobby_json_get_string (error, "message", LOBBY_WIRE_MAX_TEXT);

  record->sent_time = time_of (times, "sent");
  record->delivered_time = time_of (times, "delivered");
  record->read_time = time_of (times, "read");
  record->played_time = time_of (times, "played");
  record->failed_time = time_of (times, "failed");
  record->error_code = (int)CLAMP (lobby_json_get_int_or (error, "code", 0), G_MININT, G_MAXINT);
  if (text == NULL)
    text = lobby_json_get_string (error, "title", LOBBY_WIRE_MAX_TEXT);
  record->error_text = g_strdup (text);
}

static void
keep_extra (JsonObject *extra,
            JsonObject *metadata,
            const char *member)
{
  JsonNode *node = json_object_get_member (metadata, member);

  if (node != NULL && !JSON_NODE_HOLDS_NULL (node))
    json_object_set_member (extra, member, json_node_copy (node));
}

static char *
extra_of (JsonObject *metadata,
          LobbyMessageType type)
{
  g_autoptr (JsonObject) extra = json_object_new ();
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (extra_members); i++)
    keep_extra (extra, metadata, extra_members[i]);
  /* Pictures are shown by themselves. */
  if (type == LOBBY_MESSAGE_VIDEO)
    keep_extra (extra, metadata, "thumbnail");

  if (json_object_get_size (extra) == 0)
    return NULL;

  text = lobby_json_object_to_string (extra);
  return strlen (text) <= MAX_EXTRA ? g_steal_pointer (&text) : NULL;
}

LobbyMessageRecord *
lobby_message_record_from_wire (const LobbyWireMessage *message)
{
  LobbyMessageRecord *record = lobby_message_record_new ();
  JsonObject *reaction = lobby_json_get_object (message->metadata, "reaction");

  record->id = g_strdup (message->id);
  record->client_id = g_strdup (message->client_id);
  record->conversation_id = g_strdup (message->conversation_id);
  record->outbound = message->outbound;
  record->type = (LobbyModelType)message->type;
  record->content = g_strdup (message->content != NULL ? message->content : "");
  record->agent_id = g_strdup (message->agent_id);
  record->status = (LobbyModelStatus)message->status;
  record->sent_at = message->created_at;
  record->updated_at = message->updated_at;
  record->reaction_to = g_strdup (lobby_json_get_string (reaction, "message_id", LOBBY_ID_MAX));
  record->revoked = lobby_json_get_string (message->metadata, "revoked_at", 64) != NULL;
  read_file (record, message);
  read_quote (record, message->metadata);
  read_status (record, message->metadata);
  record->extra = extra_of (message->metadata, message->type);

  return record;
}

static void
add_rows (LobbyChangeSet *changes,
          const LobbyWireEvent *event)
{
  if (event->contact != NULL)
    g_ptr_array_add (changes->contacts, lobby_contact_record_from_wire (event->contact));
  if (event->conversation != NULL)
    g_ptr_array_add (changes->conversations, lobby_conversation_record_from_wire (event->conversation));
  if (event->message != NULL)
    g_ptr_array_add (changes->messages, lobby_message_record_from_wire (event->message));
}

static void
add_status (LobbyChangeSet *changes,
            const LobbyWireEvent *event)
{
  LobbyStatusRecord *record = g_new0 (LobbyStatusRecord, 1);

  record->message_id = g_strdup (event->message_id);
  record->client_id = g_strdup (event->client_id);
  record->status = (LobbyModelStatus)event->status;
  record->at = event->at;
  record->error_code = event->error_code;
  record->error_text = g_strdup (event->error_message != NULL ? event->error_message : event->error_title);
  g_ptr_array_add (changes->statuses, record);
}

void
lobby_change_set_add_event (LobbyChangeSet *changes,
                            const LobbyWireEvent *event)
{
  switch (event->kind)
    {
    case LOBBY_EVENT_MESSAGE_NEW:
    case LOBBY_EVENT_MESSAGE_UPDATED:
    case LOBBY_EVENT_CONVERSATION_READ:
    case LOBBY_EVENT_CONVERSATION_UPDATED:
    case LOBBY_EVENT_CONTACT_UPDATED:
      add_rows (changes, event);
      break;
    case LOBBY_EVENT_CONTACT_MERGED:
      add_rows (changes, event);
      for (guint i = 0; i < event->merges->len; i++)
        g_ptr_array_add (changes->conversations, lobby_conversation_record_from_wire (((LobbyWireMerge *)event->merges->pdata[i])->conversation));
      break;
    case LOBBY_EVENT_MESSAGE_SENT:
    case LOBBY_EVENT_MESSAGE_STATUS:
      add_status (changes, event);
      break;
    default:
      break;
    }
}
