/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Clips what is drawn until gtk_snapshot_pop to @widget's contents and @margin px around them. The cairo renderer (GTK 4.18) walks
 * through the whole window for each change in it; where nothing is to be drawn anew, cairo returns at once from what is in an empty clip. It
 * is for rows: a change anywhere in it is a change of all of it. */
void lobby_culling_push (GtkWidget   *widget,
                         GtkSnapshot *snapshot,
                         int          margin);

G_END_DECLS
