/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-engine-private.h"

G_BEGIN_DECLS

/*
 * Engine.IO over HTTP long-polling: packets wait for a GET, or a GET waits for packets; a POST brings some. One of each at
 * a time; whoever sends a second ends the session.
 */
LobbyTransport *lobby_polling_transport_new        (LobbyEngineServer *server);
gboolean        lobby_transport_is_polling         (LobbyTransport    *transport);
/* A GET: answered at once, or when there is something to say. */
void            lobby_polling_transport_poll       (LobbyTransport    *transport,
                                                    LobbyHttpExchange *exchange);
/* A POST's head, and the POST with its body. */
void            lobby_polling_transport_begin_post (LobbyTransport    *transport,
                                                    LobbyHttpExchange *exchange);
void            lobby_polling_transport_take_post  (LobbyTransport    *transport,
                                                    LobbyHttpExchange *exchange);

/* For the upgrade. A poll that waits now may have come before the client knew of it. */
void            lobby_polling_transport_mark       (LobbyTransport    *transport);
/* Ends a waiting poll with NOOP: at once one from before the mark, soon a later one. */
void            lobby_polling_transport_release    (LobbyTransport    *transport);
/* Sends what waits over @to and ends. A poll that waits was not to be sent any more, and is refused. */
void            lobby_polling_transport_hand_over  (LobbyTransport    *transport,
                                                    LobbyTransport    *to);
/* For the server. */
void            lobby_polling_transport_flush      (LobbyTransport    *transport);
void            lobby_polling_transport_nudge_due  (gpointer           transport,
                                                    gpointer           server);
/* Its last words were not fetched. */
void            lobby_polling_transport_forget     (gpointer           transport,
                                                    gpointer           server);

G_END_DECLS
