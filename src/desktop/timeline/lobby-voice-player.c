/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-voice-player.h"

#include <gst/gst.h>

/* ms between two readings of the position. */
#define POSITION_INTERVAL 100

struct _LobbyVoicePlayer
{
  GObject parent_instance;

  GstElement *playbin;
  guint bus_watch;
  guint position_source;

  gint64 row_id;
  gboolean playing;
  gboolean prerolled; /* seeking works */
  double pending_fraction;
  int position;
  int duration;
  double speed;
};

enum
{
  PROP_0,
  PROP_ROW_ID,
  PROP_PLAYING,
  PROP_POSITION,
  PROP_DURATION,
  PROP_SPEED,
  N_PROPS
};

enum
{
  FAILED,
  N_SIGNALS
};

static GParamSpec *properties[N_PROPS];
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (LobbyVoicePlayer, lobby_voice_player, G_TYPE_OBJECT)

static void
notify (LobbyVoicePlayer *self,
        int property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
set_playing (LobbyVoicePlayer *self,
             gboolean playing)
{
  if (self->playing == playing)
    return;
  self->playing = playing;
  notify (self, PROP_PLAYING);
}

static gboolean
read_position (gpointer data)
{
  LobbyVoicePlayer *self = data;
  gint64 position = 0, duration = 0;

  if (!self->prerolled)
    return G_SOURCE_CONTINUE;
  if (gst_element_query_duration (self->playbin, GST_FORMAT_TIME, &duration) && duration / (gint64)GST_MSECOND != self->duration)
    {
      self->duration = duration / GST_MSECOND;
      notify (self, PROP_DURATION);
    }
  if (gst_element_query_position (self->playbin, GST_FORMAT_TIME, &position) && position / (gint64)GST_MSECOND != self->position)
    {
      self->position = position / GST_MSECOND;
      notify (self, PROP_POSITION);
    }
  return G_SOURCE_CONTINUE;
}

static void
do_seek (LobbyVoicePlayer *self,
         double fraction)
{
  gint64 duration = 0;

  if (!self->prerolled)
    {
      self->pending_fraction = fraction;
      return;
    }
  if (!gst_element_query_duration (self->playbin, GST_FORMAT_TIME, &duration) || duration <= 0)
    return;
  gst_element_seek (self->playbin, self->speed, GST_FORMAT_TIME, GST_SEEK_FLAG_FLUSH | GST_SEEK_FLAG_ACCURATE,
                    GST_SEEK_TYPE_SET, (gint64)(CLAMP (fraction, 0, 1) * duration), GST_SEEK_TYPE_NONE, 0);
}

static gboolean
on_bus_message (GstBus *bus,
                GstMessage *message,
                gpointer data)
{
  LobbyVoicePlayer *self = data;
  g_autoptr (GError) error = NULL;

  switch ((int)GST_MESSAGE_TYPE (message))
    {
    case GST_MESSAGE_ASYNC_DONE:
      if (!self->prerolled)
        {
          self->prerolled = TRUE;
          if (self->pending_fraction > 0 || self->speed != 1)
            do_seek (self, self->pending_fraction);
          read_position (self);
        }
      break;
    case GST_MESSAGE_EOS:
      lobby_voice_player_stop (self);
      break;
    case GST_MESSAGE_ERROR:
      gst_message_parse_error (message, &error, NULL);
      lobby_voice_player_stop (self);
      g_signal_emit (self, signals[FAILED], 0, error->message);
      break;
    default:
      break;
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
ensure_playbin (LobbyVoicePlayer *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstBus) bus = NULL;
  GstElement *tempo;

  if (self->playbin != NULL)
    return TRUE;
  if (!gst_is_initialized () && !gst_init_check (NULL, NULL, &error))
    {
      g_signal_emit (self, signals[FAILED], 0, error->message);
      return FALSE;
    }
  self->playbin = gst_element_factory_make ("playbin", NULL);
  if (self->playbin == NULL)
    {
      g_signal_emit (self, signals[FAILED], 0, "GStreamer's playback plugin is missing");
      return FALSE;
    }
  gst_object_ref_sink (self->playbin);
  /* Audio only, and voices keep their pitch at 2×. */
  g_object_set (self->playbin, "flags", 0x2 /* audio */ | 0x10 /* soft volume */, NULL);
  tempo = gst_element_factory_make ("scaletempo", NULL);
  if (tempo != NULL)
    g_object_set (self->playbin, "audio-filter", tempo, NULL);
  bus = gst_element_get_bus (self->playbin);
  self->bus_watch = gst_bus_add_watch (bus, on_bus_message, self);
  return TRUE;
}

static void
lobby_voice_player_dispose (GObject *object)
{
  LobbyVoicePlayer *self = LOBBY_VOICE_PLAYER (object);

  g_clear_handle_id (&self->position_source, g_source_remove);
  g_clear_handle_id (&self->bus_watch, g_source_remove);
  if (self->playbin != NULL)
    gst_element_set_state (self->playbin, GST_STATE_NULL);
  g_clear_pointer (&self->playbin, gst_object_unref);

  G_OBJECT_CLASS (lobby_voice_player_parent_class)->dispose (object);
}

static void
lobby_voice_player_get_property (GObject *object,
                                 guint prop_id,
                                 GValue *value,
                                 GParamSpec *pspec)
{
  LobbyVoicePlayer *self = LOBBY_VOICE_PLAYER (object);

  switch (prop_id)
    {
    case PROP_ROW_ID:
      g_value_set_int64 (value, self->row_id);
      break;
    case PROP_PLAYING:
      g_value_set_boolean (value, self->playing);
      break;
    case PROP_POSITION:
      g_value_set_int (value, self->position);
      break;
    case PROP_DURATION:
      g_value_set_int (value, self->duration);
      break;
    case PROP_SPEED:
      g_value_set_double (value, self->speed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop_id, pspec);
    }
}

static void
lobby_voice_player_class_init (LobbyVoicePlayerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags readable = G_PARAM_READABLE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS;

  object_class->dispose = lobby_voice_player_dispose;
  object_class->get_property = lobby_voice_player_get_property;

  properties[PROP_ROW_ID] = g_param_spec_int64 ("row-id", NULL, NULL, 0, G_MAXINT64, 0, readable);
  properties[PROP_PLAYING] = g_param_spec_boolean ("playing", NULL, NULL, FALSE, readable);
  properties[PROP_POSITION] = g_param_spec_int ("position", NULL, NULL, 0, G_MAXINT, 0, readable);
  properties[PROP_DURATION] = g_param_spec_int ("duration", NULL, NULL, 0, G_MAXINT, 0, readable);
  properties[PROP_SPEED] = g_param_spec_double ("speed", NULL, NULL, 1, 2, 1, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[FAILED] = g_signal_new ("failed", LOBBY_TYPE_VOICE_PLAYER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
lobby_voice_player_init (LobbyVoicePlayer *self)
{
  self->speed = 1;
}

LobbyVoicePlayer *
lobby_voice_player_new (void)
{
  return g_object_new (LOBBY_TYPE_VOICE_PLAYER, NULL);
}

void
lobby_voice_player_play (LobbyVoicePlayer *self,
                         gint64 row_id,
                         const char *path,
                         double fraction)
{
  g_autofree char *uri = NULL;

  g_return_if_fail (LOBBY_IS_VOICE_PLAYER (self));

  lobby_voice_player_stop (self);
  uri = g_filename_to_uri (path, NULL, NULL);
  if (uri == NULL || !ensure_playbin (self))
    return;
  g_object_set (self->playbin, "uri", uri, NULL);
  self->row_id = row_id;
  self->pending_fraction = fraction;
  notify (self, PROP_ROW_ID);
  lobby_voice_player_resume (self);
}

void
lobby_voice_player_pause (LobbyVoicePlayer *self)
{
  g_return_if_fail (LOBBY_IS_VOICE_PLAYER (self));

  if (!self->playing)
    return;
  g_clear_handle_id (&self->position_source, g_source_remove);
  gst_element_set_state (self->playbin, GST_STATE_PAUSED);
  set_playing (self, FALSE);
}

void
lobby_voice_player_resume (LobbyVoicePlayer *self)
{
  g_return_if_fail (LOBBY_IS_VOICE_PLAYER (self));

  if (self->row_id == 0 || self->playing)
    return;
  gst_element_set_state (self->playbin, GST_STATE_PLAYING);
  self->position_source = g_timeout_add (POSITION_INTERVAL, read_position, self);
  set_playing (self, TRUE);
}

void
lobby_voice_player_seek (LobbyVoicePlayer *self,
                         double fraction)
{
  g_return_if_fail (LOBBY_IS_VOICE_PLAYER (self));

  if (self->row_id != 0)
    do_seek (self, fraction);
}

void
lobby_voice_player_stop (LobbyVoicePlayer *self)
{
  g_return_if_fail (LOBBY_IS_VOICE_PLAYER (self));

  if (self->row_id == 0)
    return;
  g_clear_handle_id (&self->position_source, g_source_remove);
  gst_element_set_state (self->playbin, GST_STATE_NULL);
  self->prerolled = FALSE;
  self->pending_fraction = 0;
  self->row_id = 0;
  self->position = 0;
  self->duration = 0;
  set_playing (self, FALSE);
  notify (self, PROP_ROW_ID);
  notify (self, PROP_POSITION);
}

void
lobby_voice_player_cycle_speed (LobbyVoicePlayer *self)
{
  g_return_if_fail (LOBBY_IS_VOICE_PLAYER (self));

  self->speed = self->speed >= 2 ? 1 : self->speed + 0.5;
  if (self->row_id != 0 && self->prerolled && self->duration > 0)
    do_seek (self, (double)self->position / self->duration);
  notify (self, PROP_SPEED);
}

double
lobby_voice_player_get_speed (LobbyVoicePlayer *self)
{
  g_return_val_if_fail (LOBBY_IS_VOICE_PLAYER (self), 1);
  return self->speed;
}

gint64
lobby_voice_player_get_row_id (LobbyVoicePlayer *self)
{
  g_return_val_if_fail (LOBBY_IS_VOICE_PLAYER (self), 0);
  return self->row_id;
}

gboolean
lobby_voice_player_get_playing (LobbyVoicePlayer *self)
{
  g_return_val_if_fail (LOBBY_IS_VOICE_PLAYER (self), FALSE);
  return self->playing;
}

int
lobby_voice_player_get_position (LobbyVoicePlayer *self)
{
  g_return_val_if_fail (LOBBY_IS_VOICE_PLAYER (self), 0);
  return self->position;
}

int
lobby_voice_player_get_duration (LobbyVoicePlayer *self)
{
  g_return_val_if_fail (LOBBY_IS_VOICE_PLAYER (self), 0);
  return self->duration;
}
