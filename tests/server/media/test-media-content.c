/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files whose beginning does not say what they are: MP4 by its tracks, documents by the names inside. */
#include "lobby-media-inspection.h"
#include "lobby-mp4-info.h"
#include "lobby-mp4-order.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

/* Bytes, built up */

static void
put (GByteArray *bytes,
     const void *data,
     gsize length)
{
  g_byte_array_append (bytes, data, (guint)length);
}

static void
put_big32 (GByteArray *bytes,
           guint32 value)
{
  guint32 big = GUINT32_TO_BE (value);

  put (bytes, &big, 4);
}

static void
put_little (GByteArray *bytes,
            guint32 value,
            guint count)
{
  guint32 little = GUINT32_TO_LE (value);

  put (bytes, &little, count);
}

static void
put_zeros (GByteArray *bytes,
           guint count)
{
  static const guint8 zeros[1024];

  put (bytes, zeros, count);
}

/* Takes @content. */
static GByteArray *
box (const char *type,
     GByteArray *content)
{
  GByteArray *made = g_byte_array_new ();

  put_big32 (made, content->len + 8);
  put (made, type, 4);
  put (made, content->data, content->len);
  g_byte_array_unref (content);
  return made;
}

static void
put_box (GByteArray *bytes,
         const char *type,
         GByteArray *content)
{
  g_autoptr (GByteArray) made = box (type, content);

  put (bytes, made->data, made->len);
}

/* Two chunks, of which every track of a movie is made, and where they are. */
#define MOVIE_WORDS "onetwo34"
#define MOVIE_DATA (16 + 8)

static GByteArray *
track (const char *handler,
       const char *codec,
       guint width,
       guint height,
       gboolean turned)
{
  GByteArray *tkhd = g_byte_array_new (), *hdlr = g_byte_array_new (), *stsd = g_byte_array_new (), *stbl = g_byte_array_new (),
             *stco = g_byte_array_new (), *minf = g_byte_array_new (), *mdia = g_byte_array_new (), *trak = g_byte_array_new ();

  put_zeros (tkhd, 40);
  put_big32 (tkhd, turned ? 0 : 0x10000);
  put_zeros (tkhd, 32);
  put_big32 (tkhd, width << 16);
  put_big32 (tkhd, height << 16);
  put_zeros (hdlr, 8);
  put (hdlr, handler, 4);
  put_zeros (hdlr, 12);
  put_zeros (stsd, 4);
  put_big32 (stsd, 1);
  put_big32 (stsd, 16);
  put (stsd, codec, 4);
  put_zeros (stsd, 8);
  put_zeros (stco, 4);
  put_big32 (stco, 2);
  put_big32 (stco, MOVIE_DATA);
  put_big32 (stco, MOVIE_DATA + 4);
  put_box (stbl, "stsd", stsd);
  put_box (stbl, "stco", stco);
  put_box (minf, "stbl", stbl);
  put_box (mdia, "hdlr", hdlr);
  put_box (mdia, "minf", minf);
  put_box (trak, "tkhd", tkhd);
  put_box (trak, "mdia", mdia);
  return trak;
}

static GByteArray *
movie (const char *brand,
       const char *video_codec,
       gboolean turned,
       guint sounds)
{
  GByteArray *file = g_byte_array_new (), *ftyp = g_byte_array_new (), *mvhd = g_byte_array_new (), *moov = g_byte_array_new (),
             *mdat = g_byte_array_new ();

  put (ftyp, brand, 4);
  put_zeros (ftyp, 4);
  put_zeros (mvhd, 12);
  put_big32 (mvhd, 600);
  put_big32 (mvhd, 600 * 7 + 300);
  put_zeros (mvhd, 80);
  put (mdat, MOVIE_WORDS, 8);
  put_zeros (mdat, 492);
  put_box (moov, "mvhd", mvhd);
  if (video_codec != NULL)
    put_box (moov, "trak", track ("vide", video_codec, 1280, 720, turned));
  for (guint i = 0; i < sounds; i++)
    put_box (moov, "trak", track ("soun", "mp4a", 0, 0, FALSE));
  put_box (file, "ftyp", ftyp);
  put_box (file, "mdat", mdat);
  put_box (file, "moov", moov);
  return file;
}

static char *
write_temporary (const GByteArray *bytes)
{
  g_autoptr (GError) error = NULL;
  char *path = g_build_filename (g_get_tmp_dir (), "lobby-content-XXXXXX", NULL);

  g_close (g_mkstemp (path), NULL);
  g_assert_true (g_file_set_contents (path, (const char *)bytes->data, bytes->len, &error));
  return path;
}

/* Takes @bytes. */
static LobbyMediaFacts *
inspect (GByteArray *bytes,
         const char *told)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_temporary (bytes);
  LobbyMediaFacts *facts;

  facts = lobby_media_inspect (path, told, &error);
  g_assert_no_error (error);
  g_unlink (path);
  g_byte_array_unref (bytes);
  return facts;
}

static void
test_movies (void)
{
  g_autoptr (LobbyMediaFacts) plain = inspect (movie ("isom", "avc1", FALSE, 1), NULL);
  g_autoptr (LobbyMediaFacts) turned = inspect (movie ("isom", "hvc1", TRUE, 2), "video/mp4");
  g_autoptr (LobbyMediaFacts) sound = inspect (movie ("isom", NULL, FALSE, 1), "video/mp4");
  g_autoptr (LobbyMediaFacts) lying = inspect (movie ("isom", "avc1", FALSE, 1), "audio/mp4");
  g_autoptr (LobbyMediaFacts) phone = inspect (movie ("3gp4", "h263", FALSE, 1), NULL);
  g_autoptr (LobbyMediaFacts) apple = inspect (movie ("qt  ", "avc1", FALSE, 1), "video/mp4");

  g_assert_cmpstr (plain->mime_type, ==, "video/mp4");
  g_assert_cmpstr (plain->video_codec, ==, "avc1");
  g_assert_cmpint (plain->width, ==, 1280);
  g_assert_cmpint (plain->height, ==, 720);
  g_assert_cmpint (plain->duration, ==, 7500);
  g_assert_cmpuint (plain->audio_tracks, ==, 1);
  g_assert_cmpint (turned->width, ==, 720);
  g_assert_cmpstr (turned->video_codec, ==, "hvc1");
  g_assert_cmpuint (turned->audio_tracks, ==, 2);
  g_assert_cmpstr (sound->mime_type, ==, "audio/mp4");
  g_assert_cmpstr (lying->mime_type, ==, "video/mp4");
  g_assert_cmpstr (phone->mime_type, ==, "video/3gpp");
  g_assert_cmpstr (apple->mime_type, ==, "video/quicktime");
}

/* The index goes before the data, and still says where they are. */
static void
test_order (void)
{
  g_autoptr (GByteArray) file = movie ("isom", "avc1", FALSE, 2);
  g_autofree char *path = write_temporary (file);
  g_autofree char *ordered = g_strconcat (path, ".ordered", NULL);
  g_autofree char *again = g_strconcat (path, ".again", NULL);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyMediaFacts) before = lobby_media_inspect (path, NULL, &error);
  g_autoptr (LobbyMediaFacts) after = NULL;
  const char *table;
  gsize length;

  g_assert_true (before->index_behind);
  g_assert_true (lobby_mp4_order (path, ordered, &error));
  g_assert_no_error (error);
  after = lobby_media_inspect (ordered, NULL, &error);
  g_assert_false (after->index_behind);
  g_assert_cmpint (after->size, ==, before->size);
  g_assert_cmpint (after->width, ==, before->width);
  g_assert_cmpuint (after->audio_tracks, ==, 2);
  g_assert_true (g_file_get_contents (ordered, &bytes, &length, &error));
  table = bytes;
  for (guint i = 0; i < 3; i++)
    {
      const guint8 *entries;

      table = memmem (table, length - (gsize)(table - bytes), "stco", 4);
      g_assert_nonnull (table);
      entries = (const guint8 *)table + 12;
      g_assert_cmpmem (bytes + (entries[2] << 8 | entries[3]), 4, MOVIE_WORDS, 4);
      g_assert_cmpmem (bytes + (entries[6] << 8 | entries[7]), 4, MOVIE_WORDS + 4, 4);
      table += 4;
    }
  /* There is nothing to be done about this one. */
  g_assert_false (lobby_mp4_order (ordered, again, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_false (g_file_test (again, G_FILE_TEST_EXISTS));
  g_unlink (path);
  g_unlink (ordered);
}

static void
test_order_of_damaged (void)
{
  g_autoptr (GByteArray) file = movie ("isom", "avc1", FALSE, 1);
  const guint moov = 16 + 508;

  for (guint i = 0; i < 300; i++)
    {
      g_autoptr (GByteArray) copy = g_byte_array_sized_new (file->len);
      g_autofree char *path = NULL;
      g_autofree char *ordered = NULL;
      g_autofree char *bytes = NULL;
      gsize length;

      put (copy, file->data, file->len);
      for (guint changes = 0; changes < 3; changes++)
        copy->data[g_test_rand_int_range ((int)moov, (int)copy->len)] = (guint8)g_test_rand_int_range (0, 256);
      path = write_temporary (copy);
      ordered = g_strconcat (path, ".ordered", NULL);
      if (lobby_mp4_order (path, ordered, NULL))
        {
          g_assert_true (g_file_get_contents (ordered, &bytes, &length, NULL));
          g_assert_cmpuint (length, ==, file->len);
        }
      g_unlink (path);
      g_unlink (ordered);
    }
}

/* Whatever is cut off or changed, nothing breaks and nothing absurd is told. */
static void
test_damaged_movies (void)
{
  g_autoptr (GByteArray) file = movie ("isom", "avc1", FALSE, 1);
  const guint moov = 16 + 508 + 8;
  LobbyMp4Info info;

  for (guint length = 0; length < file->len - moov; length++)
    lobby_mp4_info_parse (file->data + moov, length, &info);
  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (GByteArray) copy = g_byte_array_sized_new (file->len - moov);

      put (copy, file->data + moov, file->len - moov);
      for (guint changes = 0; changes < 4; changes++)
        copy->data[g_test_rand_int_range (0, (int)copy->len)] = (guint8)g_test_rand_int_range (0, 256);
      lobby_mp4_info_parse (copy->data, copy->len, &info);
      g_assert_cmpint (info.width, >=, 0);
      g_assert_cmpint (info.width, <=, 65535);
      g_assert_cmpint (info.duration, >=, 0);
      g_assert_cmpint (info.duration, <=, 24 * 60 * 60 * 1000);
    }
}

/* A ZIP archive of empty files; the first has @content. */
static GByteArray *
archive (const char *const *names,
         const char *content)
{
  GByteArray *file = g_byte_array_new ();
  g_autoptr (GByteArray) directory = g_byte_array_new ();
  guint count = 0, begin;

  for (; names[count] != NULL; count++)
    {
      const char *body = count == 0 ? content : "";
      guint at = file->len;

      put (file, "PK\3\4", 4);
      put_zeros (file, 14);
      put_little (file, (guint32)strlen (body), 4);
      put_little (file, (guint32)strlen (body), 4);
      put_little (file, (guint32)strlen (names[count]), 2);
      put_zeros (file, 2);
      put (file, names[count], strlen (names[count]));
      put (file, body, strlen (body));
      put (directory, "PK\1\2", 4);
      put_zeros (directory, 24);
      put_little (directory, (guint32)strlen (names[count]), 2);
      put_zeros (directory, 12);
      put_little (directory, at, 4);
      put (directory, names[count], strlen (names[count]));
    }
  begin = file->len;
  put (file, directory->data, directory->len);
  put (file, "PK\5\6", 4);
  put_zeros (file, 4);
  put_little (file, count, 2);
  put_little (file, count, 2);
  put_little (file, directory->len, 4);
  put_little (file, begin, 4);
  put_zeros (file, 2);
  return file;
}

static void
test_archives (void)
{
  static const struct
  {
    const char *names[4], *content, *told, *type;
  } cases[] = {
    { { "[Content_Types].xml", "word/document.xml" }, "", "application/zip", "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
    { { "xl/workbook.xml", "[Content_Types].xml" }, "", NULL, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" },
    { { "[Content_Types].xml", "ppt/slides/slide1.xml" }, "", NULL, "application/vnd.openxmlformats-officedocument.presentationml.presentation" },
    { { "mimetype", "content.xml" }, "application/vnd.oasis.opendocument.text", "application/msword", "application/vnd.oasis.opendocument.text" },
    { { "mimetype", "x" }, "application/x-evil", "application/pdf", "application/zip" },
    { { "word/document.xml", "x" }, "", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip" },
    { { "a.exe" }, "", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/zip" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (LobbyMediaFacts) facts = inspect (archive (cases[i].names, cases[i].content), cases[i].told);

      g_assert_cmpstr (facts->mime_type, ==, cases[i].type);
    }
}

static GByteArray *
compound (const char *stream)
{
  GByteArray *file = g_byte_array_new ();

  put (file, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
  put_zeros (file, 22);
  put_little (file, 9, 2);
  put_zeros (file, 16);
  put_little (file, 1, 4);
  put_zeros (file, 460);
  put_zeros (file, 512);
  for (guint entry = 0; entry < 3; entry++)
    {
      const char *name = entry == 2 ? stream : "Other";

      for (guint i = 0; i < 32; i++)
        put_little (file, i < strlen (name) ? (guint32)name[i] : 0, 2);
      put_little (file, (guint32)(strlen (name) + 1) * 2, 2);
      put_zeros (file, 62);
    }
  return file;
}

static void
test_compound_files (void)
{
  g_autoptr (LobbyMediaFacts) word = inspect (compound ("WordDocument"), "application/vnd.ms-excel");
  g_autoptr (LobbyMediaFacts) table = inspect (compound ("Workbook"), NULL);
  g_autoptr (LobbyMediaFacts) slides = inspect (compound ("PowerPoint Document"), NULL);
  g_autoptr (LobbyMediaFacts) installer = inspect (compound ("Installer"), "application/msword");

  g_assert_cmpstr (word->mime_type, ==, "application/msword");
  g_assert_cmpstr (table->mime_type, ==, "application/vnd.ms-excel");
  g_assert_cmpstr (slides->mime_type, ==, "application/vnd.ms-powerpoint");
  g_assert_cmpstr (installer->mime_type, ==, "application/x-ole-storage");
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/media/content/movies", test_movies);
  g_test_add_func ("/media/content/damaged-movies", test_damaged_movies);
  g_test_add_func ("/media/content/order", test_order);
  g_test_add_func ("/media/content/order-of-damaged", test_order_of_damaged);
  g_test_add_func ("/media/content/archives", test_archives);
  g_test_add_func ("/media/content/compound-files", test_compound_files);
  return g_test_run ();
}
