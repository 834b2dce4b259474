/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "storage-fixture.h"

#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-sqlite-private.h"

static void
on_commit (const GError *error,
           gpointer data)
{
  GPtrArray *outcomes = data;

  g_ptr_array_add (outcomes, error != NULL ? g_error_copy (error) : NULL);
}

static void
free_outcome (gpointer error)
{
  if (error != NULL)
    g_error_free (error);
}

static void
run_turns (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* The failure of a commit is logged as a warning, which tests take as fatal otherwise. */
static void
run_failing_turn (void)
{
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);

  run_turns ();
  g_log_set_always_fatal (fatal);
}

static void
set_page_limit (StorageFixture *fixture,
                gint64 spare)
{
  LobbyDatabase *database = LOBBY_SQLITE_STORAGE (fixture->storage)->database;
  gint64 pages = lobby_database_get_int (database, 0, NULL, "PRAGMA page_count", NULL);
  g_autofree char *sql = g_strdup_printf ("PRAGMA max_page_count=%" G_GINT64_FORMAT, spare >= 0 ? pages + spare : 1000000);
  g_autoptr (GError) error = NULL;

  lobby_database_exec (database, sql, &error);
  g_assert_no_error (error);
}

static void
test_one_commit_a_turn (StorageFixture *fixture,
                        gconstpointer data)
{
  g_autoptr (GPtrArray) outcomes = g_ptr_array_new_with_free_func (free_outcome);

  lobby_storage (fixture->storage, after_commit, on_commit, outcomes);
  g_assert_cmpuint (outcomes->len, ==, 1); /* nothing was being written */

  storage_fixture_say (fixture, "34600111222", "wamid.1", "a", 0);
  lobby_storage (fixture->storage, after_commit, on_commit, outcomes);
  storage_fixture_say (fixture, "34600111222", "wamid.2", "b", 0);
  lobby_storage (fixture->storage, after_commit, on_commit, outcomes);
  g_assert_cmpuint (outcomes->len, ==, 1);
  g_assert_cmpuint (fixture->events->len, ==, 0);
  /* What is not committed is not in the log for anyone. */
  g_assert_cmpint (lobby_storage (fixture->storage, get_seq, fixture->business), ==, 0);
  {
    g_autoptr (GPtrArray) events = NULL;

    g_assert_true (lobby_storage (fixture->storage, list_events, fixture->business, 0, 10, &events));
    g_assert_cmpuint (events->len, ==, 0);
  }

  run_turns ();
  g_assert_cmpuint (outcomes->len, ==, 3);
  g_assert_null (g_ptr_array_index (outcomes, 2));
  g_assert_cmpuint (fixture->events->len, ==, 2);
  storage_fixture_check_log (fixture);
}

/* A verb that fails takes back all of its own and nothing of its neighbours in the turn. */
static void
test_failed_verb (StorageFixture *fixture,
                  gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  storage_fixture_say (fixture, "34600111222", "wamid.1", "a", 0);
  g_assert_false (lobby_storage (fixture->storage, log_typing, "nowhere", fixture->agent, TRUE, NULL, &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NOT_FOUND);
  storage_fixture_say (fixture, "34600111222", "wamid.2", "b", 0);
  run_turns ();
  g_assert_cmpuint (fixture->events->len, ==, 2);
  storage_fixture_check_log (fixture);
}

static void
test_full_disk (StorageFixture *fixture,
                gconstpointer data)
{
  g_autofree char *large = g_strnfill (30000, 'x');
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (GError) error = NULL;
  gboolean existed;
  guint before;

  storage_fixture_say (fixture, "34600111222", "wamid.1", "a", 0);
  conversation = storage_fixture_conversation (fixture, "34600111222");
  storage_fixture_flush (fixture);
  before = fixture->events->len;

  set_page_limit (fixture, 2);
  g_assert_null (storage_fixture_accept (fixture, conversation->id, "c1", large, NULL, &existed, &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FULL);
  g_clear_error (&error);
  run_failing_turn ();
  g_assert_cmpuint (fixture->events->len, ==, before);
  g_assert_cmpint (lobby_storage (fixture->storage, get_seq, fixture->business), ==, before);

  set_page_limit (fixture, -1);
  {
    g_autoptr (LobbyWireMessage) message = storage_fixture_accept (fixture, conversation->id, "c1", large, NULL, &existed, &error);

    g_assert_no_error (error);
    g_assert_false (existed);
  }
  run_turns ();
  storage_fixture_check_log (fixture);
}

/* The disk runs full in the commit itself: everything of the turn is taken back, its numbers too. */
static void
test_failed_commit (StorageFixture *fixture,
                    gconstpointer data)
{
  LobbySqliteStorage *storage = LOBBY_SQLITE_STORAGE (fixture->storage);
  g_autoptr (GPtrArray) outcomes = g_ptr_array_new_with_free_func (free_outcome);

  storage_fixture_say (fixture, "34600111222", "wamid.1", "a", 0);
  run_turns ();
  storage_fixture_say (fixture, "34600111222", "wamid.2", "b", 0);
  lobby_storage (fixture->storage, after_commit, on_commit, outcomes);
  /* As SQLite does when it cannot write: the transaction is gone before we end it. */
  g_assert_true (lobby_database_exec (storage->database, "ROLLBACK", NULL));
  run_failing_turn ();
  g_assert_cmpuint (outcomes->len, ==, 1);
  g_assert_error ((GError *)g_ptr_array_index (outcomes, 0), LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FULL);
  g_assert_cmpuint (fixture->events->len, ==, 1);

  /* WhatsApp delivers again. */
  g_assert_true (storage_fixture_say (fixture, "34600111222", "wamid.2", "b", 0));
  run_turns ();
  g_assert_cmpuint (fixture->events->len, ==, 2);
  storage_fixture_check_log (fixture);
}

static void
test_replay (StorageFixture *fixture,
             gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 10; i++)
    {
      g_autofree char *wamid = g_strdup_printf ("wamid.%d", i);

      storage_fixture_say (fixture, "34600111222", wamid, "a", 0);
    }
  conversation = storage_fixture_conversation (fixture, "34600111222");
  g_assert_true (lobby_storage (fixture->storage, log_typing, conversation->id, fixture->agent, TRUE, "socket", &error));
  storage_fixture_flush (fixture);

  g_assert_true (lobby_storage (fixture->storage, list_events, fixture->business, 4, 3, &events));
  g_assert_cmpuint (events->len, ==, 3);
  g_assert_cmpint (((LobbyLogEvent *)g_ptr_array_index (events, 0))->seq, ==, 5);
  g_clear_pointer (&events, g_ptr_array_unref);
  /* Typing goes out as it is, and is over when it is replayed. */
  g_assert_nonnull (strstr (((LobbyLogEvent *)g_ptr_array_index (fixture->events, 10))->payload, "\"isTyping\":true"));
  g_assert_cmpstr (((LobbyLogEvent *)g_ptr_array_index (fixture->events, 10))->except, ==, "socket");
  g_assert_true (lobby_storage (fixture->storage, list_events, fixture->business, 10, 3, &events));
  g_assert_nonnull (strstr (((LobbyLogEvent *)g_ptr_array_index (events, 0))->payload, "\"isTyping\":false"));
  g_clear_pointer (&events, g_ptr_array_unref);

  g_assert_true (lobby_storage (fixture->storage, list_events, fixture->business, 11, 3, &events));
  g_assert_cmpuint (events->len, ==, 0);
  g_clear_pointer (&events, g_ptr_array_unref);
  g_assert_false (lobby_storage (fixture->storage, list_events, fixture->business, 12, 3, &events));

  g_assert_true (lobby_storage (fixture->storage, prune_events, lobby_clock_now () + 1000, &error));
  storage_fixture_flush (fixture);
  g_assert_false (lobby_storage (fixture->storage, list_events, fixture->business, 10, 3, &events));
  g_assert_true (lobby_storage (fixture->storage, list_events, fixture->business, 11, 3, &events));
}

static void
test_people (StorageFixture *fixture,
             gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyAgent) agent = NULL;
  g_autoptr (GPtrArray) businesses = NULL;
  g_autofree char *second = lobby_storage (fixture->storage, add_business, "Other", &error);
  g_autofree char *ben = lobby_storage (fixture->storage, add_agent, "ben", "Ben", "agent", "hash2", fixture->business, &error);
  g_autofree char *found = NULL;
  g_autofree char *hash = NULL;

  g_assert_null (lobby_storage (fixture->storage, add_agent, "BEN", "Ben", "agent", "hash2", NULL, &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS);
  g_clear_error (&error);
  g_assert_true (lobby_storage (fixture->storage, agent_may, ben, fixture->business));
  g_assert_false (lobby_storage (fixture->storage, agent_may, ben, second));
  g_assert_true (lobby_storage (fixture->storage, agent_may, fixture->agent, second)); /* the owner's */
  businesses = lobby_storage (fixture->storage, list_businesses, ben, &error);
  g_assert_cmpuint (businesses->len, ==, 1);

  hash = lobby_storage (fixture->storage, dup_password_hash, "ben", &found);
  g_assert_cmpstr (hash, ==, "hash2");
  g_assert_cmpstr (found, ==, ben);
  lobby_storage (fixture->storage, add_token, ben, "abc", "laptop", &error);
  agent = lobby_storage (fixture->storage, find_agent_by_token, "abc", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (agent->user, ==, "ben");
  g_assert_true (lobby_storage (fixture->storage, remove_token, "abc", &error));
  g_assert_null (lobby_storage (fixture->storage, find_agent_by_token, "abc", &error));
  g_assert_no_error (error);
}

/* A look that failed says nothing of the token. */
static void
test_unreadable_tokens (StorageFixture *fixture,
                        gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (fixture->folder, "lobby.db", NULL);
  g_autoptr (LobbyDatabase) other = lobby_database_open (path, 0, &error);
  g_autoptr (LobbyAgent) agent = NULL;

  lobby_storage (fixture->storage, add_token, fixture->agent, "abc", NULL, &error);
  storage_fixture_flush (fixture);
  lobby_database_exec (other, "ALTER TABLE tokens RENAME TO hidden", &error);
  g_assert_no_error (error);
  g_assert_null (lobby_storage (fixture->storage, find_agent_by_token, "abc", &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_BUSY);
  g_clear_error (&error);
  lobby_database_exec (other, "ALTER TABLE hidden RENAME TO tokens", &error);
  agent = lobby_storage (fixture->storage, find_agent_by_token, "abc", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (agent->id, ==, fixture->agent);
}

static void
test_connection_state (StorageFixture *fixture,
                       gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyConnection) connection = NULL;
  LobbyConnection again = { 0 };

  g_assert_true (lobby_storage (fixture->storage, set_connection_state, fixture->connection, "connected", NULL, NULL, &error));
  g_assert_true (lobby_storage (fixture->storage, set_connection_state, fixture->connection, "connected", NULL, NULL, &error));
  g_assert_true (lobby_storage (fixture->storage, set_connection_state, fixture->connection, "disconnected", NULL, "token", &error));
  storage_fixture_flush (fixture);
  g_assert_cmpuint (fixture->events->len, ==, 2);
  g_assert_cmpstr (storage_fixture_event_name (fixture, 1), ==, "whatsapp:disconnected");
  connection = lobby_storage (fixture->storage, get_connection, fixture->connection);
  g_assert_cmpstr (connection->reason, ==, "token");
  again = *connection;
  again.id = NULL;
  g_assert_null (lobby_storage (fixture->storage, add_connection, &again, &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS);
}

/* Those set aside, too. */
static gint64
count_deliveries (StorageFixture *fixture)
{
  return lobby_database_get_int (LOBBY_SQLITE_STORAGE (fixture->storage)->database, -1, NULL,
                                 "SELECT (SELECT count (*) FROM deliveries) + (SELECT count (*) FROM set_aside_deliveries)", NULL);
}

static void
test_deliveries (StorageFixture *fixture,
                 gconstpointer data)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("{\"a\":1}", 7);
  g_autoptr (GPtrArray) deliveries = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 3; i++)
    storage_fixture_put_delivery (fixture, body);
  storage_fixture_restart (fixture);
  deliveries = lobby_storage (fixture->storage, list_deliveries, 10);
  g_assert_cmpuint (deliveries->len, ==, 3);
  for (int i = 0; i < 2; i++)
    {
      const LobbyDelivery *delivery = g_ptr_array_index (deliveries, i);

      g_assert_true (g_bytes_equal (delivery->body, body));
      g_assert_cmpint (delivery->arrived_at, >, 0);
      g_assert_true (lobby_storage (fixture->storage, finish_delivery, delivery->id, i == 0 ? NULL : "not JSON", &error));
    }
  g_clear_pointer (&deliveries, g_ptr_array_unref);
  deliveries = lobby_storage (fixture->storage, list_deliveries, 10);
  g_assert_cmpuint (deliveries->len, ==, 1);
  storage_fixture_flush (fixture);
  g_assert_cmpint (count_deliveries (fixture), ==, 2);

  /* What was set aside is kept for a while; what waits is never removed. */
  g_assert_true (lobby_storage (fixture->storage, prune_events, lobby_clock_now () - 60000, &error));
  g_assert_cmpint (count_deliveries (fixture), ==, 2);
  g_assert_true (lobby_storage (fixture->storage, prune_events, lobby_clock_now () + 1000, &error));
  g_assert_cmpint (count_deliveries (fixture), ==, 1);
}

/* What is worked in goes with the next commit, or after a while; none that fails makes it come back or forgets it. */
static void
test_finished (StorageFixture *fixture,
               gconstpointer data)
{
  g_autoptr (GBytes) body = g_bytes_new_static ("{}", 2);
  g_autoptr (GPtrArray) deliveries = NULL;
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (GError) error = NULL;

  for (int i = 0; i < 3; i++)
    storage_fixture_put_delivery (fixture, body);
  storage_fixture_flush (fixture);
  deliveries = lobby_storage (fixture->storage, list_deliveries, 10);
  for (int i = 0; i < 2; i++)
    g_assert_true (lobby_storage (fixture->storage, finish_delivery, ((LobbyDelivery *)g_ptr_array_index (deliveries, i))->id, NULL, &error));
  g_assert_cmpint (count_deliveries (fixture), ==, 3);
  left = lobby_storage (fixture->storage, list_deliveries, 1);
  g_assert_cmpuint (left->len, ==, 1);
  g_assert_cmpint (((LobbyDelivery *)g_ptr_array_index (left, 0))->id, ==, ((LobbyDelivery *)g_ptr_array_index (deliveries, 2))->id);

  /* A turn that is rolled back. */
  storage_fixture_put_delivery (fixture, body);
  g_assert_true (lobby_database_exec (LOBBY_SQLITE_STORAGE (fixture->storage)->database, "ROLLBACK", NULL));
  run_failing_turn ();
  g_assert_cmpint (count_deliveries (fixture), ==, 3);
  g_clear_pointer (&left, g_ptr_array_unref);
  left = lobby_storage (fixture->storage, list_deliveries, 10);
  g_assert_cmpuint (left->len, ==, 1);

  while (count_deliveries (fixture) == 3)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (count_deliveries (fixture), ==, 1);

  g_assert_true (lobby_storage (fixture->storage, finish_delivery, ((LobbyDelivery *)g_ptr_array_index (deliveries, 2))->id, NULL, &error));
  storage_fixture_restart (fixture);
  g_assert_cmpint (count_deliveries (fixture), ==, 0);
}

/* A long log is not removed in one go, and only from its beginning. */
static void
test_prune_slowly (StorageFixture *fixture,
                   gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;
  gint64 first = 0;

  storage_fixture_say (fixture, "34600111222", "wamid.1", "a", 0);
  conversation = storage_fixture_conversation (fixture, "34600111222");
  for (int i = 0; i < 2499; i++)
    g_assert_true (lobby_storage (fixture->storage, log_typing, conversation->id, fixture->agent, TRUE, NULL, &error));
  storage_fixture_flush (fixture);
  g_assert_true (lobby_storage (fixture->storage, prune_events, lobby_clock_now () - 60000, &error));
  g_assert_true (lobby_storage (fixture->storage, list_events, fixture->business, 0, 1, &events));
  for (int i = 0; i < 4; i++)
    {
      gint64 before = first;

      g_assert_true (lobby_storage (fixture->storage, prune_events, lobby_clock_now () + 1000, &error));
      first = lobby_database_get_int (LOBBY_SQLITE_STORAGE (fixture->storage)->database, 2501, NULL, "SELECT min (seq) FROM event_log HAVING count (*) > 0", NULL);
      g_assert_cmpint (first, >, i < 3 ? before : 2500);
      g_assert_cmpint (first - before, <=, 1001);
    }
  g_assert_cmpint (first, ==, 2501);
}

static void
test_outside (StorageFixture *fixture,
              gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbySqliteStorage) other = lobby_sqlite_storage_open (fixture->folder, &error);
  g_autofree char *id = NULL;

  g_assert_no_error (error);
  lobby_sqlite_storage_check_outside (LOBBY_SQLITE_STORAGE (fixture->storage));
  g_assert_false (lobby_sqlite_storage_check_outside (LOBBY_SQLITE_STORAGE (fixture->storage)));
  id = lobby_storage (LOBBY_STORAGE (other), add_agent, "cora", "Cora", "agent", "hash", NULL, &error);
  g_assert_true (lobby_storage (LOBBY_STORAGE (other), flush, &error));
  g_assert_true (lobby_sqlite_storage_check_outside (LOBBY_SQLITE_STORAGE (fixture->storage)));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add ("/server/storage/" path, StorageFixture, NULL, storage_fixture_set_up, function, storage_fixture_tear_down)
  ADD ("one-commit-a-turn", test_one_commit_a_turn);
  ADD ("failed-verb", test_failed_verb);
  ADD ("full-disk", test_full_disk);
  ADD ("failed-commit", test_failed_commit);
  ADD ("replay", test_replay);
  ADD ("people", test_people);
  ADD ("unreadable-tokens", test_unreadable_tokens);
  ADD ("connection-state", test_connection_state);
  ADD ("deliveries", test_deliveries);
  ADD ("finished", test_finished);
  ADD ("prune-slowly", test_prune_slowly);
  ADD ("outside", test_outside);
  return g_test_run ();
}
