/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/*
 * Tells when waiting any longer is pointless. Signals: "network-changed" (gboolean available), after
 * the changes have calmed down; "resumed" (): this machine slept, and what was connected is not to
 * be trusted. Told by GNetworkMonitor, by logind, and by a clock that goes on during sleep running ahead of one that does not.
 */
#define LOBBY_TYPE_WAKE_WATCH (lobby_wake_watch_get_type ())
G_DECLARE_FINAL_TYPE (LobbyWakeWatch, lobby_wake_watch, LOBBY, WAKE_WATCH, GObject)

/* The one of this process. (transfer full) */
LobbyWakeWatch *lobby_wake_watch_get          (void);
gboolean        lobby_wake_watch_has_network  (LobbyWakeWatch *self);

G_END_DECLS
