/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include <errno.h>
#include <glib/gstdio.h>

#include "lobby-clock.h"
#include "lobby-log.h"
#include "lobby-metrics.h"
#include "server-sql.h"

/*
 * Group commit. The first verb of a turn of the main loop begins the transaction and attaches a source above
 * all others: everything else that this turn dispatches writes into the same transaction, and the next
 * turn begins with the commit. So the batch is what one poll brought, a busy loop cannot
 * starve the commit, and there is one fsync (synchronous=FULL) for all of it.
 */

typedef struct
{
  LobbyCommitCallback callback;
  gpointer data;
} Waiter;

static void lobby_sqlite_storage_init_interface (LobbyStorageInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LobbySqliteStorage, lobby_sqlite_storage, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (LOBBY_TYPE_STORAGE, lobby_sqlite_storage_init_interface))

/* Turns the database's error into ours. */
static GError *
storage_error (const GError *error)
{
  LobbyStorageError code = LOBBY_STORAGE_ERROR_FAILED;

  if (error->domain == LOBBY_STORAGE_ERROR)
    return g_error_copy (error);
  if (g_error_matches (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FULL))
    code = LOBBY_STORAGE_ERROR_FULL;
  else if (g_error_matches (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_BUSY)
           || g_error_matches (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_CORRUPT))
    code = LOBBY_STORAGE_ERROR_BUSY;
  return g_error_new_literal (LOBBY_STORAGE_ERROR, code, error->message);
}

/* The turn */

static gboolean
timed_commit (LobbySqliteStorage *self,
              GError **error)
{
  gint64 began = g_get_monotonic_time ();
  guint n_removed = lobby_sqlite_remove_finished (self);
  gboolean done = lobby_transaction_commit (&self->turn, error);

  lobby_metrics_observe (LOBBY_METRIC_COMMITS, g_get_monotonic_time () - began);
  if (!done)
    lobby_metrics_add (LOBBY_METRIC_COMMIT_FAILURES, NULL, 1);
  if (!done)
    self->refused = TRUE;
  else if (self->wrote)
    self->refused = FALSE;
  self->wrote = FALSE;
  if (done && n_removed > 0)
    g_array_remove_range (self->finished, 0, n_removed);
  return done;
}

static gboolean
commit_turn (LobbySqliteStorage *self,
             GError **error)
{
  g_autoptr (LobbySqliteStorage) keep = g_object_ref (self);
  g_autoptr (GPtrArray) events = g_steal_pointer (&self->events);
  g_autoptr (GArray) waiters = g_steal_pointer (&self->waiters);
  g_autoptr (GError) inner = NULL;
  g_autoptr (GError) failure = NULL;

  g_assert (!self->in_verb);
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_log_event_unref);
  self->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  if (self->commit_source != NULL)
    g_source_destroy (self->commit_source);
  g_clear_pointer (&self->commit_source, g_source_unref);

  if (!timed_commit (self, &inner))
    {
      failure = storage_error (inner);
      lobby_log_event (G_LOG_LEVEL_WARNING, "storage", "commit failed", "reason", failure->message, NULL);
    }
  for (guint i = 0; i < waiters->len; i++)
    {
      const Waiter *waiter = &g_array_index (waiters, Waiter, i);

      waiter->callback (failure, waiter->data);
    }
  if (failure != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  lobby_metrics_add (LOBBY_METRIC_EVENTS, NULL, events->len);
  if (events->len > 0)
    g_signal_emit_by_name (self, "committed", events);
  return TRUE;
}

static gboolean
on_turn_over (gpointer data)
{
  LobbySqliteStorage *self = data;

  commit_turn (self, NULL);
  return G_SOURCE_REMOVE;
}

static gboolean
begin_turn (LobbySqliteStorage *self,
            GError **error)
{
  self->turn = lobby_transaction_begin (self->database, error);
  if (self->turn == NULL)
    return FALSE;
  self->commit_source = g_idle_source_new ();
  g_source_set_priority (self->commit_source, G_PRIORITY_HIGH);
  g_source_set_static_name (self->commit_source, "[lobbyd] commit");
  g_source_set_callback (self->commit_source, on_turn_over, self, NULL);
  g_source_attach (self->commit_source, g_main_context_get_thread_default ());
  return TRUE;
}

static void
lobby_sqlite_storage_after_commit (LobbyStorage *storage,
                                   LobbyCommitCallback callback,
                                   gpointer data)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  Waiter waiter = { callback, data };

  if (self->turn == NULL)
    callback (NULL, data);
  else
    g_array_append_val (self->waiters, waiter);
}

static gboolean
lobby_sqlite_storage_flush (LobbyStorage *storage,
                            GError **error)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);

  return self->turn == NULL || commit_turn (self, error);
}

/* Verbs */

gboolean
lobby_verb_begin (LobbyVerb *verb,
                  LobbyStorage *storage,
                  GError **error)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);

  g_assert (!self->in_verb);
  *verb = (LobbyVerb){
    .storage = self,
    .database = self->database,
    .first_event = self->events->len,
    .first_change = lobby_database_total_changes (self->database),
    .now = lobby_clock_now (),
    .result = error,
  };
  if (self->turn == NULL && !begin_turn (self, &verb->error))
    return FALSE;
  verb->transaction = lobby_transaction_begin (self->database, &verb->error);
  self->in_verb = verb->transaction != NULL;
  return self->in_verb;
}

gboolean
lobby_verb_end (LobbyVerb *verb)
{
  g_assert (verb->error == NULL);
  verb->storage->in_verb = FALSE;
  if (lobby_transaction_commit (&verb->transaction, &verb->error))
    {
      verb->storage->wrote = TRUE;
      return TRUE;
    }
  g_ptr_array_set_size (verb->storage->events, (int)verb->first_event);
  return FALSE;
}

gboolean
lobby_verb_end_quietly (LobbyVerb *verb)
{
  if (!lobby_verb_end (verb))
    return FALSE;
  verb->storage->n_quiet += lobby_database_total_changes (verb->database) - verb->first_change;
  return TRUE;
}

gboolean
lobby_verb_not_found (LobbyVerb *verb,
                      const char *what)
{
  if (verb->error == NULL)
    g_set_error (&verb->error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NOT_FOUND, "There is no such %s", what);
  return FALSE;
}

void
lobby_verb_clear (LobbyVerb *verb)
{
  g_autoptr (GError) error = g_steal_pointer (&verb->error);

  if (verb->transaction != NULL)
    {
      g_clear_pointer (&verb->transaction, lobby_transaction_free);
      g_ptr_array_set_size (verb->storage->events, (int)verb->first_event);
      verb->storage->in_verb = FALSE;
    }
  if (error == NULL)
    return;
  if (g_error_matches (error, LOBBY_DATABASE_ERROR, LOBBY_DATABASE_ERROR_FULL))
    verb->storage->refused = TRUE;
  g_propagate_error (verb->result, storage_error (error));
}

void
lobby_sqlite_log_error (GError **error)
{
  if (*error == NULL)
    return;
  lobby_log_event (G_LOG_LEVEL_WARNING, "storage", "reading failed", "reason", (*error)->message, NULL);
  g_clear_error (error);
}

void
lobby_sqlite_fail_read (GError **error,
                        const GError *inner)
{
  if (inner != NULL)
    g_set_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_BUSY, "This cannot be read now: %s", inner->message);
}

/* Opening */

static gboolean
make_folder (const char *path,
             GError **error)
{
  int saved;

  if (g_mkdir_with_parents (path, 0700) == 0)
    return TRUE;
  saved = errno;
  g_set_error (error, LOBBY_STORAGE_ERROR,
               saved == ENOSPC || saved == EDQUOT ? LOBBY_STORAGE_ERROR_FULL : LOBBY_STORAGE_ERROR_FAILED,
               "Cannot make the folder %s: %s", path, g_strerror (saved));
  return FALSE;
}

LobbySqliteStorage *
lobby_sqlite_storage_open (const char *folder,
                           GError **error)
{
  g_autoptr (LobbySqliteStorage) self = NULL;
  g_autoptr (GError) inner = NULL;
  g_autofree char *media = NULL;
  g_autofree char *path = NULL;

  g_return_val_if_fail (folder != NULL, NULL);

  g_resources_register (server_sql_get_resource ());
  self = g_object_new (LOBBY_TYPE_SQLITE_STORAGE, NULL);
  self->folder = g_strdup (folder);
  media = g_build_filename (folder, "media", NULL);
  if (!make_folder (media, error))
    return NULL;
  self->files = lobby_file_store_new (media);

  path = g_build_filename (folder, "lobby.db", NULL);
  self->database = lobby_database_open (path, LOBBY_DATABASE_SYNC_FULL, &inner);
  if (self->database == NULL || !lobby_database_migrate (self->database, "/org/lobby/server/sql", &inner))
    {
      g_propagate_error (error, storage_error (inner));
      return NULL;
    }
  lobby_sqlite_storage_check_outside (self);
  return g_steal_pointer (&self);
}

gboolean
lobby_sqlite_storage_check_outside (LobbySqliteStorage *self)
{
  g_autoptr (GError) error = NULL;
  gint64 before;

  g_return_val_if_fail (LOBBY_IS_SQLITE_STORAGE (self), FALSE);

  before = self->data_version;
  self->data_version = lobby_database_get_int (self->database, before, &error, "PRAGMA data_version", NULL);
  lobby_sqlite_log_error (&error);
  return self->data_version != before;
}

static void
lobby_sqlite_storage_dispose (GObject *object)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (object);

  if (self->turn != NULL || (self->finished->len > 0 && begin_turn (self, NULL)))
    commit_turn (self, NULL);
  g_clear_handle_id (&self->finish_timer, g_source_remove);
  g_clear_object (&self->database);
  G_OBJECT_CLASS (lobby_sqlite_storage_parent_class)->dispose (object);
}

static void
lobby_sqlite_storage_finalize (GObject *object)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (object);

  g_ptr_array_unref (self->events);
  g_array_unref (self->waiters);
  g_array_unref (self->finished);
  g_clear_pointer (&self->files, lobby_file_store_free);
  g_free (self->folder);
  G_OBJECT_CLASS (lobby_sqlite_storage_parent_class)->finalize (object);
}

static void
lobby_sqlite_storage_class_init (LobbySqliteStorageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = lobby_sqlite_storage_dispose;
  object_class->finalize = lobby_sqlite_storage_finalize;
}

static void
lobby_sqlite_storage_init (LobbySqliteStorage *self)
{
  self->events = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_log_event_unref);
  self->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  self->finished = g_array_new (FALSE, FALSE, sizeof (gint64));
}

static void
lobby_sqlite_storage_init_interface (LobbyStorageInterface *iface)
{
  iface->after_commit = lobby_sqlite_storage_after_commit;
  iface->flush = lobby_sqlite_storage_flush;
  lobby_sqlite_people_verbs (iface);
  lobby_sqlite_account_verbs (iface);
  lobby_sqlite_connection_verbs (iface);
  lobby_sqlite_figure_verbs (iface);
  lobby_sqlite_address_verbs (iface);
  lobby_sqlite_reading_verbs (iface);
  lobby_sqlite_event_verbs (iface);
  lobby_sqlite_agent_verbs (iface);
  lobby_sqlite_sending_verbs (iface);
  lobby_sqlite_delivery_verbs (iface);
  lobby_sqlite_inbound_verbs (iface);
  lobby_sqlite_identity_verbs (iface);
  lobby_sqlite_merge_verbs (iface);
  lobby_sqlite_change_verbs (iface);
  lobby_sqlite_call_verbs (iface);
  lobby_sqlite_alert_verbs (iface);
  lobby_sqlite_template_verbs (iface);
  lobby_sqlite_queue_verbs (iface);
  lobby_sqlite_outbound_verbs (iface);
  lobby_sqlite_media_verbs (iface);
  lobby_sqlite_file_verbs (iface);
  lobby_sqlite_upload_verbs (iface);
}
