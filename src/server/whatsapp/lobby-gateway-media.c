/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-gateway-private.h"
#include "lobby-async.h"
#include "lobby-json.h"

/* Files of customers. The gateway keeps them for minutes only and may not have had one at all; asked for the message, it fetches the file again. */

#define MAX_MEDIA_BYTES (100 * 1024 * 1024)
#define MEDIA_TIMEOUT (10 * 60 * 1000) /* ms */
#define MAX_URL 4096

typedef struct
{
  LobbyGatewayAdapter *self;
  char *id; /* of the message, whole */
  char *url;
  char *path;
} Fetch;

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;

  g_object_unref (fetch->self);
  g_free (fetch->id);
  g_free (fetch->url);
  g_free (fetch->path);
  g_free (fetch);
}

/* What it tells as its own address may be one that only it knows ("localhost"): the path counts. NULL: not the gateway's. */
static char *
dup_path (LobbyGatewayAdapter *self,
          const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  const char *path = uri != NULL ? g_uri_get_path (uri) : NULL;
  const char *files = path != NULL ? g_strstr_len (path, -1, "/api/files/") : NULL;

  return files != NULL ? g_strdup (files) : NULL;
}

static char *
download (Fetch *fetch,
          GError **error)
{
  LobbyGatewayAdapter *self = fetch->self;
  g_autofree char *path = dup_path (self, fetch->url);
  g_autoptr (GError) net_error = NULL;
  g_autoptr (LobbyHttpResponse) response = NULL;
  LobbyHttpRequest *request;
  const char *type;

  /* Kept elsewhere (S3): such an address carries its own permission, and our key is nobody's business there. */
  request = path != NULL ? lobby_gateway_request_new (self->connection, "GET", path) : lobby_http_request_new ("GET", fetch->url);
  request->max_bytes = MAX_MEDIA_BYTES;
  request->timeout_msec = MEDIA_TIMEOUT;
  response = dex_await_object (lobby_http_client_download (self->client, request, fetch->path, NULL, NULL, NULL), &net_error);
  if (g_error_matches (net_error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_TOO_LARGE))
    g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, NULL, "The file is larger than 100 MB"));
  else if (response == NULL)
    g_propagate_error (error, lobby_gateway_error_from_net (net_error));
  else if (lobby_http_response_get_status (response) != 200)
    g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT, 0, NULL, "The gateway does not give the file"));
  else
    {
      type = lobby_http_response_get_header (response, "Content-Type");
      return g_strdup (type != NULL ? type : "application/octet-stream");
    }
  return NULL;
}

/* Has the gateway fetch it from WhatsApp again. */
static gboolean
locate (Fetch *fetch,
        GError **error)
{
  g_autofree char *chat = lobby_gateway_dup_chat (fetch->id);
  g_autofree char *escaped = g_uri_escape_string (fetch->id, NULL, FALSE);
  g_autofree char *rest = g_strdup_printf ("/messages/%s?downloadMedia=true", escaped);
  g_autofree char *path = chat != NULL ? lobby_gateway_chat_path (fetch->self, chat, rest) : NULL;
  g_autoptr (JsonNode) answer = NULL;
  JsonObject *media;

  if (path == NULL)
    {
      g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, NULL, "The gateway has not told where the file is"));
      return FALSE;
    }
  answer = lobby_gateway_ask_with (fetch->self, "GET", path, NULL, MEDIA_TIMEOUT, error);
  if (answer == NULL)
    return FALSE;
  media = JSON_NODE_HOLDS_OBJECT (answer) ? lobby_json_get_object (json_node_get_object (answer), "media") : NULL;
  fetch->url = g_strdup (lobby_json_get_string (media, "url", MAX_URL));
  if (fetch->url != NULL)
    return TRUE;
  g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT, 0, NULL, "The gateway could not get the file from WhatsApp"));
  return FALSE;
}

static DexFuture *
fetch_fiber (gpointer data)
{
  Fetch *fetch = data;
  GError *error = NULL;
  char *type = fetch->url != NULL ? download (fetch, NULL) : NULL;

  if (type == NULL)
    {
      g_clear_pointer (&fetch->url, g_free);
      if (locate (fetch, &error))
        type = download (fetch, &error);
    }
  return type != NULL ? dex_future_new_take_string (type) : dex_future_new_for_error (error);
}

DexFuture *
lobby_gateway_fetch_media (LobbyAdapter *adapter,
                           const LobbyMediaJob *job,
                           const char *path)
{
  Fetch *fetch = g_new0 (Fetch, 1);

  fetch->self = LOBBY_GATEWAY_ADAPTER (g_object_ref (adapter));
  fetch->id = g_strdup (job->remote_id != NULL ? job->remote_id : "");
  fetch->url = job->attempts == 0 ? g_strdup (job->remote_url) : NULL;
  fetch->path = g_strdup (path);
  return lobby_async_spawn (fetch_fiber, fetch, fetch_free);
}
