/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "lobby-http-client.h"

G_BEGIN_DECLS

/* Takes @body. */
LobbyHttpResponse *lobby_http_response_new (SoupMessage *message,
                                            GBytes      *body);

G_END_DECLS
