/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-socket-source.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lobby-due-list.h"

#define MAX_EVENTS 256
#define READ_SIZE 16384
/* Of one socket in one batch: a busy one must not keep the others waiting. */
#define MAX_READS 4
#define MAX_VECTORS 32
#define LINGER_MSEC 3000

typedef enum
{
  SOCKET_OPEN,
  SOCKET_FAILED, /* its owner is not told yet */
  SOCKET_LINGERING,
  SOCKET_DEAD,
} SocketState;

typedef struct
{
  GQueue pieces; /* of GBytes */
  gsize size;
  gsize offset; /* into the first */
} Backlog;

/* There are thousands, and most are idle: what few of them need is made for those. */
struct _LobbySocket
{
  Backlog *backlog; /* NULL: nothing waits to be sent */
  int fd;
  SocketState state;
  gboolean wants_out;
  LobbySocketSource *source;
  const LobbySocketHandler *handler;
  gpointer owner;
  GList link;       /* in sockets, or in failed */
  LobbyDue *linger; /* or NULL */
};

typedef struct
{
  gpointer data;
  GDestroyNotify free_func;
} Grave;

struct _LobbySocketSource
{
  GSource *source;
  gpointer tag;
  int epoll;
  guint depth;
  GQueue sockets;
  GQueue failed;
  GArray *graves;
  LobbyDueList *lingering;
};

typedef struct
{
  GSource parent;
  LobbySocketSource *self;
} EpollSource;

static void
watch (LobbySocket *socket,
       int operation)
{
  struct epoll_event event = { .events = EPOLLIN | (socket->wants_out ? EPOLLOUT : 0), .data.ptr = socket };

  if (epoll_ctl (socket->source->epoll, operation, socket->fd, &event) < 0)
    g_warning ("Cannot watch a socket: %s", g_strerror (errno));
}

static void
want_out (LobbySocket *socket,
          gboolean wanted)
{
  if (socket->wants_out == wanted)
    return;
  socket->wants_out = wanted;
  watch (socket, EPOLL_CTL_MOD);
}

static void
drop_backlog (LobbySocket *socket)
{
  Backlog *backlog = g_steal_pointer (&socket->backlog);

  if (backlog == NULL)
    return;
  g_queue_clear_full (&backlog->pieces, (GDestroyNotify)g_bytes_unref);
  g_free (backlog);
}

static void
free_socket (gpointer data)
{
  LobbySocket *socket = data;

  g_free (socket->linger);
  g_free (socket);
}

static void
kill_socket (LobbySocket *socket)
{
  LobbySocketSource *self = socket->source;

  if (socket->state == SOCKET_DEAD)
    return;
  g_queue_unlink (socket->state == SOCKET_FAILED ? &self->failed : &self->sockets, &socket->link);
  socket->state = SOCKET_DEAD;
  socket->owner = NULL;
  if (socket->linger != NULL)
    lobby_due_cancel (socket->linger);
  drop_backlog (socket);
  close (socket->fd);
  lobby_socket_source_bury (self, socket, free_socket);
}

/* Its owner is told in the next dispatch, never from inside a send. */
static void
fail_socket (LobbySocket *socket)
{
  LobbySocketSource *self = socket->source;

  if (socket->state == SOCKET_LINGERING)
    {
      kill_socket (socket);
      return;
    }
  if (socket->state != SOCKET_OPEN)
    return;
  g_queue_unlink (&self->sockets, &socket->link);
  g_queue_push_tail_link (&self->failed, &socket->link);
  socket->state = SOCKET_FAILED;
  drop_backlog (socket);
  if (self->depth == 0)
    g_source_set_ready_time (self->source, 0);
}

static void
tell_failed (LobbySocketSource *self)
{
  GList *link;

  while ((link = g_queue_peek_head_link (&self->failed)) != NULL)
    {
      LobbySocket *socket = link->data;
      gpointer owner = socket->owner;

      kill_socket (socket);
      socket->handler->closed (owner);
    }
}

static void
read_socket (LobbySocket *socket)
{
  guint8 buffer[READ_SIZE];

  for (guint i = 0; i < MAX_READS && (socket->state == SOCKET_OPEN || socket->state == SOCKET_LINGERING); i++)
    {
      ssize_t n = recv (socket->fd, buffer, sizeof buffer, 0);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return;
      if (n <= 0)
        {
          fail_socket (socket);
          return;
        }
      if (socket->state == SOCKET_OPEN)
        socket->handler->received (socket->owner, buffer, n);
      if ((gsize)n < sizeof buffer)
        return;
    }
}

static void
forget_sent (LobbySocket *socket,
             gsize sent)
{
  Backlog *backlog = socket->backlog;

  backlog->size -= sent;
  while (sent > 0)
    {
      GBytes *first = g_queue_peek_head (&backlog->pieces);
      gsize left = g_bytes_get_size (first) - backlog->offset;

      if (sent < left)
        {
          backlog->offset += sent;
          return;
        }
      sent -= left;
      backlog->offset = 0;
      g_bytes_unref (g_queue_pop_head (&backlog->pieces));
    }
  if (backlog->size == 0)
    drop_backlog (socket);
}

/* One sendmsg of the head of the backlog. FALSE when the kernel takes no more, or the peer is gone. */
static gboolean
write_some (LobbySocket *socket)
{
  struct iovec vectors[MAX_VECTORS];
  struct msghdr message = { .msg_iov = vectors };
  gsize offset = socket->backlog->offset;
  ssize_t sent;

  for (GList *link = socket->backlog->pieces.head; link != NULL && message.msg_iovlen < MAX_VECTORS; link = link->next)
    {
      struct iovec *vector = &vectors[message.msg_iovlen++];

      vector->iov_base = (char *)g_bytes_get_data (link->data, &vector->iov_len) + offset;
      vector->iov_len -= offset;
      offset = 0;
    }
  sent = sendmsg (socket->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent >= 0)
    {
      forget_sent (socket, sent);
      return TRUE;
    }
  if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
    fail_socket (socket);
  return errno == EINTR;
}

static void
write_socket (LobbySocket *socket)
{
  while (socket->backlog != NULL && write_some (socket))
    ;
  if (socket->backlog != NULL || (socket->state != SOCKET_OPEN && socket->state != SOCKET_LINGERING))
    return;
  want_out (socket, FALSE);
  if (socket->state == SOCKET_LINGERING)
    shutdown (socket->fd, SHUT_WR);
  else
    socket->handler->drained (socket->owner);
}

static void
empty_graves (LobbySocketSource *self)
{
  while (self->graves->len > 0)
    {
      Grave grave = g_array_index (self->graves, Grave, self->graves->len - 1);

      g_array_set_size (self->graves, self->graves->len - 1);
      grave.free_func (grave.data);
    }
}

static gboolean
epoll_source_dispatch (GSource *source,
                       GSourceFunc callback,
                       gpointer user_data)
{
  LobbySocketSource *self = ((EpollSource *)source)->self;
  struct epoll_event events[MAX_EVENTS];
  int n;

  g_source_set_ready_time (source, -1);
  self->depth++;
  n = epoll_wait (self->epoll, events, MAX_EVENTS, 0);
  for (int i = 0; i < n; i++)
    {
      LobbySocket *socket = events[i].data.ptr;

      if ((events[i].events & EPOLLOUT) && socket->state != SOCKET_DEAD && socket->state != SOCKET_FAILED)
        write_socket (socket);
      if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && socket->state != SOCKET_DEAD)
        read_socket (socket);
    }
  tell_failed (self);
  self->depth--;
  if (self->depth == 0)
    empty_graves (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
epoll_source_check (GSource *source)
{
  LobbySocketSource *self = ((EpollSource *)source)->self;

  return g_source_query_unix_fd (source, self->tag) != 0;
}

static gboolean
epoll_source_callback (gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
on_lingered (gpointer owner,
             gpointer data)
{
  kill_socket (owner);
}

LobbySocketSource *
lobby_socket_source_new (void)
{
  static GSourceFuncs funcs = { .check = epoll_source_check, .dispatch = epoll_source_dispatch };
  LobbySocketSource *self = g_new0 (LobbySocketSource, 1);

  self->epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (self->epoll < 0)
    g_error ("epoll_create1: %s", g_strerror (errno));
  self->graves = g_array_new (FALSE, FALSE, sizeof (Grave));
  self->lingering = lobby_due_list_new (LINGER_MSEC, on_lingered, self);
  self->source = g_source_new (&funcs, sizeof (EpollSource));
  ((EpollSource *)self->source)->self = self;
  self->tag = g_source_add_unix_fd (self->source, self->epoll, G_IO_IN);
  g_source_set_callback (self->source, epoll_source_callback, NULL, NULL);
  g_source_set_can_recurse (self->source, TRUE);
  g_source_set_static_name (self->source, "[lobbyd] sockets");
  g_source_attach (self->source, g_main_context_get_thread_default ());
  return self;
}

void
lobby_socket_source_free (LobbySocketSource *self)
{
  g_assert (self->depth == 0);

  while (self->sockets.head != NULL)
    kill_socket (self->sockets.head->data);
  while (self->failed.head != NULL)
    kill_socket (self->failed.head->data);
  empty_graves (self);
  g_array_unref (self->graves);
  lobby_due_list_free (self->lingering);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  close (self->epoll);
  g_free (self);
}

LobbySocket *
lobby_socket_source_add (LobbySocketSource *self,
                         int fd,
                         const LobbySocketHandler *handler,
                         gpointer owner)
{
  struct epoll_event event = { .events = EPOLLIN };
  LobbySocket *socket = g_new0 (LobbySocket, 1);

  event.data.ptr = socket;
  if (epoll_ctl (self->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    {
      g_warning ("Cannot watch a socket: %s", g_strerror (errno));
      close (fd);
      g_free (socket);
      return NULL;
    }
  socket->source = self;
  socket->fd = fd;
  socket->handler = handler;
  socket->owner = owner;
  socket->link.data = socket;
  g_queue_push_tail_link (&self->sockets, &socket->link);
  return socket;
}

guint
lobby_socket_source_count (LobbySocketSource *self)
{
  return self->sockets.length + self->failed.length;
}

void
lobby_socket_source_bury (LobbySocketSource *self,
                          gpointer data,
                          GDestroyNotify free_func)
{
  Grave grave = { data, free_func };

  g_array_append_val (self->graves, grave);
  if (self->depth == 0)
    g_source_set_ready_time (self->source, 0);
}

static void
add_to_backlog (LobbySocket *socket,
                GBytes *bytes,
                gsize sent)
{
  if (socket->backlog == NULL)
    {
      socket->backlog = g_new0 (Backlog, 1);
      socket->backlog->offset = sent;
    }
  g_queue_push_tail (&socket->backlog->pieces, g_bytes_ref (bytes));
  socket->backlog->size += g_bytes_get_size (bytes) - sent;
  want_out (socket, TRUE);
}

void
lobby_socket_send (LobbySocket *socket,
                   GBytes *bytes)
{
  gsize length;
  const void *data = g_bytes_get_data (bytes, &length);
  ssize_t sent = 0;

  if (socket->state != SOCKET_OPEN || length == 0)
    return;
  if (socket->backlog == NULL)
    {
      sent = send (socket->fd, data, length, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent == (ssize_t)length)
        return;
      if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        {
          fail_socket (socket);
          return;
        }
      sent = MAX (sent, 0);
    }
  else if (socket->backlog->size + length > LOBBY_SOCKET_MAX_BACKLOG)
    {
      g_info ("A socket reads too slowly; it is closed");
      fail_socket (socket);
      return;
    }
  add_to_backlog (socket, bytes, sent);
}

gsize
lobby_socket_get_backlog (LobbySocket *socket)
{
  return socket->backlog != NULL ? socket->backlog->size : 0;
}

void
lobby_socket_finish (LobbySocket *socket)
{
  if (socket->state == SOCKET_FAILED)
    kill_socket (socket);
  if (socket->state != SOCKET_OPEN)
    return;
  socket->state = SOCKET_LINGERING;
  socket->owner = NULL;
  socket->linger = g_new0 (LobbyDue, 1);
  lobby_due_list_push (socket->source->lingering, socket->linger, socket);
  if (socket->backlog == NULL)
    shutdown (socket->fd, SHUT_WR);
}

void
lobby_socket_abort (LobbySocket *socket)
{
  kill_socket (socket);
}
