/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "lobby-clock.h"
#include "lobby-message-window.h"

/*
 * A random oracle: thousands of edits through the real store, and after each the window is held against a plain sorted array that
 * was edited by hand, and against a shadow list that only follows items-changed.
 */

#define DAY G_GINT64_CONSTANT (86400000)
#define T0 G_GINT64_CONSTANT (1700000000000)

typedef struct
{
  char *name; /* content: unique */
  char *id;   /* "" while pending */
  gint64 at;
  gboolean outbound;
  gboolean system;
} Truth;

typedef struct
{
  LobbyStore *store;
  LobbyConversation *conversation;
  LobbyMessageWindow *window;
  GPtrArray *truth; /* of Truth, in order: all that the store has */
  gint64 bound_at;  /* what is before is not shown */
  char *bound_id;
  gint64 oldest_at;  /* pages come from before this */
  GPtrArray *shadow; /* of GObject */
  guint n_changes;
  GRand *rand;
  guint serial;
  gint64 seq;
  gint64 unread_from;
} Fixture;

static void
truth_free (gpointer data)
{
  Truth *truth = data;

  g_free (truth->name);
  g_free (truth->id);
  g_free (truth);
}

static int
compare_keys (gint64 a_at, const char *a_id, gint64 b_at, const char *b_id)
{
  return a_at != b_at ? (a_at < b_at ? -1 : 1) : strcmp (a_id, b_id);
}

static int
compare_truth (gconstpointer a, gconstpointer b)
{
  const Truth *first = *(Truth *const *)a;
  const Truth *second = *(Truth *const *)b;

  return compare_keys (first->at, first->id, second->at, second->id);
}

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, Fixture *f)
{
  guint before = f->shadow->len;

  f->n_changes++;
  g_assert_cmpuint (position + removed, <=, before);
  g_assert_true (removed > 0 || added > 0);
  /* Never everything at once, and never the tail. */
  g_assert_false (position == 0 && removed == added);
  g_assert_true (before == 0 || position + removed < before);
  for (guint i = 0; i < removed; i++)
    g_ptr_array_remove_index (f->shadow, position);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (f->shadow, position + i, g_list_model_get_item (model, position + i));
  g_assert_cmpuint (f->shadow->len, ==, g_list_model_get_n_items (model));
}

static gboolean
is_shown (Fixture *f, const Truth *truth)
{
  return compare_keys (truth->at, truth->id, f->bound_at, f->bound_id) >= 0;
}

static gint64
day_of (gint64 at)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (at / 1000);

  return g_date_time_get_year (time) * 1000 + g_date_time_get_day_of_year (time);
}

static gint64
row_of (Fixture *f, const Truth *truth)
{
  g_autoptr (GPtrArray) page = lobby_store_load_latest (f->store, "a", 100000);

  for (guint i = 0; i < page->len; i++)
    if (g_str_equal (lobby_message_get_content (page->pdata[i]), truth->name))
      return lobby_message_get_row_id (page->pdata[i]);
  return 0;
}

static gboolean
together (Fixture *f, const Truth *a, const Truth *b, gint64 row_of_b)
{
  return a != NULL && b != NULL && !a->system && !b->system && a->outbound == b->outbound && b->at - a->at < 5 * 60 * 1000
         && day_of (a->at) == day_of (b->at) && row_of_b != f->unread_from;
}

static void
check (Fixture *f)
{
  GListModel *model = G_LIST_MODEL (f->window);
  const guint n = g_list_model_get_n_items (model) - 1;
  g_autoptr (GPtrArray) shown = g_ptr_array_new ();
  g_autoptr (GObject) tail = g_list_model_get_item (model, n);
  gboolean at_newest, at_oldest;
  guint newer_count, first = 0;

  g_assert_true (LOBBY_IS_TIMELINE_TAIL (tail));
  g_assert_cmpuint (f->shadow->len, ==, n + 1);
  for (guint i = 0; i <= n; i++)
    {
      g_autoptr (GObject) item = g_list_model_get_item (model, i);

      g_assert_true (item == f->shadow->pdata[i]);
    }

  g_ptr_array_sort (f->truth, compare_truth);
  for (guint i = 0; i < f->truth->len; i++)
    if (is_shown (f, f->truth->pdata[i]))
      g_ptr_array_add (shown, f->truth->pdata[i]);
  g_object_get (f->window, "at-newest", &at_newest, "at-oldest", &at_oldest, "newer-count", &newer_count, NULL);

  if (n == 0)
    {
      g_assert_cmpuint (shown->len, ==, 0);
      g_assert_true (at_newest && at_oldest);
      g_assert_cmpuint (newer_count, ==, 0);
      return;
    }
  while (first < shown->len && !g_str_equal (((Truth *)shown->pdata[first])->name, lobby_message_get_content (f->shadow->pdata[0])))
    first++;
  g_assert_cmpuint (first + n, <=, shown->len);
  for (guint i = 0; i < n; i++)
    {
      LobbyMessage *message = f->shadow->pdata[i];
      const Truth *truth = shown->pdata[first + i];
      const Truth *previous = first + i > 0 ? shown->pdata[first + i - 1] : NULL;
      const Truth *next = first + i + 1 < shown->len ? shown->pdata[first + i + 1] : NULL;
      gint64 next_row = i + 1 < n ? lobby_message_get_row_id (f->shadow->pdata[i + 1]) : -1;

      g_assert_cmpstr (lobby_message_get_content (message), ==, truth->name);
      g_assert_cmpint (lobby_message_get_sent_at (message), ==, truth->at);
      g_assert_cmpint (lobby_message_get_day_start (message), ==, previous == NULL || day_of (previous->at) != day_of (truth->at));
      g_assert_cmpint (lobby_message_get_unread_start (message), ==, lobby_message_get_row_id (message) == f->unread_from);
      g_assert_cmpint (lobby_message_get_group_start (message), ==, !together (f, previous, truth, lobby_message_get_row_id (message)));
      if (next_row == -1 && next != NULL)
        next_row = row_of (f, next);
      g_assert_cmpint (lobby_message_get_group_end (message), ==, !together (f, truth, next, next_row));
      g_assert_cmpint (lobby_message_window_find (f->window, lobby_message_get_row_id (message)), ==, i);
    }
  g_assert_cmpint (at_oldest, ==, first == 0);
  g_assert_cmpint (at_newest, ==, first + n == shown->len);
  g_assert_cmpuint (newer_count, ==, shown->len - first - n);
  g_assert_cmpint (at_newest, ==, lobby_message_window_get_at_newest (f->window));
  g_assert_cmpint (at_oldest, ==, lobby_message_window_get_at_oldest (f->window));
}

/* Edits */

static Truth *
new_truth (Fixture *f, gint64 at)
{
  Truth *truth = g_new0 (Truth, 1);

  f->serial++;
  truth->name = g_strdup_printf ("m%u", f->serial);
  /* Not in the order of arrival, so that ties are settled by the id. */
  truth->id = g_strdup_printf ("%08x-%u", g_rand_int (f->rand), f->serial);
  truth->at = at;
  truth->outbound = g_rand_int_range (f->rand, 0, 3) == 0;
  truth->system = g_rand_int_range (f->rand, 0, 20) == 0;
  return truth;
}

static LobbyMessageRecord *
record_of (const Truth *truth)
{
  LobbyMessageRecord *record = lobby_message_record_new ();

  record->id = truth->id[0] != '\0' ? g_strdup (truth->id) : NULL;
  record->conversation_id = g_strdup ("a");
  record->outbound = truth->outbound;
  record->type = truth->system ? LOBBY_MODEL_SYSTEM : LOBBY_MODEL_TEXT;
  record->content = g_strdup (truth->name);
  record->sent_at = truth->at;
  return record;
}

static void
apply (Fixture *f, LobbyChangeSet *changes)
{
  g_autoptr (GError) error = NULL;

  lobby_store_apply (f->store, changes, &error);
  g_assert_no_error (error);
  lobby_change_set_free (changes);
}

static LobbyChangeSet *
new_changes (Fixture *f)
{
  LobbyChangeSet *changes = lobby_change_set_new ();

  changes->business_id = g_strdup ("b");
  changes->seq = ++f->seq;
  return changes;
}

static gint64
newest_at (Fixture *f)
{
  return f->truth->len > 0 ? ((Truth *)f->truth->pdata[f->truth->len - 1])->at : T0;
}

static void
add_live (Fixture *f, guint n, gint64 from, gint64 to)
{
  LobbyChangeSet *changes = new_changes (f);

  for (guint i = 0; i < n; i++)
    {
      /* Whole seconds, as WhatsApp has them: ties are common. */
      Truth *truth = new_truth (f, (from + (gint64)(g_rand_double (f->rand) * (to - from))) / 1000 * 1000);

      g_ptr_array_add (f->truth, truth);
      g_ptr_array_add (changes->messages, record_of (truth));
    }
  apply (f, changes);
}

static void
add_page (Fixture *f)
{
  LobbyChangeSet *changes = lobby_change_set_new ();
  guint n = g_rand_int_range (f->rand, 0, 60);
  g_autofree char *id = NULL;
  gint64 at;

  if (!lobby_store_get_oldest (f->store, "a", &at, &id))
    {
      lobby_change_set_free (changes);
      return;
    }
  changes->page_conversation = g_strdup ("a");
  changes->page_before = g_strdup (id);
  f->oldest_at = MIN (f->oldest_at, at);
  for (guint i = 0; i < n; i++)
    {
      Truth *truth;

      if (g_rand_boolean (f->rand))
        f->oldest_at -= g_rand_int_range (f->rand, 0, 400) * 1000;
      truth = new_truth (f, f->oldest_at);
      if (compare_keys (truth->at, truth->id, f->bound_at, f->bound_id) >= 0)
        {
          f->oldest_at -= 1000;
          truth->at -= 1000;
        }
      g_ptr_array_add (f->truth, truth);
      g_ptr_array_add (changes->messages, record_of (truth));
    }
  apply (f, changes);
  g_ptr_array_sort (f->truth, compare_truth);
  if (n > 0)
    {
      /* The page reaches down to its own first, which may lie above late ones that are known below it. */
      g_autoptr (GPtrArray) page = NULL;
      gint64 bound_at;
      g_autofree char *bound_id = NULL;

      g_assert_true (lobby_store_get_oldest (f->store, "a", &bound_at, &bound_id));
      g_assert_cmpint (compare_keys (bound_at, bound_id, f->bound_at, f->bound_id), <, 0);
      f->bound_at = bound_at;
      g_set_str (&f->bound_id, bound_id);
    }
}

static void
queue (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyMessage) message = NULL;
  Truth *truth = new_truth (f, 0);

  g_set_str (&truth->id, "");
  truth->outbound = TRUE;
  truth->system = FALSE;
  message = lobby_store_queue_text (f->store, f->conversation, truth->name, truth->name, NULL, &error);
  g_assert_no_error (error);
  truth->at = lobby_message_get_sent_at (message);
  g_assert_cmpint (truth->at, >, newest_at (f));
  g_ptr_array_add (f->truth, truth);
}

static Truth *
pick (Fixture *f, gboolean pending)
{
  g_autoptr (GPtrArray) choice = g_ptr_array_new ();

  for (guint i = 0; i < f->truth->len; i++)
    {
      Truth *truth = f->truth->pdata[i];

      if (is_shown (f, truth) && (truth->id[0] == '\0') == pending)
        g_ptr_array_add (choice, truth);
    }
  return choice->len > 0 ? choice->pdata[g_rand_int_range (f->rand, 0, choice->len)] : NULL;
}

/* The server's copy of a pending one, with the server's clock. */
static void
adopt (Fixture *f)
{
  Truth *truth = pick (f, TRUE);
  LobbyChangeSet *changes;
  LobbyMessageRecord *record;

  if (truth == NULL)
    return;
  g_free (truth->id);
  truth->id = g_strdup_printf ("%08x-%s", g_rand_int (f->rand), truth->name);
  truth->at = MAX (f->bound_at + 1000, truth->at + g_rand_int_range (f->rand, -200, 20) * 1000);
  changes = new_changes (f);
  record = record_of (truth);
  record->client_id = g_strdup (truth->name);
  g_ptr_array_add (changes->messages, record);
  apply (f, changes);
}

static void
move (Fixture *f)
{
  Truth *truth = pick (f, FALSE);
  LobbyChangeSet *changes;

  if (truth == NULL || (truth->at == f->bound_at && g_str_equal (truth->id, f->bound_id)))
    return;
  truth->at = f->bound_at + 1000 + (gint64)(g_rand_double (f->rand) * (newest_at (f) - f->bound_at + 100000)) / 1000 * 1000;
  changes = new_changes (f);
  g_ptr_array_add (changes->messages, record_of (truth));
  apply (f, changes);
}

static void
discard (Fixture *f)
{
  Truth *truth = pick (f, g_rand_boolean (f->rand));
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyMessage) message = NULL;

  if (truth == NULL)
    return;
  message = lobby_store_get_message_by_row (f->store, row_of (f, truth));
  g_assert_true (lobby_store_discard (f->store, message, &error));
  g_ptr_array_remove (f->truth, truth);
}

static void
change_status (Fixture *f)
{
  Truth *truth = pick (f, FALSE);
  LobbyChangeSet *changes;
  LobbyStatusRecord *status;
  guint n_changes = f->n_changes;

  if (truth == NULL)
    return;
  changes = new_changes (f);
  status = g_new0 (LobbyStatusRecord, 1);
  status->message_id = g_strdup (truth->id);
  status->status = g_rand_int_range (f->rand, 0, 5);
  status->at = T0;
  g_ptr_array_add (changes->statuses, status);
  apply (f, changes);
  g_assert_cmpuint (f->n_changes, ==, n_changes);
}

/* sync:reset: the next message is the beginning of what is known. */
static void
reset (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  Truth *last;

  g_assert_true (lobby_store_begin_reset (f->store, "b", &error));
  check (f);
  add_live (f, 1, newest_at (f) + 1000, newest_at (f) + 5000);
  last = f->truth->pdata[f->truth->len - 1];
  f->bound_at = last->at;
  g_set_str (&f->bound_id, last->id);
  f->oldest_at = last->at;
}

static void
open_somewhere (Fixture *f)
{
  Truth *truth = pick (f, FALSE);
  gint64 row = truth != NULL ? row_of (f, truth) : 0;
  guint count = g_rand_int_range (f->rand, 1, 100);

  if (truth == NULL)
    return;
  g_assert_true (lobby_message_window_open_around (f->window, row, count));
  g_assert_cmpint (lobby_message_window_find (f->window, row), >=, 0);
  g_assert_false (lobby_message_window_open_around (f->window, 1 << 30, count));
}

static void
mark_unread (Fixture *f)
{
  Truth *truth = pick (f, FALSE);

  f->unread_from = truth != NULL && g_rand_boolean (f->rand) ? row_of (f, truth) : 0;
  lobby_message_window_set_unread_from (f->window, f->unread_from);
}

static void
extend (Fixture *f)
{
  gboolean older = g_rand_boolean (f->rand);
  guint count = g_rand_int_range (f->rand, 1, 60);
  guint before = f->shadow->len, n_changes = f->n_changes;
  guint n = older ? lobby_message_window_extend_older (f->window, count) : lobby_message_window_extend_newer (f->window, count);

  g_assert_cmpuint (n, <=, count);
  g_assert_cmpuint (f->shadow->len, ==, before + n);
  g_assert_cmpuint (f->n_changes, ==, n_changes + (n > 0 ? 1 : 0));
  check (f);
  lobby_message_window_trim (f->window, LOBBY_MESSAGE_WINDOW_MAX, !older);
  g_assert_cmpuint (f->shadow->len, <=, LOBBY_MESSAGE_WINDOW_MAX + 1);
}

static void
step (Fixture *f)
{
  gboolean at_newest = lobby_message_window_get_at_newest (f->window);
  guint kind = g_rand_int_range (f->rand, 0, 100);

  if (kind < 20)
    {
      add_live (f, 1, newest_at (f) + 1000, newest_at (f) + g_rand_int_range (f->rand, 2, 900) * 1000);
      g_assert_cmpint (lobby_message_window_get_at_newest (f->window), ==, at_newest);
    }
  else if (kind < 28)
    add_live (f, g_rand_int_range (f->rand, 1, 5), f->bound_at + 1000, newest_at (f) + 1000);
  else if (kind < 30)
    add_live (f, 1, f->bound_at - DAY, f->bound_at - 1000);
  else if (kind < 38)
    queue (f);
  else if (kind < 46)
    adopt (f);
  else if (kind < 50)
    move (f);
  else if (kind < 56)
    discard (f);
  else if (kind < 60)
    change_status (f);
  else if (kind < 68)
    add_page (f);
  else if (kind < 84)
    extend (f);
  else if (kind < 88)
    lobby_message_window_trim (f->window, g_rand_int_range (f->rand, LOBBY_MESSAGE_WINDOW_MAX / 2, LOBBY_MESSAGE_WINDOW_MAX + 1), g_rand_boolean (f->rand));
  else if (kind < 91)
    lobby_message_window_open_latest (f->window, g_rand_int_range (f->rand, 1, 80));
  else if (kind < 95)
    open_somewhere (f);
  else if (kind < 98)
    mark_unread (f);
  else if (kind < 99)
    add_live (f, 230, newest_at (f) + 1000, newest_at (f) + DAY);
  else
    reset (f);
}

static void
begin (Fixture *f, guint32 seed)
{
  g_autoptr (GError) error = NULL;
  LobbyChangeSet *changes;
  LobbyContactRecord *contact = lobby_contact_record_new ();
  LobbyConversationRecord *conversation = lobby_conversation_record_new ();

  *f = (Fixture){ 0 };
  f->rand = g_rand_new_with_seed (seed);
  f->store = lobby_store_open (":memory:", &error);
  g_assert_no_error (error);
  f->truth = g_ptr_array_new_with_free_func (truth_free);
  f->shadow = g_ptr_array_new_with_free_func (g_object_unref);
  f->bound_id = g_strdup ("");
  changes = new_changes (f);
  contact->id = g_strdup ("k");
  g_ptr_array_add (changes->contacts, contact);
  conversation->id = g_strdup ("a");
  conversation->business_id = g_strdup ("b");
  conversation->contact_id = g_strdup ("k");
  g_ptr_array_add (changes->conversations, conversation);
  apply (f, changes);
  f->conversation = lobby_store_get_conversation (f->store, "a");
  f->window = lobby_message_window_new (f->store, f->conversation);
  g_ptr_array_add (f->shadow, g_list_model_get_item (G_LIST_MODEL (f->window), 0));
  g_signal_connect (f->window, "items-changed", G_CALLBACK (on_items_changed), f);
  lobby_message_window_open_latest (f->window, 50);
  check (f);
}

static void
end (Fixture *f)
{
  g_ptr_array_unref (f->shadow);
  g_assert_finalize_object (f->window);
  g_assert_finalize_object (f->conversation);
  lobby_store_close (f->store);
  g_assert_finalize_object (f->store);
  g_ptr_array_unref (f->truth);
  g_rand_free (f->rand);
  g_free (f->bound_id);
}

static void
start_history (Fixture *f)
{
  Truth *first;

  add_live (f, 1, T0, T0 + 1000);
  first = f->truth->pdata[0];
  f->bound_at = f->oldest_at = first->at;
  g_set_str (&f->bound_id, first->id);
  check (f);
}

static void
test_random (void)
{
  const char *seed_text = g_getenv ("LOBBY_TEST_SEED");
  const guint n_rounds = 5, n_steps = 600;

  for (guint round = 0; round < n_rounds; round++)
    {
      guint32 seed = seed_text ? strtoul (seed_text, NULL, 10) + round : (guint32)g_test_rand_int ();
      Fixture f;

      g_test_message ("seed %u", seed);
      begin (&f, seed);
      start_history (&f);
      for (guint i = 0; i < n_steps; i++)
        {
          step (&f);
          check (&f);
        }
      end (&f);
    }
}

/* A message at the end of the run is one insertion before the tail; the rest is not touched. */
static void
test_append (void)
{
  Fixture f;

  begin (&f, 1);
  start_history (&f);
  for (int i = 0; i < 300; i++)
    {
      guint before = f.n_changes;

      add_live (&f, 1, newest_at (&f) + 1000, newest_at (&f) + 2000);
      g_assert_cmpuint (f.n_changes, ==, before + 1);
    }
  check (&f);
  lobby_message_window_trim (f.window, LOBBY_MESSAGE_WINDOW_MAX, TRUE);
  g_assert_cmpuint (f.shadow->len, ==, LOBBY_MESSAGE_WINDOW_MAX + 1);
  check (&f);
  end (&f);
}

static void
test_typing (void)
{
  Fixture f;
  gboolean typing;

  begin (&f, 2);
  lobby_store_set_customer_typing (f.store, "a", TRUE);
  g_object_get (f.shadow->pdata[0], "typing", &typing, NULL);
  g_assert_true (typing);
  end (&f);
}

int
main (int argc, char **argv)
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/message-window/random", test_random);
  g_test_add_func ("/message-window/append", test_append);
  g_test_add_func ("/message-window/typing", test_typing);
  return g_test_run ();
}
