/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-contact.h"

G_BEGIN_DECLS

/* For the store: both take @record; update notifies what differs. */
LobbyContact *lobby_contact_new    (LobbyContactRecord *record);
void          lobby_contact_update (LobbyContact       *self,
                                    LobbyContactRecord *record);

/* "+34600123456" → "+34 600 123 456": for reading, not for dialling. Anything else comes back as it is. (transfer full) */
char         *lobby_phone_number_format (const char *number);

G_END_DECLS
