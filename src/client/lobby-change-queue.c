/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-change-queue.h"

/* Messages. More would be felt as a late frame. */
#define MAX_ON_MAIN_THREAD 50

struct _LobbyChangeQueue
{
  GObject parent_instance;

  LobbyStore *store;
  GQueue jobs; /* of Job */
  guint source;
  gboolean in_background; /* the worker writes one; it is no longer in jobs */
};

G_DEFINE_FINAL_TYPE (LobbyChangeQueue, lobby_change_queue, G_TYPE_OBJECT)

static guint file_revoked_signal;

typedef struct
{
  LobbyChangeQueue *queue; /* while the worker has it */
  LobbyChangeSet *changes;
  char *reset_business;
  DexPromise *promise;
} Job;

static void schedule (LobbyChangeQueue *self);

static void
job_free (gpointer data)
{
  Job *job = data;

  g_clear_object (&job->queue);
  g_clear_pointer (&job->changes, lobby_change_set_free);
  g_free (job->reset_business);
  dex_clear (&job->promise);
  g_free (job);
}

/* Takes @error. */
static void
settle (Job *job,
        GError *error)
{
  if (error != NULL)
    dex_promise_reject (job->promise, error);
  else
    dex_promise_resolve_boolean (job->promise, TRUE);
}

static DexFuture *
on_background_done (DexFuture *future,
                    gpointer data)
{
  Job *job = data;
  GError *error = NULL;

  dex_future_get_value (future, &error);
  job->queue->in_background = FALSE;
  schedule (job->queue);
  settle (job, error);

  return dex_future_new_true ();
}

static void
tell_revoked_files (LobbyChangeQueue *self,
                    const LobbyChangeSet *changes)
{
  for (guint i = 0; i < changes->messages->len; i++)
    {
      const LobbyMessageRecord *record = g_ptr_array_index (changes->messages, i);
      g_autoptr (LobbyMessage) message = record->revoked ? lobby_store_get_message (self->store, record->id) : NULL;
      const char *url = message != NULL ? lobby_message_get_record (message)->media_url : NULL;

      if (url != NULL)
        g_signal_emit (self, file_revoked_signal, 0, url);
    }
}

static void
run_job (LobbyChangeQueue *self,
         Job *job)
{
  GError *error = NULL;

  if (job->changes != NULL)
    tell_revoked_files (self, job->changes);
  if (job->reset_business != NULL)
    lobby_store_begin_reset (self->store, job->reset_business, &error);
  else if (job->changes->messages->len > MAX_ON_MAIN_THREAD)
    {
      self->in_background = TRUE;
      job->queue = g_object_ref (self);
      dex_future_disown (dex_future_finally (lobby_store_apply_in_background (self->store, g_steal_pointer (&job->changes)),
                                             on_background_done, job, job_free));
      return;
    }
  else if (!lobby_change_set_is_empty (job->changes))
    lobby_store_apply (self->store, job->changes, &error);

  settle (job, error);
  job_free (job);
}

static gboolean
on_turn (gpointer data)
{
  g_autoptr (LobbyChangeQueue) self = g_object_ref (data);
  Job *job = g_queue_pop_head (&self->jobs);

  self->source = 0;
  if (job != NULL)
    run_job (self, job);
  schedule (self);

  return G_SOURCE_REMOVE;
}

static void
schedule (LobbyChangeQueue *self)
{
  if (self->source == 0 && !self->in_background && !g_queue_is_empty (&self->jobs))
    self->source = g_idle_add_full (G_PRIORITY_DEFAULT, on_turn, g_object_ref (self), g_object_unref);
}

/* Takes @changes and @reset_business. */
static DexFuture *
add_job (LobbyChangeQueue *self,
         LobbyChangeSet *changes,
         char *reset_business)
{
  Job *job = g_new0 (Job, 1);
  DexFuture *future;

  job->changes = changes;
  job->reset_business = reset_business;
  job->promise = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (job->promise));
  g_queue_push_tail (&self->jobs, job);
  schedule (self);

  return future;
}

DexFuture *
lobby_change_queue_add (LobbyChangeQueue *self,
                        LobbyChangeSet *changes)
{
  g_return_val_if_fail (LOBBY_IS_CHANGE_QUEUE (self), NULL);
  g_return_val_if_fail (changes != NULL, NULL);

  return add_job (self, changes, NULL);
}

DexFuture *
lobby_change_queue_add_reset (LobbyChangeQueue *self,
                              const char *business_id)
{
  g_return_val_if_fail (LOBBY_IS_CHANGE_QUEUE (self), NULL);

  return add_job (self, NULL, g_strdup (business_id));
}

DexFuture *
lobby_change_queue_drained (LobbyChangeQueue *self)
{
  g_return_val_if_fail (LOBBY_IS_CHANGE_QUEUE (self), NULL);

  return add_job (self, lobby_change_set_new (), NULL);
}

static void
lobby_change_queue_finalize (GObject *object)
{
  LobbyChangeQueue *self = LOBBY_CHANGE_QUEUE (object);

  g_queue_clear_full (&self->jobs, job_free);
  g_clear_object (&self->store);

  G_OBJECT_CLASS (lobby_change_queue_parent_class)->finalize (object);
}

static void
lobby_change_queue_class_init (LobbyChangeQueueClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_change_queue_finalize;

  file_revoked_signal = g_signal_new ("file-revoked", LOBBY_TYPE_CHANGE_QUEUE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
lobby_change_queue_init (LobbyChangeQueue *self)
{
}

LobbyChangeQueue *
lobby_change_queue_new (LobbyStore *store)
{
  LobbyChangeQueue *self = g_object_new (LOBBY_TYPE_CHANGE_QUEUE, NULL);

  self->store = g_object_ref (store);
  return self;
}
