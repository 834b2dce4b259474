/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "lobby-message.h"

G_BEGIN_DECLS

/*
 * What the metadata of a message says beyond its columns (LobbyMessageRecord.extra; the members are in docs/protocol.md), in words
 * for people. Everything in it was written by others. @extra may be NULL everywhere.
 */

/* (transfer full); NULL when there is nothing, which is so for most messages. */
JsonObject *lobby_message_extra_read       (const LobbyMessageRecord *record);
/* Taken back by who wrote it: nothing of it is left to show. */
gboolean    lobby_message_extra_is_revoked (JsonObject               *extra);
gboolean    lobby_message_extra_is_edited  (JsonObject               *extra);
/* The server has a small picture of the video. */
gboolean    lobby_message_extra_has_thumbnail (JsonObject            *extra);
/* Few words that stand above the message, as "Forwarded", and their symbolic icon; NULL for none. */
const char *lobby_message_extra_mark       (JsonObject               *extra,
                                            const char              **icon_name);
/* What stands above the text of a template or of something to choose from. (transfer none) or NULL. */
const char *lobby_message_extra_heading    (JsonObject               *extra);
/* What stands in place of the text: of a deleted message, a call, a notice, and of kinds without text. (transfer full), or NULL: the text is it. */
char       *lobby_message_extra_words      (const LobbyMessageRecord *record,
                                            JsonObject               *extra);
/* What stands dimmed below the text: the lines of an order, of a form, of a choice. (transfer full) or NULL. */
char       *lobby_message_extra_details    (JsonObject               *extra);
/* The buttons that the business offered with a message. (transfer full), NULL when none. */
char      **lobby_message_extra_choices    (JsonObject               *extra);
/* The people of a contacts card with their numbers, a line each. (transfer full) or NULL. */
char       *lobby_message_extra_contacts   (JsonObject               *extra);
/* The advertisement that brought the customer here, when it has a heading or words. (transfer none) */
JsonObject *lobby_message_extra_referral   (JsonObject               *extra);
/* "Order of 3 articles", and below it the total where it can be told. (transfer full) */
char       *lobby_message_extra_order      (JsonObject               *extra,
                                            char                    **total);

G_END_DECLS
