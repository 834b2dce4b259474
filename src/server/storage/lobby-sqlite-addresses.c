/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-sqlite-private.h"

/* From what WhatsApp calls somebody to a conversation, and back. */

static LobbyWireMessage *
lobby_sqlite_storage_find_message (LobbyStorage *storage,
                                   const char *connection_id,
                                   const char *whatsapp_message_id)
{
  g_autoptr (GError) error = NULL;
  LobbyWireMessage *message = lobby_sqlite_find_message (LOBBY_SQLITE_STORAGE (storage)->database, connection_id, whatsapp_message_id, &error);

  lobby_sqlite_log_error (&error);
  return message;
}

static char *
first_text (LobbyStatement *row,
            GError **error)
{
  return row != NULL && lobby_statement_step (row, error) ? lobby_statement_dup_text (row, 0) : NULL;
}

static char *
lobby_sqlite_storage_find_conversation (LobbyStorage *storage,
                                        const char *connection_id,
                                        const LobbyIdentity *identity)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = NULL;
  char *id;

  row = lobby_database_query (LOBBY_SQLITE_STORAGE (storage)->database, &error,
                              "SELECT v.id FROM aliases a JOIN conversations v ON v.contact_id = a.contact_id AND v.connection_id = ?1"
                              " WHERE a.until = 0 AND ((a.kind = 'wa_id' AND a.value = ?2 AND a.scope = v.business_id)"
                              " OR (a.kind = 'lid' AND a.value = ?3 AND a.scope = ?1)) LIMIT 1",
                              "sss", connection_id, identity->wa_id, identity->lid);
  id = first_text (row, &error);
  lobby_sqlite_log_error (&error);
  return id;
}

static char *
dup_alias (LobbySqliteStorage *self,
           const char *sql,
           const char *conversation_id)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyStatement) row = lobby_database_query (self->database, &error, sql, "s", conversation_id);
  char *value = first_text (row, &error);

  lobby_sqlite_log_error (&error);
  return value;
}

static gboolean
lobby_sqlite_storage_get_address (LobbyStorage *storage,
                                  const char *conversation_id,
                                  LobbyIdentity *identity)
{
  LobbySqliteStorage *self = LOBBY_SQLITE_STORAGE (storage);

  identity->wa_id = dup_alias (self,
                               "SELECT a.value FROM conversations v JOIN aliases a ON a.contact_id = v.contact_id WHERE v.id = ?"
                               " AND a.kind = 'wa_id' AND a.scope = v.business_id AND a.until = 0 ORDER BY a.updated_at DESC LIMIT 1",
                               conversation_id);
  identity->lid = dup_alias (self,
                             "SELECT a.value FROM conversations v JOIN aliases a ON a.contact_id = v.contact_id WHERE v.id = ?"
                             " AND a.kind = 'lid' AND a.scope = v.connection_id AND a.until = 0 ORDER BY a.updated_at DESC LIMIT 1",
                             conversation_id);
  return identity->wa_id != NULL || identity->lid != NULL;
}

void
lobby_sqlite_address_verbs (LobbyStorageInterface *iface)
{
  iface->find_message = lobby_sqlite_storage_find_message;
  iface->find_conversation = lobby_sqlite_storage_find_conversation;
  iface->get_address = lobby_sqlite_storage_get_address;
}
