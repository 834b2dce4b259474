/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-connection-alerts.h"

#include <glib/gi18n.h>

#include "lobby-connection-words.h"

#define ALERT_ID "alert-id"

struct _LobbyConnectionAlerts
{
  AdwBin parent_instance;

  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (LobbyConnectionAlerts, lobby_connection_alerts, ADW_TYPE_BIN)

enum
{
  DISMISS,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
lobby_connection_alerts_class_init (LobbyConnectionAlertsClass *klass)
{
  signals[DISMISS] = g_signal_new ("dismiss", LOBBY_TYPE_CONNECTION_ALERTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
lobby_connection_alerts_init (LobbyConnectionAlerts *self)
{
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("What WhatsApp Says"), -1);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->list));
}

GtkWidget *
lobby_connection_alerts_new (void)
{
  return g_object_new (LOBBY_TYPE_CONNECTION_ALERTS, NULL);
}

static void
dismiss_cb (LobbyConnectionAlerts *self,
            GtkWidget *button)
{
  GtkWidget *row = gtk_widget_get_ancestor (button, GTK_TYPE_LIST_BOX_ROW);

  g_signal_emit (self, signals[DISMISS], 0, g_object_get_data (G_OBJECT (row), ALERT_ID));
}

static GtkWidget *
new_dismiss_button (LobbyConnectionAlerts *self,
                    const LobbyWhatsappAlert *alert)
{
  GtkWidget *button = gtk_button_new_from_icon_name ("window-close-symbolic");
  g_autofree char *label = g_strdup_printf (_ ("Dismiss “%s”"), alert->title);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, _ ("Dismiss for the Whole Team"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (dismiss_cb), self, G_CONNECT_SWAPPED);
  return button;
}

static GtkWidget *
new_row (LobbyConnectionAlerts *self,
         const LobbyWhatsappAlert *alert)
{
  static const struct
  {
    const char *icon_name;
    const char *css_class;
  } looks[] = {
    [LOBBY_ALERT_INFO] = { "dialog-information-symbolic", "dimmed" },
    [LOBBY_ALERT_WARNING] = { "dialog-warning-symbolic", "warning" },
    [LOBBY_ALERT_ERROR] = { "dialog-error-symbolic", "error" },
  };
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon = gtk_image_new_from_icon_name (looks[alert->severity].icon_name);

  gtk_widget_add_css_class (icon, looks[alert->severity].css_class);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), alert->title);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  if (alert->id != NULL)
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), new_dismiss_button (self, alert));
  g_object_set_data_full (G_OBJECT (row), ALERT_ID, g_strdup (alert->id), g_free);
  return row;
}

static void
update_row (GtkListBoxRow *row,
            const LobbyWhatsappAlert *alert,
            gint64 now)
{
  g_autofree char *age = alert->at != 0 ? lobby_connection_words_age (alert->at, now) : NULL;
  g_autofree char *subtitle = alert->message != NULL && age != NULL ? g_strdup_printf ("%s\n%s", alert->message, age)
                                                                    : g_strdup (alert->message != NULL ? alert->message : age);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle != NULL ? subtitle : "");
}

/* An alert never changes: the same id is the same row. */
static gboolean
shows (GtkListBoxRow *row,
       const LobbyWhatsappAlert *alert)
{
  return row != NULL && alert->id != NULL && g_strcmp0 (g_object_get_data (G_OBJECT (row), ALERT_ID), alert->id) == 0;
}

static gboolean
is_listed (GtkListBoxRow *row,
           GPtrArray *alerts)
{
  for (guint i = 0; i < alerts->len; i++)
    if (shows (row, g_ptr_array_index (alerts, i)))
      return TRUE;

  return FALSE;
}

static void
remove_gone (LobbyConnectionAlerts *self,
             GPtrArray *alerts)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL;)
    if (is_listed (row, alerts))
      i++;
    else
      gtk_list_box_remove (self->list, GTK_WIDGET (row));
}

void
lobby_connection_alerts_show (LobbyConnectionAlerts *self,
                              GPtrArray *alerts,
                              gint64 now)
{
  g_return_if_fail (LOBBY_IS_CONNECTION_ALERTS (self));

  remove_gone (self, alerts);
  /* Both are newest first, so what is left stands in its order and new ones go between. */
  for (guint i = 0; i < alerts->len; i++)
    {
      const LobbyWhatsappAlert *alert = g_ptr_array_index (alerts, i);

      if (!shows (gtk_list_box_get_row_at_index (self->list, (int)i), alert))
        gtk_list_box_insert (self->list, new_row (self, alert), (int)i);
      update_row (gtk_list_box_get_row_at_index (self->list, (int)i), alert, now);
    }
}
