/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-http-server.h"
#include "lobby-json.h"
#include "lobby-websocket-client.h"

G_BEGIN_DECLS

/* A bare Engine.IO client over libsoup, so that the two ends share no WebSocket code. Pongs by itself. */
typedef struct
{
  LobbyWebsocketClient *socket;
  GQueue                packets;     /* of char *: text packets not looked at yet, without pings */
  gboolean              mute;        /* answers no ping */
  guint                 n_pings;
  gboolean              closed;
  guint                 close_code;
} HubClient;

HubClient  *hub_client_open        (LobbyHttpServer *http);
void        hub_client_free        (HubClient       *client);
void        hub_client_send        (HubClient       *client,
                                    const char      *packet);
/* The next packet; waits. NULL when the connection is closed. (transfer full) */
char       *hub_client_receive     (HubClient       *client);
void        hub_client_expect      (HubClient       *client,
                                    const char      *packet);
void        hub_client_expect_closed (HubClient     *client);
/* Opens, reads OPEN and connects with @token. */
HubClient  *hub_client_connect     (LobbyHttpServer *http,
                                    const char      *token);
/* The next event: its name, and its argument in *@payload. */
char       *hub_client_event       (HubClient       *client,
                                    JsonObject     **payload);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HubClient, hub_client_free)

G_END_DECLS
