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
  g_test_add_func ("/webhook/secret", test_secret);
  return g_test_run ();
}
