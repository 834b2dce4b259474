/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-uploads.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-file.h"
#include "lobby-log.h"
#include "lobby-media-inspection.h"
#include "lobby-media-limits.h"
#include "lobby-mp4-order.h"
#include "lobby-storage-commit.h"

#define FOLDER ".uploads"
#define PART ".part"
#define ORDERED ".ordered"
#define EXPIRE_SEC 60
#define EXPIRE_AT_ONCE 100
#define FORGOTTEN_MSEC (60 * 60 * 1000)
/* A sender is taken for dead when nothing has come for so long; a live one is cut off by a newer one all the same. */
#define DEAD_MSEC 100
#define LONGEST_WAIT_MSEC 1000
#define WAIT_STEP_MSEC 10

struct _LobbyUploads
{
  GObject parent_instance;

  LobbyStorage *storage;
  char *folder;
  GHashTable *visits; /* upload id → Visit */
  guint timer;
};

G_DEFINE_FINAL_TYPE (LobbyUploads, lobby_uploads, G_TYPE_OBJECT)

typedef struct
{
  LobbyUploadIntake *intake; /* or NULL */
  char *agent_id;
  DexPromise *ended;
} Visit;

static void
visit_free (gpointer data)
{
  Visit *visit = data;

  dex_clear (&visit->ended);
  g_free (visit->agent_id);
  g_free (visit);
}

static char *
part_path (LobbyUploads *self,
           const char *id)
{
  g_autofree char *name = g_strconcat (id, PART, NULL);

  return g_build_filename (self->folder, name, NULL);
}

static gboolean
remove_file (gpointer data,
             GValue *result,
             GError **error)
{
  g_unlink (data);
  return TRUE;
}

/* Freeing a hundred MiB may take the disk a while. Takes @path. */
static void
unlink_later (char *path)
{
  dex_future_disown (lobby_async_run_in_thread (remove_file, path, g_free));
}

/* What may be announced */

char **
lobby_uploads_list_kinds (LobbyUploads *self,
                          const char *business_id,
                          const char *connection_id,
                          GError **error)
{
  g_autoptr (GPtrArray) connections = lobby_storage (self->storage, list_connections, business_id, error);
  g_autoptr (GStrvBuilder) kinds = g_strv_builder_new ();
  gboolean found = FALSE;

  for (guint i = 0; connections != NULL && i < connections->len; i++)
    {
      const LobbyConnection *connection = g_ptr_array_index (connections, i);

      if (connection_id != NULL && strcmp (connection->id, connection_id) != 0)
        continue;
      g_strv_builder_add (kinds, connection->kind);
      found = TRUE;
    }
  return found ? g_strv_builder_end (kinds) : NULL;
}

static gboolean
is_within_allowance (LobbyUploads *self,
                     const char *agent_id,
                     gint64 length)
{
  guint count;
  gint64 bytes;

  lobby_storage (self->storage, count_uploads, agent_id, &count, &bytes);
  return count < LOBBY_UPLOADS_MAX_OPEN && bytes + length <= LOBBY_UPLOADS_MAX_BYTES;
}

/* A client that gave up mostly does not say so: what has not moved for an hour makes room for what is wanted now. */
static gboolean
drop_forgotten (LobbyUploads *self,
                const char *agent_id)
{
  g_autoptr (GPtrArray) ids = lobby_storage (self->storage, list_open_uploads, agent_id, lobby_clock_now () - FORGOTTEN_MSEC);

  for (guint i = 0; i < ids->len; i++)
    {
      const char *id = g_ptr_array_index (ids, i);
      g_autofree char *path = part_path (self, id);

      if (!g_hash_table_contains (self->visits, id) && lobby_file_age (path) > FORGOTTEN_MSEC)
        return lobby_uploads_remove (self, id, NULL);
    }
  return FALSE;
}

LobbyUploadsMay
lobby_uploads_may_announce (LobbyUploads *self,
                            const char *agent_id,
                            gint64 length)
{
  while (!is_within_allowance (self, agent_id, length))
    {
      if (!drop_forgotten (self, agent_id))
        return LOBBY_UPLOADS_TOO_MANY;
    }
  return lobby_file_has_room (self->folder, length) ? LOBBY_UPLOADS_MAY : LOBBY_UPLOADS_NO_ROOM;
}

gboolean
lobby_uploads_may_send (LobbyUploads *self,
                        const char *agent_id)
{
  GHashTableIter iter;
  gpointer value;
  guint own = 0;

  g_hash_table_iter_init (&iter, self->visits);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    own += strcmp (((Visit *)value)->agent_id, agent_id) == 0;
  return own < LOBBY_UPLOADS_MAX_ACTIVE && g_hash_table_size (self->visits) < LOBBY_UPLOADS_MAX_ALL;
}

/* One at a time */

void
lobby_uploads_enter (LobbyUploads *self,
                     const LobbyUpload *upload,
                     LobbyUploadIntake *intake)
{
  Visit *visit;
  int patience = LONGEST_WAIT_MSEC;

  while ((visit = g_hash_table_lookup (self->visits, upload->id)) != NULL)
    {
      /* What a broken connection sent may still be on its way through ours. */
      if (visit->intake != NULL && patience > 0 && lobby_upload_intake_get_idle (visit->intake) < DEAD_MSEC)
        {
          patience -= WAIT_STEP_MSEC;
          dex_await (dex_timeout_new_msec (WAIT_STEP_MSEC), NULL);
          continue;
        }
      if (visit->intake != NULL)
        lobby_upload_intake_cut_off (visit->intake, LOBBY_UPLOAD_ERROR_TAKEN_OVER);
      dex_await (dex_ref (DEX_FUTURE (visit->ended)), NULL);
    }
  visit = g_new0 (Visit, 1);
  visit->intake = intake;
  visit->agent_id = g_strdup (upload->agent_id);
  visit->ended = dex_promise_new ();
  g_hash_table_insert (self->visits, g_strdup (upload->id), visit);
}

void
lobby_uploads_leave (LobbyUploads *self,
                     const LobbyUpload *upload)
{
  Visit *visit = g_hash_table_lookup (self->visits, upload->id);
  g_autoptr (DexPromise) ended = g_steal_pointer (&visit->ended);

  g_hash_table_remove (self->visits, upload->id);
  dex_promise_resolve_boolean (ended, TRUE);
}

/* Receiving */

gint64
lobby_uploads_get_offset (LobbyUploads *self,
                          const LobbyUpload *upload)
{
  g_autofree char *path = part_path (self, upload->id);

  return upload->sha256 != NULL ? upload->length : lobby_file_size (path);
}

gboolean
lobby_uploads_receive (LobbyUploads *self,
                       const LobbyUpload *upload,
                       LobbyUploadIntake *intake,
                       gint64 offset,
                       GError **error)
{
  g_autofree char *path = part_path (self, upload->id);

  if (upload->sha256 != NULL && offset == upload->length)
    return TRUE; /* an answer got lost, and nothing is left to come */
  if (lobby_uploads_get_offset (self, upload) != offset)
    {
      g_set_error_literal (error, LOBBY_UPLOAD_ERROR, LOBBY_UPLOAD_ERROR_OFFSET, "The upload stands at another offset");
      return FALSE;
    }
  return lobby_upload_intake_run (intake, path, offset, error);
}

/* Finishing */

typedef struct
{
  LobbyUploads *self;
  const LobbyUpload *upload;
  char **kinds; /* of connection */
  char *path;
  char *ordered; /* the same with its index first, or NULL */
  LobbyMediaFacts *facts;
} Finish;

static void
finish_clear (Finish *finish)
{
  g_strfreev (finish->kinds);
  g_free (finish->path);
  g_free (finish->ordered);
  g_clear_pointer (&finish->facts, lobby_media_facts_free);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Finish, finish_clear)

/* One kind of connection that takes it is enough: the connection that sends it is asked again. */
static gboolean
check_limits (const Finish *finish,
              GError **error)
{
  g_autofree char *message = NULL;
  LobbyMediaFit fit = LOBBY_MEDIA_BAD_KIND;

  for (guint i = 0; finish->kinds[i] != NULL && fit != LOBBY_MEDIA_FITS; i++)
    {
      g_clear_pointer (&message, g_free);
      fit = lobby_media_limits_check (finish->kinds[i], finish->upload->kind, finish->facts, &message);
    }
  if (fit == LOBBY_MEDIA_FITS)
    return TRUE;
  g_set_error (error, LOBBY_UPLOAD_ERROR, fit == LOBBY_MEDIA_TOO_LARGE ? LOBBY_UPLOAD_ERROR_TOO_LARGE : LOBBY_UPLOAD_ERROR_TYPE_REFUSED, "%s",
               message != NULL ? message : "No connection takes this file");
  return FALSE;
}

/* A video that is only in the wrong order is put right, as a file of its own: after a crash the part is as it came. What cannot be
 * put right stays, and the limits say whether it is taken. */
static gboolean
order_video (Finish *finish,
             GError **error)
{
  g_autofree char *ordered = g_strconcat (finish->path, ORDERED, NULL);
  g_autoptr (GError) inner = NULL;

  if (!finish->facts->index_behind || strcmp (finish->upload->kind, "video") != 0)
    return TRUE;
  if (!lobby_file_has_room (finish->self->folder, finish->upload->length))
    {
      errno = ENOSPC;
      return lobby_file_set_error (error, "Cannot keep a video");
    }
  if (lobby_mp4_order (finish->path, ordered, &inner))
    {
      finish->ordered = g_steal_pointer (&ordered);
      lobby_media_facts_free (finish->facts);
      finish->facts = lobby_media_inspect (finish->ordered, finish->upload->told_type, error);
      return finish->facts != NULL;
    }
  if (g_error_matches (inner, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&inner));
  return FALSE;
}

static gboolean
check_and_keep (gpointer data,
                GValue *result,
                GError **error)
{
  Finish *finish = data;
  const LobbyUpload *upload = finish->upload;

  finish->facts = lobby_media_inspect (finish->path, upload->told_type, error);
  if (finish->facts == NULL)
    return FALSE;
  if (finish->facts->size != upload->length
      || (upload->told_sha256 != NULL && g_ascii_strcasecmp (upload->told_sha256, finish->facts->sha256) != 0))
    {
      g_set_error_literal (error, LOBBY_UPLOAD_ERROR, LOBBY_UPLOAD_ERROR_DAMAGED, "What came is not the file that was announced. Send it again");
      return FALSE;
    }
  return order_video (finish, error)
         && check_limits (finish, error)
         && lobby_file_store_keep (lobby_storage (finish->self->storage, get_files), finish->ordered != NULL ? finish->ordered : finish->path,
                                   finish->facts->sha256, error);
}

/* The storage's errors and those of files become ours, but for one that says to ask again. */
static gboolean
translate (GError **error,
           GError *cause)
{
  if (cause->domain == LOBBY_UPLOAD_ERROR || g_error_matches (cause, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_BUSY))
    g_propagate_error (error, cause);
  else
    {
      gboolean full = lobby_file_is_full (cause) || g_error_matches (cause, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FULL);

      g_set_error_literal (error, LOBBY_UPLOAD_ERROR, full ? LOBBY_UPLOAD_ERROR_FULL : LOBBY_UPLOAD_ERROR_FAILED, cause->message);
      g_error_free (cause);
    }
  return FALSE;
}

static gboolean
ends_upload (const GError *error)
{
  return g_error_matches (error, LOBBY_UPLOAD_ERROR, LOBBY_UPLOAD_ERROR_DAMAGED)
         || g_error_matches (error, LOBBY_UPLOAD_ERROR, LOBBY_UPLOAD_ERROR_TOO_LARGE)
         || g_error_matches (error, LOBBY_UPLOAD_ERROR, LOBBY_UPLOAD_ERROR_TYPE_REFUSED);
}

gboolean
lobby_uploads_finish (LobbyUploads *self,
                      const LobbyUpload *upload,
                      GError **error)
{
  g_auto (Finish) finish = { .self = self, .upload = upload, .path = part_path (self, upload->id) };
  GError *cause = NULL;
  gboolean kept;

  if (upload->sha256 != NULL || lobby_uploads_get_offset (self, upload) < upload->length)
    return TRUE;
  finish.kinds = lobby_uploads_list_kinds (self, upload->business_id, upload->connection_id, &cause);
  if (cause != NULL)
    return translate (error, cause);
  if (finish.kinds == NULL)
    finish.kinds = g_new0 (char *, 1);
  kept = dex_await (lobby_async_run_in_thread (check_and_keep, &finish, NULL), &cause);
  if (finish.ordered != NULL)
    g_unlink (finish.ordered); /* it has its name among the files now, or is of no use */
  if (kept
      && lobby_storage (self->storage, finish_upload, upload->id, finish.facts, lobby_clock_now () + LOBBY_UPLOADS_EXPIRE_MSEC, &cause)
      && dex_await (lobby_storage_commit (self->storage), &cause))
    {
      g_unlink (finish.path);
      return TRUE;
    }
  if (ends_upload (cause))
    lobby_uploads_remove (self, upload->id, NULL);
  return translate (error, cause);
}

/* Ending */

gboolean
lobby_uploads_remove (LobbyUploads *self,
                      const char *id,
                      GError **error)
{
  if (!lobby_storage (self->storage, remove_upload, id, error))
    return FALSE;
  unlink_later (part_path (self, id));
  return TRUE;
}

/* A crash may leave the file of an upload that is finished or was never stored. */
static void
remove_strays (LobbyUploads *self)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      const char *dot = strchr (name, '.');
      g_autofree char *id = g_strndup (name, dot != NULL ? (gsize)(dot - name) : strlen (name));
      g_autofree char *path = g_build_filename (self->folder, name, NULL);
      g_autoptr (LobbyUpload) upload = NULL;

      if (g_hash_table_contains (self->visits, id))
        continue;
      upload = lobby_storage (self->storage, find_upload, id);
      if (upload == NULL || upload->sha256 != NULL || g_strcmp0 (dot, PART) != 0)
        unlink_later (g_steal_pointer (&path));
    }
}

void
lobby_uploads_expire (LobbyUploads *self,
                      gint64 now)
{
  g_autoptr (GPtrArray) ids = lobby_storage (self->storage, list_expired_uploads, now, EXPIRE_AT_ONCE);

  for (guint i = 0; i < ids->len; i++)
    {
      const char *id = g_ptr_array_index (ids, i);
      g_autoptr (GError) error = NULL;

      if (!g_hash_table_contains (self->visits, id) && !lobby_uploads_remove (self, id, &error))
        lobby_log_event (G_LOG_LEVEL_WARNING, "media", "an expired upload could not be removed", "reason", error->message, NULL);
    }
  remove_strays (self);
}

static gboolean
on_timer (gpointer data)
{
  lobby_uploads_expire (data, lobby_clock_now ());
  return G_SOURCE_CONTINUE;
}

static void
lobby_uploads_finalize (GObject *object)
{
  LobbyUploads *self = LOBBY_UPLOADS (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_object (&self->storage);
  g_hash_table_unref (self->visits);
  g_free (self->folder);
  G_OBJECT_CLASS (lobby_uploads_parent_class)->finalize (object);
}

static void
lobby_uploads_class_init (LobbyUploadsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_uploads_finalize;
}

static void
lobby_uploads_init (LobbyUploads *self)
{
  self->visits = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, visit_free);
}

LobbyUploads *
lobby_uploads_new (LobbyStorage *storage)
{
  LobbyUploads *self = g_object_new (LOBBY_TYPE_UPLOADS, NULL);

  self->storage = g_object_ref (storage);
  self->folder = g_build_filename (lobby_file_store_get_folder (lobby_storage (storage, get_files)), FOLDER, NULL);
  if (g_mkdir_with_parents (self->folder, 0700) != 0)
    g_warning ("Cannot make the folder of uploads: %s", g_strerror (errno));
  self->timer = g_timeout_add_seconds (EXPIRE_SEC, on_timer, self);
  return self;
}
