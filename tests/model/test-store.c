/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "lobby-clock.h"
#include "lobby-store.h"

#define T0 G_GINT64_CONSTANT (1700000000000)

/* Everything the store tells, in order, as short words. */
typedef struct
{
  LobbyStore *store;
  GString *heard;
} Fixture;

static void
on_added (LobbyStore *store, LobbyMessage *message, Fixture *f)
{
  g_string_append_printf (f->heard, "+%s ", lobby_message_get_content (message));
}

static void
on_moved (LobbyStore *store, LobbyMessage *message, gint64 old, Fixture *f)
{
  g_string_append_printf (f->heard, ">%s ", lobby_message_get_content (message));
}

static void
on_removed (LobbyStore *store, gint64 row, const char *conversation, Fixture *f)
{
  g_string_append_printf (f->heard, "-%s ", conversation);
}

static void
on_paged (LobbyStore *store, const char *conversation, Fixture *f)
{
  g_string_append_printf (f->heard, "paged:%s ", conversation);
}

static void
on_messages_reset (LobbyStore *store, const char *conversation, Fixture *f)
{
  g_string_append_printf (f->heard, "reset:%s ", conversation);
}

static void
on_conversation (LobbyStore *store, LobbyConversation *conversation, Fixture *f)
{
  g_string_append_printf (f->heard, "c:%s ", lobby_conversation_get_id (conversation));
}

static void
listen (Fixture *f)
{
  f->heard = g_string_new (NULL);
  g_signal_connect (f->store, "message-added", G_CALLBACK (on_added), f);
  g_signal_connect (f->store, "message-moved", G_CALLBACK (on_moved), f);
  g_signal_connect (f->store, "message-removed", G_CALLBACK (on_removed), f);
  g_signal_connect (f->store, "messages-paged", G_CALLBACK (on_paged), f);
  g_signal_connect (f->store, "messages-reset", G_CALLBACK (on_messages_reset), f);
  g_signal_connect (f->store, "conversation-changed", G_CALLBACK (on_conversation), f);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->store = lobby_store_open (":memory:", &error);
  g_assert_no_error (error);
  listen (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  lobby_store_close (f->store);
  g_assert_finalize_object (f->store);
  g_string_free (f->heard, TRUE);
}

static void
assert_heard (Fixture *f, const char *expected)
{
  g_assert_cmpstr (f->heard->str, ==, expected);
  g_string_truncate (f->heard, 0);
}

static LobbyChangeSet *
changes_new (gint64 seq)
{
  LobbyChangeSet *changes = lobby_change_set_new ();

  changes->business_id = g_strdup ("b");
  changes->seq = seq;
  return changes;
}

static void
add_conversation (LobbyChangeSet *changes, const char *id, gint64 activity, int unread, gint64 seq)
{
  LobbyContactRecord *contact = lobby_contact_record_new ();
  LobbyConversationRecord *conversation = lobby_conversation_record_new ();

  contact->id = g_strconcat ("contact-", id, NULL);
  contact->business_id = g_strdup ("b");
  contact->name = g_strconcat ("Name ", id, NULL);
  contact->phone_number = g_strdup ("+34600123456");
  g_ptr_array_add (changes->contacts, contact);
  conversation->id = g_strdup (id);
  conversation->business_id = g_strdup ("b");
  conversation->contact_id = g_strdup (contact->id);
  conversation->connection_id = g_strdup ("n");
  conversation->last_activity_at = activity;
  conversation->unread_count = unread;
  conversation->seq = seq;
  g_ptr_array_add (changes->conversations, conversation);
}

static LobbyMessageRecord *
add_message (LobbyChangeSet *changes, const char *conversation, const char *id, gint64 at, const char *text)
{
  LobbyMessageRecord *message = lobby_message_record_new ();

  message->id = g_strdup (id);
  message->conversation_id = g_strdup (conversation);
  message->content = g_strdup (text);
  message->sent_at = at;
  message->status = LOBBY_MODEL_STATUS_DELIVERED;
  g_ptr_array_add (changes->messages, message);
  return message;
}

static void
apply (Fixture *f, LobbyChangeSet *changes)
{
  g_autoptr (GError) error = NULL;

  lobby_store_apply (f->store, changes, &error);
  g_assert_no_error (error);
  lobby_change_set_free (changes);
}

static void
apply_told (Fixture *f, const char *conversation_id, const char *up_to)
{
  LobbyChangeSet *changes = lobby_change_set_new ();

  changes->told_conversation = g_strdup (conversation_id);
  changes->told_up_to = g_strdup (up_to);
  apply (f, changes);
}

static char *
words_of (GPtrArray *page)
{
  g_autoptr (GString) words = g_string_new (NULL);

  for (guint i = 0; i < page->len; i++)
    g_string_append_printf (words, "%s%s", i ? " " : "", lobby_message_get_content (page->pdata[i]));
  return g_string_free (g_steal_pointer (&words), FALSE);
}

static void
assert_history (Fixture *f, const char *conversation, const char *expected)
{
  g_autoptr (GPtrArray) page = lobby_store_load_latest (f->store, conversation, 1000);
  g_autofree char *words = words_of (page);

  g_assert_cmpstr (words, ==, expected);
}

static void
test_apply_twice (Fixture *f, gconstpointer data)
{
  g_autoptr (LobbyConversation) conversation = NULL;

  for (int i = 0; i < 2; i++)
    {
      LobbyChangeSet *changes = changes_new (7);

      add_conversation (changes, "a", T0 + 2, 2, 7);
      add_message (changes, "a", "2", T0 + 2, "two");
      add_message (changes, "a", "1", T0 + 1, "one");
      apply (f, changes);
      assert_heard (f, i == 0 ? "+one +two c:a " : "");
    }
  assert_history (f, "a", "one two");
  g_assert_cmpint (lobby_store_get_seq (f->store, "b"), ==, 7);
  g_assert_cmpint (lobby_store_get_seq (f->store, "other"), ==, 0);

  conversation = lobby_store_get_conversation (f->store, "a");
  g_assert_cmpstr (lobby_message_get_content (lobby_conversation_get_last_message (conversation)), ==, "two");
  g_assert_cmpint (lobby_conversation_get_unread_count (conversation), ==, 2);
  g_assert_cmpstr (lobby_contact_get_display_name (lobby_conversation_get_contact (conversation)), ==, "Name a");
  g_assert_cmpint (lobby_store_total_unread (f->store), ==, 1);
}

static void
test_identity (Fixture *f, gconstpointer data)
{
  g_autoptr (LobbyConversation) first = NULL;
  g_autoptr (LobbyConversation) second = NULL;
  g_autoptr (LobbyMessage) message = NULL;
  g_autoptr (LobbyMessage) same = NULL;
  LobbyChangeSet *changes = changes_new (1);
  LobbyStatusRecord *status;
  gint64 row;

  add_conversation (changes, "a", T0, 0, 1);
  add_message (changes, "a", "1", T0, "one")->outbound = TRUE;
  apply (f, changes);

  first = lobby_store_get_conversation (f->store, "a");
  second = lobby_store_get_conversation (f->store, "a");
  g_assert_true (first == second);
  message = lobby_store_get_message (f->store, "1");
  same = lobby_store_get_message_by_row (f->store, lobby_message_get_row_id (message));
  g_assert_true (message == same);
  g_assert_true (message == lobby_conversation_get_last_message (first));

  changes = changes_new (2);
  status = g_new0 (LobbyStatusRecord, 1);
  status->message_id = g_strdup ("1");
  status->status = LOBBY_MODEL_STATUS_READ;
  status->at = T0 + 5;
  g_ptr_array_add (changes->statuses, status);
  apply (f, changes);
  g_assert_cmpint (lobby_message_get_status (message), ==, LOBBY_MODEL_STATUS_READ);
  g_assert_cmpint (lobby_message_get_record (message)->read_time, ==, T0 + 5);

  /* Nobody holds it: another object, the same row. */
  row = lobby_message_get_row_id (message);
  g_clear_object (&same);
  g_clear_object (&message);
  g_clear_object (&second);
  g_clear_object (&first);
  message = lobby_store_get_message (f->store, "1");
  g_assert_cmpint (lobby_message_get_row_id (message), ==, row);
  g_assert_cmpint (lobby_message_get_status (message), ==, LOBBY_MODEL_STATUS_READ);
}

static void
put_status (Fixture *f, const char *id, const char *client_id, LobbyModelStatus value, gint64 at)
{
  LobbyChangeSet *changes = changes_new (0);
  LobbyStatusRecord *status = g_new0 (LobbyStatusRecord, 1);

  status->message_id = g_strdup (id);
  status->client_id = g_strdup (client_id);
  status->status = value;
  status->at = at;
  if (value == LOBBY_MODEL_STATUS_FAILED)
    {
      status->error_code = 131047;
      status->error_text = g_strdup ("too late");
    }
  g_ptr_array_add (changes->statuses, status);
  apply (f, changes);
}

static void
test_status_order (Fixture *f, gconstpointer data)
{
  g_autoptr (LobbyMessage) message = NULL;
  LobbyChangeSet *changes = changes_new (1);
  LobbyMessageRecord *record;

  add_conversation (changes, "a", T0, 0, 1);
  record = add_message (changes, "a", "1", T0, "one");
  record->outbound = TRUE;
  record->status = LOBBY_MODEL_STATUS_PENDING;
  apply (f, changes);
  message = lobby_store_get_message (f->store, "1");

  put_status (f, "1", NULL, LOBBY_MODEL_STATUS_READ, T0 + 3);
  put_status (f, "1", NULL, LOBBY_MODEL_STATUS_DELIVERED, T0 + 2);
  put_status (f, "1", NULL, LOBBY_MODEL_STATUS_FAILED, T0 + 4);
  g_assert_cmpint (lobby_message_get_status (message), ==, LOBBY_MODEL_STATUS_READ);
  g_assert_cmpint (lobby_message_get_record (message)->delivered_time, ==, T0 + 2);
  g_assert_cmpint (lobby_message_get_record (message)->failed_time, ==, 0);
  g_assert_cmpstr (lobby_message_get_record (message)->error_text, ==, NULL);
  put_status (f, "nobody", NULL, LOBBY_MODEL_STATUS_READ, T0);
}

static LobbyConversation *
make_conversation (Fixture *f)
{
  LobbyChangeSet *changes = changes_new (1);

  add_conversation (changes, "a", T0, 0, 1);
  add_message (changes, "a", "1", T0, "one");
  apply (f, changes);
  g_string_truncate (f->heard, 0);
  return lobby_store_get_conversation (f->store, "a");
}

static LobbyMessage *
queue (Fixture *f, LobbyConversation *conversation, const char *client_id, const char *text)
{
  g_autoptr (GError) error = NULL;
  LobbyMessage *message = lobby_store_queue_text (f->store, conversation, client_id, text, NULL, &error);

  g_assert_no_error (error);
  return message;
}

static void
test_outbox (Fixture *f, gconstpointer data)
{
  g_autoptr (LobbyConversation) conversation = make_conversation (f);
  g_autoptr (LobbyMessage) first = queue (f, conversation, "c1", "first");
  g_autoptr (LobbyMessage) second = queue (f, conversation, "c2", "second");
  g_autoptr (GPtrArray) heads = NULL;
  g_autoptr (GError) error = NULL;
  LobbyChangeSet *changes;
  LobbyMessageRecord *record;
  LobbyOutboxEntry *entry;

  assert_heard (f, "+first c:a +second c:a ");
  assert_history (f, "a", "one first second");
  g_assert_null (lobby_message_get_id (first));
  g_assert_true (lobby_conversation_get_last_message (conversation) == second);
  g_assert_cmpint (lobby_store_outbox_size (f->store), ==, 2);

  heads = lobby_store_outbox_heads (f->store);
  g_assert_cmpint (heads->len, ==, 1);
  entry = heads->pdata[0];
  g_assert_cmpstr (entry->client_id, ==, "c1");
  g_assert_cmpstr (entry->contact_id, ==, "contact-a");
  g_assert_cmpstr (entry->connection_id, ==, "n");
  g_assert_true (lobby_store_outbox_delay (f->store, "c1", T0 + 9, &error));
  g_clear_pointer (&heads, g_ptr_array_unref);
  heads = lobby_store_outbox_heads (f->store);
  entry = heads->pdata[0];
  g_assert_cmpint (entry->attempts, ==, 1);
  g_assert_cmpint (entry->next_attempt_at, ==, T0 + 9);

  /* The server's copy lands on the row that waited, whose place by the server's clock is before "second" still. */
  changes = changes_new (2);
  record = add_message (changes, "a", "9", lobby_message_get_sent_at (first) - 5, "first");
  record->client_id = g_strdup ("c1");
  record->outbound = TRUE;
  record->status = LOBBY_MODEL_STATUS_SENT;
  apply (f, changes);
  assert_heard (f, ">first ");
  g_assert_cmpstr (lobby_message_get_id (first), ==, "9");
  g_assert_cmpint (lobby_message_get_status (first), ==, LOBBY_MODEL_STATUS_SENT);
  g_assert_cmpint (lobby_store_outbox_size (f->store), ==, 1);
  assert_history (f, "a", "one first second");

  /* message:sent names both: that is enough to know it again. */
  put_status (f, "10", "c2", LOBBY_MODEL_STATUS_PENDING, T0);
  g_assert_cmpint (lobby_store_outbox_size (f->store), ==, 0);
  g_assert_cmpstr (lobby_message_get_id (second), ==, "10");
  changes = changes_new (3);
  record = add_message (changes, "a", "10", lobby_message_get_sent_at (second), "second");
  record->outbound = TRUE;
  apply (f, changes);
  assert_history (f, "a", "one first second");
}

static void
test_outbox_failure (Fixture *f, gconstpointer data)
{
  g_autoptr (LobbyConversation) conversation = make_conversation (f);
  g_autoptr (LobbyMessage) first = queue (f, conversation, "c1", "first");
  g_autoptr (LobbyMessage) second = queue (f, conversation, "c2", "second");
  g_autoptr (GError) error = NULL;

  g_assert_true (lobby_store_outbox_fail (f->store, "c1", 422, "too long", &error));
  g_assert_cmpint (lobby_message_get_status (first), ==, LOBBY_MODEL_STATUS_FAILED);
  g_assert_cmpstr (lobby_message_get_record (first)->error_text, ==, "too long");
  g_assert_cmpint (lobby_store_outbox_size (f->store), ==, 1);
  g_assert_true (lobby_store_outbox_fail (f->store, "c1", 422, "again", &error));
  g_assert_true (lobby_store_outbox_fail (f->store, "unknown", 422, "again", &error));
  g_assert_cmpstr (lobby_message_get_record (first)->error_text, ==, "too long");

  g_assert_true (lobby_store_outbox_retry (f->store, first, &error));
  g_assert_cmpint (lobby_message_get_status (first), ==, LOBBY_MODEL_STATUS_PENDING);
  g_assert_cmpint (lobby_store_outbox_size (f->store), ==, 2);
  assert_history (f, "a", "one second first");

  g_string_truncate (f->heard, 0);
  g_assert_true (lobby_store_discard (f->store, first, &error));
  assert_heard (f, "-a ");
  assert_history (f, "a", "one second");
  g_assert_cmpint (lobby_store_outbox_size (f->store), ==, 1);
  g_assert_true (lobby_conversation_get_last_message (conversation) == second);

  /* Refused at WhatsApp after the server had it: the retry is a new message. */
  put_status (f, "20", "c2", LOBBY_MODEL_STATUS_SENT, T0);
  put_status (f, "20", NULL, LOBBY_MODEL_STATUS_FAILED, T0);
  g_assert_cmpint (lobby_store_outbox_size (f->store), ==, 0);
  for (int i = 0; i < 2; i++) /* pressed twice, it is sent once */
    {
      g_assert_true (lobby_store_outbox_retry (f->store, second, &error));
      assert_history (f, "a", "one second second");
      g_assert_cmpint (lobby_store_outbox_size (f->store), ==, 1);
    }
}

static void
test_pages (Fixture *f, gconstpointer data)
{
  LobbyChangeSet *changes = changes_new (1);
  g_autofree char *oldest = NULL;
  gint64 at;

  add_conversation (changes, "a", T0 + 50, 0, 1);
  add_message (changes, "a", "50", T0 + 50, "50");
  apply (f, changes);
  g_string_truncate (f->heard, 0);
  g_assert_false (lobby_store_history_is_whole (f->store, "a"));
  g_assert_true (lobby_store_get_oldest (f->store, "a", &at, &oldest));
  g_assert_cmpstr (oldest, ==, "50");
  g_assert_cmpint (at, ==, T0 + 50);

  /* A page, a late comer below what is known, the page that reaches it. */
  changes = changes_new (0);
  changes->page_conversation = g_strdup ("a");
  changes->page_before = g_strdup ("50");
  add_message (changes, "a", "41", T0 + 40, "41");
  add_message (changes, "a", "40", T0 + 40, "40");
  apply (f, changes);
  assert_heard (f, "paged:a ");
  assert_history (f, "a", "40 41 50");

  changes = changes_new (2);
  add_message (changes, "a", "35", T0 + 35, "late");
  apply (f, changes);
  assert_heard (f, "");
  assert_history (f, "a", "40 41 50");

  changes = changes_new (0);
  changes->page_conversation = g_strdup ("a");
  changes->page_before = g_strdup ("50");
  add_message (changes, "a", "2", T0 + 2, "stale");
  apply (f, changes);
  assert_history (f, "a", "40 41 50");

  changes = changes_new (0);
  changes->page_conversation = g_strdup ("a");
  changes->page_before = g_strdup ("40");
  changes->page_is_last = TRUE;
  add_message (changes, "a", "39", T0 + 40, "39");
  add_message (changes, "a", "1", T0 + 1, "1");
  apply (f, changes);
  assert_history (f, "a", "1 stale late 39 40 41 50");
  g_assert_true (lobby_store_history_is_whole (f->store, "a"));
}

static void
test_keyset (Fixture *f, gconstpointer data)
{
  LobbyChangeSet *changes = changes_new (1);
  g_autoptr (LobbyMessage) middle = NULL;
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) after = NULL;
  g_autofree char *words = NULL;
  g_autofree char *more = NULL;

  /* All within one second, as WhatsApp tells it, and known in the wrong order. */
  add_conversation (changes, "a", T0, 0, 1);
  for (int i = 9; i >= 0; i--)
    {
      g_autofree char *id = g_strdup_printf ("%d", i);

      add_message (changes, "a", id, T0, id);
    }
  apply (f, changes);
  middle = lobby_store_get_message (f->store, "5");
  before = lobby_store_load_before (f->store, "a", T0, lobby_message_get_row_id (middle), 3);
  after = lobby_store_load_after (f->store, "a", T0, lobby_message_get_row_id (middle), 2);
  words = words_of (before);
  more = words_of (after);
  g_assert_cmpstr (words, ==, "2 3 4");
  g_assert_cmpstr (more, ==, "6 7");
  g_assert_cmpint (lobby_store_count_after (f->store, "a", T0, lobby_message_get_row_id (middle)), ==, 4);
}

static void
test_reset (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  LobbyChangeSet *changes = changes_new (1);

  add_conversation (changes, "a", T0 + 2, 0, 5);
  add_message (changes, "a", "1", T0 + 1, "1");
  add_message (changes, "a", "2", T0 + 2, "2");
  apply (f, changes);
  g_string_truncate (f->heard, 0);

  g_assert_true (lobby_store_begin_reset (f->store, "b", &error));
  assert_history (f, "a", "1 2");

  changes = changes_new (99);
  add_conversation (changes, "a", T0 + 9, 0, 3);
  add_message (changes, "a", "9", T0 + 9, "9");
  apply (f, changes);
  assert_heard (f, "reset:a c:a ");
  assert_history (f, "a", "9");

  changes = changes_new (0);
  changes->page_conversation = g_strdup ("a");
  add_message (changes, "a", "2", T0 + 2, "2");
  add_message (changes, "a", "5", T0 + 5, "5");
  apply (f, changes);
  assert_history (f, "a", "2 5 9");
}

static void
test_reading (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyConversation) conversation = NULL;
  g_autoptr (LobbyMessage) unread = NULL;
  g_autoptr (GPtrArray) reads = NULL;
  LobbyChangeSet *changes = changes_new (1);
  guint beyond;

  add_conversation (changes, "a", T0 + 3, 2, 1);
  add_message (changes, "a", "1", T0 + 1, "1");
  add_message (changes, "a", "2", T0 + 2, "2");
  add_message (changes, "a", "3", T0 + 3, "3");
  apply (f, changes);
  conversation = lobby_store_get_conversation (f->store, "a");
  unread = lobby_store_get_message_by_row (f->store, lobby_store_get_first_unread (f->store, "a", &beyond));
  g_assert_cmpstr (lobby_message_get_content (unread), ==, "2");
  g_assert_cmpuint (beyond, ==, 0);

  g_assert_true (lobby_store_mark_read (f->store, conversation, &error));
  g_assert_cmpint (lobby_conversation_get_unread_count (conversation), ==, 0);
  g_assert_cmpint (lobby_store_get_first_unread (f->store, "a", &beyond), ==, 0);
  reads = lobby_store_unsent_reads (f->store);
  g_assert_cmpint (reads->len, ==, 2);
  g_assert_cmpstr (reads->pdata[0], ==, "a");
  g_assert_cmpstr (reads->pdata[1], ==, "3");

  /* What the server says before it knows counts only what came since. */
  changes = changes_new (2);
  add_conversation (changes, "a", T0 + 4, 3, 2);
  add_message (changes, "a", "4", T0 + 4, "4");
  apply (f, changes);
  g_assert_cmpint (lobby_conversation_get_unread_count (conversation), ==, 1);

  apply_told (f, "a", "2");
  g_clear_pointer (&reads, g_ptr_array_unref);
  reads = lobby_store_unsent_reads (f->store);
  g_assert_cmpint (reads->len, ==, 2);
  apply_told (f, "a", "3");
  g_clear_pointer (&reads, g_ptr_array_unref);
  reads = lobby_store_unsent_reads (f->store);
  g_assert_cmpint (reads->len, ==, 0);
}

static void
test_reactions (Fixture *f, gconstpointer data)
{
  g_autoptr (LobbyMessage) message = NULL;
  LobbyChangeSet *changes = changes_new (1);
  LobbyMessageRecord *reaction;

  add_conversation (changes, "a", T0 + 3, 2, 1);
  /* Known before what it reacts to. */
  reaction = add_message (changes, "a", "2", T0 + 2, "👍");
  reaction->type = LOBBY_MODEL_REACTION;
  reaction->reaction_to = g_strdup ("1");
  add_message (changes, "a", "1", T0 + 1, "one");
  apply (f, changes);
  message = lobby_store_get_message (f->store, "1");
  g_assert_cmpstr (lobby_message_get_reactions (message), ==, "👍");
  assert_history (f, "a", "one");

  changes = changes_new (2);
  reaction = add_message (changes, "a", "3", T0 + 3, "❤️");
  reaction->type = LOBBY_MODEL_REACTION;
  reaction->outbound = TRUE;
  reaction->status = LOBBY_MODEL_STATUS_PENDING;
  reaction->reaction_to = g_strdup ("1");
  reaction = add_message (changes, "a", "4", T0 + 4, "");
  reaction->type = LOBBY_MODEL_REACTION;
  reaction->reaction_to = g_strdup ("1");
  apply (f, changes);
  g_assert_cmpstr (lobby_message_get_reactions (message), ==, "❤️");

  /* Another one of the team, which WhatsApp does not take: the customer still sees the one before. */
  changes = changes_new (3);
  reaction = add_message (changes, "a", "5", T0 + 5, "🎉");
  reaction->type = LOBBY_MODEL_REACTION;
  reaction->outbound = TRUE;
  reaction->status = LOBBY_MODEL_STATUS_SENT;
  reaction->reaction_to = g_strdup ("1");
  apply (f, changes);
  g_assert_cmpstr (lobby_message_get_reactions (message), ==, "🎉");
  put_status (f, "5", NULL, LOBBY_MODEL_STATUS_FAILED, T0 + 6);
  g_assert_cmpstr (lobby_message_get_reactions (message), ==, "❤️");
  put_status (f, "3", NULL, LOBBY_MODEL_STATUS_FAILED, T0 + 6);
  g_assert_cmpstr (lobby_message_get_reactions (message), ==, "");
  /* It came to the customer after all. */
  put_status (f, "5", NULL, LOBBY_MODEL_STATUS_DELIVERED, T0 + 7);
  g_assert_cmpstr (lobby_message_get_reactions (message), ==, "🎉");
}

/* Taken back: what it said is nowhere any more. */
static void
test_revoked (Fixture *f, gconstpointer data)
{
  g_autoptr (LobbyMessage) message = NULL;
  const LobbyMessageRecord *record;
  LobbyChangeSet *changes = changes_new (1);
  LobbyMessageRecord *change;

  add_conversation (changes, "a", T0 + 1, 1, 1);
  change = add_message (changes, "a", "1", T0 + 1, "look at this");
  change->type = LOBBY_MODEL_IMAGE;
  change->media_state = LOBBY_MEDIA_READY;
  change->media_url = g_strdup ("/api/media/1");
  change->mime_type = g_strdup ("image/jpeg");
  change->file_name = g_strdup ("secret.jpg");
  change->width = 640;
  change->quoted_text = g_strdup ("show me");
  change->extra = g_strdup ("{\"forwarded\":true}");
  change->sent_time = T0 + 1;
  apply (f, changes);

  changes = changes_new (2);
  change = add_message (changes, "a", "1", T0 + 1, "");
  change->type = LOBBY_MODEL_IMAGE;
  change->revoked = TRUE;
  change->extra = g_strdup ("{\"revoked_at\":\"2026-11-22T10:00:00.000Z\"}");
  apply (f, changes);
  message = lobby_store_get_message (f->store, "1");
  record = lobby_message_get_record (message);
  g_assert_cmpstr (record->content, ==, "");
  g_assert_cmpint (record->media_state, ==, LOBBY_MEDIA_NONE);
  g_assert_null (record->media_url);
  g_assert_null (record->mime_type);
  g_assert_null (record->file_name);
  g_assert_null (record->quoted_text);
  g_assert_cmpint (record->width, ==, 0);
  g_assert_null (strstr (record->extra, "forwarded"));
  g_assert_cmpint (record->sent_time, ==, T0 + 1);
}

/* A page that was read before an event and comes after it brings nothing back. */
static void
test_overtaken_page (Fixture *f, gconstpointer data)
{
  g_autoptr (LobbyMessage) revoked = NULL;
  g_autoptr (LobbyMessage) edited = NULL;
  LobbyChangeSet *changes = changes_new (1);
  LobbyMessageRecord *change;

  add_conversation (changes, "a", T0 + 9, 0, 1);
  add_message (changes, "a", "9", T0 + 9, "newest");
  apply (f, changes);

  changes = changes_new (2);
  change = add_message (changes, "a", "1", T0 + 1, "");
  change->revoked = TRUE;
  change->extra = g_strdup ("{\"revoked_at\":\"2026-11-22T10:00:00.000Z\"}");
  change->updated_at = T0 + 20;
  add_message (changes, "a", "2", T0 + 2, "as it reads now")->updated_at = T0 + 20;
  apply (f, changes);

  changes = changes_new (0);
  changes->page_conversation = g_strdup ("a");
  changes->page_is_last = TRUE;
  change = add_message (changes, "a", "1", T0 + 1, "a secret");
  change->file_name = g_strdup ("secret.jpg");
  change->updated_at = T0 + 19;
  add_message (changes, "a", "2", T0 + 2, "as it was")->updated_at = T0 + 19;
  add_message (changes, "a", "3", T0 + 3, "unknown before")->updated_at = T0 + 19;
  apply (f, changes);
  revoked = lobby_store_get_message (f->store, "1");
  edited = lobby_store_get_message (f->store, "2");
  g_assert_cmpstr (lobby_message_get_content (revoked), ==, "");
  g_assert_null (lobby_message_get_record (revoked)->file_name);
  g_assert_nonnull (strstr (lobby_message_get_record (revoked)->extra, "revoked_at"));
  g_assert_cmpstr (lobby_message_get_content (edited), ==, "as it reads now");
  g_assert_true (lobby_store_is_in_history (f->store, revoked));
  g_assert_true (lobby_store_history_is_whole (f->store, "a"));

  /* One that was read later is the news, and so is every event, even when the server's clock went back. */
  changes = changes_new (0);
  changes->page_conversation = g_strdup ("a");
  add_message (changes, "a", "2", T0 + 2, "from a later page")->updated_at = T0 + 30;
  apply (f, changes);
  g_assert_cmpstr (lobby_message_get_content (edited), ==, "from a later page");
  changes = changes_new (3);
  add_message (changes, "a", "2", T0 + 2, "told")->updated_at = T0 + 10;
  apply (f, changes);
  g_assert_cmpstr (lobby_message_get_content (edited), ==, "told");
}

static void
test_small_things (Fixture *f, gconstpointer data)
{
  g_autoptr (LobbyConversation) conversation = make_conversation (f);
  g_autoptr (GError) error = NULL;
  g_autofree char *value = NULL;

  g_assert_true (lobby_store_set_draft (f->store, conversation, "half a", &error));
  g_assert_cmpstr (lobby_conversation_get_draft (conversation), ==, "half a");
  g_assert_true (lobby_store_set_draft (f->store, conversation, "", &error));
  g_assert_cmpstr (lobby_conversation_get_draft (conversation), ==, NULL);

  g_assert_true (lobby_store_set_setting (f->store, "k", "v", &error));
  value = lobby_store_dup_setting (f->store, "k");
  g_assert_cmpstr (value, ==, "v");
  g_assert_true (lobby_store_set_setting (f->store, "k", NULL, &error));
  g_assert_null (lobby_store_dup_setting (f->store, "k"));

  lobby_store_set_customer_typing (f->store, "a", TRUE);
  g_assert_true (lobby_conversation_get_customer_typing (conversation));
  lobby_store_set_agent_typing (f->store, "a", "Ana");
  g_assert_cmpstr (lobby_conversation_get_typing_agent (conversation), ==, "Ana");
  lobby_store_set_customer_typing (f->store, "unknown", TRUE);
}

static void
test_search (Fixture *f, gconstpointer data)
{
  LobbyChangeSet *changes = changes_new (1);
  const char *const names[] = { "José Núñez", "Anna", "100% Fruit" };
  const struct
  {
    const char *search;
    guint n;
  } cases[] = { { "jose", 1 }, { "NUN", 1 }, { "an", 1 }, { "%", 1 }, { "600", 3 }, { "_", 0 }, { NULL, 3 }, { "zz", 0 } };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);

      add_conversation (changes, id, T0 + i, 0, 1);
      g_set_str (&((LobbyContactRecord *)changes->contacts->pdata[i])->name, names[i]);
    }
  apply (f, changes);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) found = lobby_store_load_conversations (f->store, cases[i].search, 0, NULL, 50);

      g_assert_cmpint (found->len, ==, cases[i].n);
    }
}

static void
test_burst (Fixture *f, gconstpointer data)
{
  LobbyChangeSet *changes = changes_new (1);

  add_conversation (changes, "a", T0, 0, 1);
  for (int i = 0; i < 300; i++)
    {
      g_autofree char *id = g_strdup_printf ("%04d", i);

      add_message (changes, "a", id, T0 + i, id);
    }
  apply (f, changes);
  assert_heard (f, "reset:a c:a ");
}

/* A message may tell of its conversation before the conversation is known. */
static void
test_unknown_conversation (Fixture *f, gconstpointer data)
{
  LobbyChangeSet *changes = changes_new (1);
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) one = NULL;

  add_message (changes, "a", "1", T0, "one");
  add_message (changes, "a", NULL, T0, "nameless");
  apply (f, changes);
  g_assert_null (lobby_store_get_conversation (f->store, "a"));
  none = lobby_store_load_conversations (f->store, NULL, 0, NULL, 50);
  g_assert_cmpint (none->len, ==, 0);

  changes = changes_new (2);
  add_conversation (changes, "a", T0, 1, 1);
  apply (f, changes);
  one = lobby_store_load_conversations (f->store, NULL, 0, NULL, 50);
  g_assert_cmpint (one->len, ==, 1);
  assert_history (f, "a", "one");
}

typedef struct
{
  GMainLoop *loop;
  gboolean resolved;
  guint n_left;
} Waiting;

static DexFuture *
on_applied (DexFuture *future, gpointer data)
{
  Waiting *waiting = data;
  g_autoptr (GError) error = NULL;

  dex_future_get_value (future, &error);
  g_assert_no_error (error);
  if (--waiting->n_left == 0)
    g_main_loop_quit (waiting->loop);
  return dex_future_new_true ();
}

/* Worker and this thread write at the same time; order holds, and files open again with everything. */
static void
test_background (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lobby-store-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "store.sqlite", NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) error = NULL;
  Waiting waiting = { loop, FALSE, 4 };
  Fixture f = { 0 };

  f.store = lobby_store_open (path, &error);
  g_assert_no_error (error);
  listen (&f);
  for (int part = 0; part < 4; part++)
    {
      LobbyChangeSet *changes = changes_new (part + 1);

      add_conversation (changes, "a", T0 + part, 0, part + 1);
      for (int i = 0; i < 500; i++)
        {
          g_autofree char *id = g_strdup_printf ("%d-%04d", part, i);

          add_message (changes, "a", id, T0 + part * 1000 + i, id);
        }
      dex_future_disown (dex_future_finally (lobby_store_apply_in_background (f.store, changes), on_applied, &waiting, NULL));
      if (part == 1)
        {
          changes = changes_new (2);
          add_message (changes, "a", "1-0000", T0 + 1000, "changed");
          apply (&f, changes);
        }
    }
  for (int i = 0; i < 50; i++)
    {
      g_autofree char *key = g_strdup_printf ("k%d", i);

      g_assert_true (lobby_store_set_setting (f.store, key, "v", &error));
    }
  g_main_loop_run (loop);

  g_assert_cmpint (lobby_store_get_seq (f.store, "b"), ==, 4);
  {
    g_autoptr (LobbyMessage) changed = lobby_store_get_message (f.store, "1-0000");
    g_autoptr (GPtrArray) page = lobby_store_load_latest (f.store, "a", 5000);

    g_assert_cmpstr (lobby_message_get_content (changed), ==, "changed");
    g_assert_cmpint (page->len, ==, 2000);
  }
  assert_heard (&f, "reset:a c:a reset:a c:a reset:a c:a reset:a c:a ");

  /* Closing with work under way: what was not written is not there, what is there is whole. */
  {
    LobbyChangeSet *changes = changes_new (5);

    for (int i = 0; i < 5000; i++)
      {
        g_autofree char *id = g_strdup_printf ("9-%04d", i);

        add_message (changes, "a", id, T0 + 9000 + i, id);
      }
    dex_future_disown (lobby_store_apply_in_background (f.store, changes));
  }
  lobby_store_close (f.store);
  g_assert_finalize_object (f.store);
  f.store = lobby_store_open (path, &error);
  g_assert_no_error (error);
  g_assert_cmpint (lobby_store_get_seq (f.store, "b"), >=, 4);
  g_assert_finalize_object (f.store);

  g_string_free (f.heard, TRUE);
  {
    g_autofree char *wal = g_strconcat (path, "-wal", NULL);
    g_autofree char *shm = g_strconcat (path, "-shm", NULL);

    g_unlink (path);
    g_unlink (wal);
    g_unlink (shm);
    g_rmdir (folder);
  }
}

#define ADD(name, function) g_test_add ("/store/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);

  ADD ("apply-twice", test_apply_twice);
  ADD ("identity", test_identity);
  ADD ("status-order", test_status_order);
  ADD ("outbox", test_outbox);
  ADD ("outbox-failure", test_outbox_failure);
  ADD ("pages", test_pages);
  ADD ("keyset", test_keyset);
  ADD ("reset", test_reset);
  ADD ("reading", test_reading);
  ADD ("reactions", test_reactions);
  ADD ("revoked", test_revoked);
  ADD ("overtaken-page", test_overtaken_page);
  ADD ("small-things", test_small_things);
  ADD ("search", test_search);
  ADD ("burst", test_burst);
  ADD ("unknown-conversation", test_unknown_conversation);
  g_test_add_func ("/store/background", test_background);
  return g_test_run ();
}
