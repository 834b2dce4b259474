/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lobby-clock.h"
#include "lobby-json.h"
#include "storage-fixture.h"

/* What agents want sent, changed and taken back, and what WhatsApp's refusals mean beyond the message. */

#define CUSTOMER "34600111222"
#define SHA256 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DAY (24 * 60 * 60 * G_GINT64_CONSTANT (1000))

static LobbyMediaFile picture = {
  .id = (char *)"upload",
  .mime_type = (char *)"image/jpeg",
  .file_name = (char *)"cake.jpg",
  .sha256 = (char *)SHA256,
  .size = 1000,
  .width = 40,
  .height = 30,
};

/* NULL: refused with @code. */
static char *
accept (StorageFixture *fixture,
        const LobbyDraft *draft,
        int code,
        gboolean existed)
{
  g_autoptr (LobbyWireConversation) conversation = storage_fixture_conversation (fixture, CUSTOMER);
  g_autoptr (GError) error = NULL;
  gboolean was_there = FALSE;
  g_autoptr (LobbyWireMessage) message = lobby_storage (fixture->storage, accept_message, fixture->agent, conversation->id, draft, &was_there, &error);

  if (code >= 0)
    {
      g_assert_null (message);
      g_assert_error (error, LOBBY_STORAGE_ERROR, code);
      return NULL;
    }
  g_assert_no_error (error);
  g_assert_cmpint (was_there, ==, existed);
  return g_strdup (message->id);
}

static char *
accept_picture (StorageFixture *fixture,
                const char *client_id)
{
  const LobbyDraft draft = { .client_id = (char *)client_id, .type = LOBBY_MESSAGE_IMAGE, .content = (char *)"Look", .upload_id = (char *)"upload", .media = &picture };

  return accept (fixture, &draft, -1, FALSE);
}

static void
status (StorageFixture *fixture,
        const char *message_id,
        const char *wamid,
        LobbyStatus how,
        LobbyConsequence consequence)
{
  const LobbyInboundStatus report = {
    .whatsapp_message_id = (char *)wamid,
    .opaque = (char *)message_id,
    .status = how,
    .timestamp = lobby_clock_now (),
    .error_code = how == LOBBY_STATUS_FAILED ? 131000 : 0,
    .consequence = consequence,
  };
  g_autoptr (GError) error = NULL;

  g_assert_true (lobby_storage (fixture->storage, receive_status, fixture->connection, &report, &error));
  g_assert_no_error (error);
}

static guint
count_heads (StorageFixture *fixture)
{
  g_autoptr (GPtrArray) heads = lobby_storage (fixture->storage, list_outbound_heads, fixture->connection, 100);

  return heads->len;
}

static gboolean
has_event (StorageFixture *fixture,
           const char *name)
{
  storage_fixture_flush (fixture);
  for (guint i = 0; i < fixture->events->len; i++)
    {
      if (strcmp (storage_fixture_event_name (fixture, (int)i), name) == 0)
        return TRUE;
    }
  return FALSE;
}

static void
test_drafts (StorageFixture *fixture,
             gconstpointer data)
{
  LobbyDraft draft = { .client_id = (char *)"p", .type = LOBBY_MESSAGE_IMAGE, .content = (char *)"Look", .upload_id = (char *)"upload", .media = &picture };
  LobbyDraft late = { .client_id = (char *)"l", .type = LOBBY_MESSAGE_TEXT, .content = (char *)"Hi", .needs_window = TRUE };
  g_autofree char *id = NULL, *again = NULL, *place = NULL, *reaction = NULL;
  g_autoptr (JsonObject) metadata = lobby_json_parse_object ("{\"location\":{\"latitude\":1,\"longitude\":2}}", -1, NULL);
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (LobbyWireConversation) conversation = NULL;
  g_autoptr (LobbyOutbound) work = NULL;

  storage_fixture_say (fixture, CUSTOMER, "wamid.1", "hi", lobby_clock_now () - 2 * DAY);
  accept (fixture, &late, LOBBY_STORAGE_ERROR_WINDOW_CLOSED, FALSE);
  storage_fixture_say (fixture, CUSTOMER, "wamid.2", "hi", 0);
  g_free (accept (fixture, &late, -1, FALSE));

  id = accept (fixture, &draft, -1, FALSE);
  message = lobby_storage (fixture->storage, get_message, id);
  g_assert_cmpstr (lobby_json_get_string (message->metadata, "media_state", 16), ==, "ready");
  g_assert_cmpint (lobby_json_get_int_or (message->metadata, "width", 0), ==, 40);
  g_assert_nonnull (message->media_url);
  /* The upload is gone by the time the client asks again: it is the same message all the same, but no new one. */
  draft.media = NULL;
  again = accept (fixture, &draft, -1, TRUE);
  g_assert_cmpstr (again, ==, id);
  draft.content = (char *)"Other";
  accept (fixture, &draft, LOBBY_STORAGE_ERROR_CLIENT_ID_REUSED, FALSE);
  draft.client_id = (char *)"q";
  accept (fixture, &draft, LOBBY_STORAGE_ERROR_NO_UPLOAD, FALSE);

  place = accept (fixture, &(LobbyDraft){ .client_id = (char *)"w", .type = LOBBY_MESSAGE_LOCATION, .metadata = metadata }, -1, FALSE);
  reaction = accept (fixture, &(LobbyDraft){ .client_id = (char *)"r", .type = LOBBY_MESSAGE_REACTION, .content = (char *)"👍", .reaction_id = place }, -1, FALSE);
  accept (fixture, &(LobbyDraft){ .client_id = (char *)"s", .type = LOBBY_MESSAGE_REACTION, .content = (char *)"👍", .reaction_id = (char *)"none" },
          LOBBY_STORAGE_ERROR_NOT_FOUND, FALSE);
  conversation = storage_fixture_conversation (fixture, CUSTOMER);
  g_assert_cmpint (conversation->message_count_out, ==, 3);

  /* Only the head is worked on, with all that it needs; a reaction has its target's id by its turn. */
  g_assert_cmpuint (count_heads (fixture), ==, 1);
  {
    g_autoptr (LobbyWireMessage) first = lobby_storage (fixture->storage, find_message_by_client_id, fixture->business, "l");

    storage_fixture_sent (fixture, first->id, "wamid.l");
  }
  work = storage_fixture_work (fixture, id);
  g_assert_cmpstr (work->media->sha256, ==, SHA256);
  g_assert_true (g_str_has_suffix (work->media->path, SHA256));
  g_assert_cmpstr (work->media->mime_type, ==, "image/jpeg");
  g_assert_cmpstr (work->content, ==, "Look");
  storage_fixture_sent (fixture, id, "wamid.p");
  storage_fixture_sent (fixture, place, "wamid.w");
  g_clear_pointer (&work, lobby_outbound_free);
  work = storage_fixture_work (fixture, reaction);
  g_assert_cmpstr (work->target_whatsapp_id, ==, "wamid.w");
  g_assert_cmpuint (lobby_storage (fixture->storage, count_sent, conversation->id, lobby_clock_now () - 60000), ==, 3);
  g_assert_cmpuint (lobby_storage (fixture->storage, count_sent, conversation->id, lobby_clock_now () + 60000), ==, 0);
  storage_fixture_flush (fixture);
  storage_fixture_check_log (fixture);
}

static LobbyWireMessage *
change (StorageFixture *fixture,
        const char *message_id,
        LobbyOutboundAction action,
        const char *text)
{
  g_autoptr (GError) error = NULL;
  LobbyWireMessage *changed = lobby_storage (fixture->storage, accept_change, message_id, action, text, &error);

  g_assert_no_error (error);
  return changed;
}

static void
test_changes (StorageFixture *fixture,
              gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (LobbyWireMessage) edited = NULL;
  g_autoptr (LobbyWireMessage) revoked = NULL;
  g_autoptr (GError) error = NULL;

  storage_fixture_say (fixture, CUSTOMER, "wamid.1", "hi", 0);
  id = storage_fixture_answer (fixture, CUSTOMER, "c", "teh cake");
  lobby_wire_message_free (change (fixture, id, LOBBY_OUTBOUND_EDIT, "tha cake"));
  edited = change (fixture, id, LOBBY_OUTBOUND_EDIT, "the cake");
  g_assert_cmpstr (edited->content, ==, "teh cake");
  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (edited->metadata, "change"), "state", 16), ==, "pending");

  /* It waits behind the message itself, and the first edit was never begun. */
  storage_fixture_sent (fixture, id, "wamid.c");
  {
    g_autoptr (LobbyOutbound) work = storage_fixture_work (fixture, id);

    g_assert_cmpint (work->action, ==, LOBBY_OUTBOUND_EDIT);
    g_assert_cmpstr (work->content, ==, "the cake");
    g_assert_cmpstr (work->target_whatsapp_id, ==, "wamid.c");
    g_assert_true (lobby_storage (fixture->storage, outbound_sent, work, "x", &error));
  }
  g_assert_cmpuint (count_heads (fixture), ==, 0);
  lobby_wire_message_free (edited);
  edited = lobby_storage (fixture->storage, get_message, id);
  g_assert_cmpstr (edited->content, ==, "the cake");
  g_assert_cmpstr (edited->whatsapp_message_id, ==, "wamid.c");
  g_assert_true (json_object_has_member (edited->metadata, "edited_at"));
  g_assert_false (json_object_has_member (edited->metadata, "change"));

  /* A change that WhatsApp refuses leaves the message as it is. */
  lobby_wire_message_free (change (fixture, id, LOBBY_OUTBOUND_EDIT, "a cake"));
  {
    g_autoptr (LobbyOutbound) work = storage_fixture_work (fixture, id);

    g_assert_true (lobby_storage (fixture->storage, outbound_failed, work, 7, "Too late", "It is older than 15 minutes", LOBBY_CONSEQUENCE_NONE, &error));
  }
  lobby_wire_message_free (edited);
  edited = lobby_storage (fixture->storage, get_message, id);
  g_assert_cmpstr (edited->content, ==, "the cake");
  g_assert_cmpint (edited->status, ==, LOBBY_STATUS_SENT);
  g_assert_cmpstr (lobby_json_get_string (lobby_json_get_object (edited->metadata, "change"), "state", 16), ==, "failed");

  lobby_wire_message_free (change (fixture, id, LOBBY_OUTBOUND_REVOKE, NULL));
  g_assert_null (lobby_storage (fixture->storage, accept_change, id, LOBBY_OUTBOUND_EDIT, "no", &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS);
  g_clear_error (&error);
  storage_fixture_sent (fixture, id, "x");
  revoked = lobby_storage (fixture->storage, get_message, id);
  g_assert_null (revoked->content);
  g_assert_true (json_object_has_member (revoked->metadata, "revoked_at"));
  g_assert_true (json_object_has_member (revoked->metadata, "status_times"));
  g_assert_null (lobby_storage (fixture->storage, accept_change, id, LOBBY_OUTBOUND_REVOKE, NULL, &error));
  g_assert_error (error, LOBBY_STORAGE_ERROR, LOBBY_STORAGE_ERROR_EXISTS);
  g_assert_true (has_event (fixture, "message:updated"));
  storage_fixture_check_log (fixture);
}

static void
test_closed_window (StorageFixture *fixture,
                    gconstpointer data)
{
  g_autofree char *id = NULL, *later = NULL;
  g_autoptr (LobbyWireConversation) closed = NULL;
  g_autoptr (LobbyWireConversation) open = NULL;

  storage_fixture_say (fixture, CUSTOMER, "wamid.1", "hi", lobby_clock_now () - 60000);
  id = storage_fixture_answer (fixture, CUSTOMER, "c", "hello");
  storage_fixture_sent (fixture, id, "wamid.c");
  status (fixture, id, "wamid.c", LOBBY_STATUS_FAILED, LOBBY_CONSEQUENCE_WINDOW_CLOSED);
  closed = storage_fixture_conversation (fixture, CUSTOMER);
  g_assert_cmpint (closed->window_expires_at, <, lobby_clock_now ());
  accept (fixture, &(LobbyDraft){ .client_id = (char *)"e", .type = LOBBY_MESSAGE_TEXT, .content = (char *)"Hi", .needs_window = TRUE },
          LOBBY_STORAGE_ERROR_WINDOW_CLOSED, FALSE);
  g_assert_true (has_event (fixture, "conversation:updated"));
  {
    g_autoptr (JsonObject) payload = NULL;
    JsonObject *told;

    for (int i = 0; i < (int)fixture->events->len; i++)
      {
        if (strcmp (storage_fixture_event_name (fixture, i), "conversation:updated") == 0)
          payload = storage_fixture_payload (fixture, i);
      }
    told = lobby_json_get_object (payload, "conversation");
    g_assert_cmpint (lobby_json_get_int_or (told, "seq", 0), ==, lobby_json_get_int_or (payload, "seq", -1));
  }

  /* The customer wrote before the refusal of an older message was told: that says nothing about now. */
  later = storage_fixture_answer (fixture, CUSTOMER, "d", "hello?");
  storage_fixture_sent (fixture, later, "wamid.d");
  storage_fixture_say (fixture, CUSTOMER, "wamid.2", "yes", lobby_clock_now () + 1000);
  status (fixture, later, "wamid.d", LOBBY_STATUS_FAILED, LOBBY_CONSEQUENCE_WINDOW_CLOSED);
  open = storage_fixture_conversation (fixture, CUSTOMER);
  g_assert_cmpint (open->window_expires_at, >, lobby_clock_now ());
  storage_fixture_flush (fixture);
  storage_fixture_check_log (fixture);
}

static void
test_sent_again (StorageFixture *fixture,
                 gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autofree char *remote = NULL;
  g_autoptr (LobbyOutbound) first = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  storage_fixture_say (fixture, CUSTOMER, "wamid.1", "hi", 0);
  id = accept_picture (fixture, "p");
  g_assert_true (lobby_storage (fixture->storage, set_remote_file, fixture->connection, SHA256, "image/jpeg", "77", &error));
  remote = lobby_storage (fixture->storage, dup_remote_file, fixture->connection, SHA256, "image/jpeg", 0);
  g_assert_cmpstr (remote, ==, "77");
  g_assert_null (lobby_storage (fixture->storage, dup_remote_file, fixture->connection, SHA256, "image/jpeg", lobby_clock_now () + 1000));
  g_assert_null (lobby_storage (fixture->storage, dup_remote_file, fixture->connection, SHA256, "image/png", 0));

  /* The report overtakes the answer to the send, which then says nothing new. */
  first = storage_fixture_work (fixture, id);
  status (fixture, id, "wamid.first", LOBBY_STATUS_FAILED, LOBBY_CONSEQUENCE_UPLOAD_AGAIN);
  g_assert_null (lobby_storage (fixture->storage, dup_remote_file, fixture->connection, SHA256, "image/jpeg", 0));
  g_assert_cmpuint (count_heads (fixture), ==, 1);
  g_assert_true (lobby_storage (fixture->storage, outbound_sent, first, "wamid.first", &error));
  status (fixture, id, "wamid.first", LOBBY_STATUS_SENT, LOBBY_CONSEQUENCE_NONE);
  status (fixture, id, "wamid.first", LOBBY_STATUS_FAILED, LOBBY_CONSEQUENCE_UPLOAD_AGAIN);
  g_assert_cmpuint (count_heads (fixture), ==, 1);
  message = lobby_storage (fixture->storage, get_message, id);
  g_assert_null (message->whatsapp_message_id);
  g_assert_cmpint (message->status, !=, LOBBY_STATUS_FAILED);

  /* Once: the second time it failed. */
  storage_fixture_sent (fixture, id, "wamid.second");
  g_assert_cmpuint (count_heads (fixture), ==, 0);
  status (fixture, id, "wamid.second", LOBBY_STATUS_FAILED, LOBBY_CONSEQUENCE_UPLOAD_AGAIN);
  lobby_wire_message_free (message);
  message = lobby_storage (fixture->storage, get_message, id);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_FAILED);
  g_assert_cmpstr (message->whatsapp_message_id, ==, "wamid.second");
  g_assert_cmpuint (count_heads (fixture), ==, 0);
  storage_fixture_flush (fixture);
  storage_fixture_check_log (fixture);
}

/* A reason that passes, told after the message was taken. */
static void
test_sent_later (StorageFixture *fixture,
                 gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;

  storage_fixture_say (fixture, CUSTOMER, "wamid.1", "hi", 0);
  id = storage_fixture_answer (fixture, CUSTOMER, "c", "hello");
  for (int i = 0; i < 6; i++)
    {
      g_autofree char *wamid = g_strdup_printf ("wamid.try%d", i);
      g_autoptr (LobbyOutbound) work = NULL;

      storage_fixture_sent (fixture, id, wamid);
      status (fixture, id, wamid, LOBBY_STATUS_FAILED, LOBBY_CONSEQUENCE_SEND_AGAIN);
      status (fixture, id, wamid, LOBBY_STATUS_FAILED, LOBBY_CONSEQUENCE_SEND_AGAIN);
      g_assert_cmpuint (count_heads (fixture), ==, i < 5 ? 1 : 0);
      work = storage_fixture_work (fixture, id);
      if (i < 5)
        g_assert_cmpint (work->next_attempt_at, >=, lobby_clock_now () + (10000 << (2 * i)) - 5000);
    }
  message = lobby_storage (fixture->storage, get_message, id);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_FAILED);
  g_assert_cmpstr (message->whatsapp_message_id, ==, "wamid.try5");
  storage_fixture_flush (fixture);
  storage_fixture_check_log (fixture);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/server/storage/sending/" name, StorageFixture, NULL, storage_fixture_set_up, function, storage_fixture_tear_down)
  ADD ("drafts", test_drafts);
  ADD ("changes", test_changes);
  ADD ("closed-window", test_closed_window);
  ADD ("sent-again", test_sent_again);
  ADD ("sent-later", test_sent_later);
  return g_test_run ();
}
