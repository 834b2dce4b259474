/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-send-rate.h"

void
lobby_send_rate_init (LobbySendRate *self,
                      gint64 now)
{
  self->tokens = LOBBY_SEND_RATE_BURST;
  self->at = now;
}

gboolean
lobby_send_rate_take (LobbySendRate *self,
                      gint64 now,
                      guint *wait_msec)
{
  double passed = (double)MAX (now - self->at, 0) / G_USEC_PER_SEC;

  self->tokens = MIN (self->tokens + passed * LOBBY_SEND_RATE_PER_SECOND, LOBBY_SEND_RATE_BURST);
  self->at = MAX (now, self->at);
  if (self->tokens >= 1)
    {
      self->tokens -= 1;
      *wait_msec = 0;
      return TRUE;
    }
  *wait_msec = (guint)((1 - self->tokens) * 1000 / LOBBY_SEND_RATE_PER_SECOND) + 1;
  return FALSE;
}
