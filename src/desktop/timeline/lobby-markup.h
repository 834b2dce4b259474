/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * WhatsApp's formatting to Pango markup. Pure; safe on anything: what comes out is always well-formed
 * markup of the same text, links only to http, https and mailto, and the work is linear in the length.
 *   *bold* _italic_ ~strike~ `code` ```block```, lines that begin with "> ", "- ", "* ", "1. "
 * A mark touches text on its inside and a boundary on its outside; pairs do not cross lines (a block does); nested but in code.
 */

/* (transfer full) */
char    *lobby_markup_from_text    (const char *text);
/* The same text without its marks. (transfer full) */
char    *lobby_markup_strip        (const char *text);
/* How many emoji when @text is nothing but one to three of them, else 0. */
guint    lobby_markup_lone_emoji   (const char *text);
/* The first @limit characters, cut at a word where there is one near; NULL when @text is not longer. (transfer full) */
char    *lobby_markup_shorten      (const char *text,
                                    guint       limit,
                                    guint       max_lines);

G_END_DECLS
