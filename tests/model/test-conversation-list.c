/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-conversation-list.h"

/* A shadow that only follows items-changed is held against the list, and the list against a sorted array. */

#define T0 G_GINT64_CONSTANT (1700000000000)
#define N 130

typedef struct
{
  LobbyStore *store;
  LobbyConversationList *list;
  GPtrArray *shadow;
  gint64 activity[N];
  guint n_changes;
  gint64 seq;
} Fixture;

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, Fixture *f)
{
  f->n_changes++;
  g_assert_true (removed > 0 || added > 0);
  for (guint i = 0; i < removed; i++)
    g_ptr_array_remove_index (f->shadow, position);
  for (guint i = 0; i < added; i++)
    g_ptr_array_insert (f->shadow, position + i, g_list_model_get_item (model, position + i));
  g_assert_cmpuint (f->shadow->len, ==, g_list_model_get_n_items (model));
}

static void
put (Fixture *f, guint n, gint64 activity)
{
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();
  LobbyContactRecord *contact = lobby_contact_record_new ();
  LobbyConversationRecord *conversation = lobby_conversation_record_new ();
  g_autoptr (GError) error = NULL;

  contact->id = g_strdup_printf ("k%03u", n);
  contact->name = g_strdup_printf ("%s %u", n % 2 == 0 ? "Even" : "Odd", n);
  g_ptr_array_add (changes->contacts, contact);
  conversation->id = g_strdup_printf ("%03u", n);
  conversation->business_id = g_strdup ("b");
  conversation->contact_id = g_strdup (contact->id);
  conversation->last_activity_at = activity;
  conversation->seq = ++f->seq;
  g_ptr_array_add (changes->conversations, conversation);
  f->activity[n] = activity;
  lobby_store_apply (f->store, changes, &error);
  g_assert_no_error (error);
}

static void
check (Fixture *f, gboolean odd_only)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (f->list)), n_known = 0;

  for (guint i = 0; i < N; i++)
    n_known += f->activity[i] != 0 && (!odd_only || i % 2 == 1);
  g_assert_cmpuint (n, <=, n_known);
  g_assert_cmpint (lobby_conversation_list_get_has_more (f->list), ==, n < n_known);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (LobbyConversation) conversation = g_list_model_get_item (G_LIST_MODEL (f->list), i);
      guint number = g_ascii_strtoull (lobby_conversation_get_id (conversation), NULL, 10), n_before = 0;

      g_assert_true (conversation == f->shadow->pdata[i]);
      for (guint other = 0; other < N; other++)
        if (f->activity[other] != 0 && (!odd_only || other % 2 == 1)
            && (f->activity[other] > f->activity[number] || (f->activity[other] == f->activity[number] && other > number)))
          n_before++;
      g_assert_cmpuint (n_before, ==, i);
    }
}

static void
test_random (void)
{
  Fixture f = { 0 };
  g_autoptr (GError) error = NULL;

  f.store = lobby_store_open (":memory:", &error);
  g_assert_no_error (error);
  f.shadow = g_ptr_array_new_with_free_func (g_object_unref);
  f.list = lobby_conversation_list_new (f.store);
  g_signal_connect (f.list, "items-changed", G_CALLBACK (on_items_changed), &f);
  for (int i = 0; i < 1500; i++)
    {
      put (&f, g_test_rand_int_range (0, N), T0 + g_test_rand_int_range (0, 3000));
      check (&f, FALSE);
      if (i % 97 == 96)
        lobby_conversation_list_load_more (f.list);
      check (&f, FALSE);
    }

  lobby_conversation_list_set_search (f.list, "ODD");
  check (&f, TRUE);
  for (int i = 0; i < 300; i++)
    {
      put (&f, g_test_rand_int_range (0, N), T0 + g_test_rand_int_range (0, 4000));
      check (&f, TRUE);
    }
  lobby_conversation_list_set_search (f.list, NULL);
  check (&f, FALSE);

  g_ptr_array_unref (f.shadow);
  g_assert_finalize_object (f.list);
  lobby_store_close (f.store);
  g_assert_finalize_object (f.store);
}

/* The newest one stays where it is and the same: a row that is bound to it changes in place. */
static void
test_in_place (void)
{
  Fixture f = { 0 };
  g_autoptr (LobbyConversation) first = NULL;
  guint before;

  f.store = lobby_store_open (":memory:", NULL);
  f.shadow = g_ptr_array_new_with_free_func (g_object_unref);
  f.list = lobby_conversation_list_new (f.store);
  g_signal_connect (f.list, "items-changed", G_CALLBACK (on_items_changed), &f);
  for (guint i = 0; i < 10; i++)
    put (&f, i, T0 + i);
  first = g_list_model_get_item (G_LIST_MODEL (f.list), 0);
  before = f.n_changes;
  put (&f, 9, T0 + 100);
  g_assert_cmpuint (f.n_changes, ==, before);
  put (&f, 3, T0 + 200);
  g_assert_cmpuint (f.n_changes, ==, before + 2);
  check (&f, FALSE);

  g_clear_object (&first);
  g_ptr_array_unref (f.shadow);
  g_assert_finalize_object (f.list);
  lobby_store_close (f.store);
  g_assert_finalize_object (f.store);
}

int
main (int argc, char **argv)
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/conversation-list/random", test_random);
  g_test_add_func ("/conversation-list/in-place", test_in_place);
  return g_test_run ();
}
