/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-engine-session.h"
#include "lobby-http-server.h"

G_BEGIN_DECLS

/*
 * Engine.IO, protocol revision 4, at one path of an HTTP server: long-polling, WebSocket, and the upgrade from one to the
 * other. Knows nothing of what is said over it. From the bottom up:
 *   lobby-socket-source        one epoll GSource with all WebSockets; lobby-due-list the time-outs
 *   lobby-websocket-transport  frames (the pure codec is in protocol/)
 *   lobby-polling-transport    what waits for the next GET
 *   lobby-engine-session       the session, apart from what carries it
 *   lobby-engine-requests      which request is for which session, and which is refused
 * Beside it lobby-room, the fan-out to many sessions; above it lobby-socket-server, Socket.IO.
 */
typedef struct _LobbyEngineServer LobbyEngineServer;

typedef struct
{
  guint       ping_interval;        /* ms */
  guint       ping_timeout;         /* ms */
  guint       upgrade_timeout;      /* ms; 0: 10 s */
  gsize       max_payload;          /* bytes of a message, and of a request's body */
  guint       max_sessions;         /* 0: no limit */
  /* What a peer may send: a bucket of ten seconds' worth. A packet takes one, and so does each 4 KiB. 0: no limit. */
  guint       packets_per_second;
  /* ms from the 101 to OPEN, for clients that do not keep what comes together with the 101. Usually 0. */
  guint       open_delay;
  const char *cors_origin;          /* e.g. "*"; NULL: pages of other sites cannot poll */
} LobbyEngineOptions;

/* @session begins: give it a handler. */
typedef void       (*LobbyEngineOpened)          (LobbyEngineSession       *session,
                                                  gpointer                  data);

/* @path like "/engine.io". @http may be NULL: then sessions come by lobby_engine_server_take only. */
LobbyEngineServer   *lobby_engine_server_new     (LobbyHttpServer          *http,
                                                  const char               *path,
                                                  const LobbyEngineOptions *options,
                                                  LobbyEngineOpened         opened,
                                                  gpointer                  data);
/* After the HTTP server is stopped: it calls no handler any more. */
void                 lobby_engine_server_free    (LobbyEngineServer        *self);
/* A WebSocket whose upgrade was already answered. @fd is non-blocking; @extra was read behind the request. */
void                 lobby_engine_server_take    (LobbyEngineServer        *self,
                                                  int                       fd,
                                                  GBytes                   *extra);
guint                lobby_engine_server_count   (LobbyEngineServer        *self);
/* No further sessions. Those there are end, their owners are told. */
void                 lobby_engine_server_stop    (LobbyEngineServer        *self);
/* No further sessions, and those that poll end: when the HTTP server takes no further connections. */
void                 lobby_engine_server_stop_polling (LobbyEngineServer   *self);
/* Frees @data with @free_func when nothing of the server is on the stack. */
void                 lobby_engine_server_bury    (LobbyEngineServer        *self,
                                                  gpointer                  data,
                                                  GDestroyNotify            free_func);

G_END_DECLS
