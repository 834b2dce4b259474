/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The app's own settings (schema org.lobby.Lobby), one object for the whole run. */
GSettings *lobby_settings_get        (void);
/* Before the first get: kept in a key file in @folder rather than with the desktop's settings. */
void       lobby_settings_use_folder (const char *folder);
/* At the end of the run: what was changed is on disk. */
void       lobby_settings_finish     (void);

G_END_DECLS
