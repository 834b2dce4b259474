/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

#define LOBBY_TYPE_SQLITE_STORAGE (lobby_sqlite_storage_get_type ())
G_DECLARE_FINAL_TYPE (LobbySqliteStorage, lobby_sqlite_storage, LOBBY, SQLITE_STORAGE, GObject)

/* @folder holds lobby.db and media/ (by hash: media/ab/abcdef…). */
LobbySqliteStorage *lobby_sqlite_storage_open (const char *folder, GError **error);
/* Whether another process (lobbyd user add, lobbyd connection add) has written since the last call. */
gboolean            lobby_sqlite_storage_check_outside (LobbySqliteStorage *self);

G_END_DECLS
