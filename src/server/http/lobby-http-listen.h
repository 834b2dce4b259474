/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A listening socket on @address like "127.0.0.1:8480" or "[::1]:0", non-blocking; -1 and @error. */
int   lobby_http_listen         (const char  *address,
                                 GError     **error);
/* 0: it is none of the internet. */
guint lobby_http_listening_port (int          fd);

G_END_DECLS
