/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-async.h"
#include "lobby-backoff.h"
#include "lobby-clock.h"
#include "lobby-live-connection.h"

#include "stand-in.h"

/* The attempts of the connection, one promise each. */
static GPtrArray *attempts;
static guint n_cancelled;

static void
on_cancelled (GCancellable *cancellable,
              DexPromise *promise)
{
  n_cancelled++;
  if (dex_future_is_pending (DEX_FUTURE (promise)))
    dex_promise_reject (promise, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled"));
}

static DexFuture *
open_session (GCancellable *cancellable,
              gpointer data)
{
  DexPromise *promise = dex_promise_new ();

  g_ptr_array_add (attempts, promise);
  g_signal_connect_data (cancellable, "cancelled", G_CALLBACK (on_cancelled), dex_ref (promise), (GClosureNotify)dex_unref, 0);
  return dex_ref (DEX_FUTURE (promise));
}

static DexFuture *
no_session (LobbySocketClient *socket,
            gpointer data)
{
  g_assert_not_reached ();
}

static const LobbyLivePeer peer = { .open = open_session, .sync = no_session, .probe = no_session };

static LobbyLiveConnection *
make (void)
{
  n_cancelled = 0;
  g_ptr_array_set_size (attempts, 0);
  return lobby_live_connection_new (&peer, NULL, TRUE);
}

static void
unmake (LobbyLiveConnection *live)
{
  lobby_live_connection_stop (live);
  g_assert_true (lobby_async_drain (60000));
  g_assert_finalize_object (live);
}

static void
refuse_last (GQuark domain,
             int code)
{
  dex_promise_reject (g_ptr_array_index (attempts, attempts->len - 1), g_error_new_literal (domain, code, "on purpose"));
}

static void
assert_state (LobbyLiveConnection *live,
              LobbyConnectionState state)
{
  wait_until (lobby_live_connection_get_state (live) == state);
}

static void
test_waits (void)
{
  LobbyLiveConnection *live = make ();
  gint64 retry_at;

  g_assert_cmpint (lobby_live_connection_get_state (live), ==, LOBBY_CONNECTION_OFFLINE);
  lobby_live_connection_start (live);
  lobby_live_connection_start (live);
  wait_until (attempts->len == 1);
  assert_state (live, LOBBY_CONNECTION_CONNECTING);
  g_assert_cmpint (lobby_live_connection_get_retry_at (live), ==, 0);

  refuse_last (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE);
  assert_state (live, LOBBY_CONNECTION_WAITING);
  retry_at = lobby_live_connection_get_retry_at (live);
  g_assert_cmpint (retry_at, >=, lobby_clock_now () + LOBBY_BACKOFF_MIN / 2);
  g_assert_cmpint (retry_at, <=, lobby_clock_now () + LOBBY_BACKOFF_MIN * 3 / 2 + 100);

  /* The wait ends by itself. */
  wait_until (attempts->len == 2);
  g_assert_cmpint (lobby_clock_now (), >=, retry_at - 5);
  unmake (live);
}

static void
test_try_now (void)
{
  LobbyLiveConnection *live = make ();

  lobby_live_connection_start (live);
  for (guint i = 1; i <= 5; i++)
    {
      wait_until (attempts->len == i);
      refuse_last (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE);
      assert_state (live, LOBBY_CONNECTION_WAITING);
      /* Asked by a person, the waits begin short again. */
      g_assert_cmpint (lobby_live_connection_get_retry_at (live), <=, lobby_clock_now () + LOBBY_BACKOFF_MIN * 3 / 2 + 100);
      lobby_live_connection_try_now (live);
    }
  unmake (live);
}

/* After a resume the attempt that was under way is as stale as anything. */
static void
test_restart (void)
{
  LobbyLiveConnection *live = make ();

  lobby_live_connection_start (live);
  wait_until (attempts->len == 1);
  lobby_live_connection_restart (live);
  wait_until (attempts->len == 2);
  g_assert_cmpuint (n_cancelled, ==, 1);
  g_assert_cmpint (lobby_live_connection_get_state (live), ==, LOBBY_CONNECTION_CONNECTING);
  refuse_last (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE);
  assert_state (live, LOBBY_CONNECTION_WAITING);
  lobby_live_connection_restart (live);
  wait_until (attempts->len == 3);
  unmake (live);
}

static void
test_stop (void)
{
  LobbyLiveConnection *live = make ();

  lobby_live_connection_start (live);
  wait_until (attempts->len == 1);
  lobby_live_connection_stop (live);
  g_assert_cmpint (lobby_live_connection_get_state (live), ==, LOBBY_CONNECTION_OFFLINE);
  g_assert_cmpuint (n_cancelled, ==, 1);

  /* At once again, while the first loop is still leaving. */
  lobby_live_connection_start (live);
  wait_until (attempts->len == 2);
  refuse_last (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE);
  assert_state (live, LOBBY_CONNECTION_WAITING);
  lobby_live_connection_stop (live);
  g_assert_cmpint (lobby_live_connection_get_retry_at (live), ==, 0);
  lobby_live_connection_try_now (live);
  loop_until (dex_timeout_new_msec (20), NULL);
  g_assert_cmpuint (attempts->len, ==, 2);
  unmake (live);
}

static void
test_signed_out (void)
{
  LobbyLiveConnection *live = make ();

  lobby_live_connection_start (live);
  wait_until (attempts->len == 1);
  refuse_last (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_BAD_CREDENTIALS);
  assert_state (live, LOBBY_CONNECTION_SIGNED_OUT);
  lobby_live_connection_try_now (live);
  lobby_live_connection_restart (live);
  loop_until (dex_timeout_new_msec (20), NULL);
  g_assert_cmpuint (attempts->len, ==, 1);
  g_assert_cmpint (lobby_live_connection_get_state (live), ==, LOBBY_CONNECTION_SIGNED_OUT);
  lobby_live_connection_start (live);
  wait_until (attempts->len == 2);
  unmake (live);
}

int
main (int argc,
      char **argv)
{
  int failed;

  dex_init ();
  g_test_init (&argc, &argv, NULL);
  attempts = g_ptr_array_new_with_free_func (dex_unref);
  g_test_add_func ("/live-connection/waits", test_waits);
  g_test_add_func ("/live-connection/try-now", test_try_now);
  g_test_add_func ("/live-connection/restart", test_restart);
  g_test_add_func ("/live-connection/stop", test_stop);
  g_test_add_func ("/live-connection/signed-out", test_signed_out);
  failed = g_test_run ();
  g_ptr_array_unref (attempts);
  return failed;
}
