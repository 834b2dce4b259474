/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lobby-typing.h"
#include "lobby-wire-records.h"

#include "events.h"
#include "loop.h"

static LobbyStore *store;
static LobbyTyping *typing;
static GString *told;

static void
on_tell (LobbyTyping *unused,
         LobbyConversation *conversation,
         gboolean active,
         gpointer data)
{
  g_string_append_printf (told, "%s%s;", active ? "+" : "-", lobby_conversation_get_id (conversation));
}

static LobbyConversation *
make_conversation (const char *id)
{
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();
  g_autofree char *contact_text = contact_json (id);
  g_autofree char *text = conversation_json (id, "", 1, 1);
  g_autoptr (JsonObject) contact_object = json_of ("%s", contact_text);
  g_autoptr (JsonObject) object = json_of ("%s", text);
  g_autoptr (LobbyWireContact) contact = lobby_wire_contact_from_json (contact_object, NULL);
  g_autoptr (LobbyWireConversation) conversation = lobby_wire_conversation_from_json (object, NULL);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (changes->contacts, lobby_contact_record_from_wire (contact));
  g_ptr_array_add (changes->conversations, lobby_conversation_record_from_wire (conversation));
  g_assert_true (lobby_store_apply (store, changes, &error));
  return lobby_store_get_conversation (store, id);
}

static void
test_own (void)
{
  g_autoptr (LobbyConversation) first = make_conversation ("v1");
  g_autoptr (LobbyConversation) second = make_conversation ("v2");

  for (int i = 0; i < 20; i++)
    lobby_typing_set_own (typing, first, TRUE);
  g_assert_cmpstr (told->str, ==, "+v1;");
  lobby_typing_set_own (typing, second, FALSE);
  g_assert_cmpstr (told->str, ==, "+v1;");
  lobby_typing_set_own (typing, second, TRUE);
  g_assert_cmpstr (told->str, ==, "+v1;-v1;+v2;");
  lobby_typing_set_own (typing, second, FALSE);
  lobby_typing_set_own (typing, second, FALSE);
  g_assert_cmpstr (told->str, ==, "+v1;-v1;+v2;-v2;");
  lobby_typing_set_own (typing, second, TRUE);
  g_assert_cmpstr (told->str, ==, "+v1;-v1;+v2;-v2;+v2;");
  /* Without a connection nobody can be told of an end. */
  lobby_typing_clear (typing);
  g_assert_cmpstr (told->str, ==, "+v1;-v1;+v2;-v2;+v2;");
}

static void
test_theirs (void)
{
  g_autoptr (LobbyConversation) conversation = make_conversation ("v1");

  lobby_typing_set_customer (typing, "v1", TRUE);
  lobby_typing_set_customer (typing, "v1", TRUE);
  g_assert_true (lobby_conversation_get_customer_typing (conversation));
  lobby_typing_set_customer (typing, "v1", FALSE);
  g_assert_false (lobby_conversation_get_customer_typing (conversation));

  lobby_typing_set_agent (typing, "v1", "a1", "Ana", TRUE);
  lobby_typing_set_agent (typing, "v1", "a2", "Ben", TRUE);
  g_assert_cmpstr (lobby_conversation_get_typing_agent (conversation), ==, "Ben");
  lobby_typing_set_agent (typing, "v1", "a1", "Ana", FALSE);
  g_assert_cmpstr (lobby_conversation_get_typing_agent (conversation), ==, "Ben");
  lobby_typing_set_agent (typing, "v1", "a2", "Ben", FALSE);
  g_assert_null (lobby_conversation_get_typing_agent (conversation));

  lobby_typing_set_customer (typing, "v1", TRUE);
  lobby_typing_set_agent (typing, "v1", "a1", "Ana", TRUE);
  lobby_typing_clear (typing);
  g_assert_false (lobby_conversation_get_customer_typing (conversation));
  g_assert_null (lobby_conversation_get_typing_agent (conversation));
}

/* The real seconds; only with -m slow. */
static void
test_silence (void)
{
  g_autoptr (LobbyConversation) conversation = make_conversation ("v1");

  g_string_truncate (told, 0);
  lobby_typing_set_own (typing, conversation, TRUE);
  lobby_typing_set_agent (typing, "v1", "a1", "Ana", TRUE);
  loop_until (dex_timeout_new_msec (LOBBY_TYPING_REPEAT + 50), NULL);
  lobby_typing_set_own (typing, conversation, TRUE);
  g_assert_cmpstr (told->str, ==, "+v1;+v1;");
  loop_until (dex_timeout_new_msec (LOBBY_TYPING_SILENCE + 50), NULL);
  g_assert_cmpstr (told->str, ==, "+v1;+v1;-v1;");
  loop_until (dex_timeout_new_msec (LOBBY_TYPING_AGENT - LOBBY_TYPING_REPEAT - LOBBY_TYPING_SILENCE), NULL);
  g_assert_null (lobby_conversation_get_typing_agent (conversation));
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  int failed;

  dex_init ();
  g_test_init (&argc, &argv, NULL);
  told = g_string_new (NULL);
  store = lobby_store_open (":memory:", &error);
  g_assert_no_error (error);
  typing = lobby_typing_new (store);
  g_signal_connect (typing, "tell", G_CALLBACK (on_tell), NULL);
  g_test_add_func ("/typing/own", test_own);
  g_test_add_func ("/typing/theirs", test_theirs);
  if (g_test_slow ())
    g_test_add_func ("/typing/silence", test_silence);
  failed = g_test_run ();
  loop_until (dex_future_new_true (), NULL);
  g_assert_finalize_object (typing);
  g_assert_finalize_object (store);
  g_string_free (told, TRUE);
  return failed;
}
