/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-http"

#include "lobby-tls-private.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#define MAX_EVENTS 128
#define MAX_ACCEPTS 32
/* Handshakes under way, in all and of one address (an office behind one comes back all at once). When there are more
 * the oldest ends: who is silent waits longest. */
#define MAX_HANDSHAKES 1024
#define MAX_HANDSHAKES_OF_ADDRESS 256
#define SWEEP_MSEC 500

static LobbyTlsCredentials *
credentials_ref (LobbyTlsCredentials *credentials)
{
  g_atomic_ref_count_inc (&credentials->references);
  return credentials;
}

void
lobby_tls_credentials_unref (LobbyTlsCredentials *credentials)
{
  if (!g_atomic_ref_count_dec (&credentials->references))
    return;
  gnutls_certificate_free_credentials (credentials->handle);
  g_free (credentials);
}

/* Handshakes */

static gboolean
watch (LobbyTlsFront *front,
       int fd,
       LobbyTlsConnection *connection)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = connection };

  if (epoll_ctl (front->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
    return TRUE;
  g_warning ("Cannot watch a connection: %s", g_strerror (errno));
  return FALSE;
}

static void
open_connection (LobbyTlsConnection *self)
{
  LobbyTlsFront *front = self->front;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
    {
      g_warning ("Cannot serve a TLS connection: %s", g_strerror (errno));
      lobby_tls_connection_kill (self);
      return;
    }
  self->inner = pair[0];
  g_queue_unlink (&front->handshakes, &self->link);
  g_queue_push_tail_link (&front->open, &self->link);
  self->state = LOBBY_TLS_OPEN;
  self->deadline = 0;
  if (!watch (front, self->inner, self))
    {
      close (pair[1]);
      lobby_tls_connection_kill (self);
      return;
    }
  front->accepted (pair[1], (const struct sockaddr *)&self->address, self->address_length, front->data);
  lobby_tls_connection_pump (self);
}

static void
shake_hands (LobbyTlsConnection *self)
{
  int result;

  do
    result = gnutls_handshake (self->session);
  while (result == GNUTLS_E_INTERRUPTED || (result < 0 && result != GNUTLS_E_AGAIN && !gnutls_error_is_fatal (result)));
  if (result == GNUTLS_E_SUCCESS)
    open_connection (self);
  else if (result != GNUTLS_E_AGAIN)
    {
      g_debug ("A TLS handshake failed: %s", gnutls_strerror (result));
      gnutls_alert_send_appropriate (self->session, result);
      lobby_tls_connection_kill (self);
    }
}

static gboolean
same_host (const struct sockaddr_storage *one,
           const struct sockaddr_storage *other)
{
  if (one->ss_family != other->ss_family)
    return FALSE;
  if (one->ss_family == AF_INET6)
    return IN6_ARE_ADDR_EQUAL (&((const struct sockaddr_in6 *)one)->sin6_addr, &((const struct sockaddr_in6 *)other)->sin6_addr);
  return ((const struct sockaddr_in *)one)->sin_addr.s_addr == ((const struct sockaddr_in *)other)->sin_addr.s_addr;
}

static void
make_room (LobbyTlsFront *self,
           const struct sockaddr_storage *address)
{
  LobbyTlsConnection *oldest = NULL;
  guint n = 0;

  for (GList *link = self->handshakes.tail; link != NULL; link = link->prev)
    {
      LobbyTlsConnection *connection = link->data;

      if (!same_host (&connection->address, address))
        continue;
      oldest = connection;
      n++;
    }
  if (n >= MAX_HANDSHAKES_OF_ADDRESS)
    lobby_tls_connection_kill (oldest);
  else if (self->handshakes.length >= MAX_HANDSHAKES)
    lobby_tls_connection_kill (self->handshakes.head->data);
}

static gnutls_session_t
make_session (LobbyTlsFront *self,
              int fd)
{
  const gnutls_datum_t protocol = { (unsigned char *)"http/1.1", 8 };
  gnutls_session_t session;

  if (gnutls_init (&session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL) != GNUTLS_E_SUCCESS)
    return NULL;
  gnutls_priority_set (session, self->priority);
  gnutls_credentials_set (session, GNUTLS_CRD_CERTIFICATE, self->credentials->handle);
  gnutls_certificate_server_set_request (session, GNUTLS_CERT_IGNORE);
  gnutls_alpn_set_protocols (session, &protocol, 1, 0);
  gnutls_session_ticket_enable_server (session, &self->ticket_key);
  gnutls_handshake_set_timeout (session, GNUTLS_INDEFINITE_TIMEOUT); /* ours is the sweep */
  gnutls_transport_set_int (session, fd);
  return session;
}

static void
take_connection (LobbyTlsFront *self,
                 int fd,
                 const struct sockaddr_storage *address,
                 socklen_t length)
{
  gnutls_session_t session = make_session (self, fd);
  LobbyTlsConnection *connection;

  make_room (self, address);
  if (session == NULL)
    {
      close (fd);
      return;
    }
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
  connection = g_new0 (LobbyTlsConnection, 1);
  connection->front = self;
  connection->link.data = connection;
  connection->session = session;
  connection->credentials = credentials_ref (self->credentials);
  connection->outer = fd;
  connection->inner = -1;
  connection->address = *address;
  connection->address_length = length;
  connection->deadline = g_get_monotonic_time () + (gint64)self->handshake_msec * 1000;
  g_queue_push_tail_link (&self->handshakes, &connection->link);
  if (!watch (self, fd, connection))
    lobby_tls_connection_kill (connection);
}

static void
watch_listener (LobbyTlsFront *self,
                gboolean watched)
{
  struct epoll_event event = { .events = watched ? EPOLLIN : 0, .data.ptr = NULL };

  self->resting = !watched;
  if (self->listener >= 0 && epoll_ctl (self->epoll, EPOLL_CTL_MOD, self->listener, &event) < 0)
    g_warning ("Cannot watch the listening socket: %s", g_strerror (errno));
}

static void
accept_some (LobbyTlsFront *self)
{
  for (guint i = 0; i < MAX_ACCEPTS && self->listener >= 0; i++)
    {
      struct sockaddr_storage address;
      socklen_t length = sizeof address;
      int fd = accept4 (self->listener, (struct sockaddr *)&address, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);

      if (fd >= 0)
        take_connection (self, fd, &address, length);
      else if (errno != ECONNABORTED && errno != EINTR)
        {
          /* No descriptors, no memory: the connection waits, and we must not ask for it without pause. */
          if (errno != EAGAIN)
            watch_listener (self, FALSE);
          return;
        }
    }
}

/* The source */

static void
go_on (LobbyTlsFront *self)
{
  g_autoptr (GPtrArray) again = g_steal_pointer (&self->again);

  self->again = g_ptr_array_new ();
  for (guint i = 0; i < again->len; i++)
    ((LobbyTlsConnection *)g_ptr_array_index (again, i))->waiting = FALSE;
  for (guint i = 0; i < again->len; i++)
    lobby_tls_connection_pump (g_ptr_array_index (again, i));
}

static gboolean
on_events (int fd,
           GIOCondition condition,
           gpointer data)
{
  LobbyTlsFront *self = data;
  struct epoll_event events[MAX_EVENTS];
  int n;

  g_source_set_ready_time (self->source, -1);
  n = epoll_wait (self->epoll, events, MAX_EVENTS, 0);
  for (int i = 0; i < n; i++)
    {
      LobbyTlsConnection *connection = events[i].data.ptr;

      if (connection == NULL)
        accept_some (self);
      else if (connection->state == LOBBY_TLS_HANDSHAKE)
        shake_hands (connection);
      else
        lobby_tls_connection_pump (connection);
    }
  go_on (self);
  g_ptr_array_set_size (self->dead, 0);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_sweep (gpointer data)
{
  LobbyTlsFront *self = data;
  gint64 now = g_get_monotonic_time ();
  GList *next;

  if (self->resting)
    watch_listener (self, TRUE);
  while (self->handshakes.head != NULL && ((LobbyTlsConnection *)self->handshakes.head->data)->deadline <= now)
    lobby_tls_connection_kill (self->handshakes.head->data);
  for (GList *link = self->open.head; link != NULL; link = next)
    {
      LobbyTlsConnection *connection = link->data;

      next = link->next;
      if (connection->deadline != 0 && connection->deadline <= now)
        lobby_tls_connection_kill (connection);
    }
  return G_SOURCE_CONTINUE;
}

static void
attach (LobbyTlsFront *self)
{
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };

  self->epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll < 0 || epoll_ctl (self->epoll, EPOLL_CTL_ADD, self->listener, &event) < 0)
    g_error ("epoll: %s", g_strerror (errno));
  self->source = g_unix_fd_source_new (self->epoll, G_IO_IN);
  g_source_set_static_name (self->source, "lobby-tls");
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_events), self, NULL);
  g_source_attach (self->source, g_main_context_get_thread_default ());
  self->sweep = g_timeout_source_new (SWEEP_MSEC);
  g_source_set_static_name (self->sweep, "lobby-tls-sweep");
  g_source_set_callback (self->sweep, on_sweep, self, NULL);
  g_source_attach (self->sweep, g_main_context_get_thread_default ());
}

gboolean
lobby_tls_front_load (LobbyTlsFront *self,
                      const char *certificate,
                      const char *key,
                      GError **error)
{
  LobbyTlsCredentials *credentials = g_new0 (LobbyTlsCredentials, 1);
  int result = gnutls_certificate_allocate_credentials (&credentials->handle);

  g_atomic_ref_count_init (&credentials->references);
  if (result == GNUTLS_E_SUCCESS)
    result = gnutls_certificate_set_x509_key_file (credentials->handle, certificate, key, GNUTLS_X509_FMT_PEM);
  if (result < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot use the certificate %s with the key %s: %s", certificate, key, gnutls_strerror (result));
      lobby_tls_credentials_unref (credentials);
      return FALSE;
    }
  g_clear_pointer (&self->credentials, lobby_tls_credentials_unref);
  self->credentials = credentials;
  return TRUE;
}

LobbyTlsFront *
lobby_tls_front_new (int listener,
                     const char *certificate,
                     const char *key,
                     guint handshake_msec,
                     LobbyTlsAccepted accepted,
                     gpointer data,
                     GError **error)
{
  LobbyTlsFront *self = g_new0 (LobbyTlsFront, 1);

  self->listener = listener;
  self->handshake_msec = handshake_msec;
  self->accepted = accepted;
  self->data = data;
  self->again = g_ptr_array_new ();
  self->dead = g_ptr_array_new_with_free_func (lobby_tls_connection_free);
  self->epoll = -1;
  if (gnutls_priority_init (&self->priority, "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2", NULL) != GNUTLS_E_SUCCESS
      || gnutls_session_ticket_key_generate (&self->ticket_key) != GNUTLS_E_SUCCESS)
    g_error ("GnuTLS does not work");
  if (!lobby_tls_front_load (self, certificate, key, error))
    {
      lobby_tls_front_free (self);
      return NULL;
    }
  attach (self);
  return self;
}

void
lobby_tls_front_stop (LobbyTlsFront *self)
{
  if (self->listener >= 0)
    close (self->listener);
  self->listener = -1;
}

guint
lobby_tls_front_count_handshakes (LobbyTlsFront *self)
{
  return self->handshakes.length;
}

static void
clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

void
lobby_tls_front_free (LobbyTlsFront *self)
{
  lobby_tls_front_stop (self);
  while (self->handshakes.head != NULL)
    lobby_tls_connection_kill (self->handshakes.head->data);
  while (self->open.head != NULL)
    lobby_tls_connection_kill (self->open.head->data);
  g_ptr_array_unref (self->dead);
  g_ptr_array_unref (self->again);
  clear_source (&self->source);
  clear_source (&self->sweep);
  if (self->epoll >= 0)
    close (self->epoll);
  g_clear_pointer (&self->credentials, lobby_tls_credentials_unref);
  gnutls_priority_deinit (self->priority);
  gnutls_free (self->ticket_key.data);
  g_free (self);
}
