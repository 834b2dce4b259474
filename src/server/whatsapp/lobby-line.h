/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-outbound-queue.h"
#include "lobby-template-sync.h"

G_BEGIN_DECLS

/* One WhatsApp connection at work: its adapter, its watch, its queue, and the settings that they were made from. */
typedef struct
{
  LobbyConnection      *connection;
  LobbyAdapter         *adapter;
  LobbyConnectionWatch *watch;
  LobbyOutboundQueue   *queue;
  LobbyTemplateSync    *templates;   /* NULL: it has none */
  gint64                last_event_at;  /* of the last webhook, ms; written to the storage now and then */
  gint64                written_event_at;
} LobbyLine;

/* NULL when this server knows no such kind of connection. Takes @connection. */
LobbyLine *lobby_line_new    (LobbyConnection *connection,
                              LobbyStorage    *storage,
                              const char      *public_url,
                              guint            settle_msec);
void       lobby_line_start  (LobbyLine       *self);
/* The connection was removed. */
void       lobby_line_remove (LobbyLine      *self);
/* Takes over what somebody changed (a new token …); takes @connection. */
void       lobby_line_update (LobbyLine       *self,
                              LobbyConnection *connection);
void       lobby_line_stop   (LobbyLine       *self);
void       lobby_line_free   (LobbyLine       *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyLine, lobby_line_free)

G_END_DECLS
