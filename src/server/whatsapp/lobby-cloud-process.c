/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-private.h"
#include "lobby-async.h"
#include "lobby-cloud-reading.h"
#include "lobby-storage-commit.h"

/* Stored deliveries into the storage's verbs, a few ms of them a turn. */

/* A delivery larger than this is parsed in a thread: 3 MB take tens of ms. */
#define THREAD_BYTES (64 * 1024)
#define SLICE_USEC 3000

typedef struct
{
  LobbyCloudAdapter *self;
  GBytes *body;
  gint64 arrived_at;
  LobbyCloudDelivery *delivery;
  GPtrArray *connections; /* of LobbyConnection, when another number's update is in it */
  char *problem;
  guint n_problems;
  DexFuture *begun; /* the commit of the first slice, when there are more */
} Processing;

static void
processing_free (gpointer data)
{
  Processing *processing = data;

  g_object_unref (processing->self);
  g_bytes_unref (processing->body);
  g_clear_pointer (&processing->delivery, lobby_cloud_delivery_free);
  g_clear_pointer (&processing->connections, g_ptr_array_unref);
  dex_clear (&processing->begun);
  g_free (processing->problem);
  g_free (processing);
}

static gboolean
parse_delivery (gpointer data,
                GValue *result,
                GError **error)
{
  Processing *processing = data;

  processing->delivery = lobby_cloud_delivery_new (processing->body, processing->arrived_at, error);
  return processing->delivery != NULL;
}

/* Takes @problem; the first is told, the rest counted. */
static void
add_problem (Processing *processing,
             char *problem)
{
  processing->n_problems++;
  if (processing->problem == NULL)
    processing->problem = problem;
  else
    g_free (problem);
}

static gboolean
is_about (const LobbyCloudItem *item,
          const LobbyConnection *connection)
{
  g_autofree char *number = NULL;

  if (item->phone_number_id != NULL)
    return g_strcmp0 (item->phone_number_id, connection->phone_number_id) == 0;
  /* Not every connection knows how its number is written. */
  if (item->display_number != NULL && connection->phone_number != NULL)
    {
      number = lobby_cloud_dup_number (connection->phone_number);
      return g_strcmp0 (item->display_number, number) == 0;
    }
  return item->waba_id != NULL && g_strcmp0 (item->waba_id, connection->waba_id) == 0;
}

static GPtrArray *
get_connections (Processing *processing,
                 GError **error)
{
  if (processing->connections == NULL)
    processing->connections = lobby_storage (processing->self->storage, list_connections, processing->self->connection->business_id, error);
  return processing->connections;
}

/* All numbers of one app share its webhook address and secret, so an update may be another connection's, and what concerns
 * the account concerns all of its numbers. (transfer container) of ids; empty: it is nobody's; NULL: that cannot be read now. */
static GPtrArray *
find_targets (Processing *processing,
              const LobbyCloudItem *item,
              GError **error)
{
  const LobbyConnection *own = processing->self->connection;
  g_autoptr (GPtrArray) targets = g_ptr_array_new ();
  gboolean names_number = item->phone_number_id != NULL || item->display_number != NULL;
  GPtrArray *connections;

  if ((!names_number && item->alert == NULL && item->template == NULL && !item->templates_stale) || (names_number && is_about (item, own)))
    {
      g_ptr_array_add (targets, own->id);
      return g_steal_pointer (&targets);
    }
  connections = get_connections (processing, error);
  if (connections == NULL)
    return NULL;
  for (guint i = 0; i < connections->len; i++)
    {
      const LobbyConnection *other = g_ptr_array_index (connections, i);

      if (is_about (item, other) && g_strcmp0 (other->app_secret, own->app_secret) == 0)
        g_ptr_array_add (targets, other->id);
    }
  /* A number that is written in another way than we know it. */
  if (targets->len == 0 && item->phone_number_id == NULL)
    g_ptr_array_add (targets, own->id);
  return g_steal_pointer (&targets);
}

static gboolean
store_template (LobbyStorage *storage,
                const char *connection_id,
                const LobbyCloudItem *item,
                GError **error)
{
  gboolean known = TRUE;

  return (item->template == NULL || lobby_storage (storage, put_template, connection_id, item->template, &known, error))
         && ((known && !item->templates_stale) || lobby_storage (storage, expire_templates, connection_id, error));
}

static gboolean
store_identity (LobbyStorage *storage,
                const char *connection_id,
                const LobbyCloudIdentity *identity,
                GError **error)
{
  const LobbyIdentity *before = &identity->before;
  gboolean ended = before->wa_id != NULL || before->bsuid != NULL || before->parent_bsuid != NULL;

  if (identity->is_book)
    return lobby_storage (storage, name_contact, connection_id, &identity->now, identity->now.name, error);
  return lobby_storage (storage, learn_identity, connection_id, &identity->now, ended ? before : NULL, identity->at, error);
}

static gboolean
store_item (LobbyStorage *storage,
            const char *connection_id,
            const LobbyCloudItem *item,
            GError **error)
{
  const LobbyAlert *alert = item->alert;
  gboolean was_new;

  return (item->message == NULL || lobby_storage (storage, receive_message, connection_id, item->message, &was_new, error))
         && (item->status == NULL || lobby_storage (storage, receive_status, connection_id, item->status, error))
         && (item->change == NULL || lobby_storage (storage, receive_change, connection_id, item->change, error))
         && (item->call == NULL || lobby_storage (storage, receive_call, connection_id, item->call, error))
         && (item->identity == NULL || store_identity (storage, connection_id, item->identity, error))
         && store_template (storage, connection_id, item, error)
         && (alert == NULL || lobby_storage (storage, add_alert, connection_id, alert->code, alert->severity, alert->title, alert->message, error));
}

/* FALSE when the storage cannot keep anything now. */
static gboolean
process_item (Processing *processing,
              LobbyCloudItem *item,
              GError **error)
{
  g_autoptr (GPtrArray) targets = NULL;

  if (item->problem != NULL)
    {
      add_problem (processing, g_steal_pointer (&item->problem));
      return TRUE;
    }
  targets = find_targets (processing, item, error);
  if (targets == NULL)
    return FALSE;
  if (targets->len == 0)
    add_problem (processing, g_strdup ("an update for a number that is no connection of this business"));
  for (guint i = 0; i < targets->len; i++)
    {
      g_autoptr (GError) storage_error = NULL;

      if (store_item (processing->self->storage, g_ptr_array_index (targets, i), item, &storage_error))
        continue;
      /* Only what is wrong with the update itself may set it aside. */
      if (g_error_matches (storage_error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FULL)
          || g_error_matches (storage_error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_BUSY))
        {
          g_propagate_error (error, g_steal_pointer (&storage_error));
          return FALSE;
        }
      add_problem (processing, g_strdup_printf ("an update could not be stored: %s", storage_error->message));
    }
  if (item->templates_stale)
    g_signal_emit_by_name (processing->self, "templates-stale");
  for (guint i = 0; item->status != NULL && i < targets->len; i++)
    lobby_cloud_adapter_note_error (processing->self, g_ptr_array_index (targets, i), item->status->error_code);
  return TRUE;
}

typedef enum
{
  SLICE_LAST,
  SLICE_MORE,
  SLICE_FAILED,
} Slice;

/* A slice ends with its commit: what a later turn writes says nothing about an earlier one, which may have been rolled back. */
static Slice
process_slice (Processing *processing,
               GError **error)
{
  gint64 pause_at = g_get_monotonic_time () + SLICE_USEC;

  do
    {
      g_auto (LobbyCloudItem) item = { 0 };

      if (!lobby_cloud_delivery_next (processing->delivery, &item))
        return SLICE_LAST;
      if (!process_item (processing, &item, error))
        return SLICE_FAILED;
    }
  while (g_get_monotonic_time () < pause_at);
  return SLICE_MORE;
}

static void
add_unreadable (Processing *processing,
                const GError *error)
{
  add_problem (processing, g_strdup_printf ("the body cannot be read: %s", error->message));
}

/* (transfer full) */
static DexFuture *
tell_problems (Processing *processing)
{
  if (processing->n_problems > 1)
    return dex_future_new_take_string (g_strdup_printf ("%s (and %u more)", processing->problem, processing->n_problems - 1));
  return dex_future_new_take_string (g_steal_pointer (&processing->problem));
}

/* A large one, or what is left of one after its first slice. */
static DexFuture *
process_fiber (gpointer data)
{
  Processing *processing = data;
  Slice slice = SLICE_MORE;
  GError *error = NULL;

  if (processing->begun != NULL && !dex_await (g_steal_pointer (&processing->begun), &error))
    return dex_future_new_for_error (error);
  if (processing->delivery == NULL && !dex_await (lobby_async_compute (parse_delivery, processing, NULL), &error))
    {
      add_unreadable (processing, error);
      g_clear_error (&error);
      slice = SLICE_LAST;
    }
  while (slice == SLICE_MORE)
    {
      slice = process_slice (processing, &error);
      if (slice == SLICE_FAILED || !dex_await (lobby_storage_commit (processing->self->storage), &error))
        return dex_future_new_for_error (error);
    }
  return tell_problems (processing);
}

static DexFuture *
on_committed (DexFuture *committed,
              gpointer data)
{
  return tell_problems (data);
}

/* Takes @processing. Most deliveries are one small slice, which needs no fiber. */
static DexFuture *
process_small (Processing *processing)
{
  GError *error = NULL;
  Slice slice = SLICE_LAST;

  if (parse_delivery (processing, NULL, &error))
    slice = process_slice (processing, &error);
  else
    add_unreadable (processing, error);
  if (slice == SLICE_MORE)
    {
      /* Asked for now: when the fiber runs, that commit may have failed already. */
      processing->begun = lobby_storage_commit (processing->self->storage);
      return lobby_async_spawn (process_fiber, processing, processing_free);
    }
  if (slice == SLICE_FAILED)
    {
      processing_free (processing);
      return dex_future_new_for_error (error);
    }
  g_clear_error (&error);
  return dex_future_then (lobby_storage_commit (processing->self->storage), on_committed, processing, processing_free);
}

DexFuture *
lobby_cloud_adapter_process (LobbyAdapter *adapter,
                             GBytes *body,
                             gint64 arrived_at)
{
  Processing *processing = g_new0 (Processing, 1);

  processing->self = LOBBY_CLOUD_ADAPTER (g_object_ref (adapter));
  processing->body = g_bytes_ref (body);
  processing->arrived_at = arrived_at;
  if (g_bytes_get_size (body) > THREAD_BYTES)
    return lobby_async_spawn (process_fiber, processing, processing_free);
  return process_small (processing);
}
