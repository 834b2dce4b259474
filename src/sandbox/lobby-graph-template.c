/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-sandbox-private.h"

#include <string.h>

#include "lobby-graph-validate.h"
#include "lobby-json.h"

/* The account's templates, as GET message_templates tells them. */
static const char templates_json[] =
    "[{\"name\":\"order_ready\",\"language\":\"en_US\",\"status\":\"APPROVED\",\"category\":\"UTILITY\",\"id\":\"594425479261596\","
    "\"parameter_format\":\"POSITIONAL\",\"quality_score\":{\"score\":\"GREEN\"},\"components\":["
    "{\"type\":\"BODY\",\"text\":\"Hi {{1}}, your order {{2}} is ready. We are open until 7 pm, see you soon!\","
    "\"example\":{\"body_text\":[[\"Grace\",\"no. 214\"]]}},"
    "{\"type\":\"FOOTER\",\"text\":\"Marigold Bakery\"}]},"
    "{\"name\":\"order_ready\",\"language\":\"es\",\"status\":\"APPROVED\",\"category\":\"UTILITY\",\"id\":\"594425479261597\","
    "\"parameter_format\":\"POSITIONAL\",\"quality_score\":{\"score\":\"GREEN\"},\"components\":["
    "{\"type\":\"BODY\",\"text\":\"Hola {{1}}, tu pedido {{2}} está listo. Abrimos hasta las 7, ¡te esperamos!\","
    "\"example\":{\"body_text\":[[\"Lucía\",\"n.º 215\"]]}},"
    "{\"type\":\"FOOTER\",\"text\":\"Marigold Bakery\"}]},"
    "{\"name\":\"order_ready\",\"language\":\"hi\",\"status\":\"APPROVED\",\"category\":\"UTILITY\",\"id\":\"594425479261598\","
    "\"parameter_format\":\"POSITIONAL\",\"quality_score\":{\"score\":\"GREEN\"},\"components\":["
    "{\"type\":\"BODY\",\"text\":\"नमस्ते {{1}}, आपका ऑर्डर {{2}} तैयार है। हम शाम 7 बजे तक खुले हैं।\","
    "\"example\":{\"body_text\":[[\"प्रिया\",\"216\"]]}}]},"
    "{\"name\":\"good_morning\",\"language\":\"en_US\",\"status\":\"APPROVED\",\"category\":\"UTILITY\",\"id\":\"594425479261599\","
    "\"parameter_format\":\"POSITIONAL\",\"quality_score\":{\"score\":\"UNKNOWN\"},\"components\":["
    "{\"type\":\"BODY\",\"text\":\"Good morning! We are writing about your order. Is now a good time?\"},"
    "{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":\"Yes, go ahead\"},{\"type\":\"QUICK_REPLY\",\"text\":\"Later, please\"}]}]},"
    "{\"name\":\"cake_photo\",\"language\":\"en_US\",\"status\":\"APPROVED\",\"category\":\"UTILITY\",\"id\":\"594425479261600\","
    "\"parameter_format\":\"POSITIONAL\",\"quality_score\":{\"score\":\"GREEN\"},\"components\":["
    "{\"type\":\"HEADER\",\"format\":\"IMAGE\"},"
    "{\"type\":\"BODY\",\"text\":\"Your cake is out of the oven, {{1}}! Does it look the way you wanted?\","
    "\"example\":{\"body_text\":[[\"Priya\"]]}}]},"
    "{\"name\":\"weekend_specials\",\"language\":\"en_US\",\"status\":\"PAUSED\",\"category\":\"MARKETING\",\"id\":\"594425479261601\","
    "\"parameter_format\":\"POSITIONAL\",\"quality_score\":{\"score\":\"RED\"},\"components\":["
    "{\"type\":\"BODY\",\"text\":\"This weekend: two conchas for the price of one.\"}]}]";

JsonArray *
lobby_graph_templates (void)
{
  static JsonNode *root;

  if (!root)
    root = lobby_json_parse (templates_json, -1, NULL);
  return json_node_get_array (root);
}

JsonObject *
lobby_graph_find_template (const char *id)
{
  JsonArray *all = lobby_graph_templates ();

  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *template = json_array_get_object_element (all, i);

      if (g_str_equal (json_object_get_string_member (template, "id"), id))
        return template;
    }
  return NULL;
}

JsonObject *
lobby_graph_find_template_named (const char *name,
                                 const char *language)
{
  JsonArray *all = lobby_graph_templates ();

  for (guint i = 0; i < json_array_get_length (all); i++)
    {
      JsonObject *template = json_array_get_object_element (all, i);

      if (g_str_equal (json_object_get_string_member (template, "name"), name)
          && g_str_equal (json_object_get_string_member (template, "language"), language))
        return template;
    }
  return NULL;
}

JsonObject *
lobby_graph_find_component (JsonArray *components,
                            const char *kind)
{
  for (guint i = 0; i < lobby_json_array_length (components); i++)
    {
      JsonObject *component = lobby_json_array_object (components, i);
      const char *type = lobby_json_get_string (component, "type", 64);

      if (type && g_ascii_strcasecmp (type, kind) == 0)
        return component;
    }
  return NULL;
}

static guint
count_variables (const char *text)
{
  guint count = 0;

  for (const char *p = text ? strstr (text, "{{") : NULL; p; p = strstr (p + 2, "{{"))
    count++;
  return count;
}

static gboolean
check_header (JsonArray *wanted,
              JsonArray *given,
              GError **error)
{
  JsonObject *header = lobby_graph_find_component (wanted, "HEADER");
  const char *format = lobby_json_get_string (header, "format", 64);
  JsonArray *parameters = lobby_json_get_array (lobby_graph_find_component (given, "header"), "parameters");
  const char *type = lobby_json_get_string (lobby_json_array_object (parameters, 0), "type", 64);

  if (!format || g_str_equal (format, "TEXT"))
    return TRUE;
  if (!type || g_ascii_strcasecmp (type, format) != 0)
    return lobby_graph_refuse (error, 132012, "header: Format mismatch, expected %s, received %s", format, type ? type : "UNKNOWN");
  return TRUE;
}

gboolean
lobby_graph_check_template (JsonObject *template,
                            GError **error)
{
  const char *name = lobby_json_get_string (template, "name", 512);
  const char *language = lobby_json_get_string (lobby_json_get_object (template, "language"), "code", 16);
  JsonObject *known = lobby_graph_find_template_named (name, language);
  JsonArray *wanted = lobby_json_get_array (known, "components");
  JsonArray *given = lobby_json_get_array (template, "components");
  guint expected = count_variables (lobby_json_get_string (lobby_graph_find_component (wanted, "BODY"), "text", 4096));
  guint received = lobby_json_array_length (lobby_json_get_array (lobby_graph_find_component (given, "body"), "parameters"));

  const char *status = known ? json_object_get_string_member (known, "status") : NULL;

  if (!known || g_str_equal (status, "PENDING") || g_str_equal (status, "REJECTED"))
    return lobby_graph_refuse (error, 132001, "template name (%s) does not exist in %s", name, language);
  if (g_str_equal (status, "PAUSED"))
    return lobby_graph_refuse (error, 132015, "%s", "");
  if (g_str_equal (status, "DISABLED"))
    return lobby_graph_refuse (error, 132016, "%s", "");
  if (expected != received)
    return lobby_graph_refuse (error, 132000, "body: number of localizable_params (%u) does not match the expected number of params (%u)", received, expected);
  return check_header (wanted, given, error);
}
