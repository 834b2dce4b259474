/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/*
 * Spell checking of a text view by libspelling. The library, and the source view that comes
 * with it, are loaded when somebody first writes, not when the app starts; without the library or without
 * any dictionary nothing is checked and nothing is said.
 */

/* Gives @view a buffer that is checked, with the text of the old one and a menu of corrections.
 * FALSE: it keeps the buffer it had. */
gboolean lobby_spelling_attach      (GtkTextView *view);
void     lobby_spelling_set_enabled (GtkTextView *view,
                                     gboolean     enabled);

G_END_DECLS
