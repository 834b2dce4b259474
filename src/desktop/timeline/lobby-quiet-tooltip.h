/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What a tooltip of @widget says, NULL for none; to a screen reader it is the description. As gtk_widget_set_tooltip_text, which asks
 * the X server each time where the pointer is (GTK 4.18): rows that are made by the hundred cannot wait for that. A tooltip that is
 * shown already does not change. */
void lobby_quiet_tooltip_set (GtkWidget  *widget,
                              const char *text);

G_END_DECLS
