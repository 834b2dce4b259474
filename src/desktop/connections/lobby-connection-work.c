/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-connection-work.h"

#include "lobby-async.h"

typedef struct
{
  DexFuture *future;
  GObject *owner;
  LobbyConnectionDone done;
} Work;

static void
work_free (gpointer data)
{
  Work *work = data;

  dex_unref (work->future);
  g_object_unref (work->owner);
  g_free (work);
}

static void
tell (gpointer data)
{
  Work *work = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (work->future, &error);

  work->done (work->owner, value, error);
}

static DexFuture *
wait_fiber (gpointer data)
{
  Work *work = data;

  dex_await (dex_ref (work->future), NULL);
  dex_await (lobby_async_run_in_turn (tell, work), NULL);
  return dex_future_new_true ();
}

void
lobby_connection_when_done (DexFuture *future,
                            gpointer owner,
                            LobbyConnectionDone done)
{
  Work *work = g_new0 (Work, 1);

  work->future = future;
  work->owner = g_object_ref (owner);
  work->done = done;
  lobby_async_go (wait_fiber, work, work_free);
}
