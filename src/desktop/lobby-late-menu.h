/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* @button shows @model, whose widgets are made when it is first pressed: as the button's "menu-model" they are made with the window. */
void lobby_late_menu_set (GtkMenuButton *button,
                          GMenuModel    *model);

G_END_DECLS
