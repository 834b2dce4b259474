/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-gateway-private.h"

#include "lobby-clock.h"
#include "lobby-json.h"

#define FORMER_MAX 3
#define RECONNECT_MS 1500 /* how long a lost connection stays lost */

static const char *const status_names[] = {
  [LOBBY_SESSION_STOPPED] = "STOPPED",
  [LOBBY_SESSION_STARTING] = "STARTING",
  [LOBBY_SESSION_SCAN_QR_CODE] = "SCAN_QR_CODE",
  [LOBBY_SESSION_PASSKEY_REQUIRED] = "PASSKEY_REQUIRED",
  [LOBBY_SESSION_PASSKEY_CONFIRMATION_REQUIRED] = "PASSKEY_CONFIRMATION_REQUIRED",
  [LOBBY_SESSION_WORKING] = "WORKING",
  [LOBBY_SESSION_FAILED] = "FAILED",
};

LobbyGatewaySession *
lobby_gateway_session_new (LobbyGateway *gateway,
                           const char *name)
{
  LobbyGatewaySession *self = g_new0 (LobbyGatewaySession, 1);

  self->gateway = gateway;
  self->name = g_strdup (name);
  self->channel = (LobbyChannel){ self->name, &lobby_gateway_channel_verbs, gateway->world };
  self->exists = TRUE;
  self->config = json_object_new ();
  self->hooks = g_ptr_array_new_with_free_func (lobby_gateway_hook_free);
  self->retired = g_ptr_array_new_with_free_func (lobby_gateway_hook_free);
  self->subscribed = g_hash_table_new (NULL, NULL);
  self->messages = g_ptr_array_new_with_free_func (lobby_gateway_message_free);
  self->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  g_queue_init (&self->missed);
  g_queue_init (&self->former);
  return self;
}

void
lobby_gateway_session_free (LobbyGatewaySession *self)
{
  g_ptr_array_unref (self->hooks);
  g_ptr_array_unref (self->retired);
  g_hash_table_unref (self->subscribed);
  g_hash_table_unref (self->by_id);
  g_queue_clear_full (&self->missed, (GDestroyNotify)lobby_update_free);
  g_ptr_array_unref (self->messages);
  g_queue_clear_full (&self->former, (GDestroyNotify)json_object_unref);
  json_object_unref (self->config);
  g_free (self->qr);
  g_free (self->code);
  g_free (self->number);
  g_free (self->name);
  g_free (self);
}

const char *
lobby_gateway_session_status (LobbyGatewaySession *self)
{
  return status_names[self->status];
}

JsonObject *
lobby_gateway_session_me (LobbyGatewaySession *self)
{
  const char *number = self->number ? self->number : self->gateway->options->number;
  g_autofree char *digits = g_strdup (number[0] == '+' ? number + 1 : number);
  g_autofree char *id = NULL;
  g_autofree char *lid = NULL;
  JsonObject *me;

  if (!self->linked)
    return NULL;
  me = json_object_new ();
  id = g_strconcat (digits, "@c.us", NULL);
  lid = g_strconcat ("99", digits, "@lid", NULL);
  json_object_set_string_member (me, "id", id);
  json_object_set_string_member (me, "pushName", self->gateway->options->name);
  json_object_set_string_member (me, "lid", lid);
  return me;
}

static JsonObject *
status_payload (LobbyGatewaySession *self)
{
  JsonObject *payload = json_object_new ();
  JsonArray *former = json_array_new ();

  json_object_set_string_member (payload, "name", self->name);
  json_object_set_string_member (payload, "status", lobby_gateway_session_status (self));
  for (GList *l = self->former.head; l; l = l->next)
    json_array_add_object_element (former, json_object_ref (l->data));
  json_object_set_array_member (payload, "statuses", former);
  return payload;
}

static void
set_status (LobbyGatewaySession *self,
            LobbySessionStatus status)
{
  JsonObject *entry = json_object_new ();

  self->status = status;
  json_object_set_string_member (entry, "status", status_names[status]);
  json_object_set_int_member (entry, "timestamp", lobby_clock_now ());
  g_queue_push_tail (&self->former, entry);
  while (self->former.length > FORMER_MAX)
    json_object_unref (g_queue_pop_head (&self->former));
  if (status != LOBBY_SESSION_SCAN_QR_CODE)
    {
      g_clear_pointer (&self->qr, g_free);
      g_clear_pointer (&self->code, g_free);
    }
  lobby_gateway_session_tell (self, "session.status", "session", status_payload (self));
}

static void
plan (LobbyGatewaySession *self,
      gint64 delay,
      LobbyScheduleFunc func)
{
  LobbySchedule *schedule = self->gateway->world->schedule;

  if (self->moment)
    lobby_schedule_remove (schedule, self->moment);
  self->moment = func ? lobby_schedule_add (schedule, delay, func, self, NULL) : 0;
}

/* The shape of real ones: a reference and three keys in base64, divided by commas. */
static char *
qr_new (void)
{
  GString *qr = g_string_new ("2@");

  for (guint i = 0; i < 4; i++)
    {
      guint8 bytes[32];
      g_autofree char *base64 = NULL;

      for (guint j = 0; j < sizeof bytes; j++)
        bytes[j] = (guint8)g_random_int ();
      base64 = g_base64_encode (bytes, sizeof bytes);
      g_string_append_printf (qr, "%s%s", i ? "," : "", base64);
    }
  return g_string_free (qr, FALSE);
}

/* A new code to scan, or the end of WhatsApp's patience. */
static void
qr_moment (gpointer data)
{
  LobbyGatewaySession *self = data;
  const LobbyKnobs *knobs = self->gateway->world->knobs;

  self->moment = 0;
  if (self->qr_count >= knobs->qr_attempts)
    {
      set_status (self, LOBBY_SESSION_FAILED);
      return;
    }
  g_free (self->qr);
  self->qr = qr_new ();
  plan (self, self->qr_count == 0 ? knobs->qr_first_ms : knobs->qr_next_ms, qr_moment);
  self->qr_count++;
  set_status (self, LOBBY_SESSION_SCAN_QR_CODE);
}

static void
flap_moment (gpointer data)
{
  LobbyGatewaySession *self = data;

  self->flaps--;
  lobby_gateway_session_flap (self);
}

static void
working_moment (gpointer data)
{
  LobbyGatewaySession *self = data;

  self->moment = 0;
  self->online = FALSE;
  g_hash_table_remove_all (self->subscribed);
  set_status (self, LOBBY_SESSION_WORKING);
  lobby_gateway_session_tell_missed (self);
  if (self->flaps > 0)
    plan (self, RECONNECT_MS, flap_moment);
  if (self->gateway->linked)
    self->gateway->linked (&self->channel, self->gateway->linked_data);
}

static void
started_moment (gpointer data)
{
  LobbyGatewaySession *self = data;

  self->moment = 0;
  if (self->linked)
    {
      working_moment (self);
      return;
    }
  self->qr_count = 0;
  qr_moment (self);
}

void
lobby_gateway_session_start (LobbyGatewaySession *self)
{
  if (self->status != LOBBY_SESSION_STOPPED && self->status != LOBBY_SESSION_FAILED)
    return;
  set_status (self, LOBBY_SESSION_STARTING);
  plan (self, self->gateway->world->knobs->start_ms, started_moment);
}

void
lobby_gateway_session_stop (LobbyGatewaySession *self)
{
  plan (self, 0, NULL);
  if (self->status != LOBBY_SESSION_STOPPED)
    set_status (self, LOBBY_SESSION_STOPPED);
}

void
lobby_gateway_session_logout (LobbyGatewaySession *self)
{
  self->linked = FALSE;
  g_queue_clear_full (&self->missed, (GDestroyNotify)lobby_update_free);
}

static void
link_up (LobbyGatewaySession *self)
{
  self->linked = TRUE;
  self->linked_at = lobby_clock_now ();
  self->flaps = (guint)self->gateway->world->knobs->flaps;
  set_status (self, LOBBY_SESSION_STARTING);
  plan (self, self->gateway->world->knobs->start_ms, working_moment);
}

void
lobby_gateway_session_scan (LobbyGatewaySession *self,
                            const char *number)
{
  if (number)
    g_set_str (&self->number, number);
  plan (self, 0, NULL);
  if (self->gateway->world->knobs->passkey)
    set_status (self, LOBBY_SESSION_PASSKEY_REQUIRED);
  else
    link_up (self);
}

void
lobby_gateway_session_pass (LobbyGatewaySession *self)
{
  if (self->status == LOBBY_SESSION_PASSKEY_REQUIRED && self->gateway->world->knobs->passkey > 1)
    {
      /* Until it is confirmed, the code to compare stands in the place of the one to enter. */
      set_status (self, LOBBY_SESSION_PASSKEY_CONFIRMATION_REQUIRED);
      lobby_gateway_session_code (self);
    }
  else
    link_up (self);
}

void
lobby_gateway_session_flap (LobbyGatewaySession *self)
{
  if (self->status != LOBBY_SESSION_WORKING)
    return;
  set_status (self, LOBBY_SESSION_STARTING);
  plan (self, RECONNECT_MS, working_moment);
}

void
lobby_gateway_session_unlink (LobbyGatewaySession *self)
{
  plan (self, 0, NULL);
  lobby_gateway_session_logout (self);
  set_status (self, LOBBY_SESSION_FAILED);
}

const char *
lobby_gateway_session_code (LobbyGatewaySession *self)
{
  static const char letters[] = "123456789ABCDEFGHJKLMNPQRSTVWXYZ";
  char code[10];

  for (guint i = 0; i < 9; i++)
    code[i] = i == 4 ? '-' : letters[g_random_int_range (0, sizeof letters - 1)];
  code[9] = 0;
  g_free (self->code);
  self->code = g_strdup (code);
  return self->code;
}
