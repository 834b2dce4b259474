/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-adapter.h"

G_BEGIN_DECLS

/*
 * A number that a phone is linked to by a QR code, through a gateway that speaks WAHA's HTTP API (GATEWAY.md 5). The gateway keeps a
 * session for the number and tells by webhooks what happens; nothing of that is replayed and some of it gets lost, so this never trusts it alone:
 *   the state of the session is asked for, at every hint and from time to time;
 *   the newest messages of each chat are compared with what is stored, and what is missing is fetched;
 *   a send whose answer was lost is looked for in its chat before anything is said of it.
 * The environment's LOBBYD_HEARTBEAT_MSEC changes how often (for tests).
 */
#define LOBBY_GATEWAY_CAPABILITIES \
  (LOBBY_CAN_CUSTOMER_TYPING | LOBBY_CAN_EDIT | LOBBY_CAN_REVOKE | LOBBY_CAN_READ_RECEIPTS | LOBBY_CAN_TYPING | LOBBY_CAN_REACTIONS)

#define LOBBY_TYPE_GATEWAY_ADAPTER (lobby_gateway_adapter_get_type ())
G_DECLARE_FINAL_TYPE (LobbyGatewayAdapter, lobby_gateway_adapter, LOBBY, GATEWAY_ADAPTER, GObject)

/* Takes @connection. @public_url: where the gateway reaches this server. */
LobbyGatewayAdapter *lobby_gateway_adapter_new (LobbyConnection *connection,
                                                LobbyStorage    *storage,
                                                const char      *public_url);

G_END_DECLS
