/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>

#include "lobby-http-proxies.h"

static void
test_client (void)
{
  const struct
  {
    const char *address;
    const char *forwarded;
    const char *client;
  } cases[] = {
    { "192.0.2.1", NULL, "192.0.2.1" },
    /* From a stranger it is the stranger's word. */
    { "192.0.2.1", "10.0.0.1", "192.0.2.1" },
    { "127.0.0.1", NULL, "127.0.0.1" },
    { "127.0.0.1", "", "127.0.0.1" },
    { "127.0.0.1", "192.0.2.7", "192.0.2.7" },
    { "127.0.0.1", " 192.0.2.7 ", "192.0.2.7" },
    { "127.0.0.1", "1.1.1.1, 192.0.2.7", "192.0.2.7" },
    { "127.0.0.1", "192.0.2.7, 10.1.2.3", "192.0.2.7" },
    { "127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3" },
    { "127.0.0.1", "192.0.2.7, unknown", "127.0.0.1" },
    { "127.0.0.1", "192.0.2.7:80", "127.0.0.1" },
    { "127.0.0.1", ",,,", "127.0.0.1" },
    /* IPv6, and IPv4 as a socket for both has it. */
    { "::1", "2001:db8::5", "2001:db8::5" },
    { "::ffff:127.0.0.1", "192.0.2.7", "192.0.2.7" },
    { "127.0.0.1", "::ffff:192.0.2.7", "192.0.2.7" },
    { "unknown", "192.0.2.7", "unknown" },
  };
  g_autoptr (GError) error = NULL;
  LobbyHttpProxies *proxies = lobby_http_proxies_new ("127.0.0.0/8, ::1 10.0.0.0/8", &error);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *client = lobby_http_proxies_find_client (proxies, cases[i].address, cases[i].forwarded);

      g_assert_cmpstr (client, ==, cases[i].client);
    }
  lobby_http_proxies_free (proxies);
}

static void
test_networks (void)
{
  const char *const wrong[] = { "here", "10.0.0.1/8", "10.0.0.0/33", "127.0.0.1 nowhere" };
  LobbyHttpProxies *none = lobby_http_proxies_new (" , ", NULL);
  g_autofree char *client = lobby_http_proxies_find_client (none, "127.0.0.1", "192.0.2.7");

  g_assert_cmpstr (client, ==, "127.0.0.1");
  lobby_http_proxies_free (none);
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lobby_http_proxies_new (wrong[i], &error));
      g_assert_nonnull (error);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/proxies/client", test_client);
  g_test_add_func ("/http/proxies/networks", test_networks);
  return g_test_run ();
}
