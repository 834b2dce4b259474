/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-due-list.h"
#include "lobby-engine-private.h"
#include "lobby-socket-server.h"

G_BEGIN_DECLS

typedef struct
{
  char                   *name;
  const LobbyPeerHandler *handler;
  gpointer                data;
} LobbyNamespace;

struct _LobbySocketServer
{
  LobbyEngineServer  *engine;
  LobbyDueList       *connects;      /* connections that are in no namespace */
  GPtrArray          *namespaces;    /* of LobbyNamespace */
  guint               max_refused;
  guint               n_connections;
};

/* One Engine.IO session. */
typedef struct
{
  LobbySocketServer  *server;
  LobbyEngineSession *session;       /* NULL: over */
  LobbySocketDecoder *decoder;       /* while a packet lacks attachments: idle connections are many, and keep none */
  LobbyPeer          *peers;
  LobbyDue           *due;           /* while it is in no namespace */
  guint               n_refused;
} LobbySocketConnection;

struct _LobbyPeer
{
  LobbySocketConnection *connection;
  LobbyPeer             *next;
  const LobbyNamespace  *place;
  gpointer               owner;
  GHashTable            *asked;      /* ack id → who wants to know, or NULL */
  gint64                 next_ack;
  gboolean               accepted;
  char                   sid[LOBBY_ENGINE_SID + 1];
};

/* lobby-socket-peer.c */
LobbyPeer *lobby_peer_new             (LobbySocketConnection   *connection,
                                       const LobbyNamespace    *place);
/* Tells the owner, if it has one. It must be out of its connection's list. */
void       lobby_peer_leave           (LobbyPeer               *self);
void       lobby_peer_take_ack        (LobbyPeer               *self,
                                       const LobbySocketPacket *packet);
/* lobby-socket-server.c */
void       lobby_socket_connection_close (LobbySocketConnection *self,
                                       guint                    code);
/* CONNECT_ERROR, and the connection is closed when there were too many. */
void       lobby_socket_connection_refuse (LobbySocketConnection *self,
                                       const char              *namespace_,
                                       const char              *message,
                                       JsonObject              *data);

G_END_DECLS
