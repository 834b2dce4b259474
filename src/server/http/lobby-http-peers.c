/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-http"

#include "lobby-http-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SLOWEST_BYTES_PER_MSEC 32

struct _LobbyHttpPeers
{
  const LobbyHttpLimits *limits;
  GQueue all;    /* of LobbyHttpPeer */
  guint n_fresh; /* of them */
  int watch;     /* epoll */
  GSource *watch_source;
  GSource *sweep;
};

struct _LobbyHttpPeer
{
  GList link; /* in peers->all */
  LobbyHttpPeers *peers;
  int fd;
  LobbyHttpPhase phase;
  gboolean fresh;  /* nothing was asked on it yet */
  gint64 deadline; /* monotonic µs; 0 none */
};

void
lobby_http_peer_enter_phase (LobbyHttpPeer *peer,
                             LobbyHttpPhase phase,
                             guint64 body_bytes)
{
  const LobbyHttpLimits *limits = peer != NULL ? peer->peers->limits : NULL;
  gint64 now = g_get_monotonic_time ();
  gint64 request;

  if (peer == NULL)
    return;
  request = (gint64)limits->request_msec * 1000;
  peer->phase = phase;
  if (peer->fresh && phase != LOBBY_HTTP_IDLE)
    {
      peer->fresh = FALSE;
      peer->peers->n_fresh--;
    }
  switch (phase)
    {
    case LOBBY_HTTP_IDLE:
      peer->deadline = now + (gint64)limits->idle_sec * G_USEC_PER_SEC + request;
      break;
    case LOBBY_HTTP_HEAD:
      peer->deadline = now + request;
      break;
    case LOBBY_HTTP_BODY:
      peer->deadline = now + request + (gint64)(body_bytes / SLOWEST_BYTES_PER_MSEC) * 1000;
      break;
    case LOBBY_HTTP_BUSY:
      peer->deadline = 0;
      break;
    }
}

void
lobby_http_peer_watch (LobbyHttpExchange *exchange)
{
  struct epoll_event event = { .events = EPOLLRDHUP, .data.ptr = exchange };

  if (exchange->peer == NULL || exchange->watched)
    return;
  if (epoll_ctl (exchange->peer->peers->watch, EPOLL_CTL_ADD, exchange->peer->fd, &event) == 0)
    exchange->watched = TRUE;
  else
    g_warning ("Cannot watch a peer: %s", g_strerror (errno));
}

void
lobby_http_peer_unwatch (LobbyHttpExchange *exchange)
{
  if (!exchange->watched)
    return;
  exchange->watched = FALSE;
  epoll_ctl (exchange->peer->peers->watch, EPOLL_CTL_DEL, exchange->peer->fd, NULL);
}

/* One at a time: telling of one may answer another. */
static gboolean
on_peers_gone (int fd,
               GIOCondition condition,
               gpointer data)
{
  struct epoll_event event;

  while (epoll_wait (fd, &event, 1, 0) == 1)
    {
      LobbyHttpExchange *exchange = event.data.ptr;

      lobby_http_peer_unwatch (exchange);
      lobby_http_exchange_tell_gone (exchange);
    }
  return G_SOURCE_CONTINUE;
}

/* MHD can answer only between requests, so the 408 goes straight into the socket. MHD then sees the end of the connection and frees it. */
static void
peer_time_out (LobbyHttpPeer *peer)
{
  static const char answer[] = "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

  peer->deadline = 0;
  if (peer->phase != LOBBY_HTTP_IDLE && send (peer->fd, answer, sizeof answer - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
    g_debug ("A late peer is gone already");
  shutdown (peer->fd, SHUT_RDWR);
}

static gboolean
on_sweep (gpointer data)
{
  LobbyHttpPeers *self = data;
  gint64 now = g_get_monotonic_time ();

  for (GList *link = self->all.head; link != NULL; link = link->next)
    {
      LobbyHttpPeer *peer = link->data;

      if (peer->deadline != 0 && peer->deadline <= now)
        peer_time_out (peer);
    }
  return G_SOURCE_CONTINUE;
}

static void
add_peer (LobbyHttpPeers *self,
          struct MHD_Connection *connection,
          void **socket_context)
{
  LobbyHttpPeer *peer = g_new0 (LobbyHttpPeer, 1);

  peer->link.data = peer;
  peer->peers = self;
  peer->fresh = TRUE;
  self->n_fresh++;
  peer->fd = MHD_get_connection_info (connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  g_queue_push_tail_link (&self->all, &peer->link);
  lobby_http_peer_enter_phase (peer, LOBBY_HTTP_IDLE, 0);
  *socket_context = peer;
}

void
lobby_http_peers_changed (void *cls,
                          struct MHD_Connection *connection,
                          void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
  LobbyHttpPeers *self = cls;
  LobbyHttpPeer *peer = *socket_context;

  if (code == MHD_CONNECTION_NOTIFY_STARTED)
    add_peer (self, connection, socket_context);
  else if (peer != NULL)
    {
      if (peer->fresh)
        self->n_fresh--;
      g_queue_unlink (&self->all, &peer->link);
      g_free (peer);
      *socket_context = NULL;
    }
}

LobbyHttpPeers *
lobby_http_peers_new (const LobbyHttpLimits *limits)
{
  LobbyHttpPeers *self = g_new0 (LobbyHttpPeers, 1);
  GMainContext *context = g_main_context_get_thread_default ();

  self->limits = limits;
  self->watch = epoll_create1 (EPOLL_CLOEXEC);
  if (self->watch < 0)
    g_error ("epoll_create1: %s", g_strerror (errno));

  /* Before the requests: a poll that comes in the place of a broken one must find it gone. */
  self->watch_source = g_unix_fd_source_new (self->watch, G_IO_IN);
  g_source_set_static_name (self->watch_source, "lobby-http-watch");
  g_source_set_priority (self->watch_source, G_PRIORITY_DEFAULT - 1);
  g_source_set_callback (self->watch_source, G_SOURCE_FUNC (on_peers_gone), NULL, NULL);
  g_source_attach (self->watch_source, context);

  self->sweep = g_timeout_source_new (MIN (1000, MAX (limits->request_msec / 4, 10)));
  g_source_set_static_name (self->sweep, "lobby-http-sweep");
  g_source_set_callback (self->sweep, on_sweep, self, NULL);
  g_source_attach (self->sweep, context);
  return self;
}

void
lobby_http_peers_free (LobbyHttpPeers *self)
{
  g_assert (self->all.length == 0);

  g_source_destroy (self->watch_source);
  g_source_unref (self->watch_source);
  g_source_destroy (self->sweep);
  g_source_unref (self->sweep);
  close (self->watch);
  g_free (self);
}

guint
lobby_http_peers_count (const LobbyHttpPeers *self)
{
  return self->all.length;
}

guint
lobby_http_peers_count_fresh (const LobbyHttpPeers *self)
{
  return self->n_fresh;
}
