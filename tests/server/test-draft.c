/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-draft-check.h"
#include "lobby-draft-filling.h"
#include "lobby-json.h"

#include <string.h>

/* What WhatsApp would refuse is told in words, and nothing else is. Quotes are written as ' here. */

static JsonNode *
parse (const char *text)
{
  g_autofree char *json = g_strdelimit (g_strdup (text), "'", '"');
  g_autoptr (GError) error = NULL;
  JsonNode *node = lobby_json_parse (json, -1, &error);

  g_assert_no_error (error);
  return node;
}

/* @words: NULL, or a part of what is to be told. Takes @problem. */
static void
check_problem (char *problem,
               const char *words,
               const char *about)
{
  g_autofree char *owned = problem;

  if ((words == NULL) != (owned == NULL) || (words != NULL && strstr (owned, words) == NULL))
    g_error ("%s: expected “%s”, not “%s”", about, words != NULL ? words : "nothing", owned != NULL ? owned : "nothing");
}

typedef struct
{
  const char *json;
  gboolean has_file;
  const char *words;
} Case;

#define BODY "'body':{'text':'Which?'}"
#define BUTTON(id) "{'type':'reply','reply':{'id':'" id "','title':'Tea'}}"
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void
test_interactive (void)
{
  static const Case cases[] = {
    { "{'type':'button'," BODY ",'action':{'buttons':[" BUTTON ("a") "]}}", FALSE, NULL },
    { "{'type':'button'," BODY ",'action':{'buttons':[" BUTTON ("a") "," BUTTON ("b") "," BUTTON ("c") "]}}", FALSE, NULL },
    { "{'type':'button'," BODY ",'action':{'buttons':[" BUTTON ("a") "," BUTTON ("b") "," BUTTON ("c") "," BUTTON ("d") "]}}", FALSE, "one to 3 buttons" },
    { "{'type':'button'," BODY ",'action':{'buttons':[]}}", FALSE, "one to 3 buttons" },
    { "{'type':'button'," BODY ",'action':{'buttons':[" BUTTON ("a") "," BUTTON ("a") "]}}", FALSE, "same id" },
    { "{'type':'button'," BODY ",'action':{'buttons':[{'type':'reply','reply':{'id':'a','title':'This title is far too long'}}]}}", FALSE, "at most 20" },
    { "{'type':'button'," BODY ",'action':{'buttons':[7]}}", FALSE, "type reply" },
    { "{'type':'button','body':{'text':'  '},'action':{'buttons':[" BUTTON ("a") "]}}", FALSE, "text is missing" },
    { "{'type':'button','header':{'type':'text','text':'" X64 "'}," BODY ",'action':{'buttons':[" BUTTON ("a") "]}}", FALSE, "at most 60" },
    { "{'type':'button','header':{'type':'image','image':{}}," BODY ",'action':{'buttons':[" BUTTON ("a") "]}}", FALSE, "needs a file" },
    { "{'type':'button','header':{'type':'image','image':{}}," BODY ",'action':{'buttons':[" BUTTON ("a") "]}}", TRUE, NULL },
    { "{'type':'button','header':{'type':'image','image':{'link':'https://x/y.jpg'}}," BODY ",'action':{'buttons':[" BUTTON ("a") "]}}", FALSE, NULL },
    { "{'type':'button','header':{'type':'image','image':{'link':'file:///etc/passwd'}}," BODY ",'action':{'buttons':[" BUTTON ("a") "]}}", FALSE, "https" },
    { "{'type':'button'," BODY ",'action':{'buttons':[" BUTTON ("a") "]}}", TRUE, "header that shows it" },
    { "{'type':'button'," BODY ",'footer':{'text':'" X64 "'},'action':{'buttons':[" BUTTON ("a") "]}}", FALSE, "at most 60" },
    { "{'type':'list'," BODY ",'action':{'button':'Choose','sections':[{'rows':[{'id':'1','title':'A'}]}]}}", FALSE, NULL },
    { "{'type':'list'," BODY ",'action':{'button':'Choose','sections':[{'rows':[]}]}}", FALSE, "needs a row" },
    { "{'type':'list'," BODY ",'action':{'sections':[{'rows':[{'id':'1','title':'A'}]}]}}", FALSE, "button is missing" },
    { "{'type':'list'," BODY ",'action':{'button':'Choose','sections':[{'rows':[{'id':'1','title':'A'}]},{'title':'T','rows':[{'id':'2','title':'A'}]}]}}", FALSE, "section's title is missing" },
    { "{'type':'list'," BODY ",'action':{'button':'Choose','sections':[{'rows':[{'id':'1','title':'A'},{'id':'1','title':'B'}]}]}}", FALSE, "same id" },
    { "{'type':'list','header':{'type':'image','image':{'link':'https://x'}}," BODY ",'action':{'button':'Choose','sections':[{'rows':[{'id':'1','title':'A'}]}]}}", FALSE, "list's header" },
    { "{'type':'cta_url'," BODY ",'action':{'name':'cta_url','parameters':{'display_text':'Open','url':'https://example.org'}}}", FALSE, NULL },
    { "{'type':'cta_url'," BODY ",'action':{'name':'cta_url','parameters':{'display_text':'Open','url':'javascript:1'}}}", FALSE, "https" },
    { "{'type':'cta_url'," BODY ",'action':{'parameters':{'display_text':'Open','url':'https://example.org'}}}", FALSE, "cta_url" },
    { "{'type':'location_request_message'," BODY ",'action':{'name':'send_location'}}", FALSE, NULL },
    { "{'type':'location_request_message','header':{'type':'text','text':'x'}," BODY ",'action':{'name':'send_location'}}", FALSE, "no header" },
    { "{'type':'contact_request'," BODY ",'action':{'name':'request_contact_info'}}", FALSE, NULL },
    { "{'type':'contact_request'," BODY ",'action':{}}", FALSE, "request_contact_info" },
    { "{'type':'product'," BODY ",'action':{}}", FALSE, "is of type" },
    { "{}", FALSE, "is of type" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) node = parse (cases[i].json);

      check_problem (lobby_draft_check_interactive (json_node_get_object (node), cases[i].has_file), cases[i].words, cases[i].json);
    }
  check_problem (lobby_draft_check_interactive (NULL, FALSE), "is of type", "nothing");
}

#define TEMPLATE(components) "{'name':'order_1','language':'en_US','components':[" components "]}"

static void
test_template (void)
{
  static const Case cases[] = {
    { "{'name':'order_1','language':'en_US'}", FALSE, NULL },
    { "{'name':'Order','language':'en_US'}", FALSE, "small letters" },
    { "{'name':'order'}", FALSE, "language" },
    { "{'name':'order','language':'much too long for one'}", FALSE, "language" },
    { TEMPLATE ("{'type':'header','parameters':[{'type':'text','text':'A'}]}"), FALSE, NULL },
    { TEMPLATE ("{'type':'HEADER','parameters':[{'type':'video','video':{'id':'7'}}]}"), FALSE, NULL },
    { TEMPLATE ("{'type':'header','parameters':[{'type':'document'}]}"), TRUE, NULL },
    { TEMPLATE ("{'type':'header','parameters':[{'type':'document'}]}"), FALSE, "needs a file" },
    { TEMPLATE ("{'type':'header','parameters':[{'type':'location','location':{'latitude':1,'longitude':2}}]}"), FALSE, NULL },
    { TEMPLATE ("{'type':'header','parameters':[{'type':'location','location':{'latitude':100,'longitude':2}}]}"), FALSE, "latitude" },
    { TEMPLATE ("{'type':'header','parameters':[]}"), FALSE, "one parameter" },
    { TEMPLATE ("{'type':'body','parameters':[{'type':'text','text':'A'},{'type':'currency','currency':{'fallback_value':'1 €','code':'EUR','amount_1000':1000}},"
                "{'type':'date_time','date_time':{'fallback_value':'today'}}]}"),
      FALSE, NULL },
    { TEMPLATE ("{'type':'body','parameters':[{'type':'text','text':' '}]}"), FALSE, "every field" },
    { TEMPLATE ("{'type':'body','parameters':[{'type':'text','text':'a\\nb'}]}"), FALSE, "line breaks" },
    { TEMPLATE ("{'type':'body','parameters':[{'type':'text','text':'a     b'}]}"), FALSE, "rows of spaces" },
    { TEMPLATE ("{'type':'body','parameters':[{'type':'text','text':'a    b'}]}"), FALSE, NULL },
    { TEMPLATE ("{'type':'body','parameters':[{'type':'currency','currency':{'fallback_value':'1','code':'EURO','amount_1000':1}}]}"), FALSE, "three letters" },
    { TEMPLATE ("{'type':'body','parameters':[{'type':'text','text':'A','parameter_name':'n'},{'type':'text','text':'B'}]}"), FALSE, "parameter_name" },
    { TEMPLATE ("{'type':'body','parameters':[{'type':'image','image':{'id':'7'}}]}"), FALSE, "text, a currency" },
    { TEMPLATE ("{'type':'button','sub_type':'quick_reply','index':'0','parameters':[{'type':'payload','payload':'p'}]}"), FALSE, NULL },
    { TEMPLATE ("{'type':'button','sub_type':'url','index':1,'parameters':[{'type':'text','text':'t'}]}"), FALSE, NULL },
    { TEMPLATE ("{'type':'button','sub_type':'copy_code','index':0,'parameters':[{'type':'coupon_code','coupon_code':'SAVE20'}]}"), FALSE, NULL },
    { TEMPLATE ("{'type':'button','sub_type':'flow','index':0,'parameters':[{'type':'action','action':{}}]}"), FALSE, NULL },
    { TEMPLATE ("{'type':'button','sub_type':'catalog','index':0}"), FALSE, NULL },
    { TEMPLATE ("{'type':'button','sub_type':'url','index':0}"), FALSE, "one parameter" },
    { TEMPLATE ("{'type':'button','sub_type':'url','index':10,'parameters':[{'type':'text','text':'t'}]}"), FALSE, "index" },
    { TEMPLATE ("{'type':'button','sub_type':'dance','index':0}"), FALSE, "sub_type" },
    { TEMPLATE ("{'type':'button','sub_type':'quick_reply','index':0,'parameters':[{'type':'text','text':'t'}]}"), FALSE, "of type payload" },
    { TEMPLATE ("{'type':'carousel'}"), FALSE, "header, body, buttons" },
    { TEMPLATE ("7"), FALSE, "has a type" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) node = parse (cases[i].json);

      check_problem (lobby_draft_check_template (json_node_get_object (node), cases[i].has_file), cases[i].words, cases[i].json);
    }
  check_problem (lobby_draft_check_template (NULL, FALSE), "small letters", "nothing");
}

static void
test_contacts (void)
{
  static const Case cases[] = {
    { "[{'name':{'formatted_name':'Ana García'}}]", FALSE, NULL },
    { "[{'name':{'formatted_name':'Ana','last_name':'García'},'birthday':'1990-02-03'}]", FALSE, NULL },
    { "[{'name':{'formatted_name':'Ana'},'birthday':'1990-2-3'}]", FALSE, "YYYY-MM-DD" },
    { "[{'name':{'first_name':'Ana'}}]", FALSE, "name is missing" },
    { "[7]", FALSE, "name is missing" },
    { "[]", FALSE, "no contact" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) node = parse (cases[i].json);

      check_problem (lobby_draft_check_contacts (json_node_get_array (node)), cases[i].words, cases[i].json);
    }
  {
    g_autoptr (JsonNode) node = parse (cases[0].json);
    g_autofree char *problem = lobby_draft_check_contacts (json_node_get_array (node));
    JsonObject *name = lobby_json_get_object (lobby_json_array_object (json_node_get_array (node), 0), "name");

    g_assert_cmpstr (lobby_json_get_string (name, "first_name", 64), ==, "Ana García");
  }
  check_problem (lobby_draft_check_contacts (NULL), "no contact", "nothing");
}

/* Filling in */

static const char POSITIONAL[] = "[{'type':'HEADER','format':'TEXT','text':'Order {{1}}'},{'type':'BODY','text':'Hi {{1}}, {{2}} is ready, {{1}}!'},"
                                 "{'type':'FOOTER','text':'The shop'},{'type':'BUTTONS','buttons':[{'type':'URL','text':'Track','url':'https://x/{{1}}'},{'type':'QUICK_REPLY','text':'Fine'}]}]";
static const char NAMED[] = "[{'type':'BODY','text':'Hi {{ name }}, see you {{day}}'}]";
static const char PICTURE[] = "[{'type':'HEADER','format':'IMAGE'},{'type':'BODY','text':'Look'}]";

#define HEAD "{'type':'header','parameters':[{'type':'text','text':'214'}]}"
#define WORDS "{'type':'body','parameters':[{'type':'text','text':'Ana'},{'type':'currency','currency':{'fallback_value':'3 €'}}]}"
#define TRACK "{'type':'button','sub_type':'url','index':'0','parameters':[{'type':'text','text':'a'}]}"

static void
test_filling (void)
{
  static const struct
  {
    const char *components, *format, *status, *given, *words, *text;
  } cases[] = {
    { POSITIONAL, "POSITIONAL", "APPROVED", "{'components':[" HEAD "," WORDS "," TRACK "]}", NULL, "Hi Ana, 3 € is ready, Ana!" },
    { POSITIONAL, "POSITIONAL", "PAUSED", "{'components':[" HEAD "," WORDS "," TRACK "]}", "paused", "Hi Ana, 3 € is ready, Ana!" },
    { POSITIONAL, "POSITIONAL", "APPROVED", "{'components':[" WORDS "," TRACK "]}", "header has 1 fields", NULL },
    { POSITIONAL, "POSITIONAL", "APPROVED", "{'components':[" HEAD "," TRACK "]}", "text has 2 fields", "Hi {{1}}, {{2}} is ready, {{1}}!" },
    { POSITIONAL, "POSITIONAL", "APPROVED", "{'components':[" HEAD "," WORDS "]}", "button 1", NULL },
    { POSITIONAL, "POSITIONAL", "APPROVED", "{'components':[" HEAD "," WORDS "," TRACK ",{'type':'button','sub_type':'url','index':1,'parameters':[{'type':'text','text':'a'}]}]}", "another kind", NULL },
    { POSITIONAL, "POSITIONAL", "APPROVED", "{'components':[" HEAD "," WORDS "," TRACK ",{'type':'button','sub_type':'quick_reply','index':1}]}", NULL, NULL },
    { POSITIONAL, "POSITIONAL", "APPROVED", "{'components':[" HEAD "," WORDS "," TRACK ",{'type':'button','sub_type':'quick_reply','index':2}]}", "2 buttons", NULL },
    { NAMED, "NAMED", "APPROVED", "{'components':[{'type':'body','parameters':[{'type':'text','parameter_name':'day','text':'on Monday'},{'type':'text','parameter_name':'name','text':'Ana'}]}]}", NULL, "Hi Ana, see you on Monday" },
    { NAMED, "NAMED", "APPROVED", "{'components':[{'type':'body','parameters':[{'type':'text','parameter_name':'day','text':'x'},{'type':'text','parameter_name':'when','text':'y'}]}]}", "“name” is not filled in", NULL },
    { PICTURE, "POSITIONAL", "APPROVED", "{'components':[{'type':'header','parameters':[{'type':'image'}]}]}", NULL, "Look" },
    { PICTURE, "POSITIONAL", "APPROVED", "{}", "type image", "Look" },
    { PICTURE, "POSITIONAL", "APPROVED", "{'components':[{'type':'header','parameters':[{'type':'video'}]}]}", "type image", NULL },
    { "[{'type':'BODY','text':'Broken {{1'}]", "POSITIONAL", "APPROVED", "{}", NULL, "Broken {{1" },
    { "[]", "POSITIONAL", "APPROVED", "{}", NULL, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (JsonNode) components = parse (cases[i].components);
      g_autoptr (JsonNode) given = parse (cases[i].given);
      const LobbyTemplate template = {
        .status = (char *)cases[i].status,
        .parameter_format = (char *)cases[i].format,
        .components = json_node_get_array (components),
      };
      g_autofree char *text = lobby_draft_filling_text (&template, json_node_get_object (given));

      check_problem (lobby_draft_filling_check (&template, json_node_get_object (given)), cases[i].words, cases[i].given);
      if (cases[i].text != NULL)
        g_assert_cmpstr (text, ==, cases[i].text);
    }
  {
    g_autoptr (JsonNode) components = parse (POSITIONAL);
    g_autoptr (JsonNode) given = parse (cases[0].given);
    const LobbyTemplate template = { .status = (char *)"APPROVED", .parameter_format = (char *)"POSITIONAL", .components = json_node_get_array (components) };
    g_autoptr (JsonObject) frame = lobby_draft_filling_frame (&template, json_node_get_object (given));
    g_autofree char *json = lobby_json_object_to_string (frame);

    g_assert_cmpstr (json, ==, "{\"header\":\"Order 214\",\"footer\":\"The shop\",\"buttons\":[\"Track\",\"Fine\"]}");
  }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/draft/interactive", test_interactive);
  g_test_add_func ("/draft/template", test_template);
  g_test_add_func ("/draft/contacts", test_contacts);
  g_test_add_func ("/draft/filling", test_filling);
  return g_test_run ();
}
