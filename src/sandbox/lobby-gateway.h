/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "lobby-world.h"

G_BEGIN_DECLS

/*
 * A gateway to numbers that were linked by a QR code: WAHA's HTTP API (GATEWAY.md section 5) under /api/, its webhooks,
 * and under /sandbox/gateway/ what the phone does. The customers are those of the world; a session is a channel to them.
 */
typedef struct _LobbyGateway LobbyGateway;

typedef struct
{
  char   *key;        /* X-Api-Key */
  char   *number;     /* of the phone that scans, "+15550783882" */
  char   *name;       /* which its owner gave himself in WhatsApp */
} LobbyGatewayOptions;

/* A session works (again): who plays may begin. */
typedef void (*LobbyGatewayLinked)       (LobbyChannel        *channel,
                                          gpointer             data);

/* @world and @options are borrowed and have to outlive it. */
LobbyGateway *lobby_gateway_new          (LobbyWorld          *world,
                                          const LobbyGatewayOptions *options,
                                          LobbyGatewayLinked   linked,
                                          gpointer             data);
void          lobby_gateway_free         (LobbyGateway        *self);
/* The address of the gateway, for links to media. */
void          lobby_gateway_set_url      (LobbyGateway        *self,
                                          const char          *url);
/* Whether @path is one of the gateway's, and then it is answered. */
gboolean      lobby_gateway_handle       (LobbyGateway        *self,
                                          SoupServerMessage   *message,
                                          const char          *path,
                                          GHashTable          *query);
/* /sandbox/gateway/…; @body is NULL for GET. FALSE when there is no such path. */
gboolean      lobby_gateway_control      (LobbyGateway        *self,
                                          SoupServerMessage   *message,
                                          const char          *path,
                                          JsonObject          *body);
/* The session of this name, as a channel; NULL when there is none. */
LobbyChannel *lobby_gateway_find_channel (LobbyGateway        *self,
                                          const char          *name);
/* Adds what its webhooks are at. */
void          lobby_gateway_add_counts   (LobbyGateway        *self,
                                          LobbyDeliveryCounts *counts);

G_END_DECLS
