/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The app's client library with a keyboard of its own, for tests of whole processes:
 *   agent DATA_FOLDER SERVER USER PASSWORD
 * signs in, or goes on with the account that lies in the folder. Reads commands, answers each with one line of JSON:
 *   status                 {"state","retry_at","outbox","unread","conversations":[{"id","name","unread"}],"notified"}
 *   send CONVERSATION TEXT {"client_id"}, once it is durable
 *   messages CONVERSATION  [{"id","client_id","content","outbound","status"}], oldest first, all of them
 *   older CONVERSATION     {"any"}
 *   read CONVERSATION      {}
 *   typing CONVERSATION    {}
 *   typists CONVERSATION   {"customer","agent"}
 *   sign-out               {}
 */
#include "lobby-accounts.h"
#include "lobby-async.h"
#include "lobby-json.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>

static GMainLoop *loop;
static LobbyAccounts *accounts;
static LobbyAccount *account;
static guint n_notified;
static GHashTable *held; /* conversations asked about: as a window would hold their rows */

static void
answer (JsonNode *node)
{
  g_autofree char *text = lobby_json_to_string (node);

  puts (text);
  fflush (stdout);
}

/* Takes @object. */
static void
answer_object (JsonObject *object)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);

  json_node_take_object (node, object);
  answer (node);
}

static void
answer_error (const GError *error)
{
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "error", error->message);
  answer_object (object);
}

static const char *
state_name (void)
{
  g_autoptr (GEnumClass) klass = g_type_class_ref (LOBBY_TYPE_CONNECTION_STATE);

  return g_enum_get_value (klass, (int)lobby_account_get_state (account))->value_nick;
}

static void
show_status (void)
{
  LobbyStore *store = lobby_account_get_store (account);
  g_autoptr (GPtrArray) list = lobby_store_load_conversations (store, NULL, 0, NULL, 1000);
  JsonArray *conversations = json_array_new ();
  JsonObject *object = json_object_new ();

  for (guint i = 0; i < list->len; i++)
    {
      LobbyConversation *conversation = g_ptr_array_index (list, i);
      JsonObject *one = json_object_new ();

      json_object_set_string_member (one, "id", lobby_conversation_get_id (conversation));
      json_object_set_string_member (one, "name", lobby_contact_get_display_name (lobby_conversation_get_contact (conversation)));
      json_object_set_int_member (one, "unread", lobby_conversation_get_unread_count (conversation));
      json_array_add_object_element (conversations, one);
    }
  json_object_set_string_member (object, "state", state_name ());
  json_object_set_int_member (object, "retry_at", lobby_account_get_retry_at (account));
  json_object_set_int_member (object, "outbox", lobby_store_outbox_size (store));
  json_object_set_int_member (object, "unread", lobby_store_total_unread (store));
  json_object_set_int_member (object, "notified", n_notified);
  json_object_set_array_member (object, "conversations", conversations);
  answer_object (object);
}

static void
send_text (LobbyConversation *conversation,
           const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyMessage) message = lobby_account_send_text (account, conversation, text, NULL, &error);
  JsonObject *object;

  if (message == NULL)
    {
      answer_error (error);
      return;
    }

  object = json_object_new ();
  json_object_set_string_member (object, "client_id", lobby_message_get_client_id (message));
  answer_object (object);
}

static void
show_messages (LobbyConversation *conversation)
{
  g_autoptr (GPtrArray) messages = lobby_store_load_latest (lobby_account_get_store (account), lobby_conversation_get_id (conversation), 100000);
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_ARRAY);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < messages->len; i++)
    {
      LobbyMessage *message = g_ptr_array_index (messages, i);
      JsonObject *one = json_object_new ();

      lobby_json_set_string (one, "id", lobby_message_get_id (message));
      lobby_json_set_string (one, "client_id", lobby_message_get_client_id (message));
      json_object_set_string_member (one, "content", lobby_message_get_content (message));
      json_object_set_boolean_member (one, "outbound", lobby_message_is_outbound (message));
      json_object_set_int_member (one, "status", lobby_message_get_status (message));
      json_array_add_object_element (array, one);
    }
  json_node_take_array (node, array);
  answer (node);
}

static void
show_typists (LobbyConversation *conversation)
{
  JsonObject *object = json_object_new ();

  json_object_set_boolean_member (object, "customer", lobby_conversation_get_customer_typing (conversation));
  lobby_json_set_string (object, "agent", lobby_conversation_get_typing_agent (conversation));
  answer_object (object);
}

static DexFuture *
on_older (DexFuture *future,
          gpointer data)
{
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (future, &error);
  JsonObject *object;

  if (value == NULL)
    {
      answer_error (error);
      return dex_future_new_true ();
    }

  object = json_object_new ();
  json_object_set_boolean_member (object, "any", g_value_get_boolean (value));
  answer_object (object);
  return dex_future_new_true ();
}

static DexFuture *
on_signed_out (DexFuture *future,
               gpointer data)
{
  answer_object (json_object_new ());
  g_main_loop_quit (loop);
  return dex_future_new_true ();
}

static void
run_with_conversation (const char *verb,
                       LobbyConversation *conversation,
                       const char *rest)
{
  g_autoptr (GError) error = NULL;

  if (strcmp (verb, "send") == 0)
    send_text (conversation, rest);
  else if (strcmp (verb, "messages") == 0)
    show_messages (conversation);
  else if (strcmp (verb, "older") == 0)
    dex_future_disown (dex_future_finally (lobby_account_load_older (account, conversation), on_older, NULL, NULL));
  else if (strcmp (verb, "typists") == 0)
    show_typists (conversation);
  else if (strcmp (verb, "typing") == 0)
    {
      lobby_account_set_typing (account, conversation, TRUE);
      answer_object (json_object_new ());
    }
  else if (strcmp (verb, "read") == 0)
    {
      if (lobby_account_mark_read (account, conversation, &error))
        answer_object (json_object_new ());
      else
        answer_error (error);
    }
}

static void
run (char *line)
{
  g_auto (GStrv) words = g_strsplit (g_strchomp (line), " ", 3);
  g_autoptr (LobbyConversation) conversation = NULL;
  g_autoptr (GError) error = NULL;

  if (g_strcmp0 (words[0], "status") == 0)
    show_status ();
  else if (g_strcmp0 (words[0], "sign-out") == 0)
    dex_future_disown (dex_future_finally (lobby_accounts_sign_out (accounts, account), on_signed_out, NULL, NULL));
  else if (words[0] != NULL && words[1] != NULL
           && (conversation = lobby_store_get_conversation (lobby_account_get_store (account), words[1])) != NULL)
    {
      g_hash_table_add (held, g_object_ref (conversation));
      run_with_conversation (words[0], conversation, words[2] != NULL ? words[2] : "");
    }
  else
    {
      error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no such command or conversation");
      answer_error (error);
    }
}

static gboolean
on_input (GIOChannel *channel,
          GIOCondition condition,
          gpointer data)
{
  g_autofree char *line = NULL;

  if (g_io_channel_read_line (channel, &line, NULL, NULL, NULL) != G_IO_STATUS_NORMAL)
    {
      g_main_loop_quit (loop);
      return G_SOURCE_REMOVE;
    }

  run (line);
  return G_SOURCE_CONTINUE;
}

static void
on_notify (void)
{
  n_notified++;
}

static void
begin (LobbyAccount *found)
{
  GIOChannel *input = g_io_channel_unix_new (0);

  account = g_object_ref (found);
  g_signal_connect (account, "notify-message", G_CALLBACK (on_notify), NULL);
  g_io_add_watch (input, G_IO_IN | G_IO_HUP, on_input, NULL);
  g_io_channel_unref (input);
  printf ("Ready\n");
  fflush (stdout);
}

static DexFuture *
on_signed_in (DexFuture *future,
              gpointer data)
{
  g_autoptr (GError) error = NULL;
  const GValue *value = dex_future_get_value (future, &error);

  if (value == NULL)
    g_error ("Cannot sign in: %s", error->message);

  begin (g_value_get_object (value));
  return dex_future_new_true ();
}

static gboolean
on_signal (gpointer data)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *cache = NULL;

  if (argc != 5)
    return 2;

  dex_init ();
  g_log_writer_default_set_use_stderr (TRUE); /* the other end of the line is for answers */
  loop = g_main_loop_new (NULL, FALSE);
  held = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  cache = g_build_filename (argv[1], "cache", NULL);
  accounts = lobby_accounts_new (argv[1], cache);
  if (!lobby_accounts_load (accounts, &error))
    g_error ("%s", error->message);

  if (g_list_model_get_n_items (G_LIST_MODEL (accounts)) > 0)
    {
      g_autoptr (LobbyAccount) known = g_list_model_get_item (G_LIST_MODEL (accounts), 0);

      lobby_account_start (known);
      begin (known);
    }
  else
    dex_future_disown (dex_future_finally (lobby_accounts_sign_in (accounts, argv[2], argv[3], argv[4]), on_signed_in, NULL, NULL));

  g_unix_signal_add (SIGTERM, on_signal, NULL);
  g_main_loop_run (loop);
  if (account != NULL)
    lobby_account_stop (account);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_pointer (&held, g_hash_table_unref);
  g_clear_object (&account);
  g_clear_object (&accounts);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_main_loop_unref (loop);

  return 0;
}
