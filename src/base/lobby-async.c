/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-async.h"

/* Bytes. The sanitizers put red zones around everything on the stack. */
#ifdef __SANITIZE_ADDRESS__
#define FIBER_STACK_SIZE (512 * 1024)
#else
#define FIBER_STACK_SIZE (128 * 1024)
#endif

/* Jobs at a time. Blocking ones wait for the disk, not for the processor; the others must not wait for them. */
#define MAX_BLOCKING 4
#define MAX_COMPUTING 2

typedef struct
{
  LobbyThreadFunc func;
  gpointer data;
  GDestroyNotify free_data;
  DexPromise *promise;
  GValue result;
  GError *error;
  gboolean succeeded;
} ThreadJob;

typedef struct
{
  LobbyTurnFunc func;
  gpointer data;
  DexPromise *promise;
} Turn;

/* Of the main thread. */
static guint n_fibers;

static DexFuture *
on_fiber_ended (DexFuture *fiber,
                gpointer data)
{
  n_fibers--;

  return dex_ref (fiber);
}

DexFuture *
lobby_async_spawn (DexFiberFunc func,
                   gpointer data,
                   GDestroyNotify free_data)
{
  DexFuture *fiber;

  g_return_val_if_fail (func != NULL, NULL);

  fiber = dex_scheduler_spawn (dex_scheduler_get_default (), FIBER_STACK_SIZE, func, data, free_data);
  n_fibers++;
  dex_future_disown (dex_future_finally (dex_ref (fiber), on_fiber_ended, NULL, NULL));

  return fiber;
}

static gboolean
on_time_is_up (gpointer data)
{
  gboolean *is_up = data;

  *is_up = TRUE;

  return G_SOURCE_REMOVE;
}

gboolean
lobby_async_drain (guint msec)
{
  gboolean is_up = FALSE;
  guint timer = g_timeout_add (msec, on_time_is_up, &is_up);

  while (n_fibers > 0 && !is_up)
    g_main_context_iteration (NULL, TRUE);
  /* The scheduler frees a fiber in the turn after its end. */
  while (!is_up && g_main_context_iteration (NULL, FALSE))
    continue;
  if (!is_up)
    g_source_remove (timer);

  return n_fibers == 0;
}

static DexFuture *
warn_about_rejection (DexFuture *future,
                      gpointer data)
{
  g_autoptr (GError) error = NULL;

  if (dex_future_get_value (future, &error) == NULL)
    g_warning ("Work that nobody waits for failed: %s", error->message);

  return dex_future_new_true ();
}

void
lobby_async_go (DexFiberFunc func,
                gpointer data,
                GDestroyNotify free_data)
{
  dex_future_disown (dex_future_catch (lobby_async_spawn (func, data, free_data),
                                       warn_about_rejection, NULL, NULL));
}

static gboolean
run_turn (gpointer data)
{
  Turn *turn = data;

  turn->func (turn->data);
  dex_promise_resolve_boolean (turn->promise, TRUE);

  return G_SOURCE_REMOVE;
}

static void
turn_free (gpointer data)
{
  Turn *turn = data;

  dex_clear (&turn->promise);
  g_free (turn);
}

DexFuture *
lobby_async_run_in_turn (LobbyTurnFunc func,
                         gpointer data)
{
  Turn *turn;
  DexFuture *future;

  g_return_val_if_fail (func != NULL, NULL);

  turn = g_new (Turn, 1);
  turn->func = func;
  turn->data = data;
  turn->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (turn->promise));
  g_idle_add_full (G_PRIORITY_DEFAULT, run_turn, turn, turn_free);

  return future;
}

static void
thread_job_free (ThreadJob *job)
{
  if (job->free_data != NULL)
    job->free_data (job->data);
  if (G_IS_VALUE (&job->result))
    g_value_unset (&job->result);
  g_clear_error (&job->error);
  dex_clear (&job->promise);
  g_free (job);
}

static gboolean
finish_thread_job (gpointer data)
{
  ThreadJob *job = data;

  if (!job->succeeded)
    dex_promise_reject (job->promise, g_steal_pointer (&job->error));
  else if (G_IS_VALUE (&job->result))
    dex_promise_resolve (job->promise, &job->result);
  else
    dex_promise_resolve_boolean (job->promise, TRUE);

  return G_SOURCE_REMOVE;
}

static void
run_thread_job (gpointer data,
                gpointer unused)
{
  ThreadJob *job = data;

  job->succeeded = job->func (job->data, &job->result, &job->error);
  g_assert (job->succeeded || job->error != NULL);

  /* Whatever waits for the future, and @data, belong to the main thread. */
  g_idle_add_full (G_PRIORITY_DEFAULT, finish_thread_job, job, (GDestroyNotify)thread_job_free);
}

static DexFuture *
push_job (GThreadPool *pool,
          LobbyThreadFunc func,
          gpointer data,
          GDestroyNotify free_data)
{
  ThreadJob *job = g_new0 (ThreadJob, 1);
  DexFuture *future;

  job->func = func;
  job->data = data;
  job->free_data = free_data;
  job->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (job->promise));

  g_thread_pool_push (pool, job, NULL);

  return future;
}

DexFuture *
lobby_async_run_in_thread (LobbyThreadFunc func,
                           gpointer data,
                           GDestroyNotify free_data)
{
  static GThreadPool *pool;

  g_return_val_if_fail (func != NULL, NULL);

  if (g_once_init_enter_pointer (&pool))
    g_once_init_leave_pointer (&pool, g_thread_pool_new (run_thread_job, NULL, MAX_BLOCKING, FALSE, NULL));
  return push_job (pool, func, data, free_data);
}

DexFuture *
lobby_async_compute (LobbyThreadFunc func,
                     gpointer data,
                     GDestroyNotify free_data)
{
  static GThreadPool *pool;

  g_return_val_if_fail (func != NULL, NULL);

  if (g_once_init_enter_pointer (&pool))
    g_once_init_leave_pointer (&pool, g_thread_pool_new (run_thread_job, NULL, MAX_COMPUTING, FALSE, NULL));
  return push_job (pool, func, data, free_data);
}

static DexFuture *
reject_as_timed_out (DexFuture *future,
                     gpointer data)
{
  return dex_future_new_reject (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                                "No answer within %u ms", GPOINTER_TO_UINT (data));
}

DexFuture *
lobby_async_with_timeout (DexFuture *future,
                          guint msec)
{
  g_return_val_if_fail (future != NULL, NULL);

  /* The race drops the loser, and a dropped future would be cancelled. */
  dex_future_disown (dex_ref (future));

  return dex_future_first (future,
                           dex_future_catch (dex_timeout_new_msec ((int)MIN (msec, G_MAXINT)),
                                             reject_as_timed_out, GUINT_TO_POINTER (msec), NULL),
                           NULL);
}
