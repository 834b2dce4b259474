/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-engine-packet.h"

G_BEGIN_DECLS

/*
 * An Engine.IO session, apart from what carries it: OPEN, ping and pong, messages, CLOSE. What carries it is a
 * transport: HTTP long-polling or a WebSocket, and a session may move once from the first to the second.
 */
typedef struct _LobbyEngineSession LobbyEngineSession;

typedef struct
{
  void (*message)  (gpointer                 owner,
                    const LobbyEnginePacket *packet);
  /* Nothing waits to be sent any more. */
  void (*drained)  (gpointer                 owner);
  /* The peer is gone, silent, too slow or broke the protocol. Once; not after lobby_engine_session_close. */
  void (*lost)     (gpointer                 owner);
} LobbyEngineHandler;

/* To be called when it opens. */
void        lobby_engine_session_set_handler (LobbyEngineSession       *self,
                                              const LobbyEngineHandler *handler,
                                              gpointer                  owner);
const char *lobby_engine_session_get_sid     (LobbyEngineSession       *self);
/* Sending never calls back; a failure is told later by "lost". @message is text. */
void        lobby_engine_session_send        (LobbyEngineSession       *self,
                                              const char               *message);
void        lobby_engine_session_send_binary (LobbyEngineSession       *self,
                                              GBytes                   *bytes);
/* Messages framed once for many sessions, by lobby_engine_frames_append. */
void        lobby_engine_session_send_frames (LobbyEngineSession       *self,
                                              GBytes                   *frames);
/* Bytes that wait for the peer to take them. */
gsize       lobby_engine_session_get_backlog (LobbyEngineSession       *self);
/* Ends it; what was sent still goes out. No handler is called, and the pointer is dead when the
 * present call into the owner returns; so it is after "lost". @code is a WebSocket close code. */
void        lobby_engine_session_close       (LobbyEngineSession       *self,
                                              guint                     code);

/* Appends a text message as a WebSocket frame: WebSockets get it as it is, polling takes it apart again. */
void        lobby_engine_frames_append       (GByteArray               *frames,
                                              const char               *message);
/* 20 letters of 120 random bits: an id that cannot be guessed. (transfer full) */
char       *lobby_engine_id_new              (void);

G_END_DECLS
