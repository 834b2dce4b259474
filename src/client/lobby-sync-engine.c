/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-sync-private.h"

#include "lobby-async.h"
#include "lobby-database.h"

G_DEFINE_FINAL_TYPE (LobbySyncEngine, lobby_sync_engine, G_TYPE_OBJECT)

guint lobby_sync_engine_signals[LOBBY_SYNC_N_SIGNALS];

LobbySyncBusiness *
lobby_sync_business_ref (LobbySyncBusiness *business)
{
  g_atomic_ref_count_inc (&business->ref_count);
  return business;
}

void
lobby_sync_business_unref (gpointer data)
{
  LobbySyncBusiness *business = data;

  if (!g_atomic_ref_count_dec (&business->ref_count))
    return;

  g_queue_clear_full (&business->held, (GDestroyNotify)lobby_wire_event_free);
  g_free (business->id);
  g_free (business);
}

void
lobby_sync_engine_fail (LobbySyncEngine *self,
                        const GError *error)
{
  g_autoptr (LobbySyncEngine) held = g_object_ref (self);
  g_autoptr (DexPromise) level = g_steal_pointer (&self->level);

  if (error->domain == LOBBY_DATABASE_ERROR)
    g_warning ("The store cannot keep what the server tells: %s", error->message);
  lobby_sync_engine_detach (self);
  if (level != NULL)
    dex_promise_reject (level, g_error_copy (error));
  g_signal_emit (self, lobby_sync_engine_signals[LOBBY_SYNC_FAILED], 0, error);
}

void
lobby_sync_engine_check_level (LobbySyncEngine *self)
{
  g_autoptr (DexPromise) level = NULL;

  if (self->level == NULL)
    return;

  for (guint i = 0; i < self->businesses->len; i++)
    {
      LobbySyncBusiness *business = g_ptr_array_index (self->businesses, i);

      if (business->state != LOBBY_SYNC_LIVE || business->stored < business->target)
        return;
    }

  level = g_steal_pointer (&self->level);
  dex_promise_resolve_boolean (level, TRUE);
}

static DexFuture *
join_fiber (gpointer data)
{
  LobbySyncBusiness *business = data;
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
      lobby_sync_engine_fail (business->engine, error);
      return dex_future_new_true ();
    }

  /* A sync:reset may have come before this fiber had its turn. */
  if (business->state != LOBBY_SYNC_JOINING)
    return dex_future_new_true ();

  if (business->seq == 0 || newest < business->seq)
    {
      lobby_sync_business_start_snapshot (business, newest);
      return dex_future_new_true ();
    }

  business->target = newest;
  lobby_sync_business_set_target (business, newest);
  business->state = LOBBY_SYNC_LIVE;
  lobby_sync_business_drain_held (business);
  lobby_sync_engine_check_level (self);
  return dex_future_new_true ();
}

static void
add_business (LobbySyncEngine *self,
              const char *id)
{
  LobbySyncBusiness *business = g_new0 (LobbySyncBusiness, 1);

  g_atomic_ref_count_init (&business->ref_count);
  business->engine = self;
  business->id = g_strdup (id);
  business->gap_at = -1;
  business->seq = lobby_store_get_seq (self->store, id);
  business->stored = business->seq;
  business->target = G_MAXINT64;
  g_ptr_array_add (self->businesses, business);
  lobby_async_go (join_fiber, lobby_sync_business_ref (business), lobby_sync_business_unref);
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
  lobby_sync_engine_check_level (self);
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

  lobby_sync_engine_flush (self);
  for (guint i = 0; i < self->businesses->len; i++)
    ((LobbySyncBusiness *)g_ptr_array_index (self->businesses, i))->engine = NULL;
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
      LobbySyncBusiness *business = g_ptr_array_index (self->businesses, i);

      if (business->state == LOBBY_SYNC_LIVE && business->seq > 0)
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

  lobby_sync_engine_signals[LOBBY_SYNC_APPLIED] = g_signal_new ("applied", LOBBY_TYPE_SYNC_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                                G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_BOOLEAN);
  lobby_sync_engine_signals[LOBBY_SYNC_FAILED] = g_signal_new ("failed", LOBBY_TYPE_SYNC_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                               G_TYPE_NONE, 1, G_TYPE_ERROR);
  lobby_sync_engine_signals[LOBBY_SYNC_FILE_REVOKED] = g_signal_new ("file-revoked", LOBBY_TYPE_SYNC_ENGINE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                                                     G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
lobby_sync_engine_init (LobbySyncEngine *self)
{
  self->businesses = g_ptr_array_new_with_free_func (lobby_sync_business_unref);
  self->pending = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_wire_event_free);
}

static void
on_file_revoked (LobbySyncEngine *self,
                 const char *media_url)
{
  g_signal_emit (self, lobby_sync_engine_signals[LOBBY_SYNC_FILE_REVOKED], 0, media_url);
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
  g_signal_connect_object (self->queue, "file-revoked", G_CALLBACK (on_file_revoked), self, G_CONNECT_SWAPPED);
  return self;
}
