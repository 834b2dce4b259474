/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * How fast one connection may send: WhatsApp takes 80 messages a second of a number (CLOUD_API 12).
 * A bucket that fills with 60 a second and holds 20 never lets more than 80 pass in any second.
 */
#define LOBBY_SEND_RATE_PER_SECOND 60
#define LOBBY_SEND_RATE_BURST      20

typedef struct { double tokens; gint64 at; /* monotonic µs */ } LobbySendRate;

void     lobby_send_rate_init (LobbySendRate *self,
                               gint64         now);
/* Takes one, or tells in *@wait_msec when there will be one. */
gboolean lobby_send_rate_take (LobbySendRate *self,
                               gint64         now,
                               guint         *wait_msec);

G_END_DECLS
