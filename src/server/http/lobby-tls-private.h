/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gnutls/gnutls.h>

#include "lobby-tls-front.h"

G_BEGIN_DECLS

/* What accepting and shaking hands (the front) and moving bytes (a connection) know of each other. */

typedef struct
{
  gatomicrefcount                   references;
  gnutls_certificate_credentials_t  handle;
} LobbyTlsCredentials;

typedef enum
{
  LOBBY_TLS_HANDSHAKE,
  LOBBY_TLS_OPEN,
  LOBBY_TLS_DEAD,
} LobbyTlsState;

typedef struct
{
  guint8   *rest;           /* what was read and not yet written; NULL: nothing */
  gsize     length;
  gsize     offset;
  gboolean  ended;          /* no more will be read */
  gboolean  told;           /* and the other side knows */
} LobbyTlsDirection;

typedef struct
{
  LobbyTlsFront           *front;
  GList                    link;            /* in the front's handshakes, or in its open ones */
  LobbyTlsState            state;
  gnutls_session_t         session;
  LobbyTlsCredentials     *credentials;
  int                      outer;
  int                      inner;           /* -1 during the handshake */
  LobbyTlsDirection        in;              /* outer → inner */
  LobbyTlsDirection        out;             /* inner → outer */
  gint64                   deadline;        /* monotonic µs; 0 none */
  gboolean                 waiting;         /* in front->again */
  struct sockaddr_storage  address;
  socklen_t                address_length;
} LobbyTlsConnection;

struct _LobbyTlsFront
{
  int                      listener;        /* -1: none any more */
  int                      epoll;
  GSource                 *source;
  GSource                 *sweep;
  LobbyTlsCredentials     *credentials;
  gnutls_priority_t        priority;
  gnutls_datum_t           ticket_key;
  guint                    handshake_msec;
  LobbyTlsAccepted         accepted;
  gpointer                 data;
  GQueue                   handshakes;      /* of LobbyTlsConnection, oldest first */
  GQueue                   open;
  gboolean                 resting;         /* accepts nothing for a moment */
  GPtrArray               *again;           /* have more to move than one turn allows */
  GPtrArray               *dead;            /* freed after the batch */
};

/* Its descriptors are closed at once, it itself is freed after the present batch of events. */
void lobby_tls_connection_kill     (LobbyTlsConnection  *self);
void lobby_tls_connection_free     (gpointer             self);
/* Moves what can be moved, in both directions. */
void lobby_tls_connection_pump     (LobbyTlsConnection  *self);
void lobby_tls_credentials_unref   (LobbyTlsCredentials *credentials);

G_END_DECLS
