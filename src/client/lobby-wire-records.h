/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-records.h"
#include "lobby-wire.h"

G_BEGIN_DECLS

/* What the server tells, as rows for the store. All (transfer full). */
LobbyContactRecord      *lobby_contact_record_from_wire      (const LobbyWireContact      *contact);
LobbyConversationRecord *lobby_conversation_record_from_wire (const LobbyWireConversation *conversation);
LobbyMessageRecord      *lobby_message_record_from_wire      (const LobbyWireMessage      *message);
/* Adds what @event changes; nothing for typing and the state of numbers. */
void                     lobby_change_set_add_event          (LobbyChangeSet              *changes,
                                                              const LobbyWireEvent        *event);

G_END_DECLS
