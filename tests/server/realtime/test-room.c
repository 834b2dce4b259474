/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-room.h"

#include <string.h>

/* A member that notes what it is sent, as the payloads of the frames: "a b c". */
typedef struct
{
  LobbyRoomPlace place;
  GString *log;
  guint n_sends;
} Member;

static void
on_send (gpointer owner,
         GBytes *frames)
{
  Member *member = owner;
  gsize length;
  const guint8 *data = g_bytes_get_data (frames, &length);

  member->n_sends++;
  for (gsize at = 0; at < length;)
    {
      gsize size = data[at + 1], head = 2;

      if (size == 126)
        {
          size = data[at + 2] << 8 | data[at + 3];
          head = 4;
        }
      else if (size == 127)
        {
          size = data[at + 6] << 24 | data[at + 7] << 16 | data[at + 8] << 8 | data[at + 9];
          head = 10;
        }
      g_assert_cmpuint (data[at], ==, 0x81);
      g_assert_cmpuint (data[at + head], ==, '4');
      g_string_append_len (member->log, (const char *)data + at + head + 1, MIN (size - 1, 8));
      g_string_append_c (member->log, ' ');
      at += head + size;
      g_assert_cmpuint (at, <=, length);
    }
}

static void
on_touch (gpointer owner)
{
  g_assert_nonnull (((Member *)owner)->log);
}

static Member *
member_new (void)
{
  Member *member = g_new0 (Member, 1);

  member->log = g_string_new (NULL);
  return member;
}

static void
member_free (Member *member)
{
  g_string_free (member->log, TRUE);
  g_free (member);
}

static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_cork (void)
{
  LobbyFanOut *fan_out = lobby_fan_out_new (on_send, on_touch);
  LobbyRoom *room = lobby_room_new (fan_out);
  Member *a = member_new (), *b = member_new ();

  lobby_room_send (room, "lost", NULL, NULL);
  lobby_room_add (room, &a->place, a);
  lobby_room_send (room, "one", NULL, NULL);
  lobby_room_add (room, &b->place, b);
  lobby_room_send (room, "two", NULL, NULL);
  lobby_room_send (room, "three", NULL, NULL);
  g_assert_cmpuint (a->n_sends, ==, 0);
  settle ();
  g_assert_cmpstr (a->log->str, ==, "one two three ");
  g_assert_cmpstr (b->log->str, ==, "two three ");
  /* The join sealed the first cork; what came after went out in one. */
  g_assert_cmpuint (a->n_sends, ==, 2);
  g_assert_cmpuint (b->n_sends, ==, 1);

  lobby_room_send (room, "four", NULL, NULL);
  lobby_room_remove (&a->place);
  lobby_room_send (room, "five", NULL, NULL);
  settle ();
  g_assert_cmpstr (a->log->str, ==, "one two three ");
  g_assert_cmpstr (b->log->str, ==, "two three four five ");
  g_assert_cmpuint (lobby_room_count (room), ==, 1);
  lobby_room_free (room);
  g_assert_null (b->place.room);
  lobby_fan_out_free (fan_out);
  member_free (a);
  member_free (b);
}

static void
test_exceptions (void)
{
  LobbyFanOut *fan_out = lobby_fan_out_new (on_send, on_touch);
  LobbyRoom *room = lobby_room_new (fan_out);
  Member *a = member_new (), *b = member_new ();

  lobby_room_add (room, &a->place, a);
  lobby_room_add (room, &b->place, b);
  lobby_room_send (room, "1", &a->place, "x1");
  lobby_room_send (room, "2", &b->place, "y2");
  lobby_room_send (room, "3", NULL, NULL);
  lobby_room_send (room, "4", &a->place, "x4");
  lobby_room_send (room, "5", &a->place, "x5");
  settle ();
  g_assert_cmpstr (a->log->str, ==, "x1 2 3 x4 x5 ");
  g_assert_cmpstr (b->log->str, ==, "1 y2 3 4 5 ");
  lobby_room_send (room, "6", &b->place, "y6");
  settle ();
  g_assert_cmpstr (b->log->str, ==, "1 y2 3 4 5 y6 ");
  lobby_room_free (room);
  lobby_fan_out_free (fan_out);
  member_free (a);
  member_free (b);
}

static void
test_big_cork (void)
{
  LobbyFanOut *fan_out = lobby_fan_out_new (on_send, on_touch);
  LobbyRoom *room = lobby_room_new (fan_out);
  Member *a = member_new ();
  g_autofree char *text = g_strnfill (40000, 'x');

  lobby_room_add (room, &a->place, a);
  lobby_room_send (room, text, NULL, NULL);
  g_assert_cmpuint (a->n_sends, ==, 0);
  lobby_room_send (room, text, NULL, NULL);
  g_assert_cmpuint (a->n_sends, ==, 1);
  settle ();
  g_assert_cmpuint (a->n_sends, ==, 1);
  lobby_room_free (room);
  lobby_fan_out_free (fan_out);
  member_free (a);
}

static gboolean
count_turn (gpointer data)
{
  (*(guint *)data)++;
  return G_SOURCE_CONTINUE;
}

static void
test_slices (void)
{
  LobbyFanOut *fan_out = lobby_fan_out_new (on_send, on_touch);
  LobbyRoom *room = lobby_room_new (fan_out);
  g_autoptr (GPtrArray) members = g_ptr_array_new_with_free_func ((GDestroyNotify)member_free);
  guint n_turns = 0, id;

  for (guint i = 0; i < 5000; i++)
    {
      Member *member = member_new ();
      g_ptr_array_add (members, member);
      lobby_room_add (room, &member->place, member);
    }
  lobby_room_send (room, "one", NULL, NULL);
  id = g_timeout_add (0, count_turn, &n_turns);
  while (((Member *)members->pdata[4999])->n_sends == 0)
    g_main_context_iteration (NULL, TRUE);
  /* Others got their turn in between. */
  g_assert_cmpuint (n_turns, >=, 5000 / 512);
  g_source_remove (id);
  for (guint i = 0; i < members->len; i++)
    g_assert_cmpstr (((Member *)members->pdata[i])->log->str, ==, "one ");
  lobby_room_free (room);
  lobby_fan_out_free (fan_out);
}

/* Random joins, leaves, events and turns against what each member must see by definition. */
static void
test_random (void)
{
  enum
  {
    N = 1500
  };
  LobbyFanOut *fan_out = lobby_fan_out_new (on_send, on_touch);
  LobbyRoom *room = lobby_room_new (fan_out);
  Member *members[N];
  GString *expected[N];
  guint n_in = 0, event = 0;

  for (guint i = 0; i < N; i++)
    {
      members[i] = member_new ();
      expected[i] = g_string_new (NULL);
    }
  for (guint step = 0; step < 4000; step++)
    {
      guint i = g_test_rand_int_range (0, N);
      guint what = g_test_rand_int_range (0, 100);

      if (what < 70 && members[i]->place.room == NULL)
        {
          lobby_room_add (room, &members[i]->place, members[i]);
          n_in++;
        }
      else if (what < 75 && members[i]->place.room != NULL)
        {
          /* It may miss what was corked and not yet sent: a prefix is right. */
          lobby_room_remove (&members[i]->place);
          g_assert_true (g_str_has_prefix (expected[i]->str, members[i]->log->str));
          g_string_assign (expected[i], members[i]->log->str);
          n_in--;
        }
      else if (what < 85)
        {
          g_autofree char *text = g_strdup_printf ("%u", event++);
          gboolean except = members[i]->place.room != NULL && g_test_rand_bit ();

          lobby_room_send (room, text, except ? &members[i]->place : NULL, "not");
          for (guint j = 0; j < N; j++)
            {
              if (members[j]->place.room != NULL)
                g_string_append_printf (expected[j], "%s ", except && i == j ? "not" : text);
            }
        }
      else if (what < 97)
        {
          g_main_context_iteration (NULL, FALSE);
        }
      g_assert_cmpuint (lobby_room_count (room), ==, n_in);
    }
  settle ();
  for (guint i = 0; i < N; i++)
    {
      g_assert_cmpstr (members[i]->log->str, ==, expected[i]->str);
      lobby_room_remove (&members[i]->place);
      member_free (members[i]);
      g_string_free (expected[i], TRUE);
    }
  g_assert_cmpuint (lobby_room_count (room), ==, 0);
  lobby_room_free (room);
  lobby_fan_out_free (fan_out);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/room/cork", test_cork);
  g_test_add_func ("/room/exceptions", test_exceptions);
  g_test_add_func ("/room/big-cork", test_big_cork);
  g_test_add_func ("/room/slices", test_slices);
  g_test_add_func ("/room/random", test_random);
  return g_test_run ();
}
