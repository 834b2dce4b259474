/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "lobby-account.h"

G_BEGIN_DECLS

/* Shows @contact in @avatar: initials at once, the picture as soon as it is there. An avatar that
 * is shown for somebody else meanwhile keeps that one. @contact NULL empties it. */
void lobby_portrait_show (AdwAvatar    *avatar,
                          LobbyAccount *account,
                          LobbyContact *contact);

G_END_DECLS
