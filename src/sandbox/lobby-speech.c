/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-speech.h"

#include <gio/gio.h>
#include <string.h>

#include "lobby-graph-error.h"
#include "lobby-json.h"

static JsonObject *
message_new (const char *type,
             JsonObject *content)
{
  JsonObject *message = json_object_new ();

  json_object_set_string_member (message, "type", type);
  json_object_set_object_member (message, type, content);
  return message;
}

JsonObject *
lobby_speech_text (const char *body)
{
  JsonObject *content = json_object_new ();

  json_object_set_string_member (content, "body", body);
  return message_new ("text", content);
}

static gboolean
is_animated (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size > 21 && memcmp (data + 12, "VP8X", 4) == 0 && (data[20] & 2) != 0;
}

JsonObject *
lobby_speech_media (LobbyWorld *world,
                    const char *kind,
                    GBytes *bytes,
                    const char *mime_type,
                    const char *file_name,
                    const char *caption)
{
  const LobbyMedia *media = lobby_media_store_add (world->media, bytes, mime_type, file_name, TRUE);
  gboolean voice = g_str_equal (kind, "voice");
  g_autofree char *url = NULL;
  JsonObject *content;

  if (!media)
    return NULL;
  content = json_object_new ();
  url = lobby_media_store_make_url (world->media, media, world->base_url, world->knobs->media_url_ms);
  lobby_json_set_string (content, "caption", caption);
  if (g_str_equal (kind, "document"))
    lobby_json_set_string (content, "filename", file_name);
  json_object_set_string_member (content, "mime_type", mime_type);
  /* base64 here, hex from GET /{media_id}: both are seen in the wild. */
  json_object_set_string_member (content, "sha256", media->sha256_base64);
  json_object_set_string_member (content, "id", media->id);
  json_object_set_string_member (content, "url", url);
  if (voice || g_str_equal (kind, "audio"))
    json_object_set_boolean_member (content, "voice", voice);
  if (g_str_equal (kind, "sticker"))
    json_object_set_boolean_member (content, "animated", is_animated (bytes));
  return message_new (voice ? "audio" : kind, content);
}

JsonObject *
lobby_speech_reaction (const char *message_id,
                       const char *emoji)
{
  JsonObject *content = json_object_new ();

  json_object_set_string_member (content, "message_id", message_id);
  if (emoji && *emoji)
    json_object_set_string_member (content, "emoji", emoji);
  return message_new ("reaction", content);
}

JsonObject *
lobby_speech_unsupported (const char *what)
{
  JsonObject *message = json_object_new ();
  JsonObject *content = json_object_new ();
  JsonArray *errors = json_array_new ();
  JsonObject *error = lobby_graph_error_to_status (131051, NULL);

  json_object_set_string_member (error, "title", "Message type unknown");
  json_object_set_string_member (error, "message", "Message type unknown");
  json_object_remove_member (error, "href");
  json_array_add_object_element (errors, error);
  json_object_set_string_member (message, "type", "unsupported");
  json_object_set_array_member (message, "errors", errors);
  json_object_set_string_member (content, "type", what);
  json_object_set_object_member (message, "unsupported", content);
  return message;
}

void
lobby_speech_quote (JsonObject *message,
                    const char *author,
                    const char *id)
{
  JsonObject *context = json_object_new ();

  lobby_json_set_string (context, "from", author);
  json_object_set_string_member (context, "id", id);
  json_object_set_object_member (message, "context", context);
}

const char *
lobby_speech_mime_type (const char *file_name,
                        const char *kind)
{
  static const struct
  {
    const char *suffix;
    const char *mime_type;
  } types[] = {
    { ".jpg", "image/jpeg" },
    { ".jpeg", "image/jpeg" },
    { ".png", "image/png" },
    { ".webp", "image/webp" },
    { ".mp4", "video/mp4" },
    { ".3gp", "video/3gpp" },
    { ".ogg", "audio/ogg; codecs=opus" },
    { ".mp3", "audio/mpeg" },
    { ".m4a", "audio/mp4" },
    { ".pdf", "application/pdf" },
    { ".txt", "text/plain" },
    { ".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
    { ".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
  };
  g_autofree char *lower = g_ascii_strdown (file_name, -1);

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (g_str_has_suffix (lower, types[i].suffix))
      return types[i].mime_type;
  /* Customers send files of any kind as documents. */
  return g_str_equal (kind, "document") ? "application/octet-stream" : NULL;
}

static JsonObject *
location (const LobbySpeech *speech)
{
  JsonObject *content = json_object_new ();

  json_object_set_double_member (content, "latitude", speech->latitude);
  json_object_set_double_member (content, "longitude", speech->longitude);
  if (speech->words[1])
    {
      json_object_set_string_member (content, "name", speech->words[1]);
      lobby_json_set_string (content, "address", speech->words[2]);
    }
  return message_new ("location", content);
}

static JsonObject *
name_card (const char *whole)
{
  JsonObject *name = json_object_new ();
  g_auto (GStrv) parts = g_strsplit (whole, " ", 2);

  json_object_set_string_member (name, "formatted_name", whole);
  lobby_json_set_string (name, "first_name", parts[0]);
  lobby_json_set_string (name, "last_name", parts[0] ? parts[1] : NULL);
  return name;
}

static char *
digits_of (const char *number)
{
  GString *digits = g_string_new (NULL);

  for (const char *p = number; *p; p++)
    if (g_ascii_isdigit (*p))
      g_string_append_c (digits, *p);
  return g_string_free (digits, FALSE);
}

static JsonObject *
contact (const LobbySpeech *speech)
{
  JsonObject *message = json_object_new ();
  JsonObject *card = json_object_new ();
  JsonObject *phone = json_object_new ();
  JsonArray *phones = json_array_new ();
  JsonArray *cards = json_array_new ();
  g_autofree char *digits = digits_of (speech->words[1]);

  json_object_set_object_member (card, "name", name_card (speech->words[0]));
  if (speech->words[2])
    {
      JsonObject *org = json_object_new ();

      json_object_set_string_member (org, "company", speech->words[2]);
      json_object_set_object_member (card, "org", org);
    }
  json_object_set_string_member (phone, "phone", speech->words[1]);
  json_object_set_string_member (phone, "wa_id", digits);
  json_object_set_string_member (phone, "type", "CELL");
  json_array_add_object_element (phones, phone);
  json_object_set_array_member (card, "phones", phones);
  json_array_add_object_element (cards, card);
  json_object_set_string_member (message, "type", "contacts");
  json_object_set_array_member (message, "contacts", cards);
  return message;
}

static JsonObject *
file (LobbyWorld *world,
      const LobbySpeech *speech,
      const char *media_folder,
      GError **error)
{
  static const char *const names[] = {
    [LOBBY_SPEECH_IMAGE] = "image",
    [LOBBY_SPEECH_VIDEO] = "video",
    [LOBBY_SPEECH_AUDIO] = "audio",
    [LOBBY_SPEECH_VOICE] = "voice",
    [LOBBY_SPEECH_DOCUMENT] = "document",
    [LOBBY_SPEECH_STICKER] = "sticker",
  };
  const char *kind = names[speech->kind];
  gboolean document = speech->kind == LOBBY_SPEECH_DOCUMENT;
  const char *shown = document && speech->words[1] ? speech->words[1] : speech->words[0];
  const char *caption = speech->words[1] ? speech->words[document ? 2 : 1] : NULL;
  const char *mime_type = lobby_speech_mime_type (speech->words[0], kind);
  g_autofree char *path = g_build_filename (media_folder, speech->words[0], NULL);
  g_autoptr (GBytes) bytes = NULL;
  JsonObject *message;
  char *contents;
  gsize length;

  if (!g_file_get_contents (path, &contents, &length, error))
    return NULL;
  bytes = g_bytes_new_take (contents, length);
  message = lobby_speech_media (world, kind, bytes, mime_type ? mime_type : "application/octet-stream", shown, caption);
  if (!message)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "The store of files is full");
  return message;
}

JsonObject *
lobby_speech_to_message (LobbyWorld *world,
                         const LobbySpeech *speech,
                         const char *media_folder,
                         const char *target,
                         const char *author,
                         GError **error)
{
  JsonObject *message;

  switch (speech->kind)
    {
    case LOBBY_SPEECH_TEXT:
      message = lobby_speech_text (speech->words[0]);
      break;
    case LOBBY_SPEECH_LOCATION:
      message = location (speech);
      break;
    case LOBBY_SPEECH_CONTACT:
      message = contact (speech);
      break;
    case LOBBY_SPEECH_REACTION:
      return lobby_speech_reaction (target ? target : "", speech->words[0]);
    case LOBBY_SPEECH_UNSUPPORTED:
      message = lobby_speech_unsupported (speech->words[0]);
      break;
    default:
      message = file (world, speech, media_folder, error);
    }
  if (message && target)
    lobby_speech_quote (message, author, target);
  return message;
}
