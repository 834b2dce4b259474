/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-adapter.h"

G_BEGIN_DECLS

/*
 * Whether one connection works, asked of WhatsApp at the start and again, with growing pauses, whenever somebody found that
 * it does not; and told to the storage (whatsapp:connected, whatsapp:disconnected). A held connection (token, permission,
 * blocked account) is asked too, so that it mends itself when WhatsApp's side was mended.
 * Signal "changed" when it begins or ceases to be usable.
 */
#define LOBBY_TYPE_CONNECTION_WATCH (lobby_connection_watch_get_type ())
G_DECLARE_FINAL_TYPE (LobbyConnectionWatch, lobby_connection_watch, LOBBY, CONNECTION_WATCH, GObject)

LobbyConnectionWatch *lobby_connection_watch_new         (LobbyAdapter         *adapter,
                                                          LobbyStorage         *storage,
                                                          const char           *connection_id);
void                  lobby_connection_watch_start       (LobbyConnectionWatch *self);
void                  lobby_connection_watch_stop        (LobbyConnectionWatch *self);
gboolean              lobby_connection_watch_is_usable   (LobbyConnectionWatch *self);
/* Since when it is usable without a break, ms; 0 when it is not. */
gint64                lobby_connection_watch_get_since   (LobbyConnectionWatch *self);
/* Asks now. Resolves to TRUE when it is usable, to FALSE when not. */
DexFuture            *lobby_connection_watch_check       (LobbyConnectionWatch *self);
/* What others found out. */
void                  lobby_connection_watch_held        (LobbyConnectionWatch *self,
                                                          const char           *reason);
void                  lobby_connection_watch_unreachable (LobbyConnectionWatch *self);
/* An answer did not come. It is asked at once; until it answers, it does not count as having worked without a break. */
void                  lobby_connection_watch_doubt       (LobbyConnectionWatch *self);

G_END_DECLS
