/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-base"

#include "lobby-trace.h"

#include <fcntl.h>
#include <unistd.h>

static int
trace_file (void)
{
  static int fd = -2;

  if (G_UNLIKELY (fd == -2))
    {
      const char *path = g_getenv ("LOBBY_TRACE");

      fd = path != NULL && *path != '\0' ? open (path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600) : -1;
    }

  return fd;
}

gboolean
lobby_trace_is_on (void)
{
  return trace_file () >= 0;
}

static void
write_line (const char *line)
{
  /* One write, so that marks of several processes do not mix. */
  if (write (trace_file (), line, strlen (line)) < 0)
    g_debug ("A trace mark was lost");
}

void
lobby_trace_mark (const char *name)
{
  g_autofree char *line = NULL;

  if (G_LIKELY (!lobby_trace_is_on ()))
    return;

  line = g_strdup_printf ("%s %" G_GINT64_FORMAT "\n", name, g_get_monotonic_time ());
  write_line (line);
}

void
lobby_trace_mark_value (const char *name,
                        gint64 value)
{
  g_autofree char *line = NULL;

  if (G_LIKELY (!lobby_trace_is_on ()))
    return;

  line = g_strdup_printf ("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", name, g_get_monotonic_time (), value);
  write_line (line);
}
