/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <adwaita.h>
#include <libdex.h>
#include <math.h>

#include "lobby-bubble-private.h"
#include "lobby-desktop-resources.h"
#include "lobby-message-row.h"
#include "lobby-timeline-private.h"

/*
 * The rules of the timeline (the head of lobby-timeline-scroll.c) held against the real widget, frame by frame: a test acts between
 * frames and looks after each was drawn. No clock is waited for but the frame clock.
 */

#define T0 G_GINT64_CONSTANT (1700000000000)

/* Frames after which something that does not happen counts as never happening. */
#define FOREVER 4000

typedef struct
{
  GtkWidget *window;
  LobbyTimeline *timeline;
  LobbyStore *store;
  gint64 seq;
  gint64 newest; /* sent_at of the last message added */
  guint serial;
  guint frames;
  guint wanted_frames;
  GMainLoop *loop;
  /* A server with history that the store does not have yet. */
  GObject *server;
  guint server_left;
  gint64 server_oldest;
  guint n_asked;
} Fixture;

static void
on_items_changed (GListModel *model, guint position, guint removed, guint added, gpointer data)
{
  g_assert_false (position == 0 && removed == added);
}

static void
on_after_paint (GdkFrameClock *clock, Fixture *f)
{
  f->frames++;
  if (--f->wanted_frames == 0)
    g_main_loop_quit (f->loop);
}

static gboolean
keep_ticking (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
wait_frames (Fixture *f, guint n)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (f->window);
  gulong handler = g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), f);
  guint tick = gtk_widget_add_tick_callback (f->window, keep_ticking, NULL, NULL);

  f->wanted_frames = n;
  g_main_loop_run (f->loop);
  gtk_widget_remove_tick_callback (f->window, tick);
  g_signal_handler_disconnect (clock, handler);
}

static double
gap (Fixture *f)
{
  GtkAdjustment *adjustment = f->timeline->adjustment;

  return gtk_adjustment_get_upper (adjustment) - gtk_adjustment_get_page_size (adjustment) - gtk_adjustment_get_value (adjustment);
}

static guint
n_messages (Fixture *f)
{
  return g_list_model_get_n_items (G_LIST_MODEL (f->timeline->window)) - 1;
}

static gboolean
is_at_rest (Fixture *f)
{
  return f->timeline->tick == 0 && f->timeline->rest_source == 0 && !f->timeline->loading_older;
}

static void
wait_for_rest (Fixture *f)
{
  guint n = 0;

  do
    wait_frames (f, 1);
  while (!is_at_rest (f) && n++ < FOREVER);
  g_assert_cmpuint (n, <, FOREVER);
}

static char *
words (Fixture *f, guint n)
{
  g_autoptr (GString) text = g_string_new (NULL);

  /* Rows of many heights. */
  g_string_append_printf (text, "Message %u", n);
  for (guint i = 0; i < n * 7919 % 5 * (n % 3); i++)
    g_string_append (text, " and some more of it, so that the line has to break somewhere");
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static LobbyMessageRecord *
new_record (Fixture *f, const char *conversation, gint64 at)
{
  LobbyMessageRecord *record = lobby_message_record_new ();

  f->serial++;
  record->id = g_strdup_printf ("%s-%013" G_GINT64_FORMAT "-%07u", conversation, at, f->serial);
  record->conversation_id = g_strdup (conversation);
  record->content = words (f, f->serial);
  record->sent_at = at;
  record->outbound = f->serial % 3 == 0;
  record->status = record->outbound ? LOBBY_MODEL_STATUS_DELIVERED : LOBBY_MODEL_STATUS_PENDING;
  if (f->serial % 11 == 0)
    {
      record->type = LOBBY_MODEL_IMAGE;
      record->width = 800;
      record->height = 600;
      record->media_state = LOBBY_MEDIA_PENDING;
    }
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

static void
add_messages (Fixture *f, const char *conversation, guint n)
{
  LobbyChangeSet *changes = lobby_change_set_new ();

  changes->business_id = g_strdup ("b");
  changes->seq = ++f->seq;
  for (guint i = 0; i < n; i++)
    {
      f->newest += 40000;
      g_ptr_array_add (changes->messages, new_record (f, conversation, f->newest));
    }
  apply (f, changes);
}

/* A page of the history that only the server has. */
static DexFuture *
load_older (gpointer data, LobbyConversation *conversation)
{
  Fixture *f = g_object_get_data (data, "fixture");
  LobbyChangeSet *changes = lobby_change_set_new ();
  guint n = MIN (50, f->server_left);

  f->n_asked++;
  f->server_left -= n;
  changes->page_conversation = g_strdup (lobby_conversation_get_id (conversation));
  changes->page_is_last = f->server_left == 0;
  for (guint i = 0; i < n; i++)
    {
      f->server_oldest -= 40000;
      g_ptr_array_add (changes->messages, new_record (f, changes->page_conversation, f->server_oldest));
    }
  apply (f, changes);
  return dex_future_new_for_boolean (n > 0);
}

static const LobbyTimelineBackend backend = { .load_older = load_older };

static void
open_conversation (Fixture *f, const char *id)
{
  g_autoptr (LobbyConversation) conversation = lobby_store_get_conversation (f->store, id);

  lobby_timeline_open (f->timeline, &backend, f->server, f->store, conversation);
  g_signal_connect (f->timeline->window, "items-changed", G_CALLBACK (on_items_changed), f);
}

static void
add_conversation (Fixture *f, const char *id, guint n, int unread)
{
  LobbyChangeSet *changes = lobby_change_set_new ();
  LobbyContactRecord *contact = lobby_contact_record_new ();
  LobbyConversationRecord *conversation = lobby_conversation_record_new ();

  contact->id = g_strconcat ("k", id, NULL);
  contact->name = g_strdup ("Ana");
  g_ptr_array_add (changes->contacts, contact);
  conversation->id = g_strdup (id);
  conversation->business_id = g_strdup ("b");
  conversation->contact_id = g_strdup (contact->id);
  conversation->unread_count = unread;
  g_ptr_array_add (changes->conversations, conversation);
  apply (f, changes);
  if (n > 0)
    add_messages (f, id, n);
}

static void
begin (Fixture *f, guint n_messages_of_a)
{
  g_autoptr (GError) error = NULL;

  *f = (Fixture){ .newest = T0, .server_oldest = T0, .loop = g_main_loop_new (NULL, FALSE) };
  f->store = lobby_store_open (":memory:", &error);
  g_assert_no_error (error);
  add_conversation (f, "a", n_messages_of_a, 0);
  f->window = adw_window_new ();
  f->server = g_object_new (G_TYPE_OBJECT, NULL);
  g_object_set_data (f->server, "fixture", f);
  gtk_window_set_default_size (GTK_WINDOW (f->window), 640, 700);
  f->timeline = LOBBY_TIMELINE (lobby_timeline_new ());
  adw_window_set_content (ADW_WINDOW (f->window), GTK_WIDGET (f->timeline));
  open_conversation (f, "a");
  gtk_window_present (GTK_WINDOW (f->window));
}

static void
end (Fixture *f)
{
  gtk_window_destroy (GTK_WINDOW (f->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  lobby_store_close (f->store);
  g_assert_finalize_object (f->store);
  g_assert_finalize_object (f->server);
  g_main_loop_unref (f->loop);
}

static gint64
row_id_at (Fixture *f, guint position)
{
  g_autoptr (LobbyMessage) message = g_list_model_get_item (G_LIST_MODEL (f->timeline->window), position);

  return lobby_message_get_row_id (message);
}

static double
y_of (Fixture *f, gint64 row_id)
{
  GtkWidget *row = lobby_timeline_find_row (f->timeline, row_id);
  graphene_rect_t bounds;

  g_assert_nonnull (row);
  g_assert_true (gtk_widget_get_mapped (row));
  /* The bubble, not the row: a day or divider above it may come and go. */
  g_assert_true (gtk_widget_compute_bounds (gtk_widget_get_first_child (row), GTK_WIDGET (f->timeline), &bounds));
  return bounds.origin.y;
}

static gboolean
says (GtkWidget *widget, const char *words)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) && g_str_equal (gtk_label_get_text (GTK_LABEL (widget)), words))
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    if (says (child, words))
      return TRUE;
  return FALSE;
}

/* A message whose bubble begins inside the view. */
static gint64
find_visible (Fixture *f)
{
  for (guint i = 0; i < n_messages (f); i++)
    {
      gint64 row_id = row_id_at (f, i);

      if (lobby_timeline_find_row (f->timeline, row_id) != NULL && gtk_widget_get_mapped (lobby_timeline_find_row (f->timeline, row_id)) && y_of (f, row_id) > 100 && y_of (f, row_id) < 500)
        return row_id;
    }
  g_assert_not_reached ();
}

static void
scroll_by (Fixture *f, double distance)
{
  gtk_adjustment_set_value (f->timeline->adjustment, gtk_adjustment_get_value (f->timeline->adjustment) + distance);
}

static void
assert_at_end (Fixture *f)
{
  g_assert_cmpfloat (fabs (gap (f)), <=, 1);
  g_assert_true (lobby_timeline_get_at_newest (f->timeline));
}

/* Rules */

static void
test_first_frame (void)
{
  Fixture f;

  begin (&f, 200);
  wait_frames (&f, 1);
  assert_at_end (&f);
  /* One screen first; at rest as much more as lies within a view above, and not many rows besides. */
  g_assert_cmpuint (n_messages (&f), <=, 16 + 10);
  wait_for_rest (&f);
  assert_at_end (&f);
  g_assert_cmpfloat (gtk_adjustment_get_value (f.timeline->adjustment), >=, gtk_adjustment_get_page_size (f.timeline->adjustment));
  g_assert_cmpuint (n_messages (&f), <, 16 + 50);
  end (&f);
}

static void
test_switch (void)
{
  Fixture f;

  begin (&f, 300);
  add_conversation (&f, "c", 80, 0);
  add_conversation (&f, "empty", 0, 0);
  wait_for_rest (&f);
  scroll_by (&f, -900);
  wait_frames (&f, 2);
  for (int i = 0; i < 4; i++)
    {
      open_conversation (&f, i % 2 == 0 ? "c" : "a");
      wait_frames (&f, 1);
      assert_at_end (&f);
      g_assert_cmpfloat (y_of (&f, row_id_at (&f, n_messages (&f) - 1)), <, 700);
      wait_for_rest (&f);
      assert_at_end (&f);
    }
  open_conversation (&f, "empty");
  wait_for_rest (&f);
  g_assert_cmpuint (n_messages (&f), ==, 0);
  lobby_timeline_open (f.timeline, NULL, NULL, NULL, NULL);
  wait_frames (&f, 3);
  end (&f);
}

static void
test_stuck (void)
{
  Fixture f;

  begin (&f, 30);
  wait_for_rest (&f);
  for (guint added = 0; added < 500;)
    {
      guint n = 1 + added % 3;

      add_messages (&f, "a", n);
      added += n;
      wait_frames (&f, 1);
      assert_at_end (&f);
      g_assert_cmpuint (n_messages (&f), <=, LOBBY_MESSAGE_WINDOW_MAX);
    }
  wait_for_rest (&f);
  assert_at_end (&f);

  /* Rows grow: failures get words and buttons. */
  for (guint i = 0; i < 10; i++)
    {
      LobbyChangeSet *changes = lobby_change_set_new ();
      LobbyMessageRecord *record;
      g_autoptr (LobbyMessage) message = g_list_model_get_item (G_LIST_MODEL (f.timeline->window), n_messages (&f) - 1 - i);

      record = lobby_message_record_copy (lobby_message_get_record (message));
      g_free (record->content);
      record->content = g_strdup ("Something\nmuch\nlonger\nthan\nbefore");
      g_ptr_array_add (changes->messages, record);
      apply (&f, changes);
      wait_frames (&f, 1);
      assert_at_end (&f);
    }

  /* The window changes its size. */
  for (int width = 640; width >= 400; width -= 60)
    {
      gtk_window_set_default_size (GTK_WINDOW (f.window), width, 700 + (640 - width) / 4);
      wait_frames (&f, 6);
      assert_at_end (&f);
    }
  lobby_store_set_customer_typing (f.store, "a", TRUE);
  wait_frames (&f, 3);
  assert_at_end (&f);
  end (&f);
}

static void
test_reading_position (void)
{
  Fixture f;
  gint64 row_id;
  double y;

  begin (&f, 400);
  wait_for_rest (&f);
  scroll_by (&f, -2500);
  wait_for_rest (&f);
  g_assert_false (lobby_timeline_get_at_newest (f.timeline));
  row_id = find_visible (&f);
  y = y_of (&f, row_id);

  /* Newer ones arrive. */
  for (int i = 0; i < 60; i++)
    {
      add_messages (&f, "a", 1);
      wait_frames (&f, 1);
      g_assert_cmpfloat (fabs (y_of (&f, row_id) - y), <=, 1);
    }
  g_assert_cmpuint (f.timeline->unseen, ==, 40);
  wait_for_rest (&f);
  g_assert_cmpfloat (fabs (y_of (&f, row_id) - y), <=, 1);

  /* Older ones are brought in above, ten a frame. */
  for (int i = 0; i < 5; i++)
    {
      guint n;

      gtk_adjustment_set_value (f.timeline->adjustment, i == 0 ? 900 : 300);
      wait_frames (&f, 1);
      row_id = find_visible (&f);
      y = y_of (&f, row_id);
      n = 0;
      while (!is_at_rest (&f) && n++ < FOREVER)
        {
          wait_frames (&f, 1);
          g_assert_cmpfloat (fabs (y_of (&f, row_id) - y), <=, 1);
        }
      g_assert_cmpuint (n_messages (&f), <=, LOBBY_MESSAGE_WINDOW_MAX);
    }
  end (&f);
}

static void
test_own_message_and_jump (void)
{
  Fixture f;
  g_autoptr (LobbyMessage) own = NULL;
  g_autoptr (GError) error = NULL;
  gint64 first;

  begin (&f, 600);
  wait_for_rest (&f);
  for (int i = 0; i < 12; i++)
    {
      gtk_adjustment_set_value (f.timeline->adjustment, 0);
      wait_for_rest (&f);
    }
  g_assert_false (lobby_message_window_get_at_newest (f.timeline->window));
  first = row_id_at (&f, 0);
  add_messages (&f, "a", 2);
  wait_frames (&f, 2);
  g_assert_cmpuint (f.timeline->unseen, >=, 1);
  g_assert_true (gtk_revealer_get_reveal_child (f.timeline->jump_revealer));

  own = lobby_store_queue_text (f.store, f.timeline->conversation, "client", "Mine", NULL, &error);
  g_assert_no_error (error);
  wait_frames (&f, 3);
  assert_at_end (&f);
  g_assert_cmpuint (f.timeline->unseen, ==, 0);
  g_assert_false (gtk_revealer_get_reveal_child (f.timeline->jump_revealer));
  wait_for_rest (&f);
  assert_at_end (&f);

  /* To a message far away, and home. */
  g_assert_true (lobby_timeline_scroll_to_message (f.timeline, first));
  wait_for_rest (&f);
  g_assert_cmpfloat (y_of (&f, first), >=, -20);
  g_assert_cmpfloat (y_of (&f, first), <, 700);
  g_assert_false (lobby_timeline_scroll_to_message (f.timeline, 1 << 30));
  lobby_timeline_jump_to_newest (f.timeline);
  wait_frames (&f, 3);
  assert_at_end (&f);
  end (&f);
}

static void
test_unread (void)
{
  Fixture f;
  g_autoptr (LobbyConversation) conversation = NULL;
  guint beyond;
  gint64 unread;

  begin (&f, 60);
  add_conversation (&f, "u", 60, 30);
  wait_for_rest (&f);
  open_conversation (&f, "u");
  unread = lobby_store_get_first_unread (f.store, "u", &beyond);
  wait_for_rest (&f);
  g_assert_cmpfloat (y_of (&f, unread), >=, -60);
  g_assert_cmpfloat (y_of (&f, unread), <, 700);
  g_assert_false (lobby_timeline_get_at_newest (f.timeline));
  g_assert_true (says (lobby_timeline_find_row (f.timeline, unread), "30 unread messages"));

  /* The number is that of the opening: it stays while they are read, and another conversation has its own. */
  conversation = lobby_store_get_conversation (f.store, "u");
  g_assert_true (lobby_store_mark_read (f.store, conversation, NULL));
  wait_for_rest (&f);
  g_assert_true (says (lobby_timeline_find_row (f.timeline, unread), "30 unread messages"));
  add_conversation (&f, "v", 3, 1);
  open_conversation (&f, "v");
  wait_for_rest (&f);
  unread = lobby_store_get_first_unread (f.store, "v", &beyond);
  g_assert_true (says (lobby_timeline_find_row (f.timeline, unread), "1 unread message"));
  end (&f);
}

/* After the first sign-in only the newest message is here; it is read before the others come. */
static void
test_unread_on_the_server (void)
{
  Fixture f;
  g_autoptr (LobbyConversation) conversation = NULL;
  guint beyond;
  gint64 newest, unread;

  begin (&f, 60);
  f.server_left = 100;
  add_conversation (&f, "u", 1, 30);
  wait_for_rest (&f);
  newest = lobby_store_get_first_unread (f.store, "u", &beyond);
  g_assert_cmpuint (beyond, >, 0);
  open_conversation (&f, "u");
  conversation = lobby_store_get_conversation (f.store, "u");
  g_assert_true (lobby_store_mark_read (f.store, conversation, NULL));
  wait_for_rest (&f);

  unread = f.timeline->unread_from;
  g_assert_cmpuint (f.n_asked, >, 0);
  g_assert_cmpint (f.timeline->unread_beyond, ==, 0);
  g_assert_cmpint (unread, !=, newest);
  g_assert_cmpint (lobby_store_extend_unread (f.store, "u", newest, &beyond), ==, unread);
  g_assert_true (says (lobby_timeline_find_row (f.timeline, unread), "30 unread messages"));
  g_assert_cmpfloat (y_of (&f, unread), >=, -60);
  g_assert_cmpfloat (y_of (&f, unread), <, 700);
  g_assert_false (lobby_timeline_get_at_newest (f.timeline));
  end (&f);
}

/* 5,000 messages of which 50 are here: to the oldest and back. */
static void
test_whole_history (void)
{
  Fixture f;
  guint n = 0;

  begin (&f, 50);
  f.server_left = 4950;
  wait_for_rest (&f);
  while (!(lobby_message_window_get_at_oldest (f.timeline->window) && lobby_store_history_is_whole (f.store, "a")
           && gtk_adjustment_get_value (f.timeline->adjustment) == 0)
         && n++ < FOREVER)
    {
      gtk_adjustment_set_value (f.timeline->adjustment, 0);
      wait_frames (&f, 1);
      g_assert_cmpuint (n_messages (&f), <=, LOBBY_MESSAGE_WINDOW_MAX + 50);
    }
  g_assert_cmpuint (n, <, FOREVER);
  g_assert_cmpuint (f.server_left, ==, 0);
  g_assert_cmpuint (f.n_asked, ==, 4950 / 50);
  wait_for_rest (&f);
  g_assert_cmpuint (n_messages (&f), <=, LOBBY_MESSAGE_WINDOW_MAX);
  g_assert_cmpint (row_id_at (&f, 0), ==, f.serial - 49); /* the last page's first, stored in order */

  n = 0;
  while (!lobby_timeline_get_at_newest (f.timeline) && n++ < FOREVER)
    {
      scroll_by (&f, 2000);
      wait_frames (&f, 1);
      g_assert_cmpuint (n_messages (&f), <=, LOBBY_MESSAGE_WINDOW_MAX + 50);
    }
  g_assert_cmpuint (n, <, FOREVER);
  wait_for_rest (&f);
  assert_at_end (&f);
  g_assert_cmpint (row_id_at (&f, n_messages (&f) - 1), ==, 50);
  end (&f);
}

/* The keyboard comes to every message, and each is whole in view when it does. */
static void
test_cursor (void)
{
  Fixture f;
  gint64 lowest;
  guint n;

  begin (&f, 120);
  wait_for_rest (&f);
  lobby_timeline_step_cursor (f.timeline, -1);
  lowest = f.timeline->cursor;
  g_assert_cmpint (lowest, ==, row_id_at (&f, n_messages (&f) - 1));
  g_assert_true (gtk_widget_has_css_class (lobby_timeline_find_row (f.timeline, lowest), "marked"));

  for (n = 0; f.timeline->cursor > 1 && n < FOREVER; n++)
    {
      gint64 before = f.timeline->cursor;

      lobby_timeline_step_cursor (f.timeline, -1);
      wait_for_rest (&f);
      g_assert_true (f.timeline->cursor == before || f.timeline->cursor == before - 1);
      g_assert_cmpfloat (y_of (&f, f.timeline->cursor), >, -700);
      g_assert_cmpfloat (y_of (&f, f.timeline->cursor), <, 700);
    }
  g_assert_cmpuint (n, <, FOREVER);
  /* Beyond the oldest there is nothing, and no harm in asking. */
  lobby_timeline_step_cursor (f.timeline, -1);
  g_assert_cmpint (f.timeline->cursor, ==, 1);
  lobby_timeline_step_cursor (f.timeline, 1);
  wait_for_rest (&f);
  g_assert_cmpint (f.timeline->cursor, ==, 2);
  g_assert_false (gtk_widget_has_css_class (lobby_timeline_find_row (f.timeline, 1), "marked"));

  /* Lost from sight: it begins with what is seen. */
  lobby_timeline_jump_to_newest (f.timeline);
  wait_for_rest (&f);
  lobby_timeline_step_cursor (f.timeline, 1);
  g_assert_cmpint (f.timeline->cursor, ==, lowest);
  end (&f);
}

static cairo_surface_t *
draw_part (GskRenderNode *node, int x, int y, int width, int height)
{
  cairo_surface_t *part = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t *cr;

  cairo_surface_set_device_offset (part, -x, -y);
  cr = cairo_create (part);
  gsk_render_node_draw (node, cr);
  cairo_destroy (cr);
  cairo_surface_set_device_offset (part, 0, 0);
  cairo_surface_flush (part);
  return part;
}

static void
check_part (GskRenderNode *node, cairo_surface_t *whole, int x, int y, int width, int height, guint *n_drawn)
{
  cairo_surface_t *part = draw_part (node, x, y, width, height);

  for (int row = 0; row < height; row++)
    {
      const guchar *line = cairo_image_surface_get_data (part) + row * cairo_image_surface_get_stride (part);
      const guchar *in_whole = cairo_image_surface_get_data (whole) + (y + row) * cairo_image_surface_get_stride (whole) + x * 4;

      g_assert_cmpmem (line, width * 4, in_whole, width * 4);
      for (int i = 0; i < width * 4; i++)
        *n_drawn += line[i] != 0;
    }
  cairo_surface_destroy (part);
}

/* Whatever part of the window is drawn anew: it is what it was. */
static void
test_pattern (void)
{
  Fixture f;
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  GskRenderNode *node;
  cairo_surface_t *whole;
  guint n_drawn = 0;

  begin (&f, 2);
  wait_for_rest (&f);
  lobby_timeline_snapshot_pattern (f.timeline, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  whole = draw_part (node, 0, 0, 640, 640);
  for (int i = 20; i <= 600; i += 20)
    {
      check_part (node, whole, 0, i, 640, 40, &n_drawn);
      check_part (node, whole, i, 0, 40, 640, &n_drawn);
      check_part (node, whole, i, i, 40, 40, &n_drawn);
      check_part (node, whole, 640 - i, i / 2, i, 320, &n_drawn);
    }
  g_assert_cmpuint (n_drawn, >, 10000);
  cairo_surface_destroy (whole);
  gsk_render_node_unref (node);
  end (&f);
}

/* One that draws text of several lines. */
static LobbyBubble *
find_long_bubble (Fixture *f)
{
  for (guint i = 0; i < n_messages (f); i++)
    {
      GtkWidget *row = lobby_timeline_find_row (f->timeline, row_id_at (f, i));
      GtkWidget *child = row != NULL && gtk_widget_get_mapped (row) ? gtk_widget_get_first_child (row) : NULL;

      for (; child != NULL; child = gtk_widget_get_next_sibling (child))
        if (LOBBY_IS_BUBBLE (child) && LOBBY_BUBBLE (child)->layout != NULL && pango_layout_get_line_count (LOBBY_BUBBLE (child)->layout) > 2)
          return LOBBY_BUBBLE (child);
    }
  g_assert_not_reached ();
}

static void
test_drawn_in_its_place (void)
{
  Fixture f;
  LobbyBubble *bubble;

  begin (&f, 60);
  wait_for_rest (&f);
  bubble = find_long_bubble (&f);
  /* As when the list is asked how wide it would like to be. */
  lobby_bubble_measure_text (bubble, 4000);
  g_assert_cmpint (bubble->text_size.width, >, bubble->text_place.width);
  gtk_widget_queue_draw (GTK_WIDGET (bubble));
  wait_frames (&f, 2);
  g_assert_cmpint (bubble->text_size.width, <=, bubble->text_place.width);
  end (&f);
}

int
main (int argc, char **argv)
{
  g_autoptr (GtkCssProvider) provider = NULL;

  dex_init ();
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  lobby_desktop_register_resource ();
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()), "/org/lobby/Lobby/icons");
  provider = gtk_css_provider_new ();
  g_type_ensure (LOBBY_TYPE_TIMELINE);
  g_type_class_unref (g_type_class_ref (LOBBY_TYPE_TIMELINE));
  gtk_css_provider_load_from_resource (provider, "/org/lobby/Lobby/style.css");
  gtk_style_context_add_provider_for_display (gdk_display_get_default (), GTK_STYLE_PROVIDER (provider), GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);

  g_test_add_func ("/timeline/first-frame", test_first_frame);
  g_test_add_func ("/timeline/switch", test_switch);
  g_test_add_func ("/timeline/stuck", test_stuck);
  g_test_add_func ("/timeline/reading-position", test_reading_position);
  g_test_add_func ("/timeline/own-message-and-jump", test_own_message_and_jump);
  g_test_add_func ("/timeline/unread", test_unread);
  g_test_add_func ("/timeline/unread-on-the-server", test_unread_on_the_server);
  g_test_add_func ("/timeline/whole-history", test_whole_history);
  g_test_add_func ("/timeline/cursor", test_cursor);
  g_test_add_func ("/timeline/pattern", test_pattern);
  g_test_add_func ("/timeline/drawn-in-its-place", test_drawn_in_its_place);
  return g_test_run ();
}
