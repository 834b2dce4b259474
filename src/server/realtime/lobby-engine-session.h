/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-due-list.h"
#include "lobby-engine-packet.h"

G_BEGIN_DECLS

/*
 * An Engine.IO session, apart from what carries it: OPEN, ping and pong, messages, CLOSE. A transport is
 * WebSocket (lobby-websocket-transport); HTTP long-polling can be a second, and a session may move between them.
 */
typedef struct _LobbyEngineSession LobbyEngineSession;
typedef struct _LobbyTransport LobbyTransport;

typedef struct
{
  /* An encoded Engine.IO text packet. */
  void  (*send_packet) (LobbyTransport *transport,
                        const char     *packet);
  /* Packets framed once for many sockets (lobby_engine_frames_append). */
  void  (*send_frames) (LobbyTransport *transport,
                        GBytes         *frames);
  gsize (*get_backlog) (LobbyTransport *transport);
  /* Lets go of the session at once; what was sent still goes out. @code is a WebSocket close code. */
  void  (*close)       (LobbyTransport *transport,
                        guint           code);
} LobbyTransportClass;

struct _LobbyTransport
{
  const LobbyTransportClass *klass;
  LobbyEngineSession        *session;   /* set by lobby_engine_session_new */
};

typedef struct
{
  void (*message)  (gpointer                 owner,
                    const LobbyEnginePacket *packet);
  /* Nothing waits to be sent any more. */
  void (*drained)  (gpointer                 owner);
  /* The peer is gone, silent or broke the protocol. Once; not after lobby_engine_session_close. */
  void (*lost)     (gpointer                 owner);
} LobbyEngineHandler;

/* The pings of all sessions. */
typedef struct _LobbyHeartbeat LobbyHeartbeat;
LobbyHeartbeat     *lobby_heartbeat_new            (guint                     interval_msec,
                                                    guint                     timeout_msec);
void                lobby_heartbeat_free           (LobbyHeartbeat           *self);

/* Says OPEN over @transport. */
LobbyEngineSession *lobby_engine_session_new       (LobbyHeartbeat           *heartbeat,
                                                    LobbyTransport           *transport,
                                                    gsize                     max_payload,
                                                    const LobbyEngineHandler *handler,
                                                    gpointer                  owner);
/* Ends it; no handler is called. It is the owner's to free, when no call into it is under way. */
void                lobby_engine_session_close     (LobbyEngineSession       *self,
                                                    guint                     code);
void                lobby_engine_session_free      (gpointer                  self);   /* closed or lost */
void                lobby_engine_session_send      (LobbyEngineSession       *self,
                                                    const char               *message);
void                lobby_engine_session_send_frames (LobbyEngineSession     *self,
                                                    GBytes                   *frames);
gsize               lobby_engine_session_get_backlog (LobbyEngineSession     *self);

/* For transports. */
void                lobby_engine_session_text      (LobbyEngineSession       *self,
                                                    const char               *text,
                                                    gsize                     length);
void                lobby_engine_session_binary    (LobbyEngineSession       *self,
                                                    GBytes                   *bytes);
void                lobby_engine_session_drained   (LobbyEngineSession       *self);
void                lobby_engine_session_lost      (LobbyEngineSession       *self);

/* Appends a message packet as a WebSocket frame, ready for send_frames. */
void                lobby_engine_frames_append     (GByteArray               *frames,
                                                    const char               *message);
/* 20 letters of 120 random bits: an id that cannot be guessed. (transfer full) */
char               *lobby_engine_id_new            (void);

G_END_DECLS
