/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"

/*
 * What becomes of a message that was sent. Three reports may come in any order and more than once: the
 * answer to the send (outbound_sent), statuses by WhatsApp's id, and statuses by our own id
 * (`opaque`), which are all that is left after an answer was lost. Whichever first ties the two ids together takes the
 * message off the queue; statuses that are too early wait in pending_statuses.
 */

typedef struct
{
  LobbyStatus status;
  gint64 at;
  int error_code;
  const char *error_title;
  const char *error_message;
} Report;

static void
set_status_time (LobbyWireMessage *message,
                 const Report *report)
{
  JsonObject *times = lobby_json_get_object (message->metadata, "status_times");
  const char *name = lobby_status_to_string (report->status);
  g_autofree char *text = lobby_clock_format (report->at);

  if (times == NULL)
    {
      times = json_object_new ();
      json_object_set_object_member (message->metadata, "status_times", times);
    }
  if (!json_object_has_member (times, name))
    json_object_set_string_member (times, name, text);
}

static void
set_problem (LobbyWireMessage *message,
             const Report *report)
{
  JsonObject *problem = json_object_new ();

  json_object_set_int_member (problem, "code", report->error_code);
  lobby_json_set_string (problem, "title", report->error_title);
  lobby_json_set_string (problem, "message", report->error_message);
  json_object_set_object_member (message->metadata, "error", problem);
}

/* The customer has it after all: the failure was only what we had to assume. */
static void
clear_problem (LobbyWireMessage *message)
{
  JsonObject *times = lobby_json_get_object (message->metadata, "status_times");

  json_object_remove_member (message->metadata, "error");
  json_object_remove_member (times, "failed");
}

static gboolean
log_status (LobbyVerb *verb,
            const char *business_id,
            LobbyWireMessage *message,
            const Report *report)
{
  LobbyWireEvent event = {
    .kind = LOBBY_EVENT_MESSAGE_STATUS,
    .message_id = message->id,
    .contact_id = message->contact_id,
    .conversation_id = message->conversation_id,
    .status = message->status,
    .at = report->at,
  };

  if (message->status == LOBBY_STATUS_FAILED)
    {
      event.error_code = report->error_code;
      event.error_title = (char *)report->error_title;
      event.error_message = (char *)report->error_message;
    }
  return lobby_verb_log_event (verb, business_id, &event, NULL);
}

/* Merges @report into @message; message:status only when that changed its status. */
static gboolean
apply_report (LobbyVerb *verb,
              const char *business_id,
              LobbyWireMessage *message,
              const Report *report)
{
  LobbyStatus merged = lobby_status_merge (message->status, report->status);
  gboolean changed = merged != message->status;

  if (report->status == LOBBY_STATUS_FAILED && !changed)
    return TRUE; /* too late to be true, or known */
  message->status = merged;
  set_status_time (message, report);
  if (changed && merged == LOBBY_STATUS_FAILED)
    set_problem (message, report);
  else if (changed)
    clear_problem (message);
  return lobby_verb_save_message (verb, message)
         && (!changed || log_status (verb, business_id, message, report));
}

/* The message itself needs no sending any more; changes of it may wait yet. */
static gboolean
dequeue (LobbyVerb *verb,
         const char *message_id)
{
  return lobby_database_run (verb->database, &verb->error, "DELETE FROM outbound_queue WHERE message_id = ? AND action = ?", "si",
                             message_id, (int)LOBBY_OUTBOUND_SEND);
}

static gboolean
dequeue_work (LobbyVerb *verb,
              gint64 position)
{
  return lobby_database_run (verb->database, &verb->error, "DELETE FROM outbound_queue WHERE position = ?", "l", position);
}

gboolean
lobby_verb_apply_statuses (LobbyVerb *verb,
                           const char *business_id,
                           LobbyWireMessage *message)
{
  for (;;)
    {
      g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                             "SELECT id, status, timestamp, error_code, error_title, error_message"
                                                             " FROM pending_statuses WHERE connection_id = ? AND whatsapp_message_id = ?"
                                                             " ORDER BY status LIMIT 1",
                                                             "ss", message->connection_id, message->whatsapp_message_id);
      g_autofree char *title = NULL;
      g_autofree char *text = NULL;
      Report report;
      gint64 id;

      if (row == NULL || !lobby_statement_step (row, &verb->error))
        return verb->error == NULL;
      id = lobby_statement_int (row, 0);
      title = lobby_statement_dup_text (row, 4);
      text = lobby_statement_dup_text (row, 5);
      report = (Report){ (LobbyStatus)lobby_statement_int (row, 1), lobby_statement_int (row, 2), (int)lobby_statement_int (row, 3), title, text };
      g_clear_pointer (&row, lobby_statement_free);
      if (!apply_report (verb, business_id, message, &report)
          || !lobby_database_run (verb->database, &verb->error, "DELETE FROM pending_statuses WHERE id = ?", "l", id))
        return FALSE;
    }
}

/* WhatsApp has the message: ties the two ids together and takes it off the queue. Does nothing to one that is tied already. */
static gboolean
accept_id (LobbyVerb *verb,
           const char *business_id,
           LobbyWireMessage *message,
           const char *whatsapp_message_id,
           gint64 at)
{
  const Report sent = { .status = LOBBY_STATUS_SENT, .at = at };

  if (message->whatsapp_message_id != NULL)
    return dequeue (verb, message->id);
  message->whatsapp_message_id = g_strdup (whatsapp_message_id);
  message->status = lobby_status_merge (message->status, LOBBY_STATUS_SENT);
  set_status_time (message, &sent);
  return lobby_verb_save_message (verb, message)
         && dequeue (verb, message->id)
         && (message->status == LOBBY_STATUS_FAILED || lobby_verb_log_sent (verb, business_id, message, at))
         && lobby_verb_apply_early (verb, business_id, message);
}

/* Statuses */

static gboolean
keep_for_later (LobbyVerb *verb,
                const char *connection_id,
                const LobbyInboundStatus *status)
{
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO pending_statuses (connection_id, whatsapp_message_id, status, timestamp, error_code, error_title, error_message, arrived_at)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                             "ssilissl",
                             connection_id, status->whatsapp_message_id, (int)status->status, status->timestamp, status->error_code,
                             status->error_title, status->error_message, verb->now);
}

/* By WhatsApp's id, else by ours. NULL with or without verb->error. */
static LobbyWireMessage *
find_message (LobbyVerb *verb,
              const char *connection_id,
              const LobbyInboundStatus *status)
{
  LobbyWireMessage *message = lobby_sqlite_find_message (verb->database, connection_id, status->whatsapp_message_id, &verb->error);

  if (message != NULL || verb->error != NULL || status->opaque == NULL)
    return message;
  message = lobby_sqlite_load_message (verb->database, status->opaque, &verb->error);
  if (message != NULL && (!message->outbound || strcmp (message->connection_id, connection_id) != 0))
    g_clear_pointer (&message, lobby_wire_message_free);
  return message;
}

/* What a failure means beyond the message. *@again: it goes out once more, and did not fail. */
static gboolean
draw_consequence (LobbyVerb *verb,
                  const char *business_id,
                  LobbyWireMessage *message,
                  LobbyConsequence consequence,
                  gboolean *again)
{
  *again = FALSE;
  if (consequence == LOBBY_CONSEQUENCE_WINDOW_CLOSED)
    return lobby_verb_close_window (verb, business_id, message);
  if (consequence == LOBBY_CONSEQUENCE_UPLOAD_AGAIN || consequence == LOBBY_CONSEQUENCE_SEND_AGAIN)
    return lobby_verb_send_again (verb, message, consequence == LOBBY_CONSEQUENCE_UPLOAD_AGAIN, again);
  return TRUE;
}

static gboolean
take_status (LobbyVerb *verb,
             LobbyWireMessage *message,
             const LobbyInboundStatus *status)
{
  const Report report = { status->status, status->timestamp, status->error_code, status->error_title, status->error_message };
  g_autofree char *business_id = lobby_verb_dup_business (verb, message->conversation_id);
  gboolean again;

  return business_id != NULL
         && accept_id (verb, business_id, message, status->whatsapp_message_id, status->timestamp)
         && draw_consequence (verb, business_id, message, status->consequence, &again)
         && (again || apply_report (verb, business_id, message, &report));
}

static gboolean
lobby_sqlite_storage_receive_status (LobbyStorage *storage,
                                     const char *connection_id,
                                     const LobbyInboundStatus *status,
                                     GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireMessage) message = NULL;

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  message = find_message (&verb, connection_id, status);
  if (verb.error != NULL)
    return FALSE;
  if (message == NULL)
    return keep_for_later (&verb, connection_id, status) && lobby_verb_end (&verb);
  if (!message->outbound || lobby_sqlite_is_failed_try (message, status->whatsapp_message_id))
    return lobby_verb_end (&verb);
  return take_status (&verb, message, status) && lobby_verb_end (&verb);
}

/* The answer to a send */

static gboolean
lobby_sqlite_storage_outbound_sent (LobbyStorage *storage,
                                    const LobbyOutbound *outbound,
                                    const char *whatsapp_message_id,
                                    GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autofree char *business_id = NULL;

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  message = lobby_verb_load_message (&verb, outbound->message_id);
  if (message == NULL)
    return FALSE;
  if (outbound->action != LOBBY_OUTBOUND_SEND)
    return lobby_verb_finish_change (&verb, message, outbound->action, outbound->content, verb.now)
           && dequeue_work (&verb, outbound->position)
           && lobby_verb_end (&verb);
  if (lobby_sqlite_is_failed_try (message, whatsapp_message_id)) /* a status overtook this answer, and it is queued anew */
    return dequeue_work (&verb, outbound->position) && lobby_verb_end (&verb);
  business_id = lobby_verb_dup_business (&verb, message->conversation_id);
  return business_id != NULL
         && accept_id (&verb, business_id, message, whatsapp_message_id, verb.now)
         && lobby_verb_end (&verb);
}

gboolean
lobby_verb_fail_outbound (LobbyVerb *verb,
                          const LobbyOutbound *outbound,
                          int code,
                          const char *title,
                          const char *text,
                          LobbyConsequence consequence)
{
  g_autoptr (LobbyWireMessage) message = lobby_verb_load_message (verb, outbound->message_id);
  g_autofree char *business_id = NULL;
  const Report report = { LOBBY_STATUS_FAILED, verb->now, code, title, text };
  gboolean again;

  if (message == NULL)
    return FALSE;
  if (outbound->action != LOBBY_OUTBOUND_SEND)
    return lobby_verb_fail_change (verb, message, code, title, text) && dequeue_work (verb, outbound->position);
  business_id = lobby_verb_dup_business (verb, message->conversation_id);
  return business_id != NULL
         && (message->whatsapp_message_id != NULL /* a status told meanwhile that WhatsApp has it */
             || apply_report (verb, business_id, message, &report))
         && draw_consequence (verb, business_id, message, consequence, &again)
         && dequeue_work (verb, outbound->position);
}

static gboolean
lobby_sqlite_storage_outbound_failed (LobbyStorage *storage,
                                      const LobbyOutbound *outbound,
                                      int code,
                                      const char *title,
                                      const char *text,
                                      LobbyConsequence consequence,
                                      GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  return lobby_verb_begin (&verb, storage, error)
         && lobby_verb_fail_outbound (&verb, outbound, code, title, text, consequence)
         && lobby_verb_end (&verb);
}

void
lobby_sqlite_outbound_verbs (LobbyStorageInterface *iface)
{
  iface->receive_status = lobby_sqlite_storage_receive_status;
  iface->outbound_sent = lobby_sqlite_storage_outbound_sent;
  iface->outbound_failed = lobby_sqlite_storage_outbound_failed;
}
