/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-account.h"
#include "lobby-media-cache.h"

#include <glib/gstdio.h>

#include "stand-in.h"

#define FILE_SIZE 1000

static SoupServer *server;
static char *url;
static char *folder;
static guint n_requests;
static guint status = 200;
static LobbyApi *api;

static void
on_request (SoupServer *unused,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer data)
{
  g_autofree char *contents = g_strnfill (FILE_SIZE, 'x');

  n_requests++;
  stand_in_answer (message, status, status == 200 ? contents : "{\"error\":{\"code\":\"not_found\",\"message\":\"x\"}}");
}

static guint
count_files (const char *files)
{
  g_autoptr (GDir) dir = g_dir_open (files, 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static LobbyMediaCache *
make (const char *name,
      guint64 max_bytes,
      char **files)
{
  n_requests = 0;
  status = 200;
  *files = g_build_filename (folder, name, NULL);
  return lobby_media_cache_new (api, *files, max_bytes);
}

static void
note_progress (double fraction,
               gpointer data)
{
  *(double *)data = fraction;
}

static void
test_once_for_many (void)
{
  g_autofree char *files = NULL;
  g_autoptr (LobbyMediaCache) cache = make ("many", 1 << 20, &files);
  g_autoptr (GPtrArray) futures = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *known = NULL;
  double fraction = 0;

  for (int i = 0; i < 10; i++)
    g_ptr_array_add (futures, lobby_media_cache_fetch (cache, "/api/media/1", note_progress, &fraction, NULL));
  for (guint i = 0; i < futures->len; i++)
    {
      const char *path = g_value_get_string (loop_until (g_ptr_array_index (futures, i), &error));

      g_assert_no_error (error);
      g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
      g_assert_true (g_str_has_prefix (path, files));
    }
  g_assert_cmpuint (n_requests, ==, 1);
  g_assert_cmpfloat (fraction, ==, 1.0);

  /* And not again when it is there. */
  loop_until (lobby_media_cache_fetch (cache, "/api/media/1", NULL, NULL, NULL), &error);
  g_assert_no_error (error);
  known = lobby_media_cache_lookup (cache, "/api/media/1");
  g_assert_nonnull (known);
  g_assert_null (lobby_media_cache_lookup (cache, "/api/media/2"));
  g_assert_cmpuint (n_requests, ==, 1);
  loop_until (dex_future_new_true (), NULL);
}

static void
test_refused (void)
{
  g_autofree char *files = NULL;
  g_autoptr (LobbyMediaCache) cache = make ("refused", 1 << 20, &files);
  g_autoptr (GError) error = NULL;

  status = 404;
  g_assert_null (loop_until (lobby_media_cache_fetch (cache, "/api/media/1", NULL, NULL, NULL), &error));
  g_assert_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_cmpuint (count_files (files), ==, 0);

  /* It is tried again when asked again. */
  status = 200;
  loop_until (lobby_media_cache_fetch (cache, "/api/media/1", NULL, NULL, NULL), &error);
  g_assert_no_error (error);
  loop_until (dex_future_new_true (), NULL);
}

/* The token goes to our server only, whatever a server writes into a message. */
static void
test_foreign (void)
{
  static const char *cases[] = { NULL, "", "x", "//evil.example/x", "http://evil.example/x", "/\\evil.example", "/api/../../x", "/a b" };
  g_autofree char *files = NULL;
  g_autoptr (LobbyMediaCache) cache = make ("foreign", 1 << 20, &files);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (loop_until (lobby_media_cache_fetch (cache, cases[i], NULL, NULL, NULL), &error));
      g_assert_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_REFUSED);
    }
  g_assert_cmpuint (n_requests, ==, 0);
  loop_until (dex_future_new_true (), NULL);
}

static void
test_forgets_the_oldest (void)
{
  g_autofree char *files = NULL;
  g_autoptr (LobbyMediaCache) cache = make ("oldest", 10 * FILE_SIZE, &files);
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  for (int i = 1; i <= 10; i++)
    {
      g_autofree char *media = g_strdup_printf ("/api/media/%d", i);

      loop_until (lobby_media_cache_fetch (cache, media, NULL, NULL, NULL), NULL);
      loop_until (dex_timeout_new_msec (5), NULL);
    }
  g_assert_cmpuint (count_files (files), ==, 10);
  /* Looking at it makes the first the newest. */
  first = lobby_media_cache_lookup (cache, "/api/media/1");
  g_assert_nonnull (first);
  loop_until (lobby_media_cache_fetch (cache, "/api/media/11", NULL, NULL, NULL), NULL);
  wait_until (count_files (files) == 9);
  second = lobby_media_cache_lookup (cache, "/api/media/2");
  g_assert_null (second);
  g_assert_true (g_file_test (first, G_FILE_TEST_EXISTS));
  loop_until (dex_future_new_true (), NULL);
}

/* What is forgotten is gone, also when it was still on its way, and does not come again. */
static void
test_forget (void)
{
  g_autofree char *files = NULL;
  g_autoptr (LobbyMediaCache) cache = make ("forget", 1 << 20, &files);
  g_autoptr (GError) error = NULL;
  DexFuture *coming;

  loop_until (lobby_media_cache_fetch (cache, "/api/media/1", NULL, NULL, NULL), &error);
  g_assert_no_error (error);
  coming = lobby_media_cache_fetch (cache, "/api/media/2", NULL, NULL, NULL);
  lobby_media_cache_forget (cache, "/api/media/1");
  lobby_media_cache_forget (cache, "/api/media/2");
  lobby_media_cache_forget (cache, NULL);
  lobby_media_cache_forget (cache, "/api/media/3");
  g_assert_null (loop_until (coming, &error));
  g_assert_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_cmpuint (count_files (files), ==, 0);
  n_requests = 0;
  g_assert_null (loop_until (lobby_media_cache_fetch (cache, "/api/media/1", NULL, NULL, NULL), &error));
  g_assert_error (error, LOBBY_CLIENT_ERROR, LOBBY_CLIENT_ERROR_REFUSED);
  g_assert_cmpuint (n_requests, ==, 0);
  loop_until (dex_future_new_true (), NULL);
}

int
main (int argc,
      char **argv)
{
  const char *remove[] = { "rm", "-rf", NULL, NULL };
  int failed;

  dex_init ();
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("lobby-media-XXXXXX", NULL);
  server = stand_in_new (on_request, NULL, &url);
  api = lobby_api_new (url);
  lobby_api_set_token (api, "token");
  g_test_add_func ("/media-cache/once-for-many", test_once_for_many);
  g_test_add_func ("/media-cache/refused", test_refused);
  g_test_add_func ("/media-cache/foreign", test_foreign);
  g_test_add_func ("/media-cache/forgets-the-oldest", test_forgets_the_oldest);
  g_test_add_func ("/media-cache/forget", test_forget);
  failed = g_test_run ();
  loop_until (dex_timeout_new_msec (20), NULL);
  g_object_unref (api);
  stand_in_free (server);
  remove[2] = folder;
  g_spawn_sync (NULL, (char **)remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free (folder);
  g_free (url);
  return failed;
}
