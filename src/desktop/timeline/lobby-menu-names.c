/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-menu-names.h"

#include <string.h>

/* An item of a menu; the type is not public. */
static gboolean
is_item (GtkWidget *widget)
{
  return strcmp (G_OBJECT_TYPE_NAME (widget), "GtkModelButton") == 0
         && g_object_class_find_property (G_OBJECT_GET_CLASS (widget), "text") != NULL;
}

/* "Sign _Out" is "Sign Out". */
static char *
strip_mnemonic (const char *text)
{
  GString *plain = g_string_new (NULL);

  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '_' && *++p == '\0')
        break;
      g_string_append_c (plain, *p);
    }

  return g_string_free (plain, FALSE);
}

static void
name_item (GtkWidget *item)
{
  g_autofree char *text = NULL;
  g_autofree char *plain = NULL;

  g_object_get (item, "text", &text, NULL);
  if (text == NULL)
    return;
  plain = strip_mnemonic (text);
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (item), GTK_ACCESSIBLE_PROPERTY_LABEL, plain, -1);
}

static void
name_items (GtkWidget *widget)
{
  if (is_item (widget))
    name_item (widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    name_items (child);
}

void
lobby_menu_names_ensure (GtkPopover *menu)
{
  g_return_if_fail (GTK_IS_POPOVER (menu));

  g_signal_connect (menu, "map", G_CALLBACK (name_items), NULL);
}
