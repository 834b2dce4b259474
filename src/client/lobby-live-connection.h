/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-account.h"
#include "lobby-socket-client.h"

G_BEGIN_DECLS

/*
 * Keeps one Socket.IO session alive:
 *
 *   OFFLINE → CONNECTING → SYNCING → CONNECTED
 *                ↑  └─────────┴──────────┴──→ WAITING (or OFFLINE without a network) → CONNECTING …
 *                                        └──→ SIGNED_OUT, when the token is refused
 *
 * Waits grow by lobby_backoff_delay; a network that comes back, a resume from sleep and reconnect_now end a wait.
 * Properties: state, retry-at (ms since 1970, 0 none).
 */
#define LOBBY_TYPE_LIVE_CONNECTION (lobby_live_connection_get_type ())
G_DECLARE_FINAL_TYPE (LobbyLiveConnection, lobby_live_connection, LOBBY, LIVE_CONNECTION, GObject)

/* What a connection is made of; all three return futures (transfer full) and run on fibers. */
typedef struct
{
  /* Resolves to a LobbySocketClient. LOBBY_CLIENT_ERROR_BAD_CREDENTIALS ends the trying. */
  DexFuture *(*open)  (GCancellable      *cancellable,
                       gpointer           data);
  /* Joins and catches up; resolves when nothing is missing any more. */
  DexFuture *(*sync)  (LobbySocketClient *socket,
                       gpointer           data);
  /* Whether the session still carries: resolves, or rejects. */
  DexFuture *(*probe) (LobbySocketClient *socket,
                       gpointer           data);
} LobbyLivePeer;

/* @local: the server is on this machine, and needs no network. */
LobbyLiveConnection *lobby_live_connection_new           (const LobbyLivePeer *peer,
                                                          gpointer             data,
                                                          gboolean             local);
void                 lobby_live_connection_start         (LobbyLiveConnection *self);
void                 lobby_live_connection_stop          (LobbyLiveConnection *self);
/* Ends a wait, begins counting anew. */
void                 lobby_live_connection_try_now       (LobbyLiveConnection *self);
/* What is connected is of no use any more: connects anew at once. */
void                 lobby_live_connection_restart       (LobbyLiveConnection *self);
/* The same, but with the usual wait: the fault may come again. */
void                 lobby_live_connection_give_up       (LobbyLiveConnection *self,
                                                          const GError        *why);
/* The token is refused: stops in SIGNED_OUT. */
void                 lobby_live_connection_sign_out      (LobbyLiveConnection *self);
LobbyConnectionState lobby_live_connection_get_state     (LobbyLiveConnection *self);
gint64               lobby_live_connection_get_retry_at  (LobbyLiveConnection *self);
/* The open session, or NULL. (transfer none) */
LobbySocketClient   *lobby_live_connection_get_socket    (LobbyLiveConnection *self);

G_END_DECLS
