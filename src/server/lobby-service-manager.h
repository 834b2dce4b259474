/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * What systemd wants to know of a service, and what it hands to it (sd_notify(3), sd_listen_fds(3)). Without systemd
 * nothing of this does anything.
 */

/* Lines like "READY=1", separated by line breaks. */
void lobby_service_manager_notify       (const char *state);
/* RELOADING=1 with the time; READY=1 is to follow. */
void lobby_service_manager_reloading    (void);
/* Tells it from the main loop that we live, twice in the time it grants. Returns a source's id, or 0. */
guint lobby_service_manager_keep_alive  (void);
/* The socket that it listens on for us, or -1; once. */
int  lobby_service_manager_take_socket  (void);

G_END_DECLS
