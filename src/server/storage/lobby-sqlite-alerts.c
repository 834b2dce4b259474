/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

#include "lobby-id.h"

/* The same again within so long is no news. */
#define SAME_MSEC (10 * 60 * 1000)

/* What WhatsApp wants the team to know about a connection: the newest LOBBY_ALERTS_KEPT, each said once. */

static GPtrArray *
lobby_sqlite_storage_list_alerts (LobbyStorage *storage,
                                  const char *connection_id)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *alerts = lobby_sqlite_load_alerts (LOBBY_SQLITE_STORAGE (storage)->database, connection_id, &error);

  lobby_sqlite_log_error (&error);
  return alerts;
}

GPtrArray *
lobby_sqlite_load_alerts (LobbyDatabase *database,
                          const char *connection_id,
                          GError **error)
{
  GPtrArray *alerts = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_alert_free);
  g_autoptr (LobbyStatement) row = lobby_database_query (database, error,
                                                         "SELECT id, code, severity, title, message, at FROM connection_alerts"
                                                         " WHERE connection_id = ? ORDER BY at DESC, id DESC",
                                                         "s", connection_id);

  while (row != NULL && lobby_statement_step (row, error))
    {
      LobbyAlert *alert = g_new0 (LobbyAlert, 1);

      alert->id = lobby_statement_dup_text (row, 0);
      alert->code = (int)lobby_statement_int (row, 1);
      alert->severity = lobby_statement_dup_text (row, 2);
      alert->title = lobby_statement_dup_text (row, 3);
      alert->message = lobby_statement_dup_text (row, 4);
      alert->at = lobby_statement_int (row, 5);
      g_ptr_array_add (alerts, alert);
    }
  return alerts;
}

static gboolean
lobby_sqlite_storage_add_alert (LobbyStorage *storage,
                                const char *connection_id,
                                int code,
                                const char *severity,
                                const char *title,
                                const char *message,
                                GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };
  g_autofree char *id = lobby_id_new ();

  if (!lobby_verb_begin (&verb, storage, error))
    return FALSE;
  /* Hundreds of messages may fail for one reason: it is told once. */
  if (lobby_database_get_int (verb.database, 0, &verb.error,
                              "SELECT 1 FROM connection_alerts WHERE connection_id = ? AND code = ? AND severity = ? AND title = ? AND message = ? AND at > ?",
                              "sisssl", connection_id, code, severity, title, message, verb.now - SAME_MSEC)
      != 0)
    return TRUE;
  return verb.error == NULL
         && lobby_database_run (verb.database, &verb.error,
                                "DELETE FROM connection_alerts WHERE connection_id = ? AND code = ? AND severity = ? AND title = ? AND message = ?", "sisss",
                                connection_id, code, severity, title, message)
         && lobby_database_run (verb.database, &verb.error,
                                "INSERT INTO connection_alerts (id, connection_id, code, severity, title, message, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                                "ssisssl", id, connection_id, code, severity, title, message, verb.now)
         && lobby_database_run (verb.database, &verb.error,
                                "DELETE FROM connection_alerts WHERE connection_id = ?1 AND id NOT IN"
                                " (SELECT id FROM connection_alerts WHERE connection_id = ?1 ORDER BY at DESC, id DESC LIMIT ?2)",
                                "si", connection_id, LOBBY_ALERTS_KEPT)
         && lobby_verb_log_connection (&verb, connection_id)
         && lobby_verb_end (&verb);
}

static gboolean
lobby_sqlite_storage_remove_alert (LobbyStorage *storage,
                                   const char *connection_id,
                                   const char *id,
                                   GError **error)
{
  g_auto (LobbyVerb) verb = { 0 };

  if (!lobby_verb_begin (&verb, storage, error)
      || !lobby_database_run (verb.database, &verb.error, "DELETE FROM connection_alerts WHERE connection_id = ? AND id = ?", "ss", connection_id, id))
    return FALSE;
  if (lobby_database_changes (verb.database) == 0)
    return lobby_verb_not_found (&verb, "alert");
  return lobby_verb_log_connection (&verb, connection_id) && lobby_verb_end (&verb);
}

void
lobby_sqlite_alert_verbs (LobbyStorageInterface *iface)
{
  iface->add_alert = lobby_sqlite_storage_add_alert;
  iface->list_alerts = lobby_sqlite_storage_list_alerts;
  iface->remove_alert = lobby_sqlite_storage_remove_alert;
}
