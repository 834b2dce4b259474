/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * The bytes of files, by their SHA-256: FOLDER/ab/abcdef…, a thumbnail beside its file as abcdef….thumbnail. A file is there
 * whole and durably before any row names it, and it is removed only when no row does:
 *
 *   keep → row committed            a file is kept first; a crash between the two leaves one that nobody names
 *   no row names it → remove        asked of the storage by whoever collects, some time before
 *
 * What was kept within the last hour is not removed whatever was asked before: its row may be on the way. So
 * collecting needs no lock against those that keep. All functions but the first two block and may be called on any thread.
 */
typedef struct _LobbyFileStore LobbyFileStore;

#define LOBBY_FILE_STORE_SHELVES 256    /* folders */

LobbyFileStore *lobby_file_store_new    (const char      *folder);
void            lobby_file_store_free   (LobbyFileStore  *self);
const char     *lobby_file_store_get_folder (LobbyFileStore *self);
/* (transfer full) */
char           *lobby_file_store_path   (LobbyFileStore  *self,
                                         const char      *sha256);
char           *lobby_file_store_thumbnail_path (LobbyFileStore *self,
                                         const char      *sha256);

/* Keeps the file at @path, which has this hash and lies on the same disk. It is the caller's to unlink. FALSE with LOBBY_STORAGE_ERROR. */
gboolean        lobby_file_store_keep   (LobbyFileStore  *self,
                                         const char      *path,
                                         const char      *sha256,
                                         GError         **error);
/* Keeps bytes. Returns their SHA-256 hex. (transfer full) */
char           *lobby_file_store_put    (LobbyFileStore  *self,
                                         GBytes          *bytes,
                                         GError         **error);
/* Takes the thumbnail (a whole, synced file) at @path, which is moved. Returns FALSE with LOBBY_STORAGE_ERROR. */
gboolean        lobby_file_store_keep_thumbnail (LobbyFileStore *self,
                                         const char      *path,
                                         const char      *sha256,
                                         GError         **error);
/* The hashes of which something lies on shelf @index. (transfer full) */
GPtrArray      *lobby_file_store_list   (LobbyFileStore  *self,
                                         guint            index);
/* FALSE when it was kept lately, and so stays. */
gboolean        lobby_file_store_remove (LobbyFileStore  *self,
                                         const char      *sha256);
/* Tests only: as if everything was kept long ago. */
void            lobby_file_store_forget_kept (LobbyFileStore *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyFileStore, lobby_file_store_free)

G_END_DECLS
