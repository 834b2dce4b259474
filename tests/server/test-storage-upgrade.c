/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-clock.h"
#include "lobby-database.h"
#include "lobby-sqlite-maintenance.h"
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

/* Each version */

#define LAST_VERSION 8
#define SCHEMA "/org/lobby/server/sql/%03u.sql"

/* What a server of a version leaves that one before it knows nothing of. */
static const char *const LEFT_BY[LAST_VERSION + 1] = {
  [3] = "INSERT INTO outbound_queue (message_id, conversation_id, connection_id, action, content)"
        " SELECT id, conversation_id, connection_id, 1, 'Better words' FROM messages WHERE outbound = 1 ORDER BY id LIMIT 1;"
        "INSERT INTO remote_files (connection_id, sha256, mime_type, remote_id, uploaded_at)"
        " SELECT id, 'aa', 'image/png', 'remote-1', 1795376393443 FROM connections LIMIT 1",
  [4] = "INSERT INTO connection_alerts (id, connection_id, code, severity, title, message, at)"
        " SELECT 'alert-1', id, 130429, 'warning', 'Slow', 'Send less', 1795376393443 FROM connections LIMIT 1;"
        "INSERT INTO templates (id, connection_id, name, language, category, status, parameter_format, components, updated_at)"
        " SELECT 'template-1', id, 'hello', 'en', 'UTILITY', 'APPROVED', 'POSITIONAL', '[]', 1795376393443 FROM connections LIMIT 1;"
        "INSERT INTO pending_references (connection_id, whatsapp_message_id, message_id, arrived_at)"
        " SELECT connection_id, 'wamid.early', id, 1795376393443 FROM messages ORDER BY id LIMIT 1",
  [5] = "INSERT INTO media_files (sha256, size, mime_type, width, height, thumbnail, created_at)"
        " VALUES ('bb', 10, 'image/png', 4, 3, 1, 1795376393443);"
        "INSERT INTO uploads (id, business_id, agent_id, kind, length, sha256, created_at, expires_at)"
        " SELECT 'upload-1', b.id, a.id, 'image', 10, 'bb', 1795376393443, 9995376393443 FROM businesses b, agents a LIMIT 1",
  [6] = "INSERT INTO connections (id, business_id, kind, name, gateway_url, gateway_session, webhook_key, linked_at, created_at)"
        " SELECT 'linked-1', id, 'gateway', 'Till', 'http://gate.example', 'default', 'key', 1795376393443, 9995376393443 FROM businesses LIMIT 1",
  [7] = "INSERT INTO tokens (hash, id, agent_id, created_at, last_used_at)"
        " SELECT 'hash-7', 'token-7', id, 1795376393443, 9995376393443 FROM agents LIMIT 1;"
        "INSERT INTO deliveries (connection_id, body, arrived_at, problem) SELECT id, 'no JSON', 9995376393443, 'not JSON' FROM connections LIMIT 1",
};

/* Everything that was said, in columns that every version has; what was set aside has a place of its own since the eighth. */
static const char *const TOLD[] = {
  "SELECT id || ' ' || name || ' ' || seq FROM businesses ORDER BY 1",
  "SELECT id || ' ' || user || ' ' || role || ' ' || password_hash FROM agents ORDER BY 1",
  "SELECT agent_id || ' ' || business_id FROM memberships ORDER BY 1",
  "SELECT hash || ' ' || agent_id || ' ' || ifnull (device, '') || ' ' || created_at FROM tokens ORDER BY 1",
  "SELECT id || ' ' || kind || ' ' || name || ' ' || ifnull (access_token, '') || ' ' || state FROM connections ORDER BY 1",
  "SELECT id || ' ' || ifnull (name, '') || ' ' || ifnull (phone_number, '') || ' ' || ifnull (username, '') FROM contacts ORDER BY 1",
  "SELECT kind || ' ' || scope || ' ' || value || ' ' || contact_id FROM aliases ORDER BY 1",
  "SELECT id || ' ' || contact_id || ' ' || unread_count || ' ' || message_count_in || ' ' || message_count_out || ' ' || window_expires_at"
  " || ' ' || ifnull (read_up_to, '') || ' ' || seq FROM conversations ORDER BY 1",
  "SELECT id || ' ' || conversation_id || ' ' || ifnull (client_id, '') || ' ' || ifnull (whatsapp_message_id, '') || ' ' || outbound || ' ' || type || ' '"
  " || ifnull (content, '') || ' ' || status || ' ' || metadata || ' ' || ifnull (media_sha256, '') || ' ' || created_at FROM messages ORDER BY 1",
  "SELECT position || ' ' || message_id || ' ' || state || ' ' || attempts FROM outbound_queue ORDER BY position",
  "SELECT message_id || ' ' || ifnull (remote_id, '') || ' ' || attempts FROM media_jobs ORDER BY 1",
  "SELECT sha256 || ' ' || size FROM media_files ORDER BY 1",
  "SELECT id || ' ' || connection_id || ' ' || hex (body) FROM deliveries WHERE body != 'no JSON' ORDER BY id",
  "SELECT connection_id || ' ' || whatsapp_message_id || ' ' || status FROM pending_statuses ORDER BY 1",
  "SELECT business_id || ' ' || seq || ' ' || name || ' ' || payload FROM event_log ORDER BY business_id, seq",
};

static char *
dup_told (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyDatabase) database = lobby_database_open (path, LOBBY_DATABASE_READ_ONLY, &error);
  g_autoptr (GString) told = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < G_N_ELEMENTS (TOLD); i++)
    {
      g_autoptr (LobbyStatement) row = lobby_database_query (database, &error, TOLD[i], NULL);

      g_assert_no_error (error);
      while (lobby_statement_step (row, &error))
        g_string_append_printf (told, "%s\n", lobby_statement_text (row, 0));
      g_assert_no_error (error);
    }
  return g_string_free (g_steal_pointer (&told), FALSE);
}

/* One step, as the server of that version did it. */
static void
migrate_to (LobbyDatabase *database,
            guint version)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strdup_printf (SCHEMA, version);
  g_autoptr (GBytes) file = g_resources_lookup_data (path, G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  g_autofree char *sql = NULL;

  g_assert_no_error (error);
  sql = g_strdup_printf ("BEGIN; %.*s; PRAGMA user_version=%u; COMMIT", (int)g_bytes_get_size (file), (const char *)g_bytes_get_data (file, NULL), version);
  lobby_database_exec (database, sql, &error);
  g_assert_no_error (error);
  if (LEFT_BY[version] != NULL)
    lobby_database_exec (database, LEFT_BY[version], &error);
  g_assert_no_error (error);
}

/* The version that it is of. */
static guint
make_version (const char *folder,
              const char *dump,
              guint version)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "lobby.db", NULL);
  g_autoptr (LobbyDatabase) database = NULL;
  guint first;

  restore (folder, dump);
  database = lobby_database_open (path, 0, &error);
  g_assert_no_error (error);
  first = (guint)lobby_database_get_int (database, 0, &error, "PRAGMA user_version", NULL);
  for (guint next = first + 1; next <= version; next++)
    migrate_to (database, next);
  return first;
}

/* What was left by versions after @first up to @version is known to the present one. */
static void
check_left (LobbyStorage *storage,
            const char *connection,
            guint first,
            guint version)
{
  g_autofree char *remote = lobby_storage (storage, dup_remote_file, connection, "aa", "image/png", 0);
  g_autoptr (GPtrArray) alerts = lobby_storage (storage, list_alerts, connection);
  g_autoptr (LobbyTemplate) template = lobby_storage (storage, get_template, "template-1");
  g_autoptr (LobbyUpload) upload = lobby_storage (storage, find_upload, "upload-1");
  g_autoptr (LobbyConnection) linked = lobby_storage (storage, get_connection, "linked-1");
  g_autoptr (LobbyToken) token = lobby_storage (storage, get_token, "token-7");
  LobbyFigures figures;
#define LEFT(n) (first < (n) && version >= (n))

  g_assert_cmpstr (remote, ==, LEFT (3) ? "remote-1" : NULL);
  g_assert_true (!LEFT (4) || (alerts->len == 1 && template != NULL));
  g_assert_cmpstr (upload != NULL ? upload->sha256 : NULL, ==, LEFT (5) ? "bb" : NULL);
  g_assert_cmpstr (linked != NULL ? linked->gateway_url : NULL, ==, LEFT (6) ? "http://gate.example" : NULL);
  g_assert_cmpstr (token != NULL ? token->hash : NULL, ==, LEFT (7) ? "hash-7" : NULL);
  lobby_storage (storage, get_figures, &figures);
  g_assert_cmpint (figures.deliveries_set_aside, ==, LEFT (7) ? 1 : 0);
#undef LEFT
}

/* A customer writes to it. */
static void
check_goes_on (LobbyStorage *storage,
               const char *business,
               const char *connection)
{
  g_autoptr (GError) error = NULL;
  gint64 seq = lobby_storage (storage, get_seq, business);
  LobbyInboundMessage message = {
    .whatsapp_message_id = (char *)"wamid.after",
    .customer = { .wa_id = (char *)"15559998877" },
    .type = LOBBY_MESSAGE_TEXT,
    .content = (char *)"Still there?",
    .timestamp = lobby_clock_now (),
    .arrived_at = lobby_clock_now (),
  };
  gboolean was_new = FALSE;

  g_assert_true (lobby_storage (storage, receive_message, connection, &message, &was_new, &error));
  g_assert_true (was_new && lobby_storage (storage, flush, &error));
  g_assert_cmpint (lobby_storage (storage, get_seq, business), ==, seq + 1);
}

/* Of what lobbyd check finds, only that there are no files here. */
static void
check_whole (const char *folder)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) mended = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) problems = lobby_sqlite_check (folder, FALSE, mended, &error);

  g_assert_no_error (error);
  for (guint i = 0; i < problems->len; i++)
    if (!g_str_has_prefix (g_ptr_array_index (problems, i), "files: "))
      g_error ("%s", (char *)g_ptr_array_index (problems, i));
}

static void
check_version (const char *dump,
               guint version)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("lobby-upgrade-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "lobby.db", NULL);
  g_autofree char *before = NULL, *after = NULL;
  g_autoptr (LobbySqliteStorage) storage = NULL;
  g_autoptr (GPtrArray) businesses = NULL, connections = NULL;
  guint first = make_version (folder, dump, version);
  const char *connection;

  before = dup_told (path);
  storage = lobby_sqlite_storage_open (folder, &error);
  g_assert_no_error (error);
  after = dup_told (path);
  g_assert_cmpstr (before, ==, after);
  businesses = lobby_storage (LOBBY_STORAGE (storage), list_businesses, NULL, &error);
  connections = lobby_storage (LOBBY_STORAGE (storage), list_connections, NULL, &error);
  g_assert_no_error (error);
  connection = ((LobbyConnection *)g_ptr_array_index (connections, 0))->id;
  check_left (LOBBY_STORAGE (storage), connection, first, version);
  check_goes_on (LOBBY_STORAGE (storage), ((LobbyBusiness *)g_ptr_array_index (businesses, 0))->id, connection);
  g_clear_object (&storage);
  check_whole (folder);
  storage_fixture_remove (folder);
}

/* A server of any version may be the one before this: what an earlier one left is taken step by step to each, which leaves more, and then over. */
static void
test_every_version (void)
{
  static const struct
  {
    const char *dump;
    guint version;
  } dumps[] = { { "001.db.sql", 1 }, { "002.db.sql", 2 }, { "007.db.sql", 7 } };
  g_autofree char *beyond = g_strdup_printf (SCHEMA, LAST_VERSION + 1);
  g_autofree char *folder = g_dir_make_tmp ("lobby-upgrade-XXXXXX", NULL);
  g_autoptr (LobbySqliteStorage) new = lobby_sqlite_storage_open (folder, NULL); /* which makes the schemas known */

  g_clear_object (&new);
  storage_fixture_remove (folder);
  g_assert_false (g_resources_get_info (beyond, G_RESOURCE_LOOKUP_FLAGS_NONE, NULL, NULL, NULL)); /* else it is to be tested, too */
  for (guint i = 0; i < G_N_ELEMENTS (dumps); i++)
    for (guint version = dumps[i].version; version <= LAST_VERSION; version++)
      {
        g_test_message ("%s at version %u", dumps[i].dump, version);
        check_version (dumps[i].dump, version);
      }
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
  g_test_add_func ("/server/storage/upgrade/every-version", test_every_version);
  g_test_add_func ("/server/storage/upgrade/later-version", test_later_version);
  return g_test_run ();
}
