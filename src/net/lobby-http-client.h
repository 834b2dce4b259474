/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <libdex.h>

G_BEGIN_DECLS

/* HTTP for programs that speak to a REST service: one SoupSession, futures, limits. */

#define LOBBY_NET_ERROR (lobby_net_error_quark ())
GQuark lobby_net_error_quark (void);

typedef enum
{
  LOBBY_NET_ERROR_UNREACHABLE,   /* no route, refused, name not found */
  LOBBY_NET_ERROR_TIMED_OUT,     /* the request may have been carried out */
  LOBBY_NET_ERROR_INTERRUPTED,   /* broke off under way; it may have been carried out */
  LOBBY_NET_ERROR_TOO_LARGE,     /* the answer passed max_bytes */
  LOBBY_NET_ERROR_TLS,
  LOBBY_NET_ERROR_BAD_URL,
  LOBBY_NET_ERROR_CANCELLED,
  LOBBY_NET_ERROR_FAILED,
} LobbyNetError;

/* One request; a plain struct to fill in. Free with lobby_http_request_free. */
typedef struct
{
  char      *method;
  char      *url;
  char      *bearer;             /* Authorization: Bearer …; never logged; NULL for none */
  GBytes    *body;
  GInputStream *stream;          /* the body instead, read as it is sent */
  gint64     stream_length;
  char      *content_type;
  GPtrArray *headers;            /* name, value, name, value … or NULL */
  gsize      max_bytes;          /* of the answer; 0 means 4 MiB */
  guint      timeout_msec;       /* for the whole exchange; 0 means 30 s */
} LobbyHttpRequest;

LobbyHttpRequest *lobby_http_request_new        (const char        *method,
                                                 const char        *url);
/* Takes @json (transfer full, may be NULL). */
void              lobby_http_request_take_json  (LobbyHttpRequest  *request,
                                                 char              *json);
/* Takes @stream, of exactly @length bytes. */
void              lobby_http_request_take_stream (LobbyHttpRequest *request,
                                                 GInputStream      *stream,
                                                 const char        *content_type,
                                                 gint64             length);
void              lobby_http_request_add_header (LobbyHttpRequest  *request,
                                                 const char        *name,
                                                 const char        *value);
void              lobby_http_request_free       (LobbyHttpRequest  *request);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (LobbyHttpRequest, lobby_http_request_free)

#define LOBBY_TYPE_HTTP_RESPONSE (lobby_http_response_get_type ())
G_DECLARE_FINAL_TYPE (LobbyHttpResponse, lobby_http_response, LOBBY, HTTP_RESPONSE, GObject)
guint       lobby_http_response_get_status  (LobbyHttpResponse *self);
GBytes     *lobby_http_response_get_body    (LobbyHttpResponse *self);   /* borrowed; empty for downloads */
const char *lobby_http_response_get_header  (LobbyHttpResponse *self,
                                             const char        *name);

#define LOBBY_TYPE_HTTP_CLIENT (lobby_http_client_get_type ())
G_DECLARE_FINAL_TYPE (LobbyHttpClient, lobby_http_client, LOBBY, HTTP_CLIENT, GObject)

LobbyHttpClient *lobby_http_client_new          (const char        *user_agent);
/* With another number of connections to a host than 8. A request beyond it waits, and its time-out runs. */
LobbyHttpClient *lobby_http_client_new_with_connections (const char *user_agent,
                                                 guint              max_connections);
/* Resolves to a LobbyHttpResponse for every HTTP status; rejects with LOBBY_NET_ERROR only when
 * there is no whole answer. A request with a bearer token, headers or a body follows no redirects. Takes @request.
 * @cancellable may be NULL. */
DexFuture       *lobby_http_client_send         (LobbyHttpClient   *self,
                                                 LobbyHttpRequest  *request,
                                                 GCancellable      *cancellable);
/* The same, but a 200 body goes to @path, written aside and renamed when whole (fsynced); what the disk
 * refuses rejects with G_FILE_ERROR. @progress may be NULL; it runs on a fiber's small stack. */
typedef void (*LobbyHttpProgress)               (guint64            received,
                                                 guint64            total,     /* 0 when unknown */
                                                 gpointer           data);
DexFuture       *lobby_http_client_download     (LobbyHttpClient   *self,
                                                 LobbyHttpRequest  *request,
                                                 const char        *path,
                                                 LobbyHttpProgress  progress,
                                                 gpointer           data,
                                                 GCancellable      *cancellable);

G_END_DECLS
