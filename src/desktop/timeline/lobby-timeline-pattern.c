/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

#include <adwaita.h>

/*
 * The drawing behind the messages. As an image in the style sheet it would be a texture with straight alpha, which the
 * cairo renderer converts anew for each frame.
 */

#define LIGHT "/org/lobby/Lobby/images/pattern-light.svg"
#define DARK "/org/lobby/Lobby/images/pattern-dark.svg"

/* As renderers keep it: alpha premultiplied. NULL when it cannot be read. */
static GdkTexture *
load (const char *path)
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

static void
update_style (LobbyTimeline *self,
              GParamSpec *pspec,
              AdwStyleManager *manager)
{
  static const char *const classes[] = { "pattern-light", "pattern-dark" };
  static GdkTexture *patterns[2];
  const gboolean dark = adw_style_manager_get_dark (manager);
  const char *wanted = adw_style_manager_get_high_contrast (manager) ? NULL : classes[dark];

  for (guint i = 0; i < G_N_ELEMENTS (classes); i++)
    {
      if (classes[i] == wanted)
        gtk_widget_add_css_class (GTK_WIDGET (self), classes[i]);
      else
        gtk_widget_remove_css_class (GTK_WIDGET (self), classes[i]);
    }
  if (wanted != NULL && patterns[dark] == NULL)
    patterns[dark] = load (dark ? DARK : LIGHT);
  self->pattern = wanted != NULL ? patterns[dark] : NULL;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
lobby_timeline_snapshot_pattern (LobbyTimeline *self,
                                 GtkSnapshot *snapshot)
{
  const int width = gtk_widget_get_width (GTK_WIDGET (self));
  const int height = gtk_widget_get_height (GTK_WIDGET (self));
  graphene_rect_t tile;

  if (self->pattern == NULL)
    return;
  tile = GRAPHENE_RECT_INIT (0, 0, gdk_texture_get_width (self->pattern), gdk_texture_get_height (self->pattern));
  gtk_snapshot_push_repeat (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height), &tile);
  gtk_snapshot_append_texture (snapshot, self->pattern, &tile);
  gtk_snapshot_pop (snapshot);
}

void
lobby_timeline_pattern_init (LobbyTimeline *self)
{
  AdwStyleManager *manager = adw_style_manager_get_default ();

  g_signal_connect_object (manager, "notify::dark", G_CALLBACK (update_style), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "notify::high-contrast", G_CALLBACK (update_style), self, G_CONNECT_SWAPPED);
  update_style (self, NULL, manager);
}
