/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-net"

#include "lobby-http-response-private.h"

struct _LobbyHttpResponse
{
  GObject parent_instance;

  guint status;
  GBytes *body;
  SoupMessageHeaders *headers;
};

G_DEFINE_FINAL_TYPE (LobbyHttpResponse, lobby_http_response, G_TYPE_OBJECT)

static void
lobby_http_response_finalize (GObject *object)
{
  LobbyHttpResponse *self = LOBBY_HTTP_RESPONSE (object);

  g_clear_pointer (&self->body, g_bytes_unref);
  g_clear_pointer (&self->headers, soup_message_headers_unref);

  G_OBJECT_CLASS (lobby_http_response_parent_class)->finalize (object);
}

static void
lobby_http_response_class_init (LobbyHttpResponseClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lobby_http_response_finalize;
}

static void
lobby_http_response_init (LobbyHttpResponse *self)
{
}

LobbyHttpResponse *
lobby_http_response_new (SoupMessage *message,
                         GBytes *body)
{
  LobbyHttpResponse *self = g_object_new (LOBBY_TYPE_HTTP_RESPONSE, NULL);

  self->status = soup_message_get_status (message);
  self->headers = soup_message_headers_ref (soup_message_get_response_headers (message));
  self->body = body;

  return self;
}

guint
lobby_http_response_get_status (LobbyHttpResponse *self)
{
  g_return_val_if_fail (LOBBY_IS_HTTP_RESPONSE (self), 0);

  return self->status;
}

GBytes *
lobby_http_response_get_body (LobbyHttpResponse *self)
{
  g_return_val_if_fail (LOBBY_IS_HTTP_RESPONSE (self), NULL);

  return self->body;
}

const char *
lobby_http_response_get_header (LobbyHttpResponse *self,
                                const char *name)
{
  g_return_val_if_fail (LOBBY_IS_HTTP_RESPONSE (self), NULL);

  return soup_message_headers_get_one (self->headers, name);
}
