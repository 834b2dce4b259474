/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lobby-bucket.h"
#include "lobby-graph-error.h"
#include "lobby-json.h"
#include "lobby-knobs.h"
#include "lobby-media-store.h"
#include "lobby-number.h"
#include "lobby-schedule.h"
#include "lobby-webhook-body.h"

static void
test_throughput (void)
{
  LobbyBucket bucket = { 0 };
  guint taken = 0;

  for (guint i = 0; i < 200; i++)
    taken += lobby_bucket_take (&bucket, 1000, LOBBY_THROUGHPUT_CAPACITY, 1000.0 / LOBBY_THROUGHPUT_CAPACITY);
  g_assert_cmpuint (taken, ==, 80);
  /* 80 a second from then on. */
  for (gint64 now = 1001; now <= 11000; now++)
    taken += lobby_bucket_take (&bucket, now, LOBBY_THROUGHPUT_CAPACITY, 1000.0 / LOBBY_THROUGHPUT_CAPACITY);
  g_assert_cmpuint (taken, >=, 80 + 799);
  g_assert_cmpuint (taken, <=, 80 + 801);
}

static void
test_pair (void)
{
  LobbyBucket bucket = { 0 };
  guint taken = 0;

  for (guint i = 0; i < 60; i++)
    taken += lobby_bucket_take (&bucket, 0, LOBBY_PAIR_CAPACITY, LOBBY_PAIR_EVERY_MS);
  g_assert_cmpuint (taken, ==, 45);
  g_assert_false (lobby_bucket_take (&bucket, 5999, LOBBY_PAIR_CAPACITY, LOBBY_PAIR_EVERY_MS));
  g_assert_true (lobby_bucket_take (&bucket, 6000, LOBBY_PAIR_CAPACITY, LOBBY_PAIR_EVERY_MS));
  g_assert_false (lobby_bucket_take (&bucket, 6001, LOBBY_PAIR_CAPACITY, LOBBY_PAIR_EVERY_MS));
  /* What was borrowed is paid back in time: then there is room for 45 again. */
  for (guint i = 0; i < 45; i++)
    g_assert_true (lobby_bucket_take (&bucket, 6000 + 45 * 6000, LOBBY_PAIR_CAPACITY, LOBBY_PAIR_EVERY_MS));
}

static void
test_numbers (void)
{
  static const struct
  {
    const char *to;
    const char *digits;
  } cases[] = {
    { "+16505551234", "16505551234" },
    { "+1 (650) 555-1234", "16505551234" },
    { "(650) 555-1234", "16505551234" },
    { "16505551234", "16505551234" },
    { "+34 655 550 142", "34655550142" },
    { "34655550142", "134655550142" }, /* the trap: without + it is taken for a number of ours */
    { "+", NULL },
    { "", NULL },
    { "+123", NULL },
    { "+1234567890123456", NULL },
    { "+1650555123x", NULL },
    { "1+6505551234", NULL },
    { "+0650555123", NULL },
  };
  gboolean later;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *digits = lobby_number_normalise (cases[i].to, "15550783881");

      g_assert_cmpstr (digits, ==, cases[i].digits);
    }
  {
    g_autofree char *brazil = lobby_number_twin ("5511987654321");
    g_autofree char *short_brazil = lobby_number_twin ("551187654321");
    g_autofree char *mexico = lobby_number_twin ("5215512345678");
    g_autofree char *short_mexico = lobby_number_twin ("525512345678");

    g_assert_cmpstr (brazil, ==, "551187654321");
    g_assert_cmpstr (short_brazil, ==, "5511987654321");
    g_assert_cmpstr (mexico, ==, "525512345678");
    g_assert_cmpstr (short_mexico, ==, "5215512345678");
    g_assert_null (lobby_number_twin ("16505551234"));
  }
  g_assert_cmpint (lobby_number_magic ("19991310260", &later), ==, 131026);
  g_assert_true (later);
  g_assert_cmpint (lobby_number_magic ("19991310471", &later), ==, 131047);
  g_assert_false (later);
  g_assert_cmpint (lobby_number_magic ("19991304720", &later), ==, 130472);
  g_assert_true (later);
  g_assert_cmpint (lobby_number_magic ("19991310262", &later), ==, 0);
  g_assert_cmpint (lobby_number_magic ("19991317770", &later), ==, 0);
  g_assert_cmpint (lobby_number_magic ("15550100005", &later), ==, 0);
  g_assert_cmpint (lobby_number_magic ("16505551234", &later), ==, 0);
}

static void
test_knobs (void)
{
  LobbyKnobs knobs, before;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) good = lobby_json_parse_object ("{\"duplicate\":0.5,\"batch\":100,\"fail_code\":131056,\"fail_count\":2,\"close_mid_body\":true,\"speed\":10}", -1, NULL);
  static const char *const bad[] = { "{\"duplicate\":1.5}", "{\"batch\":0}", "{\"batch\":\"many\"}", "{\"wings\":1}", "{\"speed\":0}", "{\"delay_ms\":-1}", "{\"drop\":0.5,\"speed\":true}" };

  lobby_knobs_init (&knobs);
  g_assert_cmpint (knobs.batch, ==, 1);
  g_assert_cmpint (knobs.status_delay_ms, ==, -1);
  g_assert_true (lobby_knobs_update (&knobs, good, &error));
  g_assert_no_error (error);
  g_assert_cmpfloat (knobs.duplicate, ==, 0.5);
  g_assert_cmpint (knobs.close_mid_body, ==, 1);
  before = knobs;
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (JsonObject) json = lobby_json_parse_object (bad[i], -1, NULL);

      g_assert_false (lobby_knobs_update (&knobs, json, &error));
      g_assert_nonnull (error);
      g_clear_error (&error);
      g_assert_cmpmem (&knobs, sizeof knobs, &before, sizeof before);
    }
  lobby_knobs_spend_failure (&knobs);
  g_assert_cmpint (knobs.fail_code, ==, 131056);
  lobby_knobs_spend_failure (&knobs);
  g_assert_cmpint (knobs.fail_code, ==, 0);
  g_assert_cmpint (knobs.close_mid_body, ==, 0);
  g_assert_cmpint (knobs.batch, ==, 100);
}

static void
test_signature (void)
{
  /* RFC 4231, test case 2. */
  g_autofree char *signature = lobby_webhook_sign ("Jefe", "what do ya want for nothing?", 28);

  g_assert_cmpstr (signature, ==, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void
test_escaping (void)
{
  static const struct
  {
    const char *plain;
    const char *escaped;
  } cases[] = {
    { "{\"a\":\"b\"}", "{\"a\":\"b\"}" },
    { "\"é\"", "\"\\u00e9\"" },
    { "\"नि\"", "\"\\u0928\\u093f\"" },
    { "\"😀\"", "\"\\ud83d\\ude00\"" },
    { "\"audio/ogg\"", "\"audio\\/ogg\"" },
    { "\"\\\\/\"", "\"\\\\\\/\"" },
    { "\"\\\"\\n\"", "\"\\\"\\n\"" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *escaped = lobby_webhook_escape (cases[i].plain);
      g_autoptr (JsonNode) plain = lobby_json_parse (cases[i].plain, -1, NULL);
      g_autoptr (JsonNode) read = lobby_json_parse (escaped, -1, NULL);

      g_assert_cmpstr (escaped, ==, cases[i].escaped);
      g_assert_true (json_node_equal (plain, read));
    }
}

static LobbyUpdate *
update (const char *lane,
        const char *kind,
        const char *id)
{
  JsonObject *item = json_object_new ();

  json_object_set_string_member (item, "id", id);
  return lobby_update_new (lane, kind, NULL, item);
}

static void
test_body (void)
{
  LobbyBusiness business = { "W", "P", "1" };
  g_autoptr (GPtrArray) updates = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_update_free);
  g_autofree char *body = NULL;
#define VALUE(rest) "{\"value\":{\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"1\",\"phone_number_id\":\"P\"}," rest "},\"field\":\"messages\"}"

  g_ptr_array_add (updates, update ("a", "messages", "1"));
  g_ptr_array_add (updates, update ("a", "messages", "2"));
  g_ptr_array_add (updates, update ("b", "messages", "3"));
  g_ptr_array_add (updates, update ("b", "statuses", "4"));
  g_ptr_array_add (updates, lobby_update_new_field ("x", "security", json_object_new ()));
  body = lobby_webhook_body (&business, updates);
  g_assert_cmpstr (body, ==,
                   "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"W\",\"changes\":[" VALUE ("\"messages\":[{\"id\":\"1\"},{\"id\":\"2\"}]") "," VALUE ("\"messages\":[{\"id\":\"3\"}]") "," VALUE ("\"statuses\":[{\"id\":\"4\"}]") ","
                                                                                                                                                                                                                                                     "{\"value\":{},\"field\":\"security\"}]}]}");
}

static gboolean
check (LobbyMediaStore *store,
       const char *type,
       const char *mime_type,
       const void *data,
       gsize length,
       gsize padded)
{
  guint8 *contents = g_malloc0 (MAX (padded, length) + 1);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  gboolean good;

  memcpy (contents, data, length);
  bytes = g_bytes_new_take (contents, MAX (padded, length));
  good = lobby_media_check (lobby_media_store_add (store, bytes, mime_type, NULL, FALSE), type, &error);
  if (!good)
    g_assert_error (error, LOBBY_GRAPH_ERROR, 131053);
  return good;
}

static void
test_media (void)
{
  g_autoptr (LobbySchedule) schedule = lobby_schedule_new (1);
  LobbyMediaStore *store = lobby_media_store_new (schedule);
  const char png[] = "\x89PNG\r\n\x1A\n";
  const char jpeg[] = "\xFF\xD8\xFF\xE0";
  const char mp4[] = "\0\0\0\x10"
                     "ftypisom\0\0\0\0"
                     "\0\0\0\x08moov";
  const char late[] = "\0\0\0\x10"
                      "ftypisom\0\0\0\0"
                      "\0\0\0\x08mdat"
                      "\0\0\0\x08moov";
  guint8 opus[47] = "OggS";
  guint8 webp[40] = "RIFF\0\0\0\0WEBPVP8X";
  const gsize mib = 1024 * 1024;

  g_assert_true (check (store, "image", "image/png", png, 8, 0));
  g_assert_true (check (store, "image", "image/jpeg", jpeg, 4, 5 * mib));
  g_assert_false (check (store, "image", "image/jpeg", jpeg, 4, 5 * mib + 1));
  g_assert_false (check (store, "image", "image/jpeg", png, 8, 0));
  g_assert_false (check (store, "image", "image/webp", webp, 40, 0));
  g_assert_true (check (store, "video", "video/mp4", mp4, 24, 16 * mib));
  g_assert_false (check (store, "video", "video/mp4", mp4, 24, 16 * mib + 1));
  g_assert_false (check (store, "video", "video/mp4", late, 32, 16 * mib));
  g_assert_false (check (store, "video", "video/mp4", png, 8, 0));

  opus[26] = 1;
  memcpy (opus + 28, "OpusHead\1\1", 10);
  g_assert_true (check (store, "audio", "audio/ogg; codecs=opus", opus, 47, 0));
  g_assert_true (check (store, "audio", "audio/ogg", opus, 47, 0));
  g_assert_false (check (store, "audio", "audio/opus", opus, 47, 0));
  g_assert_false (check (store, "audio", "audio/ogg", opus, 47, 16 * mib + 1));
  opus[37] = 2;
  g_assert_false (check (store, "audio", "audio/ogg; codecs=opus", opus, 47, 0));
  memcpy (opus + 28, "\1vorbis", 7);
  g_assert_false (check (store, "audio", "audio/ogg; codecs=opus", opus, 47, 0));
  g_assert_true (check (store, "audio", "audio/mpeg", "ID3", 3, 0));

  webp[24] = 0xff, webp[25] = 1, webp[27] = 0xff, webp[28] = 1;
  g_assert_true (check (store, "sticker", "image/webp", webp, 40, 100 * 1024));
  g_assert_false (check (store, "sticker", "image/webp", webp, 40, 100 * 1024 + 1));
  webp[20] = 2;
  g_assert_true (check (store, "sticker", "image/webp", webp, 40, 500 * 1024));
  g_assert_false (check (store, "sticker", "image/webp", webp, 40, 500 * 1024 + 1));
  webp[24] = 0xfe;
  g_assert_false (check (store, "sticker", "image/webp", webp, 40, 0));
  g_assert_false (check (store, "sticker", "image/png", png, 8, 0));
  g_assert_true (check (store, "document", "application/pdf", "%PDF", 4, 0));
  g_assert_false (check (store, "document", "application/pdf", "", 0, 0));

  g_assert_true (lobby_media_type_allowed ("audio/ogg; codecs=opus"));
  g_assert_true (lobby_media_type_allowed ("IMAGE/JPEG"));
  g_assert_false (lobby_media_type_allowed ("image/gif"));
  lobby_media_store_free (store);
}

static void
test_addresses (void)
{
  g_autoptr (LobbySchedule) schedule = lobby_schedule_new (1);
  LobbyMediaStore *store = lobby_media_store_new (schedule);
  g_autoptr (GBytes) bytes = g_bytes_new_static ("abc", 3);
  const LobbyMedia *media = lobby_media_store_add (store, bytes, "text/plain", "a.txt", TRUE);
  g_autofree char *id = g_strdup (media->id);
  g_autofree char *lasting = lobby_media_store_make_url (store, media, "http://x", 60000);
  g_autofree char *over = lobby_media_store_make_url (store, media, "http://x", 0);
  const char *hash = strstr (lasting, "hash=") + 5;

  g_assert_cmpstr (media->sha256, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  g_assert_cmpstr (media->sha256_base64, ==, "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
  g_assert_true (lobby_media_store_open (store, id, hash) == media);
  g_assert_null (lobby_media_store_open (store, id, strstr (over, "hash=") + 5));
  g_assert_null (lobby_media_store_open (store, id, "x"));
  g_assert_true (lobby_media_store_remove (store, id));
  g_assert_null (lobby_media_store_open (store, id, hash));
  g_assert_null (lobby_media_store_find (store, id));
  lobby_media_store_free (store);
}

static GString *happened;

static void
happen (gpointer letter)
{
  g_string_append_c (happened, (char)GPOINTER_TO_INT (letter));
}

static void
test_schedule (void)
{
  g_autoptr (LobbySchedule) schedule = lobby_schedule_new (1);
  guint64 cancelled;

  happened = g_string_new (NULL);
  lobby_schedule_add (schedule, 3600 * 1000, happen, GINT_TO_POINTER ('d'), NULL);
  lobby_schedule_add (schedule, 0, happen, GINT_TO_POINTER ('a'), NULL);
  lobby_schedule_add (schedule, 0, happen, GINT_TO_POINTER ('b'), NULL);
  cancelled = lobby_schedule_add (schedule, 0, happen, GINT_TO_POINTER ('x'), NULL);
  lobby_schedule_add (schedule, 1800 * 1000, happen, GINT_TO_POINTER ('c'), NULL);
  g_assert_true (lobby_schedule_remove (schedule, cancelled));
  g_assert_false (lobby_schedule_remove (schedule, cancelled));
  while (happened->len < 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (happened->str, ==, "ab");
  /* An hour in a third of a second, for what already waits too. */
  lobby_schedule_set_speed (schedule, 10000);
  while (happened->len < 4)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (happened->str, ==, "abcd");
  g_assert_cmpint (lobby_schedule_now (schedule), >=, 3600 * 1000);
  g_string_free (happened, TRUE);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sandbox/rules/throughput", test_throughput);
  g_test_add_func ("/sandbox/rules/pair", test_pair);
  g_test_add_func ("/sandbox/rules/numbers", test_numbers);
  g_test_add_func ("/sandbox/rules/knobs", test_knobs);
  g_test_add_func ("/sandbox/rules/signature", test_signature);
  g_test_add_func ("/sandbox/rules/escaping", test_escaping);
  g_test_add_func ("/sandbox/rules/body", test_body);
  g_test_add_func ("/sandbox/rules/media", test_media);
  g_test_add_func ("/sandbox/rules/addresses", test_addresses);
  g_test_add_func ("/sandbox/rules/schedule", test_schedule);
  return g_test_run ();
}
