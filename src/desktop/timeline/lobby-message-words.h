/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-contact.h"
#include "lobby-message.h"

G_BEGIN_DECLS

/* What the timeline says about a message and about whom it is with, in words for people. All (transfer full) unless const. */

/* A phone number; in a right-to-left interface its groups stay in their order. NULL without one. */
char       *lobby_words_number      (const char         *number);
/* Digits of another kind, likewise. */
char       *lobby_words_left_to_right (const char       *digits);
/* lobby_contact_get_display_name, likewise. */
char       *lobby_words_customer    (LobbyContact       *contact);

/* "09:41". */
char       *lobby_words_time        (gint64              msec);
/* "Sunday, 22 November 2026, 09:41:07". */
char       *lobby_words_exact_time  (gint64              msec);
/* "Today", "Yesterday", a weekday up to six days back, else the date. */
char       *lobby_words_day         (gint64              msec,
                                     gint64              now);
/* "3 unread messages". */
char       *lobby_words_unread      (guint               count);
/* "Delivered 09:41:07", a line for each state that was reached; for a waiting or failed one what that means. */
char       *lobby_words_status      (LobbyMessage       *message);
/* One word: "sent", "read" … NULL for an inbound message. */
const char *lobby_words_status_name (LobbyMessage       *message);
/* "Photo", "Voice message" … NULL for text. */
const char *lobby_words_type        (LobbyModelType      type);
/* "1:07". @msec: of a recording. */
char       *lobby_words_duration    (int                 msec);
/* What a screen reader says for a whole row. */
char       *lobby_words_whole       (LobbyMessage       *message,
                                     const char         *author);
/* What the message quotes, stripped of marks. */
char       *lobby_words_quote       (const LobbyMessageRecord *record);
/* Symbolic icon for a kind of file. */
const char *lobby_words_file_icon   (const LobbyMessageRecord *record);
/* "PDF · 1.2 MB". */
char       *lobby_words_file        (const LobbyMessageRecord *record);
/* A sentence for a message that failed. */
char       *lobby_words_failure     (const LobbyMessageRecord *record);

G_END_DECLS
