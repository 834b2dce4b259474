/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-gateway-private.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-log.h"
#include "lobby-storage-commit.h"

#include <string.h>

/*
 * What was written before the number was linked, while the gateway or this server was away, or was simply lost: the gateway is asked for its chats,
 * and of those whose newest message is another one than at the last look, for the newest messages. What is there already is not taken in twice.
 */

#define CHATS_AT_FIRST 50
#define CHATS_LATER 20
#define MESSAGES 50
#define MAX_CHATS 5000
/* Webhooks that were under way when this server stopped. */
#define LATE_MSEC (10 * 60 * 1000)

JsonArray *
lobby_gateway_fetch_messages (LobbyGatewayAdapter *self,
                              const char *chat,
                              guint limit,
                              GError **error)
{
  g_autofree char *rest = g_strdup_printf ("/messages?limit=%u&offset=0&downloadMedia=false&sortBy=messageTimestamp&sortOrder=desc", limit);
  g_autofree char *path = lobby_gateway_chat_path (self, chat, rest);
  g_autoptr (JsonNode) answer = lobby_gateway_ask (self, "GET", path, NULL, error);

  if (answer == NULL)
    return NULL;
  return JSON_NODE_HOLDS_ARRAY (answer) ? json_array_ref (json_node_get_array (answer)) : json_array_new ();
}

/* A status that was told while nobody heard it; nothing for what is known. */
static gboolean
take_status (LobbyGatewayAdapter *self,
             const LobbyInboundMessage *message,
             GError **error)
{
  const LobbyInboundStatus status = {
    .whatsapp_message_id = message->whatsapp_message_id,
    .status = message->status,
    .timestamp = message->timestamp,
  };
  g_autoptr (LobbyWireMessage) known = lobby_storage (self->storage, find_message, self->connection->id, message->whatsapp_message_id);

  if (known == NULL || lobby_status_merge (known->status, message->status) == known->status)
    return TRUE;
  return lobby_storage (self->storage, receive_status, self->connection->id, &status, error);
}

static gboolean
take_one (LobbyGatewayAdapter *self,
          JsonObject *json,
          const char *name,
          GError **error)
{
  g_autofree char *problem = NULL;
  g_autoptr (LobbyInboundMessage) message = lobby_gateway_parse_message (json, lobby_clock_now (), &problem);

  if (message == NULL)
    return TRUE;
  if (message->customer.name == NULL && name != NULL && !g_ascii_isdigit (name[*name == '+']))
    message->customer.name = g_strdup (name);
  return lobby_gateway_take_message (self, message, error) && (!message->outbound || take_status (self, message, error));
}

/* Oldest first, so that clients are told in order. */
static gboolean
take_chat (LobbyGatewayAdapter *self,
           const char *chat,
           const char *name,
           GError **error)
{
  g_autoptr (JsonArray) messages = lobby_gateway_fetch_messages (self, chat, MESSAGES, error);
  guint length = MIN (lobby_json_array_length (messages), MESSAGES);

  if (messages == NULL)
    return FALSE;
  for (guint i = length; i > 0; i--)
    {
      JsonObject *json = lobby_json_array_object (messages, i - 1);
      g_autoptr (GError) problem = NULL;

      if (json == NULL || take_one (self, json, name, &problem))
        continue;
      if (!g_error_matches (problem, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FAILED))
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
    }
  return dex_await (lobby_storage_commit (self->storage), error);
}

/* Whether anything may be missing in a chat with this newest message. */
static gboolean
is_of_interest (LobbyGatewayAdapter *self,
                const char *chat,
                const char *newest_id,
                JsonObject *newest)
{
  const char *looked_at = g_hash_table_lookup (self->newest, chat);
  g_autoptr (LobbyWireMessage) known = NULL;

  if (g_strcmp0 (looked_at, newest_id) == 0)
    return FALSE;
  known = lobby_storage (self->storage, find_message, self->connection->id, newest_id);
  return known == NULL || looked_at != NULL || self->caught_up
         || lobby_json_get_double_or (newest, "timestamp", 0) * 1000 > (double)(self->connection->last_event_at - LATE_MSEC);
}

static gboolean
look_at_chat (LobbyGatewayAdapter *self,
              JsonObject *chat,
              GHashTable *looked,
              GError **error)
{
  const char *id = lobby_json_get_string (chat, "id", 256);
  JsonObject *newest = lobby_json_get_object (chat, "lastMessage");
  const char *newest_id = lobby_json_get_string (newest, "id", 512);
  g_autofree char *short_id = newest_id != NULL ? lobby_gateway_dup_short_id (newest_id) : NULL;
  LobbyIdentity customer = { 0 };
  gboolean personal = lobby_gateway_parse_chat (id, &customer);

  lobby_identity_clear (&customer);
  if (!personal || short_id == NULL)
    return TRUE;
  if (is_of_interest (self, id, short_id, newest) && !take_chat (self, id, lobby_json_get_string (chat, "name", LOBBY_WIRE_MAX_NAME), error))
    return FALSE;
  g_hash_table_replace (looked, g_strdup (id), g_steal_pointer (&short_id));
  return TRUE;
}

static void
move_over (gpointer key,
           gpointer value,
           gpointer newest)
{
  g_hash_table_replace (newest, g_strdup (key), g_strdup (value));
}

static DexFuture *
catch_up_fiber (gpointer data)
{
  LobbyGatewayAdapter *self = data;
  g_autofree char *rest = g_strdup_printf ("/chats/overview?limit=%d&offset=0", self->caught_up ? CHATS_LATER : CHATS_AT_FIRST);
  g_autofree char *path = lobby_gateway_session_path (self, rest);
  g_autoptr (GHashTable) looked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) answer = lobby_gateway_ask (self, "GET", path, NULL, &error);
  JsonArray *chats = answer != NULL && JSON_NODE_HOLDS_ARRAY (answer) ? json_node_get_array (answer) : NULL;

  if (error == NULL)
    lobby_gateway_learn_numbers (self);
  for (guint i = 0; error == NULL && !self->closed && self->working && i < MIN (lobby_json_array_length (chats), CHATS_AT_FIRST); i++)
    {
      if (lobby_json_array_object (chats, i) != NULL)
        look_at_chat (self, lobby_json_array_object (chats, i), looked, &error);
    }
  if (error != NULL)
    lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "not all messages could be compared with the gateway's", "connection", self->connection->id,
                     "error", error->message, NULL);
  if (g_hash_table_size (self->newest) > MAX_CHATS)
    g_hash_table_remove_all (self->newest);
  g_hash_table_foreach (looked, move_over, self->newest);
  self->caught_up = error == NULL && self->working;
  self->catching_up = FALSE;
  return dex_future_new_true ();
}

void
lobby_gateway_catch_up (LobbyGatewayAdapter *self)
{
  if (self->catching_up || self->closed)
    return;
  self->catching_up = TRUE;
  lobby_async_go (catch_up_fiber, g_object_ref (self), g_object_unref);
}
