/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-client"

#include "lobby-whatsapp-connection-private.h"

#include "lobby-clock.h"
#include "lobby-id.h"
#include "lobby-json.h"
#include "lobby-wire.h"

#define MAX_ALERTS 20
#define MAX_PATH 2048
#define MAX_URL 4096
#define MAX_QR 8192
#define MAX_CODE 64

struct _LobbyWhatsappConnection
{
  GObject parent_instance;

  char *id;
  char *reason;
  char *webhook_path;
  char *webhook_url;
  LobbyWhatsappState state;
  LobbyWhatsappStep step;
  LobbyCapability capabilities;
  gint64 last_event_at;
  GPtrArray *alerts;
  LobbyWhatsappSettings *settings;

  /* Of linking; never stored. */
  char *qr;
  char *code;
};

G_DEFINE_FINAL_TYPE (LobbyWhatsappConnection, lobby_whatsapp_connection, G_TYPE_OBJECT)

static guint changed_signal;

static void
alert_free (gpointer data)
{
  LobbyWhatsappAlert *alert = data;

  g_free (alert->id);
  g_free (alert->title);
  g_free (alert->message);
  g_free (alert);
}

static void
lobby_whatsapp_connection_finalize (GObject *object)
{
  LobbyWhatsappConnection *self = LOBBY_WHATSAPP_CONNECTION (object);

  g_free (self->id);
  g_free (self->reason);
  g_free (self->webhook_path);
  g_free (self->webhook_url);
  g_free (self->qr);
  g_free (self->code);
  g_ptr_array_unref (self->alerts);
  lobby_whatsapp_settings_free (self->settings);

  G_OBJECT_CLASS (lobby_whatsapp_connection_parent_class)->finalize (object);
}

static void
lobby_whatsapp_connection_class_init (LobbyWhatsappConnectionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_whatsapp_connection_finalize;

  changed_signal = g_signal_new ("changed", LOBBY_TYPE_WHATSAPP_CONNECTION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lobby_whatsapp_connection_init (LobbyWhatsappConnection *self)
{
  self->alerts = g_ptr_array_new_with_free_func (alert_free);
  self->settings = lobby_whatsapp_settings_new (LOBBY_WHATSAPP_CLOUD);
  self->state = LOBBY_WHATSAPP_DISCONNECTED;
}

LobbyWhatsappConnection *
lobby_whatsapp_connection_new (const char *id)
{
  LobbyWhatsappConnection *self = g_object_new (LOBBY_TYPE_WHATSAPP_CONNECTION, NULL);

  self->id = g_strdup (id);
  return self;
}

/* The position of a member's text in @words, or @fallback. */
static int
choose (JsonObject *json,
        const char *name,
        const char *const *words,
        int fallback)
{
  const char *text = lobby_json_get_string (json, name, 64);

  for (int i = 0; text != NULL && words[i] != NULL; i++)
    if (g_str_equal (words[i], text))
      return i;

  return fallback;
}

static LobbyCapability
read_capabilities (JsonObject *json)
{
  static const struct
  {
    const char *name;
    LobbyCapability flag;
  } names[] = {
    { "customer_typing", LOBBY_CAPABILITY_CUSTOMER_TYPING },
    { "edit", LOBBY_CAPABILITY_EDIT },
    { "revoke", LOBBY_CAPABILITY_REVOKE },
    { "templates", LOBBY_CAPABILITY_TEMPLATES },
    { "service_window", LOBBY_CAPABILITY_SERVICE_WINDOW },
    { "read_receipts", LOBBY_CAPABILITY_READ_RECEIPTS },
    { "typing", LOBBY_CAPABILITY_TYPING },
    { "reactions", LOBBY_CAPABILITY_REACTIONS },
    { "interactive", LOBBY_CAPABILITY_INTERACTIVE },
  };
  LobbyCapability capabilities = 0;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (lobby_json_get_boolean_or (json, names[i].name, FALSE))
      capabilities |= names[i].flag;

  return capabilities;
}

static gint64
read_time (JsonObject *json,
           const char *name)
{
  const char *text = lobby_json_get_string (json, name, 64);
  gint64 msec;

  return text != NULL && lobby_clock_parse (text, &msec) ? msec : 0;
}

static int
compare_alerts (gconstpointer a,
                gconstpointer b)
{
  const LobbyWhatsappAlert *left = *(const LobbyWhatsappAlert *const *)a;
  const LobbyWhatsappAlert *right = *(const LobbyWhatsappAlert *const *)b;

  return left->at > right->at ? -1 : left->at < right->at ? 1
                                                          : 0;
}

static void
read_alerts (LobbyWhatsappConnection *self,
             JsonArray *array)
{
  static const char *const severities[] = { "info", "warning", "error", NULL };

  g_ptr_array_set_size (self->alerts, 0);
  for (guint i = 0; i < MIN (lobby_json_array_length (array), MAX_ALERTS); i++)
    {
      JsonObject *json = lobby_json_array_object (array, i);
      const char *title = lobby_json_get_string (json, "title", LOBBY_WIRE_MAX_NAME);
      LobbyWhatsappAlert *alert;

      if (title == NULL)
        continue;
      alert = g_new0 (LobbyWhatsappAlert, 1);
      alert->id = g_strdup (lobby_json_get_string (json, "id", LOBBY_ID_MAX));
      alert->at = read_time (json, "at");
      alert->severity = (LobbyAlertSeverity)choose (json, "severity", severities, LOBBY_ALERT_INFO);
      alert->title = g_strdup (title);
      alert->message = g_strdup (lobby_json_get_string (json, "message", LOBBY_WIRE_MAX_TEXT));
      g_ptr_array_add (self->alerts, alert);
    }
  g_ptr_array_sort (self->alerts, compare_alerts);
}

/* A code that was for another step is good for nothing. */
static void
set_step (LobbyWhatsappConnection *self,
          LobbyWhatsappStep step)
{
  self->step = step;
  if (step != LOBBY_WHATSAPP_STEP_SCAN_QR)
    g_clear_pointer (&self->qr, g_free);
  if (step != LOBBY_WHATSAPP_STEP_ENTER_CODE)
    g_clear_pointer (&self->code, g_free);
}

static void
read_link (LobbyWhatsappConnection *self,
           JsonObject *json)
{
  const char *qr = lobby_json_get_string (json, "qr", MAX_QR);
  const char *code = lobby_json_get_string (json, "code", MAX_CODE);

  if (self->step == LOBBY_WHATSAPP_STEP_SCAN_QR && qr != NULL)
    g_set_str (&self->qr, qr);
  if (self->step == LOBBY_WHATSAPP_STEP_ENTER_CODE && code != NULL)
    g_set_str (&self->code, code);
}

void
lobby_whatsapp_connection_update (LobbyWhatsappConnection *self,
                                  JsonObject *json)
{
  static const char *const kinds[] = { "cloud", "gateway", NULL };
  static const char *const states[] = { "connected", "connecting", "disconnected", NULL };
  static const char *const steps[] = { "", "starting", "scan_qr", "enter_code", "finish_in_browser", NULL };

  self->settings->kind = (LobbyWhatsappKind)choose (json, "kind", kinds, LOBBY_WHATSAPP_CLOUD);
  lobby_whatsapp_settings_read (self->settings, json);
  self->state = (LobbyWhatsappState)choose (json, "state", states, LOBBY_WHATSAPP_DISCONNECTED);
  set_step (self, (LobbyWhatsappStep)choose (json, "step", steps, LOBBY_WHATSAPP_STEP_NONE));
  /* Owners who ask while a phone is being linked are told what others heard of before. */
  read_link (self, json);
  g_set_str (&self->reason, lobby_json_get_string (json, "reason", LOBBY_WIRE_MAX_NAME));
  g_set_str (&self->webhook_path, lobby_json_get_string (json, "webhook_path", MAX_PATH));
  if (json_object_has_member (json, "webhook_url")) /* which is told to owners */
    g_set_str (&self->webhook_url, lobby_json_get_string (json, "webhook_url", MAX_URL));
  self->last_event_at = MAX (self->last_event_at, read_time (json, "last_event_at"));
  self->capabilities = read_capabilities (lobby_json_get_object (json, "capabilities"));
  read_alerts (self, lobby_json_get_array (json, "alerts"));

  g_signal_emit (self, changed_signal, 0);
}

void
lobby_whatsapp_connection_set_qr (LobbyWhatsappConnection *self,
                                  const char *qr)
{
  set_step (self, LOBBY_WHATSAPP_STEP_SCAN_QR);
  g_set_str (&self->qr, qr);
  g_signal_emit (self, changed_signal, 0);
}

void
lobby_whatsapp_connection_set_code (LobbyWhatsappConnection *self,
                                    const char *code)
{
  set_step (self, LOBBY_WHATSAPP_STEP_ENTER_CODE);
  g_set_str (&self->code, code);
  g_signal_emit (self, changed_signal, 0);
}

const char *
lobby_whatsapp_connection_get_id (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), NULL);
  return self->id;
}

LobbyWhatsappKind
lobby_whatsapp_connection_get_kind (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), LOBBY_WHATSAPP_CLOUD);
  return self->settings->kind;
}

const char *
lobby_whatsapp_connection_get_label (LobbyWhatsappConnection *self)
{
  const LobbyWhatsappSettings *settings;

  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), "");

  settings = self->settings;
  if (settings->name != NULL && settings->name[0] != '\0')
    return settings->name;
  return settings->phone_number != NULL && settings->phone_number[0] != '\0' ? settings->phone_number : "WhatsApp";
}

const char *
lobby_whatsapp_connection_get_phone_number (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), NULL);
  return self->settings->phone_number;
}

LobbyWhatsappState
lobby_whatsapp_connection_get_state (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), LOBBY_WHATSAPP_DISCONNECTED);
  return self->state;
}

LobbyWhatsappStep
lobby_whatsapp_connection_get_step (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), LOBBY_WHATSAPP_STEP_NONE);
  return self->step;
}

const char *
lobby_whatsapp_connection_get_reason (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), NULL);
  return self->reason;
}

const char *
lobby_whatsapp_connection_get_wrong_setting (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), NULL);

  if (self->state != LOBBY_WHATSAPP_DISCONNECTED)
    return NULL;
  /* Meta ends a token, or takes a permission from it; a phone is linked again, without the settings being touched. */
  if (self->settings->kind == LOBBY_WHATSAPP_CLOUD)
    return "access_token";
  if (g_strcmp0 (self->reason, LOBBY_WIRE_REASON_GATEWAY_KEY) == 0)
    return "gateway_key";
  return g_strcmp0 (self->reason, LOBBY_WIRE_REASON_GATEWAY_URL) == 0 ? "gateway_url" : NULL;
}

gint64
lobby_whatsapp_connection_get_last_event_at (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), 0);
  return self->last_event_at;
}

gboolean
lobby_whatsapp_connection_can (LobbyWhatsappConnection *self,
                               LobbyCapability capability)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), FALSE);
  return (self->capabilities & capability) == capability;
}

GPtrArray *
lobby_whatsapp_connection_get_alerts (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), NULL);
  return self->alerts;
}

const char *
lobby_whatsapp_connection_get_webhook_path (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), NULL);
  return self->webhook_path;
}

const char *
lobby_whatsapp_connection_get_webhook_url (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), NULL);
  return self->webhook_url;
}

const LobbyWhatsappSettings *
lobby_whatsapp_connection_get_settings (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), NULL);
  return self->settings;
}

const char *
lobby_whatsapp_connection_get_qr (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), NULL);
  return self->qr;
}

const char *
lobby_whatsapp_connection_get_code (LobbyWhatsappConnection *self)
{
  g_return_val_if_fail (LOBBY_IS_WHATSAPP_CONNECTION (self), NULL);
  return self->code;
}
