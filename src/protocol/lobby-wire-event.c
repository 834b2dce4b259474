/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-protocol"

#include "lobby-wire.h"

#include "lobby-engine-packet.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-wire-reader.h"

/* A QR code holds at most 4,296 letters. */
#define MAX_QR 8192
#define MAX_CODE 64

static const char *const kind_names[] = {
  [LOBBY_EVENT_UNKNOWN] = "",
  [LOBBY_EVENT_MESSAGE_NEW] = "message:new",
  [LOBBY_EVENT_MESSAGE_SENT] = "message:sent",
  [LOBBY_EVENT_MESSAGE_STATUS] = "message:status",
  [LOBBY_EVENT_MESSAGE_UPDATED] = "message:updated",
  [LOBBY_EVENT_CONVERSATION_READ] = "conversation:read",
  [LOBBY_EVENT_CONTACT_UPDATED] = "contact:updated",
  [LOBBY_EVENT_CONTACT_TYPING] = "contact:typing",
  [LOBBY_EVENT_AGENT_TYPING] = "agent:typing",
  [LOBBY_EVENT_WHATSAPP_QR] = "whatsapp:qr",
  [LOBBY_EVENT_WHATSAPP_CONNECTED] = "whatsapp:connected",
  [LOBBY_EVENT_WHATSAPP_DISCONNECTED] = "whatsapp:disconnected",
  [LOBBY_EVENT_SYNC_RESET] = "sync:reset",
  [LOBBY_EVENT_WHATSAPP_CODE] = "whatsapp:code",
  [LOBBY_EVENT_CONNECTION_UPDATED] = "connection:updated",
  [LOBBY_EVENT_CONNECTION_REMOVED] = "connection:removed",
  [LOBBY_EVENT_CONTACT_MERGED] = "contact:merged",
  [LOBBY_EVENT_TEMPLATE_UPDATED] = "template:updated",
  [LOBBY_EVENT_TEMPLATE_REMOVED] = "template:removed",
  [LOBBY_EVENT_CONVERSATION_UPDATED] = "conversation:updated",
};

const char *
lobby_event_kind_to_name (LobbyEventKind kind)
{
  g_return_val_if_fail ((guint)kind < G_N_ELEMENTS (kind_names), "");
  return kind_names[kind];
}

static LobbyEventKind
kind_from_name (const char *name)
{
  for (guint i = LOBBY_EVENT_UNKNOWN + 1; i < G_N_ELEMENTS (kind_names); i++)
    {
      if (strcmp (name, kind_names[i]) == 0)
        return i;
    }
  return LOBBY_EVENT_UNKNOWN;
}

static void
read_message (LobbyWireReader *reader,
              LobbyWireEvent *event)
{
  if (reader->failed)
    return;
  event->message = lobby_wire_message_from_json (reader->object, reader->error);
  reader->failed = event->message == NULL;
}

static void
read_contact (LobbyWireReader *reader,
              LobbyWireEvent *event)
{
  JsonObject *json = lobby_wire_reader_object (reader, "contact");

  if (json == NULL)
    return;
  event->contact = lobby_wire_contact_from_json (json, reader->error);
  reader->failed = event->contact == NULL;
}

static void
read_conversation (LobbyWireReader *reader,
                   LobbyWireEvent *event)
{
  JsonObject *json = lobby_wire_reader_object (reader, "conversation");

  if (json == NULL)
    return;
  event->conversation = lobby_wire_conversation_from_json (json, reader->error);
  reader->failed = event->conversation == NULL;
}

static void
read_status (LobbyWireReader *reader,
             LobbyWireEvent *event)
{
  g_autofree char *text = lobby_wire_reader_required_text (reader, "status", LOBBY_WIRE_MAX_NAME);

  if (text != NULL && !lobby_status_from_string (text, &event->status))
    lobby_wire_reader_fail (reader, "status", "is unknown");
}

static void
read_problem (LobbyWireReader *reader,
              LobbyWireEvent *event)
{
  JsonObject *json = lobby_wire_reader_object (reader, "error");
  LobbyWireReader problem = { json, "error", reader->error, FALSE };

  if (json == NULL)
    return;
  event->error_code = lobby_wire_reader_integer (&problem, "code", G_MININT, G_MAXINT, 0);
  event->error_title = lobby_wire_reader_text (&problem, "title", LOBBY_WIRE_MAX_NAME);
  event->error_message = lobby_wire_reader_text (&problem, "message", LOBBY_WIRE_MAX_TEXT);
  reader->failed = problem.failed;
}

static void
read_place (LobbyWireReader *reader,
            LobbyWireEvent *event)
{
  event->contact_id = lobby_wire_reader_required_text (reader, "contactId", LOBBY_ID_MAX);
  event->conversation_id = lobby_wire_reader_text (reader, "conversationId", LOBBY_ID_MAX);
}

/* The elements of an array of conversations, each with what was merged into it. */
static void
read_merges (LobbyWireReader *reader,
             LobbyWireEvent *event)
{
  JsonArray *array = lobby_json_get_array (reader->object, "conversations");

  event->merges = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_wire_merge_free);
  for (guint i = 0; i < lobby_json_array_length (array) && !reader->failed; i++)
    {
      JsonObject *json = lobby_json_array_object (array, i);
      LobbyWireMerge *merge;

      if (json == NULL)
        continue;
      merge = g_new0 (LobbyWireMerge, 1);
      g_ptr_array_add (event->merges, merge);
      merge->conversation = lobby_wire_conversation_from_json (json, reader->error);
      merge->merged_id = g_strdup (lobby_json_get_string (json, "mergedConversationId", LOBBY_ID_MAX));
      reader->failed = merge->conversation == NULL;
    }
}

/* An object that is passed on as it is, but for having an id. */
static JsonObject *
read_whole (LobbyWireReader *reader,
            const char *name)
{
  JsonObject *json = lobby_wire_reader_object (reader, name);

  if (json != NULL && lobby_json_get_string (json, "id", LOBBY_ID_MAX) != NULL)
    return json_object_ref (json);
  lobby_wire_reader_fail (reader, name, "is missing");
  return NULL;
}

static void
read_kind (LobbyWireReader *reader,
           LobbyWireEvent *event)
{
  switch (event->kind)
    {
    case LOBBY_EVENT_MESSAGE_NEW:
    case LOBBY_EVENT_MESSAGE_UPDATED:
      read_message (reader, event);
      read_contact (reader, event);
      read_conversation (reader, event);
      break;
    case LOBBY_EVENT_MESSAGE_SENT:
      event->message_id = lobby_wire_reader_required_text (reader, "id", LOBBY_ID_MAX);
      event->client_id = lobby_wire_reader_text (reader, "clientId", LOBBY_ID_MAX);
      event->whatsapp_message_id = lobby_wire_reader_text (reader, "whatsappMessageId", LOBBY_ID_MAX);
      read_place (reader, event);
      read_status (reader, event);
      break;
    case LOBBY_EVENT_MESSAGE_STATUS:
      event->message_id = lobby_wire_reader_required_text (reader, "messageId", LOBBY_ID_MAX);
      read_place (reader, event);
      read_status (reader, event);
      read_problem (reader, event);
      break;
    case LOBBY_EVENT_CONVERSATION_READ:
      read_place (reader, event);
      event->agent_id = lobby_wire_reader_text (reader, "agentId", LOBBY_ID_MAX);
      read_conversation (reader, event);
      break;
    case LOBBY_EVENT_CONVERSATION_UPDATED:
      read_conversation (reader, event);
      if (event->conversation == NULL)
        lobby_wire_reader_fail (reader, "conversation", "is missing");
      break;
    case LOBBY_EVENT_CONTACT_UPDATED:
      read_contact (reader, event);
      if (event->contact == NULL)
        lobby_wire_reader_fail (reader, "contact", "is missing");
      break;
    case LOBBY_EVENT_CONTACT_MERGED:
      event->contact_id = lobby_wire_reader_required_text (reader, "contactId", LOBBY_ID_MAX);
      event->merged_contact_id = lobby_wire_reader_required_text (reader, "mergedContactId", LOBBY_ID_MAX);
      read_contact (reader, event);
      read_merges (reader, event);
      break;
    case LOBBY_EVENT_TEMPLATE_UPDATED:
      event->template = read_whole (reader, "template");
      break;
    case LOBBY_EVENT_TEMPLATE_REMOVED:
      event->template_id = lobby_wire_reader_required_text (reader, "templateId", LOBBY_ID_MAX);
      break;
    case LOBBY_EVENT_AGENT_TYPING:
      event->agent_id = lobby_wire_reader_required_text (reader, "agentId", LOBBY_ID_MAX);
      G_GNUC_FALLTHROUGH;
    case LOBBY_EVENT_CONTACT_TYPING:
      read_place (reader, event);
      event->is_typing = lobby_wire_reader_boolean (reader, "isTyping");
      break;
    case LOBBY_EVENT_WHATSAPP_QR:
      event->qr = lobby_wire_reader_required_text (reader, "qr", MAX_QR);
      event->connection_id = lobby_wire_reader_required_text (reader, "connectionId", LOBBY_ID_MAX);
      break;
    case LOBBY_EVENT_WHATSAPP_CODE:
      event->code = lobby_wire_reader_required_text (reader, "code", MAX_CODE);
      event->connection_id = lobby_wire_reader_required_text (reader, "connectionId", LOBBY_ID_MAX);
      break;
    case LOBBY_EVENT_CONNECTION_UPDATED:
      event->connection = read_whole (reader, "connection");
      break;
    case LOBBY_EVENT_CONNECTION_REMOVED:
    case LOBBY_EVENT_WHATSAPP_CONNECTED:
    case LOBBY_EVENT_WHATSAPP_DISCONNECTED:
      event->connection_id = lobby_wire_reader_required_text (reader, "connectionId", LOBBY_ID_MAX);
      event->reason = lobby_wire_reader_text (reader, "reason", LOBBY_WIRE_MAX_NAME);
      break;
    case LOBBY_EVENT_SYNC_RESET:
    case LOBBY_EVENT_UNKNOWN:
      break;
    default:
      g_assert_not_reached ();
    }
}

LobbyWireEvent *
lobby_wire_event_from_json (const char *name,
                            JsonObject *payload,
                            GError **error)
{
  LobbyWireReader reader = LOBBY_WIRE_READER_INIT (payload, name, error);
  g_autoptr (LobbyWireEvent) event = g_new0 (LobbyWireEvent, 1);

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (payload != NULL, NULL);

  event->kind = kind_from_name (name);
  if (event->kind == LOBBY_EVENT_UNKNOWN)
    {
      event->business_id = lobby_wire_reader_text (&reader, "businessProfileId", LOBBY_ID_MAX);
      event->seq = lobby_wire_reader_integer (&reader, "seq", 0, G_MAXINT64, 0);
    }
  else
    {
      event->business_id = lobby_wire_reader_required_text (&reader, "businessProfileId", LOBBY_ID_MAX);
      event->seq = lobby_wire_reader_required_integer (&reader, "seq", 0, G_MAXINT64);
      event->at = lobby_wire_reader_time (&reader, "at");
      read_kind (&reader, event);
    }
  return reader.failed ? NULL : g_steal_pointer (&event);
}

static void
write_problem (JsonObject *json,
               const LobbyWireEvent *event)
{
  JsonObject *problem;

  if (event->error_code == 0 && event->error_title == NULL && event->error_message == NULL)
    return;
  problem = json_object_new ();
  json_object_set_int_member (problem, "code", event->error_code);
  lobby_json_set_string (problem, "title", event->error_title);
  lobby_json_set_string (problem, "message", event->error_message);
  json_object_set_object_member (json, "error", problem);
}

static void
write_place (JsonObject *json,
             const LobbyWireEvent *event)
{
  lobby_json_set_string (json, "contactId", event->contact_id);
  lobby_json_set_string (json, "conversationId", event->conversation_id);
}

static void
write_rows (JsonObject *json,
            const LobbyWireEvent *event)
{
  if (event->contact != NULL)
    json_object_set_object_member (json, "contact", lobby_wire_contact_to_json (event->contact));
  if (event->conversation != NULL)
    json_object_set_object_member (json, "conversation", lobby_wire_conversation_to_json (event->conversation));
}

static void
write_merges (JsonObject *json,
              const LobbyWireEvent *event)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < event->merges->len; i++)
    {
      const LobbyWireMerge *merge = g_ptr_array_index (event->merges, i);
      JsonObject *element = lobby_wire_conversation_to_json (merge->conversation);

      lobby_json_set_string (element, "mergedConversationId", merge->merged_id);
      json_array_add_object_element (array, element);
    }
  json_object_set_array_member (json, "conversations", array);
}

static void
write_kind (JsonObject *json,
            const LobbyWireEvent *event)
{
  switch (event->kind)
    {
    case LOBBY_EVENT_MESSAGE_SENT:
      lobby_json_set_string (json, "id", event->message_id);
      lobby_json_set_string (json, "clientId", event->client_id);
      lobby_json_set_string (json, "whatsappMessageId", event->whatsapp_message_id);
      write_place (json, event);
      json_object_set_string_member (json, "status", lobby_status_to_string (event->status));
      break;
    case LOBBY_EVENT_MESSAGE_STATUS:
      lobby_json_set_string (json, "messageId", event->message_id);
      write_place (json, event);
      json_object_set_string_member (json, "status", lobby_status_to_string (event->status));
      write_problem (json, event);
      break;
    case LOBBY_EVENT_CONVERSATION_READ:
      write_place (json, event);
      lobby_json_set_string (json, "agentId", event->agent_id);
      break;
    case LOBBY_EVENT_CONTACT_MERGED:
      lobby_json_set_string (json, "contactId", event->contact_id);
      lobby_json_set_string (json, "mergedContactId", event->merged_contact_id);
      write_merges (json, event);
      break;
    case LOBBY_EVENT_TEMPLATE_UPDATED:
      json_object_set_object_member (json, "template", json_object_ref (event->template));
      break;
    case LOBBY_EVENT_TEMPLATE_REMOVED:
      lobby_json_set_string (json, "templateId", event->template_id);
      break;
    case LOBBY_EVENT_AGENT_TYPING:
      lobby_json_set_string (json, "agentId", event->agent_id);
      G_GNUC_FALLTHROUGH;
    case LOBBY_EVENT_CONTACT_TYPING:
      write_place (json, event);
      json_object_set_boolean_member (json, "isTyping", event->is_typing);
      break;
    case LOBBY_EVENT_WHATSAPP_QR:
      lobby_json_set_string (json, "connectionId", event->connection_id);
      lobby_json_set_string (json, "qr", event->qr);
      break;
    case LOBBY_EVENT_WHATSAPP_CODE:
      lobby_json_set_string (json, "connectionId", event->connection_id);
      lobby_json_set_string (json, "code", event->code);
      break;
    case LOBBY_EVENT_CONNECTION_UPDATED:
      json_object_set_object_member (json, "connection", json_object_ref (event->connection));
      break;
    case LOBBY_EVENT_CONNECTION_REMOVED:
    case LOBBY_EVENT_WHATSAPP_CONNECTED:
    case LOBBY_EVENT_WHATSAPP_DISCONNECTED:
      lobby_json_set_string (json, "connectionId", event->connection_id);
      lobby_json_set_string (json, "reason", event->reason);
      break;
    case LOBBY_EVENT_MESSAGE_NEW:
    case LOBBY_EVENT_MESSAGE_UPDATED:
    case LOBBY_EVENT_CONVERSATION_UPDATED:
    case LOBBY_EVENT_CONTACT_UPDATED:
    case LOBBY_EVENT_SYNC_RESET:
    case LOBBY_EVENT_UNKNOWN:
      break;
    default:
      g_assert_not_reached ();
    }
}

JsonObject *
lobby_wire_event_to_json (const LobbyWireEvent *event)
{
  JsonObject *json = event->message != NULL ? lobby_wire_message_to_json (event->message)
                                            : json_object_new ();

  json_object_set_int_member (json, "seq", event->seq);
  lobby_json_set_string (json, "businessProfileId", event->business_id);
  write_kind (json, event);
  write_rows (json, event);
  lobby_wire_set_time (json, "at", event->at);
  return json;
}

void
lobby_wire_merge_free (LobbyWireMerge *merge)
{
  if (merge == NULL)
    return;
  lobby_wire_conversation_free (merge->conversation);
  g_free (merge->merged_id);
  g_free (merge);
}

void
lobby_wire_event_free (LobbyWireEvent *event)
{
  if (event == NULL)
    return;
  lobby_wire_message_free (event->message);
  lobby_wire_contact_free (event->contact);
  lobby_wire_conversation_free (event->conversation);
  g_free (event->business_id);
  g_free (event->message_id);
  g_free (event->client_id);
  g_free (event->whatsapp_message_id);
  g_free (event->contact_id);
  g_free (event->conversation_id);
  g_free (event->merged_contact_id);
  g_clear_pointer (&event->merges, g_ptr_array_unref);
  g_clear_pointer (&event->template, json_object_unref);
  g_free (event->template_id);
  g_free (event->agent_id);
  g_free (event->connection_id);
  g_free (event->reason);
  g_free (event->qr);
  g_free (event->code);
  g_clear_pointer (&event->connection, json_object_unref);
  g_free (event->error_title);
  g_free (event->error_message);
  g_free (event);
}
