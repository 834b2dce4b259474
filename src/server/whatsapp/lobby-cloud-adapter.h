/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-adapter.h"

G_BEGIN_DECLS

/* The WhatsApp Business Cloud API. Requests are given 30 s; the environment's LOBBYD_SEND_TIMEOUT_MSEC changes that (for tests). */
#define LOBBY_TYPE_CLOUD_ADAPTER (lobby_cloud_adapter_get_type ())
G_DECLARE_FINAL_TYPE (LobbyCloudAdapter, lobby_cloud_adapter, LOBBY, CLOUD_ADAPTER, GObject)

#define LOBBY_CLOUD_CAPABILITIES \
                                 (LOBBY_CAN_TEMPLATES | LOBBY_HAS_SERVICE_WINDOW | LOBBY_CAN_READ_RECEIPTS | LOBBY_CAN_TYPING | \
                                  LOBBY_CAN_REACTIONS | LOBBY_CAN_INTERACTIVE)

/* Takes @connection. */
LobbyCloudAdapter *lobby_cloud_adapter_new            (LobbyConnection   *connection,
                                                       LobbyStorage      *storage);

/* The JSON of POST /{phone_number_id}/messages (CLOUD_API 2), or NULL with LOBBY_SEND_ERROR_REFUSED when WhatsApp could not take it.
 * @media_id: of the uploaded file, of types that have one. */
char              *lobby_cloud_adapter_build_message  (const LobbyOutbound *outbound,
                                                       const char        *media_id,
                                                       GError           **error);
/* Whether the token may go along with a request for @url: WhatsApp's own hosts and the one of @graph_url. */
gboolean           lobby_cloud_adapter_trusts         (const char        *graph_url,
                                                       const char        *url);

G_END_DECLS
