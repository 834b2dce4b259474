/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define LOBBY_ID_LENGTH 26
/* No id of ours or of WhatsApp's is longer (CLOUD_API 1: opaque strings, up to 512 bytes). */
#define LOBBY_ID_MAX    512

/* A new ULID (26 letters and digits): sorts by the time it was made, and strictly upwards within
 * one process even in the same millisecond or when the clock steps back. */
char *lobby_id_new (void);

G_END_DECLS
