/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-api.h"
#include "lobby-message.h"
#include "lobby-sync-engine.h"

G_BEGIN_DECLS

/*
 * Gives what waits in the store's outbox to the server, in order within each conversation, while
 * conversations do not wait for each other. An entry is on its way once at a time; its client_id makes sending it
 * again safe when nobody knows whether it arrived. Three ends of a try:
 *   accepted   the server's message takes the entry's place;
 *   refused    (4xx) for good: the message fails with the server's reason, the next one goes;
 *   otherwise  again after lobby_backoff_delay, longer when the server says so.
 */
#define LOBBY_TYPE_OUTBOX (lobby_outbox_get_type ())
G_DECLARE_FINAL_TYPE (LobbyOutbox, lobby_outbox, LOBBY, OUTBOX, GObject)
/* Signal "sent" (): the size of the outbox may have changed. */

LobbyOutbox *lobby_outbox_new        (LobbyStore      *store,
                                      LobbyApi        *api,
                                      LobbySyncEngine *engine);
/* Nothing is tried while offline. Going online tries everything at once. */
void         lobby_outbox_set_online (LobbyOutbox     *self,
                                      gboolean         online);
/* Something was queued. */
void         lobby_outbox_kick       (LobbyOutbox     *self);
/* The agent wants @client_id tried at once. */
void         lobby_outbox_retry      (LobbyOutbox     *self,
                                      const char      *client_id);
/* Whether @client_id is with the server right now. */
gboolean     lobby_outbox_is_sending (LobbyOutbox     *self,
                                      const char      *client_id);

G_END_DECLS
