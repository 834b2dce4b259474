/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-http"

#include "lobby-tls-front.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

/*
 * A connection has two descriptors in one epoll set, edge-triggered: the peer's (outer, TLS) and our end of the pair
 * (inner, plain). Whatever happens on either, both directions are moved on until nothing moves any more. A direction
 * keeps at most one piece that the other side did not take, so a slow side stops the reading of the other: the
 * kernel's buffers, and behind them whoever writes, carry the backlog.
 */

#define PIECE 16384
/* Pieces in a row; a busy connection must not keep the others waiting. */
#define MAX_ROUNDS 8
#define MAX_EVENTS 128
#define MAX_ACCEPTS 32
/* Handshakes under way, in all and of one address (an office behind one comes back all at once). When there are more
 * the oldest ends: who is silent waits longest. */
#define MAX_HANDSHAKES 1024
#define MAX_HANDSHAKES_OF_ADDRESS 256
/* For the last bytes to be taken, once the plain side is closed. */
#define FAREWELL_MSEC 5000
#define SWEEP_MSEC 500

typedef struct
{
  gatomicrefcount references;
  gnutls_certificate_credentials_t handle;
} Credentials;

typedef enum
{
  TLS_HANDSHAKE,
  TLS_OPEN,
  TLS_DEAD,
} TlsState;

typedef struct
{
  guint8 *rest; /* what was read and not yet written; NULL: nothing */
  gsize length;
  gsize offset;
  gboolean ended; /* no more will be read */
  gboolean told;  /* and the other side knows */
} Direction;

typedef struct
{
  LobbyTlsFront *front;
  GList link;
  TlsState state;
  gnutls_session_t session;
  Credentials *credentials;
  int outer;
  int inner;        /* -1 during the handshake */
  Direction in;     /* outer → inner */
  Direction out;    /* inner → outer */
  gint64 deadline;  /* monotonic µs; 0 none */
  gboolean waiting; /* in front->again */
  struct sockaddr_storage address;
  socklen_t address_length;
} TlsConnection;

struct _LobbyTlsFront
{
  int listener;
  int epoll;
  GSource *source;
  GSource *sweep;
  Credentials *credentials;
  gnutls_priority_t priority;
  gnutls_datum_t ticket_key;
  guint handshake_msec;
  LobbyTlsAccepted accepted;
  gpointer data;
  GQueue handshakes; /* of TlsConnection, oldest first */
  GQueue open;
  gboolean resting; /* accepts nothing for a moment */
  GPtrArray *again; /* has more to move than one turn allows */
  GPtrArray *dead;  /* freed after the batch */
};

static Credentials *
credentials_ref (Credentials *credentials)
{
  g_atomic_ref_count_inc (&credentials->references);
  return credentials;
}

static void
credentials_unref (Credentials *credentials)
{
  if (!g_atomic_ref_count_dec (&credentials->references))
    return;
  gnutls_certificate_free_credentials (credentials->handle);
  g_free (credentials);
}

static void
free_connection (gpointer data)
{
  TlsConnection *self = data;

  gnutls_deinit (self->session);
  credentials_unref (self->credentials);
  g_free (self->in.rest);
  g_free (self->out.rest);
  g_free (self);
}

static void
kill_connection (TlsConnection *self)
{
  LobbyTlsFront *front = self->front;

  if (self->state == TLS_DEAD)
    return;
  g_queue_unlink (self->state == TLS_HANDSHAKE ? &front->handshakes : &front->open, &self->link);
  self->state = TLS_DEAD;
  close (self->outer);
  if (self->inner >= 0)
    close (self->inner);
  if (self->waiting)
    g_ptr_array_remove_fast (front->again, self);
  g_ptr_array_add (front->dead, self);
  g_source_set_ready_time (front->source, 0);
}

/* Moving. Each of these four: bytes moved, 0 at the end, or -1 with errno EAGAIN or something worse. */

static ssize_t
read_outer (TlsConnection *self,
            guint8 *buffer)
{
  ssize_t n;

  do
    n = gnutls_record_recv (self->session, buffer, PIECE);
  while (n == GNUTLS_E_INTERRUPTED || (n < 0 && n != GNUTLS_E_AGAIN && n != GNUTLS_E_REHANDSHAKE && !gnutls_error_is_fatal ((int)n)));
  if (n >= 0)
    return n;
  errno = n == GNUTLS_E_AGAIN ? EAGAIN : EPROTO;
  return n == GNUTLS_E_PREMATURE_TERMINATION ? 0 : -1;
}

static ssize_t
write_outer (TlsConnection *self,
             const guint8 *bytes,
             gsize length)
{
  ssize_t n;

  do
    n = gnutls_record_send (self->session, bytes, length);
  while (n == GNUTLS_E_INTERRUPTED);
  if (n >= 0)
    return n;
  errno = n == GNUTLS_E_AGAIN ? EAGAIN : EPIPE;
  return -1;
}

static ssize_t
read_inner (TlsConnection *self,
            guint8 *buffer)
{
  return recv (self->inner, buffer, PIECE, MSG_DONTWAIT);
}

static ssize_t
write_inner (TlsConnection *self,
             const guint8 *bytes,
             gsize length)
{
  return send (self->inner, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Kills the connection when its end cannot be written to any more. */
static gsize
write_on (TlsConnection *self,
          Direction *direction,
          const guint8 *bytes,
          gsize length)
{
  ssize_t n = direction == &self->in ? write_inner (self, bytes, length) : write_outer (self, bytes, length);

  if (n < 0 && errno != EAGAIN && errno != EINTR)
    kill_connection (self);
  return n > 0 ? (gsize)n : 0;
}

/* TRUE when something moved. FALSE otherwise, also when the connection was killed. */
static gboolean
move_rest (TlsConnection *self,
           Direction *direction)
{
  gsize n;

  if (direction->rest == NULL)
    return FALSE;
  n = write_on (self, direction, direction->rest + direction->offset, direction->length - direction->offset);
  if (n == 0)
    return FALSE;
  direction->offset += n;
  if (direction->offset == direction->length)
    g_clear_pointer (&direction->rest, g_free);
  return TRUE;
}

static gboolean
move_more (TlsConnection *self,
           Direction *direction)
{
  guint8 buffer[PIECE];
  gsize written;
  ssize_t n;

  if (direction->rest != NULL || direction->ended)
    return FALSE;
  n = direction == &self->in ? read_outer (self, buffer) : read_inner (self, buffer);
  if (n < 0 && errno != EAGAIN && errno != EINTR)
    {
      kill_connection (self);
      return FALSE;
    }
  if (n < 0)
    return FALSE;
  if (n == 0)
    {
      direction->ended = TRUE;
      return TRUE;
    }
  written = write_on (self, direction, buffer, (gsize)n);
  if (self->state != TLS_OPEN || written == (gsize)n)
    return TRUE;
  direction->rest = g_memdup2 (buffer + written, (gsize)n - written);
  direction->length = (gsize)n - written;
  direction->offset = 0;
  return TRUE;
}

/* The end of a direction goes on to the other side, behind the last byte. */
static void
tell_ends (TlsConnection *self)
{
  if (self->in.ended && self->in.rest == NULL && !self->in.told)
    {
      self->in.told = TRUE;
      shutdown (self->inner, SHUT_WR);
    }
  if (self->out.ended && self->deadline == 0)
    self->deadline = g_get_monotonic_time () + FAREWELL_MSEC * 1000;
  if (self->out.ended && self->out.rest == NULL && !self->out.told)
    {
      if (gnutls_bye (self->session, GNUTLS_SHUT_WR) == GNUTLS_E_AGAIN)
        return;
      self->out.told = TRUE;
      shutdown (self->outer, SHUT_WR);
    }
  if (self->in.told && self->out.told)
    kill_connection (self);
}

static void
pump (TlsConnection *self)
{
  gboolean moved = TRUE;

  for (guint i = 0; i < MAX_ROUNDS && moved && self->state == TLS_OPEN; i++)
    {
      moved = move_rest (self, &self->in);
      if (self->state == TLS_OPEN)
        moved |= move_rest (self, &self->out);
      if (self->state == TLS_OPEN)
        moved |= move_more (self, &self->in);
      if (self->state == TLS_OPEN)
        moved |= move_more (self, &self->out);
      if (self->state == TLS_OPEN)
        tell_ends (self);
    }
  if (!moved || self->state != TLS_OPEN || self->waiting)
    return;
  self->waiting = TRUE;
  g_ptr_array_add (self->front->again, self);
  g_source_set_ready_time (self->front->source, 0);
}

/* Handshakes */

static gboolean
watch (LobbyTlsFront *front,
       int fd,
       TlsConnection *connection)
{
  struct epoll_event event = { .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = connection };

  if (epoll_ctl (front->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
    return TRUE;
  g_warning ("Cannot watch a connection: %s", g_strerror (errno));
  return FALSE;
}

static void
open_connection (TlsConnection *self)
{
  LobbyTlsFront *front = self->front;
  int pair[2];

  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
    {
      g_warning ("Cannot serve a TLS connection: %s", g_strerror (errno));
      kill_connection (self);
      return;
    }
  self->inner = pair[0];
  g_queue_unlink (&front->handshakes, &self->link);
  g_queue_push_tail_link (&front->open, &self->link);
  self->state = TLS_OPEN;
  self->deadline = 0;
  if (!watch (front, self->inner, self))
    {
      close (pair[1]);
      kill_connection (self);
      return;
    }
  front->accepted (pair[1], (const struct sockaddr *)&self->address, self->address_length, front->data);
  pump (self);
}

static void
shake_hands (TlsConnection *self)
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
      kill_connection (self);
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
  TlsConnection *oldest = NULL;
  guint n = 0;

  for (GList *link = self->handshakes.tail; link != NULL; link = link->prev)
    {
      TlsConnection *connection = link->data;

      if (!same_host (&connection->address, address))
        continue;
      oldest = connection;
      n++;
    }
  if (n >= MAX_HANDSHAKES_OF_ADDRESS)
    kill_connection (oldest);
  else if (self->handshakes.length >= MAX_HANDSHAKES)
    kill_connection (self->handshakes.head->data);
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
  TlsConnection *connection;

  make_room (self, address);
  if (session == NULL)
    {
      close (fd);
      return;
    }
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
  connection = g_new0 (TlsConnection, 1);
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
    kill_connection (connection);
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
    ((TlsConnection *)g_ptr_array_index (again, i))->waiting = FALSE;
  for (guint i = 0; i < again->len; i++)
    pump (g_ptr_array_index (again, i));
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
      TlsConnection *connection = events[i].data.ptr;

      if (connection == NULL)
        accept_some (self);
      else if (connection->state == TLS_HANDSHAKE)
        shake_hands (connection);
      else
        pump (connection);
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
  while (self->handshakes.head != NULL && ((TlsConnection *)self->handshakes.head->data)->deadline <= now)
    kill_connection (self->handshakes.head->data);
  for (GList *link = self->open.head; link != NULL; link = next)
    {
      TlsConnection *connection = link->data;

      next = link->next;
      if (connection->deadline != 0 && connection->deadline <= now)
        kill_connection (connection);
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
  Credentials *credentials = g_new0 (Credentials, 1);
  int result = gnutls_certificate_allocate_credentials (&credentials->handle);

  g_atomic_ref_count_init (&credentials->references);
  if (result == GNUTLS_E_SUCCESS)
    result = gnutls_certificate_set_x509_key_file (credentials->handle, certificate, key, GNUTLS_X509_FMT_PEM);
  if (result < 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "Cannot use the certificate %s with the key %s: %s", certificate, key, gnutls_strerror (result));
      credentials_unref (credentials);
      return FALSE;
    }
  g_clear_pointer (&self->credentials, credentials_unref);
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
  self->dead = g_ptr_array_new_with_free_func (free_connection);
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
    kill_connection (self->handshakes.head->data);
  while (self->open.head != NULL)
    kill_connection (self->open.head->data);
  g_ptr_array_unref (self->dead);
  g_ptr_array_unref (self->again);
  clear_source (&self->source);
  clear_source (&self->sweep);
  if (self->epoll >= 0)
    close (self->epoll);
  g_clear_pointer (&self->credentials, credentials_unref);
  gnutls_priority_deinit (self->priority);
  gnutls_free (self->ticket_key.data);
  g_free (self);
}
