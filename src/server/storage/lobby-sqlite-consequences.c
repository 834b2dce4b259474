/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-json.h"

/* What the failure of a message means beyond it. */

/* The customer wrote after @message was sent: then the refusal says nothing about now. */
static gboolean
has_newer_inbound (LobbyVerb *verb,
                   const LobbyWireMessage *message)
{
  return lobby_database_get_int (verb->database, 0, &verb->error,
                                 "SELECT 1 FROM messages WHERE conversation_id = ? AND created_at > ? AND outbound = 0 LIMIT 1", "sl",
                                 message->conversation_id, message->created_at)
         != 0;
}

gboolean
lobby_verb_close_window (LobbyVerb *verb,
                         const char *business_id,
                         const LobbyWireMessage *message)
{
  LobbyWireEvent event = { .kind = LOBBY_EVENT_CONVERSATION_UPDATED };
  g_autoptr (LobbyWireConversation) conversation = lobby_sqlite_load_conversation (verb->database, message->conversation_id, &verb->error);

  if (conversation == NULL)
    return lobby_verb_not_found (verb, "conversation");
  if (conversation->window_expires_at <= verb->now || has_newer_inbound (verb, message))
    return verb->error == NULL;
  if (!lobby_database_run (verb->database, &verb->error,
                           "UPDATE conversations SET window_expires_at = 0, seq = 1 + (SELECT seq FROM businesses b WHERE b.id = business_id) WHERE id = ?", "s",
                           conversation->id))
    return FALSE;
  lobby_wire_conversation_free (g_steal_pointer (&conversation));
  conversation = lobby_sqlite_load_conversation (verb->database, message->conversation_id, &verb->error);
  if (conversation == NULL)
    return lobby_verb_not_found (verb, "conversation");
  event.conversation = conversation;
  return lobby_verb_log_event (verb, business_id, &event, NULL);
}

/* WhatsApp's id of the try that failed, of a message that was sent again. */
#define FIRST_TRY "first_whatsapp_message_id"

gboolean
lobby_sqlite_is_first_try (const LobbyWireMessage *message,
                           const char *whatsapp_message_id)
{
  return g_strcmp0 (lobby_json_get_string (message->metadata, FIRST_TRY, LOBBY_WIRE_MAX_NAME), whatsapp_message_id) == 0;
}

gboolean
lobby_verb_send_again (LobbyVerb *verb,
                       LobbyWireMessage *message,
                       gboolean *again)
{
  const char *sha256 = lobby_json_get_string (message->metadata, "sha256", LOBBY_WIRE_MAX_NAME);

  *again = message->whatsapp_message_id != NULL && message->media_url != NULL && sha256 != NULL
           && message->status <= LOBBY_STATUS_SENT && !json_object_has_member (message->metadata, FIRST_TRY);
  if (!*again)
    return TRUE;
  json_object_set_string_member (message->metadata, FIRST_TRY, message->whatsapp_message_id);
  g_clear_pointer (&message->whatsapp_message_id, g_free);
  return lobby_database_run (verb->database, &verb->error, "DELETE FROM remote_files WHERE connection_id = ? AND sha256 = ?", "ss",
                             message->connection_id, sha256)
         && lobby_verb_save_message (verb, message)
         && lobby_database_run (verb->database, &verb->error, "INSERT INTO outbound_queue (message_id, conversation_id, connection_id) VALUES (?, ?, ?)", "sss",
                                message->id, message->conversation_id, message->connection_id);
}
