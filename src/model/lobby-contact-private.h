/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-contact.h"

G_BEGIN_DECLS

/* For the store: both take @record; update notifies what differs. */
LobbyContact *lobby_contact_new    (LobbyContactRecord *record);
void          lobby_contact_update (LobbyContact       *self,
                                    LobbyContactRecord *record);

G_END_DECLS
