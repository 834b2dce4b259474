/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-http"

#include "lobby-http-private.h"

#include "lobby-async.h"

#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * The answers. Whichever is chosen, the response object is made and kept; MHD takes it when it
 * next asks, which is at once inside the handler and after a resume later.
 */

/* Bytes of a file: read before sending begins, and asked of the disk. */
#define READ_AHEAD (256 * 1024)
#define ADVISED_AHEAD (8 * 1024 * 1024)

static void
exchange_apply_headers (LobbyHttpExchange *exchange)
{
  for (guint i = 0; exchange->headers != NULL && i < exchange->headers->len; i += 2)
    {
      const char *name = g_ptr_array_index (exchange->headers, i);
      const char *value = g_ptr_array_index (exchange->headers, i + 1);

      if (MHD_add_response_header (exchange->response, name, value) != MHD_YES)
        g_warning ("Header “%s” of an answer was refused", name);
    }
}

/* Ends the application's hold. Takes @response. */
static void
exchange_finish (LobbyHttpExchange *exchange,
                 guint status,
                 struct MHD_Response *response)
{
  g_assert (exchange->state == LOBBY_HTTP_HANDLING || exchange->state == LOBBY_HTTP_STREAMING);

  exchange->draining = exchange->state == LOBBY_HTTP_STREAMING;
  exchange->state = LOBBY_HTTP_ANSWERED;
  exchange->status = status;
  exchange->response = response;
  exchange->gone = NULL;
  lobby_http_peer_unwatch (exchange);
  exchange_apply_headers (exchange);
  if (exchange->server != NULL && lobby_http_server_is_stopping (exchange->server) && exchange->upgraded == NULL)
    MHD_add_response_header (response, "Connection", "close");
  if (exchange->suspended)
    {
      exchange->suspended = FALSE;
      MHD_resume_connection (exchange->connection);
    }
  lobby_http_exchange_unref (exchange);
}

/* TRUE when the asker is gone, and with it the exchange. */
static gboolean
exchange_is_gone (LobbyHttpExchange *exchange)
{
  if ((exchange->state == LOBBY_HTTP_HANDLING || exchange->state == LOBBY_HTTP_STREAMING) && exchange->connection != NULL)
    return FALSE;
  lobby_http_exchange_unref (exchange);
  return TRUE;
}

void
lobby_http_exchange_add_header (LobbyHttpExchange *exchange,
                                const char *name,
                                const char *value)
{
  if (exchange->headers == NULL)
    exchange->headers = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (exchange->headers, g_strdup (name));
  g_ptr_array_add (exchange->headers, g_strdup (value));
}

static const char *
exchange_find_own_header (LobbyHttpExchange *exchange,
                          const char *name)
{
  for (guint i = 0; exchange->headers != NULL && i < exchange->headers->len; i += 2)
    {
      if (g_ascii_strcasecmp (g_ptr_array_index (exchange->headers, i), name) == 0)
        return g_ptr_array_index (exchange->headers, i + 1);
    }
  return NULL;
}

void
lobby_http_exchange_answer (LobbyHttpExchange *exchange,
                            guint status,
                            const char *content_type,
                            GBytes *body)
{
  struct MHD_Response *response;

  if (exchange_is_gone (exchange))
    return;
  if (body != NULL && g_bytes_get_size (body) > 0)
    response = MHD_create_response_from_buffer_with_free_callback_cls (g_bytes_get_size (body),
                                                                       g_bytes_get_data (body, NULL),
                                                                       (MHD_ContentReaderFreeCallback)g_bytes_unref,
                                                                       g_bytes_ref (body));
  else
    response = MHD_create_response_empty (MHD_RF_NONE);
  if (content_type != NULL)
    MHD_add_response_header (response, "Content-Type", content_type);
  exchange_finish (exchange, status, response);
}

void
lobby_http_exchange_answer_json (LobbyHttpExchange *exchange,
                                 guint status,
                                 char *json)
{
  g_autoptr (GBytes) body = g_bytes_new_take (json, strlen (json));

  lobby_http_exchange_answer (exchange, status, "application/json", body);
}

void
lobby_http_exchange_answer_error (LobbyHttpExchange *exchange,
                                  guint status,
                                  const char *code,
                                  const char *message)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObject *error = json_object_new ();

  json_object_set_string_member (error, "code", code);
  json_object_set_string_member (error, "message", message);
  json_object_set_object_member (object, "error", error);
  json_node_set_object (root, object);
  lobby_http_exchange_answer_json (exchange, status, json_to_string (root, FALSE));
}

typedef enum
{
  RANGE_NONE, /* none that is honoured: the whole file */
  RANGE_PART,
  RANGE_OUTSIDE,
} Range;

/* "bytes=FIRST-[LAST]" and "bytes=-COUNT"; several ranges are not honoured (RFC 9110, 14.2 allows that). */
static Range
parse_range (const char *text,
             guint64 size,
             guint64 *first,
             guint64 *length)
{
  g_auto (GStrv) ends = NULL;
  guint64 from = 0, to = G_MAXUINT64;

  if (text == NULL || g_ascii_strncasecmp (text, "bytes=", strlen ("bytes=")) != 0 || strchr (text, ',') != NULL)
    return RANGE_NONE;
  ends = g_strsplit (text + strlen ("bytes="), "-", 2);
  if (g_strv_length (ends) != 2 || (*ends[0] == '\0' && *ends[1] == '\0'))
    return RANGE_NONE;
  if (*ends[0] != '\0' && !g_ascii_string_to_unsigned (ends[0], 10, 0, G_MAXUINT64, &from, NULL))
    return RANGE_NONE;
  if (*ends[1] != '\0' && !g_ascii_string_to_unsigned (ends[1], 10, 0, G_MAXUINT64, &to, NULL))
    return RANGE_NONE;
  if (*ends[0] == '\0') /* the last COUNT bytes */
    {
      if (to == 0 || size == 0)
        return RANGE_OUTSIDE;
      from = to >= size ? 0 : size - to;
      to = size - 1;
    }
  else if (from > to)
    return RANGE_NONE;
  else if (from >= size)
    return RANGE_OUTSIDE;
  to = MIN (to, size - 1);
  *first = from;
  *length = to - from + 1;
  return RANGE_PART;
}

/* What of the Range header counts. A part goes only with the file that the asker has the rest of: If-Range names its ETag (RFC 9110,
 * 13.1.5). */
static const char *
honoured_range (LobbyHttpExchange *exchange)
{
  const char *only_if = lobby_http_exchange_get_header (exchange, "If-Range");

  if (strcmp (exchange->method, "GET") != 0
      || (only_if != NULL && g_strcmp0 (only_if, exchange_find_own_header (exchange, "ETag")) != 0))
    return NULL;
  return lobby_http_exchange_get_header (exchange, "Range");
}

/* A file on its way from a disk that may be slow. */
typedef struct
{
  LobbyHttpExchange *exchange;
  char *path;
  char *content_type;
  char *wanted; /* Range, or NULL */
  int fd;       /* -1: there is none */
  guint64 size;
  Range range;
  guint64 first, length;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *opening = data;

  g_free (opening->path);
  g_free (opening->content_type);
  g_free (opening->wanted);
  if (opening->fd >= 0)
    close (opening->fd);
  g_free (opening);
}

/* The beginning is read here, so that sending it does not wait for the disk, and the kernel is asked for more. */
static void
warm_up (const Opening *opening)
{
  g_autofree char *buffer = g_malloc (READ_AHEAD);

  posix_fadvise (opening->fd, (off_t)opening->first, (off_t)MIN (opening->length, ADVISED_AHEAD), POSIX_FADV_WILLNEED);
  if (pread (opening->fd, buffer, (size_t)MIN (opening->length, READ_AHEAD), (off_t)opening->first) < 0)
    g_debug ("A file cannot be read ahead");
}

static gboolean
open_in_thread (gpointer data,
                GValue *result,
                GError **error)
{
  Opening *opening = data;
  struct stat status;

  opening->fd = open (opening->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (opening->fd >= 0 && (fstat (opening->fd, &status) < 0 || !S_ISREG (status.st_mode)))
    {
      close (opening->fd);
      opening->fd = -1;
    }
  if (opening->fd < 0)
    return TRUE;
  opening->size = status.st_size;
  opening->length = opening->size;
  opening->range = parse_range (opening->wanted, opening->size, &opening->first, &opening->length);
  if (opening->range != RANGE_OUTSIDE)
    warm_up (opening);
  return TRUE;
}

static void
exchange_answer_open_file (LobbyHttpExchange *exchange,
                           Opening *opening)
{
  g_autofree char *content_range = NULL;

  lobby_http_exchange_add_header (exchange, "Accept-Ranges", "bytes");
  if (opening->range == RANGE_OUTSIDE)
    {
      content_range = g_strdup_printf ("bytes */%" G_GUINT64_FORMAT, opening->size);
      lobby_http_exchange_add_header (exchange, "Content-Range", content_range);
      lobby_http_exchange_answer_error (exchange, 416, "range_not_satisfiable", "The file is not that long.");
      return;
    }
  if (opening->range == RANGE_PART)
    {
      content_range = g_strdup_printf ("bytes %" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, opening->first,
                                       opening->first + opening->length - 1, opening->size);
      lobby_http_exchange_add_header (exchange, "Content-Range", content_range);
    }
  lobby_http_exchange_add_header (exchange, "Content-Type", opening->content_type);
  lobby_http_exchange_add_header (exchange, "X-Content-Type-Options", "nosniff");
  exchange_finish (exchange, opening->range == RANGE_PART ? 206 : 200,
                   MHD_create_response_from_fd_at_offset64 (opening->length, g_steal_fd (&opening->fd), opening->first));
}

static DexFuture *
on_opened (DexFuture *opened,
           gpointer data)
{
  Opening *opening = data;

  if (exchange_is_gone (opening->exchange))
    return dex_future_new_false ();
  if (opening->fd >= 0)
    exchange_answer_open_file (opening->exchange, opening);
  else
    lobby_http_exchange_answer_error (opening->exchange, 404, "not_found", "There is nothing here.");
  return dex_future_new_true ();
}

/* If-None-Match has a list of ETags, or "*" for any; weak ones count (RFC 9110, 13.1.2). */
static gboolean
is_known (const char *known,
          const char *etag)
{
  return known != NULL && etag != NULL && (strcmp (known, "*") == 0 || strstr (known, etag) != NULL);
}

void
lobby_http_exchange_answer_file (LobbyHttpExchange *exchange,
                                 const char *path,
                                 const char *content_type)
{
  const char *etag = exchange_find_own_header (exchange, "ETag");
  const char *known = lobby_http_exchange_get_header (exchange, "If-None-Match");
  Opening *opening;

  if (exchange_is_gone (exchange))
    return;
  if (is_known (known, etag))
    {
      lobby_http_exchange_answer (exchange, 304, NULL, NULL);
      return;
    }
  opening = g_new0 (Opening, 1);
  opening->exchange = exchange;
  opening->path = g_strdup (path);
  opening->content_type = g_strdup (content_type);
  opening->wanted = g_strdup (honoured_range (exchange));
  opening->fd = -1;
  dex_future_disown (dex_future_finally (lobby_async_run_in_thread (open_in_thread, opening, NULL), on_opened, opening, opening_free));
}

/*
 * MHD owns the socket until it is told to close it, and counts it among its connections. So the
 * hub gets a descriptor of its own (the same open socket), and MHD's is closed at once: MHD does not shut an upgraded
 * socket down, it only closes its descriptor and takes it out of its epoll set.
 */
static void
exchange_upgraded (void *cls,
                   struct MHD_Connection *connection,
                   void *request,
                   const char *extra_in,
                   size_t extra_in_size,
                   MHD_socket sock,
                   struct MHD_UpgradeResponseHandle *handle)
{
  LobbyHttpExchange *exchange = cls;
  g_autoptr (GBytes) extra = g_bytes_new (extra_in, extra_in_size);
  int fd = fcntl (sock, F_DUPFD_CLOEXEC, 3);

  if (fd >= 0)
    {
      setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof (int));
      fcntl (fd, F_SETFL, fcntl (fd, F_GETFL) | O_NONBLOCK);
    }
  else
    g_warning ("Cannot duplicate an upgraded socket: %s", g_strerror (errno));
  lobby_http_server_release (exchange->server, handle);
  g_steal_pointer (&exchange->upgraded) (fd, extra, exchange->upgraded_data);
}

void
lobby_http_exchange_upgrade (LobbyHttpExchange *exchange,
                             LobbyHttpUpgraded callback,
                             gpointer data)
{
  if (exchange_is_gone (exchange))
    {
      g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);

      callback (-1, nothing, data);
      return;
    }
  exchange->upgraded = callback;
  exchange->upgraded_data = data;
  exchange_finish (exchange, 101, MHD_create_response_for_upgrade (exchange_upgraded, exchange));
}

void
lobby_http_exchange_give_up (LobbyHttpExchange *exchange)
{
  gboolean streaming = exchange->state == LOBBY_HTTP_STREAMING;
  struct MHD_Response *response;

  if (!exchange->suspended)
    return;
  response = MHD_create_response_empty (MHD_RF_NONE);
  MHD_add_response_header (response, "Connection", "close");
  lobby_http_peer_unwatch (exchange);
  exchange->suspended = FALSE;
  exchange->state = LOBBY_HTTP_ANSWERED;
  exchange->status = 503;
  exchange->response = response;
  MHD_resume_connection (exchange->connection);
  if (streaming)
    lobby_http_exchange_break_off (exchange);
}
