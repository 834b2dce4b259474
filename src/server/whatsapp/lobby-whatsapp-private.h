/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-delivery-pump.h"
#include "lobby-line.h"
#include "lobby-receipts.h"
#include "lobby-whatsapp.h"

G_BEGIN_DECLS

/* What the files of LobbyWhatsapp share. */

struct _LobbyWhatsapp
{
  GObject            parent_instance;

  LobbyStorage      *storage;
  GHashTable        *lines;        /* connection id → LobbyLine */
  LobbyDeliveryPump *pump;
  LobbyMediaFetcher *fetcher;
  LobbyReceipts     *receipts;
  guint              settle_msec;
  char              *public_url;
  gboolean           started;
  gboolean           removed_some;   /* as far as is known: something may wait for them */
  gboolean           ending_waiting; /* a fiber looks after that */
  guint              heard_timer;
};

/* NULL: there is none. */
LobbyLine *lobby_whatsapp_find_line      (LobbyWhatsapp   *self,
                                          const char      *connection_id);

/* The webhook routes of @http: a delivery is verified, stored and answered. */
void       lobby_whatsapp_route_webhooks (LobbyWhatsapp   *self,
                                          LobbyHttpServer *http);
/* Stores when each line last had a webhook, where that is newer than what is stored. */
void       lobby_whatsapp_write_heard    (LobbyWhatsapp   *self);

G_END_DECLS
