/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-whatsapp"

#include "lobby-connection-settings.h"
#include "lobby-json.h"

#include <sodium.h>
#include <string.h>

/* Bytes. */
#define MAX_NAME 200
#define MAX_URL 1024
#define MAX_SECRET 4096
#define MAX_SESSION 54 /* WAHA's own limit */
#define MADE_SECRET 24

void
lobby_setting_problem_clear (LobbySettingProblem *problem)
{
  g_clear_pointer (&problem->message, g_free);
}

G_GNUC_PRINTF (3, 4)
static gboolean
refuse (LobbySettingProblem *problem,
        const char *field,
        const char *format,
        ...)
{
  va_list arguments;

  va_start (arguments, format);
  problem->field = field;
  problem->message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return FALSE;
}

static void
replace (char **setting,
         const char *text)
{
  g_autofree char *old = g_steal_pointer (setting);

  *setting = g_strdup (text);
  if (old != NULL)
    explicit_bzero (old, strlen (old));
}

static gboolean
take_text (char **setting,
           JsonObject *json,
           const char *field,
           gsize max_bytes,
           LobbySettingProblem *problem)
{
  g_autofree char *text = NULL;

  if (!json_object_has_member (json, field))
    return TRUE;
  if (json_object_get_null_member (json, field))
    {
      replace (setting, NULL);
      return TRUE;
    }
  text = g_strdup (lobby_json_get_string (json, field, max_bytes));
  if (text == NULL)
    return refuse (problem, field, "This must be a text of at most %" G_GSIZE_FORMAT " bytes", max_bytes);
  replace (setting, g_strstrip (text));
  explicit_bzero (text, strlen (text));
  return TRUE;
}

gboolean
lobby_connection_take_json (LobbyConnection *connection,
                            JsonObject *json,
                            LobbySettingProblem *problem)
{
  const struct
  {
    const char *field;
    char **setting;
    gsize max_bytes;
  } texts[] = {
    { "name", &connection->name, MAX_NAME },
    { "phone_number", &connection->phone_number, 64 },
    { "phone_number_id", &connection->phone_number_id, 64 },
    { "waba_id", &connection->waba_id, 64 },
    { "access_token", &connection->access_token, MAX_SECRET },
    { "app_secret", &connection->app_secret, MAX_SECRET },
    { "verify_token", &connection->verify_token, MAX_SECRET },
    { "graph_url", &connection->graph_url, MAX_URL },
    { "gateway_url", &connection->gateway_url, MAX_URL },
    { "gateway_key", &connection->gateway_key, MAX_SECRET },
    { "session", &connection->gateway_session, MAX_SESSION },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      if (!take_text (texts[i].setting, json, texts[i].field, texts[i].max_bytes, problem))
        return FALSE;
    }
  connection->send_read_receipts = lobby_json_get_boolean_or (json, "send_read_receipts", connection->send_read_receipts);
  return TRUE;
}

static gboolean
is_empty (const char *text)
{
  return text == NULL || *text == '\0';
}

static gboolean
check_name (LobbyConnection *connection,
            LobbySettingProblem *problem)
{
  if (is_empty (connection->name))
    return refuse (problem, "name", "Give the number a name that the team knows it by");
  return TRUE;
}

char *
lobby_connection_dup_number (const char *text,
                             LobbySettingProblem *problem)
{
  g_autoptr (GString) number = g_string_new ("+");

  for (const char *c = text != NULL && *text == '+' ? text + 1 : text; c != NULL && *c != '\0'; c++)
    {
      if (g_ascii_isdigit (*c))
        g_string_append_c (number, *c);
      else if (strchr (" -().", *c) == NULL)
        {
          refuse (problem, "phone_number", "A phone number is like +34 600 111 222");
          return NULL;
        }
    }
  if (number->len < 6 || number->len > 20)
    {
      refuse (problem, "phone_number", "A phone number with its country code has 5 to 19 digits");
      return NULL;
    }
  return g_string_free (g_steal_pointer (&number), FALSE);
}

/* May be left out. */
static gboolean
check_number (LobbyConnection *connection,
              LobbySettingProblem *problem)
{
  char *number;

  if (is_empty (connection->phone_number))
    {
      g_clear_pointer (&connection->phone_number, g_free);
      return TRUE;
    }
  number = lobby_connection_dup_number (connection->phone_number, problem);
  if (number == NULL)
    return FALSE;
  g_free (connection->phone_number);
  connection->phone_number = number;
  return TRUE;
}

static gboolean
check_id (const char *field,
          const char *id,
          LobbySettingProblem *problem)
{
  if (is_empty (id) || strspn (id, "0123456789") != strlen (id))
    return refuse (problem, field, "This is an id made of digits, which Meta's API setup page shows; not the phone number itself");
  return TRUE;
}

/* It goes into a header. */
static gboolean
check_secret (const char *field,
              const char *secret,
              LobbySettingProblem *problem)
{
  if (is_empty (secret))
    return refuse (problem, field, "This is needed");
  for (const char *c = secret; *c != '\0'; c++)
    {
      if (!g_ascii_isgraph (*c))
        return refuse (problem, field, "This has letters in it that no such secret has: a space, a line break or an accent");
    }
  return TRUE;
}

const char *
lobby_connection_check_address (char *address)
{
  g_autoptr (GUri) uri = NULL;

  while (g_str_has_suffix (address, "/"))
    address[strlen (address) - 1] = '\0';
  uri = g_uri_parse (address, G_URI_FLAGS_NONE, NULL);
  if (uri == NULL || is_empty (g_uri_get_host (uri))
      || (strcmp (g_uri_get_scheme (uri), "https") != 0 && strcmp (g_uri_get_scheme (uri), "http") != 0))
    return "This must be an address like https://whatsapp.example.org";
  if (g_uri_get_userinfo (uri) != NULL || g_uri_get_query (uri) != NULL || g_uri_get_fragment (uri) != NULL)
    return "An address here has no user, no ? and no #";
  return NULL;
}

static gboolean
check_url (const char *field,
           char **setting,
           LobbySettingProblem *problem)
{
  const char *wrong = is_empty (*setting) ? "This is needed" : lobby_connection_check_address (*setting);

  return wrong == NULL || refuse (problem, field, "%s", wrong);
}

static char *
make_secret (void)
{
  guint8 bytes[MADE_SECRET];
  char text[2 * MADE_SECRET + 1];

  randombytes_buf (bytes, sizeof bytes);
  sodium_bin2hex (text, sizeof text, bytes, sizeof bytes);
  return g_strdup (text);
}

static gboolean
complete_cloud (LobbyConnection *connection,
                LobbySettingProblem *problem)
{
  if (is_empty (connection->graph_url))
    g_set_str (&connection->graph_url, LOBBY_CONNECTION_GRAPH_URL);
  if (is_empty (connection->verify_token))
    {
      g_free (connection->verify_token);
      connection->verify_token = make_secret ();
    }
  return check_id ("phone_number_id", connection->phone_number_id, problem)
         && check_id ("waba_id", connection->waba_id, problem)
         && check_secret ("access_token", connection->access_token, problem)
         && check_secret ("app_secret", connection->app_secret, problem)
         && check_secret ("verify_token", connection->verify_token, problem)
         && check_url ("graph_url", &connection->graph_url, problem);
}

static gboolean
complete_gateway (LobbyConnection *connection,
                  LobbySettingProblem *problem)
{
  const char *c;

  if (is_empty (connection->gateway_session))
    g_set_str (&connection->gateway_session, LOBBY_CONNECTION_SESSION);
  if (connection->webhook_key == NULL)
    connection->webhook_key = make_secret ();
  for (c = connection->gateway_session; g_ascii_isalnum (*c) || *c == '_' || *c == '-'; c++)
    ;
  if (*c != '\0')
    return refuse (problem, "session", "The name of a session has letters, digits, - and _ only");
  return check_url ("gateway_url", &connection->gateway_url, problem)
         && check_secret ("gateway_key", connection->gateway_key, problem);
}

gboolean
lobby_connection_complete (LobbyConnection *connection,
                           LobbySettingProblem *problem)
{
  if (!check_name (connection, problem) || !check_number (connection, problem))
    return FALSE;
  if (g_strcmp0 (connection->kind, "cloud") == 0)
    return complete_cloud (connection, problem);
  if (g_strcmp0 (connection->kind, "gateway") == 0)
    return complete_gateway (connection, problem);
  return refuse (problem, "kind", "A connection is of the kind cloud or gateway");
}
