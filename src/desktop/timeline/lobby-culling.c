/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-culling.h"

/* A clip around what fits into it GTK leaves out; a drawing that is repeated, once here, it keeps. The repeated part is larger than what
 * is shown of it, or a fraction of a pixel at scales like 1.25 would make it begin anew at the edges. */
void
lobby_culling_push (GtkWidget *widget,
                    GtkSnapshot *snapshot,
                    int margin)
{
  graphene_rect_t shown = GRAPHENE_RECT_INIT (0, 0, gtk_widget_get_width (widget), gtk_widget_get_height (widget));
  graphene_rect_t repeated;

  graphene_rect_inset (&shown, -margin, -margin);
  graphene_rect_inset_r (&shown, -1, -1, &repeated);
  gtk_snapshot_push_repeat (snapshot, &shown, &repeated);
}
