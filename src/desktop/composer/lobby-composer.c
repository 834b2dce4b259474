/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-composer.h"

#include <glib/gi18n.h>

#include "lobby-clock.h"
#include "lobby-preview.h"
#include "lobby-spelling.h"

#define DRAFT_DELAY 500 /* ms */
#define VISIBLE_LINES 6
#define COUNTER_FROM 3800 /* characters */

struct _LobbyComposer
{
  GtkWidget parent_instance;

  GtkRevealer *reply_revealer;
  GtkLabel *reply_author;
  GtkLabel *reply_text;
  GtkRevealer *error_revealer;
  GtkLabel *error_label;
  GtkStack *stack;
  GtkWidget *emoji_button;
  GtkScrolledWindow *scroller;
  GtkTextView *text_view;
  GtkWidget *placeholder;
  GtkLabel *counter;
  GtkWidget *send_button;
  GtkLabel *closed_text;

  LobbyAccount *account;
  LobbyConversation *conversation;
  LobbyMessage *reply;
  GSignalGroup *conversation_signals;
  GSignalGroup *buffer_signals;
  GtkWidget *emoji_chooser;
  guint draft_source;
  guint window_source;
  guint spelling_source;
  guint scroll_source;
  gboolean loading;       /* the text is set by us */
  gboolean draft_changed; /* since it was saved */
  gboolean has_preedit;
  gboolean spelling_enabled;
  gboolean spelling_tried;
};

G_DEFINE_FINAL_TYPE (LobbyComposer, lobby_composer, GTK_TYPE_WIDGET)

static GtkTextBuffer *
get_buffer (LobbyComposer *self)
{
  return gtk_text_view_get_buffer (self->text_view);
}

static char *
dup_text (LobbyComposer *self)
{
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (get_buffer (self), &start, &end);

  return gtk_text_buffer_get_text (get_buffer (self), &start, &end, FALSE);
}

static void
set_text (LobbyComposer *self,
          const char *text)
{
  GtkTextIter end;

  self->loading = TRUE;
  gtk_text_buffer_set_text (get_buffer (self), text, -1);
  gtk_text_buffer_get_end_iter (get_buffer (self), &end);
  gtk_text_buffer_place_cursor (get_buffer (self), &end);
  self->loading = FALSE;
}

/* What was never revealed is not visible: a revealer lays out what it holds even while that is not to be seen. */
static void
reveal (GtkRevealer *revealer)
{
  gtk_widget_set_visible (GTK_WIDGET (revealer), TRUE);
  gtk_revealer_set_reveal_child (revealer, TRUE);
}

/* The draft */
void
lobby_composer_save_draft (LobbyComposer *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  g_return_if_fail (LOBBY_IS_COMPOSER (self));

  g_clear_handle_id (&self->draft_source, g_source_remove);
  if (!self->draft_changed || self->conversation == NULL)
    return;

  text = dup_text (self);
  if (lobby_store_set_draft (lobby_account_get_store (self->account), self->conversation,
                             text[0] != '\0' ? text : NULL, &error))
    self->draft_changed = FALSE;
  else
    g_warning ("Cannot save a draft: %s", error->message);
}

static void
draft_due_cb (gpointer data)
{
  LobbyComposer *self = data;

  self->draft_source = 0;
  lobby_composer_save_draft (self);
}

static void
draft_touched (LobbyComposer *self)
{
  self->draft_changed = TRUE;
  g_clear_handle_id (&self->draft_source, g_source_remove);
  self->draft_source = g_timeout_add_once (DRAFT_DELAY, draft_due_cb, self);
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

static void
update_field (LobbyComposer *self)
{
  g_autofree char *text = dup_text (self);
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

static void
update_height (LobbyComposer *self)
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

/* The service window */
static void update_window (LobbyComposer *self);

static void
window_due_cb (gpointer data)
{
  LobbyComposer *self = data;

  self->window_source = 0;
  update_window (self);
}

static gboolean
is_closed (LobbyComposer *self)
{
  gint64 expires = self->conversation != NULL ? lobby_conversation_get_window_expires_at (self->conversation) : 0;
  LobbyWhatsappConnection *connection = self->conversation != NULL
                                            ? lobby_account_find_connection (self->account, lobby_conversation_get_connection_id (self->conversation))
                                            : NULL;

  if (connection != NULL && !lobby_whatsapp_connection_can (connection, LOBBY_CAPABILITY_SERVICE_WINDOW))
    return FALSE;
  /* 0: a customer who has never written, or of whom nothing is known. */
  return expires != 0 && expires <= lobby_clock_now ();
}

static void
show_window (LobbyComposer *self,
             GtkStackTransitionType transition)
{
  gint64 expires = self->conversation != NULL ? lobby_conversation_get_window_expires_at (self->conversation) : 0;
  gint64 left = expires - lobby_clock_now ();
  gboolean closed = is_closed (self);

  g_clear_handle_id (&self->window_source, g_source_remove);
  if (expires != 0 && left > 0)
    self->window_source = g_timeout_add_once ((guint)MIN (left + 50, G_MAXINT), window_due_cb, self);

  if (closed)
    {
      g_autofree char *text = dup_text (self);
      const char *kept = has_words (text) ? _ (" What you have written is kept.") : "";
      g_autofree char *words = g_strconcat (_ ("WhatsApp lets a business write freely for 24 hours after the customer’s last message. "
                                               "The field comes back when this customer writes again. Sending an approved template "
                                               "instead is not possible in this version yet."),
                                            kept, NULL);

      gtk_label_set_text (self->closed_text, words);
      lobby_composer_cancel_reply (self);
    }
  gtk_stack_set_visible_child_full (self->stack, closed ? "closed" : "field", transition);
}

static void
update_window (LobbyComposer *self)
{
  show_window (self, GTK_STACK_TRANSITION_TYPE_CROSSFADE);
}

/* Sending */
static void
tell_failure (LobbyComposer *self,
              const GError *error)
{
  g_autofree char *text = NULL;

  if (g_error_matches (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE))
    text = g_strdup (_ ("Not sent: the message cannot be saved on this computer. Is the disk full?"));
  else
    text = g_strdup_printf (_ ("Not sent: %s"), error->message);

  gtk_label_set_text (self->error_label, text);
  reveal (self->error_revealer);
  gtk_accessible_announce (GTK_ACCESSIBLE (self), text, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_HIGH);
}

static void
send (LobbyComposer *self)
{
  g_autofree char *text = dup_text (self);
  g_autoptr (LobbyMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  if (self->conversation == NULL || !gtk_widget_get_sensitive (self->send_button) || is_closed (self))
    return;

  message = lobby_account_send_text (self->account, self->conversation, g_strstrip (text),
                                     self->reply != NULL ? lobby_message_get_id (self->reply) : NULL, &error);
  if (message == NULL)
    {
      tell_failure (self, error);
      return;
    }

  gtk_revealer_set_reveal_child (self->error_revealer, FALSE);
  set_text (self, "");
  self->draft_changed = TRUE;
  lobby_composer_save_draft (self);
  lobby_account_set_typing (self->account, self->conversation, FALSE);
  lobby_composer_cancel_reply (self);
  lobby_composer_focus (self);
}

static void
send_cb (LobbyComposer *self)
{
  send (self);
}

static void
cancel_reply_cb (LobbyComposer *self)
{
  lobby_composer_cancel_reply (self);
  lobby_composer_focus (self);
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

  draft_touched (self);
  lobby_account_set_typing (self->account, self->conversation, gtk_text_buffer_get_char_count (get_buffer (self)) > 0);
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

  send (self);

  return TRUE;
}

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

static void
conversation_notify_cb (LobbyComposer *self)
{
  update_window (self);
}

static void
lobby_composer_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (lobby_composer_parent_class)->map (widget);
  update_height (LOBBY_COMPOSER (widget));
}

static gboolean
lobby_composer_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (GTK_WIDGET (LOBBY_COMPOSER (widget)->text_view));
}

static void
lobby_composer_dispose (GObject *object)
{
  LobbyComposer *self = LOBBY_COMPOSER (object);

  if (self->text_view != NULL)
    lobby_composer_save_draft (self);
  g_clear_handle_id (&self->draft_source, g_source_remove);
  g_clear_handle_id (&self->window_source, g_source_remove);
  g_clear_handle_id (&self->spelling_source, g_source_remove);
  g_clear_handle_id (&self->scroll_source, g_source_remove);
  g_clear_object (&self->conversation_signals);
  g_clear_object (&self->buffer_signals);
  g_clear_object (&self->reply);
  g_clear_object (&self->conversation);
  g_clear_object (&self->account);
  g_clear_pointer (&self->emoji_chooser, gtk_widget_unparent);
  gtk_widget_dispose_template (GTK_WIDGET (self), LOBBY_TYPE_COMPOSER);

  G_OBJECT_CLASS (lobby_composer_parent_class)->dispose (object);
}

static void
lobby_composer_class_init (LobbyComposerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->dispose = lobby_composer_dispose;
  widget_class->map = lobby_composer_map;
  widget_class->grab_focus = lobby_composer_grab_focus;

  gtk_widget_class_set_template_from_resource (widget_class, "/org/lobby/Lobby/ui/lobby-composer.ui");
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, reply_revealer);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, reply_author);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, reply_text);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, stack);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, error_revealer);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, error_label);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, emoji_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, scroller);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, text_view);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, placeholder);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, counter);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, send_button);
  gtk_widget_class_bind_template_child (widget_class, LobbyComposer, closed_text);
  gtk_widget_class_bind_template_callback (widget_class, send_cb);
  gtk_widget_class_bind_template_callback (widget_class, emoji_cb);
  gtk_widget_class_bind_template_callback (widget_class, cancel_reply_cb);
}

static void
lobby_composer_init (LobbyComposer *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->spelling_enabled = TRUE;

  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->text_view), keys);

  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (self->scroller), "changed",
                           G_CALLBACK (adjustment_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (self->scroller), "value-changed",
                           G_CALLBACK (adjustment_cb), self, G_CONNECT_SWAPPED);

  self->buffer_signals = g_signal_group_new (GTK_TYPE_TEXT_BUFFER);
  g_signal_group_connect_swapped (self->buffer_signals, "changed", G_CALLBACK (changed_cb), self);
  buffer_cb (self);
  g_signal_connect_swapped (self->text_view, "notify::buffer", G_CALLBACK (buffer_cb), self);
  g_signal_connect_swapped (self->text_view, "preedit-changed", G_CALLBACK (preedit_cb), self);

  self->conversation_signals = g_signal_group_new (LOBBY_TYPE_CONVERSATION);
  g_signal_group_connect_swapped (self->conversation_signals, "notify::window-expires-at",
                                  G_CALLBACK (conversation_notify_cb), self);
}

void
lobby_composer_set_conversation (LobbyComposer *self,
                                 LobbyAccount *account,
                                 LobbyConversation *conversation)
{
  const char *draft;

  g_return_if_fail (LOBBY_IS_COMPOSER (self));

  if (self->conversation == conversation)
    return;

  lobby_composer_save_draft (self);
  draft = conversation != NULL ? lobby_conversation_get_draft (conversation) : NULL;
  if (self->conversation != NULL && gtk_text_buffer_get_char_count (get_buffer (self)) > 0)
    lobby_account_set_typing (self->account, self->conversation, FALSE);
  lobby_composer_cancel_reply (self);
  gtk_revealer_set_reveal_child (self->error_revealer, FALSE);

  g_set_object (&self->account, account);
  g_set_object (&self->conversation, conversation);
  self->draft_changed = FALSE;
  set_text (self, draft != NULL ? draft : "");
  update_field (self);
  g_signal_group_set_target (self->conversation_signals, conversation);
  /* One conversation does not turn into the other. */
  show_window (self, GTK_STACK_TRANSITION_TYPE_NONE);
}

void
lobby_composer_append (LobbyComposer *self,
                       const char *text)
{
  GtkTextIter end;

  g_return_if_fail (LOBBY_IS_COMPOSER (self));

  gtk_text_buffer_get_end_iter (get_buffer (self), &end);
  if (gtk_text_buffer_get_char_count (get_buffer (self)) > 0)
    gtk_text_buffer_insert (get_buffer (self), &end, "\n", -1);
  gtk_text_buffer_insert (get_buffer (self), &end, text, -1);
}

void
lobby_composer_reply_to (LobbyComposer *self,
                         LobbyMessage *message)
{
  g_autofree char *text = NULL;

  g_return_if_fail (LOBBY_IS_COMPOSER (self));
  g_return_if_fail (LOBBY_IS_MESSAGE (message));

  if (self->conversation == NULL || lobby_message_get_id (message) == NULL || is_closed (self))
    return;

  g_set_object (&self->reply, message);
  text = lobby_preview_text (message, NULL);
  gtk_label_set_text (self->reply_author, lobby_message_is_outbound (message)
                                              ? _ ("You")
                                              : lobby_contact_get_display_name (lobby_conversation_get_contact (self->conversation)));
  gtk_label_set_text (self->reply_text, text);
  reveal (self->reply_revealer);
  lobby_composer_focus (self);
}

gboolean
lobby_composer_cancel_reply (LobbyComposer *self)
{
  g_return_val_if_fail (LOBBY_IS_COMPOSER (self), FALSE);

  if (self->reply == NULL)
    return FALSE;
  g_clear_object (&self->reply);
  gtk_revealer_set_reveal_child (self->reply_revealer, FALSE);

  return TRUE;
}

void
lobby_composer_focus (LobbyComposer *self)
{
  g_return_if_fail (LOBBY_IS_COMPOSER (self));

  gtk_widget_grab_focus (GTK_WIDGET (self->text_view));
}

void
lobby_composer_choose_emoji (LobbyComposer *self)
{
  g_return_if_fail (LOBBY_IS_COMPOSER (self));

  if (self->conversation == NULL || is_closed (self))
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
  if (self->conversation == NULL || is_closed (self) || gtk_widget_has_focus (GTK_WIDGET (self->text_view)))
    return FALSE;

  lobby_composer_focus (self);

  return gtk_event_controller_key_forward (controller, GTK_WIDGET (self->text_view));
}
