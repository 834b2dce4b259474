/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-net"

#include "lobby-http-client.h"
#include "lobby-async.h"
#include "lobby-download-file.h"
#include "lobby-http-response-private.h"
#include "lobby-net-deadline.h"

#include <string.h>

G_DEFINE_QUARK (lobby-net-error-quark, lobby_net_error)

#define DEFAULT_MAX_BYTES (4 * 1024 * 1024)
#define DEFAULT_TIMEOUT 30000 /* ms */
#define CHUNK_SIZE (64 * 1024)
/* Seconds that a connection is kept for the next request: peers and middle boxes close idle ones
 * silently, and a request that goes out on such a one has an unknown fate. */
#define IDLE_TIMEOUT 20
#define CONNECTIONS_A_HOST 8

struct _LobbyHttpClient
{
  GObject parent_instance;

  SoupSession *session;
};

G_DEFINE_FINAL_TYPE (LobbyHttpClient, lobby_http_client, G_TYPE_OBJECT)

/* One request under way; the fiber owns it. */
typedef struct
{
  SoupSession *session;
  LobbyHttpRequest *request;
  SoupMessage *message;
  LobbyNetDeadline deadline;
  gboolean started; /* bytes of the request may have reached the peer */
  GByteArray *body;
  LobbyDownloadFile *file; /* NULL: the body stays in memory */
  LobbyHttpProgress progress;
  gpointer progress_data;
  guint64 received;
  guint64 total;
} Exchange;

LobbyHttpRequest *
lobby_http_request_new (const char *method,
                        const char *url)
{
  LobbyHttpRequest *request = g_new0 (LobbyHttpRequest, 1);

  request->method = g_strdup (method);
  request->url = g_strdup (url);

  return request;
}

void
lobby_http_request_take_json (LobbyHttpRequest *request,
                              char *json)
{
  g_clear_pointer (&request->body, g_bytes_unref);
  g_clear_pointer (&request->content_type, g_free);

  if (json == NULL)
    return;

  request->body = g_bytes_new_take (json, strlen (json));
  request->content_type = g_strdup ("application/json");
}

void
lobby_http_request_take_stream (LobbyHttpRequest *request,
                                GInputStream *stream,
                                const char *content_type,
                                gint64 length)
{
  g_set_str (&request->content_type, content_type);
  request->stream = stream;
  request->stream_length = length;
}

void
lobby_http_request_add_header (LobbyHttpRequest *request,
                               const char *name,
                               const char *value)
{
  if (request->headers == NULL)
    request->headers = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (request->headers, g_strdup (name));
  g_ptr_array_add (request->headers, g_strdup (value));
}

void
lobby_http_request_free (LobbyHttpRequest *request)
{
  if (request == NULL)
    return;

  g_free (request->method);
  g_free (request->url);
  g_free (request->bearer);
  g_clear_pointer (&request->body, g_bytes_unref);
  g_clear_object (&request->stream);
  g_free (request->content_type);
  g_clear_pointer (&request->headers, g_ptr_array_unref);
  g_free (request);
}

static void
exchange_free (gpointer data)
{
  Exchange *x = data;

  if (x->message != NULL)
    g_signal_handlers_disconnect_by_data (x->message, x);
  lobby_net_deadline_clear (&x->deadline);
  g_clear_object (&x->message);
  g_clear_object (&x->session);
  g_clear_pointer (&x->request, lobby_http_request_free);
  g_clear_pointer (&x->body, g_byte_array_unref);
  g_clear_pointer (&x->file, lobby_download_file_unref);
  g_free (x);
}

static gboolean
is_header_safe (const char *name,
                const char *value)
{
  return *name != '\0' && strpbrk (name, ": \t\r\n") == NULL && strpbrk (value, "\r\n") == NULL;
}

static gboolean
set_headers (SoupMessage *message,
             const LobbyHttpRequest *request,
             GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autofree char *authorization = request->bearer != NULL ? g_strconcat ("Bearer ", request->bearer, NULL) : NULL;
  guint n_headers = request->headers != NULL ? request->headers->len : 0;

  for (guint i = 0; i + 1 < n_headers; i += 2)
    {
      const char *name = g_ptr_array_index (request->headers, i);
      const char *value = g_ptr_array_index (request->headers, i + 1);

      if (!is_header_safe (name, value))
        {
          g_set_error (error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_FAILED, "A header cannot be sent as it is");
          return FALSE;
        }
      soup_message_headers_append (headers, name, value);
    }

  if (authorization != NULL && !is_header_safe ("Authorization", authorization))
    {
      g_set_error (error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_FAILED, "The token cannot be sent as it is");
      return FALSE;
    }
  if (authorization != NULL)
    soup_message_headers_replace (headers, "Authorization", authorization);

  return TRUE;
}

static SoupMessage *
make_message (const LobbyHttpRequest *request,
              GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (request->url, SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (SoupMessage) message = NULL;

  if (uri == NULL || g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0'
      || (strcmp (g_uri_get_scheme (uri), "http") != 0 && strcmp (g_uri_get_scheme (uri), "https") != 0))
    {
      g_set_error_literal (error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_BAD_URL, "Not an HTTP address");
      return NULL;
    }

  message = soup_message_new_from_uri (request->method, uri);
  if (!set_headers (message, request, error))
    return NULL;
  /* A redirect could carry the token, a key among the headers, or a password in the body to another host. */
  if (request->bearer != NULL || request->headers != NULL || request->body != NULL || request->stream != NULL)
    soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  if (request->body != NULL)
    soup_message_set_request_body_from_bytes (message, request->content_type, request->body);
  else if (request->stream != NULL)
    soup_message_set_request_body (message, request->content_type, request->stream, request->stream_length);

  return g_steal_pointer (&message);
}

static void
on_sent (GObject *source,
         GAsyncResult *result,
         gpointer data)
{
  g_autoptr (DexPromise) promise = data;
  GError *error = NULL;
  GInputStream *stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);

  if (stream != NULL)
    dex_promise_resolve_object (promise, stream);
  else
    dex_promise_reject (promise, error);
}

static void
on_read (GObject *source,
         GAsyncResult *result,
         gpointer data)
{
  g_autoptr (DexPromise) promise = data;
  GError *error = NULL;
  GBytes *chunk = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  if (chunk != NULL)
    dex_promise_resolve_boxed (promise, G_TYPE_BYTES, chunk);
  else
    dex_promise_reject (promise, error);
}

static DexFuture *
send_message (Exchange *x)
{
  DexPromise *promise = dex_promise_new ();

  soup_session_send_async (x->session, x->message, G_PRIORITY_DEFAULT, x->deadline.cancellable,
                           on_sent, dex_ref (promise));
  return DEX_FUTURE (promise);
}

static DexFuture *
read_chunk (Exchange *x,
            GInputStream *stream)
{
  DexPromise *promise = dex_promise_new ();

  g_input_stream_read_bytes_async (stream, CHUNK_SIZE, G_PRIORITY_DEFAULT, x->deadline.cancellable,
                                   on_read, dex_ref (promise));
  return DEX_FUTURE (promise);
}

static gboolean
is_within_limit (const Exchange *x,
                 guint64 size,
                 GError **error)
{
  guint64 limit = x->request->max_bytes != 0 ? x->request->max_bytes : DEFAULT_MAX_BYTES;

  if (size <= limit)
    return TRUE;

  g_set_error (error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_TOO_LARGE, "The answer is larger than %" G_GUINT64_FORMAT " bytes", limit);
  return FALSE;
}

/* Takes @chunk. */
static gboolean
keep_chunk (Exchange *x,
            GBytes *chunk,
            GError **error)
{
  g_autoptr (GBytes) owned = chunk;

  if (x->file != NULL)
    return dex_await (lobby_download_file_write (x->file, g_steal_pointer (&owned)), error);

  g_byte_array_append (x->body, g_bytes_get_data (chunk, NULL), (guint)g_bytes_get_size (chunk));
  return TRUE;
}

static gboolean
read_body (Exchange *x,
           GInputStream *stream,
           GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (x->message);

  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH
      && soup_message_headers_get_one (headers, "Content-Encoding") == NULL)
    x->total = (guint64)soup_message_headers_get_content_length (headers);
  if (!is_within_limit (x, x->total, error))
    return FALSE;

  for (;;)
    {
      g_autoptr (GBytes) chunk = dex_await_boxed (read_chunk (x, stream), error);

      if (chunk == NULL)
        return FALSE;
      if (g_bytes_get_size (chunk) == 0)
        return TRUE;

      x->received += g_bytes_get_size (chunk);
      if (!is_within_limit (x, x->received, error) || !keep_chunk (x, g_steal_pointer (&chunk), error))
        return FALSE;
      if (x->progress != NULL)
        x->progress (x->received, x->total, x->progress_data);
    }
}

static gboolean
run_exchange (Exchange *x,
              GError **error)
{
  g_autoptr (GInputStream) stream = dex_await_object (send_message (x), error);

  if (stream == NULL)
    return FALSE;

  /* Only a good answer becomes the file; the words of a refusal stay in memory. */
  if (soup_message_get_status (x->message) != SOUP_STATUS_OK)
    {
      g_clear_pointer (&x->file, lobby_download_file_unref);
      x->progress = NULL;
    }

  return read_body (x, stream, error)
         && (x->file == NULL || dex_await (lobby_download_file_commit (x->file), error));
}

static DexFuture *
exchange_fiber (gpointer data)
{
  Exchange *x = data;
  GError *error = NULL;

  if (!run_exchange (x, &error))
    {
      /* What the disk says goes on as it is. */
      if (error->domain == G_FILE_ERROR)
        return dex_future_new_for_error (error);
      return dex_future_new_for_error (lobby_net_deadline_error (&x->deadline, error, x->started));
    }

  return dex_future_new_take_object (lobby_http_response_new (x->message, g_byte_array_free_to_bytes (g_steal_pointer (&x->body))));
}

static void
on_starting (SoupMessage *message,
             Exchange *x)
{
  x->started = TRUE;
}

/* Takes @request. */
static Exchange *
exchange_new (LobbyHttpClient *self,
              LobbyHttpRequest *request,
              GCancellable *cancellable,
              GError **error)
{
  g_autoptr (LobbyHttpRequest) owned = request;
  SoupMessage *message = make_message (request, error);
  Exchange *x;

  if (message == NULL)
    return NULL;

  x = g_new0 (Exchange, 1);
  x->session = g_object_ref (self->session);
  x->request = g_steal_pointer (&owned);
  x->message = message;
  x->body = g_byte_array_new ();
  lobby_net_deadline_init (&x->deadline, request->timeout_msec != 0 ? request->timeout_msec : DEFAULT_TIMEOUT, cancellable);
  g_signal_connect (message, "starting", G_CALLBACK (on_starting), x);

  return x;
}

DexFuture *
lobby_http_client_send (LobbyHttpClient *self,
                        LobbyHttpRequest *request,
                        GCancellable *cancellable)
{
  return lobby_http_client_download (self, request, NULL, NULL, NULL, cancellable);
}

DexFuture *
lobby_http_client_download (LobbyHttpClient *self,
                            LobbyHttpRequest *request,
                            const char *path,
                            LobbyHttpProgress progress,
                            gpointer data,
                            GCancellable *cancellable)
{
  GError *error = NULL;
  Exchange *x;

  g_return_val_if_fail (LOBBY_IS_HTTP_CLIENT (self), NULL);
  g_return_val_if_fail (request != NULL, NULL);

  x = exchange_new (self, request, cancellable, &error);
  if (x == NULL)
    return dex_future_new_for_error (error);

  if (path != NULL)
    x->file = lobby_download_file_new (path);
  x->progress = progress;
  x->progress_data = data;

  return lobby_async_spawn (exchange_fiber, x, exchange_free);
}

static void
lobby_http_client_finalize (GObject *object)
{
  LobbyHttpClient *self = LOBBY_HTTP_CLIENT (object);

  g_clear_object (&self->session);

  G_OBJECT_CLASS (lobby_http_client_parent_class)->finalize (object);
}

static void
lobby_http_client_class_init (LobbyHttpClientClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_http_client_finalize;
}

static void
lobby_http_client_init (LobbyHttpClient *self)
{
}

LobbyHttpClient *
lobby_http_client_new (const char *user_agent)
{
  return lobby_http_client_new_with_connections (user_agent, CONNECTIONS_A_HOST);
}

LobbyHttpClient *
lobby_http_client_new_with_connections (const char *user_agent,
                                        guint max_connections)
{
  LobbyHttpClient *self = g_object_new (LOBBY_TYPE_HTTP_CLIENT, NULL);

  /* No "timeout": the deadline of the exchange covers every wait. */
  self->session = soup_session_new_with_options ("user-agent", user_agent,
                                                 "timeout", 0u,
                                                 "idle-timeout", (guint)IDLE_TIMEOUT,
                                                 "max-conns-per-host", max_connections,
                                                 "max-conns", 4 * max_connections,
                                                 NULL);
  /* It would take the Authorization header into its own hands. */
  soup_session_remove_feature_by_type (self->session, SOUP_TYPE_AUTH_MANAGER);

  return self;
}
