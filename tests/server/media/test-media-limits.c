/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-media-limits.h"

#define KIB 1024
#define MIB (1024 * 1024)

static void
test_announced (void)
{
  static const struct
  {
    const char *connection, *kind, *type;
    gint64 size;
    LobbyMediaFit fit;
  } cases[] = {
    { "cloud", "image", "image/jpeg", 5 * MIB, LOBBY_MEDIA_FITS },
    { "cloud", "image", "image/jpeg", 5 * MIB + 1, LOBBY_MEDIA_TOO_LARGE },
    { "cloud", "image", "image/jpeg", 0, LOBBY_MEDIA_TOO_LARGE },
    { "cloud", "image", "image/webp", 1, LOBBY_MEDIA_TYPE_REFUSED },
    { "cloud", "image", "application/octet-stream", 1, LOBBY_MEDIA_FITS },
    { "cloud", "image", NULL, 1, LOBBY_MEDIA_FITS },
    { "gateway", "image", "image/webp", 6 * MIB, LOBBY_MEDIA_FITS },
    { "cloud", "voice", "audio/ogg; codecs=opus", 1, LOBBY_MEDIA_FITS },
    { "cloud", "voice", "Audio/OGG", 1, LOBBY_MEDIA_FITS },
    { "cloud", "voice", "audio/opus", 1, LOBBY_MEDIA_FITS },
    { "cloud", "voice", "audio/mpeg", 1, LOBBY_MEDIA_TYPE_REFUSED },
    { "gateway", "voice", "audio/mpeg", 1, LOBBY_MEDIA_FITS },
    { "cloud", "document", "application/zip", 1, LOBBY_MEDIA_TYPE_REFUSED },
    { "gateway", "document", "application/zip", 100 * MIB, LOBBY_MEDIA_FITS },
    { "gateway", "document", "application/zip", 100 * MIB + 1, LOBBY_MEDIA_TOO_LARGE },
    { "cloud", "poem", "text/plain", 1, LOBBY_MEDIA_BAD_KIND },
    { "of the future", "image", "image/png", 1, LOBBY_MEDIA_FITS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *message = NULL;
      LobbyMediaFit fit = lobby_media_limits_announce (cases[i].connection, cases[i].kind, cases[i].type, cases[i].size, &message);

      g_test_message ("%s %s %s: %s", cases[i].connection, cases[i].kind, cases[i].type, message);
      g_assert_cmpint (fit, ==, cases[i].fit);
      g_assert_true ((message == NULL) == (fit == LOBBY_MEDIA_FITS));
    }
}

static void
test_content (void)
{
  static const struct
  {
    const char *connection, *kind;
    LobbyMediaFacts facts;
    LobbyMediaFit fit;
  } cases[] = {
    { "cloud", "voice", { .mime_type = (char *)"audio/ogg; codecs=opus", .size = 1, .channels = 1 }, LOBBY_MEDIA_FITS },
    { "cloud", "voice", { .mime_type = (char *)"audio/ogg; codecs=opus", .size = 1, .channels = 2 }, LOBBY_MEDIA_TYPE_REFUSED },
    { "cloud", "audio", { .mime_type = (char *)"audio/ogg", .size = 1 }, LOBBY_MEDIA_TYPE_REFUSED },
    { "gateway", "audio", { .mime_type = (char *)"audio/ogg", .size = 1 }, LOBBY_MEDIA_FITS },
    { "cloud", "video", { .mime_type = (char *)"video/mp4", .size = 1, .video_codec = "avc1", .audio_tracks = 1 }, LOBBY_MEDIA_FITS },
    { "cloud", "video", { .mime_type = (char *)"video/mp4", .size = 1, .video_codec = "hvc1" }, LOBBY_MEDIA_TYPE_REFUSED },
    { "cloud", "video", { .mime_type = (char *)"video/mp4", .size = 1, .video_codec = "avc1", .audio_tracks = 2 }, LOBBY_MEDIA_TYPE_REFUSED },
    { "cloud", "video", { .mime_type = (char *)"video/mp4", .size = 1, .video_codec = "avc1", .index_behind = TRUE }, LOBBY_MEDIA_TYPE_REFUSED },
    { "gateway", "video", { .mime_type = (char *)"video/mp4", .size = 1, .video_codec = "hvc1" }, LOBBY_MEDIA_FITS },
    { "cloud", "document", { .mime_type = (char *)"video/mp4", .size = 1, .video_codec = "hvc1" }, LOBBY_MEDIA_FITS },
    { "cloud", "sticker", { .mime_type = (char *)"image/webp", .size = 100 * KIB, .width = 512, .height = 512 }, LOBBY_MEDIA_FITS },
    { "cloud", "sticker", { .mime_type = (char *)"image/webp", .size = 101 * KIB, .width = 512, .height = 512 }, LOBBY_MEDIA_TOO_LARGE },
    { "cloud", "sticker", { .mime_type = (char *)"image/webp", .size = 101 * KIB, .width = 512, .height = 512, .animated = TRUE }, LOBBY_MEDIA_FITS },
    { "cloud", "sticker", { .mime_type = (char *)"image/webp", .size = 1, .width = 640, .height = 512 }, LOBBY_MEDIA_TYPE_REFUSED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *message = NULL;
      LobbyMediaFit fit = lobby_media_limits_check (cases[i].connection, cases[i].kind, &cases[i].facts, &message);

      g_test_message ("%u: %s", i, message);
      g_assert_cmpint (fit, ==, cases[i].fit);
      g_assert_true ((message == NULL) == (fit == LOBBY_MEDIA_FITS));
    }
}

static void
test_told (void)
{
  g_autoptr (JsonObject) cloud = lobby_media_limits_to_json ("cloud");
  g_autoptr (JsonObject) gateway = lobby_media_limits_to_json ("gateway");
  static const char *const kinds[] = { "image", "video", "audio", "voice", "document", "sticker" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_assert_cmpint (json_object_get_int_member (json_object_get_object_member (cloud, kinds[i]), "max_bytes"), <=,
                       json_object_get_int_member (json_object_get_object_member (gateway, kinds[i]), "max_bytes"));
      g_assert_cmpint (json_object_get_int_member (json_object_get_object_member (gateway, kinds[i]), "max_bytes"), <=, LOBBY_MEDIA_MAX_BYTES);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media/limits/announced", test_announced);
  g_test_add_func ("/media/limits/content", test_content);
  g_test_add_func ("/media/limits/told", test_told);
  return g_test_run ();
}
