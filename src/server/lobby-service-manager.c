/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-service-manager.h"

#include <fcntl.h>
#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

#define FIRST_PASSED_FD 3

/* "@name" is an abstract socket. */
static GSocketAddress *
make_address (const char *path)
{
  if (*path == '@')
    return g_unix_socket_address_new_with_type (path + 1, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);
  return g_unix_socket_address_new (path);
}

void
lobby_service_manager_notify (const char *state)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) error = NULL;

  if (path == NULL || (*path != '/' && *path != '@'))
    return;
  address = make_address (path);
  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  if (socket != NULL)
    g_socket_set_blocking (socket, FALSE);
  if (socket == NULL || g_socket_send_to (socket, address, state, strlen (state), NULL, &error) < 0)
    g_warning ("Cannot tell the service manager: %s", error->message);
}

void
lobby_service_manager_reloading (void)
{
  g_autofree char *state = g_strdup_printf ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time ());

  lobby_service_manager_notify (state);
}

static gboolean
on_alive (gpointer data)
{
  lobby_service_manager_notify ("WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

static gboolean
is_for_us (const char *variable)
{
  const char *text = g_getenv (variable);
  guint64 pid;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT, &pid, NULL) && (pid_t)pid == getpid ();
}

guint
lobby_service_manager_keep_alive (void)
{
  const char *text = g_getenv ("WATCHDOG_USEC");
  guint64 usec;

  if (text == NULL || !g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &usec, NULL)
      || (g_getenv ("WATCHDOG_PID") != NULL && !is_for_us ("WATCHDOG_PID")))
    return 0;
  return g_timeout_add ((guint)CLAMP (usec / 2000, 1, G_MAXINT), on_alive, NULL);
}

int
lobby_service_manager_take_socket (void)
{
  static gboolean taken;
  const char *text = g_getenv ("LISTEN_FDS");
  guint64 count;

  if (taken || text == NULL || !is_for_us ("LISTEN_PID") || !g_ascii_string_to_unsigned (text, 10, 1, 1000, &count, NULL))
    return -1;
  taken = TRUE;
  for (guint64 i = 0; i < count; i++)
    fcntl (FIRST_PASSED_FD + (int)i, F_SETFD, FD_CLOEXEC);
  if (count > 1)
    g_warning ("The service manager passes several sockets; only the first is used");
  return FIRST_PASSED_FD;
}
