/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-graph-validate.h"

#include <string.h>

#include "lobby-graph-error.h"
#include "lobby-json.h"

#define TEXT_MAX 4096
#define CAPTION_MAX 1024
#define OPAQUE_MAX 512
#define FILENAME_MAX 240
#define STRING_MAX (1024 * 1024)

static const char *const types[] = {
  "audio", "contacts", "document", "image", "interactive", "location", "reaction", "sticker", "template", "text", "video", NULL
};

gboolean
lobby_graph_refuse (GError **error,
                    int code,
                    const char *format,
                    ...)
{
  va_list arguments;
  g_autofree char *details = NULL;

  va_start (arguments, format);
  details = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, LOBBY_GRAPH_ERROR, code, details);
  return FALSE;
}

gboolean
lobby_graph_check_string (JsonObject *object,
                          const char *name,
                          const char *path,
                          guint least,
                          guint most,
                          GError **error)
{
  const char *value = lobby_json_get_string (object, name, STRING_MAX);
  glong length;

  if (!value && object && json_object_has_member (object, name) && !json_object_get_null_member (object, name))
    return lobby_graph_refuse (error, 100, "Param %s must be a string.", path);
  length = value ? g_utf8_strlen (value, -1) : 0;
  if (length == 0 && least > 0)
    return lobby_graph_refuse (error, 100, "The parameter %s is required.", path);
  if ((guint)length < least)
    return lobby_graph_refuse (error, 100, "Param %s must be at least %u characters long.", path, least);
  if ((guint)length > most)
    return lobby_graph_refuse (error, 100, "Param %s must be at most %u characters long.", path, most);
  return TRUE;
}

static gboolean
check_text (JsonObject *message,
            GError **error)
{
  JsonObject *text = lobby_json_get_object (message, "text");

  if (!text)
    return lobby_graph_refuse (error, 100, "The parameter text is required.");
  if (json_object_has_member (text, "preview_url")
      && lobby_json_get_boolean_or (text, "preview_url", FALSE) != lobby_json_get_boolean_or (text, "preview_url", TRUE))
    return lobby_graph_refuse (error, 100, "Param text['preview_url'] must be a boolean.");
  return lobby_graph_check_string (text, "body", "text['body']", 1, TEXT_MAX, error);
}

static gboolean
check_link (const char *link,
            const char *type,
            GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (link, G_URI_FLAGS_NONE, NULL);

  if (!uri || (!g_str_equal (g_uri_get_scheme (uri), "https") && !g_str_equal (g_uri_get_scheme (uri), "http"))
      || !g_uri_get_host (uri) || !*g_uri_get_host (uri))
    return lobby_graph_refuse (error, 100, "Param %s['link'] is not a valid URI.", type);
  return TRUE;
}

static gboolean
check_media (JsonObject *message,
             const char *type,
             GError **error)
{
  JsonObject *media = lobby_json_get_object (message, type);
  const char *id = lobby_json_get_string (media, "id", STRING_MAX);
  const char *link = lobby_json_get_string (media, "link", STRING_MAX);
  g_autofree char *caption_path = g_strdup_printf ("%s['caption']", type);
  gboolean captioned = g_str_equal (type, "image") || g_str_equal (type, "video") || g_str_equal (type, "document");

  if (!media)
    return lobby_graph_refuse (error, 100, "The parameter %s is required.", type);
  if ((id != NULL) == (link != NULL))
    return lobby_graph_refuse (error, 100, "Param %s must have exactly one of id or link.", type);
  if (link && !check_link (link, type, error))
    return FALSE;
  if (!captioned && json_object_has_member (media, "caption"))
    return lobby_graph_refuse (error, 100, "Unexpected key \"caption\" on param \"%s\".", type);
  if (!g_str_equal (type, "document") && json_object_has_member (media, "filename"))
    return lobby_graph_refuse (error, 100, "Unexpected key \"filename\" on param \"%s\".", type);
  if (!g_str_equal (type, "audio") && json_object_has_member (media, "voice"))
    return lobby_graph_refuse (error, 100, "Unexpected key \"voice\" on param \"%s\".", type);
  return lobby_graph_check_string (media, "caption", caption_path, 0, CAPTION_MAX, error)
         && lobby_graph_check_string (media, "filename", "document['filename']", 0, FILENAME_MAX, error);
}

static gboolean
check_coordinate (JsonObject *location,
                  const char *name,
                  double limit,
                  GError **error)
{
  const char *text = lobby_json_get_string (location, name, 64);
  char *end = NULL;
  double value = lobby_json_get_double_or (location, name, limit + 1);

  /* Meta takes numbers in strings too. */
  if (text)
    {
      value = g_ascii_strtod (text, &end);
      if (end == text || *end)
        value = limit + 1;
    }
  if (!json_object_has_member (location, name))
    return lobby_graph_refuse (error, 100, "The parameter location['%s'] is required.", name);
  if (!(value >= -limit && value <= limit))
    return lobby_graph_refuse (error, 131009, "Param location['%s'] must be from -%g to %g.", name, limit, limit);
  return TRUE;
}

static gboolean
check_location (JsonObject *message,
                GError **error)
{
  JsonObject *location = lobby_json_get_object (message, "location");

  if (!location)
    return lobby_graph_refuse (error, 100, "The parameter location is required.");
  return check_coordinate (location, "latitude", 90, error)
         && check_coordinate (location, "longitude", 180, error)
         && lobby_graph_check_string (location, "name", "location['name']", 0, 1000, error)
         && lobby_graph_check_string (location, "address", "location['address']", 0, 1000, error);
}

static gboolean
check_reaction (JsonObject *message,
                GError **error)
{
  JsonObject *reaction = lobby_json_get_object (message, "reaction");
  const char *emoji = lobby_json_get_string (reaction, "emoji", STRING_MAX);

  if (!reaction)
    return lobby_graph_refuse (error, 100, "The parameter reaction is required.");
  if (!lobby_graph_check_string (reaction, "message_id", "reaction['message_id']", 1, OPAQUE_MAX, error))
    return FALSE;
  if (!emoji)
    return lobby_graph_refuse (error, 100, "The parameter reaction['emoji'] is required.");
  /* One emoji; the longest sequences (families with skin tones) have about a dozen code points. */
  if (g_utf8_strlen (emoji, -1) > 16 || (*emoji && g_utf8_get_char (emoji) < 0x80 && !strstr (emoji, "\xE2\x83\xA3")))
    return lobby_graph_refuse (error, 131009, "Param reaction['emoji'] must be one emoji.");
  return TRUE;
}

static gboolean
check_type (JsonObject *message,
            const char *type,
            GError **error)
{
  if (g_str_equal (type, "text"))
    return check_text (message, error);
  if (g_str_equal (type, "location"))
    return check_location (message, error);
  if (g_str_equal (type, "reaction"))
    return check_reaction (message, error);
  if (g_str_equal (type, "contacts"))
    return lobby_graph_validate_contacts (lobby_json_get_array (message, "contacts"), error);
  if (g_str_equal (type, "interactive"))
    return lobby_graph_validate_interactive (lobby_json_get_object (message, "interactive"), error);
  if (g_str_equal (type, "template"))
    return lobby_graph_validate_template (lobby_json_get_object (message, "template"), error);
  return check_media (message, type, error);
}

static gboolean
check_recipient (JsonObject *message,
                 GError **error)
{
  const char *recipient_type = lobby_json_get_string (message, "recipient_type", STRING_MAX);

  if (recipient_type && !g_str_equal (recipient_type, "individual") && !g_str_equal (recipient_type, "group"))
    return lobby_graph_refuse (error, 100, "Param recipient_type must be one of {INDIVIDUAL, GROUP} - got \"%s\".", recipient_type);
  if (lobby_json_get_string (message, "recipient", STRING_MAX) && !json_object_has_member (message, "to"))
    return lobby_graph_check_string (message, "recipient", "recipient", 1, 160, error);
  return lobby_graph_check_string (message, "to", "to", 1, 64, error);
}

static gboolean
check_context (JsonObject *message,
               GError **error)
{
  JsonObject *context = lobby_json_get_object (message, "context");

  if (!json_object_has_member (message, "context"))
    return TRUE;
  if (!context)
    return lobby_graph_refuse (error, 100, "Param context must be a JSON object.");
  return lobby_graph_check_string (context, "message_id", "context['message_id']", 1, OPAQUE_MAX, error);
}

gboolean
lobby_graph_validate_message (JsonObject *message,
                              GError **error)
{
  const char *product = lobby_json_get_string (message, "messaging_product", STRING_MAX);
  const char *type = lobby_json_get_string (message, "type", STRING_MAX);

  if (!product)
    return lobby_graph_refuse (error, 100, "The parameter messaging_product is required.");
  if (!g_str_equal (product, "whatsapp"))
    return lobby_graph_refuse (error, 100, "Param messaging_product must be one of {WHATSAPP} - got \"%s\".", product);
  if (!check_recipient (message, error))
    return FALSE;
  if (!type && json_object_has_member (message, "text"))
    type = "text";
  if (!type)
    return lobby_graph_refuse (error, 100, "The parameter type is required.");
  if (!g_strv_contains (types, type))
    {
      g_autofree char *list = g_strjoinv (", ", (char **)types);
      g_autofree char *upper = g_ascii_strup (list, -1);

      return lobby_graph_refuse (error, 100, "Param type must be one of {%s} - got \"%s\".", upper, type);
    }
  return check_context (message, error)
         && lobby_graph_check_string (message, "biz_opaque_callback_data", "biz_opaque_callback_data", 0, OPAQUE_MAX, error)
         && check_type (message, type, error);
}
