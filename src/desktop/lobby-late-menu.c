/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-late-menu.h"

#include "lobby-menu-names.h"

static void
create_cb (GtkMenuButton *button,
           gpointer model)
{
  if (gtk_menu_button_get_menu_model (button) != NULL)
    return;
  gtk_menu_button_set_menu_model (button, model);
  lobby_menu_names_ensure (gtk_menu_button_get_popover (button));
}

void
lobby_late_menu_set (GtkMenuButton *button,
                     GMenuModel *model)
{
  g_return_if_fail (GTK_IS_MENU_BUTTON (button));

  gtk_menu_button_set_create_popup_func (button, create_cb, g_object_ref (model), g_object_unref);
}
