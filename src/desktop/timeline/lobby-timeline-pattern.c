/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

#include <adwaita.h>

/*
 * The drawing behind the messages. As an image in the style sheet it would be a texture with straight alpha, which the
 * cairo renderer converts anew for each frame.
 */

#define LIGHT "/org/lobby/Lobby/images/pattern-light.svg"
#define DARK "/org/lobby/Lobby/images/pattern-dark.svg"

/* As renderers keep it: alpha premultiplied. Thread. */
static gpointer
load (gpointer path)
{
  g_autoptr (GdkTexture) loaded = gdk_texture_new_from_resource (path);
  const int width = gdk_texture_get_width (loaded);
  const int height = gdk_texture_get_height (loaded);
  const gsize stride = (gsize)width * 4;
  g_autoptr (GBytes) bytes = NULL;
  guchar *pixels = g_malloc (stride * height);

  gdk_texture_download (loaded, pixels, stride);
  bytes = g_bytes_new_take (pixels, stride * height);
  return gdk_memory_texture_new (width, height, GDK_MEMORY_DEFAULT, bytes, stride);
}

/* Drawing it takes as long as a row of messages: begun when it is first wanted, beside all that comes before the first frame. */
static GdkTexture *
get_pattern (gboolean dark,
             gboolean wait)
{
  static GdkTexture *patterns[2];
  static GThread *threads[2];

  if (patterns[dark] == NULL && threads[dark] == NULL)
    threads[dark] = g_thread_new ("pattern", load, dark ? DARK : LIGHT);
  if (wait && threads[dark] != NULL)
    patterns[dark] = g_thread_join (g_steal_pointer (&threads[dark]));

  return patterns[dark];
}

static void
update_style (LobbyTimeline *self,
              GParamSpec *pspec,
              AdwStyleManager *manager)
{
  static const char *const classes[] = { "pattern-light", "pattern-dark" };
  const gboolean dark = adw_style_manager_get_dark (manager);
  const char *wanted = adw_style_manager_get_high_contrast (manager) ? NULL : classes[dark];

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      if (classes[i] == wanted)
        gtk_widget_add_css_class (GTK_WIDGET (self), classes[i]);
      else
        gtk_widget_remove_css_class (GTK_WIDGET (self), classes[i]);
    }
  if (wanted != NULL)
    get_pattern (dark, FALSE);
  self->has_pattern = wanted != NULL;
  self->dark = dark;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* A repetition of one: where nothing is to be drawn anew, cairo returns at once from it (lobby-culling.h). Of a repetition of many the cairo
 * renderer (GTK 4.18) repeats only what of the tile is in the part to be drawn anew: where that lies over two tiles, the wrong piece. */
static void
snapshot_tile (GtkSnapshot *snapshot,
               GdkTexture *pattern,
               const graphene_rect_t *tile,
               const graphene_rect_t *bounds)
{
  graphene_rect_t shown, repeated;

  if (!graphene_rect_intersection (tile, bounds, &shown))
    return;
  graphene_rect_inset_r (tile, -1, -1, &repeated);
  gtk_snapshot_push_repeat (snapshot, &shown, &repeated);
  gtk_snapshot_append_texture (snapshot, pattern, tile);
  gtk_snapshot_pop (snapshot);
}

void
lobby_timeline_snapshot_pattern (LobbyTimeline *self,
                                 GtkSnapshot *snapshot)
{
  const int width = gtk_widget_get_width (GTK_WIDGET (self));
  const int height = gtk_widget_get_height (GTK_WIDGET (self));
  GdkTexture *pattern;

  if (!self->has_pattern)
    return;
  pattern = get_pattern (self->dark, TRUE);
  for (int y = 0; y < height; y += gdk_texture_get_height (pattern))
    for (int x = 0; x < width; x += gdk_texture_get_width (pattern))
      snapshot_tile (snapshot, pattern, &GRAPHENE_RECT_INIT (x, y, gdk_texture_get_width (pattern), gdk_texture_get_height (pattern)),
                     &GRAPHENE_RECT_INIT (0, 0, width, height));
}

void
lobby_timeline_pattern_init (LobbyTimeline *self)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (update_style), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (update_style), self, G_CONNECT_SWAPPED);
  update_style (self, NULL, manager);
}
