/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-adapter.h"

G_BEGIN_DECLS

/*
 * Read receipts and typing indicators for customers. Both are courtesy: tried a few times, never stored. WhatsApp
 * shows typing for 25 s and takes it only together with a read receipt (CLOUD_API 2), so
 * one call in 20 s a conversation is enough and all that is made.
 */
typedef struct _LobbyReceipts LobbyReceipts;

LobbyReceipts *lobby_receipts_new    (LobbyStorage   *storage);
void           lobby_receipts_free   (LobbyReceipts  *self);
void           lobby_receipts_read   (LobbyReceipts  *self,
                                      LobbyAdapter   *adapter,
                                      const char     *whatsapp_message_id);
/* Nothing happens when the customer has not written within the service window. */
void           lobby_receipts_typing (LobbyReceipts  *self,
                                      LobbyAdapter   *adapter,
                                      const char     *conversation_id,
                                      gint64          now);              /* monotonic ms */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyReceipts, lobby_receipts_free)

G_END_DECLS
