/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/*
 * lobby [--demo FILE] [--conversation ID] [--data-folder FOLDER]
 * One process a data folder: a second start hands its options to the first. With --data-folder the accounts, their
 * stores, the cache and the settings are all kept below FOLDER.
 */
#define LOBBY_TYPE_APPLICATION (lobby_application_get_type ())
G_DECLARE_FINAL_TYPE (LobbyApplication, lobby_application, LOBBY, APPLICATION, AdwApplication)

LobbyApplication *lobby_application_new (void);

G_END_DECLS
