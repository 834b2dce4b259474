/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lobby-adapter.h"

G_BEGIN_DECLS

/* What an answer of the Graph API that is not a success means for the message that was sent, or for whatever
 * else was asked (CLOUD_API 1 and 11). @status is HTTP's. Where its words repeat @token (may be NULL), as Meta's do of a
 * malformed one, they are told without it. */
GError *lobby_cloud_error_from_answer (guint         status,
                                       GBytes       *body,
                                       const char   *token);
/* What code @code of a failed message means beyond it, wherever it was told. */
LobbyConsequence lobby_cloud_error_get_consequence (int code);
/* Whether @code, not 0, says that the access token is no good. */
gboolean lobby_cloud_error_is_token (int           code);
/* Whether who looks after the connection must know of @code; the words are for them. Borrowed. */
gboolean lobby_cloud_error_get_alert (int           code,
                                      const char  **severity,
                                      const char  **title,
                                      const char  **advice);
/* What it means that there was no whole answer: a LOBBY_NET_ERROR (or any other error). */
GError *lobby_cloud_error_from_net    (const GError *error);

G_END_DECLS
