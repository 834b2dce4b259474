/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether @header is "sha256=" and the HMAC-SHA256 of the raw @body under @secret in lowercase hex
 * (CLOUD_API 7.1). Takes the same time wherever they differ. NULL or an empty secret: FALSE. */
gboolean lobby_webhook_signature_verify (const char *header,
                                         GBytes     *body,
                                         const char *secret);
/* The same of @header as a gateway has it: the HMAC-SHA512 in hex (GATEWAY.md 5). */
gboolean lobby_webhook_hmac_verify      (const char *header,
                                         GBytes     *body,
                                         const char *secret);
typedef gboolean (*LobbySignatureVerify) (const char *header,
                                          GBytes     *body,
                                          const char *secret);
/* Whether two secrets are the same text; neither may be NULL or empty. */
gboolean lobby_webhook_secret_equal     (const char *given,
                                         const char *expected);

G_END_DECLS
