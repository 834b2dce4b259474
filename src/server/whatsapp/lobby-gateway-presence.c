/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-gateway-private.h"
#include "lobby-async.h"
#include "lobby-log.h"

#include <string.h>

/*
 * Who types, on both sides. WhatsApp tells whether a customer types only to who is online and has subscribed to that customer, and while we are
 * online the phone itself rings for nobody: so we are, for the conversations that agents were last seen in, and offline as soon as there is none.
 */

#define TYPING_SEC 20           /* without word of it, nobody types any more */
#define TYPING_AGAIN_MSEC 10000 /* phones show it for some 25 s */
#define ATTENDED_MSEC (5 * 60 * 1000)
#define MAX_ATTENDED 200
#define LOOK_SEC 30
#define MESSAGES_TO_SEARCH 20

/* Requests whose failure nobody needs to know. */

typedef enum
{
  READ,
  TYPING,
  PAUSED,
  SUBSCRIBE,
} Gesture;

/* One towards a chat. */
typedef struct
{
  LobbyGatewayAdapter *self;
  Gesture gesture;
  char *conversation_id;
  LobbyGatewayChats chats;
  char *short_id; /* of a message in the chat; NULL: none is known, or it does not matter which */
  gboolean outbound;
} Courtesy;

static void
courtesy_free (gpointer data)
{
  Courtesy *courtesy = data;

  g_object_unref (courtesy->self);
  g_free (courtesy->conversation_id);
  lobby_gateway_chats_clear (&courtesy->chats);
  g_free (courtesy->short_id);
  g_free (courtesy);
}

/* While the gateway was asked for the chat somebody may have begun or ceased to type. */
static gboolean
is_outdated (const Courtesy *courtesy)
{
  gboolean types = g_hash_table_contains (courtesy->self->typed, courtesy->conversation_id);

  return courtesy->self->closed || (courtesy->gesture == TYPING && !types) || (courtesy->gesture == PAUSED && types);
}

/* @chat, and @id for READ, are as the gateway calls them. */
static JsonNode *
make (const Courtesy *courtesy,
      const char *chat,
      const char *id,
      GError **error)
{
  static const char *const paths[] = { [READ] = "/api/sendSeen", [TYPING] = "/api/startTyping", [PAUSED] = "/api/stopTyping" };
  JsonObject *body = json_object_new ();

  if (courtesy->gesture == SUBSCRIBE)
    {
      g_autofree char *escaped = g_uri_escape_string (chat, NULL, FALSE);
      g_autofree char *rest = g_strdup_printf ("/presence/%s/subscribe", escaped);
      g_autofree char *path = lobby_gateway_session_path (courtesy->self, rest);

      return lobby_gateway_ask (courtesy->self, "POST", path, body, error);
    }
  json_object_set_string_member (body, "session", courtesy->self->connection->gateway_session);
  json_object_set_string_member (body, "chatId", chat);
  if (courtesy->gesture == READ)
    json_object_set_string_member (body, "messageId", id);
  return lobby_gateway_ask (courtesy->self, "POST", paths[courtesy->gesture], body, error);
}

static DexFuture *
courtesy_fiber (gpointer data)
{
  const Courtesy *courtesy = data;
  g_autofree char *id = NULL;
  g_autofree char *chat = NULL;
  g_autoptr (JsonNode) answer = NULL;
  GError *error = NULL;

  if (courtesy->short_id != NULL)
    id = lobby_gateway_chats_find_id (&courtesy->chats, courtesy->self, courtesy->outbound, courtesy->short_id);
  if (id != NULL)
    chat = lobby_gateway_dup_chat (id);
  if (is_outdated (courtesy))
    return dex_future_new_true ();
  answer = make (courtesy, chat != NULL ? chat : courtesy->chats.names[0], id, &error);
  return answer != NULL ? dex_future_new_true () : dex_future_new_for_error (error);
}

/* The newest message that the gateway may know by the id we have. */
static void
find_message_in (Courtesy *courtesy)
{
  LobbyStorage *storage = courtesy->self->storage;
  g_autoptr (LobbyWireMessage) last = lobby_storage (storage, get_last_message, courtesy->conversation_id);
  g_autoptr (GPtrArray) messages = NULL;

  if (last != NULL)
    messages = lobby_storage (storage, list_messages, last->contact_id, courtesy->conversation_id, 0, NULL, MESSAGES_TO_SEARCH);
  for (guint i = 0; messages != NULL && courtesy->short_id == NULL && i < messages->len; i++)
    {
      const LobbyWireMessage *message = g_ptr_array_index (messages, i);

      if (message->type == LOBBY_MESSAGE_CALL || message->type == LOBBY_MESSAGE_REACTION)
        continue;
      courtesy->short_id = g_strdup (message->whatsapp_message_id);
      courtesy->outbound = message->outbound;
    }
}

/* @message: what it is about, or NULL. */
static DexFuture *
begin (LobbyGatewayAdapter *self,
       Gesture gesture,
       const char *conversation_id,
       const LobbyWireMessage *message)
{
  g_auto (LobbyIdentity) customer = { 0 };
  Courtesy *courtesy;

  if (!lobby_storage (self->storage, get_address, conversation_id, &customer))
    return dex_future_new_true ();
  courtesy = g_new0 (Courtesy, 1);
  courtesy->self = g_object_ref (self);
  courtesy->gesture = gesture;
  courtesy->conversation_id = g_strdup (conversation_id);
  lobby_gateway_chats_set (&courtesy->chats, customer.wa_id, customer.lid);
  if (message != NULL)
    {
      courtesy->short_id = g_strdup (message->whatsapp_message_id);
      courtesy->outbound = message->outbound;
    }
  else if (courtesy->chats.names[1] != NULL)
    find_message_in (courtesy);
  return lobby_async_spawn (courtesy_fiber, courtesy, courtesy_free);
}

/* What agents do */

DexFuture *
lobby_gateway_mark_read (LobbyAdapter *adapter,
                         const char *whatsapp_message_id,
                         gboolean typing)
{
  LobbyGatewayAdapter *self = LOBBY_GATEWAY_ADAPTER (adapter);
  g_autoptr (LobbyWireMessage) message = lobby_storage (self->storage, find_message, self->connection->id, whatsapp_message_id);

  return message != NULL ? begin (self, READ, message->conversation_id, message) : dex_future_new_true ();
}

void
lobby_gateway_set_typing (LobbyAdapter *adapter,
                          const char *conversation_id,
                          gboolean typing)
{
  LobbyGatewayAdapter *self = LOBBY_GATEWAY_ADAPTER (adapter);
  gint64 now = g_get_monotonic_time () / 1000;
  const gint64 *told = g_hash_table_lookup (self->typed, conversation_id);

  if (typing ? told != NULL && *told + TYPING_AGAIN_MSEC > now : told == NULL)
    return;
  if (g_hash_table_size (self->typed) >= MAX_ATTENDED)
    g_hash_table_remove_all (self->typed);
  if (typing)
    g_hash_table_replace (self->typed, g_strdup (conversation_id), g_memdup2 (&now, sizeof now));
  else
    g_hash_table_remove (self->typed, conversation_id);
  if (self->working && !self->closed)
    dex_future_disown (begin (self, typing ? TYPING : PAUSED, conversation_id, NULL));
}

/* Whether we are there, which is no chat's. */
typedef struct
{
  LobbyGatewayAdapter *self;
  gboolean online;
} Presence;

static void
presence_free (gpointer data)
{
  Presence *presence = data;

  g_object_unref (presence->self);
  g_free (presence);
}

static DexFuture *
presence_fiber (gpointer data)
{
  const Presence *presence = data;
  g_autofree char *path = lobby_gateway_session_path (presence->self, "/presence");
  JsonObject *body = json_object_new ();
  g_autoptr (JsonNode) answer = NULL;

  json_object_set_string_member (body, "presence", presence->online ? "online" : "offline");
  answer = lobby_gateway_ask (presence->self, "POST", path, body, NULL);
  return dex_future_new_true ();
}

static void
set_online (LobbyGatewayAdapter *self,
            gboolean online)
{
  Presence *presence;

  if (self->online == online || !self->working)
    return;
  self->online = online;
  presence = g_new (Presence, 1);
  *presence = (Presence){ g_object_ref (self), online };
  lobby_async_go (presence_fiber, presence, presence_free);
}

static void
subscribe (LobbyGatewayAdapter *self,
           const char *conversation_id)
{
  if (self->working)
    dex_future_disown (begin (self, SUBSCRIBE, conversation_id, NULL));
}

static gboolean
is_over (gpointer conversation_id,
         gpointer until,
         gpointer now)
{
  return *(gint64 *)until <= *(gint64 *)now;
}

static gboolean
on_presence_timer (gpointer data)
{
  LobbyGatewayAdapter *self = data;
  gint64 now = g_get_monotonic_time () / 1000;

  g_hash_table_foreach_remove (self->attended, is_over, &now);
  if (g_hash_table_size (self->attended) > 0)
    return G_SOURCE_CONTINUE;
  set_online (self, FALSE);
  self->presence_timer = 0;
  return G_SOURCE_REMOVE;
}

void
lobby_gateway_attend (LobbyAdapter *adapter,
                      const char *conversation_id)
{
  LobbyGatewayAdapter *self = LOBBY_GATEWAY_ADAPTER (adapter);
  gint64 until = g_get_monotonic_time () / 1000 + ATTENDED_MSEC;
  gboolean is_new = !g_hash_table_contains (self->attended, conversation_id);

  if (self->closed || (is_new && g_hash_table_size (self->attended) >= MAX_ATTENDED))
    return;
  g_hash_table_replace (self->attended, g_strdup (conversation_id), g_memdup2 (&until, sizeof until));
  if (self->presence_timer == 0)
    self->presence_timer = g_timeout_add_seconds (LOOK_SEC, on_presence_timer, self);
  set_online (self, TRUE);
  if (is_new)
    subscribe (self, conversation_id);
}

void
lobby_gateway_renew_presence (LobbyGatewayAdapter *self)
{
  GHashTableIter iter;
  gpointer conversation_id;

  self->online = FALSE;
  if (g_hash_table_size (self->attended) == 0)
    return;
  set_online (self, TRUE);
  g_hash_table_iter_init (&iter, self->attended);
  while (g_hash_table_iter_next (&iter, &conversation_id, NULL))
    subscribe (self, conversation_id);
}

/* What customers do */

typedef struct
{
  LobbyGatewayAdapter *self; /* borrowed: it ends us */
  char *conversation_id;
} Typing;

static void
typing_free (gpointer data)
{
  Typing *typing = data;

  g_free (typing->conversation_id);
  g_free (typing);
}

static void
end_typing (LobbyGatewayAdapter *self,
            const char *conversation_id)
{
  g_autoptr (GError) error = NULL;

  if (!lobby_storage (self->storage, log_typing, conversation_id, NULL, FALSE, NULL, &error))
    lobby_log_event (G_LOG_LEVEL_INFO, G_LOG_DOMAIN, "the end of a typing cannot be told", "error", error->message, NULL);
}

static gboolean
on_typing_over (gpointer data)
{
  Typing *typing = data;
  LobbyGatewayAdapter *self = typing->self;
  g_autofree char *conversation_id = g_strdup (typing->conversation_id);

  end_typing (self, conversation_id);
  g_hash_table_remove (self->typing, conversation_id);
  return G_SOURCE_REMOVE;
}

gboolean
lobby_gateway_take_typing (LobbyGatewayAdapter *self,
                           const LobbyIdentity *customer,
                           gboolean typing,
                           GError **error)
{
  g_autofree char *conversation_id = lobby_storage (self->storage, find_conversation, self->connection->id, customer);
  gboolean was_typing = conversation_id != NULL && g_hash_table_contains (self->typing, conversation_id);
  GSource *source;
  Typing *end;

  if (conversation_id == NULL || (!typing && !was_typing))
    return TRUE;
  if (!typing)
    {
      g_hash_table_remove (self->typing, conversation_id);
      return lobby_storage (self->storage, log_typing, conversation_id, NULL, FALSE, NULL, error);
    }
  end = g_new0 (Typing, 1);
  end->self = self;
  end->conversation_id = g_strdup (conversation_id);
  source = g_timeout_source_new_seconds (TYPING_SEC);
  g_source_set_callback (source, on_typing_over, end, typing_free);
  g_source_attach (source, NULL);
  g_hash_table_replace (self->typing, g_strdup (conversation_id), source);
  return was_typing || lobby_storage (self->storage, log_typing, conversation_id, NULL, TRUE, NULL, error);
}
