/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-webhook-signature.h"

#include <sodium.h>
#include <string.h>

#define PREFIX "sha256="

static gboolean
is_hmac (const char *hex,
         GChecksumType type,
         GBytes *body,
         const char *secret)
{
  g_autofree char *expected = NULL;
  g_autoptr (GBytes) key = NULL;

  if (secret == NULL || *secret == '\0' || strlen (hex) != 2 * (gsize)g_checksum_type_get_length (type))
    return FALSE;
  key = g_bytes_new_static (secret, strlen (secret));
  expected = g_compute_hmac_for_bytes (type, key, body);
  return sodium_memcmp (hex, expected, strlen (expected)) == 0;
}

gboolean
lobby_webhook_signature_verify (const char *header,
                                GBytes *body,
                                const char *secret)
{
  return header != NULL && g_str_has_prefix (header, PREFIX) && is_hmac (header + strlen (PREFIX), G_CHECKSUM_SHA256, body, secret);
}

gboolean
lobby_webhook_hmac_verify (const char *header,
                           GBytes *body,
                           const char *secret)
{
  return header != NULL && is_hmac (header, G_CHECKSUM_SHA512, body, secret);
}

gboolean
lobby_webhook_secret_equal (const char *given,
                            const char *expected)
{
  guint8 first[crypto_generichash_BYTES], second[crypto_generichash_BYTES];

  if (given == NULL || expected == NULL || *expected == '\0')
    return FALSE;
  /* Digests have one length, so that the comparison does not tell the secret's. */
  crypto_generichash (first, sizeof first, (const guint8 *)given, strlen (given), NULL, 0);
  crypto_generichash (second, sizeof second, (const guint8 *)expected, strlen (expected), NULL, 0);
  return sodium_memcmp (first, second, sizeof first) == 0;
}
