/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-model"

#include "lobby-message-private.h"

struct _LobbyMessage
{
  GObject parent_instance;

  gint64 row_id;
  LobbyMessageRecord *record;
  char *reactions;
  double progress;
  LobbyMessageFlags flags;
};

G_DEFINE_FINAL_TYPE (LobbyMessage, lobby_message, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_ROW_ID,
  PROP_ID,
  PROP_SENT_AT,
  PROP_STATUS,
  PROP_CONTENT,
  PROP_MEDIA_STATE,
  PROP_WIDTH,
  PROP_HEIGHT,
  PROP_PROGRESS,
  PROP_REACTIONS,
  PROP_ERROR_TEXT,
  PROP_DETAILS,
  PROP_DAY_START,
  PROP_UNREAD_START,
  PROP_GROUP_START,
  PROP_GROUP_END,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

static void
lobby_message_finalize (GObject *object)
{
  LobbyMessage *self = LOBBY_MESSAGE (object);

  lobby_message_record_free (self->record);
  g_free (self->reactions);

  G_OBJECT_CLASS (lobby_message_parent_class)->finalize (object);
}

static void
lobby_message_get_property (GObject *object,
                            guint prop_id,
                            GValue *value,
                            GParamSpec *pspec)
{
  LobbyMessage *self = LOBBY_MESSAGE (object);

  switch (prop_id)
    {
    case PROP_ROW_ID:
      g_value_set_int64 (value, self->row_id);
      break;
    case PROP_ID:
      g_value_set_string (value, self->record->id);
      break;
    case PROP_SENT_AT:
      g_value_set_int64 (value, self->record->sent_at);
      break;
    case PROP_STATUS:
      g_value_set_enum (value, self->record->status);
      break;
    case PROP_CONTENT:
      g_value_set_string (value, lobby_message_get_content (self));
      break;
    case PROP_MEDIA_STATE:
      g_value_set_int (value, self->record->media_state);
      break;
    case PROP_WIDTH:
      g_value_set_int (value, self->record->width);
      break;
    case PROP_HEIGHT:
      g_value_set_int (value, self->record->height);
      break;
    case PROP_PROGRESS:
      g_value_set_double (value, self->progress);
      break;
    case PROP_REACTIONS:
      g_value_set_string (value, self->reactions);
      break;
    case PROP_ERROR_TEXT:
      g_value_set_string (value, self->record->error_text);
      break;
    case PROP_DETAILS:
      g_value_set_pointer (value, self->record);
      break;
    case PROP_DAY_START:
      g_value_set_boolean (value, self->flags.day_start);
      break;
    case PROP_UNREAD_START:
      g_value_set_boolean (value, self->flags.unread_start);
      break;
    case PROP_GROUP_START:
      g_value_set_boolean (value, self->flags.group_start);
      break;
    case PROP_GROUP_END:
      g_value_set_boolean (value, self->flags.group_end);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
lobby_message_set_property (GObject *object,
                            guint prop_id,
                            const GValue *value,
                            GParamSpec *pspec)
{
  LobbyMessage *self = LOBBY_MESSAGE (object);
  double progress;

  switch (prop_id)
    {
    case PROP_PROGRESS:
      progress = g_value_get_double (value);
      if (self->progress == progress)
        return;
      self->progress = progress;
      g_object_notify_by_pspec (object, pspec);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
lobby_message_class_init (LobbyMessageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->finalize = lobby_message_finalize;
  object_class->get_property = lobby_message_get_property;
  object_class->set_property = lobby_message_set_property;

  properties[PROP_ROW_ID] = g_param_spec_int64 ("row-id", NULL, NULL, 0, G_MAXINT64, 0, readable);
  properties[PROP_ID] = g_param_spec_string ("id", NULL, NULL, NULL, readable);
  properties[PROP_SENT_AT] = g_param_spec_int64 ("sent-at", NULL, NULL, G_MININT64, G_MAXINT64, 0, readable);
  properties[PROP_STATUS] = g_param_spec_enum ("status", NULL, NULL, LOBBY_TYPE_MODEL_STATUS, LOBBY_MODEL_STATUS_PENDING, readable);
  properties[PROP_CONTENT] = g_param_spec_string ("content", NULL, NULL, "", readable);
  properties[PROP_MEDIA_STATE] = g_param_spec_int ("media-state", NULL, NULL, LOBBY_MEDIA_NONE, LOBBY_MEDIA_FAILED, LOBBY_MEDIA_NONE, readable);
  properties[PROP_WIDTH] = g_param_spec_int ("width", NULL, NULL, 0, G_MAXINT, 0, readable);
  properties[PROP_HEIGHT] = g_param_spec_int ("height", NULL, NULL, 0, G_MAXINT, 0, readable);
  /* Of a download or upload, 0 to 1; whoever moves the bytes sets it. */
  properties[PROP_PROGRESS] = g_param_spec_double ("progress", NULL, NULL, 0, 1, 0, G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  properties[PROP_REACTIONS] = g_param_spec_string ("reactions", NULL, NULL, "", readable);
  properties[PROP_ERROR_TEXT] = g_param_spec_string ("error-text", NULL, NULL, NULL, readable);
  /* Notifies when anything of the record changed that has no property of its own. */
  properties[PROP_DETAILS] = g_param_spec_pointer ("details", NULL, NULL, readable);
  properties[PROP_DAY_START] = g_param_spec_boolean ("day-start", NULL, NULL, FALSE, readable);
  properties[PROP_UNREAD_START] = g_param_spec_boolean ("unread-start", NULL, NULL, FALSE, readable);
  properties[PROP_GROUP_START] = g_param_spec_boolean ("group-start", NULL, NULL, FALSE, readable);
  properties[PROP_GROUP_END] = g_param_spec_boolean ("group-end", NULL, NULL, FALSE, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
lobby_message_init (LobbyMessage *self)
{
}

LobbyMessage *
lobby_message_new (gint64 row_id,
                   LobbyMessageRecord *record,
                   char *reactions)
{
  LobbyMessage *self = g_object_new (LOBBY_TYPE_MESSAGE, NULL);

  self->row_id = row_id;
  self->record = record;
  self->reactions = reactions ? reactions : g_strdup ("");
  return self;
}

static void
notify_differences (LobbyMessage *self,
                    const LobbyMessageRecord *old,
                    const LobbyMessageRecord *new)
{
  struct
  {
    gboolean differs;
    int property;
  } const checks[] = {
    { g_strcmp0 (old->id, new->id) != 0, PROP_ID },
    { old->sent_at != new->sent_at, PROP_SENT_AT },
    { old->width != new->width, PROP_WIDTH },
    { old->height != new->height, PROP_HEIGHT },
    { old->media_state != new->media_state || g_strcmp0 (old->media_url, new->media_url) != 0, PROP_MEDIA_STATE },
    { g_strcmp0 (old->content, new->content) != 0, PROP_CONTENT },
    { g_strcmp0 (old->error_text, new->error_text) != 0 || old->error_code != new->error_code, PROP_ERROR_TEXT },
    { old->status != new->status, PROP_STATUS },
    { TRUE, PROP_DETAILS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
    if (checks[i].differs)
      g_object_notify_by_pspec (G_OBJECT (self), properties[checks[i].property]);
}

void
lobby_message_update (LobbyMessage *self,
                      LobbyMessageRecord *record,
                      char *reactions)
{
  LobbyMessageRecord *old = self->record;

  g_object_ref (self);
  g_object_freeze_notify (G_OBJECT (self));

  if (lobby_message_record_equal (old, record))
    {
      lobby_message_record_free (record);
    }
  else
    {
      self->record = record;
      notify_differences (self, old, record);
      lobby_message_record_free (old);
    }

  if (g_strcmp0 (self->reactions, reactions) != 0)
    {
      g_free (self->reactions);
      self->reactions = reactions;
      g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REACTIONS]);
    }
  else
    {
      g_free (reactions);
    }

  g_object_thaw_notify (G_OBJECT (self));
  g_object_unref (self);
}

static void
set_flag (LobbyMessage *self,
          gboolean *flag,
          gboolean value,
          int property)
{
  if (!*flag == !value)
    return;
  *flag = !!value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

void
lobby_message_set_flags (LobbyMessage *self,
                         const LobbyMessageFlags *flags)
{
  g_object_freeze_notify (G_OBJECT (self));
  set_flag (self, &self->flags.day_start, flags->day_start, PROP_DAY_START);
  set_flag (self, &self->flags.unread_start, flags->unread_start, PROP_UNREAD_START);
  set_flag (self, &self->flags.group_start, flags->group_start, PROP_GROUP_START);
  set_flag (self, &self->flags.group_end, flags->group_end, PROP_GROUP_END);
  g_object_thaw_notify (G_OBJECT (self));
}

gint64
lobby_message_get_row_id (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), 0);
  return self->row_id;
}

const char *
lobby_message_get_id (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), NULL);
  return self->record->id;
}

const char *
lobby_message_get_client_id (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), NULL);
  return self->record->client_id;
}

const char *
lobby_message_get_conversation_id (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), NULL);
  return self->record->conversation_id;
}

gboolean
lobby_message_is_outbound (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), FALSE);
  return self->record->outbound;
}

LobbyModelType
lobby_message_get_message_type (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), LOBBY_MODEL_UNSUPPORTED);
  return self->record->type;
}

const char *
lobby_message_get_content (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), "");
  return self->record->content ? self->record->content : "";
}

LobbyModelStatus
lobby_message_get_status (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), LOBBY_MODEL_STATUS_PENDING);
  return self->record->status;
}

gint64
lobby_message_get_sent_at (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), 0);
  return self->record->sent_at;
}

const char *
lobby_message_get_agent_id (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), NULL);
  return self->record->agent_id;
}

const LobbyMessageRecord *
lobby_message_get_record (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), NULL);
  return self->record;
}

const char *
lobby_message_get_reactions (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), "");
  return self->reactions;
}

gboolean
lobby_message_get_day_start (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), FALSE);
  return self->flags.day_start;
}

gboolean
lobby_message_get_unread_start (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), FALSE);
  return self->flags.unread_start;
}

gboolean
lobby_message_get_group_start (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), FALSE);
  return self->flags.group_start;
}

gboolean
lobby_message_get_group_end (LobbyMessage *self)
{
  g_return_val_if_fail (LOBBY_IS_MESSAGE (self), FALSE);
  return self->flags.group_end;
}
