/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Says @text, as it is, in the window that @widget is in. */
void lobby_toast_show (GtkWidget  *widget,
                       const char *text);

G_END_DECLS
