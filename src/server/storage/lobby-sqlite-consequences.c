/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <string.h>

#include "lobby-id.h"
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
                           "UPDATE conversations SET window_expires_at = ?, seq = 1 + (SELECT seq FROM businesses b WHERE b.id = business_id) WHERE id = ?", "ls",
                           /* Long enough ago that nobody doubts it. */
                           verb->now - 2 * LOBBY_SQLITE_WINDOW_TOLERANCE_MSEC, conversation->id))
    return FALSE;
  lobby_wire_conversation_free (g_steal_pointer (&conversation));
  conversation = lobby_sqlite_load_conversation (verb->database, message->conversation_id, &verb->error);
  if (conversation == NULL)
    return lobby_verb_not_found (verb, "conversation");
  event.conversation = conversation;
  return lobby_verb_log_event (verb, business_id, &event, NULL);
}

/* WhatsApp's ids of the tries that failed, of a message that was sent again. What is still told of them does not matter. */
#define TRIES "failed_whatsapp_message_ids"
#define MAX_TRIES 5
#define FIRST_PAUSE 10000 /* ms; four times as long after each try */

gboolean
lobby_sqlite_is_failed_try (const LobbyWireMessage *message,
                            const char *whatsapp_message_id)
{
  JsonArray *tries = lobby_json_get_array (message->metadata, TRIES);

  for (guint i = 0; i < lobby_json_array_length (tries); i++)
    {
      if (g_strcmp0 (lobby_json_array_string (tries, i, LOBBY_ID_MAX), whatsapp_message_id) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
note_try (LobbyWireMessage *message)
{
  JsonArray *tries = lobby_json_get_array (message->metadata, TRIES);

  if (tries == NULL)
    {
      tries = json_array_new ();
      json_object_set_array_member (message->metadata, TRIES, tries);
    }
  json_array_add_string_element (tries, message->whatsapp_message_id);
  g_clear_pointer (&message->whatsapp_message_id, g_free);
}

gboolean
lobby_verb_send_again (LobbyVerb *verb,
                       LobbyWireMessage *message,
                       gboolean upload,
                       gboolean *again)
{
  const char *sha256 = lobby_json_get_string (message->metadata, "sha256", LOBBY_WIRE_MAX_NAME);
  guint tries = lobby_json_array_length (lobby_json_get_array (message->metadata, TRIES));
  gint64 due_at = upload ? 0 : verb->now + (FIRST_PAUSE << (2 * tries));

  *again = message->whatsapp_message_id != NULL && message->status <= LOBBY_STATUS_SENT
           && (upload ? tries == 0 && message->media_url != NULL && sha256 != NULL : tries < MAX_TRIES);
  if (!*again)
    return TRUE;
  note_try (message);
  return (!upload
          || lobby_database_run (verb->database, &verb->error, "DELETE FROM remote_files WHERE connection_id = ? AND sha256 = ?", "ss",
                                 message->connection_id, sha256))
         && lobby_verb_save_message (verb, message)
         && lobby_database_run (verb->database, &verb->error,
                                "INSERT INTO outbound_queue (message_id, conversation_id, connection_id, next_attempt_at) VALUES (?, ?, ?, ?)", "sssl",
                                message->id, message->conversation_id, message->connection_id, due_at);
}
