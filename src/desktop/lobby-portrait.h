/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* A contact's picture, or initials, in a circle of "size" pixels: AdwAvatar's look. It says nothing to a screen reader: the name stands beside it. */
#define LOBBY_TYPE_PORTRAIT (lobby_portrait_get_type ())

G_DECLARE_FINAL_TYPE (LobbyPortrait, lobby_portrait, LOBBY, PORTRAIT, GtkWidget)

/* Shows @contact: initials at once, the picture as soon as it is there. A portrait that shows somebody
 * else meanwhile keeps that one. @contact NULL empties it. */
void lobby_portrait_show (LobbyPortrait *self,
                          LobbyAccount  *account,
                          LobbyContact  *contact);

G_END_DECLS
