/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-hub.h"
#include "lobby-http-server.h"
#include "lobby-storage.h"
#include "lobby-whatsapp.h"

G_BEGIN_DECLS

/*
 * The REST half of docs/protocol.md, described in docs/openapi.yaml. Registers its routes with the HTTP server.
 * Whatever was written or may have been seen before it was committed is answered after the commit.
 */
#define LOBBY_TYPE_REST (lobby_rest_get_type ())
G_DECLARE_FINAL_TYPE (LobbyRest, lobby_rest, LOBBY, REST, GObject)

LobbyRest *lobby_rest_new (LobbyHttpServer *http,
                           LobbyStorage    *storage,
                           LobbyHub        *hub,
                           LobbyWhatsapp   *whatsapp);
/* Where WhatsApp reaches this server. NULL: not known. */
void       lobby_rest_set_public_url (LobbyRest     *self,
                                      const char    *url);
/* Lets other machines read /metrics that send it. NULL: none. */
void       lobby_rest_set_metrics_token (LobbyRest  *self,
                                         const char *token);
/* The server goes down soon: /healthz says so. */
void       lobby_rest_set_draining (LobbyRest       *self);

G_END_DECLS
