/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-store.h"
#include "lobby-wire-records.h"
#include "storage-fixture.h"

/*
 * People with a number, a user id and a linked id each write, naming some of these at random; agents answer and read; reports come;
 * what belongs together turns out bit by bit. A plain union of names says who is one person. In the end the storage has exactly one
 * contact for each group, every message once and with its own person, counts that agree with counting; and an app's store
 * that was told by events alone, in batches, has the same.
 */

#define STEPS 1500
#define PEOPLE 8
#define NAMES 3

typedef struct
{
  StorageFixture *fixture;
  GRand *random;
  LobbyStore *store;
  guint read;
  gint64 clock;
  int group[PEOPLE * NAMES]; /* who is known to be the same: the smallest name of it */
  gboolean seen[PEOPLE * NAMES];
  GHashTable *names;   /* WhatsApp's message id → name + 1 by which it came */
  GHashTable *answers; /* our message id → the same */
  GPtrArray *drafts;   /* what is written in the app and not sent, of all conversations */
} World;

static int
find_group (World *world,
            int name)
{
  while (world->group[name] != name)
    name = world->group[name];
  return name;
}

static void
unite (World *world,
       int a,
       int b)
{
  int first = find_group (world, a), second = find_group (world, b);

  world->group[MAX (first, second)] = MIN (first, second);
}

/* Sets the names of @person that @mask has; *@any becomes one of them. */
static LobbyIdentity
name_person (World *world,
             int person,
             int mask,
             int *any)
{
  LobbyIdentity identity = { 0 };
  char **const members[NAMES] = { &identity.wa_id, &identity.bsuid, &identity.lid };
  static const char *const forms[NAMES] = { "3460000000%d", "ES.100%d", "77000%d" };

  *any = -1;
  for (int i = 0; i < NAMES; i++)
    {
      int name = person * NAMES + i;

      if ((mask & (1 << i)) == 0)
        continue;
      *members[i] = g_strdup_printf (forms[i], person);
      world->seen[name] = TRUE;
      if (*any >= 0)
        unite (world, name, *any);
      *any = name;
    }
  return identity;
}

static void
person_writes (World *world,
               gboolean is_echo)
{
  int person = g_rand_int_range (world->random, 0, PEOPLE), name;
  int mask = 1 << g_rand_int_range (world->random, 0, NAMES);
  g_autofree char *id = g_strdup_printf ("wamid.%u", g_hash_table_size (world->names));
  g_autoptr (GError) error = NULL;
  g_auto (LobbyIdentity) identity = { 0 };
  LobbyInboundMessage message = { .whatsapp_message_id = id, .outbound = is_echo, .content = id };
  gboolean was_new;

  if (g_rand_int_range (world->random, 0, 30) == 0)
    mask |= 1 << g_rand_int_range (world->random, 0, NAMES);
  identity = name_person (world, person, mask, &name);
  message.customer = identity;
  world->clock += g_rand_int_range (world->random, 0, 3000);
  message.timestamp = (world->clock - g_rand_int_range (world->random, 0, 20000)) / 1000 * 1000;
  message.arrived_at = world->clock;
  g_hash_table_insert (world->names, g_strdup (id), GINT_TO_POINTER (name + 1));
  g_assert_true (lobby_storage (world->fixture->storage, receive_message, world->fixture->connection, &message, &was_new, &error));
  g_assert_true (was_new);
}

static void
link_names (World *world)
{
  int person = g_rand_int_range (world->random, 0, PEOPLE), any;
  int mask = 1 << g_rand_int_range (world->random, 0, NAMES);
  g_auto (LobbyIdentity) identity = { 0 };
  gboolean known = FALSE;

  mask |= 1 << g_rand_int_range (world->random, 0, NAMES);
  for (int i = 0; i < NAMES; i++)
    known = known || ((mask & (1 << i)) != 0 && world->seen[person * NAMES + i]);
  /* Nobody that is known: nothing is learnt. */
  if (!known)
    return;
  identity = name_person (world, person, mask, &any);
  g_assert_true (lobby_storage (world->fixture->storage, learn_identity, world->fixture->connection, &identity, NULL, world->clock, NULL));
}

/* A name by which somebody of this contact wrote. */
static int
name_of (World *world,
         const char *conversation_id)
{
  g_autoptr (GPtrArray) messages = lobby_storage (world->fixture->storage, list_messages, NULL, conversation_id, 0, NULL, 10000);

  for (guint i = 0; i < messages->len; i++)
    {
      const LobbyWireMessage *message = messages->pdata[i];
      gpointer name = message->whatsapp_message_id != NULL ? g_hash_table_lookup (world->names, message->whatsapp_message_id) : NULL;

      if (name != NULL)
        return GPOINTER_TO_INT (name) - 1;
    }
  g_assert_not_reached ();
}

static void
agent_answers (World *world)
{
  g_autoptr (LobbyWireConversation) conversation = storage_fixture_some_conversation (world->fixture, world->random);
  g_autofree char *client_id = g_strdup_printf ("c%u", g_hash_table_size (world->answers));
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (GError) error = NULL;
  gboolean existed;

  if (conversation == NULL)
    return;
  message = storage_fixture_accept (world->fixture, conversation->id, client_id, client_id, NULL, &existed, &error);
  g_assert_no_error (error);
  g_hash_table_insert (world->answers, g_strdup (message->id), GINT_TO_POINTER (name_of (world, conversation->id) + 1));
}

static void
status_comes (World *world)
{
  GHashTableIter iter;
  gpointer id;
  g_autofree char *wamid = NULL;
  guint skip = g_hash_table_size (world->answers) > 0 ? (guint)g_rand_int_range (world->random, 0, (int)g_hash_table_size (world->answers)) : 0;

  g_hash_table_iter_init (&iter, world->answers);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (skip-- == 0)
      {
        wamid = g_strconcat ("wamid.out.", id, NULL);
        storage_fixture_status (world->fixture, wamid, id, (LobbyStatus)g_rand_int_range (world->random, LOBBY_STATUS_SENT, LOBBY_STATUS_FAILED + 1));
        return;
      }
}

static void
agent_reads (World *world)
{
  g_autoptr (LobbyWireConversation) conversation = storage_fixture_some_conversation (world->fixture, world->random);
  g_autoptr (GError) error = NULL;

  if (conversation == NULL)
    return;
  g_free (lobby_storage (world->fixture->storage, mark_read, world->fixture->agent, conversation->id, NULL, &error));
  g_assert_no_error (error);
}

/* The app */

static void
app_follows (World *world)
{
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();
  g_autoptr (GError) error = NULL;

  storage_fixture_flush (world->fixture);
  for (; world->read < world->fixture->events->len; world->read++)
    {
      g_autoptr (JsonObject) payload = storage_fixture_payload (world->fixture, (int)world->read);
      g_autoptr (LobbyWireEvent) event = lobby_wire_event_from_json (storage_fixture_event_name (world->fixture, (int)world->read), payload, &error);

      g_assert_no_error (error);
      lobby_change_set_add_event (changes, event);
    }
  g_assert_true (lobby_store_apply (world->store, changes, &error));
  g_assert_no_error (error);
}

static LobbyConversation *
some_row (World *world)
{
  g_autoptr (GPtrArray) all = lobby_store_load_conversations (world->store, NULL, 0, NULL, 100);

  return all->len == 0 ? NULL : g_ptr_array_steal_index (all, (guint)g_rand_int_range (world->random, 0, (int)all->len));
}

static void
agent_begins_to_write (World *world)
{
  g_autoptr (LobbyConversation) conversation = some_row (world);
  g_autofree char *words = g_strdup_printf ("draft-%u.", world->drafts->len);
  g_autofree char *draft = NULL;

  if (conversation == NULL)
    return;
  draft = g_strconcat (lobby_conversation_get_draft (conversation) ? lobby_conversation_get_draft (conversation) : "", words, NULL);
  g_assert_true (lobby_store_set_draft (world->store, conversation, draft, NULL));
  g_ptr_array_add (world->drafts, g_steal_pointer (&words));
}

static void
step (World *world)
{
  int kind = g_rand_int_range (world->random, 0, 100);

  if (kind < 45)
    person_writes (world, kind < 5);
  else if (kind < 60)
    agent_answers (world);
  else if (kind < 70)
    status_comes (world);
  else if (kind < 78)
    agent_reads (world);
  else if (kind < 80)
    link_names (world);
  else if (kind < 83)
    agent_begins_to_write (world);
  else
    app_follows (world);
}

/* The end */

static void
check_messages (World *world,
                const LobbyWireConversation *conversation,
                GHashTable *seen)
{
  g_autoptr (GPtrArray) messages = lobby_storage (world->fixture->storage, list_messages, NULL, conversation->id, 0, NULL, 10000);
  int group = find_group (world, name_of (world, conversation->id)), in = 0, out = 0, unread = 0;
  gboolean is_read = FALSE;

  /* Newest first. */
  for (guint i = 0; i < messages->len; i++)
    {
      const LobbyWireMessage *message = messages->pdata[i];
      gpointer name = g_hash_table_lookup (world->names, message->whatsapp_message_id ? message->whatsapp_message_id : "");

      if (name == NULL)
        name = g_hash_table_lookup (world->answers, message->id);
      g_assert_nonnull (name);
      g_assert_cmpint (find_group (world, GPOINTER_TO_INT (name) - 1), ==, group);
      g_assert_cmpstr (message->contact_id, ==, conversation->contact_id);
      g_assert_true (g_hash_table_add (seen, g_strdup (message->id)));
      is_read = is_read || g_strcmp0 (message->id, conversation->read_up_to) == 0;
      in += !message->outbound;
      out += message->outbound;
      unread += !message->outbound && !is_read;
    }
  g_assert_true (is_read || conversation->read_up_to == NULL);
  g_assert_cmpint (conversation->message_count_in, ==, in);
  g_assert_cmpint (conversation->message_count_out, ==, out);
  /* Also what came late, behind what had been read. */
  g_assert_cmpint (conversation->unread_count, >=, unread);
  g_assert_cmpint (conversation->unread_count, <=, in);
  g_assert_cmpint (conversation->last_activity_at, ==, ((LobbyWireMessage *)messages->pdata[0])->created_at);
}

static void
check_app (World *world,
           const LobbyWireConversation *conversation,
           GString *drafts)
{
  g_autoptr (LobbyConversation) row = lobby_store_get_conversation (world->store, conversation->id);
  g_autoptr (GPtrArray) messages = lobby_storage (world->fixture->storage, list_messages, NULL, conversation->id, 0, NULL, 10000);

  g_assert_nonnull (row);
  g_assert_cmpstr (lobby_conversation_get_id (row), ==, conversation->id);
  g_assert_cmpstr (lobby_contact_get_id (lobby_conversation_get_contact (row)), ==, conversation->contact_id);
  g_assert_cmpint (lobby_conversation_get_unread_count (row), ==, conversation->unread_count);
  g_assert_cmpint (lobby_conversation_get_last_activity_at (row), ==, conversation->last_activity_at);
  g_assert_cmpstr (lobby_message_get_id (lobby_conversation_get_last_message (row)), ==, ((LobbyWireMessage *)messages->pdata[0])->id);
  for (guint i = 0; i < messages->len; i++)
    {
      const LobbyWireMessage *there = messages->pdata[i];
      g_autoptr (LobbyMessage) here = lobby_store_get_message (world->store, there->id);

      g_assert_nonnull (here);
      g_assert_cmpstr (lobby_message_get_conversation_id (here), ==, conversation->id);
      g_assert_cmpint ((int)lobby_message_get_status (here), ==, (int)there->status);
    }
  for (guint i = 0; conversation->merged_ids != NULL && conversation->merged_ids[i] != NULL; i++)
    {
      g_autoptr (LobbyConversation) merged = lobby_store_get_conversation (world->store, conversation->merged_ids[i]);

      g_assert_true (merged == row);
    }
  if (lobby_conversation_get_draft (row) != NULL)
    g_string_append (drafts, lobby_conversation_get_draft (row));
}

static guint
count_groups (World *world)
{
  guint count = 0;

  for (int i = 0; i < PEOPLE * NAMES; i++)
    count += world->seen[i] && find_group (world, i) == i;
  return count;
}

static void
check_everything (World *world)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GString) drafts = g_string_new (NULL);
  g_autoptr (GPtrArray) conversations = NULL;
  g_autoptr (GPtrArray) rows = NULL;
  gint64 seq;

  conversations = lobby_storage (world->fixture->storage, list_conversations, world->fixture->business, 0, NULL, 1000, &seq);
  rows = lobby_store_load_conversations (world->store, NULL, 0, NULL, 1000);
  g_assert_cmpuint (conversations->len, ==, count_groups (world));
  g_assert_cmpuint (rows->len, ==, conversations->len);
  for (guint i = 0; i < conversations->len; i++)
    {
      check_messages (world, conversations->pdata[i], seen);
      check_app (world, conversations->pdata[i], drafts);
    }
  g_assert_cmpuint (g_hash_table_size (seen), ==, g_hash_table_size (world->names) + g_hash_table_size (world->answers));
  for (guint i = 0; i < world->drafts->len; i++)
    g_assert_nonnull (strstr (drafts->str, world->drafts->pdata[i]));
}

static void
test_oracle (StorageFixture *fixture,
             gconstpointer data)
{
  World world = {
    .fixture = fixture,
    .random = g_rand_new_with_seed ((guint32)g_test_rand_int ()),
    .store = lobby_store_open (":memory:", NULL),
    .clock = lobby_clock_now () - 10000000,
    .names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .answers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL),
    .drafts = g_ptr_array_new_with_free_func (g_free),
  };

  for (int i = 0; i < PEOPLE * NAMES; i++)
    world.group[i] = i;
  for (int i = 0; i < STEPS; i++)
    {
      step (&world);
      if (i % 100 == 99)
        {
          app_follows (&world);
          check_everything (&world);
        }
    }
  storage_fixture_check_log (fixture);
  g_test_message ("%u people of %d names, %u messages", count_groups (&world), PEOPLE * NAMES, g_hash_table_size (world.names));

  lobby_store_close (world.store);
  g_assert_finalize_object (world.store);
  g_rand_free (world.random);
  g_hash_table_unref (world.names);
  g_hash_table_unref (world.answers);
  g_ptr_array_unref (world.drafts);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/server/storage/merge-oracle", StorageFixture, NULL, storage_fixture_set_up, test_oracle, storage_fixture_tear_down);
  return g_test_run ();
}
