/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include "lobby-id.h"
#include "lobby-json.h"

/* A call is one message of type call, whatever the number and order of its reports; its WhatsApp id is the call's. */

/* Calls that ring are looked for among so many messages. */
#define NEWEST 10000

static const char *const status_names[] = {
  [LOBBY_CALL_RINGING] = "ringing",
  [LOBBY_CALL_ACCEPTED] = "accepted",
  [LOBBY_CALL_REJECTED] = "rejected",
  [LOBBY_CALL_MISSED] = "missed",
  [LOBBY_CALL_COMPLETED] = "completed",
};

static LobbyCallStatus
status_from_metadata (JsonObject *metadata)
{
  const char *name = lobby_json_get_string (lobby_json_get_object (metadata, "call"), "status", 64);

  for (guint i = 0; i < G_N_ELEMENTS (status_names); i++)
    if (g_strcmp0 (status_names[i], name) == 0)
      return (LobbyCallStatus)i;
  return LOBBY_CALL_RINGING;
}

static void
set_call (JsonObject *metadata,
          const LobbyInboundCall *call,
          LobbyCallStatus status)
{
  JsonObject *json = json_object_new ();
  gint64 duration = MAX (call->duration, lobby_json_get_int_or (lobby_json_get_object (metadata, "call"), "duration", 0));

  json_object_set_string_member (json, "direction", call->outbound ? "outbound" : "inbound");
  json_object_set_string_member (json, "status", status_names[status]);
  if (duration > 0)
    json_object_set_int_member (json, "duration", duration);
  json_object_set_object_member (metadata, "call", json);
}

/* A customer's call is a sign of life like a message. */
static gboolean
extend_window (LobbyVerb *verb,
               const char *conversation_id,
               const LobbyInboundCall *call)
{
  return call->outbound
         || lobby_database_run (verb->database, &verb->error,
                                "UPDATE conversations SET window_expires_at = max (window_expires_at, ?) WHERE id = ?", "ls",
                                call->timestamp + LOBBY_SERVICE_WINDOW_MSEC, conversation_id);
}

static gboolean
update_call (LobbyVerb *verb,
             const LobbyVerbPlace *place,
             LobbyWireMessage *message,
             const LobbyInboundCall *call)
{
  LobbyCallStatus before = status_from_metadata (message->metadata);

  if (call->status <= before && call->duration == 0)
    return TRUE;
  set_call (message->metadata, call, MAX (before, call->status));
  return lobby_verb_save_message (verb, message)
         && extend_window (verb, message->conversation_id, call)
         && lobby_verb_log_message (verb, place->business_id, message->id, LOBBY_EVENT_MESSAGE_UPDATED);
}

static gboolean
insert_call (LobbyVerb *verb,
             const LobbyVerbPlace *place,
             const LobbyInboundCall *call)
{
  LobbyInboundMessage message = {
    .whatsapp_message_id = call->whatsapp_call_id,
    .customer = call->customer,
    .outbound = call->outbound,
    .type = LOBBY_MESSAGE_CALL,
    .timestamp = call->timestamp,
    .arrived_at = call->arrived_at,
  };
  g_autoptr (JsonObject) metadata = json_object_new ();

  set_call (metadata, call, call->status);
  message.metadata = metadata;
  return lobby_verb_take_in (verb, place, &message);
}

static gboolean
is_nobody (const LobbyIdentity *customer)
{
  return customer->wa_id == NULL && customer->bsuid == NULL && customer->parent_bsuid == NULL && customer->lid == NULL
         && customer->username == NULL;
}

static gboolean
lobby_sqlite_storage_receive_call (LobbyStorage *storage,
                                   const char *connection_id,
                                   const LobbyInboundCall *call,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_auto (LobbyVerbPlace) place = { 0 };
  g_autoptr (LobbyWireMessage) message = NULL;

  if (!lobby_verb_begin (&verb, storage, error) || !lobby_verb_find_place (&verb, connection_id, &place))
    return FALSE;
  message = lobby_sqlite_find_message (verb.database, connection_id, call->whatsapp_call_id, &verb.error);
  if (verb.error != NULL)
    return FALSE;
  if (message == NULL && is_nobody (&call->customer))
    return lobby_verb_not_found (&verb, "call");
  if (message == NULL)
    return insert_call (&verb, &place, call) && lobby_verb_end (&verb);
  return (message->type != LOBBY_MESSAGE_CALL || update_call (&verb, &place, message, call)) && lobby_verb_end (&verb);
}

static GPtrArray *
lobby_sqlite_storage_list_ringing_calls (LobbyStorage *storage,
                                         const char *connection_id)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *calls = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_inbound_call_free);
  /* The plus keeps it from going through all messages of the connection. */
  g_autoptr (LobbyStatement) row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                                         "SELECT whatsapp_message_id, created_at FROM messages"
                                                         " WHERE rowid > (SELECT max (rowid) FROM messages) - ? AND +connection_id = ? AND type = ?"
                                                         " AND NOT outbound AND metadata ->> '$.call.status' = ?",
                                                         "lsis", (gint64)NEWEST, connection_id, (int)LOBBY_MESSAGE_CALL, status_names[LOBBY_CALL_RINGING]);

  while (row != NULL && lobby_statement_step (row, &error))
    {
      LobbyInboundCall *call = g_new0 (LobbyInboundCall, 1);

      call->whatsapp_call_id = lobby_statement_dup_text (row, 0);
      call->status = LOBBY_CALL_RINGING;
      call->timestamp = lobby_statement_int (row, 1);
      g_ptr_array_add (calls, call);
    }
  lobby_sqlite_log_error (&error);
  return calls;
}

void
lobby_sqlite_call_verbs (LobbyStorageInterface *iface)
{
  iface->receive_call = lobby_sqlite_storage_receive_call;
  iface->list_ringing_calls = lobby_sqlite_storage_list_ringing_calls;
}
