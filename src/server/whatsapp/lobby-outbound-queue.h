/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-connection-watch.h"

G_BEGIN_DECLS

/*
 * Gives the waiting messages of one connection to WhatsApp.
 *
 * In each conversation one message is under way, in order; conversations do not wait for each other. Before
 * the request leaves, SENDING is on the disk. A message whose answer was lost (time-out, broken line, our own
 * death) is never sent again: it is UNKNOWN until a status with our id settles it, and when none has come
 * although the connection has worked for the whole of the settling time, it is shown as failed: "may not have been sent".
 */
#define LOBBY_TYPE_OUTBOUND_QUEUE (lobby_outbound_queue_get_type ())
G_DECLARE_FINAL_TYPE (LobbyOutboundQueue, lobby_outbound_queue, LOBBY, OUTBOUND_QUEUE, GObject)

#define LOBBY_OUTBOUND_SETTLE_MSEC 60000

LobbyOutboundQueue *lobby_outbound_queue_new          (LobbyAdapter         *adapter,
                                                       LobbyStorage         *storage,
                                                       LobbyConnectionWatch *watch,
                                                       const char           *connection_id,
                                                       guint                 settle_msec);
/* Looks for something to send in the next turn of the main loop. */
void                lobby_outbound_queue_wake         (LobbyOutboundQueue   *self);
/* Begins nothing new. */
void                lobby_outbound_queue_stop         (LobbyOutboundQueue   *self);
guint               lobby_outbound_queue_count        (LobbyOutboundQueue   *self);   /* messages under way */

G_END_DECLS
