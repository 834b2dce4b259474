/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-room.h"

#include "lobby-engine-session.h"

#define SLICE 512
#define MAX_CORK (64 * 1024)
#define MAX_DELAY_USEC 2000
/* So much sealed and not yet sent: whoever makes the events has to wait. */
#define MAX_BATCHES 16
#define TOUCHED_AHEAD 16

/* Where one member gets something else than the others. */
typedef struct
{
  LobbyRoomPlace *place;
  gsize start, end;
  GBytes *instead;
} Exception;

/* A sealed cork on its way to the members from first_batch <= serial. */
typedef struct
{
  guint64 serial;
  GBytes *frames;
  GArray *exceptions; /* or NULL */
} Batch;

struct _LobbyRoom
{
  LobbyFanOut *fan_out;
  GList dirty;       /* in the fan-out's queue when its data is set */
  GPtrArray *places; /* NULL where one left while a batch was under way */
  guint n_left;
  guint next; /* place that gets the first batch next */
  GByteArray *cork;
  GArray *exceptions; /* of the cork, or NULL */
  GQueue batches;
  guint64 next_serial;
};

struct _LobbyFanOut
{
  LobbyRoomSend send;
  LobbyRoomTouch touch; /* or NULL */
  GQueue dirty;
  GSource *soon; /* one step below the sockets: after all that this turn brings */
  GSource *late; /* beside them: when turn follows turn */
};

static void
clear_exception (gpointer data)
{
  g_bytes_unref (((Exception *)data)->instead);
}

static void
batch_free (Batch *batch)
{
  g_bytes_unref (batch->frames);
  g_clear_pointer (&batch->exceptions, g_array_unref);
  g_free (batch);
}

static void
send_around (LobbyRoom *self,
             Batch *batch,
             LobbyRoomPlace *place)
{
  gsize at = 0, end = g_bytes_get_size (batch->frames);

  for (guint i = 0; i <= batch->exceptions->len; i++)
    {
      Exception *exception = i < batch->exceptions->len ? &g_array_index (batch->exceptions, Exception, i) : NULL;

      if (exception != NULL && exception->place != place)
        continue;
      if (at < (exception != NULL ? exception->start : end))
        {
          g_autoptr (GBytes) piece = g_bytes_new_from_bytes (batch->frames, at, (exception != NULL ? exception->start : end) - at);
          self->fan_out->send (place->owner, piece);
        }
      if (exception == NULL)
        return;
      self->fan_out->send (place->owner, exception->instead);
      at = exception->end;
    }
}

static void
seal (LobbyRoom *self)
{
  Batch *batch;

  if (self->cork == NULL)
    return;
  batch = g_new0 (Batch, 1);
  batch->serial = self->next_serial++;
  batch->frames = g_byte_array_free_to_bytes (g_steal_pointer (&self->cork));
  batch->exceptions = g_steal_pointer (&self->exceptions);
  g_queue_push_tail (&self->batches, batch);
}

/* Between two batches the places may move. */
static void
close_gaps (LobbyRoom *self)
{
  guint n = 0;

  if (self->n_left == 0)
    return;
  for (guint i = 0; i < self->places->len; i++)
    {
      LobbyRoomPlace *place = g_ptr_array_index (self->places, i);

      if (place == NULL)
        continue;
      place->index = n;
      self->places->pdata[n++] = place;
    }
  g_ptr_array_set_size (self->places, n);
  self->n_left = 0;
}

/* The next members that get something are touched, each time that so many of them are through. */
static void
touch_ahead (LobbyRoom *self)
{
  guint end = MIN (self->next + TOUCHED_AHEAD, self->places->len);

  if (self->fan_out->touch == NULL || self->next % TOUCHED_AHEAD != 0)
    return;
  for (guint i = self->next; i < end; i++)
    {
      LobbyRoomPlace *place = g_ptr_array_index (self->places, i);

      if (place != NULL)
        self->fan_out->touch (place->owner);
    }
}

/* Sends at most *@budget times and takes that off. TRUE when all is out. */
static gboolean
flush (LobbyRoom *self,
       guint *budget)
{
  if (self->batches.length == 0)
    seal (self);
  while (self->batches.length > 0)
    {
      Batch *batch = g_queue_peek_head (&self->batches);

      for (; self->next < self->places->len; self->next++)
        {
          LobbyRoomPlace *place = g_ptr_array_index (self->places, self->next);

          touch_ahead (self);
          if (place == NULL || place->first_batch > batch->serial)
            continue;
          if (*budget == 0)
            return FALSE;
          (*budget)--;
          if (batch->exceptions != NULL)
            send_around (self, batch, place);
          else
            self->fan_out->send (place->owner, batch->frames);
        }
      batch_free (g_queue_pop_head (&self->batches));
      self->next = 0;
      close_gaps (self);
      if (self->batches.length == 0)
        seal (self);
    }
  return TRUE;
}

static void
mark_dirty (LobbyRoom *self)
{
  LobbyFanOut *fan_out = self->fan_out;

  if (self->dirty.data != NULL)
    return;
  self->dirty.data = self;
  g_queue_push_tail_link (&fan_out->dirty, &self->dirty);
  if (fan_out->dirty.length > 1)
    return;
  g_source_set_ready_time (fan_out->soon, 0);
  g_source_set_ready_time (fan_out->late, g_get_monotonic_time () + MAX_DELAY_USEC);
}

static void
mark_clean (LobbyRoom *self)
{
  if (self->dirty.data == NULL)
    return;
  g_queue_unlink (&self->fan_out->dirty, &self->dirty);
  self->dirty.data = NULL;
}

static gboolean
fan_out_dispatch (GSource *source,
                  GSourceFunc callback,
                  gpointer user_data)
{
  LobbyFanOut *self = user_data;
  guint budget = SLICE;

  while (self->dirty.length > 0 && budget > 0)
    {
      LobbyRoom *room = g_queue_peek_head (&self->dirty);

      mark_clean (room);
      if (!flush (room, &budget))
        {
          room->dirty.data = room;
          g_queue_push_tail_link (&self->dirty, &room->dirty);
        }
    }
  g_source_set_ready_time (self->soon, self->dirty.length > 0 ? 0 : -1);
  g_source_set_ready_time (self->late, self->dirty.length > 0 ? g_get_monotonic_time () + MAX_DELAY_USEC : -1);
  return G_SOURCE_CONTINUE;
}

static gboolean
fan_out_callback (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static GSource *
fan_out_source (LobbyFanOut *self,
                int priority)
{
  static GSourceFuncs funcs = { .dispatch = fan_out_dispatch };
  GSource *source = g_source_new (&funcs, sizeof (GSource));

  g_source_set_priority (source, priority);
  g_source_set_callback (source, fan_out_callback, self, NULL);
  g_source_set_static_name (source, "[lobbyd] fan-out");
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

LobbyFanOut *
lobby_fan_out_new (LobbyRoomSend send,
                   LobbyRoomTouch touch)
{
  LobbyFanOut *self = g_new0 (LobbyFanOut, 1);

  self->send = send;
  self->touch = touch;
  self->soon = fan_out_source (self, G_PRIORITY_DEFAULT + 1);
  self->late = fan_out_source (self, G_PRIORITY_DEFAULT);
  return self;
}

void
lobby_fan_out_free (LobbyFanOut *self)
{
  g_assert (self->dirty.length == 0);

  g_source_destroy (self->soon);
  g_source_unref (self->soon);
  g_source_destroy (self->late);
  g_source_unref (self->late);
  g_free (self);
}

LobbyRoom *
lobby_room_new (LobbyFanOut *fan_out)
{
  LobbyRoom *self = g_new0 (LobbyRoom, 1);

  self->fan_out = fan_out;
  self->places = g_ptr_array_new ();
  return self;
}

void
lobby_room_free (LobbyRoom *self)
{
  mark_clean (self);
  for (guint i = 0; i < self->places->len; i++)
    {
      LobbyRoomPlace *place = g_ptr_array_index (self->places, i);

      if (place != NULL)
        place->room = NULL;
    }
  g_ptr_array_unref (self->places);
  g_clear_pointer (&self->cork, g_byte_array_unref);
  g_clear_pointer (&self->exceptions, g_array_unref);
  g_queue_clear_full (&self->batches, (GDestroyNotify)batch_free);
  g_free (self);
}

void
lobby_room_add (LobbyRoom *self,
                LobbyRoomPlace *place,
                gpointer owner)
{
  g_assert (place->room == NULL);

  seal (self);
  place->owner = owner;
  place->room = self;
  place->index = self->places->len;
  place->first_batch = self->next_serial;
  g_ptr_array_add (self->places, place);
}

void
lobby_room_remove (LobbyRoomPlace *place)
{
  LobbyRoom *self = g_steal_pointer (&place->room);

  if (self == NULL)
    return;
  self->places->pdata[place->index] = NULL;
  self->n_left++;
  if (self->batches.length == 0)
    {
      LobbyRoomPlace *last = g_ptr_array_index (self->places, self->places->len - 1);

      /* Nothing is under way: the last one takes the free place. */
      self->places->pdata[place->index] = last;
      if (last != NULL)
        last->index = place->index;
      g_ptr_array_set_size (self->places, self->places->len - 1);
      self->n_left--;
    }
}

guint
lobby_room_count (LobbyRoom *self)
{
  return self->places->len - self->n_left;
}

static void
add_exception (LobbyRoom *self,
               LobbyRoomPlace *place,
               gsize start,
               const char *instead)
{
  GByteArray *frame = g_byte_array_new ();
  Exception exception = { place, start, self->cork->len, NULL };

  lobby_engine_frames_append (frame, instead);
  exception.instead = g_byte_array_free_to_bytes (frame);
  if (self->exceptions == NULL)
    {
      self->exceptions = g_array_new (FALSE, FALSE, sizeof (Exception));
      g_array_set_clear_func (self->exceptions, clear_exception);
    }
  g_array_append_val (self->exceptions, exception);
}

/* Returns where it begins. */
static gsize
append_to_cork (LobbyRoom *self,
                const char *message)
{
  gsize start;

  if (self->cork == NULL)
    self->cork = g_byte_array_new ();
  start = self->cork->len;
  lobby_engine_frames_append (self->cork, message);
  mark_dirty (self);
  return start;
}

void
lobby_room_send (LobbyRoom *self,
                 const char *message,
                 LobbyRoomPlace *except,
                 const char *instead)
{
  gsize start;

  if (lobby_room_count (self) == 0)
    return;
  start = append_to_cork (self, message);
  if (except != NULL)
    add_exception (self, except, start, instead);

  if (self->cork->len >= MAX_CORK)
    {
      guint budget = SLICE;

      seal (self);
      if (self->batches.length > MAX_BATCHES)
        budget = G_MAXUINT;
      flush (self, &budget);
    }
}

void
lobby_room_send_some (LobbyRoom *self,
                      const char *message,
                      const char *instead,
                      LobbyRoomTest test,
                      gpointer data)
{
  gsize start;

  if (lobby_room_count (self) == 0)
    return;
  start = append_to_cork (self, instead);
  for (guint i = 0; i < self->places->len; i++)
    {
      LobbyRoomPlace *place = g_ptr_array_index (self->places, i);

      if (place != NULL && test (place->owner, data))
        add_exception (self, place, start, message);
    }
}
