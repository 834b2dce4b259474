/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-secret-input.h"

#include <errno.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define LINE_MAX_BYTES 8192

/* Without its end of line. NULL: nothing there. */
static char *
read_line (FILE *file)
{
  char line[LINE_MAX_BYTES];
  char *copy = NULL;

  if (fgets (line, sizeof line, file) != NULL)
    {
      line[strcspn (line, "\r\n")] = '\0';
      copy = g_strdup (line);
    }
  explicit_bzero (line, sizeof line);
  return copy;
}

char *
lobby_secret_input_read (const char *path,
                         const char *what,
                         GError **error)
{
  gboolean standard_input = strcmp (path, "-") == 0;
  FILE *file = standard_input ? stdin : fopen (path, "re");
  g_autofree char *line = NULL;

  if (file == NULL)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot read the %s from %s: %s", what, path, g_strerror (errno));
      return NULL;
    }
  line = read_line (file);
  if (!standard_input)
    fclose (file);
  if (line == NULL || *line == '\0' || !g_utf8_validate (line, -1, NULL))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "There is no %s in %s", what, standard_input ? "standard input" : path);
      return NULL;
    }
  return g_steal_pointer (&line);
}

static char *
ask (FILE *terminal,
     const char *prompt,
     gboolean hidden)
{
  struct termios before;
  gboolean changed = FALSE;
  char *line;

  fprintf (terminal, "%s: ", prompt);
  fflush (terminal);
  if (hidden && tcgetattr (fileno (terminal), &before) == 0)
    {
      struct termios silent = before;

      silent.c_lflag &= ~(tcflag_t)ECHO;
      changed = tcsetattr (fileno (terminal), TCSAFLUSH, &silent) == 0;
    }
  line = read_line (terminal);
  if (changed)
    {
      tcsetattr (fileno (terminal), TCSAFLUSH, &before);
      fprintf (terminal, "\n");
      fflush (terminal);
    }
  return line;
}

char *
lobby_secret_input_prompt (const char *prompt,
                           gboolean hidden,
                           gboolean confirm,
                           GError **error)
{
  FILE *terminal = fopen ("/dev/tty", "r+e");
  g_autofree char *line = NULL;
  g_autofree char *again = NULL;

  if (terminal == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "There is no terminal to ask for \"%s\"; give it as an option (see --help)", prompt);
      return NULL;
    }
  line = ask (terminal, prompt, hidden);
  if (line != NULL && confirm)
    again = ask (terminal, "Again", hidden);
  fclose (terminal);
  if (line != NULL && !hidden)
    g_strstrip (line);
  if (line == NULL || *line == '\0')
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "Nothing was entered");
  else if (confirm && g_strcmp0 (line, again) != 0)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The two are not the same");
  else
    return g_steal_pointer (&line);
  return NULL;
}
