/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversation-row-private.h"

#include "lobby-culling.h"

/*
 * A row draws its texts and icons itself: as labels and images they were a dozen widgets a row, each with a style of its own, of which
 * a list has three dozen rows. Its height depends on the size of the text alone, so that news need no new layout of the list.
 */

/* px */
#define PORTRAIT_SIZE 44
#define PORTRAIT_GAP 12
#define LINE_GAP 3
#define TIME_GAP 6
#define ICON_SIZE 14
#define ICON_GAP 4
#define LEAST_TEXT 60
#define PADDING 10 /* in style.css */

/* As libadwaita's class "caption". */
#define CAPTION_SCALE 0.82
#define DIM 0.65

/* WhatsApp's blue of "read". */
#define READ_COLOR ((GdkRGBA){ 0x53 / 255.0, 0xbd / 255.0, 0xeb / 255.0, 1 })

/* Characters that are shaped: more than the widest list holds. */
#define LONGEST_LINE 200

/* Texts */

void
lobby_conversation_row_set_text (LobbyConversationRow *self,
                                 LobbyRowTextKind kind,
                                 const char *text,
                                 LobbyRowColor color)
{
  LobbyRowText *one = &self->texts[kind];

  if (!g_set_str (&one->text, text) && one->color == color)
    return;
  one->color = color;
  g_clear_object (&one->layout);
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lobby_conversation_row_set_icon (LobbyConversationRow *self,
                                 LobbyRowIconKind kind,
                                 const char *name,
                                 LobbyRowColor color)
{
  LobbyRowIcon *icon = &self->icons[kind];

  if (icon->name == name && icon->color == color)
    return;
  icon->name = name;
  icon->color = color;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static PangoAttrList *
make_attributes (LobbyRowTextKind kind,
                 LobbyRowColor color)
{
  PangoAttrList *attributes = pango_attr_list_new ();

  if (kind == LOBBY_ROW_NAME)
    pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_SEMIBOLD));
  if (kind == LOBBY_ROW_TIME)
    {
      pango_attr_list_insert (attributes, pango_attr_scale_new (CAPTION_SCALE));
      pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
      /* The font of the number below it. */
      if (color == LOBBY_ROW_COLOR_ACCENT)
        pango_attr_list_insert (attributes, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
    }

  return attributes;
}

static PangoLayout *
ensure_layout (LobbyConversationRow *self,
               LobbyRowTextKind kind)
{
  LobbyRowText *one = &self->texts[kind];
  g_autoptr (PangoAttrList) attributes = NULL;
  const char *end;

  if (one->layout != NULL)
    return one->layout;

  end = g_utf8_strlen (one->text, -1) > LONGEST_LINE ? g_utf8_offset_to_pointer (one->text, LONGEST_LINE) : NULL;
  attributes = make_attributes (kind, one->color);
  one->layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), NULL);
  pango_layout_set_text (one->layout, one->text, end != NULL ? (int)(end - one->text) : -1);
  pango_layout_set_attributes (one->layout, attributes);
  pango_layout_set_single_paragraph_mode (one->layout, TRUE);
  pango_layout_set_ellipsize (one->layout, PANGO_ELLIPSIZE_END);

  return one->layout;
}

static gboolean
has_text (LobbyConversationRow *self,
          LobbyRowTextKind kind)
{
  return self->texts[kind].text != NULL && self->texts[kind].text[0] != '\0';
}

static gboolean
has_unread (LobbyConversationRow *self)
{
  return self->unread != NULL && gtk_widget_get_visible (GTK_WIDGET (self->unread));
}

/* Layout */

static int
measure_line (LobbyConversationRow *self)
{
  PangoContext *context = gtk_widget_get_pango_context (GTK_WIDGET (self));
  g_autoptr (PangoLayout) layout = NULL;

  if (self->line_height != 0 && self->line_serial == pango_context_get_serial (context))
    return self->line_height;

  layout = pango_layout_new (context);
  pango_layout_set_text (layout, "X", 1);
  pango_layout_get_pixel_size (layout, NULL, &self->line_height);
  self->line_serial = pango_context_get_serial (context);

  return self->line_height;
}

static int
measure_second_line (LobbyConversationRow *self)
{
  int height = 0;

  if (has_unread (self))
    gtk_widget_measure (GTK_WIDGET (self->unread), GTK_ORIENTATION_VERTICAL, -1, NULL, &height, NULL, NULL);

  return MAX (height, measure_line (self));
}

static void
measure (GtkWidget *widget,
         GtkOrientation orientation,
         int for_size,
         int *minimum,
         int *natural,
         int *minimum_baseline,
         int *natural_baseline)
{
  LobbyConversationRow *self = LOBBY_CONVERSATION_ROW (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *minimum = *natural = PORTRAIT_SIZE + PORTRAIT_GAP + LEAST_TEXT;
  else
    *minimum = *natural = MAX (PORTRAIT_SIZE, measure_line (self) + LINE_GAP + measure_second_line (self));
}

/* Gives what is @width wide its place at the start of *line, and takes that off. */
static void
take_start (GtkAllocation *line,
            int width,
            int gap,
            gboolean rtl,
            GtkAllocation *place)
{
  width = MIN (width, line->width);
  *place = (GtkAllocation){ rtl ? line->x + line->width - width : line->x, line->y, width, line->height };
  width = MIN (width + gap, line->width);
  line->width -= width;
  if (!rtl)
    line->x += width;
}

static void
take_end (GtkAllocation *line,
          int width,
          int gap,
          gboolean rtl,
          GtkAllocation *place)
{
  take_start (line, width, gap, !rtl, place);
}

static void
take_icon (LobbyConversationRow *self,
           LobbyRowIconKind kind,
           GtkAllocation *line,
           gboolean rtl)
{
  LobbyRowIcon *icon = &self->icons[kind];

  if (icon->name == NULL)
    return;
  take_start (line, ICON_SIZE, ICON_GAP, rtl, &icon->place);
  icon->place.y += (icon->place.height - ICON_SIZE) / 2;
  icon->place.height = ICON_SIZE;
}

/* A text takes its own width, the last of a line what is left. */
static int
measure_text (LobbyConversationRow *self,
              LobbyRowTextKind kind)
{
  PangoLayout *layout = ensure_layout (self, kind);
  int width;

  pango_layout_set_width (layout, -1);
  pango_layout_get_pixel_size (layout, &width, NULL);

  return width;
}

static void
place_rest (LobbyConversationRow *self,
            LobbyRowTextKind kind,
            const GtkAllocation *line)
{
  self->texts[kind].place = *line;
  if (has_text (self, kind))
    pango_layout_set_width (ensure_layout (self, kind), line->width * PANGO_SCALE);
}

static void
place_second_line (LobbyConversationRow *self,
                   GtkAllocation line,
                   gboolean rtl)
{
  GtkAllocation place;
  int width, height;

  if (has_unread (self))
    {
      gtk_widget_measure (GTK_WIDGET (self->unread), GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL, NULL);
      gtk_widget_measure (GTK_WIDGET (self->unread), GTK_ORIENTATION_VERTICAL, width, NULL, &height, NULL, NULL);
      take_end (&line, width, ICON_GAP, rtl, &place);
      place.y += (place.height - height) / 2;
      place.height = height;
      gtk_widget_size_allocate (GTK_WIDGET (self->unread), &place, -1);
    }
  take_icon (self, LOBBY_ROW_TICK, &line, rtl);
  if (has_text (self, LOBBY_ROW_LEAD))
    {
      take_start (&line, MIN (measure_text (self, LOBBY_ROW_LEAD), line.width / 2), ICON_GAP, rtl, &place);
      place_rest (self, LOBBY_ROW_LEAD, &place);
    }
  take_icon (self, LOBBY_ROW_TYPE, &line, rtl);
  place_rest (self, LOBBY_ROW_PREVIEW, &line);
}

static void
size_allocate (GtkWidget *widget,
               int width,
               int height,
               int baseline)
{
  LobbyConversationRow *self = LOBBY_CONVERSATION_ROW (widget);
  const gboolean rtl = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  const int first = measure_line (self);
  const int second = measure_second_line (self);
  GtkAllocation rest = { 0, 0, width, height };
  GtkAllocation place;

  take_start (&rest, PORTRAIT_SIZE, PORTRAIT_GAP, rtl, &place);
  place.y = (height - PORTRAIT_SIZE) / 2;
  place.height = PORTRAIT_SIZE;
  gtk_widget_size_allocate (GTK_WIDGET (self->portrait), &place, -1);

  rest.y = (height - first - LINE_GAP - second) / 2;
  place_second_line (self, (GtkAllocation){ rest.x, rest.y + first + LINE_GAP, rest.width, second }, rtl);
  rest.height = first;
  if (has_text (self, LOBBY_ROW_TIME))
    {
      take_end (&rest, measure_text (self, LOBBY_ROW_TIME), TIME_GAP, rtl, &place);
      place_rest (self, LOBBY_ROW_TIME, &place);
    }
  place_rest (self, LOBBY_ROW_NAME, &rest);
}

/* Drawing */

/* The style sheet's colour of @name, which libadwaita has as a class only. */
static GdkRGBA
probe_color (LobbyConversationRow *self,
             const char *name)
{
  GdkRGBA color;

  if (self->color_probe == NULL)
    {
      self->color_probe = adw_bin_new ();
      gtk_widget_set_visible (self->color_probe, FALSE);
      gtk_widget_set_parent (self->color_probe, GTK_WIDGET (self));
    }
  if (!gtk_widget_has_css_class (self->color_probe, name))
    gtk_widget_set_css_classes (self->color_probe, (const char *[]){ name, NULL });
  gtk_widget_get_color (self->color_probe, &color);

  return color;
}

static GdkRGBA
get_color (LobbyConversationRow *self,
           LobbyRowColor kind)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();
  GdkRGBA color;

  switch (kind)
    {
    case LOBBY_ROW_COLOR_READ:
      return READ_COLOR;
    case LOBBY_ROW_COLOR_ACCENT:
      adw_accent_color_to_standalone_rgba (adw_style_manager_get_accent_color (manager), adw_style_manager_get_dark (manager), &color);
      return color;
    case LOBBY_ROW_COLOR_WARNING:
      return probe_color (self, "warning");
    case LOBBY_ROW_COLOR_ERROR:
      return probe_color (self, "error");
    case LOBBY_ROW_COLOR_DIM:
    case LOBBY_ROW_COLOR_PLAIN:
    default:
      gtk_widget_get_color (GTK_WIDGET (self), &color);
      color.alpha *= kind == LOBBY_ROW_COLOR_DIM ? DIM : 1;
      return color;
    }
}

static void
snapshot_text (LobbyConversationRow *self,
               GtkSnapshot *snapshot,
               LobbyRowTextKind kind)
{
  const LobbyRowText *one = &self->texts[kind];
  const gboolean rtl = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  const GdkRGBA color = get_color (self, one->color);
  PangoRectangle text;

  /* Text that runs against the interface begins where all others do. */
  pango_layout_get_pixel_extents (ensure_layout (self, kind), NULL, &text);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (rtl ? one->place.x + one->place.width - text.width - text.x : one->place.x - text.x,
                                                          one->place.y + (one->place.height - text.height) / 2));
  gtk_snapshot_append_layout (snapshot, one->layout, &color);
  gtk_snapshot_restore (snapshot);
}

static void
snapshot_icon (LobbyConversationRow *self,
               GtkSnapshot *snapshot,
               const LobbyRowIcon *icon)
{
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (GTK_WIDGET (self)));
  g_autoptr (GtkIconPaintable) paintable = gtk_icon_theme_lookup_icon (theme, icon->name, NULL, ICON_SIZE, gtk_widget_get_scale_factor (GTK_WIDGET (self)),
                                                                       gtk_widget_get_direction (GTK_WIDGET (self)), 0);
  const GdkRGBA color = get_color (self, icon->color);

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (icon->place.x, icon->place.y));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (paintable), snapshot, ICON_SIZE, ICON_SIZE, &color, 1);
  gtk_snapshot_restore (snapshot);
}

static void
snapshot (GtkWidget *widget,
          GtkSnapshot *snapshot)
{
  LobbyConversationRow *self = LOBBY_CONVERSATION_ROW (widget);

  lobby_culling_push (widget, snapshot, PADDING);
  GTK_WIDGET_CLASS (g_type_class_peek (GTK_TYPE_WIDGET))->snapshot (widget, snapshot);
  for (int kind = 0; kind < LOBBY_ROW_N_TEXTS; kind++)
    if (has_text (self, kind))
      snapshot_text (self, snapshot, kind);
  for (int kind = 0; kind < LOBBY_ROW_N_ICONS; kind++)
    if (self->icons[kind].name != NULL)
      snapshot_icon (self, snapshot, &self->icons[kind]);
  gtk_snapshot_pop (snapshot);
}

static gboolean
query_tooltip (GtkWidget *widget,
               int x,
               int y,
               gboolean by_keyboard,
               GtkTooltip *tooltip)
{
  LobbyConversationRow *self = LOBBY_CONVERSATION_ROW (widget);
  const LobbyRowIcon *tick = &self->icons[LOBBY_ROW_TICK];

  if (by_keyboard || tick->name == NULL || self->tick_words == NULL
      || !gdk_rectangle_contains_point (&tick->place, x, y))
    return FALSE;
  gtk_tooltip_set_tip_area (tooltip, &tick->place);
  gtk_tooltip_set_text (tooltip, self->tick_words);

  return TRUE;
}

void
lobby_conversation_row_class_init_draw (GtkWidgetClass *widget_class)
{
  widget_class->measure = measure;
  widget_class->size_allocate = size_allocate;
  widget_class->snapshot = snapshot;
  widget_class->query_tooltip = query_tooltip;
}

void
lobby_conversation_row_dispose_draw (LobbyConversationRow *self)
{
  for (int kind = 0; kind < LOBBY_ROW_N_TEXTS; kind++)
    {
      g_clear_object (&self->texts[kind].layout);
      g_clear_pointer (&self->texts[kind].text, g_free);
    }
  g_clear_pointer (&self->color_probe, gtk_widget_unparent);
}
