/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-composer-private.h"

#include <glib/gi18n.h>

#include "lobby-spelling.h"

#define VISIBLE_LINES 6
#define COUNTER_FROM 3800 /* characters */

static GtkTextBuffer *
get_buffer (LobbyComposer *self)
{
  return gtk_text_view_get_buffer (self->text_view);
}

char *
lobby_composer_dup_text (LobbyComposer *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (get_buffer (self), &start, &end);

  return gtk_text_buffer_get_text (get_buffer (self), &start, &end, FALSE);
}

void
lobby_composer_set_text (LobbyComposer *self,
                         const char *text)
{
  GtkTextIter end;

  self->loading = TRUE;
  gtk_text_buffer_set_text (get_buffer (self), text, -1);
  gtk_text_buffer_get_end_iter (get_buffer (self), &end);
  gtk_text_buffer_place_cursor (get_buffer (self), &end);
  self->loading = FALSE;
}

/* What the field shows of itself */
static gboolean
has_words (const char *text)
{
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isspace (g_utf8_get_char (p)))
      return TRUE;

  return FALSE;
}

gboolean
lobby_composer_has_words (LobbyComposer *self)
{
  g_autofree char *text = lobby_composer_dup_text (self);

  return has_words (text);
}

gboolean
lobby_composer_has_text (LobbyComposer *self)
{
  return gtk_text_buffer_get_char_count (get_buffer (self)) > 0;
}

static void
update_field (LobbyComposer *self)
{
  g_autofree char *text = lobby_composer_dup_text (self);
  int left = LOBBY_COMPOSER_LIMIT - gtk_text_buffer_get_char_count (get_buffer (self));
  gboolean can_send = left >= 0 && has_words (text);

  gtk_widget_set_visible (self->placeholder, text[0] == '\0' && !self->has_preedit);
  gtk_widget_set_sensitive (self->send_button, can_send);
  if (can_send)
    gtk_widget_add_css_class (self->send_button, "suggested-action");
  else
    gtk_widget_remove_css_class (self->send_button, "suggested-action");

  gtk_widget_set_visible (GTK_WIDGET (self->counter), left <= LOBBY_COMPOSER_LIMIT - COUNTER_FROM);
  if (gtk_widget_get_visible (GTK_WIDGET (self->counter)))
    {
      g_autofree char *count = g_strdup_printf ("%d", left);
      g_autofree char *words = left >= 0 ? g_strdup_printf (ngettext ("%d character left", "%d characters left", left), left)
                                         : g_strdup_printf (ngettext ("%d character too many", "%d characters too many", -left), -left);

      gtk_label_set_text (self->counter, count);
      gtk_widget_set_tooltip_text (GTK_WIDGET (self->counter), words);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self->counter), GTK_ACCESSIBLE_PROPERTY_LABEL, words, -1);
      if (left < 0)
        gtk_widget_add_css_class (GTK_WIDGET (self->counter), "error");
      else
        gtk_widget_remove_css_class (GTK_WIDGET (self->counter), "error");
    }
}

void
lobby_composer_update_height (LobbyComposer *self)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self->text_view), "X");
  int line;

  pango_layout_get_pixel_size (layout, NULL, &line);
  /* The room above and below is the scrolled window's margin: GTK 4.18 counts a text view's own margins twice. */
  gtk_scrolled_window_set_max_content_height (self->scroller, VISIBLE_LINES * line);
}

/* A scrollbar would make the field taller than one or two lines: there is one only when the field grows no more. */
static void
scroll_due_cb (gpointer data)
{
  LobbyComposer *self = data;
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);
  gboolean scrolls = gtk_adjustment_get_upper (adjustment) > gtk_scrolled_window_get_max_content_height (self->scroller);

  self->scroll_source = 0;
  gtk_scrolled_window_set_policy (self->scroller, GTK_POLICY_NEVER, scrolls ? GTK_POLICY_AUTOMATIC : GTK_POLICY_EXTERNAL);

  /* GTK 4.18: a text view that grows while it glides to the cursor keeps its old page size, and stays scrolled. */
  if (gtk_adjustment_get_page_size (adjustment) < gtk_widget_get_height (GTK_WIDGET (self->text_view)))
    gtk_widget_queue_allocate (GTK_WIDGET (self->text_view));
}

static void
adjustment_cb (LobbyComposer *self)
{
  /* Not in the middle of a layout. */
  if (self->scroll_source == 0)
    self->scroll_source = g_idle_add_once (scroll_due_cb, self);
}

/* Spell checking begins after the first letters: it brings a library with it. */
static void
attach_spelling_cb (gpointer data)
{
  LobbyComposer *self = data;

  self->spelling_source = 0;
  /* Exchanging the buffer would drop what an input method is composing. */
  if (self->has_preedit)
    return;
  self->spelling_tried = TRUE;
  self->loading = TRUE;
  lobby_spelling_attach (self->text_view);
  self->loading = FALSE;
}

static void
changed_cb (LobbyComposer *self)
{
  update_field (self);
  if (self->loading || self->conversation == NULL)
    return;

  lobby_composer_touch_draft (self);
  lobby_account_set_typing (self->account, self->conversation, lobby_composer_has_text (self));
  if (self->spelling_enabled && !self->spelling_tried && self->spelling_source == 0)
    self->spelling_source = g_idle_add_once (attach_spelling_cb, self);
}

static void
buffer_cb (LobbyComposer *self)
{
  g_signal_group_set_target (self->buffer_signals, get_buffer (self));
}

static void
preedit_cb (LobbyComposer *self,
            const char *preedit)
{
  self->has_preedit = preedit != NULL && preedit[0] != '\0';
  update_field (self);
}

/* Keys, before the text view has them. */
static gboolean
key_cb (LobbyComposer *self,
        guint key,
        guint code,
        GdkModifierType state,
        GtkEventControllerKey *controller)
{
  if (key == GDK_KEY_Escape)
    return !self->has_preedit && lobby_composer_cancel_reply (self);

  if (key != GDK_KEY_Return && key != GDK_KEY_KP_Enter && key != GDK_KEY_ISO_Enter)
    return FALSE;
  /* While an input method composes, Enter is its. */
  if (self->has_preedit || (state & GDK_SHIFT_MASK) != 0)
    return FALSE;
  if (gtk_text_view_im_context_filter_keypress (self->text_view, gtk_event_controller_get_current_event (GTK_EVENT_CONTROLLER (controller))))
    return TRUE;

  lobby_composer_send (self);

  return TRUE;
}

/* Emoji */
static void
emoji_picked_cb (LobbyComposer *self,
                 const char *emoji)
{
  gtk_text_buffer_delete_selection (get_buffer (self), TRUE, TRUE);
  gtk_text_buffer_insert_at_cursor (get_buffer (self), emoji, -1);
  lobby_composer_focus (self);
}

static void
emoji_cb (LobbyComposer *self)
{
  lobby_composer_choose_emoji (self);
}

void
lobby_composer_class_init_field (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, emoji_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, scroller);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, text_view);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, placeholder);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, counter);
  gtk_widget_class_bind_template_callback (widget_class, emoji_cb);
}

void
lobby_composer_init_field (LobbyComposer *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();
  GtkAdjustment *adjustment = gtk_scrolled_window_get_vadjustment (self->scroller);

  self->spelling_enabled = TRUE;

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->text_view), keys);

  g_signal_connect_object (adjustment, "changed", G_CALLBACK (adjustment_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (adjustment_cb), self, G_CONNECT_SWAPPED);

  self->buffer_signals = g_signal_group_new (GTK_TYPE_TEXT_BUFFER);
  g_signal_group_connect_swapped (self->buffer_signals, "changed", G_CALLBACK (changed_cb), self);
  buffer_cb (self);
  g_signal_connect_swapped (self->text_view, "notify::buffer", G_CALLBACK (buffer_cb), self);
  g_signal_connect_swapped (self->text_view, "preedit-changed", G_CALLBACK (preedit_cb), self);
}

void
lobby_composer_dispose_field (LobbyComposer *self)
{
  g_clear_handle_id (&self->spelling_source, g_source_remove);
  g_clear_handle_id (&self->scroll_source, g_source_remove);
  g_clear_object (&self->buffer_signals);
  g_clear_pointer (&self->emoji_chooser, gtk_widget_unparent);
}

void
lobby_composer_append (LobbyComposer *self,
                       const char *text)
{
  GtkTextIter end;

  g_return_if_fail (LOBBY_IS_COMPOSER (self));

  gtk_text_buffer_get_end_iter (get_buffer (self), &end);
  if (lobby_composer_has_text (self))
    gtk_text_buffer_insert (get_buffer (self), &end, "\n", -1);
  gtk_text_buffer_insert (get_buffer (self), &end, text, -1);
}

void
lobby_composer_choose_emoji (LobbyComposer *self)
{
  g_return_if_fail (LOBBY_IS_COMPOSER (self));

  if (!self->can_write)
    return;

  if (self->emoji_chooser == NULL)
    {
      self->emoji_chooser = gtk_emoji_chooser_new ();
      gtk_widget_set_parent (self->emoji_chooser, self->emoji_button);
      g_signal_connect_swapped (self->emoji_chooser, "emoji-picked", G_CALLBACK (emoji_picked_cb), self);
    }
  gtk_popover_popup (GTK_POPOVER (self->emoji_chooser));
}

void
lobby_composer_set_spelling (LobbyComposer *self,
                             gboolean enabled)
{
  g_return_if_fail (LOBBY_IS_COMPOSER (self));

  self->spelling_enabled = enabled;
  lobby_spelling_set_enabled (self->text_view, enabled);
}

gboolean
lobby_composer_take_key (LobbyComposer *self,
                         GtkEventControllerKey *controller,
                         guint key,
                         GdkModifierType state)
{
  gunichar c = gdk_keyval_to_unicode (key);
  gboolean dead = key >= GDK_KEY_dead_grave && key <= GDK_KEY_dead_greek;

  g_return_val_if_fail (LOBBY_IS_COMPOSER (self), FALSE);

  if ((state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK)) != 0 || (!dead && (c == 0 || !g_unichar_isgraph (c))))
    return FALSE;
  if (!self->can_write || gtk_widget_has_focus (GTK_WIDGET (self->text_view)))
    return FALSE;

  lobby_composer_focus (self);

  return gtk_event_controller_key_forward (controller, GTK_WIDGET (self->text_view));
}
