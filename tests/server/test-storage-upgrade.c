/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-database.h"
#include "storage-fixture.h"

#include <string.h>

/* Databases that earlier versions left open, and say the same. */

#define BUSINESS "01M822AYBT6JHBFY75PPC7GRKE"
#define CONNECTION "01M822AYC5CZSTHKDN8GZ3GP75"

static void
restore (const char *folder,
         const char *dump)
{
  g_autofree char *source = g_test_build_filename (G_TEST_DIST, "databases", dump, NULL);
  g_autofree char *path = g_build_filename (folder, "lobby.db", NULL);
  g_autofree char *sql = NULL;
  g_autoptr (LobbyDatabase) database = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (source, &sql, NULL, &error);
  g_assert_no_error (error);
  database = lobby_database_open (path, 0, &error);
  g_assert_no_error (error);
  lobby_database_exec (database, "PRAGMA foreign_keys=OFF", &error); /* a dump is in the order of names */
  g_assert_no_error (error);
  lobby_database_exec (database, sql, &error);
  g_assert_no_error (error);
}

static void
test_first_version (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("lobby-upgrade-XXXXXX", NULL);
  g_autoptr (LobbySqliteStorage) sqlite = NULL;
  g_autoptr (GPtrArray) conversations = NULL;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GPtrArray) heads = NULL;
  g_autoptr (LobbyOutbound) work = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autofree char *agent = NULL;
  g_autofree char *hash = NULL;
  const LobbyWireConversation *conversation;
  LobbyStorage *storage;
  gint64 seq;

  restore (folder, "001.db.sql");
  sqlite = lobby_sqlite_storage_open (folder, &error);
  g_assert_no_error (error);
  storage = LOBBY_STORAGE (sqlite);

  hash = lobby_storage (storage, dup_password_hash, "owner", &agent);
  g_assert_true (g_str_has_prefix (hash, "$argon2id$"));
  g_assert_true (lobby_storage (storage, agent_may, agent, BUSINESS));
  conversations = lobby_storage (storage, list_conversations, BUSINESS, 0, NULL, 50, &seq);
  g_assert_cmpuint (conversations->len, ==, 1);
  g_assert_cmpint (seq, ==, 5);
  conversation = g_ptr_array_index (conversations, 0);
  g_assert_cmpint (conversation->unread_count, ==, 0);
  g_assert_cmpint (conversation->message_count_in, ==, 2);
  g_assert_cmpint (conversation->message_count_out, ==, 1);
  messages = lobby_storage (storage, list_messages, conversation->contact_id, NULL, 0, NULL, 50);
  g_assert_cmpuint (messages->len, ==, 3);
  g_assert_cmpstr (((LobbyWireMessage *)g_ptr_array_index (messages, 0))->content, ==, "A las nueve");
  g_assert_cmpstr (((LobbyWireMessage *)g_ptr_array_index (messages, 1))->content, ==, "¿a qué hora abrís?");
  heads = lobby_storage (storage, list_outbound_heads, CONNECTION, 10);
  g_assert_cmpuint (heads->len, ==, 1);
  g_assert_true (lobby_storage (storage, list_events, BUSINESS, 0, 100, &events));
  g_assert_cmpuint (events->len, ==, 5);

  /* And goes on where it ended. */
  work = lobby_storage (storage, get_outbound, ((LobbyOutboundHead *)g_ptr_array_index (heads, 0))->position);
  g_assert_true (lobby_storage (storage, outbound_sent, work, "wamid.out", &error));
  g_assert_true (lobby_storage (storage, flush, &error));
  g_assert_cmpint (lobby_storage (storage, get_seq, BUSINESS), ==, 6);
  g_clear_object (&sqlite);
  storage_fixture_remove (folder);
}

static void
test_later_version (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("lobby-upgrade-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "lobby.db", NULL);
  g_autoptr (LobbyDatabase) database = lobby_database_open (path, 0, &error);

  lobby_database_exec (database, "PRAGMA user_version=9999", &error);
  g_assert_no_error (error);
  g_clear_object (&database);
  g_assert_null (lobby_sqlite_storage_open (folder, &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "9999"));
  storage_fixture_remove (folder);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/storage/upgrade/first-version", test_first_version);
  g_test_add_func ("/server/storage/upgrade/later-version", test_later_version);
  return g_test_run ();
}
