/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lobby-graph-error.h"
#include "lobby-graph-validate.h"
#include "lobby-json.h"

/* In the cases below @N stands for N letters "é", and an initial type member for a message to a number. */
static char *
expand (const char *text)
{
  GString *whole = g_string_new ("{\"messaging_product\":\"whatsapp\",\"to\":\"+16505551234\",");

  for (const char *p = text; *p; p++)
    {
      char *end;
      guint64 count;

      if (*p != '@')
        {
          g_string_append_c (whole, *p);
          continue;
        }
      count = g_ascii_strtoull (p + 1, &end, 10);
      while (count--)
        g_string_append (whole, "é");
      p = end - 1;
    }
  g_string_append_c (whole, '}');
  return g_string_free (whole, FALSE);
}

static int
code_of (const char *json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) message = lobby_json_parse_object (json, -1, &error);

  g_assert_no_error (error);
  if (lobby_graph_validate_message (message, &error))
    return 0;
  g_assert_true (error->domain == LOBBY_GRAPH_ERROR);
  return error->code;
}

typedef struct
{
  const char *json;
  int code;
} Case;

#define BUTTON(title, id) "{\"type\":\"reply\",\"reply\":{\"id\":\"" id "\",\"title\":\"" title "\"}}"
#define BUTTONS(list) "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"body\":{\"text\":\"b\"},\"action\":{\"buttons\":[" list "]}}"
#define ROW(id, title, description) "{\"id\":\"" id "\",\"title\":\"" title "\",\"description\":\"" description "\"}"
#define LIST(button, sections) "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\",\"body\":{\"text\":\"b\"},\"action\":{\"button\":\"" button "\",\"sections\":[" sections "]}}"
#define SECTION(title, rows) "{\"title\":\"" title "\",\"rows\":[" rows "]}"
#define CTA(text, url) "\"type\":\"interactive\",\"interactive\":{\"type\":\"cta_url\",\"body\":{\"text\":\"b\"},\"action\":{\"name\":\"cta_url\",\"parameters\":{\"display_text\":\"" text "\",\"url\":\"" url "\"}}}"
#define CARD "{\"name\":{\"formatted_name\":\"A B\",\"first_name\":\"A\"},\"phones\":[{\"phone\":\"+1\"}]}"

static const Case cases[] = {
  { "\"type\":\"text\",\"text\":{\"body\":\"@4096\"}", 0 },
  { "\"type\":\"text\",\"text\":{\"body\":\"@4097\"}", 100 },
  { "\"type\":\"text\",\"text\":{\"body\":\"\"}", 100 },
  { "\"type\":\"text\",\"text\":{\"body\":5}", 100 },
  { "\"type\":\"text\",\"text\":\"hi\"", 100 },
  { "\"type\":\"text\"", 100 },
  { "\"text\":{\"body\":\"hi\"}", 0 },
  { "\"type\":\"text\",\"text\":{\"body\":\"hi\",\"preview_url\":true}", 0 },
  { "\"type\":\"text\",\"text\":{\"body\":\"hi\",\"preview_url\":\"yes\"}", 100 },
  { "\"type\":\"poem\",\"poem\":{}", 100 },
  { "\"type\":\"text\",\"text\":{\"body\":\"hi\"},\"recipient_type\":\"crowd\"", 100 },
  { "\"type\":\"text\",\"text\":{\"body\":\"hi\"},\"biz_opaque_callback_data\":\"@512\"", 0 },
  { "\"type\":\"text\",\"text\":{\"body\":\"hi\"},\"biz_opaque_callback_data\":\"@513\"", 100 },
  { "\"type\":\"text\",\"text\":{\"body\":\"hi\"},\"context\":{\"message_id\":\"wamid.x\"}", 0 },
  { "\"type\":\"text\",\"text\":{\"body\":\"hi\"},\"context\":{}", 100 },
  { "\"type\":\"text\",\"text\":{\"body\":\"hi\"},\"context\":\"wamid.x\"", 100 },

  { "\"type\":\"image\",\"image\":{\"id\":\"1\",\"caption\":\"@1024\"}", 0 },
  { "\"type\":\"image\",\"image\":{\"id\":\"1\",\"caption\":\"@1025\"}", 100 },
  { "\"type\":\"image\",\"image\":{\"link\":\"https://example.org/a.jpg\"}", 0 },
  { "\"type\":\"image\",\"image\":{\"link\":\"ftp://example.org/a.jpg\"}", 100 },
  { "\"type\":\"image\",\"image\":{\"link\":\"/a.jpg\"}", 100 },
  { "\"type\":\"image\",\"image\":{\"id\":\"1\",\"link\":\"https://example.org/a.jpg\"}", 100 },
  { "\"type\":\"image\",\"image\":{}", 100 },
  { "\"type\":\"video\",\"video\":{\"id\":\"1\",\"caption\":\"@1025\"}", 100 },
  { "\"type\":\"audio\",\"audio\":{\"id\":\"1\",\"voice\":true}", 0 },
  { "\"type\":\"audio\",\"audio\":{\"id\":\"1\",\"caption\":\"no\"}", 100 },
  { "\"type\":\"image\",\"image\":{\"id\":\"1\",\"voice\":true}", 100 },
  { "\"type\":\"document\",\"document\":{\"id\":\"1\",\"filename\":\"a.pdf\",\"caption\":\"c\"}", 0 },
  { "\"type\":\"document\",\"document\":{\"id\":\"1\",\"filename\":\"@241\"}", 100 },
  { "\"type\":\"sticker\",\"sticker\":{\"id\":\"1\"}", 0 },
  { "\"type\":\"sticker\",\"sticker\":{\"id\":\"1\",\"caption\":\"c\"}", 100 },

  { "\"type\":\"location\",\"location\":{\"latitude\":90,\"longitude\":-180.0}", 0 },
  { "\"type\":\"location\",\"location\":{\"latitude\":\"37.7\",\"longitude\":\"-122.4\"}", 0 },
  { "\"type\":\"location\",\"location\":{\"latitude\":91,\"longitude\":0}", 131009 },
  { "\"type\":\"location\",\"location\":{\"latitude\":1,\"longitude\":181}", 131009 },
  { "\"type\":\"location\",\"location\":{\"latitude\":1}", 100 },
  { "\"type\":\"location\",\"location\":{\"latitude\":\"north\",\"longitude\":1}", 131009 },

  { "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"wamid.x\",\"emoji\":\"👍🏽\"}", 0 },
  { "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"wamid.x\",\"emoji\":\"\"}", 0 },
  { "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"wamid.x\"}", 100 },
  { "\"type\":\"reaction\",\"reaction\":{\"emoji\":\"👍\"}", 100 },
  { "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"wamid.x\",\"emoji\":\"good\"}", 131009 },

  { "\"type\":\"contacts\",\"contacts\":[" CARD "]", 0 },
  { "\"type\":\"contacts\",\"contacts\":[]", 100 },
  { "\"type\":\"contacts\",\"contacts\":[{\"phones\":[]}]", 100 },
  { "\"type\":\"contacts\",\"contacts\":[{\"name\":{\"first_name\":\"A\"}}]", 100 },
  { "\"type\":\"contacts\",\"contacts\":[{\"name\":{\"formatted_name\":\"A\"}}]", 131009 },
  { "\"type\":\"contacts\",\"contacts\":[{\"name\":{\"formatted_name\":\"A\",\"first_name\":\"A\"},\"birthday\":\"1990-01-31\"}]", 0 },
  { "\"type\":\"contacts\",\"contacts\":[{\"name\":{\"formatted_name\":\"A\",\"first_name\":\"A\"},\"birthday\":\"31.1.1990\"}]", 131009 },

  { BUTTONS (BUTTON ("@20", "1")), 0 },
  { BUTTONS (BUTTON ("@21", "1")), 131009 },
  { BUTTONS (BUTTON ("Yes", "@256")), 0 },
  { BUTTONS (BUTTON ("Yes", "@257")), 131009 },
  { BUTTONS (BUTTON ("Yes", "1") "," BUTTON ("No", "1")), 131009 },
  { BUTTONS (BUTTON ("1", "1") "," BUTTON ("2", "2") "," BUTTON ("3", "3")), 0 },
  { BUTTONS (BUTTON ("1", "1") "," BUTTON ("2", "2") "," BUTTON ("3", "3") "," BUTTON ("4", "4")), 131009 },
  { BUTTONS (""), 131009 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"body\":{\"text\":\"b\"},\"action\":{}}", 131008 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"body\":{\"text\":\"@1025\"},\"action\":{\"buttons\":[" BUTTON ("1", "1") "]}}", 131009 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"action\":{\"buttons\":[" BUTTON ("1", "1") "]}}", 131008 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"header\":{\"type\":\"text\",\"text\":\"@61\"},\"body\":{\"text\":\"b\"},\"action\":{\"buttons\":[" BUTTON ("1", "1") "]}}", 131009 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"header\":{\"type\":\"image\"},\"body\":{\"text\":\"b\"},\"action\":{\"buttons\":[" BUTTON ("1", "1") "]}}", 131008 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"footer\":{\"text\":\"@61\"},\"body\":{\"text\":\"b\"},\"action\":{\"buttons\":[" BUTTON ("1", "1") "]}}", 131009 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\",\"body\":{\"text\":\"b\"}}", 131008 },
  { "\"type\":\"interactive\",\"interactive\":{\"body\":{\"text\":\"b\"},\"action\":{}}", 131008 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"dance\",\"body\":{\"text\":\"b\"},\"action\":{}}", 131009 },
  { "\"type\":\"interactive\"", 100 },
  { LIST ("@20", SECTION ("", ROW ("@200", "@24", "@72"))), 0 },
  { LIST ("@21", SECTION ("", ROW ("1", "t", ""))), 131009 },
  { LIST ("b", SECTION ("", ROW ("@201", "t", ""))), 131009 },
  { LIST ("b", SECTION ("", ROW ("1", "@25", ""))), 131009 },
  { LIST ("b", SECTION ("", ROW ("1", "t", "@73"))), 131009 },
  { LIST ("b", SECTION ("@25", ROW ("1", "t", ""))), 131009 },
  { LIST ("b", SECTION ("", ROW ("1", "t", "")) "," SECTION ("s", ROW ("2", "t", ""))), 131009 },
  { LIST ("b", SECTION ("s", "")), 131009 },
  { LIST ("b", ""), 131009 },
  { LIST ("b", SECTION ("s", ROW ("1", "t", "") "," ROW ("1", "t", ""))), 131009 },
  { LIST ("b", SECTION ("s", ROW ("1", "t", "") "," ROW ("2", "t", "") "," ROW ("3", "t", "") "," ROW ("4", "t", "") "," ROW ("5", "t", "") "," ROW ("6", "t", "")) "," SECTION ("u", ROW ("7", "t", "") "," ROW ("8", "t", "") "," ROW ("9", "t", "") "," ROW ("10", "t", ""))), 0 },
  { LIST ("b", SECTION ("s", ROW ("1", "t", "") "," ROW ("2", "t", "") "," ROW ("3", "t", "") "," ROW ("4", "t", "") "," ROW ("5", "t", "") "," ROW ("6", "t", "")) "," SECTION ("u", ROW ("7", "t", "") "," ROW ("8", "t", "") "," ROW ("9", "t", "") "," ROW ("10", "t", "") "," ROW ("11", "t", ""))), 131009 },
  { CTA ("@20", "https://example.org"), 0 },
  { CTA ("@21", "https://example.org"), 131009 },
  { CTA ("Go", "example.org"), 131009 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"location_request_message\",\"body\":{\"text\":\"b\"},\"action\":{\"name\":\"send_location\"}}", 0 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"location_request_message\",\"body\":{\"text\":\"b\"},\"action\":{\"name\":\"send\"}}", 131009 },
  { "\"type\":\"interactive\",\"interactive\":{\"type\":\"contact_request\",\"body\":{\"text\":\"b\"},\"action\":{\"name\":\"request_contact_info\"}}", 0 },

  { "\"type\":\"template\",\"template\":{\"name\":\"hello_1\",\"language\":{\"code\":\"en_US\"}}", 0 },
  { "\"type\":\"template\",\"template\":{\"name\":\"Hello\",\"language\":{\"code\":\"en_US\"}}", 131009 },
  { "\"type\":\"template\",\"template\":{\"language\":{\"code\":\"en_US\"}}", 100 },
  { "\"type\":\"template\",\"template\":{\"name\":\"hello\"}", 100 },
  { "\"type\":\"template\",\"template\":{\"name\":\"hello\",\"language\":{\"code\":\"en\"},\"components\":[{\"type\":\"body\"}]}", 0 },
  { "\"type\":\"template\",\"template\":{\"name\":\"hello\",\"language\":{\"code\":\"en\"},\"components\":[{\"type\":\"arm\"}]}", 100 },
};

static void
test_table (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *json = expand (cases[i].json);
      int code = code_of (json);

      if (code != cases[i].code)
        g_error ("%s gives %d, not %d", cases[i].json, code, cases[i].code);
    }
}

/* Whatever a client sends: a verdict. Each case with pieces of it replaced by what does not belong there. */
static void
test_noise (void)
{
  static const char *const pieces[] = { "null", "[]", "{}", "0", "-1.5e9", "\"\"", "true", "[{}]", "\"x\"" };

  for (guint round = 0; round < 20000; round++)
    {
      g_autofree char *json = expand (cases[round % G_N_ELEMENTS (cases)].json);
      const char *colon = json;
      g_autoptr (GString) changed = NULL;
      g_autoptr (JsonObject) message = NULL;
      g_autoptr (GError) error = NULL;

      for (int skip = g_test_rand_int_range (1, 14); skip > 0 && strchr (colon, ':'); skip--)
        colon = strchr (colon, ':') + 1;
      changed = g_string_new_len (json, colon - json);
      g_string_append (changed, pieces[g_test_rand_int_range (0, G_N_ELEMENTS (pieces))]);
      /* Behind a value that was a string or number the rest fits again; else it is no JSON, and not our matter. */
      colon += *colon == '"' ? strcspn (colon + 1, "\"") + 2 : strcspn (colon, ",}");
      g_string_append (changed, colon);
      message = lobby_json_parse_object (changed->str, (gssize)changed->len, NULL);
      if (message && !lobby_graph_validate_message (message, &error))
        g_assert_true (error->domain == LOBBY_GRAPH_ERROR && lobby_graph_error_title (error->code));
    }
}

static void
test_envelope (void)
{
  g_assert_cmpint (code_of ("{\"to\":\"+1\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}"), ==, 100);
  g_assert_cmpint (code_of ("{\"messaging_product\":\"sms\",\"to\":\"+1\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}"), ==, 100);
  g_assert_cmpint (code_of ("{\"messaging_product\":\"whatsapp\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}"), ==, 100);
  g_assert_cmpint (code_of ("{\"messaging_product\":\"whatsapp\",\"recipient\":\"US.1\",\"type\":\"text\",\"text\":{\"body\":\"x\"}}"), ==, 0);
  g_assert_cmpint (code_of ("{\"messaging_product\":\"whatsapp\",\"to\":\"+1\"}"), ==, 100);
}

static void
test_many_contacts (void)
{
  for (guint count = 257; count <= 258; count++)
    {
      g_autoptr (GString) json = g_string_new ("\"type\":\"contacts\",\"contacts\":[" CARD);
      g_autofree char *whole = NULL;

      for (guint i = 1; i < count; i++)
        g_string_append (json, "," CARD);
      g_string_append_c (json, ']');
      whole = expand (json->str);
      g_assert_cmpint (code_of (whole), ==, count > 257 ? 131009 : 0);
    }
}

/* The forms that errors have on the wire. */
static void
test_answers (void)
{
  static const struct
  {
    int code;
    guint http_status;
    const char *expected;
  } forms[] = {
    { 100, 400, "{\"error\":{\"message\":\"(#100) why\",\"type\":\"OAuthException\",\"code\":100,\"fbtrace_id\":\"t\"}}" },
    { 131009, 400,
      "{\"error\":{\"message\":\"(#131009) Parameter value is not valid\",\"type\":\"OAuthException\",\"code\":131009,"
      "\"error_data\":{\"messaging_product\":\"whatsapp\",\"details\":\"why\"},\"fbtrace_id\":\"t\"}}" },
    { 190, 401, "{\"error\":{\"message\":\"why\",\"type\":\"OAuthException\",\"code\":190,\"fbtrace_id\":\"t\"}}" },
    { LOBBY_GRAPH_TOKEN_EXPIRED, 401, "{\"error\":{\"message\":\"why\",\"type\":\"OAuthException\",\"code\":190,\"error_subcode\":463,\"fbtrace_id\":\"t\"}}" },
    { LOBBY_GRAPH_UNKNOWN_OBJECT, 400, "{\"error\":{\"message\":\"why\",\"type\":\"GraphMethodException\",\"code\":100,\"error_subcode\":33,\"fbtrace_id\":\"t\"}}" },
    { 130429, 429, NULL },
    { 131016, 500, NULL },
    { 132001, 404, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (LOBBY_GRAPH_ERROR, forms[i].code, "why");
      g_autoptr (JsonObject) answer = lobby_graph_error_to_answer (error, "t");
      g_autofree char *json = lobby_json_object_to_string (answer);

      if (forms[i].expected)
        g_assert_cmpstr (json, ==, forms[i].expected);
      g_assert_cmpuint (lobby_graph_error_http_status (forms[i].code), ==, forms[i].http_status);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sandbox/validate/table", test_table);
  g_test_add_func ("/sandbox/validate/noise", test_noise);
  g_test_add_func ("/sandbox/validate/envelope", test_envelope);
  g_test_add_func ("/sandbox/validate/many-contacts", test_many_contacts);
  g_test_add_func ("/sandbox/validate/answers", test_answers);
  return g_test_run ();
}
