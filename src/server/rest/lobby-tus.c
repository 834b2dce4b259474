/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-tus.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-id.h"
#include "lobby-media-limits.h"
#include "lobby-uploads.h"

/*
 * Upload-Metadata: "key base64[, key base64 …]", keys without spaces, values optional.
 * Upload-Checksum: "algorithm base64".
 * Upload-Expires:  an HTTP date (RFC 9110, 5.6.7).
 */

#define VERSION "1.0.0"
#define BODY_TYPE "application/offset+octet-stream"
#define MAX_NAME 255
#define MAX_TYPE 128
#define SHA256_LENGTH 64

static gboolean
refuse (LobbyHttpExchange *exchange,
        const char *message)
{
  lobby_http_exchange_answer_error (exchange, 400, "bad_request", message);
  return FALSE;
}

void
lobby_tus_add_headers (LobbyHttpExchange *exchange)
{
  lobby_http_exchange_add_header (exchange, "Tus-Resumable", VERSION);
  lobby_http_exchange_add_header (exchange, "Cache-Control", "no-store");
  lobby_http_exchange_add_header (exchange, "Access-Control-Allow-Origin", "*");
  lobby_http_exchange_add_header (exchange, "Access-Control-Expose-Headers",
                                  "Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Upload-Offset, Upload-Length, "
                                  "Upload-Expires, Retry-After");
}

void
lobby_tus_add_options (LobbyHttpExchange *exchange)
{
  lobby_http_exchange_add_header (exchange, "Tus-Version", VERSION);
  lobby_http_exchange_add_header (exchange, "Tus-Extension", "creation,creation-with-upload,checksum,expiration,termination");
  lobby_http_exchange_add_header (exchange, "Tus-Checksum-Algorithm", "sha1,sha256,md5");
  lobby_http_exchange_add_header (exchange, "Tus-Max-Size", G_STRINGIFY (104857600));
  G_STATIC_ASSERT (LOBBY_MEDIA_MAX_BYTES == 104857600);
  lobby_http_exchange_add_header (exchange, "Access-Control-Allow-Methods", "GET, HEAD, POST, PATCH, DELETE, OPTIONS");
  lobby_http_exchange_add_header (exchange, "Access-Control-Allow-Headers",
                                  "Authorization, Content-Type, Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, "
                                  "Upload-Checksum, X-HTTP-Method-Override, X-Requested-With, X-Request-ID");
  lobby_http_exchange_add_header (exchange, "Access-Control-Max-Age", "86400");
}

void
lobby_tus_add_state (LobbyHttpExchange *exchange,
                     const LobbyUpload *upload,
                     gint64 offset)
{
  g_autofree char *length = g_strdup_printf ("%" G_GINT64_FORMAT, upload->length);
  g_autofree char *at = g_strdup_printf ("%" G_GINT64_FORMAT, offset);
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (upload->expires_at / 1000);
  static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
  static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
  /* Not by the locale. */
  g_autofree char *expires = g_strdup_printf ("%s, %02d %s %04d %02d:%02d:%02d GMT", days[g_date_time_get_day_of_week (date) - 1],
                                              g_date_time_get_day_of_month (date), months[g_date_time_get_month (date) - 1],
                                              g_date_time_get_year (date), g_date_time_get_hour (date), g_date_time_get_minute (date),
                                              g_date_time_get_second (date));

  lobby_http_exchange_add_header (exchange, "Upload-Length", length);
  lobby_http_exchange_add_header (exchange, "Upload-Offset", at);
  lobby_http_exchange_add_header (exchange, "Upload-Expires", expires);
}

gboolean
lobby_tus_check_version (LobbyHttpExchange *exchange)
{
  const char *version = lobby_http_exchange_get_header (exchange, "Tus-Resumable");

  /* GET is ours, not the protocol's. */
  if (g_strcmp0 (version, VERSION) == 0 || (version == NULL && strcmp (lobby_http_exchange_get_method (exchange), "GET") == 0))
    return TRUE;
  lobby_http_exchange_add_header (exchange, "Tus-Version", VERSION);
  lobby_http_exchange_answer_error (exchange, 412, "bad_version", "Uploads speak the tus protocol 1.0.0");
  return FALSE;
}

/* A header that is a whole number of bytes. */
static gboolean
read_bytes (LobbyHttpExchange *exchange,
            const char *name,
            gint64 *value)
{
  const char *text = lobby_http_exchange_get_header (exchange, name);
  guint64 number;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &number, NULL))
    return FALSE;
  *value = (gint64)number;
  return TRUE;
}

/* The value of @key in Upload-Metadata, when it is text of at most @max bytes; else NULL. (transfer full) */
static char *
dup_metadata (char **pairs,
              const char *key,
              gsize max)
{
  for (guint i = 0; pairs != NULL && pairs[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (g_strstrip (pairs[i]), " ", 2);
      g_autofree guint8 *value = NULL;
      gsize length = 0;

      if (words[0] == NULL || strcmp (words[0], key) != 0 || words[1] == NULL)
        continue;
      value = g_base64_decode (g_strstrip (words[1]), &length);
      if (length == 0 || length > max || memchr (value, '\0', length) != NULL || !g_utf8_validate_len ((const char *)value, length, NULL))
        return NULL;
      return g_strndup ((const char *)value, length);
    }
  return NULL;
}

/* A name is shown and told on, never used: what is before a slash is somebody's folders. */
static void
keep_base_name (char **name)
{
  const char *slash;

  if (*name == NULL)
    return;
  for (char *c = *name; *c != '\0'; c++)
    {
      if (g_ascii_iscntrl (*c))
        *c = ' ';
      else if (*c == '\\')
        *c = '/';
    }
  slash = strrchr (*name, '/');
  if (slash != NULL)
    {
      char *base = g_strdup (slash + 1);

      g_free (*name);
      *name = base;
    }
}

static gboolean
read_metadata (LobbyHttpExchange *exchange,
               LobbyUpload *upload)
{
  const char *metadata = lobby_http_exchange_get_header (exchange, "Upload-Metadata");
  g_auto (GStrv) pairs = metadata != NULL ? g_strsplit (metadata, ",", 64) : NULL;

  upload->business_id = dup_metadata (pairs, "business", LOBBY_ID_MAX);
  upload->connection_id = dup_metadata (pairs, "connection", LOBBY_ID_MAX);
  upload->kind = dup_metadata (pairs, "kind", 32);
  upload->file_name = dup_metadata (pairs, "filename", MAX_NAME);
  upload->told_type = dup_metadata (pairs, "filetype", MAX_TYPE);
  upload->told_sha256 = dup_metadata (pairs, "sha256", SHA256_LENGTH);
  keep_base_name (&upload->file_name);
  if (upload->business_id == NULL || upload->kind == NULL)
    return refuse (exchange, "Upload-Metadata needs business and kind");
  if (upload->told_sha256 != NULL && strlen (upload->told_sha256) != SHA256_LENGTH)
    return refuse (exchange, "sha256 in Upload-Metadata must be 64 hexadecimal digits");
  return TRUE;
}

static gboolean
has_body_type (LobbyHttpExchange *exchange)
{
  const char *type = lobby_http_exchange_get_header (exchange, "Content-Type");

  return type != NULL && g_ascii_strncasecmp (type, BODY_TYPE, strlen (BODY_TYPE)) == 0;
}

LobbyUpload *
lobby_tus_read_announcement (LobbyHttpExchange *exchange,
                             const char *agent_id,
                             gboolean *has_body)
{
  g_autoptr (LobbyUpload) upload = g_new0 (LobbyUpload, 1);
  gint64 body = 0;

  if (lobby_http_exchange_get_header (exchange, "Upload-Defer-Length") != NULL || !read_bytes (exchange, "Upload-Length", &upload->length))
    {
      refuse (exchange, "Upload-Length is needed");
      return NULL;
    }
  if (!read_metadata (exchange, upload))
    return NULL;
  read_bytes (exchange, "Content-Length", &body);
  *has_body = body > 0;
  if (body > 0 && (!has_body_type (exchange) || body > upload->length))
    {
      refuse (exchange, "A body must be " BODY_TYPE " and not be longer than the upload");
      return NULL;
    }
  upload->id = lobby_id_new ();
  upload->agent_id = g_strdup (agent_id);
  upload->created_at = lobby_clock_now ();
  upload->expires_at = upload->created_at + LOBBY_UPLOADS_EXPIRE_MSEC;
  return g_steal_pointer (&upload);
}

gboolean
lobby_tus_read_patch (LobbyHttpExchange *exchange,
                      const LobbyUpload *upload,
                      gint64 *offset)
{
  gint64 body = 0;

  if (!has_body_type (exchange))
    {
      lobby_http_exchange_answer_error (exchange, 415, "bad_content_type", "The body must be " BODY_TYPE);
      return FALSE;
    }
  if (!read_bytes (exchange, "Upload-Offset", offset))
    return refuse (exchange, "Upload-Offset is needed");
  read_bytes (exchange, "Content-Length", &body);
  if (*offset > upload->length || body > upload->length - *offset)
    {
      lobby_http_exchange_answer_error (exchange, 413, "too_large", "This goes beyond the end of the upload");
      return FALSE;
    }
  return TRUE;
}

gboolean
lobby_tus_read_checksum (LobbyHttpExchange *exchange,
                         GChecksumType *algorithm,
                         GBytes **checksum)
{
  static const struct
  {
    const char *name;
    GChecksumType type;
  } algorithms[] = { { "sha1", G_CHECKSUM_SHA1 }, { "sha256", G_CHECKSUM_SHA256 }, { "md5", G_CHECKSUM_MD5 } };
  const char *text = lobby_http_exchange_get_header (exchange, "Upload-Checksum");
  g_auto (GStrv) words = text != NULL ? g_strsplit (text, " ", 2) : NULL;
  guint8 *bytes;
  gsize length;

  *checksum = NULL;
  if (text == NULL)
    return TRUE;
  for (guint i = 0; words[0] != NULL && words[1] != NULL && i < G_N_ELEMENTS (algorithms); i++)
    {
      if (g_ascii_strcasecmp (words[0], algorithms[i].name) != 0)
        continue;
      *algorithm = algorithms[i].type;
      bytes = g_base64_decode (words[1], &length);
      *checksum = g_bytes_new_take (bytes, length);
      return TRUE;
    }
  return refuse (exchange, "Upload-Checksum must be sha1, sha256 or md5, a space, and the checksum in base64");
}
