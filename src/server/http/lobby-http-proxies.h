/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reverse proxies that are believed when they tell who asks. From anybody else X-Forwarded-For is the asker's word. */
typedef struct _LobbyHttpProxies LobbyHttpProxies;

/* @networks: addresses and networks ("10.0.0.0/8"), separated by blanks or commas. */
LobbyHttpProxies *lobby_http_proxies_new         (const char              *networks,
                                                  GError                 **error);
void              lobby_http_proxies_free        (LobbyHttpProxies        *self);
/* The last address of the header (which may be NULL) that is no proxy's, as @address is the last of all; each was added
 * by who came after it. (transfer full) */
char             *lobby_http_proxies_find_client (const LobbyHttpProxies  *self,
                                                  const char              *address,
                                                  const char              *forwarded);

G_END_DECLS
