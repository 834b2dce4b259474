/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "lobby-script.h"

static const char head[] =
    "shop The Corner\n"
    "customer ana\n"
    "  name Ana Lima\n"
    "  number +351 912 555 010\n"
    "  reads 2s 5s\n"
    "  answers 500ms\n"
    "  reply text One\\ntwo | three\n"
    "  also to last reaction 👍\n"
    "  reply voice hello.ogg\n"
    "  later text Again\n"
    "# a comment\n"
    "\n"
    "customer ben\n"
    "  name Ben\n"
    "  bsuid US.1\n"
    "  username ben.b\n"
    "  reads never\n";

static void
test_whole (void)
{
  g_autofree char *text = g_strconcat (head,
                                       "at 1m30s ben to hat text Yes\n"
                                       "ago 1d2h ana text Old\n"
                                       "at 2s ben as hat image hat.jpg | My hat\n"
                                       "ago 3h ben location 40.7, -73.9 | Here | Some street\n"
                                       "at 2s ana contact Zoe Z | +1 555 0100 | Firm\n",
                                       NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyScript) script = lobby_script_parse (text, "x", NULL, &error);
  LobbyRole *ana, *ben;
  LobbyCue *cue;
  GPtrArray *turn;
  LobbySpeech *speech;

  g_assert_no_error (error);
  g_assert_cmpstr (script->shop, ==, "The Corner");
  g_assert_cmpuint (script->roles->len, ==, 2);
  ana = g_ptr_array_index (script->roles, 0);
  ben = g_ptr_array_index (script->roles, 1);
  g_assert_cmpstr (ana->wa_id, ==, "351912555010");
  g_assert_cmpint (ana->reads[0], ==, 2000);
  g_assert_cmpint (ana->reads[1], ==, 5000);
  g_assert_cmpint (ana->answers[1], ==, 500);
  g_assert_null (ben->wa_id);
  g_assert_cmpint (ben->reads[0], ==, -1);
  g_assert_cmpuint (ana->replies->len, ==, 2);
  turn = g_ptr_array_index (ana->replies, 0);
  g_assert_cmpuint (turn->len, ==, 2);
  speech = g_ptr_array_index (turn, 0);
  g_assert_cmpstr (speech->words[0], ==, "One\ntwo | three");
  speech = g_ptr_array_index (turn, 1);
  g_assert_cmpint (speech->kind, ==, LOBBY_SPEECH_REACTION);
  g_assert_cmpstr (speech->target, ==, "last");

  /* The past by age, then what comes by time, lines of one moment as they stand. */
  g_assert_cmpuint (script->cues->len, ==, 5);
  cue = g_ptr_array_index (script->cues, 0);
  g_assert_true (cue->before && cue->msec == (24 + 2) * 3600 * 1000 && cue->role == ana);
  cue = g_ptr_array_index (script->cues, 1);
  g_assert_true (cue->before && cue->role == ben);
  g_assert_cmpfloat (cue->speech->longitude, ==, -73.9);
  g_assert_cmpstr (cue->speech->words[2], ==, "Some street");
  cue = g_ptr_array_index (script->cues, 2);
  g_assert_true (!cue->before && cue->msec == 2000);
  g_assert_cmpstr (cue->speech->name, ==, "hat");
  g_assert_cmpstr (cue->speech->words[1], ==, "My hat");
  cue = g_ptr_array_index (script->cues, 3);
  g_assert_cmpint (cue->speech->kind, ==, LOBBY_SPEECH_CONTACT);
  cue = g_ptr_array_index (script->cues, 4);
  g_assert_cmpint (cue->msec, ==, 90000);
  g_assert_cmpstr (cue->speech->target, ==, "hat");
}

static void
test_errors (void)
{
  static const struct
  {
    const char *lines; /* after head, of 17 lines */
    const char *error; /* how it begins */
  } cases[] = {
    { "at 2s nobody text Hi", "x:18: There is no customer “nobody”" },
    { "\nat soon ana text Hi", "x:19: “soon” is no time" },
    { "at 2x ana text Hi", "x:18: “2x” is no time" },
    { "at ana text Hi", "x:18: “ana” is no time" },
    { "at 2s ana", "x:18: What is said?" },
    { "at 2s ana sing La", "x:18: There is no kind of message “sing”" },
    { "at 2s ana text", "x:18: text needs something to say" },
    { "at 2s ana as", "x:18: “as” needs a name" },
    { "at 2s ana contact Zoe", "x:18: contact needs more" },
    { "at 2s ana voice a | b", "x:18: voice takes at most 1 part" },
    { "at 2s ana image ../secret.jpg", "x:18: “../secret.jpg” has to be the bare name" },
    { "at 2s ana location 91 0", "x:18: There is no such place" },
    { "at 2s ana location here", "x:18: A location needs latitude and longitude" },
    { "at 2s ana location 5", "x:18: A location needs latitude and longitude" },
    { "wave hand", "x:18: A customer has no “wave”" },
    { "also text More", "x:18: “also” comes after" },
    { "reads 5s 2s", "x:18: A time or two are needed" },
    { "reads", "x:18: A time or two are needed" },
    { "customer ana", "x:18: There already is a customer “ana”" },
    { "customer", "x:18: A customer needs a word" },
    { "customer carl\nbsuid US.2\nat 2s ana text Hi", "x:18: Customer “carl” has no name" },
    { "customer carl\nname Carl", "x:18: Customer “carl” has neither number nor bsuid" },
    { "number 912555010", "x:18: “912555010” is no phone number" },
    { "number +351 912 555 010", "x:18: +351 912 555 010 is somebody else's number" },
    { "number +3519abc", "x:18: “+3519abc” is no phone number" },
    { "name", "x:18: “name” needs something behind it" },
    { "at 2s ana text Hi\nname Ana", "x:19: “name” is neither customer, ago, at nor shop" },
    { "name \xff", "x:18: The text is not UTF-8" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat (head, cases[i].lines, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (lobby_script_parse (text, "x", NULL, &error));
      g_assert_error (error, LOBBY_SCRIPT_ERROR, LOBBY_SCRIPT_ERROR_BAD_LINE);
      if (!g_str_has_prefix (error->message, cases[i].error))
        g_error ("“%s” gives “%s”", cases[i].lines, error->message);
    }
}

static void
test_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("lobby-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (lobby_script_parse (head, "x", folder, &error));
  g_assert_nonnull (strstr (error->message, "x:9: There is no file"));
  g_clear_error (&error);
  g_assert_null (lobby_script_load ("/nowhere/at.all", NULL, &error));
  g_assert_error (error, LOBBY_SCRIPT_ERROR, LOBBY_SCRIPT_ERROR_UNREADABLE);
  g_rmdir (folder);
}

/* The script that is shipped, with its media. */
static void
test_shipped (void)
{
  g_autofree char *path = g_build_filename (g_getenv ("LOBBY_SANDBOX_DATA"), "shop-morning.script", NULL);
  g_autofree char *media = g_build_filename (g_getenv ("LOBBY_SANDBOX_DATA"), "media", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (LobbyScript) script = lobby_script_load (path, media, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (script->roles->len, >=, 12);
  for (guint i = 0; i < script->roles->len; i++)
    {
      LobbyRole *role = g_ptr_array_index (script->roles, i);

      g_assert_nonnull (role->portrait);
      g_assert_cmpuint (role->replies->len, >, 0);
      g_assert_cmpuint (role->closings->len, >, 0);
      g_assert_cmpuint (role->laters->len, >, 0);
    }
}

/* Whatever stands in a file: an error, or a script, and nothing read beyond its end. */
static void
test_noise (void)
{
  static const char letters[] = " \n|\\0159.,-+#asdmhtoxé👍";

  for (guint round = 0; round < 20000; round++)
    {
      g_autoptr (GString) text = g_string_new (head);
      g_autoptr (GError) error = NULL;
      g_autoptr (LobbyScript) script = NULL;

      g_string_append (text, "at 1m30s ben to hat text Yes\nago 3h ben location 40.7, -73.9 | Here\n");
      for (int edits = g_test_rand_int_range (1, 6); edits > 0; edits--)
        {
          gssize at = g_test_rand_int_range (0, (int)text->len);
          gssize length = g_test_rand_int_range (1, 12);

          if (g_test_rand_bit ())
            g_string_erase (text, at, MIN ((gssize)text->len - at, length));
          else
            g_string_insert_c (text, at, letters[g_test_rand_int_range (0, sizeof letters - 1)]);
        }
      script = lobby_script_parse (text->str, "x", NULL, &error);
      g_assert_true ((script == NULL) == (error != NULL));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sandbox/script/whole", test_whole);
  g_test_add_func ("/sandbox/script/errors", test_errors);
  g_test_add_func ("/sandbox/script/files", test_files);
  g_test_add_func ("/sandbox/script/shipped", test_shipped);
  g_test_add_func ("/sandbox/script/noise", test_noise);
  return g_test_run ();
}
