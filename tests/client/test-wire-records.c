/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-json.h"
#include "lobby-wire-records.h"

static LobbyMessageRecord *
record_of (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) json = lobby_json_parse_object (text, -1, &error);
  g_autoptr (LobbyWireMessage) message = NULL;

  g_assert_no_error (error);
  message = lobby_wire_message_from_json (json, &error);
  g_assert_no_error (error);
  return lobby_message_record_from_wire (message);
}

#define MESSAGE(type, more)                                                                                                  \
  "{\"id\":\"m1\",\"conversation_id\":\"v1\",\"contact_id\":\"c1\",\"connection_id\":\"n1\",\"direction\":\"inbound\","      \
  "\"message_type\":\"" type "\",\"content\":\"text\",\"status\":\"delivered\",\"created_at\":\"2026-11-22T09:30:00.000Z\"," \
  "\"updated_at\":\"2026-11-22T09:31:00.000Z\"" more "}"

static void
test_text (void)
{
  g_autoptr (LobbyMessageRecord) record = record_of (MESSAGE ("text",
                                                              ",\"metadata\":{\"quoted\":{\"id\":\"m0\",\"whatsapp_message_id\":\"w\",\"content\":\"before\",\"type\":\"image\",\"outbound\":true},"
                                                              "\"status_times\":{\"sent\":\"2026-11-22T09:30:01.000Z\",\"read\":\"nonsense\"},\"forwarded\":true}"));

  g_assert_cmpstr (record->id, ==, "m1");
  g_assert_cmpstr (record->conversation_id, ==, "v1");
  g_assert_false (record->outbound);
  g_assert_cmpint (record->type, ==, LOBBY_MODEL_TEXT);
  g_assert_cmpint (record->status, ==, LOBBY_MODEL_STATUS_DELIVERED);
  g_assert_cmpint (record->sent_at, ==, 1795339800000);
  g_assert_cmpint (record->updated_at, ==, 1795339860000);
  g_assert_cmpint (record->media_state, ==, LOBBY_MEDIA_NONE);
  g_assert_cmpstr (record->quoted_id, ==, "m0");
  g_assert_cmpstr (record->quoted_text, ==, "before");
  g_assert_cmpint (record->quoted_type, ==, LOBBY_MODEL_IMAGE);
  g_assert_true (record->quoted_outbound);
  g_assert_cmpint (record->sent_time, ==, 1795339801000);
  g_assert_cmpint (record->read_time, ==, 0);
  g_assert_cmpstr (record->extra, ==, "{\"forwarded\":true}");
}

static void
test_file (void)
{
  g_autoptr (GString) waveform = g_string_new ("[0,100,250,-3,\"x\"");
  g_autofree char *text = NULL;
  g_autoptr (LobbyMessageRecord) record = NULL;

  for (int i = 5; i < 48; i++)
    g_string_append (waveform, ",10");
  text = g_strdup_printf (MESSAGE ("voice",
                                   ",\"media_url\":\"/api/media/m1\",\"metadata\":{\"media_state\":\"ready\",\"mime_type\":\"audio/ogg\","
                                   "\"file_size\":1234,\"duration\":5000,\"width\":-5,\"waveform\":%s]}"),
                          waveform->str);
  record = record_of (text);
  g_assert_cmpint (record->media_state, ==, LOBBY_MEDIA_READY);
  g_assert_cmpstr (record->media_url, ==, "/api/media/m1");
  g_assert_cmpint (record->file_size, ==, 1234);
  g_assert_cmpint (record->duration, ==, 5000);
  g_assert_cmpint (record->width, ==, 0);
  g_assert_cmpuint (strlen (record->waveform), ==, 96);
  g_assert_true (g_str_has_prefix (record->waveform, "00646400000a0a"));
}

/* Of a message that was taken back there is no file to come. */
static void
test_revoked (void)
{
  g_autoptr (LobbyMessageRecord) record = record_of (MESSAGE ("image", ",\"metadata\":{\"revoked_at\":\"2026-11-22T10:00:00.000Z\"}"));

  g_assert_true (record->revoked);
  g_assert_cmpint (record->media_state, ==, LOBBY_MEDIA_NONE);
}

/* Pictures are shown by themselves; of a video the small picture is told. */
static void
test_thumbnail (void)
{
#define THUMBNAIL ",\"media_url\":\"/api/media/m1\",\"metadata\":{\"media_state\":\"ready\",\"thumbnail\":{\"width\":320,\"height\":180}}"
  g_autoptr (LobbyMessageRecord) video = record_of (MESSAGE ("video", THUMBNAIL));
  g_autoptr (LobbyMessageRecord) image = record_of (MESSAGE ("image", THUMBNAIL));

  g_assert_cmpstr (video->extra, ==, "{\"thumbnail\":{\"width\":320,\"height\":180}}");
  g_assert_null (image->extra);
}

static void
test_media_states (void)
{
  g_autoptr (LobbyMessageRecord) pending = record_of (MESSAGE ("image", ",\"metadata\":{\"media_state\":\"pending\",\"waveform\":[1,2]}"));
  g_autoptr (LobbyMessageRecord) untold = record_of (MESSAGE ("image", ""));
  g_autoptr (LobbyMessageRecord) failed = record_of (MESSAGE ("image", ",\"metadata\":{\"media_state\":\"failed\",\"error\":{\"code\":131052,\"title\":\"t\"}}"));

  g_assert_cmpint (pending->media_state, ==, LOBBY_MEDIA_PENDING);
  g_assert_null (pending->waveform);
  g_assert_cmpint (untold->media_state, ==, LOBBY_MEDIA_PENDING);
  g_assert_cmpint (failed->media_state, ==, LOBBY_MEDIA_FAILED);
  g_assert_cmpint (failed->error_code, ==, 131052);
  g_assert_cmpstr (failed->error_text, ==, "t");
}

static void
test_reaction (void)
{
  g_autoptr (LobbyMessageRecord) record = record_of (MESSAGE ("reaction", ",\"metadata\":{\"reaction\":{\"message_id\":\"m0\",\"whatsapp_message_id\":\"w\"}}"));

  g_assert_cmpint (record->type, ==, LOBBY_MODEL_REACTION);
  g_assert_cmpstr (record->reaction_to, ==, "m0");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wire-records/text", test_text);
  g_test_add_func ("/wire-records/file", test_file);
  g_test_add_func ("/wire-records/revoked", test_revoked);
  g_test_add_func ("/wire-records/thumbnail", test_thumbnail);
  g_test_add_func ("/wire-records/media-states", test_media_states);
  g_test_add_func ("/wire-records/reaction", test_reaction);
  return g_test_run ();
}
