/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-form-stream.h"
#include "lobby-http-client.h"

#include <glib/gstdio.h>
#include <libsoup/soup.h>

#include "loop.h"

static SoupServer *server;
static SoupServer *secure;
static char *base_url;
static GSocketService *raw_server;
static char *raw_url;
static const char *raw_answer;
static guint n_raw_requests;
static LobbyHttpClient *client;
static char *folder;

static void
answer (SoupServer *unused,
        SoupServerMessage *message,
        const char *path,
        GHashTable *query,
        gpointer data)
{
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);
  g_autofree char *text = NULL;

  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  if (g_str_equal (path, "/echo"))
    {
      SoupMessageBody *body = soup_server_message_get_request_body (message);

      text = g_strdup_printf ("%s|%s|%s|%s|%.*s", soup_server_message_get_method (message),
                              soup_message_headers_get_one (request, "Authorization"),
                              soup_message_headers_get_content_type (request, NULL),
                              soup_message_headers_get_one (request, "X-Extra"),
                              (int)body->length, body->data);
      soup_message_headers_append (response, "X-Answer", "yes");
      soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, text, strlen (text));
    }
  else if (g_str_equal (path, "/form"))
    {
      g_autoptr (GBytes) body = soup_message_body_flatten (soup_server_message_get_request_body (message));
      SoupMultipart *parts = soup_multipart_new_from_message (request, body);
      GString *told = g_string_new (NULL);

      for (int i = 0; parts != NULL && i < soup_multipart_get_length (parts); i++)
        {
          SoupMessageHeaders *headers;
          GBytes *part;
          g_autofree char *sum = NULL;

          soup_multipart_get_part (parts, i, &headers, &part);
          sum = g_compute_checksum_for_bytes (G_CHECKSUM_MD5, part);
          g_string_append_printf (told, "%s|%s|%s\n", soup_message_headers_get_one (headers, "Content-Disposition"),
                                  soup_message_headers_get_one (headers, "Content-Type"), sum);
        }
      g_clear_pointer (&parts, soup_multipart_free);
      text = g_string_free (told, FALSE);
      soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, text, strlen (text));
    }
  else if (g_str_equal (path, "/refused"))
    {
      soup_server_message_set_status (message, 409, NULL);
      soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "no", 2);
    }
  else if (g_str_equal (path, "/redirect"))
    soup_server_message_set_redirect (message, 302, "/echo");
  else if (g_str_equal (path, "/large"))
    {
      text = g_strnfill (300000, 'x');
      soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_COPY, text, 300000);
    }
  else if (g_str_equal (path, "/chunked"))
    {
      text = g_strnfill (300000, 'x');
      soup_message_headers_set_encoding (response, SOUP_ENCODING_CHUNKED);
      soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY, text, 300000);
      soup_message_body_complete (soup_server_message_get_response_body (message));
    }
  else if (g_str_equal (path, "/never"))
    soup_server_message_pause (message);
}

static void
on_raw_written (GObject *source,
                GAsyncResult *result,
                gpointer data)
{
  g_autoptr (GSocketConnection) connection = data;

  g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL);
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
}

static void
on_raw_read (GObject *source,
             GAsyncResult *result,
             gpointer data)
{
  g_autoptr (GSocketConnection) connection = data;
  g_autoptr (GBytes) request = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);

  if (request == NULL || g_bytes_get_size (request) == 0)
    return;

  n_raw_requests++;
  g_output_stream_write_all_async (g_io_stream_get_output_stream (G_IO_STREAM (connection)), raw_answer, strlen (raw_answer),
                                   G_PRIORITY_DEFAULT, NULL, on_raw_written, g_object_ref (connection));
}

/* A server that answers raw_answer, and hangs up. */
static gboolean
on_raw_incoming (GSocketService *service,
                 GSocketConnection *connection,
                 GObject *source,
                 gpointer data)
{
  g_input_stream_read_bytes_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), 65536, G_PRIORITY_DEFAULT,
                                   NULL, on_raw_read, g_object_ref (connection));
  return TRUE;
}

static LobbyHttpRequest *
request_for (const char *method,
             const char *path)
{
  g_autofree char *url = g_strconcat (base_url, path, NULL);

  return lobby_http_request_new (method, url);
}

static LobbyHttpResponse *
get_ok (DexFuture *future)
{
  g_autoptr (GError) error = NULL;
  const GValue *value = loop_until (future, &error);

  g_assert_no_error (error);
  return g_value_get_object (value);
}

static void
get_error (DexFuture *future,
           LobbyNetError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (loop_until (future, &error));
  g_assert_error (error, LOBBY_NET_ERROR, (int)code);
}

static void
assert_body (LobbyHttpResponse *response,
             const char *expected)
{
  gsize size;
  const char *body = g_bytes_get_data (lobby_http_response_get_body (response), &size);

  g_assert_cmpmem (body, size, expected, strlen (expected));
}

static void
test_exchange (void)
{
  LobbyHttpRequest *request = request_for ("POST", "/echo");
  LobbyHttpResponse *response;

  request->bearer = g_strdup ("secret");
  lobby_http_request_take_json (request, g_strdup ("{\"a\":1}"));
  lobby_http_request_add_header (request, "X-Extra", "more");
  response = get_ok (lobby_http_client_send (client, request, NULL));
  g_assert_cmpuint (lobby_http_response_get_status (response), ==, 200);
  g_assert_cmpstr (lobby_http_response_get_header (response, "x-answer"), ==, "yes");
  g_assert_null (lobby_http_response_get_header (response, "x-none"));
  assert_body (response, "POST|Bearer secret|application/json|more|{\"a\":1}");

  response = get_ok (lobby_http_client_send (client, request_for ("GET", "/refused"), NULL));
  g_assert_cmpuint (lobby_http_response_get_status (response), ==, 409);
  assert_body (response, "no");
}

static void
test_redirect (void)
{
  LobbyHttpRequest *request = request_for ("GET", "/redirect");
  LobbyHttpResponse *response;

  response = get_ok (lobby_http_client_send (client, request, NULL));
  g_assert_cmpuint (lobby_http_response_get_status (response), ==, 200);

  request = request_for ("GET", "/redirect");
  request->bearer = g_strdup ("secret");
  response = get_ok (lobby_http_client_send (client, request, NULL));
  g_assert_cmpuint (lobby_http_response_get_status (response), ==, 302);

  request = request_for ("POST", "/redirect");
  lobby_http_request_take_json (request, g_strdup ("{\"password\":\"secret\"}"));
  response = get_ok (lobby_http_client_send (client, request, NULL));
  g_assert_cmpuint (lobby_http_response_get_status (response), ==, 302);
}

static void
test_bad_request (void)
{
  static const char *urls[] = { "", "nonsense", "ftp://127.0.0.1/", "http://", "http:///x", "file:///etc/passwd" };
  LobbyHttpRequest *request;

  for (guint i = 0; i < G_N_ELEMENTS (urls); i++)
    get_error (lobby_http_client_send (client, lobby_http_request_new ("GET", urls[i]), NULL), LOBBY_NET_ERROR_BAD_URL);

  request = request_for ("GET", "/echo");
  request->bearer = g_strdup ("a\r\nX-Evil: 1");
  get_error (lobby_http_client_send (client, request, NULL), LOBBY_NET_ERROR_FAILED);
  request = request_for ("GET", "/echo");
  lobby_http_request_add_header (request, "X-A", "b\nX-Evil: 1");
  get_error (lobby_http_client_send (client, request, NULL), LOBBY_NET_ERROR_FAILED);
}

static void
test_too_large (void)
{
  static const char *paths[] = { "/large", "/chunked" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      LobbyHttpRequest *request = request_for ("GET", paths[i]);

      request->max_bytes = 300000;
      g_assert_cmpuint (g_bytes_get_size (lobby_http_response_get_body (get_ok (lobby_http_client_send (client, request, NULL)))),
                        ==, 300000);

      request = request_for ("GET", paths[i]);
      request->max_bytes = 299999;
      get_error (lobby_http_client_send (client, request, NULL), LOBBY_NET_ERROR_TOO_LARGE);
    }
}

static void
test_time_out (void)
{
  LobbyHttpRequest *request = request_for ("GET", "/never");

  request->timeout_msec = 50;
  get_error (lobby_http_client_send (client, request, NULL), LOBBY_NET_ERROR_TIMED_OUT);
}

static gboolean
cancel_soon (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

static void
test_cancel (void)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_timeout_add (20, cancel_soon, cancellable);
  get_error (lobby_http_client_send (client, request_for ("GET", "/never"), cancellable), LOBBY_NET_ERROR_CANCELLED);
  /* Before it begins. */
  get_error (lobby_http_client_send (client, request_for ("GET", "/echo"), cancellable), LOBBY_NET_ERROR_CANCELLED);
}

static void
test_unreachable (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *url = g_strdup_printf ("http://127.0.0.1:%u/", port);

  g_socket_listener_close (listener);
  get_error (lobby_http_client_send (client, lobby_http_request_new ("GET", url), NULL), LOBBY_NET_ERROR_UNREACHABLE);
  get_error (lobby_http_client_send (client, lobby_http_request_new ("GET", "http://no-such-host.invalid/"), NULL),
             LOBBY_NET_ERROR_UNREACHABLE);
}

static void
test_interrupted (void)
{
  static const char *answers[] = {
    "",
    "HTTP/1.1 200 OK\r\nContent-Le",
    "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      LobbyHttpRequest *request = lobby_http_request_new ("POST", raw_url);

      raw_answer = answers[i];
      lobby_http_request_take_json (request, g_strdup ("{}"));
      n_raw_requests = 0;
      get_error (lobby_http_client_send (client, request, NULL), LOBBY_NET_ERROR_INTERRUPTED);
      /* A POST is never repeated on our own. */
      g_assert_cmpuint (n_raw_requests, ==, 1);
    }
}

static void
note_progress (guint64 received,
               guint64 total,
               gpointer data)
{
  g_assert_cmpuint (received, >, *(guint64 *)data);
  g_assert_cmpuint (total, ==, 300000);
  *(guint64 *)data = received;
}

static guint
count_files (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static LobbyHttpRequest *
form_request (const char *url,
              const char *path)
{
  const char *fields[] = { "messaging_product", "whatsapp", NULL };
  g_autoptr (GError) error = NULL;
  GInputStream *form = lobby_form_stream_new (fields, path, "a \"b\"\r\n.jpg", "image/jpeg\r\nX: y", &error);
  LobbyHttpRequest *request = lobby_http_request_new ("POST", url);

  g_assert_no_error (error);
  lobby_http_request_take_stream (request, form, lobby_form_stream_get_content_type (LOBBY_FORM_STREAM (form)),
                                  lobby_form_stream_get_length (LOBBY_FORM_STREAM (form)));
  return request;
}

/* A file that is sent as it is read, with nothing in its name that could end a header. */
static void
test_form (void)
{
  static const gsize sizes[] = { 0, 1, 8192, 3 * 1024 * 1024 + 1 };
  g_autofree char *path = g_build_filename (folder, "form", NULL);
  g_autofree char *url = g_strconcat (base_url, "/form", NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *contents = g_malloc (sizes[i] + 1);
      g_autofree char *sum = NULL;
      g_autofree char *expected = NULL;

      for (gsize at = 0; at < sizes[i]; at++)
        contents[at] = (char)(at * 2654435761u >> 13);
      g_assert_true (g_file_set_contents (path, contents, (gssize)sizes[i], NULL));
      sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, (guchar *)contents, sizes[i]);
      expected = g_strdup_printf ("form-data; name=\"messaging_product\"|(null)|%s\nform-data; name=\"file\"; filename=\"a b.jpg\"|image/jpegX: y|%s\n",
                                  "c4f79e15f8c6ed0715a8ea44aebc38d8" /* of "whatsapp" */, sum);
      assert_body (get_ok (lobby_http_client_send (client, form_request (url, path), NULL)), expected);
    }

  /* It shrinks on the way: no whole body may be made of it. */
  {
    LobbyHttpRequest *request = form_request (url, path);

    g_assert_true (g_file_set_contents_full (path, "x", 1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
    request->timeout_msec = 5000;
    get_error (lobby_http_client_send (client, request, NULL), LOBBY_NET_ERROR_INTERRUPTED);
  }
  g_unlink (path);
  g_assert_null (lobby_form_stream_new ((const char *[]){ NULL }, path, "x", "y", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
test_download (void)
{
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  g_autofree char *contents = NULL;
  g_autoptr (GError) error = NULL;
  guint64 received = 0;
  LobbyHttpResponse *response;
  gsize length;
  GStatBuf info;

  response = get_ok (lobby_http_client_download (client, request_for ("GET", "/large"), path, note_progress, &received, NULL));
  g_assert_cmpuint (g_bytes_get_size (lobby_http_response_get_body (response)), ==, 0);
  g_assert_cmpuint (received, ==, 300000);
  g_assert_true (g_file_get_contents (path, &contents, &length, NULL));
  g_assert_cmpuint (length, ==, 300000);
  g_assert_cmpint (g_stat (path, &info), ==, 0);
  g_assert_cmpuint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpuint (count_files (), ==, 1);
  g_unlink (path);

  /* A refusal is no file. */
  response = get_ok (lobby_http_client_download (client, request_for ("GET", "/refused"), path, NULL, NULL, NULL));
  g_assert_cmpuint (lobby_http_response_get_status (response), ==, 409);
  assert_body (response, "no");
  g_assert_cmpuint (count_files (), ==, 0);

  /* Nothing half-made is left. */
  raw_answer = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort";
  get_error (lobby_http_client_download (client, lobby_http_request_new ("GET", raw_url), path, NULL, NULL, NULL),
             LOBBY_NET_ERROR_INTERRUPTED);
  loop_while (count_files () > 0);

  /* The disk's own words. */
  g_free (path);
  path = g_build_filename (folder, "none", "file", NULL);
  g_assert_null (loop_until (lobby_http_client_download (client, request_for ("GET", "/large"), path, NULL, NULL, NULL), &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
}

static void
test_tls (void)
{
  g_autofree char *key = g_build_filename (folder, "key.pem", NULL);
  g_autofree char *certificate_path = g_build_filename (folder, "certificate.pem", NULL);
  const char *argv[] = { "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                         "-keyout", key, "-out", certificate_path, NULL };
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = NULL;
  GSList *uris;
  int status = 1;

  if (!g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
                     NULL, NULL, NULL, NULL, &status, NULL)
      || status != 0 || !g_tls_backend_supports_tls (g_tls_backend_get_default ()))
    {
      g_test_skip ("needs openssl and a TLS backend");
      return;
    }

  certificate = g_tls_certificate_new_from_files (certificate_path, key, &error);
  g_assert_no_error (error);
  secure = soup_server_new ("tls-certificate", certificate, NULL);
  g_assert_true (soup_server_listen_local (secure, 0, SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  uris = soup_server_get_uris (secure);
  url = g_uri_to_string (uris->data);
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);

  get_error (lobby_http_client_send (client, lobby_http_request_new ("GET", url), NULL), LOBBY_NET_ERROR_TLS);
  g_unlink (key);
  g_unlink (certificate_path);
}

static void
test_many (void)
{
  g_autoptr (GPtrArray) futures = g_ptr_array_new ();

  for (int i = 0; i < 100; i++)
    g_ptr_array_add (futures, lobby_http_client_send (client, request_for ("GET", "/echo"), NULL));

  for (guint i = 0; i < futures->len; i++)
    g_assert_cmpuint (lobby_http_response_get_status (get_ok (g_ptr_array_index (futures, i))), ==, 200);
}

static void
set_up (void)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, answer, NULL, NULL);
  g_assert_true (soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  uris = soup_server_get_uris (server);
  base_url = g_uri_to_string_partial (uris->data, G_URI_HIDE_QUERY);
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
  base_url[strlen (base_url) - 1] = '\0';

  raw_server = g_socket_service_new ();
  raw_url = g_strdup_printf ("http://127.0.0.1:%u/",
                             g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (raw_server), NULL, &error));
  g_assert_no_error (error);
  g_signal_connect (raw_server, "incoming", G_CALLBACK (on_raw_incoming), NULL);

  folder = g_dir_make_tmp ("lobby-net-XXXXXX", &error);
  g_assert_no_error (error);
  client = lobby_http_client_new ("lobby-test");
}

int
main (int argc,
      char **argv)
{
  int failed;

  dex_init ();
  g_test_init (&argc, &argv, NULL);
  set_up ();
  g_test_add_func ("/http-client/exchange", test_exchange);
  g_test_add_func ("/http-client/redirect", test_redirect);
  g_test_add_func ("/http-client/bad-request", test_bad_request);
  g_test_add_func ("/http-client/too-large", test_too_large);
  g_test_add_func ("/http-client/time-out", test_time_out);
  g_test_add_func ("/http-client/cancel", test_cancel);
  g_test_add_func ("/http-client/unreachable", test_unreachable);
  g_test_add_func ("/http-client/interrupted", test_interrupted);
  g_test_add_func ("/http-client/download", test_download);
  g_test_add_func ("/http-client/form", test_form);
  g_test_add_func ("/http-client/tls", test_tls);
  g_test_add_func ("/http-client/many", test_many);
  failed = g_test_run ();

  loop_until (dex_future_new_true (), NULL);
  g_clear_object (&client);
  soup_server_disconnect (server);
  g_clear_object (&server);
  g_clear_object (&secure);
  g_socket_service_stop (raw_server);
  g_clear_object (&raw_server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_rmdir (folder);
  g_free (folder);
  g_free (base_url);
  g_free (raw_url);

  return failed;
}
