/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-bucket.h"

gboolean
lobby_bucket_take (LobbyBucket *self,
                   gint64 now,
                   guint capacity,
                   double every_ms)
{
  double level = MAX (0, self->level - (double)(now - self->at) / every_ms);

  if (level + 1 > capacity + 1e-9)
    return FALSE;
  self->level = level + 1;
  self->at = now;
  return TRUE;
}
