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

/* Requests whose failure nobody needs to know. */

typedef struct
{
  LobbyGatewayAdapter *self;
  char *path;
  JsonObject *body;
} Courtesy;

static void
courtesy_free (gpointer data)
{
  Courtesy *courtesy = data;

  g_object_unref (courtesy->self);
  g_free (courtesy->path);
  g_clear_pointer (&courtesy->body, json_object_unref);
  g_free (courtesy);
}

static DexFuture *
courtesy_fiber (gpointer data)
{
  Courtesy *courtesy = data;
  GError *error = NULL;
  g_autoptr (JsonNode) answer = lobby_gateway_ask (courtesy->self, "POST", courtesy->path, g_steal_pointer (&courtesy->body), &error);

  return answer != NULL ? dex_future_new_true () : dex_future_new_for_error (error);
}

/* Takes @path and @body. */
static DexFuture *
post (LobbyGatewayAdapter *self,
      char *path,
      JsonObject *body)
{
  Courtesy *courtesy = g_new0 (Courtesy, 1);

  courtesy->self = g_object_ref (self);
  courtesy->path = path;
  courtesy->body = body;
  return lobby_async_spawn (courtesy_fiber, courtesy, courtesy_free);
}

static JsonObject *
body_new (LobbyGatewayAdapter *self,
          const char *chat)
{
  JsonObject *body = json_object_new ();

  json_object_set_string_member (body, "session", self->connection->gateway_session);
  json_object_set_string_member (body, "chatId", chat);
  return body;
}

static char *
dup_chat (LobbyGatewayAdapter *self,
          const char *conversation_id)
{
  LobbyIdentity customer = { 0 };
  char *chat = NULL;

  if (lobby_storage (self->storage, get_address, conversation_id, &customer))
    chat = lobby_gateway_chat_id (&customer);
  lobby_identity_clear (&customer);
  return chat;
}

/* What agents do */

DexFuture *
lobby_gateway_mark_read (LobbyAdapter *adapter,
                         const char *whatsapp_message_id,
                         gboolean typing)
{
  LobbyGatewayAdapter *self = LOBBY_GATEWAY_ADAPTER (adapter);
  g_autoptr (LobbyWireMessage) message = lobby_storage (self->storage, find_message, self->connection->id, whatsapp_message_id);
  g_autofree char *chat = message != NULL ? dup_chat (self, message->conversation_id) : NULL;
  g_autofree char *id = NULL;
  JsonObject *body;

  if (chat == NULL)
    return dex_future_new_true ();
  id = lobby_gateway_make_id (message->outbound, chat, whatsapp_message_id);
  body = body_new (self, chat);
  json_object_set_string_member (body, "messageId", id);
  return post (self, g_strdup ("/api/sendSeen"), body);
}

void
lobby_gateway_set_typing (LobbyAdapter *adapter,
                          const char *conversation_id,
                          gboolean typing)
{
  LobbyGatewayAdapter *self = LOBBY_GATEWAY_ADAPTER (adapter);
  gint64 now = g_get_monotonic_time () / 1000;
  const gint64 *told = g_hash_table_lookup (self->typed, conversation_id);
  g_autofree char *chat = NULL;

  if (typing ? told != NULL && *told + TYPING_AGAIN_MSEC > now : told == NULL)
    return;
  chat = self->working && !self->closed ? dup_chat (self, conversation_id) : NULL;
  if (g_hash_table_size (self->typed) >= MAX_ATTENDED)
    g_hash_table_remove_all (self->typed);
  if (typing)
    g_hash_table_replace (self->typed, g_strdup (conversation_id), g_memdup2 (&now, sizeof now));
  else
    g_hash_table_remove (self->typed, conversation_id);
  if (chat != NULL)
    dex_future_disown (post (self, g_strdup (typing ? "/api/startTyping" : "/api/stopTyping"), body_new (self, chat)));
}

static void
set_online (LobbyGatewayAdapter *self,
            gboolean online)
{
  JsonObject *body;

  if (self->online == online || !self->working)
    return;
  self->online = online;
  body = json_object_new ();
  json_object_set_string_member (body, "presence", online ? "online" : "offline");
  dex_future_disown (post (self, lobby_gateway_session_path (self, "/presence"), body));
}

static void
subscribe (LobbyGatewayAdapter *self,
           const char *conversation_id)
{
  g_autofree char *chat = dup_chat (self, conversation_id);
  g_autofree char *escaped = chat != NULL ? g_uri_escape_string (chat, NULL, FALSE) : NULL;
  g_autofree char *rest = chat != NULL ? g_strdup_printf ("/presence/%s/subscribe", escaped) : NULL;

  if (chat != NULL && self->working)
    dex_future_disown (post (self, lobby_gateway_session_path (self, rest), json_object_new ()));
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
