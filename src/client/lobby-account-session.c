/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-account-private.h"

#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-secret-vault.h"

/* ms */
#define CALL_TIMEOUT 15000

typedef struct
{
  LobbyAccount *account;
  GCancellable *cancellable;
  LobbySocketClient *socket;
} Step;

static Step *
step_new (LobbyAccount *account,
          GCancellable *cancellable,
          LobbySocketClient *socket)
{
  Step *step = g_new (Step, 1);

  step->account = g_object_ref (account);
  step->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  step->socket = socket != NULL ? g_object_ref (socket) : NULL;

  return step;
}

static void
step_free (gpointer data)
{
  Step *step = data;

  g_object_unref (step->account);
  g_clear_object (&step->cancellable);
  g_clear_object (&step->socket);
  g_free (step);
}

static gboolean
ensure_token (LobbyAccount *self,
              GError **error)
{
  g_autofree char *token = NULL;

  if (lobby_api_get_token (self->api) != NULL)
    return TRUE;

  token = dex_await_string (lobby_secret_vault_lookup (self->identity->id), error);
  if (token == NULL)
    return FALSE;

  /* A sign-in may have brought a newer one meanwhile. */
  if (lobby_api_get_token (self->api) == NULL)
    lobby_api_set_token (self->api, token);
  return TRUE;
}

/* Socket.IO says "refused" without a reason that a program could rely on; REST says whether it is the token. */
static gboolean
is_token_refused (LobbyAccount *self)
{
  g_autoptr (LobbyApiAnswer) answer = dex_await_boxed (lobby_api_send (self->api, "GET", "/api/session", NULL), NULL);

  return answer != NULL && answer->status == 401;
}

static DexFuture *
open_fiber (gpointer data)
{
  Step *step = data;
  LobbyAccount *self = step->account;
  g_autoptr (LobbySocketClient) socket = NULL;
  GError *error = NULL;

  if (!ensure_token (self, &error))
    {
      /* A keyring that stays locked would ask its owner again with each try. */
      if (g_error_matches (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_NO_SECRET_SERVICE))
        error->code = LOBBY_CLIENT_ERROR_BAD_CREDENTIALS;
      return dex_future_new_for_error (error);
    }

  socket = dex_await_object (lobby_socket_client_connect (lobby_api_get_server_url (self->api), lobby_api_get_token (self->api),
                                                          step->cancellable),
                             &error);
  if (socket != NULL)
    return dex_future_new_take_object (g_steal_pointer (&socket));

  if (g_error_matches (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_REFUSED) && is_token_refused (self))
    {
      g_error_free (error);
      return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_BAD_CREDENTIALS, "The token is no longer good");
    }
  return dex_future_new_for_error (error);
}

static DexFuture *
open_session (GCancellable *cancellable,
              gpointer data)
{
  return lobby_async_spawn (open_fiber, step_new (data, cancellable, NULL), step_free);
}

static void
on_event (LobbySocketClient *socket,
          const char *name,
          JsonObject *payload,
          LobbyAccount *self)
{
  lobby_sync_engine_handle_event (self->engine, name, payload);
}

static void
on_session_closed (LobbySocketClient *socket,
                   GError *why,
                   LobbyAccount *self)
{
  lobby_sync_engine_detach (self->engine);
}

static DexFuture *
sync_fiber (gpointer data)
{
  Step *step = data;
  LobbyAccount *self = step->account;
  g_autoptr (JsonObject) answer = NULL;
  g_auto (GStrv) ids = NULL;
  GError *error = NULL;

  answer = dex_await_boxed (lobby_api_call (self->api, "GET", "/api/businesses", NULL), &error);
  if (answer == NULL)
    return dex_future_new_for_error (error);
  if (lobby_live_connection_get_socket (self->live) != step->socket)
    return dex_future_new_reject (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The session ended");
  if (!lobby_team_update (self->team, answer))
    return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_NOT_LOBBYD, "The server tells of no businesses");

  g_signal_emit (self, lobby_account_signals[LOBBY_ACCOUNT_WHATSAPP_STATE_CHANGED], 0);
  dex_future_disown (lobby_account_load_role (self));
  g_signal_connect_object (step->socket, "event", G_CALLBACK (on_event), self, 0);
  g_signal_connect_object (step->socket, "closed", G_CALLBACK (on_session_closed), self, 0);
  ids = lobby_team_list_business_ids (self->team);
  return lobby_sync_engine_attach (self->engine, (const char *const *)ids);
}

static DexFuture *
sync_session (LobbySocketClient *socket,
              gpointer data)
{
  return lobby_async_spawn (sync_fiber, step_new (data, NULL, socket), step_free);
}

static DexFuture *
probe_session (LobbySocketClient *socket,
               gpointer data)
{
  LobbyAccount *self = data;

  return lobby_sync_engine_probe (self->engine);
}

const LobbyLivePeer lobby_account_live_peer = {
  .open = open_session,
  .sync = sync_session,
  .probe = probe_session,
};

static DexFuture *
read_newest (DexFuture *future,
             gpointer data)
{
  JsonObject *ack = g_value_get_boxed (dex_future_get_value (future, NULL));
  gint64 seq;

  if (!lobby_json_get_int (ack, "seq", &seq) || seq < 0)
    return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_NOT_LOBBYD, "The server's ack has no seq");

  return dex_future_new_for_int64 (seq);
}

static DexFuture *
join (const char *business_id,
      gint64 since,
      gpointer data)
{
  LobbyAccount *self = data;
  LobbySocketClient *socket = lobby_live_connection_get_socket (self->live);
  JsonArray *arguments;

  if (socket == NULL)
    return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_UNREACHABLE, "The connection is gone");

  arguments = json_array_new ();
  json_array_add_string_element (arguments, business_id);
  if (since > 0)
    {
      JsonObject *options = json_object_new ();

      json_object_set_int_member (options, "since", since);
      json_array_add_object_element (arguments, options);
    }

  return dex_future_then (lobby_socket_client_call (socket, "join-business", arguments, CALL_TIMEOUT), read_newest, NULL, NULL);
}

static DexFuture *
read_conversations (const char *business_id,
                    const char *cursor,
                    gpointer data)
{
  LobbyAccount *self = data;
  g_autofree char *business = g_uri_escape_string (business_id, NULL, FALSE);
  g_autofree char *before = cursor != NULL ? g_uri_escape_string (cursor, NULL, FALSE) : NULL;
  g_autofree char *path = g_strdup_printf ("/api/conversations?business=%s&limit=50%s%s", business,
                                           before != NULL ? "&before=" : "", before != NULL ? before : "");

  return lobby_api_call (self->api, "GET", path, NULL);
}

const LobbySyncPeer lobby_account_sync_peer = {
  .join = join,
  .read_conversations = read_conversations,
};

static void
take_typing (LobbyAccount *self,
             const LobbyWireEvent *event)
{
  /* An old beginning has ended long ago, told or not. */
  gboolean typing = event->is_typing && (event->at == 0 || lobby_clock_now () - event->at < LOBBY_TYPING_CUSTOMER);

  if (event->conversation_id == NULL)
    return;

  if (event->kind == LOBBY_EVENT_CONTACT_TYPING)
    lobby_typing_set_customer (self->typing, event->conversation_id, typing);
  else if (g_strcmp0 (event->agent_id, self->identity->agent_id) != 0)
    lobby_typing_set_agent (self->typing, event->conversation_id, event->agent_id,
                            lobby_account_get_agent_label (self, event->agent_id), typing);
}

static void
take_message (LobbyAccount *self,
              const LobbyWireMessage *message,
              gboolean live)
{
  g_autoptr (LobbyConversation) conversation = NULL;
  g_autoptr (LobbyMessage) row = NULL;

  if (message->conversation_id == NULL)
    return;

  /* Who has written types no longer. */
  if (message->outbound)
    {
      if (message->agent_id != NULL)
        lobby_typing_set_agent (self->typing, message->conversation_id, message->agent_id, NULL, FALSE);
      return;
    }
  lobby_typing_set_customer (self->typing, message->conversation_id, FALSE);
  if (!live || lobby_json_get_boolean_or (message->metadata, "history", FALSE))
    return;

  conversation = lobby_store_get_conversation (self->store, message->conversation_id);
  row = lobby_store_get_message (self->store, message->id);
  if (conversation != NULL && row != NULL && lobby_conversation_get_unread_count (conversation) > 0)
    g_signal_emit (self, lobby_account_signals[LOBBY_ACCOUNT_NOTIFY_MESSAGE], 0, conversation, row);
}

static gboolean
take_connection_event (LobbyTeam *team,
                       const LobbyWireEvent *event)
{
  switch (event->kind)
    {
    case LOBBY_EVENT_WHATSAPP_QR:
      return lobby_team_set_qr (team, event->connection_id, event->qr);
    case LOBBY_EVENT_WHATSAPP_CODE:
      return lobby_team_set_code (team, event->connection_id, event->code);
    case LOBBY_EVENT_WHATSAPP_CONNECTED:
      return lobby_team_set_state (team, event->connection_id, "connected", NULL);
    case LOBBY_EVENT_WHATSAPP_DISCONNECTED:
      return lobby_team_set_state (team, event->connection_id, "disconnected", event->reason);
    case LOBBY_EVENT_CONNECTION_UPDATED:
      return lobby_team_put_connection (team, event->connection);
    case LOBBY_EVENT_CONNECTION_REMOVED:
      return lobby_team_remove_connection (team, event->connection_id);
    default:
      return FALSE;
    }
}

/* What is not in the store, or what somebody is to be told of. */
void
lobby_account_take_event (LobbyAccount *self,
                          LobbyWireEvent *event,
                          gboolean live)
{
  switch (event->kind)
    {
    case LOBBY_EVENT_MESSAGE_NEW:
      take_message (self, event->message, live);
      /* Only what this team writes was in an outbox. */
      if (event->message->outbound)
        lobby_account_update_outbox_size (self);
      break;
    case LOBBY_EVENT_MESSAGE_SENT:
      lobby_account_update_outbox_size (self);
      break;
    case LOBBY_EVENT_CONTACT_TYPING:
    case LOBBY_EVENT_AGENT_TYPING:
      take_typing (self, event);
      break;
    case LOBBY_EVENT_WHATSAPP_QR:
    case LOBBY_EVENT_WHATSAPP_CODE:
    case LOBBY_EVENT_WHATSAPP_CONNECTED:
    case LOBBY_EVENT_WHATSAPP_DISCONNECTED:
    case LOBBY_EVENT_CONNECTION_UPDATED:
    case LOBBY_EVENT_CONNECTION_REMOVED:
      if (take_connection_event (self->team, event))
        g_signal_emit (self, lobby_account_signals[LOBBY_ACCOUNT_WHATSAPP_STATE_CHANGED], 0);
      break;
    case LOBBY_EVENT_MESSAGE_STATUS:
      lobby_account_note_receipt (self, event);
      break;
    case LOBBY_EVENT_UNKNOWN:
    case LOBBY_EVENT_MESSAGE_UPDATED:
    case LOBBY_EVENT_CONVERSATION_READ:
    case LOBBY_EVENT_CONVERSATION_UPDATED:
    case LOBBY_EVENT_CONTACT_UPDATED:
    case LOBBY_EVENT_CONTACT_MERGED:
    case LOBBY_EVENT_TEMPLATE_UPDATED:
    case LOBBY_EVENT_TEMPLATE_REMOVED:
    case LOBBY_EVENT_SYNC_RESET:
    default:
      break;
    }
}

void
lobby_account_tell_typing (LobbyAccount *self,
                           LobbyConversation *conversation,
                           gboolean typing)
{
  LobbySocketClient *socket = lobby_live_connection_get_socket (self->live);
  LobbyContact *contact = lobby_conversation_get_contact (conversation);
  JsonArray *arguments;
  JsonObject *payload;

  if (socket == NULL || contact == NULL)
    return;

  payload = json_object_new ();
  json_object_set_string_member (payload, "contactId", lobby_contact_get_id (contact));
  json_object_set_string_member (payload, "conversationId", lobby_conversation_get_id (conversation));
  json_object_set_boolean_member (payload, "isTyping", typing);
  arguments = json_array_new ();
  json_array_add_object_element (arguments, payload);
  lobby_socket_client_emit (socket, "typing", arguments);
}
