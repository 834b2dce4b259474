/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is done with a data folder from outside, beside a running server or without one. All of it blocks. */

typedef struct
{
  gint64 files;     /* of media */
  gint64 bytes;     /* of them and the database */
  guint  copied;    /* of the files; the others are hard links */
} LobbyBackupSummary;

/*
 * Makes @target, which must not exist, a data folder with everything that @folder has now, and checks it. The copy is
 * meant to be started one day when the present one is lost, and by then time will have gone on. So in the copy
 *  - every business's event numbers make a leap and the log is empty: clients that know later events read everything anew;
 *  - what waited to be sent is marked as being sent: it was sent since, and is not sent twice;
 *  - uploads that were under way are gone: what had come of them is not copied.
 * It is made beside @target and renamed when it is whole. On failure nothing is left; what a crash left is used.
 */
gboolean lobby_sqlite_backup (const char          *folder,
                              const char          *target,
                              LobbyBackupSummary  *summary,
                              GError             **error);

/*
 * Looks for what is wrong with a data folder. Returns lines for people (of char *), each a problem; NULL when it cannot
 * look. With @repair it mends what it safely can, which needs that no server runs on @folder, and returns what remains;
 * what was mended is added to @mended.
 */
GPtrArray *lobby_sqlite_check (const char    *folder,
                               gboolean       repair,
                               GPtrArray     *mended,
                               GError       **error);

/* FALSE: the file at @path is not there, of another size (unless 0), or has another content. */
gboolean lobby_sqlite_verify_file (const char *path,
                                   const char *sha256,
                                   gint64      size);

G_END_DECLS
