/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* What is drawn until gtk_snapshot_pop, within @margin px around @widget's contents, is left out where nothing of it is to be drawn
 * anew. The cairo renderer (GTK 4.18) draws the whole window for each change in it and lets the clip take what is elsewhere. It is for
 * rows: a change anywhere in it is a change of all of it. */
void lobby_culling_push (GtkWidget   *widget,
                         GtkSnapshot *snapshot,
                         int          margin);

G_END_DECLS
