/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* ms to wait after @failures (1 and up) tries in a row: from 1 s it doubles; up to half of it comes
 * on top by chance, so that clients of a restarted server do not come back in step; never over 60 s. */
guint lobby_backoff_delay (guint failures);

#define LOBBY_BACKOFF_MIN 1000
#define LOBBY_BACKOFF_MAX 60000

G_END_DECLS
