/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-error.h"
#include "lobby-http-client.h"
#include "lobby-json.h"

#include <string.h>

#define MAX_TITLE 256
/* A reason that is longer than clients read would cost them the event. */
#define MAX_DETAILS LOBBY_WIRE_MAX_NAME

#define HOLD LOBBY_SEND_ERROR_HOLD_ACCOUNT
#define AGAIN LOBBY_SEND_ERROR_TRY_AGAIN
#define REFUSED LOBBY_SEND_ERROR_REFUSED

#define TOKEN_TITLE "The access token does not work any more"
#define TOKEN_ADVICE "Make a new one in Meta's Business Manager and enter it in the connection's settings. What is to be sent waits until then."
#define PERMISSION_TITLE "The access token lacks a permission"
#define PERMISSION_ADVICE "Give its user whatsapp_business_messaging and whatsapp_business_management, and the number."

/* CLOUD_API 11, row by row. What is not here is refused for good and shown with its code. A title is for an alert to who looks after
 * the connection, and says with @advice what to do. */
static const struct
{
  int first, last;
  LobbySendError kind;
  LobbySendPace pace;
  LobbyConsequence consequence;
  const char *severity, *title, *advice;
} CODES[] = {
  /* Token or permission: nothing of this connection can be sent until somebody mends it. */
  { 0, 0, HOLD, 0, 0, "error", TOKEN_TITLE, TOKEN_ADVICE },
  { 102, 102, HOLD, 0, 0, "error", TOKEN_TITLE, TOKEN_ADVICE },
  { 104, 104, HOLD, 0, 0, "error", TOKEN_TITLE, TOKEN_ADVICE },
  { 190, 190, HOLD, 0, 0, "error", TOKEN_TITLE, TOKEN_ADVICE },
  { 3, 3, HOLD, 0, 0, "error", PERMISSION_TITLE, PERMISSION_ADVICE },
  { 10, 10, HOLD, 0, 0, "error", PERMISSION_TITLE, PERMISSION_ADVICE },
  { 200, 299, HOLD, 0, 0, "error", PERMISSION_TITLE, PERMISSION_ADVICE },
  { 131005, 131005, HOLD, 0, 0, "error", PERMISSION_TITLE, PERMISSION_ADVICE },
  /* The account: likewise. */
  { 368, 368, HOLD, 0, 0, "error", "WhatsApp restricts this account for a breach of its policy", "See Account quality in Meta's Business Manager." },
  { 131031, 131031, HOLD, 0, 0, "error", "WhatsApp has locked this account", "See Account quality in Meta's Business Manager, and ask for a review." },
  { 131037, 131037, HOLD, 0, 0, "error", "The number's display name is not approved", "Have a display name approved in WhatsApp Manager." },
  { 131042, 131042, HOLD, 0, 0, "error", "WhatsApp could not be paid", "Look after the payment method of the WhatsApp account in Meta's Business Manager." },
  { 131045, 131045, HOLD, 0, 0, "error", "The number is not registered as it should be", "Register the number again in WhatsApp Manager." },
  { 133010, 133010, HOLD, 0, 0, "error", "The number is not registered", "Register the number for the Cloud API in WhatsApp Manager." },
  { 131048, 131048, HOLD, 0, 0, "error", "WhatsApp limits this number: too many customers blocked or reported it", "Wait, and write only to who expects it. See the number's quality in WhatsApp Manager." },
  { 131064, 131064, HOLD, 0, 0, "error", "WhatsApp limits this number: too many templates of one kind were sent", "Wait, and send fewer of them." },
  { 130497, 130497, REFUSED, 0, 0, "warning", "WhatsApp does not let this account write to customers of some countries", "See Account quality in Meta's Business Manager." },
  /* Temporary. */
  { 1, 2, AGAIN, LOBBY_PACE_TRANSIENT, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  { 131000, 131000, AGAIN, LOBBY_PACE_TRANSIENT, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  { 131016, 131016, AGAIN, LOBBY_PACE_TRANSIENT, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  { 132069, 132069, AGAIN, LOBBY_PACE_TRANSIENT, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  { 133004, 133004, AGAIN, LOBBY_PACE_TRANSIENT, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  { 135000, 135000, AGAIN, LOBBY_PACE_TRANSIENT, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  { 4, 4, AGAIN, LOBBY_PACE_CONNECTION, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  { 80007, 80007, AGAIN, LOBBY_PACE_CONNECTION, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  { 130429, 130429, AGAIN, LOBBY_PACE_CONNECTION, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  { 131056, 131056, AGAIN, LOBBY_PACE_PAIR, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  { 131057, 131057, AGAIN, LOBBY_PACE_MAINTENANCE, LOBBY_CONSEQUENCE_SEND_AGAIN, NULL, NULL, NULL },
  /* This message only. */
  { 131047, 131047, REFUSED, 0, LOBBY_CONSEQUENCE_WINDOW_CLOSED, NULL, NULL, NULL },
  { 131052, 131053, REFUSED, 0, LOBBY_CONSEQUENCE_UPLOAD_AGAIN, NULL, NULL, NULL },
  { 132000, 132001, REFUSED, 0, LOBBY_CONSEQUENCE_TEMPLATES, NULL, NULL, NULL },
  { 132005, 132005, REFUSED, 0, LOBBY_CONSEQUENCE_TEMPLATES, NULL, NULL, NULL },
  { 132007, 132007, REFUSED, 0, LOBBY_CONSEQUENCE_TEMPLATES, NULL, NULL, NULL },
  { 132012, 132012, REFUSED, 0, LOBBY_CONSEQUENCE_TEMPLATES, NULL, NULL, NULL },
  { 132015, 132016, REFUSED, 0, LOBBY_CONSEQUENCE_TEMPLATES, NULL, NULL, NULL },
  { 132018, 132018, REFUSED, 0, LOBBY_CONSEQUENCE_TEMPLATES, NULL, NULL, NULL },
};

/* The row of @code, or G_N_ELEMENTS (CODES). */
static guint
find_code (int code)
{
  guint i = 0;

  while (i < G_N_ELEMENTS (CODES) && (code < CODES[i].first || code > CODES[i].last))
    i++;
  return i;
}

static GError *
error_from_code (int code,
                 const char *title,
                 const char *details)
{
  guint row = find_code (code);
  GError *error;

  if (row == G_N_ELEMENTS (CODES))
    return lobby_adapter_error_new (REFUSED, 0, code, title, details);
  error = lobby_adapter_error_new (CODES[row].kind, CODES[row].pace, code, title, details);
  lobby_adapter_set_consequence (error, CODES[row].consequence);
  return error;
}

LobbyConsequence
lobby_cloud_error_get_consequence (int code)
{
  guint row = find_code (code);

  return row < G_N_ELEMENTS (CODES) ? CODES[row].consequence : LOBBY_CONSEQUENCE_NONE;
}

gboolean
lobby_cloud_error_is_token (int code)
{
  return code == 102 || code == 104 || code == 190;
}

gboolean
lobby_cloud_error_get_alert (int code,
                             const char **severity,
                             const char **title,
                             const char **advice)
{
  guint row = find_code (code);

  if (row == G_N_ELEMENTS (CODES) || CODES[row].severity == NULL)
    return FALSE;
  *severity = CODES[row].severity;
  *title = CODES[row].title;
  *advice = CODES[row].advice;
  return TRUE;
}

/* No envelope: somebody between us and WhatsApp speaks, or WhatsApp is broken. */
static GError *
error_from_status (guint status)
{
  g_autofree char *title = g_strdup_printf ("HTTP %u", status);

  if (status == 401 || status == 403)
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0, 0, title, "WhatsApp does not let us in");
  if (status == 429)
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION, 0, title, "WhatsApp is asked too often");
  if (status >= 500 || status == 408 || status < 400)
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_UNKNOWN, 0, 0, title, "WhatsApp gave no clear answer");
  return lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, 0, title, "WhatsApp did not understand the request");
}

/* "(#130429) Rate limit hit" → "Rate limit hit" */
static const char *
strip_code (const char *message)
{
  const char *end = message != NULL && g_str_has_prefix (message, "(#") ? strchr (message, ')') : NULL;

  if (end == NULL)
    return message;
  return end[1] == ' ' ? end + 2 : end + 1;
}

/* These words go to the log and to every app of the team. */
static char *
dup_without (const char *text,
             const char *token)
{
  GString *result;

  if (text == NULL || token == NULL || *token == '\0')
    return g_strdup (text);
  result = g_string_new (text);
  g_string_replace (result, token, "…", 0);
  return g_string_free (result, FALSE);
}

GError *
lobby_cloud_error_from_answer (guint status,
                               GBytes *body,
                               const char *token)
{
  gsize length;
  const char *text = g_bytes_get_data (body, &length);
  g_autoptr (JsonObject) root = length > 0 ? lobby_json_parse_object (text, (gssize)length, NULL) : NULL;
  JsonObject *envelope = lobby_json_get_object (root, "error");
  g_autofree char *title = NULL;
  g_autofree char *details = NULL;
  gint64 code;

  /* A success that cannot be read was a success all the same, perhaps. */
  if (status < 400 || envelope == NULL || !lobby_json_get_int (envelope, "code", &code))
    return error_from_status (status);
  title = dup_without (strip_code (lobby_json_get_string (envelope, "message", MAX_TITLE)), token);
  details = dup_without (lobby_json_get_string (lobby_json_get_object (envelope, "error_data"), "details", MAX_DETAILS), token);
  return error_from_code ((int)CLAMP (code, G_MININT, G_MAXINT), title, details);
}

GError *
lobby_cloud_error_from_net (const GError *error)
{
  if (g_error_matches (error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_UNREACHABLE)
      || g_error_matches (error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_TLS))
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION, 0, "Not reachable", "WhatsApp cannot be reached");
  if (g_error_matches (error, LOBBY_NET_ERROR, LOBBY_NET_ERROR_BAD_URL))
    return lobby_adapter_error_new (LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0, 0, "Bad address", "The connection's address of WhatsApp is malformed");
  return lobby_adapter_error_new (LOBBY_SEND_ERROR_UNKNOWN, LOBBY_PACE_CONNECTION, 0, "No answer", "WhatsApp's answer was lost");
}
