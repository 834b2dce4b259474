/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-cloud-error.h"
#include "lobby-http-client.h"
#include "lobby-json.h"

#include <string.h>

#define MAX_TITLE 256
/* A reason that is longer than clients read would cost them the event. */
#define MAX_DETAILS LOBBY_WIRE_MAX_NAME

/* CLOUD_API 11. What is not here is refused for good and shown with its code. */
static const struct
{
  int first, last;
  LobbySendError kind;
  LobbySendPace pace;
} CODES[] = {
  /* Token or permission: nothing of this connection can be sent until somebody mends it. */
  { 0, 0, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 3, 3, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 10, 10, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 102, 102, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 104, 104, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 190, 190, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 200, 299, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 368, 368, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 131005, 131005, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 131031, 131031, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 131037, 131037, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 131042, 131042, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 131045, 131045, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 131048, 131048, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 131064, 131064, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  { 133010, 133010, LOBBY_SEND_ERROR_HOLD_ACCOUNT, 0 },
  /* Temporary. */
  { 1, 2, LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT },
  { 131000, 131000, LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT },
  { 131016, 131016, LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT },
  { 133004, 133004, LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT },
  { 135000, 135000, LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_TRANSIENT },
  { 4, 4, LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION },
  { 80007, 80007, LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION },
  { 130429, 130429, LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_CONNECTION },
  { 131056, 131056, LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_PAIR },
  { 131057, 131057, LOBBY_SEND_ERROR_TRY_AGAIN, LOBBY_PACE_MAINTENANCE },
};

static GError *
error_from_code (int code,
                 const char *title,
                 const char *details)
{
  for (guint i = 0; i < G_N_ELEMENTS (CODES); i++)
    {
      if (code >= CODES[i].first && code <= CODES[i].last)
        return lobby_adapter_error_new (CODES[i].kind, CODES[i].pace, code, title, details);
    }
  return lobby_adapter_error_new (LOBBY_SEND_ERROR_REFUSED, 0, code, title, details);
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
