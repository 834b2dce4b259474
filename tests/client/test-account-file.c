/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-account-file.h"

#include <glib/gstdio.h>

static char *path;

static LobbyIdentity *
identity (const char *id,
          const char *user)
{
  LobbyIdentity *made = g_new0 (LobbyIdentity, 1);

  made->id = g_strdup (id);
  made->server_url = g_strdup ("https://chat.example.org");
  made->user = g_strdup (user);
  made->agent_id = g_strdup ("a1");
  made->agent_name = g_strdup ("Zoë = [\"Ana\"]\nnext");
  return made;
}

static void
test_round_trip (void)
{
  g_autoptr (GPtrArray) written = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_identity_free);
  g_autoptr (GPtrArray) read = NULL;
  g_autoptr (GError) error = NULL;
  const LobbyIdentity *first;
  GStatBuf info;

  g_ptr_array_add (written, identity ("01K3ZZZZZZZZZZZZZZZZZZZZZZ", "ana"));
  g_ptr_array_add (written, identity ("01K3ZZZZZZZZZZZZZZZZZZZZZ0", "ben"));
  g_assert_true (lobby_account_file_write (path, written, &error));
  g_assert_no_error (error);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);

  read = lobby_account_file_read (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read->len, ==, 2);
  first = g_ptr_array_index (read, 0);
  g_assert_cmpstr (first->id, ==, "01K3ZZZZZZZZZZZZZZZZZZZZZZ");
  g_assert_cmpstr (first->server_url, ==, "https://chat.example.org");
  g_assert_cmpstr (first->user, ==, "ana");
  g_assert_cmpstr (first->agent_name, ==, "Zoë = [\"Ana\"]\nnext");
  g_assert_null (first->business_name);

  g_ptr_array_set_size (written, 0);
  g_assert_true (lobby_account_file_write (path, written, &error));
  g_ptr_array_unref (read);
  read = lobby_account_file_read (path, &error);
  g_assert_cmpuint (read->len, ==, 0);
}

static void
test_none (void)
{
  g_autoptr (GPtrArray) read = NULL;
  g_autoptr (GError) error = NULL;

  g_unlink (path);
  read = lobby_account_file_read (path, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read->len, ==, 0);
}

/* A group that is no account of ours: an id that would lead out of the folder, a missing key. */
static void
test_damaged (void)
{
  static const char text[] = "[../../etc/passwd]\nserver=https://x\nuser=y\n"
                             "[01K3ZZZZZZZZZZZZZZZZZZZZZZ]\nserver=https://x\n"
                             "[01K3ZZZZZZZZZZZZZZZZZZZZZ0]\nserver=https://x\nuser=y\n";
  g_autoptr (GPtrArray) read = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  g_test_expect_message ("lobby-client", G_LOG_LEVEL_WARNING, "*no account*");
  g_test_expect_message ("lobby-client", G_LOG_LEVEL_WARNING, "*no account*");
  read = lobby_account_file_read (path, &error);
  g_test_assert_expected_messages ();
  g_assert_no_error (error);
  g_assert_cmpuint (read->len, ==, 1);

  g_assert_true (g_file_set_contents (path, "no key file", -1, NULL));
  g_assert_null (lobby_account_file_read (path, &error));
  g_assert_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE);
}

static void
test_no_folder (void)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  g_autofree char *elsewhere = g_strconcat (path, "/none/accounts.ini", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (lobby_account_file_write (elsewhere, none, &error));
  g_assert_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_STORAGE);
}

int
main (int argc,
      char **argv)
{
  g_autofree char *folder = g_dir_make_tmp ("lobby-accounts-XXXXXX", NULL);
  int failed;

  g_test_init (&argc, &argv, NULL);
  path = g_build_filename (folder, "accounts.ini", NULL);
  g_test_add_func ("/account-file/round-trip", test_round_trip);
  g_test_add_func ("/account-file/none", test_none);
  g_test_add_func ("/account-file/damaged", test_damaged);
  g_test_add_func ("/account-file/no-folder", test_no_folder);
  failed = g_test_run ();
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  return failed;
}
