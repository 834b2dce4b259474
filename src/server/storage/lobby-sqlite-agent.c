/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-id.h"
#include "lobby-json.h"

/* What agents do: answer, read, give a contact its picture. */

/* A message is at most this much older than the one it is to follow when clocks disagree. */
#define CLOCK_TOLERANCE_MSEC 60000

/* An answer stands behind what it answers, also when WhatsApp's clock runs ahead of ours or ours was set back. */
static gint64
sending_time (LobbyVerb *verb,
              const char *conversation_id)
{
  gint64 newest = lobby_database_get_int (verb->database, 0, &verb->error,
                                          "SELECT created_at FROM messages WHERE conversation_id = ? ORDER BY created_at DESC LIMIT 1", "s",
                                          conversation_id);

  return newest > verb->now && newest - verb->now <= CLOCK_TOLERANCE_MSEC ? newest : verb->now;
}

/* The message that already has this client id: TRUE and *@message, or an error when it is another one. */
static gboolean
find_by_client_id (LobbyVerb *verb,
                   const LobbyWireConversation *conversation,
                   const char *client_id,
                   const char *text,
                   LobbyWireMessage **message)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "SELECT " LOBBY_SQLITE_MESSAGE_COLUMNS " FROM " LOBBY_SQLITE_MESSAGE_TABLES
                                                         " WHERE m.business_id = ? AND m.client_id = ?",
                                                         "ss", conversation->business_id, client_id);
  g_autoptr (LobbyWireMessage) found = NULL;

  if (row == NULL || !lobby_statement_step (row, &verb->error))
    return FALSE;
  found = lobby_sqlite_message_from_row (row);
  if (strcmp (found->contact_id, conversation->contact_id) != 0 || g_strcmp0 (found->content, text) != 0)
    {
      g_set_error_literal (&verb->error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_CLIENT_ID_REUSED,
                           "This client id belongs to another message");
      return FALSE;
    }
  *message = g_steal_pointer (&found);
  return TRUE;
}

static gboolean
quote_by_id (LobbyVerb *verb,
             JsonObject *metadata,
             const LobbyWireConversation *conversation,
             const char *quoted_id)
{
  g_autoptr (LobbyWireMessage) quoted = NULL;

  if (quoted_id == NULL)
    return TRUE;
  quoted = lobby_verb_load_message (verb, quoted_id);
  if (quoted == NULL)
    return FALSE;
  if (strcmp (quoted->conversation_id, conversation->id) != 0)
    return lobby_verb_not_found (verb, "message to quote in this conversation");
  lobby_sqlite_set_quote (metadata, quoted->whatsapp_message_id, quoted);
  return TRUE;
}

static gboolean
insert_text (LobbyVerb *verb,
             const char *agent_id,
             const LobbyWireConversation *conversation,
             const char *id,
             const char *client_id,
             const char *text,
             const char *quoted_id)
{
  g_autoptr (JsonObject) metadata = json_object_new ();
  g_autofree char *json = NULL;
  gint64 created_at = sending_time (verb, conversation->id);

  if (verb->error != NULL || !quote_by_id (verb, metadata, conversation, quoted_id))
    return FALSE;
  json = lobby_json_object_to_string (metadata);
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO messages (id, business_id, conversation_id, contact_id, connection_id, client_id, outbound, type,"
                             " content, status, agent_id, metadata, created_at, updated_at)"
                             " VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
                             "ssssssisissll",
                             id, conversation->business_id, conversation->id, conversation->contact_id, conversation->connection_id, client_id,
                             (int)LOBBY_MESSAGE_TEXT, text, (int)LOBBY_STATUS_PENDING, agent_id, json, created_at, verb->now)
         && lobby_database_run (verb->database, &verb->error,
                                "INSERT INTO outbound_queue (message_id, conversation_id, connection_id) VALUES (?, ?, ?)", "sss",
                                id, conversation->id, conversation->connection_id)
         && lobby_database_run (verb->database, &verb->error,
                                "UPDATE conversations SET last_activity_at = max (last_activity_at, ?), message_count_out = message_count_out + 1"
                                " WHERE id = ?",
                                "ls", created_at, conversation->id)
         && lobby_database_run (verb->database, &verb->error,
                                "UPDATE contacts SET last_activity_at = max (last_activity_at, ?) WHERE id = ?", "ls",
                                created_at, conversation->contact_id);
}

static LobbyWireMessage *
lobby_sqlite_storage_accept_text (LobbyStorage *storage,
                                  const char *agent_id,
                                  const char *conversation_id,
                                  const char *client_id,
                                  const char *text,
                                  const char *quoted_id,
                                  gboolean *existed,
                                  GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autofree char *id = lobby_id_new ();

  if (!lobby_verb_begin (&verb, storage, error))
    return NULL;
  conversation = lobby_sqlite_load_conversation (verb.database, conversation_id, &verb.error);
  if (conversation == NULL)
    {
      lobby_verb_not_found (&verb, "conversation");
      return NULL;
    }
  *existed = find_by_client_id (&verb, conversation, client_id, text, &message);
  if (!*existed)
    {
      if (verb.error != NULL
          || !insert_text (&verb, agent_id, conversation, id, client_id, text, quoted_id)
          || !lobby_verb_log_message (&verb, conversation->business_id, id, LOBBY_EVENT_MESSAGE_NEW))
        return NULL;
      message = lobby_verb_load_message (&verb, id);
      if (message == NULL || !lobby_verb_log_sent (&verb, conversation->business_id, message, message->created_at))
        return NULL;
    }
  return lobby_verb_end (&verb) ? g_steal_pointer (&message) : NULL;
}

/* Reading */

typedef struct
{
  gint64 at;
  char *id;
  char *whatsapp_message_id;
} Position;

static void
position_clear (Position *position)
{
  g_free (position->id);
  g_free (position->whatsapp_message_id);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Position, position_clear)

/* Reactions and system messages are nothing to read. */
#define READABLE "outbound = 0 AND type NOT IN (10, 11)"
G_STATIC_ASSERT (LOBBY_MESSAGE_REACTION == 10 && LOBBY_MESSAGE_SYSTEM == 11);

/* The newest readable message at or before (@at, @id). FALSE: there is none, or verb->error. */
static gboolean
find_position (LobbyVerb *verb,
               const char *conversation_id,
               gint64 at,
               const char *id,
               Position *position)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "SELECT created_at, id, whatsapp_message_id FROM messages"
                                                         " WHERE conversation_id = ? AND " READABLE " AND (created_at, id) <= (?, ?)"
                                                         " ORDER BY created_at DESC, id DESC LIMIT 1",
                                                         "sls", conversation_id, at, id);

  if (row == NULL || !lobby_statement_step (row, &verb->error))
    return FALSE;
  position->at = lobby_statement_int (row, 0);
  position->id = lobby_statement_dup_text (row, 1);
  position->whatsapp_message_id = lobby_statement_dup_text (row, 2);
  return TRUE;
}

static gboolean
find_read_position (LobbyVerb *verb,
                    const LobbyWireConversation *conversation,
                    const char *up_to,
                    Position *position)
{
  g_autoptr (LobbyWireMessage) message = NULL;

  if (up_to == NULL)
    return find_position (verb, conversation->id, G_MAXINT64, "", position);
  message = lobby_verb_load_message (verb, up_to);
  if (message == NULL)
    return FALSE;
  if (strcmp (message->conversation_id, conversation->id) != 0)
    return lobby_verb_not_found (verb, "message in this conversation");
  return find_position (verb, conversation->id, message->created_at, message->id, position);
}

/* TRUE when @position is not before what the team has read already. */
static gboolean
is_forward (LobbyVerb *verb,
            const LobbyWireConversation *conversation,
            const Position *position)
{
  if (conversation->read_up_to == NULL)
    return TRUE;
  return lobby_database_get_int (verb->database, 1, &verb->error,
                                 "SELECT (?, ?) >= (created_at, id) FROM messages WHERE id = ?", "lss",
                                 position->at, position->id, conversation->read_up_to)
         != 0;
}

static gboolean
save_read_position (LobbyVerb *verb,
                    const char *agent_id,
                    const LobbyWireConversation *conversation,
                    const Position *position,
                    int unread)
{
  g_autoptr (LobbyWireConversation) changed = NULL;
  LobbyWireEvent event = {
    .kind = LOBBY_EVENT_CONVERSATION_READ,
    .business_id = conversation->business_id,
    .contact_id = conversation->contact_id,
    .conversation_id = conversation->id,
    .agent_id = (char *)agent_id,
  };

  if (!lobby_database_run (verb->database, &verb->error,
                           "UPDATE conversations SET read_up_to = ?, unread_count = ?,"
                           " seq = 1 + (SELECT seq FROM businesses b WHERE b.id = business_id) WHERE id = ?",
                           "sis", position->id, unread, conversation->id))
    return FALSE;
  changed = lobby_sqlite_load_conversation (verb->database, conversation->id, &verb->error);
  if (changed == NULL)
    return lobby_verb_not_found (verb, "conversation");
  event.conversation = changed;
  return lobby_verb_log_event (verb, conversation->business_id, &event, NULL);
}

static char *
lobby_sqlite_storage_mark_read (LobbyStorage *storage,
                                const char *agent_id,
                                const char *conversation_id,
                                const char *up_to,
                                GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_auto (Position) position = { 0 };
  g_autoptr (LobbyWireConversation) conversation = NULL;
  int unread;

  if (!lobby_verb_begin (&verb, storage, error))
    return NULL;
  conversation = lobby_sqlite_load_conversation (verb.database, conversation_id, &verb.error);
  if (conversation == NULL)
    {
      lobby_verb_not_found (&verb, "conversation");
      return NULL;
    }
  if (!find_read_position (&verb, conversation, up_to, &position) || !is_forward (&verb, conversation, &position))
    return NULL;
  unread = (int)lobby_database_get_int (verb.database, 0, &verb.error,
                                        "SELECT count (*) FROM messages WHERE conversation_id = ? AND " READABLE " AND (created_at, id) > (?, ?)",
                                        "sls", conversation->id, position.at, position.id);
  if (verb.error != NULL || (unread == conversation->unread_count && g_strcmp0 (position.id, conversation->read_up_to) == 0))
    return NULL;
  if (!save_read_position (&verb, agent_id, conversation, &position, unread) || !lobby_verb_end (&verb))
    return NULL;
  return g_steal_pointer (&position.whatsapp_message_id);
}

static gboolean
lobby_sqlite_storage_set_contact_picture (LobbyStorage *storage,
                                          const char *contact_id,
                                          const char *sha256,
                                          GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireContact) contact = NULL;
  LobbyWireEvent event = { .kind = LOBBY_EVENT_CONTACT_UPDATED };

  if (!lobby_verb_begin (&verb, storage, error)
      || !lobby_database_run (verb.database, &verb.error, "UPDATE contacts SET picture_sha256 = ?, updated_at = ? WHERE id = ?", "sls",
                              sha256, verb.now, contact_id))
    return FALSE;
  contact = lobby_sqlite_load_contact (verb.database, contact_id, &verb.error);
  if (contact == NULL)
    return lobby_verb_not_found (&verb, "contact");
  event.contact = contact;
  return lobby_verb_log_event (&verb, contact->business_id, &event, NULL) && lobby_verb_end (&verb);
}

void
lobby_sqlite_agent_verbs (LobbyStorageInterface *iface)
{
  iface->accept_text = lobby_sqlite_storage_accept_text;
  iface->mark_read = lobby_sqlite_storage_mark_read;
  iface->set_contact_picture = lobby_sqlite_storage_set_contact_picture;
}
