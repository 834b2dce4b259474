/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-http"

#include "lobby-http-private.h"

#include <netdb.h>
#include <string.h>

/* The coming in of a request; its answer is made in lobby-http-answer.c. */

/* A body that is too long is read on this far, so that the peer gets to read the 413: closing in its face
 * would break its sending off. Beyond, or when it waits for our "100 Continue", the answer comes at once. */
#define MAX_DISCARDED (16 * 1024 * 1024)

static void
exchange_free (LobbyHttpExchange *exchange)
{
  g_assert (exchange->connection == NULL);
  g_clear_pointer (&exchange->response, MHD_destroy_response);
  g_clear_pointer (&exchange->received, g_byte_array_unref);
  g_clear_pointer (&exchange->body, g_bytes_unref);
  g_clear_pointer (&exchange->headers, g_ptr_array_unref);
  lobby_http_exchange_set_data (exchange, NULL, NULL);
  g_strfreev (exchange->parameters);
  g_free (exchange->method);
  g_free (exchange->path);
  g_free (exchange->address);
  g_free (exchange->client);
  g_free (exchange);
}

void
lobby_http_exchange_unref (LobbyHttpExchange *exchange)
{
  if (--exchange->references == 0)
    exchange_free (exchange);
}

void *
lobby_http_exchange_begin (void *cls,
                           const char *uri,
                           struct MHD_Connection *connection)
{
  LobbyHttpServer *server = cls;
  LobbyHttpExchange *exchange = g_new0 (LobbyHttpExchange, 1);
  const union MHD_ConnectionInfo *info;

  exchange->link.data = exchange;
  exchange->references = 1;
  exchange->server = server;
  exchange->connection = connection;
  exchange->malformed = strstr (uri, "%00") != NULL;
  info = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  exchange->peer = info != NULL ? info->socket_context : NULL;
  lobby_http_server_link (server, exchange);
  lobby_http_peer_enter_phase (exchange->peer, LOBBY_HTTP_HEAD, 0);
  return exchange;
}

/* Finds the route. FALSE when the exchange was answered instead. */
static gboolean
exchange_route (LobbyHttpExchange *exchange)
{
  g_autofree char *allow = NULL;

  if (exchange->malformed || !g_utf8_validate (exchange->path, -1, NULL))
    {
      lobby_http_exchange_answer_error (exchange, 400, "bad_request", "The path is malformed.");
      return FALSE;
    }

  exchange->route = lobby_http_router_find (lobby_http_server_get_router (exchange->server),
                                            exchange->method, exchange->path,
                                            &exchange->parameters, &allow);
  if (exchange->route != NULL)
    return TRUE;
  if (allow == NULL)
    {
      lobby_http_exchange_answer_error (exchange, 404, "not_found", "There is nothing here.");
      return FALSE;
    }

  lobby_http_exchange_add_header (exchange, "Allow", allow);
  if (strcmp (exchange->method, "OPTIONS") == 0)
    lobby_http_exchange_answer (exchange, 204, NULL, NULL);
  else
    lobby_http_exchange_answer_error (exchange, 405, "method_not_allowed", "This method is not possible here.");
  return FALSE;
}

/* Looks at the announced length. FALSE when the exchange was answered instead. */
static gboolean
exchange_expect_body (LobbyHttpExchange *exchange)
{
  const char *text = lobby_http_exchange_get_header (exchange, "Content-Length");
  guint64 length = 0;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT64, &length, NULL))
    length = G_MAXUINT64;
  if (exchange->route->piece != NULL && lobby_http_exchange_get_header (exchange, "Transfer-Encoding") != NULL)
    {
      lobby_http_exchange_answer_error (exchange, 411, "length_required", "The body needs a Content-Length.");
      return FALSE;
    }
  exchange->too_large = length > exchange->route->max_body;
  if (exchange->too_large && (length > MAX_DISCARDED || lobby_http_exchange_get_header (exchange, "Expect") != NULL))
    {
      lobby_http_exchange_tell_gone (exchange);
      lobby_http_exchange_answer_error (exchange, 413, "too_large", "The body is too large.");
      return FALSE;
    }
  if (exchange->route->piece == NULL && !exchange->too_large && !lobby_http_server_reserve (exchange->server, exchange, length))
    {
      lobby_http_exchange_tell_gone (exchange);
      lobby_http_exchange_add_header (exchange, "Retry-After", "1");
      lobby_http_exchange_answer_error (exchange, 503, "busy", "Too much is being received at once.");
      return FALSE;
    }
  exchange->received = g_byte_array_sized_new (exchange->too_large || exchange->route->piece != NULL ? 0 : length);
  lobby_http_peer_enter_phase (exchange->peer, LOBBY_HTTP_BODY, length);
  return TRUE;
}

/* FALSE when the exchange was answered. */
static gboolean
exchange_begin_route (LobbyHttpExchange *exchange)
{
  if (exchange->route->begun != NULL)
    exchange->route->begun (exchange, exchange->route->data);
  return exchange->state == LOBBY_HTTP_HANDLING;
}

/* The application has its say before the body comes. Who refuses a body of moderate size reads it first: a peer whose sending
 * is broken off may never see the answer. */
static void
exchange_start_stream (LobbyHttpExchange *exchange)
{
  const char *length = lobby_http_exchange_get_header (exchange, "Content-Length");

  if (!exchange_expect_body (exchange))
    return;
  if (exchange->too_large)
    {
      exchange->state = LOBBY_HTTP_RECEIVING;
      exchange->references--;
    }
  else if (exchange_begin_route (exchange))
    exchange->state = LOBBY_HTTP_STREAMING;
  else
    exchange->draining = length != NULL && g_ascii_strtoull (length, NULL, 10) <= MAX_DISCARDED
                         && lobby_http_exchange_get_header (exchange, "Expect") == NULL;
}

static void
exchange_start (LobbyHttpExchange *exchange,
                const char *method,
                const char *url)
{
  exchange->method = g_strdup (method);
  exchange->path = g_strdup (url);
  exchange->state = LOBBY_HTTP_HANDLING;
  exchange->references++;
  if (!exchange_route (exchange))
    return;
  if (exchange->route->piece != NULL)
    exchange_start_stream (exchange);
  else if (exchange_begin_route (exchange) && exchange_expect_body (exchange))
    {
      exchange->state = LOBBY_HTTP_RECEIVING;
      exchange->references--;
    }
}

static enum MHD_Result
exchange_discard (LobbyHttpExchange *exchange,
                  gsize size)
{
  exchange->discarded += size;
  return exchange->discarded > MAX_DISCARDED ? MHD_NO : MHD_YES;
}

static enum MHD_Result
exchange_take (LobbyHttpExchange *exchange,
               const char *data,
               gsize size)
{
  gsize total = exchange->received->len + size;

  if (exchange->too_large || total > exchange->route->max_body)
    {
      exchange->too_large = TRUE;
      return exchange_discard (exchange, size);
    }
  if (!lobby_http_server_reserve (exchange->server, exchange, total))
    return MHD_NO;
  g_byte_array_append (exchange->received, (const guint8 *)data, size);
  return MHD_YES;
}

/* The whole request is there: it is the handler's until it answers. */
static void
exchange_handle (LobbyHttpExchange *exchange)
{
  exchange->body = g_byte_array_free_to_bytes (g_steal_pointer (&exchange->received));
  exchange->state = LOBBY_HTTP_HANDLING;
  exchange->references++;
  lobby_http_peer_enter_phase (exchange->peer, LOBBY_HTTP_BUSY, 0);
  if (exchange->too_large)
    {
      lobby_http_exchange_tell_gone (exchange);
      lobby_http_exchange_answer_error (exchange, 413, "too_large", "The body is too large.");
    }
  else
    {
      exchange->route->handler (exchange, exchange->route->data);
    }
}

/* FALSE: the piece must wait. */
static gboolean
exchange_pass_on (LobbyHttpExchange *exchange,
                  const char *bytes,
                  gsize size)
{
  return exchange->route->piece (exchange, (const guint8 *)bytes, size, exchange->route->data);
}

void
lobby_http_exchange_break_off (LobbyHttpExchange *exchange)
{
  exchange_pass_on (exchange, NULL, 0);
}

static void
exchange_end_stream (LobbyHttpExchange *exchange)
{
  exchange->state = LOBBY_HTTP_HANDLING;
  lobby_http_peer_enter_phase (exchange->peer, LOBBY_HTTP_BUSY, 0);
  exchange->route->handler (exchange, exchange->route->data);
}

static enum MHD_Result
exchange_suspend (LobbyHttpExchange *exchange)
{
  exchange->suspended = TRUE;
  MHD_suspend_connection (exchange->connection);
  return MHD_YES;
}

static enum MHD_Result
exchange_queue (LobbyHttpExchange *exchange)
{
  enum MHD_Result result;

  exchange->state = LOBBY_HTTP_QUEUED;
  lobby_http_peer_enter_phase (exchange->peer, LOBBY_HTTP_BUSY, 0);
  result = MHD_queue_response (exchange->connection, exchange->status, exchange->response);
  g_clear_pointer (&exchange->response, MHD_destroy_response);
  return result;
}

static enum MHD_Result
exchange_receive_piece (LobbyHttpExchange *exchange,
                        const char *bytes,
                        size_t *left)
{
  gsize size = *left;

  if (exchange->state == LOBBY_HTTP_STREAMING)
    {
      gboolean taken = exchange_pass_on (exchange, bytes, size);

      if (!taken && exchange->state == LOBBY_HTTP_STREAMING)
        return exchange_suspend (exchange);
      *left = 0;
      return MHD_YES;
    }
  *left = 0;
  if (exchange->state == LOBBY_HTTP_RECEIVING)
    return exchange_take (exchange, bytes, size);
  if (exchange->state == LOBBY_HTTP_ANSWERED && exchange->draining)
    return exchange_discard (exchange, size);
  return MHD_YES;
}

/*
 * MHD calls this with the head, with each piece of the body, once at the end of the body, and
 * again after each resume. A request that is not answered at its end is asked once more, in the run that ends the turn, before it
 * is suspended: most are answered by then.
 */
enum MHD_Result
lobby_http_exchange_receive (void *cls,
                             struct MHD_Connection *connection,
                             const char *url,
                             const char *method,
                             const char *version,
                             const char *upload_data,
                             size_t *upload_data_size,
                             void **request)
{
  LobbyHttpExchange *exchange = *request;

  if (exchange->method == NULL)
    {
      exchange_start (exchange, method, url);
      return exchange->state == LOBBY_HTTP_ANSWERED && !exchange->draining ? exchange_queue (exchange) : MHD_YES;
    }

  if (*upload_data_size > 0)
    return exchange_receive_piece (exchange, upload_data, upload_data_size);
  if (exchange->state == LOBBY_HTTP_RECEIVING)
    exchange_handle (exchange);
  else if (exchange->state == LOBBY_HTTP_STREAMING)
    exchange_end_stream (exchange);
  if (exchange->state == LOBBY_HTTP_ANSWERED)
    return exchange_queue (exchange);
  if (lobby_http_server_defer (exchange->server, exchange))
    return MHD_YES;

  if (exchange->gone != NULL)
    lobby_http_peer_watch (exchange);
  return exchange_suspend (exchange);
}

void
lobby_http_exchange_completed (void *cls,
                               struct MHD_Connection *connection,
                               void **request,
                               enum MHD_RequestTerminationCode why)
{
  LobbyHttpExchange *exchange = *request;
  gboolean broke_off;

  if (exchange == NULL)
    return;
  *request = NULL;
  broke_off = exchange->state == LOBBY_HTTP_STREAMING;
  if (exchange->upgraded != NULL && exchange->state != LOBBY_HTTP_HANDLING)
    {
      g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);

      g_steal_pointer (&exchange->upgraded) (-1, nothing, exchange->upgraded_data);
    }
  lobby_http_peer_unwatch (exchange);
  lobby_http_exchange_tell_gone (exchange);
  lobby_http_server_reserve (exchange->server, exchange, 0);
  lobby_http_peer_enter_phase (exchange->peer, LOBBY_HTTP_IDLE, 0);
  lobby_http_server_unlink (exchange->server, exchange);
  exchange->server = NULL;
  exchange->connection = NULL;
  exchange->peer = NULL;
  exchange->suspended = FALSE;
  if (broke_off)
    lobby_http_exchange_break_off (exchange);
  lobby_http_exchange_unref (exchange);
}

void
lobby_http_exchange_continue (LobbyHttpExchange *exchange)
{
  if (exchange->state != LOBBY_HTTP_STREAMING || !exchange->suspended)
    return;
  exchange->suspended = FALSE;
  MHD_resume_connection (exchange->connection);
}

void
lobby_http_exchange_watch (LobbyHttpExchange *exchange,
                           LobbyHttpGone func,
                           gpointer data)
{
  exchange->gone = func;
  exchange->gone_data = data;
  if (exchange->suspended)
    lobby_http_peer_watch (exchange);
}

void
lobby_http_exchange_tell_gone (LobbyHttpExchange *exchange)
{
  LobbyHttpGone gone = g_steal_pointer (&exchange->gone);

  if (gone != NULL)
    gone (exchange->gone_data);
}

void
lobby_http_exchange_set_data (LobbyHttpExchange *exchange,
                              gpointer data,
                              GDestroyNotify free_data)
{
  if (exchange->data != NULL && exchange->free_data != NULL)
    exchange->free_data (exchange->data);
  exchange->data = data;
  exchange->free_data = free_data;
}

gpointer
lobby_http_exchange_get_data (LobbyHttpExchange *exchange)
{
  return exchange->data;
}

gpointer
lobby_http_exchange_steal_data (LobbyHttpExchange *exchange)
{
  return g_steal_pointer (&exchange->data);
}

const char *
lobby_http_exchange_get_method (LobbyHttpExchange *exchange)
{
  return exchange->method;
}

const char *
lobby_http_exchange_get_path (LobbyHttpExchange *exchange)
{
  return exchange->path;
}

static const char *
exchange_lookup (LobbyHttpExchange *exchange,
                 enum MHD_ValueKind kind,
                 const char *name)
{
  const char *value;

  if (exchange->connection == NULL)
    return NULL;
  value = MHD_lookup_connection_value (exchange->connection, kind, name);
  return value != NULL && g_utf8_validate (value, -1, NULL) ? value : NULL;
}

const char *
lobby_http_exchange_get_query (LobbyHttpExchange *exchange,
                               const char *name)
{
  return exchange_lookup (exchange, MHD_GET_ARGUMENT_KIND, name);
}

const char *
lobby_http_exchange_get_header (LobbyHttpExchange *exchange,
                                const char *name)
{
  return exchange_lookup (exchange, MHD_HEADER_KIND, name);
}

GBytes *
lobby_http_exchange_get_body (LobbyHttpExchange *exchange)
{
  return exchange->body;
}

const char *
lobby_http_exchange_get_address (LobbyHttpExchange *exchange)
{
  const union MHD_ConnectionInfo *info = NULL;
  char host[NI_MAXHOST];

  if (exchange->address != NULL)
    return exchange->address;
  if (exchange->connection != NULL)
    info = MHD_get_connection_info (exchange->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  if (info != NULL && info->client_addr != NULL
      && getnameinfo (info->client_addr,
                      info->client_addr->sa_family == AF_INET6 ? sizeof (struct sockaddr_in6) : sizeof (struct sockaddr_in),
                      host, sizeof host, NULL, 0, NI_NUMERICHOST)
             == 0)
    exchange->address = g_strdup (host);
  else
    exchange->address = g_strdup ("unknown");
  return exchange->address;
}

const char *
lobby_http_exchange_get_client (LobbyHttpExchange *exchange)
{
  const char *address = lobby_http_exchange_get_address (exchange);
  const LobbyHttpProxies *proxies = exchange->server != NULL ? lobby_http_server_get_proxies (exchange->server) : NULL;

  if (exchange->client == NULL && proxies != NULL)
    exchange->client = lobby_http_proxies_find_client (proxies, address, lobby_http_exchange_get_header (exchange, "X-Forwarded-For"));
  return exchange->client != NULL ? exchange->client : address;
}

const char *
lobby_http_exchange_get_parameter (LobbyHttpExchange *exchange,
                                   const char *name)
{
  for (guint i = 0; exchange->parameters != NULL && exchange->parameters[i] != NULL; i += 2)
    {
      if (strcmp (exchange->parameters[i], name) == 0)
        return exchange->parameters[i + 1];
    }
  return NULL;
}
