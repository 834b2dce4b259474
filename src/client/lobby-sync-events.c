/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-sync-private.h"

#include "lobby-database.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-trace.h"
#include "lobby-wire-records.h"

/* While catching up, events are gathered for so long (ms), or until there are so many. */
#define GATHER_TIME 60
#define GATHER_MAX 1000
/* Events that come so soon (ms) after others are thick: each batch of its own costs a commit, rows and a frame. What counts is when they come, not when
 * others were stored: or an even stream of ten a second, once gathered, would be gathered for ever. */
#define THICK 40
/* A snapshot that is overtaken by more events than this is followed by a join with `since` instead of holding them. */
#define MAX_HELD 5000
/* More than this at once, missed or live, is not worth a notification each. */
#define FEW 10

/* Events on their way into the store. */
typedef struct
{
  LobbySyncEngine *engine;
  LobbySyncBusiness *business;
  GPtrArray *events;
} Batch;

static void
batch_free (gpointer data)
{
  Batch *batch = data;

  g_object_unref (batch->engine);
  lobby_sync_business_unref (batch->business);
  g_ptr_array_unref (batch->events);
  g_free (batch);
}

/* What the store refuses for its contents, not for want of space, would be refused again: the
 * state is read anew instead. */
static void
handle_refusal (LobbySyncBusiness *business,
                const GError *error)
{
  LobbySyncEngine *self = business->engine;

  if (self == NULL)
    return;
  if (g_error_matches (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_CONSTRAINT) && business->state == LOBBY_SYNC_LIVE)
    {
      g_warning ("The store refused events of %s, reading the state anew: %s", business->id, error->message);
      lobby_sync_business_start_snapshot (business, business->seq);
      return;
    }

  lobby_sync_engine_fail (self, error);
}

/* Of a large batch the newest messages of a few conversations are told: of one conversation the newest would take the place of
 * those before, and a hundred notifications help nobody. */
static GHashTable *
find_newest (GPtrArray *events)
{
  GHashTable *newest = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = events->len; i > 0 && g_hash_table_size (newest) < FEW; i--)
    {
      LobbyWireEvent *event = g_ptr_array_index (events, i - 1);

      if (event->kind == LOBBY_EVENT_MESSAGE_NEW && event->message->conversation_id != NULL && !event->message->outbound
          && !g_hash_table_contains (newest, event->message->conversation_id))
        g_hash_table_insert (newest, event->message->conversation_id, event);
    }
  return newest;
}

static gboolean
is_last_word (GHashTable *newest,
              LobbyWireEvent *event)
{
  return newest == NULL || event->kind != LOBBY_EVENT_MESSAGE_NEW || event->message->conversation_id == NULL || event->message->outbound
         || g_hash_table_lookup (newest, event->message->conversation_id) == event;
}

static void
note_applied (LobbySyncEngine *self,
              LobbySyncBusiness *business,
              GPtrArray *events)
{
  gint64 last = ((LobbyWireEvent *)g_ptr_array_index (events, events->len - 1))->seq;
  g_autoptr (GHashTable) newest = events->len > FEW ? find_newest (events) : NULL;

  business->stored = MAX (business->stored, last);
  lobby_trace_mark_value ("stored", last);
  for (guint i = 0; i < events->len; i++)
    {
      LobbyWireEvent *event = g_ptr_array_index (events, i);

      g_signal_emit (self, lobby_sync_engine_signals[LOBBY_SYNC_APPLIED], 0, event, event->seq > business->quiet_until && is_last_word (newest, event));
    }
  if (business->engine != NULL)
    lobby_sync_engine_check_level (self);
}

static DexFuture *
on_batch_stored (DexFuture *future,
                 gpointer data)
{
  Batch *batch = data;
  g_autoptr (GError) error = NULL;

  if (dex_future_get_value (future, &error) == NULL)
    handle_refusal (batch->business, error);
  else
    note_applied (batch->engine, batch->business, batch->events);

  return dex_future_new_true ();
}

/* Takes @events. */
static void
store_events (LobbySyncEngine *self,
              LobbySyncBusiness *business,
              GPtrArray *events)
{
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();
  LobbyWireEvent *last = g_ptr_array_index (events, events->len - 1);
  Batch *batch;
  DexFuture *stored;

  for (guint i = 0; i < events->len; i++)
    lobby_change_set_add_event (changes, g_ptr_array_index (events, i));

  batch = g_new (Batch, 1);
  batch->engine = g_object_ref (self);
  batch->business = lobby_sync_business_ref (business);
  batch->events = events;

  /* The seq of events that change nothing (typing) rides with the next that do: coming again they do no harm. */
  if (!lobby_change_set_is_empty (changes))
    {
      changes->business_id = g_strdup (business->id);
      changes->seq = last->seq;
    }
  stored = lobby_change_queue_add (self->queue, g_steal_pointer (&changes));
  dex_future_disown (dex_future_finally (stored, on_batch_stored, batch, batch_free));
}

static LobbySyncBusiness *
find_business (LobbySyncEngine *self,
               const char *id)
{
  for (guint i = 0; i < self->businesses->len; i++)
    {
      LobbySyncBusiness *business = g_ptr_array_index (self->businesses, i);

      if (g_strcmp0 (business->id, id) == 0)
        return business;
    }

  return NULL;
}

void
lobby_sync_engine_flush (LobbySyncEngine *self)
{
  g_autoptr (GPtrArray) pending = g_steal_pointer (&self->pending);

  g_clear_handle_id (&self->flush_source, g_source_remove);
  self->pending = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_wire_event_free);

  for (guint i = 0; i < self->businesses->len; i++)
    {
      LobbySyncBusiness *business = g_ptr_array_index (self->businesses, i);
      g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_wire_event_free);

      for (guint j = 0; j < pending->len; j++)
        {
          LobbyWireEvent *event = g_ptr_array_index (pending, j);

          if (event == NULL || strcmp (event->business_id, business->id) != 0)
            continue;
          g_ptr_array_add (events, event);
          pending->pdata[j] = NULL;
        }
      if (events->len > 0)
        store_events (self, business, g_steal_pointer (&events));
    }
}

static gboolean
on_flush (gpointer data)
{
  LobbySyncEngine *self = data;

  self->flush_source = 0;
  lobby_sync_engine_flush (self);

  return G_SOURCE_REMOVE;
}

/* One change set for what one turn of the main loop brought; while catching up or when they come thick, for a little more. */
static void
schedule_flush (LobbySyncEngine *self,
                const LobbySyncBusiness *business)
{
  const gint64 now = g_get_monotonic_time ();
  const gboolean thick = now - self->arrived_at < THICK * 1000;

  self->arrived_at = now;
  if (self->pending->len >= GATHER_MAX)
    {
      lobby_sync_engine_flush (self);
      return;
    }
  if (self->flush_source != 0)
    return;

  if (business->seq < business->target || thick)
    self->flush_source = g_timeout_add (GATHER_TIME, on_flush, self);
  else
    self->flush_source = g_idle_add_full (G_PRIORITY_DEFAULT, on_flush, self, NULL);
}

/* The server's log ends at @newest; what leads there is catching up. */
void
lobby_sync_business_set_target (LobbySyncBusiness *business,
                                gint64 newest)
{
  if (newest < business->seq)
    {
      lobby_sync_business_start_snapshot (business, newest);
      return;
    }

  business->target = MAX (business->target, newest);
  if (newest - business->seq > FEW)
    business->quiet_until = newest;
}

/* A join that nobody waits for: the answer to a gap. */
static DexFuture *
on_rejoined (DexFuture *future,
             gpointer data)
{
  LobbySyncBusiness *business = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (future, &error);

  business->rejoining = FALSE;
  if (business->engine == NULL)
    return dex_future_new_true ();

  if (value == NULL)
    lobby_sync_engine_fail (business->engine, error);
  else if (business->state == LOBBY_SYNC_LIVE)
    lobby_sync_business_set_target (business, g_value_get_int64 (value));

  return dex_future_new_true ();
}

static DexFuture *
on_joined_for_snapshot (DexFuture *future,
                        gpointer data)
{
  LobbySyncBusiness *business = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (future, &error);

  if (business->engine == NULL)
    return dex_future_new_true ();

  if (value == NULL)
    lobby_sync_engine_fail (business->engine, error);
  else
    {
      business->state = LOBBY_SYNC_LIVE;
      lobby_sync_business_start_snapshot (business, g_value_get_int64 (value));
    }

  return dex_future_new_true ();
}

static void
close_gap (LobbySyncEngine *self,
           LobbySyncBusiness *business)
{
  if (business->rejoining)
    return;

  if (business->gap_at == business->seq)
    {
      /* Asked once already and it is still missing: the server does not have it either. */
      business->gap_at = -1;
      business->state = LOBBY_SYNC_SNAPSHOT;
      dex_future_disown (dex_future_finally (self->peer->join (business->id, 0, self->peer_data),
                                             on_joined_for_snapshot, lobby_sync_business_ref (business), lobby_sync_business_unref));
      return;
    }

  business->gap_at = business->seq;
  business->rejoining = TRUE;
  dex_future_disown (dex_future_finally (self->peer->join (business->id, business->seq, self->peer_data),
                                         on_rejoined, lobby_sync_business_ref (business), lobby_sync_business_unref));
}

/* Takes @event, of a business that is live. */
static void
take_event (LobbySyncEngine *self,
            LobbySyncBusiness *business,
            LobbyWireEvent *event)
{
  if (event->seq <= business->seq || event->seq > business->seq + 1)
    {
      if (event->seq > business->seq + 1)
        close_gap (self, business);
      lobby_wire_event_free (event);
      return;
    }

  business->seq = event->seq;
  g_ptr_array_add (self->pending, event);
  schedule_flush (self, business);
}

/* Takes @event. */
static void
hold_event (LobbySyncBusiness *business,
            LobbyWireEvent *event)
{
  /* What is not held leaves a gap, and a gap is closed. */
  if (g_queue_get_length (&business->held) < MAX_HELD)
    g_queue_push_tail (&business->held, event);
  else
    lobby_wire_event_free (event);
}

void
lobby_sync_business_drain_held (LobbySyncBusiness *business)
{
  LobbyWireEvent *event;

  while (business->engine != NULL && business->state == LOBBY_SYNC_LIVE && (event = g_queue_pop_head (&business->held)) != NULL)
    take_event (business->engine, business, event);
}

/* A payload that breaks the rules still has a place in the order: its seq counts. */
static LobbyWireEvent *
read_event (const char *name,
            JsonObject *payload)
{
  g_autoptr (GError) error = NULL;
  LobbyWireEvent *event = lobby_wire_event_from_json (name, payload, &error);

  if (event == NULL)
    {
      g_warning ("An event of the server cannot be read: %s", error->message);
      event = g_new0 (LobbyWireEvent, 1);
      event->business_id = g_strdup (lobby_json_get_string (payload, "businessProfileId", LOBBY_ID_MAX));
      event->seq = lobby_json_get_int_or (payload, "seq", 0);
    }

  return event;
}

void
lobby_sync_engine_handle_event (LobbySyncEngine *self,
                                const char *name,
                                JsonObject *payload)
{
  g_autoptr (LobbyWireEvent) event = NULL;
  LobbySyncBusiness *business;

  g_return_if_fail (LOBBY_IS_SYNC_ENGINE (self));

  event = read_event (name, payload);
  business = find_business (self, event->business_id);
  if (business == NULL || (event->seq <= 0 && event->kind != LOBBY_EVENT_SYNC_RESET))
    return;

  if (event->kind == LOBBY_EVENT_SYNC_RESET)
    {
      if (business->state != LOBBY_SYNC_SNAPSHOT)
        lobby_sync_business_start_snapshot (business, event->seq);
    }
  else if (business->state == LOBBY_SYNC_LIVE)
    take_event (self, business, g_steal_pointer (&event));
  else
    hold_event (business, g_steal_pointer (&event));
}
