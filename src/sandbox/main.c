/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "lobby-sandbox"

#include <glib-unix.h>
#include <locale.h>
#include <stdio.h>

#include "lobby-sandbox.h"
#include "lobby-schedule.h"

#define DEFAULT_SCRIPT "shop-morning.script"

static char *listen_at = NULL;
static char *script = NULL;
static gboolean no_script = FALSE;
static double speed = 1;
static int seed = 1;
static char *media_folder = NULL;
static char *token = NULL;
static char *app_secret = NULL;
static char *phone_number_id = NULL;
static char *waba = NULL;
static char *number = NULL;
static char *gateway_key = NULL;
static char *gateway_number = NULL;
static gboolean version = FALSE;

static const GOptionEntry entries[] = {
  { "listen", 0, 0, G_OPTION_ARG_STRING, &listen_at, "Address and port to listen on (127.0.0.1:0)", "ADDRESS:PORT" },
  { "script", 0, 0, G_OPTION_ARG_FILENAME, &script, "What the customers play (the busy morning of a small shop)", "FILE" },
  { "no-script", 0, 0, G_OPTION_ARG_NONE, &no_script, "Nobody writes by themselves", NULL },
  { "speed", 0, 0, G_OPTION_ARG_DOUBLE, &speed, "How many times faster than life (1)", "FACTOR" },
  { "seed", 0, 0, G_OPTION_ARG_INT, &seed, "Seed of what is random (1)", "NUMBER" },
  { "media-folder", 0, 0, G_OPTION_ARG_FILENAME, &media_folder, "Where the script's pictures and sounds are", "FOLDER" },
  { "token", 0, 0, G_OPTION_ARG_STRING, &token, "Access token (sandbox-token)", "TOKEN" },
  { "app-secret", 0, 0, G_OPTION_ARG_STRING, &app_secret, "Secret that signs webhooks (sandbox-secret)", "SECRET" },
  { "phone-number-id", 0, 0, G_OPTION_ARG_STRING, &phone_number_id, "Id of the business number (106540352242922)", "ID" },
  { "waba", 0, 0, G_OPTION_ARG_STRING, &waba, "Id of the business account (102290129340398)", "ID" },
  { "number", 0, 0, G_OPTION_ARG_STRING, &number, "The business number (+15550783881)", "NUMBER" },
  { "gateway-key", 0, 0, G_OPTION_ARG_STRING, &gateway_key, "Key to the gateway's API (sandbox-key)", "KEY" },
  { "gateway-number", 0, 0, G_OPTION_ARG_STRING, &gateway_number, "Number of the phone that is linked to the gateway (+15550783882)", "NUMBER" },
  { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Show the version", NULL },
  { NULL }
};

static gboolean
stop (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_CONTINUE;
}

static char *
or_default (char *value,
            const char *fallback)
{
  return value ? value : g_strdup (fallback);
}

/* The folder with the default script and its media: named by the environment, installed beside the program, or in the
 * source tree that this was built from. NULL when there is none. */
static char *
find_data (void)
{
  const char *named = g_getenv ("LOBBY_SANDBOX_DATA");
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *bin = program ? g_path_get_dirname (program) : NULL;
  g_autofree char *beside = bin ? g_build_filename (bin, "..", "share", "lobby", "sandbox", NULL) : NULL;
  const char *const folders[] = { beside, LOBBY_SANDBOX_SOURCE_DATA, LOBBY_SANDBOX_INSTALLED_DATA };

  if (named && *named)
    return g_strdup (named);
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *found = folders[i] ? g_build_filename (folders[i], DEFAULT_SCRIPT, NULL) : NULL;

      if (found && g_file_test (found, G_FILE_TEST_EXISTS))
        return g_canonicalize_filename (folders[i], NULL);
    }
  return NULL;
}

/* Files of a script of one's own are beside it, unless --media-folder says otherwise. */
static void
find_files (LobbySandboxOptions *options)
{
  g_autofree char *data = find_data ();

  if (script && !no_script)
    options->script = g_strdup (script);
  else if (data && !no_script)
    options->script = g_build_filename (data, DEFAULT_SCRIPT, NULL);
  else if (!no_script)
    g_printerr ("lobby-sandbox: there is no script to play; LOBBY_SANDBOX_DATA can name its folder\n");
  if (media_folder)
    options->media_folder = g_strdup (media_folder);
  else if (script)
    {
      g_autofree char *folder = g_path_get_dirname (script);

      options->media_folder = g_build_filename (folder, "media", NULL);
    }
  else
    options->media_folder = g_build_filename (data ? data : ".", "media", NULL);
}

static gboolean
read_options (int *argc,
              char ***argv,
              GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("– WhatsApp's side, simulated");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "Unexpected argument “%s”", (*argv)[1]);
      return FALSE;
    }
  if (!(speed >= LOBBY_SCHEDULE_SPEED_MIN && speed <= LOBBY_SCHEDULE_SPEED_MAX))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--speed has to be from %g to %g", LOBBY_SCHEDULE_SPEED_MIN, LOBBY_SCHEDULE_SPEED_MAX);
      return FALSE;
    }
  return TRUE;
}

static int
run (const LobbySandboxOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (LobbySandbox) sandbox = lobby_sandbox_new (options, &error);
  guint interrupted, terminated;

  if (!sandbox)
    {
      fprintf (stderr, "lobby-sandbox: %s\n", error->message);
      return 1;
    }
  interrupted = g_unix_signal_add (SIGINT, stop, loop);
  terminated = g_unix_signal_add (SIGTERM, stop, loop);
  printf ("Listening on %s\n", lobby_sandbox_get_url (sandbox));
  fflush (stdout);
  g_main_loop_run (loop);
  g_source_remove (interrupted);
  g_source_remove (terminated);
  return 0;
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;
  LobbySandboxOptions options;
  int status = 0;

  setlocale (LC_ALL, "");
  if (!read_options (&argc, &argv, &error))
    {
      fprintf (stderr, "lobby-sandbox: %s\n", error->message);
      return 2;
    }
  options = (LobbySandboxOptions){
    .listen = or_default (listen_at, "127.0.0.1:0"),
    .token = or_default (token, "sandbox-token"),
    .app_secret = or_default (app_secret, "sandbox-secret"),
    .phone_number_id = or_default (phone_number_id, "106540352242922"),
    .waba = or_default (waba, "102290129340398"),
    .number = or_default (number, "+15550783881"),
    .gateway_key = or_default (gateway_key, "sandbox-key"),
    .gateway_number = or_default (gateway_number, "+15550783882"),
    .speed = speed,
    .seed = (guint)seed,
  };
  find_files (&options);
  if (version)
    puts ("lobby-sandbox " LOBBY_VERSION);
  else
    status = run (&options);
  g_free (options.listen);
  g_free (options.token);
  g_free (options.app_secret);
  g_free (options.phone_number_id);
  g_free (options.waba);
  g_free (options.number);
  g_free (options.gateway_key);
  g_free (options.gateway_number);
  g_free (options.media_folder);
  g_free (options.script);
  g_free (script);
  g_free (media_folder);
  return status;
}
