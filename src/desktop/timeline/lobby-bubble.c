/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-bubble-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "lobby-card.h"
#include "lobby-markup.h"
#include "lobby-message-extra.h"
#include "lobby-message-words.h"
#include "lobby-picture-view.h"
#include "lobby-voice-view.h"

/* Longer ones are cut until "Read more" is pressed. */
#define LONG_TEXT 1200
#define LONG_LINES 24

/* Only our own markup can hold this address: the parser makes links to the web alone. */
#define MORE_LINK "lobby:more"

G_DEFINE_FINAL_TYPE (LobbyBubble, lobby_bubble, GTK_TYPE_WIDGET)

static void
set_class (gpointer widget,
           const char *css_class,
           gboolean set)
{
  if (set)
    gtk_widget_add_css_class (widget, css_class);
  else
    gtk_widget_remove_css_class (widget, css_class);
}

static GtkLabel *
add_label (LobbyBubble *self,
           const char *css_class)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, css_class);
  gtk_widget_set_parent (label, GTK_WIDGET (self));
  return GTK_LABEL (label);
}

/* Author */

static void
update_name (LobbyBubble *self)
{
  const LobbyMessageRecord *record = lobby_message_get_record (self->message);
  const char *label = NULL;

  if (lobby_message_get_group_start (self->message) && record->outbound)
    label = lobby_timeline_get_agent_label (self->timeline, record->agent_id);
  if (record->type == LOBBY_MODEL_NOTE)
    label = _ ("Only your team sees this");
  if (label != NULL && self->name == NULL)
    {
      self->name = add_label (self, "message-author");
      gtk_widget_add_css_class (GTK_WIDGET (self->name), "caption-heading");
      gtk_label_set_ellipsize (self->name, PANGO_ELLIPSIZE_END);
    }
  if (self->name == NULL)
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->name), label != NULL);
  if (label != NULL)
    gtk_label_set_text (self->name, label);
}

/* Quote */

static void
on_quote_clicked (LobbyBubble *self)
{
  if (self->message != NULL)
    lobby_timeline_follow_quote (self->timeline, self->message);
}

static void
make_quote (LobbyBubble *self)
{
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 1);

  self->quote_author = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->quote_author, 0);
  gtk_label_set_ellipsize (self->quote_author, PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (GTK_WIDGET (self->quote_author), "caption-heading");
  gtk_widget_add_css_class (GTK_WIDGET (self->quote_author), "quote-author");
  self->quote_text = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->quote_text, 0);
  gtk_label_set_wrap (self->quote_text, TRUE);
  gtk_label_set_wrap_mode (self->quote_text, PANGO_WRAP_WORD_CHAR);
  gtk_label_set_lines (self->quote_text, 2);
  gtk_label_set_ellipsize (self->quote_text, PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (GTK_WIDGET (self->quote_text), "message-dim");
  gtk_box_append (GTK_BOX (column), GTK_WIDGET (self->quote_author));
  gtk_box_append (GTK_BOX (column), GTK_WIDGET (self->quote_text));

  self->quote = GTK_BUTTON (gtk_button_new ());
  gtk_button_set_child (self->quote, column);
  gtk_widget_add_css_class (GTK_WIDGET (self->quote), "flat");
  gtk_widget_add_css_class (GTK_WIDGET (self->quote), "message-quote");
  gtk_widget_set_focus_on_click (GTK_WIDGET (self->quote), FALSE);
  gtk_widget_set_parent (GTK_WIDGET (self->quote), GTK_WIDGET (self));
  g_signal_connect_swapped (self->quote, "clicked", G_CALLBACK (on_quote_clicked), self);
}

static void
update_quote (LobbyBubble *self)
{
  const LobbyMessageRecord *record = lobby_message_get_record (self->message);
  const gboolean wanted = record->quoted_text != NULL && !lobby_message_extra_is_revoked (self->extra);
  g_autofree char *text = NULL;

  if (wanted && self->quote == NULL)
    make_quote (self);
  if (self->quote == NULL)
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->quote), wanted);
  if (!wanted)
    return;
  text = lobby_words_quote (record);
  g_strdelimit (text, "\n", ' ');
  gtk_label_set_text (self->quote_author, record->quoted_outbound ? _ ("You") : lobby_timeline_name_customer (self->timeline));
  gtk_label_set_text (self->quote_text, text);
  set_class (self->quote, "own", record->quoted_outbound);
}

/* File */

static LobbyMediaView
choose_media_view (const LobbyMessageRecord *record,
                   JsonObject *extra)
{
  if (lobby_message_extra_is_revoked (extra))
    return LOBBY_MEDIA_VIEW_NONE;

  switch ((int)record->type)
    {
    case LOBBY_MODEL_IMAGE:
    case LOBBY_MODEL_STICKER:
      return LOBBY_MEDIA_VIEW_PICTURE;
    case LOBBY_MODEL_VOICE:
      return LOBBY_MEDIA_VIEW_VOICE;
    case LOBBY_MODEL_VIDEO:
    case LOBBY_MODEL_AUDIO:
    case LOBBY_MODEL_DOCUMENT:
    case LOBBY_MODEL_LOCATION:
    case LOBBY_MODEL_CONTACTS:
    case LOBBY_MODEL_ORDER:
      return LOBBY_MEDIA_VIEW_CARD;
    default:
      return record->media_state != LOBBY_MEDIA_NONE || lobby_message_extra_referral (extra) != NULL ? LOBBY_MEDIA_VIEW_CARD : LOBBY_MEDIA_VIEW_NONE;
    }
}

static void
update_media (LobbyBubble *self)
{
  LobbyMediaView view = choose_media_view (lobby_message_get_record (self->message), self->extra);

  if (view != self->media_view)
    {
      g_clear_pointer (&self->media, gtk_widget_unparent);
      self->media_view = view;
      if (view == LOBBY_MEDIA_VIEW_PICTURE)
        self->media = lobby_picture_view_new (self->timeline);
      else if (view == LOBBY_MEDIA_VIEW_VOICE)
        self->media = lobby_voice_view_new (self->timeline);
      else if (view == LOBBY_MEDIA_VIEW_CARD)
        self->media = lobby_card_new (self->timeline);
      if (self->media != NULL)
        gtk_widget_insert_after (self->media, GTK_WIDGET (self), NULL);
    }
  if (view == LOBBY_MEDIA_VIEW_PICTURE)
    lobby_picture_view_set_message (LOBBY_PICTURE_VIEW (self->media), self->message);
  else if (view == LOBBY_MEDIA_VIEW_VOICE)
    lobby_voice_view_set_message (LOBBY_VOICE_VIEW (self->media), self->message);
  else if (view == LOBBY_MEDIA_VIEW_CARD)
    lobby_card_set_message (LOBBY_CARD (self->media), self->message);
}

/* Text */

static gboolean
on_activate_link (LobbyBubble *self,
                  const char *uri)
{
  if (strcmp (uri, MORE_LINK) != 0)
    return FALSE;
  lobby_timeline_expand (self->timeline, lobby_message_get_row_id (self->message));
  return TRUE;
}

/* Selectable text takes the focus when it is pressed, and the list scrolls to what has the focus: so text is selectable
 * only while somebody selects. */
static void
end_selection (LobbyBubble *self)
{
  gtk_label_set_selectable (self->text, FALSE);
}

static void
make_text (LobbyBubble *self)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  self->text = add_label (self, "message-text");
  gtk_label_set_wrap (self->text, TRUE);
  gtk_label_set_wrap_mode (self->text, PANGO_WRAP_WORD_CHAR);
  g_signal_connect_swapped (self->text, "activate-link", G_CALLBACK (on_activate_link), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (end_selection), self);
  gtk_widget_add_controller (GTK_WIDGET (self->text), focus);
}

/* What stands for the text, or the text itself. */
static char *
make_words (LobbyBubble *self,
            gboolean alone)
{
  const LobbyMessageRecord *record = lobby_message_get_record (self->message);
  const char *content = lobby_message_get_content (self->message);
  const char *type = lobby_words_type (record->type);
  g_autofree char *words = lobby_message_extra_words (record, self->extra);
  g_autofree char *shortened = NULL;
  g_autofree char *markup = NULL;

  if (words != NULL && record->type == LOBBY_MODEL_CALL)
    {
      g_autofree char *time = lobby_words_time (record->sent_at);

      return g_markup_printf_escaped ("%s · %s", words, time);
    }
  if (words != NULL && self->system)
    return g_markup_escape_text (words, -1);
  if (words != NULL && record->type == LOBBY_MODEL_INTERACTIVE && !lobby_message_extra_is_revoked (self->extra))
    return lobby_markup_from_text (words);
  if (words != NULL)
    return g_markup_printf_escaped ("<i>%s</i>", words);
  /* A kind without words and without a view of its own. */
  if (content[0] == '\0')
    return alone ? g_markup_printf_escaped ("<i>%s</i>", type != NULL ? type : _ ("Empty message")) : NULL;

  if (!lobby_timeline_is_expanded (self->timeline, lobby_message_get_row_id (self->message)))
    shortened = lobby_markup_shorten (content, LONG_TEXT, LONG_LINES);
  markup = lobby_markup_from_text (shortened != NULL ? shortened : content);
  if (shortened == NULL)
    return g_steal_pointer (&markup);
  return g_strdup_printf ("%s… <a href=\"" MORE_LINK "\">%s</a>", markup, _ ("Read more"));
}

static char *
make_markup (LobbyBubble *self)
{
  g_autofree char *details = lobby_message_extra_details (self->extra);
  g_autofree char *words = make_words (self, self->media_view == LOBBY_MEDIA_VIEW_NONE && details == NULL
                                                 && lobby_message_get_record (self->message)->quoted_text == NULL);
  g_autofree char *dimmed = NULL;

  if (details == NULL)
    return g_steal_pointer (&words);

  dimmed = g_markup_printf_escaped ("<span alpha=\"70%%\" size=\"smaller\">%s</span>", details);
  return g_strconcat (words != NULL ? words : "", words != NULL ? "\n" : "", dimmed, NULL);
}

static void
update_text (LobbyBubble *self)
{
  g_autofree char *markup = make_markup (self);
  gboolean bare;

  self->lone_emoji = self->media_view == LOBBY_MEDIA_VIEW_NONE && self->extra == NULL && lobby_message_get_record (self->message)->quoted_text == NULL
                     && lobby_markup_lone_emoji (lobby_message_get_content (self->message)) > 0;
  if (markup != NULL && self->text == NULL)
    make_text (self);
  if (self->text != NULL)
    {
      gtk_widget_set_visible (GTK_WIDGET (self->text), markup != NULL);
      gtk_label_set_markup (self->text, markup != NULL ? markup : "");
      gtk_label_set_selectable (self->text, FALSE);
      set_class (self->text, "lone-emoji", self->lone_emoji);
      gtk_label_set_xalign (self->text, self->system ? 0.5 : 0);
      gtk_label_set_justify (self->text, self->system ? GTK_JUSTIFY_CENTER : GTK_JUSTIFY_LEFT);
      lobby_bubble_forget_layout (self);
    }
  bare = self->lone_emoji || (lobby_message_get_message_type (self->message) == LOBBY_MODEL_STICKER && self->media != NULL);
  set_class (self, "bare", bare);
  self->over_picture = markup == NULL && self->media_view == LOBBY_MEDIA_VIEW_PICTURE && !bare;
  set_class (self, "over-picture", self->over_picture);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/* Time, tick and failure */

static const char *
choose_tick (LobbyMessage *message,
             const char **css_class)
{
  *css_class = NULL;
  switch (lobby_message_get_status (message))
    {
    case LOBBY_MODEL_STATUS_PENDING:
      return "lobby-pending-symbolic";
    case LOBBY_MODEL_STATUS_SENT:
      return "lobby-sent-symbolic";
    case LOBBY_MODEL_STATUS_DELIVERED:
      return "lobby-delivered-symbolic";
    case LOBBY_MODEL_STATUS_READ:
      *css_class = "read";
      return "lobby-delivered-symbolic";
    case LOBBY_MODEL_STATUS_PLAYED:
      *css_class = "read";
      return lobby_message_get_message_type (message) == LOBBY_MODEL_VOICE ? "lobby-voice-symbolic" : "lobby-delivered-symbolic";
    case LOBBY_MODEL_STATUS_FAILED:
    default:
      *css_class = "failed";
      return "dialog-warning-symbolic";
    }
}

/* Asked for when it is shown: setting a tooltip's text asks the display where the pointer is. */
static gboolean
on_query_status (LobbyBubble *self,
                 int x,
                 int y,
                 gboolean by_keyboard,
                 GtkTooltip *tooltip)
{
  g_autofree char *status = self->message != NULL ? lobby_words_status (self->message) : NULL;

  gtk_tooltip_set_text (tooltip, status);
  return status != NULL;
}

static gboolean
on_query_time (LobbyBubble *self,
               int x,
               int y,
               gboolean by_keyboard,
               GtkTooltip *tooltip)
{
  g_autofree char *exact = self->message != NULL ? lobby_words_exact_time (lobby_message_get_sent_at (self->message)) : NULL;

  gtk_tooltip_set_text (tooltip, exact);
  return exact != NULL;
}

static void
update_tick (LobbyBubble *self)
{
  const gboolean wanted = lobby_message_is_outbound (self->message) && !self->system
                          && lobby_message_get_message_type (self->message) != LOBBY_MODEL_NOTE;
  const char *css_class;

  if (wanted && self->tick == NULL)
    {
      self->tick = GTK_IMAGE (gtk_image_new ());
      gtk_widget_add_css_class (GTK_WIDGET (self->tick), "message-tick");
      gtk_widget_set_has_tooltip (GTK_WIDGET (self->tick), TRUE);
      g_signal_connect_swapped (self->tick, "query-tooltip", G_CALLBACK (on_query_status), self);
      gtk_widget_set_parent (GTK_WIDGET (self->tick), GTK_WIDGET (self));
    }
  if (self->tick == NULL)
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->tick), wanted);
  if (!wanted)
    return;
  gtk_image_set_from_icon_name (self->tick, choose_tick (self->message, &css_class));
  set_class (self->tick, "read", g_strcmp0 (css_class, "read") == 0);
  set_class (self->tick, "failed", g_strcmp0 (css_class, "failed") == 0);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->tick), GTK_ACCESSIBLE_PROPERTY_LABEL, lobby_words_status_name (self->message), -1);
}

static void
update_status (LobbyBubble *self)
{
  update_tick (self);
  lobby_bubble_update_footer (self);
}

static void
update_time (LobbyBubble *self)
{
  g_autofree char *time = lobby_words_time (lobby_message_get_sent_at (self->message));
  g_autofree char *edited = lobby_message_extra_is_edited (self->extra) ? g_strdup_printf (_ ("Edited %s"), time) : NULL;

  gtk_label_set_text (self->time, edited != NULL ? edited : time);
  gtk_widget_set_visible (GTK_WIDGET (self->time), !self->system);
}

static void
update_all (LobbyBubble *self)
{
  const LobbyModelType type = lobby_message_get_message_type (self->message);

  self->system = type == LOBBY_MODEL_SYSTEM || type == LOBBY_MODEL_CALL;
  set_class (self, "system", self->system);
  set_class (self, "note", type == LOBBY_MODEL_NOTE);
  set_class (self, "outbound", lobby_message_is_outbound (self->message) && !self->system);
  set_class (self, "inbound", !lobby_message_is_outbound (self->message) && !self->system);
  update_name (self);
  lobby_bubble_update_extra (self);
  update_quote (self);
  update_media (self);
  update_text (self);
  update_time (self);
  update_status (self);
}

static void
update_details (LobbyBubble *self)
{
  if (lobby_bubble_read_extra (self))
    {
      update_all (self);
      return;
    }
  update_name (self);
  update_quote (self);
  update_tick (self);
}

gboolean
lobby_bubble_is_line (LobbyBubble *self)
{
  return self->system;
}

void
lobby_bubble_set_message (LobbyBubble *self,
                          LobbyMessage *message)
{
  if (!g_set_object (&self->message, message))
    return;
  g_signal_group_set_target (self->message_signals, message);
  if (message != NULL)
    {
      lobby_bubble_read_extra (self);
      update_all (self);
    }
  else if (self->media_view == LOBBY_MEDIA_VIEW_PICTURE)
    {
      lobby_picture_view_set_message (LOBBY_PICTURE_VIEW (self->media), NULL);
    }
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

void
lobby_bubble_select_text (LobbyBubble *self)
{
  if (self->text == NULL || !gtk_widget_get_visible (GTK_WIDGET (self->text)))
    return;
  gtk_label_set_selectable (self->text, TRUE);
  gtk_label_select_region (self->text, 0, -1);
  gtk_widget_grab_focus (GTK_WIDGET (self->text));
  gtk_label_select_region (self->text, 0, -1);
}

/* What lies over a picture gets a dark ground: photographs have every colour. */
static void
snapshot_ground (LobbyBubble *self,
                 GtkSnapshot *snapshot)
{
  graphene_rect_t ground, tick;
  GskRoundedRect rounded;

  if (!gtk_widget_compute_bounds (GTK_WIDGET (self->time), GTK_WIDGET (self), &ground))
    return;
  if (self->tick != NULL && gtk_widget_get_visible (GTK_WIDGET (self->tick))
      && gtk_widget_compute_bounds (GTK_WIDGET (self->tick), GTK_WIDGET (self), &tick))
    graphene_rect_union (&ground, &tick, &ground);
  graphene_rect_inset (&ground, -7, -2);
  gsk_rounded_rect_init_from_rect (&rounded, &ground, ground.size.height / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &rounded);
  gtk_snapshot_append_color (snapshot, &(GdkRGBA){ 0, 0, 0, 0.5 }, &ground);
  gtk_snapshot_pop (snapshot);
}

static void
snapshot (GtkWidget *widget,
          GtkSnapshot *snapshot)
{
  LobbyBubble *self = LOBBY_BUBBLE (widget);
  GtkWidget *child;

  for (child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      gtk_widget_snapshot_child (widget, child, snapshot);
      if (child == self->media && self->over_picture)
        snapshot_ground (self, snapshot);
    }
}

static GtkSizeRequestMode
get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
lobby_bubble_dispose (GObject *object)
{
  LobbyBubble *self = LOBBY_BUBBLE (object);
  GtkWidget *child;

  g_clear_object (&self->message_signals);
  g_clear_object (&self->message);
  lobby_bubble_dispose_extra (self);
  lobby_bubble_forget_layout (self);
  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);

  G_OBJECT_CLASS (lobby_bubble_parent_class)->dispose (object);
}

static void
lobby_bubble_class_init (LobbyBubbleClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lobby_bubble_dispose;
  widget_class->get_request_mode = get_request_mode;
  widget_class->measure = lobby_bubble_measure;
  widget_class->size_allocate = lobby_bubble_size_allocate;
  widget_class->snapshot = snapshot;
  gtk_widget_class_set_css_name (widget_class, "bubble");
}

static void
lobby_bubble_init (LobbyBubble *self)
{
  self->time = add_label (self, "message-time");
  gtk_widget_add_css_class (GTK_WIDGET (self->time), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->time), "numeric");
  gtk_widget_set_has_tooltip (GTK_WIDGET (self->time), TRUE);
  g_signal_connect_swapped (self->time, "query-tooltip", G_CALLBACK (on_query_time), self);

  self->message_signals = g_signal_group_new (LOBBY_TYPE_MESSAGE);
  g_signal_group_connect_swapped (self->message_signals, "notify::content", G_CALLBACK (update_text), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::status", G_CALLBACK (update_status), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::error-text", G_CALLBACK (update_status), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::sent-at", G_CALLBACK (update_time), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::details", G_CALLBACK (update_details), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::group-start", G_CALLBACK (update_name), self);
}

GtkWidget *
lobby_bubble_new (LobbyTimeline *timeline)
{
  LobbyBubble *self = g_object_new (LOBBY_TYPE_BUBBLE, NULL);

  self->timeline = timeline;
  return GTK_WIDGET (self);
}
