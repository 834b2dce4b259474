/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "storage-fixture.h"

#include "lobby-json.h"

#define CUSTOMER "34600111222"

/* Reports about one message, in every order. The answer to the send is one of them. */
enum
{
  ANSWER,
  SENT,
  DELIVERED,
  READ,
  N_REPORTS,
};

static void
report (StorageFixture *fixture,
        int which,
        const char *message_id,
        gboolean with_opaque)
{
  const LobbyStatus statuses[] = { [SENT] = LOBBY_STATUS_SENT, [DELIVERED] = LOBBY_STATUS_DELIVERED, [READ] = LOBBY_STATUS_READ };
  g_autofree char *wamid = g_strconcat ("wamid.", message_id, NULL);

  if (which != ANSWER)
    storage_fixture_status (fixture, wamid, with_opaque ? message_id : NULL, statuses[which]);
  else
    storage_fixture_sent (fixture, message_id, wamid);
}

/* What a client that follows the events believes in the end. */
static LobbyStatus
followed_status (StorageFixture *fixture,
                 const char *message_id)
{
  LobbyStatus status = LOBBY_STATUS_PENDING;

  for (guint i = 0; i < fixture->events->len; i++)
    {
      g_autoptr (JsonObject) payload = storage_fixture_payload (fixture, (int)i);
      const char *name = storage_fixture_event_name (fixture, (int)i);
      const char *id = lobby_json_get_string (payload, g_str_equal (name, "message:status") ? "messageId" : "id", 512);
      LobbyStatus next;

      if (g_strcmp0 (id, message_id) != 0 || g_str_equal (name, "message:new"))
        continue;
      g_assert_true (lobby_status_from_string (json_object_get_string_member (payload, "status"), &next));
      g_assert_cmpint (lobby_status_merge (status, next), ==, next); /* never backwards */
      status = next;
    }
  return status;
}

static void
check_permutation (StorageFixture *fixture,
                   const int *order,
                   gboolean with_opaque,
                   int number)
{
  g_autofree char *client_id = g_strdup_printf ("c%d", number);
  g_autofree char *id = storage_fixture_answer (fixture, CUSTOMER, client_id, "hello");
  g_autofree char *wamid = g_strconcat ("wamid.", id, NULL);
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (GPtrArray) heads = NULL;
  JsonObject *times;

  for (int i = 0; i < N_REPORTS; i++)
    {
      report (fixture, order[i], id, with_opaque);
      report (fixture, order[i], id, with_opaque); /* twice, as happens */
    }
  storage_fixture_flush (fixture);
  message = lobby_storage (fixture->storage, get_message, id);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_READ);
  g_assert_cmpstr (message->whatsapp_message_id, ==, wamid);
  times = lobby_json_get_object (message->metadata, "status_times");
  g_assert_true (json_object_has_member (times, "sent"));
  g_assert_true (json_object_has_member (times, "delivered"));
  g_assert_true (json_object_has_member (times, "read"));
  g_assert_cmpint (followed_status (fixture, id), ==, LOBBY_STATUS_READ);
  heads = lobby_storage (fixture->storage, list_outbound_heads, fixture->connection, 10);
  g_assert_cmpuint (heads->len, ==, 0);
}

static int
permute (StorageFixture *fixture,
         int *order,
         int from,
         gboolean with_opaque,
         int number)
{
  if (from == N_REPORTS)
    {
      check_permutation (fixture, order, with_opaque, number);
      return number + 1;
    }
  for (int i = from; i < N_REPORTS; i++)
    {
      int swapped[N_REPORTS];

      for (int j = 0; j < N_REPORTS; j++)
        swapped[j] = order[j];
      swapped[from] = order[i];
      swapped[i] = order[from];
      number = permute (fixture, swapped, from + 1, with_opaque, number);
    }
  return number;
}

static void
test_permutations (StorageFixture *fixture,
                   gconstpointer data)
{
  int order[N_REPORTS] = { ANSWER, SENT, DELIVERED, READ };
  int number;

  storage_fixture_say (fixture, CUSTOMER, "wamid.in", "hi", 0);
  number = permute (fixture, order, 0, FALSE, 0);
  g_assert_cmpint (number, ==, 24);
  g_assert_cmpint (permute (fixture, order, 0, TRUE, number), ==, 48);
  storage_fixture_check_log (fixture);
}

static void
test_only_changes_are_told (StorageFixture *fixture,
                            gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (LobbyOutbound) work = NULL;
  guint before;

  storage_fixture_say (fixture, CUSTOMER, "wamid.in", "hi", 0);
  id = storage_fixture_answer (fixture, CUSTOMER, "c1", "hello");
  report (fixture, ANSWER, id, FALSE);
  report (fixture, READ, id, FALSE);
  storage_fixture_flush (fixture);
  before = fixture->events->len;
  report (fixture, DELIVERED, id, FALSE);
  report (fixture, READ, id, FALSE);
  report (fixture, SENT, id, FALSE);
  report (fixture, ANSWER, id, FALSE);
  storage_fixture_flush (fixture);
  g_assert_cmpuint (fixture->events->len, ==, before);
}

/* The answer to the send was lost; a status that echoes our id tells that it went out. */
static void
test_unknown_fate (StorageFixture *fixture,
                   gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (LobbyOutbound) work = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) heads = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (JsonObject) payload = NULL;

  storage_fixture_say (fixture, CUSTOMER, "wamid.in", "hi", 0);
  id = storage_fixture_answer (fixture, CUSTOMER, "c1", "hello");
  work = storage_fixture_work (fixture, id);
  g_assert_true (lobby_storage (fixture->storage, outbound_set_state, work->position, LOBBY_OUTBOUND_UNKNOWN, 1, 12345, &error));
  storage_fixture_restart (fixture);
  heads = lobby_storage (fixture->storage, list_outbound_heads, fixture->connection, 10);
  g_assert_cmpuint (heads->len, ==, 1);
  g_assert_cmpint (((LobbyOutboundHead *)g_ptr_array_index (heads, 0))->state, ==, LOBBY_OUTBOUND_UNKNOWN);
  g_assert_cmpint (((LobbyOutboundHead *)g_ptr_array_index (heads, 0))->attempts, ==, 1);
  g_assert_cmpint (((LobbyOutboundHead *)g_ptr_array_index (heads, 0))->next_attempt_at, ==, 12345);

  report (fixture, SENT, id, TRUE);
  storage_fixture_flush (fixture);
  g_assert_cmpstr (storage_fixture_event_name (fixture, -1), ==, "message:sent");
  payload = storage_fixture_payload (fixture, -1);
  g_assert_cmpstr (json_object_get_string_member (payload, "status"), ==, "sent");
  g_assert_cmpstr (json_object_get_string_member (payload, "clientId"), ==, "c1");
  message = lobby_storage (fixture->storage, get_message, id);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_SENT);
  g_assert_cmpstr (json_object_get_string_member (payload, "whatsappMessageId"), ==, message->whatsapp_message_id);
}

static void
test_failures (StorageFixture *fixture,
               gconstpointer data)
{
  g_autofree char *refused = NULL;
  g_autoptr (LobbyOutbound) work = NULL;
  g_autofree char *late = NULL;
  g_autofree char *read = NULL;
  g_autofree char *wamid = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonObject) payload = NULL;
  JsonObject *problem;

  storage_fixture_say (fixture, CUSTOMER, "wamid.in", "hi", 0);
  refused = storage_fixture_answer (fixture, CUSTOMER, "c1", "hello");
  work = storage_fixture_work (fixture, refused);
  g_assert_true (lobby_storage (fixture->storage, outbound_failed, work, 131047, "Re-engagement message", "More than 24 hours", LOBBY_CONSEQUENCE_NONE, &error));
  storage_fixture_flush (fixture);
  payload = storage_fixture_payload (fixture, -1);
  g_assert_cmpstr (json_object_get_string_member (payload, "status"), ==, "failed");
  problem = lobby_json_get_object (payload, "error");
  g_assert_cmpint (json_object_get_int_member (problem, "code"), ==, 131047);
  g_assert_cmpstr (json_object_get_string_member (problem, "title"), ==, "Re-engagement message");
  g_assert_cmpstr (json_object_get_string_member (problem, "message"), ==, "More than 24 hours");

  /* After sent it may still fail; after delivered it cannot, in whatever order that is told. */
  late = storage_fixture_answer (fixture, CUSTOMER, "c2", "hello");
  report (fixture, ANSWER, late, FALSE);
  wamid = g_strconcat ("wamid.", late, NULL);
  storage_fixture_status (fixture, wamid, NULL, LOBBY_STATUS_FAILED);
  report (fixture, DELIVERED, late, FALSE);
  read = storage_fixture_answer (fixture, CUSTOMER, "c3", "hello");
  report (fixture, ANSWER, read, FALSE);
  report (fixture, READ, read, FALSE);
  g_set_str (&wamid, NULL);
  wamid = g_strconcat ("wamid.", read, NULL);
  storage_fixture_status (fixture, wamid, NULL, LOBBY_STATUS_FAILED);
  storage_fixture_flush (fixture);
  g_assert_cmpint (followed_status (fixture, late), ==, LOBBY_STATUS_DELIVERED);
  g_assert_cmpint (followed_status (fixture, read), ==, LOBBY_STATUS_READ);
  {
    g_autoptr (LobbyWireMessage) first = lobby_storage (fixture->storage, get_message, late);
    g_autoptr (LobbyWireMessage) second = lobby_storage (fixture->storage, get_message, read);

    g_assert_false (json_object_has_member (first->metadata, "error"));
    g_assert_false (json_object_has_member (second->metadata, "error"));
  }
  storage_fixture_check_log (fixture);
}

/* The answer to a send was lost, and it was given up too early: what comes then is the truth. */
static void
test_given_up_too_early (StorageFixture *fixture,
                         gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (LobbyOutbound) work = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  storage_fixture_say (fixture, CUSTOMER, "wamid.in", "hi", 0);
  id = storage_fixture_answer (fixture, CUSTOMER, "c1", "hello");
  work = storage_fixture_work (fixture, id);
  g_assert_true (lobby_storage (fixture->storage, outbound_failed, work, 0, "May not have been sent", NULL, LOBBY_CONSEQUENCE_NONE, &error));
  storage_fixture_status (fixture, "wamid.out", id, LOBBY_STATUS_DELIVERED);
  storage_fixture_flush (fixture);
  g_assert_cmpint (followed_status (fixture, id), ==, LOBBY_STATUS_DELIVERED);
  message = lobby_storage (fixture->storage, get_message, id);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_DELIVERED);
  g_assert_false (json_object_has_member (message->metadata, "error"));
}

/* A status tied the message to WhatsApp's id while its failure was about to be written. */
static void
test_failure_comes_late (StorageFixture *fixture,
                         gconstpointer data)
{
  g_autofree char *id = NULL;
  g_autoptr (LobbyOutbound) work = NULL;
  g_autoptr (LobbyWireMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  storage_fixture_say (fixture, CUSTOMER, "wamid.in", "hi", 0);
  id = storage_fixture_answer (fixture, CUSTOMER, "c1", "hello");
  storage_fixture_status (fixture, "wamid.out", id, LOBBY_STATUS_SENT);
  work = storage_fixture_work (fixture, id);
  g_assert_true (lobby_storage (fixture->storage, outbound_failed, work, 0, "May not have been sent", NULL, LOBBY_CONSEQUENCE_NONE, &error));
  storage_fixture_flush (fixture);
  message = lobby_storage (fixture->storage, get_message, id);
  g_assert_cmpint (message->status, ==, LOBBY_STATUS_SENT);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, function) \
  g_test_add ("/server/storage/status/" path, StorageFixture, NULL, storage_fixture_set_up, function, storage_fixture_tear_down)
  ADD ("permutations", test_permutations);
  ADD ("only-changes-are-told", test_only_changes_are_told);
  ADD ("unknown-fate", test_unknown_fate);
  ADD ("failures", test_failures);
  ADD ("given-up-too-early", test_given_up_too_early);
  ADD ("failure-comes-late", test_failure_comes_late);
  return g_test_run ();
}
