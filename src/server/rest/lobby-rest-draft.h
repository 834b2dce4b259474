/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-rest-private.h"

G_BEGIN_DECLS

/* What POST /api/messages/{contactId} asks to send into @conversation, as docs/protocol.md says, within WhatsApp's
 * limits and what the conversation's connection can. NULL: answered (400, 404, 409, 422; 200, when it was taken before). */
LobbyDraft *lobby_rest_draft (LobbyRest                   *self,
                              LobbyHttpExchange           *exchange,
                              const LobbyWireConversation *conversation,
                              JsonObject                  *body);
/* {"message"}, when it is on the disk; its connection then looks for something to send. */
void        lobby_rest_answer_message (LobbyRest         *self,
                                       LobbyHttpExchange *exchange,
                                       guint              status,
                                       const LobbyWireMessage *message);
/* "text" of @body, of a length that WhatsApp takes. NULL: answered. */
const char *lobby_rest_draft_text (LobbyHttpExchange *exchange,
                              JsonObject        *body);

G_END_DECLS
