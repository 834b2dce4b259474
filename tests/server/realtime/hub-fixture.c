/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "hub-fixture.h"

#define PING_INTERVAL 25000

static void
add_token (HubFixture *fixture,
           const char *agent_id,
           const char *token)
{
  g_autofree char *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, token, -1);
  g_autoptr (GError) error = NULL;

  lobby_storage (fixture->storage.storage, add_token, agent_id, hash, "test", &error);
  g_assert_no_error (error);
}

static void
on_typing (LobbyHub *hub,
           const char *agent_id,
           const char *conversation_id,
           gboolean typing,
           const char *sid,
           gpointer data)
{
  g_string_append (data, typing ? "typing " : "stopped ");
}

static void
on_read (LobbyHub *hub,
         const char *agent_id,
         const char *conversation_id,
         const char *whatsapp_id,
         gpointer data)
{
  g_string_append_printf (data, "read:%s ", whatsapp_id);
}

void
hub_fixture_set_up (HubFixture *fixture,
                    gconstpointer data)
{
  guint interval = data != NULL ? GPOINTER_TO_UINT (data) : PING_INTERVAL;
  g_autoptr (GError) error = NULL;
  g_autofree char *bea = NULL;

  storage_fixture_set_up (&fixture->storage, NULL);
  fixture->http = lobby_http_server_new ("127.0.0.1:0", &error);
  g_assert_no_error (error);
  fixture->hub = lobby_hub_new (fixture->http, fixture->storage.storage, interval, interval, 1000);
  fixture->other_business = lobby_storage (fixture->storage.storage, add_business, "Other", &error);
  g_assert_no_error (error);
  bea = lobby_storage (fixture->storage.storage, add_agent, "bea", "Bea", "agent", "hash", fixture->storage.business, &error);
  g_assert_no_error (error);
  add_token (fixture, fixture->storage.agent, "ana-token");
  add_token (fixture, bea, "bea-token");
  storage_fixture_flush (&fixture->storage);
  fixture->signals = g_string_new (NULL);
  g_signal_connect (fixture->hub, "typing", G_CALLBACK (on_typing), fixture->signals);
  g_signal_connect (fixture->hub, "read", G_CALLBACK (on_read), fixture->signals);
}

void
hub_fixture_tear_down (HubFixture *fixture,
                       gconstpointer data)
{
  lobby_http_server_stop (fixture->http);
  lobby_hub_stop (fixture->hub);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_finalize_object (fixture->hub);
  g_assert_finalize_object (fixture->http);
  g_string_free (fixture->signals, TRUE);
  g_free (fixture->other_business);
  storage_fixture_tear_down (&fixture->storage, NULL);
}

void
hub_fixture_say (HubFixture *fixture,
                 guint n,
                 const char *text)
{
  static guint id = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *wamid = g_strdup_printf ("wamid.%u", ++id);

      storage_fixture_say (&fixture->storage, "34600123456", wamid, text, 0);
    }
}

gint64
hub_fixture_get_seq (HubFixture *fixture)
{
  return lobby_storage (fixture->storage.storage, get_seq, fixture->storage.business);
}
