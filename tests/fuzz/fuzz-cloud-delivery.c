/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is a webhook's body. */
#include "fuzz.h"
#include "lobby-cloud-delivery.h"
#include "lobby-id.h"
#include "lobby-json.h"

static void
check_message (const LobbyInboundMessage *message)
{
  g_autofree char *metadata = lobby_json_object_to_string (message->metadata);

  g_assert_true (g_utf8_validate (metadata, -1, NULL));
  g_assert_nonnull (message->whatsapp_message_id);
  g_assert_cmpuint (strlen (message->whatsapp_message_id), <=, LOBBY_ID_MAX);
  g_assert_true (message->customer.wa_id != NULL || message->customer.bsuid != NULL || message->customer.parent_bsuid != NULL
                 || message->customer.username != NULL);
  g_assert_nonnull (message->metadata);
  g_assert_cmpint (message->timestamp, >, 0);
  g_assert_true (message->content == NULL || strlen (message->content) <= LOBBY_WIRE_MAX_TEXT);
  g_assert_true (message->type != LOBBY_MESSAGE_REACTION || message->reaction_whatsapp_id != NULL);
}

static void
check_item (const LobbyCloudItem *item)
{
  g_assert_true (item->message != NULL || item->status != NULL || item->change != NULL || item->call != NULL || item->identity != NULL
                 || item->alert != NULL || item->template != NULL || item->templates_stale || item->problem != NULL);
  if (item->message != NULL)
    check_message (item->message);
  if (item->status != NULL)
    g_assert_cmpint (item->status->status, !=, LOBBY_STATUS_PENDING);
  if (item->change != NULL)
    g_assert_nonnull (item->change->whatsapp_message_id);
  if (item->call != NULL)
    g_assert_nonnull (item->call->whatsapp_call_id);
  if (item->alert != NULL)
    g_assert_true (item->alert->title != NULL && item->alert->message != NULL && item->alert->severity != NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  g_autoptr (GBytes) body = g_bytes_new (data, size);
  g_autoptr (LobbyCloudDelivery) delivery = lobby_cloud_delivery_new (body, G_GINT64_CONSTANT (1750040000123), NULL);

  for (;;)
    {
      g_auto (LobbyCloudItem) item = { 0 };

      if (delivery == NULL || !lobby_cloud_delivery_next (delivery, &item))
        return 0;
      check_item (&item);
    }
}
