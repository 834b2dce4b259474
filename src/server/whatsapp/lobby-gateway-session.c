/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-gateway-private.h"
#include "lobby-async.h"
#include "lobby-clock.h"
#include "lobby-json.h"
#include "lobby-log.h"
#include "lobby-storage-commit.h"

#include <string.h>

/*
 * The gateway's session for the number. Its states and what is done about each:
 *   (none), STOPPED   of a linked number: made, started; else it waits for somebody to link it
 *   STARTING          waits
 *   SCAN_QR_CODE      somebody links it here: the code is told, each time it changes; else the phone was unlinked. It is left alone: somebody
 *                     may link it in the gateway's own window, and what nobody scans fails by itself
 *   PASSKEY_…         has to be finished in a browser
 *   WORKING           works
 *   FAILED            of a linked number: restarted, seldom; else linking has failed
 */

#define MAX_QR 4096
#define MAX_CODE 64
/* We hear of the link a little after the phone made it: what came in between is news. */
#define LINK_MARGIN 5000
#define UNLINKED "The phone is not linked any more. Link it again"
#define RESTART_PAUSE (10 * 60 * 1000) /* ms */

static const char *const EVENTS[] = {
  "session.status", "message.any", "message.ack", "message.reaction", "message.edited", "message.revoked",
  "presence.update", "call.received", "call.accepted", "call.rejected"
};

static GError *
held (const char *words)
{
  return lobby_adapter_error_new (LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0, 0, NULL, words);
}

static GError *
waiting (const char *words)
{
  return lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION, 0, NULL, words);
}

/* The webhook */

static char *
dup_webhook_url (LobbyGatewayAdapter *self)
{
  return g_strdup_printf ("%s/webhooks/gateway/%s", self->public_url, self->connection->id);
}

static JsonObject *
webhook_to_json (LobbyGatewayAdapter *self)
{
  JsonObject *json = json_object_new (), *hmac = json_object_new (), *retries = json_object_new ();
  JsonArray *events = json_array_new ();
  g_autofree char *url = dup_webhook_url (self);

  for (guint i = 0; i < G_N_ELEMENTS (EVENTS); i++)
    json_array_add_string_element (events, EVENTS[i]);
  json_object_set_string_member (hmac, "key", self->connection->webhook_key);
  json_object_set_string_member (retries, "policy", "exponential");
  json_object_set_int_member (retries, "delaySeconds", 1);
  json_object_set_int_member (retries, "attempts", 12);
  json_object_set_string_member (json, "url", url);
  json_object_set_array_member (json, "events", events);
  json_object_set_object_member (json, "hmac", hmac);
  json_object_set_object_member (json, "retries", retries);
  return json;
}

/* One of ours, wherever it points. */
static gboolean
is_ours (LobbyGatewayAdapter *self,
         JsonObject *webhook)
{
  const char *url = lobby_json_get_string (webhook, "url", G_MAXSIZE);

  return url != NULL && g_str_has_suffix (url, self->connection->id);
}

static gboolean
has_webhook (LobbyGatewayAdapter *self,
             JsonObject *session)
{
  JsonArray *webhooks = lobby_json_get_array (lobby_json_get_object (session, "config"), "webhooks");
  g_autofree char *url = dup_webhook_url (self);

  for (guint i = 0; i < lobby_json_array_length (webhooks); i++)
    {
      JsonObject *webhook = lobby_json_array_object (webhooks, i);

      if (g_strcmp0 (lobby_json_get_string (webhook, "url", G_MAXSIZE), url) == 0
          && lobby_json_array_length (lobby_json_get_array (webhook, "events")) == G_N_ELEMENTS (EVENTS))
        return TRUE;
    }
  return FALSE;
}

/* The engine NOWEB keeps no chats unless it is told to. */
static JsonObject *
store_to_json (void)
{
  JsonObject *noweb = json_object_new (), *store = json_object_new ();

  json_object_set_boolean_member (store, "enabled", TRUE);
  json_object_set_object_member (noweb, "store", store);
  return noweb;
}

/* The session's configuration with our webhook in it; the others' stay. */
static JsonObject *
make_config (LobbyGatewayAdapter *self,
             JsonObject *session)
{
  JsonObject *given = lobby_json_get_object (session, "config");
  JsonArray *webhooks = json_array_new (), *old = lobby_json_get_array (given, "webhooks");
  JsonObject *config = json_object_new ();
  g_autoptr (GList) members = given != NULL ? json_object_get_members (given) : NULL;

  for (GList *link = members; link != NULL; link = link->next)
    json_object_set_member (config, link->data, json_node_copy (json_object_get_member (given, link->data)));
  for (guint i = 0; i < lobby_json_array_length (old); i++)
    {
      if (!is_ours (self, lobby_json_array_object (old, i)))
        json_array_add_element (webhooks, json_node_copy (json_array_get_element (old, i)));
    }
  json_array_add_object_element (webhooks, webhook_to_json (self));
  json_object_set_array_member (config, "webhooks", webhooks);
  if (session == NULL)
    json_object_set_object_member (config, "noweb", store_to_json ());
  return config;
}

/* Asking */

static char *
dup_path (LobbyGatewayAdapter *self,
          const char *command)
{
  return g_strdup_printf ("/api/sessions/%s%s", self->connection->gateway_session, command);
}

/* Does @command ("start" …) to it. */
static gboolean
command (LobbyGatewayAdapter *self,
         const char *word,
         GError **error)
{
  g_autofree char *path = dup_path (self, word);
  g_autoptr (JsonNode) answer = lobby_gateway_ask (self, "POST", path, json_object_new (), error);

  return answer != NULL;
}

/* *@session is NULL when the gateway has none of this name. */
static gboolean
get_session (LobbyGatewayAdapter *self,
             JsonObject **session,
             GError **error)
{
  g_autofree char *path = dup_path (self, "");
  g_autoptr (GError) problem = NULL;
  g_autoptr (JsonNode) answer = lobby_gateway_ask (self, "GET", path, NULL, &problem);

  *session = NULL;
  if (answer != NULL && JSON_NODE_HOLDS_OBJECT (answer))
    *session = json_object_ref (json_node_get_object (answer));
  else if (answer != NULL)
    problem = waiting ("What answers at the gateway's address is no gateway");
  else if (problem->code == LOBBY_SEND_ERROR_REFUSED && lobby_adapter_get_error (problem)->code == 404)
    g_clear_error (&problem);
  if (problem != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  return TRUE;
}

/* Makes the session, or gives it our webhook; @start: and starts it. */
static gboolean
prepare_session (LobbyGatewayAdapter *self,
                 JsonObject *session,
                 gboolean start,
                 GError **error)
{
  JsonObject *body = json_object_new ();
  g_autofree char *path = session != NULL ? dup_path (self, "") : g_strdup ("/api/sessions");
  g_autoptr (JsonNode) answer = NULL;

  json_object_set_string_member (body, "name", self->connection->gateway_session);
  json_object_set_object_member (body, "config", make_config (self, session));
  if (session == NULL)
    json_object_set_boolean_member (body, "start", start);
  answer = lobby_gateway_ask (self, session != NULL ? "PUT" : "POST", path, body, error);
  return answer != NULL;
}

/* What is shown to the phone */

static void
forget_link (LobbyGatewayAdapter *self)
{
  self->linking = FALSE;
  self->was_linking = FALSE;
  g_clear_pointer (&self->link_number, g_free);
  g_clear_pointer (&self->qr, g_free);
  g_clear_pointer (&self->code, g_free);
}

static void
tell_link (LobbyGatewayAdapter *self)
{
  g_autoptr (GError) error = NULL;

  if (!lobby_storage (self->storage, log_link, self->connection->id, self->code == NULL ? self->qr : NULL, self->code, &error))
    lobby_log_event (G_LOG_LEVEL_WARNING, G_LOG_DOMAIN, "a code to link with cannot be told", "connection", self->connection->id, "error", error->message, NULL);
}

static gboolean
fetch_qr (LobbyGatewayAdapter *self,
          GError **error)
{
  g_autofree char *path = lobby_gateway_session_path (self, "/auth/qr?format=raw");
  g_autoptr (JsonNode) answer = lobby_gateway_ask (self, "GET", path, NULL, error);
  const char *value;

  if (answer == NULL)
    return FALSE;
  value = JSON_NODE_HOLDS_OBJECT (answer) ? lobby_json_get_string (json_node_get_object (answer), "value", MAX_QR) : NULL;
  self->step = "scan_qr";
  if (value != NULL && g_set_str (&self->qr, value))
    tell_link (self);
  return TRUE;
}

static gboolean
fetch_code (LobbyGatewayAdapter *self,
            GError **error)
{
  g_autofree char *path = lobby_gateway_session_path (self, "/auth/request-code");
  g_autoptr (JsonNode) answer = NULL;
  JsonObject *body;
  const char *code;

  self->step = "enter_code";
  if (self->code != NULL)
    return TRUE;
  body = json_object_new ();
  json_object_set_string_member (body, "phoneNumber", self->link_number);
  answer = lobby_gateway_ask (self, "POST", path, body, error);
  if (answer == NULL)
    return FALSE;
  code = JSON_NODE_HOLDS_OBJECT (answer) ? lobby_json_get_string (json_node_get_object (answer), "code", MAX_CODE) : NULL;
  if (code != NULL && g_set_str (&self->code, code))
    tell_link (self);
  return TRUE;
}

/* What is found */

typedef struct
{
  LobbyGatewayAdapter *self;
  gint64 at;
  const char *number;
} Linked;

static gboolean
write_linked (LobbyStorage *storage,
              gpointer data,
              GError **error)
{
  Linked *linked = data;

  return lobby_storage (storage, set_connection_linked, linked->self->connection->id, linked->at, linked->number, error);
}

/* @number: NULL as it was. */
static void
set_linked (LobbyGatewayAdapter *self,
            gint64 at,
            const char *number)
{
  Linked linked = { self, at, number };

  self->connection->linked_at = at;
  if (number != NULL)
    g_set_str (&self->connection->phone_number, number);
  lobby_storage_insist (self->storage, write_linked, &linked, &self->closed);
}

/* Of the phone that is linked now, or NULL. (transfer full) */
static char *
dup_number (JsonObject *session)
{
  const char *id = lobby_json_get_string (lobby_json_get_object (session, "me"), "id", 128);
  g_auto (LobbyIdentity) identity = { 0 };

  return lobby_gateway_parse_chat (id, &identity) && identity.wa_id != NULL ? g_strconcat ("+", identity.wa_id, NULL) : NULL;
}

/* Linking need not happen here: in the gateway's own window another phone may have come in the place of the one that we know. What that has
 * from before is history. */
static void
take_phone (LobbyGatewayAdapter *self,
            JsonObject *session)
{
  g_autofree char *number = dup_number (session);
  const char *known = self->connection->phone_number;
  gboolean is_new = self->connection->linked_at == 0 || (number != NULL && known != NULL && strcmp (number, known) != 0);

  if (is_new)
    set_linked (self, lobby_clock_now () - LINK_MARGIN, number);
  else if (number != NULL && known == NULL)
    set_linked (self, self->connection->linked_at, number);
}

static GError *
on_working (LobbyGatewayAdapter *self,
            JsonObject *session)
{
  gboolean again = !self->working;
  g_autoptr (GError) error = NULL;

  /* Giving it our webhook restarts the session: only when it has to be. */
  if (!has_webhook (self, session) && !self->configured)
    {
      self->configured = TRUE;
      if (!prepare_session (self, session, TRUE, &error))
        return g_steal_pointer (&error);
      self->step = "starting";
      return waiting ("The gateway is starting");
    }
  forget_link (self);
  self->working = TRUE;
  take_phone (self, session);
  if (again)
    {
      self->missed_since = self->worked_at;
      self->caught_up = FALSE;
      g_hash_table_remove_all (self->newest);
      lobby_gateway_renew_presence (self);
    }
  self->worked_at = lobby_clock_now ();
  lobby_gateway_catch_up (self);
  return NULL;
}

static GError *
on_scan (LobbyGatewayAdapter *self)
{
  g_autoptr (GError) error = NULL;

  /* What a restart of this server interrupted goes on, by QR code: whose number a code was made for is forgotten. */
  self->linking = self->linking || self->was_linking;
  if (!self->linking)
    {
      if (self->connection->linked_at != 0)
        {
          self->unlinked = TRUE;
          set_linked (self, 0, NULL);
        }
      return held (self->unlinked ? UNLINKED : "No phone is linked yet");
    }
  if (self->link_number != NULL ? !fetch_code (self, &error) : !fetch_qr (self, &error))
    return g_steal_pointer (&error);
  return waiting (self->link_number != NULL ? "The code has to be entered on the phone" : "The QR code has to be scanned with the phone");
}

/* There is none, it is stopped, or it failed. */
static GError *
on_idle (LobbyGatewayAdapter *self,
         JsonObject *session,
         gboolean failed)
{
  gint64 now = lobby_clock_now ();
  g_autoptr (GError) error = NULL;

  self->was_linking = FALSE;
  if (self->linking && failed)
    {
      gboolean scanned = self->qr == NULL && self->code == NULL;

      forget_link (self);
      return held (scanned ? "The gateway could not link the phone. Try again" : "The code was not used in time. Link the phone again");
    }
  if (self->connection->linked_at == 0 && !self->linking)
    return held (self->unlinked ? UNLINKED : "No phone is linked yet");
  if (!self->linking && now - self->restarted_at < RESTART_PAUSE)
    return held (failed ? "The gateway's session has failed" : "The gateway's session is stopped");
  self->restarted_at = now;
  /* A session that the gateway does not know has forgotten the phone, too. */
  if (session == NULL ? !prepare_session (self, NULL, TRUE, &error) : !command (self, failed ? "/restart" : "/start", &error))
    return g_steal_pointer (&error);
  self->step = "starting";
  return waiting ("The gateway is starting");
}

static GError *
on_status (LobbyGatewayAdapter *self,
           JsonObject *session,
           const char *status)
{
  if (strcmp (status, "WORKING") == 0)
    return on_working (self, session);
  self->working = FALSE;
  if (strcmp (status, "STARTING") == 0)
    {
      self->step = "starting";
      return waiting ("The gateway is starting");
    }
  if (strcmp (status, "SCAN_QR_CODE") == 0)
    return on_scan (self);
  if (g_str_has_prefix (status, "PASSKEY"))
    {
      self->step = "finish_in_browser";
      return waiting ("Linking has to be finished with a passkey in the gateway's own window in the browser");
    }
  return on_idle (self, session, strcmp (status, "FAILED") == 0);
}

static DexFuture *
check_fiber (gpointer data)
{
  LobbyGatewayAdapter *self = data;
  g_autoptr (JsonObject) session = NULL;
  const char *status;
  GError *error = NULL;

  self->step = NULL;
  if (!get_session (self, &session, &error))
    {
      self->working = FALSE;
      if (error->code != LOBBY_SEND_ERROR_HOLD_ACCOUNT)
        error->code = LOBBY_SEND_ERROR_TRY_AGAIN;
      return dex_future_new_for_error (error);
    }
  status = lobby_json_get_string (session, "status", MAX_CODE);
  error = session == NULL ? on_idle (self, NULL, FALSE) : on_status (self, session, status != NULL ? status : "");
  if (error == NULL)
    return dex_future_new_true ();
  if (error->code != LOBBY_SEND_ERROR_HOLD_ACCOUNT)
    error->code = LOBBY_SEND_ERROR_TRY_AGAIN;
  return dex_future_new_for_error (error);
}

DexFuture *
lobby_gateway_check (LobbyAdapter *adapter)
{
  return lobby_async_spawn (check_fiber, g_object_ref (adapter), g_object_unref);
}

/* What owners want */

typedef struct
{
  LobbyGatewayAdapter *self;
  char *phone_number;
} Wish;

static void
wish_free (gpointer data)
{
  Wish *wish = data;

  g_object_unref (wish->self);
  g_free (wish->phone_number);
  g_free (wish);
}

static DexFuture *
link_fiber (gpointer data)
{
  Wish *wish = data;
  LobbyGatewayAdapter *self = wish->self;
  g_autoptr (JsonObject) session = NULL;
  GError *error = NULL;
  const char *status;
  gboolean begun;

  if (!get_session (self, &session, &error))
    return dex_future_new_for_error (error);
  status = lobby_json_get_string (session, "status", MAX_CODE);
  forget_link (self);
  self->linking = TRUE;
  self->unlinked = FALSE;
  self->link_number = g_strdup (wish->phone_number);
  if (session == NULL)
    begun = prepare_session (self, NULL, TRUE, &error);
  else if (g_strcmp0 (status, "WORKING") == 0 || g_strcmp0 (status, "SCAN_QR_CODE") == 0)
    begun = TRUE;
  else
    begun = (has_webhook (self, session) || prepare_session (self, session, FALSE, &error))
            && command (self, g_strcmp0 (status, "STOPPED") == 0 ? "/start" : "/restart", &error);
  if (!begun)
    {
      forget_link (self);
      return dex_future_new_for_error (error);
    }
  g_signal_emit_by_name (self, "changed");
  return dex_future_new_true ();
}

DexFuture *
lobby_gateway_link (LobbyAdapter *adapter,
                    const char *phone_number)
{
  Wish *wish = g_new0 (Wish, 1);

  wish->self = LOBBY_GATEWAY_ADAPTER (g_object_ref (adapter));
  wish->phone_number = g_strdup (phone_number);
  return lobby_async_spawn (link_fiber, wish, wish_free);
}

static DexFuture *
unlink_fiber (gpointer data)
{
  LobbyGatewayAdapter *self = data;
  g_autoptr (GError) problem = NULL;

  forget_link (self);
  /* Logging out a session that runs makes it show a QR code again. */
  if (!command (self, "/logout", &problem) && lobby_adapter_get_error (problem)->code != 404)
    return dex_future_new_for_error (g_steal_pointer (&problem));
  command (self, "/stop", NULL);
  set_linked (self, 0, NULL);
  g_signal_emit_by_name (self, "changed");
  return dex_future_new_true ();
}

DexFuture *
lobby_gateway_unlink (LobbyAdapter *adapter)
{
  return lobby_async_spawn (unlink_fiber, g_object_ref (adapter), g_object_unref);
}

static DexFuture *
stop_fiber (gpointer data)
{
  command (data, "/stop", NULL);
  return dex_future_new_true ();
}

void
lobby_gateway_stop_session (LobbyGatewayAdapter *self)
{
  lobby_async_go (stop_fiber, g_object_ref (self), g_object_unref);
}
