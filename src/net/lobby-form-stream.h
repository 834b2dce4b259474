/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * A body of multipart/form-data (RFC 7578): text fields, then one file, which is read from the disk as it is sent and never
 * held in memory. Reading blocks, so only GInputStream's asynchronous calls (which read in a thread) are for the main loop.
 */
#define LOBBY_TYPE_FORM_STREAM (lobby_form_stream_get_type ())
G_DECLARE_FINAL_TYPE (LobbyFormStream, lobby_form_stream, LOBBY, FORM_STREAM, GInputStream)

/* @fields: name, value, name, value … NULL. The file at @path becomes the field "file", told as @file_name of @mime_type; what of these cannot stand in
 * a header is left out. NULL with a GIOError when it cannot be opened. */
GInputStream *lobby_form_stream_new              (const char *const *fields,
                                                  const char        *path,
                                                  const char        *file_name,
                                                  const char        *mime_type,
                                                  GError           **error);
const char   *lobby_form_stream_get_content_type (LobbyFormStream   *self);
goffset       lobby_form_stream_get_length       (LobbyFormStream   *self);   /* bytes in all */

G_END_DECLS
