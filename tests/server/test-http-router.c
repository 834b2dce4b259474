/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-http-router.h"

static void
handler (LobbyHttpExchange *exchange,
         gpointer data)
{
}

static LobbyHttpRouter *
make_router (void)
{
  LobbyHttpRouter *router = lobby_http_router_new ();

  lobby_http_router_add (router, "GET", "/api/contacts", 0, NULL, NULL, handler, (gpointer) "list");
  lobby_http_router_add (router, "GET", "/api/contacts/{id}", 0, NULL, NULL, handler, (gpointer) "one");
  lobby_http_router_add (router, "PUT", "/api/contacts/{id}/picture", 10, NULL, NULL, handler, (gpointer) "put");
  lobby_http_router_add (router, "GET", "/api/contacts/{id}/picture", 0, NULL, NULL, handler, (gpointer) "get");
  lobby_http_router_add (router, "GET", "/socket.io/", 0, NULL, NULL, handler, (gpointer) "hub");
  return router;
}

static void
test_match (void)
{
  static const struct
  {
    const char *method, *path, *data, *id, *allow;
  } cases[] = {
    { "GET", "/api/contacts", "list", NULL, NULL },
    { "HEAD", "/api/contacts", "list", NULL, NULL },
    { "GET", "/api/contacts/01ABC", "one", "01ABC", NULL },
    { "GET", "/api/contacts/", NULL, NULL, NULL },
    { "PUT", "/api/contacts/x y/picture", "put", "x y", NULL },
    { "DELETE", "/api/contacts/1/picture", NULL, NULL, "PUT, GET, HEAD, OPTIONS" },
    { "OPTIONS", "/api/contacts", NULL, NULL, "GET, HEAD, OPTIONS" },
    { "GET", "/socket.io/", "hub", NULL, NULL },
    { "GET", "/socket.io", NULL, NULL, NULL },
    { "GET", "/", NULL, NULL, NULL },
    { "GET", "", NULL, NULL, NULL },
    { "GET", "*", NULL, NULL, NULL },
    { "GET", "////////////////////////////////////////", NULL, NULL, NULL },
    { "get", "/api/contacts", NULL, NULL, "GET, HEAD, OPTIONS" },
  };
  g_autoptr (LobbyHttpRouter) router = make_router ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) parameters = NULL;
      g_autofree char *allow = NULL;
      const LobbyHttpRoute *route = lobby_http_router_find (router, cases[i].method, cases[i].path, &parameters, &allow);

      g_test_message ("%s %s", cases[i].method, cases[i].path);
      g_assert_cmpstr (route != NULL ? route->data : NULL, ==, cases[i].data);
      g_assert_cmpstr (allow, ==, cases[i].allow);
      g_assert_cmpstr (parameters != NULL && parameters[0] != NULL ? parameters[1] : NULL, ==, cases[i].id);
    }
}

static void
test_list (void)
{
  g_autoptr (LobbyHttpRouter) router = make_router ();
  g_auto (GStrv) list = lobby_http_router_list (router);

  g_assert_cmpuint (g_strv_length (list), ==, 5);
  g_assert_cmpstr (list[2], ==, "PUT /api/contacts/{id}/picture");
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/router/match", test_match);
  g_test_add_func ("/http/router/list", test_list);
  return g_test_run ();
}
