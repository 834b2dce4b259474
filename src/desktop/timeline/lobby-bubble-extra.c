/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-bubble-private.h"

#include <glib/gi18n-lib.h>

#include "lobby-message-extra.h"
#include "lobby-message-words.h"

/* The parts of a bubble that few messages have: the words above it, the buttons that were offered below it, and why it was not sent. */

gboolean
lobby_bubble_read_extra (LobbyBubble *self)
{
  const LobbyMessageRecord *record = lobby_message_get_record (self->message);

  if (g_strcmp0 (self->extra_text, record->extra) == 0)
    return FALSE;

  g_set_str (&self->extra_text, record->extra);
  g_clear_pointer (&self->extra, json_object_unref);
  self->extra = lobby_message_extra_read (record);
  return TRUE;
}

static void
make_mark (LobbyBubble *self)
{
  self->mark = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 4);
  self->mark_icon = GTK_IMAGE (gtk_image_new ());
  gtk_image_set_pixel_size (self->mark_icon, 12);
  gtk_widget_set_valign (GTK_WIDGET (self->mark_icon), GTK_ALIGN_CENTER);
  self->mark_label = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->mark_label, 0);
  gtk_label_set_ellipsize (self->mark_label, PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (self->mark, "message-mark");
  gtk_widget_add_css_class (self->mark, "message-dim");
  gtk_widget_add_css_class (self->mark, "caption");
  gtk_box_append (GTK_BOX (self->mark), GTK_WIDGET (self->mark_icon));
  gtk_box_append (GTK_BOX (self->mark), GTK_WIDGET (self->mark_label));
  gtk_widget_set_parent (self->mark, GTK_WIDGET (self));
}

static void
update_mark (LobbyBubble *self)
{
  const char *icon_name;
  const char *words = lobby_message_extra_mark (self->extra, &icon_name);

  if (words != NULL && self->mark == NULL)
    make_mark (self);
  if (self->mark == NULL)
    return;
  gtk_widget_set_visible (self->mark, words != NULL);
  if (words == NULL)
    return;
  gtk_image_set_from_icon_name (self->mark_icon, icon_name);
  gtk_label_set_text (self->mark_label, words);
}

static void
update_choices (LobbyBubble *self)
{
  g_auto (GStrv) titles = lobby_message_extra_choices (self->extra);

  g_clear_pointer (&self->choices, gtk_widget_unparent);
  if (titles == NULL)
    return;

  self->choices = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_add_css_class (self->choices, "message-choices");
  for (guint i = 0; titles[i] != NULL; i++)
    {
      GtkWidget *label = gtk_label_new (titles[i]);

      gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
      gtk_box_append (GTK_BOX (self->choices), label);
    }
  gtk_widget_set_parent (self->choices, GTK_WIDGET (self));
}

void
lobby_bubble_update_extra (LobbyBubble *self)
{
  update_mark (self);
  update_choices (self);
}

static GtkWidget *
new_footer_button (const char *label,
                   const char *action)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_add_css_class (button, "message-retry");
  gtk_widget_set_focus_on_click (button, FALSE);
  /* Never the name without a target. */
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "x", G_GINT64_CONSTANT (0));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  return button;
}

static void
make_footer (LobbyBubble *self)
{
  GtkWidget *buttons = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->footer = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  self->footer_reason = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->footer_reason, 0);
  gtk_label_set_wrap (self->footer_reason, TRUE);
  gtk_label_set_wrap_mode (self->footer_reason, PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (GTK_WIDGET (self->footer_reason), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->footer_reason), "error");
  gtk_box_append (GTK_BOX (self->footer), GTK_WIDGET (self->footer_reason));
  gtk_box_append (GTK_BOX (buttons), new_footer_button (_ ("Try Again"), "message.retry"));
  gtk_box_append (GTK_BOX (buttons), new_footer_button (_ ("Discard"), "message.discard"));
  gtk_box_append (GTK_BOX (self->footer), buttons);
  gtk_widget_set_parent (self->footer, GTK_WIDGET (self));
}

void
lobby_bubble_update_footer (LobbyBubble *self)
{
  const LobbyMessageRecord *record = lobby_message_get_record (self->message);
  const gboolean failed = record->outbound && record->status == LOBBY_MODEL_STATUS_FAILED;
  GtkWidget *buttons;
  GtkWidget *retry;

  if (failed && self->footer == NULL)
    make_footer (self);
  if (self->footer == NULL)
    return;
  gtk_widget_set_visible (self->footer, failed);
  if (failed)
    {
      g_autofree char *reason = lobby_words_failure (record);

      gtk_label_set_text (self->footer_reason, reason);
      buttons = gtk_widget_get_last_child (self->footer);
      retry = gtk_widget_get_first_child (buttons);
      /* Files are sent anew from the composer, not from here. */
      gtk_widget_set_visible (retry, record->type == LOBBY_MODEL_TEXT);
      gtk_actionable_set_action_target (GTK_ACTIONABLE (retry), "x", lobby_message_get_row_id (self->message));
      gtk_actionable_set_action_target (GTK_ACTIONABLE (gtk_widget_get_last_child (buttons)), "x", lobby_message_get_row_id (self->message));
    }
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
lobby_bubble_dispose_extra (LobbyBubble *self)
{
  g_clear_pointer (&self->extra, json_object_unref);
  g_clear_pointer (&self->extra_text, g_free);
}
