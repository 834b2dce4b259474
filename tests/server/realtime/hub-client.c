/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hub-client.h"

#include <string.h>

static void
on_text (LobbyWebsocketClient *socket,
         GBytes *bytes,
         gpointer data)
{
  HubClient *client = data;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  if (length == 1 && *text == '2')
    {
      client->n_pings++;
      if (!client->mute)
        lobby_websocket_client_send_text (socket, "3");
      return;
    }
  g_queue_push_tail (&client->packets, g_strndup (text, length));
}

static void
on_closed (LobbyWebsocketClient *socket,
           guint code,
           const char *reason,
           GError *error,
           gpointer data)
{
  HubClient *client = data;

  client->closed = TRUE;
  client->close_code = code;
}

HubClient *
hub_client_open (LobbyHttpServer *http)
{
  g_autofree char *url = g_strdup_printf ("ws://127.0.0.1:%u/socket.io/?EIO=4&transport=websocket", lobby_http_server_get_port (http));
  g_autoptr (DexFuture) future = lobby_websocket_client_connect (url, NULL);
  g_autoptr (GError) error = NULL;
  HubClient *client = g_new0 (HubClient, 1);
  const GValue *value;

  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);
  value = dex_future_get_value (future, &error);
  g_assert_no_error (error);
  client->socket = g_value_dup_object (value);
  g_signal_connect (client->socket, "text", G_CALLBACK (on_text), client);
  g_signal_connect (client->socket, "closed", G_CALLBACK (on_closed), client);
  lobby_websocket_client_start (client->socket);
  return client;
}

void
hub_client_free (HubClient *client)
{
  g_signal_handlers_disconnect_by_data (client->socket, client);
  if (!client->closed)
    lobby_websocket_client_close (client->socket, 1000, NULL);
  g_object_unref (client->socket);
  g_queue_clear_full (&client->packets, g_free);
  g_free (client);
}

void
hub_client_send (HubClient *client,
                 const char *packet)
{
  lobby_websocket_client_send_text (client->socket, packet);
}

char *
hub_client_receive (HubClient *client)
{
  while (client->packets.length == 0 && !client->closed)
    g_main_context_iteration (NULL, TRUE);
  return g_queue_pop_head (&client->packets);
}

void
hub_client_expect (HubClient *client,
                   const char *packet)
{
  g_autofree char *received = hub_client_receive (client);

  g_assert_cmpstr (received, ==, packet);
}

void
hub_client_expect_closed (HubClient *client)
{
  while (!client->closed)
    g_main_context_iteration (NULL, TRUE);
}

HubClient *
hub_client_connect (LobbyHttpServer *http,
                    const char *token)
{
  HubClient *client = hub_client_open (http);
  g_autofree char *open = hub_client_receive (client);
  g_autofree char *connect = g_strdup_printf ("40{\"token\":\"%s\"}", token);
  g_autofree char *answer = NULL;

  g_assert_true (g_str_has_prefix (open, "0{"));
  hub_client_send (client, connect);
  answer = hub_client_receive (client);
  g_assert_true (g_str_has_prefix (answer, "40{\"sid\":\""));
  return client;
}

char *
hub_client_event (HubClient *client,
                  JsonObject **payload)
{
  g_autofree char *packet = hub_client_receive (client);
  g_autoptr (JsonNode) root = NULL;
  JsonArray *array;

  g_assert_nonnull (packet);
  if (!g_str_has_prefix (packet, "42["))
    g_error ("No event: %s", packet);
  root = lobby_json_parse (packet + 2, -1, NULL);
  g_assert_nonnull (root);
  array = json_node_get_array (root);
  g_assert_cmpuint (json_array_get_length (array), ==, 2);
  *payload = json_object_ref (json_array_get_object_element (array, 1));
  return g_strdup (json_array_get_string_element (array, 0));
}
