/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

#include "lobby-storage.h"

G_BEGIN_DECLS

/* What WhatsApp says to the settings of a connection, asked before they are saved. */
typedef struct
{
  const char *id;         /* address, token, phone_number, waba, app_secret, webhook, gateway, session */
  gboolean    ok;
  gboolean    unknown;    /* cannot be found out now; counts neither for nor against */
  char       *message;
} LobbyConnectionCheck;

/* Resolves to GPtrArray (boxed) of LobbyConnectionCheck; never rejects. @connection need not be stored (id NULL). @webhook_url:
 * where it is to be delivered, NULL when that is not known. */
DexFuture *lobby_connection_test      (const LobbyConnection *connection,
                                       const char            *webhook_url);

/* For the kinds: adds to @checks. */
void       lobby_connection_check_add (GPtrArray             *checks,
                                       const char            *id,
                                       gboolean               ok,
                                       const char            *format,
                                       ...) G_GNUC_PRINTF (4, 5);
void       lobby_connection_check_add_unknown (GPtrArray     *checks,
                                       const char            *id,
                                       const char            *format,
                                       ...) G_GNUC_PRINTF (3, 4);
/* Whether webhooks arrive: known from those that came, nothing else. */
void       lobby_connection_check_add_webhook (GPtrArray     *checks,
                                       const LobbyConnection *connection);

/* Both only on a fiber. */
void       lobby_cloud_test           (const LobbyConnection *connection,
                                       const char            *webhook_url,
                                       GPtrArray             *checks);
void       lobby_gateway_test         (const LobbyConnection *connection,
                                       GPtrArray             *checks);

G_END_DECLS
