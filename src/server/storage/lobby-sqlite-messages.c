/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include "lobby-json.h"

/* What the verbs about messages share. */

/* Letters of a quoted text that travel with each reply. */
#define QUOTE_LETTERS 300

LobbyWireMessage *
lobby_verb_load_message (LobbyVerb *verb,
                         const char *id)
{
  LobbyWireMessage *message = lobby_sqlite_load_message (verb->database, id, &verb->error);

  if (message == NULL)
    lobby_verb_not_found (verb, "message");
  return message;
}

char *
lobby_verb_dup_business (LobbyVerb *verb,
                         const char *conversation_id)
{
  g_autoptr (LobbyStatement) row = lobby_database_query (verb->database, &verb->error,
                                                         "SELECT business_id FROM conversations WHERE id = ?", "s", conversation_id);

  if (row != NULL && lobby_statement_step (row, &verb->error))
    return lobby_statement_dup_text (row, 0);
  lobby_verb_not_found (verb, "conversation");
  return NULL;
}

gboolean
lobby_verb_save_message (LobbyVerb *verb,
                         LobbyWireMessage *message)
{
  g_autofree char *metadata = lobby_json_object_to_string (message->metadata);

  message->updated_at = verb->now;
  return lobby_database_run (verb->database, &verb->error,
                             "UPDATE messages SET whatsapp_message_id = ?, status = ?, metadata = ?, updated_at = ? WHERE id = ?", "sisls",
                             message->whatsapp_message_id, (int)message->status, metadata, message->updated_at, message->id);
}

static char *
shorten (const char *text)
{
  return g_utf8_strlen (text, -1) <= QUOTE_LETTERS ? g_strdup (text) : g_utf8_substring (text, 0, QUOTE_LETTERS);
}

void
lobby_sqlite_set_quote (JsonObject *metadata,
                        const char *whatsapp_message_id,
                        const LobbyWireMessage *quoted)
{
  JsonObject *json = json_object_new ();

  lobby_json_set_string (json, "whatsapp_message_id", whatsapp_message_id);
  if (quoted != NULL)
    {
      g_autofree char *content = quoted->content != NULL ? shorten (quoted->content) : NULL;

      json_object_set_string_member (json, "id", quoted->id);
      json_object_set_string_member (json, "type", lobby_message_type_to_string (quoted->type));
      lobby_json_set_string (json, "content", content);
      json_object_set_boolean_member (json, "outbound", quoted->outbound);
    }
  json_object_set_object_member (metadata, "quoted", json);
}
