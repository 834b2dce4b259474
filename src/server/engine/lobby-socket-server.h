/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-engine-server.h"
#include "lobby-socket-packet.h"

G_BEGIN_DECLS

/*
 * Socket.IO, protocol revision 5, over Engine.IO: namespaces, events with attachments, acks both ways. A LobbyPeer is one
 * client in one namespace; a client may be in several over one connection. What breaks the protocol closes the connection.
 */
typedef struct _LobbySocketServer LobbySocketServer;
typedef struct _LobbyPeer LobbyPeer;

typedef struct
{
  /* A client asks to come in: call lobby_peer_accept or lobby_peer_refuse before returning. @auth may be NULL. */
  void (*connect)  (LobbyPeer               *peer,
                    JsonObject              *auth,
                    gpointer                 data);
  /* EVENT or BINARY_EVENT: the data is an array with the event's name first. */
  void (*event)    (gpointer                 owner,
                    const LobbySocketPacket *packet);
  /* Nothing waits to be sent any more. May be NULL. */
  void (*drained)  (gpointer                 owner);
  /* An accepted one has left, however it came; the pointer is dead afterwards. Once. */
  void (*closed)   (gpointer                 owner);
} LobbyPeerHandler;

typedef struct
{
  LobbyEngineOptions engine;
  guint              connect_timeout;   /* ms, in which a client must be in some namespace */
  guint              max_refused;       /* CONNECTs before the connection is closed; 0: no limit */
} LobbySocketOptions;

LobbySocketServer *lobby_socket_server_new          (LobbyHttpServer         *http,
                                                     const char              *path,
                                                     const LobbySocketOptions *options);
/* After the HTTP server is stopped. */
void               lobby_socket_server_free         (LobbySocketServer       *self);
/* @name like "/" or "/custom". */
void               lobby_socket_server_add_namespace (LobbySocketServer      *self,
                                                     const char              *name,
                                                     const LobbyPeerHandler  *handler,
                                                     gpointer                 data);
/* Connections, whether in a namespace or not. */
guint              lobby_socket_server_count        (LobbySocketServer       *self);
/* See lobby_engine_server_stop and lobby_engine_server_stop_polling. */
void               lobby_socket_server_stop         (LobbySocketServer       *self);
void               lobby_socket_server_stop_polling (LobbySocketServer       *self);

/* @owner is what the handler is called with from now on. */
void               lobby_peer_accept                (LobbyPeer               *self,
                                                     gpointer                 owner);
/* CONNECT_ERROR with @message for people and @data (may be NULL) for programs. */
void               lobby_peer_refuse                (LobbyPeer               *self,
                                                     const char              *message,
                                                     JsonObject              *data);
/* That of the client in this namespace: not Engine.IO's. */
const char        *lobby_peer_get_sid               (LobbyPeer               *self);
const char        *lobby_peer_get_namespace         (LobbyPeer               *self);
/* A packet already encoded, its namespace included. */
void               lobby_peer_send                  (LobbyPeer               *self,
                                                     const char              *message);
/* With its attachments; its namespace is set here. */
void               lobby_peer_send_packet           (LobbyPeer               *self,
                                                     const LobbySocketPacket *packet);
/* See lobby_engine_frames_append. */
void               lobby_peer_send_frames           (LobbyPeer               *self,
                                                     GBytes                  *frames);
/* Bytes that wait for the client to take them. */
gsize              lobby_peer_get_backlog           (LobbyPeer               *self);
/* @packet is the ACK, or NULL when the client leaves without one. */
typedef void     (*LobbyPeerAnswered)               (const LobbySocketPacket *packet,
                                                     gpointer                 data);
/* An event (its ack id is set here) that the client is to acknowledge. */
void               lobby_peer_ask                   (LobbyPeer               *self,
                                                     const LobbySocketPacket *packet,
                                                     LobbyPeerAnswered        func,
                                                     gpointer                 data);
/* Socket.IO's DISCONNECT (a stock client does not come back by itself), and the connection is closed with it. */
void               lobby_peer_kick                  (LobbyPeer               *self);

G_END_DECLS
