/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* 48 bars, the played part in the accent. Signal "seek" (double fraction): where it was pressed. */
#define LOBBY_TYPE_WAVEFORM (lobby_waveform_get_type ())
G_DECLARE_FINAL_TYPE (LobbyWaveform, lobby_waveform, LOBBY, WAVEFORM, GtkWidget)

#define LOBBY_WAVEFORM_BARS 48

/* @hex: pairs of digits, 00–64, or NULL for a flat one. */
void lobby_waveform_set_bars     (LobbyWaveform *self,
                                  const char    *hex);
void lobby_waveform_set_fraction (LobbyWaveform *self,
                                  double         fraction);

G_END_DECLS
