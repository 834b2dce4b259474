/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lobby-password.h"
#include "lobby-sign-in-limit.h"

#define MINUTE 60000

static void
test_limit (void)
{
  LobbySignInLimit *limit = lobby_sign_in_limit_new ();

  for (int i = 0; i < 5; i++)
    g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "192.0.2.1", "ana", 1000), ==, 0);
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "192.0.2.1", "ANA", 1000), ==, 300);
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "192.0.2.1", "ana", 1000 + 5 * MINUTE - 1), ==, 1);
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "192.0.2.2", "ana", 1000), ==, 0);
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "192.0.2.1", "ben", 1000), ==, 0);
  /* Over: it counts from the beginning. */
  for (int i = 0; i < 5; i++)
    g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "192.0.2.1", "ana", 1000 + 5 * MINUTE), ==, 0);
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "192.0.2.1", "ana", 1000 + 5 * MINUTE), >, 0);
  lobby_sign_in_limit_free (limit);
}

static void
test_limit_of_address (void)
{
  LobbySignInLimit *limit = lobby_sign_in_limit_new ();

  for (int i = 0; i < 200; i++)
    {
      /* Right ones leave no trace. */
      g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "192.0.2.1", "right", 0), ==, 0);
      lobby_sign_in_limit_succeeded (limit, "192.0.2.1", "right");
    }
  for (int i = 0; i < 50; i++)
    {
      g_autofree char *user = g_strdup_printf ("user%d", i);

      g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "192.0.2.1", user, 0), ==, 0);
    }
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "192.0.2.1", "another", 0), ==, 300);
  lobby_sign_in_limit_free (limit);
}

/* Many addresses guess one password. */
static void
test_limit_of_account (void)
{
  LobbySignInLimit *limit = lobby_sign_in_limit_new ();

  for (int i = 0; i < 100; i++)
    {
      g_autofree char *address = g_strdup_printf ("192.0.2.%d", i);

      g_assert_cmpuint (lobby_sign_in_limit_begin (limit, address, i % 2 ? "ana" : "Ana", 0), ==, 0);
    }
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "198.51.100.1", "ana", 0), ==, 300);
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "198.51.100.1", "ben", 0), ==, 0);
  lobby_sign_in_limit_succeeded (limit, "192.0.2.1", "ana"); /* one that was under way */
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "198.51.100.1", "ana", 0), ==, 0);
  lobby_sign_in_limit_free (limit);
}

/* Of IPv6 everybody has more addresses than there are of IPv4. */
static void
test_limit_of_network (void)
{
  LobbySignInLimit *limit = lobby_sign_in_limit_new ();

  for (int i = 0; i < 5; i++)
    {
      g_autofree char *address = g_strdup_printf ("2001:db8:1:2:%x::1", i);

      g_assert_cmpuint (lobby_sign_in_limit_begin (limit, address, "ana", 0), ==, 0);
    }
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "2001:db8:1:2:ffff::", "ana", 0), ==, 300);
  g_assert_cmpuint (lobby_sign_in_limit_begin (limit, "2001:db8:1:3::1", "ana", 0), ==, 0);
  lobby_sign_in_limit_free (limit);
}

static void
test_tokens (void)
{
  g_autofree char *first = lobby_token_new ();
  g_autofree char *second = lobby_token_new ();
  g_autofree char *hash = lobby_token_hash ("abc");

  g_assert_cmpuint (strlen (first), ==, 43);
  g_assert_cmpuint (strspn (first, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"), ==, 43);
  g_assert_cmpstr (first, !=, second);
  g_assert_cmpstr (hash, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static gboolean
verify (const char *password,
        const char *hash)
{
  g_autoptr (DexFuture) future = lobby_password_verify (password, hash);
  const GValue *value;

  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);
  value = dex_future_get_value (future, NULL);
  return g_value_get_boolean (value);
}

static void
test_passwords (void)
{
  g_autofree char *hash = lobby_password_hash ("correct horse battery");

  g_assert_true (g_str_has_prefix (hash, "$argon2id$v=19$m=65536,t=2,p=1$"));
  g_assert_true (verify ("correct horse battery", hash));
  g_assert_false (verify ("correct horse batterz", hash));
  g_assert_false (verify ("correct horse battery", NULL));
  g_assert_false (verify ("correct horse battery", "not a hash"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  dex_init ();
  g_test_add_func ("/server/sign-in/limit", test_limit);
  g_test_add_func ("/server/sign-in/limit-of-address", test_limit_of_address);
  g_test_add_func ("/server/sign-in/limit-of-account", test_limit_of_account);
  g_test_add_func ("/server/sign-in/limit-of-network", test_limit_of_network);
  g_test_add_func ("/server/sign-in/tokens", test_tokens);
  g_test_add_func ("/server/sign-in/passwords", test_passwords);
  return g_test_run ();
}
