/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-api.h"

#include "lobby-account.h"
#include "lobby-json.h"

#include <string.h>

#define MAX_ANSWER (16 * 1024 * 1024)
#define MAX_FILE (256 * 1024 * 1024) /* WhatsApp's largest is 100 MB */
#define TIMEOUT 30000                /* ms */
#define DOWNLOAD_TIMEOUT (15 * 60 * 1000)

struct _LobbyApi
{
  GObject parent_instance;

  LobbyHttpClient *http;
  LobbyHttpClient *files; /* connections of their own: a large file holds no message up */
  GCancellable *cancellable;
  char *server_url;
  char *token;
};

G_DEFINE_FINAL_TYPE (LobbyApi, lobby_api, G_TYPE_OBJECT)
G_DEFINE_BOXED_TYPE (LobbyApiAnswer, lobby_api_answer, lobby_api_answer_ref, lobby_api_answer_unref)

static guint unauthorized_signal;

/* One request, for the callbacks that read its answer. */
typedef struct
{
  LobbyApi *api;
  char *token; /* the one it went out with */
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_object_unref (request->api);
  g_free (request->token);
  g_free (request);
}

LobbyApiAnswer *
lobby_api_answer_ref (LobbyApiAnswer *answer)
{
  return g_rc_box_acquire (answer);
}

static void
answer_clear (gpointer data)
{
  LobbyApiAnswer *answer = data;

  g_clear_pointer (&answer->json, json_object_unref);
  g_free (answer->code);
  g_free (answer->message);
}

void
lobby_api_answer_unref (LobbyApiAnswer *answer)
{
  g_rc_box_release_full (answer, answer_clear);
}

GError *
lobby_api_answer_to_error (const LobbyApiAnswer *answer)
{
  LobbyClientError code;

  if (answer->status == 401)
    code = LOBBY_CLIENT_ERROR_BAD_CREDENTIALS;
  else if (answer->status == 429)
    code = LOBBY_CLIENT_ERROR_TOO_MANY_ATTEMPTS;
  else if (answer->status == 507)
    code = LOBBY_CLIENT_ERROR_STORAGE;
  else if (answer->status >= 400 && answer->status < 500)
    code = LOBBY_CLIENT_ERROR_REFUSED;
  else
    code = LOBBY_CLIENT_ERROR_FAILED;

  return g_error_new (LOBBY_CLIENT_ERROR, code, "%s (%u %s)", answer->message != NULL ? answer->message : "The server answered otherwise",
                      answer->status, answer->code != NULL ? answer->code : "");
}

static DexFuture *
translate_net_error (DexFuture *future,
                     gpointer data)
{
  g_autoptr (GError) error = NULL;
  LobbyClientError code = LOBBY_CLIENT_ERROR_FAILED;

  dex_future_get_value (future, &error);
  if (error->domain != LOBBY_NET_ERROR)
    return dex_ref (future);

  switch ((LobbyNetError)error->code)
    {
    case LOBBY_NET_ERROR_UNREACHABLE:
    case LOBBY_NET_ERROR_TIMED_OUT:
    case LOBBY_NET_ERROR_INTERRUPTED:
    case LOBBY_NET_ERROR_CANCELLED:
      code = LOBBY_CLIENT_ERROR_UNREACHABLE;
      break;
    case LOBBY_NET_ERROR_TLS:
      code = LOBBY_CLIENT_ERROR_TLS;
      break;
    case LOBBY_NET_ERROR_BAD_URL:
      code = LOBBY_CLIENT_ERROR_BAD_ADDRESS;
      break;
    case LOBBY_NET_ERROR_TOO_LARGE:
      code = LOBBY_CLIENT_ERROR_NOT_LOBBYD;
      break;
    case LOBBY_NET_ERROR_FAILED:
    default:
      break;
    }

  return dex_future_new_reject (LOBBY_CLIENT_ERROR, (int)code, "%s", error->message);
}

static guint
retry_after_of (LobbyHttpResponse *response)
{
  const char *text = lobby_http_response_get_header (response, "Retry-After");
  guint64 seconds;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, 3600, &seconds, NULL) ? (guint)seconds : 0;
}

/* Tells lobbyd's words from those of anything else that may answer at an address: a proxy, a sign-in page of a hotel. */
static LobbyApiAnswer *
read_answer (LobbyHttpResponse *response)
{
  g_autoptr (LobbyApiAnswer) answer = g_rc_box_new0 (LobbyApiAnswer);
  gsize size;
  const char *body = g_bytes_get_data (lobby_http_response_get_body (response), &size);
  JsonObject *problem;

  answer->status = lobby_http_response_get_status (response);
  answer->retry_after = retry_after_of (response);
  if (size > 0)
    answer->json = lobby_json_parse_object (body, (gssize)size, NULL);
  /* Done, or taken on: there may be nothing more to say. */
  if (answer->status == 204 || (answer->status == 202 && size == 0))
    return g_steal_pointer (&answer);
  if (answer->json == NULL)
    return NULL;
  if (answer->status >= 200 && answer->status < 300)
    return g_steal_pointer (&answer);

  problem = lobby_json_get_object (answer->json, "error");
  answer->code = g_strdup (lobby_json_get_string (problem, "code", 256));
  answer->message = g_strdup (lobby_json_get_string (problem, "message", 4096));

  return answer->code != NULL ? g_steal_pointer (&answer) : NULL;
}

/* Says so when the token that @request carried is still ours, and lobbyd does not know it. */
static void
note_unauthorized (Request *request,
                   const LobbyApiAnswer *answer)
{
  if (answer->status == 401 && request->token != NULL
      && g_strcmp0 (request->token, request->api->token) == 0 && strcmp (answer->code, "unauthorized") == 0)
    g_signal_emit (request->api, unauthorized_signal, 0);
}

static DexFuture *
not_lobbyd (LobbyHttpResponse *response)
{
  return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_NOT_LOBBYD,
                                "What answered there (%u) is no Lobby server", lobby_http_response_get_status (response));
}

static DexFuture *
on_response (DexFuture *future,
             gpointer data)
{
  LobbyHttpResponse *response = g_value_get_object (dex_future_get_value (future, NULL));
  g_autoptr (LobbyApiAnswer) answer = read_answer (response);

  if (answer == NULL)
    return not_lobbyd (response);

  note_unauthorized (data, answer);
  return dex_future_new_take_boxed (LOBBY_TYPE_API_ANSWER, g_steal_pointer (&answer));
}

static LobbyHttpRequest *
make_request (LobbyApi *self,
              const char *method,
              const char *path,
              Request **request)
{
  g_autofree char *url = g_strconcat (self->server_url, path, NULL);
  LobbyHttpRequest *http = lobby_http_request_new (method, url);

  http->bearer = g_strdup (self->token);
  http->max_bytes = MAX_ANSWER;
  http->timeout_msec = TIMEOUT;
  *request = g_new (Request, 1);
  (*request)->api = g_object_ref (self);
  (*request)->token = g_strdup (self->token);

  return http;
}

DexFuture *
lobby_api_send (LobbyApi *self,
                const char *method,
                const char *path,
                JsonObject *body)
{
  g_autoptr (JsonObject) owned = body;
  LobbyHttpRequest *http;
  Request *request;
  DexFuture *future;

  g_return_val_if_fail (LOBBY_IS_API (self), NULL);
  g_return_val_if_fail (path != NULL && path[0] == '/', NULL);

  http = make_request (self, method, path, &request);
  if (body != NULL)
    lobby_http_request_take_json (http, lobby_json_object_to_string (body));

  future = dex_future_catch (lobby_http_client_send (self->http, http, self->cancellable), translate_net_error, NULL, NULL);
  return dex_future_then (future, on_response, request, request_free);
}

static DexFuture *
want_object (DexFuture *future,
             gpointer data)
{
  const LobbyApiAnswer *answer = g_value_get_boxed (dex_future_get_value (future, NULL));

  if (answer->status < 200 || answer->status >= 300)
    return dex_future_new_for_error (lobby_api_answer_to_error (answer));
  if (answer->json == NULL)
    return dex_future_new_reject (LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_FAILED, "The server answered nothing");

  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, json_object_ref (answer->json));
}

DexFuture *
lobby_api_call (LobbyApi *self,
                const char *method,
                const char *path,
                JsonObject *body)
{
  return dex_future_then (lobby_api_send (self, method, path, body), want_object, NULL, NULL);
}

static DexFuture *
on_downloaded (DexFuture *future,
               gpointer data)
{
  LobbyHttpResponse *response = g_value_get_object (dex_future_get_value (future, NULL));
  g_autoptr (LobbyApiAnswer) answer = NULL;

  if (lobby_http_response_get_status (response) == 200)
    return dex_future_new_true ();

  answer = read_answer (response);
  if (answer == NULL)
    return not_lobbyd (response);

  note_unauthorized (data, answer);
  return dex_future_new_for_error (lobby_api_answer_to_error (answer));
}

DexFuture *
lobby_api_download (LobbyApi *self,
                    const char *path,
                    const char *file,
                    LobbyHttpProgress progress,
                    gpointer data)
{
  LobbyHttpRequest *http;
  Request *request;
  DexFuture *future;

  g_return_val_if_fail (LOBBY_IS_API (self), NULL);
  g_return_val_if_fail (path != NULL && path[0] == '/', NULL);

  http = make_request (self, "GET", path, &request);
  http->max_bytes = MAX_FILE;
  http->timeout_msec = DOWNLOAD_TIMEOUT;
  future = dex_future_catch (lobby_http_client_download (self->files, http, file, progress, data, self->cancellable),
                             translate_net_error, NULL, NULL);
  return dex_future_then (future, on_downloaded, request, request_free);
}

void
lobby_api_cancel (LobbyApi *self)
{
  g_return_if_fail (LOBBY_IS_API (self));

  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  self->cancellable = g_cancellable_new ();
}

static void
lobby_api_finalize (GObject *object)
{
  LobbyApi *self = LOBBY_API (object);

  g_clear_object (&self->http);
  g_clear_object (&self->files);
  g_clear_object (&self->cancellable);
  g_free (self->server_url);
  g_free (self->token);

  G_OBJECT_CLASS (lobby_api_parent_class)->finalize (object);
}

static void
lobby_api_class_init (LobbyApiClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_api_finalize;

  unauthorized_signal = g_signal_new ("unauthorized", LOBBY_TYPE_API, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lobby_api_init (LobbyApi *self)
{
  self->http = lobby_http_client_new ("Lobby/" LOBBY_VERSION);
  self->files = lobby_http_client_new ("Lobby/" LOBBY_VERSION);
  self->cancellable = g_cancellable_new ();
}

LobbyApi *
lobby_api_new (const char *server_url)
{
  LobbyApi *self = g_object_new (LOBBY_TYPE_API, NULL);

  self->server_url = g_strdup (server_url);
  return self;
}

const char *
lobby_api_get_server_url (LobbyApi *self)
{
  return self->server_url;
}

void
lobby_api_set_token (LobbyApi *self,
                     const char *token)
{
  g_return_if_fail (LOBBY_IS_API (self));

  g_set_str (&self->token, token);
}

const char *
lobby_api_get_token (LobbyApi *self)
{
  return self->token;
}

static gboolean
is_this_machine (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);

  return g_ascii_strcasecmp (host, "localhost") == 0 || g_str_has_suffix (host, ".localhost");
}

static GUri *
parse_address (const char *text)
{
  GUri *uri;

  if (strstr (text, "://") == NULL)
    {
      g_autofree char *secure = g_strconcat ("https://", text, NULL);
      g_autofree char *plain = g_strconcat ("http://", text, NULL);

      uri = g_uri_parse (secure, G_URI_FLAGS_NONE, NULL);
      if (uri == NULL || g_uri_get_host (uri) == NULL || !is_this_machine (g_uri_get_host (uri)))
        return uri;

      g_uri_unref (uri);
      return g_uri_parse (plain, G_URI_FLAGS_NONE, NULL);
    }

  return g_uri_parse (text, G_URI_FLAGS_NONE, NULL);
}

char *
lobby_server_url_normalize (const char *text,
                            GError **error)
{
  g_autofree char *stripped = g_strstrip (g_strdup (text != NULL ? text : ""));
  g_autoptr (GUri) uri = *stripped != '\0' ? parse_address (stripped) : NULL;
  g_autofree char *path = NULL;
  g_autofree char *host = NULL;
  int port;

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || strpbrk (g_uri_get_host (uri), " \t\r\n/\\@") != NULL
      || (strcmp (g_uri_get_scheme (uri), "https") != 0 && strcmp (g_uri_get_scheme (uri), "http") != 0)
      || g_uri_get_userinfo (uri) != NULL || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    {
      g_set_error_literal (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_BAD_ADDRESS, "Not the address of a server");
      return NULL;
    }

  path = g_strdup (g_uri_get_path (uri));
  while (g_str_has_suffix (path, "/"))
    path[strlen (path) - 1] = '\0';
  host = g_ascii_strdown (g_uri_get_host (uri), -1);
  port = g_uri_get_port (uri);
  if ((port == 443 && strcmp (g_uri_get_scheme (uri), "https") == 0) || (port == 80 && strcmp (g_uri_get_scheme (uri), "http") == 0))
    port = -1;

  return g_uri_join (G_URI_FLAGS_NONE, g_uri_get_scheme (uri), NULL, host, port, path, NULL, NULL);
}

gboolean
lobby_server_url_is_local (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);

  return uri != NULL && g_uri_get_host (uri) != NULL && is_this_machine (g_uri_get_host (uri));
}
