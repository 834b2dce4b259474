/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-sandbox-private.h"

#include <string.h>

#include "lobby-graph-error.h"
#include "lobby-graph-validate.h"
#include "lobby-json.h"

#define DOCUMENTATION "Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api"

static char *
trace_id_new (void)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  char id[24];

  id[0] = 'A';
  for (guint i = 1; i < sizeof id - 1; i++)
    id[i] = letters[g_random_int_range (0, sizeof letters - 1)];
  id[sizeof id - 1] = 0;
  return g_strdup (id);
}

void
lobby_answer_json (SoupServerMessage *message,
                   guint status,
                   JsonObject *json)
{
  g_autoptr (JsonObject) answer = json;
  g_autofree char *plain = lobby_json_object_to_string (answer);
  char *body = lobby_webhook_escape (plain);

  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json; charset=UTF-8", SOUP_MEMORY_TAKE, body, strlen (body));
}

void
lobby_answer_graph_error (SoupServerMessage *message,
                          const GError *error)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autofree char *trace_id = trace_id_new ();
  guint status = lobby_graph_error_http_status (error->code);

  soup_message_headers_replace (headers, "x-fb-trace-id", trace_id);
  if (status == 401)
    {
      g_autofree char *challenge = g_strdup_printf ("OAuth \"Facebook Platform\" \"invalid_token\" \"%s\"", error->message);

      soup_message_headers_replace (headers, "WWW-Authenticate", challenge);
    }
  lobby_answer_json (message, status, lobby_graph_error_to_answer (error, trace_id));
}

void
lobby_answer_problem (SoupServerMessage *message,
                      guint status,
                      const char *problem)
{
  JsonObject *answer = json_object_new ();

  json_object_set_string_member (answer, "error", problem);
  lobby_answer_json (message, status, answer);
}

void
lobby_answer_success (SoupServerMessage *message)
{
  JsonObject *answer = json_object_new ();

  json_object_set_boolean_member (answer, "success", TRUE);
  lobby_answer_json (message, 200, answer);
}

JsonObject *
lobby_request_json (SoupServerMessage *message,
                    GError **error)
{
  g_autoptr (GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));
  gsize size;
  const char *text = g_bytes_get_data (body, &size);
  g_autoptr (GError) problem = NULL;
  JsonObject *json = lobby_json_parse_object (text ? text : "", (gssize)size, &problem);

  if (!json)
    lobby_graph_refuse (error, 100, "The body is not a JSON object: %s", problem->message);
  return json;
}

/* Optional; a wrong one is refused. */
static gboolean
is_proof_right (LobbySandbox *self,
                const char *token,
                const char *proof)
{
  const char *secret = self->options->app_secret;
  g_autofree char *expected = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *)secret, strlen (secret), token, -1);

  return proof == NULL || g_str_equal (proof, expected);
}

gboolean
lobby_graph_authorise (LobbySandbox *self,
                       SoupServerMessage *message,
                       GHashTable *query)
{
  const char *header = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Authorization");
  const char *token = query ? g_hash_table_lookup (query, "access_token") : NULL;
  g_autoptr (GError) error = NULL;

  if (header && (g_ascii_strncasecmp (header, "Bearer ", 7) == 0))
    token = header + 7;
  else if (header && g_ascii_strncasecmp (header, "OAuth ", 6) == 0)
    token = header + 6;
  if (!token || !*token)
    lobby_graph_refuse (&error, LOBBY_GRAPH_NO_TOKEN, "An access token is required to request this resource.");
  else if (!g_str_equal (token, self->token))
    lobby_graph_refuse (&error, 190, "Invalid OAuth access token - Cannot parse access token");
  else if (!is_proof_right (self, token, query ? g_hash_table_lookup (query, "appsecret_proof") : NULL))
    lobby_graph_refuse (&error, 100, "Invalid appsecret_proof provided in the API argument");
  else if (self->knobs.expire_token)
    {
      g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
      g_autoptr (GDateTime) then = g_date_time_add_hours (now, -1);
      g_autofree char *ended = g_date_time_format (then, "%A, %d-%b-%y %H:%M:%S UTC");
      g_autofree char *current = g_date_time_format (now, "%A, %d-%b-%y %H:%M:%S UTC");

      lobby_graph_refuse (&error, LOBBY_GRAPH_TOKEN_EXPIRED,
                          "Error validating access token: Session has expired on %s. The current time is %s.", ended, current);
    }
  if (error)
    lobby_answer_graph_error (message, error);
  return error == NULL;
}

static void
answer_unknown (SoupServerMessage *message,
                const char *id)
{
  g_autofree char *verb = g_ascii_strdown (soup_server_message_get_method (message), -1);
  g_autoptr (GError) error = NULL;

  lobby_graph_refuse (&error, LOBBY_GRAPH_UNKNOWN_OBJECT,
                      "Unsupported %s request. Object with ID '%.128s' does not exist, cannot be loaded due to missing permissions, "
                      "or does not support this operation. " DOCUMENTATION,
                      verb, id);
  lobby_answer_graph_error (message, error);
}

/* "/v23.0/rest" → "rest", or NULL */
static const char *
after_version (const char *path)
{
  const char *p = path + 2;

  if (path[0] != '/' || path[1] != 'v' || !g_ascii_isdigit (*p))
    return NULL;
  while (g_ascii_isdigit (*p))
    p++;
  if (*p++ != '.' || !g_ascii_isdigit (*p))
    return NULL;
  while (g_ascii_isdigit (*p))
    p++;
  return *p == '/' ? p + 1 : NULL;
}

static void
set_headers (SoupServerMessage *message,
             const char *path)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  g_autofree char *trace_id = trace_id_new ();
  g_autofree char *version = g_strndup (path + 1, strcspn (path + 1, "/"));

  soup_message_headers_replace (headers, "x-fb-trace-id", trace_id);
  soup_message_headers_replace (headers, "facebook-api-version", version);
}

void
lobby_graph_handle (LobbySandbox *self,
                    SoupServerMessage *message,
                    const char *path,
                    GHashTable *query)
{
  const char *rest = after_version (path);
  const char *method = soup_server_message_get_method (message);
  g_auto (GStrv) parts = rest ? g_strsplit (rest, "/", 4) : NULL;
  guint length;

  if (!parts || !parts[0] || !*parts[0])
    {
      answer_unknown (message, path);
      return;
    }
  set_headers (message, path);
  if (!lobby_graph_authorise (self, message, query))
    return;
  length = g_strv_length (parts);
  if (length == 2 && g_str_equal (parts[0], self->business.phone_number_id) && g_str_equal (method, "POST"))
    {
      if (g_str_equal (parts[1], "messages"))
        {
          lobby_graph_send (self, message);
          return;
        }
      if (g_str_equal (parts[1], "media"))
        {
          lobby_graph_upload (self, message);
          return;
        }
    }
  if (lobby_graph_business (self, message, parts, query))
    return;
  if (length == 1 && lobby_graph_media (self, message, parts[0]))
    return;
  answer_unknown (message, parts[0]);
}
