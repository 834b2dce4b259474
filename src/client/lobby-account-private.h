/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-account.h"
#include "lobby-api.h"
#include "lobby-live-connection.h"
#include "lobby-media-cache.h"
#include "lobby-outbox.h"
#include "lobby-reads.h"
#include "lobby-sync-engine.h"
#include "lobby-team.h"
#include "lobby-typing.h"

G_BEGIN_DECLS

/*
 * The account's inside, by file:
 *   -account.c          what it is, its verbs
 *   -account-session.c  the live session: opening, joining, events
 *   -account-history.c  what is fetched when asked for: older messages, files, pictures
 *   -account-connections.c  the WhatsApp numbers, and an owner's verbs for them
 */

/* Who signed in where. */
typedef struct
{
  char *id;
  char *server_url;
  char *user;
  char *agent_id;
  char *agent_name;
  char *business_name;
} LobbyIdentity;
LobbyIdentity *lobby_identity_copy     (const LobbyIdentity *identity);
void           lobby_identity_free     (LobbyIdentity       *identity);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyIdentity, lobby_identity_free)

struct _LobbyAccount
{
  GObject              parent_instance;

  LobbyIdentity       *identity;
  LobbyStore          *store;
  LobbyApi            *api;
  LobbyTeam           *team;
  LobbySyncEngine     *engine;
  LobbyLiveConnection *live;
  LobbyOutbox         *outbox;
  LobbyReads          *reads;
  LobbyTyping         *typing;
  LobbyMediaCache     *media;
  LobbyMediaCache     *pictures;
  GHashTable          *older;          /* conversation id → DexFuture of its request for older messages */
  GHashTable          *overtaken;      /* ids of conversations of which a receipt came before the message, while older ones are asked for */
  LobbyConnectionState state;
  guint                outbox_size;
  gboolean             started;
};

/* Signals of LobbyAccount. */
enum
{
  LOBBY_ACCOUNT_NOTIFY_MESSAGE,
  LOBBY_ACCOUNT_WHATSAPP_STATE_CHANGED,
  LOBBY_ACCOUNT_N_SIGNALS
};
extern guint lobby_account_signals[LOBBY_ACCOUNT_N_SIGNALS];

/* Takes @store and @identity. */
LobbyAccount  *lobby_account_new            (LobbyIdentity       *identity,
                                             LobbyStore          *store,
                                             const char          *cache_folder);
const LobbyIdentity *lobby_account_get_identity (LobbyAccount    *self);
/* A sign-in told anew who this is. Takes @identity. */
void           lobby_account_set_identity   (LobbyAccount        *self,
                                             LobbyIdentity       *identity);
/* The token for the next start; with none the Secret Service is asked. */
void           lobby_account_set_token      (LobbyAccount        *self,
                                             const char          *token);
LobbyApi      *lobby_account_get_api        (LobbyAccount        *self);
/* Stops and closes the store for good. */
void           lobby_account_close          (LobbyAccount        *self);

/* -account-session.c */
extern const LobbySyncPeer lobby_account_sync_peer;
extern const LobbyLivePeer lobby_account_live_peer;
void           lobby_account_take_event     (LobbyAccount        *self,
                                             LobbyWireEvent      *event,
                                             gboolean             live);
void           lobby_account_tell_typing    (LobbyAccount        *self,
                                             LobbyConversation   *conversation,
                                             gboolean             typing);
/* Who the agent is now, in the server's words. */
DexFuture     *lobby_account_load_role      (LobbyAccount        *self);

/* -account-history.c */
/* Of message:status, once it is in the store. */
void           lobby_account_note_receipt   (LobbyAccount        *self,
                                             const LobbyWireEvent *event);
/* Nothing of the file stays here. */
void           lobby_account_forget_file    (LobbyAccount        *self,
                                             const char          *media_url);

/* Recounts what waits in the outbox. */
void           lobby_account_update_outbox_size (LobbyAccount    *self);

G_END_DECLS
