/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-id.h"
#include "lobby-json.h"

/* What agents want sent, as it is taken: a message and its place in the outbound queue, in one transaction. */

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

/* Repeated drafts */

static void
hash_text (GChecksum *sum,
           const char *text)
{
  /* The end of each part is hashed too, and an absent one is not an empty one. */
  if (text != NULL)
    g_checksum_update (sum, (const guchar *)text, (gssize)strlen (text) + 1);
  else
    g_checksum_update (sum, (const guchar *)"\x01", 1);
}

/* Of what the client said, not of what we made of it: the words of a template may change meanwhile. */
static char *
hash_draft (const LobbyDraft *draft)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  gboolean is_template = draft->type == LOBBY_MESSAGE_TEMPLATE;
  JsonObject *said = is_template ? lobby_json_get_object (draft->metadata, "template") : draft->metadata;
  g_autofree char *metadata = said != NULL ? lobby_json_object_to_string (said) : NULL;

  hash_text (sum, lobby_message_type_to_string (draft->type));
  hash_text (sum, is_template ? NULL : draft->content);
  hash_text (sum, draft->quoted_id);
  hash_text (sum, draft->reaction_id);
  hash_text (sum, metadata);
  hash_text (sum, draft->upload_id);
  return g_strdup (g_checksum_get_string (sum));
}

static gboolean
is_same (const LobbyWireMessage *message,
         const char *stored_hash,
         const LobbyWireConversation *conversation,
         const LobbyDraft *draft,
         const char *hash)
{
  if (strcmp (message->contact_id, conversation->contact_id) != 0 || message->type != draft->type)
    return FALSE;
  if (stored_hash != NULL)
    return strcmp (stored_hash, hash) == 0;
  return g_strcmp0 (message->content, draft->content) == 0;
}

static LobbyStatement *
query_by_client_id (LobbyDatabase *database,
                    const char *business_id,
                    const char *client_id,
                    GError **error)
{
  return lobby_database_query (database, error,
                               "SELECT " LOBBY_SQLITE_MESSAGE_COLUMNS ", m.draft_hash FROM " LOBBY_SQLITE_MESSAGE_TABLES
                               " WHERE m.business_id = ? AND m.client_id = ?",
                               "ss", business_id, client_id);
}

/* The message that already has this client id: TRUE and *@message, or an error when it is another one. */
static gboolean
take_known (LobbyVerb *verb,
            const LobbyWireConversation *conversation,
            const LobbyDraft *draft,
            const char *hash,
            LobbyWireMessage **message)
{
  g_autoptr (LobbyStatement) row = query_by_client_id (verb->database, conversation->business_id, draft->client_id, &verb->error);
  g_autoptr (LobbyWireMessage) found = NULL;

  if (row == NULL || !lobby_statement_step (row, &verb->error))
    return FALSE;
  found = lobby_sqlite_message_from_row (row);
  if (!is_same (found, lobby_statement_text (row, LOBBY_SQLITE_N_MESSAGE_COLUMNS), conversation, draft, hash))
    {
      g_set_error_literal (&verb->error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_CLIENT_ID_REUSED,
                           "This client id belongs to another message");
      return FALSE;
    }
  *message = g_steal_pointer (&found);
  return TRUE;
}

static LobbyWireMessage *
lobby_sqlite_storage_find_message_by_client_id (LobbyStorage *storage,
                                                const char *business_id,
                                                const char *client_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = query_by_client_id (LOBBY_SQLITE_STORAGE (storage)->database, business_id, client_id, &error);
  LobbyWireMessage *message = row != NULL && lobby_statement_step (row, &error) ? lobby_sqlite_message_from_row (row) : NULL;

  lobby_sqlite_log_error (&error);
  return message;
}

/* What is told of a draft */

/* The message with our id @id, of this conversation; NULL and verb->error. */
static LobbyWireMessage *
load_related (LobbyVerb *verb,
              const LobbyWireConversation *conversation,
              const char *id)
{
  g_autoptr (LobbyWireMessage) message = lobby_verb_load_message (verb, id);

  if (message == NULL)
    return NULL;
  if (strcmp (message->conversation_id, conversation->id) == 0)
    return g_steal_pointer (&message);
  lobby_verb_not_found (verb, "message of this conversation");
  return NULL;
}

static gboolean
add_quote (LobbyVerb *verb,
           JsonObject *metadata,
           const LobbyWireConversation *conversation,
           const char *quoted_id)
{
  g_autoptr (LobbyWireMessage) quoted = quoted_id != NULL ? load_related (verb, conversation, quoted_id) : NULL;

  if (quoted != NULL)
    lobby_sqlite_set_quote (metadata, quoted->whatsapp_message_id, quoted);
  return verb->error == NULL;
}

static gboolean
add_reaction (LobbyVerb *verb,
              JsonObject *metadata,
              const LobbyWireConversation *conversation,
              const char *target_id)
{
  g_autoptr (LobbyWireMessage) target = target_id != NULL ? load_related (verb, conversation, target_id) : NULL;
  JsonObject *reaction;

  if (target == NULL)
    return verb->error == NULL;
  reaction = json_object_new ();
  json_object_set_string_member (reaction, "message_id", target->id);
  lobby_json_set_string (reaction, "whatsapp_message_id", target->whatsapp_message_id);
  json_object_set_object_member (metadata, "reaction", reaction);
  return TRUE;
}

/* The draft's metadata with what only the storage knows. NULL and verb->error. */
static char *
complete_metadata (LobbyVerb *verb,
                   const LobbyWireConversation *conversation,
                   const LobbyDraft *draft)
{
  g_autofree char *given = draft->metadata != NULL ? lobby_json_object_to_string (draft->metadata) : g_strdup ("{}");
  g_autoptr (JsonObject) metadata = lobby_json_parse_object (given, -1, &verb->error);

  if (metadata == NULL
      || !add_quote (verb, metadata, conversation, draft->quoted_id)
      || !add_reaction (verb, metadata, conversation, draft->reaction_id))
    return NULL;
  if (draft->media != NULL)
    lobby_media_file_describe (draft->media, metadata);
  return lobby_json_object_to_string (metadata);
}

/* Taking it */

static gboolean
insert_message (LobbyVerb *verb,
                const char *agent_id,
                const LobbyWireConversation *conversation,
                const LobbyDraft *draft,
                const char *hash,
                const char *id,
                gint64 created_at)
{
  const char *sha256 = draft->media != NULL ? draft->media->sha256 : NULL;
  g_autofree char *metadata = complete_metadata (verb, conversation, draft);

  if (metadata == NULL
      || (sha256 != NULL
          && !lobby_database_run (verb->database, &verb->error,
                                  "INSERT INTO media_files (sha256, size, created_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", "sll",
                                  sha256, draft->media->size, verb->now)))
    return FALSE;
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO messages (id, business_id, conversation_id, contact_id, connection_id, client_id, draft_hash, outbound, type,"
                             " content, status, agent_id, metadata, media_sha256, created_at, updated_at)"
                             " VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)",
                             "sssssssisisssll",
                             id, conversation->business_id, conversation->id, conversation->contact_id, conversation->connection_id,
                             draft->client_id, hash, (int)draft->type, draft->content, (int)LOBBY_STATUS_PENDING, agent_id, metadata, sha256,
                             created_at, verb->now);
}

static gboolean
enqueue (LobbyVerb *verb,
         const char *message_id,
         const char *conversation_id,
         const char *connection_id,
         LobbyOutboundAction action,
         const char *content)
{
  return lobby_database_run (verb->database, &verb->error,
                             "INSERT INTO outbound_queue (message_id, conversation_id, connection_id, action, content) VALUES (?, ?, ?, ?, ?)", "sssis",
                             message_id, conversation_id, connection_id, (int)action, content);
}

/* Whether a draft that is new may be taken. The clocks of WhatsApp and ours may differ a little. */
static gboolean
may_take (LobbyVerb *verb,
          const LobbyWireConversation *conversation,
          const LobbyDraft *draft)
{
  if (draft->upload_id != NULL && draft->media == NULL)
    g_set_error_literal (&verb->error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NO_UPLOAD, "There is no such finished upload");
  else if (draft->needs_window && conversation->window_expires_at + LOBBY_SQLITE_WINDOW_TOLERANCE_MSEC < verb->now)
    g_set_error_literal (&verb->error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_WINDOW_CLOSED, "The service window is closed");
  return verb->error == NULL;
}

static gboolean
insert_draft (LobbyVerb *verb,
              const char *agent_id,
              const LobbyWireConversation *conversation,
              const LobbyDraft *draft,
              const char *hash,
              const char *id)
{
  gint64 created_at = sending_time (verb, conversation->id);

  return verb->error == NULL
         && insert_message (verb, agent_id, conversation, draft, hash, id, created_at)
         && enqueue (verb, id, conversation->id, conversation->connection_id, LOBBY_OUTBOUND_SEND, NULL)
         && lobby_database_run (verb->database, &verb->error,
                                "UPDATE conversations SET last_activity_at = max (last_activity_at, ?), message_count_out = message_count_out + ?"
                                " WHERE id = ?",
                                "lis", created_at, draft->type == LOBBY_MESSAGE_REACTION ? 0 : 1, conversation->id)
         && lobby_database_run (verb->database, &verb->error,
                                "UPDATE contacts SET last_activity_at = max (last_activity_at, ?) WHERE id = ?", "ls",
                                created_at, conversation->contact_id);
}

static LobbyWireMessage *
lobby_sqlite_storage_accept_message (LobbyStorage *storage,
                                     const char *agent_id,
                                     const char *conversation_id,
                                     const LobbyDraft *draft,
                                     gboolean *existed,
                                     GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autofree char *id = lobby_id_new ();
  g_autofree char *hash = hash_draft (draft);

  if (!lobby_verb_begin (&verb, storage, error))
    return NULL;
  conversation = lobby_sqlite_load_conversation (verb.database, conversation_id, &verb.error);
  if (conversation == NULL)
    {
      lobby_verb_not_found (&verb, "conversation");
      return NULL;
    }
  *existed = take_known (&verb, conversation, draft, hash, &message);
  if (!*existed)
    {
      if (verb.error != NULL
          || !may_take (&verb, conversation, draft)
          || !insert_draft (&verb, agent_id, conversation, draft, hash, id)
          || !lobby_verb_log_message (&verb, conversation->business_id, id, LOBBY_EVENT_MESSAGE_NEW))
        return NULL;
      message = lobby_verb_load_message (&verb, id);
      if (message == NULL || !lobby_verb_log_sent (&verb, conversation->business_id, message, message->created_at))
        return NULL;
    }
  return lobby_verb_end (&verb) ? g_steal_pointer (&message) : NULL;
}

/* Changes of what was sent */

static gboolean
log_updated (LobbyVerb *verb,
             const LobbyWireMessage *message)
{
  g_autofree char *business_id = lobby_verb_dup_business (verb, message->conversation_id);

  return business_id != NULL && lobby_verb_log_message (verb, business_id, message->id, LOBBY_EVENT_MESSAGE_UPDATED);
}

/* Only one change waits at a time: a later edit takes the place of one that was not begun. */
static gboolean
enqueue_change (LobbyVerb *verb,
                const LobbyWireMessage *message,
                LobbyOutboundAction action,
                const char *text)
{
  return lobby_database_run (verb->database, &verb->error,
                             "DELETE FROM outbound_queue WHERE message_id = ? AND action = ? AND state = ?", "sii",
                             message->id, (int)LOBBY_OUTBOUND_EDIT, (int)LOBBY_OUTBOUND_QUEUED)
         && enqueue (verb, message->id, message->conversation_id, message->connection_id, action, text);
}

static LobbyWireMessage *
lobby_sqlite_storage_accept_change (LobbyStorage *storage,
                                    const char *message_id,
                                    LobbyOutboundAction action,
                                    const char *text,
                                    GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autoptr (LobbyWireMessage) message = NULL;
  JsonObject *change;
  gboolean is_going;

  if (!lobby_verb_begin (&verb, storage, error))
    return NULL;
  message = lobby_verb_load_message (&verb, message_id);
  if (message == NULL)
    return NULL;
  is_going = lobby_database_get_int (verb.database, 0, &verb.error, "SELECT 1 FROM outbound_queue WHERE message_id = ? AND action = ?", "si",
                                     message_id, (int)LOBBY_OUTBOUND_REVOKE)
             != 0;
  if (verb.error != NULL)
    return NULL;
  if (is_going || json_object_has_member (message->metadata, "revoked_at"))
    {
      g_set_error_literal (&verb.error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS, "This message is deleted already");
      return NULL;
    }
  change = json_object_new ();
  json_object_set_string_member (change, "action", action == LOBBY_OUTBOUND_EDIT ? "edit" : "revoke");
  lobby_json_set_string (change, "text", text);
  json_object_set_string_member (change, "state", "pending");
  json_object_set_object_member (message->metadata, "change", change);
  if (!enqueue_change (&verb, message, action, text)
      || !lobby_verb_save_message (&verb, message)
      || !log_updated (&verb, message)
      || !lobby_verb_end (&verb))
    return NULL;
  return g_steal_pointer (&message);
}

gboolean
lobby_verb_fail_change (LobbyVerb *verb,
                        LobbyWireMessage *message,
                        int code,
                        const char *title,
                        const char *text)
{
  JsonObject *change = lobby_json_get_object (message->metadata, "change");
  JsonObject *problem = json_object_new ();

  if (change == NULL)
    {
      change = json_object_new ();
      json_object_set_object_member (message->metadata, "change", change);
    }
  json_object_set_int_member (problem, "code", code);
  lobby_json_set_string (problem, "title", title);
  lobby_json_set_string (problem, "message", text);
  json_object_set_string_member (change, "state", "failed");
  json_object_set_object_member (change, "error", problem);
  return lobby_verb_save_message (verb, message) && log_updated (verb, message);
}

/* Files that WhatsApp has */

static char *
lobby_sqlite_storage_dup_remote_file (LobbyStorage *storage,
                                      const char *connection_id,
                                      const char *sha256,
                                      const char *mime_type,
                                      gint64 since)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                                                         "SELECT remote_id FROM remote_files WHERE connection_id = ? AND sha256 = ? AND mime_type = ?"
                                                         " AND uploaded_at > ?",
                                                         "sssl", connection_id, sha256, mime_type, since);
  char *remote_id = row != NULL && lobby_statement_step (row, &error) ? lobby_statement_dup_text (row, 0) : NULL;

  lobby_sqlite_log_error (&error);
  return remote_id;
}

static gboolean
lobby_sqlite_storage_set_remote_file (LobbyStorage *storage,
                                      const char *connection_id,
                                      const char *sha256,
                                      const char *mime_type,
                                      const char *remote_id,
                                      GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  if (remote_id == NULL)
    return lobby_database_run (verb.database, &verb.error, "DELETE FROM remote_files WHERE connection_id = ? AND sha256 = ? AND mime_type = ?", "sss",
                               connection_id, sha256, mime_type)
           && lobby_verb_end (&verb);
  return lobby_database_run (verb.database, &verb.error,
                             "INSERT INTO remote_files (connection_id, sha256, mime_type, remote_id, uploaded_at) VALUES (?, ?, ?, ?, ?)"
                             " ON CONFLICT DO UPDATE SET remote_id = excluded.remote_id, uploaded_at = excluded.uploaded_at",
                             "ssssl", connection_id, sha256, mime_type, remote_id, verb.now)
         && lobby_verb_end (&verb);
}

void
lobby_sqlite_sending_verbs (LobbyStorageInterface *iface)
{
  iface->find_message_by_client_id = lobby_sqlite_storage_find_message_by_client_id;
  iface->accept_message = lobby_sqlite_storage_accept_message;
  iface->accept_change = lobby_sqlite_storage_accept_change;
  iface->dup_remote_file = lobby_sqlite_storage_dup_remote_file;
  iface->set_remote_file = lobby_sqlite_storage_set_remote_file;
}
