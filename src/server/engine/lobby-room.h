/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Fan-out: an event is framed once, appended to the room's cork, and the cork goes to every member in one
 * send() each, once per turn of the main loop. LobbyFanOut is the clock of all rooms: it flushes one priority
 * step below the sockets, but never later than 2 ms, and at most SLICE sends at a time, so that a huge room does not
 * keep the loop. A member gets exactly what was appended after it was added.
 */
typedef struct _LobbyRoom LobbyRoom;
typedef struct _LobbyFanOut LobbyFanOut;

typedef struct
{
  gpointer   owner;
  LobbyRoom *room;          /* NULL: in none */
  guint      index;
  guint64    first_batch;
} LobbyRoomPlace;

/* Must not add or remove members. */
typedef void (*LobbyRoomSend)        (gpointer        owner,
                                      GBytes         *frames);

/* Looks at what sending to @owner will look at. Of thousands of members that is not in the processor's caches, and each pointer on
 * the way from one to the next is waited for; of several members in a row the waits overlap. */
typedef void (*LobbyRoomTouch)       (gpointer        owner);

/* @touch may be NULL. */
LobbyFanOut *lobby_fan_out_new       (LobbyRoomSend   send,
                                      LobbyRoomTouch  touch);
void         lobby_fan_out_free      (LobbyFanOut    *self);      /* after its rooms */

LobbyRoom   *lobby_room_new          (LobbyFanOut    *fan_out);
void         lobby_room_free         (LobbyRoom      *self);      /* its members are in no room then; what is corked is dropped */
void         lobby_room_add          (LobbyRoom      *self,
                                      LobbyRoomPlace *place,
                                      gpointer        owner);
void         lobby_room_remove       (LobbyRoomPlace *place);
guint        lobby_room_count        (LobbyRoom      *self);
/* @message is a Socket.IO packet. @except (may be NULL) gets @instead in its place. */
void         lobby_room_send         (LobbyRoom      *self,
                                      const char     *message,
                                      LobbyRoomPlace *except,
                                      const char     *instead);
/* The members for whom @test is true get @message, all others @instead. */
typedef gboolean (*LobbyRoomTest)    (gpointer        owner,
                                      gpointer        data);
void         lobby_room_send_some    (LobbyRoom      *self,
                                      const char     *message,
                                      const char     *instead,
                                      LobbyRoomTest   test,
                                      gpointer        data);

G_END_DECLS
