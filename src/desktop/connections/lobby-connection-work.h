/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

G_BEGIN_DECLS

/* What comes of something asked of the server: @value, or NULL and @error. */
typedef void (*LobbyConnectionDone) (gpointer      owner,
                                     const GValue *value,
                                     const GError *error);

/* Calls @done from the main loop's own stack when @future (transfer full) is decided. @owner, an object, is held until then. */
void lobby_connection_when_done (DexFuture           *future,
                                 gpointer             owner,
                                 LobbyConnectionDone  done);

G_END_DECLS
