/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-store.h"

G_BEGIN_DECLS

/*
 * The one way of what the server tells into the store: change sets one after the other, each
 * written before the next begins, large ones by the store's worker. Always written from the
 * main loop's own stack, never from a fiber's: the store's signals reach widgets.
 *
 * Signal: "file-revoked" (const char *media_url): the message that has it is taken back. Told before the store forgets where
 * the file was, so that a crash in between tells it again.
 */
#define LOBBY_TYPE_CHANGE_QUEUE (lobby_change_queue_get_type ())
G_DECLARE_FINAL_TYPE (LobbyChangeQueue, lobby_change_queue, LOBBY, CHANGE_QUEUE, GObject)

LobbyChangeQueue *lobby_change_queue_new       (LobbyStore       *store);
/* Takes @changes. Resolves to TRUE once they are in the store; rejects with the store's error. */
DexFuture        *lobby_change_queue_add       (LobbyChangeQueue *self,
                                                LobbyChangeSet   *changes);
/* lobby_store_begin_reset in its turn. */
DexFuture        *lobby_change_queue_add_reset (LobbyChangeQueue *self,
                                                const char       *business_id);
/* Resolves when all that was added before is done, well or not. */
DexFuture        *lobby_change_queue_drained   (LobbyChangeQueue *self);

G_END_DECLS
