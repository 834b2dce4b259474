/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-cloud-adapter.h"
#include "lobby-cloud-error.h"
#include "lobby-http-client.h"
#include "lobby-json.h"
#include "lobby-media-fetcher.h"
#include "lobby-send-rate.h"

#include <string.h>

static void
test_answers (void)
{
  static const struct
  {
    guint status;
    const char *body;
    LobbySendError kind;
    LobbySendPace pace;
    int code;
    const char *title, *message;
  } cases[] = {
    { 401, "{\"error\":{\"message\":\"Invalid OAuth access token\",\"type\":\"OAuthException\",\"code\":190}}", LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0, 190, "Invalid OAuth access token", "Invalid OAuth access token" },
    { 400, "{\"error\":{\"message\":\"Malformed access token EAAsecret\",\"code\":190}}", LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0, 190, "Malformed access token …", "Malformed access token …" },
    { 400, "{\"error\":{\"message\":\"(#10) Permission\",\"code\":10}}", LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0, 10, "Permission", "Permission" },
    { 400, "{\"error\":{\"message\":\"x\",\"code\":294}}", LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0, 294, "x", "x" },
    { 500, "{\"error\":{\"message\":\"(#131000) Something went wrong\",\"code\":131000}}", LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT, 131000, "Something went wrong", "Something went wrong" },
    { 400, "{\"error\":{\"message\":\"(#130429) Rate limit hit\",\"code\":130429,\"error_data\":{\"details\":\"Cloud API message throughput has been reached.\"}}}", LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION, 130429, "Rate limit hit", "Cloud API message throughput has been reached." },
    { 400, "{\"error\":{\"message\":\"(#131056) Pair\",\"code\":\"131056\"}}", LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_PAIR, 131056, "Pair", "Pair" },
    { 400, "{\"error\":{\"code\":131057}}", LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_MAINTENANCE, 131057, NULL, "WhatsApp refused the message" },
    { 400, "{\"error\":{\"message\":\"(#131047) Re-engagement message\",\"code\":131047,\"error_data\":{\"details\":\"More than 24 hours\"}}}", LOBBY_SEND_ERROR_REFUSED, 0, 131047, "Re-engagement message", "More than 24 hours" },
    { 400, "{\"error\":{\"message\":\"(#131026) Undeliverable\",\"code\":131026}}", LOBBY_SEND_ERROR_REFUSED, 0, 131026, "Undeliverable", "Undeliverable" },
    { 400, "{\"error\":{\"message\":\"(#100\",\"code\":100}}", LOBBY_SEND_ERROR_REFUSED, 0, 100, "(#100", "(#100" },
    /* Without an envelope that can be read. */
    { 500, "", LOBBY_SEND_ERROR_UNKNOWN, 0, 0, "HTTP 500", "WhatsApp gave no clear answer" },
    { 502, "<html>Bad gateway</html>", LOBBY_SEND_ERROR_UNKNOWN, 0, 0, "HTTP 502", "WhatsApp gave no clear answer" },
    { 200, "{}", LOBBY_SEND_ERROR_UNKNOWN, 0, 0, "HTTP 200", "WhatsApp gave no clear answer" },
    { 302, "", LOBBY_SEND_ERROR_UNKNOWN, 0, 0, "HTTP 302", "WhatsApp gave no clear answer" },
    { 200, "{\"error\":{\"code\":100}}", LOBBY_SEND_ERROR_UNKNOWN, 0, 0, "HTTP 200", "WhatsApp gave no clear answer" },
    { 401, "no", LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0, 0, "HTTP 401", "WhatsApp does not let us in" },
    { 429, "{\"error\":\"slow down\"}", LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION, 0, "HTTP 429", "WhatsApp is asked too often" },
    { 404, "{\"error\":{\"code\":\"many\"}}", LOBBY_SEND_ERROR_REFUSED, 0, 0, "HTTP 404", "WhatsApp did not understand the request" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) body = g_bytes_new_static (cases[i].body, strlen (cases[i].body));
      g_autoptr (GError) error = lobby_cloud_error_from_answer (cases[i].status, body, "EAAsecret");
      const LobbySendErrorPrivate *said = lobby_adapter_get_error (error);

      g_assert_error (error, LOBBY_SEND_ERROR, (int)cases[i].kind);
      g_assert_cmpint (said->code, ==, cases[i].code);
      g_assert_cmpstr (said->title, ==, cases[i].title);
      g_assert_cmpstr (error->message, ==, cases[i].message);
      if (cases[i].kind == LOBBY_SEND_ERROR_TRY_AGAIN)
        g_assert_cmpint (said->pace, ==, cases[i].pace);
    }
}

/* Each row of CLOUD_API 11. */
static void
test_codes (void)
{
#define HOLD LOBBY_SEND_ERROR_HOLD_ACCOUNT
#define AGAIN LOBBY_SEND_ERROR_TRY_AGAIN
#define REFUSED LOBBY_SEND_ERROR_REFUSED
#define WINDOW LOBBY_CONSEQUENCE_WINDOW_CLOSED
#define UPLOAD LOBBY_CONSEQUENCE_UPLOAD_AGAIN
#define TEMPLATES LOBBY_CONSEQUENCE_TEMPLATES
#define LATER LOBBY_CONSEQUENCE_SEND_AGAIN
  static const struct
  {
    int code;
    LobbySendError kind;
    LobbySendPace pace;
    LobbyConsequence consequence;
    const char *alert;
  } rows[] = {
    { 0, HOLD, 0, 0, "error" },
    { 190, HOLD, 0, 0, "error" },
    { 102, HOLD, 0, 0, "error" },
    { 104, HOLD, 0, 0, "error" },
    { 200, HOLD, 0, 0, "error" },
    { 3, HOLD, 0, 0, "error" },
    { 10, HOLD, 0, 0, "error" },
    { 299, HOLD, 0, 0, "error" },
    { 131005, HOLD, 0, 0, "error" },
    { 1, AGAIN, LOBBY_PACE_TRANSIENT, LATER, NULL },
    { 2, AGAIN, LOBBY_PACE_TRANSIENT, LATER, NULL },
    { 131000, AGAIN, LOBBY_PACE_TRANSIENT, LATER, NULL },
    { 131016, AGAIN, LOBBY_PACE_TRANSIENT, LATER, NULL },
    { 133004, AGAIN, LOBBY_PACE_TRANSIENT, LATER, NULL },
    { 135000, AGAIN, LOBBY_PACE_TRANSIENT, LATER, NULL },
    { 4, AGAIN, LOBBY_PACE_CONNECTION, LATER, NULL },
    { 80007, AGAIN, LOBBY_PACE_CONNECTION, LATER, NULL },
    { 130429, AGAIN, LOBBY_PACE_CONNECTION, LATER, NULL },
    { 131056, AGAIN, LOBBY_PACE_PAIR, LATER, NULL },
    { 131057, AGAIN, LOBBY_PACE_MAINTENANCE, LATER, NULL },
    { 131048, HOLD, 0, 0, "error" },
    { 131064, HOLD, 0, 0, "error" },
    { 131047, REFUSED, 0, WINDOW, NULL },
    { 131026, REFUSED, 0, 0, NULL },
    { 131021, REFUSED, 0, 0, NULL },
    { 130403, REFUSED, 0, 0, NULL },
    { 131049, REFUSED, 0, 0, NULL },
    { 130472, REFUSED, 0, 0, NULL },
    { 131050, REFUSED, 0, 0, NULL },
    { 131051, REFUSED, 0, 0, NULL },
    { 131052, REFUSED, 0, UPLOAD, NULL },
    { 131053, REFUSED, 0, UPLOAD, NULL },
    { 100, REFUSED, 0, 0, NULL },
    { 131008, REFUSED, 0, 0, NULL },
    { 131009, REFUSED, 0, 0, NULL },
    { 33, REFUSED, 0, 0, NULL },
    { 132000, REFUSED, 0, TEMPLATES, NULL },
    { 132012, REFUSED, 0, TEMPLATES, NULL },
    { 132018, REFUSED, 0, TEMPLATES, NULL },
    { 132001, REFUSED, 0, TEMPLATES, NULL },
    { 132005, REFUSED, 0, TEMPLATES, NULL },
    { 132007, REFUSED, 0, TEMPLATES, NULL },
    { 132015, REFUSED, 0, TEMPLATES, NULL },
    { 132016, REFUSED, 0, TEMPLATES, NULL },
    { 132068, REFUSED, 0, 0, NULL },
    { 132069, AGAIN, LOBBY_PACE_TRANSIENT, LATER, NULL },
    { 131031, HOLD, 0, 0, "error" },
    { 368, HOLD, 0, 0, "error" },
    { 130497, REFUSED, 0, 0, "warning" },
    { 131037, HOLD, 0, 0, "error" },
    { 131042, HOLD, 0, 0, "error" },
    { 131045, HOLD, 0, 0, "error" },
    { 133010, HOLD, 0, 0, "error" },
    { 131062, REFUSED, 0, 0, NULL },
    { 147001, REFUSED, 0, 0, NULL },
    { 147004, REFUSED, 0, 0, NULL },
    { 999999, REFUSED, 0, 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"error\":{\"message\":\"(#%d) x\",\"code\":%d}}", rows[i].code, rows[i].code);
      g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
      g_autoptr (GError) error = lobby_cloud_error_from_answer (400, body, NULL);
      g_autoptr (GError) copy = g_error_copy (error);
      const LobbySendErrorPrivate *said = lobby_adapter_get_error (copy);
      const char *severity = NULL, *title = NULL, *advice = NULL;

      g_assert_error (error, LOBBY_SEND_ERROR, (int)rows[i].kind);
      g_assert_cmpint (said->code, ==, rows[i].code);
      g_assert_cmpint (said->pace, ==, rows[i].pace);
      g_assert_cmpint (said->consequence, ==, rows[i].consequence);
      g_assert_cmpint (lobby_cloud_error_get_consequence (rows[i].code), ==, rows[i].consequence);
      g_assert_cmpint (lobby_cloud_error_get_alert (rows[i].code, &severity, &title, &advice), ==, rows[i].alert != NULL);
      g_assert_cmpstr (severity, ==, rows[i].alert);
      g_assert_true ((title != NULL && advice != NULL) == (severity != NULL));
    }
}

/* What each type becomes; the sandbox tells in tests/integration/test-sending.py whether WhatsApp would take it. */
static void
test_types (void)
{
  static const struct
  {
    LobbyMessageType type;
    const char *content, *metadata, *expected;
  } cases[] = {
    { LOBBY_MESSAGE_IMAGE, "Look", "{}", "\"image\",\"image\":{\"id\":\"77\",\"caption\":\"Look\"}" },
    { LOBBY_MESSAGE_VIDEO, NULL, "{}", "\"video\",\"video\":{\"id\":\"77\"}" },
    { LOBBY_MESSAGE_AUDIO, NULL, "{}", "\"audio\",\"audio\":{\"id\":\"77\"}" },
    { LOBBY_MESSAGE_VOICE, NULL, "{}", "\"audio\",\"audio\":{\"id\":\"77\",\"voice\":true}" },
    { LOBBY_MESSAGE_DOCUMENT, "Bill", "{}", "\"document\",\"document\":{\"id\":\"77\",\"caption\":\"Bill\",\"filename\":\"a.pdf\"}" },
    { LOBBY_MESSAGE_STICKER, NULL, "{}", "\"sticker\",\"sticker\":{\"id\":\"77\"}" },
    { LOBBY_MESSAGE_LOCATION, NULL, "{\"location\":{\"latitude\":1.5,\"longitude\":2.5}}", "\"location\",\"location\":{\"latitude\":1.5,\"longitude\":2.5}" },
    { LOBBY_MESSAGE_CONTACTS, NULL, "{\"contacts\":[{\"name\":{}}]}", "\"contacts\",\"contacts\":[{\"name\":{}}]" },
    { LOBBY_MESSAGE_REACTION, "👍", "{}", "\"reaction\",\"reaction\":{\"message_id\":\"wamid.T\",\"emoji\":\"👍\"}" },
    { LOBBY_MESSAGE_REACTION, "", "{}", "\"reaction\",\"reaction\":{\"message_id\":\"wamid.T\",\"emoji\":\"\"}" },
    { LOBBY_MESSAGE_TEMPLATE, "x", "{\"template\":{\"name\":\"hi\",\"language\":\"es\"}}", "\"template\",\"template\":{\"name\":\"hi\",\"language\":{\"code\":\"es\"}}" },
    { LOBBY_MESSAGE_TEMPLATE, "x", "{\"template\":{\"name\":\"hi\",\"language\":\"es\",\"components\":[{\"type\":\"header\",\"parameters\":[{\"type\":\"document\"}]}]}}",
      "\"template\",\"template\":{\"name\":\"hi\",\"language\":{\"code\":\"es\"},\"components\":[{\"type\":\"header\",\"parameters\":[{\"type\":\"document\",\"document\":{\"id\":\"77\",\"filename\":\"a.pdf\"}}]}]}" },
    { LOBBY_MESSAGE_TEMPLATE, "x", "{\"template\":{\"name\":\"hi\",\"language\":\"es\",\"components\":[{\"type\":\"HEADER\",\"parameters\":[{\"type\":\"image\",\"image\":{\"link\":\"https://x\"}}]}]}}",
      "\"template\",\"template\":{\"name\":\"hi\",\"language\":{\"code\":\"es\"},\"components\":[{\"type\":\"HEADER\",\"parameters\":[{\"type\":\"image\",\"image\":{\"link\":\"https://x\"}}]}]}" },
    { LOBBY_MESSAGE_INTERACTIVE, "x", "{\"interactive\":{\"type\":\"button\",\"header\":{\"type\":\"video\",\"video\":{}}}}",
      "\"interactive\",\"interactive\":{\"type\":\"button\",\"header\":{\"type\":\"video\",\"video\":{\"id\":\"77\"}}}" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      LobbyMediaFile media = { .file_name = (char *)"a.pdf" };
      g_autoptr (JsonObject) metadata = lobby_json_parse_object (cases[i].metadata, -1, NULL);
      const LobbyOutbound outbound = {
        .message_id = (char *)"01M",
        .to_phone = (char *)"+1",
        .type = cases[i].type,
        .content = (char *)cases[i].content,
        .metadata = metadata,
        .target_whatsapp_id = (char *)"wamid.T",
        .media = &media,
      };
      g_autofree char *expected = g_strdup_printf ("{\"messaging_product\":\"whatsapp\",\"type\":%s,\"recipient_type\":\"individual\",\"to\":\"+1\",\"biz_opaque_callback_data\":\"01M\"}", cases[i].expected);
      g_autoptr (GError) error = NULL;
      g_autofree char *json = lobby_cloud_adapter_build_message (&outbound, "77", &error);
      g_autofree char *untouched = lobby_json_object_to_string (metadata);

      g_assert_no_error (error);
      g_assert_cmpstr (json, ==, expected);
      g_assert_cmpstr (untouched, ==, cases[i].metadata);
    }
}

static void
test_net (void)
{
  static const struct
  {
    LobbyNetError net;
    LobbySendError kind;
  } cases[] = {
    { LOBBY_NET_ERROR_UNREACHABLE, LOBBY_SEND_ERROR_TRY_AGAIN },
    { LOBBY_NET_ERROR_TLS, LOBBY_SEND_ERROR_TRY_AGAIN },
    { LOBBY_NET_ERROR_TIMED_OUT, LOBBY_SEND_ERROR_UNKNOWN },
    { LOBBY_NET_ERROR_INTERRUPTED, LOBBY_SEND_ERROR_UNKNOWN },
    { LOBBY_NET_ERROR_TOO_LARGE, LOBBY_SEND_ERROR_UNKNOWN },
    { LOBBY_NET_ERROR_BAD_URL, LOBBY_SEND_ERROR_HOLD_ACCOUNT },
    { LOBBY_NET_ERROR_CANCELLED, LOBBY_SEND_ERROR_UNKNOWN },
    { LOBBY_NET_ERROR_FAILED, LOBBY_SEND_ERROR_UNKNOWN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) net = g_error_new_literal (LOBBY_NET_ERROR, (int)cases[i].net, "x");
      g_autoptr (GError) error = lobby_cloud_error_from_net (net);
      g_autoptr (GError) copy = g_error_copy (error);

      g_assert_error (copy, LOBBY_SEND_ERROR, (int)cases[i].kind);
      g_assert_cmpstr (lobby_adapter_get_error (copy)->title, ==, lobby_adapter_get_error (error)->title);
    }
}

static void
test_pauses (void)
{
  static const guint pair[] = { 1000, 4000, 16000, 64000, 256000, 1024000, 1024000 };
  static const guint transient[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000 };

  for (guint round = 0; round < 50; round++)
    {
      for (int i = 0; i < (int)G_N_ELEMENTS (pair); i++)
        {
          guint pause = lobby_adapter_get_pause (LOBBY_PACE_PAIR, i);

          g_assert_cmpuint (pause, >=, pair[i]);
          g_assert_cmpuint (pause, <=, pair[i] * 6 / 5);
        }
      for (int i = 0; i < (int)G_N_ELEMENTS (transient); i++)
        {
          guint pause = lobby_adapter_get_pause (LOBBY_PACE_TRANSIENT, i);

          g_assert_cmpuint (pause, >=, transient[i]);
          g_assert_cmpuint (pause, <=, transient[i] * 6 / 5);
        }
      g_assert_cmpuint (lobby_adapter_get_pause (LOBBY_PACE_CONNECTION, G_MAXINT), <=, 72000);
      g_assert_cmpuint (lobby_adapter_get_pause (LOBBY_PACE_PAIR, -1), >=, 1000);
    }
  g_assert_cmpint (lobby_media_fetcher_get_pause (0), ==, 5000);
  g_assert_cmpint (lobby_media_fetcher_get_pause (3), ==, 40000);
  g_assert_cmpint (lobby_media_fetcher_get_pause (31), ==, 3600000);
  {
    gint64 whole = 0, pause;

    for (int i = 0; (pause = lobby_media_fetcher_get_pause (i)) > 0; i++)
      whole += pause;
    g_assert_cmpint (whole / (60 * 60 * 1000), ==, 7 * 24 + 1);
  }
}

/* In no second do more than 80 pass; over a long time 60 a second do. */
static void
test_rate (void)
{
  g_autoptr (GArray) passed = g_array_new (FALSE, FALSE, sizeof (gint64));
  LobbySendRate rate;
  gint64 now = 0;

  lobby_send_rate_init (&rate, 60, 20, now);
  while (now < 20 * G_USEC_PER_SEC)
    {
      guint wait = lobby_send_rate_wait (&rate, now);

      if (wait == 0)
        {
          lobby_send_rate_take (&rate, now);
          g_array_append_val (passed, now);
          continue;
        }
      g_assert_cmpuint (wait, <=, 1000 / 60 + 1);
      now += g_test_rand_bit () ? (gint64)wait * 1000 : g_test_rand_int_range (1, 400000);
    }
  for (guint i = 80; i < passed->len; i++)
    g_assert_cmpint (g_array_index (passed, gint64, i) - g_array_index (passed, gint64, i - 80), >, G_USEC_PER_SEC);
  g_assert_cmpuint (passed->len, >, 80);
}

static void
assert_built (const LobbyOutbound *outbound,
              const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *json = lobby_cloud_adapter_build_message (outbound, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (json, ==, expected);
}

static void
test_build (void)
{
  g_autofree char *longest = g_strnfill (4096, 'a'), *too_long = g_strnfill (4097, 'a');
  LobbyOutbound outbound = { .message_id = (char *)"01M", .to_phone = (char *)"+16505551234", .content = (char *)"Hi" };
  g_autofree char *json = NULL;

  assert_built (&outbound, "{\"messaging_product\":\"whatsapp\",\"type\":\"text\",\"text\":{\"body\":\"Hi\",\"preview_url\":false},"
                           "\"recipient_type\":\"individual\",\"to\":\"+16505551234\",\"biz_opaque_callback_data\":\"01M\"}");
  outbound.to_phone = (char *)"34600";
  outbound.to_bsuid = (char *)"US.1";
  outbound.content = (char *)"see https://example.org";
  outbound.quoted_whatsapp_id = (char *)"wamid.Q";
  assert_built (&outbound, "{\"messaging_product\":\"whatsapp\",\"type\":\"text\",\"text\":{\"body\":\"see https://example.org\",\"preview_url\":true},"
                           "\"recipient_type\":\"individual\",\"to\":\"+34600\",\"context\":{\"message_id\":\"wamid.Q\"},\"biz_opaque_callback_data\":\"01M\"}");
  outbound.to_phone = NULL;
  outbound.quoted_whatsapp_id = NULL;
  outbound.content = (char *)"x";
  assert_built (&outbound, "{\"messaging_product\":\"whatsapp\",\"type\":\"text\",\"text\":{\"body\":\"x\",\"preview_url\":false},"
                           "\"recipient_type\":\"individual\",\"recipient\":\"US.1\",\"biz_opaque_callback_data\":\"01M\"}");
  outbound.content = longest;
  json = lobby_cloud_adapter_build_message (&outbound, NULL, NULL);
  g_assert_nonnull (json);

  for (guint i = 0; i < 4; i++)
    {
      g_autoptr (GError) error = NULL;
      LobbyOutbound bad = outbound;

      if (i == 0)
        bad.content = too_long;
      else if (i == 1)
        bad.to_bsuid = NULL;
      else if (i == 2)
        bad.content = (char *)"";
      else
        bad.type = LOBBY_MESSAGE_IMAGE; /* and no file */
      g_assert_null (lobby_cloud_adapter_build_message (&bad, NULL, &error));
      g_assert_error (error, LOBBY_SEND_ERROR, LOBBY_SEND_ERROR_REFUSED);
    }
}

static void
test_trust (void)
{
  static const struct
  {
    const char *graph, *url;
    gboolean trusted;
  } cases[] = {
    { "https://graph.facebook.com/v25.0", "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", TRUE },
    { "https://graph.facebook.com/v25.0", "https://graph.facebook.com/x", TRUE },
    { "https://graph.facebook.com/v25.0", "https://mmg.whatsapp.net/x", TRUE },
    { "https://graph.facebook.com/v25.0", "http://lookaside.fbsbx.com/x", FALSE },
    { "https://graph.facebook.com/v25.0", "https://evilfbsbx.com/x", FALSE },
    { "https://graph.facebook.com/v25.0", "https://fbsbx.com.evil.example/x", FALSE },
    { "https://graph.facebook.com/v25.0", "https://facebook.com@evil.example/", FALSE },
    { "https://graph.facebook.com/v25.0", "file:///etc/passwd", FALSE },
    { "https://graph.facebook.com/v25.0", "nonsense", FALSE },
    { "http://127.0.0.1:4000/v25.0", "http://127.0.0.1:4000/media/1", TRUE },
    { "http://127.0.0.1:4000/v25.0", "http://127.0.0.1:4001/media/1", FALSE },
    { "http://127.0.0.1:4000/v25.0", "https://127.0.0.1:4000/media/1", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (lobby_cloud_adapter_trusts (cases[i].graph, cases[i].url), ==, cases[i].trusted);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cloud/send/answers", test_answers);
  g_test_add_func ("/cloud/send/codes", test_codes);
  g_test_add_func ("/cloud/send/types", test_types);
  g_test_add_func ("/cloud/send/net", test_net);
  g_test_add_func ("/cloud/send/pauses", test_pauses);
  g_test_add_func ("/cloud/send/rate", test_rate);
  g_test_add_func ("/cloud/send/build", test_build);
  g_test_add_func ("/cloud/send/trust", test_trust);
  return g_test_run ();
}
