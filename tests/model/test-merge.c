/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversation-list.h"
#include "lobby-database.h"
#include "lobby-message-window.h"
#include "lobby-store.h"

#include <string.h>

/*
 * Conversations that become one, as the app sees it: nothing of what was said, written or waiting is lost, the list has each
 * conversation once, and the open one shows all of it.
 */

#define T0 G_GINT64_CONSTANT (1700000000000)

typedef struct
{
  LobbyStore *store;
  LobbyConversationList *list;
  guint merges;
  char *last_gone;
  char *last_kept;
} Fixture;

static void
on_merged (LobbyStore *store,
           LobbyConversation *gone,
           LobbyConversation *kept,
           Fixture *f)
{
  f->merges++;
  g_set_str (&f->last_gone, lobby_conversation_get_id (gone));
  g_set_str (&f->last_kept, lobby_conversation_get_id (kept));
}

static void
set_up (Fixture *f,
        gconstpointer data)
{
  f->store = lobby_store_open (":memory:", NULL);
  f->list = lobby_conversation_list_new (f->store);
  g_signal_connect (f->store, "conversation-merged", G_CALLBACK (on_merged), f);
}

static void
tear_down (Fixture *f,
           gconstpointer data)
{
  g_assert_finalize_object (f->list);
  lobby_store_close (f->store);
  g_assert_finalize_object (f->store);
  g_free (f->last_gone);
  g_free (f->last_kept);
}

static LobbyChangeSet *
changes_new (gint64 seq)
{
  LobbyChangeSet *changes = lobby_change_set_new ();

  changes->business_id = g_strdup ("b");
  changes->seq = seq;
  return changes;
}

static LobbyConversationRecord *
add_conversation (LobbyChangeSet *changes,
                  const char *id,
                  const char *contact_id,
                  gint64 activity,
                  int unread)
{
  LobbyContactRecord *contact = lobby_contact_record_new ();
  LobbyConversationRecord *conversation = lobby_conversation_record_new ();

  contact->id = g_strdup (contact_id);
  contact->business_id = g_strdup ("b");
  contact->name = g_strconcat ("Name ", contact_id, NULL);
  g_ptr_array_add (changes->contacts, contact);
  conversation->id = g_strdup (id);
  conversation->business_id = g_strdup ("b");
  conversation->contact_id = g_strdup (contact_id);
  conversation->connection_id = g_strdup ("n");
  conversation->last_activity_at = activity;
  conversation->unread_count = unread;
  conversation->seq = changes->seq;
  g_ptr_array_add (changes->conversations, conversation);
  return conversation;
}

static void
add_message (LobbyChangeSet *changes,
             const char *conversation,
             const char *id,
             gint64 at)
{
  LobbyMessageRecord *message = lobby_message_record_new ();

  message->id = g_strdup (id);
  message->conversation_id = g_strdup (conversation);
  message->content = g_strconcat ("text ", id, NULL);
  message->sent_at = at;
  message->status = LOBBY_MODEL_STATUS_DELIVERED;
  g_ptr_array_add (changes->messages, message);
}

static void
apply (Fixture *f,
       LobbyChangeSet *changes)
{
  g_autoptr (LobbyChangeSet) owned = changes;
  g_autoptr (GError) error = NULL;

  lobby_store_apply (f->store, owned, &error);
  g_assert_no_error (error);
}

/* Two customers, a and b, whose histories are known from m1 and m2 on. */
static void
two_conversations (Fixture *f)
{
  LobbyChangeSet *changes = changes_new (1);

  add_conversation (changes, "a", "ca", T0 + 3000, 1);
  add_conversation (changes, "b", "cb", T0 + 4000, 2);
  add_message (changes, "a", "m1", T0 + 1000);
  add_message (changes, "b", "m2", T0 + 2000);
  add_message (changes, "a", "m3", T0 + 3000);
  add_message (changes, "b", "m4", T0 + 4000);
  apply (f, changes);
}

static LobbyConversationRecord *
merge (LobbyChangeSet *changes,
       const char *kept,
       const char *const *merged)
{
  LobbyConversationRecord *record = add_conversation (changes, kept, "ca", T0 + 4000, 3);

  record->merged_ids = g_strdupv ((char **)merged);
  return record;
}

static void
merge_b_into_a (Fixture *f)
{
  static const char *const merged[] = { "b", NULL };
  LobbyChangeSet *changes = changes_new (2);

  merge (changes, "a", merged);
  apply (f, changes);
}

static char *
dump_messages (GListModel *window)
{
  GString *dump = g_string_new (NULL);

  for (guint i = 0; i + 1 < g_list_model_get_n_items (window); i++)
    {
      g_autoptr (LobbyMessage) message = g_list_model_get_item (window, i);

      g_assert_cmpstr (lobby_message_get_conversation_id (message), ==, "a");
      g_string_append_printf (dump, "%s ", lobby_message_get_id (message) != NULL ? lobby_message_get_id (message) : lobby_message_get_content (message));
    }
  return g_string_free (dump, FALSE);
}

static char *
dump_list (Fixture *f)
{
  GString *dump = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (f->list)); i++)
    {
      g_autoptr (LobbyConversation) conversation = g_list_model_get_item (G_LIST_MODEL (f->list), i);

      g_string_append_printf (dump, "%s ", lobby_conversation_get_id (conversation));
    }
  return g_string_free (dump, FALSE);
}

static void
test_messages_and_list (Fixture *f,
                        gconstpointer data)
{
  g_autoptr (LobbyConversation) a = NULL;
  g_autoptr (LobbyConversation) b = NULL;
  g_autoptr (LobbyConversation) found = NULL;
  g_autoptr (LobbyMessageWindow) window = NULL;
  g_autoptr (LobbyMessage) held = NULL;
  g_autofree char *messages = NULL;
  g_autofree char *more = NULL;
  g_autofree char *list = NULL;
  LobbyChangeSet *changes;

  two_conversations (f);
  a = lobby_store_get_conversation (f->store, "a");
  b = lobby_store_get_conversation (f->store, "b");
  held = lobby_store_get_message (f->store, "m4");
  window = lobby_message_window_new (f->store, a);
  lobby_message_window_open_latest (window, 50);
  merge_b_into_a (f);

  g_assert_cmpuint (f->merges, ==, 1);
  g_assert_cmpstr (f->last_gone, ==, "b");
  /* Whoever waits for it to be read need not wait. */
  g_assert_cmpint (lobby_conversation_get_unread_count (b), ==, 0);
  g_assert_cmpstr (f->last_kept, ==, "a");
  /* Known without a hole from m2 on: before it, something of b's may be missing. */
  messages = dump_messages (G_LIST_MODEL (window));
  g_assert_cmpstr (messages, ==, "m2 m3 m4 ");
  list = dump_list (f);
  g_assert_cmpstr (list, ==, "a ");
  g_assert_cmpint (lobby_conversation_get_unread_count (a), ==, 3);
  g_assert_true (lobby_conversation_get_last_message (a) == held);
  g_assert_cmpstr (lobby_message_get_conversation_id (held), ==, "a");
  found = lobby_store_get_conversation (f->store, "b");
  g_assert_true (found == a);

  /* The same is told again, and a page that was asked of b comes late. */
  merge_b_into_a (f);
  changes = changes_new (0);
  changes->page_conversation = g_strdup ("b");
  changes->page_is_last = TRUE;
  add_message (changes, "b", "m2", T0 + 2000);
  add_message (changes, "b", "m0", T0);
  apply (f, changes);
  g_assert_cmpuint (f->merges, ==, 1);
  g_assert_false (lobby_store_history_is_whole (f->store, "a"));
  /* A page of a lengthens it again. */
  changes = changes_new (0);
  changes->page_conversation = g_strdup ("a");
  changes->page_before = g_strdup ("m2");
  changes->page_is_last = TRUE;
  add_message (changes, "a", "m0", T0);
  add_message (changes, "a", "m1", T0 + 1000);
  apply (f, changes);
  lobby_message_window_open_latest (window, 50);
  more = dump_messages (G_LIST_MODEL (window));
  g_assert_cmpstr (more, ==, "m0 m1 m2 m3 m4 ");
}

/* Events of one batch: what b said just before comes along, and what a says just after is there once. */
static void
test_one_batch (Fixture *f,
                gconstpointer data)
{
  static const char *const merged[] = { "b", NULL };
  g_autoptr (LobbyConversation) a = NULL;
  g_autoptr (LobbyMessageWindow) window = NULL;
  g_autofree char *messages = NULL;
  g_autofree char *list = NULL;
  LobbyChangeSet *changes;

  two_conversations (f);
  a = lobby_store_get_conversation (f->store, "a");
  window = lobby_message_window_new (f->store, a);
  lobby_message_window_open_latest (window, 50);
  changes = changes_new (4);
  add_conversation (changes, "b", "cb", T0 + 5000, 3);
  merge (changes, "a", merged);
  add_conversation (changes, "a", "ca", T0 + 6000, 5);
  add_message (changes, "b", "m5", T0 + 5000);
  add_message (changes, "a", "m6", T0 + 6000);
  apply (f, changes);

  messages = dump_messages (G_LIST_MODEL (window));
  g_assert_cmpstr (messages, ==, "m2 m3 m4 m5 m6 ");
  list = dump_list (f);
  g_assert_cmpstr (list, ==, "a ");
  g_assert_cmpint (lobby_conversation_get_unread_count (a), ==, 5);
}

static void
test_what_agents_wrote (Fixture *f,
                        gconstpointer data)
{
  g_autoptr (LobbyConversation) a = NULL;
  g_autoptr (LobbyConversation) b = NULL;
  g_autoptr (LobbyMessage) first = NULL;
  g_autoptr (LobbyMessage) second = NULL;
  g_autoptr (GPtrArray) heads = NULL;
  g_autoptr (GPtrArray) reads = NULL;
  const LobbyOutboxEntry *head;

  two_conversations (f);
  a = lobby_store_get_conversation (f->store, "a");
  b = lobby_store_get_conversation (f->store, "b");
  first = lobby_store_queue_text (f->store, b, "client-1", "to b", NULL, NULL);
  second = lobby_store_queue_text (f->store, a, "client-2", "to a", NULL, NULL);
  g_assert_true (lobby_store_set_draft (f->store, a, "half a", NULL));
  g_assert_true (lobby_store_set_draft (f->store, b, "half b", NULL));
  g_assert_true (lobby_store_mark_read (f->store, b, NULL));
  merge_b_into_a (f);

  g_assert_cmpuint (lobby_store_outbox_size (f->store), ==, 2);
  heads = lobby_store_outbox_heads (f->store);
  g_assert_cmpuint (heads->len, ==, 1);
  head = heads->pdata[0];
  g_assert_cmpstr (head->client_id, ==, "client-1");
  g_assert_cmpstr (head->conversation_id, ==, "a");
  g_assert_cmpstr (head->contact_id, ==, "ca");
  g_assert_cmpstr (lobby_message_get_conversation_id (first), ==, "a");
  g_assert_cmpstr (lobby_conversation_get_draft (a), ==, "half a\nhalf b");
  /* The server's count of what is unread stands. */
  g_assert_cmpint (lobby_conversation_get_unread_count (a), ==, 3);
  reads = lobby_store_unsent_reads (f->store);
  g_assert_cmpuint (reads->len, ==, 0);

  /* The composer was still at b: what it saves now is that part of the draft. */
  g_assert_true (lobby_store_set_draft (f->store, b, "half b, and more", NULL));
  g_assert_cmpstr (lobby_conversation_get_draft (a), ==, "half a\nhalf b, and more");
}

static void
test_empty_draft (Fixture *f,
                  gconstpointer data)
{
  g_autoptr (LobbyConversation) a = NULL;
  g_autoptr (LobbyConversation) b = NULL;

  two_conversations (f);
  a = lobby_store_get_conversation (f->store, "a");
  b = lobby_store_get_conversation (f->store, "b");
  g_assert_true (lobby_store_set_draft (f->store, b, "half b", NULL));
  merge_b_into_a (f);
  g_assert_cmpstr (lobby_conversation_get_draft (a), ==, "half b");
  /* Sent meanwhile. */
  g_assert_true (lobby_store_set_draft (f->store, b, "", NULL));
  g_assert_null (lobby_conversation_get_draft (a));

  /* What only ends alike is nobody's but its own. */
  g_assert_true (lobby_store_set_draft (f->store, a, "\303\251half b", NULL));
  g_assert_true (lobby_store_set_draft (f->store, b, "more", NULL));
  g_assert_cmpstr (lobby_conversation_get_draft (a), ==, "\303\251half b\nmore");
}

/* b into a while c was merged into b before; and what was never known here. */
static void
test_chain (Fixture *f,
            gconstpointer data)
{
  static const char *const first[] = { "c", NULL };
  static const char *const both[] = { "b", "c", "never-seen", NULL };
  g_autoptr (LobbyConversation) b = NULL;
  g_autoptr (LobbyConversation) c = NULL;
  g_autoptr (LobbyConversation) of_c = NULL;
  g_autoptr (LobbyConversation) of_never = NULL;
  g_autofree char *list = NULL;
  LobbyChangeSet *changes;

  two_conversations (f);
  changes = changes_new (2);
  add_conversation (changes, "c", "cc", T0 + 5000, 1);
  add_message (changes, "c", "m5", T0 + 5000);
  apply (f, changes);
  b = lobby_store_get_conversation (f->store, "b");
  c = lobby_store_get_conversation (f->store, "c");
  /* Both at once, in one commit. */
  changes = changes_new (4);
  add_conversation (changes, "b", "cb", T0 + 5000, 3)->merged_ids = g_strdupv ((char **)first);
  merge (changes, "a", both);
  apply (f, changes);

  g_assert_cmpuint (f->merges, ==, 2);
  list = dump_list (f);
  g_assert_cmpstr (list, ==, "a ");
  of_c = lobby_store_get_conversation (f->store, "c");
  of_never = lobby_store_get_conversation (f->store, "never-seen");
  g_assert_cmpstr (lobby_conversation_get_id (of_c), ==, "a");
  g_assert_cmpstr (lobby_conversation_get_id (of_never), ==, "a");
}

/* The merge itself was missed: the state that is read after sync:reset tells it too. */
static void
test_snapshot (Fixture *f,
               gconstpointer data)
{
  static const char *const merged[] = { "b", NULL };
  g_autoptr (LobbyConversation) a = NULL;
  g_autofree char *list = NULL;
  LobbyChangeSet *changes;

  two_conversations (f);
  g_assert_true (lobby_store_begin_reset (f->store, "b", NULL));
  changes = changes_new (0);
  merge (changes, "a", merged);
  add_message (changes, "a", "m4", T0 + 4000);
  apply (f, changes);
  list = dump_list (f);
  g_assert_cmpstr (list, ==, "a ");
  a = lobby_store_get_conversation (f->store, "a");
  g_assert_cmpstr (lobby_message_get_id (lobby_conversation_get_last_message (a)), ==, "m4");
}

/* What an app of the first version left. */
static void
test_older_database (void)
{
  static const char *const merged[] = { "b", NULL };
  g_autofree char *path = g_build_filename (g_get_user_data_dir (), "store.db", NULL);
  g_autoptr (LobbyStore) store = NULL;
  g_autoptr (LobbyConversation) a = NULL;
  g_autoptr (LobbyConversation) b = NULL;
  g_autoptr (LobbyDatabase) database = NULL;
  g_autoptr (GBytes) first = NULL;
  g_autoptr (LobbyChangeSet) changes = changes_new (1);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (g_get_user_data_dir (), 0700), ==, 0);
  /* Registers the resource. */
  store = lobby_store_open (":memory:", NULL);
  lobby_store_close (store);
  g_clear_object (&store);
  first = g_resources_lookup_data ("/org/lobby/Lobby/sql/client/001.sql", 0, NULL);
  database = lobby_database_open (path, LOBBY_DATABASE_DEFAULT, NULL);
  g_assert_true (lobby_database_exec (database, g_bytes_get_data (first, NULL), &error));
  g_assert_true (lobby_database_exec (database,
                                      "PRAGMA user_version = 1; INSERT INTO contacts (id, business_id) VALUES ('ca', 'b'), ('cb', 'b');"
                                      " INSERT INTO conversations (id, contact_id, last_activity_at) VALUES ('a', 'ca', 1), ('b', 'cb', 2)",
                                      &error));
  g_assert_no_error (error);
  g_clear_object (&database);

  store = lobby_store_open (path, &error);
  g_assert_no_error (error);
  merge (changes, "a", merged);
  g_assert_true (lobby_store_apply (store, changes, &error));
  a = lobby_store_get_conversation (store, "a");
  b = lobby_store_get_conversation (store, "b");
  g_assert_nonnull (a);
  g_assert_true (a == b);
  lobby_store_close (store);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, G_TEST_OPTION_ISOLATE_DIRS, NULL);
#define ADD(name, function) g_test_add ("/merge/" name, Fixture, NULL, set_up, function, tear_down)
  ADD ("messages-and-list", test_messages_and_list);
  ADD ("one-batch", test_one_batch);
  ADD ("what-agents-wrote", test_what_agents_wrote);
  ADD ("empty-draft", test_empty_draft);
  ADD ("chain", test_chain);
  ADD ("snapshot", test_snapshot);
  g_test_add_func ("/merge/older-database", test_older_database);
  return g_test_run ();
}
