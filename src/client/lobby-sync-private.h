/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-change-queue.h"
#include "lobby-sync-engine.h"

G_BEGIN_DECLS

/*
 * The sync engine's inside, by file:
 *   -sync-engine.c    sessions: attaching, joining, being level with the server
 *   -sync-events.c    events in their order: gaps, batches, into the store
 *   -sync-snapshot.c  the state over REST when the log cannot tell it
 */

typedef enum
{
  LOBBY_SYNC_JOINING,            /* waits for the ack */
  LOBBY_SYNC_SNAPSHOT,           /* reads the conversations; events are held */
  LOBBY_SYNC_LIVE,
} LobbySyncState;

/* One business within one session. */
typedef struct
{
  gatomicrefcount   ref_count;
  LobbySyncEngine  *engine;        /* NULL once the session is over */
  char             *id;
  LobbySyncState    state;
  gint64            seq;           /* of the newest event taken in */
  gint64            stored;        /* of the newest event in the store */
  gint64            target;        /* up to here is catching up */
  gint64            quiet_until;   /* events up to here are not live */
  gint64            snapshot_seq;  /* up to here leads the snapshot being read */
  gint64            gap_at;        /* seq before the last gap seen, -1 none */
  gboolean          rejoining;
  GQueue            held;          /* of LobbyWireEvent */
} LobbySyncBusiness;

struct _LobbySyncEngine
{
  GObject              parent_instance;

  LobbyStore          *store;
  LobbyChangeQueue    *queue;
  const LobbySyncPeer *peer;
  gpointer             peer_data;

  GPtrArray           *businesses;   /* of LobbySyncBusiness */
  DexPromise          *level;        /* settles when the store is level with the server; NULL when it has */
  GPtrArray           *pending;      /* of LobbyWireEvent, in order, not yet in a change set */
  guint                flush_source;
  gint64               arrived_at;   /* the last event; monotonic, µs */
};

enum
{
  LOBBY_SYNC_APPLIED,
  LOBBY_SYNC_FAILED,
  LOBBY_SYNC_FILE_REVOKED,
  LOBBY_SYNC_N_SIGNALS
};
extern guint lobby_sync_engine_signals[LOBBY_SYNC_N_SIGNALS];

LobbySyncBusiness *lobby_sync_business_ref            (LobbySyncBusiness *business);
void               lobby_sync_business_unref          (gpointer           business);
/* The server's log ends at @newest; what leads there is catching up. */
void               lobby_sync_business_set_target     (LobbySyncBusiness *business,
                                                       gint64             newest);
/* The state over REST, as of @seq; the business is live after it. */
void               lobby_sync_business_start_snapshot (LobbySyncBusiness *business,
                                                       gint64             seq);
/* Takes in what came while the business was not live. */
void               lobby_sync_business_drain_held     (LobbySyncBusiness *business);
/* The session is of no use: detaches and says so. */
void               lobby_sync_engine_fail             (LobbySyncEngine   *self,
                                                       const GError      *error);
/* Settles attach when nothing is missing any more. */
void               lobby_sync_engine_check_level      (LobbySyncEngine   *self);
/* What was taken in goes on its way into the store. */
void               lobby_sync_engine_flush            (LobbySyncEngine   *self);

G_END_DECLS
