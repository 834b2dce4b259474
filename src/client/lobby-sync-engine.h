/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

#include "lobby-store.h"
#include "lobby-wire.h"

G_BEGIN_DECLS

/*
 * Brings the store to the server's state, and keeps it there.
 *
 * Each business has a log of numbered events. What is stored leads up to one number (seq), and
 * is stored together with it. Invariants:
 *   – an event is applied only when everything before it is: seq == last + 1;
 *   – a lower seq is a duplicate and is dropped; a higher one is a gap: the business is joined again with `since`;
 *   – one change set after the other, in order, also when one is written by a worker.
 * Without a seq, after sync:reset, and when the server is behind us (restored from a backup), the
 * conversations are read over REST up to the seq from which the events go on; what arrives meanwhile is held.
 *
 * Signals: "applied" (LobbyWireEvent *event, gboolean live): the store has it; "failed" (GError *):
 * the store cannot keep up (disk full …) or the server talks nonsense: connect anew later; "file-revoked" (const char *media_url):
 * as the change queue's.
 */
#define LOBBY_TYPE_SYNC_ENGINE (lobby_sync_engine_get_type ())
G_DECLARE_FINAL_TYPE (LobbySyncEngine, lobby_sync_engine, LOBBY, SYNC_ENGINE, GObject)

/* The server as the engine needs it. Futures are (transfer full). */
typedef struct
{
  /* Joins the room. @since 0: from now on only. Resolves to gint64: the newest seq of the business. */
  DexFuture *(*join)               (const char *business_id,
                                    gint64      since,
                                    gpointer    data);
  /* A page of conversations, @cursor NULL for the first. Resolves to a JsonObject (JSON_TYPE_OBJECT). */
  DexFuture *(*read_conversations) (const char *business_id,
                                    const char *cursor,
                                    gpointer    data);
} LobbySyncPeer;

LobbySyncEngine *lobby_sync_engine_new          (LobbyStore          *store,
                                                 const LobbySyncPeer *peer,
                                                 gpointer             data);
/* A new session: joins @business_ids. Resolves to TRUE when the store is level with the server. */
DexFuture       *lobby_sync_engine_attach       (LobbySyncEngine     *self,
                                                 const char *const   *business_ids);
/* The session is over; what came whole is still stored. */
void             lobby_sync_engine_detach       (LobbySyncEngine     *self);
/* A live event from the session. */
void             lobby_sync_engine_handle_event (LobbySyncEngine     *self,
                                                 const char          *name,
                                                 JsonObject          *payload);
/* Writes what came over REST, after all that is waiting to be written. Takes @changes. Resolves to TRUE. */
DexFuture       *lobby_sync_engine_apply        (LobbySyncEngine     *self,
                                                 LobbyChangeSet      *changes);
/* Asks every business for what may have been missed; rejects when the session does not carry. */
DexFuture       *lobby_sync_engine_probe        (LobbySyncEngine     *self);

G_END_DECLS
