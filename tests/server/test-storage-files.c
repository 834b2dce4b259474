/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that nothing names: when they are forgotten, and that one named again in time is not. */
#include "storage-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"

#define DAY (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

static LobbyFileStore *
files_of (StorageFixture *fixture)
{
  return lobby_storage (fixture->storage, get_files);
}

/* An upload of these bytes, finished. (transfer full): the hash */
static char *
upload (StorageFixture *fixture,
        const char *id,
        const char *content)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = g_bytes_new (content, strlen (content));
  const LobbyUpload row = {
    .id = (char *)id,
    .business_id = fixture->business,
    .agent_id = fixture->agent,
    .kind = (char *)"document",
    .file_name = (char *)"a.pdf",
    .length = (gint64)strlen (content),
    .created_at = 1,
    .expires_at = 2,
  };
  LobbyMediaFacts facts = { .mime_type = (char *)"application/pdf", .size = row.length };
  char *sha256 = lobby_file_store_put (files_of (fixture), bytes, &error);

  g_assert_no_error (error);
  g_assert_true (lobby_storage (fixture->storage, add_upload, &row, &error));
  facts.sha256 = sha256;
  g_assert_true (lobby_storage (fixture->storage, finish_upload, id, &facts, 3, &error));
  g_assert_no_error (error);
  return sha256;
}

/* Walks over all rows, some at a time. */
static void
walk (StorageFixture *fixture,
      gint64 now,
      guint keep_days)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *after = NULL;

  do
    {
      char *next = lobby_storage (fixture->storage, forget_unused_files, after, 2, now, now - keep_days * DAY, &error);

      g_assert_no_error (error);
      g_free (after);
      after = next;
    }
  while (after != NULL);
}

static gboolean
is_known (StorageFixture *fixture,
          const char *sha256)
{
  g_autoptr (GPtrArray) one = g_ptr_array_new ();
  g_autoptr (GPtrArray) unknown = NULL;

  g_ptr_array_add (one, (char *)sha256);
  unknown = lobby_storage (fixture->storage, list_unknown_files, one);
  return unknown->len == 0;
}

static void
test_forgetting (StorageFixture *fixture,
                 gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *sent = upload (fixture, "u1", "one");
  g_autofree char *unsent = upload (fixture, "u2", "two");
  g_autofree char *picture = upload (fixture, "u3", "three");
  g_autofree char *again = NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autofree char *business = NULL;
  LobbyDraft draft = { .client_id = (char *)"c1", .type = LOBBY_MESSAGE_DOCUMENT };
  gboolean existed;
  const gint64 start = lobby_clock_now ();

  storage_fixture_say (fixture, "34600111222", "wamid.1", "hello", 0);
  conversation = storage_fixture_conversation (fixture, "34600111222");
  draft.media = lobby_storage (fixture->storage, get_upload, "u1", &business);
  g_assert_cmpstr (business, ==, fixture->business);
  g_assert_cmpstr (draft.media->kind, ==, "document");
  message = lobby_storage (fixture->storage, accept_message, fixture->agent, conversation->id, &draft, &existed, &error);
  g_assert_no_error (error);
  g_assert_true (lobby_storage (fixture->storage, set_contact_picture, conversation->contact_id, picture, &error));

  /* Uploads name their files. */
  walk (fixture, start, 7);
  walk (fixture, start + 30 * DAY, 7);
  g_assert_true (is_known (fixture, sent) && is_known (fixture, unsent) && is_known (fixture, picture));
  for (const char *const *id = (const char *const[]){ "u1", "u2", "u3", NULL }; *id != NULL; id++)
    g_assert_true (lobby_storage (fixture->storage, remove_upload, *id, &error));

  /* Seen unused for the first time: from now it counts. */
  walk (fixture, start + 40 * DAY, 7);
  walk (fixture, start + 46 * DAY, 7);
  g_assert_true (is_known (fixture, unsent));
  /* Sent again before the time is over: it begins anew. */
  again = upload (fixture, "u4", "two");
  g_assert_cmpstr (again, ==, unsent);
  walk (fixture, start + 48 * DAY, 7);
  g_assert_true (is_known (fixture, unsent));
  g_assert_true (lobby_storage (fixture->storage, remove_upload, "u4", &error));
  walk (fixture, start + 49 * DAY, 7);
  walk (fixture, start + 55 * DAY, 7);
  g_assert_true (is_known (fixture, unsent));
  walk (fixture, start + 57 * DAY, 7);
  g_assert_false (is_known (fixture, unsent));
  g_assert_true (is_known (fixture, sent) && is_known (fixture, picture));

  /* Another picture, and the old one is nobody's. */
  g_assert_true (lobby_storage (fixture->storage, set_contact_picture, conversation->contact_id, sent, &error));
  walk (fixture, start + 60 * DAY, 7);
  walk (fixture, start + 68 * DAY, 7);
  g_assert_false (is_known (fixture, picture));
  g_assert_true (is_known (fixture, sent));
  g_clear_pointer (&draft.media, lobby_media_file_free);
  storage_fixture_flush (fixture);
  storage_fixture_check_log (fixture);
}

/* The file itself outlives its row when somebody keeps it anew at the same moment. */
static void
test_kept_again (StorageFixture *fixture,
                 gconstpointer data)
{
  g_autofree char *sha256 = upload (fixture, "u1", "one");
  g_autofree char *path = lobby_file_store_path (files_of (fixture), sha256);
  g_autofree char *again = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) shelf = NULL;
  const gint64 now = lobby_clock_now ();

  g_assert_true (lobby_storage (fixture->storage, remove_upload, "u1", &error));
  walk (fixture, now, 0);
  walk (fixture, now + 1, 0);
  g_assert_false (is_known (fixture, sha256));
  shelf = lobby_file_store_list (files_of (fixture), (guint)g_ascii_strtoull ((char[]){ sha256[0], sha256[1], '\0' }, NULL, 16));
  g_assert_cmpuint (shelf->len, ==, 1);
  lobby_file_store_forget_kept (files_of (fixture));
  /* Between the question whether a row names it and its removal. */
  again = upload (fixture, "u2", "one");
  g_assert_false (lobby_file_store_remove (files_of (fixture), sha256));
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));
  g_assert_true (lobby_storage (fixture->storage, remove_upload, "u2", &error));
  lobby_file_store_forget_kept (files_of (fixture));
  g_assert_true (lobby_file_store_remove (files_of (fixture), sha256));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

/* A thumbnail is told of the messages that have the file. */
static void
test_thumbnails (StorageFixture *fixture,
                 gconstpointer data)
{
  LobbyInboundMessage message = {
    .whatsapp_message_id = (char *)"wamid.picture",
    .customer.wa_id = (char *)"34600111222",
    .type = LOBBY_MESSAGE_IMAGE,
    .media_remote_id = (char *)"1",
    .timestamp = lobby_clock_now (),
    .arrived_at = lobby_clock_now (),
  };
  LobbyMediaFacts facts = { .mime_type = (char *)"image/jpeg", .size = 3, .width = 640, .height = 480 };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) jobs = NULL;
  g_autoptr (GPtrArray) to_draw = NULL;
  g_autoptr (GPtrArray) nothing = NULL;
  g_autoptr (JsonObject) payload = NULL;
  g_autofree char *sha256 = upload (fixture, "document", "two");
  g_autofree char *picture = g_compute_checksum_for_string (G_CHECKSUM_SHA256, "one", -1);
  JsonObject *thumbnail;
  gboolean was_new;

  facts.sha256 = picture;
  g_assert_true (lobby_storage (fixture->storage, receive_message, fixture->connection, &message, &was_new, &error));
  jobs = lobby_storage (fixture->storage, list_media_jobs, 10);
  g_assert_true (lobby_storage (fixture->storage, media_ready, ((LobbyMediaJob *)g_ptr_array_index (jobs, 0))->message_id, &facts, &error));
  to_draw = lobby_storage (fixture->storage, list_files_to_draw, 10);
  g_assert_cmpuint (to_draw->len, ==, 1); /* documents want none */
  g_assert_cmpstr (((LobbyMediaFile *)g_ptr_array_index (to_draw, 0))->sha256, ==, picture);
  g_assert_true (lobby_storage (fixture->storage, set_thumbnail, picture, LOBBY_THUMBNAIL_READY, 320, 240, &error));
  g_assert_no_error (error);
  storage_fixture_flush (fixture);
  g_assert_cmpstr (storage_fixture_event_name (fixture, -1), ==, "message:updated");
  payload = storage_fixture_payload (fixture, -1);
  thumbnail = lobby_json_get_object (lobby_json_get_object (payload, "metadata"), "thumbnail");
  g_assert_cmpint (json_object_get_int_member (thumbnail, "width"), ==, 320);
  g_assert_cmpint (json_object_get_int_member (thumbnail, "height"), ==, 240);
  nothing = lobby_storage (fixture->storage, list_files_to_draw, 10);
  g_assert_cmpuint (nothing->len, ==, 0);
  storage_fixture_check_log (fixture);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add ("/server/storage/files/" path, StorageFixture, NULL, storage_fixture_set_up, function, storage_fixture_tear_down)
  ADD ("forgetting", test_forgetting);
  ADD ("kept-again", test_kept_again);
  ADD ("thumbnails", test_thumbnails);
  return g_test_run ();
}
