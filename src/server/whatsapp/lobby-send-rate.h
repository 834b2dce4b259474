/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A bucket of tokens, full at first, that takes in so many a second and holds so many at most: in no second do more than both together pass. */
typedef struct
{
  double per_second, burst;
  double tokens;
  gint64 at;                    /* monotonic µs */
} LobbySendRate;

void     lobby_send_rate_init   (LobbySendRate *self,
                                 double         per_second,
                                 double         burst,
                                 gint64         now);
/* Another speed; what is in the bucket stays, as far as it fits. */
void     lobby_send_rate_change (LobbySendRate *self,
                                 double         per_second,
                                 double         burst,
                                 gint64         now);
/* ms until there is a token; 0: there is one. */
guint    lobby_send_rate_wait   (LobbySendRate *self,
                                 gint64         now);
/* Takes one that is there. */
void     lobby_send_rate_take   (LobbySendRate *self,
                                 gint64         now);

G_END_DECLS
