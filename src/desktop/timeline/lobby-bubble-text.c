/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-bubble-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "lobby-markup.h"
#include "lobby-message-extra.h"
#include "lobby-message-words.h"

/*
 * A bubble's text. It is drawn by the bubble: a label would be one more widget with styles of its own, and would shape each text some six
 * times until it is allocated. Only a text with links, and one that somebody selects, is a label.
 */

/* Longer ones are cut until "Read more" is pressed. */
#define LONG_TEXT 1200
#define LONG_LINES 24

/* Only our own markup can hold this address: the parser makes links to the web alone. */
#define MORE_LINK "lobby:more"

/* Of the size of ordinary text. */
#define LONE_EMOJI_SCALE 2.7

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
  const char *heading = lobby_message_extra_heading (self->extra);
  g_autofree char *dimmed = NULL;

  if (heading != NULL)
    {
      g_autofree char *below = g_steal_pointer (&words);

      words = g_markup_printf_escaped ("<b>%s</b>", heading);
      if (below != NULL)
        {
          g_autofree char *bold = g_steal_pointer (&words);

          words = g_strconcat (bold, "\n", below, NULL);
        }
    }
  if (details == NULL)
    return g_steal_pointer (&words);

  dimmed = g_markup_printf_escaped ("<span alpha=\"70%%\" size=\"smaller\">%s</span>", details);
  return g_strconcat (words != NULL ? words : "", words != NULL ? "\n" : "", dimmed, NULL);
}

static gboolean
is_label (LobbyBubble *self)
{
  return self->label != NULL && gtk_widget_get_visible (GTK_WIDGET (self->label));
}

/* The label */

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
 * only while somebody selects, or looks at what the menu offers to do with it. */
static void
end_selection (LobbyBubble *self)
{
  const gboolean in_menu = self->message != NULL && lobby_timeline_has_menu (self->timeline)
                           && self->timeline->menu_row == lobby_message_get_row_id (self->message);

  if (!in_menu && !lobby_timeline_focus_is_in (GTK_WIDGET (self->label)))
    gtk_label_set_selectable (self->label, FALSE);
}

static void
show_label (LobbyBubble *self)
{
  if (self->label == NULL)
    {
      GtkEventController *focus = gtk_event_controller_focus_new ();

      self->label = GTK_LABEL (gtk_label_new (NULL));
      gtk_label_set_wrap (self->label, TRUE);
      gtk_label_set_wrap_mode (self->label, PANGO_WRAP_WORD_CHAR);
      g_signal_connect_swapped (self->label, "activate-link", G_CALLBACK (on_activate_link), self);
      g_signal_connect_swapped (focus, "leave", G_CALLBACK (end_selection), self);
      gtk_widget_add_controller (GTK_WIDGET (self->label), focus);
      gtk_widget_set_parent (GTK_WIDGET (self->label), GTK_WIDGET (self));
    }
  gtk_widget_set_visible (GTK_WIDGET (self->label), TRUE);
  gtk_label_set_markup (self->label, self->markup);
  gtk_label_set_selectable (self->label, FALSE);
  gtk_label_set_xalign (self->label, self->system ? 0.5 : 0);
  gtk_label_set_justify (self->label, self->system ? GTK_JUSTIFY_CENTER : GTK_JUSTIFY_LEFT);
  g_clear_object (&self->layout);
}

static void
hide_label (LobbyBubble *self)
{
  if (self->label != NULL)
    gtk_widget_set_visible (GTK_WIDGET (self->label), FALSE);
}

void
lobby_bubble_select_text (LobbyBubble *self)
{
  if (self->markup == NULL)
    return;
  if (!is_label (self))
    show_label (self);
  gtk_label_set_selectable (self->label, TRUE);
  gtk_label_select_region (self->label, 0, -1);
  gtk_widget_grab_focus (GTK_WIDGET (self->label));
  gtk_label_select_region (self->label, 0, -1);
}

static gboolean
find_selection (LobbyBubble *self,
                int *start,
                int *end)
{
  return self->message != NULL && is_label (self) && gtk_label_get_selection_bounds (self->label, start, end);
}

char *
lobby_bubble_dup_selection (LobbyBubble *self)
{
  int start, end;

  return find_selection (self, &start, &end) ? g_utf8_substring (gtk_label_get_text (self->label), start, end) : NULL;
}

void
lobby_bubble_resume_selection (LobbyBubble *self)
{
  int start, end;

  if (!find_selection (self, &start, &end))
    return;
  if (!gtk_widget_has_focus (GTK_WIDGET (self->timeline)))
    {
      end_selection (self);
      return;
    }
  /* A label that gets the focus selects all. */
  gtk_widget_grab_focus (GTK_WIDGET (self->label));
  gtk_label_select_region (self->label, start, end);
}

void
lobby_bubble_update_text (LobbyBubble *self)
{
  g_autofree char *markup = make_markup (self);

  self->lone_emoji = self->media_view == LOBBY_MEDIA_VIEW_NONE && self->extra == NULL && lobby_message_get_record (self->message)->quoted_text == NULL
                     && lobby_markup_lone_emoji (lobby_message_get_content (self->message)) > 0;
  g_clear_object (&self->layout);
  g_free (self->markup);
  self->markup = g_steal_pointer (&markup);
  if (self->markup != NULL && strstr (self->markup, "<a ") != NULL)
    show_label (self);
  else
    hide_label (self);
  lobby_bubble_update_kind (self);
}

/* Layout. It follows its context, which is the widget's, by itself; what was measured does not. */

static PangoLayout *
make_layout (LobbyBubble *self)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), NULL);

  pango_layout_set_wrap (layout, PANGO_WRAP_WORD_CHAR);
  pango_layout_set_markup (layout, self->markup, -1);
  /* Lines that run the other way are aligned the other way. */
  pango_layout_set_alignment (layout, self->system                                                       ? PANGO_ALIGN_CENTER
                                      : gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL ? PANGO_ALIGN_RIGHT
                                                                                                         : PANGO_ALIGN_LEFT);
  if (self->lone_emoji)
    {
      PangoAttrList *attributes = pango_attr_list_new ();

      pango_attr_list_insert (attributes, pango_attr_scale_new (LONE_EMOJI_SCALE));
      pango_layout_set_attributes (layout, attributes);
      pango_attr_list_unref (attributes);
    }
  return layout;
}

static PangoLayout *
copy_layout_of_label (LobbyBubble *self)
{
  PangoLayout *layout = pango_layout_copy (gtk_label_get_layout (self->label));

  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_NONE);
  return layout;
}

static PangoLayout *
ensure_layout (LobbyBubble *self)
{
  PangoContext *context = gtk_widget_get_pango_context (is_label (self) ? GTK_WIDGET (self->label) : GTK_WIDGET (self));
  const guint serial = pango_context_get_serial (context);

  if (self->layout == NULL || self->layout_serial != serial)
    {
      g_clear_object (&self->layout);
      self->layout = is_label (self) ? copy_layout_of_label (self) : make_layout (self);
      self->layout_serial = pango_context_get_serial (context);
      self->text_width = 0;
    }
  return self->layout;
}

/* Lines that begin at the right or in the middle stand elsewhere in each other width. */
static gboolean
starts_at_left (PangoLayout *layout,
                PangoLayoutIter *iter)
{
  return pango_layout_get_alignment (layout) == PANGO_ALIGN_LEFT
         && pango_layout_line_get_resolved_direction (pango_layout_iter_get_line_readonly (iter)) != PANGO_DIRECTION_RTL;
}

static void
measure_layout (LobbyBubble *self,
                PangoLayout *layout)
{
  g_autoptr (PangoLayoutIter) iter = NULL;
  PangoRectangle line;
  LobbyTextSize *size = &self->text_size;
  const gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  gboolean line_rtl;

  pango_layout_set_width (layout, self->text_width * PANGO_SCALE);
  pango_layout_get_pixel_size (layout, &size->width, &size->height);
  iter = pango_layout_get_iter (layout);
  self->text_is_movable = FALSE;
  do
    self->text_is_movable = self->text_is_movable || !starts_at_left (layout, iter);
  while (pango_layout_iter_next_line (iter));
  pango_layout_iter_get_line_extents (iter, NULL, &line);
  /* Text that runs against the interface begins where the time stands, at the edge of whatever width it gets. */
  line_rtl = pango_layout_line_get_resolved_direction (pango_layout_iter_get_line_readonly (iter)) == PANGO_DIRECTION_RTL;
  size->last_end = line_rtl == rtl ? PANGO_PIXELS_CEIL (line.width) : G_MAXINT / 4;
}

/* A row is measured several times for each layout, and shaping is what costs: lines that fitted a width are the same in each
 * narrower one that still holds the longest of them. */
static gboolean
is_broken_for (LobbyBubble *self,
               PangoLayout *layout,
               int width)
{
  return self->text_width > 0 && self->text_size.width <= width && (width <= self->text_width || !pango_layout_is_wrapped (layout));
}

LobbyTextSize
lobby_bubble_measure_text (LobbyBubble *self,
                           int width)
{
  PangoLayout *layout = ensure_layout (self);

  if (!is_broken_for (self, layout, width))
    {
      self->text_width = width;
      measure_layout (self, layout);
    }
  return self->text_size;
}

void
lobby_bubble_allocate_text (LobbyBubble *self,
                            const GtkAllocation *place)
{
  self->text_place = *place;
  if (is_label (self))
    gtk_widget_size_allocate (GTK_WIDGET (self->label), place, -1);
}

void
lobby_bubble_snapshot_text (LobbyBubble *self,
                            GtkSnapshot *snapshot)
{
  PangoLayout *layout;
  GdkRGBA color;

  if (self->markup == NULL || is_label (self))
    return;
  layout = ensure_layout (self);
  /* It may have been measured for another width since it got its place. */
  if (!is_broken_for (self, layout, self->text_place.width) || self->text_is_movable)
    {
      self->text_width = self->text_place.width;
      measure_layout (self, layout);
    }
  gtk_widget_get_color (GTK_WIDGET (self), &color);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (self->text_place.x, self->text_place.y));
  gtk_snapshot_append_layout (snapshot, layout, &color);
  gtk_snapshot_restore (snapshot);
}

void
lobby_bubble_dispose_text (LobbyBubble *self)
{
  g_clear_object (&self->layout);
  g_clear_pointer (&self->markup, g_free);
}
