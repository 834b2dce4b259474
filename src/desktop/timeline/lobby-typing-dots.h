/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* "typing…" as a bubble of three dots. They move only where the desktop allows animations. */
#define LOBBY_TYPE_TYPING_DOTS (lobby_typing_dots_get_type ())
G_DECLARE_FINAL_TYPE (LobbyTypingDots, lobby_typing_dots, LOBBY, TYPING_DOTS, GtkWidget)

GtkWidget *lobby_typing_dots_new (void);

G_END_DECLS
