/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Secrets come from files, from standard input or from a terminal that does not show them; never from the command line,
 * where every process could read them. */

/* The first line of @path; "-" is the next line of standard input. */
char *lobby_secret_input_read   (const char  *path,
                                 const char  *what,
                                 GError     **error);
/* A line typed at the terminal; hidden, and twice when @confirm. Fails when there is no terminal. */
char *lobby_secret_input_prompt (const char  *prompt,
                                 gboolean     hidden,
                                 gboolean     confirm,
                                 GError     **error);

G_END_DECLS
