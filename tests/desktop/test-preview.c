/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <gtk/gtk.h>
#include <locale.h>

#include "lobby-message-words.h"
#include "lobby-preview.h"

static void
test_strip (void)
{
  static const struct
  {
    const char *text;
    const char *stripped;
  } cases[] = {
    { "hello", "hello" },
    { "*bold* and _italic_, ~gone~", "bold and italic, gone" },
    { "*_both_*", "both" },
    { "2*3*4", "2*3*4" },
    { "snake_case_name", "snake_case_name" },
    { "* not bold*", "• not bold*" },
    { "*not closed", "*not closed" },
    { "*a\nb*", "*a b*" },
    { "`*kept*`", "*kept*" },
    { "```\ncode *x*\n```", "code *x*" },
    { "> a quote\nan answer", "a quote an answer" },
    { "a\n\n  b\tc ", "a b c" },
    { "**", "**" },
    { "~~~", "~~~" },
    { "¡*hola*!", "¡hola!" },
    { "", "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *stripped = lobby_preview_strip (cases[i].text);
      g_assert_cmpstr (stripped, ==, cases[i].stripped);
    }
}

/* Cut in the middle of a character, and nothing that a peer can send is slow or not UTF-8. */
static void
test_strip_long (void)
{
  g_autoptr (GString) text = g_string_new ("x");
  g_autofree char *stars = g_strnfill (100000, '*');
  g_autofree char *stripped = NULL;
  g_autofree char *stripped_stars = lobby_preview_strip (stars);

  for (int i = 0; i < 1000; i++)
    g_string_append (text, "é🎂");
  stripped = lobby_preview_strip (text->str);
  g_assert_true (g_utf8_validate (stripped, -1, NULL));
  g_assert_true (g_str_has_prefix (stripped, "xé🎂"));
  g_assert_false (g_str_has_suffix (stripped, "\uFFFD"));
  g_assert_cmpuint (strlen (stripped_stars), <=, 400);
}

static void
test_kinds (void)
{
  static const struct
  {
    LobbyModelType type;
    const char *text;
    const char *words;
    gboolean has_icon;
  } cases[] = {
    { LOBBY_MODEL_TEXT, "a *b*", "a b", FALSE },
    { LOBBY_MODEL_IMAGE, "", "Photo", TRUE },
    { LOBBY_MODEL_IMAGE, "our cake", "our cake", TRUE },
    { LOBBY_MODEL_VOICE, "", "Voice message", TRUE },
    { LOBBY_MODEL_LOCATION, NULL, "Location", TRUE },
    { LOBBY_MODEL_UNSUPPORTED, "", "A kind of message that cannot be shown", TRUE },
    { 999, "from the future", "from the future", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *icon_name = "unset";
      g_autofree char *words = lobby_preview_of (cases[i].type, cases[i].text, &icon_name);

      g_assert_cmpstr (words, ==, cases[i].words);
      g_assert_cmpint (icon_name != NULL, ==, cases[i].has_icon);
    }
}

static LobbyMessageRecord *
add_message (LobbyChangeSet *changes,
             const char *id,
             LobbyModelType type,
             const char *content)
{
  LobbyMessageRecord *record = lobby_message_record_new ();

  record->id = g_strdup (id);
  record->conversation_id = g_strdup ("conversation");
  record->type = type;
  record->content = g_strdup (content);
  record->sent_at = 1700000000000 + changes->messages->len;
  g_ptr_array_add (changes->messages, record);

  return record;
}

static LobbyStore *
make_store (void)
{
  g_autoptr (GError) error = NULL;
  LobbyStore *store = lobby_store_open (":memory:", &error);
  g_autoptr (LobbyChangeSet) changes = lobby_change_set_new ();
  LobbyContactRecord *contact = lobby_contact_record_new ();
  LobbyConversationRecord *conversation = lobby_conversation_record_new ();

  g_assert_no_error (error);
  contact->id = g_strdup ("contact");
  contact->business_id = g_strdup ("business");
  contact->phone_number = g_strdup ("+34600123456");
  g_ptr_array_add (changes->contacts, contact);
  conversation->id = g_strdup ("conversation");
  conversation->business_id = g_strdup ("business");
  conversation->contact_id = g_strdup ("contact");
  conversation->connection_id = g_strdup ("connection");
  g_ptr_array_add (changes->conversations, conversation);

  add_message (changes, "voice", LOBBY_MODEL_VOICE, "")->duration = 12400;
  add_message (changes, "document", LOBBY_MODEL_DOCUMENT, "")->file_name = g_strdup ("menu\n2026.pdf");
  add_message (changes, "photo", LOBBY_MODEL_IMAGE, "");
  add_message (changes, "taken-back", LOBBY_MODEL_IMAGE, "")->extra = g_strdup ("{\"revoked_at\":\"2026-11-22T10:00:00Z\"}");
  add_message (changes, "text", LOBBY_MODEL_TEXT, "*hello*");
  add_message (changes, "captioned", LOBBY_MODEL_DOCUMENT, "our menu")->file_name = g_strdup ("menu.pdf");
  lobby_store_apply (store, changes, &error);
  g_assert_no_error (error);

  return store;
}

static void
check (LobbyStore *store,
       const char *id,
       const char *expected,
       const char *expected_words)
{
  g_autoptr (LobbyMessage) message = lobby_store_get_message (store, id);
  g_autofree char *text = lobby_preview_text (message, NULL);
  g_autofree char *words = lobby_preview_in_words (message);

  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpstr (words, ==, expected_words);
}

static void
test_messages (void)
{
  g_autoptr (LobbyStore) store = make_store ();
  g_autoptr (LobbyMessage) taken_back = lobby_store_get_message (store, "taken-back");
  g_autofree char *words = NULL;
  const char *icon_name;

  words = lobby_preview_text (taken_back, &icon_name);
  g_assert_cmpstr (words, ==, "This message was deleted");
  g_assert_null (icon_name);
  check (store, "voice", "0:12", "Voice message: 0:12");
  check (store, "document", "menu 2026.pdf", "Document: menu 2026.pdf");
  check (store, "captioned", "our menu", "Document: our menu");
  check (store, "photo", "Photo", "Photo");
  check (store, "text", "hello", "hello");
  lobby_store_close (store);
}

/* In a right-to-left interface a number is an isolate of its own, wherever it stands for a name. */
static void
test_numbers (void)
{
  g_autoptr (LobbyStore) store = make_store ();
  g_autoptr (LobbyConversation) conversation = lobby_store_get_conversation (store, "conversation");
  LobbyContact *contact = lobby_conversation_get_contact (conversation);

  for (int rtl = 0; rtl < 2; rtl++)
    {
      g_autofree char *number = NULL;
      g_autofree char *customer = NULL;

      gtk_widget_set_default_direction (rtl ? GTK_TEXT_DIR_RTL : GTK_TEXT_DIR_LTR);
      number = lobby_words_number ("+34600123456");
      customer = lobby_words_customer (contact);
      g_assert_cmpstr (number, ==, rtl ? "\u2066+34 600 123 456\u2069" : "+34 600 123 456");
      g_assert_cmpstr (customer, ==, number);
      g_assert_null (lobby_words_number (NULL));
      g_assert_null (lobby_words_number (""));
    }
  gtk_widget_set_default_direction (GTK_TEXT_DIR_LTR);
  lobby_store_close (store);
}

static void
test_ticks (void)
{
  for (int status = LOBBY_MODEL_STATUS_PENDING; status <= LOBBY_MODEL_STATUS_FAILED; status++)
    {
      const char *words = NULL;

      g_assert_nonnull (lobby_preview_tick (status, &words));
      g_assert_nonnull (words);
    }
}

int
main (int argc,
      char **argv)
{
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/preview/strip", test_strip);
  g_test_add_func ("/preview/strip-long", test_strip_long);
  g_test_add_func ("/preview/kinds", test_kinds);
  g_test_add_func ("/preview/messages", test_messages);
  g_test_add_func ("/preview/numbers", test_numbers);
  g_test_add_func ("/preview/ticks", test_ticks);

  return g_test_run ();
}
