/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-portrait-private.h"

/*
 * AdwAvatar gives each pair of initials a size of text of its own, so that it fills the circle. Each size is a font more: a
 * screen of conversations loaded a dozen, a tenth of the start. Here all initials have the size that the style sheet says.
 */

/* The colours that libadwaita's style sheet has for avatars. */
#define N_COLORS 14

/* Of the circle's width, at most: a desktop's text may be large, the circle stays. */
#define WIDEST_INITIALS 0.72

#define ICON_SHARE 0.5

G_DEFINE_FINAL_TYPE (LobbyPortrait, lobby_portrait, GTK_TYPE_WIDGET)

enum
{
  PROP_0,
  PROP_SIZE,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

/* The first letters of the first and the last word; NULL when there is none. */
static char *
make_initials (const char *name)
{
  g_autofree char *upper = g_utf8_strup (name, -1);
  g_autofree char *composed = g_utf8_normalize (g_strstrip (upper), -1, G_NORMALIZE_DEFAULT_COMPOSE);
  const char *last;
  GString *initials;

  if (composed == NULL || composed[0] == '\0')
    return NULL;

  initials = g_string_new (NULL);
  g_string_append_unichar (initials, g_utf8_get_char (composed));
  last = strrchr (composed, ' ');
  if (last != NULL && last[1] != '\0')
    g_string_append_unichar (initials, g_utf8_get_char (last + 1));

  return g_string_free_and_steal (initials);
}

static void
set_color (LobbyPortrait *self,
           guint color)
{
  char name[16];

  if (self->color == color)
    return;
  if (self->color != 0)
    {
      g_snprintf (name, sizeof name, "color%u", self->color);
      gtk_widget_remove_css_class (GTK_WIDGET (self), name);
    }
  self->color = color;
  g_snprintf (name, sizeof name, "color%u", color);
  gtk_widget_add_css_class (GTK_WIDGET (self), name);
}

static void
snapshot_picture (LobbyPortrait *self,
                  GtkSnapshot *snapshot)
{
  const float size = (float)self->size;
  const float width = (float)gdk_texture_get_width (self->picture);
  const float height = (float)gdk_texture_get_height (self->picture);
  const float scale = size / MIN (width, height);
  GskRoundedRect circle;

  gsk_rounded_rect_init_from_rect (&circle, &GRAPHENE_RECT_INIT (0, 0, size, size), size / 2);
  gtk_snapshot_push_rounded_clip (snapshot, &circle);
  gtk_snapshot_append_scaled_texture (snapshot, self->picture, GSK_SCALING_FILTER_TRILINEAR,
                                      &GRAPHENE_RECT_INIT ((size - width * scale) / 2, (size - height * scale) / 2, width * scale, height * scale));
  gtk_snapshot_pop (snapshot);
}

static void
snapshot_initials (LobbyPortrait *self,
                   GtkSnapshot *snapshot)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), self->initials);
  const float half = (float)self->size / 2;
  GdkRGBA color;
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  gtk_widget_get_color (GTK_WIDGET (self), &color);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (half, half));
  if (width > self->size * WIDEST_INITIALS)
    gtk_snapshot_scale (snapshot, (float)(self->size * WIDEST_INITIALS / width), (float)(self->size * WIDEST_INITIALS / width));
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT (-(float)width / 2, -(float)height / 2));
  gtk_snapshot_append_layout (snapshot, layout, &color);
}

static void
snapshot_icon (LobbyPortrait *self,
               GtkSnapshot *snapshot)
{
  const int size = (int)(self->size * ICON_SHARE);
  GtkIconTheme *theme = gtk_icon_theme_get_for_display (gtk_widget_get_display (GTK_WIDGET (self)));
  g_autoptr (GtkIconPaintable) icon = gtk_icon_theme_lookup_icon (theme, "avatar-default-symbolic", NULL, size,
                                                                  gtk_widget_get_scale_factor (GTK_WIDGET (self)), GTK_TEXT_DIR_NONE, 0);
  GdkRGBA color;

  gtk_widget_get_color (GTK_WIDGET (self), &color);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float)(self->size - size) / 2, (float)(self->size - size) / 2));
  gtk_symbolic_paintable_snapshot_symbolic (GTK_SYMBOLIC_PAINTABLE (icon), snapshot, size, size, &color, 1);
}

static void
lobby_portrait_snapshot (GtkWidget *widget,
                         GtkSnapshot *snapshot)
{
  LobbyPortrait *self = LOBBY_PORTRAIT (widget);

  gtk_snapshot_save (snapshot);
  if (self->picture != NULL)
    snapshot_picture (self, snapshot);
  else if (self->initials != NULL)
    snapshot_initials (self, snapshot);
  else
    snapshot_icon (self, snapshot);
  gtk_snapshot_restore (snapshot);
}

static void
lobby_portrait_measure (GtkWidget *widget,
                        GtkOrientation orientation,
                        int for_size,
                        int *minimum,
                        int *natural,
                        int *minimum_baseline,
                        int *natural_baseline)
{
  *minimum = *natural = LOBBY_PORTRAIT (widget)->size;
}

static void
lobby_portrait_get_property (GObject *object,
                             guint id,
                             GValue *value,
                             GParamSpec *pspec)
{
  if (id == PROP_SIZE)
    g_value_set_int (value, LOBBY_PORTRAIT (object)->size);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
lobby_portrait_set_property (GObject *object,
                             guint id,
                             const GValue *value,
                             GParamSpec *pspec)
{
  if (id == PROP_SIZE)
    LOBBY_PORTRAIT (object)->size = g_value_get_int (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
lobby_portrait_finalize (GObject *object)
{
  LobbyPortrait *self = LOBBY_PORTRAIT (object);

  g_free (self->initials);
  g_free (self->picture_key);
  g_clear_object (&self->picture);

  G_OBJECT_CLASS (lobby_portrait_parent_class)->finalize (object);
}

static void
lobby_portrait_class_init (LobbyPortraitClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = lobby_portrait_get_property;
  object_class->set_property = lobby_portrait_set_property;
  object_class->finalize = lobby_portrait_finalize;
  widget_class->measure = lobby_portrait_measure;
  widget_class->snapshot = lobby_portrait_snapshot;

  properties[PROP_SIZE] = g_param_spec_int ("size", NULL, NULL, 1, 1024, 44, G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
  gtk_widget_class_set_css_name (widget_class, "avatar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
lobby_portrait_init (LobbyPortrait *self)
{
}

void
lobby_portrait_take_picture (LobbyPortrait *self,
                             GdkTexture *picture)
{
  if (self->picture == NULL && picture == NULL)
    return;

  g_clear_object (&self->picture);
  self->picture = picture;
  if (picture != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self), "image");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self), "image");
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lobby_portrait_show (LobbyPortrait *self,
                     LobbyAccount *account,
                     LobbyContact *contact)
{
  const char *name = contact != NULL ? lobby_contact_get_display_name (contact) : NULL;

  g_return_if_fail (LOBBY_IS_PORTRAIT (self));

  g_clear_pointer (&self->initials, g_free);
  /* The digits of a number make no initials. */
  if (contact != NULL && lobby_contact_get_name (contact) != NULL)
    self->initials = make_initials (name);
  set_color (self, name != NULL ? g_str_hash (name) % N_COLORS + 1 : 1);
  gtk_widget_queue_draw (GTK_WIDGET (self));

  lobby_portrait_load (self, account, contact);
}
