/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-draft.h"

#include <string.h>

#include "lobby-draft-check.h"
#include "lobby-id.h"
#include "lobby-json.h"

#define CLIENT_ID_MAX 128
/* What WhatsApp takes, in characters. */
#define TEXT_MAX 4096
/* A character is at most four bytes. A little above, so that a longer text is told from an absent one. */
#define TEXT_BYTES_MAX LOBBY_REST_SMALL_BODY
#define EMOJI_BYTES_MAX 64

/* What is being read; each reader fills in draft, or answers and returns FALSE. */
typedef struct
{
  LobbyRest *rest;
  LobbyHttpExchange *exchange;
  const LobbyWireConversation *conversation;
  LobbyCapabilities capabilities;
  JsonObject *body;
  LobbyDraft *draft;
} Reading;

static gboolean
refuse (Reading *reading,
        const char *code,
        const char *message)
{
  lobby_http_exchange_answer_error (reading->exchange, 422, code, message);
  return FALSE;
}

static gboolean
read_text (Reading *reading)
{
  const char *text = lobby_rest_draft_text (reading->exchange, reading->body);

  reading->draft->content = g_strdup (text);
  return text != NULL;
}

/* Bodies */

/* Answers with @problem (transfer full), when there is one. */
static gboolean
is_good (Reading *reading,
         const char *code,
         char *problem)
{
  g_autofree char *owned = problem;

  return owned == NULL || refuse (reading, code, owned);
}

static void
keep_member (Reading *reading,
             const char *name,
             JsonNode *node)
{
  if (reading->draft->metadata == NULL)
    reading->draft->metadata = json_object_new ();
  json_object_set_member (reading->draft->metadata, name, node);
}

static gboolean
read_location (Reading *reading)
{
  JsonObject *given = lobby_json_get_object (reading->body, "location");
  JsonObject *location;

  if (!is_good (reading, "bad_location", lobby_draft_check_location (given)))
    return FALSE;
  location = json_object_new ();
  json_object_set_double_member (location, "latitude", lobby_json_get_double_or (given, "latitude", 0));
  json_object_set_double_member (location, "longitude", lobby_json_get_double_or (given, "longitude", 0));
  lobby_json_set_string (location, "name", lobby_json_get_string (given, "name", LOBBY_REST_SMALL_BODY));
  lobby_json_set_string (location, "address", lobby_json_get_string (given, "address", LOBBY_REST_SMALL_BODY));
  keep_member (reading, "location", json_node_init_object (json_node_alloc (), location));
  json_object_unref (location);
  return TRUE;
}

static gboolean
read_contacts (Reading *reading)
{
  if (!is_good (reading, "bad_contacts", lobby_draft_check_contacts (lobby_json_get_array (reading->body, "contacts"))))
    return FALSE;
  keep_member (reading, "contacts", json_object_dup_member (reading->body, "contacts"));
  return TRUE;
}

static gboolean
read_interactive (Reading *reading)
{
  JsonObject *interactive = lobby_json_get_object (reading->body, "interactive");

  if ((reading->capabilities & LOBBY_CAN_INTERACTIVE) == 0)
    return refuse (reading, "not_supported_by_connection", "This connection cannot send buttons and lists");
  if (!is_good (reading, "bad_interactive", lobby_draft_check_interactive (interactive, reading->draft->upload_id != NULL)))
    return FALSE;
  keep_member (reading, "interactive", json_object_dup_member (reading->body, "interactive"));
  reading->draft->content = g_strdup (lobby_json_get_string (lobby_json_get_object (interactive, "body"), "text", LOBBY_REST_SMALL_BODY));
  return TRUE;
}

static gboolean
read_template (Reading *reading)
{
  JsonObject *template = lobby_json_get_object (reading->body, "template");

  if ((reading->capabilities & LOBBY_CAN_TEMPLATES) == 0)
    return refuse (reading, "not_supported_by_connection", "This connection knows no templates");
  if (!is_good (reading, "bad_template", lobby_draft_check_template (template, reading->draft->upload_id != NULL)))
    return FALSE;
  keep_member (reading, "template", json_object_dup_member (reading->body, "template"));
  reading->draft->content = g_strdup (lobby_json_get_string (template, "name", LOBBY_WIRE_MAX_NAME));
  return TRUE;
}

static gboolean
read_reaction (Reading *reading)
{
  JsonObject *given = lobby_json_get_object (reading->body, "reaction");
  const char *message_id = lobby_json_get_string (given, "messageId", LOBBY_ID_MAX);
  const char *emoji = lobby_json_get_string (given, "emoji", EMOJI_BYTES_MAX);
  g_autoptr (LobbyWireMessage) target = NULL;

  if ((reading->capabilities & LOBBY_CAN_REACTIONS) == 0)
    return refuse (reading, "not_supported_by_connection", "This connection cannot send reactions");
  if (message_id == NULL || emoji == NULL)
    return refuse (reading, "bad_reaction", "A reaction needs messageId and emoji (empty takes it back)");
  target = lobby_storage (reading->rest->storage, get_message, message_id);
  if (target == NULL || strcmp (target->conversation_id, reading->conversation->id) != 0)
    {
      lobby_rest_answer_not_found (reading->exchange);
      return FALSE;
    }
  if (target->outbound && target->status == LOBBY_STATUS_FAILED)
    return refuse (reading, "not_sent", "That message was not sent, so nobody can see a reaction to it");
  reading->draft->reaction_id = g_strdup (message_id);
  reading->draft->content = g_strdup (emoji);
  return TRUE;
}

static const struct
{
  LobbyMessageType type;
  gboolean (*read) (Reading *reading);
} READERS[] = {
  { LOBBY_MESSAGE_TEXT, read_text },
  { LOBBY_MESSAGE_LOCATION, read_location },
  { LOBBY_MESSAGE_CONTACTS, read_contacts },
  { LOBBY_MESSAGE_TEMPLATE, read_template },
  { LOBBY_MESSAGE_INTERACTIVE, read_interactive },
  { LOBBY_MESSAGE_REACTION, read_reaction },
};

static gboolean
read_draft (Reading *reading)
{
  const char *type = lobby_json_get_string (reading->body, "type", 64);

  for (guint i = 0; type != NULL && i < G_N_ELEMENTS (READERS); i++)
    {
      if (strcmp (type, lobby_message_type_to_string (READERS[i].type)) != 0)
        continue;
      reading->draft->type = READERS[i].type;
      return READERS[i].read (reading);
    }
  return refuse (reading, "unsupported_type", "Messages of this type cannot be sent");
}

const char *
lobby_rest_draft_text (LobbyHttpExchange *exchange,
                       JsonObject *body)
{
  const char *text = lobby_json_get_string (body, "text", TEXT_BYTES_MAX);

  if (text == NULL || text[strspn (text, " \t\r\n")] == '\0')
    lobby_http_exchange_answer_error (exchange, 422, "empty", "There is no text to send");
  else if (g_utf8_strlen (text, -1) > TEXT_MAX)
    lobby_http_exchange_answer_error (exchange, 422, "too_long", "WhatsApp takes at most 4096 characters");
  else
    return text;
  return NULL;
}

LobbyDraft *
lobby_rest_draft (LobbyRest *self,
                  LobbyHttpExchange *exchange,
                  const LobbyWireConversation *conversation,
                  JsonObject *body)
{
  g_autoptr (LobbyDraft) draft = g_new0 (LobbyDraft, 1);
  Reading reading = {
    .rest = self,
    .exchange = exchange,
    .conversation = conversation,
    .capabilities = lobby_whatsapp_get_capabilities (self->whatsapp, conversation->connection_id),
    .body = body,
    .draft = draft,
  };

  draft->client_id = g_strdup (lobby_json_get_string (body, "clientId", CLIENT_ID_MAX));
  if (draft->client_id == NULL || *draft->client_id == '\0')
    {
      lobby_rest_answer_bad (exchange, "clientId is needed, of at most 128 bytes");
      return NULL;
    }
  draft->quoted_id = g_strdup (lobby_json_get_string (body, "quotedMessageId", LOBBY_ID_MAX));
  if (!read_draft (&reading))
    return NULL;
  draft->needs_window = draft->type != LOBBY_MESSAGE_TEMPLATE && (reading.capabilities & LOBBY_HAS_SERVICE_WINDOW) != 0;
  return g_steal_pointer (&draft);
}
