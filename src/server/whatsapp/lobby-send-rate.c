/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-send-rate.h"

static void
fill (LobbySendRate *self,
      gint64 now)
{
  double passed = (double)MAX (now - self->at, 0) / G_USEC_PER_SEC;

  self->tokens = MIN (self->tokens + passed * self->per_second, self->burst);
  self->at = MAX (now, self->at);
}

void
lobby_send_rate_init (LobbySendRate *self,
                      double per_second,
                      double burst,
                      gint64 now)
{
  *self = (LobbySendRate){ per_second, burst, burst, now };
}

void
lobby_send_rate_change (LobbySendRate *self,
                        double per_second,
                        double burst,
                        gint64 now)
{
  fill (self, now);
  self->per_second = per_second;
  self->burst = burst;
  self->tokens = MIN (self->tokens, burst);
}

guint
lobby_send_rate_wait (LobbySendRate *self,
                      gint64 now)
{
  fill (self, now);
  return self->tokens >= 1 ? 0 : (guint)((1 - self->tokens) * 1000 / self->per_second) + 1;
}

void
lobby_send_rate_take (LobbySendRate *self,
                      gint64 now)
{
  fill (self, now);
  self->tokens -= 1;
}
