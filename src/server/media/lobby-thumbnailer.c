/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-thumbnailer.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

#include "lobby-async.h"
#include "lobby-file.h"
#include "lobby-image-size.h"
#include "lobby-log.h"
#include "lobby-media-type.h"
#include "lobby-storage-commit.h"

#define PROGRAM "lobbyd-thumbnail"
#define UNFINISHED ".thumbnail"
#define TIMEOUT_MSEC 15000
/* After a commit that may have brought a file; and when none did. */
#define SOON_MSEC 50
#define LOOK_MSEC 5000
/* After a full disk. */
#define PAUSE_MSEC 60000
#define MAX_SIDE 320
#define MAX_BYTES (512 * 1024)

struct _LobbyThumbnailer
{
  LobbyStorage *storage;
  char *program; /* NULL: it is not here */
  char *output;  /* where it writes */
  gulong committed;
  guint timer;
  gboolean soon; /* the timer is a short one */
  gboolean busy;
  gboolean *freed; /* of the drawing under way */
};

static void schedule (LobbyThumbnailer *self,
                      guint msec);

typedef struct
{
  LobbyThumbnailer *thumbnailer; /* gone when freed is TRUE */
  gboolean freed;
  LobbyStorage *storage;
  LobbyMediaFile *file;
  char *program;
  char *output;
  int input_fd, output_fd;
  int width, height;
} Drawing;

static void
drawing_free (gpointer data)
{
  Drawing *drawing = data;

  if (!drawing->freed)
    drawing->thumbnailer->freed = NULL;
  if (drawing->input_fd >= 0)
    close (drawing->input_fd);
  if (drawing->output_fd >= 0)
    close (drawing->output_fd);
  g_unlink (drawing->output);
  lobby_media_file_free (drawing->file);
  g_object_unref (drawing->storage);
  g_free (drawing->program);
  g_free (drawing->output);
  g_free (drawing);
}

/* Beside lobbyd, as it is built; else where it is installed. */
static char *
find_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;
  g_autofree char *built = folder != NULL ? g_build_filename (folder, "thumbnail", PROGRAM, NULL) : NULL;
  g_autofree char *installed = g_build_filename (LOBBY_LIBEXECDIR, PROGRAM, NULL);

  if (built != NULL && g_file_test (built, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&built);
  return g_file_test (installed, G_FILE_TEST_IS_EXECUTABLE) ? g_steal_pointer (&installed) : NULL;
}

/* A picture's or video's, which the program knows to take. */
static gboolean
is_drawable (const char *type)
{
  static const char *const pictures[] = { "image/jpeg", "image/png", "image/gif", "image/webp", NULL };

  return g_strv_contains (pictures, type) || g_str_has_prefix (type, "video/");
}

/* Of a file from before types were kept. */
static gboolean
find_type (Drawing *drawing)
{
  guint8 beginning[4096];
  gssize length = pread (drawing->input_fd, beginning, sizeof beginning, 0);

  if (drawing->file->mime_type == NULL && length > 0)
    drawing->file->mime_type = lobby_media_type_decide (beginning, (gsize)length, NULL);
  return drawing->file->mime_type != NULL && is_drawable (drawing->file->mime_type);
}

static gboolean
open_files (gpointer data,
            GValue *result,
            GError **error)
{
  Drawing *drawing = data;

  drawing->input_fd = g_open (drawing->file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0);
  if (drawing->input_fd < 0)
    return lobby_file_set_error (error, "Cannot open a file");
  if (!find_type (drawing))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "It is nothing to look at");
      return FALSE;
    }
  if (!lobby_file_has_room (lobby_file_store_get_folder (lobby_storage (drawing->storage, get_files)), MAX_BYTES))
    {
      errno = ENOSPC;
      return lobby_file_set_error (error, "Cannot make a thumbnail");
    }
  drawing->output_fd = g_open (drawing->output, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  return drawing->output_fd >= 0 || lobby_file_set_error (error, "Cannot make a thumbnail");
}

/* Nothing that it wrote is believed: it may have been turned against us. */
static gboolean
check_and_keep (gpointer data,
                GValue *result,
                GError **error)
{
  Drawing *drawing = data;
  guint8 beginning[4096];
  gssize length = pread (drawing->output_fd, beginning, sizeof beginning, 0);

  if (length < 3 || beginning[0] != 0xff || beginning[1] != 0xd8 || beginning[2] != 0xff
      || !lobby_image_size_parse (beginning, (gsize)length, &drawing->width, &drawing->height) || drawing->width > MAX_SIDE
      || drawing->height > MAX_SIDE)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "What was drawn is no thumbnail");
      return FALSE;
    }
  if (fdatasync (drawing->output_fd) != 0)
    return lobby_file_set_error (error, "Cannot make a thumbnail");
  return lobby_file_store_keep_thumbnail (lobby_storage (drawing->storage, get_files), drawing->output, drawing->file->sha256, error);
}

static void
on_ended (GObject *source,
          GAsyncResult *result,
          gpointer data)
{
  g_autoptr (DexPromise) promise = data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  dex_promise_resolve_boolean (promise, TRUE);
}

static DexFuture *
wait_for_end (GSubprocess *process)
{
  DexPromise *promise = dex_promise_new ();

  g_subprocess_wait_async (process, NULL, on_ended, dex_ref (promise));
  return DEX_FUTURE (promise);
}

/* Only on a fiber. FALSE with an error. GStreamer's Orc is not to make code of its own, which the cage forbids. */
static gboolean
run_program (Drawing *drawing,
             GError **error)
{
  const char *const arguments[] = { drawing->program, drawing->file->mime_type, NULL };
  const char *const environment[] = { "PATH=/usr/bin:/bin", "HOME=/nonexistent", "LC_ALL=C.UTF-8", "ORC_CODE=backup", "ASAN_OPTIONS=detect_leaks=0", NULL };
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (DexFuture) ended = NULL;

  g_subprocess_launcher_set_environ (launcher, (char **)environment);
  g_subprocess_launcher_set_cwd (launcher, "/");
  g_subprocess_launcher_take_stdin_fd (launcher, g_steal_fd (&drawing->input_fd));
  g_subprocess_launcher_take_stdout_fd (launcher, fcntl (drawing->output_fd, F_DUPFD_CLOEXEC, 3));
  process = g_subprocess_launcher_spawnv (launcher, arguments, error);
  if (process == NULL)
    return FALSE;
  ended = wait_for_end (process);
  if (!dex_await (lobby_async_with_timeout (dex_ref (ended), TIMEOUT_MSEC), NULL))
    {
      g_subprocess_force_exit (process);
      dex_await (dex_ref (ended), NULL);
    }
  if (g_subprocess_get_if_exited (process) && g_subprocess_get_exit_status (process) == 0)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s",
               g_subprocess_get_if_exited (process) ? "it cannot be decoded here" : "the decoder was ended");
  return FALSE;
}

static gboolean
is_only_room (const GError *error)
{
  return lobby_file_is_full (error) || g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FULL);
}

/* What the file's thumbnail is from now on. FALSE: try again later. */
static gboolean
note (Drawing *drawing,
      const GError *failure)
{
  g_autoptr (GError) error = NULL;
  LobbyThumbnailState state = failure == NULL ? LOBBY_THUMBNAIL_READY : LOBBY_THUMBNAIL_NONE;

  if (failure != NULL && is_only_room (failure))
    return FALSE;
  if (failure != NULL)
    lobby_log_event (G_LOG_LEVEL_INFO, "media", "there is no thumbnail of a file", "sha256", drawing->file->sha256, "reason", failure->message, NULL);
  if (lobby_storage (drawing->storage, set_thumbnail, drawing->file->sha256, state, drawing->width, drawing->height, &error)
      && dex_await (lobby_storage_commit (drawing->storage), &error))
    return TRUE;
  lobby_log_event (G_LOG_LEVEL_WARNING, "media", "a thumbnail could not be noted", "reason", error->message, NULL);
  return FALSE;
}

static DexFuture *
draw_fiber (gpointer data)
{
  Drawing *drawing = data;
  g_autoptr (GError) error = NULL;
  gboolean noted;

  if (dex_await (lobby_async_run_in_thread (open_files, drawing, NULL), &error) && run_program (drawing, &error))
    dex_await (lobby_async_run_in_thread (check_and_keep, drawing, NULL), &error);
  noted = note (drawing, error);
  if (drawing->freed)
    return dex_future_new_true ();
  drawing->thumbnailer->busy = FALSE;
  schedule (drawing->thumbnailer, noted ? SOON_MSEC : PAUSE_MSEC);
  return dex_future_new_true ();
}

static gboolean
on_timer (gpointer data)
{
  LobbyThumbnailer *self = data;
  g_autoptr (GPtrArray) files = NULL;
  Drawing *drawing;

  self->timer = 0;
  self->soon = FALSE;
  files = lobby_storage (self->storage, list_files_to_draw, 1);
  if (files->len == 0)
    {
      schedule (self, LOOK_MSEC);
      return G_SOURCE_REMOVE;
    }
  drawing = g_new0 (Drawing, 1);
  drawing->thumbnailer = self;
  drawing->storage = g_object_ref (self->storage);
  drawing->file = g_ptr_array_steal_index (files, 0);
  drawing->program = g_strdup (self->program);
  drawing->output = g_strdup (self->output);
  drawing->input_fd = drawing->output_fd = -1;
  self->busy = TRUE;
  self->freed = &drawing->freed;
  lobby_async_go (draw_fiber, drawing, drawing_free);
  return G_SOURCE_REMOVE;
}

static void
schedule (LobbyThumbnailer *self,
          guint msec)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->soon = msec <= SOON_MSEC;
  self->timer = g_timeout_add_full (G_PRIORITY_LOW, msec, on_timer, self, NULL);
}

/* A file may have come with it. */
static void
on_committed (LobbyStorage *storage,
              GPtrArray *events,
              LobbyThumbnailer *self)
{
  if (!self->busy && !self->soon)
    schedule (self, SOON_MSEC);
}

LobbyThumbnailer *
lobby_thumbnailer_new (LobbyStorage *storage)
{
  LobbyThumbnailer *self = g_new0 (LobbyThumbnailer, 1);

  self->storage = g_object_ref (storage);
  self->output = g_build_filename (lobby_file_store_get_folder (lobby_storage (storage, get_files)), UNFINISHED, NULL);
  self->program = find_program ();
  if (self->program == NULL)
    {
      lobby_log_event (G_LOG_LEVEL_WARNING, "media", "there are no thumbnails: " PROGRAM " is not installed", NULL);
      return self;
    }
  self->committed = g_signal_connect (storage, "committed", G_CALLBACK (on_committed), self);
  schedule (self, SOON_MSEC);
  return self;
}

void
lobby_thumbnailer_free (LobbyThumbnailer *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->committed != 0)
    g_signal_handler_disconnect (self->storage, self->committed);
  if (self->freed != NULL)
    *self->freed = TRUE;
  g_object_unref (self->storage);
  g_free (self->program);
  g_free (self->output);
  g_free (self);
}
