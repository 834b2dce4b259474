/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The input is one REST request of an owner: "METHOD PATH", header lines, an empty line, the body. $business, $connection,
 * $conversation, $contact, $inbound and $outbound stand for ids that exist, $encoded for the business in base64. The whole server but its
 * process is behind it, HTTP and SQLite included: no answer may be missing, malformed or a 500.
 */
#include <gio/gio.h>
#include <libdex.h>
#include <stdio.h>
#include <string.h>

#include "fuzz.h"
#include "lobby-hub.h"
#include "lobby-json.h"
#include "lobby-rest.h"
#include "lobby-whatsapp.h"
#include "storage-fixture.h"

#define TOKEN "fuzz"
#define ANEW_AFTER 400 /* requests: what they made must not pile up, what they removed must come back */
#define HEAD_LINES 16
#define PATIENCE_USEC (60 * G_USEC_PER_SEC)

static struct
{
  StorageFixture storage;
  LobbyHttpServer *http;
  LobbyHub *hub;
  LobbyWhatsapp *whatsapp;
  LobbyRest *rest;
  char *ids[7];
  guint n_requests;
} server;

static const char *const names[] = { "$business", "$connection", "$conversation", "$contact", "$inbound", "$outbound", "$encoded" };

static void
add_token (void)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, TOKEN, -1);

  lobby_storage (server.storage.storage, add_token, server.storage.agent, hash, "fuzz", NULL);
  storage_fixture_flush (&server.storage);
}

static void
server_begin (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (GPtrArray) messages = NULL;

  storage_fixture_set_up (&server.storage, NULL);
  storage_fixture_say (&server.storage, "15550200001", "wamid.IN", "hello", 0);
  conversation = storage_fixture_conversation (&server.storage, "15550200001");
  server.ids[5] = storage_fixture_answer (&server.storage, "15550200001", "client-1", "hello too");
  messages = lobby_storage (server.storage.storage, list_messages, conversation->contact_id, NULL, 0, NULL, 50);
  server.ids[0] = g_strdup (server.storage.business);
  server.ids[1] = g_strdup (server.storage.connection);
  server.ids[2] = g_strdup (conversation->id);
  server.ids[3] = g_strdup (conversation->contact_id);
  server.ids[4] = g_strdup (((LobbyWireMessage *)g_ptr_array_index (messages, messages->len - 1))->id);
  server.ids[6] = g_base64_encode ((const guchar *)server.ids[0], strlen (server.ids[0]));
  add_token ();
  server.http = lobby_http_server_new ("127.0.0.1:0", &error);
  g_assert_no_error (error);
  server.hub = lobby_hub_new (server.http, server.storage.storage, 25000, 20000, 100);
  server.whatsapp = lobby_whatsapp_new (server.http, server.storage.storage, server.storage.folder);
  server.rest = lobby_rest_new (server.http, server.storage.storage, server.hub, server.whatsapp);
  lobby_whatsapp_start (server.whatsapp);
}

static void
server_end (void)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC;

  lobby_whatsapp_stop (server.whatsapp);
  lobby_hub_stop (server.hub);
  while (lobby_whatsapp_count_under_way (server.whatsapp) > 0)
    g_main_context_iteration (NULL, TRUE);
  g_clear_object (&server.http);
  g_clear_object (&server.rest);
  g_clear_object (&server.whatsapp);
  g_clear_object (&server.hub);
  /* Fibers that were under way end by themselves. */
  while (G_OBJECT (server.storage.storage)->ref_count > 1 && g_get_monotonic_time () < deadline)
    g_main_context_iteration (NULL, FALSE);
  storage_fixture_tear_down (&server.storage, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (server.ids); i++)
    g_clear_pointer (&server.ids[i], g_free);
}

static void
at_exit (void)
{
  if (server.rest != NULL)
    server_end ();
}

/* A line of the head that HTTP itself would take, and that does not change what is behind the head. */
static gboolean
is_plain (const char *line)
{
  for (const char *p = line; *p; p++)
    if (!g_ascii_isprint (*p))
      return FALSE;
  return g_ascii_strncasecmp (line, "content-length", 14) != 0 && g_ascii_strncasecmp (line, "transfer-encoding", 17) != 0
         && g_ascii_strncasecmp (line, "connection", 10) != 0 && g_ascii_strncasecmp (line, "upgrade", 7) != 0
         && g_ascii_strncasecmp (line, "expect", 6) != 0 && g_ascii_strncasecmp (line, "authorization", 13) != 0;
}

/* The request as it goes over the wire, or NULL for what would be none. */
static GBytes *
build_request (const uint8_t *data,
               size_t size)
{
  g_autoptr (GString) text = g_string_new_len ((const char *)data, (gssize)size);
  g_autoptr (GString) request = g_string_new (NULL);
  g_auto (GStrv) lines = NULL;
  const char *end;
  gsize body;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_string_replace (text, names[i], server.ids[i], 0);
  end = g_strstr_len (text->str, (gssize)text->len, "\n\n");
  if (end == NULL || end == text->str || memchr (text->str, 0, (gsize)(end - text->str)) != NULL)
    return NULL;
  body = (gsize)(end - text->str) + 2;
  text->str[body - 2] = 0;
  lines = g_strsplit (text->str, "\n", HEAD_LINES);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *space = strchr (lines[i], ' ');

      if (!is_plain (lines[i]) || (i == 0 && (space == NULL || space == lines[0] || space[1] != '/' || strchr (space + 1, ' ') != NULL))
          || (i > 0 && (strchr (lines[i], ':') == NULL || strcspn (lines[i], " :") == 0 || lines[i][strcspn (lines[i], " :")] != ':')))
        return NULL;
      g_string_append_printf (request, "%s%s\r\n", lines[i], i == 0 ? " HTTP/1.1" : "");
    }
  g_string_append_printf (request, "Host: lobby\r\nConnection: close\r\nAuthorization: Bearer " TOKEN "\r\nContent-Length: %zu\r\n\r\n", text->len - body);
  g_string_append_len (request, text->str + body, (gssize)(text->len - body));
  return g_string_free_to_bytes (g_steal_pointer (&request));
}

/* Sends all of it and reads until the end. */
static GString *
exchange (GBytes *request)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", lobby_http_server_get_port (server.http));
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  GString *answer = g_string_new (NULL);
  gint64 deadline = g_get_monotonic_time () + PATIENCE_USEC;
  gsize size, sent = 0;
  const char *bytes = g_bytes_get_data (request, &size);
  gboolean open = g_socket_connect (socket, address, NULL, NULL);

  g_assert_true (open);
  g_socket_set_blocking (socket, FALSE);
  while (open)
    {
      char piece[4096];
      gssize n;

      if (sent < size)
        {
          n = g_socket_send (socket, bytes + sent, size - sent, NULL, NULL);
          /* An early answer closes before all was sent. */
          sent += n > 0 ? (gsize)n : 0;
        }
      n = g_socket_receive (socket, piece, sizeof piece, NULL, NULL);
      if (n > 0)
        g_string_append_len (answer, piece, n);
      open = n != 0 && !(n < 0 && g_socket_condition_check (socket, G_IO_HUP | G_IO_ERR) != 0 && answer->len > 0);
      g_assert_cmpint (g_get_monotonic_time (), <, deadline);
      g_main_context_iteration (NULL, FALSE);
    }
  return answer;
}

/* Whether it removed something that others would find. */
static gboolean
check_answer (GBytes *request,
              const GString *answer)
{
  guint status = 0;
  const char *body = strstr (answer->str, "\r\n\r\n");
  gsize size;
  const char *text = g_bytes_get_data (request, &size);

  if (sscanf (answer->str, "HTTP/1.1 %3u", &status) != 1 || status == 500 || body == NULL)
    g_error ("%.*s\n\n%s", (int)MIN (size, 4096), text, answer->str);
  if (strstr (answer->str, "Content-Type: application/json") != NULL && body[4] != 0 && !g_str_has_prefix (text, "HEAD"))
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) json = lobby_json_parse (body + 4, -1, &error);

      g_assert_no_error (error);
    }
  return status == 204 || status == 401;
}

/* What the server has to say of such requests is of no interest, but for what must never be. */
static GLogWriterOutput
write_log (GLogLevelFlags level,
           const GLogField *fields,
           gsize n_fields,
           gpointer data)
{
  return level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL) ? g_log_writer_default (level, fields, n_fields, data) : G_LOG_WRITER_HANDLED;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data,
                        size_t size)
{
  g_autoptr (GBytes) request = NULL;
  g_autoptr (GString) answer = NULL;

  if (server.rest == NULL && server.n_requests == 0)
    {
      dex_init ();
      g_log_set_always_fatal (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL);
      g_log_set_writer_func (write_log, NULL, NULL);
      atexit (at_exit);
    }
  if (server.rest == NULL)
    server_begin ();
  request = build_request (data, size);
  if (request == NULL)
    return -1;
  answer = exchange (request);
  server.n_requests++;
  if (check_answer (request, answer) || server.n_requests % ANEW_AFTER == 0)
    server_end ();
  return 0;
}
