/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-sandbox-private.h"

#include <string.h>

#include "lobby-graph-error.h"
#include "lobby-graph-validate.h"

typedef struct
{
  char *product;
  char *type;
  char *file_name;
  char *file_type;
  GBytes *file;
} Upload;

static void
upload_clear (Upload *upload)
{
  g_free (upload->product);
  g_free (upload->type);
  g_free (upload->file_name);
  g_free (upload->file_type);
  g_clear_pointer (&upload->file, g_bytes_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Upload, upload_clear)

static char *
text_of (GBytes *bytes)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  return g_strndup (data ? data : "", MIN (size, 256));
}

static void
read_part (Upload *upload,
           SoupMessageHeaders *headers,
           GBytes *body)
{
  g_autofree char *disposition = NULL;
  g_autoptr (GHashTable) parameters = NULL;
  const char *name;

  if (!soup_message_headers_get_content_disposition (headers, &disposition, &parameters))
    return;
  name = g_hash_table_lookup (parameters, "name");
  if (g_strcmp0 (name, "messaging_product") == 0)
    {
      g_free (upload->product);
      upload->product = text_of (body);
    }
  else if (g_strcmp0 (name, "type") == 0)
    {
      g_free (upload->type);
      upload->type = text_of (body);
    }
  else if (g_strcmp0 (name, "file") == 0)
    {
      g_clear_pointer (&upload->file, g_bytes_unref);
      upload->file = g_bytes_ref (body);
      g_set_str (&upload->file_name, g_hash_table_lookup (parameters, "filename"));
      g_set_str (&upload->file_type, soup_message_headers_get_one (headers, "Content-Type"));
    }
}

static gboolean
read_upload (SoupServerMessage *message,
             Upload *upload,
             GError **error)
{
  g_autoptr (GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  SoupMultipart *multipart = soup_multipart_new_from_message (soup_server_message_get_request_headers (message), body);

  if (!multipart)
    return lobby_graph_refuse (error, 100, "The body has to be multipart/form-data.");
  for (int i = 0; i < soup_multipart_get_length (multipart); i++)
    {
      SoupMessageHeaders *headers;
      GBytes *part;

      if (soup_multipart_get_part (multipart, i, &headers, &part))
        read_part (upload, headers, part);
    }
  soup_multipart_free (multipart);
  return TRUE;
}

static const LobbyMedia *
keep_upload (LobbySandbox *self,
             Upload *upload,
             GError **error)
{
  const char *type = upload->file_type ? upload->file_type : upload->type;
  const LobbyMedia *media;

  if (g_strcmp0 (upload->product, "whatsapp") != 0)
    lobby_graph_refuse (error, 100, "The parameter messaging_product is required.");
  else if (!upload->file)
    lobby_graph_refuse (error, 100, "The parameter file is required.");
  else if (!type || !lobby_media_type_allowed (type))
    lobby_graph_refuse (error, 100,
                        "Param file must be a file with one of the following types: audio/aac, audio/mp4, audio/mpeg, audio/amr, "
                        "audio/ogg, audio/opus, application/vnd.ms-powerpoint, application/msword, "
                        "application/vnd.openxmlformats-officedocument.wordprocessingml.document, "
                        "application/vnd.openxmlformats-officedocument.presentationml.presentation, "
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet, application/pdf, text/plain, "
                        "application/vnd.ms-excel, image/jpeg, image/png, image/webp, video/mp4, video/3gpp. "
                        "Received file of type '%.64s'.",
                        type ? type : "application/octet-stream");
  else if (g_bytes_get_size (upload->file) > LOBBY_MEDIA_FILE_MAX)
    lobby_graph_refuse (error, 100, "Param file must be at most %d bytes.", LOBBY_MEDIA_FILE_MAX);
  else
    {
      media = lobby_media_store_add (self->media, upload->file, type, upload->file_name, FALSE);
      if (!media)
        lobby_graph_refuse (error, 131016, "The sandbox has no room for more files.");
      return media;
    }
  return NULL;
}

/* The line breaks when the file is here, and before that is told. */
static void
cut (SoupServerMessage *message)
{
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

  g_io_stream_close (stream, NULL, NULL);
}

void
lobby_graph_upload (LobbySandbox *self,
                    SoupServerMessage *message)
{
  g_auto (Upload) upload = { 0 };
  g_autoptr (GError) error = NULL;
  const LobbyMedia *media = NULL;

  if (read_upload (message, &upload, &error))
    media = keep_upload (self, &upload, &error);
  if (media && self->knobs.cut_uploads > 0)
    {
      self->knobs.cut_uploads--;
      cut (message);
    }
  else if (media)
    {
      JsonObject *answer = json_object_new ();

      json_object_set_string_member (answer, "id", media->id);
      lobby_answer_json (message, 200, answer);
    }
  else
    lobby_answer_graph_error (message, error);
}

static JsonObject *
media_to_json (LobbySandbox *self,
               const LobbyMedia *media)
{
  JsonObject *answer = json_object_new ();
  g_autofree char *url = lobby_media_store_make_url (self->media, media, self->url, self->knobs.media_url_ms);
  g_autofree char *size = g_strdup_printf ("%" G_GSIZE_FORMAT, g_bytes_get_size (media->bytes));

  json_object_set_string_member (answer, "url", url);
  json_object_set_string_member (answer, "mime_type", media->mime_type);
  json_object_set_string_member (answer, "sha256", media->sha256);
  json_object_set_string_member (answer, "file_size", size);
  json_object_set_string_member (answer, "id", media->id);
  json_object_set_string_member (answer, "messaging_product", "whatsapp");
  return answer;
}

gboolean
lobby_graph_media (LobbySandbox *self,
                   SoupServerMessage *message,
                   const char *id)
{
  const LobbyMedia *media = lobby_media_store_find (self->media, id);
  const char *method = soup_server_message_get_method (message);

  if (!media)
    return FALSE;
  if (g_str_equal (method, "DELETE"))
    {
      lobby_media_store_remove (self->media, id);
      lobby_answer_success (message);
      return TRUE;
    }
  if (!g_str_equal (method, "GET"))
    return FALSE;
  lobby_answer_json (message, 200, media_to_json (self, media));
  return TRUE;
}

void
lobby_graph_serve_media (LobbySandbox *self,
                         SoupServerMessage *message,
                         GHashTable *query)
{
  const char *id = query ? g_hash_table_lookup (query, "mid") : NULL;
  const char *hash = query ? g_hash_table_lookup (query, "hash") : NULL;
  const LobbyMedia *media = id && hash ? lobby_media_store_open (self->media, id, hash) : NULL;
  const char *bearer = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Authorization");
  g_autofree char *wanted = g_strconcat ("Bearer ", self->token, NULL);

  /* Every failure here is a bare 404 (CLOUD_API section 3). */
  if (!media || g_strcmp0 (bearer, wanted) != 0 || self->knobs.expire_token)
    {
      soup_server_message_set_status (message, 404, NULL);
      return;
    }
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Content-Type", media->mime_type);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), media->bytes);
  soup_server_message_set_status (message, 200, NULL);
}
