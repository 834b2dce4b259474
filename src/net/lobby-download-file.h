/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

G_BEGIN_DECLS

/*
 * A file that is either whole under its name or not there: written beside it under another name,
 * synced, then renamed. All disk work is on a pool thread. Errors: G_FILE_ERROR.
 */
typedef struct _LobbyDownloadFile LobbyDownloadFile;

LobbyDownloadFile *lobby_download_file_new    (const char        *path);
/* Takes @chunk. One write at a time. */
DexFuture         *lobby_download_file_write  (LobbyDownloadFile *self,
                                               GBytes            *chunk);
/* Gives the file its name. */
DexFuture         *lobby_download_file_commit (LobbyDownloadFile *self);
/* Removes what was not committed. */
void               lobby_download_file_unref  (LobbyDownloadFile *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyDownloadFile, lobby_download_file_unref)

G_END_DECLS
