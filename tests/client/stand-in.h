/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libsoup/soup.h>

#include "loop.h"

/* An HTTP server inside the test; its handler answers by soup_server_message_set_response. */
static inline SoupServer *
stand_in_new (SoupServerCallback   handler,
              gpointer             data,
              char               **url)
{
  SoupServer *server = soup_server_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  GSList *uris;

  soup_server_add_handler (server, NULL, handler, data, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  *url = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);

  return server;
}

static inline void
stand_in_answer (SoupServerMessage *message,
                 guint              status,
                 const char        *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, text, strlen (text));
}

static inline void
stand_in_free (SoupServer *server)
{
  loop_until (dex_future_new_true (), NULL);
  soup_server_disconnect (server);
  g_object_unref (server);
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static inline gboolean
stand_in_impatient (gpointer what)
{
  g_error ("Waited in vain: %s", (const char *) what);
  return G_SOURCE_REMOVE;
}

#define wait_until(condition)                                                               \
  G_STMT_START                                                                              \
  {                                                                                         \
    guint impatience = g_timeout_add_seconds (20, stand_in_impatient, (char *) #condition); \
    while (!(condition))                                                                    \
      g_main_context_iteration (NULL, TRUE);                                                \
    g_source_remove (impatience);                                                           \
  }                                                                                         \
  G_STMT_END
