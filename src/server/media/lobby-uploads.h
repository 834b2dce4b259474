/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"
#include "lobby-upload-intake.h"

G_BEGIN_DECLS

/*
 * Uploads between their announcement and their end. The row in the storage says what is to come, the length of the file in
 * media/.uploads says how much of it has: after whatever crash the two are right.
 *
 *   announced → bytes come, in any number of requests → whole: looked at, kept by its hash → finished, may be sent
 *
 * One request at a time works on an upload; a newer one takes over, because the older one may be a connection that died unseen. What
 * is not sent in time expires. Main thread only; what may wait is for fibers.
 */
#define LOBBY_TYPE_UPLOADS (lobby_uploads_get_type ())
G_DECLARE_FINAL_TYPE (LobbyUploads, lobby_uploads, LOBBY, UPLOADS, GObject)

/* What one agent may have unfinished, and send at once. */
#define LOBBY_UPLOADS_MAX_OPEN    32
#define LOBBY_UPLOADS_MAX_BYTES   (G_GINT64_CONSTANT (1024) * 1024 * 1024)
#define LOBBY_UPLOADS_MAX_ACTIVE  8
/* Of all agents: each has at most half a MiB in memory. */
#define LOBBY_UPLOADS_MAX_ALL     128
#define LOBBY_UPLOADS_EXPIRE_MSEC (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

LobbyUploads *lobby_uploads_new        (LobbyStorage        *storage);

/* The kinds of connection whose limits hold: of this connection, or of all that the business has. NULL: there is no such
 * connection, or with LOBBY_STORAGE_ERROR: that cannot be read now. (transfer full) */
char        **lobby_uploads_list_kinds (LobbyUploads        *self,
                                        const char          *business_id,
                                        const char          *connection_id,
                                        GError             **error);

typedef enum
{
  LOBBY_UPLOADS_MAY,
  LOBBY_UPLOADS_TOO_MANY,       /* of this agent's */
  LOBBY_UPLOADS_NO_ROOM,        /* on the disk */
} LobbyUploadsMay;
/* Whether this agent may announce a file of @length bytes. */
LobbyUploadsMay lobby_uploads_may_announce (LobbyUploads     *self,
                                        const char          *agent_id,
                                        gint64               length);
/* Whether this agent may begin another transfer. */
gboolean      lobby_uploads_may_send   (LobbyUploads        *self,
                                        const char          *agent_id);

/* Only on a fiber, all of these. While one has entered an upload nobody else does; whoever was inside is cut off. @intake may be NULL. */
void          lobby_uploads_enter      (LobbyUploads        *self,
                                        const LobbyUpload   *upload,
                                        LobbyUploadIntake   *intake);
void          lobby_uploads_leave      (LobbyUploads        *self,
                                        const LobbyUpload   *upload);
/* Bytes that have come. */
gint64        lobby_uploads_get_offset (LobbyUploads        *self,
                                        const LobbyUpload   *upload);
/* FALSE with LOBBY_UPLOAD_ERROR. */
gboolean      lobby_uploads_receive    (LobbyUploads        *self,
                                        const LobbyUpload   *upload,
                                        LobbyUploadIntake   *intake,
                                        gint64               offset,
                                        GError             **error);
/* When all has come and it is not finished: looks at the content and keeps it. TRUE also when there is nothing to do yet. FALSE with
 * LOBBY_UPLOAD_ERROR: DAMAGED, TOO_LARGE and TYPE_REFUSED end the upload; or with LOBBY_STORAGE_ERROR_BUSY. */
gboolean      lobby_uploads_finish     (LobbyUploads        *self,
                                        const LobbyUpload   *upload,
                                        GError             **error);
/* Removes what has come, and the row. FALSE with LOBBY_STORAGE_ERROR. */
gboolean      lobby_uploads_remove     (LobbyUploads        *self,
                                        const char          *id,
                                        GError             **error);
/* Removes uploads that expired before @now and nobody works on, and files of uploads that are no more. */
void          lobby_uploads_expire     (LobbyUploads        *self,
                                        gint64               now);

G_END_DECLS
