/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Gives the items of a GtkPopoverMenu the names that a screen reader says, whenever it is shown. GTK (4.18) means their labels to be their
 * names, but keeps the labels from assistive technology, so that the items have none. */
void lobby_menu_names_ensure (GtkPopover *menu);

G_END_DECLS
