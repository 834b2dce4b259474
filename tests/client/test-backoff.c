/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-backoff.h"

static void
test_grows (void)
{
  for (guint failures = 0; failures < 40; failures++)
    {
      guint low = G_MAXUINT, high = 0;
      guint step = MIN (LOBBY_BACKOFF_MIN << MIN (failures > 0 ? failures - 1 : 0, 10), LOBBY_BACKOFF_MAX * 2 / 3);

      for (guint i = 0; i < 500; i++)
        {
          guint delay = lobby_backoff_delay (failures);

          low = MIN (low, delay);
          high = MAX (high, delay);
        }
      g_assert_cmpuint (low, >=, step);
      g_assert_cmpuint (high, <=, step * 3 / 2);
      g_assert_cmpuint (high, <=, LOBBY_BACKOFF_MAX);
      /* Clients of one server do not come in step. */
      g_assert_cmpuint (high - low, >, step / 4);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/backoff/grows", test_grows);
  return g_test_run ();
}
