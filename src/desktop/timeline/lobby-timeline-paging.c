/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-timeline-private.h"

/*
 * Which messages are there to be scrolled to: rows are added near an end of the view, at rest, and those far away are taken out.
 * Adding 50 rows at once costs a long frame: 25 a frame, then the far side is trimmed. When the store has no more, the server is asked.
 */

#define ROWS_A_FRAME 25
#define ROWS_A_FRAME_AT_NEWEST 10

/* Of the view's height: nearer than this to an end, the next page is brought. */
#define NEAR 1.5
/* Who stays at the newest message needs no more above than one flick reaches: every row costs, most at a change of conversation. */
#define NEAR_AT_NEWEST 1.0

/* Rows that make room at once for messages that come in by themselves: each trimming is a layout more. */
#define AT_ONCE 20

/* µs after which scrolling up asks the server again when it did not answer. */
#define OLDER_RETRY (3 * G_USEC_PER_SEC)

static void
begin_paging (LobbyTimeline *self,
              LobbyPaging paging)
{
  lobby_timeline_stop_fling (self);
  self->paging = paging;
  self->paged = 0;
}

static double
get_near (LobbyTimeline *self)
{
  return gtk_adjustment_get_page_size (self->adjustment) * (self->stuck ? NEAR_AT_NEWEST : NEAR);
}

/* A wheel that turns on at the very end makes the list hold on to the tail (GTK 4.18). What comes in before the tail would push what is
 * read out of sight, and at the end again it would bring the next page, and so on to the newest message. So the view goes back to where
 * the tail is not in it. Where rows lie is not asked: they were laid out before the wheel turned. */
static void
let_go_of_tail (LobbyTimeline *self)
{
  GtkWidget *tail = gtk_widget_get_last_child (GTK_WIDGET (self->list_view));
  int height;

  if (lobby_timeline_get_gap (self) > LOBBY_TIMELINE_TOUCHING || tail == NULL)
    return;
  lobby_timeline_stop_fling (self);
  gtk_widget_measure (tail, GTK_ORIENTATION_VERTICAL, gtk_widget_get_width (tail), &height, NULL, NULL, NULL);
  gtk_adjustment_set_value (self->adjustment, gtk_adjustment_get_upper (self->adjustment) - gtk_adjustment_get_page_size (self->adjustment)
                                                  - height - 2 * LOBBY_TIMELINE_TOUCHING);
}

void
lobby_timeline_page (LobbyTimeline *self)
{
  const gboolean enough = self->paged > 0 && self->stuck && gtk_adjustment_get_value (self->adjustment) >= get_near (self);
  const guint wanted = self->stuck ? ROWS_A_FRAME_AT_NEWEST : ROWS_A_FRAME;
  guint n = 0;

  if (self->paging == LOBBY_PAGING_NEWER)
    let_go_of_tail (self);
  if (!enough)
    n = self->paging == LOBBY_PAGING_OLDER ? lobby_message_window_extend_older (self->window, wanted)
                                           : lobby_message_window_extend_newer (self->window, wanted);
  self->paged += n;
  if (n == wanted && self->paged < LOBBY_TIMELINE_PAGE_ROWS)
    return;
  lobby_message_window_trim (self->window, LOBBY_MESSAGE_WINDOW_MAX, self->paging == LOBBY_PAGING_NEWER);
  self->paging = LOBBY_PAGING_NONE;
}

typedef struct
{
  GWeakRef timeline;
  LobbyConversation *conversation;
} OlderRequest;

static void
older_request_free (gpointer data)
{
  OlderRequest *request = data;

  g_weak_ref_clear (&request->timeline);
  g_object_unref (request->conversation);
  g_free (request);
}

static void
set_loading_older (LobbyTimeline *self,
                   gboolean loading)
{
  self->loading_older = loading;
  gtk_revealer_set_reveal_child (self->spinner_revealer, loading);
}

static DexFuture *
on_older_loaded (DexFuture *future,
                 gpointer data)
{
  OlderRequest *request = data;
  g_autoptr (LobbyTimeline) self = g_weak_ref_get (&request->timeline);
  const GValue *value = dex_future_get_value (future, NULL);

  if (self == NULL || self->conversation != request->conversation)
    return dex_future_new_true ();
  set_loading_older (self, FALSE);
  if (value == NULL || !G_VALUE_HOLDS_BOOLEAN (value) || !g_value_get_boolean (value))
    self->older_failed_at = g_get_monotonic_time ();
  lobby_timeline_extend_unread (self);
  lobby_timeline_wake (self);
  return dex_future_new_true ();
}

/* The store has no more: the server may. */
static gboolean
can_load_older (LobbyTimeline *self)
{
  return !self->loading_older && self->backend != NULL && self->backend->load_older != NULL
         && !lobby_store_history_is_whole (self->store, lobby_conversation_get_id (self->conversation))
         && (self->older_failed_at == 0 || g_get_monotonic_time () - self->older_failed_at >= OLDER_RETRY);
}

static void
load_older (LobbyTimeline *self)
{
  OlderRequest *request;

  self->older_failed_at = 0;
  set_loading_older (self, TRUE);
  request = g_new0 (OlderRequest, 1);
  g_weak_ref_init (&request->timeline, self);
  request->conversation = g_object_ref (self->conversation);
  dex_future_disown (dex_future_finally (self->backend->load_older (self->data, self->conversation),
                                         on_older_loaded, request, older_request_free));
}

typedef enum
{
  NEED_NOTHING,
  NEED_NEWER,
  NEED_OLDER,
  NEED_OLDER_FROM_SERVER,
  NEED_TRIM,
} Need;

static Need
find_need (LobbyTimeline *self)
{
  const double value = gtk_adjustment_get_value (self->adjustment);
  const double near = get_near (self);

  if (lobby_timeline_get_gap (self) < near && !lobby_message_window_get_at_newest (self->window))
    return NEED_NEWER;
  if (value < near && !lobby_message_window_get_at_oldest (self->window))
    return NEED_OLDER;
  if (value < near && can_load_older (self))
    return NEED_OLDER_FROM_SERVER;
  if (lobby_timeline_get_n_messages (self) > LOBBY_MESSAGE_WINDOW_MAX)
    return NEED_TRIM;
  return NEED_NOTHING;
}

gboolean
lobby_timeline_consider_paging (LobbyTimeline *self)
{
  const double value = gtk_adjustment_get_value (self->adjustment);
  const gboolean at_edge = value <= LOBBY_TIMELINE_TOUCHING || lobby_timeline_get_gap (self) <= LOBBY_TIMELINE_TOUCHING;
  const Need need = find_need (self);

  if (need == NEED_NOTHING || (g_get_monotonic_time () < self->rest_at && !at_edge))
    return need != NEED_NOTHING;
  if (need == NEED_NEWER)
    begin_paging (self, LOBBY_PAGING_NEWER);
  else if (need == NEED_OLDER)
    begin_paging (self, LOBBY_PAGING_OLDER);
  else if (need == NEED_OLDER_FROM_SERVER)
    load_older (self);
  else
    lobby_message_window_trim (self->window, LOBBY_MESSAGE_WINDOW_MAX - AT_ONCE, self->stuck || value > lobby_timeline_get_gap (self));
  return TRUE;
}

void
lobby_timeline_reset_paging (LobbyTimeline *self)
{
  self->paging = LOBBY_PAGING_NONE;
  self->older_failed_at = 0;
  set_loading_older (self, FALSE);
}
