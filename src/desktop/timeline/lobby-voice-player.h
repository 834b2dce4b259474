/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Plays one voice message at a time. Properties (notifying): row-id (the message loaded, 0 none), playing, position and
 * duration (ms; 0 unknown), speed (1, 1.5 or 2). Signal "failed" (const char *why).
 */
#define LOBBY_TYPE_VOICE_PLAYER (lobby_voice_player_get_type ())
G_DECLARE_FINAL_TYPE (LobbyVoicePlayer, lobby_voice_player, LOBBY, VOICE_PLAYER, GObject)

LobbyVoicePlayer *lobby_voice_player_new          (void);
/* Begins with the file of a message, from @fraction of it; what played before stops. */
void              lobby_voice_player_play         (LobbyVoicePlayer *self,
                                                   gint64            row_id,
                                                   const char       *path,
                                                   double            fraction);
void              lobby_voice_player_pause        (LobbyVoicePlayer *self);
void              lobby_voice_player_resume       (LobbyVoicePlayer *self);
void              lobby_voice_player_seek         (LobbyVoicePlayer *self,
                                                   double            fraction);
void              lobby_voice_player_stop         (LobbyVoicePlayer *self);
/* 1 → 1.5 → 2 → 1, for this and what is played next. */
void              lobby_voice_player_cycle_speed  (LobbyVoicePlayer *self);
double            lobby_voice_player_get_speed    (LobbyVoicePlayer *self);
gint64            lobby_voice_player_get_row_id   (LobbyVoicePlayer *self);
gboolean          lobby_voice_player_get_playing  (LobbyVoicePlayer *self);
int               lobby_voice_player_get_position (LobbyVoicePlayer *self);
int               lobby_voice_player_get_duration (LobbyVoicePlayer *self);

G_END_DECLS
