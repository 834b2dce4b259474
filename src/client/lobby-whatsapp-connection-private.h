/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "lobby-whatsapp-connection.h"

G_BEGIN_DECLS

LobbyWhatsappConnection *lobby_whatsapp_connection_new      (const char              *id);
/* A Connection of docs/protocol.md. What only owners are told is kept when @json does not have it. */
void                     lobby_whatsapp_connection_update   (LobbyWhatsappConnection *self,
                                                             JsonObject              *json);
void                     lobby_whatsapp_connection_set_qr   (LobbyWhatsappConnection *self,
                                                             const char              *qr);
void                     lobby_whatsapp_connection_set_code (LobbyWhatsappConnection *self,
                                                             const char              *code);

G_END_DECLS
