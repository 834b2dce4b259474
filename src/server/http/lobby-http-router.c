/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-http"

#include "lobby-http-router.h"

#include <string.h>

struct _LobbyHttpRouter
{
  GPtrArray *routes; /* of LobbyHttpRoute */
};

/* More segments than any pattern has: a path of nothing but slashes is not split further. */
#define MAX_SEGMENTS 16

static void
route_free (LobbyHttpRoute *route)
{
  g_free (route->method);
  g_free (route->pattern);
  g_strfreev (route->segments);
  g_free (route);
}

static gboolean
is_parameter (const char *segment)
{
  return segment[0] == '{';
}

static gboolean
segments_match (char **pattern,
                char **path)
{
  guint i;

  for (i = 0; pattern[i] != NULL && path[i] != NULL; i++)
    {
      if (is_parameter (pattern[i]) ? path[i][0] == '\0' : strcmp (pattern[i], path[i]) != 0)
        return FALSE;
    }
  return pattern[i] == NULL && path[i] == NULL;
}

static char **
collect_parameters (char **pattern,
                    char **path)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; pattern[i] != NULL; i++)
    {
      if (!is_parameter (pattern[i]))
        continue;
      g_strv_builder_take (builder, g_strndup (pattern[i] + 1, strlen (pattern[i]) - 2));
      g_strv_builder_add (builder, path[i]);
    }
  return g_strv_builder_end (builder);
}

static void
add_allowed (GString *allow,
             const char *method)
{
  if (allow->len > 0)
    g_string_append (allow, ", ");
  g_string_append (allow, method);
  if (strcmp (method, "GET") == 0)
    g_string_append (allow, ", HEAD");
}

LobbyHttpRouter *
lobby_http_router_new (void)
{
  LobbyHttpRouter *self = g_new0 (LobbyHttpRouter, 1);

  self->routes = g_ptr_array_new_with_free_func ((GDestroyNotify)route_free);
  return self;
}

void
lobby_http_router_free (LobbyHttpRouter *self)
{
  g_ptr_array_unref (self->routes);
  g_free (self);
}

void
lobby_http_router_add (LobbyHttpRouter *self,
                       const char *method,
                       const char *pattern,
                       gsize max_body,
                       LobbyHttpHandler begun,
                       LobbyHttpPiece piece,
                       LobbyHttpHandler handler,
                       gpointer data)
{
  LobbyHttpRoute *route = g_new0 (LobbyHttpRoute, 1);

  route->method = g_strdup (method);
  route->pattern = g_strdup (pattern);
  route->segments = g_strsplit (pattern, "/", -1);
  route->max_body = max_body;
  route->begun = begun;
  route->piece = piece;
  route->handler = handler;
  route->data = data;
  g_ptr_array_add (self->routes, route);
}

const LobbyHttpRoute *
lobby_http_router_find (LobbyHttpRouter *self,
                        const char *method,
                        const char *path,
                        char ***parameters,
                        char **allow)
{
  g_auto (GStrv) segments = g_strsplit (path, "/", MAX_SEGMENTS);
  g_autoptr (GString) allowed = g_string_new (NULL);
  const char *wanted = strcmp (method, "HEAD") == 0 ? "GET" : method;

  for (guint i = 0; i < self->routes->len; i++)
    {
      const LobbyHttpRoute *route = g_ptr_array_index (self->routes, i);

      if (!segments_match (route->segments, segments))
        continue;
      if (strcmp (route->method, wanted) == 0 || strcmp (route->method, "*") == 0)
        {
          *parameters = collect_parameters (route->segments, segments);
          *allow = NULL;
          return route;
        }
      add_allowed (allowed, route->method);
    }

  *parameters = NULL;
  if (allowed->len > 0)
    {
      add_allowed (allowed, "OPTIONS");
      *allow = g_string_free (g_steal_pointer (&allowed), FALSE);
    }
  else
    *allow = NULL;
  return NULL;
}

char **
lobby_http_router_list (LobbyHttpRouter *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < self->routes->len; i++)
    {
      const LobbyHttpRoute *route = g_ptr_array_index (self->routes, i);

      g_strv_builder_take (builder, g_strdup_printf ("%s %s", route->method, route->pattern));
    }
  return g_strv_builder_end (builder);
}
