/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-connection-words.h"

#include <glib/gi18n.h>
#include <string.h>

#include "lobby-message-words.h"
#include "lobby-when.h"

#define MINUTE (G_GINT64_CONSTANT (60) * 1000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* A warning that is older than this no longer stands over the conversations. */
#define NEWS (3 * DAY)

static gboolean
is_empty (const char *text)
{
  return text == NULL || text[0] == '\0';
}

char *
lobby_connection_words_age (gint64 msec,
                            gint64 now)
{
  const gint64 age = MAX (0, now - msec);

  if (age < MINUTE)
    return g_strdup (_ ("just now"));
  if (age < HOUR)
    return g_strdup_printf (ngettext ("%d minute ago", "%d minutes ago", (gulong)(age / MINUTE)), (int)(age / MINUTE));
  if (age < DAY)
    return g_strdup_printf (ngettext ("%d hour ago", "%d hours ago", (gulong)(age / HOUR)), (int)(age / HOUR));

  return lobby_when_day (msec);
}

/* The server's words, to stand in a sentence of ours; NULL when there are none. */
static char *
dup_reason (LobbyWhatsappConnection *connection)
{
  char *reason = g_strdup (lobby_whatsapp_connection_get_reason (connection));

  while (reason != NULL && g_str_has_suffix (reason, "."))
    reason[strlen (reason) - 1] = '\0';
  if (is_empty (reason))
    g_clear_pointer (&reason, g_free);

  return reason;
}

static const char *
describe_step (LobbyWhatsappStep step)
{
  switch (step)
    {
    case LOBBY_WHATSAPP_STEP_STARTING:
      return _ ("Starting…");
    case LOBBY_WHATSAPP_STEP_SCAN_QR:
      return _ ("Waits for its code to be scanned");
    case LOBBY_WHATSAPP_STEP_ENTER_CODE:
      return _ ("Waits for its code to be typed into the phone");
    case LOBBY_WHATSAPP_STEP_FINISH_IN_BROWSER:
      return _ ("Waits to be finished in a browser");
    case LOBBY_WHATSAPP_STEP_NONE:
    default:
      return NULL;
    }
}

char *
lobby_connection_words_state (LobbyWhatsappConnection *connection,
                              gint64 now)
{
  const char *step = describe_step (lobby_whatsapp_connection_get_step (connection));
  g_autofree char *reason = dup_reason (connection);
  gint64 last = lobby_whatsapp_connection_get_last_event_at (connection);
  g_autofree char *age = NULL;

  if (step != NULL)
    return g_strdup (step);
  switch (lobby_whatsapp_connection_get_state (connection))
    {
    case LOBBY_WHATSAPP_CONNECTING:
      return g_strdup (_ ("Connecting…"));
    case LOBBY_WHATSAPP_DISCONNECTED:
      return reason == NULL ? g_strdup (_ ("Disconnected")) : g_strdup_printf (_ ("Disconnected: %s"), reason);
    case LOBBY_WHATSAPP_CONNECTED:
    default:
      break;
    }
  if (last == 0)
    return g_strdup (_ ("Connected, nothing heard yet"));

  age = lobby_connection_words_age (last, now);
  return g_strdup_printf (_ ("Connected, last event %s"), age);
}

char *
lobby_connection_words_kind (LobbyWhatsappConnection *connection)
{
  const char *number = lobby_whatsapp_connection_get_phone_number (connection);
  const char *kind = lobby_whatsapp_connection_get_kind (connection) == LOBBY_WHATSAPP_GATEWAY ? _ ("Linked number") : _ ("Cloud API");
  g_autofree char *formatted = lobby_words_number (number);

  return formatted != NULL ? g_strdup_printf ("%s · %s", kind, formatted) : g_strdup (kind);
}

const char *
lobby_connection_words_icon (LobbyWhatsappConnection *connection,
                             const char **css_class)
{
  GPtrArray *alerts = lobby_whatsapp_connection_get_alerts (connection);
  const LobbyWhatsappAlert *newest = alerts->len > 0 ? g_ptr_array_index (alerts, 0) : NULL;

  if (lobby_whatsapp_connection_get_step (connection) != LOBBY_WHATSAPP_STEP_NONE
      || lobby_whatsapp_connection_get_state (connection) == LOBBY_WHATSAPP_CONNECTING)
    {
      *css_class = "dimmed";
      return "content-loading-symbolic";
    }
  if (lobby_whatsapp_connection_get_state (connection) == LOBBY_WHATSAPP_DISCONNECTED)
    {
      *css_class = "error";
      return "dialog-error-symbolic";
    }
  if (newest != NULL && newest->severity >= LOBBY_ALERT_WARNING)
    {
      *css_class = "warning";
      return "dialog-warning-symbolic";
    }

  *css_class = "success";
  return "object-select-symbolic";
}

static char *
describe_disconnected (LobbyWhatsappConnection *connection,
                       const char **button)
{
  const char *label = lobby_whatsapp_connection_get_label (connection);
  g_autofree char *reason = dup_reason (connection);

  *button = lobby_whatsapp_connection_get_wrong_setting (connection) != NULL ? _ ("_Edit Number") : _ ("_Link Again");
  if (reason == NULL)
    return g_strdup_printf (_ ("WhatsApp of %s is disconnected. Messages wait to be sent; nothing is lost."), label);

  /* Last, as it may be long, and a banner ends after three lines. */
  return g_strdup_printf (_ ("WhatsApp of %s is disconnected. Messages wait to be sent; nothing is lost. Reason: %s"), label, reason);
}

static char *
describe_alerts (LobbyWhatsappConnection *connection,
                 gint64 now,
                 const char **button)
{
  GPtrArray *alerts = lobby_whatsapp_connection_get_alerts (connection);

  for (guint i = 0; i < alerts->len; i++)
    {
      const LobbyWhatsappAlert *alert = g_ptr_array_index (alerts, i);

      if (alert->severity < LOBBY_ALERT_WARNING || now - alert->at > NEWS)
        continue;
      *button = _ ("_Details");
      return g_strdup_printf ("%s: %s", lobby_whatsapp_connection_get_label (connection), alert->title);
    }

  return NULL;
}

char *
lobby_connection_words_trouble (LobbyWhatsappConnection *connection,
                                gint64 now,
                                const char **button)
{
  const char *label = lobby_whatsapp_connection_get_label (connection);

  *button = NULL;
  if (lobby_whatsapp_connection_get_step (connection) != LOBBY_WHATSAPP_STEP_NONE)
    {
      *button = _ ("_Link");
      return g_strdup_printf (_ ("WhatsApp of %s waits to be linked with a phone."), label);
    }
  switch (lobby_whatsapp_connection_get_state (connection))
    {
    case LOBBY_WHATSAPP_CONNECTING:
      return g_strdup_printf (_ ("WhatsApp of %s is connecting…"), label);
    case LOBBY_WHATSAPP_DISCONNECTED:
      return describe_disconnected (connection, button);
    case LOBBY_WHATSAPP_CONNECTED:
    default:
      return describe_alerts (connection, now, button);
    }
}

char *
lobby_connection_words_error (const GError *error)
{
  if (error->domain != LOBBY_CLIENT_ERROR)
    return g_strdup (error->message);

  switch ((LobbyClientError)error->code)
    {
    case LOBBY_CLIENT_ERROR_UNREACHABLE:
      return g_strdup (_ ("The server does not answer. Nothing was changed; try again."));
    case LOBBY_CLIENT_ERROR_NOT_LOBBYD:
    case LOBBY_CLIENT_ERROR_TLS:
      return g_strdup (_ ("Something else than your Lobby server answered. Nothing was changed."));
    case LOBBY_CLIENT_ERROR_BAD_CREDENTIALS:
      return g_strdup (_ ("The server has signed you out. Sign in again first."));
    case LOBBY_CLIENT_ERROR_STORAGE:
      return g_strdup (_ ("The server’s disk is full. Nothing was changed."));
    case LOBBY_CLIENT_ERROR_FAILED:
      return g_strdup_printf (_ ("This did not work: %s"), error->message);
    default:
      return g_strdup_printf (_ ("The server refused: %s"), error->message);
    }
}

const char *
lobby_connection_words_check (const char *id)
{
  static const struct
  {
    const char *id;
    const char *words;
  } checks[] = {
    { "address", N_ ("Address") },
    { "token", N_ ("Access token") },
    { "phone_number", N_ ("Phone number") },
    { "waba", N_ ("Business account") },
    { "app_secret", N_ ("App secret") },
    { "webhook", N_ ("Webhook") },
    { "gateway", N_ ("Gateway") },
    { "session", N_ ("Session") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (checks); i++)
    if (g_strcmp0 (checks[i].id, id) == 0)
      return _ (checks[i].words);

  return id != NULL ? id : "";
}
