/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * Removes files that nothing has named for a while, slowly and in small steps, in rounds:
 *
 *   rows     those that nothing names are noted with the time; those noted long ago are forgotten
 *   shelves  what lies on the disk without a row is removed: what was just forgotten, and what a crash left
 *
 * Why a new reference to a file about to go is safe is told in lobby-file-store.h.
 */
typedef struct _LobbyMediaCollector LobbyMediaCollector;

/* @keep_days: how long a file stays when nothing names it. Starts by itself. */
LobbyMediaCollector *lobby_media_collector_new  (LobbyStorage        *storage,
                                                 guint                keep_days);
void                 lobby_media_collector_set_keep_days (LobbyMediaCollector *self,
                                                 guint                keep_days);
void                 lobby_media_collector_free (LobbyMediaCollector *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyMediaCollector, lobby_media_collector_free)

G_END_DECLS
