/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-adapter.h"
#include "lobby-json.h"

#include <string.h>

/* What goes to the Graph API (CLOUD_API 2 and 3). */

/* Characters. */
#define MAX_TEXT 4096

static GError *
refuse (const char *title,
        const char *details)
{
  return lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, title, details);
}

static gboolean
has_link (const char *text)
{
  return strstr (text, "https://") != NULL || strstr (text, "http://") != NULL;
}

static void
set_recipient (JsonObject *root,
               const LobbyOutbound *outbound)
{
  g_autofree char *number = NULL;

  json_object_set_string_member (root, "recipient_type", "individual");
  if (outbound->to_phone == NULL)
    {
      json_object_set_string_member (root, "recipient", outbound->to_bsuid);
      return;
    }
  /* Without the plus sign WhatsApp puts our own country code before it. */
  number = g_strconcat (*outbound->to_phone == '+' ? "" : "+", outbound->to_phone, NULL);
  json_object_set_string_member (root, "to", number);
}

/* Bodies: the member that has the type's name. NULL and LOBBY_SEND_ERROR_REFUSED when there is nothing WhatsApp could take. */

static JsonNode *
take_object (JsonObject *object)
{
  JsonNode *node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  return node;
}

static JsonNode *
build_text (const LobbyOutbound *outbound,
            GError **error)
{
  JsonObject *text;

  if (outbound->content == NULL || *outbound->content == '\0')
    {
      g_propagate_error (error, refuse ("Empty", "There is no text to send"));
      return NULL;
    }
  if (g_utf8_strlen (outbound->content, -1) > MAX_TEXT)
    {
      g_propagate_error (error, refuse ("Too long", "WhatsApp takes texts of up to 4096 characters"));
      return NULL;
    }
  text = json_object_new ();
  json_object_set_string_member (text, "body", outbound->content);
  json_object_set_boolean_member (text, "preview_url", has_link (outbound->content));
  return take_object (text);
}

static JsonNode *
build_media (const LobbyOutbound *outbound,
             const char *media_id,
             GError **error)
{
  gboolean has_caption = outbound->type == LOBBY_MESSAGE_IMAGE || outbound->type == LOBBY_MESSAGE_VIDEO || outbound->type == LOBBY_MESSAGE_DOCUMENT;
  JsonObject *media;

  if (media_id == NULL)
    {
      g_propagate_error (error, refuse ("No file", "The file of this message is not there any more"));
      return NULL;
    }
  media = json_object_new ();
  json_object_set_string_member (media, "id", media_id);
  if (has_caption && outbound->content != NULL && *outbound->content != '\0')
    json_object_set_string_member (media, "caption", outbound->content);
  if (outbound->type == LOBBY_MESSAGE_DOCUMENT && outbound->media != NULL)
    lobby_json_set_string (media, "filename", outbound->media->file_name);
  if (outbound->type == LOBBY_MESSAGE_VOICE)
    json_object_set_boolean_member (media, "voice", TRUE);
  return take_object (media);
}

static JsonNode *
build_reaction (const LobbyOutbound *outbound,
                GError **error)
{
  JsonObject *reaction;

  if (outbound->target_whatsapp_id == NULL)
    {
      g_propagate_error (error, refuse ("No message", "The message that this reaction is about was not sent"));
      return NULL;
    }
  reaction = json_object_new ();
  json_object_set_string_member (reaction, "message_id", outbound->target_whatsapp_id);
  json_object_set_string_member (reaction, "emoji", outbound->content != NULL ? outbound->content : "");
  return take_object (reaction);
}

/* What the draft has in WhatsApp's own form already: a copy through and through, to be completed. */
static JsonNode *
build_given (const LobbyOutbound *outbound,
             const char *name,
             GError **error)
{
  JsonNode *given = outbound->metadata != NULL ? json_object_get_member (outbound->metadata, name) : NULL;
  g_autofree char *json = NULL;

  if (given == NULL || JSON_NODE_HOLDS_NULL (given))
    {
      g_propagate_error (error, refuse ("Empty", "There is nothing to send"));
      return NULL;
    }
  json = lobby_json_to_string (given);
  return lobby_json_parse (json, -1, error);
}

/* Puts the file into {"type":"image","image":{…}}, unless that has a link. */
static void
set_header_file (JsonObject *header,
                 const LobbyOutbound *outbound,
                 const char *media_id)
{
  const char *type = lobby_json_get_string (header, "type", 64);
  g_autofree char *name = type != NULL ? g_ascii_strdown (type, -1) : NULL;
  JsonObject *file;

  if (name == NULL || (strcmp (name, "image") != 0 && strcmp (name, "video") != 0 && strcmp (name, "document") != 0))
    return;
  file = lobby_json_get_object (header, name);
  if (file == NULL)
    {
      file = json_object_new ();
      json_object_set_object_member (header, name, file);
    }
  if (json_object_has_member (file, "link"))
    return;
  json_object_set_string_member (file, "id", media_id);
  if (strcmp (name, "document") == 0 && !json_object_has_member (file, "filename"))
    lobby_json_set_string (file, "filename", outbound->media->file_name);
}

/* {"name","language":"en_US","components"}: WhatsApp wants the language as an object. */
static JsonNode *
build_template (const LobbyOutbound *outbound,
                const char *media_id,
                GError **error)
{
  g_autoptr (JsonNode) node = build_given (outbound, "template", error);
  JsonObject *template = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonArray *components = lobby_json_get_array (template, "components");
  const char *code = lobby_json_get_string (template, "language", 64);

  if (code != NULL)
    {
      JsonObject *language = json_object_new ();

      json_object_set_string_member (language, "code", code);
      json_object_set_object_member (template, "language", language);
    }
  for (guint i = 0; media_id != NULL && i < lobby_json_array_length (components); i++)
    {
      JsonObject *component = lobby_json_array_object (components, i);
      const char *type = lobby_json_get_string (component, "type", 64);

      if (type != NULL && g_ascii_strcasecmp (type, "header") == 0)
        set_header_file (lobby_json_array_object (lobby_json_get_array (component, "parameters"), 0), outbound, media_id);
    }
  return g_steal_pointer (&node);
}

static JsonNode *
build_interactive (const LobbyOutbound *outbound,
                   const char *media_id,
                   GError **error)
{
  JsonNode *node = build_given (outbound, "interactive", error);

  if (node != NULL && media_id != NULL && JSON_NODE_HOLDS_OBJECT (node))
    set_header_file (lobby_json_get_object (json_node_get_object (node), "header"), outbound, media_id);
  return node;
}

static JsonNode *
build_body (const LobbyOutbound *outbound,
            const char *media_id,
            GError **error)
{
  switch (outbound->type)
    {
    case LOBBY_MESSAGE_TEXT:
      return build_text (outbound, error);
    case LOBBY_MESSAGE_IMAGE:
    case LOBBY_MESSAGE_VIDEO:
    case LOBBY_MESSAGE_AUDIO:
    case LOBBY_MESSAGE_VOICE:
    case LOBBY_MESSAGE_DOCUMENT:
    case LOBBY_MESSAGE_STICKER:
      return build_media (outbound, media_id, error);
    case LOBBY_MESSAGE_LOCATION:
    case LOBBY_MESSAGE_CONTACTS:
      return build_given (outbound, lobby_message_type_to_string (outbound->type), error);
    case LOBBY_MESSAGE_INTERACTIVE:
      return build_interactive (outbound, media_id, error);
    case LOBBY_MESSAGE_TEMPLATE:
      return build_template (outbound, media_id, error);
    case LOBBY_MESSAGE_REACTION:
      return build_reaction (outbound, error);
    case LOBBY_MESSAGE_SYSTEM:
    case LOBBY_MESSAGE_NOTE:
    case LOBBY_MESSAGE_ORDER:
    case LOBBY_MESSAGE_CALL:
    case LOBBY_MESSAGE_UNSUPPORTED:
    default:
      g_propagate_error (error, refuse ("Unsupported", "This kind of message cannot be sent"));
      return NULL;
    }
}

static void
set_context (JsonObject *root,
             const char *quoted_whatsapp_id)
{
  JsonObject *context = json_object_new ();

  json_object_set_string_member (context, "message_id", quoted_whatsapp_id);
  json_object_set_object_member (root, "context", context);
}

char *
lobby_cloud_adapter_build_message (const LobbyOutbound *outbound,
                                   const char *media_id,
                                   GError **error)
{
  g_autoptr (JsonObject) root = NULL;
  const char *type = outbound->type == LOBBY_MESSAGE_VOICE ? "audio" : lobby_message_type_to_string (outbound->type);
  JsonNode *body;

  if (outbound->action != LOBBY_OUTBOUND_SEND)
    {
      g_propagate_error (error, refuse ("Unsupported", "WhatsApp's Cloud API cannot change a message that was sent"));
      return NULL;
    }
  if (outbound->to_phone == NULL && outbound->to_bsuid == NULL)
    {
      g_propagate_error (error, refuse ("No recipient", "This contact has no number and no user id to write to"));
      return NULL;
    }
  body = build_body (outbound, media_id, error);
  if (body == NULL)
    return NULL;

  root = json_object_new ();
  json_object_set_string_member (root, "messaging_product", "whatsapp");
  json_object_set_string_member (root, "type", type);
  json_object_set_member (root, type, body);
  set_recipient (root, outbound);
  if (outbound->quoted_whatsapp_id != NULL && outbound->type != LOBBY_MESSAGE_REACTION && outbound->type != LOBBY_MESSAGE_TEMPLATE)
    set_context (root, outbound->quoted_whatsapp_id);
  json_object_set_string_member (root, "biz_opaque_callback_data", outbound->message_id);
  return lobby_json_object_to_string (root);
}

static gboolean
is_within (const char *host,
           const char *domain)
{
  const char *at = g_str_has_suffix (host, domain) ? host + strlen (host) - strlen (domain) : NULL;

  return at != NULL && (at == host || at[-1] == '.');
}

gboolean
lobby_cloud_adapter_trusts (const char *graph_url,
                            const char *url)
{
  static const char *const domains[] = { "facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net", "whatsapp.com" };
  g_autoptr (GUri) graph = g_uri_parse (graph_url, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL)
    return FALSE;
  if (graph != NULL && g_strcmp0 (g_uri_get_host (graph), host) == 0 && g_uri_get_port (graph) == g_uri_get_port (uri)
      && strcmp (g_uri_get_scheme (graph), g_uri_get_scheme (uri)) == 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (domains); i++)
    {
      if (strcmp (g_uri_get_scheme (uri), "https") == 0 && is_within (host, domains[i]))
        return TRUE;
    }
  return FALSE;
}
