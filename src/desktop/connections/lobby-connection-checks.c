/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-connection-checks.h"

#include <glib/gi18n.h>

#include "lobby-connection-words.h"

struct _LobbyConnectionChecks
{
  AdwBin parent_instance;

  GtkWidget *wanted; /* the row to look at first */
  guint frames;      /* since the rows are there */
  guint tick;
};

G_DEFINE_FINAL_TYPE (LobbyConnectionChecks, lobby_connection_checks, ADW_TYPE_BIN)

static void
lobby_connection_checks_class_init (LobbyConnectionChecksClass *klass)
{
}

static void
lobby_connection_checks_init (LobbyConnectionChecks *self)
{
}

GtkWidget *
lobby_connection_checks_new (void)
{
  return g_object_new (LOBBY_TYPE_CONNECTION_CHECKS, NULL);
}

/* Once the rows have a place: all of them come into sight if there is room, else the one that gets the focus. */
static gboolean
tick_cb (GtkWidget *widget,
         GdkFrameClock *clock,
         gpointer data)
{
  LobbyConnectionChecks *self = LOBBY_CONNECTION_CHECKS (widget);
  GtkWidget *viewport = gtk_widget_get_ancestor (widget, GTK_TYPE_VIEWPORT);

  if (self->frames++ == 0)
    return G_SOURCE_CONTINUE;

  self->tick = 0;
  if (self->wanted != NULL)
    gtk_widget_grab_focus (self->wanted);
  if (viewport != NULL && gtk_widget_get_height (widget) <= gtk_widget_get_height (viewport))
    gtk_viewport_scroll_to (GTK_VIEWPORT (viewport), widget, NULL);
  return G_SOURCE_REMOVE;
}

static GtkWidget *
new_row (const LobbyWhatsappCheck *check)
{
  GtkWidget *row = adw_action_row_new ();
  const char *icon_name = check->unknown ? "dialog-question-symbolic" : check->ok ? "object-select-symbolic"
                                                                                  : "dialog-error-symbolic";
  const char *verdict = check->unknown ? _ ("not known") : check->ok ? _ ("right")
                                                                     : _ ("wrong");
  GtkWidget *icon = gtk_image_new_from_icon_name (icon_name);

  gtk_widget_add_css_class (icon, check->unknown ? "dimmed" : check->ok ? "success"
                                                                        : "error");
  gtk_accessible_update_property (GTK_ACCESSIBLE (icon), GTK_ACCESSIBLE_PROPERTY_LABEL, verdict, -1);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), lobby_connection_words_check (check->id));
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), check->message != NULL ? check->message : "");
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  return row;
}

void
lobby_connection_checks_show (LobbyConnectionChecks *self,
                              GPtrArray *checks)
{
  GtkWidget *list;
  GtkWidget *first_wrong = NULL;

  g_return_if_fail (LOBBY_IS_CONNECTION_CHECKS (self));

  self->wanted = NULL;
  adw_bin_set_child (ADW_BIN (self), NULL);
  if (checks == NULL || checks->len == 0)
    return;

  list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_widget_set_margin_top (list, 12);
  gtk_widget_set_margin_bottom (list, 12);
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Result of the test"), -1);
  for (guint i = 0; i < checks->len; i++)
    {
      const LobbyWhatsappCheck *check = g_ptr_array_index (checks, i);
      GtkWidget *row = new_row (check);

      gtk_list_box_append (GTK_LIST_BOX (list), row);
      if (first_wrong == NULL && !check->ok && !check->unknown)
        first_wrong = row;
    }
  adw_bin_set_child (ADW_BIN (self), list);
  self->wanted = first_wrong != NULL ? first_wrong : gtk_widget_get_first_child (list);
  self->frames = 0;
  if (self->tick == 0)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
}
