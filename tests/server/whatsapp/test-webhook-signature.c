/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-webhook-signature.h"

/* RFC 4231, test case 2. */
#define SECRET "Jefe"
#define BODY "what do ya want for nothing?"
#define SIGNATURE "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"

static void
test_verify (void)
{
  static const struct
  {
    const char *header, *body, *secret;
    gboolean good;
  } cases[] = {
    { "sha256=" SIGNATURE, BODY, SECRET, TRUE },
    { "sha256=" SIGNATURE, BODY " ", SECRET, FALSE },
    { "sha256=" SIGNATURE, "", SECRET, FALSE },
    { "sha256=" SIGNATURE, BODY, "jefe", FALSE },
    { "sha256=" SIGNATURE, BODY, "", FALSE },
    { "sha256=" SIGNATURE, BODY, NULL, FALSE },
    { "sha256=" SIGNATURE "0", BODY, SECRET, FALSE },
    { "sha1=" SIGNATURE, BODY, SECRET, FALSE },
    { "sha256=", BODY, SECRET, FALSE },
    { SIGNATURE, BODY, SECRET, FALSE },
    { "", BODY, SECRET, FALSE },
    { NULL, BODY, SECRET, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (cases[i].body, strlen (cases[i].body));

      g_assert_cmpint (lobby_webhook_signature_verify (cases[i].header, body, cases[i].secret), ==, cases[i].good);
    }
}

/* The same case in SHA-512, as gateways sign: bare hex. */
static void
test_hmac (void)
{
  static const char hmac[] = "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                             "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737";
  g_autofree char *wrong = g_strdup (hmac);
  g_autoptr (GBytes) body = g_bytes_new_static (BODY, strlen (BODY));

  wrong[100] ^= 1;
  g_assert_true (lobby_webhook_hmac_verify (hmac, body, SECRET));
  g_assert_false (lobby_webhook_hmac_verify (wrong, body, SECRET));
  g_assert_false (lobby_webhook_hmac_verify (SIGNATURE, body, SECRET));
  g_assert_false (lobby_webhook_hmac_verify (hmac, body, "jefe"));
  g_assert_false (lobby_webhook_hmac_verify (hmac, body, NULL));
  g_assert_false (lobby_webhook_hmac_verify ("", body, SECRET));
  g_assert_false (lobby_webhook_hmac_verify (NULL, body, SECRET));
}

static void
test_secret (void)
{
  g_assert_true (lobby_webhook_secret_equal ("open", "open"));
  g_assert_false (lobby_webhook_secret_equal ("open", "opem"));
  g_assert_false (lobby_webhook_secret_equal ("open ", "open"));
  g_assert_false (lobby_webhook_secret_equal ("", ""));
  g_assert_false (lobby_webhook_secret_equal (NULL, "x"));
  g_assert_false (lobby_webhook_secret_equal ("x", NULL));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/webhook/signature", test_verify);
  g_test_add_func ("/webhook/hmac", test_hmac);
  g_test_add_func ("/webhook/secret", test_secret);
  return g_test_run ();
}
