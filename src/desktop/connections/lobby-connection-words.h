/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-account.h"

G_BEGIN_DECLS

/* What is said about a WhatsApp number. All (transfer full) unless const. */

/* "Connected, last event 3 minutes ago"; why it is not. */
char       *lobby_connection_words_state   (LobbyWhatsappConnection *connection,
                                            gint64                   now);
/* "Official API, +1 555 078 3881" */
char       *lobby_connection_words_kind    (LobbyWhatsappConnection *connection);
/* Symbolic icon of its state, and the style class that goes with it. */
const char *lobby_connection_words_icon    (LobbyWhatsappConnection *connection,
                                            const char             **css_class);
/* "3 minutes ago", "just now"; a day when it is longer ago than one. */
char       *lobby_connection_words_age     (gint64                   msec,
                                            gint64                   now);
/* A sentence for the banner over the conversations; NULL when all is well. @button: what an owner can do about it there, or NULL. */
char       *lobby_connection_words_trouble (LobbyWhatsappConnection *connection,
                                            gint64                   now,
                                            const char             **button);
/* What went wrong when an owner asked for something. */
char       *lobby_connection_words_error   (const GError            *error);
/* "Access token" for the id of a check. */
const char *lobby_connection_words_check   (const char              *id);

G_END_DECLS
