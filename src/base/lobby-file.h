/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Waits until the disk has what was made, renamed or removed in @folder. Blocking. FALSE with G_FILE_ERROR. */
gboolean lobby_file_sync_folder (const char  *folder,
                                 GError     **error);

/* "@what: why" in G_FILE_ERROR, from errno. Returns FALSE. */
gboolean lobby_file_set_error   (GError     **error,
                                 const char  *what);

/* TRUE when @error says that the disk, a quota or a limit leaves no room. */
gboolean lobby_file_is_full     (const GError *error);

/* All of @bytes. FALSE with errno. */
gboolean lobby_file_write       (int         fd,
                                 const void *bytes,
                                 gsize       length);

/* Bytes; 0 also when there is no such file. */
gint64   lobby_file_size        (const char  *path);

/* How long ago it was written to, ms, by the clock on the wall; G_MAXINT64 when there is no such file. */
gint64   lobby_file_age         (const char  *path);

/* TRUE when @bytes more fit onto the disk of @folder and a twentieth of it, 64 MiB at most, stays free: what may be refused
 * (a file) must not take the room of what may not (the database). */
gboolean lobby_file_has_room    (const char  *folder,
                                 gint64       bytes);

G_END_DECLS
