/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * One webhook delivery of the Cloud API (CLOUD_API 7), read item by item: up to 1,000 updates come
 * in one body, so the caller can pause between them. Pure: no I/O; hostile JSON gives problems, never more.
 */
typedef struct _LobbyCloudDelivery LobbyCloudDelivery;

typedef enum
{
  LOBBY_CLOUD_END,
  LOBBY_CLOUD_MESSAGE,
  LOBBY_CLOUD_STATUS,
  LOBBY_CLOUD_PROBLEM,          /* something that cannot be worked in; the body stays stored */
} LobbyCloudItemKind;

typedef struct
{
  LobbyCloudItemKind    kind;
  char                 *phone_number_id;    /* the business number it is for; NULL when not told */
  LobbyInboundMessage  *message;
  LobbyInboundStatus   *status;
  char                 *problem;            /* for people; no content, no numbers */
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

/* One element of messages[] and of statuses[]; NULL and *@problem when it cannot be taken. @contacts is value.contacts or NULL. */
LobbyInboundMessage *lobby_cloud_parse_message (JsonObject          *json,
                                                JsonArray           *contacts,
                                                gint64               arrived_at,
                                                char               **problem);
LobbyInboundStatus  *lobby_cloud_parse_status  (JsonObject          *json,
                                                gint64               arrived_at,
                                                char               **problem);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyCloudDelivery, lobby_cloud_delivery_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LobbyCloudItem, lobby_cloud_item_clear)

G_END_DECLS
