/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

/* The times of day under the messages. A page has many that are the same: each is laid out once. */

/* When there are so many all are dropped. A bubble keeps its own. */
#define MAX_TIMES 400

/* As libadwaita's class "caption". */
#define CAPTION_SCALE 0.82

static PangoLayout *
make_layout (LobbyTimeline *self,
             const char *words)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), words);
  PangoAttrList *attributes = pango_attr_list_new ();

  pango_attr_list_insert (attributes, pango_attr_scale_new (CAPTION_SCALE));
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum"));
  pango_layout_set_attributes (layout, attributes);
  pango_attr_list_unref (attributes);
  return layout;
}

PangoLayout *
lobby_timeline_lay_out_time (LobbyTimeline *self,
                             const char *words)
{
  PangoLayout *layout;

  if (self->times == NULL)
    self->times = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  layout = g_hash_table_lookup (self->times, words);
  if (layout != NULL)
    return g_object_ref (layout);
  if (g_hash_table_size (self->times) >= MAX_TIMES)
    g_hash_table_remove_all (self->times);
  layout = make_layout (self, words);
  g_hash_table_insert (self->times, g_strdup (words), layout);
  return g_object_ref (layout);
}
