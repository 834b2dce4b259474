/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-draft.h"

#include <string.h>

#include "lobby-draft-check.h"
#include "lobby-draft-filling.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-media-limits.h"

#define CLIENT_ID_MAX 128
/* What WhatsApp takes, in characters. */
#define TEXT_MAX 4096
/* A character is at most four bytes. A little above, so that a longer text is told from an absent one. */
#define TEXT_BYTES_MAX LOBBY_REST_SMALL_BODY
#define EMOJI_BYTES_MAX 64
#define CAPTION_MAX 1024 /* characters */
#define FILE_NAME_BYTES_MAX 240

/* What is being read; each reader fills in draft, or answers and returns FALSE. */
typedef struct
{
  LobbyRest *rest;
  LobbyHttpExchange *exchange;
  const LobbyWireConversation *conversation;
  LobbyCapabilities capabilities;
  JsonObject *body;
  LobbyDraft *draft;
  LobbyWireMessage *taken; /* under the same client id; NULL: it is new */
} Reading;

/* A draft that was taken already is not judged anew: what was right then may not be any more, and its client must hear that it is sent. */
static gboolean
refuse (Reading *reading,
        const char *code,
        const char *message)
{
  if (reading->taken != NULL && reading->taken->type == reading->draft->type
      && strcmp (reading->taken->contact_id, reading->conversation->contact_id) == 0)
    lobby_rest_answer_message (reading->rest, reading->exchange, 200, reading->taken);
  else if (reading->taken != NULL)
    lobby_http_exchange_answer_error (reading->exchange, 409, "client_id_reused", "This client id belongs to another message");
  else
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

/* Files */

/* Whether the conversation's connection takes @file as a @kind. The upload was checked, but perhaps for another connection. */
static gboolean
fits_connection (Reading *reading,
                 const LobbyMediaFile *file,
                 const char *kind)
{
  g_autoptr (LobbyConnection) connection = lobby_storage (reading->rest->storage, get_connection, reading->conversation->connection_id);
  /* Whether a sticker moves was looked at when it was uploaded. */
  const LobbyMediaFacts facts = { file->sha256, file->mime_type, file->size, file->width, file->height, file->duration, TRUE };
  g_autofree char *message = NULL;
  LobbyMediaFit fit = connection != NULL ? lobby_media_limits_check (connection->kind, kind, &facts, &message) : LOBBY_MEDIA_FITS;

  return fit == LOBBY_MEDIA_FITS || refuse (reading, lobby_media_fit_get_code (fit), message);
}

/* The finished upload "mediaId", when one is named, as a @kind (NULL: as what it was uploaded as). That it is gone is told
 * later: a draft that was taken before may name it. */
static gboolean
read_file (Reading *reading,
           const char *kind)
{
  const char *id = lobby_json_get_string (reading->body, "mediaId", LOBBY_ID_MAX);
  g_autofree char *business_id = NULL;
  g_autoptr (LobbyMediaFile) file = NULL;

  if (id == NULL)
    return TRUE;
  reading->draft->upload_id = g_strdup (id);
  file = lobby_storage (reading->rest->storage, get_upload, id, &business_id);
  if (file == NULL || strcmp (business_id, reading->conversation->business_id) != 0)
    return TRUE;
  if (!fits_connection (reading, file, kind != NULL ? kind : file->kind))
    return FALSE;
  reading->draft->media = g_steal_pointer (&file);
  return TRUE;
}

static gboolean
read_media (Reading *reading)
{
  LobbyMessageType type = reading->draft->type;
  const char *caption = lobby_json_get_string (reading->body, "text", LOBBY_REST_SMALL_BODY);
  const char *file_name = lobby_json_get_string (reading->body, "fileName", FILE_NAME_BYTES_MAX);
  gboolean may_speak = type == LOBBY_MESSAGE_IMAGE || type == LOBBY_MESSAGE_VIDEO || type == LOBBY_MESSAGE_DOCUMENT;

  if (!read_file (reading, lobby_message_type_to_string (type)))
    return FALSE;
  if (reading->draft->upload_id == NULL)
    return refuse (reading, "media_not_found", "There is no file to send. Upload it first, and name it as mediaId.");
  if (caption != NULL && *caption != '\0' && !may_speak)
    return refuse (reading, "no_caption", "This kind of message has no caption. Send the text by itself.");
  if (caption != NULL && g_utf8_strlen (caption, -1) > CAPTION_MAX)
    return refuse (reading, "too_long", "WhatsApp takes captions of at most 1024 characters");
  if (caption != NULL && *caption != '\0')
    reading->draft->content = g_strdup (caption);
  if (reading->draft->media != NULL && type == LOBBY_MESSAGE_DOCUMENT && file_name != NULL && *file_name != '\0')
    g_set_str (&reading->draft->media->file_name, file_name);
  return TRUE;
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
  if (!read_file (reading, NULL)
      || !is_good (reading, "bad_interactive", lobby_draft_check_interactive (interactive, reading->draft->upload_id != NULL)))
    return FALSE;
  keep_member (reading, "interactive", json_object_dup_member (reading->body, "interactive"));
  reading->draft->content = g_strdup (lobby_json_get_string (lobby_json_get_object (interactive, "body"), "text", LOBBY_REST_SMALL_BODY));
  return TRUE;
}

/* What WhatsApp approved under these names, as far as we know; NULL: nothing. */
static LobbyTemplate *
find_template (Reading *reading,
               JsonObject *given)
{
  const char *name = lobby_json_get_string (given, "name", LOBBY_WIRE_MAX_NAME);
  const char *language = lobby_json_get_string (given, "language", LOBBY_WIRE_MAX_NAME);
  gint64 synced_at;
  g_autoptr (GPtrArray) templates = lobby_storage (reading->rest->storage, list_templates, reading->conversation->connection_id, &synced_at);

  for (guint i = 0; templates != NULL && i < templates->len; i++)
    {
      const LobbyTemplate *template = g_ptr_array_index (templates, i);

      if (strcmp (template->name, name) == 0 && strcmp (template->language, language) == 0)
        return g_ptr_array_steal_index (templates, i);
    }
  return NULL;
}

/* Its words, as the customer reads them. One that we do not know yet is left to WhatsApp. */
static gboolean
fill_in_template (Reading *reading,
                  JsonObject *given)
{
  g_autoptr (LobbyTemplate) template = find_template (reading, given);
  JsonObject *frame;

  if (template == NULL)
    {
      reading->draft->content = g_strdup (lobby_json_get_string (given, "name", LOBBY_WIRE_MAX_NAME));
      return TRUE;
    }
  if (!is_good (reading, "bad_template", lobby_draft_filling_check (template, given)))
    return FALSE;
  reading->draft->content = lobby_draft_filling_text (template, given);
  frame = lobby_draft_filling_frame (template, given);
  json_object_set_object_member (reading->draft->metadata, "template_frame", frame);
  return TRUE;
}

static gboolean
read_template (Reading *reading)
{
  JsonObject *template = lobby_json_get_object (reading->body, "template");

  if ((reading->capabilities & LOBBY_CAN_TEMPLATES) == 0)
    return refuse (reading, "not_supported_by_connection", "This connection knows no templates");
  if (!read_file (reading, NULL)
      || !is_good (reading, "bad_template", lobby_draft_check_template (template, reading->draft->upload_id != NULL)))
    return FALSE;
  keep_member (reading, "template", json_object_dup_member (reading->body, "template"));
  return fill_in_template (reading, template);
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
  { LOBBY_MESSAGE_IMAGE, read_media },
  { LOBBY_MESSAGE_VIDEO, read_media },
  { LOBBY_MESSAGE_AUDIO, read_media },
  { LOBBY_MESSAGE_VOICE, read_media },
  { LOBBY_MESSAGE_DOCUMENT, read_media },
  { LOBBY_MESSAGE_STICKER, read_media },
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
  g_autoptr (LobbyWireMessage) taken = NULL;
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
  taken = lobby_storage (self->storage, find_message_by_client_id, conversation->business_id, draft->client_id);
  reading.taken = taken;
  if (!read_draft (&reading))
    return NULL;
  /* WhatsApp quotes nothing in these. */
  if (draft->type != LOBBY_MESSAGE_REACTION && draft->type != LOBBY_MESSAGE_TEMPLATE)
    draft->quoted_id = g_strdup (lobby_json_get_string (body, "quotedMessageId", LOBBY_ID_MAX));
  draft->needs_window = draft->type != LOBBY_MESSAGE_TEMPLATE && (reading.capabilities & LOBBY_HAS_SERVICE_WINDOW) != 0;
  return g_steal_pointer (&draft);
}
