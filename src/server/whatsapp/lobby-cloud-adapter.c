/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-private.h"
#include "lobby-async.h"
#include "lobby-cloud-error.h"
#include "lobby-json.h"
#include "lobby-log.h"

#include <string.h>

#define PHONE_TIMEOUT 5000 /* ms */
#define MAX_MEDIA_BYTES (100 * 1024 * 1024)
#define SEND_TIMEOUT 30000             /* ms */
#define MEDIA_TIMEOUT (10 * 60 * 1000) /* ms */
/* As many requests as a connection has under way at most, so that none waits inside libsoup for its time to run out. */
#define MAX_CONNECTIONS 24

static void lobby_cloud_adapter_iface_init (LobbyAdapterInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (LobbyCloudAdapter, lobby_cloud_adapter, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (LOBBY_TYPE_ADAPTER, lobby_cloud_adapter_iface_init))

/*
 * CLOUD_API 12: a number takes 80 messages a second (20 when it is also used in WhatsApp's own app on a phone), and one recipient one in 6 s,
 * where 45 at once are borrowed. One of those is left as a margin: requests overtake each other on the way.
 */
static void
cloud_get_limits (LobbyAdapter *adapter,
                  LobbySendLimits *limits)
{
  LobbyCloudAdapter *self = LOBBY_CLOUD_ADAPTER (adapter);

  *limits = (LobbySendLimits){ .per_second = 60, .burst = 20, .pair_per_second = 1.0 / 6, .pair_burst = 44 };
  if (self->has_phone)
    {
      limits->per_second = 15;
      limits->burst = 5;
    }
}

static LobbyCapabilities
cloud_get_capabilities (LobbyAdapter *adapter)
{
  return LOBBY_CLOUD_CAPABILITIES;
}

LobbyHttpRequest *
lobby_cloud_adapter_request (LobbyCloudAdapter *self,
                             const char *method,
                             const char *path)
{
  const char *base = self->connection->graph_url != NULL ? self->connection->graph_url : "";
  g_autofree char *url = g_strconcat (base, g_str_has_suffix (base, "/") ? "" : "/", path, NULL);
  LobbyHttpRequest *request = lobby_http_request_new (method, url);

  request->bearer = g_strdup (self->connection->access_token);
  request->timeout_msec = self->send_timeout;
  return request;
}

char *
lobby_cloud_adapter_path (LobbyCloudAdapter *self,
                          const char *rest)
{
  g_autofree char *number = g_uri_escape_string (self->connection->phone_number_id != NULL ? self->connection->phone_number_id : "", NULL, FALSE);

  return g_strconcat (number, rest, NULL);
}

LobbyHttpResponse *
lobby_cloud_adapter_exchange (LobbyCloudAdapter *self,
                              LobbyHttpRequest *request,
                              GError **error)
{
  g_autofree char *token = g_strdup (request->bearer);
  g_autoptr (GError) net_error = NULL;
  g_autoptr (LobbyHttpResponse) response = dex_await_object (lobby_http_client_send (self->client, request, NULL), &net_error);
  GError *refusal;

  if (response != NULL && lobby_http_response_get_status (response) == 200)
    return g_steal_pointer (&response);
  refusal = response == NULL ? lobby_cloud_error_from_net (net_error)
                             : lobby_cloud_error_from_answer (lobby_http_response_get_status (response), lobby_http_response_get_body (response), token);
  lobby_cloud_adapter_note_error (self, self->connection->id, lobby_adapter_get_error (refusal)->code);
  g_propagate_error (error, refusal);
  return NULL;
}

void
lobby_cloud_adapter_note_error (LobbyCloudAdapter *self,
                                const char *connection_id,
                                int code)
{
  const char *severity, *title, *advice;
  g_autoptr (GError) error = NULL;

  if (lobby_cloud_error_get_consequence (code) == LOBBY_CONSEQUENCE_TEMPLATES)
    g_signal_emit_by_name (self, "templates-stale");
  if (code != 0 && lobby_cloud_error_get_alert (code, &severity, &title, &advice)
      && !lobby_storage (self->storage, add_alert, connection_id, code, severity, title, advice, &error))
    lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "an alert was not kept", "connection", connection_id, "error", error->message, NULL);
}

JsonObject *
lobby_cloud_adapter_parse (LobbyHttpResponse *response)
{
  GBytes *body = lobby_http_response_get_body (response);

  return lobby_json_parse_object (g_bytes_get_data (body, NULL), (gssize)g_bytes_get_size (body), NULL);
}

/* WhatsApp takes the token: what was told of a bad one is over. */
static void
forget_token_alerts (LobbyCloudAdapter *self)
{
  g_autoptr (GPtrArray) alerts = lobby_storage (self->storage, list_alerts, self->connection->id);

  for (guint i = 0; alerts != NULL && i < alerts->len; i++)
    {
      const LobbyAlert *alert = g_ptr_array_index (alerts, i);

      if (lobby_cloud_error_is_token (alert->code))
        lobby_storage (self->storage, remove_alert, self->connection->id, alert->id, NULL);
    }
}

/* Whether the number is used on a phone, too, which makes WhatsApp take a quarter of the messages. Asked once; that it is not told means no. */
static void
learn_phone (LobbyCloudAdapter *self)
{
  g_autofree char *path = lobby_cloud_adapter_path (self, "?fields=id,is_on_biz_app,platform_type");
  LobbyHttpRequest *request = lobby_cloud_adapter_request (self, "GET", path);
  g_autoptr (LobbyHttpResponse) response = NULL;
  g_autoptr (JsonObject) number = NULL;

  request->timeout_msec = PHONE_TIMEOUT;
  response = lobby_cloud_adapter_exchange (self, request, NULL);
  number = response != NULL ? lobby_cloud_adapter_parse (response) : NULL;
  if (number == NULL)
    return;
  self->is_phone_known = TRUE;
  self->has_phone = lobby_json_get_boolean_or (number, "is_on_biz_app", FALSE)
                    && g_strcmp0 (lobby_json_get_string (number, "platform_type", 64), "CLOUD_API") == 0;
}

static DexFuture *
check_fiber (gpointer data)
{
  LobbyCloudAdapter *self = data;
  g_autofree char *path = lobby_cloud_adapter_path (self, "?fields=id,display_phone_number,verified_name");
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyHttpResponse) response = lobby_cloud_adapter_exchange (self, lobby_cloud_adapter_request (self, "GET", path), &error);

  if (response != NULL)
    {
      forget_token_alerts (self);
      if (!self->is_phone_known)
        learn_phone (self);
      return dex_future_new_true ();
    }
  /* A number that WhatsApp does not know is mended by a person, as a bad token is; everything else may pass. */
  if (g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_HOLD_ACCOUNT)
      || g_error_matches (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_REFUSED))
    error->code = LOBBY_SEND_ERROR_HOLD_ACCOUNT;
  else
    error->code = LOBBY_SEND_ERROR_TRY_AGAIN;
  return dex_future_new_for_error (g_steal_pointer (&error));
}

static DexFuture *
cloud_check (LobbyAdapter *adapter)
{
  return lobby_async_spawn (check_fiber, g_object_ref (adapter), g_object_unref);
}

typedef struct
{
  LobbyCloudAdapter *self;
  char *id;
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

/* Asks for the short-lived address of the file. */
static gboolean
fetch_locate (Fetch *fetch,
              GError **error)
{
  g_autofree char *id = g_uri_escape_string (fetch->id, NULL, FALSE);
  g_autofree char *number = lobby_cloud_adapter_path (fetch->self, "");
  g_autofree char *path = g_strdup_printf ("%s?phone_number_id=%s", id, number);
  g_autoptr (LobbyHttpResponse) response = lobby_cloud_adapter_exchange (fetch->self, lobby_cloud_adapter_request (fetch->self, "GET", path), error);
  g_autoptr (JsonObject) answer = NULL;

  if (response == NULL)
    return FALSE;
  answer = lobby_cloud_adapter_parse (response);
  fetch->url = g_strdup (lobby_json_get_string (answer, "url", 8192));
  if (fetch->url == NULL)
    g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT, 0, NULL, "WhatsApp told no address of the file"));
  else if (lobby_json_get_int_or (answer, "file_size", 0) > MAX_MEDIA_BYTES)
    g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, NULL, "The file is larger than 100 MB"));
  else
    return TRUE;
  return FALSE;
}

static char *
fetch_download (Fetch *fetch,
                GError **error)
{
  const LobbyConnection *connection = fetch->self->connection;
  LobbyHttpRequest *request = lobby_http_request_new ("GET", fetch->url);
  g_autoptr (LobbyHttpResponse) response = NULL;
  g_autoptr (GError) net_error = NULL;
  const char *type;

  if (lobby_cloud_adapter_trusts (connection->graph_url, fetch->url))
    request->bearer = g_strdup (connection->access_token);
  request->max_bytes = MAX_MEDIA_BYTES;
  request->timeout_msec = MEDIA_TIMEOUT;
  response = dex_await_object (lobby_http_client_download (fetch->self->client, request, fetch->path, NULL, NULL, NULL), &net_error);
  if (g_error_matches (net_error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_TOO_LARGE))
    g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, NULL, "The file is larger than 100 MB"));
  else if (response == NULL)
    g_propagate_error (error, lobby_cloud_error_from_net (net_error));
  else if (lobby_http_response_get_status (response) != 200)
    g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT, 0, NULL, "WhatsApp does not give the file"));
  else
    {
      type = lobby_http_response_get_header (response, "Content-Type");
      return g_strdup (type != NULL ? type : "application/octet-stream");
    }
  return NULL;
}

static DexFuture *
fetch_fiber (gpointer data)
{
  Fetch *fetch = data;
  GError *error = NULL;
  char *type = NULL;

  /* The address in the webhook saves a request while it lives. */
  if (fetch->url != NULL)
    type = fetch_download (fetch, NULL);
  if (type == NULL)
    {
      g_clear_pointer (&fetch->url, g_free);
      if (fetch_locate (fetch, &error))
        type = fetch_download (fetch, &error);
    }
  return type != NULL ? dex_future_new_take_string (type) : dex_future_new_for_error (error);
}

static DexFuture *
cloud_fetch_media (LobbyAdapter *adapter,
                   const LobbyMediaJob *job,
                   const char *path)
{
  Fetch *fetch = g_new0 (Fetch, 1);

  fetch->self = LOBBY_CLOUD_ADAPTER (g_object_ref (adapter));
  fetch->id = g_strdup (job->remote_id);
  fetch->url = job->attempts == 0 ? g_strdup (job->remote_url) : NULL;
  fetch->path = g_strdup (path);
  return lobby_async_spawn (fetch_fiber, fetch, fetch_free);
}

static void
cloud_set_connection (LobbyAdapter *adapter,
                      LobbyConnection *connection)
{
  LobbyCloudAdapter *self = LOBBY_CLOUD_ADAPTER (adapter);

  g_clear_pointer (&self->connection, lobby_connection_free);
  self->connection = connection;
  self->is_phone_known = FALSE;
}

static void
lobby_cloud_adapter_iface_init (LobbyAdapterInterface *iface)
{
  iface->set_connection = cloud_set_connection;
  iface->get_capabilities = cloud_get_capabilities;
  iface->get_limits = cloud_get_limits;
  iface->prepare = lobby_cloud_adapter_prepare;
  iface->send = lobby_cloud_adapter_send;
  iface->mark_read = lobby_cloud_adapter_mark_read;
  iface->check = cloud_check;
  iface->fetch_media = cloud_fetch_media;
  iface->process = lobby_cloud_adapter_process;
  iface->list_templates = lobby_cloud_adapter_list_templates;
  iface->create_template = lobby_cloud_adapter_create_template;
  iface->delete_template = lobby_cloud_adapter_delete_template;
  iface->get_profile = lobby_cloud_adapter_get_profile;
  iface->set_profile = lobby_cloud_adapter_set_profile;
  iface->get_number = lobby_cloud_adapter_get_number;
}

static void
lobby_cloud_adapter_finalize (GObject *object)
{
  LobbyCloudAdapter *self = LOBBY_CLOUD_ADAPTER (object);

  g_clear_pointer (&self->connection, lobby_connection_free);
  g_clear_object (&self->storage);
  g_clear_object (&self->client);
  G_OBJECT_CLASS (lobby_cloud_adapter_parent_class)->finalize (object);
}

static void
lobby_cloud_adapter_class_init (LobbyCloudAdapterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_cloud_adapter_finalize;
}

static void
lobby_cloud_adapter_init (LobbyCloudAdapter *self)
{
  self->send_timeout = lobby_adapter_get_msec ("LOBBYD_SEND_TIMEOUT_MSEC", SEND_TIMEOUT);
}

LobbyCloudAdapter *
lobby_cloud_adapter_new (LobbyConnection *connection,
                         LobbyStorage *storage)
{
  LobbyCloudAdapter *self = g_object_new (LOBBY_TYPE_CLOUD_ADAPTER, NULL);

  self->connection = connection;
  self->storage = g_object_ref (storage);
  self->client = lobby_http_client_new_with_connections ("lobbyd/" LOBBY_VERSION, MAX_CONNECTIONS);
  return self;
}
