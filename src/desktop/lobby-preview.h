/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-account.h"

G_BEGIN_DECLS

/* A message in one line: what list rows, notifications and reply bars say about it. */

/* WhatsApp's marks (*bold* _italic_ ~strike~ `code`, quotes) taken off and white space folded. (transfer full) */
char       *lobby_preview_strip   (const char        *text);

/* (transfer full). @icon_name (may be NULL) is set to the symbolic icon of the kind of message, or to NULL for text. */
char       *lobby_preview_text    (LobbyMessage      *message,
                                   const char       **icon_name);
/* The same where no icon tells the kind: "Voice message: 0:12". (transfer full) */
char       *lobby_preview_in_words (LobbyMessage     *message);
/* The same as lobby_preview_text for a kind of message and its text, as quotes have them. */
char       *lobby_preview_of      (LobbyModelType     type,
                                   const char        *text,
                                   const char       **icon_name);
/* Who wrote it, when that was us: "You" or a colleague's name; NULL for the customer and when unknown. (transfer full) */
char       *lobby_preview_author  (LobbyMessage      *message,
                                   LobbyAccount      *account);
/* Icon and words of a tick. @icon_name NULL when the status shows none. */
const char *lobby_preview_tick    (LobbyModelStatus   status,
                                   const char       **description);

G_END_DECLS
