/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A leaky bucket: holds up to its capacity, and drains evenly. All zero is an empty one. */
typedef struct
{
  double level;
  gint64 at;    /* ms */
} LobbyBucket;

/* CLOUD_API section 12: 80 messages a second for a number, 20 when it is also used on a phone; for one recipient one in 6 s, 45 at once "borrowed". */
#define LOBBY_THROUGHPUT_CAPACITY    80
#define LOBBY_THROUGHPUT_COEXISTENCE 20
#define LOBBY_PAIR_CAPACITY       45
#define LOBBY_PAIR_EVERY_MS       6000.0

/* Puts one in, which drains in @every_ms. FALSE, and nothing changes, when it does not fit. */
gboolean lobby_bucket_take (LobbyBucket *self,
                            gint64       now,
                            guint        capacity,
                            double       every_ms);

G_END_DECLS
