/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-async.h"

static gboolean
is_settled (DexFuture *future)
{
  return !dex_future_is_pending (future);
}

static void
wait_for (DexFuture *future)
{
  while (!is_settled (future))
    g_main_context_iteration (NULL, TRUE);
}

static void
count_free (gpointer data)
{
  (*(int *)data)++;
}

static DexFuture *
answer (gpointer data)
{
  dex_await (dex_timeout_new_msec (1), NULL);
  return dex_future_new_for_int (42);
}

static void
test_spawn (void)
{
  int n_freed = 0;
  g_autoptr (DexFuture) future = lobby_async_spawn (answer, &n_freed, count_free);

  wait_for (future);
  g_assert_cmpint (g_value_get_int (dex_future_get_value (future, NULL)), ==, 42);
  while (n_freed == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (n_freed, ==, 1);
}

/* A fiber whose future is dropped at once goes on to its end. */
static DexFuture *
reach_end (gpointer data)
{
  g_autoptr (GError) error = NULL;

  dex_await (dex_timeout_new_msec (5), &error);
  g_assert_error (error, DEX_ERROR, DEX_ERROR_TIMED_OUT);
  *(gboolean *)data = TRUE;
  return dex_future_new_true ();
}

static void
test_dropped_goes_on (void)
{
  gboolean reached = FALSE;

  dex_unref (lobby_async_spawn (reach_end, &reached, NULL));
  while (!reached)
    g_main_context_iteration (NULL, TRUE);
}

static DexFuture *
fail (gpointer data)
{
  *(gboolean *)data = TRUE;
  return dex_future_new_reject (G_IO_ERROR, G_IO_ERROR_FAILED, "on purpose");
}

static void
test_go_warns (void)
{
  gboolean ran = FALSE;

  g_test_expect_message ("lobby-base", G_LOG_LEVEL_WARNING, "*on purpose*");
  lobby_async_go (fail, &ran, NULL);
  while (!ran || g_main_context_pending (NULL))
    g_main_context_iteration (NULL, FALSE);
  g_test_assert_expected_messages ();
}

static gboolean
work (gpointer data,
      GValue *result,
      GError **error)
{
  g_assert_true (g_thread_self () != data);
  g_value_init (result, G_TYPE_STRING);
  g_value_set_static_string (result, "done");
  return TRUE;
}

static gboolean
work_in_vain (gpointer data,
              GValue *result,
              GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "full");
  return FALSE;
}

static DexFuture *
note_thread (DexFuture *future,
             gpointer data)
{
  g_assert_true (g_thread_self () == data);
  return dex_ref (future);
}

static void
test_thread (void)
{
  g_autoptr (DexFuture) good = dex_future_finally (lobby_async_run_in_thread (work, g_thread_self (), NULL),
                                                   note_thread, g_thread_self (), NULL);
  g_autoptr (DexFuture) bad = lobby_async_run_in_thread (work_in_vain, NULL, NULL);
  g_autoptr (GError) error = NULL;

  wait_for (good);
  g_assert_cmpstr (g_value_get_string (dex_future_get_value (good, NULL)), ==, "done");
  wait_for (bad);
  g_assert_null (dex_future_get_value (bad, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

static gboolean
wait_for_gate (gpointer data,
               GValue *result,
               GError **error)
{
  g_mutex_lock (data);
  g_mutex_unlock (data);
  return TRUE;
}

/* However much waits for the disk. */
static void
test_compute (void)
{
  g_autoptr (GPtrArray) waiting = g_ptr_array_new_with_free_func (dex_unref);
  g_autoptr (DexFuture) computed = NULL;
  GMutex gate;

  g_mutex_init (&gate);
  g_mutex_lock (&gate);
  for (int i = 0; i < 20; i++)
    g_ptr_array_add (waiting, lobby_async_run_in_thread (wait_for_gate, &gate, NULL));
  computed = lobby_async_compute (work, g_thread_self (), NULL);
  wait_for (computed);
  g_assert_cmpstr (g_value_get_string (dex_future_get_value (computed, NULL)), ==, "done");
  for (guint i = 0; i < waiting->len; i++)
    g_assert_true (dex_future_is_pending (g_ptr_array_index (waiting, i)));
  g_mutex_unlock (&gate);
  for (guint i = 0; i < waiting->len; i++)
    wait_for (g_ptr_array_index (waiting, i));
  g_mutex_clear (&gate);
}

/* Where on the stack this is called from. */
static void
note_stack (gpointer data)
{
  *(gpointer *)data = __builtin_frame_address (0);
}

static DexFuture *
compare_stacks (gpointer data)
{
  gpointer here = __builtin_frame_address (0), there = NULL;

  g_assert_true (dex_await (lobby_async_run_in_turn (note_stack, &there), NULL));
  g_assert_nonnull (there);
  /* Further apart than a fiber's stack is deep. */
  g_assert_cmpint (ABS ((char *)there - (char *)here), >, 1 << 20);
  return dex_future_new_true ();
}

static void
test_turn (void)
{
  g_autoptr (DexFuture) future = lobby_async_spawn (compare_stacks, NULL, NULL);

  wait_for (future);
}

static void
test_timeout (void)
{
  g_autoptr (DexPromise) promise = dex_promise_new_cancellable ();
  g_autoptr (DexFuture) late = lobby_async_with_timeout (dex_ref (DEX_FUTURE (promise)), 5);
  g_autoptr (DexFuture) early = lobby_async_with_timeout (dex_future_new_for_int (1), 60000);
  g_autoptr (GError) error = NULL;

  wait_for (early);
  g_assert_cmpint (g_value_get_int (dex_future_get_value (early, NULL)), ==, 1);
  wait_for (late);
  g_assert_null (dex_future_get_value (late, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);

  /* What it raced goes on. */
  dex_clear (&late);
  g_assert_false (g_cancellable_is_cancelled (dex_promise_get_cancellable (promise)));
  dex_promise_resolve_int (promise, 2);
}

static DexFuture *
wait_for_promise (gpointer data)
{
  DexPromise **promise = data;

  dex_await (dex_ref (DEX_FUTURE (*promise)), NULL);
  dex_clear (promise);
  return dex_future_new_true ();
}

/* Waits for what ends, and no longer than it was told for what does not. */
static void
test_drain (void)
{
  DexPromise *promise = dex_promise_new ();

  lobby_async_go (wait_for_promise, &promise, NULL);
  g_assert_false (lobby_async_drain (20));
  g_assert_nonnull (promise);

  dex_promise_resolve_boolean (promise, TRUE);
  g_assert_true (lobby_async_drain (60000));
  g_assert_null (promise);
}

int
main (int argc,
      char **argv)
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/async/spawn", test_spawn);
  g_test_add_func ("/async/dropped-goes-on", test_dropped_goes_on);
  g_test_add_func ("/async/go-warns", test_go_warns);
  g_test_add_func ("/async/turn", test_turn);
  g_test_add_func ("/async/thread", test_thread);
  g_test_add_func ("/async/compute", test_compute);
  g_test_add_func ("/async/timeout", test_timeout);
  g_test_add_func ("/async/drain", test_drain);
  return g_test_run ();
}
