/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-conversation-private.h"

struct _LobbyConversation
{
  GObject parent_instance;

  LobbyConversationState state;
  gboolean customer_typing;
  char *typing_agent;
};

G_DEFINE_FINAL_TYPE (LobbyConversation, lobby_conversation, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ID,
  PROP_CONTACT,
  PROP_UNREAD_COUNT,
  PROP_LAST_ACTIVITY_AT,
  PROP_WINDOW_EXPIRES_AT,
  PROP_LAST_MESSAGE,
  PROP_DRAFT,
  PROP_CUSTOMER_TYPING,
  PROP_TYPING_AGENT,
  PROP_MESSAGE_COUNT_IN,
  PROP_MESSAGE_COUNT_OUT,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

void
lobby_conversation_state_clear (LobbyConversationState *state)
{
  g_free (state->id);
  g_free (state->business_id);
  g_free (state->connection_id);
  g_free (state->draft);
  g_clear_object (&state->contact);
  g_clear_object (&state->last_message);
}

static void
lobby_conversation_finalize (GObject *object)
{
  LobbyConversation *self = LOBBY_CONVERSATION (object);

  lobby_conversation_state_clear (&self->state);
  g_free (self->typing_agent);

  G_OBJECT_CLASS (lobby_conversation_parent_class)->finalize (object);
}

static void
lobby_conversation_get_property (GObject *object,
                                 guint prop_id,
                                 GValue *value,
                                 GParamSpec *pspec)
{
  LobbyConversation *self = LOBBY_CONVERSATION (object);

  switch (prop_id)
    {
    case PROP_ID:
      g_value_set_string (value, self->state.id);
      break;
    case PROP_CONTACT:
      g_value_set_object (value, self->state.contact);
      break;
    case PROP_UNREAD_COUNT:
      g_value_set_int (value, self->state.unread_count);
      break;
    case PROP_LAST_ACTIVITY_AT:
      g_value_set_int64 (value, self->state.last_activity_at);
      break;
    case PROP_WINDOW_EXPIRES_AT:
      g_value_set_int64 (value, self->state.window_expires_at);
      break;
    case PROP_LAST_MESSAGE:
      g_value_set_object (value, self->state.last_message);
      break;
    case PROP_DRAFT:
      g_value_set_string (value, self->state.draft);
      break;
    case PROP_CUSTOMER_TYPING:
      g_value_set_boolean (value, self->customer_typing);
      break;
    case PROP_TYPING_AGENT:
      g_value_set_string (value, self->typing_agent);
      break;
    case PROP_MESSAGE_COUNT_IN:
      g_value_set_int (value, self->state.message_count_in);
      break;
    case PROP_MESSAGE_COUNT_OUT:
      g_value_set_int (value, self->state.message_count_out);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
lobby_conversation_class_init (LobbyConversationClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = lobby_conversation_finalize;
  object_class->get_property = lobby_conversation_get_property;

  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, readable);
  properties[PROP_CONTACT] = g_param_spec_object ("contact", NULL, NULL, LOBBY_TYPE_CONTACT, readable);
  properties[PROP_UNREAD_COUNT] = g_param_spec_int ("unread-count", NULL, NULL, 0, G_MAXINT, 0, readable);
  properties[PROP_LAST_ACTIVITY_AT] = g_param_spec_int64 ("last-activity-at", NULL, NULL, G_MININT64, G_MAXINT64, 0, readable);
  properties[PROP_WINDOW_EXPIRES_AT] = g_param_spec_int64 ("window-expires-at", NULL, NULL, G_MININT64, G_MAXINT64, 0, readable);
  properties[PROP_LAST_MESSAGE] = g_param_spec_object ("last-message", NULL, NULL, LOBBY_TYPE_MESSAGE, readable);
  properties[PROP_DRAFT] = g_param_spec_string ("draft", NULL, NULL, NULL, readable);
  properties[PROP_CUSTOMER_TYPING] = g_param_spec_boolean ("customer-typing", NULL, NULL, FALSE, readable);
  properties[PROP_TYPING_AGENT] = g_param_spec_string ("typing-agent", NULL, NULL, NULL, readable);
  properties[PROP_MESSAGE_COUNT_IN] = g_param_spec_int ("message-count-in", NULL, NULL, 0, G_MAXINT, 0, readable);
  properties[PROP_MESSAGE_COUNT_OUT] = g_param_spec_int ("message-count-out", NULL, NULL, 0, G_MAXINT, 0, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
lobby_conversation_init (LobbyConversation *self)
{
}

LobbyConversation *
lobby_conversation_new (LobbyConversationState *state)
{
  LobbyConversation *self = g_object_new (LOBBY_TYPE_CONVERSATION, NULL);

  self->state = *state;
  *state = (LobbyConversationState){ 0 };
  return self;
}

void
lobby_conversation_update (LobbyConversation *self,
                           LobbyConversationState *state)
{
  LobbyConversationState old = self->state;
  const LobbyConversationState *new = &self->state;
  GObject *object = G_OBJECT (self);

  g_assert (old.row == state->row);

  self->state = *state;
  *state = (LobbyConversationState){ 0 };

  g_object_freeze_notify (object);
  if (old.contact != new->contact)
    g_object_notify_by_pspec (object, properties[PROP_CONTACT]);
  if (old.unread_count != new->unread_count)
    g_object_notify_by_pspec (object, properties[PROP_UNREAD_COUNT]);
  if (old.last_activity_at != new->last_activity_at)
    g_object_notify_by_pspec (object, properties[PROP_LAST_ACTIVITY_AT]);
  if (old.window_expires_at != new->window_expires_at)
    g_object_notify_by_pspec (object, properties[PROP_WINDOW_EXPIRES_AT]);
  if (old.last_message != new->last_message)
    g_object_notify_by_pspec (object, properties[PROP_LAST_MESSAGE]);
  if (g_strcmp0 (old.draft, new->draft) != 0)
    g_object_notify_by_pspec (object, properties[PROP_DRAFT]);
  if (old.message_count_in != new->message_count_in)
    g_object_notify_by_pspec (object, properties[PROP_MESSAGE_COUNT_IN]);
  if (old.message_count_out != new->message_count_out)
    g_object_notify_by_pspec (object, properties[PROP_MESSAGE_COUNT_OUT]);
  g_object_thaw_notify (object);

  lobby_conversation_state_clear (&old);
}

void
lobby_conversation_end (LobbyConversation *self)
{
  if (self->state.unread_count == 0)
    return;
  self->state.unread_count = 0;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_UNREAD_COUNT]);
}

void
lobby_conversation_set_typing (LobbyConversation *self,
                               gboolean typing)
{
  if (!self->customer_typing == !typing)
    return;
  self->customer_typing = !!typing;
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CUSTOMER_TYPING]);
}

void
lobby_conversation_set_agent_typing (LobbyConversation *self,
                                     const char *agent_name)
{
  if (g_set_str (&self->typing_agent, agent_name))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TYPING_AGENT]);
}

gint64
lobby_conversation_get_row (LobbyConversation *self)
{
  return self->state.row;
}

const char *
lobby_conversation_get_id (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), NULL);
  return self->state.id;
}

const char *
lobby_conversation_get_business_id (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), NULL);
  return self->state.business_id;
}

const char *
lobby_conversation_get_connection_id (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), NULL);
  return self->state.connection_id;
}

LobbyContact *
lobby_conversation_get_contact (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), NULL);
  return self->state.contact;
}

int
lobby_conversation_get_unread_count (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), 0);
  return self->state.unread_count;
}

gint64
lobby_conversation_get_last_activity_at (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), 0);
  return self->state.last_activity_at;
}

gint64
lobby_conversation_get_window_expires_at (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), 0);
  return self->state.window_expires_at;
}

LobbyMessage *
lobby_conversation_get_last_message (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), NULL);
  return self->state.last_message;
}

const char *
lobby_conversation_get_draft (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), NULL);
  return self->state.draft;
}

gboolean
lobby_conversation_get_customer_typing (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), FALSE);
  return self->customer_typing;
}

const char *
lobby_conversation_get_typing_agent (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), NULL);
  return self->typing_agent;
}

int
lobby_conversation_get_message_count_in (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), 0);
  return self->state.message_count_in;
}

int
lobby_conversation_get_message_count_out (LobbyConversation *self)
{
  g_return_val_if_fail (LOBBY_IS_CONVERSATION (self), 0);
  return self->state.message_count_out;
}
