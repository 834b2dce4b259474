/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-server"

#include "lobby-rest-private.h"

#include <string.h>

#include "lobby-password.h"

/* Who may ask for what. A route is added with its rule, and its handler is not reached by anybody else. */

#define TOKEN_MAX 256

struct _LobbyRestGuard
{
  LobbyRest *rest; /* which owns the guard */
  LobbyRestAccess access;
  LobbyHttpHandler begun;
  LobbyHttpPiece piece;
  LobbyHttpHandler handler;
};

char *
lobby_rest_token_hash (LobbyHttpExchange *exchange)
{
  const char *header = lobby_http_exchange_get_header (exchange, "Authorization");
  const char *token;

  if (header == NULL || g_ascii_strncasecmp (header, "Bearer ", 7) != 0)
    return NULL;
  token = header + 7 + strspn (header + 7, " ");
  if (*token == '\0' || strlen (token) > TOKEN_MAX)
    return NULL;
  return lobby_token_hash (token);
}

gboolean
lobby_rest_is_owner (const LobbyAgent *agent)
{
  return strcmp (agent->role, "owner") == 0;
}

/* FALSE when the exchange was answered instead. */
static gboolean
admit (const LobbyRestGuard *guard,
       LobbyHttpExchange *exchange)
{
  g_autofree char *hash = NULL;
  g_autoptr (LobbyAgent) agent = NULL;
  g_autoptr (GError) error = NULL;

  if (guard->access == LOBBY_REST_ANYBODY)
    return TRUE;
  hash = lobby_rest_token_hash (exchange);
  if (hash != NULL)
    agent = lobby_storage (guard->rest->storage, find_agent_by_token, hash, &error);
  if (error != NULL)
    {
      lobby_rest_answer_storage_error (exchange, error);
      return FALSE;
    }
  if (agent == NULL)
    {
      lobby_http_exchange_add_header (exchange, "WWW-Authenticate", "Bearer");
      lobby_http_exchange_answer_error (exchange, 401, "unauthorized", "Sign in first");
      return FALSE;
    }
  if (guard->access == LOBBY_REST_OWNER && !lobby_rest_is_owner (agent))
    {
      lobby_rest_answer_forbidden (exchange);
      return FALSE;
    }
  lobby_http_exchange_set_data (exchange, g_steal_pointer (&agent), (GDestroyNotify)lobby_agent_free);
  return TRUE;
}

LobbyAgent *
lobby_rest_authenticate (LobbyHttpExchange *exchange)
{
  LobbyAgent *agent = lobby_http_exchange_steal_data (exchange);

  g_assert (agent != NULL); /* the route's rule let it in */
  return agent;
}

static void
on_begun (LobbyHttpExchange *exchange,
          gpointer data)
{
  const LobbyRestGuard *guard = data;

  if (admit (guard, exchange))
    guard->begun (exchange, guard->rest);
}

/* A body that is streamed was let in with its head. */
static void
on_request (LobbyHttpExchange *exchange,
            gpointer data)
{
  const LobbyRestGuard *guard = data;

  if (guard->begun == NULL && !admit (guard, exchange))
    return;
  /* What others write in this turn may be refused by a full disk: reading goes on, and tells only of what is committed. */
  if (g_str_equal (lobby_http_exchange_get_method (exchange), "GET") && !lobby_storage (guard->rest->storage, flush, NULL))
    g_debug ("A commit failed before a read");
  guard->handler (exchange, guard->rest);
}

static gboolean
on_piece (LobbyHttpExchange *exchange,
          const guint8 *bytes,
          gsize size,
          gpointer data)
{
  const LobbyRestGuard *guard = data;

  return guard->piece (exchange, bytes, size, guard->rest);
}

static LobbyRestGuard *
add_guard (LobbyRest *self,
           LobbyRestAccess access,
           LobbyHttpHandler begun,
           LobbyHttpPiece piece,
           LobbyHttpHandler handler)
{
  LobbyRestGuard *guard = g_new (LobbyRestGuard, 1);

  *guard = (LobbyRestGuard){ self, access, begun, piece, handler };
  g_ptr_array_add (self->guards, guard);
  return guard;
}

void
lobby_rest_route (LobbyRest *self,
                  LobbyHttpServer *http,
                  LobbyRestAccess access,
                  const char *method,
                  const char *pattern,
                  gsize max_body,
                  LobbyHttpHandler handler)
{
  lobby_http_server_route (http, method, pattern, max_body, on_request, add_guard (self, access, NULL, NULL, handler));
}

void
lobby_rest_route_stream (LobbyRest *self,
                         LobbyHttpServer *http,
                         LobbyRestAccess access,
                         const char *method,
                         const char *pattern,
                         gsize max_body,
                         LobbyHttpHandler begun,
                         LobbyHttpPiece piece,
                         LobbyHttpHandler handler)
{
  lobby_http_server_route_stream (http, method, pattern, max_body, on_begun, on_piece, on_request,
                                  add_guard (self, access, begun, piece, handler));
}
