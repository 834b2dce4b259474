/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-metrics.h"

/* The messages of customers that are found in what WhatsApp delivers. */

/* Where they wrote */

static char *
find_conversation (LobbyVerb *verb,
                   const char *contact_id,
                   const char *connection_id)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "SELECT id FROM conversations WHERE contact_id = ? AND connection_id = ?", "ss",
                                                         contact_id, connection_id);

  return row != NULL && lobby_statement_step (row, &verb->error) ? lobby_statement_dup_text (row, 0) : NULL;
}

char *
lobby_verb_resolve_conversation (LobbyVerb *verb,
                                 const LobbyVerbPlace *place,
                                 const char *contact_id,
                                 gint64 at)
{
  g_autofree char *id = find_conversation (verb, contact_id, place->connection_id);

  if (id != NULL || verb->error != NULL)
    return g_steal_pointer (&id);
  id = lobby_id_new ();
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO conversations (id, business_id, contact_id, connection_id, last_activity_at, created_at)"
                             " VALUES (?, ?, ?, ?, ?, ?)",
                             "ssssll", id, place->business_id, contact_id, place->connection_id, at, verb->now)
             ? g_steal_pointer (&id)
             : NULL;
}

/* What they wrote */

/* WhatsApp tells whole seconds. Inside that second the moment of arrival keeps messages in the order
 * they came; one that comes later is put at the second's end, never before its time. */
static gint64
creation_time (const LobbyInboundMessage *message)
{
  return MAX (message->timestamp, MIN (message->arrived_at, message->timestamp + 999));
}

static gboolean
is_conversation (LobbyMessageType type)
{
  return type != LOBBY_MESSAGE_REACTION && type != LOBBY_MESSAGE_SYSTEM;
}

/* What a message is about, a reply or a reaction: *@waits_for is WhatsApp's id of what is not known yet. */
static gboolean
add_reference (LobbyVerb *verb,
               JsonObject *metadata,
               const char *connection_id,
               const LobbyInboundMessage *message,
               const char **waits_for)
{
  const char *about = message->reaction_whatsapp_id != NULL ? message->reaction_whatsapp_id : message->quoted_whatsapp_id;
  g_autoptr (LobbyWireMessage) target = NULL;
  JsonObject *reaction;

  if (about == NULL)
    return TRUE;
  target = lobby_sqlite_find_message (verb->database, connection_id, about, &verb->error);
  if (verb->error != NULL)
    return FALSE;
  *waits_for = target == NULL ? about : NULL;
  if (message->reaction_whatsapp_id == NULL)
    {
      lobby_sqlite_set_quote (metadata, about, target);
      return TRUE;
    }
  reaction = json_object_new ();
  json_object_set_string_member (reaction, "whatsapp_message_id", about);
  if (target != NULL)
    json_object_set_string_member (reaction, "message_id", target->id);
  json_object_set_object_member (metadata, "reaction", reaction);
  return TRUE;
}

/* (transfer full) what the storage may add to. */
static JsonObject *
copy_metadata (LobbyVerb *verb,
               JsonObject *given)
{
  g_autofree char *text = NULL;

  if (given == NULL || json_object_get_size (given) == 0)
    return json_object_new ();
  text = lobby_json_object_to_string (given);
  return lobby_json_parse_object (text, -1, &verb->error);
}

/* The adapter's metadata with what only the storage knows. (transfer full) */
static JsonObject *
complete_metadata (LobbyVerb *verb,
                   const char *connection_id,
                   const LobbyInboundMessage *message,
                   const char **waits_for)
{
  g_autoptr (JsonObject) metadata = copy_metadata (verb, message->metadata);

  if (metadata == NULL || !add_reference (verb, metadata, connection_id, message, waits_for))
    return NULL;
  if (message->media_remote_id != NULL || message->media_remote_url != NULL)
    json_object_set_string_member (metadata, "media_state", "pending");
  if (message->outbound && message->type != LOBBY_MESSAGE_CALL)
    json_object_set_boolean_member (metadata, "echo", TRUE);
  if (message->is_history)
    json_object_set_boolean_member (metadata, "history", TRUE);
  return g_steal_pointer (&metadata);
}

/* A message on its way in. */
typedef struct
{
  const LobbyVerbPlace *place;
  const LobbyInboundMessage *message;
  LobbyWireMessage *row; /* as it is stored, but for what is the contact's */
  gboolean is_read;      /* of history: nothing before it is unread */
} Arrival;

static void
arrival_clear (Arrival *arrival)
{
  lobby_wire_message_free (arrival->row);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Arrival, arrival_clear)

static gboolean
insert_media_job (LobbyVerb *verb,
                  const char *message_id,
                  const char *connection_id,
                  const LobbyInboundMessage *message)
{
  if (message->media_remote_id == NULL && message->media_remote_url == NULL)
    return TRUE;
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO media_jobs (message_id, connection_id, remote_id, remote_url, due_at) VALUES (?, ?, ?, ?, ?)", "ssssl",
                             message_id, connection_id, message->media_remote_id, message->media_remote_url, lobby_clock_steady ());
}

/* Whose it is. */
static gboolean
find_home (LobbyVerb *verb,
           const Arrival *arrival)
{
  const LobbyInboundMessage *message = arrival->message;
  LobbyWireMessage *row = arrival->row;

  row->contact_id = lobby_verb_resolve_contact (verb, arrival->place, &message->customer, message->timestamp, row->created_at);
  if (row->contact_id != NULL)
    row->conversation_id = lobby_verb_resolve_conversation (verb, arrival->place, row->contact_id, row->created_at);
  return row->conversation_id != NULL;
}

static void
fill_row (LobbyVerb *verb,
          const Arrival *arrival)
{
  const LobbyInboundMessage *message = arrival->message;
  LobbyWireMessage *row = arrival->row;

  row->connection_id = g_strdup (arrival->place->connection_id);
  row->whatsapp_message_id = g_strdup (message->whatsapp_message_id);
  row->outbound = message->outbound;
  row->type = message->type;
  row->content = g_strdup (message->content);
  row->status = !message->outbound                        ? LOBBY_STATUS_DELIVERED
                : message->status == LOBBY_STATUS_PENDING ? LOBBY_STATUS_SENT
                                                          : message->status;
  row->updated_at = verb->now;
}

static gboolean
insert_message (LobbyVerb *verb,
                const Arrival *arrival)
{
  const LobbyInboundMessage *message = arrival->message;
  LobbyWireMessage *row = arrival->row;
  const char *waits_for = NULL;
  g_autofree char *metadata = NULL;

  fill_row (verb, arrival);
  row->metadata = complete_metadata (verb, row->connection_id, message, &waits_for);
  if (row->metadata == NULL)
    return FALSE;
  metadata = lobby_json_object_to_string (row->metadata);
  if (!lobby_database_run (verb->database, &verb->error,
                           "INSERT INTO messages (id, business_id, conversation_id, contact_id, connection_id, whatsapp_message_id, outbound, type,"
                           " content, status, metadata, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                           "ssssssiisisll",
                           row->id, arrival->place->business_id, row->conversation_id, row->contact_id, row->connection_id,
                           row->whatsapp_message_id, (int)row->outbound, (int)row->type, row->content, (int)row->status, metadata,
                           row->created_at, row->updated_at)
      || (waits_for != NULL && !lobby_verb_keep_reference (verb, row->connection_id, waits_for, row->id)))
    return FALSE;
  return insert_media_job (verb, row->id, row->connection_id, message);
}

/* What was said before the number was connected was read there, unless there is something before it that was not. */
static gboolean
look_at_history (LobbyVerb *verb,
                 Arrival *arrival)
{
  g_autofree char *first_unread = NULL;
  gint64 first_at = 0;

  if (!arrival->message->is_history || arrival->message->outbound || !is_conversation (arrival->message->type))
    return TRUE;
  if (!lobby_verb_find_first_unread (verb, arrival->row->conversation_id, &first_at, &first_unread))
    return FALSE;
  arrival->is_read = first_unread == NULL || arrival->row->created_at < first_at
                     || (arrival->row->created_at == first_at && strcmp (arrival->row->id, first_unread) < 0);
  return TRUE;
}

static gboolean
count_message (LobbyVerb *verb,
               const Arrival *arrival,
               gint64 seq)
{
  const LobbyInboundMessage *message = arrival->message;
  const LobbyWireMessage *row = arrival->row;
  int in = is_conversation (message->type) && !message->outbound ? 1 : 0;
  int out = is_conversation (message->type) && message->outbound ? 1 : 0;
  gboolean opens = !message->outbound && !message->is_history && message->type != LOBBY_MESSAGE_SYSTEM;

  return lobby_database_run (verb->database, &verb->error,
                             "UPDATE conversations SET unread_count = unread_count + ?1, message_count_in = message_count_in + ?2,"
                             " message_count_out = message_count_out + ?3, last_activity_at = max (last_activity_at, ?4),"
                             " window_expires_at = max (window_expires_at, ?5), seq = ?6 WHERE id = ?7",
                             "iiillls", arrival->is_read ? 0 : in, in, out, row->created_at,
                             opens ? message->timestamp + LOBBY_SERVICE_WINDOW_MSEC : 0, seq, row->conversation_id)
         && (!arrival->is_read
             || lobby_database_run (verb->database, &verb->error,
                                    "UPDATE conversations SET read_up_to = ?1 WHERE id = ?2 AND (read_up_to IS NULL"
                                    " OR (SELECT (r.created_at, r.id) < (?3, ?1) FROM messages r WHERE r.id = read_up_to))",
                                    "ssl", row->id, row->conversation_id, row->created_at));
}

static gboolean
tell_message (LobbyVerb *verb,
              const Arrival *arrival)
{
  const char *business_id = arrival->place->business_id;
  gint64 seq;

  return lobby_verb_next_seq (verb, business_id, &seq)
         && count_message (verb, arrival, seq)
         && lobby_verb_append_message (verb, business_id, arrival->row, LOBBY_EVENT_MESSAGE_NEW, seq);
}

/* On its phone the business has seen everything before what it wrote there. */
static gboolean
read_by_answer (LobbyVerb *verb,
                const Arrival *arrival)
{
  const LobbyInboundMessage *message = arrival->message;

  return !message->outbound || message->is_history || !is_conversation (message->type) || message->type == LOBBY_MESSAGE_CALL
         || lobby_verb_read_up_to (verb, NULL, arrival->row->conversation_id, arrival->row->created_at, arrival->row->id);
}

static gboolean
apply_early (LobbyVerb *verb,
             const Arrival *arrival)
{
  g_autoptr (LobbyWireMessage) message = NULL;

  if (!lobby_verb_has_early (verb, arrival->place->connection_id, arrival->message->whatsapp_message_id))
    return verb->error == NULL;
  message = lobby_verb_load_message (verb, arrival->row->id);
  return message != NULL && lobby_verb_apply_early (verb, arrival->place->business_id, message);
}

gboolean
lobby_verb_take_in (LobbyVerb *verb,
                    const LobbyVerbPlace *place,
                    const LobbyInboundMessage *message)
{
  g_auto (Arrival) arrival = { place, message, g_new0 (LobbyWireMessage, 1), FALSE };

  arrival.row->id = lobby_id_new ();
  arrival.row->created_at = creation_time (message);
  return find_home (verb, &arrival)
         && look_at_history (verb, &arrival)
         && insert_message (verb, &arrival)
         && tell_message (verb, &arrival)
         && read_by_answer (verb, &arrival)
         && apply_early (verb, &arrival);
}

/* Of the past, files come apart from the messages that they belong to, and later. */
static gboolean
fill_placeholder (LobbyVerb *verb,
                  const LobbyVerbPlace *place,
                  const LobbyWireMessage *placeholder,
                  const LobbyInboundMessage *message)
{
  const char *waits_for = NULL;
  g_autoptr (JsonObject) completed = complete_metadata (verb, place->connection_id, message, &waits_for);
  g_autofree char *metadata = completed != NULL ? lobby_json_object_to_string (completed) : NULL;

  return metadata != NULL
         && lobby_database_run (verb->database, &verb->error, "UPDATE messages SET type = ?, content = ?, metadata = ?, updated_at = ? WHERE id = ?", "issls",
                                (int)message->type, message->content, metadata, verb->now, placeholder->id)
         && insert_media_job (verb, placeholder->id, place->connection_id, message)
         && lobby_verb_log_message (verb, place->business_id, placeholder->id, LOBBY_EVENT_MESSAGE_UPDATED);
}

static gboolean
is_placeholder (const LobbyWireMessage *known,
                const LobbyInboundMessage *message)
{
  JsonObject *unsupported = lobby_json_get_object (known->metadata, "unsupported");

  return message->is_history && message->type != LOBBY_MESSAGE_UNSUPPORTED && known->type == LOBBY_MESSAGE_UNSUPPORTED
         && g_strcmp0 (lobby_json_get_string (unsupported, "type", 64), "media_placeholder") == 0;
}

/* Most are read by people, and nothing else follows from them. */
static gboolean
end_received (LobbyVerb *verb,
              const LobbyInboundMessage *message)
{
  if (message->outbound || message->media_remote_id != NULL || message->media_remote_url != NULL || verb->merged)
    return lobby_verb_end (verb);
  return lobby_verb_end_quietly (verb);
}

static gboolean
lobby_sqlite_storage_receive_message (LobbyStorage *storage,
                                      const char *connection_id,
                                      const LobbyInboundMessage *message,
                                      gboolean *was_new,
                                      GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_auto (LobbyVerbPlace) place = { 0 };
  gint64 row; /* of the message that has this id already; 0: none */

  if (!lobby_verb_begin (&verb, storage, error) || !lobby_verb_find_place (&verb, connection_id, &place))
    return FALSE;
  row = lobby_database_get_int (verb.database, 0, &verb.error,
                                "SELECT rowid FROM messages WHERE connection_id = ? AND whatsapp_message_id = ?", "ss",
                                connection_id, message->whatsapp_message_id);
  if (verb.error != NULL || (row == 0 && !lobby_verb_take_in (&verb, &place, message)))
    return FALSE;
  if (row != 0 && message->is_history)
    {
      g_autoptr (LobbyWireMessage) known = lobby_sqlite_find_message (verb.database, connection_id, message->whatsapp_message_id, &verb.error);

      if (verb.error != NULL || (known != NULL && is_placeholder (known, message) && !fill_placeholder (&verb, &place, known, message)))
        return FALSE;
    }
  if (!end_received (&verb, message))
    return FALSE;
  *was_new = row == 0;
  lobby_metrics_add (LOBBY_METRIC_RECEIVED, *was_new ? "new" : "duplicate", 1);
  return TRUE;
}

void
lobby_sqlite_inbound_verbs (LobbyStorageInterface *iface)
{
  iface->receive_message = lobby_sqlite_storage_receive_message;
}
