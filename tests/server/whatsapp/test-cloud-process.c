/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-cloud-adapter.h"

#include "lobby-clock.h"
#include "lobby-sqlite-private.h"
#include "storage-fixture.h"

#include <string.h>

/* Stored webhooks on their way into the storage, when that does not take them. */

static const char body_format[] = "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"changes\":[{\"field\":\"messages\",\"value\":{\"messages\":["
                                  "{\"from\":\"34600111222\",\"id\":\"wamid.1\",\"timestamp\":\"%u\",\"type\":\"text\",\"text\":{\"body\":\"%s\"}}]}}]}]}";

/* Runs the loop until the delivery is worked in, or is refused. */
static gboolean
process (StorageFixture *fixture,
         const char *words,
         GError **error)
{
  g_autofree char *text = g_strdup_printf (body_format, (guint)(lobby_clock_now () / 1000), words);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
  LobbyConnection *connection = lobby_storage (fixture->storage, get_connection, fixture->connection);
  g_autoptr (LobbyAdapter) adapter = LOBBY_ADAPTER (lobby_cloud_adapter_new (connection, fixture->storage));
  g_autoptr (DexFuture) future = LOBBY_ADAPTER_GET_IFACE (adapter)->process (adapter, body, lobby_clock_now ());
  const GValue *problem;

  while (dex_future_is_pending (future))
    g_main_context_iteration (NULL, TRUE);
  problem = dex_future_get_value (future, error);
  if (problem != NULL)
    g_assert_null (g_value_get_string (problem));
  return problem != NULL;
}

/* What cuts an emoji in half costs its letter; nothing that came with it is lost. */
static void
test_half_emoji (StorageFixture *fixture,
                 gconstpointer data)
{
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (process (fixture, "Ol\\u00e9 \\ud83d", &error));
  g_assert_no_error (error);
  conversation = storage_fixture_conversation (fixture, "34600111222");
  message = lobby_storage (fixture->storage, get_last_message, conversation->id);
  g_assert_cmpstr (message->content, ==, "Olé \357\277\275");
}

/* Another process writes for longer than SQLite waits: that is no reason to set a customer's message aside. */
static void
test_busy (StorageFixture *fixture,
           gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->folder, "lobby.db", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyDatabase) other = lobby_database_open (path, 0, &error);
  g_autoptr (LobbyTransaction) transaction = lobby_transaction_begin (other, &error);
  g_autoptr (LobbyWireConversation) conversation = NULL;

  g_assert_no_error (error);
  g_assert_true (lobby_database_exec (LOBBY_SQLITE_STORAGE (fixture->storage)->database, "PRAGMA busy_timeout=1", &error));
  g_assert_false (process (fixture, "Hello", &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_BUSY);
  g_clear_error (&error);
  g_assert_true (lobby_transaction_commit (&transaction, &error));

  g_assert_true (process (fixture, "Hello", &error));
  g_assert_no_error (error);
  conversation = storage_fixture_conversation (fixture, "34600111222");
  g_assert_cmpint (conversation->unread_count, ==, 1);
}

#define ADD(path, test) g_test_add ("/whatsapp/cloud-process/" path, StorageFixture, NULL, storage_fixture_set_up, test, storage_fixture_tear_down)

int
main (int argc,
      char *argv[])
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);
  ADD ("busy", test_busy);
  ADD ("half-emoji", test_half_emoji);
  return g_test_run ();
}
