/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-media-limits.h"

#include <string.h>

#define KIB G_GINT64_CONSTANT (1024)
#define MIB (1024 * KIB)

typedef struct
{
  const char *kind;
  gint64 max_bytes;
  gint64 max_still_bytes; /* of a sticker that does not move; 0: as max_bytes */
  const char *types[20];  /* what is before a ";"; none: any */
  const char *advice;     /* when the type does not fit */
} Limit;

#define DOCX "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#define PPTX "application/vnd.openxmlformats-officedocument.presentationml.presentation"

static const Limit CLOUD[] = {
  { "image", 5 * MIB, 0, { "image/jpeg", "image/png" }, "WhatsApp takes pictures as JPEG or PNG" },
  { "video", 16 * MIB, 0, { "video/mp4", "video/3gpp" }, "WhatsApp takes videos as MP4 or 3GP, with H.264 and AAC" },
  { "audio", 16 * MIB, 0, { "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg" }, "WhatsApp takes sound as AAC, AMR, MP3, M4A, or OGG with Opus in mono" },
  { "voice", 16 * MIB, 0, { "audio/ogg" }, "WhatsApp takes voice notes as OGG with Opus in mono" },
  { "document",
    LOBBY_MEDIA_MAX_BYTES,
    0,
    /* Whatever may be uploaded may be sent as a document, too. */
    { "application/pdf", "text/plain", "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint", DOCX, XLSX, PPTX,
      "image/jpeg", "image/png", "video/mp4", "video/3gpp", "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4" },
    "WhatsApp takes documents as PDF, text, Word, Excel or PowerPoint" },
  { "sticker", 500 * KIB, 100 * KIB, { "image/webp" }, "WhatsApp takes stickers as WebP" },
};

static const Limit GATEWAY[] = {
  { "image", 16 * MIB, 0, { "image/jpeg", "image/png", "image/webp", "image/gif" }, "Pictures are sent as JPEG, PNG, WebP or GIF" },
  { "video", 64 * MIB, 0, { "video/mp4", "video/3gpp", "video/quicktime", "video/webm", "video/x-matroska" }, "Videos are sent as MP4, 3GP, MOV, WebM or MKV" },
  { "audio",
    16 * MIB,
    0,
    { "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/wav", "audio/flac" },
    "Sound is sent as AAC, AMR, MP3, M4A, OGG, WAV or FLAC" },
  { "voice", 16 * MIB, 0, { "audio/ogg", "audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/wav", "audio/flac" }, "This is not sound that can become a voice note" },
  { "document", LOBBY_MEDIA_MAX_BYTES, 0, { NULL }, NULL },
  { "sticker", 500 * KIB, 0, { "image/webp" }, "Stickers are sent as WebP" },
};

static const Limit *
table_of (const char *connection_kind,
          guint *length)
{
  if (g_strcmp0 (connection_kind, "gateway") == 0)
    {
      *length = G_N_ELEMENTS (GATEWAY);
      return GATEWAY;
    }
  *length = G_N_ELEMENTS (CLOUD);
  return CLOUD;
}

static const Limit *
find_limit (const char *connection_kind,
            const char *kind)
{
  guint length;
  const Limit *limits = table_of (connection_kind, &length);

  for (guint i = 0; i < length; i++)
    {
      if (g_strcmp0 (limits[i].kind, kind) == 0)
        return &limits[i];
    }
  return NULL;
}

JsonObject *
lobby_media_limits_to_json (const char *connection_kind)
{
  JsonObject *json = json_object_new ();
  guint length;
  const Limit *limits = table_of (connection_kind, &length);

  for (guint i = 0; i < length; i++)
    {
      JsonObject *limit = json_object_new ();
      JsonArray *types = json_array_new ();

      for (const char *const *type = limits[i].types; *type != NULL; type++)
        json_array_add_string_element (types, *type);
      json_object_set_int_member (limit, "max_bytes", limits[i].max_bytes);
      if (limits[i].max_still_bytes > 0)
        json_object_set_int_member (limit, "max_still_bytes", limits[i].max_still_bytes);
      json_object_set_array_member (limit, "types", types);
      json_object_set_object_member (json, limits[i].kind, limit);
    }
  return json;
}

/* WhatsApp's own words for Opus in OGG have a parameter; some programs tell the codec as the type. */
static gboolean
has_type (const Limit *limit,
          const char *type)
{
  g_autofree char *bare = g_strndup (type, strcspn (type, ";"));
  g_autofree char *lower = g_ascii_strdown (g_strstrip (bare), -1);

  if (limit->types[0] == NULL)
    return TRUE;
  return g_strv_contains (limit->types, strcmp (lower, "audio/opus") == 0 ? "audio/ogg" : lower);
}

static LobbyMediaFit
refuse_size (const Limit *limit,
             gint64 size,
             gint64 most,
             char **message)
{
  g_autofree char *has = g_format_size_full ((guint64)size, G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *takes = g_format_size_full ((guint64)most, G_FORMAT_SIZE_IEC_UNITS);

  if (size == 0)
    *message = g_strdup ("The file is empty");
  else
    *message = g_strdup_printf ("The file has %s; at most %s can be sent as %s%s", has, takes, limit->kind,
                                limit->max_bytes < LOBBY_MEDIA_MAX_BYTES && most < LOBBY_MEDIA_MAX_BYTES && strcmp (limit->kind, "sticker") != 0
                                    ? ". Make it smaller, or send it as a document"
                                    : "");
  return LOBBY_MEDIA_TOO_LARGE;
}

static LobbyMediaFit
refuse_type (const Limit *limit,
             const char *type,
             char **message)
{
  *message = g_strdup_printf ("%s; this is %s", limit->advice, type);
  return LOBBY_MEDIA_TYPE_REFUSED;
}

static LobbyMediaFit
refuse_kind (char **message)
{
  *message = g_strdup ("kind must be image, video, audio, voice, document or sticker");
  return LOBBY_MEDIA_BAD_KIND;
}

LobbyMediaFit
lobby_media_limits_announce (const char *connection_kind,
                             const char *kind,
                             const char *type,
                             gint64 size,
                             char **message)
{
  const Limit *limit = find_limit (connection_kind, kind);

  if (limit == NULL)
    return refuse_kind (message);
  if (size <= 0 || size > limit->max_bytes)
    return refuse_size (limit, size, limit->max_bytes, message);
  /* A program that does not know says octet-stream; the content will tell. */
  if (type != NULL && *type != '\0' && g_ascii_strcasecmp (type, "application/octet-stream") != 0 && !has_type (limit, type))
    return refuse_type (limit, type, message);
  return LOBBY_MEDIA_FITS;
}

/* What the Cloud API takes of a type that it takes (CLOUD_API section 3). */
static LobbyMediaFit
check_codecs (const LobbyMediaFacts *facts,
              const char *kind,
              char **message)
{
  if (strcmp (facts->mime_type, "audio/ogg") == 0)
    *message = g_strdup ("WhatsApp takes OGG only with Opus, and this has another codec. Convert it");
  else if (facts->channels > 1)
    *message = g_strdup_printf ("WhatsApp takes Opus only in mono; this has %d channels", facts->channels);
  else if (strcmp (kind, "video") == 0 && facts->video_codec[0] != '\0' && !g_str_has_prefix (facts->video_codec, "avc"))
    *message = g_strdup_printf ("WhatsApp takes only videos with H.264; this has %s. Convert it, or send it as a document", facts->video_codec);
  else if (strcmp (kind, "video") == 0 && facts->audio_tracks > 1)
    *message = g_strdup_printf ("WhatsApp takes videos with one sound track; this has %u", facts->audio_tracks);
  else if (strcmp (kind, "video") == 0 && facts->index_behind)
    *message = g_strdup ("WhatsApp takes only videos whose index comes before their pictures. Save it anew (for streaming), or send it as a document");
  else if (strcmp (kind, "sticker") == 0 && (facts->width != 512 || facts->height != 512))
    *message = g_strdup_printf ("WhatsApp takes stickers of 512 by 512 pixels; this has %d by %d", facts->width, facts->height);
  else
    return LOBBY_MEDIA_FITS;
  return LOBBY_MEDIA_TYPE_REFUSED;
}

LobbyMediaFit
lobby_media_limits_check (const char *connection_kind,
                          const char *kind,
                          const LobbyMediaFacts *facts,
                          char **message)
{
  const Limit *limit = find_limit (connection_kind, kind);
  gint64 most;

  if (limit == NULL)
    return refuse_kind (message);
  most = limit->max_still_bytes > 0 && !facts->animated ? limit->max_still_bytes : limit->max_bytes;
  if (facts->size <= 0 || facts->size > most)
    return refuse_size (limit, facts->size, most, message);
  if (!has_type (limit, facts->mime_type))
    return refuse_type (limit, facts->mime_type, message);
  return g_strcmp0 (connection_kind, "gateway") == 0 ? LOBBY_MEDIA_FITS : check_codecs (facts, kind, message);
}

const char *
lobby_media_fit_get_code (LobbyMediaFit fit)
{
  switch (fit)
    {
    case LOBBY_MEDIA_BAD_KIND:
      return "bad_request";
    case LOBBY_MEDIA_TOO_LARGE:
      return "media_too_large";
    case LOBBY_MEDIA_TYPE_REFUSED:
      return "media_type_refused";
    case LOBBY_MEDIA_FITS:
    default:
      g_return_val_if_reached ("internal");
    }
}
