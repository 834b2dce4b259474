/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * One webhook delivery of the Cloud API (CLOUD_API 7), read item by item: up to 1,000 updates come
 * in one body, so the caller can pause between them. Pure: no I/O; hostile JSON gives problems, never more.
 */
typedef struct _LobbyCloudDelivery LobbyCloudDelivery;

/* Who somebody is, or was until @at. */
typedef struct
{
  LobbyIdentity  now;
  LobbyIdentity  before;             /* nothing in it: nothing ended */
  gint64         at;
  gboolean       is_book;            /* what the business's own address book says: @now.name, NULL when it is out of it */
} LobbyCloudIdentity;

/* One update. Any of its parts may be there, one at least. */
typedef struct
{
  char                 *phone_number_id;    /* the business number that it is about; NULL when not told */
  char                 *display_number;     /* digits, instead of that; or NULL */
  char                 *waba_id;            /* the account: what names no number is about all of them */
  LobbyInboundMessage  *message;
  LobbyInboundStatus   *status;
  LobbyInboundChange   *change;
  LobbyInboundCall     *call;
  LobbyCloudIdentity   *identity;
  LobbyAlert           *alert;
  LobbyTemplate        *template;           /* what has changed of it; the rest is NULL */
  gboolean              templates_stale;    /* something changed that only WhatsApp's list tells */
  char                 *problem;            /* cannot be worked in: the body stays stored. For people; no content, no numbers */
} LobbyCloudItem;

/* @arrived_at stands in for a timestamp that is missing or far ahead. NULL with an error when @body is no JSON object.
 * Touches nothing shared: may run in a thread. */
LobbyCloudDelivery *lobby_cloud_delivery_new   (GBytes              *body,
                                                gint64               arrived_at,
                                                GError             **error);
/* Fills @item, which the caller clears. FALSE at the end. */
gboolean            lobby_cloud_delivery_next  (LobbyCloudDelivery  *self,
                                                LobbyCloudItem      *item);
void                lobby_cloud_delivery_free  (LobbyCloudDelivery  *self);
void                lobby_cloud_item_clear     (LobbyCloudItem      *item);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyCloudDelivery, lobby_cloud_delivery_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LobbyCloudItem, lobby_cloud_item_clear)

G_END_DECLS
