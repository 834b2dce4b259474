/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-store.h"

G_BEGIN_DECLS

/*
 * Who types, both ways. Ours is told when it begins, again every few seconds while it goes on
 * (WhatsApp shows it for 25 s at most), and when it ends or falls silent. Theirs ends by itself when no end is told.
 * Signal "tell" (LobbyConversation *, gboolean typing): to be sent to the server.
 */
#define LOBBY_TYPE_TYPING (lobby_typing_get_type ())
G_DECLARE_FINAL_TYPE (LobbyTyping, lobby_typing, LOBBY, TYPING, GObject)

/* ms */
#define LOBBY_TYPING_REPEAT   4000    /* no oftener than this a beginning is told */
#define LOBBY_TYPING_SILENCE  5000    /* without a keystroke for so long, it ended */
#define LOBBY_TYPING_CUSTOMER 25000   /* a customer's typing is believed for so long */
#define LOBBY_TYPING_AGENT    10000   /* a colleague's */

LobbyTyping *lobby_typing_new          (LobbyStore        *store);
/* Each keystroke, and FALSE when the composer empties or its text is sent. */
void         lobby_typing_set_own      (LobbyTyping       *self,
                                        LobbyConversation *conversation,
                                        gboolean           typing);
void         lobby_typing_set_customer (LobbyTyping       *self,
                                        const char        *conversation_id,
                                        gboolean           typing);
/* @name: what the colleague is called. */
void         lobby_typing_set_agent    (LobbyTyping       *self,
                                        const char        *conversation_id,
                                        const char        *agent_id,
                                        const char        *name,
                                        gboolean           typing);
/* The connection is gone: nobody is known to type. */
void         lobby_typing_clear        (LobbyTyping       *self);

G_END_DECLS
