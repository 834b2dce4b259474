/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

#include "lobby-async.h"
#include "lobby-draft-check.h"
#include "lobby-json.h"
#include "lobby-log.h"
#include "lobby-wire-reader.h"

/* The messages that WhatsApp has approved. Agents see and read them anew; owners make and delete them. */

#define MAX_NAME 512
#define MAX_BUTTONS 10

typedef struct
{
  LobbyRest *rest;
  LobbyHttpExchange *exchange;
  LobbyAdapter *adapter;
  char *connection_id;
  JsonObject *wanted;      /* to be made */
  LobbyTemplate *template; /* to be deleted */
} Asking;

static void
asking_free (gpointer data)
{
  Asking *asking = data;

  g_object_unref (asking->rest);
  g_object_unref (asking->adapter);
  g_free (asking->connection_id);
  g_clear_pointer (&asking->wanted, json_object_unref);
  g_clear_pointer (&asking->template, lobby_template_free);
  g_free (asking);
}

/* The connection @id, when it has templates; NULL: answered. */
static Asking *
asking_new (LobbyRest *self,
            LobbyHttpExchange *exchange,
            const char *id)
{
  g_autoptr (LobbyAgent) agent = lobby_rest_authenticate (exchange);
  g_autoptr (LobbyConnection) connection = lobby_rest_connection (self, exchange, agent, id);
  LobbyAdapter *adapter = connection != NULL ? lobby_whatsapp_get_adapter (self->whatsapp, connection->id) : NULL;
  Asking *asking;

  if (connection == NULL)
    return NULL;
  if (adapter == NULL || LOBBY_ADAPTER_GET_IFACE (adapter)->list_templates == NULL)
    {
      lobby_http_exchange_answer_error (exchange, 422, "not_supported_by_connection", "This connection knows no templates");
      return NULL;
    }
  asking = g_new0 (Asking, 1);
  asking->rest = g_object_ref (self);
  asking->exchange = exchange;
  asking->adapter = g_object_ref (adapter);
  asking->connection_id = g_strdup (connection->id);
  return asking;
}

static void
answer_list (Asking *asking)
{
  gint64 synced_at = 0;
  g_autoptr (GPtrArray) templates = lobby_storage (asking->rest->storage, list_templates, asking->connection_id, &synced_at);
  JsonObject *json = json_object_new ();
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < templates->len; i++)
    json_array_add_object_element (array, lobby_template_to_json (g_ptr_array_index (templates, i)));
  json_object_set_array_member (json, "templates", array);
  lobby_wire_set_time (json, "synced_at", synced_at);
  lobby_rest_answer (asking->rest, asking->exchange, 200, json);
}

static void
on_list (LobbyHttpExchange *exchange,
         gpointer data)
{
  Asking *asking = asking_new (data, exchange, lobby_http_exchange_get_query (exchange, "connection"));

  if (asking == NULL)
    return;
  answer_list (asking);
  asking_free (asking);
}

static DexFuture *
sync_fiber (gpointer data)
{
  Asking *asking = data;
  g_autoptr (GError) error = NULL;

  if (dex_await (lobby_whatsapp_sync_templates (asking->rest->whatsapp, asking->connection_id), &error))
    answer_list (asking);
  else
    lobby_rest_answer_whatsapp_error (asking->exchange, error);
  return dex_future_new_true ();
}

static void
on_sync (LobbyHttpExchange *exchange,
         gpointer data)
{
  Asking *asking = asking_new (data, exchange, lobby_http_exchange_get_query (exchange, "connection"));

  if (asking != NULL)
    lobby_async_go (sync_fiber, asking, asking_free);
}

/* Making one */

static gboolean
is_name (const char *name)
{
  gsize length = name != NULL ? strlen (name) : 0;

  return length >= 1 && length <= MAX_NAME && strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length;
}

static char *
check_buttons (JsonObject *component)
{
  JsonArray *buttons = lobby_json_get_array (component, "buttons");
  guint length = lobby_json_array_length (buttons);

  if (length == 0 || length > MAX_BUTTONS)
    return g_strdup ("BUTTONS has 1 to 10 buttons");
  for (guint i = 0; i < length; i++)
    {
      char *problem = lobby_draft_check_text (lobby_json_array_object (buttons, i), "text", "A button's text", 0, 25);

      if (problem != NULL)
        return problem;
    }
  return NULL;
}

static char *
check_component (JsonObject *component,
                 gboolean *has_body)
{
  const char *type = lobby_json_get_string (component, "type", 64);

  if (type == NULL)
    return g_strdup ("A component needs a type");
  if (strcmp (type, "BODY") == 0)
    {
      *has_body = TRUE;
      /* That of an authentication template is WhatsApp's own. */
      return lobby_draft_check_text (component, "text", "BODY", 0, 1024);
    }
  if (strcmp (type, "HEADER") == 0)
    return lobby_draft_check_text (component, "text", "HEADER", 0, 60);
  if (strcmp (type, "FOOTER") == 0)
    return lobby_draft_check_text (component, "text", "FOOTER", 0, 60);
  return strcmp (type, "BUTTONS") == 0 ? check_buttons (component) : NULL;
}

/* NULL, or what is wrong: only what can be said without WhatsApp. */
static char *
check_template (JsonObject *body)
{
  static const char *const categories[] = { "MARKETING", "UTILITY", "AUTHENTICATION", NULL };
  JsonArray *components = lobby_json_get_array (body, "components");
  const char *category = lobby_json_get_string (body, "category", 64);
  const char *language = lobby_json_get_string (body, "language", 16);
  gboolean has_body = FALSE;

  if (!is_name (lobby_json_get_string (body, "name", MAX_NAME)))
    return g_strdup ("A template's name has 1 to 512 small letters, digits and underscores");
  if (language == NULL || *language == '\0')
    return g_strdup ("A template needs a language, like en_US");
  if (category == NULL || !g_strv_contains (categories, category))
    return g_strdup ("The category is MARKETING, UTILITY or AUTHENTICATION");
  for (guint i = 0; i < lobby_json_array_length (components); i++)
    {
      char *problem = check_component (lobby_json_array_object (components, i), &has_body);

      if (problem != NULL)
        return problem;
    }
  return has_body ? NULL : g_strdup ("A template needs a component BODY");
}

/* What WhatsApp is sent: the members that it knows. */
static JsonObject *
pick_members (JsonObject *body)
{
  static const char *const names[] = { "name", "language", "category", "components", "parameter_format", "message_send_ttl_seconds", "allow_category_change" };
  JsonObject *picked = json_object_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (json_object_has_member (body, names[i]))
      json_object_set_member (picked, names[i], json_node_copy (json_object_get_member (body, names[i])));
  return picked;
}

static void
answer_made (Asking *asking,
             const LobbyTemplate *made)
{
  g_autoptr (GPtrArray) templates = NULL;
  g_autoptr (GError) error = NULL;
  JsonObject *json;
  gboolean known;

  if (!lobby_storage (asking->rest->storage, put_template, asking->connection_id, made, &known, &error))
    {
      lobby_rest_answer_storage_error (asking->exchange, error);
      return;
    }
  templates = lobby_storage (asking->rest->storage, list_templates, asking->connection_id, NULL);
  for (guint i = 0; i < templates->len; i++)
    {
      const LobbyTemplate *template = g_ptr_array_index (templates, i);

      if (strcmp (template->name, made->name) != 0 || strcmp (template->language, made->language) != 0)
        continue;
      json = json_object_new ();
      json_object_set_object_member (json, "template", lobby_template_to_json (template));
      lobby_rest_answer (asking->rest, asking->exchange, 201, json);
      return;
    }
  lobby_rest_answer_not_found (asking->exchange);
}

static DexFuture *
create_fiber (gpointer data)
{
  Asking *asking = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) made = dex_await_boxed (LOBBY_ADAPTER_GET_IFACE (asking->adapter)->create_template (asking->adapter, asking->wanted), &error);

  if (made == NULL)
    lobby_rest_answer_whatsapp_error (asking->exchange, error);
  else
    answer_made (asking, g_ptr_array_index (made, 0));
  return dex_future_new_true ();
}

static void
on_create (LobbyHttpExchange *exchange,
           gpointer data)
{
  g_autoptr (JsonObject) body = lobby_rest_body (exchange);
  g_autofree char *problem = body != NULL ? check_template (body) : NULL;
  Asking *asking;

  if (body == NULL)
    return;
  if (problem != NULL)
    {
      lobby_http_exchange_answer_error (exchange, 422, "bad_template", problem);
      return;
    }
  asking = asking_new (data, exchange, lobby_http_exchange_get_query (exchange, "connection"));
  if (asking == NULL)
    return;
  asking->wanted = pick_members (body);
  lobby_async_go (create_fiber, asking, asking_free);
}

/* Deleting one */

static DexFuture *
delete_fiber (gpointer data)
{
  Asking *asking = data;
  g_autoptr (GError) error = NULL;

  if (!dex_await (LOBBY_ADAPTER_GET_IFACE (asking->adapter)->delete_template (asking->adapter, asking->template), &error))
    {
      lobby_rest_answer_whatsapp_error (asking->exchange, error);
      return dex_future_new_true ();
    }
  /* WhatsApp's webhook may have removed it already. */
  if (!lobby_storage (asking->rest->storage, remove_template, asking->template->id, &error)
      && !g_error_matches (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_NOT_FOUND))
    {
      lobby_rest_answer_storage_error (asking->exchange, error);
      return dex_future_new_true ();
    }
  lobby_log_event (G_LOG_LEVEL_MESSAGE, "rest", "a template was deleted", "connection", asking->connection_id, "template", asking->template->id, NULL);
  lobby_rest_answer (asking->rest, asking->exchange, 204, NULL);
  return dex_future_new_true ();
}

static void
on_delete (LobbyHttpExchange *exchange,
           gpointer data)
{
  LobbyRest *self = data;
  g_autoptr (LobbyTemplate) template = lobby_storage (self->storage, get_template, lobby_http_exchange_get_parameter (exchange, "id"));
  Asking *asking = asking_new (self, exchange, template != NULL ? template->connection_id : NULL);

  if (asking == NULL)
    return;
  asking->template = g_steal_pointer (&template);
  lobby_async_go (delete_fiber, asking, asking_free);
}

void
lobby_rest_add_template_routes (LobbyRest *self,
                                LobbyHttpServer *http)
{
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "GET", "/api/templates", 0, on_list);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "POST", "/api/templates", LOBBY_REST_SMALL_BODY, on_create);
  lobby_rest_route (self, http, LOBBY_REST_AGENT, "POST", "/api/templates/sync", LOBBY_REST_SMALL_BODY, on_sync);
  lobby_rest_route (self, http, LOBBY_REST_OWNER, "DELETE", "/api/templates/{id}", 0, on_delete);
}
