/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-due-list.h"
#include "lobby-engine-server.h"
#include "lobby-socket-source.h"

G_BEGIN_DECLS

#define LOBBY_ENGINE_SID 20

typedef struct _LobbyTransport LobbyTransport;

/* What a session needs of what carries it. None of them calls back. */
typedef struct
{
  /* An encoded text packet. */
  void  (*send_packet) (LobbyTransport *transport,
                        const char     *packet);
  void  (*send_binary) (LobbyTransport *transport,
                        GBytes         *bytes);
  void  (*send_frames) (LobbyTransport *transport,
                        GBytes         *frames);
  gsize (*get_backlog) (LobbyTransport *transport);
  /* Lets go of the session at once, and ends. @code is a WebSocket close code; @farewell: the peer gets what was sent
   * so far, and is told. */
  void  (*close)       (LobbyTransport *transport,
                        guint           code,
                        gboolean        farewell);
} LobbyTransportClass;

struct _LobbyTransport
{
  const LobbyTransportClass *klass;
  LobbyEngineSession        *session;      /* NULL: it let go */
};

struct _LobbyEngineServer
{
  LobbySocketSource  *source;
  LobbyEngineOptions  options;
  char               *cors_origin;
  LobbyEngineOpened   opened;
  gpointer            data;
  GHashTable         *sessions;     /* sid → LobbyEngineSession */
  GHashTable         *leaving;      /* sid → polling LobbyTransport without a session: the next GET gets the rest */
  LobbyDueList       *pings;        /* sessions that wait to be pinged */
  LobbyDueList       *pongs;        /* for the answer */
  LobbyDueList       *upgrades;     /* that are under way */
  LobbyDueList       *nudges;       /* polls that an upgrade waits for */
  LobbyDueList       *farewells;    /* of those that are leaving */
  GQueue              dirty;        /* polling transports with something to do at the end of the turn */
  GSource            *flush;
  guint               n_offers;     /* upgrades whose 101 is not sent yet; they know the server */
  LobbyDueList       *delays;       /* of those whose OPEN is to come later, or NULL */
  GQueue              delayed;
  gboolean            draining;      /* takes no further sessions */
  gboolean            stopped;
  gboolean            freed;        /* when the last of them is told */
};

/* lobby-engine-session.c */
/* Says OPEN over @transport and tells the server's owner. */
LobbyEngineSession *lobby_engine_session_open       (LobbyEngineServer       *server,
                                                     LobbyTransport          *transport,
                                                     gboolean                 can_upgrade);
LobbyTransport     *lobby_engine_session_get_transport (LobbyEngineSession   *self);
gboolean            lobby_engine_session_can_upgrade (LobbyEngineSession     *self);
/* @transport, a WebSocket, wants to take over. */
void                lobby_engine_session_offer      (LobbyEngineSession      *self,
                                                     LobbyTransport          *transport);
/* Whether a probe was answered, so that polls must end. */
gboolean            lobby_engine_session_is_probed  (LobbyEngineSession      *self);
/* A ping that the peer would fetch only now could not be answered in time. */
gboolean            lobby_engine_session_is_late    (LobbyEngineSession      *self);
/* Takes @cost off what the peer may send; FALSE when it has sent too much. */
gboolean            lobby_engine_session_spend      (LobbyEngineSession      *self,
                                                     double                   cost);
/* What a transport tells. The session may be gone after each. */
void                lobby_transport_text            (LobbyTransport          *transport,
                                                     const char              *text,
                                                     gsize                    length);
void                lobby_transport_packet          (LobbyTransport          *transport,
                                                     const LobbyEnginePacket *packet);
void                lobby_transport_drained         (LobbyTransport          *transport);
void                lobby_transport_lost            (LobbyTransport          *transport,
                                                     guint                    code);
void                lobby_engine_ping_due           (gpointer                 session,
                                                     gpointer                 server);
void                lobby_engine_pong_missing       (gpointer                 session,
                                                     gpointer                 server);
void                lobby_engine_upgrade_late       (gpointer                 session,
                                                     gpointer                 server);

/* lobby-engine-requests.c */
void                lobby_engine_begin_request      (LobbyHttpExchange       *exchange,
                                                     gpointer                 server);
void                lobby_engine_delay_over         (gpointer                 offer,
                                                     gpointer                 server);
void                lobby_engine_drop_delayed       (LobbyEngineServer       *server);
void                lobby_engine_take_request       (LobbyHttpExchange       *exchange,
                                                     gpointer                 server);
/* Engine.IO's own errors: the numbers that its clients know. */
typedef enum
{
  LOBBY_ENGINE_UNKNOWN_TRANSPORT   = 0,
  LOBBY_ENGINE_UNKNOWN_SID         = 1,
  LOBBY_ENGINE_BAD_METHOD          = 2,
  LOBBY_ENGINE_BAD_REQUEST         = 3,
  LOBBY_ENGINE_FORBIDDEN           = 4,
  LOBBY_ENGINE_UNSUPPORTED_VERSION = 5,
} LobbyEngineError;
void                lobby_engine_refuse             (LobbyHttpExchange       *exchange,
                                                     LobbyEngineError         error);

G_END_DECLS
