/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-image-size.h"
#include "lobby-media-inspection.h"
#include "lobby-media-type.h"
#include "lobby-opus-duration.h"

#include <glib/gstdio.h>
#include <string.h>

typedef struct
{
  const char *name;
  const char *bytes;
  gsize length;
  int width, height; /* 0: not to be read */
} Picture;

#define PICTURE(name, bytes, width, height)        \
  {                                                \
    name, bytes, sizeof (bytes) - 1, width, height \
  }
#define PNG "\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
#define SOF(kind, h, w) "\xff" kind "\0\x11\x08" h w "\x03\x01\x22\0\x02\x11\x01\x03\x11\x01"
#define JFIF "\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
#define EXIF_LITTLE(orientation) "\xff\xe1\0\x22" \
                                 "Exif\0\0II\x2a\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0" orientation "\0\0\0\0\0\0\0"
#define EXIF_BIG(orientation) "\xff\xe1\0\x22" \
                              "Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0" orientation "\0\0\0\0\0\0"

static const Picture PICTURES[] = {
  PICTURE ("png", PNG "\0\0\x01\x40\0\0\0\xf0\x08\x06\0\0\0", 320, 240),
  PICTURE ("png of no width", PNG "\0\0\0\0\0\0\0\xf0\x08\x06\0\0\0", 0, 0),
  PICTURE ("png of absurd size", PNG "\x7f\xff\xff\xff\0\0\0\xf0\x08\x06\0\0\0", 0, 0),
  PICTURE ("png cut off", PNG "\0\0\x01", 0, 0),
  PICTURE ("jpeg", "\xff\xd8" JFIF SOF ("\xc0", "\0\xf0", "\x01\x40"), 320, 240),
  PICTURE ("progressive jpeg", "\xff\xd8" JFIF SOF ("\xc2", "\0\xf0", "\x01\x40"), 320, 240),
  PICTURE ("jpeg with padding", "\xff\xd8\xff\xff" JFIF SOF ("\xc0", "\0\xf0", "\x01\x40"), 320, 240),
  PICTURE ("jpeg, upright", "\xff\xd8" EXIF_LITTLE ("\x01") SOF ("\xc0", "\0\xf0", "\x01\x40"), 320, 240),
  PICTURE ("jpeg, turned", "\xff\xd8" EXIF_LITTLE ("\x06") SOF ("\xc0", "\0\xf0", "\x01\x40"), 240, 320),
  PICTURE ("jpeg, turned, big end first", "\xff\xd8" EXIF_BIG ("\x08") SOF ("\xc0", "\0\xf0", "\x01\x40"), 240, 320),
  PICTURE ("jpeg without frame", "\xff\xd8" JFIF "\xff\xda\0\x02", 0, 0),
  PICTURE ("jpeg with a table", "\xff\xd8"
                                "\xff\xc4\0\x04xx" SOF ("\xc0", "\0\xf0", "\x01\x40"),
           320,
           240),
  PICTURE ("jpeg that goes nowhere", "\xff\xd8\xff\xe0\0\0\xff\xe0\0\0", 0, 0),
  PICTURE ("jpeg that ends", "\xff\xd8", 0, 0),
  PICTURE ("webp, lossy", "RIFF\0\0\0\0WEBPVP8 \0\0\0\0\x30\x01\0\x9d\x01\x2a\x40\x01\xf0\0\0\0", 320, 240),
  PICTURE ("webp, lossless", "RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f\x3f\xc1\x3b\0\0\0\0\0\0", 320, 240),
  PICTURE ("webp, extended", "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x10\0\0\0\x3f\x01\0\xef\0\0", 320, 240),
  PICTURE ("webp cut off", "RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0", 0, 0),
  PICTURE ("text", "Hello, this is no picture at all, of any kind", 0, 0),
  PICTURE ("nothing", "", 0, 0),
};

static void
test_pictures (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (PICTURES); i++)
    {
      const Picture *picture = &PICTURES[i];
      int width = 0, height = 0;
      gboolean read = lobby_image_size_parse ((const guint8 *)picture->bytes, picture->length, &width, &height);

      g_test_message ("%s", picture->name);
      g_assert_cmpint (read, ==, picture->width != 0);
      g_assert_cmpint (width, ==, picture->width);
      g_assert_cmpint (height, ==, picture->height);
    }
}

/* Every beginning of every picture, and random damage, in memory of exactly that size: the sanitizer watches. */
static void
test_pictures_damaged (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (PICTURES); i++)
    {
      for (gsize length = 0; length <= PICTURES[i].length; length++)
        {
          g_autofree guint8 *bytes = g_memdup2 (PICTURES[i].bytes, length);
          int width, height;

          lobby_image_size_parse (bytes, length, &width, &height);
          for (guint round = 0; length > 0 && round < 50; round++)
            {
              bytes[g_test_rand_int_range (0, (gint32)length)] = (guint8)g_test_rand_int_range (0, 256);
              lobby_image_size_parse (bytes, length, &width, &height);
            }
        }
    }
}

static void
append_page (GByteArray *file,
             guint64 granule,
             guint32 serial,
             const char *data,
             guint8 size)
{
  guint8 header[28] = { 'O', 'g', 'g', 'S' };

  for (guint i = 0; i < 8; i++)
    header[6 + i] = (guint8)(granule >> (8 * i));
  for (guint i = 0; i < 4; i++)
    header[14 + i] = (guint8)(serial >> (8 * i));
  header[26] = 1;
  header[27] = size;
  g_byte_array_append (file, header, sizeof header);
  g_byte_array_append (file, (const guint8 *)data, size);
}

#define HEAD "OpusHead\x01\x01\x38\x01\x80\xbb\0\0\0\0\0"
#define HEAD_SIZE 19
#define PRE_SKIP 312

static GByteArray *
make_opus (guint64 last_granule)
{
  GByteArray *file = g_byte_array_new ();

  append_page (file, 0, 7, HEAD, HEAD_SIZE);
  append_page (file, 0, 7, "OpusTags", 8);
  append_page (file, 48000 + PRE_SKIP, 7, "sound", 5);
  append_page (file, last_granule, 7, "sound OggS in the data", 22);
  return file;
}

static void
test_opus (void)
{
  g_autoptr (GByteArray) file = make_opus (48000 * 5 + PRE_SKIP);
  g_autoptr (GByteArray) open_end = make_opus (G_MAXUINT64);
  g_autoptr (GByteArray) endless = make_opus (G_MAXINT64);
  g_autoptr (GByteArray) silent = make_opus (10);
  int msec = 0;

  g_assert_true (lobby_opus_duration_parse (file->data, file->len, file->data, file->len, &msec));
  g_assert_cmpint (msec, ==, 5000);
  g_assert_true (lobby_opus_duration_parse (open_end->data, open_end->len, open_end->data, open_end->len, &msec));
  g_assert_cmpint (msec, ==, 1000);
  g_assert_false (lobby_opus_duration_parse (endless->data, endless->len, endless->data, endless->len, &msec));
  g_assert_false (lobby_opus_duration_parse (silent->data, silent->len, silent->data, silent->len, &msec));
  g_assert_false (lobby_opus_duration_parse (file->data + 1, file->len - 1, file->data, file->len, &msec));
  append_page (file, 48000 * 99, 8, "another stream", 14);
  g_assert_true (lobby_opus_duration_parse (file->data, file->len, file->data, file->len, &msec));
  g_assert_cmpint (msec, ==, 5000);
  for (guint length = 0; length < file->len; length++)
    {
      g_autofree guint8 *bytes = g_memdup2 (file->data, length);

      lobby_opus_duration_parse (bytes, length, bytes, length, &msec);
    }
}

static void
test_types (void)
{
  static const struct
  {
    const char *bytes, *told, *expected;
  } cases[] = {
    { "\x89PNG\r\n\x1a\n....", "image/jpeg", "image/png" },
    { "\xff\xd8\xff\xe0....", NULL, "image/jpeg" },
    { "%PDF-1.7....", "text/html", "application/pdf" },
    { "xxxxftypisom", "video/mp4", "video/mp4" },
    { "xxxxftypisom", "audio/mp4", "audio/mp4" },
    { "xxxxftypM4A ", "video/mp4", "audio/mp4" },
    { "PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
    { "<html>", "text/html", "application/octet-stream" },
    { "<svg>", "image/svg+xml", "application/octet-stream" },
    { "<?xml", "Application/XML; charset=utf-8", "application/octet-stream" },
    { "hello", "TEXT/PLAIN; charset=utf-8", "text/plain; charset=utf-8" },
    { "hello", "text/plain\r\nX-Evil: 1", "text/plain" },
    { "hello", "rubbish", "text/plain" },
    { "hello", NULL, "text/plain" },
    { "hello", "image/png", "text/plain" },
    { "hello", "text/csv", "text/csv" },
    { "h\x01llo", NULL, "application/octet-stream" },
    { "\xff\xfe\xfd\xfc\xfb", "application/pdf", "application/octet-stream" },
    { "\xff\xf1\x50\x80....", NULL, "audio/aac" },
    { "\xff\xfb\x90\x64....", "audio/mpeg", "audio/mpeg" },
    { "xxxxftypqt  ", "video/mp4", "video/quicktime" },
    { "xxxxftypheic", "image/jpeg", "image/heic" },
    { "\x1a\x45\xdf\xa3....B\x82\x84webm", NULL, "video/webm" },
    { "fLaC....", NULL, "audio/flac" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *type = lobby_media_type_decide ((const guint8 *)cases[i].bytes, strlen (cases[i].bytes), cases[i].told);

      g_assert_cmpstr (type, ==, cases[i].expected);
    }
}

static void
test_inspect_and_keep (void)
{
  g_autoptr (GByteArray) opus = make_opus (48000 * 2 + PRE_SKIP);
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("lobby-media-XXXXXX", &error);
  g_autoptr (LobbyFileStore) store = lobby_file_store_new (folder);
  g_autofree char *path = g_build_filename (folder, "fetched", NULL);
  g_autofree char *shelf = NULL, *place = NULL;
  g_autofree char *expected = g_compute_checksum_for_data (G_CHECKSUM_SHA256, opus->data, opus->len);
  g_autoptr (LobbyMediaFacts) found = NULL;

  g_assert_no_error (error);
  g_assert_true (g_file_set_contents (path, (const char *)opus->data, opus->len, &error));
  found = lobby_media_inspect (path, "audio/ogg", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (found->sha256, ==, expected);
  g_assert_cmpstr (found->mime_type, ==, "audio/ogg; codecs=opus");
  g_assert_cmpint (found->duration, ==, 2000);
  g_assert_cmpint (found->size, ==, opus->len);
  g_assert_cmpint (found->width, ==, 0);

  g_assert_true (lobby_file_store_keep (store, path, found->sha256, &error));
  g_assert_no_error (error);
  shelf = g_strdup_printf ("%s/%.2s", folder, expected);
  place = g_build_filename (shelf, expected, NULL);
  g_assert_true (g_file_test (place, G_FILE_TEST_IS_REGULAR));
  g_unlink (path);
  g_assert_true (g_file_test (place, G_FILE_TEST_IS_REGULAR));
  g_assert_false (lobby_file_store_keep (store, path, "00", &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FAILED);
  g_assert_false (lobby_file_store_remove (store, expected));
  g_assert_true (g_file_test (place, G_FILE_TEST_IS_REGULAR));
  lobby_file_store_forget_kept (store);
  g_assert_true (lobby_file_store_remove (store, expected));
  g_assert_false (g_file_test (place, G_FILE_TEST_EXISTS));
  g_rmdir (shelf);
  g_free (g_steal_pointer (&shelf));
  shelf = g_build_filename (folder, "00", NULL);
  g_rmdir (shelf);
  g_rmdir (folder);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media/pictures", test_pictures);
  g_test_add_func ("/media/pictures-damaged", test_pictures_damaged);
  g_test_add_func ("/media/opus", test_opus);
  g_test_add_func ("/media/types", test_types);
  g_test_add_func ("/media/inspect-and-keep", test_inspect_and_keep);
  return g_test_run ();
}
