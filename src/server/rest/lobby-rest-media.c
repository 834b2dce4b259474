/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

/* Files come from strangers: only kinds that cannot act are shown in place, nothing is sniffed, nothing may run. */

static gboolean
is_token (const char *text)
{
  return *text != '\0' && strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&-^_.+") == strlen (text);
}

/* "type/subtype" with harmless parameters, else octet-stream: it becomes a header. */
static const char *
safe_type (const char *type)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *essence = NULL;
  const char *fallback = "application/octet-stream";

  if (type == NULL || strlen (type) > 200)
    return fallback;
  for (const char *c = type; *c != '\0'; c++)
    if (!g_ascii_isprint (*c))
      return fallback;
  essence = g_strndup (type, strcspn (type, ";"));
  g_strstrip (essence);
  parts = g_strsplit (essence, "/", 3);
  return g_strv_length (parts) == 2 && is_token (parts[0]) && is_token (parts[1]) ? type : fallback;
}

static gboolean
may_show_in_place (const char *type)
{
  return (g_str_has_prefix (type, "image/") && !g_str_has_prefix (type, "image/svg"))
         || g_str_has_prefix (type, "video/") || g_str_has_prefix (type, "audio/");
}

/* RFC 6266: the name in UTF-8, escaped. */
static char *
disposition (const char *type,
             const char *file_name)
{
  const char *kind = may_show_in_place (type) ? "inline" : "attachment";
  g_autofree char *base = NULL;
  g_autofree char *escaped = NULL;

  if (file_name == NULL || *file_name == '\0')
    return g_strdup (kind);
  base = g_path_get_basename (file_name);
  escaped = g_uri_escape_string (base, NULL, FALSE);
  return g_strdup_printf ("%s; filename*=UTF-8''%s", kind, escaped);
}

/* The file of the message in the path, when the agent may see it. NULL: answered. */
static LobbyMediaFile *
find_file (LobbyRest *self,
           LobbyHttpExchange *exchange)
{
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autofree char *business_id = NULL;
  g_autoptr (LobbyMediaFile) file = lobby_storage (self->storage, get_media, lobby_http_exchange_get_parameter (exchange, "id"), &business_id);

  if (file != NULL && lobby_storage (self->storage, agent_may, agent->id, business_id))
    return g_steal_pointer (&file);
  lobby_rest_answer_not_found (exchange);
  return NULL;
}

static void
answer_file (LobbyHttpExchange *exchange,
             const char *etag,
             const char *path,
             const char *type)
{
  lobby_http_exchange_add_header (exchange, "ETag", etag);
  lobby_http_exchange_add_header (exchange, "Cache-Control", "private, max-age=31536000, immutable");
  lobby_http_exchange_add_header (exchange, "X-Content-Type-Options", "nosniff");
  lobby_http_exchange_add_header (exchange, "Content-Security-Policy", "default-src 'none'; sandbox");
  lobby_http_exchange_answer_file (exchange, path, type);
}

static void
on_get_media (LobbyHttpExchange *exchange,
              gpointer data)
{
  g_autoptr (LobbyMediaFile) file = find_file (data, exchange);
  g_autofree char *etag = NULL;
  g_autofree char *content_disposition = NULL;
  const char *type;

  if (file == NULL)
    return;
  type = safe_type (file->mime_type);
  etag = g_strdup_printf ("\"%s\"", file->sha256);
  content_disposition = disposition (type, file->file_name);
  lobby_http_exchange_add_header (exchange, "Content-Disposition", content_disposition);
  answer_file (exchange, etag, file->path, type);
}

static void
on_get_thumbnail (LobbyHttpExchange *exchange,
                  gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyMediaFile) file = find_file (self, exchange);
  g_autofree char *etag = NULL;
  g_autofree char *path = NULL;

  if (file == NULL)
    return;
  switch (file->thumbnail)
    {
    case LOBBY_THUMBNAIL_READY:
      etag = g_strdup_printf ("\"%s-thumbnail\"", file->sha256);
      path = lobby_file_store_thumbnail_path (lobby_storage (self->storage, get_files), file->sha256);
      answer_file (exchange, etag, path, "image/jpeg");
      break;
    case LOBBY_THUMBNAIL_WANTED:
      lobby_http_exchange_answer_error (exchange, 404, "thumbnail_pending", "The thumbnail is not made yet; message:updated tells when");
      break;
    case LOBBY_THUMBNAIL_NONE:
    default:
      lobby_http_exchange_answer_error (exchange, 404, "no_thumbnail", "There is no thumbnail of this file");
      break;
    }
}

void
lobby_rest_add_media_routes (LobbyRest *self,
                             LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/media/{id}", 0, on_get_media);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/media/{id}/thumbnail", 0, on_get_thumbnail);
}
