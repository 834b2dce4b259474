/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-account.h"
#include "lobby-api.h"

static void
test_normalize (void)
{
  static const char *cases[][2] = {
    { "chat.example.org", "https://chat.example.org" },
    { "  Chat.Example.org/ ", "https://chat.example.org" },
    { "https://chat.example.org:443/", "https://chat.example.org" },
    { "https://chat.example.org:8443", "https://chat.example.org:8443" },
    { "http://chat.example.org", "http://chat.example.org" },
    { "http://chat.example.org:80", "http://chat.example.org" },
    { "https://example.org/lobby/", "https://example.org/lobby" },
    { "chat.example.org:8443", "https://chat.example.org:8443" },
    { "localhost:8080", "http://localhost:8080" },
    { "127.0.0.1:8080", "http://127.0.0.1:8080" },
    { "[::1]:8080", "http://[::1]:8080" },
    { "192.168.1.5", "https://192.168.1.5" },
    { "https://localhost", "https://localhost" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *url = lobby_server_url_normalize (cases[i][0], &error);

      g_assert_no_error (error);
      g_assert_cmpstr (url, ==, cases[i][1]);
    }
}

static void
test_refuse (void)
{
  static const char *cases[] = {
    NULL,
    "",
    "   ",
    "ftp://example.org",
    "https://",
    "https:///x",
    "a b",
    "https://user:secret@example.org",
    "https://example.org?x=1",
    "https://example.org#x",
    "mailto:x@example.org",
    "://",
    "http://exa mple.org",
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (lobby_server_url_normalize (cases[i], &error));
      g_assert_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_BAD_ADDRESS);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server-url/normalize", test_normalize);
  g_test_add_func ("/server-url/refuse", test_refuse);
  return g_test_run ();
}
