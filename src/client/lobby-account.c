/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-account-private.h"

#include "lobby-id.h"

#define MEDIA_BYTES (G_GUINT64_CONSTANT (1) << 30)
#define PICTURE_BYTES (G_GUINT64_CONSTANT (64) << 20)

G_DEFINE_FINAL_TYPE (LobbyAccount, lobby_account, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_SERVER_URL,
  PROP_USER,
  PROP_AGENT_ID,
  PROP_AGENT_NAME,
  PROP_BUSINESS_NAME,
  PROP_STORE,
  PROP_STATE,
  PROP_RETRY_AT,
  PROP_OUTBOX_SIZE,
  N_PROPERTIES
};

static GParamSpec *properties[N_PROPERTIES];
guint lobby_account_signals[LOBBY_ACCOUNT_N_SIGNALS];

LobbyIdentity *
lobby_identity_copy (const LobbyIdentity *identity)
{
  LobbyIdentity *copy = g_new0 (LobbyIdentity, 1);

  copy->id = g_strdup (identity->id);
  copy->server_url = g_strdup (identity->server_url);
  copy->user = g_strdup (identity->user);
  copy->agent_id = g_strdup (identity->agent_id);
  copy->agent_name = g_strdup (identity->agent_name);
  copy->business_name = g_strdup (identity->business_name);

  return copy;
}

void
lobby_identity_free (LobbyIdentity *identity)
{
  if (identity == NULL)
    return;

  g_free (identity->id);
  g_free (identity->server_url);
  g_free (identity->user);
  g_free (identity->agent_id);
  g_free (identity->agent_name);
  g_free (identity->business_name);
  g_free (identity);
}

/* Takes @inner. */
static gboolean
fail_with_storage (GError **error,
                   GError *inner)
{
  g_set_error_literal (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE, inner->message);
  g_error_free (inner);
  return FALSE;
}

void
lobby_account_update_outbox_size (LobbyAccount *self)
{
  guint size = lobby_store_outbox_size (self->store);

  if (self->outbox_size == size)
    return;

  self->outbox_size = size;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_OUTBOX_SIZE]);
}

static void
on_state_changed (LobbyAccount *self)
{
  LobbyConnectionState state = lobby_live_connection_get_state (self->live);
  gboolean online = state == LOBBY_CONNECTION_SYNCING || state == LOBBY_CONNECTION_CONNECTED;

  if (self->state == state)
    return;

  self->state = state;
  if (!online)
    {
      lobby_sync_engine_detach (self->engine);
      lobby_typing_clear (self->typing);
    }
  /* A token that was refused is not offered again; the next start asks the Secret Service. */
  if (state == LOBBY_CONNECTION_SIGNED_OUT)
    lobby_api_set_token (self->api, NULL);
  lobby_outbox_set_online (self->outbox, online);
  lobby_reads_set_online (self->reads, online);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_STATE]);
}

static void
on_retry_changed (LobbyAccount *self)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RETRY_AT]);
}

static void
on_unauthorized (LobbyAccount *self)
{
  if (self->started)
    lobby_live_connection_sign_out (self->live);
}

static void
on_sync_failed (LobbyAccount *self,
                const GError *error)
{
  lobby_live_connection_give_up (self->live, error);
}

static void
on_applied (LobbySyncEngine *engine,
            LobbyWireEvent *event,
            gboolean live,
            LobbyAccount *self)
{
  lobby_account_take_event (self, event, live);
}

/* Takes @store and @identity. */
LobbyAccount *
lobby_account_new (LobbyIdentity *identity,
                   LobbyStore *store,
                   const char *cache_folder)
{
  LobbyAccount *self = g_object_new (LOBBY_TYPE_ACCOUNT, NULL);
  g_autofree char *media = g_build_filename (cache_folder, "media", NULL);
  g_autofree char *pictures = g_build_filename (cache_folder, "pictures", NULL);

  self->identity = identity;
  self->store = store;
  self->api = lobby_api_new (identity->server_url);
  self->team = lobby_team_new (store);
  self->engine = lobby_sync_engine_new (store, &lobby_account_sync_peer, self);
  self->live = lobby_live_connection_new (&lobby_account_live_peer, self, lobby_server_url_is_local (identity->server_url));
  self->outbox = lobby_outbox_new (store, self->api, self->engine);
  self->reads = lobby_reads_new (store, self->api, self->engine);
  self->typing = lobby_typing_new (store);
  self->media = lobby_media_cache_new (self->api, media, MEDIA_BYTES);
  self->pictures = lobby_media_cache_new (self->api, pictures, PICTURE_BYTES);
  self->outbox_size = lobby_store_outbox_size (store);

  g_signal_connect_object (self->live, "notify::state", G_CALLBACK (on_state_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->live, "notify::retry-at", G_CALLBACK (on_retry_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->api, "unauthorized", G_CALLBACK (on_unauthorized), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->engine, "failed", G_CALLBACK (on_sync_failed), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->engine, "applied", G_CALLBACK (on_applied), self, 0);
  g_signal_connect_object (self->engine, "file-revoked", G_CALLBACK (lobby_account_forget_file), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->outbox, "sent", G_CALLBACK (lobby_account_update_outbox_size), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->typing, "tell", G_CALLBACK (lobby_account_tell_typing), self, G_CONNECT_SWAPPED);

  return self;
}

const LobbyIdentity *
lobby_account_get_identity (LobbyAccount *self)
{
  return self->identity;
}

void
lobby_account_set_identity (LobbyAccount *self,
                            LobbyIdentity *identity)
{
  lobby_identity_free (self->identity);
  self->identity = identity;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_AGENT_NAME]);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSINESS_NAME]);
}

void
lobby_account_set_token (LobbyAccount *self,
                         const char *token)
{
  lobby_api_set_token (self->api, token);
}

LobbyApi *
lobby_account_get_api (LobbyAccount *self)
{
  return self->api;
}

const char *
lobby_account_get_id (LobbyAccount *self)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  return self->identity->id;
}

const char *
lobby_account_get_server_url (LobbyAccount *self)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  return self->identity->server_url;
}

const char *
lobby_account_get_user (LobbyAccount *self)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  return self->identity->user;
}

const char *
lobby_account_get_agent_name (LobbyAccount *self)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  return self->identity->agent_name;
}

const char *
lobby_account_get_business_name (LobbyAccount *self)
{
  const char *name;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);

  name = lobby_team_get_business_name (self->team);
  return name != NULL ? name : self->identity->business_name;
}

LobbyStore *
lobby_account_get_store (LobbyAccount *self)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  return self->store;
}

LobbyConnectionState
lobby_account_get_state (LobbyAccount *self)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), LOBBY_CONNECTION_OFFLINE);
  return self->state;
}

gint64
lobby_account_get_retry_at (LobbyAccount *self)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), 0);
  return lobby_live_connection_get_retry_at (self->live);
}

const char *
lobby_account_get_agent_label (LobbyAccount *self,
                               const char *agent_id)
{
  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);

  return agent_id != NULL ? lobby_team_get_agent_name (self->team, agent_id) : NULL;
}

void
lobby_account_start (LobbyAccount *self)
{
  g_return_if_fail (LOBBY_IS_ACCOUNT (self));

  self->started = TRUE;
  lobby_live_connection_start (self->live);
}

void
lobby_account_stop (LobbyAccount *self)
{
  g_return_if_fail (LOBBY_IS_ACCOUNT (self));

  self->started = FALSE;
  lobby_live_connection_stop (self->live);
  lobby_api_cancel (self->api);
}

void
lobby_account_close (LobbyAccount *self)
{
  lobby_account_stop (self);
  lobby_sync_engine_detach (self->engine);
  lobby_outbox_set_online (self->outbox, FALSE);
  lobby_reads_set_online (self->reads, FALSE);
  lobby_typing_clear (self->typing);
  lobby_store_close (self->store);
}

void
lobby_account_reconnect_now (LobbyAccount *self)
{
  g_return_if_fail (LOBBY_IS_ACCOUNT (self));

  lobby_live_connection_try_now (self->live);
}

LobbyMessage *
lobby_account_send_text (LobbyAccount *self,
                         LobbyConversation *conversation,
                         const char *text,
                         const char *quoted_id,
                         GError **error)
{
  g_autofree char *client_id = lobby_id_new ();
  GError *inner = NULL;
  LobbyMessage *message;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), NULL);
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (conversation), NULL);
  g_return_val_if_fail (text != NULL, NULL);

  message = lobby_store_queue_text (self->store, conversation, client_id, text, quoted_id, &inner);
  if (message == NULL)
    {
      fail_with_storage (error, inner);
      return NULL;
    }

  lobby_typing_set_own (self->typing, conversation, FALSE);
  lobby_account_update_outbox_size (self);
  lobby_outbox_kick (self->outbox);
  return message;
}

gboolean
lobby_account_retry (LobbyAccount *self,
                     LobbyMessage *message,
                     GError **error)
{
  GError *inner = NULL;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), FALSE);
  g_return_val_if_fail (LOBBY_IS_MESSAGE (message), FALSE);

  if (!lobby_store_outbox_retry (self->store, message, &inner))
    return fail_with_storage (error, inner);

  lobby_account_update_outbox_size (self);
  lobby_outbox_retry (self->outbox, lobby_message_get_client_id (message));
  return TRUE;
}

gboolean
lobby_account_discard (LobbyAccount *self,
                       LobbyMessage *message,
                       GError **error)
{
  GError *inner = NULL;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), FALSE);
  g_return_val_if_fail (LOBBY_IS_MESSAGE (message), FALSE);

  if (lobby_outbox_is_sending (self->outbox, lobby_message_get_client_id (message)))
    {
      g_set_error_literal (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_REFUSED, "The message is being sent right now");
      return FALSE;
    }
  if (!lobby_store_discard (self->store, message, &inner))
    return fail_with_storage (error, inner);

  lobby_account_update_outbox_size (self);
  lobby_outbox_kick (self->outbox);
  return TRUE;
}

gboolean
lobby_account_mark_read (LobbyAccount *self,
                         LobbyConversation *conversation,
                         GError **error)
{
  GError *inner = NULL;

  g_return_val_if_fail (LOBBY_IS_ACCOUNT (self), FALSE);
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (conversation), FALSE);

  if (!lobby_store_mark_read (self->store, conversation, &inner))
    return fail_with_storage (error, inner);

  lobby_reads_kick (self->reads);
  return TRUE;
}

void
lobby_account_set_typing (LobbyAccount *self,
                          LobbyConversation *conversation,
                          gboolean typing)
{
  g_return_if_fail (LOBBY_IS_ACCOUNT (self));
  g_return_if_fail (LOBBY_IS_CONVERSATION (conversation));

  lobby_typing_set_own (self->typing, conversation, typing);
}

static void
lobby_account_get_property (GObject *object,
                            guint id,
                            GValue *value,
                            GParamSpec *pspec)
{
  LobbyAccount *self = LOBBY_ACCOUNT (object);

  switch (id)
    {
    case PROP_ID:
      g_value_set_string (value, self->identity->id);
      break;
    case PROP_SERVER_URL:
      g_value_set_string (value, self->identity->server_url);
      break;
    case PROP_USER:
      g_value_set_string (value, self->identity->user);
      break;
    case PROP_AGENT_ID:
      g_value_set_string (value, self->identity->agent_id);
      break;
    case PROP_AGENT_NAME:
      g_value_set_string (value, self->identity->agent_name);
      break;
    case PROP_BUSINESS_NAME:
      g_value_set_string (value, lobby_account_get_business_name (self));
      break;
    case PROP_STORE:
      g_value_set_object (value, self->store);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_RETRY_AT:
      g_value_set_int64 (value, lobby_account_get_retry_at (self));
      break;
    case PROP_OUTBOX_SIZE:
      g_value_set_uint (value, self->outbox_size);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
lobby_account_dispose (GObject *object)
{
  LobbyAccount *self = LOBBY_ACCOUNT (object);

  if (self->live != NULL)
    {
      lobby_live_connection_stop (self->live);
      lobby_sync_engine_detach (self->engine);
      lobby_outbox_set_online (self->outbox, FALSE);
      lobby_reads_set_online (self->reads, FALSE);
    }
  g_clear_object (&self->live);
  g_clear_object (&self->outbox);
  g_clear_object (&self->reads);
  g_clear_object (&self->typing);
  g_clear_object (&self->media);
  g_clear_object (&self->pictures);
  g_clear_object (&self->engine);
  g_clear_object (&self->api);
  g_clear_pointer (&self->older, g_hash_table_unref);
  g_clear_pointer (&self->overtaken, g_hash_table_unref);

  G_OBJECT_CLASS (lobby_account_parent_class)->dispose (object);
}

static void
lobby_account_finalize (GObject *object)
{
  LobbyAccount *self = LOBBY_ACCOUNT (object);

  g_clear_pointer (&self->team, lobby_team_free);
  g_clear_object (&self->store);
  lobby_identity_free (self->identity);

  G_OBJECT_CLASS (lobby_account_parent_class)->finalize (object);
}

static GParamSpec *
string_property (const char *name)
{
  return g_param_spec_string (name, NULL, NULL, NULL, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
lobby_account_class_init (LobbyAccountClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = lobby_account_get_property;
  object_class->dispose = lobby_account_dispose;
  object_class->finalize = lobby_account_finalize;

  properties[PROP_ID] = string_property ("id");
  properties[PROP_SERVER_URL] = string_property ("server-url");
  properties[PROP_USER] = string_property ("user");
  properties[PROP_AGENT_ID] = string_property ("agent-id");
  properties[PROP_AGENT_NAME] = string_property ("agent-name");
  properties[PROP_BUSINESS_NAME] = string_property ("business-name");
  properties[PROP_STORE] = g_param_spec_object ("store", NULL, NULL, LOBBY_TYPE_STORE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, LOBBY_TYPE_CONNECTION_STATE, LOBBY_CONNECTION_OFFLINE,
                                              G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_RETRY_AT] = g_param_spec_int64 ("retry-at", NULL, NULL, 0, G_MAXINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  properties[PROP_OUTBOX_SIZE] = g_param_spec_uint ("outbox-size", NULL, NULL, 0, G_MAXUINT, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  lobby_account_signals[LOBBY_ACCOUNT_NOTIFY_MESSAGE] =
      g_signal_new ("notify-message", LOBBY_TYPE_ACCOUNT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 2, LOBBY_TYPE_CONVERSATION, LOBBY_TYPE_MESSAGE);
  lobby_account_signals[LOBBY_ACCOUNT_WHATSAPP_STATE_CHANGED] =
      g_signal_new ("whatsapp-state-changed", LOBBY_TYPE_ACCOUNT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lobby_account_init (LobbyAccount *self)
{
  self->older = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, dex_unref);
  self->overtaken = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}
