/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-voice-view.h"

#include <glib/gi18n-lib.h>

#include "lobby-message-words.h"
#include "lobby-quiet-tooltip.h"
#include "lobby-waveform.h"

struct _LobbyVoiceView
{
  GtkBox parent_instance;

  LobbyTimeline *timeline; /* an ancestor */
  LobbyMessage *message;
  GSignalGroup *message_signals;
  GSignalGroup *player_signals;
  GtkWidget *button;
  LobbyWaveform *waveform;
  GtkLabel *time;
  GtkButton *speed;
  gboolean fetching;
  double wanted; /* where to begin when the file is there */
};

G_DEFINE_FINAL_TYPE (LobbyVoiceView, lobby_voice_view, GTK_TYPE_BOX)

typedef struct
{
  GWeakRef view;
  gint64 row_id;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_weak_ref_clear (&request->view);
  g_free (request);
}

static gboolean
is_loaded (LobbyVoiceView *self)
{
  return self->message != NULL
         && lobby_voice_player_get_row_id (lobby_timeline_get_voice_player (self->timeline)) == lobby_message_get_row_id (self->message);
}

static void
update (LobbyVoiceView *self)
{
  LobbyVoicePlayer *player = lobby_timeline_get_voice_player (self->timeline);
  const LobbyMessageRecord *record;
  g_autofree char *time = NULL;
  g_autofree char *speed = NULL;
  gboolean loaded, playing;
  int duration;

  if (self->message == NULL)
    return;
  record = lobby_message_get_record (self->message);
  loaded = is_loaded (self);
  playing = loaded && lobby_voice_player_get_playing (player);
  duration = loaded && lobby_voice_player_get_duration (player) > 0 ? lobby_voice_player_get_duration (player) : record->duration;

  gtk_button_set_icon_name (GTK_BUTTON (self->button), playing ? "media-playback-pause-symbolic" : "media-playback-start-symbolic");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->button), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  playing ? _ ("Pause voice message") : _ ("Play voice message"), -1);
  gtk_widget_set_sensitive (self->button, !self->fetching && (record->media_state == LOBBY_MEDIA_READY || record->media_state == LOBBY_MEDIA_NONE));
  lobby_quiet_tooltip_set (self->button, record->media_state == LOBBY_MEDIA_FAILED    ? _ ("The recording could not be fetched from WhatsApp")
                                         : record->media_state == LOBBY_MEDIA_PENDING ? _ ("The recording is being fetched")
                                                                                      : NULL);
  lobby_waveform_set_fraction (self->waveform, loaded && duration > 0 ? (double)lobby_voice_player_get_position (player) / duration : 0);
  time = lobby_words_duration (loaded ? lobby_voice_player_get_position (player) : duration);
  gtk_label_set_text (self->time, time);
  speed = g_strdup_printf ("%g×", lobby_voice_player_get_speed (player));
  gtk_button_set_label (self->speed, speed);
  gtk_widget_set_visible (GTK_WIDGET (self->speed), loaded);
}

static DexFuture *
on_fetched (DexFuture *future,
            gpointer data)
{
  Request *request = data;
  g_autoptr (LobbyVoiceView) self = g_weak_ref_get (&request->view);
  const GValue *value = dex_future_get_value (future, NULL);

  if (self == NULL || self->message == NULL || lobby_message_get_row_id (self->message) != request->row_id)
    return dex_future_new_true ();
  self->fetching = FALSE;
  if (value != NULL)
    lobby_voice_player_play (lobby_timeline_get_voice_player (self->timeline), request->row_id, g_value_get_string (value), self->wanted);
  update (self);
  if (value == NULL)
    lobby_timeline_tell (self->timeline, _ ("The recording could not be loaded"));
  return dex_future_new_true ();
}

static void
start (LobbyVoiceView *self,
       double fraction)
{
  Request *request;

  if (self->fetching || self->message == NULL)
    return;
  self->fetching = TRUE;
  self->wanted = fraction;
  update (self);
  request = g_new0 (Request, 1);
  g_weak_ref_init (&request->view, self);
  request->row_id = lobby_message_get_row_id (self->message);
  dex_future_disown (dex_future_finally (lobby_timeline_fetch_media (self->timeline, self->message), on_fetched, request, request_free));
}

static gboolean
is_playing (LobbyVoiceView *self)
{
  return is_loaded (self) && lobby_voice_player_get_playing (lobby_timeline_get_voice_player (self->timeline));
}

const char *
lobby_voice_view_get_deed (LobbyVoiceView *self)
{
  if (!gtk_widget_get_sensitive (self->button))
    return NULL;
  return is_playing (self) ? _ ("_Pause") : _ ("_Play");
}

void
lobby_voice_view_press (LobbyVoiceView *self)
{
  LobbyVoicePlayer *player = lobby_timeline_get_voice_player (self->timeline);

  if (!gtk_widget_get_sensitive (self->button))
    return;
  if (!is_loaded (self))
    start (self, 0);
  else if (is_playing (self))
    lobby_voice_player_pause (player);
  else
    lobby_voice_player_resume (player);
}

static void
on_seek (LobbyVoiceView *self,
         double fraction)
{
  if (is_loaded (self))
    lobby_voice_player_seek (lobby_timeline_get_voice_player (self->timeline), fraction);
  else
    start (self, fraction);
}

static void
on_speed (LobbyVoiceView *self)
{
  lobby_voice_player_cycle_speed (lobby_timeline_get_voice_player (self->timeline));
}

static void
lobby_voice_view_dispose (GObject *object)
{
  LobbyVoiceView *self = LOBBY_VOICE_VIEW (object);

  g_clear_object (&self->message_signals);
  g_clear_object (&self->player_signals);
  g_clear_object (&self->message);

  G_OBJECT_CLASS (lobby_voice_view_parent_class)->dispose (object);
}

static void
lobby_voice_view_class_init (LobbyVoiceViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lobby_voice_view_dispose;
}

static void
lobby_voice_view_init (LobbyVoiceView *self)
{
  GtkWidget *column = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  gtk_box_set_spacing (GTK_BOX (self), 10);
  gtk_widget_add_css_class (GTK_WIDGET (self), "voice");

  self->button = gtk_button_new_from_icon_name ("media-playback-start-symbolic");
  gtk_widget_add_css_class (self->button, "circular");
  gtk_widget_set_valign (self->button, GTK_ALIGN_CENTER);
  gtk_widget_set_focus_on_click (self->button, FALSE);
  g_signal_connect_swapped (self->button, "clicked", G_CALLBACK (lobby_voice_view_press), self);
  gtk_box_append (GTK_BOX (self), self->button);

  self->waveform = g_object_new (LOBBY_TYPE_WAVEFORM, "hexpand", TRUE, NULL);
  g_signal_connect_swapped (self->waveform, "seek", G_CALLBACK (on_seek), self);
  gtk_box_append (GTK_BOX (column), GTK_WIDGET (self->waveform));
  self->time = GTK_LABEL (gtk_label_new (NULL));
  gtk_label_set_xalign (self->time, 0);
  gtk_widget_add_css_class (GTK_WIDGET (self->time), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->time), "numeric");
  gtk_widget_add_css_class (GTK_WIDGET (self->time), "voice-time");
  gtk_box_append (GTK_BOX (column), GTK_WIDGET (self->time));
  gtk_widget_set_valign (column, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (self), column);

  self->speed = GTK_BUTTON (gtk_button_new ());
  gtk_widget_add_css_class (GTK_WIDGET (self->speed), "voice-speed");
  gtk_widget_set_valign (GTK_WIDGET (self->speed), GTK_ALIGN_CENTER);
  gtk_widget_set_focus_on_click (GTK_WIDGET (self->speed), FALSE);
  lobby_quiet_tooltip_set (GTK_WIDGET (self->speed), _ ("Speed"));
  g_signal_connect_swapped (self->speed, "clicked", G_CALLBACK (on_speed), self);
  gtk_box_append (GTK_BOX (self), GTK_WIDGET (self->speed));

  self->message_signals = g_signal_group_new (LOBBY_TYPE_MESSAGE);
  g_signal_group_connect_swapped (self->message_signals, "notify::media-state", G_CALLBACK (update), self);
  self->player_signals = g_signal_group_new (LOBBY_TYPE_VOICE_PLAYER);
  g_signal_group_connect_swapped (self->player_signals, "notify", G_CALLBACK (update), self);
}

GtkWidget *
lobby_voice_view_new (LobbyTimeline *timeline)
{
  LobbyVoiceView *self = g_object_new (LOBBY_TYPE_VOICE_VIEW, NULL);

  self->timeline = timeline;
  g_signal_group_set_target (self->player_signals, lobby_timeline_get_voice_player (timeline));
  return GTK_WIDGET (self);
}

void
lobby_voice_view_set_message (LobbyVoiceView *self,
                              LobbyMessage *message)
{
  if (!g_set_object (&self->message, message))
    return;
  self->fetching = FALSE;
  g_signal_group_set_target (self->message_signals, message);
  if (message == NULL)
    return;
  lobby_waveform_set_bars (self->waveform, lobby_message_get_record (message)->waveform);
  update (self);
}
