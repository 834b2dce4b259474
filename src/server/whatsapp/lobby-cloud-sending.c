/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-private.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-cloud-error.h"
#include "lobby-form-stream.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-log.h"

#include <string.h>

/*
 * Sending through the Cloud API. A message with a file is two requests: the file is uploaded, which may be repeated as often as it
 * takes, and then the message names the id that it got. Only the second may not be repeated when its answer is lost.
 */

/* A slow line gets so long for a file, ms and bytes a second. */
#define UPLOAD_TIMEOUT 60000
#define UPLOAD_SLOWEST (32 * 1024)
/* WhatsApp keeps an uploaded file for 30 days (CLOUD_API 3); a day less, so that it lives until the message is taken. */
#define UPLOAD_LIFE (29 * 24 * 60 * 60 * G_GINT64_CONSTANT (1000))

typedef struct
{
  LobbyCloudAdapter *self;
  const LobbyOutbound *outbound; /* the caller's: lives until we resolve */
  char *mime_type;               /* of the file */
  gboolean is_reused;            /* the file's id is of an earlier upload */
} Sending;

static void
sending_free (gpointer data)
{
  Sending *sending = data;

  g_object_unref (sending->self);
  g_free (sending->mime_type);
  g_free (sending);
}

/* Files */

/* WhatsApp takes Ogg only when it is told that Opus is inside. */
static char *
dup_upload_type (const LobbyMediaFile *media)
{
  const char *type = media->mime_type != NULL ? media->mime_type : "application/octet-stream";

  if (g_str_has_prefix (type, "audio/ogg"))
    return g_strdup ("audio/ogg; codecs=opus");
  return g_strndup (type, strcspn (type, ";"));
}

/* The name tells WhatsApp nothing that the type does not; customers see the message's own. */
static const char *
upload_name (const char *mime_type)
{
  static const struct
  {
    const char *type, *name;
  } NAMES[] = {
    { "image/jpeg", "picture.jpg" },
    { "image/png", "picture.png" },
    { "image/webp", "sticker.webp" },
    { "video/mp4", "video.mp4" },
    { "video/3gpp", "video.3gp" },
    { "audio/ogg; codecs=opus", "voice.ogg" },
    { "audio/mpeg", "audio.mp3" },
    { "audio/mp4", "audio.m4a" },
    { "audio/aac", "audio.aac" },
    { "audio/amr", "audio.amr" },
    { "application/pdf", "document.pdf" },
    { "text/plain", "document.txt" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (NAMES); i++)
    {
      if (strcmp (NAMES[i].type, mime_type) == 0)
        return NAMES[i].name;
    }
  return "document";
}

static LobbyHttpRequest *
make_upload (Sending *sending,
             GError **error)
{
  const LobbyMediaFile *media = sending->outbound->media;
  const char *fields[] = { "messaging_product", "whatsapp", "type", sending->mime_type, NULL };
  g_autofree char *path = lobby_cloud_adapter_path (sending->self, "/media");
  g_autoptr (GError) file_error = NULL;
  GInputStream *form = lobby_form_stream_new (fields, media->path, upload_name (sending->mime_type), sending->mime_type, &file_error);
  LobbyHttpRequest *request;

  if (form == NULL)
    {
      lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "a file that was to be sent cannot be read", "message", sending->outbound->message_id,
                       "error", file_error->message, NULL);
      g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, "No file", "The file of this message cannot be read any more"));
      return NULL;
    }
  request = lobby_cloud_adapter_request (sending->self, "POST", path);
  request->timeout_msec = UPLOAD_TIMEOUT + (guint)(1000 * lobby_form_stream_get_length (LOBBY_FORM_STREAM (form)) / UPLOAD_SLOWEST);
  lobby_http_request_take_stream (request, form, lobby_form_stream_get_content_type (LOBBY_FORM_STREAM (form)),
                                  lobby_form_stream_get_length (LOBBY_FORM_STREAM (form)));
  return request;
}

/* Nobody has seen a file that was uploaded: whatever became of it, it may be uploaded again. */
static void
make_repeatable (GError *error)
{
  if (g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_UNKNOWN))
    {
      error->code = LOBBY_SEND_ERROR_TRY_AGAIN;
      lobby_adapter_set_pace (error, LOBBY_PACE_TRANSIENT);
    }
}

/* WhatsApp's id of the file, uploaded now. */
static char *
upload (Sending *sending,
        GError **error)
{
  LobbyCloudAdapter *self = sending->self;
  g_autoptr (GError) inner = NULL;
  g_autoptr (GError) storage_error = NULL;
  LobbyHttpRequest *request = make_upload (sending, error);
  g_autoptr (LobbyHttpResponse) response = request != NULL ? lobby_cloud_adapter_exchange (self, request, &inner) : NULL;
  g_autoptr (JsonObject) answer = response != NULL ? lobby_cloud_adapter_parse (response) : NULL;
  g_autofree char *id = g_strdup (lobby_json_get_string (answer, "id", LOBBY_ID_MAX));

  if (request == NULL)
    return NULL;
  if (inner == NULL && id == NULL)
    inner = lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT, 0, "No id", "WhatsApp took the file but told no id of it");
  if (inner != NULL)
    {
      make_repeatable (inner);
      g_propagate_error (error, g_steal_pointer (&inner));
      return NULL;
    }
  /* Not being able to remember it costs another upload one day, and nothing else. */
  if (!lobby_storage (self->storage, set_remote_file, self->connection->id, sending->outbound->media->sha256, sending->mime_type, id, &storage_error))
    lobby_log_event (G_LOG_LEVEL_INFO, G_LOG_DOMAIN, "the id of an uploaded file was not kept", "error", storage_error->message, NULL);
  return g_steal_pointer (&id);
}

static char *
find_or_upload (Sending *sending,
                GError **error)
{
  const LobbyMediaFile *media = sending->outbound->media;
  char *id;

  g_free (sending->mime_type);
  sending->mime_type = dup_upload_type (media);
  id = lobby_storage (sending->self->storage, dup_remote_file, sending->self->connection->id, media->sha256, sending->mime_type,
                      lobby_clock_now () - UPLOAD_LIFE);
  sending->is_reused = id != NULL;
  return id != NULL ? id : upload (sending, error);
}

/* Whether another upload may help: the refusal may be about a file that WhatsApp does not have any more, which it tells with different codes. */
static gboolean
may_miss_file (const Sending *sending,
               const GError *error)
{
  static const int CODES[] = { 33, 100, 131008, 131009 };
  const LobbySendErrorPrivate *said = lobby_adapter_get_error (error);

  if (!g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_REFUSED))
    return FALSE;
  if (!sending->is_reused || said->consequence == LOBBY_CONSEQUENCE_UPLOAD_AGAIN)
    return said->consequence == LOBBY_CONSEQUENCE_UPLOAD_AGAIN;
  for (guint i = 0; i < G_N_ELEMENTS (CODES); i++)
    {
      if (said->code == CODES[i])
        return TRUE;
    }
  return FALSE;
}

/* The message */

static LobbyHttpResponse *
post_json (LobbyCloudAdapter *self,
           char *json,
           GError **error)
{
  g_autofree char *path = lobby_cloud_adapter_path (self, "/messages");
  LobbyHttpRequest *request = lobby_cloud_adapter_request (self, "POST", path);

  lobby_http_request_take_json (request, json);
  return lobby_cloud_adapter_exchange (self, request, error);
}

static LobbyHttpResponse *
post_message (Sending *sending,
              const char *media_id,
              GError **error)
{
  char *json = lobby_cloud_adapter_build_message (sending->outbound, media_id, error);

  return json != NULL ? post_json (sending->self, json, error) : NULL;
}

static LobbyHttpResponse *
post_with_file (Sending *sending,
                GError **error)
{
  g_autofree char *media_id = find_or_upload (sending, error);
  g_autoptr (GError) inner = NULL;
  LobbyHttpResponse *response;

  if (media_id == NULL)
    return NULL;
  response = post_message (sending, media_id, &inner);
  if (response == NULL && may_miss_file (sending, inner))
    {
      g_clear_error (&inner);
      g_free (media_id);
      media_id = upload (sending, error);
      if (media_id == NULL)
        return NULL;
      response = post_message (sending, media_id, &inner);
    }
  if (response == NULL)
    g_propagate_error (error, g_steal_pointer (&inner));
  return response;
}

static DexFuture *
send_fiber (gpointer data)
{
  Sending *sending = data;
  GError *error = NULL;
  g_autoptr (LobbyHttpResponse) response = sending->outbound->media != NULL ? post_with_file (sending, &error) : post_message (sending, NULL, &error);
  g_autoptr (JsonObject) answer = NULL;
  const char *id;

  if (response == NULL)
    return dex_future_new_for_error (error);
  answer = lobby_cloud_adapter_parse (response);
  id = lobby_json_get_string (lobby_json_array_object (lobby_json_get_array (answer, "messages"), 0), "id", LOBBY_ID_MAX);
  if (id == NULL || *id == '\0')
    return dex_future_new_for_error (lobby_cloud_error_from_answer (200, lobby_http_response_get_body (response), NULL));
  return dex_future_new_take_string (g_strdup (id));
}

static DexFuture *
prepare_fiber (gpointer data)
{
  Sending *sending = data;
  GError *error = NULL;
  g_autofree char *media_id = sending->outbound->media != NULL ? find_or_upload (sending, &error) : NULL;

  return error == NULL ? dex_future_new_true () : dex_future_new_for_error (error);
}

static Sending *
sending_new (LobbyAdapter *adapter,
             const LobbyOutbound *outbound)
{
  Sending *sending = g_new0 (Sending, 1);

  sending->self = LOBBY_CLOUD_ADAPTER (g_object_ref (adapter));
  sending->outbound = outbound;
  return sending;
}

DexFuture *
lobby_cloud_adapter_prepare (LobbyAdapter *adapter,
                             const LobbyOutbound *outbound)
{
  return lobby_async_spawn (prepare_fiber, sending_new (adapter, outbound), sending_free);
}

DexFuture *
lobby_cloud_adapter_send (LobbyAdapter *adapter,
                          const LobbyOutbound *outbound)
{
  return lobby_async_spawn (send_fiber, sending_new (adapter, outbound), sending_free);
}

/* Read receipts */

typedef struct
{
  LobbyCloudAdapter *self;
  char *json;
} Receipt;

static void
receipt_free (gpointer data)
{
  Receipt *receipt = data;

  g_object_unref (receipt->self);
  g_free (receipt->json);
  g_free (receipt);
}

static DexFuture *
mark_read_fiber (gpointer data)
{
  Receipt *receipt = data;
  GError *error = NULL;
  g_autoptr (LobbyHttpResponse) response = post_json (receipt->self, g_steal_pointer (&receipt->json), &error);

  return response != NULL ? dex_future_new_true () : dex_future_new_for_error (error);
}

DexFuture *
lobby_cloud_adapter_mark_read (LobbyAdapter *adapter,
                               const char *whatsapp_message_id,
                               gboolean typing)
{
  g_autoptr (JsonObject) root = json_object_new ();
  Receipt *receipt = g_new0 (Receipt, 1);

  json_object_set_string_member (root, "messaging_product", "whatsapp");
  json_object_set_string_member (root, "status", "read");
  json_object_set_string_member (root, "message_id", whatsapp_message_id);
  if (typing)
    {
      JsonObject *indicator = json_object_new ();

      json_object_set_string_member (indicator, "type", "text");
      json_object_set_object_member (root, "typing_indicator", indicator);
    }
  receipt->self = LOBBY_CLOUD_ADAPTER (g_object_ref (adapter));
  receipt->json = lobby_json_object_to_string (root);
  return lobby_async_spawn (mark_read_fiber, receipt, receipt_free);
}
