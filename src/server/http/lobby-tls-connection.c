/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-http"

#include "lobby-tls-private.h"

#include <errno.h>
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
/* For the last bytes to be taken, once the plain side is closed. */
#define FAREWELL_MSEC 5000

void
lobby_tls_connection_free (gpointer data)
{
  LobbyTlsConnection *self = data;

  gnutls_deinit (self->session);
  lobby_tls_credentials_unref (self->credentials);
  g_free (self->in.rest);
  g_free (self->out.rest);
  g_free (self);
}

void
lobby_tls_connection_kill (LobbyTlsConnection *self)
{
  LobbyTlsFront *front = self->front;

  if (self->state == LOBBY_TLS_DEAD)
    return;
  g_queue_unlink (self->state == LOBBY_TLS_HANDSHAKE ? &front->handshakes : &front->open, &self->link);
  self->state = LOBBY_TLS_DEAD;
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
read_outer (LobbyTlsConnection *self,
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
write_outer (LobbyTlsConnection *self,
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
read_inner (LobbyTlsConnection *self,
            guint8 *buffer)
{
  return recv (self->inner, buffer, PIECE, MSG_DONTWAIT);
}

static ssize_t
write_inner (LobbyTlsConnection *self,
             const guint8 *bytes,
             gsize length)
{
  return send (self->inner, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Kills the connection when its end cannot be written to any more. */
static gsize
write_on (LobbyTlsConnection *self,
          LobbyTlsDirection *direction,
          const guint8 *bytes,
          gsize length)
{
  ssize_t n = direction == &self->in ? write_inner (self, bytes, length) : write_outer (self, bytes, length);

  if (n < 0 && errno != EAGAIN && errno != EINTR)
    lobby_tls_connection_kill (self);
  return n > 0 ? (gsize)n : 0;
}

/* TRUE when something moved. FALSE otherwise, also when the connection was killed. */
static gboolean
move_rest (LobbyTlsConnection *self,
           LobbyTlsDirection *direction)
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
move_more (LobbyTlsConnection *self,
           LobbyTlsDirection *direction)
{
  guint8 buffer[PIECE];
  gsize written;
  ssize_t n;

  if (direction->rest != NULL || direction->ended)
    return FALSE;
  n = direction == &self->in ? read_outer (self, buffer) : read_inner (self, buffer);
  if (n < 0 && errno != EAGAIN && errno != EINTR)
    {
      lobby_tls_connection_kill (self);
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
  if (self->state != LOBBY_TLS_OPEN || written == (gsize)n)
    return TRUE;
  direction->rest = g_memdup2 (buffer + written, (gsize)n - written);
  direction->length = (gsize)n - written;
  direction->offset = 0;
  return TRUE;
}

/* The end of a direction goes on to the other side, behind the last byte. */
static void
tell_ends (LobbyTlsConnection *self)
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
    lobby_tls_connection_kill (self);
}

void
lobby_tls_connection_pump (LobbyTlsConnection *self)
{
  gboolean moved = TRUE;

  for (guint i = 0; i < MAX_ROUNDS && moved && self->state == LOBBY_TLS_OPEN; i++)
    {
      moved = move_rest (self, &self->in);
      if (self->state == LOBBY_TLS_OPEN)
        moved |= move_rest (self, &self->out);
      if (self->state == LOBBY_TLS_OPEN)
        moved |= move_more (self, &self->in);
      if (self->state == LOBBY_TLS_OPEN)
        moved |= move_more (self, &self->out);
      if (self->state == LOBBY_TLS_OPEN)
        tell_ends (self);
    }
  if (!moved || self->state != LOBBY_TLS_OPEN || self->waiting)
    return;
  self->waiting = TRUE;
  g_ptr_array_add (self->front->again, self);
  g_source_set_ready_time (self->front->source, 0);
}
