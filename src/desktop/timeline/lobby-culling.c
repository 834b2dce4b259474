/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-culling.h"

/* Of a drawing that is repeated the renderers draw those repetitions that are seen; here there is one, and it is none elsewhere. */
void
lobby_culling_push (GtkWidget *widget,
                    GtkSnapshot *snapshot,
                    int margin)
{
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget));

  graphene_rect_inset (&bounds, -margin, -margin);
  gtk_snapshot_push_repeat (snapshot, &bounds, &bounds);
}
