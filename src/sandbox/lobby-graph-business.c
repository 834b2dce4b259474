/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-sandbox-private.h"

#include <string.h>

#include "lobby-graph-error.h"
#include "lobby-graph-validate.h"
#include "lobby-json.h"

#define STRING_MAX 4096

/* The id is not optional in the Graph API. */
JsonObject *
lobby_graph_pick_fields (JsonObject *whole,
                         GHashTable *query,
                         const char *always)
{
  g_autoptr (JsonObject) from = whole;
  const char *fields = query ? g_hash_table_lookup (query, "fields") : NULL;
  g_auto (GStrv) names = NULL;
  JsonObject *picked;

  if (!fields || !*fields)
    return g_steal_pointer (&from);
  names = g_strsplit (fields, ",", 64);
  picked = json_object_new ();
  for (guint i = 0; names[i]; i++)
    {
      const char *name = g_strstrip (names[i]);

      if (json_object_has_member (from, name) && !json_object_has_member (picked, name))
        json_object_set_member (picked, name, json_node_copy (json_object_get_member (from, name)));
    }
  if (always && json_object_has_member (from, always) && !json_object_has_member (picked, always))
    json_object_set_member (picked, always, json_node_copy (json_object_get_member (from, always)));
  return picked;
}

/* "15550783881" → "+1 555-078-3881" */
static char *
display_number (const char *digits)
{
  if (strlen (digits) == 11 && digits[0] == '1')
    return g_strdup_printf ("+1 %.3s-%.3s-%s", digits + 1, digits + 4, digits + 7);
  return g_strconcat ("+", digits, NULL);
}

static JsonObject *
number_to_json (LobbySandbox *self)
{
  JsonObject *json = json_object_new ();
  JsonObject *throughput = json_object_new ();
  JsonObject *webhook = json_object_new ();
  g_autofree char *display = display_number (self->business.number);

  json_object_set_string_member (json, "verified_name", lobby_json_get_string (self->profile, "name", STRING_MAX));
  json_object_set_string_member (json, "code_verification_status", "VERIFIED");
  json_object_set_string_member (json, "display_phone_number", display);
  json_object_set_string_member (json, "quality_rating", "GREEN");
  json_object_set_string_member (json, "platform_type", "CLOUD_API");
  json_object_set_boolean_member (json, "is_on_biz_app", self->knobs.coexistence != 0);
  json_object_set_string_member (json, "name_status", "APPROVED");
  json_object_set_string_member (json, "account_mode", "LIVE");
  json_object_set_string_member (json, "whatsapp_business_manager_messaging_limit", "TIER_2K");
  json_object_set_string_member (throughput, "level", "STANDARD");
  json_object_set_object_member (json, "throughput", throughput);
  lobby_json_set_string (webhook, "application", lobby_deliverer_get_url (self->deliverer));
  json_object_set_object_member (json, "webhook_configuration", webhook);
  json_object_set_string_member (json, "id", self->business.phone_number_id);
  return json;
}

static JsonObject *
page_new (JsonArray *data)
{
  JsonObject *page = json_object_new ();

  json_object_set_array_member (page, "data", data);
  if (json_array_get_length (data) > 0)
    {
      JsonObject *paging = json_object_new ();
      JsonObject *cursors = json_object_new ();

      json_object_set_string_member (cursors, "before", "QVFIUmx1WTBpMGpJWXpRYU");
      json_object_set_string_member (cursors, "after", "QVFIUmlwcHpRYUhSanRpYz");
      json_object_set_object_member (paging, "cursors", cursors);
      json_object_set_object_member (page, "paging", paging);
    }
  return page;
}

static void
answer_numbers (LobbySandbox *self,
                SoupServerMessage *message,
                GHashTable *query)
{
  JsonArray *data = json_array_new ();

  json_array_add_object_element (data, lobby_graph_pick_fields (number_to_json (self), query, "id"));
  lobby_answer_json (message, 200, page_new (data));
}

static void
answer_subscriptions (LobbySandbox *self,
                      SoupServerMessage *message)
{
  JsonArray *data = json_array_new ();

  if (self->subscribed)
    {
      JsonObject *entry = json_object_new ();
      JsonObject *app = json_object_new ();

      json_object_set_string_member (app, "link", "https://www.facebook.com/games/?app_id=670843887433847");
      json_object_set_string_member (app, "name", "Lobby");
      json_object_set_string_member (app, "id", "670843887433847");
      json_object_set_object_member (entry, "whatsapp_business_api_data", app);
      lobby_json_set_string (entry, "override_callback_uri", lobby_deliverer_get_url (self->deliverer));
      json_array_add_object_element (data, entry);
    }
  lobby_answer_json (message, 200, page_new (data));
}

static void
subscribe (LobbySandbox *self,
           SoupServerMessage *message)
{
  g_autoptr (GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  gsize size;
  const char *text = g_bytes_get_data (body, &size);
  g_autoptr (JsonObject) request = size ? lobby_json_parse_object (text, (gssize)size, NULL) : NULL;
  const char *url = lobby_json_get_string (request, "override_callback_uri", STRING_MAX);
  const char *verify_token = lobby_json_get_string (request, "verify_token", STRING_MAX);
  g_autoptr (GError) error = NULL;

  if (!url)
    {
      self->subscribed = TRUE;
      lobby_answer_success (message);
      return;
    }
  if (!verify_token)
    {
      lobby_graph_refuse (&error, 100, "The parameter verify_token is required.");
      lobby_answer_graph_error (message, error);
      return;
    }
  lobby_sandbox_subscribe (self, message, url, verify_token, TRUE);
}

static void
handle_subscriptions (LobbySandbox *self,
                      SoupServerMessage *message,
                      const char *method)
{
  if (g_str_equal (method, "POST"))
    subscribe (self, message);
  else if (g_str_equal (method, "DELETE"))
    {
      self->subscribed = FALSE;
      lobby_deliverer_set_url (self->deliverer, NULL);
      lobby_answer_success (message);
    }
  else
    answer_subscriptions (self, message);
}

static gboolean
update_profile (LobbySandbox *self,
                JsonObject *request,
                GError **error)
{
  static const struct
  {
    const char *name;
    guint most;
  } texts[] = { { "about", 139 }, { "address", 256 }, { "description", 256 }, { "email", 128 }, { "vertical", 64 } };
  JsonArray *websites = lobby_json_get_array (request, "websites");

  if (g_strcmp0 (lobby_json_get_string (request, "messaging_product", 64), "whatsapp") != 0)
    return lobby_graph_refuse (error, 100, "The parameter messaging_product is required.");
  if (lobby_json_array_length (websites) > 2)
    return lobby_graph_refuse (error, 100, "Param websites must have at most 2 elements.");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (!lobby_graph_check_string (request, texts[i].name, texts[i].name, 0, texts[i].most, error))
      return FALSE;
  if (g_strcmp0 (lobby_json_get_string (request, "about", STRING_MAX), "") == 0)
    return lobby_graph_refuse (error, 100, "Param about must be at least 1 characters long.");
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    lobby_json_set_string (self->profile, texts[i].name, lobby_json_get_string (request, texts[i].name, STRING_MAX));
  if (websites)
    json_object_set_array_member (self->profile, "websites", json_array_ref (websites));
  return TRUE;
}

static void
handle_profile (LobbySandbox *self,
                SoupServerMessage *message,
                const char *method,
                GHashTable *query)
{
  g_autoptr (GError) error = NULL;

  if (g_str_equal (method, "POST"))
    {
      g_autoptr (JsonObject) request = lobby_request_json (message, &error);

      if (request && update_profile (self, request, &error))
        lobby_answer_success (message);
      else
        lobby_answer_graph_error (message, error);
    }
  else
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), self->profile);
      g_autoptr (JsonNode) copy = json_node_copy (node);
      JsonObject *profile = json_object_ref (json_node_get_object (copy));
      JsonObject *answer = json_object_new ();
      JsonArray *data = json_array_new ();

      json_object_set_string_member (profile, "messaging_product", "whatsapp");
      json_object_remove_member (profile, "name");
      json_array_add_object_element (data, lobby_graph_pick_fields (profile, query, "messaging_product"));
      json_object_set_array_member (answer, "data", data);
      lobby_answer_json (message, 200, answer);
    }
}

gboolean
lobby_graph_business (LobbySandbox *self,
                      SoupServerMessage *message,
                      char **parts,
                      GHashTable *query)
{
  const char *method = soup_server_message_get_method (message);
  gboolean is_get = g_str_equal (method, "GET");
  gboolean is_number = g_str_equal (parts[0], self->business.phone_number_id);
  gboolean is_account = g_str_equal (parts[0], self->business.waba);

  if (is_number && !parts[1] && is_get)
    lobby_answer_json (message, 200, lobby_graph_pick_fields (number_to_json (self), query, "id"));
  else if (is_number && g_strcmp0 (parts[1], "whatsapp_business_profile") == 0 && !parts[2])
    handle_profile (self, message, method, query);
  else if (is_number && (g_strcmp0 (parts[1], "register") == 0 || g_strcmp0 (parts[1], "deregister") == 0) && g_str_equal (method, "POST"))
    lobby_answer_success (message);
  else if (is_account && g_strcmp0 (parts[1], "phone_numbers") == 0 && is_get)
    answer_numbers (self, message, query);
  else if (is_account && g_strcmp0 (parts[1], "subscribed_apps") == 0 && !parts[2])
    handle_subscriptions (self, message, method);
  else if (is_account && g_strcmp0 (parts[1], "message_templates") == 0 && !parts[2])
    lobby_graph_account_templates (self, message, query);
  else
    return FALSE;
  return TRUE;
}
