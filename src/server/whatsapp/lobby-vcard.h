/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* vCards (RFC 2426), as phones exchange them, and Meta's contact cards (CLOUD_API 2), as Lobby stores them. Names, numbers, e-mail
 * addresses and companies; the rest of a card is left out. */

/* NULL when there is neither a name nor a number in it. (transfer full) */
JsonObject *lobby_vcard_parse (const char *text);
char       *lobby_vcard_write (JsonObject *card);

G_END_DECLS
