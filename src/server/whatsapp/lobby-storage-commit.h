/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

#include "lobby-storage.h"

G_BEGIN_DECLS

/* Resolves to TRUE when everything written in this turn of the main loop is on the disk; rejects when it was rolled back. */
DexFuture *lobby_storage_commit (LobbyStorage *storage);

/*
 * Runs @write until it is on the disk: what it records has happened in the world and must not be
 * forgotten, so a full disk only delays it. @write returns FALSE with an error when the storage refused; a
 * refusal for another reason than lack of room ends it (TRUE is returned for NOT_FOUND: there is nothing left
 * to record). FALSE when @stopped is TRUE and the one try then made failed. Only on a fiber.
 */
typedef gboolean (*LobbyStorageWrite) (LobbyStorage *storage,
                                       gpointer      data,
                                       GError      **error);
gboolean   lobby_storage_insist (LobbyStorage      *storage,
                                 LobbyStorageWrite  write,
                                 gpointer           data,
                                 const gboolean    *stopped);

G_END_DECLS
