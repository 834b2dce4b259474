/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-sync-engine.h"

#include "lobby-async.h"
#include "lobby-change-queue.h"
#include "lobby-database.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-trace.h"
#include "lobby-wire-records.h"

/* While catching up, events are gathered for so long (ms), or until there are so many. */
#define GATHER_TIME 15
#define GATHER_MAX 500
/* A snapshot that is overtaken by more events than this is followed by a join with `since` instead of holding them. */
#define MAX_HELD 5000
/* Catching up on more than this is not worth a notification each. */
#define FEW_MISSED 10
/* More pages of conversations than this are no inbox. */
#define MAX_PAGES 20000

typedef enum
{
  JOINING,  /* waits for the ack */
  SNAPSHOT, /* reads the conversations; events are held */
  LIVE,
} BusinessState;

typedef struct
{
  gatomicrefcount ref_count;
  LobbySyncEngine *engine; /* NULL once detached */
  char *id;
  BusinessState state;
  gint64 seq;          /* of the newest event taken in */
  gint64 stored;       /* of the newest event in the store */
  gint64 target;       /* up to here is catching up */
  gint64 quiet_until;  /* events up to here are not live */
  gint64 snapshot_seq; /* up to here leads the snapshot being read */
  gint64 gap_at;       /* seq before the last gap seen, -1 none */
  gboolean rejoining;
  GQueue held; /* of LobbyWireEvent */
} Business;

struct _LobbySyncEngine
{
  GObject parent_instance;

  LobbyStore *store;
  LobbyChangeQueue *queue;
  const LobbySyncPeer *peer;
  gpointer peer_data;

  GPtrArray *businesses; /* of Business */
  DexPromise *level;     /* settles when the store is level with the server; NULL when it has */
  GPtrArray *pending;    /* of LobbyWireEvent, in order, not yet in a change set */
  guint flush_source;
};

G_DEFINE_FINAL_TYPE (LobbySyncEngine, lobby_sync_engine, G_TYPE_OBJECT)

enum
{
  APPLIED,
  FAILED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* Events on their way into the store. */
typedef struct
{
  LobbySyncEngine *engine;
  Business *business;
  GPtrArray *events;
} Batch;

static void drain_held (Business *business);
static void start_snapshot (Business *business, gint64 seq);

static Business *
business_ref (Business *business)
{
  g_atomic_ref_count_inc (&business->ref_count);
  return business;
}

static void
business_unref (gpointer data)
{
  Business *business = data;

  if (!g_atomic_ref_count_dec (&business->ref_count))
    return;

  g_queue_clear_full (&business->held, (GDestroyNotify)lobby_wire_event_free);
  g_free (business->id);
  g_free (business);
}

static void
batch_free (gpointer data)
{
  Batch *batch = data;

  g_object_unref (batch->engine);
  business_unref (batch->business);
  g_ptr_array_unref (batch->events);
  g_free (batch);
}

static void
fail (LobbySyncEngine *self,
      const GError *error)
{
  g_autoptr (LobbySyncEngine) held = g_object_ref (self);
  g_autoptr (DexPromise) level = g_steal_pointer (&self->level);

  if (error->domain == LOBBY_DATABASE_ERROR)
    g_warning ("The store cannot keep what the server tells: %s", error->message);
  lobby_sync_engine_detach (self);
  if (level != NULL)
    dex_promise_reject (level, g_error_copy (error));
  g_signal_emit (self, signals[FAILED], 0, error);
}

static void
check_level (LobbySyncEngine *self)
{
  g_autoptr (DexPromise) level = NULL;

  if (self->level == NULL)
    return;

  for (guint i = 0; i < self->businesses->len; i++)
    {
      Business *business = g_ptr_array_index (self->businesses, i);

      if (business->state != LIVE || business->stored < business->target)
        return;
    }

  level = g_steal_pointer (&self->level);
  dex_promise_resolve_boolean (level, TRUE);
}

/* What the store refuses for its contents, not for want of space, would be refused again: the
 * state is read anew instead. */
static void
handle_refusal (Business *business,
                const GError *error)
{
  LobbySyncEngine *self = business->engine;

  if (self == NULL)
    return;
  if (g_error_matches (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_CONSTRAINT) && business->state == LIVE)
    {
      g_warning ("The store refused events of %s, reading the state anew: %s", business->id, error->message);
      start_snapshot (business, business->seq);
      return;
    }

  fail (self, error);
}

static void
note_applied (LobbySyncEngine *self,
              Business *business,
              GPtrArray *events)
{
  gint64 last = ((LobbyWireEvent *)g_ptr_array_index (events, events->len - 1))->seq;

  business->stored = MAX (business->stored, last);
  lobby_trace_mark_value ("stored", last);
  for (guint i = 0; i < events->len; i++)
    {
      LobbyWireEvent *event = g_ptr_array_index (events, i);

      g_signal_emit (self, signals[APPLIED], 0, event, event->seq > business->quiet_until);
    }
  if (business->engine != NULL)
    check_level (self);
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
              Business *business,
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
  batch->business = business_ref (business);
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

static Business *
find_business (LobbySyncEngine *self,
               const char *id)
{
  for (guint i = 0; i < self->businesses->len; i++)
    {
      Business *business = g_ptr_array_index (self->businesses, i);

      if (g_strcmp0 (business->id, id) == 0)
        return business;
    }

  return NULL;
}

static void
flush (LobbySyncEngine *self)
{
  g_autoptr (GPtrArray) pending = g_steal_pointer (&self->pending);

  g_clear_handle_id (&self->flush_source, g_source_remove);
  self->pending = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_wire_event_free);

  for (guint i = 0; i < self->businesses->len; i++)
    {
      Business *business = g_ptr_array_index (self->businesses, i);
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
  flush (self);

  return G_SOURCE_REMOVE;
}

/* One change set for what one turn of the main loop brought; while catching up, for a little more. */
static void
schedule_flush (LobbySyncEngine *self,
                const Business *business)
{
  if (self->pending->len >= GATHER_MAX)
    {
      flush (self);
      return;
    }
  if (self->flush_source != 0)
    return;

  if (business->seq < business->target)
    self->flush_source = g_timeout_add (GATHER_TIME, on_flush, self);
  else
    self->flush_source = g_idle_add_full (G_PRIORITY_DEFAULT, on_flush, self, NULL);
}

/* The server's log ends at @newest; what leads there is catching up. */
static void
set_target (Business *business,
            gint64 newest)
{
  if (newest < business->seq)
    {
      start_snapshot (business, newest);
      return;
    }

  business->target = MAX (business->target, newest);
  if (newest - business->seq > FEW_MISSED)
    business->quiet_until = newest;
}

/* A join that nobody waits for: the answer to a gap. */
static DexFuture *
on_rejoined (DexFuture *future,
             gpointer data)
{
  Business *business = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (future, &error);

  business->rejoining = FALSE;
  if (business->engine == NULL)
    return dex_future_new_true ();

  if (value == NULL)
    fail (business->engine, error);
  else if (business->state == LIVE)
    set_target (business, g_value_get_int64 (value));

  return dex_future_new_true ();
}

static DexFuture *
on_joined_for_snapshot (DexFuture *future,
                        gpointer data)
{
  Business *business = data;
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (future, &error);

  if (business->engine == NULL)
    return dex_future_new_true ();

  if (value == NULL)
    fail (business->engine, error);
  else
    {
      business->state = LIVE;
      start_snapshot (business, g_value_get_int64 (value));
    }

  return dex_future_new_true ();
}

static void
close_gap (LobbySyncEngine *self,
           Business *business)
{
  if (business->rejoining)
    return;

  if (business->gap_at == business->seq)
    {
      /* Asked once already and it is still missing: the server does not have it either. */
      business->gap_at = -1;
      business->state = SNAPSHOT;
      dex_future_disown (dex_future_finally (self->peer->join (business->id, 0, self->peer_data),
                                             on_joined_for_snapshot, business_ref (business), business_unref));
      return;
    }

  business->gap_at = business->seq;
  business->rejoining = TRUE;
  dex_future_disown (dex_future_finally (self->peer->join (business->id, business->seq, self->peer_data),
                                         on_rejoined, business_ref (business), business_unref));
}

/* Takes @event, of a business that is LIVE. */
static void
take_event (LobbySyncEngine *self,
            Business *business,
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
hold_event (Business *business,
            LobbyWireEvent *event)
{
  /* What is not held leaves a gap, and a gap is closed. */
  if (g_queue_get_length (&business->held) < MAX_HELD)
    g_queue_push_tail (&business->held, event);
  else
    lobby_wire_event_free (event);
}

static void
drain_held (Business *business)
{
  LobbyWireEvent *event;

  while (business->engine != NULL && business->state == LIVE && (event = g_queue_pop_head (&business->held)) != NULL)
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
  Business *business;

  g_return_if_fail (LOBBY_IS_SYNC_ENGINE (self));

  event = read_event (name, payload);
  business = find_business (self, event->business_id);
  if (business == NULL || (event->seq <= 0 && event->kind != LOBBY_EVENT_SYNC_RESET))
    return;

  if (event->kind == LOBBY_EVENT_SYNC_RESET)
    {
      if (business->state != SNAPSHOT)
        start_snapshot (business, event->seq);
    }
  else if (business->state == LIVE)
    take_event (self, business, g_steal_pointer (&event));
  else
    hold_event (business, g_steal_pointer (&event));
}

/* One page of conversations as changes; *@cursor becomes where the next begins, NULL at the end. */
static LobbyChangeSet *
read_page (JsonObject *page,
           char **cursor)
{
  LobbyChangeSet *changes = lobby_change_set_new ();
  JsonArray *conversations = lobby_json_get_array (page, "conversations");

  for (guint i = 0; i < lobby_json_array_length (conversations); i++)
    {
      JsonObject *json = lobby_json_array_object (conversations, i);
      JsonObject *contact_json = lobby_json_get_object (json, "contact");
      JsonObject *message_json = lobby_json_get_object (json, "last_message");
      g_autoptr (LobbyWireConversation) conversation = json != NULL ? lobby_wire_conversation_from_json (json, NULL) : NULL;
      g_autoptr (LobbyWireContact) contact = contact_json != NULL ? lobby_wire_contact_from_json (contact_json, NULL) : NULL;
      g_autoptr (LobbyWireMessage) message = message_json != NULL ? lobby_wire_message_from_json (message_json, NULL) : NULL;

      if (conversation == NULL || contact == NULL)
        {
          g_warning ("A conversation of the server cannot be read");
          continue;
        }
      g_ptr_array_add (changes->contacts, lobby_contact_record_from_wire (contact));
      g_ptr_array_add (changes->conversations, lobby_conversation_record_from_wire (conversation));
      if (message != NULL)
        g_ptr_array_add (changes->messages, lobby_message_record_from_wire (message));
    }

  g_free (*cursor);
  *cursor = g_strdup (lobby_json_get_string (page, "next", 4096));
  return changes;
}

static gboolean
read_pages (Business *business,
            GError **error)
{
  g_autofree char *cursor = NULL;

  for (guint n = 0; n < MAX_PAGES && business->engine != NULL; n++)
    {
      LobbySyncEngine *self = business->engine;
      g_autoptr (JsonObject) page = dex_await_boxed (self->peer->read_conversations (business->id, cursor, self->peer_data), error);

      if (page == NULL)
        return FALSE;
      if (business->engine == NULL)
        break;
      if (!dex_await (lobby_change_queue_add (self->queue, read_page (page, &cursor)), error))
        return FALSE;
      if (cursor == NULL)
        return TRUE;
    }

  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The session ended");
  return FALSE;
}

/* The snapshot leads up to snapshot_seq; the events after it are held, or come. */
static gboolean
read_snapshot (Business *business,
               GError **error)
{
  gint64 seq = business->snapshot_seq;
  LobbyChangeSet *end;

  if (!dex_await (lobby_change_queue_add_reset (business->engine->queue, business->id), error) || !read_pages (business, error))
    return FALSE;
  if (business->engine == NULL)
    return TRUE;

  end = lobby_change_set_new ();
  end->business_id = g_strdup (business->id);
  end->seq = seq;
  if (!dex_await (lobby_change_queue_add (business->engine->queue, end), error))
    return FALSE;

  business->seq = seq;
  business->stored = seq;
  business->gap_at = -1;
  business->state = LIVE;
  return TRUE;
}

static DexFuture *
snapshot_fiber (gpointer data)
{
  Business *business = data;
  g_autoptr (GError) error = NULL;

  if (business->engine == NULL)
    return dex_future_new_true ();

  if (!read_snapshot (business, &error))
    {
      if (business->engine != NULL)
        fail (business->engine, error);
      return dex_future_new_true ();
    }

  if (business->engine != NULL)
    {
      drain_held (business);
      check_level (business->engine);
    }
  return dex_future_new_true ();
}

static void
start_snapshot (Business *business,
                gint64 seq)
{
  flush (business->engine);
  business->state = SNAPSHOT;
  business->rejoining = FALSE;
  business->snapshot_seq = seq;
  business->target = seq;
  business->quiet_until = seq;
  lobby_async_go (snapshot_fiber, business_ref (business), business_unref);
}

static DexFuture *
join_fiber (gpointer data)
{
  Business *business = data;
  LobbySyncEngine *self = business->engine;
  g_autoptr (GError) error = NULL;
  gint64 newest;

  if (self == NULL)
    return dex_future_new_true ();

  newest = dex_await_int64 (self->peer->join (business->id, business->seq, self->peer_data), &error);
  if (business->engine == NULL)
    return dex_future_new_true ();
  if (error != NULL)
    {
      fail (business->engine, error);
      return dex_future_new_true ();
    }

  /* A sync:reset may have come before this fiber had its turn. */
  if (business->state != JOINING)
    return dex_future_new_true ();

  if (business->seq == 0 || newest < business->seq)
    {
      start_snapshot (business, newest);
      return dex_future_new_true ();
    }

  business->target = newest;
  set_target (business, newest);
  business->state = LIVE;
  drain_held (business);
  check_level (self);
  return dex_future_new_true ();
}

static void
add_business (LobbySyncEngine *self,
              const char *id)
{
  Business *business = g_new0 (Business, 1);

  g_atomic_ref_count_init (&business->ref_count);
  business->engine = self;
  business->id = g_strdup (id);
  business->gap_at = -1;
  business->seq = lobby_store_get_seq (self->store, id);
  business->stored = business->seq;
  business->target = G_MAXINT64;
  g_ptr_array_add (self->businesses, business);
  lobby_async_go (join_fiber, business_ref (business), business_unref);
}

/* What of an earlier session is still being written comes first: the seq in the store must be the last word. */
static DexFuture *
attach_fiber (gpointer data)
{
  gpointer *arguments = data;
  LobbySyncEngine *self = arguments[0];
  char **ids = arguments[1];
  DexPromise *level = arguments[2];

  dex_await (lobby_change_queue_drained (self->queue), NULL);
  if (self->level != level)
    return dex_future_new_true ();

  for (guint i = 0; ids[i] != NULL; i++)
    add_business (self, ids[i]);
  check_level (self);
  return dex_future_new_true ();
}

static void
attach_arguments_free (gpointer data)
{
  gpointer *arguments = data;

  g_object_unref (arguments[0]);
  g_strfreev (arguments[1]);
  dex_unref (arguments[2]);
  g_free (arguments);
}

DexFuture *
lobby_sync_engine_attach (LobbySyncEngine *self,
                          const char *const *business_ids)
{
  gpointer *arguments;

  g_return_val_if_fail (LOBBY_IS_SYNC_ENGINE (self), NULL);

  lobby_sync_engine_detach (self);
  self->level = dex_promise_new ();
  arguments = g_new (gpointer, 3);
  arguments[0] = g_object_ref (self);
  arguments[1] = g_strdupv ((char **)business_ids);
  arguments[2] = dex_ref (self->level);
  lobby_async_go (attach_fiber, arguments, attach_arguments_free);

  return dex_ref (DEX_FUTURE (self->level));
}

void
lobby_sync_engine_detach (LobbySyncEngine *self)
{
  g_autoptr (DexPromise) level = NULL;

  g_return_if_fail (LOBBY_IS_SYNC_ENGINE (self));

  flush (self);
  for (guint i = 0; i < self->businesses->len; i++)
    ((Business *)g_ptr_array_index (self->businesses, i))->engine = NULL;
  g_ptr_array_set_size (self->businesses, 0);

  level = g_steal_pointer (&self->level);
  if (level != NULL)
    dex_promise_reject (level, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The session ended"));
}

DexFuture *
lobby_sync_engine_apply (LobbySyncEngine *self,
                         LobbyChangeSet *changes)
{
  g_return_val_if_fail (LOBBY_IS_SYNC_ENGINE (self), NULL);

  return lobby_change_queue_add (self->queue, changes);
}

DexFuture *
lobby_sync_engine_probe (LobbySyncEngine *self)
{
  g_autoptr (GPtrArray) joins = g_ptr_array_new_with_free_func (dex_unref);

  g_return_val_if_fail (LOBBY_IS_SYNC_ENGINE (self), NULL);

  for (guint i = 0; i < self->businesses->len; i++)
    {
      Business *business = g_ptr_array_index (self->businesses, i);

      if (business->state == LIVE && business->seq > 0)
        g_ptr_array_add (joins, self->peer->join (business->id, business->seq, self->peer_data));
    }
  if (joins->len == 0)
    return dex_future_new_true ();

  return dex_future_all_racev ((DexFuture *const *)joins->pdata, joins->len);
}

static void
lobby_sync_engine_dispose (GObject *object)
{
  LobbySyncEngine *self = LOBBY_SYNC_ENGINE (object);

  if (self->businesses != NULL)
    lobby_sync_engine_detach (self);
  g_clear_handle_id (&self->flush_source, g_source_remove);
  g_clear_pointer (&self->businesses, g_ptr_array_unref);
  g_clear_pointer (&self->pending, g_ptr_array_unref);
  g_clear_object (&self->queue);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (lobby_sync_engine_parent_class)->dispose (object);
}

static void
lobby_sync_engine_class_init (LobbySyncEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_sync_engine_dispose;

  signals[APPLIED] = g_signal_new ("applied", LOBBY_TYPE_SYNC_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_BOOLEAN);
  signals[FAILED] = g_signal_new ("failed", LOBBY_TYPE_SYNC_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
lobby_sync_engine_init (LobbySyncEngine *self)
{
  self->businesses = g_ptr_array_new_with_free_func (business_unref);
  self->pending = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_wire_event_free);
}

LobbySyncEngine *
lobby_sync_engine_new (LobbyStore *store,
                       const LobbySyncPeer *peer,
                       gpointer data)
{
  LobbySyncEngine *self = g_object_new (LOBBY_TYPE_SYNC_ENGINE, NULL);

  self->store = g_object_ref (store);
  self->queue = lobby_change_queue_new (store);
  self->peer = peer;
  self->peer_data = data;
  return self;
}
