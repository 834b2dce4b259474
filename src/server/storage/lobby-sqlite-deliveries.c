/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

/*
 * Raw deliveries of WhatsApp. Each is on the disk before it is answered; taking it off the list is worth no commit of its own.
 * So those that are worked in are kept in mind (`finished`) and removed by the next commit that there is, the next delivery's for
 * instance, or after a while. A crash between brings them back, and they are worked in again, as if WhatsApp had delivered them
 * twice, which it does anyway. Those that cannot be worked in go to a table of their own.
 */

#define FINISH_MSEC 500

static gboolean
take_id (LobbyVerb *verb,
         gint64 *id)
{
  LobbySqliteStorage *self = verb->storage;

  if (self->last_delivery == 0)
    self->last_delivery = lobby_database_get_int (verb->database, 0, &verb->error, "SELECT max (id) FROM deliveries", NULL);
  *id = ++self->last_delivery;
  return verb->error == NULL;
}

static LobbyDelivery *
lobby_sqlite_storage_put_delivery (LobbyStorage *storage,
                                   const char *connection_id,
                                   GBytes *body,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  LobbyDelivery *delivery;
  gint64 id;

  if (!lobby_verb_begin (&verb, storage, error)
      || !take_id (&verb, &id)
      || !lobby_database_run (verb.database, &verb.error, "INSERT INTO deliveries (id, connection_id, body, arrived_at) VALUES (?, ?, ?, ?)", "lsbl",
                              id, connection_id, body, verb.now)
      || !lobby_verb_end_quietly (&verb))
    return NULL;
  delivery = g_new0 (LobbyDelivery, 1);
  delivery->id = id;
  delivery->connection_id = g_strdup (connection_id);
  delivery->body = g_bytes_ref (body);
  delivery->arrived_at = verb.now;
  return delivery;
}

static gboolean
is_finished (LobbySqliteStorage *self,
             gint64 id)
{
  for (guint i = 0; i < self->finished->len; i++)
    {
      if (g_array_index (self->finished, gint64, i) == id)
        return TRUE;
    }
  return FALSE;
}

static GPtrArray *
lobby_sqlite_storage_list_deliveries (LobbyStorage *storage,
                                      guint limit)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  GPtrArray *deliveries = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_delivery_free);

  row = lobby_database_query (self->database, &error,
                              "SELECT id, connection_id, body, arrived_at FROM deliveries ORDER BY id LIMIT ?", "l",
                              (gint64)limit + self->finished->len);
  while (row != NULL && deliveries->len < limit && lobby_statement_step (row, &error))
    {
      LobbyDelivery *delivery;

      if (is_finished (self, lobby_statement_int (row, 0)))
        continue;
      delivery = g_new0 (LobbyDelivery, 1);
      delivery->id = lobby_statement_int (row, 0);
      delivery->connection_id = lobby_statement_dup_text (row, 1);
      delivery->body = lobby_statement_dup_bytes (row, 2);
      delivery->arrived_at = lobby_statement_int (row, 3);
      g_ptr_array_add (deliveries, delivery);
    }
  lobby_sqlite_log_error (&error);
  return deliveries;
}

/* What fails here makes the commit fail, too, or is tried again with the next one. */
guint
lobby_sqlite_remove_finished (LobbySqliteStorage *self)
{
  guint n = 0;

  while (n < self->finished->len
         && lobby_database_run (self->database, NULL, "DELETE FROM deliveries WHERE id = ?", "l", g_array_index (self->finished, gint64, n)))
    n++;
  self->n_quiet += n;
  return n;
}

static gboolean
on_finish_due (gpointer data)
{
  LobbySqliteStorage *self = data;
  g_autoptr (GError) error = NULL;
  g_auto (LobbyVerb) verb = { 0 };

  if (self->finished->len == 0)
    {
      self->finish_timer = 0;
      return G_SOURCE_REMOVE;
    }
  /* An empty one: the commit that ends its turn is what is wanted. When it fails, this is called again. */
  if (lobby_verb_begin (&verb, LOBBY_STORAGE (self), &error))
    lobby_verb_end (&verb);
  return G_SOURCE_CONTINUE;
}

static gboolean
lobby_sqlite_storage_finish_delivery (LobbyStorage *storage,
                                      gint64 id,
                                      const char *problem,
                                      GError **error)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);
  g_auto (LobbyVerb) verb = { 0 };

  if (problem == NULL)
    {
      g_array_append_val (self->finished, id);
      if (self->finish_timer == 0)
        self->finish_timer = g_timeout_add (FINISH_MSEC, on_finish_due, self);
      return TRUE;
    }
  return lobby_verb_begin (&verb, storage, error)
         && lobby_database_run (verb.database, &verb.error, "INSERT INTO set_aside_deliveries (connection_id, body, arrived_at, problem)"
                                                            " SELECT connection_id, body, arrived_at, ? FROM deliveries WHERE id = ?",
                                "sl", problem, id)
         && lobby_database_run (verb.database, &verb.error, "DELETE FROM deliveries WHERE id = ?", "l", id)
         && lobby_verb_end (&verb);
}

void
lobby_sqlite_delivery_verbs (LobbyStorageInterface *iface)
{
  iface->put_delivery = lobby_sqlite_storage_put_delivery;
  iface->list_deliveries = lobby_sqlite_storage_list_deliveries;
  iface->finish_delivery = lobby_sqlite_storage_finish_delivery;
}
