/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A shortcut drawn as keys. Property: accelerator ("<Control>F"). */
#define LOBBY_TYPE_KEYS (lobby_keys_get_type ())
G_DECLARE_FINAL_TYPE (LobbyKeys, lobby_keys, LOBBY, KEYS, GtkBox)

G_END_DECLS
