/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-connection-watch.h"

G_BEGIN_DECLS

/*
 * Keeps the templates of one connection as WhatsApp has them: reads its list when the connection begins to work and the list
 * is old, every few hours, and whenever something shows that it is not what was read (webhooks, refused sends).
 */
#define LOBBY_TYPE_TEMPLATE_SYNC (lobby_template_sync_get_type ())
G_DECLARE_FINAL_TYPE (LobbyTemplateSync, lobby_template_sync, LOBBY, TEMPLATE_SYNC, GObject)

/* @adapter must list templates. */
LobbyTemplateSync *lobby_template_sync_new   (LobbyAdapter         *adapter,
                                              LobbyStorage         *storage,
                                              LobbyConnectionWatch *watch,
                                              const char           *connection_id);
void               lobby_template_sync_start (LobbyTemplateSync    *self);
void               lobby_template_sync_stop  (LobbyTemplateSync    *self);
/* Reads the list now. Resolves to TRUE, or rejects with LOBBY_SEND_ERROR or LOBBY_STORAGE_ERROR. */
DexFuture         *lobby_template_sync_now   (LobbyTemplateSync    *self);

G_END_DECLS
