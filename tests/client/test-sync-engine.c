/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-sync-engine.h"

#include "events.h"
#include "loop.h"

/* A server whose log ends at `newest` and is kept from `kept_from` on. */
typedef struct
{
  LobbySyncEngine *engine;
  LobbyStore *store;
  gint64 newest;
  gint64 kept_from;
  gint64 lost;    /* an event that the server cannot give again */
  GString *joins; /* "since;" of each join */
  guint n_pages;  /* of conversations */
  guint n_pages_read;
  GQueue live; /* JsonObjects to come after the next page */
  guint n_applied;
  guint n_live;
  guint n_failed;
  guint n_revoked;
  gint64 last_applied;
  gboolean refuse;
} Server;

static void
send_event (Server *server,
            gint64 seq)
{
  g_autoptr (JsonObject) event = message_event ("v1", seq);

  lobby_sync_engine_handle_event (server->engine, "message:new", event);
}

typedef struct
{
  Server *server;
  gint64 since;
  DexPromise *ack;
} Join;

static gboolean
replay (gpointer data)
{
  Join *join = data;
  Server *server = join->server;
  g_autoptr (JsonObject) reset = NULL;

  dex_promise_resolve_int64 (join->ack, server->newest);
  dex_clear (&join->ack);
  if (join->since == 0)
    return G_SOURCE_REMOVE;

  if (join->since + 1 < server->kept_from)
    {
      reset = json_of ("{\"businessProfileId\":\"b1\",\"seq\":%" G_GINT64_FORMAT "}", server->newest);
      lobby_sync_engine_handle_event (server->engine, "sync:reset", reset);
      return G_SOURCE_REMOVE;
    }
  for (gint64 seq = join->since + 1; seq <= server->newest; seq++)
    if (seq != server->lost)
      send_event (server, seq);

  return G_SOURCE_REMOVE;
}

static DexFuture *
join (const char *business_id,
      gint64 since,
      gpointer data)
{
  Server *server = data;
  Join *answer = g_new (Join, 1);

  g_string_append_printf (server->joins, "%" G_GINT64_FORMAT ";", since);
  if (server->refuse)
    {
      g_free (answer);
      return dex_future_new_reject (G_IO_ERROR, G_IO_ERROR_FAILED, "on purpose");
    }
  answer->server = server;
  answer->since = since;
  answer->ack = dex_promise_new ();
  g_idle_add_full (G_PRIORITY_DEFAULT, replay, answer, g_free);

  return dex_ref (DEX_FUTURE (answer->ack));
}

static DexFuture *
read_conversations (const char *business_id,
                    const char *cursor,
                    gpointer data)
{
  Server *server = data;
  guint page = cursor != NULL ? (guint)g_ascii_strtoull (cursor, NULL, 10) : 0;
  g_autoptr (GString) text = g_string_new ("{\"conversations\":[");
  JsonObject *object;

  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *id = g_strdup_printf ("v%u", page * 3 + i + 1);
      g_autofree char *contact = contact_json (id);
      g_autofree char *message_id = g_strdup_printf ("last-%s", id);
      g_autofree char *message = message_json (message_id, NULL, id, FALSE, 5);
      g_autofree char *more = g_strdup_printf (",\"contact\":%s,\"last_message\":{%s}", contact, message);
      g_autofree char *conversation = conversation_json (id, more, 5, server->newest);

      g_string_append_printf (text, "%s%s", i > 0 ? "," : "", conversation);
    }
  g_string_append (text, "],\"next\":");
  if (page + 1 < server->n_pages)
    g_string_append_printf (text, "\"%u\"", page + 1);
  else
    g_string_append (text, "null");
  g_string_append_printf (text, ",\"seq\":%" G_GINT64_FORMAT "}", server->newest);
  object = json_of ("%s", text->str);
  server->n_pages_read++;

  /* What happens while the snapshot is read. */
  while (!g_queue_is_empty (&server->live))
    {
      g_autoptr (JsonObject) event = g_queue_pop_head (&server->live);

      lobby_sync_engine_handle_event (server->engine, "message:new", event);
    }

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, object);
}

static const LobbySyncPeer peer = { .join = join, .read_conversations = read_conversations };

static void
on_applied (LobbySyncEngine *engine,
            LobbyWireEvent *event,
            gboolean live,
            Server *server)
{
  g_assert_cmpint (event->seq, >, server->last_applied);
  server->last_applied = event->seq;
  server->n_applied++;
  server->n_live += live ? 1 : 0;
}

static void
on_failed (LobbySyncEngine *engine,
           GError *error,
           Server *server)
{
  server->n_failed++;
}

static void
server_init (Server *server,
             gint64 newest)
{
  g_autoptr (GError) error = NULL;

  *server = (Server){ .newest = newest, .kept_from = 1, .n_pages = 2, .joins = g_string_new (NULL) };
  server->store = lobby_store_open (":memory:", &error);
  g_assert_no_error (error);
  server->engine = lobby_sync_engine_new (server->store, &peer, server);
  g_signal_connect (server->engine, "applied", G_CALLBACK (on_applied), server);
  g_signal_connect (server->engine, "failed", G_CALLBACK (on_failed), server);
}

static void
server_clear (Server *server)
{
  lobby_sync_engine_detach (server->engine);
  loop_until (dex_future_new_true (), NULL);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (server->engine);
  lobby_store_close (server->store);
  g_assert_finalize_object (server->store);
  g_string_free (server->joins, TRUE);
}

static void
set_seq (Server *server,
         gint64 seq)
{
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();
  g_autoptr (GError) error = NULL;

  changes->business_id = g_strdup ("b1");
  changes->seq = seq;
  g_assert_true (lobby_store_apply (server->store, changes, &error));
  server->last_applied = seq;
}

static void
attach (Server *server)
{
  g_autoptr (GError) error = NULL;

  loop_until (lobby_sync_engine_attach (server->engine, (const char *const[]){ "b1", NULL }), &error);
  g_assert_no_error (error);
}

static void
assert_has (Server *server,
            const char *id,
            gboolean expected)
{
  g_autoptr (LobbyMessage) message = lobby_store_get_message (server->store, id);

  g_assert_true ((message != NULL) == expected);
}

/* Everything that was asked of the engine is in the store. */
static void
settle (Server *server)
{
  for (int i = 0; i < 3; i++)
    {
      loop_until (dex_timeout_new_msec (20), NULL);
      loop_until (lobby_sync_engine_apply (server->engine, lobby_change_set_new ()), NULL);
    }
}

static void
test_first_time (void)
{
  Server server;

  server_init (&server, 10);
  /* One that comes while the pages are read, and one that the snapshot has already. */
  g_queue_push_tail (&server.live, message_event ("v1", 10));
  g_queue_push_tail (&server.live, message_event ("v1", 11));
  attach (&server);
  g_assert_cmpstr (server.joins->str, ==, "0;");
  g_assert_cmpuint (server.n_pages_read, ==, 2);
  assert_has (&server, "last-v1", TRUE);
  assert_has (&server, "last-v6", TRUE);
  settle (&server);
  assert_has (&server, "m10", FALSE);
  assert_has (&server, "m11", TRUE);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 11);
  g_assert_cmpuint (server.n_live, ==, 1);

  send_event (&server, 12);
  settle (&server);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 12);
  server_clear (&server);
}

static void
test_catch_up (void)
{
  Server server;

  server_init (&server, 400);
  set_seq (&server, 100);
  attach (&server);
  g_assert_cmpstr (server.joins->str, ==, "100;");
  g_assert_cmpuint (server.n_pages_read, ==, 0);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 400);
  g_assert_cmpuint (server.n_applied, ==, 300);
  /* Too many for a notification each. */
  g_assert_cmpuint (server.n_live, ==, 0);

  send_event (&server, 401);
  settle (&server);
  g_assert_cmpuint (server.n_live, ==, 1);
  server_clear (&server);
}

static void
test_few_missed (void)
{
  Server server;

  server_init (&server, 103);
  set_seq (&server, 100);
  attach (&server);
  g_assert_cmpuint (server.n_live, ==, 3);
  server_clear (&server);
}

static void
test_duplicates (void)
{
  Server server;

  server_init (&server, 100);
  set_seq (&server, 100);
  attach (&server);
  send_event (&server, 101);
  send_event (&server, 101);
  send_event (&server, 99);
  send_event (&server, 102);
  settle (&server);
  g_assert_cmpuint (server.n_applied, ==, 2);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 102);
  g_assert_cmpstr (server.joins->str, ==, "100;");
  server_clear (&server);
}

static void
test_gap (void)
{
  Server server;

  server_init (&server, 100);
  set_seq (&server, 100);
  attach (&server);
  server.newest = 105;
  send_event (&server, 101);
  send_event (&server, 104);
  send_event (&server, 105);
  settle (&server);
  g_assert_cmpstr (server.joins->str, ==, "100;101;");
  g_assert_cmpuint (server.n_applied, ==, 5);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 105);
  server_clear (&server);
}

/* What the server itself does not have is not asked for for ever. */
static void
test_hole (void)
{
  Server server;

  server_init (&server, 100);
  set_seq (&server, 100);
  attach (&server);
  server.newest = 103;
  server.lost = 102;
  send_event (&server, 101);
  send_event (&server, 103);
  settle (&server);
  g_assert_cmpstr (server.joins->str, ==, "100;101;0;");
  g_assert_cmpuint (server.n_pages_read, ==, 2);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 103);
  send_event (&server, 104);
  settle (&server);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 104);
  server_clear (&server);
}

static void
test_reset (void)
{
  Server server;

  server_init (&server, 900);
  set_seq (&server, 100);
  server.kept_from = 500;
  g_queue_push_tail (&server.live, message_event ("v1", 901));
  attach (&server);
  settle (&server);
  g_assert_cmpstr (server.joins->str, ==, "100;");
  g_assert_cmpuint (server.n_pages_read, ==, 2);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 901);
  assert_has (&server, "m901", TRUE);
  server_clear (&server);
}

/* Restored from a backup: the log begins anew below what we have. */
static void
test_server_behind (void)
{
  Server server;

  server_init (&server, 50);
  set_seq (&server, 100);
  server.last_applied = 0;
  attach (&server);
  g_assert_cmpuint (server.n_pages_read, ==, 2);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 50);
  send_event (&server, 51);
  settle (&server);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 51);
  server_clear (&server);
}

/* An event that cannot be read has its place in the order all the same. */
static void
test_nonsense (void)
{
  g_autoptr (JsonObject) nonsense = json_of ("{\"businessProfileId\":\"b1\",\"seq\":101,\"id\":7}");
  g_autoptr (JsonObject) unknown = json_of ("{\"businessProfileId\":\"b1\",\"seq\":102}");
  g_autoptr (JsonObject) other = json_of ("{\"businessProfileId\":\"b9\",\"seq\":5000}");
  g_autoptr (JsonObject) without = json_of ("{}");
  Server server;

  server_init (&server, 100);
  set_seq (&server, 100);
  attach (&server);
  g_test_expect_message ("lobby-client", G_LOG_LEVEL_WARNING, "*cannot be read*");
  lobby_sync_engine_handle_event (server.engine, "message:new", nonsense);
  g_test_assert_expected_messages ();
  lobby_sync_engine_handle_event (server.engine, "future:event", unknown);
  lobby_sync_engine_handle_event (server.engine, "future:event", other);
  lobby_sync_engine_handle_event (server.engine, "future:event", without);
  send_event (&server, 103);
  settle (&server);
  g_assert_cmpstr (server.joins->str, ==, "100;");
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 103);
  server_clear (&server);
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;
  Server server;

  server_init (&server, 100);
  server.refuse = TRUE;
  g_assert_null (loop_until (lobby_sync_engine_attach (server.engine, (const char *const[]){ "b1", NULL }), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_FAILED);
  g_assert_cmpuint (server.n_failed, ==, 1);
  /* The next session goes on. */
  server.refuse = FALSE;
  attach (&server);
  server_clear (&server);
}

/* Each business has numbers of its own. */
static void
test_two_businesses (void)
{
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();
  g_autoptr (JsonObject) other = json_of ("{\"businessProfileId\":\"b2\",\"seq\":101,\"contact\":{\"id\":\"x\",\"business_id\":\"b2\"}}");
  g_autoptr (GError) error = NULL;
  Server server;

  server_init (&server, 100);
  set_seq (&server, 100);
  changes->business_id = g_strdup ("b2");
  changes->seq = 100;
  g_assert_true (lobby_store_apply (server.store, changes, &error));
  loop_until (lobby_sync_engine_attach (server.engine, (const char *const[]){ "b1", "b2", NULL }), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (server.joins->str, ==, "100;100;");
  lobby_sync_engine_handle_event (server.engine, "contact:updated", other);
  settle (&server);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, 100);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b2"), ==, 101);
  server_clear (&server);
}

static void
note_file (LobbySyncEngine *engine,
           const char *media_url,
           Server *server)
{
  g_autoptr (LobbyMessage) message = lobby_store_get_message (server->store, "m101");

  /* The store knows it still. */
  g_assert_cmpstr (lobby_message_get_record (message)->media_url, ==, media_url);
  server->n_revoked++;
}

/* A file whose message is taken back is told of before the store forgets it. */
static void
test_revoked_file (void)
{
  g_autoptr (JsonObject) event = message_event ("v1", 101);
  g_autoptr (JsonObject) revoked = message_event ("v1", 101);
  g_autoptr (LobbyMessage) message = NULL;
  Server server;

  server_init (&server, 100);
  set_seq (&server, 100);
  attach (&server);
  g_signal_connect (server.engine, "file-revoked", G_CALLBACK (note_file), &server);
  json_object_set_string_member (event, "message_type", "image");
  json_object_set_string_member (event, "media_url", "/api/media/m101");
  lobby_sync_engine_handle_event (server.engine, "message:new", event);
  settle (&server);
  g_assert_cmpuint (server.n_revoked, ==, 0);

  json_object_set_int_member (revoked, "seq", 102);
  json_object_set_string_member (revoked, "message_type", "image");
  json_object_set_object_member (revoked, "metadata", json_of ("{\"revoked_at\":\"2026-11-22T10:00:00.000Z\"}"));
  lobby_sync_engine_handle_event (server.engine, "message:updated", revoked);
  settle (&server);
  g_assert_cmpuint (server.n_revoked, ==, 1);
  message = lobby_store_get_message (server.store, "m101");
  g_assert_null (lobby_message_get_record (message)->media_url);
  g_assert_cmpint (lobby_message_get_record (message)->media_state, ==, LOBBY_MEDIA_NONE);
  g_clear_object (&message);
  server_clear (&server);
}

/* Random sessions, gaps and duplicates; what is in the store is always a whole beginning of the log. */
static void
test_random (void)
{
  Server server;

  server_init (&server, 10);
  set_seq (&server, 10);
  for (int session = 0; session < 20; session++)
    {
      gint64 sent;

      server.newest += g_test_rand_int_range (0, 20);
      attach (&server);
      sent = server.newest;
      for (int i = g_test_rand_int_range (0, 30); i > 0; i--)
        {
          server.newest++;
          if (g_test_rand_int_range (0, 8) > 0)
            send_event (&server, server.newest);
          if (g_test_rand_int_range (0, 8) == 0)
            send_event (&server, g_test_rand_int_range (1, (int)server.newest + 1));
          if (g_test_rand_int_range (0, 4) == 0)
            g_main_context_iteration (NULL, FALSE);
        }
      server.newest++;
      send_event (&server, server.newest);
      if (g_test_rand_bit ())
        settle (&server);
      lobby_sync_engine_detach (server.engine);
      if (g_test_rand_bit ())
        settle (&server);
      g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), >=, sent);
    }
  attach (&server);
  settle (&server);
  g_assert_cmpint (lobby_store_get_seq (server.store, "b1"), ==, server.newest);
  for (gint64 seq = 11; seq <= server.newest; seq++)
    {
      g_autofree char *id = g_strdup_printf ("m%" G_GINT64_FORMAT, seq);

      assert_has (&server, id, TRUE);
    }
  g_assert_cmpuint (server.n_applied, ==, (guint)server.newest - 10);
  server_clear (&server);
}

int
main (int argc,
      char **argv)
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sync-engine/first-time", test_first_time);
  g_test_add_func ("/sync-engine/catch-up", test_catch_up);
  g_test_add_func ("/sync-engine/few-missed", test_few_missed);
  g_test_add_func ("/sync-engine/duplicates", test_duplicates);
  g_test_add_func ("/sync-engine/gap", test_gap);
  g_test_add_func ("/sync-engine/hole", test_hole);
  g_test_add_func ("/sync-engine/reset", test_reset);
  g_test_add_func ("/sync-engine/server-behind", test_server_behind);
  g_test_add_func ("/sync-engine/nonsense", test_nonsense);
  g_test_add_func ("/sync-engine/refused", test_refused);
  g_test_add_func ("/sync-engine/two-businesses", test_two_businesses);
  g_test_add_func ("/sync-engine/revoked-file", test_revoked_file);
  g_test_add_func ("/sync-engine/random", test_random);
  return g_test_run ();
}
