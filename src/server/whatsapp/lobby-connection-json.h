/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

typedef enum
{
  LOBBY_CONNECTION_FOR_AGENTS,
  LOBBY_CONNECTION_FOR_OWNERS,  /* with its settings; never its secrets */
} LobbyConnectionView;

/* Where its webhooks go, below the address of the server. (transfer full) */
char       *lobby_connection_dup_webhook_path (const LobbyConnection *connection);
/* The Connection of docs/protocol.md. (transfer full) */
JsonObject *lobby_connection_to_json (const LobbyConnection *connection,
                                      LobbyConnectionView    view);

G_END_DECLS
