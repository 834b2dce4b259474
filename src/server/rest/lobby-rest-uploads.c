/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-media-limits.h"
#include "lobby-storage-commit.h"
#include "lobby-tus.h"

/*
 * Uploads by the tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload): core, creation, creation-with-upload, checksum,
 * expiration, termination. What its headers mean is in lobby-tus.c, what becomes of the bytes in LobbyUploads.
 */

typedef struct
{
  LobbyRest *rest;
  LobbyHttpExchange *exchange;
  LobbyUpload *upload;
  LobbyUploadIntake *intake; /* NULL: nothing is sent */
  gint64 offset;
  gboolean created;
  gboolean remove;
} Task;

static void
task_free (gpointer data)
{
  Task *task = data;

  g_clear_pointer (&task->intake, lobby_upload_intake_free);
  lobby_upload_free (task->upload);
  g_object_unref (task->rest);
  g_free (task);
}

/* Takes @upload. */
static Task *
task_new (LobbyRest *self,
          LobbyHttpExchange *exchange,
          LobbyUpload *upload)
{
  Task *task = g_new0 (Task, 1);

  task->rest = g_object_ref (self);
  task->exchange = exchange;
  task->upload = upload;
  return task;
}

/* Answers */

static void
answer_gone (LobbyHttpExchange *exchange)
{
  lobby_http_exchange_answer_error (exchange, 404, "not_found", "There is no such upload, or its time is over");
}

static void
answer_error (LobbyHttpExchange *exchange,
              const GError *error)
{
  static const struct
  {
    LobbyUploadError error;
    guint status;
    const char *code;
  } answers[] = {
    { LOBBY_UPLOAD_ERROR_FULL, 507, "storage_full" },
    { LOBBY_UPLOAD_ERROR_OFFSET, 409, "offset_conflict" },
    { LOBBY_UPLOAD_ERROR_CHECKSUM, 460, "checksum_mismatch" },
    { LOBBY_UPLOAD_ERROR_TAKEN_OVER, 423, "taken_over" },
    { LOBBY_UPLOAD_ERROR_BROKEN_OFF, 400, "broken_off" },
    { LOBBY_UPLOAD_ERROR_DAMAGED, 422, "damaged" },
    { LOBBY_UPLOAD_ERROR_TOO_LARGE, 413, "media_too_large" },
    { LOBBY_UPLOAD_ERROR_TYPE_REFUSED, 415, "media_type_refused" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      if (g_error_matches (error, LOBBY_UPLOAD_ERROR, (int)answers[i].error))
        {
          const char *message = answers[i].status == 507 ? "The server has no room left for this file now" : error->message;

          lobby_http_exchange_answer_error (exchange, answers[i].status, answers[i].code, message);
          return;
        }
    }
  lobby_rest_answer_storage_error (exchange, error);
}

static JsonObject *
upload_to_json (const LobbyUpload *upload,
                gint64 offset)
{
  JsonObject *json = json_object_new ();
  g_autofree char *expires_at = lobby_clock_format (upload->expires_at);

  json_object_set_string_member (json, "id", upload->id);
  json_object_set_string_member (json, "business_id", upload->business_id);
  json_object_set_string_member (json, "kind", upload->kind);
  lobby_json_set_string (json, "file_name", upload->file_name);
  json_object_set_int_member (json, "length", upload->length);
  json_object_set_int_member (json, "offset", offset);
  json_object_set_boolean_member (json, "finished", upload->sha256 != NULL);
  json_object_set_string_member (json, "expires_at", expires_at);
  return json;
}

/* On the fiber, while nobody else works on the upload. FALSE with an error. */
static gboolean
task_do (Task *task,
         GError **error)
{
  LobbyUploads *uploads = task->rest->uploads;

  if (task->remove)
    return lobby_uploads_remove (uploads, task->upload->id, error) && dex_await (lobby_storage_commit (task->rest->storage), error);
  if (task->intake != NULL && !lobby_uploads_receive (uploads, task->upload, task->intake, task->offset, error))
    return FALSE;
  if (!lobby_uploads_finish (uploads, task->upload, error))
    return FALSE;
  /* Of an upload that was just announced the row may not be on the disk yet. */
  return dex_await (lobby_storage_commit (task->rest->storage), error);
}

static void
task_answer (Task *task)
{
  LobbyHttpExchange *exchange = task->exchange;
  g_autofree char *location = g_strconcat (LOBBY_TUS_PATH "/", task->upload->id, NULL);
  g_autoptr (LobbyUpload) upload = lobby_storage (task->rest->storage, find_upload, task->upload->id);
  gint64 offset;

  if (task->remove)
    {
      lobby_http_exchange_answer (exchange, 204, NULL, NULL);
      return;
    }
  if (upload == NULL)
    {
      answer_gone (exchange);
      return;
    }
  offset = lobby_uploads_get_offset (task->rest->uploads, upload);
  lobby_tus_add_state (exchange, upload, offset);
  if (task->created)
    {
      lobby_http_exchange_add_header (exchange, "Location", location);
      lobby_http_exchange_answer (exchange, 201, NULL, NULL);
    }
  else if (task->intake != NULL)
    lobby_http_exchange_answer (exchange, 204, NULL, NULL);
  else
    lobby_http_exchange_answer_json (exchange, 200, lobby_json_object_to_string (upload_to_json (upload, offset)));
}

static DexFuture *
task_fiber (gpointer data)
{
  Task *task = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyUpload) upload = NULL;

  lobby_uploads_enter (task->rest->uploads, task->upload, task->intake);
  /* It may have ended, or be finished, while we waited. */
  upload = lobby_storage (task->rest->storage, find_upload, task->upload->id);
  if (upload == NULL)
    answer_gone (task->exchange);
  else
    {
      lobby_upload_free (g_steal_pointer (&task->upload));
      task->upload = g_steal_pointer (&upload);
      if (task_do (task, &error))
        task_answer (task);
      else
        answer_error (task->exchange, error);
    }
  lobby_uploads_leave (task->rest->uploads, task->upload);
  return dex_future_new_true ();
}

/* Pieces of a body */

static void
on_room (gpointer data)
{
  Task *task = data;

  lobby_http_exchange_continue (task->exchange);
}

static gboolean
on_piece (LobbyHttpExchange *exchange,
          const guint8 *bytes,
          gsize size,
          gpointer data)
{
  Task *task = lobby_http_exchange_get_data (exchange);

  if (task == NULL) /* what was asked for by way of POST needs no body */
    return TRUE;
  if (bytes != NULL)
    return lobby_upload_intake_take (task->intake, bytes, size);
  lobby_upload_intake_cut_off (task->intake, LOBBY_UPLOAD_ERROR_BROKEN_OFF);
  return TRUE;
}

static void
on_body_end (LobbyHttpExchange *exchange,
             gpointer data)
{
  Task *task = lobby_http_exchange_get_data (exchange);

  if (task != NULL)
    lobby_upload_intake_end (task->intake);
}

/* Takes @task: the body is received for it. */
static void
receive_body (Task *task,
              GChecksumType algorithm,
              GBytes *checksum)
{
  task->intake = lobby_upload_intake_new (algorithm, checksum, on_room, task);
  lobby_http_exchange_set_data (task->exchange, task, NULL);
  lobby_async_go (task_fiber, task, task_free);
}

/* Requests */

/* The upload of the path, when it is this agent's. NULL: answered. */
static LobbyUpload *
find_own_upload (LobbyRest *self,
                 LobbyHttpExchange *exchange)
{
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyUpload) upload = NULL;

  lobby_tus_add_headers (exchange);
  if (!lobby_tus_check_version (exchange))
    return NULL;
  upload = lobby_storage (self->storage, find_upload, lobby_http_exchange_get_parameter (exchange, "id"));
  if (upload != NULL && strcmp (upload->agent_id, agent->id) == 0 && upload->expires_at > lobby_clock_now ()
      && lobby_storage (self->storage, agent_may, agent->id, upload->business_id))
    return g_steal_pointer (&upload);
  answer_gone (exchange);
  return NULL;
}

static void
on_options (LobbyHttpExchange *exchange,
            gpointer data)
{
  lobby_tus_add_headers (exchange);
  lobby_tus_add_options (exchange);
  lobby_http_exchange_answer (exchange, 204, NULL, NULL);
}

/* One kind of connection that takes it is enough. FALSE: answered. */
static gboolean
check_announced (LobbyRest *self,
                 LobbyHttpExchange *exchange,
                 const LobbyUpload *upload)
{
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) kinds = lobby_uploads_list_kinds (self->uploads, upload->business_id, upload->connection_id, &error);
  g_autofree char *message = NULL;
  LobbyMediaFit fit = LOBBY_MEDIA_BAD_KIND;

  if (error != NULL)
    {
      lobby_rest_answer_storage_error (exchange, error);
      return FALSE;
    }
  if (kinds == NULL)
    {
      lobby_rest_answer_not_found (exchange);
      return FALSE;
    }
  for (guint i = 0; kinds[i] != NULL && fit != LOBBY_MEDIA_FITS; i++)
    {
      g_clear_pointer (&message, g_free);
      fit = lobby_media_limits_announce (kinds[i], upload->kind, upload->told_type, upload->length, &message);
    }
  if (fit != LOBBY_MEDIA_FITS)
    lobby_http_exchange_answer_error (exchange, fit == LOBBY_MEDIA_TOO_LARGE ? 413 : fit == LOBBY_MEDIA_TYPE_REFUSED ? 415
                                                                                                                     : 400,
                                      lobby_media_fit_get_code (fit), message);
  return fit == LOBBY_MEDIA_FITS;
}

static gboolean
check_allowance (LobbyRest *self,
                 LobbyHttpExchange *exchange,
                 const LobbyUpload *upload)
{
  LobbyUploadsMay may = lobby_uploads_may_announce (self->uploads, upload->agent_id, upload->length);

  if (may == LOBBY_UPLOADS_TOO_MANY)
    lobby_http_exchange_answer_error (exchange, 429, "too_many_uploads", "Too much is being uploaded at once. Wait for the others, or cancel some");
  else if (may == LOBBY_UPLOADS_NO_ROOM)
    lobby_http_exchange_answer_error (exchange, 507, "storage_full", "The server has no room left for this file now");
  return may == LOBBY_UPLOADS_MAY;
}

static gboolean
check_activity (LobbyRest *self,
                LobbyHttpExchange *exchange,
                const LobbyUpload *upload)
{
  if (lobby_uploads_may_send (self->uploads, upload->agent_id))
    return TRUE;
  lobby_http_exchange_add_header (exchange, "Retry-After", "1");
  lobby_http_exchange_answer_error (exchange, 429, "too_many_uploads", "Too many files are being sent at once");
  return FALSE;
}

static void
on_create (LobbyHttpExchange *exchange,
           gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyUpload) upload = NULL;
  g_autoptr (GBytes) checksum = NULL;
  g_autoptr (GError) error = NULL;
  GChecksumType algorithm = G_CHECKSUM_SHA256;
  gboolean has_body;
  Task *task;

  lobby_tus_add_headers (exchange);
  if (!lobby_tus_check_version (exchange))
    return;
  upload = lobby_tus_read_announcement (exchange, agent->id, &has_body);
  if (upload == NULL || !lobby_tus_read_checksum (exchange, &algorithm, &checksum))
    return;
  if (!lobby_storage (self->storage, agent_may, agent->id, upload->business_id))
    {
      lobby_rest_answer_not_found (exchange);
      return;
    }
  if (!check_announced (self, exchange, upload) || !check_allowance (self, exchange, upload)
      || (has_body && !check_activity (self, exchange, upload)))
    return;
  if (!lobby_storage (self->storage, add_upload, upload, &error))
    {
      lobby_rest_answer_storage_error (exchange, error);
      return;
    }
  task = task_new (self, exchange, g_steal_pointer (&upload));
  task->created = TRUE;
  receive_body (task, algorithm, checksum);
}

static void
on_patch (LobbyHttpExchange *exchange,
          gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyUpload) upload = find_own_upload (self, exchange);
  g_autoptr (GBytes) checksum = NULL;
  GChecksumType algorithm = G_CHECKSUM_SHA256;
  gint64 offset;
  Task *task;

  if (upload == NULL || !lobby_tus_read_patch (exchange, upload, &offset) || !lobby_tus_read_checksum (exchange, &algorithm, &checksum)
      || !check_activity (self, exchange, upload))
    return;
  task = task_new (self, exchange, g_steal_pointer (&upload));
  task->offset = offset;
  receive_body (task, algorithm, checksum);
}

static void
on_get (LobbyHttpExchange *exchange,
        gpointer data)
{
  LobbyUpload *upload = find_own_upload (data, exchange);

  if (upload != NULL)
    lobby_async_go (task_fiber, task_new (data, exchange, upload), task_free);
}

static void
on_delete (LobbyHttpExchange *exchange,
           gpointer data)
{
  LobbyUpload *upload = find_own_upload (data, exchange);
  Task *task;

  if (upload == NULL)
    return;
  task = task_new (data, exchange, upload);
  task->remove = TRUE;
  lobby_async_go (task_fiber, task, task_free);
}

/* For clients and proxies that know GET and POST only. */
static void
on_post (LobbyHttpExchange *exchange,
         gpointer data)
{
  const char *method = lobby_http_exchange_get_header (exchange, "X-HTTP-Method-Override");

  if (g_strcmp0 (method, "PATCH") == 0)
    on_patch (exchange, data);
  else if (g_strcmp0 (method, "DELETE") == 0)
    on_delete (exchange, data);
  else
    lobby_rest_answer_bad (exchange, "X-HTTP-Method-Override must be PATCH or DELETE");
}

void
lobby_rest_add_upload_routes (LobbyRest *self,
                              LobbyHttpServer *http)
{
  const char *one = LOBBY_TUS_PATH "/{id}";

  lobby_rest_route (self, http, LOBBY_REST_ANYBODY, "OPTIONS", LOBBY_TUS_PATH, 0, on_options);
  lobby_rest_route_stream (self, http, LOBBY_REST_AGENT, "POST", LOBBY_TUS_PATH, LOBBY_MEDIA_MAX_BYTES, on_create, on_piece, on_body_end);
  lobby_rest_route (self, http, LOBBY_REST_ANYBODY, "OPTIONS", one, 0, on_options);
  lobby_rest_route_stream (self, http, LOBBY_REST_AGENT, "PATCH", one, LOBBY_MEDIA_MAX_BYTES, on_patch, on_piece, on_body_end);
  lobby_rest_route_stream (self, http, LOBBY_REST_AGENT, "POST", one, LOBBY_MEDIA_MAX_BYTES, on_post, on_piece, on_body_end);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", one, 0, on_get);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "DELETE", one, 0, on_delete);
}
