/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-due-list.h"

typedef struct
{
  LobbyDue due;
  GString *log;
  char name;
} Entry;

static void
on_due (gpointer owner,
        gpointer data)
{
  Entry *entry = owner;

  g_string_append_c (entry->log, entry->name);
}

static void
wait_for (GString *log,
          gsize length)
{
  while (log->len < length)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_order (void)
{
  LobbyDueList *list = lobby_due_list_new (5, on_due, NULL);
  g_autoptr (GString) log = g_string_new (NULL);
  Entry entries[4] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' }, { .name = 'd' } };

  for (guint i = 0; i < G_N_ELEMENTS (entries); i++)
    {
      entries[i].log = log;
      lobby_due_list_push (list, &entries[i].due, &entries[i]);
    }
  /* Pushing again moves to the end; a cancelled one never comes. */
  lobby_due_list_push (list, &entries[0].due, &entries[0]);
  lobby_due_cancel (&entries[2].due);
  lobby_due_cancel (&entries[2].due);
  wait_for (log, 3);
  g_assert_cmpstr (log->str, ==, "bda");
  lobby_due_list_free (list);
}

static void
on_due_push_again (gpointer owner,
                   gpointer data)
{
  Entry *entry = owner;

  on_due (owner, data);
  if (entry->log->len < 3)
    lobby_due_list_push (*(LobbyDueList **)data, &entry->due, entry);
}

static void
test_again (void)
{
  LobbyDueList *list = NULL;
  g_autoptr (GString) log = g_string_new (NULL);
  Entry entry = { .name = 'x', .log = log };
  gint64 start = g_get_monotonic_time ();

  list = lobby_due_list_new (2, on_due_push_again, &list);
  lobby_due_list_push (list, &entry.due, &entry);
  wait_for (log, 3);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 6000);
  g_assert_null (entry.due.list);
  lobby_due_list_free (list);
}

static void
test_free (void)
{
  LobbyDueList *list = lobby_due_list_new (1, on_due, NULL);
  g_autoptr (GString) log = g_string_new (NULL);
  Entry entry = { .name = 'x', .log = log };

  lobby_due_list_push (list, &entry.due, &entry);
  lobby_due_list_free (list);
  g_assert_null (entry.due.list);
  lobby_due_cancel (&entry.due);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/due-list/order", test_order);
  g_test_add_func ("/due-list/again", test_again);
  g_test_add_func ("/due-list/free", test_free);
  return g_test_run ();
}
