/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-http"

#include "lobby-http-listen.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#define BACKLOG 1024

/* "HOST:PORT", the host an IPv6 address in brackets or empty for all. */
static gboolean
split_address (const char *address,
               char **host,
               char **port)
{
  const char *colon = strrchr (address, ':');
  gsize length;

  if (colon == NULL || colon[1] == '\0')
    return FALSE;
  length = colon - address;
  if (length >= 2 && address[0] == '[' && address[length - 1] == ']')
    *host = g_strndup (address + 1, length - 2);
  else
    *host = g_strndup (address, length);
  *port = g_strdup (colon + 1);
  return TRUE;
}

static int
open_listener (const struct addrinfo *where)
{
  int fd = socket (where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int failure;

  if (fd < 0)
    return -1;
  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &(int){ 1 }, sizeof (int));
  if (bind (fd, where->ai_addr, where->ai_addrlen) == 0 && listen (fd, BACKLOG) == 0)
    return fd;
  failure = errno;
  g_close (fd, NULL);
  errno = failure;
  return -1;
}

int
lobby_http_listen (const char *address,
                   GError **error)
{
  g_autofree char *host = NULL, *service = NULL;
  struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV };
  struct addrinfo *found = NULL;
  int fd = -1, failure;

  if (!split_address (address, &host, &service)
      || getaddrinfo (*host != '\0' ? host : NULL, service, &hints, &found) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "Cannot listen on “%s”: not HOST:PORT", address);
      return -1;
    }
  for (struct addrinfo *where = found; where != NULL && fd < 0; where = where->ai_next)
    fd = open_listener (where);
  failure = errno;
  freeaddrinfo (found);
  if (fd < 0)
    g_set_error (error, G_IO_ERROR, g_io_error_from_errno (failure), "Cannot listen on “%s”: %s", address, g_strerror (failure));
  return fd;
}

guint
lobby_http_listening_port (int fd)
{
  struct sockaddr_storage bound;
  socklen_t length = sizeof bound;

  if (getsockname (fd, (struct sockaddr *)&bound, &length) < 0)
    return 0;
  if (bound.ss_family == AF_INET6)
    return g_ntohs (((struct sockaddr_in6 *)&bound)->sin6_port);
  return bound.ss_family == AF_INET ? g_ntohs (((struct sockaddr_in *)&bound)->sin_port) : 0;
}
