/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-media-fetcher.h"

G_BEGIN_DECLS

/* Works in the stored webhook deliveries, begun oldest first, some at a time; a large one may end after a later small one, as WhatsApp
 * delivers out of order anyway. What a crash interrupts is worked in again from its beginning: the storage knows what it has already. */
#define LOBBY_TYPE_DELIVERY_PUMP (lobby_delivery_pump_get_type ())
G_DECLARE_FINAL_TYPE (LobbyDeliveryPump, lobby_delivery_pump, LOBBY, DELIVERY_PUMP, GObject)

/* Signal "processed" after each batch. */
LobbyDeliveryPump *lobby_delivery_pump_new  (LobbyStorage      *storage,
                                             LobbyFindAdapter   find,
                                             gpointer           data);
void               lobby_delivery_pump_wake (LobbyDeliveryPump *self);
/* @delivery was stored in this turn: works it in within the turn, so that both share a commit. FALSE when it does not, because it is
 * large, or others wait before it, or many are on their way; then it is found by wake, after the commit. */
gboolean           lobby_delivery_pump_take (LobbyDeliveryPump *self,
                                             const LobbyDelivery *delivery);
void               lobby_delivery_pump_stop (LobbyDeliveryPump *self);

G_END_DECLS
