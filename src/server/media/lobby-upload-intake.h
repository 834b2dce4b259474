/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * One request's share of an upload on its way to the disk. The HTTP server puts bytes in as they come, a fiber has them written
 * on worker threads; between the two lies a bounded buffer. Bytes that have a checksum of their own are written aside
 * and join the file only when they are right, so that the file's length is always what has come and is good.
 */
typedef struct _LobbyUploadIntake LobbyUploadIntake;

#define LOBBY_UPLOAD_ERROR (lobby_upload_error_quark ())
GQuark lobby_upload_error_quark (void);
typedef enum
{
  LOBBY_UPLOAD_ERROR_FAILED,
  LOBBY_UPLOAD_ERROR_FULL,          /* no room on the disk */
  LOBBY_UPLOAD_ERROR_OFFSET,        /* the file has another length */
  LOBBY_UPLOAD_ERROR_CHECKSUM,      /* these bytes are not those that were meant; nothing of them was kept */
  LOBBY_UPLOAD_ERROR_TAKEN_OVER,    /* another request came for the same upload; what had come was kept */
  LOBBY_UPLOAD_ERROR_BROKEN_OFF,    /* the connection ended; what had come was kept */
  LOBBY_UPLOAD_ERROR_DAMAGED,       /* the whole file is not what was announced; it is removed */
  LOBBY_UPLOAD_ERROR_TOO_LARGE,     /* for what it is; it is removed */
  LOBBY_UPLOAD_ERROR_TYPE_REFUSED,  /* by its content; it is removed */
} LobbyUploadError;

/* There is room again after a take that was refused. */
typedef void (*LobbyUploadRoom) (gpointer data);

/* @checksum is of all bytes to come, or NULL with any @algorithm. */
LobbyUploadIntake *lobby_upload_intake_new     (GChecksumType        algorithm,
                                                GBytes              *checksum,
                                                LobbyUploadRoom      room,
                                                gpointer             data);
void               lobby_upload_intake_free    (LobbyUploadIntake   *self);
/* FALSE: not now. After a failure everything is taken, and dropped. */
gboolean           lobby_upload_intake_take    (LobbyUploadIntake   *self,
                                                const guint8        *bytes,
                                                gsize                size);
/* All has come. */
void               lobby_upload_intake_end     (LobbyUploadIntake   *self);
/* No more comes; @why is LOBBY_UPLOAD_ERROR_BROKEN_OFF or LOBBY_UPLOAD_ERROR_TAKEN_OVER. */
void               lobby_upload_intake_cut_off (LobbyUploadIntake   *self,
                                                LobbyUploadError     why);
/* How long nothing has come, ms. */
gint64             lobby_upload_intake_get_idle (LobbyUploadIntake  *self);
/* Only on a fiber: writes behind the @offset bytes that @path has, until the end; the disk has it all when this returns.
 * FALSE with LOBBY_UPLOAD_ERROR. */
gboolean           lobby_upload_intake_run     (LobbyUploadIntake   *self,
                                                const char          *path,
                                                gint64               offset,
                                                GError             **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyUploadIntake, lobby_upload_intake_free)

G_END_DECLS
