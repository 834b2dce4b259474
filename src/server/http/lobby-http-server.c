/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-http"

#include "lobby-http-private.h"

#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/resource.h>

#include "lobby-http-listen.h"
#include "lobby-tls-front.h"

/*
 * MHD runs without a thread of its own: its epoll descriptor is in a GSource, whose prepare step asks MHD for its
 * next timeout. MHD_run is called from that source's dispatch only; an answer given elsewhere resumes its
 * connection, which makes MHD ask for a run in the next turn of the loop, so all answers of one commit leave together.
 */

#define DEFAULT_CONNECTIONS 16384
#define DEFAULT_PER_ADDRESS 4096
#define DEFAULT_HEADER_BYTES (32 * 1024)
#define DEFAULT_BODY_BYTES (256 * 1024 * 1024)
#define DEFAULT_IDLE_SEC 60
#define DEFAULT_REQUEST_MSEC 20000

typedef struct
{
  GSource parent;
  LobbyHttpServer *server;
  gpointer tag;
} HttpSource;

struct _LobbyHttpServer
{
  GObject parent_instance;

  struct MHD_Daemon *daemon;
  GSource *source;
  LobbyHttpRouter *router;
  LobbyHttpLimits limits;
  LobbyHttpProxies *proxies; /* or NULL */
  LobbyTlsFront *tls;        /* or NULL */
  guint port;
  gboolean stopping;
  LobbyHttpPeers *peers;
  GQueue exchanges;       /* of LobbyHttpExchange */
  gsize body_bytes;       /* reserved by all exchanges */
  GPtrArray *released;    /* of MHD_UpgradeResponseHandle to close after MHD_run */
  LobbyHttpSettle settle; /* or NULL */
  gpointer settle_data;
  guint n_deferred; /* requests of this turn that have no answer yet */
  gboolean is_running;
};

G_DEFINE_FINAL_TYPE (LobbyHttpServer, lobby_http_server, G_TYPE_OBJECT)

LobbyHttpProxies *
lobby_http_server_get_proxies (LobbyHttpServer *self)
{
  return self->proxies;
}

LobbyHttpRouter *
lobby_http_server_get_router (LobbyHttpServer *self)
{
  return self->router;
}

gboolean
lobby_http_server_is_stopping (LobbyHttpServer *self)
{
  return self->stopping;
}

void
lobby_http_server_link (LobbyHttpServer *self,
                        LobbyHttpExchange *exchange)
{
  g_queue_push_tail_link (&self->exchanges, &exchange->link);
}

void
lobby_http_server_unlink (LobbyHttpServer *self,
                          LobbyHttpExchange *exchange)
{
  g_queue_unlink (&self->exchanges, &exchange->link);
}

gboolean
lobby_http_server_reserve (LobbyHttpServer *self,
                           LobbyHttpExchange *exchange,
                           gsize bytes)
{
  if (bytes > 0 && bytes <= exchange->reserved)
    return TRUE;
  /* The limit may have been lowered below what is reserved already. */
  if (bytes > exchange->reserved && self->body_bytes + (bytes - exchange->reserved) > self->limits.max_body_bytes)
    return FALSE;
  self->body_bytes += bytes - exchange->reserved;
  exchange->reserved = bytes;
  return TRUE;
}

void
lobby_http_server_release (LobbyHttpServer *self,
                           struct MHD_UpgradeResponseHandle *handle)
{
  g_ptr_array_add (self->released, handle);
}

gboolean
lobby_http_server_defer (LobbyHttpServer *self,
                         LobbyHttpExchange *exchange)
{
  if (self->settle == NULL || exchange->deferred)
    return FALSE;
  exchange->deferred = TRUE;
  self->n_deferred++;
  return TRUE;
}

static void
server_run (LobbyHttpServer *self)
{
  MHD_run (self->daemon);
  for (guint i = 0; i < self->released->len; i++)
    MHD_upgrade_action (g_ptr_array_index (self->released, i), MHD_UPGRADE_ACTION_CLOSE);
  g_ptr_array_set_size (self->released, 0);
}

/* Most requests that could not be answered at once wait for the commit of what they wrote. Suspending and resuming them
 * would cost more than another run; what comes in that one is settled in the next turn. */
static void
server_settle (LobbyHttpServer *self)
{
  self->n_deferred = 0;
  self->settle (self->settle_data);
  /* MHD takes an answer in one run, sends it in the next, and makes the connection ready for another request in a third. */
  for (guint i = 0; i < 3 && MHD_get_timeout64s (self->daemon) == 0; i++)
    server_run (self);
}

static gboolean
http_source_prepare (GSource *source,
                     int *timeout)
{
  HttpSource *self = (HttpSource *)source;
  gint64 msec = MHD_get_timeout64s (self->server->daemon);

  *timeout = msec < 0 ? -1 : (int)MIN (msec, G_MAXINT);
  return msec == 0;
}

static gboolean
http_source_check (GSource *source)
{
  HttpSource *self = (HttpSource *)source;

  return g_source_query_unix_fd (source, self->tag) != 0 || MHD_get_timeout64s (self->server->daemon) == 0;
}

static gboolean
http_source_dispatch (GSource *source,
                      GSourceFunc callback,
                      gpointer data)
{
  HttpSource *self = (HttpSource *)source;
  g_autoptr (LobbyHttpServer) server = g_object_ref (self->server);

  /* A loop inside a handler does not serve. */
  if (server->is_running)
    return G_SOURCE_CONTINUE;
  server->is_running = TRUE;
  if (server->n_deferred == 0)
    server_run (server);
  if (server->n_deferred > 0)
    server_settle (server);
  server->is_running = FALSE;
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs http_source_funcs = {
  .prepare = http_source_prepare,
  .check = http_source_check,
  .dispatch = http_source_dispatch,
};

G_GNUC_PRINTF (2, 0)
static void
server_log (void *cls,
            const char *format,
            va_list arguments)
{
  g_autofree char *message = g_strdup_vprintf (format, arguments);

  g_debug ("%s", g_strchomp (message));
}

/* Each agent is a descriptor, too. */
static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max)
    {
      limit.rlim_cur = limit.rlim_max;
      setrlimit (RLIMIT_NOFILE, &limit);
    }
}

/* Takes @fd; with -1 it gets its connections by MHD_add_connection. */
static gboolean
server_start_daemon (LobbyHttpServer *self,
                     int fd,
                     GError **error)
{
  const LobbyHttpLimits *limits = &self->limits;
  const guint flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_ALLOW_UPGRADE | MHD_USE_ERROR_LOG
                      | (fd < 0 ? MHD_USE_NO_LISTEN_SOCKET : 0);

  self->daemon = MHD_start_daemon (flags, 0, NULL, NULL,
                                   lobby_http_exchange_receive, self,
                                   MHD_OPTION_EXTERNAL_LOGGER, server_log, NULL,
                                   MHD_OPTION_LISTEN_SOCKET, fd,
                                   MHD_OPTION_URI_LOG_CALLBACK, lobby_http_exchange_begin, self,
                                   MHD_OPTION_NOTIFY_COMPLETED, lobby_http_exchange_completed, self,
                                   MHD_OPTION_NOTIFY_CONNECTION, lobby_http_peers_changed, self->peers,
                                   MHD_OPTION_CONNECTION_LIMIT, limits->max_connections,
                                   MHD_OPTION_PER_IP_CONNECTION_LIMIT, limits->max_per_address,
                                   MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)limits->max_header_bytes,
                                   MHD_OPTION_CONNECTION_TIMEOUT, limits->idle_sec,
                                   MHD_OPTION_CLIENT_DISCIPLINE_LVL, 1,
                                   MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1,
                                   MHD_OPTION_END);
  if (self->daemon != NULL)
    return TRUE;
  if (fd >= 0)
    g_close (fd, NULL);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot start the HTTP server");
  return FALSE;
}

/* A TLS connection's plain side. */
static void
on_tls_accepted (int fd,
                 const struct sockaddr *address,
                 socklen_t length,
                 gpointer data)
{
  LobbyHttpServer *self = data;

  if (MHD_add_connection (self->daemon, fd, address, length) != MHD_YES)
    g_debug ("There are too many connections");
}

static gboolean
server_start_tls (LobbyHttpServer *self,
                  int listener,
                  const char *certificate,
                  const char *key,
                  GError **error)
{
  self->tls = lobby_tls_front_new (listener, certificate, key, self->limits.request_msec, on_tls_accepted, self, error);
  return self->tls != NULL && server_start_daemon (self, -1, error);
}

static void
server_attach (LobbyHttpServer *self)
{
  int epoll_fd = MHD_get_daemon_info (self->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;

  self->source = g_source_new (&http_source_funcs, sizeof (HttpSource));
  g_source_set_static_name (self->source, "lobby-http-server");
  /* Otherwise GLib takes its descriptor out of the poll while it is dispatched, which wakes the loop for another turn. */
  g_source_set_can_recurse (self->source, TRUE);
  ((HttpSource *)self->source)->server = self;
  ((HttpSource *)self->source)->tag = g_source_add_unix_fd (self->source, epoll_fd, G_IO_IN);
  g_source_attach (self->source, g_main_context_get_thread_default ());
}

static void
server_give_up (LobbyHttpServer *self)
{
  for (GList *link = self->exchanges.head; link != NULL; link = link->next)
    lobby_http_exchange_give_up (link->data);
}

static void
lobby_http_server_dispose (GObject *object)
{
  LobbyHttpServer *self = LOBBY_HTTP_SERVER (object);

  if (self->daemon != NULL)
    {
      lobby_http_server_stop (self);
      server_give_up (self);
      /* One run resumes and sends, the next frees upgraded sockets. */
      server_run (self);
      server_run (self);
      /* Both may have brought requests, and MHD aborts over a suspended one. */
      server_give_up (self);
      MHD_stop_daemon (g_steal_pointer (&self->daemon));
    }
  g_clear_pointer (&self->tls, lobby_tls_front_free);
  g_clear_pointer (&self->peers, lobby_http_peers_free);
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
  G_OBJECT_CLASS (lobby_http_server_parent_class)->dispose (object);
}

static void
lobby_http_server_finalize (GObject *object)
{
  LobbyHttpServer *self = LOBBY_HTTP_SERVER (object);

  g_assert (self->exchanges.length == 0);
  g_clear_pointer (&self->router, lobby_http_router_free);
  g_clear_pointer (&self->proxies, lobby_http_proxies_free);
  g_clear_pointer (&self->released, g_ptr_array_unref);
  G_OBJECT_CLASS (lobby_http_server_parent_class)->finalize (object);
}

static void
lobby_http_server_class_init (LobbyHttpServerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = lobby_http_server_dispose;
  object_class->finalize = lobby_http_server_finalize;
}

static void
lobby_http_server_init (LobbyHttpServer *self)
{
  self->router = lobby_http_router_new ();
  self->released = g_ptr_array_new ();
  g_queue_init (&self->exchanges);
}

LobbyHttpServer *
lobby_http_server_new (const char *address,
                       GError **error)
{
  return lobby_http_server_new_with_limits (address, &(LobbyHttpLimits){ 0 }, error);
}

LobbyHttpServer *
lobby_http_server_new_with_limits (const char *address,
                                   const LobbyHttpLimits *limits,
                                   GError **error)
{
  int listener = lobby_http_listen (address, error);

  return listener >= 0 ? lobby_http_server_new_on_socket (listener, limits, NULL, NULL, error) : NULL;
}

LobbyHttpServer *
lobby_http_server_new_on_socket (int listener,
                                 const LobbyHttpLimits *limits,
                                 const char *certificate,
                                 const char *key,
                                 GError **error)
{
  g_autoptr (LobbyHttpServer) self = g_object_new (LOBBY_TYPE_HTTP_SERVER, NULL);

  self->limits.max_connections = limits->max_connections ? limits->max_connections : DEFAULT_CONNECTIONS;
  self->limits.max_per_address = limits->max_per_address ? limits->max_per_address : DEFAULT_PER_ADDRESS;
  self->limits.max_header_bytes = limits->max_header_bytes ? limits->max_header_bytes : DEFAULT_HEADER_BYTES;
  self->limits.max_body_bytes = limits->max_body_bytes ? limits->max_body_bytes : DEFAULT_BODY_BYTES;
  self->limits.idle_sec = limits->idle_sec ? limits->idle_sec : DEFAULT_IDLE_SEC;
  self->limits.request_msec = limits->request_msec ? limits->request_msec : DEFAULT_REQUEST_MSEC;

  /* MHD uses sendfile, which cannot be told MSG_NOSIGNAL. */
  signal (SIGPIPE, SIG_IGN);
  raise_descriptor_limit ();
  self->port = lobby_http_listening_port (listener);
  self->peers = lobby_http_peers_new (&self->limits);
  if (certificate != NULL ? !server_start_tls (self, listener, certificate, key, error) : !server_start_daemon (self, listener, error))
    return NULL;
  server_attach (self);
  return g_steal_pointer (&self);
}

guint
lobby_http_server_get_port (LobbyHttpServer *self)
{
  return self->port;
}

void
lobby_http_server_route (LobbyHttpServer *self,
                         const char *method,
                         const char *pattern,
                         gsize max_body,
                         LobbyHttpHandler handler,
                         gpointer data)
{
  lobby_http_router_add (self->router, method, pattern, max_body, NULL, NULL, handler, data);
}

void
lobby_http_server_route_early (LobbyHttpServer *self,
                               const char *method,
                               const char *pattern,
                               gsize max_body,
                               LobbyHttpHandler begun,
                               LobbyHttpHandler handler,
                               gpointer data)
{
  lobby_http_router_add (self->router, method, pattern, max_body, begun, NULL, handler, data);
}

void
lobby_http_server_route_stream (LobbyHttpServer *self,
                                const char *method,
                                const char *pattern,
                                gsize max_body,
                                LobbyHttpHandler begun,
                                LobbyHttpPiece piece,
                                LobbyHttpHandler handler,
                                gpointer data)
{
  lobby_http_router_add (self->router, method, pattern, max_body, begun, piece, handler, data);
}

void
lobby_http_server_set_settle (LobbyHttpServer *self,
                              LobbyHttpSettle func,
                              gpointer data)
{
  self->settle = func;
  self->settle_data = data;
}

char **
lobby_http_server_list_routes (LobbyHttpServer *self)
{
  return lobby_http_router_list (self->router);
}

void
lobby_http_server_stop (LobbyHttpServer *self)
{
  MHD_socket listener;

  if (self->stopping || self->daemon == NULL)
    return;
  self->stopping = TRUE;
  if (self->tls != NULL)
    lobby_tls_front_stop (self->tls);
  listener = MHD_quiesce_daemon (self->daemon);
  if (listener != MHD_INVALID_SOCKET)
    g_close (listener, NULL);
}

void
lobby_http_server_set_request_limits (LobbyHttpServer *self,
                                      guint request_msec,
                                      gsize max_body_bytes)
{
  self->limits.request_msec = request_msec;
  self->limits.max_body_bytes = max_body_bytes;
}

gboolean
lobby_http_server_set_trusted_proxies (LobbyHttpServer *self,
                                       const char *networks,
                                       GError **error)
{
  LobbyHttpProxies *proxies = lobby_http_proxies_new (networks, error);

  if (proxies == NULL)
    return FALSE;
  g_clear_pointer (&self->proxies, lobby_http_proxies_free);
  self->proxies = proxies;
  return TRUE;
}

gboolean
lobby_http_server_load_certificate (LobbyHttpServer *self,
                                    const char *certificate,
                                    const char *key,
                                    GError **error)
{
  g_return_val_if_fail (self->tls != NULL, FALSE);

  return lobby_tls_front_load (self->tls, certificate, key, error);
}

gboolean
lobby_http_server_is_secure (LobbyHttpServer *self)
{
  return self->tls != NULL;
}

guint
lobby_http_server_count_connections (LobbyHttpServer *self)
{
  return lobby_http_peers_count (self->peers);
}

guint
lobby_http_server_count_exchanges (LobbyHttpServer *self)
{
  return self->exchanges.length;
}

guint
lobby_http_server_count_expected (LobbyHttpServer *self)
{
  return lobby_http_peers_count_fresh (self->peers) + (self->tls != NULL ? lobby_tls_front_count_handshakes (self->tls) : 0);
}
