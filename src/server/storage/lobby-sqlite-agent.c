/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-file.h"

/* What agents do: read, give a contact its picture. What they send is in lobby-sqlite-sending.c. */

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

/* The newest readable message at or before (@at, @id). FALSE: there is none, or verb->error. */
static gboolean
find_position (LobbyVerb *verb,
               const char *conversation_id,
               gint64 at,
               const char *id,
               Position *position)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         /* WhatsApp wants to hear of messages, not of calls. */
                                                         "SELECT created_at, id, iif (type = 15, (SELECT r.whatsapp_message_id FROM messages r"
                                                         " WHERE r.conversation_id = messages.conversation_id AND r.outbound = 0 AND r.type NOT IN (10, 11, 15)"
                                                         " AND (r.created_at, r.id) < (messages.created_at, messages.id)"
                                                         " ORDER BY r.created_at DESC, r.id DESC LIMIT 1), whatsapp_message_id) FROM messages"
                                                         " WHERE conversation_id = ? AND " LOBBY_SQLITE_READABLE " AND (created_at, id) <= (?, ?)"
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

/* Nothing to do is no failure. */
static gboolean
move_read_position (LobbyVerb *verb,
                    const char *agent_id,
                    const LobbyWireConversation *conversation,
                    const Position *position,
                    gboolean *moved)
{
  int unread;

  *moved = FALSE;
  if (!is_forward (verb, conversation, position))
    return verb->error == NULL;
  unread = (int)lobby_database_get_int (verb->database, 0, &verb->error,
                                        "SELECT count (*) FROM messages WHERE conversation_id = ? AND " LOBBY_SQLITE_READABLE " AND (created_at, id) > (?, ?)",
                                        "sls", conversation->id, position->at, position->id);
  if (verb->error != NULL)
    return FALSE;
  if (unread == conversation->unread_count && g_strcmp0 (position->id, conversation->read_up_to) == 0)
    return TRUE;
  *moved = TRUE;
  return save_read_position (verb, agent_id, conversation, position, unread);
}

gboolean
lobby_verb_read_up_to (LobbyVerb *verb,
                       const char *agent_id,
                       const char *conversation_id,
                       gint64 at,
                       const char *id)
{
  g_auto (Position) position = { 0 };
  g_autoptr (LobbyWireConversation) conversation = lobby_sqlite_load_conversation (verb->database, conversation_id, &verb->error);
  gboolean moved;

  if (conversation == NULL)
    return lobby_verb_not_found (verb, "conversation");
  if (!find_position (verb, conversation_id, at, id, &position))
    return verb->error == NULL;
  return move_read_position (verb, agent_id, conversation, &position, &moved);
}

gboolean
lobby_verb_find_first_unread (LobbyVerb *verb,
                              const char *conversation_id,
                              gint64 *at,
                              char **id)
{
  /* By the count, not by the position: what came late, behind what had been read, is unread all the same. */
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "SELECT created_at, id FROM messages WHERE conversation_id = ?1 AND " LOBBY_SQLITE_READABLE
                                                         " AND (SELECT unread_count FROM conversations WHERE id = ?1) > 0"
                                                         " ORDER BY created_at DESC, id DESC"
                                                         " LIMIT 1 OFFSET (SELECT max (unread_count, 1) - 1 FROM conversations WHERE id = ?1)",
                                                         "s", conversation_id);

  *id = NULL;
  if (row != NULL && lobby_statement_step (row, &verb->error))
    {
      *at = lobby_statement_int (row, 0);
      *id = lobby_statement_dup_text (row, 1);
    }
  return verb->error == NULL;
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
  gboolean moved;

  if (!lobby_verb_begin (&verb, storage, error))
    return NULL;
  conversation = lobby_sqlite_load_conversation (verb.database, conversation_id, &verb.error);
  if (conversation == NULL)
    {
      lobby_verb_not_found (&verb, "conversation");
      return NULL;
    }
  if (!find_read_position (&verb, conversation, up_to, &position)
      || !move_read_position (&verb, agent_id, conversation, &position, &moved)
      || !moved
      || !lobby_verb_end (&verb))
    return NULL;
  return g_steal_pointer (&position.whatsapp_message_id);
}

static gboolean
add_picture (LobbyVerb *verb,
             const char *sha256)
{
  g_autofree char *path = lobby_file_store_path (verb->storage->files, sha256);
  const LobbyMediaFacts facts = { .sha256 = (char *)sha256, .size = lobby_file_size (path) };

  return lobby_verb_add_file (verb, &facts);
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
      || (sha256 != NULL && !add_picture (&verb, sha256))
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
  iface->mark_read = lobby_sqlite_storage_mark_read;
  iface->set_contact_picture = lobby_sqlite_storage_set_contact_picture;
}
