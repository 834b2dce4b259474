/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-backoff.h"

/* The longest wait still has a spread: 40 s to 60 s. */
#define LAST_STEP (LOBBY_BACKOFF_MAX * 2 / 3)

guint
lobby_backoff_delay (guint failures)
{
  guint step = LOBBY_BACKOFF_MIN << MIN (failures > 0 ? failures - 1 : 0, 10);

  step = MIN (step, LAST_STEP);
  return step + (guint)g_random_int_range (0, (int)(step / 2 + 1));
}
