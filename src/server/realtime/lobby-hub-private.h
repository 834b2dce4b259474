/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-hub.h"
#include "lobby-room.h"
#include "lobby-socket-server.h"

G_BEGIN_DECLS

typedef struct _LobbyMemberships LobbyMemberships;
typedef struct _LobbyMember LobbyMember;

struct _LobbyHub
{
  GObject            parent_instance;

  LobbyStorage      *storage;
  LobbySocketServer *server;
  LobbyMemberships  *memberships;
  GQueue             sockets;       /* of LobbyAgentSocket */
  GHashTable        *by_sid;
  gulong             committed;
  gboolean           stopped;
};

/* An agent, signed in over one connection. */
typedef struct
{
  LobbyHub           *hub;
  GList               link;         /* in hub->sockets */
  LobbyPeer          *peer;
  const char         *sid;          /* the peer's */
  GRefString         *agent_id;     /* one for all sockets of an agent */
  char               *token_hash;
  GQueue              members;      /* of LobbyMember */
  char               *typing_in;    /* conversation, while the agent types */
  gint64              typing_at;    /* monotonic, us: of the last typing that was passed on */
} LobbyAgentSocket;

/* lobby-agent-socket.c */
extern const LobbyPeerHandler lobby_agent_socket_handler;   /* its data is the hub */
void     lobby_agent_socket_send         (LobbyAgentSocket *self,
                                          const char       *message);
void     lobby_agent_socket_send_frames  (gpointer          self,
                                          GBytes           *frames);
/* A LobbyRoomTouch. */
void     lobby_agent_socket_touch        (gpointer          self);
/* The ack of a request; nothing when the client asked for none. */
void     lobby_agent_socket_ack          (LobbyAgentSocket *self,
                                          gint64            ack_id,
                                          gint64            seq);      /* -1: none to tell */
void     lobby_agent_socket_refuse       (LobbyAgentSocket *self,
                                          gint64            ack_id,
                                          const char       *code,
                                          const char       *message);

/* lobby-agent-requests.c */
void     lobby_agent_socket_request      (LobbyAgentSocket *self,
                                          const char       *event,
                                          JsonArray        *arguments,  /* the event's name first */
                                          gint64            ack_id);
/* Whoever typed and went away types no longer. */
void     lobby_agent_socket_stop_typing  (LobbyAgentSocket *self);

/* lobby-membership.c: who is in which room, and who is still catching up. */
LobbyMemberships *lobby_memberships_new  (LobbyHub         *hub);
void     lobby_memberships_free          (LobbyMemberships *self);    /* when nobody is in a room */
/* Into the room of a business the agent may see. @since -1: only what is new. Acks before anything is sent. */
void     lobby_memberships_join          (LobbyMemberships *self,
                                          LobbyAgentSocket *socket,
                                          const char       *business_id,
                                          gint64            since,
                                          gint64            ack_id);
void     lobby_memberships_leave         (LobbyMemberships *self,
                                          LobbyAgentSocket *socket,
                                          const char       *business_id);
void     lobby_memberships_leave_all     (LobbyMemberships *self,
                                          LobbyAgentSocket *socket);
/* What the socket was sent is out: its replays go on. */
void     lobby_memberships_drained       (LobbyMemberships *self,
                                          LobbyAgentSocket *socket);
void     lobby_memberships_committed     (LobbyMemberships *self,
                                          GPtrArray        *events);
/* What is in the log and was not told as committed: another process wrote it. */
void     lobby_memberships_send_missed   (LobbyMemberships *self);

G_END_DECLS
