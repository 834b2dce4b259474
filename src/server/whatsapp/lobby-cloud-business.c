/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-private.h"
#include "lobby-async.h"
#include "lobby-json.h"

#include <string.h>

/* The account at the Graph API: templates (CLOUD_API 5), the business's profile and its number (CLOUD_API 4). */

#define PAGE 100
/* An account has at most some hundreds; whoever tells more is broken. */
#define MAX_PAGES 60
#define PROFILE_FIELDS "about,address,description,email,profile_picture_url,websites,vertical"
#define NUMBER_FIELDS                                                                                     \
  "id,display_phone_number,verified_name,quality_rating,code_verification_status,name_status,throughput," \
  "platform_type,whatsapp_business_manager_messaging_limit"

typedef struct
{
  LobbyCloudAdapter *self;
  JsonObject *json;
  char *name;
  char *remote_id;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  g_object_unref (call->self);
  g_clear_pointer (&call->json, json_object_unref);
  g_free (call->name);
  g_free (call->remote_id);
  g_free (call);
}

static DexFuture *
call_begin (LobbyAdapter *adapter,
            JsonObject *json,
            const LobbyTemplate *template,
            DexFiberFunc fiber)
{
  Call *call = g_new0 (Call, 1);

  call->self = LOBBY_CLOUD_ADAPTER (g_object_ref (adapter));
  call->json = json != NULL ? json_object_ref (json) : NULL;
  if (template != NULL)
    {
      call->name = g_strdup (template->name);
      call->remote_id = g_strdup (template->remote_id);
    }
  return lobby_async_spawn (fiber, call, call_free);
}

/* "102290129340398/message_templates" and @rest behind it; NULL when the connection names no account. */
static char *
templates_path (LobbyCloudAdapter *self,
                const char *rest,
                GError **error)
{
  g_autofree char *waba = NULL;

  if (self->connection->waba_id == NULL || *self->connection->waba_id == '\0')
    {
      g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, NULL,
                                                         "The connection has no WhatsApp Business Account id, so its templates are not known"));
      return NULL;
    }
  waba = g_uri_escape_string (self->connection->waba_id, NULL, FALSE);
  return g_strconcat (waba, "/message_templates", rest, NULL);
}

/* The object that WhatsApp answers with. */
static JsonObject *
ask (LobbyCloudAdapter *self,
     LobbyHttpRequest *request,
     GError **error)
{
  g_autoptr (LobbyHttpResponse) response = lobby_cloud_adapter_exchange (self, request, error);
  JsonObject *json;

  if (response == NULL)
    return NULL;
  json = lobby_cloud_adapter_parse (response);
  if (json == NULL)
    g_propagate_error (error, lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT, 0, NULL, "WhatsApp's answer cannot be read"));
  return json;
}

/* Templates */

static char *
dup_word (JsonObject *json,
          const char *name,
          const char *fallback)
{
  const char *text = lobby_json_get_string (json, name, LOBBY_WIRE_MAX_NAME);

  return g_strdup (text != NULL ? text : fallback);
}

/* NULL when it lacks what makes a template. */
static LobbyTemplate *
read_template (JsonObject *json)
{
  g_autoptr (LobbyTemplate) template = g_new0 (LobbyTemplate, 1);
  JsonArray *components = lobby_json_get_array (json, "components");
  const char *reason = lobby_json_get_string (json, "rejected_reason", LOBBY_WIRE_MAX_NAME);

  template->remote_id = dup_word (json, "id", NULL);
  template->name = dup_word (json, "name", NULL);
  template->language = dup_word (json, "language", NULL);
  template->status = dup_word (json, "status", "PENDING");
  template->category = dup_word (json, "category", "UTILITY");
  template->parameter_format = dup_word (json, "parameter_format", "POSITIONAL");
  template->quality = dup_word (lobby_json_get_object (json, "quality_score"), "score", "UNKNOWN");
  template->rejected_reason = g_strdup (reason != NULL && strcmp (reason, "NONE") != 0 ? reason : "");
  template->components = components != NULL ? json_array_ref (components) : NULL;
  return template->name != NULL && template->language != NULL && components != NULL ? g_steal_pointer (&template) : NULL;
}

/* Adds a page to @templates; *@after becomes where the next begins, NULL at the end. */
static gboolean
read_page (LobbyCloudAdapter *self,
           GPtrArray *templates,
           char **after,
           GError **error)
{
  g_autofree char *escaped = *after != NULL ? g_uri_escape_string (*after, NULL, FALSE) : NULL;
  g_autofree char *rest = g_strdup_printf ("?fields=id,name,status,category,language,components,quality_score,parameter_format,rejected_reason&limit=%d%s%s",
                                           PAGE, escaped != NULL ? "&after=" : "", escaped != NULL ? escaped : "");
  g_autofree char *path = templates_path (self, rest, error);
  g_autoptr (JsonObject) answer = path != NULL ? ask (self, lobby_cloud_adapter_request (self, "GET", path), error) : NULL;
  JsonArray *data = lobby_json_get_array (answer, "data");
  JsonObject *paging = lobby_json_get_object (answer, "paging");

  if (answer == NULL)
    return FALSE;
  for (guint i = 0; i < lobby_json_array_length (data); i++)
    {
      LobbyTemplate *template = read_template (lobby_json_array_object (data, i));

      if (template != NULL)
        g_ptr_array_add (templates, template);
    }
  /* The last page has a cursor as well, but nothing to follow it to. */
  g_set_str (after, lobby_json_get_string (paging, "next", G_MAXSIZE) != NULL
                        ? lobby_json_get_string (lobby_json_get_object (paging, "cursors"), "after", LOBBY_WIRE_MAX_NAME)
                        : NULL);
  return TRUE;
}

static DexFuture *
list_fiber (gpointer data)
{
  Call *call = data;
  g_autoptr (GPtrArray) templates = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_template_free);
  g_autofree char *after = NULL;
  GError *error = NULL;

  for (guint n = 0; n == 0 || (after != NULL && n < MAX_PAGES); n++)
    if (!read_page (call->self, templates, &after, &error))
      return dex_future_new_for_error (error);
  /* Half a list would remove the other half here. */
  if (after != NULL)
    return dex_future_new_for_error (lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, NULL, "WhatsApp's list of templates does not end"));
  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, g_steal_pointer (&templates));
}

DexFuture *
lobby_cloud_adapter_list_templates (LobbyAdapter *adapter)
{
  return call_begin (adapter, NULL, NULL, list_fiber);
}

static DexFuture *
create_fiber (gpointer data)
{
  Call *call = data;
  GError *error = NULL;
  g_autofree char *path = templates_path (call->self, "", &error);
  g_autoptr (JsonObject) answer = NULL;
  g_autoptr (GPtrArray) made = g_ptr_array_new_with_free_func ((GDestroyNotify)lobby_template_free);
  LobbyHttpRequest *request;
  LobbyTemplate *template;

  if (path == NULL)
    return dex_future_new_for_error (error);
  request = lobby_cloud_adapter_request (call->self, "POST", path);
  lobby_http_request_take_json (request, lobby_json_object_to_string (call->json));
  answer = ask (call->self, request, &error);
  if (answer == NULL)
    return dex_future_new_for_error (error);
  template = read_template (call->json);
  g_assert (template != NULL);
  g_ptr_array_add (made, template);
  g_free (template->remote_id);
  template->remote_id = dup_word (answer, "id", NULL);
  g_free (template->status);
  template->status = dup_word (answer, "status", "PENDING");
  /* WhatsApp may think it is of another category. */
  g_free (template->category);
  template->category = dup_word (answer, "category", "UTILITY");
  return dex_future_new_take_boxed (G_TYPE_PTR_ARRAY, g_steal_pointer (&made));
}

DexFuture *
lobby_cloud_adapter_create_template (LobbyAdapter *adapter,
                                     JsonObject *template)
{
  return call_begin (adapter, template, NULL, create_fiber);
}

static DexFuture *
delete_fiber (gpointer data)
{
  Call *call = data;
  g_autofree char *name = g_uri_escape_string (call->name, NULL, FALSE);
  g_autofree char *id = call->remote_id != NULL ? g_uri_escape_string (call->remote_id, NULL, FALSE) : NULL;
  /* Without the id all languages of the name would go. */
  g_autofree char *rest = g_strdup_printf ("?name=%s%s%s", name, id != NULL ? "&hsm_id=" : "", id != NULL ? id : "");
  GError *error = NULL;
  g_autofree char *path = templates_path (call->self, rest, &error);
  g_autoptr (JsonObject) answer = path != NULL ? ask (call->self, lobby_cloud_adapter_request (call->self, "DELETE", path), &error) : NULL;

  return answer != NULL ? dex_future_new_true () : dex_future_new_for_error (error);
}

DexFuture *
lobby_cloud_adapter_delete_template (LobbyAdapter *adapter,
                                     const LobbyTemplate *template)
{
  return call_begin (adapter, NULL, template, delete_fiber);
}

/* The profile, the number */

/* What is not there is left out, as everywhere. */
static void
drop_nulls (JsonObject *object)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next)
    if (json_object_get_null_member (object, l->data))
      json_object_remove_member (object, l->data);
}

static DexFuture *
get_profile_fiber (gpointer data)
{
  Call *call = data;
  g_autofree char *path = lobby_cloud_adapter_path (call->self, "/whatsapp_business_profile?fields=" PROFILE_FIELDS);
  GError *error = NULL;
  g_autoptr (JsonObject) answer = ask (call->self, lobby_cloud_adapter_request (call->self, "GET", path), &error);
  JsonObject *profile;

  if (answer == NULL)
    return dex_future_new_for_error (error);
  profile = lobby_json_array_object (lobby_json_get_array (answer, "data"), 0);
  /* Meta's description has it one level deeper than its answers. */
  if (lobby_json_get_object (profile, "business_profile") != NULL)
    profile = lobby_json_get_object (profile, "business_profile");
  if (profile == NULL)
    return dex_future_new_take_boxed (JSON_TYPE_OBJECT, json_object_new ());
  json_object_remove_member (profile, "messaging_product");
  drop_nulls (profile);
  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, json_object_ref (profile));
}

DexFuture *
lobby_cloud_adapter_get_profile (LobbyAdapter *adapter)
{
  return call_begin (adapter, NULL, NULL, get_profile_fiber);
}

static DexFuture *
set_profile_fiber (gpointer data)
{
  Call *call = data;
  g_autofree char *path = lobby_cloud_adapter_path (call->self, "/whatsapp_business_profile");
  LobbyHttpRequest *request = lobby_cloud_adapter_request (call->self, "POST", path);
  g_autoptr (JsonObject) answer = NULL;
  GError *error = NULL;

  json_object_set_string_member (call->json, "messaging_product", "whatsapp");
  lobby_http_request_take_json (request, lobby_json_object_to_string (call->json));
  answer = ask (call->self, request, &error);
  return answer != NULL ? dex_future_new_true () : dex_future_new_for_error (error);
}

DexFuture *
lobby_cloud_adapter_set_profile (LobbyAdapter *adapter,
                                 JsonObject *changes)
{
  return call_begin (adapter, changes, NULL, set_profile_fiber);
}

static DexFuture *
get_number_fiber (gpointer data)
{
  Call *call = data;
  g_autofree char *path = lobby_cloud_adapter_path (call->self, "?fields=" NUMBER_FIELDS);
  GError *error = NULL;
  JsonObject *answer = ask (call->self, lobby_cloud_adapter_request (call->self, "GET", path), &error);

  if (answer == NULL)
    return dex_future_new_for_error (error);
  drop_nulls (answer);
  return dex_future_new_take_boxed (JSON_TYPE_OBJECT, answer);
}

DexFuture *
lobby_cloud_adapter_get_number (LobbyAdapter *adapter)
{
  return call_begin (adapter, NULL, NULL, get_number_fiber);
}
