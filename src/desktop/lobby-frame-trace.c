/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-frame-trace.h"

#include "lobby-trace.h"

/* Shorter turns of the main loop are not worth a line, in µs. */
#define SHORT_TURN 5000

typedef struct
{
  const char *name;
  guint times;
} Expected;

static GArray *expected;
static LobbyStore *followed_store;
static LobbyConversation *followed;
static gint64 frame_begin;
static gint64 turn_begin;

static void
before_paint_cb (void)
{
  frame_begin = g_get_monotonic_time ();
}

static void
after_paint_cb (void)
{
  lobby_trace_mark_value ("frame", g_get_monotonic_time () - frame_begin);
  for (guint i = 0; i < expected->len; i++)
    {
      const Expected *one = &g_array_index (expected, Expected, i);

      lobby_trace_mark_value (one->name, one->times);
    }
  g_array_set_size (expected, 0);
}

static int
poll_cb (GPollFD *fds,
         guint n_fds,
         int timeout)
{
  int found;

  if (turn_begin != 0 && g_get_monotonic_time () - turn_begin > SHORT_TURN)
    lobby_trace_mark_value ("turn", g_get_monotonic_time () - turn_begin);
  found = g_poll (fds, n_fds, timeout);
  turn_begin = g_get_monotonic_time ();

  return found;
}

static void
realize_cb (GtkWidget *window)
{
  GdkFrameClock *clock = gtk_widget_get_frame_clock (window);

  g_signal_connect (clock, "before-paint", G_CALLBACK (before_paint_cb), NULL);
  g_signal_connect_after (clock, "after-paint", G_CALLBACK (after_paint_cb), NULL);
}

/* @name is a literal. */
static void
expect (const char *name)
{
  Expected one = { name, 1 };

  for (guint i = 0; i < expected->len; i++)
    if (g_str_equal (g_array_index (expected, Expected, i).name, name))
      {
        g_array_index (expected, Expected, i).times++;
        return;
      }
  g_array_append_val (expected, one);
}

static void
message_added_cb (LobbyStore *store,
                  LobbyMessage *message)
{
  if (followed != NULL && g_strcmp0 (lobby_message_get_conversation_id (message), lobby_conversation_get_id (followed)) == 0)
    expect ("message-drawn");
}

static void
messages_reset_cb (LobbyStore *store,
                   const char *conversation_id)
{
  if (followed != NULL && g_strcmp0 (conversation_id, lobby_conversation_get_id (followed)) == 0)
    expect ("message-drawn");
}

void
lobby_frame_trace_watch (GtkWidget *window)
{
  if (!lobby_trace_is_on ())
    return;

  if (expected == NULL)
    expected = g_array_new (FALSE, FALSE, sizeof (Expected));
  g_main_context_set_poll_func (NULL, poll_cb);
  g_signal_connect_after (window, "realize", G_CALLBACK (realize_cb), NULL);
  expect ("drawn");
}

void
lobby_frame_trace_follow (LobbyStore *store,
                          LobbyConversation *conversation)
{
  if (G_LIKELY (expected == NULL))
    return;

  g_set_object (&followed, conversation);
  if (g_set_object (&followed_store, store) && store != NULL)
    {
      g_signal_connect (store, "message-added", G_CALLBACK (message_added_cb), NULL);
      g_signal_connect (store, "messages-reset", G_CALLBACK (messages_reset_cb), NULL);
    }
  if (conversation != NULL)
    expect ("conversation-drawn");
}
