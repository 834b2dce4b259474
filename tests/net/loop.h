/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

/* Turns the main loop until @future (transfer full) settles; the value is borrowed from it. */
static inline const GValue *
loop_until (DexFuture  *future,
            GError    **error)
{
  static DexFuture *last;

  dex_clear (&last);
  last = future;
  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);

  return dex_future_get_value (future, error);
}

#define loop_while(condition)                  \
  G_STMT_START                                 \
  {                                            \
    while (condition)                          \
      g_main_context_iteration (NULL, TRUE);   \
  }                                            \
  G_STMT_END
