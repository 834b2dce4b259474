/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "lobby-account-private.h"
#include "lobby-wire-records.h"

#include "events.h"
#include "stand-in.h"

static LobbyAccount *account;
static guint n_requests;

static void
take_receipt (const char *message,
              const char *status)
{
  g_autoptr (JsonObject) json = json_of ("{\"seq\":1,\"businessProfileId\":\"b1\",\"messageId\":\"%s\",\"contactId\":\"c-v1\",\"conversationId\":\"v1\","
                                         "\"status\":\"%s\",\"at\":\"2026-11-22T10:00:01.000Z\"}",
                                         message, status);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyWireEvent) event = lobby_wire_event_from_json ("message:status", json, &error);
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();

  g_assert_no_error (error);
  lobby_change_set_add_event (changes, event);
  g_assert_true (lobby_store_apply (lobby_account_get_store (account), changes, NULL));
  lobby_account_take_event (account, event, TRUE);
}

/* The state of the moment in which it is asked; a moment later the customer reads m1. */
static void
on_request (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer data)
{
  g_autofree char *text = g_strdup_printf ("{\"messages\":[{\"id\":\"m1\",\"conversation_id\":\"v1\",\"contact_id\":\"c-v1\",\"connection_id\":\"n1\","
                                           "\"direction\":\"outbound\",\"message_type\":\"text\",\"content\":\"hello\",\"status\":\"%s\","
                                           "\"created_at\":\"2026-11-22T09:00:00.000Z\",\"updated_at\":\"2026-11-22T10:00:00.000Z\"}],\"has_more\":true}",
                                           n_requests == 0 ? "delivered" : "read");

  g_assert_true (g_str_has_prefix (path, "/api/messages/c-v1"));
  if (n_requests++ == 0)
    take_receipt ("m1", "read");
  stand_in_answer (message, 200, text);
}

static LobbyConversation *
add_conversation (LobbyStore *store)
{
  g_autoptr (JsonObject) event = message_event ("v1", 40000);
  g_autoptr (LobbyWireEvent) wire = lobby_wire_event_from_json ("message:new", event, NULL);
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();

  lobby_change_set_add_event (changes, wire);
  g_assert_true (lobby_store_apply (store, changes, NULL));
  return lobby_store_get_conversation (store, "v1");
}

/* A receipt that comes while its message is on its way finds it, too. */
static void
test_overtaken_by_receipt (void)
{
  g_autofree char *url = NULL;
  g_autofree char *folder = g_dir_make_tmp ("lobby-history-XXXXXX", NULL);
  SoupServer *server = stand_in_new (on_request, NULL, &url);
  LobbyIdentity *identity = g_new0 (LobbyIdentity, 1);
  g_autoptr (LobbyStore) store = lobby_store_open (":memory:", NULL);
  g_autoptr (LobbyConversation) conversation = NULL;
  g_autoptr (LobbyMessage) message = NULL;
  g_autoptr (GError) error = NULL;

  identity->id = g_strdup ("one");
  identity->server_url = g_strdup (url);
  account = lobby_account_new (identity, g_object_ref (store), folder);
  lobby_account_set_token (account, "token");
  conversation = add_conversation (store);

  g_assert_nonnull (loop_until (lobby_account_load_older (account, conversation), &error));
  g_assert_no_error (error);
  message = lobby_store_get_message (store, "m1");
  g_assert_cmpint (lobby_message_get_status (message), ==, LOBBY_MODEL_STATUS_READ);
  g_assert_cmpuint (n_requests, ==, 2);
  g_assert_true (lobby_store_is_in_history (store, message));

  /* What is known takes its receipts itself. */
  take_receipt ("m1", "played");
  g_assert_nonnull (loop_until (lobby_account_load_older (account, conversation), &error));
  g_assert_cmpuint (n_requests, ==, 3);

  g_clear_object (&message);
  g_clear_object (&conversation);
  lobby_account_close (account);
  g_assert_finalize_object (account);
  stand_in_free (server);
  g_rmdir (folder);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  dex_init ();
  g_test_add_func ("/history/overtaken-by-receipt", test_overtaken_by_receipt);
  return g_test_run ();
}
