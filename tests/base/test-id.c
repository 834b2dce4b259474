/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-clock.h"
#include "lobby-id.h"

#include <string.h>

#define N_THREADS 4
#define N_IDS 20000

static void
test_shape (void)
{
  g_autofree char *id = lobby_id_new ();

  g_assert_cmpuint (strlen (id), ==, LOBBY_ID_LENGTH);
  g_assert_cmpuint (strspn (id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ"), ==, LOBBY_ID_LENGTH);
}

static void
test_carries_time (void)
{
  static const char *alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  gint64 before = lobby_clock_now ();
  g_autofree char *id = lobby_id_new ();
  gint64 msec = 0;

  for (int i = 0; i < 10; i++)
    msec = msec * 32 + (strchr (alphabet, id[i]) - alphabet);

  g_assert_cmpint (msec, >=, before);
  g_assert_cmpint (msec, <=, lobby_clock_now ());
}

static gpointer
make_many (gpointer data)
{
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  for (int i = 0; i < N_IDS; i++)
    g_ptr_array_add (ids, lobby_id_new ());

  return ids;
}

/* Upwards within each thread, and no two alike over all. */
static void
test_grow (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GThread *threads[N_THREADS];
  GPtrArray *ids[N_THREADS];

  for (int i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("ids", make_many, NULL);

  for (int i = 0; i < N_THREADS; i++)
    {
      ids[i] = g_thread_join (threads[i]);
      for (guint j = 0; j < ids[i]->len; j++)
        {
          if (j > 0)
            g_assert_cmpstr (g_ptr_array_index (ids[i], j), >, g_ptr_array_index (ids[i], j - 1));
          g_assert_true (g_hash_table_add (seen, g_ptr_array_index (ids[i], j)));
        }
    }

  for (int i = 0; i < N_THREADS; i++)
    g_ptr_array_unref (ids[i]);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/id/shape", test_shape);
  g_test_add_func ("/id/carries-time", test_carries_time);
  g_test_add_func ("/id/grow", test_grow);
  return g_test_run ();
}
