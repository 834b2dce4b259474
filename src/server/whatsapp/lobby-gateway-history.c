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
 * and of those whose newest message is not as it was at the last look, for the newest messages, down to one that is known. What is there already is
 * not taken in twice. Edits and deletions show in a message that is known, as far as the gateway's engine keeps them; that something is not
 * listed any more is no deletion: a chat may have been cleared.
 */

#define CHATS_AT_FIRST 50
#define CHATS_LATER 20
#define MOST_CHATS 1000
#define PAGE 50
#define MOST_MESSAGES 1000 /* of a chat */
#define MAX_CHATS 5000
/* For so long people can take back what they wrote; an edit is for minutes only. */
#define CHANGEABLE_MSEC (60 * 60 * 60 * G_GINT64_CONSTANT (1000))

JsonArray *
lobby_gateway_fetch_messages (LobbyGatewayAdapter *self,
                              const char *chat,
                              guint offset,
                              guint limit,
                              GError **error)
{
  g_autofree char *rest = g_strdup_printf ("/messages?limit=%u&offset=%u&downloadMedia=false&sortBy=messageTimestamp&sortOrder=desc", limit, offset);
  g_autofree char *path = lobby_gateway_chat_path (self, chat, rest);
  g_autoptr (JsonNode) answer = lobby_gateway_ask (self, "GET", path, NULL, error);

  if (answer == NULL)
    return NULL;
  return JSON_NODE_HOLDS_ARRAY (answer) ? json_array_ref (json_node_get_array (answer)) : json_array_new ();
}

static gboolean
is_known (LobbyGatewayAdapter *self,
          const char *short_id)
{
  g_autoptr (LobbyWireMessage) known = lobby_storage (self->storage, find_message, self->connection->id, short_id);

  return known != NULL;
}

/* One chat */

/* Whether there may be something missing behind a page that is not whole: its oldest message is neither known nor history. */
static gboolean
goes_on (LobbyGatewayAdapter *self,
         JsonArray *page)
{
  for (guint i = lobby_json_array_length (page); i > 0; i--)
    {
      JsonObject *json = lobby_json_array_object (page, i - 1);
      g_autofree char *problem = NULL;
      g_autoptr (LobbyInboundMessage) oldest = json != NULL ? lobby_gateway_parse_message (json, lobby_clock_now (), &problem) : NULL;

      if (oldest != NULL)
        return !lobby_gateway_is_history (self, oldest->timestamp) && !is_known (self, oldest->whatsapp_message_id);
    }
  return TRUE;
}

/* WAHA's objects, newest first. */
static GPtrArray *
fetch_news (LobbyGatewayAdapter *self,
            const char *chat,
            GError **error)
{
  g_autoptr (GPtrArray) news = g_ptr_array_new_with_free_func ((GDestroyNotify)json_object_unref);
  gboolean more = TRUE;

  for (guint offset = 0; more && offset < MOST_MESSAGES; offset += PAGE)
    {
      g_autoptr (JsonArray) page = lobby_gateway_fetch_messages (self, chat, offset, PAGE, error);

      if (page == NULL)
        return NULL;
      for (guint i = 0; i < MIN (lobby_json_array_length (page), PAGE); i++)
        {
          if (lobby_json_array_object (page, i) != NULL)
            g_ptr_array_add (news, json_object_ref (lobby_json_array_object (page, i)));
        }
      more = lobby_json_array_length (page) >= PAGE && !self->closed && goes_on (self, page);
    }
  return g_steal_pointer (&news);
}

static gboolean
take_one (LobbyGatewayAdapter *self,
          JsonObject *json,
          const char *name,
          GError **error)
{
  gint64 now = lobby_clock_now ();
  g_autofree char *problem = NULL;
  g_autoptr (LobbyInboundMessage) message = lobby_gateway_parse_message (json, now, &problem);
  g_autoptr (LobbyInboundChange) change = lobby_gateway_parse_state (json, now);

  if (message != NULL && message->customer.name == NULL && name != NULL && !g_ascii_isdigit (name[*name == '+']))
    message->customer.name = g_strdup (name);
  return (message == NULL || lobby_gateway_take_message (self, message, error))
         && (change == NULL || !is_known (self, change->whatsapp_message_id)
             || lobby_storage (self->storage, receive_change, self->connection->id, change, error));
}

/* Oldest first, so that clients are told in order. */
static gboolean
take_chat (LobbyGatewayAdapter *self,
           const char *chat,
           const char *name,
           GError **error)
{
  g_autoptr (GPtrArray) news = fetch_news (self, chat, error);

  if (news == NULL)
    return FALSE;
  for (guint i = news->len; i > 0; i--)
    {
      g_autoptr (GError) problem = NULL;

      if (!take_one (self, g_ptr_array_index (news, i - 1), name, &problem) && !g_error_matches (problem, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FAILED))
        {
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
      if (i % PAGE == 1 && !dex_await (lobby_storage_commit (self->storage), error))
        return FALSE;
    }
  return TRUE;
}

/* All chats */

/* What there is to look at. */
typedef struct
{
  const char *id;
  const char *name;
  JsonObject *newest;
  char *short_id; /* of the newest message, or NULL */
  char *mark;     /* of what it is now: not the same when it was edited or taken back */
} Chat;

static void
chat_clear (Chat *chat)
{
  g_free (chat->short_id);
  g_free (chat->mark);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Chat, chat_clear)

static void
chat_read (Chat *chat,
           JsonObject *json)
{
  const char *newest_id;
  g_autoptr (LobbyInboundChange) state = NULL;

  chat->id = lobby_json_get_string (json, "id", 256);
  chat->name = lobby_json_get_string (json, "name", LOBBY_WIRE_MAX_NAME);
  chat->newest = lobby_json_get_object (json, "lastMessage");
  newest_id = lobby_json_get_string (chat->newest, "id", 512);
  if (newest_id == NULL)
    return;
  chat->short_id = lobby_gateway_dup_short_id (newest_id);
  state = lobby_gateway_parse_state (chat->newest, lobby_clock_now ());
  if (state == NULL)
    chat->mark = g_strdup (chat->short_id);
  else
    chat->mark = g_strdup_printf ("%s %" G_GINT64_FORMAT, chat->short_id, state->revoke ? -1 : state->timestamp);
}

/* Whether anything may be missing in it, or, in one of the @latest, have been changed while nobody heard it. *@gap: its newest message is missing. */
static gboolean
is_of_interest (LobbyGatewayAdapter *self,
                const Chat *chat,
                gboolean latest,
                gboolean *gap)
{
  const char *looked_at = g_hash_table_lookup (self->newest, chat->id);
  gint64 newest_at = lobby_gateway_read_timestamp (chat->newest, lobby_clock_now ());
  gboolean is_new;

  if (g_strcmp0 (looked_at, chat->mark) == 0)
    return FALSE;
  is_new = !is_known (self, chat->short_id);
  *gap = is_new && !lobby_gateway_is_history (self, newest_at);
  return is_new || looked_at != NULL || self->caught_up || (latest && newest_at > self->missed_since - CHANGEABLE_MSEC);
}

/* Of one catching up. */
typedef struct
{
  GHashTable *looked; /* as newest of the adapter: those that were looked at */
  gboolean more;      /* the last chat of the page has news, and so may the next one */
  gboolean failed;    /* a chat could not be looked at */
} Look;

static gboolean
look_at_chat (LobbyGatewayAdapter *self,
              Look *look,
              JsonObject *json,
              gboolean latest,
              GError **error)
{
  g_auto (Chat) chat = { 0 };
  g_auto (LobbyIdentity) customer = { 0 };
  g_autoptr (GError) problem = NULL;
  gboolean gap = FALSE;

  chat_read (&chat, json);
  if (chat.short_id == NULL || !lobby_gateway_parse_chat (chat.id, &customer))
    return TRUE;
  look->more = FALSE;
  if (is_of_interest (self, &chat, latest, &gap) && lobby_gateway_is_customer (self, &customer))
    {
      look->more = gap;
      if (!take_chat (self, chat.id, chat.name, &problem))
        {
          look->failed = TRUE;
          /* It does not keep the others waiting. */
          if (lobby_gateway_is_about_request (problem))
            return TRUE;
          g_propagate_error (error, g_steal_pointer (&problem));
          return FALSE;
        }
    }
  g_hash_table_replace (look->looked, g_strdup (chat.id), g_steal_pointer (&chat.mark));
  return TRUE;
}

static gboolean
look_at_page (LobbyGatewayAdapter *self,
              Look *look,
              guint offset,
              guint limit,
              GError **error)
{
  g_autofree char *rest = g_strdup_printf ("/chats/overview?limit=%u&offset=%u", limit, offset);
  g_autofree char *path = lobby_gateway_session_path (self, rest);
  g_autoptr (JsonNode) answer = lobby_gateway_ask (self, "GET", path, NULL, error);
  JsonArray *chats = answer != NULL && JSON_NODE_HOLDS_ARRAY (answer) ? json_node_get_array (answer) : NULL;
  guint length = MIN (lobby_json_array_length (chats), limit);

  look->more = FALSE;
  for (guint i = 0; i < length && !self->closed && self->working; i++)
    {
      if (!look_at_chat (self, look, lobby_json_array_object (chats, i), offset == 0, error))
        return FALSE;
    }
  look->more = look->more && length == limit;
  return answer != NULL;
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
  guint limit = self->caught_up ? CHATS_LATER : CHATS_AT_FIRST;
  g_autoptr (GHashTable) looked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  Look look = { looked, TRUE, FALSE };
  gint64 missed_since = self->missed_since;
  g_autoptr (GError) error = NULL;

  for (guint offset = 0; error == NULL && look.more && !self->closed && offset < MOST_CHATS; offset += limit)
    look_at_page (self, &look, offset, limit, &error);
  if (error == NULL)
    lobby_gateway_learn_numbers (self);
  if (error != NULL || look.failed)
    lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "not all messages could be compared with the gateway's", "connection", self->connection->id,
                     "error", error != NULL ? error->message : "The gateway does not tell a chat's messages", NULL);
  self->catching_up = FALSE;
  /* It ceased to work meanwhile, and works again: there may be more. */
  if (self->missed_since != missed_since)
    return dex_future_new_false ();
  if (g_hash_table_size (self->newest) > MAX_CHATS)
    g_hash_table_remove_all (self->newest);
  g_hash_table_foreach (looked, move_over, self->newest);
  self->caught_up = error == NULL && !look.failed && self->working;
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
