/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-store-private.h"

#include <gio/gio.h>

/*
 * Change sets into the store. On this thread one transaction takes a whole set. On the worker a set is cut into transactions of
 * CHUNK rows, so that the agent's own writes never wait longer than one of them; the seq and the new beginning of the
 * history come with the last, so that a crash in between repeats events and loses none. Sets are applied strictly in
 * the order in which they came: while the worker is at work, this thread's sets queue behind.
 */

#define CHUNK 128

/* µs of one turn of the main loop that publishing may take: well under a frame. */
#define PUBLISH_SLICE 4000

typedef struct
{
  LobbyChangeSet *changes;
  DexPromise *promise; /* NULL: nobody waits */
  LobbyJournal *journal;
  GError *error;
  gboolean written; /* atomic: the worker is done with it */
  LobbyPublication *publication;
} Job;

struct _LobbyBackground
{
  LobbyStore *store; /* not owned */
  GQueue jobs;       /* of Job; the first is at work */
  GThreadPool *pool; /* one thread */
  GSource *source;   /* readied by the worker, dispatched on the main thread */
  LobbyDatabase *database;
  gboolean stopping; /* atomic */
};

static int
compare_messages (gconstpointer a,
                  gconstpointer b)
{
  const LobbyMessageRecord *first = *(LobbyMessageRecord *const *)a;
  const LobbyMessageRecord *second = *(LobbyMessageRecord *const *)b;

  return lobby_order_compare (first->sent_at, first->id, second->sent_at, second->id);
}

/* An older page: the history begins at its first message now, or has no beginning before it. */
static gboolean
finish_page (LobbyWriter *writer,
             LobbyChangeSet *changes,
             GError **error)
{
  LobbyWriterConversation *conversation;
  const LobbyMessageRecord *oldest = changes->messages->len > 0 ? changes->messages->pdata[0] : NULL;
  gboolean begins;

  if (changes->page_conversation == NULL)
    return TRUE;
  conversation = lobby_writer_conversation (writer, changes->page_conversation, FALSE, error);
  if (conversation == NULL)
    return error == NULL || *error == NULL;
  /* Of a conversation that became another's meanwhile: no page of that one. */
  if (g_strcmp0 (conversation->record.id, changes->page_conversation) != 0)
    return TRUE;

  begins = conversation->bound_id[0] == '\0';
  if (changes->page_before != NULL && !begins && g_strcmp0 (changes->page_before, conversation->bound_id) != 0)
    return TRUE;

  if (changes->page_is_last)
    {
      gboolean gap = conversation->gap && !begins;

      lobby_writer_set_bound (conversation, 0, "");
      conversation->whole = !gap;
      conversation->gap = gap;
    }
  else if (oldest != NULL && (begins ? conversation->gap : lobby_order_compare (oldest->sent_at, oldest->id, conversation->bound_at, conversation->bound_id) < 0))
    {
      gboolean gap = conversation->gap && !begins;

      lobby_writer_set_bound (conversation, oldest->sent_at, oldest->id);
      conversation->gap = gap;
    }
  lobby_journal_touch (writer->journal, conversation->row, conversation->record.id)->paged = TRUE;
  return TRUE;
}

static gboolean
forget_told (LobbyWriter *writer,
             LobbyChangeSet *changes,
             GError **error)
{
  return changes->told_conversation == NULL
         || lobby_database_run (writer->database, error, "DELETE FROM reads WHERE up_to = ? AND conversation = (SELECT row FROM conversations WHERE id = ?)",
                                "ss", changes->told_up_to, changes->told_conversation);
}

/* Applies up to @limit rows from *@position on. At the end of all, *@position is G_MAXUINT. */
static gboolean
apply_some (LobbyWriter *writer,
            LobbyChangeSet *changes,
            guint *position,
            guint limit,
            GError **error)
{
  guint offset = 0;
  const guint end = limit < G_MAXUINT - *position ? *position + limit : G_MAXUINT - 1;

  for (; *position < end && *position - offset < changes->contacts->len; (*position)++)
    if (!lobby_writer_put_contact (writer, changes->contacts->pdata[*position - offset], error))
      return FALSE;
  offset += changes->contacts->len;
  for (; *position < end && *position - offset < changes->conversations->len; (*position)++)
    if (!lobby_writer_put_conversation (writer, changes->conversations->pdata[*position - offset], error))
      return FALSE;
  offset += changes->conversations->len;
  for (; *position < end && *position - offset < changes->messages->len; (*position)++)
    if (!lobby_writer_put_message (writer, changes->messages->pdata[*position - offset], changes->page_conversation != NULL, NULL, error))
      return FALSE;
  offset += changes->messages->len;
  for (; *position < end && *position - offset < changes->statuses->len; (*position)++)
    if (!lobby_writer_put_status (writer, changes->statuses->pdata[*position - offset], error))
      return FALSE;
  offset += changes->statuses->len;
  if (*position < offset)
    return TRUE;

  if (!finish_page (writer, changes, error) || !forget_told (writer, changes, error) || !lobby_writer_set_seq (writer, changes->business_id, changes->seq, error))
    return FALSE;
  *position = G_MAXUINT;
  return TRUE;
}

/* Records without what the store needs to place them are left out: applying may not fail on them for ever. */
static void
prepare (LobbyChangeSet *changes)
{
  for (guint i = changes->contacts->len; i > 0; i--)
    if (((LobbyContactRecord *)changes->contacts->pdata[i - 1])->id == NULL)
      g_ptr_array_remove_index (changes->contacts, i - 1);
  for (guint i = changes->conversations->len; i > 0; i--)
    if (((LobbyConversationRecord *)changes->conversations->pdata[i - 1])->id == NULL)
      g_ptr_array_remove_index (changes->conversations, i - 1);
  for (guint i = changes->messages->len; i > 0; i--)
    {
      LobbyMessageRecord *record = changes->messages->pdata[i - 1];

      if (record->conversation_id == NULL || (record->id == NULL && record->client_id == NULL))
        g_ptr_array_remove_index (changes->messages, i - 1);
    }
  g_ptr_array_sort (changes->messages, compare_messages);
}

static gboolean
apply_now (LobbyStore *self,
           LobbyChangeSet *changes,
           GError **error)
{
  g_autoptr (LobbyStoreEdit) edit = lobby_store_edit_begin (self, error);
  guint position = 0;

  if (edit == NULL)
    return FALSE;
  prepare (changes);
  if (!apply_some (&edit->writer, changes, &position, G_MAXUINT - 1, error))
    return FALSE;
  return lobby_store_edit_commit (g_steal_pointer (&edit), error);
}

/* On the worker */

static gboolean
write_chunk (LobbyBackground *background,
             Job *job,
             guint *position,
             GError **error)
{
  g_autoptr (LobbyTransaction) transaction = NULL;
  g_auto (LobbyWriter) writer = { 0 };

  transaction = lobby_transaction_begin (background->database, error);
  if (transaction == NULL)
    return FALSE;
  lobby_writer_init (&writer, background->database, job->journal);
  return apply_some (&writer, job->changes, position, CHUNK, error)
         && lobby_writer_flush (&writer, error)
         && lobby_transaction_commit (&transaction, error);
}

static void
write_job (gpointer data,
           gpointer user_data)
{
  Job *job = data;
  LobbyBackground *background = user_data;
  guint position = 0;

  if (background->database == NULL)
    background->database = lobby_database_open (background->store->path, LOBBY_DATABASE_DEFAULT, &job->error);
  if (job->error == NULL)
    prepare (job->changes);
  while (job->error == NULL && position != G_MAXUINT)
    {
      if (g_atomic_int_get (&background->stopping))
        {
          g_set_error_literal (&job->error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The store was closed");
          break;
        }
      lobby_store_lock_writing (background->store, FALSE);
      write_chunk (background, job, &position, &job->error);
      lobby_store_unlock_writing (background->store);
    }
  g_atomic_int_set (&job->written, TRUE);
  g_source_set_ready_time (background->source, 0);
}

/* On the main thread */

static void
job_free (Job *job)
{
  if (job->promise != NULL)
    {
      if (dex_future_is_pending (DEX_FUTURE (job->promise)))
        dex_promise_reject (job->promise, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The store was closed"));
      dex_unref (job->promise);
    }
  lobby_change_set_free (job->changes);
  g_clear_pointer (&job->publication, lobby_publication_free);
  lobby_journal_free (job->journal);
  g_clear_error (&job->error);
  g_free (job);
}

static void
start_next_job (LobbyBackground *background)
{
  Job *job = g_queue_peek_head (&background->jobs);

  if (job != NULL)
    g_thread_pool_push (background->pool, job, NULL);
}

static void
finish_job (LobbyBackground *background,
            Job *job)
{
  g_queue_remove (&background->jobs, job);
  start_next_job (background);
  if (job->promise == NULL)
    {
      if (job->error != NULL)
        g_warning ("Cannot apply changes: %s", job->error->message);
    }
  else if (job->error != NULL)
    {
      dex_promise_reject (job->promise, g_steal_pointer (&job->error));
    }
  else
    {
      dex_promise_resolve_boolean (job->promise, TRUE);
    }
  job_free (job);
}

static gboolean
publish_step (gpointer data)
{
  g_autoptr (LobbyStore) store = g_object_ref (((LobbyBackground *)data)->store);
  LobbyBackground *background = data;
  Job *job = g_queue_peek_head (&background->jobs);

  g_source_set_ready_time (background->source, -1);
  if (job == NULL || !g_atomic_int_get (&job->written))
    return G_SOURCE_CONTINUE;

  /* What the chunks before an error changed is there and is shown. */
  if (job->publication == NULL)
    job->publication = lobby_publication_new (store, job->journal);
  if (!lobby_publication_run (job->publication, g_get_monotonic_time () + PUBLISH_SLICE))
    {
      if (store->background == background)
        g_source_set_ready_time (background->source, 0);
      return G_SOURCE_CONTINUE;
    }
  /* A handler may have closed the store. */
  if (store->background == background)
    finish_job (background, job);
  return G_SOURCE_CONTINUE;
}

static gboolean
dispatch (GSource *source,
          GSourceFunc callback,
          gpointer data)
{
  return callback (data);
}

static GSourceFuncs source_funcs = { .dispatch = dispatch };

static LobbyBackground *
get_background (LobbyStore *self)
{
  LobbyBackground *background = self->background;

  if (background != NULL)
    return background;
  background = self->background = g_new0 (LobbyBackground, 1);
  background->store = self;
  g_queue_init (&background->jobs);
  background->pool = g_thread_pool_new (write_job, background, 1, FALSE, NULL);
  background->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_static_name (background->source, "lobby store worker");
  g_source_set_priority (background->source, G_PRIORITY_DEFAULT_IDLE);
  g_source_set_callback (background->source, publish_step, background, NULL);
  g_source_attach (background->source, NULL);
  return background;
}

static void
push_job (LobbyStore *self,
          LobbyChangeSet *changes,
          DexPromise *promise)
{
  LobbyBackground *background = get_background (self);
  Job *job = g_new0 (Job, 1);

  job->changes = changes;
  job->promise = promise;
  job->journal = lobby_journal_new ();
  g_queue_push_tail (&background->jobs, job);
  if (g_queue_get_length (&background->jobs) == 1)
    start_next_job (background);
}

void
lobby_store_stop_background (LobbyStore *self)
{
  LobbyBackground *background = g_steal_pointer (&self->background);

  if (background == NULL)
    return;
  g_atomic_int_set (&background->stopping, TRUE);
  g_thread_pool_free (background->pool, FALSE, TRUE);
  g_source_destroy (background->source);
  g_source_unref (background->source);
  g_queue_clear_full (&background->jobs, (GDestroyNotify)job_free);
  g_clear_object (&background->database);
  g_free (background);
}

gboolean
lobby_store_apply (LobbyStore *self,
                   LobbyChangeSet *changes,
                   GError **error)
{
  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);
  g_return_val_if_fail (changes != NULL, FALSE);

  if (self->background != NULL && !g_queue_is_empty (&self->background->jobs))
    {
      push_job (self, lobby_change_set_copy (changes), NULL);
      return TRUE;
    }
  return apply_now (self, changes, error);
}

DexFuture *
lobby_store_apply_in_background (LobbyStore *self,
                                 LobbyChangeSet *changes)
{
  DexPromise *promise;

  g_return_val_if_fail (LOBBY_IS_STORE (self), NULL);
  g_return_val_if_fail (changes != NULL, NULL);

  /* A database in memory has one connection. */
  if (g_str_equal (self->path, ":memory:") || self->database == NULL)
    {
      g_autoptr (LobbyChangeSet) owned = changes;
      GError *error = NULL;

      return apply_now (self, owned, &error) ? dex_future_new_true () : dex_future_new_for_error (error);
    }
  promise = dex_promise_new ();
  push_job (self, changes, dex_ref (promise));
  return DEX_FUTURE (promise);
}

gboolean
lobby_store_begin_reset (LobbyStore *self,
                         const char *business_id,
                         GError **error)
{
  g_autoptr (LobbyStoreEdit) edit = NULL;

  g_return_val_if_fail (LOBBY_IS_STORE (self), FALSE);
  g_return_val_if_fail (business_id != NULL, FALSE);

  edit = lobby_store_edit_begin (self, error);
  /* The snapshot wins over what is here, whatever the numbers say: the log may have begun anew. */
  return edit != NULL
         && lobby_database_run (self->database, error, "UPDATE conversations SET gap = 1, whole = 0, seq = -1 WHERE business_id = ?", "s", business_id)
         && lobby_store_edit_commit (g_steal_pointer (&edit), error);
}
