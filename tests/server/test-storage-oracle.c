/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-sqlite-private.h"
#include "storage-fixture.h"

/*
 * Thousands of random things happen: messages, some twice or late; answers; reports in any order; reading; commits
 * that fail; restarts. A follower sees committed events only, as a client does. In the end it must know exactly what the storage
 * has, and plain counting of the messages must agree with the counters.
 */

#define STEPS 3000
#define CUSTOMERS 7
#define CLIENTS 400

typedef struct
{
  StorageFixture *fixture;
  GRand *random;
  GPtrArray *wamids; /* of what the business sent */
  gint64 applied;
  guint read; /* events of the fixture that the follower has seen */
  GHashTable *statuses;
  GHashTable *conversations;
  GHashTable *contacts;
} World;

/* The follower */

static void
keep_json (GHashTable *table,
           JsonObject *payload,
           const char *member)
{
  JsonObject *json = lobby_json_get_object (payload, member);

  if (json != NULL)
    g_hash_table_replace (table, g_strdup (json_object_get_string_member (json, "id")), lobby_json_object_to_string (json));
}

static void
keep_status (World *world,
             JsonObject *payload,
             const char *id_member,
             gboolean is_new)
{
  const char *id = json_object_get_string_member (payload, id_member);
  LobbyStatus status;

  g_assert_true (lobby_status_from_string (json_object_get_string_member (payload, "status"), &status));
  g_assert_cmpint (g_hash_table_contains (world->statuses, id), ==, !is_new);
  if (!is_new)
    {
      LobbyStatus before = (LobbyStatus)GPOINTER_TO_INT (g_hash_table_lookup (world->statuses, id));

      g_assert_cmpint (lobby_status_merge (before, status), ==, status);
    }
  g_hash_table_replace (world->statuses, g_strdup (id), GINT_TO_POINTER ((int)status));
}

static void
follow (World *world)
{
  for (; world->read < world->fixture->events->len; world->read++)
    {
      g_autoptr (JsonObject) payload = storage_fixture_payload (world->fixture, (int)world->read);
      const char *name = storage_fixture_event_name (world->fixture, (int)world->read);

      g_assert_cmpint (json_object_get_int_member (payload, "seq"), ==, ++world->applied);
      keep_json (world->conversations, payload, "conversation");
      keep_json (world->contacts, payload, "contact");
      if (strcmp (name, "message:new") == 0)
        keep_status (world, payload, "id", TRUE);
      else if (strcmp (name, "message:sent") == 0)
        keep_status (world, payload, "id", FALSE);
      else if (strcmp (name, "message:status") == 0)
        keep_status (world, payload, "messageId", FALSE);
    }
}

/* What happens */

static const char *
some_wamid (World *world)
{
  return world->wamids->len == 0 ? NULL : g_ptr_array_index (world->wamids, (guint)g_rand_int_range (world->random, 0, (int)world->wamids->len));
}

static void
customer_writes (World *world)
{
  g_autofree char *wa_id = g_strdup_printf ("3460000000%d", g_rand_int_range (world->random, 0, CUSTOMERS));
  g_autofree char *wamid = g_strdup_printf ("wamid.in.%s.%d", wa_id, g_rand_int_range (world->random, 0, STEPS / CUSTOMERS));

  storage_fixture_say (world->fixture, wa_id, wamid, "hi", lobby_clock_now () - g_rand_int_range (world->random, 0, 100000));
}

static void
agent_answers (World *world)
{
  g_autoptr (LobbyWireConversation) conversation = storage_fixture_some_conversation (world->fixture, world->random);
  g_autofree char *client_id = g_strdup_printf ("c%d", g_rand_int_range (world->random, 0, CLIENTS));
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gboolean existed;

  if (conversation == NULL)
    return;
  message = storage_fixture_accept (world->fixture, conversation->id, client_id, client_id, NULL, &existed, &error);
  g_assert_true (message != NULL || g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_CLIENT_ID_REUSED));
}

/* The answer to a send arrives, or is lost: then only a status can tell. */
static void
queue_moves (World *world)
{
  g_autoptr (GPtrArray) heads = lobby_storage (world->fixture->storage, list_outbound_heads, world->fixture->connection, 10);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyOutbound) head = NULL;
  g_autofree char *wamid = NULL;

  if (heads->len == 0)
    return;
  head = lobby_storage (world->fixture->storage, get_outbound,
                        ((LobbyOutboundHead *)g_ptr_array_index (heads, (guint)g_rand_int_range (world->random, 0, (int)heads->len)))->position);
  wamid = g_strconcat ("wamid.out.", head->message_id, NULL);
  switch (g_rand_int_range (world->random, 0, 4))
    {
    case 0:
      g_assert_true (lobby_storage (world->fixture->storage, outbound_failed, head, 131026, "Undeliverable", NULL, LOBBY_CONSEQUENCE_NONE, &error));
      return;
    case 1:
      storage_fixture_status (world->fixture, wamid, head->message_id, (LobbyStatus)g_rand_int_range (world->random, LOBBY_STATUS_SENT, LOBBY_STATUS_PLAYED));
      break;
    case 2: /* too early, and without our id */
      storage_fixture_status (world->fixture, wamid, NULL, (LobbyStatus)g_rand_int_range (world->random, LOBBY_STATUS_SENT, LOBBY_STATUS_PLAYED));
      return;
    default:
      g_assert_true (lobby_storage (world->fixture->storage, outbound_sent, head, wamid, &error));
    }
  g_ptr_array_add (world->wamids, g_steal_pointer (&wamid));
}

static void
status_comes (World *world)
{
  const char *wamid = some_wamid (world);

  if (wamid != NULL)
    storage_fixture_status (world->fixture, wamid, NULL, (LobbyStatus)g_rand_int_range (world->random, LOBBY_STATUS_SENT, LOBBY_STATUS_FAILED + 1));
}

static void
agent_reads (World *world)
{
  g_autoptr (LobbyWireConversation) conversation = storage_fixture_some_conversation (world->fixture, world->random);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GError) error = NULL;
  const LobbyWireMessage *up_to;

  if (conversation == NULL)
    return;
  messages = lobby_storage (world->fixture->storage, list_messages, NULL, conversation->id, 0, NULL, 20);
  up_to = g_ptr_array_index (messages, (guint)g_rand_int_range (world->random, 0, (int)messages->len));
  g_free (lobby_storage (world->fixture->storage, mark_read, world->fixture->agent, conversation->id, g_rand_boolean (world->random) ? up_to->id : NULL, &error));
  g_assert_no_error (error);
}

/* The disk refuses the turn: nothing of it has happened, and nobody is told. */
static void
commit_fails (World *world)
{
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);
  LobbySqliteStorage *storage = LOBBY_SQLITE_STORAGE (world->fixture->storage);

  customer_writes (world);
  agent_reads (world);
  if (storage->turn != NULL)
    g_assert_true (lobby_database_exec (storage->database, "ROLLBACK", NULL));
  g_assert_false (lobby_storage (world->fixture->storage, flush, NULL));
  g_log_set_always_fatal (fatal);
}

static void
step (World *world)
{
  int kind = g_rand_int_range (world->random, 0, 100);

  if (kind < 30)
    customer_writes (world);
  else if (kind < 45)
    agent_answers (world);
  else if (kind < 65)
    queue_moves (world);
  else if (kind < 80)
    status_comes (world);
  else if (kind < 88)
    agent_reads (world);
  else if (kind < 98)
    storage_fixture_flush (world->fixture);
  else if (kind < 99)
    commit_fails (world);
  else
    storage_fixture_restart (world->fixture);
}

/* The end */

static gint64
count (World *world,
       const char *sql,
       const char *conversation_id)
{
  g_autoptr (GError) error = NULL;
  gint64 found = lobby_database_get_int (LOBBY_SQLITE_STORAGE (world->fixture->storage)->database, -1, &error, sql, "s", conversation_id);

  g_assert_no_error (error);
  return found;
}

static void
check_conversation (World *world,
                    const LobbyWireConversation *conversation)
{
  g_autoptr (JsonObject) json = lobby_wire_conversation_to_json (conversation);
  g_autofree char *text = lobby_json_object_to_string (json);
  g_autoptr (GPtrArray) messages = lobby_storage (world->fixture->storage, list_messages, NULL, conversation->id, 0, NULL, 100000);
  g_autoptr (LobbyWireContact) contact = lobby_storage (world->fixture->storage, get_contact, conversation->contact_id);
  g_autoptr (JsonObject) contact_json = lobby_wire_contact_to_json (contact);
  g_autofree char *contact_text = lobby_json_object_to_string (contact_json);

  g_assert_cmpstr (text, ==, g_hash_table_lookup (world->conversations, conversation->id));
  g_assert_cmpstr (contact_text, ==, g_hash_table_lookup (world->contacts, contact->id));
  g_assert_cmpint (conversation->message_count_in, ==, count (world, "SELECT count (*) FROM messages WHERE conversation_id = ? AND NOT outbound", conversation->id));
  g_assert_cmpint (conversation->message_count_out, ==, count (world, "SELECT count (*) FROM messages WHERE conversation_id = ? AND outbound", conversation->id));
  g_assert_cmpint (conversation->last_activity_at, ==, ((LobbyWireMessage *)g_ptr_array_index (messages, 0))->created_at);
  for (guint i = 0; i < messages->len; i++)
    {
      const LobbyWireMessage *message = g_ptr_array_index (messages, i);
      gboolean waits = count (world, "SELECT count (*) FROM outbound_queue WHERE message_id = ?", message->id) > 0;

      g_assert_cmpint ((int)message->status, ==, GPOINTER_TO_INT (g_hash_table_lookup (world->statuses, message->id)));
      g_assert_cmpint (waits, ==, message->outbound && message->status == LOBBY_STATUS_PENDING);
      g_assert_cmpint (json_object_has_member (message->metadata, "error"), ==, message->status == LOBBY_STATUS_FAILED);
    }
}

static void
test_oracle (StorageFixture *fixture,
             gconstpointer data)
{
  World world = {
    .fixture = fixture,
    .random = g_rand_new_with_seed ((guint32)g_test_rand_int ()),
    .wamids = g_ptr_array_new_with_free_func (g_free),
    .statuses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .conversations = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
    .contacts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free),
  };
  g_autoptr (GPtrArray) conversations = NULL;
  guint messages = 0;
  gint64 seq;

  for (int i = 0; i < STEPS; i++)
    {
      step (&world);
      follow (&world);
    }
  storage_fixture_flush (fixture);
  follow (&world);

  storage_fixture_check_log (fixture);
  conversations = lobby_storage (fixture->storage, list_conversations, fixture->business, 0, NULL, 100, &seq);
  g_assert_cmpint (seq, ==, world.applied);
  g_assert_cmpuint (conversations->len, ==, g_hash_table_size (world.conversations));
  for (guint i = 0; i < conversations->len; i++)
    {
      const LobbyWireConversation *conversation = g_ptr_array_index (conversations, i);

      check_conversation (&world, conversation);
      messages += (guint)(conversation->message_count_in + conversation->message_count_out);
    }
  g_assert_cmpuint (messages, ==, g_hash_table_size (world.statuses));
  g_test_message ("%u messages, %" G_GINT64_FORMAT " events", messages, seq);

  g_rand_free (world.random);
  g_ptr_array_unref (world.wamids);
  g_hash_table_unref (world.statuses);
  g_hash_table_unref (world.conversations);
  g_hash_table_unref (world.contacts);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/server/storage/oracle", StorageFixture, NULL, storage_fixture_set_up, test_oracle, storage_fixture_tear_down);
  return g_test_run ();
}
