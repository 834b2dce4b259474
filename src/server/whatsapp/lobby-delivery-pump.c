/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-delivery-pump.h"
#include "lobby-async.h"
#include "lobby-log.h"
#include "lobby-storage-commit.h"

/* Bodies are up to 3 MB. */
#define BATCH 16
#define RETRY_MSEC 1000
/* Of a body whose beginning, at least, is worked in at once: some hundred µs. */
#define SMALL_BYTES (16 * 1024)
/* On their way at once without the list: of a gateway each may wait for an answer. */
#define MOST_TAKEN 64

struct _LobbyDeliveryPump
{
  GObject parent_instance;

  LobbyStorage *storage;
  LobbyFindAdapter find;
  gpointer find_data;
  guint n_taken;  /* deliveries on their way without the list */
  gint64 changes; /* of the storage, when the first of them was taken */
  gboolean running;
  gboolean again; /* there may be something on the list */
  gboolean stopped;
};

enum
{
  PROCESSED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LobbyDeliveryPump, lobby_delivery_pump, G_TYPE_OBJECT)

static gboolean
pump_finish (LobbyDeliveryPump *self,
             const LobbyDelivery *delivery,
             const char *problem,
             GError **error)
{
  if (problem != NULL)
    {
      g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, delivery->id);

      lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "not all of a webhook was handled; its body is kept",
                       "connection", delivery->connection_id, "delivery", id, "problem", problem, NULL);
    }
  return lobby_storage (self->storage, finish_delivery, delivery->id, problem, error);
}

static DexFuture *
pump_begin (LobbyDeliveryPump *self,
            const LobbyDelivery *delivery)
{
  LobbyAdapter *adapter = self->find (delivery->connection_id, self->find_data);

  if (adapter == NULL)
    return dex_future_new_take_string (g_strdup ("its connection is gone"));
  return LOBBY_ADAPTER_GET_IFACE (adapter)->process (adapter, delivery->body, delivery->arrived_at);
}

/* All of a batch are begun in order and share their commits. A delivery is taken off the list only when what was in it is on the disk. */
static gboolean
pump_deliveries (LobbyDeliveryPump *self,
                 GPtrArray *deliveries,
                 GError **error)
{
  g_autoptr (GPtrArray) processed = g_ptr_array_new_with_free_func (dex_unref);
  gboolean done = TRUE;

  for (guint i = 0; i < deliveries->len; i++)
    g_ptr_array_add (processed, pump_begin (self, g_ptr_array_index (deliveries, i)));
  for (guint i = 0; i < deliveries->len; i++)
    {
      g_autoptr (GError) failure = NULL;
      g_autofree char *problem = dex_await_string (dex_ref (g_ptr_array_index (processed, i)), &failure);

      if (failure == NULL)
        pump_finish (self, g_ptr_array_index (deliveries, i), problem, &failure);
      if (failure != NULL && done)
        {
          done = FALSE;
          g_propagate_error (error, g_steal_pointer (&failure));
        }
    }
  return done;
}

/* FALSE when there is nothing left, or when it could not be worked in now (@error). */
static gboolean
pump_batch (LobbyDeliveryPump *self,
            GError **error)
{
  g_autoptr (GPtrArray) deliveries = lobby_storage (self->storage, list_deliveries, BATCH);
  gboolean done;

  if (deliveries == NULL)
    return FALSE;
  done = pump_deliveries (self, deliveries, error);
  if (deliveries->len > 0)
    g_signal_emit (self, signals[PROCESSED], 0);
  if (!done || deliveries->len == BATCH || self->again)
    return done;
  /* Nothing left, unless the last ones come back on the list because setting them aside was rolled back. */
  dex_await (lobby_storage_commit (self->storage), error);
  return FALSE;
}

static DexFuture *
pump_fiber (gpointer data)
{
  LobbyDeliveryPump *self = data;

  while (!self->stopped)
    {
      g_autoptr (GError) error = NULL;

      self->again = FALSE;
      if (pump_batch (self, &error))
        continue;
      if (error != NULL)
        {
          lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "webhooks wait until the storage takes them", "error", error->message, NULL);
          dex_await (dex_timeout_new_msec (RETRY_MSEC), NULL);
        }
      else if (!self->again)
        break;
    }
  self->running = FALSE;
  return dex_future_new_true ();
}

static void
pump_start (LobbyDeliveryPump *self)
{
  if (self->running || self->stopped || self->n_taken > 0)
    return;
  self->running = TRUE;
  lobby_async_go (pump_fiber, g_object_ref (self), g_object_unref);
}

typedef struct
{
  LobbyDeliveryPump *self;
  gint64 id;
  char *connection_id;
} Taken;

static void
taken_free (gpointer data)
{
  Taken *taken = data;

  g_object_unref (taken->self);
  g_free (taken->connection_id);
  g_free (taken);
}

/* One that could not be worked in, or finished, is still on the list. */
static DexFuture *
on_taken_processed (DexFuture *processed,
                    gpointer data)
{
  const Taken *taken = data;
  LobbyDeliveryPump *self = taken->self;
  const LobbyDelivery delivery = { .id = taken->id, .connection_id = taken->connection_id };
  g_autoptr (GError) error = NULL;
  const GValue *problem = dex_future_get_value (processed, &error);

  if (problem == NULL || !pump_finish (self, &delivery, g_value_get_string (problem), &error))
    self->again = TRUE;
  self->n_taken--;
  /* Many have no consequence. */
  if (self->n_taken == 0 && lobby_storage (self->storage, count_changes) != self->changes)
    g_signal_emit (self, signals[PROCESSED], 0);
  if (self->again)
    pump_start (self);
  return dex_future_new_true ();
}

static void
lobby_delivery_pump_finalize (GObject *object)
{
  LobbyDeliveryPump *self = LOBBY_DELIVERY_PUMP (object);

  g_clear_object (&self->storage);
  G_OBJECT_CLASS (lobby_delivery_pump_parent_class)->finalize (object);
}

static void
lobby_delivery_pump_class_init (LobbyDeliveryPumpClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_delivery_pump_finalize;
  signals[PROCESSED] = g_signal_new ("processed", LOBBY_TYPE_DELIVERY_PUMP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lobby_delivery_pump_init (LobbyDeliveryPump *self)
{
}

LobbyDeliveryPump *
lobby_delivery_pump_new (LobbyStorage *storage,
                         LobbyFindAdapter find,
                         gpointer data)
{
  LobbyDeliveryPump *self = g_object_new (LOBBY_TYPE_DELIVERY_PUMP, NULL);

  self->storage = g_object_ref (storage);
  self->find = find;
  self->find_data = data;
  return self;
}

void
lobby_delivery_pump_wake (LobbyDeliveryPump *self)
{
  self->again = TRUE;
  pump_start (self);
}

gboolean
lobby_delivery_pump_take (LobbyDeliveryPump *self,
                          const LobbyDelivery *delivery)
{
  Taken *taken;

  if (self->running || self->again || self->stopped || self->n_taken >= MOST_TAKEN || g_bytes_get_size (delivery->body) > SMALL_BYTES)
    return FALSE;
  taken = g_new (Taken, 1);
  *taken = (Taken){ g_object_ref (self), delivery->id, g_strdup (delivery->connection_id) };
  if (self->n_taken++ == 0)
    self->changes = lobby_storage (self->storage, count_changes);
  dex_future_disown (dex_future_finally (pump_begin (self, delivery), on_taken_processed, taken, taken_free));
  return TRUE;
}

void
lobby_delivery_pump_stop (LobbyDeliveryPump *self)
{
  self->stopped = TRUE;
}
