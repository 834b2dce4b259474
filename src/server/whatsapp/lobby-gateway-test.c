/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-connection-test.h"
#include "lobby-gateway-private.h"
#include "lobby-json.h"
#include "lobby-wire.h"

#include <string.h>

/* The settings of a gateway's connection, held against what the gateway says. */

#define TIMEOUT 15000 /* ms */

static LobbyHttpResponse *
ask (LobbyHttpClient *client,
     const LobbyConnection *connection,
     const char *path,
     GError **error)
{
  LobbyHttpRequest *request = lobby_gateway_request_new (connection, "GET", path);
  g_autoptr (GError) net_error = NULL;
  g_autoptr (LobbyHttpResponse) response = NULL;

  request->timeout_msec = TIMEOUT;
  response = dex_await_object (lobby_http_client_send (client, request, NULL), &net_error);
  if (response == NULL)
    g_propagate_error (error, lobby_gateway_error_from_net (net_error));
  return g_steal_pointer (&response);
}

static JsonObject *
parse (LobbyHttpResponse *response)
{
  GBytes *body = lobby_http_response_get_body (response);

  return lobby_json_parse_object (g_bytes_get_data (body, NULL), (gssize)g_bytes_get_size (body), NULL);
}

/* FALSE when nothing further can be asked. */
static gboolean
check_gateway (LobbyHttpClient *client,
               const LobbyConnection *connection,
               GPtrArray *checks)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyHttpResponse) response = ask (client, connection, "/api/server/version", &error);
  g_autoptr (JsonObject) version = NULL;
  guint status = response != NULL ? lobby_http_response_get_status (response) : 0;

  /* Older ones have it here. */
  if (status == 404)
    {
      g_clear_object (&response);
      response = ask (client, connection, "/api/version", &error);
      status = response != NULL ? lobby_http_response_get_status (response) : 0;
    }
  version = status == 200 ? parse (response) : NULL;
  if (response == NULL)
    lobby_connection_check_add (checks, "address", FALSE, "%s", error->message);
  else
    lobby_connection_check_add (checks, "address", TRUE, "Something answers at this address");
  if (response == NULL)
    lobby_connection_check_add_unknown (checks, "gateway", "Not asked, because of what is wrong above");
  else if (status == 401 || status == 403)
    lobby_connection_check_add (checks, "gateway", FALSE, LOBBY_WIRE_REASON_GATEWAY_KEY);
  else if (version == NULL || lobby_json_get_string (version, "engine", 64) == NULL)
    lobby_connection_check_add (checks, "gateway", FALSE, "What answers there is no WAHA gateway");
  else
    {
      lobby_connection_check_add (checks, "gateway", TRUE, "WAHA %s accepts the key", lobby_json_get_string (version, "version", 64));
      return TRUE;
    }
  return FALSE;
}

static void
check_session (LobbyHttpClient *client,
               const LobbyConnection *connection,
               GPtrArray *checks)
{
  g_autofree char *path = g_strdup_printf ("/api/sessions/%s", connection->gateway_session);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyHttpResponse) response = ask (client, connection, path, &error);
  guint status = response != NULL ? lobby_http_response_get_status (response) : 0;
  g_autoptr (JsonObject) session = status == 200 ? parse (response) : NULL;
  const char *name = lobby_json_get_string (session, "status", 64);
  g_autofree char *me = g_strdup (lobby_json_get_string (lobby_json_get_object (session, "me"), "id", 64));

  if (response == NULL)
    lobby_connection_check_add (checks, "session", FALSE, "%s", error->message);
  else if (status == 404)
    lobby_connection_check_add (checks, "session", TRUE, "The gateway has no session of this name yet: it is made when a phone is linked");
  else if (name == NULL)
    lobby_connection_check_add (checks, "session", FALSE, "The gateway does not tell the state of its session (HTTP %u)", status);
  else if (strcmp (name, "WORKING") == 0)
    lobby_connection_check_add (checks, "session", TRUE, "A phone is linked: +%.*s", me != NULL ? (int)strcspn (me, ":@") : 0, me != NULL ? me : "");
  else if (strcmp (name, "FAILED") == 0)
    lobby_connection_check_add (checks, "session", FALSE, "The gateway's session has failed: link the phone again");
  else
    lobby_connection_check_add (checks, "session", TRUE, "No phone is linked yet (%s)", name);
}

void
lobby_gateway_test (const LobbyConnection *connection,
                    GPtrArray *checks)
{
  g_autoptr (LobbyHttpClient) client = lobby_http_client_new ("lobbyd/" LOBBY_VERSION);

  if (check_gateway (client, connection, checks))
    check_session (client, connection, checks);
  else
    lobby_connection_check_add_unknown (checks, "session", "Not asked, because of what is wrong above");
  lobby_connection_check_add_webhook (checks, connection);
}
