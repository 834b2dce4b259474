/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-json.h"

/*
 * The event log: (business, seq) without holes. The counter is a column of the business, taken in the same
 * transaction as the row that uses it, so a turn that is rolled back gives its numbers back; nobody has
 * seen them, because events leave only after the commit and readers of the log get committed ones only.
 */

/* Rows of a business at a time: a few ms. */
#define PRUNE_BATCH 1000
/* What is told of a message that never appeared: sent by another program through the same number. */
#define PENDING_KEPT_MSEC (7 * 24 * 60 * 60 * G_GINT64_CONSTANT (1000))
/* WhatsApp itself keeps an uploaded file for 30 days. */
#define REMOTE_KEPT_MSEC (30 * 24 * 60 * 60 * G_GINT64_CONSTANT (1000))

gboolean
lobby_verb_next_seq (LobbyVerb *verb,
                     const char *business_id,
                     gint64 *seq)
{
  /* Both in one transaction, so that nobody comes between. RETURNING would cost more than the second statement. */
  gint64 last = lobby_database_get_int (verb->database, -1, &verb->error, "SELECT seq FROM businesses WHERE id = ?", "s", business_id);

  if (last < 0)
    return lobby_verb_not_found (verb, "business");
  *seq = last + 1;
  return lobby_database_run (verb->database, &verb->error, "UPDATE businesses SET seq = ? WHERE id = ?", "ls", *seq, business_id);
}

static LobbyLogEvent *
row_new (const LobbyVerb *verb,
         const LobbyWireEvent *event)
{
  g_autoptr (JsonObject) json = lobby_wire_event_to_json (event);
  LobbyLogEvent *row = g_rc_box_new0 (LobbyLogEvent);

  row->business_id = g_strdup (event->business_id);
  row->seq = event->seq;
  row->name = g_strdup (lobby_event_kind_to_name (event->kind));
  row->payload = lobby_json_object_to_string (json);
  row->at = verb->now;
  return row;
}

static gboolean
insert_row (LobbyVerb *verb,
            const LobbyLogEvent *row,
            const char *name,
            const char *payload)
{
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO event_log (business_id, seq, name, payload, except_socket, at) VALUES (?, ?, ?, ?, ?, ?)", "slsssl",
                             row->business_id, row->seq, name, payload, row->except, row->at);
}

/* event->seq is taken already. */
static gboolean
append (LobbyVerb *verb,
        const LobbyWireEvent *event,
        const char *except)
{
  g_autoptr (LobbyLogEvent) row = row_new (verb, event);

  row->except = g_strdup (except);
  if (!insert_row (verb, row, row->name, row->payload))
    return FALSE;
  g_ptr_array_add (verb->storage->events, g_steal_pointer (&row));
  return TRUE;
}

gboolean
lobby_verb_log_event (LobbyVerb *verb,
                      const char *business_id,
                      LobbyWireEvent *event,
                      const char *except)
{
  event->business_id = (char *)business_id;
  if (event->at == 0)
    event->at = verb->now;
  return lobby_verb_next_seq (verb, business_id, &event->seq) && append (verb, event, except);
}

gboolean
lobby_verb_log_for_owners (LobbyVerb *verb,
                           const char *business_id,
                           LobbyWireEvent *event)
{
  g_autoptr (LobbyLogEvent) row = NULL;
  g_autofree char *payload = NULL;

  event->business_id = (char *)business_id;
  event->at = verb->now;
  if (!lobby_verb_next_seq (verb, business_id, &event->seq))
    return FALSE;
  row = row_new (verb, event);
  row->owners_only = TRUE;
  payload = lobby_log_event_encode_seq (row);
  if (!insert_row (verb, row, LOBBY_LOG_EVENT_SEQ, payload))
    return FALSE;
  g_ptr_array_add (verb->storage->events, g_steal_pointer (&row));
  return TRUE;
}

gboolean
lobby_verb_append_message (LobbyVerb *verb,
                           const char *business_id,
                           LobbyWireMessage *message,
                           LobbyEventKind kind,
                           gint64 seq)
{
  g_autoptr (LobbyWireContact) contact = lobby_sqlite_load_contact (verb->database, message->contact_id, &verb->error);
  g_autoptr (LobbyWireConversation) conversation = NULL;
  LobbyWireEvent event = { .kind = kind, .business_id = (char *)business_id, .seq = seq, .message = message, .contact = contact };

  if (contact == NULL)
    return lobby_verb_not_found (verb, "contact");
  conversation = lobby_sqlite_load_conversation (verb->database, message->conversation_id, &verb->error);
  if (conversation == NULL)
    return lobby_verb_not_found (verb, "conversation");

  g_set_str (&message->contact_name, contact->name);
  g_set_str (&message->phone_number, contact->phone_number);
  event.conversation = conversation;
  return append (verb, &event, NULL);
}

gboolean
lobby_verb_log_message (LobbyVerb *verb,
                        const char *business_id,
                        const char *message_id,
                        LobbyEventKind kind)
{
  g_autoptr (LobbyWireMessage) message = lobby_verb_load_message (verb, message_id);
  gint64 seq;

  return message != NULL
         && lobby_verb_next_seq (verb, business_id, &seq)
         && lobby_database_run (verb->database, &verb->error, "UPDATE conversations SET seq = ? WHERE id = ?", "ls", seq, message->conversation_id)
         && lobby_verb_append_message (verb, business_id, message, kind, seq);
}

gboolean
lobby_verb_log_sent (LobbyVerb *verb,
                     const char *business_id,
                     LobbyWireMessage *message,
                     gint64 at)
{
  LobbyWireEvent event = {
    .kind = LOBBY_EVENT_MESSAGE_SENT,
    .message_id = message->id,
    .contact_id = message->contact_id,
    .conversation_id = message->conversation_id,
    .client_id = message->client_id,
    .whatsapp_message_id = message->whatsapp_message_id,
    .status = message->status,
    .at = at,
  };

  return lobby_verb_log_event (verb, business_id, &event, NULL);
}

/* Verbs */

static gint64
lobby_sqlite_storage_get_seq (LobbyStorage *storage,
                              const char *business_id)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_autoptr (GError) error = NULL;
  gint64 seq;

  for (guint i = 0; i < self->events->len; i++)
    {
      const LobbyLogEvent *event = g_ptr_array_index (self->events, i);

      if (strcmp (event->business_id, business_id) == 0)
        return event->seq - 1; /* the first of a turn that is not committed yet */
    }
  seq = lobby_database_get_int (self->database, 0, &error, "SELECT seq FROM businesses WHERE id = ?", "s", business_id);
  lobby_sqlite_log_error (&error);
  return seq;
}

/* A typing that was replayed would never end: the one who typed may have left long ago. */
static char *
replayed_payload (const char *name,
                  const char *payload)
{
  g_autoptr (JsonObject) json = NULL;

  if (strcmp (name, "contact:typing") != 0 && strcmp (name, "agent:typing") != 0)
    return g_strdup (payload);
  json = lobby_json_parse_object (payload, -1, NULL);
  if (json == NULL)
    return g_strdup (payload);
  json_object_set_boolean_member (json, "isTyping", FALSE);
  return lobby_json_object_to_string (json);
}

static gboolean
lobby_sqlite_storage_list_events (LobbyStorage *storage,
                                  const char *business_id,
                                  gint64 since,
                                  guint limit,
                                  GPtrArray **events)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_log_event_unref);
  g_autoptr (LobbyStatement) row = NULL;
  g_autoptr (GError) error = NULL;
  gint64 newest = lobby_sqlite_storage_get_seq (storage, business_id);
  gint64 expected = since + 1;

  if (since < 0 || since > newest)
    return FALSE;
  row = lobby_database_query (self->database, &error,
                              "SELECT seq, name, payload, at FROM event_log"
                              " WHERE business_id = ? AND seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
                              "slll", business_id, since, newest, (gint64)limit);
  while (row != NULL && lobby_statement_step (row, &error))
    {
      LobbyLogEvent *event;

      if (lobby_statement_int (row, 0) != expected)
        return FALSE; /* pruned */
      event = g_rc_box_new0 (LobbyLogEvent);
      event->business_id = g_strdup (business_id);
      event->seq = expected++;
      event->name = lobby_statement_dup_text (row, 1);
      event->payload = replayed_payload (event->name, lobby_statement_text (row, 2));
      event->at = lobby_statement_int (row, 3);
      g_ptr_array_add (found, event);
    }
  if (error != NULL)
    {
      lobby_sqlite_log_error (&error);
      return FALSE;
    }
  if (found->len == 0 && since < newest)
    return FALSE;
  *events = g_steal_pointer (&found);
  return TRUE;
}

static gboolean
prune_business (LobbyVerb *verb,
                const char *business_id,
                gint64 older_than)
{
  /* Looks no further than it may remove: all of the log may be old, or none. */
  gint64 end = lobby_database_get_int (verb->database, G_MAXINT64, &verb->error,
                                       "SELECT seq FROM event_log WHERE business_id = ? ORDER BY seq LIMIT 1 OFFSET ?", "si",
                                       business_id, PRUNE_BATCH);
  gint64 first_kept = lobby_database_get_int (verb->database, end, &verb->error,
                                              "SELECT seq FROM event_log WHERE business_id = ? AND seq < ? AND at >= ? ORDER BY seq LIMIT 1", "sll",
                                              business_id, end, older_than);

  return verb->error == NULL
         && lobby_database_run (verb->database, &verb->error, "DELETE FROM event_log WHERE business_id = ? AND seq < ?", "sl",
                                business_id, first_kept);
}

static gboolean
lobby_sqlite_storage_prune_events (LobbyStorage *storage,
                                   gint64 older_than,
                                   GError **error)
{
  g_autoptr (GPtrArray) businesses = lobby_storage (storage, list_businesses, NULL, error);
  g_auto (LobbyVerb) verb = { 0 };

  if (businesses == NULL || !lobby_verb_begin (&verb, storage, error))
    return FALSE;
  for (guint i = 0; i < businesses->len; i++)
    {
      const LobbyBusiness *business = g_ptr_array_index (businesses, i);

      if (!prune_business (&verb, business->id, older_than))
        return FALSE;
    }
  return lobby_database_run (verb.database, &verb.error, "DELETE FROM pending_statuses WHERE arrived_at < ?", "l", verb.now - PENDING_KEPT_MSEC)
         && lobby_database_run (verb.database, &verb.error, "DELETE FROM pending_changes WHERE arrived_at < ?", "l", verb.now - PENDING_KEPT_MSEC)
         && lobby_database_run (verb.database, &verb.error, "DELETE FROM pending_references WHERE arrived_at < ?", "l", verb.now - PENDING_KEPT_MSEC)
         && lobby_database_run (verb.database, &verb.error, "DELETE FROM remote_files WHERE uploaded_at < ?", "l", verb.now - REMOTE_KEPT_MSEC)
         && lobby_database_run (verb.database, &verb.error, "DELETE FROM set_aside_deliveries WHERE arrived_at < ?", "l", older_than)
         && lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_log_typing (LobbyStorage *storage,
                                 const char *conversation_id,
                                 const char *agent_id,
                                 gboolean typing,
                                 const char *except,
                                 GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireConversation) conversation = NULL;
  LobbyWireEvent event = {
    .kind = agent_id != NULL ? LOBBY_EVENT_AGENT_TYPING : LOBBY_EVENT_CONTACT_TYPING,
    .agent_id = (char *)agent_id,
    .is_typing = typing,
  };

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  conversation = lobby_sqlite_load_conversation (verb.database, conversation_id, &verb.error);
  if (conversation == NULL)
    return lobby_verb_not_found (&verb, "conversation");
  event.contact_id = conversation->contact_id;
  event.conversation_id = conversation->id;
  return lobby_verb_log_event (&verb, conversation->business_id, &event, except) && lobby_verb_end (&verb);
}

void
lobby_sqlite_event_verbs (LobbyStorageInterface *iface)
{
  iface->get_seq = lobby_sqlite_storage_get_seq;
  iface->list_events = lobby_sqlite_storage_list_events;
  iface->prune_events = lobby_sqlite_storage_prune_events;
  iface->log_typing = lobby_sqlite_storage_log_typing;
}
