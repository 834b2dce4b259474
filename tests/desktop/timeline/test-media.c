/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gdk-pixbuf/gdk-pixbuf.h>
#include <glib/gstdio.h>
#include <gst/gst.h>

#include "lobby-picture-cache.h"
#include "lobby-voice-player.h"
#include "lobby-webp.h"

static char *folder;

static char *
path_of (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

/* Runs a pipeline that ends by itself. */
static void
run_pipeline (const char *description)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &error);
  g_autoptr (GstBus) bus = NULL;
  GstMessage *message;

  g_assert_no_error (error);
  bus = gst_element_get_bus (pipeline);
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  message = gst_bus_timed_pop_filtered (bus, 30 * GST_SECOND, GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  g_assert_nonnull (message);
  g_assert_cmpint (GST_MESSAGE_TYPE (message), ==, GST_MESSAGE_EOS);
  gst_message_unref (message);
  gst_element_set_state (pipeline, GST_STATE_NULL);
}

static void
make_jpeg (const char *path, int width, int height)
{
  g_autoptr (GdkPixbuf) pixbuf = gdk_pixbuf_new (GDK_COLORSPACE_RGB, FALSE, 8, width, height);
  g_autoptr (GError) error = NULL;

  gdk_pixbuf_fill (pixbuf, 0x336699ff);
  gdk_pixbuf_save (pixbuf, path, "jpeg", &error, NULL);
  g_assert_no_error (error);
}

static DexFuture *
on_loaded (DexFuture *future, gpointer data)
{
  g_main_loop_quit (data);
  return dex_future_new_true ();
}

/* (transfer none) from the cache, or NULL with @error. */
static GdkTexture *
load (const char *path, int width, int height, GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  DexFuture *future = lobby_picture_cache_load (path, width, height);
  const GValue *value;
  GdkTexture *texture;

  if (dex_future_is_pending (future))
    {
      dex_future_disown (dex_future_finally (dex_ref (future), on_loaded, loop, NULL));
      g_main_loop_run (loop);
    }
  value = dex_future_get_value (future, error);
  texture = value != NULL ? g_value_get_object (value) : NULL;
  dex_unref (future);
  return texture;
}

static void
test_picture (void)
{
  g_autofree char *path = path_of ("picture.jpg");
  g_autoptr (GError) error = NULL;
  GdkTexture *texture;

  make_jpeg (path, 1600, 1200);
  g_assert_null (lobby_picture_cache_peek (path, 320, 240));
  texture = load (path, 320, 240, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gdk_texture_get_width (texture), ==, 320);
  g_assert_cmpint (gdk_texture_get_height (texture), ==, 240);
  g_assert_true (lobby_picture_cache_peek (path, 320, 240) == texture);
  lobby_picture_cache_clear ();
}

/* The least recently used go when there are too many. */
static void
test_cache_is_bounded (void)
{
  g_autofree char *path = path_of ("large.jpg");
  guint n = LOBBY_PICTURE_CACHE_BYTES / (1000 * 1000 * 4) + 2;

  make_jpeg (path, 1000, 1100);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GError) error = NULL;

      load (path, 1000, 1000 + i, &error);
      g_assert_no_error (error);
      g_assert_nonnull (lobby_picture_cache_peek (path, 1000, 1000 + i));
    }
  g_assert_null (lobby_picture_cache_peek (path, 1000, 1000));
  lobby_picture_cache_clear ();
}

static void
test_hostile_pictures (void)
{
  g_autofree char *text = path_of ("text.jpg");
  g_autofree char *none = path_of ("none.jpg");
  g_autofree char *bomb = path_of ("bomb.gif");
  /* A GIF that claims 65,535 × 65,535 pixels. */
  static const guint8 gif[] = { 'G', 'I', 'F', '8', '9', 'a', 0xff, 0xff, 0xff, 0xff, 0x80, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0x2c,
                                0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 2, 2, 0x44, 1, 0, 0x3b };
  const char *const paths[] = { text, none, bomb };

  g_assert_true (g_file_set_contents (text, "not a picture at all", -1, NULL));
  g_assert_true (g_file_set_contents (bomb, (const char *)gif, sizeof gif, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (load (paths[i], 100, 100, &error));
      g_assert_nonnull (error);
    }
}

static void
test_webp (void)
{
  g_autofree char *path = path_of ("sticker.webp");
  g_autofree char *description = g_strdup_printf ("videotestsrc num-buffers=1 ! video/x-raw,width=512,height=512 ! videoconvert ! webpenc ! filesink location=%s", path);
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (GError) error = NULL;

  run_pipeline (description);
  texture = lobby_webp_decode (path, 144, 144, &error);
  g_assert_no_error (error);
  g_assert_cmpint (gdk_texture_get_width (texture), ==, 144);
}

static void
on_notify (LobbyVoicePlayer *player, GParamSpec *pspec, GMainLoop *loop)
{
  g_main_loop_quit (loop);
}

static void
test_voice (void)
{
  g_autofree char *path = path_of ("voice.ogg");
  g_autofree char *description = g_strdup_printf ("audiotestsrc num-buffers=200 samplesperbuffer=480 ! audio/x-raw,rate=48000,channels=1 ! opusenc ! oggmux ! filesink location=%s", path);
  g_autoptr (LobbyVoicePlayer) player = lobby_voice_player_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  run_pipeline (description);
  g_signal_connect (player, "notify", G_CALLBACK (on_notify), loop);
  lobby_voice_player_play (player, 7, path, 0);
  g_assert_cmpint (lobby_voice_player_get_row_id (player), ==, 7);
  g_assert_true (lobby_voice_player_get_playing (player));
  while (lobby_voice_player_get_position (player) == 0)
    g_main_loop_run (loop);
  g_assert_cmpint (lobby_voice_player_get_duration (player), >=, 1900);
  g_assert_cmpint (lobby_voice_player_get_duration (player), <=, 2200);

  lobby_voice_player_pause (player);
  g_assert_false (lobby_voice_player_get_playing (player));
  lobby_voice_player_cycle_speed (player);
  lobby_voice_player_cycle_speed (player);
  g_assert_cmpfloat (lobby_voice_player_get_speed (player), ==, 2);
  lobby_voice_player_seek (player, 0.9);
  lobby_voice_player_resume (player);
  /* At its end it lets go of the message. */
  while (lobby_voice_player_get_row_id (player) != 0)
    g_main_loop_run (loop);
  g_assert_false (lobby_voice_player_get_playing (player));
}

static void
on_failed (LobbyVoicePlayer *player, const char *why, gboolean *failed)
{
  *failed = TRUE;
}

static void
test_broken_voice (void)
{
  g_autofree char *path = path_of ("broken.ogg");
  g_autoptr (LobbyVoicePlayer) player = lobby_voice_player_new ();
  gboolean failed = FALSE;

  g_assert_true (g_file_set_contents (path, "not a recording", -1, NULL));
  g_signal_connect (player, "failed", G_CALLBACK (on_failed), &failed);
  lobby_voice_player_play (player, 7, path, 0);
  while (!failed)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (lobby_voice_player_get_row_id (player), ==, 0);
}

int
main (int argc, char **argv)
{
  int result;

  dex_init ();
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  folder = g_dir_make_tmp ("lobby-media-XXXXXX", NULL);

  g_test_add_func ("/media/picture", test_picture);
  g_test_add_func ("/media/cache-is-bounded", test_cache_is_bounded);
  g_test_add_func ("/media/hostile-pictures", test_hostile_pictures);
  g_test_add_func ("/media/webp", test_webp);
  g_test_add_func ("/media/voice", test_voice);
  g_test_add_func ("/media/broken-voice", test_broken_voice);
  result = g_test_run ();
  {
    g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name (dir)) != NULL)
      {
        g_autofree char *path = path_of (name);

        g_unlink (path);
      }
    g_rmdir (folder);
    g_free (folder);
  }
  return result;
}
