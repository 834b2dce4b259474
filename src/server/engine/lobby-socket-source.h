/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * One GSource that owns the agents' sockets. GLib sees a single descriptor (an epoll), so that a turn of
 * the main loop costs the same with ten sockets and ten thousand (DESIGN section 6). Writes go out at
 * once; what the kernel does not take becomes the socket's backlog of shared GBytes, and only then is
 * EPOLLOUT asked for. Whatever dies during a batch of events is freed after it.
 */
typedef struct _LobbySocketSource LobbySocketSource;
typedef struct _LobbySocket LobbySocket;

/* A reader that lets more than this pile up is cut off; it comes back with `since`. */
#define LOBBY_SOCKET_MAX_BACKLOG (2 * 1024 * 1024)

typedef struct
{
  void (*received) (gpointer      owner,
                    const guint8 *data,
                    gsize         length);
  /* The backlog is empty again. */
  void (*drained)  (gpointer      owner);
  /* The peer is gone, or too slow. Called once, and nothing after it; @socket is dead. */
  void (*closed)   (gpointer      owner);
} LobbySocketHandler;

LobbySocketSource *lobby_socket_source_new      (void);
/* Closes every socket without a word to its owner. */
void               lobby_socket_source_free     (LobbySocketSource        *self);
/* Takes @fd (non-blocking). NULL when the kernel refuses; @fd is closed then too. */
LobbySocket       *lobby_socket_source_add      (LobbySocketSource        *self,
                                                 int                       fd,
                                                 const LobbySocketHandler *handler,
                                                 gpointer                  owner);
guint              lobby_socket_source_count    (LobbySocketSource        *self);
/* Frees @data with @free_func after the present batch of events, or soon. */
void               lobby_socket_source_bury     (LobbySocketSource        *self,
                                                 gpointer                  data,
                                                 GDestroyNotify            free_func);

/* Never calls back; a failure is told later by "closed". */
void               lobby_socket_send            (LobbySocket              *socket,
                                                 GBytes                   *bytes);
gsize              lobby_socket_get_backlog     (LobbySocket              *socket);
/* Both let go of the owner at once. finish: the backlog still goes out, then the peer has a few seconds
 * to close its end, so that the last bytes arrive. abort: now. */
void               lobby_socket_finish          (LobbySocket              *socket);
void               lobby_socket_abort           (LobbySocket              *socket);

G_END_DECLS
