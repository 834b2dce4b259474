/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-timeline-private.h"

G_BEGIN_DECLS

/* A voice message: play button, waveform, time, speed. */
#define LOBBY_TYPE_VOICE_VIEW (lobby_voice_view_get_type ())
G_DECLARE_FINAL_TYPE (LobbyVoiceView, lobby_voice_view, LOBBY, VOICE_VIEW, GtkBox)

GtkWidget *lobby_voice_view_new         (LobbyTimeline  *timeline);
void       lobby_voice_view_set_message (LobbyVoiceView *self,
                                         LobbyMessage   *message);
/* What pressing it does, for a menu ("_Play"); NULL while it cannot be pressed. */
const char *lobby_voice_view_get_deed   (LobbyVoiceView *self);
void       lobby_voice_view_press       (LobbyVoiceView *self);

G_END_DECLS
