/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-bubble-private.h"

#include <glib/gi18n-lib.h>

#include "lobby-card.h"
#include "lobby-message-extra.h"
#include "lobby-message-words.h"
#include "lobby-picture-view.h"
#include "lobby-voice-view.h"

/* px: about where the bottom row of pixels leaves the corner */
#define SHADOW_INSET 11

static const GdkRGBA SHADOW = { 0, 0, 0, 0.11 };

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
  g_autofree char *author = NULL;
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
  author = record->quoted_outbound ? g_strdup (_ ("You")) : lobby_timeline_name_customer (self->timeline);
  gtk_label_set_text (self->quote_author, author);
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
    case LOBBY_MODEL_TEMPLATE:
    case LOBBY_MODEL_INTERACTIVE:
      /* The picture over the text; other files over it are cards. */
      if (record->media_state == LOBBY_MEDIA_NONE)
        return LOBBY_MEDIA_VIEW_NONE;
      return record->mime_type != NULL && g_str_has_prefix (record->mime_type, "image/") ? LOBBY_MEDIA_VIEW_PICTURE : LOBBY_MEDIA_VIEW_CARD;
    case LOBBY_MODEL_VOICE:
      return LOBBY_MEDIA_VIEW_VOICE;
    case LOBBY_MODEL_VIDEO:
      return lobby_message_extra_has_thumbnail (extra) ? LOBBY_MEDIA_VIEW_PICTURE : LOBBY_MEDIA_VIEW_CARD;
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

const char *
lobby_bubble_get_deed (LobbyBubble *self)
{
  if (self->media_view == LOBBY_MEDIA_VIEW_VOICE)
    return lobby_voice_view_get_deed (LOBBY_VOICE_VIEW (self->media));
  if (self->media_view == LOBBY_MEDIA_VIEW_CARD)
    return lobby_card_get_deed (LOBBY_CARD (self->media));
  return NULL;
}

gboolean
lobby_bubble_press (LobbyBubble *self)
{
  if (self->media_view == LOBBY_MEDIA_VIEW_VOICE)
    lobby_voice_view_press (LOBBY_VOICE_VIEW (self->media));
  else if (lobby_bubble_get_deed (self) != NULL)
    lobby_card_press (LOBBY_CARD (self->media));
  else
    return FALSE;
  return TRUE;
}

void
lobby_bubble_update_kind (LobbyBubble *self)
{
  const gboolean bare = self->lone_emoji || (lobby_message_get_message_type (self->message) == LOBBY_MODEL_STICKER && self->media != NULL);

  self->bare = bare;
  set_class (self, "bare", bare);
  self->over_picture = self->markup == NULL && self->media_view == LOBBY_MEDIA_VIEW_PICTURE && !bare;
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

static void
update_status (LobbyBubble *self)
{
  lobby_bubble_update_tick (self);
  lobby_bubble_update_footer (self);
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
  lobby_bubble_update_text (self);
  lobby_bubble_update_time (self);
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
  lobby_bubble_update_tick (self);
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

/* A shadow, in the padding below. Of a style sheet's shadow or border the cairo renderer (4.18) cuts the whole rounded box: an eighth and
 * a twentieth of what scrolling costs. */
static void
snapshot_shadow (LobbyBubble *self,
                 GtkSnapshot *snapshot)
{
  const int width = gtk_widget_get_width (GTK_WIDGET (self));
  const int height = gtk_widget_get_height (GTK_WIDGET (self));
  const int inset = self->system ? height / 2 : SHADOW_INSET;

  if (self->timeline->has_pattern && !self->timeline->dark && !self->bare)
    gtk_snapshot_append_color (snapshot, &SHADOW, &GRAPHENE_RECT_INIT (inset, height, MAX (0, width - 2 * inset), 1));
}

static void
snapshot (GtkWidget *widget,
          GtkSnapshot *snapshot)
{
  LobbyBubble *self = LOBBY_BUBBLE (widget);
  GtkWidget *child;

  snapshot_shadow (self, snapshot);
  for (child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    gtk_widget_snapshot_child (widget, child, snapshot);
  lobby_bubble_snapshot_text (self, snapshot);
  lobby_bubble_snapshot_meta (self, snapshot);
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
  lobby_bubble_dispose_text (self);
  lobby_bubble_dispose_meta (self);
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
  widget_class->query_tooltip = lobby_bubble_query_tooltip;
  gtk_widget_class_set_css_name (widget_class, "bubble");
}

static void
lobby_bubble_init (LobbyBubble *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  self->message_signals = g_signal_group_new (LOBBY_TYPE_MESSAGE);
  g_signal_group_connect_swapped (self->message_signals, "notify::content", G_CALLBACK (lobby_bubble_update_text), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::status", G_CALLBACK (update_status), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::error-text", G_CALLBACK (update_status), self);
  g_signal_group_connect_swapped (self->message_signals, "notify::sent-at", G_CALLBACK (lobby_bubble_update_time), self);
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
