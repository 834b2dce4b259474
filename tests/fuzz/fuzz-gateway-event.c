/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input is a webhook's body of a gateway. */
#include "fuzz.h"
#include "lobby-gateway-event.h"
#include "lobby-id.h"
#include "lobby-json.h"

static void
check_id (const char *id)
{
  g_assert_nonnull (id);
  g_assert_cmpuint (strlen (id), <=, LOBBY_ID_MAX);
}

static void
check_message (const LobbyInboundMessage *message)
{
  g_autofree char *metadata = lobby_json_object_to_string (message->metadata);

  g_assert_true (g_utf8_validate (metadata, -1, NULL));
  check_id (message->whatsapp_message_id);
  g_assert_true (message->customer.wa_id != NULL || message->customer.lid != NULL);
  g_assert_nonnull (message->metadata);
  g_assert_cmpint (message->timestamp, >, 0);
  g_assert_true (message->content == NULL || (strlen (message->content) <= LOBBY_WIRE_MAX_TEXT && g_utf8_validate (message->content, -1, NULL)));
  g_assert_true (message->type != LOBBY_MESSAGE_REACTION || message->reaction_whatsapp_id != NULL);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  g_autoptr (GBytes) body = g_bytes_new (data, size);
  g_autoptr (LobbyGatewayEvent) event = lobby_gateway_event_new (body, G_GINT64_CONSTANT (1795375000123), NULL);

  if (event == NULL)
    return 0;
  g_assert_true ((event->kind == LOBBY_GATEWAY_MESSAGE) == (event->message != NULL));
  g_assert_true ((event->kind == LOBBY_GATEWAY_STATUS) == (event->status != NULL));
  g_assert_true ((event->kind == LOBBY_GATEWAY_PROBLEM) == (event->problem != NULL));
  if (event->message != NULL)
    check_message (event->message);
  if (event->status != NULL)
    {
      check_id (event->status->whatsapp_message_id);
      g_assert_cmpint (event->status->status, !=, LOBBY_STATUS_PENDING);
    }
  return 0;
}
