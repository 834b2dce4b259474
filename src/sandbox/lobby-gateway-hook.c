/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-gateway-private.h"

#include <gio/gio.h>
#include <string.h>

#include "lobby-clock.h"
#include "lobby-id.h"
#include "lobby-json.h"

#define HOOKS_MAX 8
#define EVENTS_MAX 64
#define HEADERS_MAX 16

typedef enum
{
  POLICY_CONSTANT,
  POLICY_LINEAR,
  POLICY_EXPONENTIAL,
} Policy;

typedef struct
{
  char *url;
  GStrv events;
  char *key; /* of the HMAC, or NULL */
  char **header_names;
  char **header_values;
  Policy policy;
  gint64 delay_seconds;
  gint64 attempts;
  LobbyDeliverer *deliverer;
} Hook;

void
lobby_gateway_hook_free (gpointer data)
{
  Hook *hook = data;

  g_clear_pointer (&hook->deliverer, lobby_deliverer_free);
  g_free (hook->url);
  g_free (hook->key);
  g_strfreev (hook->events);
  g_strfreev (hook->header_names);
  g_strfreev (hook->header_values);
  g_free (hook);
}

static char *
write_event (GPtrArray *updates,
             gpointer data)
{
  LobbyUpdate *update = g_ptr_array_index (updates, 0);

  return lobby_json_object_to_string (update->item);
}

static void
sign_event (SoupMessageHeaders *headers,
            const char *body,
            gsize length,
            gboolean wrong,
            gpointer data)
{
  Hook *hook = data;
  g_autofree char *request_id = lobby_id_new ();
  g_autofree char *now = g_strdup_printf ("%" G_GINT64_FORMAT, lobby_clock_now ());

  soup_message_headers_append (headers, "X-Webhook-Request-Id", request_id);
  soup_message_headers_append (headers, "X-Webhook-Timestamp", now);
  for (guint i = 0; hook->header_names[i]; i++)
    soup_message_headers_append (headers, hook->header_names[i], hook->header_values[i]);
  if (hook->key)
    {
      g_autofree char *hmac = g_compute_hmac_for_data (G_CHECKSUM_SHA512, (const guchar *)hook->key, strlen (hook->key),
                                                       (const guchar *)body, length);

      if (wrong)
        lobby_webhook_spoil (hmac);
      soup_message_headers_append (headers, "X-Webhook-Hmac", hmac);
      soup_message_headers_append (headers, "X-Webhook-Hmac-Algorithm", "sha512");
    }
}

static gboolean
event_is_taken (guint status)
{
  return status >= 200 && status < 300;
}

static gint64
event_pause (guint attempts,
             gint64 age,
             gpointer data)
{
  Hook *hook = data;
  gint64 delay = hook->delay_seconds * 1000;

  if (attempts > hook->attempts)
    return -1;
  switch (hook->policy)
    {
    case POLICY_LINEAR:
      return delay * attempts;
    case POLICY_EXPONENTIAL:
      return delay << MIN (attempts - 1, 16);
    case POLICY_CONSTANT:
    default:
      return delay;
    }
}

static const LobbyDelivererForm waha_form = {
  .user_agent = "WAHA/sandbox",
  .write = write_event,
  .sign = sign_event,
  .is_taken = event_is_taken,
  .pause = event_pause,
};

static GStrv
read_events (JsonObject *json)
{
  JsonArray *events = lobby_json_get_array (json, "events");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < MIN (lobby_json_array_length (events), EVENTS_MAX); i++)
    {
      JsonNode *node = json_array_get_element (events, i);

      if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
        g_strv_builder_add (builder, json_node_get_string (node));
    }
  return g_strv_builder_end (builder);
}

static void
read_headers (Hook *hook,
              JsonObject *json)
{
  JsonArray *headers = lobby_json_get_array (json, "customHeaders");
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (GStrvBuilder) values = g_strv_builder_new ();

  for (guint i = 0; i < MIN (lobby_json_array_length (headers), HEADERS_MAX); i++)
    {
      JsonObject *header = lobby_json_array_object (headers, i);
      const char *name = lobby_json_get_string (header, "name", 256);
      const char *value = lobby_json_get_string (header, "value", 4096);

      if (name && value && *name && !strpbrk (name, "\r\n: ") && !strpbrk (value, "\r\n"))
        {
          g_strv_builder_add (names, name);
          g_strv_builder_add (values, value);
        }
    }
  hook->header_names = g_strv_builder_end (names);
  hook->header_values = g_strv_builder_end (values);
}

static void
read_retries (Hook *hook,
              JsonObject *json)
{
  JsonObject *retries = lobby_json_get_object (json, "retries");
  const char *policy = lobby_json_get_string (retries, "policy", 32);

  hook->policy = g_strcmp0 (policy, "linear") == 0        ? POLICY_LINEAR
                 : g_strcmp0 (policy, "exponential") == 0 ? POLICY_EXPONENTIAL
                                                          : POLICY_CONSTANT;
  hook->delay_seconds = CLAMP (lobby_json_get_int_or (retries, "delaySeconds", 2), 0, 86400);
  hook->attempts = CLAMP (lobby_json_get_int_or (retries, "attempts", 15), 0, 1000);
}

static Hook *
hook_new (LobbyGatewaySession *session,
          JsonObject *json)
{
  LobbyWorld *world = session->gateway->world;
  const char *url = lobby_json_get_string (json, "url", 4096);
  g_autoptr (GUri) uri = url ? g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL) : NULL;
  Hook *hook;

  if (!uri || !g_str_has_prefix (g_uri_get_scheme (uri), "http"))
    return NULL;
  hook = g_new0 (Hook, 1);
  hook->url = g_strdup (url);
  hook->events = read_events (json);
  hook->key = g_strdup (lobby_json_get_string (lobby_json_get_object (json, "hmac"), "key", 4096));
  read_headers (hook, json);
  read_retries (hook, json);
  hook->deliverer = lobby_deliverer_new (world->schedule, world->knobs, world->dice, &waha_form, hook);
  lobby_deliverer_set_url (hook->deliverer, url);
  return hook;
}

gboolean
lobby_gateway_session_set_config (LobbyGatewaySession *self,
                                  JsonObject *config,
                                  GError **error)
{
  JsonArray *list = lobby_json_get_array (config, "webhooks");
  g_autoptr (GPtrArray) hooks = g_ptr_array_new_with_free_func (lobby_gateway_hook_free);

  if (lobby_json_array_length (list) > HOOKS_MAX)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "config.webhooks must be at most %d", HOOKS_MAX);
      return FALSE;
    }
  for (guint i = 0; i < lobby_json_array_length (list); i++)
    {
      Hook *hook = hook_new (self, lobby_json_array_object (list, i));

      if (!hook)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "config.webhooks.%u.url must be a URL address", i);
          return FALSE;
        }
      g_ptr_array_add (hooks, hook);
    }
  /* What they still had to tell is not told any more; their deliveries may be under way, though. */
  for (guint i = 0; i < self->hooks->len; i++)
    lobby_deliverer_set_url (((Hook *)g_ptr_array_index (self->hooks, i))->deliverer, NULL);
  g_ptr_array_extend_and_steal (self->retired, g_steal_pointer (&self->hooks));
  self->hooks = g_steal_pointer (&hooks);
  json_object_unref (self->config);
  self->config = config ? json_object_ref (config) : json_object_new ();
  return TRUE;
}

static JsonObject *
envelope_new (LobbyGatewaySession *self,
              const char *event,
              JsonObject *payload)
{
  const char *engine = lobby_gateway_engine_name (self->gateway);
  JsonObject *envelope = json_object_new ();
  JsonObject *environment = json_object_new ();
  JsonObject *metadata = lobby_json_get_object (self->config, "metadata");
  JsonObject *me = lobby_gateway_session_me (self);
  g_autofree char *ulid = lobby_id_new ();
  g_autofree char *lower = g_ascii_strdown (ulid, -1);
  g_autofree char *id = g_strconcat ("evt_", lower, NULL);

  json_object_set_string_member (envelope, "id", id);
  json_object_set_int_member (envelope, "timestamp", lobby_clock_now ());
  json_object_set_string_member (envelope, "event", event);
  json_object_set_string_member (envelope, "session", self->name);
  if (metadata)
    json_object_set_object_member (envelope, "metadata", json_object_ref (metadata));
  if (me)
    json_object_set_object_member (envelope, "me", me);
  json_object_set_object_member (envelope, "payload", json_object_ref (payload));
  json_object_set_string_member (envelope, "engine", engine);
  json_object_set_string_member (environment, "version", "2026.7.1");
  json_object_set_string_member (environment, "engine", engine);
  json_object_set_string_member (environment, "tier", "PLUS");
  json_object_set_object_member (envelope, "environment", environment);
  return envelope;
}

static gboolean
happens (LobbyGatewaySession *self,
         double share)
{
  return share >= 1 || (share > 0 && g_rand_double (self->gateway->world->dice) < share);
}

static void
push (LobbyGatewaySession *self,
      const char *event,
      const char *lane,
      JsonObject *payload)
{
  for (guint i = 0; i < self->hooks->len; i++)
    {
      Hook *hook = g_ptr_array_index (self->hooks, i);

      if (g_strv_contains ((const char *const *)hook->events, event) || g_strv_contains ((const char *const *)hook->events, "*"))
        lobby_deliverer_push (hook->deliverer, lobby_update_new_field (lane, event, envelope_new (self, event, payload)));
    }
}

void
lobby_gateway_session_tell (LobbyGatewaySession *self,
                            const char *event,
                            const char *lane,
                            JsonObject *payload)
{
  const LobbyKnobs *knobs = self->gateway->world->knobs;
  g_autoptr (JsonObject) told = payload;

  if (g_str_equal (event, "session.status"))
    {
      push (self, event, lane, told);
      return;
    }
  /* The known losses of gateways: WORKING, and nothing comes; or now and then one is lost for good. */
  if (!self->linked || knobs->silent || happens (self, knobs->lose))
    return;
  if (self->status == LOBBY_SESSION_WORKING)
    push (self, event, lane, told);
  else if (!g_str_equal (event, "presence.update") && !happens (self, knobs->lose_offline))
    g_queue_push_tail (&self->missed, lobby_update_new_field (lane, event, g_steal_pointer (&told)));
}

void
lobby_gateway_session_tell_missed (LobbyGatewaySession *self)
{
  LobbyUpdate *update;

  while ((update = g_queue_pop_head (&self->missed)))
    {
      push (self, update->field, update->lane, update->item);
      lobby_update_free (update);
    }
}

void
lobby_gateway_session_add_counts (LobbyGatewaySession *self,
                                  LobbyDeliveryCounts *counts)
{
  for (guint i = 0; i < self->hooks->len; i++)
    {
      LobbyDeliveryCounts more = lobby_deliverer_get_counts (((Hook *)g_ptr_array_index (self->hooks, i))->deliverer);

      counts->queued += more.queued;
      counts->in_flight += more.in_flight;
      counts->waiting += more.waiting;
      counts->delivered += more.delivered;
      counts->attempts += more.attempts;
      counts->failed += more.failed;
    }
}
