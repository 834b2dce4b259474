/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include "lobby-json.h"

/* What waits to be given to WhatsApp. What becomes of it is in lobby-sqlite-outbound.c. */

/* What is to be uploaded. The columns begin at @first: the file's name in the folder of files, and its size. */
static LobbyMediaFile *
media_from_row (LobbySqliteStorage *self,
                LobbyStatement *row,
                int first,
                const char *message_id,
                JsonObject *metadata)
{
  LobbyMediaFile *media;

  if (lobby_statement_is_null (row, first))
    return NULL;
  media = g_new0 (LobbyMediaFile, 1);
  media->id = g_strdup (message_id);
  media->sha256 = lobby_statement_dup_text (row, first);
  media->path = lobby_file_store_path (self->files, media->sha256);
  media->size = lobby_statement_int (row, first + 1);
  media->mime_type = g_strdup (lobby_json_get_string (metadata, "mime_type", LOBBY_WIRE_MAX_NAME));
  media->file_name = g_strdup (lobby_json_get_string (metadata, "file_name", LOBBY_WIRE_MAX_NAME));
  media->width = (int)lobby_json_get_int_or (metadata, "width", 0);
  media->height = (int)lobby_json_get_int_or (metadata, "height", 0);
  media->duration = (int)lobby_json_get_int_or (metadata, "duration", 0);
  return media;
}

static LobbyOutbound *
outbound_from_row (LobbySqliteStorage *self,
                   LobbyStatement *row)
{
  LobbyOutbound *outbound = g_new0 (LobbyOutbound, 1);

  outbound->position = lobby_statement_int (row, 0);
  outbound->action = (LobbyOutboundAction)lobby_statement_int (row, 1);
  outbound->message_id = lobby_statement_dup_text (row, 2);
  outbound->conversation_id = lobby_statement_dup_text (row, 3);
  outbound->connection_id = lobby_statement_dup_text (row, 4);
  outbound->to_phone = lobby_statement_dup_text (row, 5);
  outbound->to_bsuid = lobby_statement_dup_text (row, 6);
  outbound->type = (LobbyMessageType)lobby_statement_int (row, 7);
  outbound->content = lobby_statement_dup_text (row, 8);
  outbound->metadata = lobby_json_parse_object (lobby_statement_text (row, 9), -1, NULL);
  if (outbound->metadata == NULL)
    outbound->metadata = json_object_new ();
  outbound->quoted_whatsapp_id = lobby_statement_dup_text (row, 10);
  outbound->target_whatsapp_id = lobby_statement_dup_text (row, 11);
  outbound->state = (LobbyOutboundState)lobby_statement_int (row, 12);
  outbound->attempts = (int)lobby_statement_int (row, 13);
  outbound->next_attempt_at = lobby_statement_int (row, 14);
  outbound->media = media_from_row (self, row, 15, outbound->message_id, outbound->metadata);
  outbound->to_lid = lobby_statement_dup_text (row, 17);
  return outbound;
}

/* A quoted message that was still waiting when it was quoted has its id by now: the queue keeps the order. */
#define OUTBOUND_COLUMNS                                                                                                                            \
  "q.position, q.action, q.message_id, q.conversation_id, q.connection_id, c.phone_number,"                                                         \
  " (SELECT value FROM aliases a WHERE a.contact_id = c.id AND a.kind = 'bsuid' AND a.until = 0 ORDER BY a.updated_at DESC LIMIT 1),"               \
  " m.type, iif (q.action = 0, m.content, q.content), m.metadata,"                                                                                  \
  " (SELECT r.whatsapp_message_id FROM messages r WHERE r.id = m.metadata ->> '$.quoted.id'),"                                                      \
  " iif (q.action = 0, (SELECT r.whatsapp_message_id FROM messages r WHERE r.id = m.metadata ->> '$.reaction.message_id'), m.whatsapp_message_id)," \
  " q.state, q.attempts, q.next_attempt_at, iif (q.action = 0, m.media_sha256, NULL), f.size,"                                                      \
  " (SELECT value FROM aliases a WHERE a.contact_id = c.id AND a.kind = 'lid' AND a.scope = q.connection_id AND a.until = 0 ORDER BY a.updated_at DESC LIMIT 1)"
#define OUTBOUND_TABLES                                                                                  \
  " FROM outbound_queue q JOIN messages m ON m.id = q.message_id JOIN contacts c ON c.id = m.contact_id" \
  " LEFT JOIN media_files f ON f.sha256 = m.media_sha256"
G_STATIC_ASSERT (LOBBY_OUTBOUND_SEND == 0);

static GPtrArray *
lobby_sqlite_storage_list_outbound_heads (LobbyStorage *storage,
                                          const char *connection_id,
                                          guint limit)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  GPtrArray *heads = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_outbound_head_free);

  row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                              "SELECT q.position, q.message_id, q.conversation_id, q.state, q.attempts, q.next_attempt_at, q.action = 0 AND m.media_sha256 IS NOT NULL"
                              " FROM outbound_queue q JOIN messages m ON m.id = q.message_id"
                              " WHERE q.connection_id = ?"
                              " AND NOT EXISTS (SELECT 1 FROM outbound_queue e WHERE e.conversation_id = q.conversation_id AND e.position < q.position)"
                              " ORDER BY q.next_attempt_at, q.position LIMIT ?",
                              "sl", connection_id, (gint64)limit);
  while (row != NULL && lobby_statement_step (row, &error))
    {
      LobbyOutboundHead *head = g_new0 (LobbyOutboundHead, 1);

      head->position = lobby_statement_int (row, 0);
      head->message_id = lobby_statement_dup_text (row, 1);
      head->conversation_id = lobby_statement_dup_text (row, 2);
      head->state = (LobbyOutboundState)lobby_statement_int (row, 3);
      head->attempts = (int)lobby_statement_int (row, 4);
      head->next_attempt_at = lobby_statement_int (row, 5);
      head->has_file = lobby_statement_int (row, 6) != 0;
      g_ptr_array_add (heads, head);
    }
  lobby_sqlite_log_error (&error);
  return heads;
}

static LobbyOutbound *
lobby_sqlite_storage_get_outbound (LobbyStorage *storage,
                                   gint64 position)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (self->database, &error, "SELECT " OUTBOUND_COLUMNS OUTBOUND_TABLES " WHERE q.position = ?", "l", position);
  LobbyOutbound *outbound = row != NULL && lobby_statement_step (row, &error) ? outbound_from_row (self, row) : NULL;

  lobby_sqlite_log_error (&error);
  return outbound;
}

static guint
lobby_sqlite_storage_count_sent (LobbyStorage *storage,
                                 const char *conversation_id,
                                 gint64 since)
{
  g_autoptr (GError) error = NULL;
  /* A receipt counts as sending: then the message was sent before it. */
  gint64 count = lobby_database_get_int (LOBBY_SQLITE_STORAGE (storage)->database, 0, &error,
                                         "SELECT count (*) FROM (SELECT outbound, whatsapp_message_id, updated_at FROM messages WHERE conversation_id = ?"
                                         " ORDER BY created_at DESC, id DESC LIMIT 200)"
                                         " WHERE outbound AND whatsapp_message_id IS NOT NULL AND updated_at > ?",
                                         "sl", conversation_id, since);

  lobby_sqlite_log_error (&error);
  return (guint)count;
}

static gboolean
lobby_sqlite_storage_outbound_set_state (LobbyStorage *storage,
                                         gint64 position,
                                         LobbyOutboundState state,
                                         int attempts,
                                         gint64 next_attempt_at,
                                         GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  if (!lobby_verb_begin (&verb, storage, error)
      || !lobby_database_run (verb.database, &verb.error,
                              "UPDATE outbound_queue SET state = ?, attempts = ?, next_attempt_at = ? WHERE position = ?", "iill",
                              (int)state, attempts, next_attempt_at, position))
    return FALSE;
  /* None changed: a status has taken it off the queue meanwhile. */
  return lobby_verb_end (&verb);
}

void
lobby_sqlite_queue_verbs (LobbyStorageInterface *iface)
{
  iface->list_outbound_heads = lobby_sqlite_storage_list_outbound_heads;
  iface->get_outbound = lobby_sqlite_storage_get_outbound;
  iface->count_sent = lobby_sqlite_storage_count_sent;
  iface->outbound_set_state = lobby_sqlite_storage_outbound_set_state;
}
