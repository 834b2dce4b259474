/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-adapter.h"
#include "lobby-json.h"

#include <string.h>

/* What goes to the Graph API (CLOUD_API 2 and 3). */

/* Characters. */
#define MAX_TEXT 4096

static GError *
refuse (const char *title,
        const char *details)
{
  return lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, title, details);
}

static gboolean
has_link (const char *text)
{
  return strstr (text, "https://") != NULL || strstr (text, "http://") != NULL;
}

static void
set_recipient (JsonObject *root,
               const LobbyOutbound *outbound)
{
  g_autofree char *number = NULL;

  json_object_set_string_member (root, "recipient_type", "individual");
  if (outbound->to_phone == NULL)
    {
      json_object_set_string_member (root, "recipient", outbound->to_bsuid);
      return;
    }
  /* Without the plus sign WhatsApp puts our own country code before it. */
  number = g_strconcat (*outbound->to_phone == '+' ? "" : "+", outbound->to_phone, NULL);
  json_object_set_string_member (root, "to", number);
}

char *
lobby_cloud_adapter_build_message (const LobbyOutbound *outbound,
                                   GError **error)
{
  g_autoptr (JsonObject) root = json_object_new ();
  JsonObject *text = json_object_new ();

  json_object_set_string_member (root, "messaging_product", "whatsapp");
  json_object_set_string_member (root, "type", "text");
  json_object_set_object_member (root, "text", text);
  if (outbound->to_phone == NULL && outbound->to_bsuid == NULL)
    {
      g_propagate_error (error, refuse ("No recipient", "This contact has no number and no user id to write to"));
      return NULL;
    }
  if (outbound->type != LOBBY_MESSAGE_TEXT || outbound->content == NULL || *outbound->content == '\0')
    {
      g_propagate_error (error, refuse ("Unsupported", "This kind of message cannot be sent"));
      return NULL;
    }
  if (g_utf8_strlen (outbound->content, -1) > MAX_TEXT)
    {
      g_propagate_error (error, refuse ("Too long", "WhatsApp takes texts of up to 4096 characters"));
      return NULL;
    }

  set_recipient (root, outbound);
  json_object_set_string_member (text, "body", outbound->content);
  json_object_set_boolean_member (text, "preview_url", has_link (outbound->content));
  if (outbound->quoted_whatsapp_id != NULL)
    {
      JsonObject *context = json_object_new ();

      json_object_set_string_member (context, "message_id", outbound->quoted_whatsapp_id);
      json_object_set_object_member (root, "context", context);
    }
  json_object_set_string_member (root, "biz_opaque_callback_data", outbound->message_id);
  return lobby_json_object_to_string (root);
}

static gboolean
is_within (const char *host,
           const char *domain)
{
  const char *at = g_str_has_suffix (host, domain) ? host + strlen (host) - strlen (domain) : NULL;

  return at != NULL && (at == host || at[-1] == '.');
}

gboolean
lobby_cloud_adapter_trusts (const char *graph_url,
                            const char *url)
{
  static const char *const domains[] = { "facebook.com", "fbsbx.com", "fbcdn.net", "whatsapp.net", "whatsapp.com" };
  g_autoptr (GUri) graph = g_uri_parse (graph_url, G_URI_FLAGS_NONE, NULL);
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  const char *host = uri != NULL ? g_uri_get_host (uri) : NULL;

  if (host == NULL)
    return FALSE;
  if (graph != NULL && g_strcmp0 (g_uri_get_host (graph), host) == 0 && g_uri_get_port (graph) == g_uri_get_port (uri)
      && strcmp (g_uri_get_scheme (graph), g_uri_get_scheme (uri)) == 0)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (domains); i++)
    {
      if (strcmp (g_uri_get_scheme (uri), "https") == 0 && is_within (host, domains[i]))
        return TRUE;
    }
  return FALSE;
}
