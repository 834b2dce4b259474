/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * How fast each recipient may be written to: one message in so many seconds, and some at once that are borrowed from the time
 * after (CLOUD_API 12). What was sent before this life of the server is asked of the storage.
 */
typedef struct _LobbyPairRates LobbyPairRates;

LobbyPairRates *lobby_pair_rates_new    (LobbyStorage   *storage);
void            lobby_pair_rates_free   (LobbyPairRates *self);
/* ms until @conversation_id may have another message; 0: now. */
guint           lobby_pair_rates_wait   (LobbyPairRates *self,
                                         const char     *conversation_id,
                                         double          per_second,
                                         double          burst,
                                         gint64          now);           /* monotonic µs */
/* It is given one, as lobby_pair_rates_wait just allowed. */
void            lobby_pair_rates_take   (LobbyPairRates *self,
                                         const char     *conversation_id,
                                         gint64          now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyPairRates, lobby_pair_rates_free)

G_END_DECLS
