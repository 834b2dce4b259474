/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-sandbox"

#include "lobby-sandbox-private.h"

#include <string.h>

#include "lobby-graph-error.h"
#include "lobby-graph-validate.h"
#include "lobby-json.h"

/* A file of 100 MB and its envelope. */
#define REQUEST_MAX (LOBBY_MEDIA_FILE_MAX + 1024 * 1024)
#define RETRY_DOUBLINGS 5
#define GIVE_UP_MS (7 * G_GINT64_CONSTANT (24 * 3600 * 1000)) /* CLOUD_API 7.1 */

/* The customers write by the first channel that works, and the script begins. */
static void
channel_works (LobbyChannel *channel,
               gpointer data)
{
  LobbySandbox *self = data;

  if (!self->world->home)
    self->world->home = channel;
  if (self->life)
    lobby_life_start (self->life);
}

typedef struct
{
  LobbySandbox *sandbox;
  SoupServerMessage *message;
  char *url;
  gboolean as_graph;
} Subscription;

static void
subscription_verified (const char *problem,
                       gpointer data)
{
  Subscription *subscription = data;
  LobbySandbox *self = subscription->sandbox;
  g_autoptr (GError) error = NULL;

  if (!problem)
    {
      self->subscribed = TRUE;
      lobby_deliverer_set_url (self->deliverer, subscription->url);
      channel_works (&self->world->cloud, self);
      lobby_answer_success (subscription->message);
    }
  else if (subscription->as_graph)
    {
      lobby_graph_refuse (&error, 2200, "Callback verification failed with the following errors: %s", problem);
      lobby_answer_graph_error (subscription->message, error);
    }
  else
    lobby_answer_problem (subscription->message, 400, problem);
  soup_server_message_unpause (subscription->message);
  g_object_unref (subscription->message);
  g_free (subscription->url);
  g_free (subscription);
}

void
lobby_sandbox_subscribe (LobbySandbox *self,
                         SoupServerMessage *message,
                         const char *url,
                         const char *verify_token,
                         gboolean as_graph)
{
  Subscription *subscription = g_new0 (Subscription, 1);

  subscription->sandbox = self;
  subscription->message = g_object_ref (message);
  subscription->url = g_strdup (url);
  subscription->as_graph = as_graph;
  soup_server_message_pause (message);
  lobby_deliverer_verify (self->deliverer, url, verify_token, subscription_verified, subscription);
}

static void
handle_request (SoupServer *server,
                SoupServerMessage *message,
                const char *path,
                GHashTable *query,
                gpointer user_data)
{
  LobbySandbox *self = user_data;

  if (g_str_has_prefix (path, "/sandbox/"))
    lobby_control_handle (self, message, path, query);
  else if (g_str_equal (path, "/whatsapp_business/attachments/"))
    lobby_graph_serve_media (self, message, query);
  else if (!lobby_gateway_handle (self->gateway, message, path, query))
    lobby_graph_handle (self, message, path, query);
}

/* Before the body is read. */
static void
refuse_too_large (SoupServer *server,
                  SoupServerMessage *message,
                  const char *path,
                  GHashTable *query,
                  gpointer user_data)
{
  if (soup_message_headers_get_content_length (soup_server_message_get_request_headers (message)) > REQUEST_MAX)
    soup_server_message_set_status (message, 413, NULL);
}

static gboolean
listen_at (LobbySandbox *self,
           GError **error)
{
  g_autoptr (GSocketConnectable) connectable = g_network_address_parse (self->options->listen, 0, error);
  g_autoptr (GSocketAddressEnumerator) enumerator = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  GSList *uris;
  g_autofree char *url = NULL;

  if (!connectable)
    return FALSE;
  enumerator = g_socket_connectable_enumerate (connectable);
  address = g_socket_address_enumerator_next (enumerator, NULL, error);
  if (!address || !soup_server_listen (self->server, address, 0, error))
    return FALSE;
  uris = soup_server_get_uris (self->server);
  url = g_uri_to_string (uris->data);
  if (g_str_has_suffix (url, "/"))
    url[strlen (url) - 1] = 0;
  self->url = g_steal_pointer (&url);
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
  return TRUE;
}

static JsonObject *
profile_new (void)
{
  JsonObject *profile = json_object_new ();
  JsonArray *websites = json_array_new ();

  json_object_set_string_member (profile, "name", "Marigold Bakery");
  json_object_set_string_member (profile, "about", "Fresh from 6 in the morning. Fresco desde las 6.");
  json_object_set_string_member (profile, "address", "37-12 Marigold Lane, Jackson Heights, New York");
  json_object_set_string_member (profile, "description", "Breads and cakes from three kitchens: New York, Puebla and Delhi.");
  json_object_set_string_member (profile, "email", "hello@marigold-bakery.example");
  json_object_set_string_member (profile, "vertical", "RESTAURANT");
  json_array_add_string_element (websites, "https://marigold-bakery.example/");
  json_object_set_array_member (profile, "websites", websites);
  return profile;
}

static gboolean
make_life (LobbySandbox *self,
           GError **error)
{
  LobbyScript *script;

  if (!self->options->script)
    return TRUE;
  script = lobby_script_load (self->options->script, self->options->media_folder, error);
  if (!script)
    return FALSE;
  if (script->shop)
    json_object_set_string_member (self->profile, "name", script->shop);
  self->life = lobby_life_new (self->world, script, self->options->media_folder);
  return TRUE;
}

static char *
write_delivery (GPtrArray *updates,
                gpointer data)
{
  LobbySandbox *self = data;

  return lobby_webhook_body (&self->business, updates);
}

static void
sign_delivery (SoupMessageHeaders *headers,
               const char *body,
               gsize length,
               gboolean wrong,
               gpointer data)
{
  LobbySandbox *self = data;
  g_autofree char *signature = lobby_webhook_sign (self->options->app_secret, body, length);

  if (wrong)
    lobby_webhook_spoil (signature);
  soup_message_headers_append (headers, "X-Hub-Signature-256", signature);
}

static gboolean
delivery_is_taken (guint status)
{
  return status == 200;
}

static gint64
delivery_pause (guint attempts,
                gint64 age,
                gpointer data)
{
  LobbySandbox *self = data;

  return age > GIVE_UP_MS ? -1 : self->knobs.retry_ms << MIN (attempts - 1, RETRY_DOUBLINGS);
}

static const LobbyDelivererForm meta_form = {
  .user_agent = "facebookexternalua",
  .batches = TRUE,
  .write = write_delivery,
  .sign = sign_delivery,
  .is_taken = delivery_is_taken,
  .pause = delivery_pause,
};

LobbySandbox *
lobby_sandbox_new (const LobbySandboxOptions *options,
                   GError **error)
{
  LobbySandbox *self = g_new0 (LobbySandbox, 1);

  self->options = options;
  self->token = g_strdup (options->token);
  self->refused = json_object_new ();
  self->number = g_strdup (options->number + strspn (options->number, "+"));
  self->business = (LobbyBusiness){ options->waba, options->phone_number_id, self->number };
  lobby_knobs_init (&self->knobs);
  self->knobs.speed = options->speed;
  self->schedule = lobby_schedule_new (options->speed);
  self->dice = g_rand_new_with_seed (options->seed);
  self->deliverer = lobby_deliverer_new (self->schedule, &self->knobs, self->dice, &meta_form, self);
  self->media = lobby_media_store_new (self->schedule);
  self->world = lobby_world_new (self->schedule, &self->knobs, self->dice, self->deliverer, self->media, &self->business);
  self->gateway_options = (LobbyGatewayOptions){ options->gateway_key, options->gateway_number, NULL };
  self->gateway = lobby_gateway_new (self->world, &self->gateway_options, channel_works, self);
  self->profile = profile_new ();
  self->server = soup_server_new ("server-header", "lobby-sandbox", NULL);
  soup_server_add_early_handler (self->server, NULL, refuse_too_large, self, NULL);
  soup_server_add_handler (self->server, NULL, handle_request, self, NULL);
  if (!make_life (self, error) || !listen_at (self, error))
    {
      lobby_sandbox_free (self);
      return NULL;
    }
  self->world->base_url = g_strdup (self->url);
  self->gateway_options.name = g_strdup (lobby_json_get_string (self->profile, "name", G_MAXSIZE));
  lobby_gateway_set_url (self->gateway, self->url);
  return self;
}

void
lobby_sandbox_free (LobbySandbox *self)
{
  soup_server_disconnect (self->server);
  /* Deliveries end in a main loop, in which nobody may say anything any more. */
  lobby_schedule_stop (self->schedule);
  lobby_deliverer_free (self->deliverer);
  lobby_gateway_free (self->gateway);
  g_object_unref (self->server);
  lobby_schedule_free (self->schedule);
  g_clear_pointer (&self->life, lobby_life_free);
  lobby_world_free (self->world);
  lobby_media_store_free (self->media);
  g_rand_free (self->dice);
  json_object_unref (self->profile);
  g_free (self->gateway_options.name);
  g_free (self->number);
  g_free (self->token);
  json_object_unref (self->refused);
  g_free (self->url);
  g_free (self);
}

const char *
lobby_sandbox_get_url (LobbySandbox *self)
{
  return self->url;
}
