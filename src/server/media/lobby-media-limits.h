/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-storage.h"

G_BEGIN_DECLS

/*
 * What a kind of connection takes: CLOUD_API sections 2 and 3 for "cloud", what WhatsApp's own apps send for "gateway", whose
 * engine converts sound and video. Told to clients with each connection, and enforced before and after an upload.
 */

/* Bytes; no connection takes more. */
#define LOBBY_MEDIA_MAX_BYTES (100 * 1024 * 1024)

typedef enum
{
  LOBBY_MEDIA_FITS,
  LOBBY_MEDIA_BAD_KIND,         /* no kind of that name */
  LOBBY_MEDIA_TOO_LARGE,
  LOBBY_MEDIA_TYPE_REFUSED,
} LobbyMediaFit;

/* The "limits" of a connection's capabilities. (transfer full) */
JsonObject    *lobby_media_limits_to_json (const char             *connection_kind);

/* Before an upload: only what is told can be looked at. @type may be NULL. @message says, for an agent, what to do. (transfer full) */
LobbyMediaFit  lobby_media_limits_announce (const char            *connection_kind,
                                            const char            *kind,
                                            const char            *type,
                                            gint64                 size,
                                            char                 **message);
/* After it, and before a file is sent over another connection: by content. */
LobbyMediaFit  lobby_media_limits_check   (const char             *connection_kind,
                                           const char             *kind,
                                           const LobbyMediaFacts  *facts,
                                           char                  **message);
/* "media_too_large" …; not for LOBBY_MEDIA_FITS. */
const char    *lobby_media_fit_get_code   (LobbyMediaFit           fit);

G_END_DECLS
